//! gaoya: signatures of 128 values of 32 bits, in memory, without verification.

use gaoya::minhash::{MinHashIndex, MinHasher, MinHasher32, SmallVecContainer};
use rayon::prelude::*;

use crate::articles::words;
use crate::{Pair, THRESHOLD};

const BANDS: usize = 32;
const ROWS: usize = 4;

/// Builds signatures and the index, and looks every article up in it.
pub fn whole(articles: &[String], threads: usize) -> Vec<Pair> {
    let hasher = MinHasher32::new(BANDS * ROWS);
    let mut index: MinHashIndex<u32, u32, SmallVecContainer<u32, 2>> =
        MinHashIndex::new_index(BANDS, ROWS, THRESHOLD);
    // Runs of words are not copied, which is faster than gaoya's own way.
    let sign = |text: &String| hasher.create_signature(words(text).windows(5));
    let earlier = |article: u32, found: Vec<(u32, f64)>| {
        let earlier = found.into_iter().filter(move |(other, _)| *other < article);
        earlier.map(move |(other, _)| (other, article)).collect()
    };
    if threads == 1 {
        let mut pairs = Vec::new();
        for (article, text) in (0..).zip(articles) {
            let signature = sign(text);
            let found = index.query_owned_return_similarity(&signature);
            pairs.extend::<Vec<Pair>>(earlier(article, found));
            index.insert(article, signature);
        }
        return pairs;
    }
    let pool = rayon::ThreadPoolBuilder::new().num_threads(threads).build();
    pool.expect("threads").install(|| {
        let signatures: Vec<Vec<u32>> = articles.par_iter().map(sign).collect();
        index.par_bulk_insert((0..articles.len() as u32).collect(), signatures.clone());
        let found = index.par_bulk_query_return_similarity(&signatures);
        (0..)
            .zip(found)
            .flat_map(|(article, found)| earlier(article, found))
            .collect()
    })
}
