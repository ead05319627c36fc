//! Counts and times the answers of a run, beside a progress bar.

use std::time::{Duration, Instant};

use indicatif::ProgressBar;

use super::latency::Latencies;
use super::report;
use crate::output::{count, counted};

/// Counts and times the answers of a run, beside a progress bar.
#[derive(Debug)]
pub struct Meter {
    /// The progress bar.
    pub bar: ProgressBar,
    started: Instant,
    took: Duration,
    articles: u64,
    /// Of the answers.
    pub latencies: Latencies,
}

impl Meter {
    /// Starts the clock of a run over `total` articles.
    pub fn start(total: u64) -> Self {
        Self {
            bar: report::bar(total),
            started: Instant::now(),
            took: Duration::ZERO,
            articles: 0,
            latencies: Latencies::default(),
        }
    }

    /// Counts articles that were answered together.
    pub fn add(&mut self, articles: u64, latency: Duration) {
        self.articles += articles;
        self.latencies.add(latency);
        self.bar.inc(articles);
    }

    /// Stops the clock.
    pub fn stop(&mut self) {
        self.bar.finish_and_clear();
        self.took = self.started.elapsed();
    }

    /// Articles that were answered.
    pub fn articles(&self) -> u64 {
        self.articles
    }

    /// Returns the number of articles, a note about them, the time and the rate.
    pub fn summary(&self, note: &str) -> String {
        let seconds = self.took.as_secs_f64();
        format!(
            "{}{note} in {seconds:.1} s, {} articles/s",
            counted(self.articles, "article"),
            count((self.articles as f64 / seconds.max(1e-3)) as u64),
        )
    }
}
