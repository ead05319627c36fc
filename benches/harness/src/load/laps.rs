//! The rates of the parts of a run.

use std::time::Instant;

/// The rates of the parts of a run.
#[derive(Debug)]
pub struct Laps {
    articles: u64,
    started: Instant,
    /// The number of articles at the end of each part, and articles a second in it.
    pub rates: Vec<(u64, f64)>,
}

impl Laps {
    /// Starts the first part.
    pub fn start() -> Self {
        Self {
            articles: 0,
            started: Instant::now(),
            rates: Vec::new(),
        }
    }

    /// Ends a part when `articles` were answered in all, and starts the next.
    pub fn end_part(&mut self, articles: u64) {
        let seconds = self.started.elapsed().as_secs_f64();
        let rate = (articles - self.articles) as f64 / seconds;
        self.rates.push((articles, rate));
        (self.articles, self.started) = (articles, Instant::now());
    }

    /// Articles a second in the last part.
    pub fn last(&self) -> f64 {
        self.rates.last().map_or(0.0, |&(_, rate)| rate)
    }
}
