//! A histogram of latencies. Its memory does not grow with their number.

use std::fmt;
use std::time::Duration;

/// Buckets between a latency and its double: a percentile is exact to 1 %.
const STEPS: u32 = 128;
const STEP_BITS: u32 = STEPS.trailing_zeros();

/// A histogram of latencies.
#[derive(Debug, Clone, Default)]
pub struct Latencies {
    /// By bucket.
    counts: Vec<u64>,
    total: u64,
    longest: Duration,
}

impl Latencies {
    /// Adds a latency.
    pub fn add(&mut self, latency: Duration) {
        let bucket = bucket_of(latency.as_micros() as u64);
        if self.counts.len() <= bucket {
            self.counts.resize(bucket + 1, 0);
        }
        self.counts[bucket] += 1;
        self.total += 1;
        self.longest = self.longest.max(latency);
    }

    /// Returns the latency that this share of all do not exceed.
    pub fn percentile(&self, share: f64) -> Duration {
        let mut left = (self.total as f64 * share).ceil().max(1.0) as u64;
        for (bucket, &count) in self.counts.iter().enumerate() {
            if count >= left {
                return Duration::from_micros(end_of(bucket)).min(self.longest);
            }
            left -= count;
        }
        self.longest
    }
}

impl fmt::Display for Latencies {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        let ms = |latency: Duration| latency.as_secs_f64() * 1e3;
        write!(
            out,
            "p50 {:.2} ms, p90 {:.2} ms, p99 {:.2} ms, max {:.2} ms",
            ms(self.percentile(0.5)),
            ms(self.percentile(0.9)),
            ms(self.percentile(0.99)),
            ms(self.longest)
        )
    }
}

/// Latencies below `2 * STEPS` have a bucket each; from there on each doubling has `STEPS` buckets.
fn bucket_of(micros: u64) -> usize {
    let doublings = (u64::BITS - micros.leading_zeros()).saturating_sub(STEP_BITS + 1);
    (u64::from(doublings * STEPS) + (micros >> doublings)) as usize
}

/// Returns the largest latency of a bucket.
fn end_of(bucket: usize) -> u64 {
    let doublings = (bucket as u64 / u64::from(STEPS)).saturating_sub(1);
    let first = bucket as u64 - doublings * u64::from(STEPS);
    ((first + 1) << doublings) - 1
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn buckets_are_narrow_and_in_order() {
        let mut last = 0;
        for micros in (0..100_000).chain([1 << 30, 1 << 40]) {
            let bucket = bucket_of(micros);
            assert!(bucket >= last, "{micros}");
            last = bucket;
            let end = end_of(bucket);
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
            let found = latencies.percentile(share).as_secs_f64() * 1e3;
            assert!((found - ms).abs() < ms / 100.0, "{share}: {found}");
        }
        assert_eq!(Latencies::default().percentile(0.5), Duration::ZERO);
    }
}
