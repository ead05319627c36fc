//! A quick look before two texts are compared: most candidates share hardly anything.

use crate::text::{Shingles, weight};

/// Bits of the filter, as a power of two: 16 KiB, so that it stays next to the processor.
const BITS: u32 = 17;
/// Most shingles with which the filter still tells something.
const MOST: usize = 1 << (BITS - 3);

/// Which shingles a text may have: a Bloom filter with one hash, for the time of a look-up. One of our
/// own, for what it saves is two microseconds, and must cost less.
pub(super) struct Presence {
    words: Box<Words>,
}

type Words = [u64; 1 << (BITS - 6)];

impl Presence {
    /// Of a text's shingles; `None` for a text with too many.
    pub fn of(shingles: &Shingles) -> Option<Self> {
        let shingles = shingles.as_slice();
        if shingles.len() > MOST {
            return None;
        }
        let mut words: Box<Words> = Box::new([0; 1 << (BITS - 6)]);
        for &shingle in shingles {
            let bit = bit(shingle);
            words[bit / 64] |= 1 << (bit % 64);
        }
        Some(Self { words })
    }

    /// Weighs what the text and another share, at most.
    pub fn most_shared(&self, other: &Shingles) -> u32 {
        let shared = other.as_slice().iter().map(|&shingle| {
            let bit = bit(shingle);
            weight(shingle) * (self.words[bit / 64] >> (bit % 64) & 1) as u32
        });
        shared.sum()
    }
}

/// The bit of a shingle; its lowest one is not among what it is made of, for it tells its kind.
fn bit(shingle: u64) -> usize {
    (shingle >> 8) as usize & ((1 << BITS) - 1)
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    proptest! {
        #[test]
        fn never_less_than_what_is_shared(a in prop::collection::vec(any::<u64>(), 0..300), b in prop::collection::vec(any::<u64>(), 0..300), both in prop::collection::vec(any::<u64>(), 0..99)) {
            let (a, b) = (
                Shingles::new([a, both.clone()].concat(), 0),
                Shingles::new([b, both].concat(), 0),
            );
            let presence = Presence::of(&a).unwrap();
            let (most, shared) = (presence.most_shared(&b), a.overlap(&b).shared);
            prop_assert!(most >= shared);
            // One in some hundreds of those that are not shared looks as if it were.
            prop_assert!(most <= shared + 8 * 10, "{most} of {shared}");
        }
    }

    #[test]
    fn of_a_very_long_text_nothing_is_told() {
        let long = Shingles::new((0..20_000).collect(), 0);
        assert!(Presence::of(&long).is_none());
    }
}
