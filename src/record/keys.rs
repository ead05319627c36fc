//! The buckets in which an article is posted.

use super::{Put, Result};
use crate::id::DocId;
use crate::sketch::{self, MIN_SHIFT, MOST_FEWEST, Params, sketch};
use crate::store::{self, KEY_BITS, Posting};
use crate::text::{MIN_WINDOWS, Shingles, TAG_BITS, WINDOW_SHIFT, hash_bytes};

// Of the windows that a text keeps, every sketch takes the same anchors as of all.
const _: () = assert!(MIN_SHIFT == WINDOW_SHIFT && MOST_FEWEST <= MIN_WINDOWS);
const _: () = assert!(TAG_BITS == store::TAG_BITS);

/// The keys of an article's buckets, one for each band and anchor, each above a tag as in [`Posting`]. No
/// two collections share a bucket.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Keys {
    /// Buckets of bands; their tags are 0.
    pub bands: Vec<u64>,
    /// Buckets of anchors, ascending.
    pub anchors: Vec<u64>,
}

impl Keys {
    /// Sketches a stored article.
    ///
    /// # Errors
    /// A text that cannot be decompressed.
    pub fn of(put: &Put, params: &Params) -> Result<Self> {
        Ok(sketch_keys(&put.collection, &put.shingles()?, params))
    }

    /// Returns the keys of all buckets without tags, bands first.
    pub fn buckets(&self) -> Vec<u64> {
        let all = self.bands.iter().chain(&self.anchors);
        all.map(|key| key >> TAG_BITS).collect()
    }

    /// Returns what is posted of a document: its number, in all its buckets.
    pub fn posting(&self, doc: DocId) -> Posting {
        Posting {
            doc: doc.0,
            keys: [self.bands.as_slice(), &self.anchors].concat(),
        }
    }
}

/// Spreads anchors, which are all small hashes, over the whole width of a key: filters and block indexes
/// need evenly spread keys. Odd, so that no two hashes collide.
const SPREAD: u64 = 0x9e37_79b9_7f4a_7c15;

/// Returns the keys of a text's buckets in a collection.
pub fn sketch_keys(collection: &str, shingles: &Shingles, params: &Params) -> Keys {
    let salt = hash_bytes(collection.as_bytes()) as u64;
    let key = |hash: u64| (hash ^ salt).wrapping_mul(SPREAD) >> (64 - KEY_BITS) << TAG_BITS;
    let sketch::Sketch {
        mut bands,
        mut anchors,
    } = sketch(shingles.as_slice(), shingles.windows(), params);
    bands.iter_mut().for_each(|band| *band = key(*band));
    let tag = |window: u64| window & ((1 << TAG_BITS) - 1);
    (anchors.iter_mut()).for_each(|anchor| *anchor = key(*anchor >> TAG_BITS) | tag(*anchor));
    anchors.sort_unstable();
    Keys { bands, anchors }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn keys_are_spread_evenly() {
        let params = Params::default();
        let mut eighths = [0; 8];
        for text in 0..64_u64 {
            let shingles = (0..512).map(|at| {
                let place = text << 32 | at;
                hash_bytes(&place.to_le_bytes()) as u64
            });
            let keys = sketch_keys("news", &Shingles::of_hashes(shingles.collect(), 0), &params);
            let all = keys.buckets();
            all.iter()
                .for_each(|key| eighths[(key >> (KEY_BITS - 3)) as usize] += 1);
        }
        let all: u32 = eighths.iter().sum();
        assert!(all > 64 * 64, "{all}");
        let fair = all / 8;
        let is_fair = |&count: &u32| (fair * 4 / 5..fair * 6 / 5).contains(&count);
        assert!(eighths.iter().all(is_fair), "{eighths:?}");
    }
}
