//! A quick test before two texts are compared: most candidates share hardly anything.

use crate::text::{Shingles, weight};

/// Bits of the filter, as a power of two: 16 KiB fit the processor's first cache.
const BITS: u32 = 17;
/// Most shingles with which the filter is still selective.
const MOST: usize = 1 << (BITS - 3);

/// A Bloom filter with two hashes over a text's shingles, made for one lookup. Handwritten because it
/// saves two microseconds and must cost less.
pub(super) struct Presence {
    words: Box<[u64; 1 << (BITS - 6)]>,
}

impl Presence {
    /// Builds the filter; `None` for a text with too many shingles.
    pub fn of(shingles: &Shingles) -> Option<Self> {
        let shingles = shingles.as_slice();
        if shingles.len() > MOST {
            return None;
        }
        let mut words = Box::new([0; 1 << (BITS - 6)]);
        for &shingle in shingles {
            for bit in bits(shingle) {
                words[bit / 64] |= 1 << (bit % 64);
            }
        }
        Some(Self { words })
    }

    /// Computes an upper bound of the weight that the text shares with another, and returns whether
    /// that is `enough`. The second bit of each shingle is tested only if the first bits pass.
    pub fn may_share(&self, other: &Shingles, enough: impl Fn(u32) -> bool) -> bool {
        let has = |bit: usize| (self.words[bit / 64] >> (bit % 64) & 1) as u32;
        let shingles = || other.as_slice().iter().copied();
        let by_first = shingles().map(|shingle| weight(shingle) * has(bits(shingle)[0]));
        let by_both = shingles().map(|shingle| {
            let [first, second] = bits(shingle);
            weight(shingle) * (has(first) & has(second))
        });
        enough(by_first.sum()) && enough(by_both.sum())
    }
}

/// Returns the filter's bits for a shingle. The lowest bit of a shingle, its kind, is not used.
fn bits(shingle: u64) -> [usize; 2] {
    [8, 32].map(|from| (shingle >> from) as usize & ((1 << BITS) - 1))
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    proptest! {
        #[test]
        fn the_bound_is_never_below_the_shared_weight(a in prop::collection::vec(any::<u64>(), 0..300), b in prop::collection::vec(any::<u64>(), 0..300), both in prop::collection::vec(any::<u64>(), 0..99)) {
            let (a, b) = (
                Shingles::new([a, both.clone()].concat(), 0),
                Shingles::new([b, both].concat(), 0),
            );
            let presence = Presence::of(&a).unwrap();
            let (shared, mut most) = (a.overlap(&b).shared, std::cell::Cell::new(0));
            presence.may_share(&b, |weight| { most.set(weight); true });
            let most = *most.get_mut();
            prop_assert!(most >= shared);
            prop_assert!(presence.may_share(&b, |weight| weight >= shared));
            // About one in ten thousand shingles that are not shared is a false positive.
            prop_assert!(most <= shared + 8 * 3, "{most} of {shared}");
        }
    }

    #[test]
    fn a_very_long_text_has_no_filter() {
        let long = Shingles::new((0..20_000).collect(), 0);
        assert!(Presence::of(&long).is_none());
    }
}
