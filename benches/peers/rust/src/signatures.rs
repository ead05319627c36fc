//! Measures text to signature, one program after another in one process: gaoya, probabilistic-collections, and
//! wirecopy with all that its sketch includes (Unicode words, band keys, anchors).

use std::hint::black_box;
use std::time::Instant;

use gaoya::minhash::{MinHasher, MinHasher32};
use gxhash::GxBuildHasher;
use probabilistic_collections::similarity::{MinHash, ShingleIterator};

use crate::articles::words;

/// probabilistic-collections is slow: one article in this many is enough for a rate.
const PART: usize = 10;

/// Returns the rates, as fields of a JSON object.
pub fn measure(articles: &[String]) -> String {
    let params = wirecopy::sketch::Params::default();
    let ours = rate("wirecopy_sketch", articles, |text| {
        let shingles = wirecopy::text::shingles("", text, &[]);
        black_box(wirecopy::sketch::sketch(shingles.as_slice(), shingles.windows(), &params));
    });
    let hasher = MinHasher32::new(128);
    let gaoya = rate("gaoya_signature", articles, |text| {
        black_box(hasher.create_signature(words(text).windows(5)));
    });
    let hashers = [1, 2].map(GxBuildHasher::with_seed);
    let min_hash = MinHash::<ShingleIterator<'_, str>, _, _>::with_hashers(128, hashers);
    let part = &articles[..articles.len() / PART];
    let probabilistic = rate("probabilistic_collections_signature", part, |text| {
        black_box(min_hash.get_min_hashes(ShingleIterator::new(5, words(text))));
    });
    [ours, gaoya, probabilistic].concat()
}

fn rate<'a>(name: &str, articles: &'a [String], mut work: impl FnMut(&'a str)) -> String {
    let begun = Instant::now();
    articles.iter().for_each(|text| work(text));
    let seconds = begun.elapsed().as_secs_f64();
    let bytes: usize = articles.iter().map(String::len).sum();
    format!(
        ", \"{name}\": {{\"articles_a_second\": {}, \"mb_a_second\": {}}}",
        articles.len() as f64 / seconds,
        bytes as f64 / 1e6 / seconds
    )
}
