//! Whether confidence means what it says: of verdicts with confidence .9, nine in ten should be right.

use serde::Serialize;

/// Bins of equal width between 0 and 1.
const BINS: usize = 10;

/// How far the confidence of verdicts is from the share of them that is right.
#[derive(Debug, Clone, Default, PartialEq, Serialize)]
pub struct Calibration {
    /// Number of verdicts.
    pub verdicts: u64,
    /// How many of them are right.
    pub right: u64,
    /// The expected calibration error: the mean gap between the confidence and the share that is right,
    /// over bins of confidence, by the number of verdicts in each.
    pub error: f64,
}

impl Calibration {
    /// Scores verdicts: the confidence of each, and whether it is right.
    pub fn of(verdicts: &[(f64, bool)]) -> Self {
        // The gap of a bin, times its verdicts.
        let mut gaps = [0.0; BINS];
        for &(confidence, is_right) in verdicts {
            let bin = (confidence * BINS as f64) as usize;
            gaps[bin.min(BINS - 1)] += confidence - f64::from(u8::from(is_right));
        }
        let total: f64 = gaps.iter().map(|gap| gap.abs()).sum();
        Self {
            verdicts: verdicts.len() as u64,
            right: verdicts.iter().filter(|(_, is_right)| *is_right).count() as u64,
            error: total / verdicts.len().max(1) as f64,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_gap_is_that_of_each_bin() {
        let check = |verdicts: &[(f64, bool)], right: u64, error: f64| {
            let found = Calibration::of(verdicts);
            assert_eq!(
                (found.verdicts, found.right),
                (verdicts.len() as u64, right)
            );
            assert!((found.error - error).abs() < 1e-9, "{found:?}");
        };
        check(&[], 0, 0.0);
        check(
            &[(0.75, true), (0.75, true), (0.75, true), (0.75, false)],
            3,
            0.0,
        );
        check(&[(1.0, false)], 0, 1.0);
        // Two bins do not make up for each other.
        check(&[(0.9, true), (0.6, false)], 1, 0.35);
    }
}
