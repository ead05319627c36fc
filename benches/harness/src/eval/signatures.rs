//! What other programs' procedures find on the same texts: signatures whose candidates are joined into
//! connected components, as text-dedup and its like do. Nothing here is from wirecopy.

use std::collections::HashMap;
use std::hash::{DefaultHasher, Hash, Hasher as _};

use super::metrics::Partition;
use super::words::words;

/// Words of a shingle.
const SHINGLE_WORDS: usize = 5;
/// Bands and rows of a MinHash signature of 128 values.
const BANDS: usize = 32;
const ROWS: usize = 4;
const VALUES: usize = BANDS * ROWS;
/// The least estimated resemblance of a pair, where estimates are checked.
const MIN_ESTIMATE: f64 = 0.5;
/// Most bits in which two SimHash fingerprints of 64 bits may differ.
const MAX_BITS: u32 = 12;

/// The clusters of one procedure.
pub struct PeerClusters {
    /// The procedure.
    pub name: &'static str,
    /// Its clusters.
    pub clusters: Partition,
}

/// A MinHash signature.
type MinHashes = [u32; VALUES];

/// Clusters texts by each procedure. A text is the title and the body.
pub fn cluster(texts: &[[String; 2]]) -> Vec<PeerClusters> {
    let shingles: Vec<Vec<u64>> = texts.iter().map(shingles).collect();
    let signatures: Vec<Option<MinHashes>> = shingles.iter().map(|set| min_hashes(set)).collect();
    let candidates = candidates(&signatures);
    let checked = candidates.iter().copied().filter(|&(a, b)| {
        let pair = signatures[a].as_ref().zip(signatures[b].as_ref());
        pair.is_some_and(|(a, b)| estimate(a, b) >= MIN_ESTIMATE)
    });
    let fingerprints: Vec<Option<u64>> = shingles.iter().map(|set| sim_hash(set)).collect();
    let clusters = |name, clusters| PeerClusters { name, clusters };
    vec![
        clusters(
            "MinHash, connected",
            Partition::components(texts.len(), candidates.iter().copied()),
        ),
        clusters(
            "MinHash, estimate >= .5, connected",
            Partition::components(texts.len(), checked),
        ),
        clusters(
            "SimHash, 12 bits of 64, connected",
            Partition::components(texts.len(), near(&fingerprints)),
        ),
    ]
}

/// Returns the hashes of the runs of five words. A shorter text is one run.
fn shingles([title, body]: &[String; 2]) -> Vec<u64> {
    let words = [words(title), words(body)].concat();
    let runs = words.windows(SHINGLE_WORDS.min(words.len().max(1)));
    let mut hashes: Vec<u64> = runs.map(hash).collect();
    hashes.sort_unstable();
    hashes.dedup();
    hashes
}

fn hash<T: Hash + ?Sized>(value: &T) -> u64 {
    let mut hasher = DefaultHasher::new();
    value.hash(&mut hasher);
    hasher.finish()
}

/// Returns the least value of each hash function (Dietzfelbinger's multiply-shift); `None` of nothing.
fn min_hashes(shingles: &[u64]) -> Option<MinHashes> {
    let functions: [(u64, u64); VALUES] =
        std::array::from_fn(|at| (hash(&("factor", at)) | 1, hash(&("term", at))));
    let least = |(factor, term): (u64, u64)| {
        let hashes = shingles
            .iter()
            .map(|shingle| (shingle.wrapping_mul(factor).wrapping_add(term) >> 32) as u32);
        hashes.min().unwrap_or(u32::MAX)
    };
    (!shingles.is_empty()).then(|| functions.map(least))
}

/// Returns the share of equal values, an estimate of the resemblance.
fn estimate(a: &MinHashes, b: &MinHashes) -> f64 {
    let equal = a.iter().zip(b).filter(|(a, b)| a == b).count();
    equal as f64 / VALUES as f64
}

/// Returns the pairs that share a band, each once.
fn candidates(signatures: &[Option<MinHashes>]) -> Vec<(usize, usize)> {
    let mut pairs = Vec::new();
    for band in 0..BANDS {
        let mut buckets: HashMap<&[u32], Vec<usize>> = HashMap::new();
        for (text, signature) in signatures.iter().enumerate() {
            if let Some(signature) = signature {
                let rows = &signature[band * ROWS..(band + 1) * ROWS];
                let bucket = buckets.entry(rows).or_default();
                pairs.extend(bucket.iter().map(|&other| (other, text)));
                bucket.push(text);
            }
        }
    }
    pairs.sort_unstable();
    pairs.dedup();
    pairs
}

/// Returns the fingerprint of 64 bits: each is what most hashes have there (Charikar 2002).
fn sim_hash(shingles: &[u64]) -> Option<u64> {
    let is_set = |bit: u32| {
        let ones = shingles.iter().filter(|&&hash| hash >> bit & 1 == 1);
        2 * ones.count() > shingles.len()
    };
    let bits = (0..u64::BITS).filter(|&bit| is_set(bit));
    (!shingles.is_empty()).then(|| bits.fold(0, |fingerprint, bit| fingerprint | 1 << bit))
}

/// Yields the pairs whose fingerprints differ in few bits.
fn near(fingerprints: &[Option<u64>]) -> impl Iterator<Item = (usize, usize)> {
    (0..fingerprints.len()).flat_map(move |later| {
        (0..later).filter_map(move |earlier| {
            let differing = (fingerprints[earlier]? ^ fingerprints[later]?).count_ones();
            (differing <= MAX_BITS).then_some((earlier, later))
        })
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Returns a text of numbers, each a word.
    fn numbers(range: std::ops::Range<u32>) -> [String; 2] {
        let words: Vec<String> = range.map(|number| format!("w{number}")).collect();
        [String::new(), words.join(" ")]
    }

    #[test]
    fn components_join_chains_of_copies() {
        // Neighbors resemble each other by some .85, and the first and the last by .5.
        let chain = (0..5).map(|at| numbers(at * 16..200 + at * 16));
        let texts: Vec<[String; 2]> = chain.chain([numbers(900..1100)]).collect();
        for PeerClusters { name, clusters } in cluster(&texts) {
            assert!(!clusters.are_one(0, 5), "{name}");
            let is_joined = clusters.are_one(0, 4) || name.starts_with("SimHash");
            assert!(is_joined, "{name}");
        }
    }

    #[test]
    fn estimates_and_fingerprints_agree_on_equal_texts() {
        let set = shingles(&numbers(0..50));
        assert_eq!(set.len(), 46);
        let (a, b) = (min_hashes(&set).unwrap(), min_hashes(&set).unwrap());
        assert_eq!(estimate(&a, &b), 1.0);
        assert_eq!(sim_hash(&set), sim_hash(&set));
        assert_eq!((min_hashes(&[]), sim_hash(&[])), (None, None));
        let half = min_hashes(&shingles(&numbers(0..35))).unwrap();
        assert!(
            (0.5..0.85).contains(&estimate(&a, &half)),
            "{}",
            estimate(&a, &half)
        );
    }
}
