//! Finds exactly the pairs whose Jaccard index is at least the threshold.
//!
//! Two such sets share an element among the first n - ceil(threshold * n) + 1 of the n elements of each,
//! if all sets are in the same order (Chaudhuri and others, 2006, A Primitive Operator for Similarity
//! Joins). So only those elements are looked up, and the pairs that share one are compared whole.

use std::hash::BuildHasher as _;

use gxhash::GxBuildHasher;

use crate::articles::words;
use crate::{Pair, THRESHOLD};

/// Returns the pairs of a list of texts, as indexes.
pub fn pairs(articles: &[String]) -> Vec<Pair> {
    let sets: Vec<Vec<u64>> = articles.iter().map(|text| shingles(text)).collect();
    let mut prefixes: Vec<(u64, u32)> = Vec::new();
    for (article, set) in (0..).zip(&sets) {
        let shared = (THRESHOLD * set.len() as f64).ceil() as usize;
        let first = &set[..(set.len() + 1 - shared).min(set.len())];
        prefixes.extend(first.iter().map(|&shingle| (shingle, article)));
    }
    prefixes.sort_unstable();
    let mut candidates: Vec<Pair> = Vec::new();
    for group in prefixes.chunk_by(|a, b| a.0 == b.0) {
        for (at, &(_, later)) in group.iter().enumerate() {
            candidates.extend(group[..at].iter().map(|&(_, earlier)| (earlier, later)));
        }
    }
    candidates.sort_unstable();
    candidates.dedup();
    candidates.retain(|&(a, b)| jaccard(&sets[a as usize], &sets[b as usize]) >= THRESHOLD);
    candidates
}

/// Returns the set of runs of five words, as sorted hashes.
fn shingles(text: &str) -> Vec<u64> {
    let hasher = GxBuildHasher::with_seed(5);
    let mut set: Vec<u64> = words(text)
        .windows(5)
        .map(|run| hasher.hash_one(run))
        .collect();
    set.sort_unstable();
    set.dedup();
    set
}

fn jaccard(a: &[u64], b: &[u64]) -> f64 {
    let (mut at, mut shared) = (0, 0);
    for shingle in a {
        while b.get(at).is_some_and(|other| other < shingle) {
            at += 1;
        }
        shared += usize::from(b.get(at) == Some(shingle));
    }
    shared as f64 / (a.len() + b.len() - shared).max(1) as f64
}
