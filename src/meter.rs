//! Counters and histograms that many threads fill at once, without locks.
//!
//! In go numbers and durations, out come how many there were so far. This room has no clock, and knows neither what
//! is counted nor who asks.

use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Duration;

/// Upper bounds of the buckets of a [`Histogram`], in microseconds. What takes longer is in one bucket more.
pub const BOUNDS_US: [u64; 16] = [
    100, 250, 500, 1_000, 2_500, 5_000, 10_000, 25_000, 50_000, 100_000, 250_000, 500_000,
    1_000_000, 2_500_000, 10_000_000, 60_000_000,
];

/// A number that only grows.
#[derive(Debug, Default)]
pub struct Counter(AtomicU64);

impl Counter {
    /// Adds to it.
    pub fn add(&self, n: u64) {
        self.0.fetch_add(n, Ordering::Relaxed);
    }

    /// Returns the sum of what was added.
    pub fn value(&self) -> u64 {
        self.0.load(Ordering::Relaxed)
    }
}

/// Durations, counted by their length.
#[derive(Debug, Default)]
pub struct Histogram {
    counts: [AtomicU64; BOUNDS_US.len() + 1],
    sum_us: AtomicU64,
}

/// What a [`Histogram`] has counted.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Distribution {
    /// The number of durations in each bucket: above the bound before, at most that of [`BOUNDS_US`]. The last
    /// bucket has no bound.
    pub counts: [u64; BOUNDS_US.len() + 1],
    /// The sum of all durations, in microseconds.
    pub sum_us: u64,
}

impl Histogram {
    /// Counts a duration.
    pub fn add(&self, duration: Duration) {
        let us = u64::try_from(duration.as_micros()).unwrap_or(u64::MAX);
        let bucket = BOUNDS_US.partition_point(|&bound| bound < us);
        self.counts[bucket].fetch_add(1, Ordering::Relaxed);
        self.sum_us.fetch_add(us, Ordering::Relaxed);
    }

    /// Returns what was counted so far. Durations that are added meanwhile may be in the counts, and not yet
    /// in the sum.
    pub fn distribution(&self) -> Distribution {
        Distribution {
            counts: std::array::from_fn(|at| self.counts[at].load(Ordering::Relaxed)),
            sum_us: self.sum_us.load(Ordering::Relaxed),
        }
    }
}

impl Distribution {
    /// Returns the number of durations.
    pub fn count(&self) -> u64 {
        self.counts.iter().sum()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_duration_is_in_the_bucket_of_the_first_bound_that_it_does_not_exceed() {
        let check = |us: u64, bucket: usize| {
            let histogram = Histogram::default();
            histogram.add(Duration::from_micros(us));
            let counted = histogram.distribution();
            assert_eq!(counted.counts[bucket], 1, "{us}: {counted:?}");
            assert_eq!((counted.count(), counted.sum_us), (1, us));
        };
        check(0, 0);
        check(100, 0);
        check(101, 1);
        check(1_000, 3);
        check(60_000_000, 15);
        check(60_000_001, 16);
        assert!(BOUNDS_US.is_sorted_by(|a, b| a < b));
    }

    #[test]
    fn nothing_is_lost_where_threads_count_at_once() {
        let (histogram, counter) = (Histogram::default(), Counter::default());
        std::thread::scope(|scope| {
            for _ in 0..4 {
                scope.spawn(|| {
                    for us in 0..1_000 {
                        histogram.add(Duration::from_micros(us));
                        counter.add(2);
                    }
                });
            }
        });
        let counted = histogram.distribution();
        assert_eq!((counted.count(), counter.value()), (4_000, 8_000));
        assert_eq!(counted.sum_us, 4 * 999 * 1_000 / 2);
    }
}
