//! All pairs whose exact Jaccard index is at least the threshold, and no others.
//!
//! Of two sets that share so much, each has a shared element among its first ones, in whatever order
//! all sets are in: of n elements, the first n - ceil(threshold * n) + 1 (Chaudhuri and others, 2006,
//! A Primitive Operator for Similarity Joins). So only those are looked up, and what they bring
//! together is compared whole.

use std::hash::BuildHasher as _;

use gxhash::GxBuildHasher;

use crate::articles::words;
use crate::{Pair, THRESHOLD};

/// The pairs of a list of texts.
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

/// The set of runs of five words, as hashes, in their order.
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
