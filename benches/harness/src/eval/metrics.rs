//! Compares partitions. Pure.

use std::collections::HashMap;
use std::hash::Hash;

use serde::Serialize;

/// Precision, recall and their harmonic mean.
#[derive(Debug, Clone, Copy, PartialEq, Serialize)]
pub struct Scores {
    /// Share of the reported pairs that are right.
    pub precision: f64,
    /// Share of the right pairs that were reported.
    pub recall: f64,
    /// Their harmonic mean.
    pub f1: f64,
}

impl Scores {
    /// Computes scores from the numbers of rightly reported, reported and true pairs. If nothing was
    /// reported, precision is 1.
    pub fn new(right: u64, reported: u64, positives: u64) -> Self {
        let share = |part: u64, whole: u64| {
            if whole == 0 {
                1.0
            } else {
                part as f64 / whole as f64
            }
        };
        Self::of_shares(share(right, reported), share(right, positives))
    }

    /// Computes scores from precision and recall.
    pub fn of_shares(precision: f64, recall: f64) -> Self {
        let sum = precision + recall;
        Self {
            precision,
            recall,
            f1: if sum == 0.0 {
                0.0
            } else {
                2.0 * precision * recall / sum
            },
        }
    }
}

/// A partition: the part of each element.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Partition(Vec<usize>);

impl Partition {
    /// Puts elements with equal labels into one part.
    pub fn new<T: Hash + Eq>(labels: impl IntoIterator<Item = T>) -> Self {
        let mut parts = HashMap::new();
        let part = |label| {
            let next = parts.len();
            *parts.entry(label).or_insert(next)
        };
        Self(labels.into_iter().map(part).collect())
    }

    /// Puts elements that are connected by edges into one part.
    pub fn components(elements: usize, edges: impl IntoIterator<Item = (usize, usize)>) -> Self {
        let mut parents: Vec<usize> = (0..elements).collect();
        for (a, b) in edges {
            let (a, b) = (root(&mut parents, a), root(&mut parents, b));
            parents[a.max(b)] = a.min(b);
        }
        Self(
            (0..elements)
                .map(|element| root(&mut parents, element))
                .collect(),
        )
    }

    /// Whether two elements are in one part.
    pub fn are_one(&self, a: usize, b: usize) -> bool {
        self.0[a] == self.0[b]
    }

    /// Returns the number of pairs of elements in one part.
    pub fn pairs(&self) -> u64 {
        counts(self.0.iter()).values().map(|&n| pairs_of(n)).sum()
    }

    /// Returns the number of pairs that are in one part in both partitions.
    pub fn common_pairs(&self, other: &Self) -> u64 {
        counts(self.0.iter().zip(&other.0))
            .values()
            .map(|&n| pairs_of(n))
            .sum()
    }

    /// Returns the adjusted Rand index (Hubert and Arabie 1985, equation 5): 1 for equal partitions, 0
    /// for the agreement that is expected by chance.
    pub fn adjusted_rand_index(&self, other: &Self) -> f64 {
        let (common, ours, theirs) = (
            self.common_pairs(other) as f64,
            self.pairs() as f64,
            other.pairs() as f64,
        );
        let all = pairs_of(self.0.len() as u64) as f64;
        let expected = if all == 0.0 { 0.0 } else { ours * theirs / all };
        let most = (ours + theirs) / 2.0;
        // Both partitions have singletons only, or one part only: they are equal.
        if most == expected {
            1.0
        } else {
            (common - expected) / (most - expected)
        }
    }
}

fn root(parents: &mut [usize], mut element: usize) -> usize {
    while parents[element] != element {
        parents[element] = parents[parents[element]];
        element = parents[element];
    }
    element
}

fn counts<T: Hash + Eq>(labels: impl Iterator<Item = T>) -> HashMap<T, u64> {
    let mut counts = HashMap::new();
    for label in labels {
        *counts.entry(label).or_insert(0) += 1;
    }
    counts
}

fn pairs_of(n: u64) -> u64 {
    n * n.saturating_sub(1) / 2
}

#[cfg(test)]
mod tests {
    use super::*;

    fn check_index(a: &[u32], b: &[u32], expected: f64) {
        let index = Partition::new(a).adjusted_rand_index(&Partition::new(b));
        assert!(
            (index - expected).abs() < 1e-9,
            "{a:?} {b:?}: {index}, expected {expected}"
        );
    }

    #[test]
    fn adjusted_rand_index_of_known_partitions() {
        check_index(&[0, 0, 1, 1], &[1, 1, 0, 0], 1.0);
        check_index(&[0, 0, 1, 2], &[0, 0, 1, 1], 4.0 / 7.0);
        check_index(&[0, 0, 0, 0], &[0, 1, 2, 3], 0.0);
        check_index(&[0, 0, 1, 1], &[0, 1, 0, 1], -0.5);
        check_index(&[0, 1, 2], &[0, 1, 2], 1.0);
        check_index(&[], &[], 1.0);
        // 10 elements; contingency [[1,1,0],[1,2,1],[0,0,4]]: Yeung and Ruzzo 2001.
        let ours = [1, 1, 2, 2, 2, 2, 3, 3, 3, 3];
        let theirs = [1, 2, 1, 2, 2, 3, 3, 3, 3, 3];
        check_index(
            &ours,
            &theirs,
            (7.0 - 13.0 * 14.0 / 45.0) / (13.5 - 13.0 * 14.0 / 45.0),
        );
    }

    #[test]
    fn components_follow_chains() {
        let parts = Partition::components(6, [(0, 1), (4, 3), (1, 2)]);
        assert_eq!(parts, Partition(vec![0, 0, 0, 3, 3, 5]));
        assert_eq!(parts.pairs(), 4);
    }

    #[test]
    fn scores_are_shares() {
        let check = |(right, reported, positives), (precision, recall, f1)| {
            assert_eq!(
                Scores::new(right, reported, positives),
                Scores {
                    precision,
                    recall,
                    f1
                }
            );
        };
        check((2, 4, 2), (0.5, 1.0, 2.0 / 3.0));
        check((0, 5, 5), (0.0, 0.0, 0.0));
        check((0, 0, 0), (1.0, 1.0, 1.0));
    }
}
