//! Counts and times the answers of a run, beside a progress bar.

use std::io::{self, Write};
use std::time::{Duration, Instant};

use indicatif::ProgressBar;
use wirecopy_bench::process;

use super::latency::Latencies;
use super::{Session, report};
use crate::output::{count, counted};

/// Counts and times the answers of a run, beside a progress bar.
#[derive(Debug)]
pub struct Meter {
    /// The progress bar.
    pub bar: ProgressBar,
    started: Instant,
    took: Duration,
    server_pid: Option<u32>,
    /// Processor time of the server and of this process: until the start and, once stopped, since then.
    processor: Option<[Duration; 2]>,
    articles: u64,
    /// Of the answers.
    pub latencies: Latencies,
}

impl Meter {
    /// Starts the clock of a run over `total` articles.
    pub fn start(session: &Session, total: u64) -> Self {
        Self {
            bar: report::bar(total),
            started: Instant::now(),
            took: Duration::ZERO,
            server_pid: session.server_pid,
            processor: processor_times(session.server_pid),
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
        let times = processor_times(self.server_pid).zip(self.processor);
        self.processor = times.map(|(end, start)| [end[0] - start[0], end[1] - start[1]]);
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

    /// Writes after which time calls were answered, and what the articles cost.
    pub fn write(&self, out: &mut impl Write, calls: &str) -> io::Result<()> {
        writeln!(out, "{calls} answered after: {}", self.latencies)?;
        let Some(processor) = self.processor else {
            return Ok(());
        };
        let [server, client] = processor.map(|time| time.as_secs_f64());
        let rate = |seconds: f64| count((self.articles as f64 / seconds.max(0.01)) as u64);
        writeln!(
            out,
            "processor time: server {server:.1} s, client {client:.1} s: {} articles a core-second, {} of the server's",
            rate(server + client),
            rate(server)
        )
    }
}

/// Reads the processor times of a server on this machine and of this process.
fn processor_times(server: Option<u32>) -> Option<[Duration; 2]> {
    let [server, client] = [server?, std::process::id()].map(process::processor_time);
    Some([server?, client?])
}
