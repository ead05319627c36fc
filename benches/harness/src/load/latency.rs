//! How long things took: counts in narrow ranges, so that ten million need no more room than ten.

use std::fmt;
use std::time::Duration;

/// Ranges between a time and its double: a figure is exact to one in a hundred.
const STEPS: u32 = 128;
const STEP_BITS: u32 = STEPS.trailing_zeros();

/// How long things took.
#[derive(Debug, Clone, Default)]
pub struct Latencies {
    counts: Vec<u64>,
    all: u64,
    longest: Duration,
}

impl Latencies {
    /// Takes a time.
    pub fn add(&mut self, took: Duration) {
        let range = range_of(took.as_micros() as u64);
        if self.counts.len() <= range {
            self.counts.resize(range + 1, 0);
        }
        self.counts[range] += 1;
        self.all += 1;
        self.longest = self.longest.max(took);
    }

    /// The time that this share of all took at most.
    pub fn at(&self, share: f64) -> Duration {
        let mut left = (self.all as f64 * share).ceil().max(1.0) as u64;
        for (range, &count) in self.counts.iter().enumerate() {
            if count >= left {
                return Duration::from_micros(end_of(range)).min(self.longest);
            }
            left -= count;
        }
        self.longest
    }
}

impl fmt::Display for Latencies {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        let ms = |took: Duration| took.as_secs_f64() * 1e3;
        write!(
            out,
            "p50 {:.2} ms, p90 {:.2} ms, p99 {:.2} ms, max {:.2} ms",
            ms(self.at(0.5)),
            ms(self.at(0.9)),
            ms(self.at(0.99)),
            ms(self.longest)
        )
    }
}

/// Small times have a range each; from there on each doubling has as many.
fn range_of(micros: u64) -> usize {
    let doublings = (u64::BITS - micros.leading_zeros()).saturating_sub(STEP_BITS + 1);
    (u64::from(doublings * STEPS) + (micros >> doublings)) as usize
}

/// The last time of a range.
fn end_of(range: usize) -> u64 {
    let doublings = (range as u64 / u64::from(STEPS)).saturating_sub(1);
    let first = range as u64 - doublings * u64::from(STEPS);
    ((first + 1) << doublings) - 1
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ranges_are_narrow_and_in_order() {
        let mut last = 0;
        for micros in (0..100_000).chain([1 << 30, 1 << 40]) {
            let range = range_of(micros);
            assert!(range >= last, "{micros}");
            last = range;
            let end = end_of(range);
            assert!(
                end >= micros && end - micros <= micros / 128,
                "{micros}: {end}"
            );
        }
    }

    #[test]
    fn percentiles_are_those_of_the_times() {
        let mut latencies = Latencies::default();
        (1..=1000).for_each(|ms| latencies.add(Duration::from_millis(ms)));
        for (share, ms) in [(0.5, 500.0), (0.9, 900.0), (0.99, 990.0), (1.0, 1000.0)] {
            let found = latencies.at(share).as_secs_f64() * 1e3;
            assert!((found - ms).abs() < ms / 100.0, "{share}: {found}");
        }
        assert_eq!(Latencies::default().at(0.5), Duration::ZERO);
    }
}
