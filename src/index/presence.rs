//! A quick look before two texts are compared: most candidates share hardly anything.

use crate::text::{Shingles, weight};

/// Bits of the filter, as a power of two: 16 KiB, so that it stays next to the processor.
const BITS: u32 = 17;
/// Most shingles with which the filter still tells something.
const MOST: usize = 1 << (BITS - 3);

/// Which shingles a text may have: a Bloom filter with two hashes, for the time of a look-up. One of our
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
            for bit in bits(shingle) {
                words[bit / 64] |= 1 << (bit % 64);
            }
        }
        Some(Self { words })
    }

    /// Weighs what the text and another share, at most, and says whether that is `enough`. The second
    /// bit of a shingle is asked for only where the first ones of all are not enough to say no.
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

/// The bits of a shingle; its lowest one is not among what they are made of, for it tells its kind.
fn bits(shingle: u64) -> [usize; 2] {
    [8, 32].map(|from| (shingle >> from) as usize & ((1 << BITS) - 1))
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
            let (shared, mut most) = (a.overlap(&b).shared, std::cell::Cell::new(0));
            presence.may_share(&b, |weight| { most.set(weight); true });
            let most = *most.get_mut();
            prop_assert!(most >= shared);
            prop_assert!(presence.may_share(&b, |weight| weight >= shared));
            // One in some ten thousands of those that are not shared looks as if it were.
            prop_assert!(most <= shared + 8 * 3, "{most} of {shared}");
        }
    }

    #[test]
    fn of_a_very_long_text_nothing_is_told() {
        let long = Shingles::new((0..20_000).collect(), 0);
        assert!(Presence::of(&long).is_none());
    }
}
