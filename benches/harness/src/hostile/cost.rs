//! What an input costs: time and memory by its size.

use std::sync::Arc;
use std::time::Duration;

use anyhow::{Context as _, Result, ensure};
use rustix::time::{ClockId, clock_gettime};
use wirecopy::engine::{Article, Body, Engine, Params, VerdictScope};
use wirecopy::store::Memory;

use super::HostileKind;
use crate::memory::peak_of;
use crate::synthetic::{self, Newswire};

/// Ordinary articles that are stored first.
const STORED: u64 = 300;
/// When the inputs that are stored were published.
const STORED_MS: i64 = 1_700_000_000_000;
/// An input is checked so often, and the shortest time counts.
const TIMES: usize = 3;

/// What an input of one size costs.
#[derive(Debug, Clone, Copy)]
pub struct Cost {
    /// The size of the input, in bytes.
    pub bytes: usize,
    /// The time of the processor for a check, from the body to the verdict: other work on the machine does not count.
    pub time: Duration,
    /// The most memory that a check takes, in bytes, the article included. 0 without
    /// [`CountingAllocator`](crate::memory::CountingAllocator).
    pub memory: usize,
}

/// What the inputs of a kind cost.
#[derive(Debug, Clone)]
pub struct HostileCosts {
    /// By size, ascending.
    pub costs: Vec<Cost>,
}

impl HostileCosts {
    /// Returns the nanoseconds a byte of the largest input.
    pub fn nanoseconds_a_byte(&self) -> f64 {
        let largest = self.costs.last();
        largest.map_or(0.0, |cost| cost.time.as_nanos() as f64 / cost.bytes as f64)
    }

    /// Returns the memory that the largest input takes, by its size.
    pub fn memory_a_byte(&self) -> f64 {
        let largest = self.costs.last();
        largest.map_or(0.0, |cost| cost.memory as f64 / cost.bytes as f64)
    }

    /// Returns by which power of the size the time grows: the slope of the line through the logarithms of
    /// sizes and times with the least squares. 1 is linear.
    pub fn exponent(&self) -> f64 {
        let points = self.costs.iter();
        let points: Vec<(f64, f64)> = points
            .map(|cost| ((cost.bytes as f64).ln(), cost.time.as_secs_f64().ln()))
            .collect();
        let mean =
            |of: fn(&(f64, f64)) -> f64| points.iter().map(of).sum::<f64>() / points.len() as f64;
        let (x, y) = (mean(|point| point.0), mean(|point| point.1));
        let covariance: f64 = points
            .iter()
            .map(|point| (point.0 - x) * (point.1 - y))
            .sum();
        let variance: f64 = points.iter().map(|point| (point.0 - x).powi(2)).sum();
        covariance / variance
    }
}

/// An engine in memory with some ordinary articles, in which hostile inputs are checked.
pub struct HostileBench {
    engine: Engine,
}

impl HostileBench {
    /// Ingests the ordinary articles.
    ///
    /// # Errors
    /// Those of the engine.
    pub fn new() -> Result<Self> {
        let engine = Engine::open(Arc::new(Memory::default()), Params::default())?;
        let newswire = Newswire::new(synthetic::Params::default());
        for number in 0..STORED {
            engine.ingest(newswire.article(number))?;
        }
        Ok(Self { engine })
    }

    /// Ingests an input of a kind of half the smallest size, and checks others of each of some ascending sizes
    /// in bytes.
    ///
    /// # Errors
    /// An input that the engine refuses, or whose verdict is not the same every time.
    pub fn measure(&self, kind: &HostileKind, sizes: &[usize]) -> Result<HostileCosts> {
        let smallest = sizes.first().context("no sizes")?;
        let stored = article(
            kind.name,
            "stored.example",
            STORED_MS,
            kind.of_size(smallest / 2),
        );
        self.engine.ingest(stored)?;
        let costs = sizes.iter().map(|&bytes| cost(&self.engine, kind, bytes));
        Ok(HostileCosts {
            costs: costs.collect::<Result<_>>()?,
        })
    }
}

fn cost(engine: &Engine, kind: &HostileKind, bytes: usize) -> Result<Cost> {
    let mut first = None;
    let mut shortest = Duration::MAX;
    let new_article = || {
        article(
            "checked",
            "checked.example",
            STORED_MS + 1,
            kind.of_size(bytes),
        )
    };
    for _ in 0..TIMES {
        let article = new_article();
        let start = processor_time();
        let verdict = engine.check(article, VerdictScope::Quotations)?;
        shortest = shortest.min(processor_time() - start);
        // Without what says how long after another article it was checked.
        let answer = (verdict.placement, verdict.matches, verdict.shingles);
        let same = first.get_or_insert_with(|| answer.clone());
        ensure!(
            *same == answer,
            "{}: another verdict the next time",
            kind.name
        );
    }
    let (verdict, memory) = peak_of(|| engine.check(new_article(), VerdictScope::Quotations));
    verdict?;
    Ok(Cost {
        bytes,
        time: shortest,
        memory,
    })
}

/// Returns the time of the processor that this thread has used. A check runs in the thread that asks.
fn processor_time() -> Duration {
    let time = clock_gettime(ClockId::ThreadCPUTime);
    Duration::new(time.tv_sec as u64, time.tv_nsec as u32)
}

/// Makes an article of a site, so that its furniture is looked for.
fn article(id: &str, host: &str, published_ms: i64, body: Body) -> Article {
    Article {
        id: id.to_owned(),
        url: format!("https://{host}/story"),
        published_ms: Some(published_ms),
        title: "A title of some words".to_owned(),
        body,
        ..Article::default()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_exponent_is_that_of_the_growth() {
        for power in [1, 2] {
            let cost = |bytes: usize| Cost {
                bytes,
                time: Duration::from_nanos(3 * (bytes as u64).pow(power)),
                memory: 0,
            };
            let measured = HostileCosts {
                costs: [1000, 2000, 4000].map(cost).to_vec(),
            };
            assert!(
                (measured.exponent() - f64::from(power)).abs() < 1e-6,
                "{measured:?}"
            );
        }
    }
}
