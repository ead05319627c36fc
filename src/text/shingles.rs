//! Tokens -> shingles.
//!
//! A shingle is the shortest run of tokens, from a given one on, whose weights come to
//! [`SHINGLE_WEIGHT`]: 5 words, or 8 characters of a script without spaces, and between the two
//! where a text mixes them. So it depends on nothing but the tokens it covers, and a passage has
//! the same shingles wherever it stands. A text with less has one shingle, the whole.
//!
//! A shingle's lowest bit tells whether it begins with a character rather than a word; a shingle
//! weighs what its first token weighs. Shares of texts are shares of weight: without that, a teaser
//! in Chinese under an English article would count for twice what a reader sees.

/// Weight of a word.
pub(super) const WORD_WEIGHT: u32 = 8;
/// Weight of a character of a script written without spaces.
pub(super) const UNSPACED_WEIGHT: u32 = 5;
/// Weight of the tokens of a shingle, at least.
pub const SHINGLE_WEIGHT: u32 = 40;

/// Tokens of a shingle of words.
const WORDS: usize = (SHINGLE_WEIGHT / WORD_WEIGHT) as usize;
/// Most tokens of a shingle.
const MOST: usize = SHINGLE_WEIGHT.div_ceil(UNSPACED_WEIGHT) as usize;

/// Returns the weight of a shingle, in eighths of a word.
#[inline]
pub fn weight(shingle: u64) -> u32 {
    if shingle & 1 == 0 {
        WORD_WEIGHT
    } else {
        UNSPACED_WEIGHT
    }
}

/// Makes shingles of a row of tokens, of which each has a place of some kind. At most [`MOST`] tokens
/// are held.
pub(super) struct Shingler<P, F> {
    window: [(u64, u32, P); MOST],
    first: usize,
    count: usize,
    weight: u32,
    /// Of the tokens held: the sum of each one's hash times a power of [`MULTIPLIER`], of the last
    /// one's times 1. It is rolled, so a token costs two products however long shingles are.
    sum: u64,
    any: bool,
    each: F,
}

impl<P: Copy + Default, F: FnMut(u64, P, P)> Shingler<P, F> {
    /// `each` is given a shingle, and the places of its first and last token.
    pub fn new(each: F) -> Self {
        Self {
            window: [(0, 0, P::default()); MOST],
            first: 0,
            count: 0,
            weight: 0,
            sum: 0,
            any: false,
            each,
        }
    }

    /// Takes the next token, and gives out every shingle that it completes.
    #[inline]
    pub fn push(&mut self, hash: u64, weight: u32, place: P) {
        self.window[(self.first + self.count) % MOST] = (hash, weight, place);
        self.sum = self.sum.wrapping_mul(MULTIPLIER).wrapping_add(hash);
        if self.weight == SHINGLE_WEIGHT - WORD_WEIGHT && weight == WORD_WEIGHT {
            // Nothing but words weighs that much: among words each completes one shingle.
            self.give(0, place);
            self.drop_first(WORDS - 1);
            return;
        }
        self.complete(weight, place);
    }

    /// Gives out what the last token completes. Kept apart, so that the way of words is short.
    #[inline(never)]
    fn complete(&mut self, weight: u32, place: P) {
        self.count += 1;
        self.weight += weight;
        while self.weight >= SHINGLE_WEIGHT {
            let (_, first_weight, _) = self.window[self.first];
            self.give(kind(first_weight), place);
            self.count -= 1;
            self.weight -= first_weight;
            self.drop_first(self.count);
        }
    }

    /// Ends the row: fewer tokens than a shingle are one shingle, the whole.
    pub fn finish(mut self) {
        if !self.any && self.count > 0 {
            let (.., last) = self.window[(self.first + self.count - 1) % MOST];
            let (_, first_weight, _) = self.window[self.first];
            self.give(kind(first_weight), last);
        }
    }

    #[inline]
    fn give(&mut self, kind: u64, last: P) {
        let (.., first) = self.window[self.first];
        (self.each)(mix(self.sum) & !1 | kind, first, last);
        self.any = true;
    }

    /// Drops the first token, before so many.
    #[inline]
    fn drop_first(&mut self, others: usize) {
        let (hash, ..) = self.window[self.first];
        let share = hash.wrapping_mul(POWERS[others % MOST]);
        self.sum = self.sum.wrapping_sub(share);
        self.first = (self.first + 1) % MOST;
    }
}

/// The lowest bit of a shingle whose first token weighs this.
fn kind(weight: u32) -> u64 {
    u64::from(weight == UNSPACED_WEIGHT)
}

/// The powers of [`MULTIPLIER`].
const POWERS: [u64; MOST] = {
    let mut powers = [1; MOST];
    let mut at = 1;
    while at < MOST {
        powers[at] = MULTIPLIER.wrapping_mul(powers[at - 1]);
        at += 1;
    }
    powers
};

/// Odd, so that no bit of an earlier token is lost; its low bits are far from those of 1, so that
/// tokens that change places change the sum.
const MULTIPLIER: u64 = 0x9e37_79b9_7f4a_7c15;

/// Spreads every bit over every other (the finalizer of MurmurHash3, Appleby).
#[inline]
fn mix(mut hash: u64) -> u64 {
    hash ^= hash >> 33;
    hash = hash.wrapping_mul(0xff51_afd7_ed55_8ccd);
    hash ^= hash >> 33;
    hash = hash.wrapping_mul(0xc4ce_b9fe_1a85_ec53);
    hash ^ (hash >> 33)
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    /// By the definition: from each token on, the shortest run that weighs enough.
    fn defined(tokens: &[(u64, u32)]) -> Vec<(u64, usize, usize)> {
        let shingle = |first: usize, end: usize| {
            let sum = tokens[first..end].iter().fold(0u64, |sum, (hash, _)| {
                sum.wrapping_mul(MULTIPLIER).wrapping_add(*hash)
            });
            let kind = u64::from(tokens[first].1 == UNSPACED_WEIGHT);
            (mix(sum) & !1 | kind, first, end - 1)
        };
        let mut shingles = Vec::new();
        for first in 0..tokens.len() {
            let enough = |&end: &usize| {
                tokens[first..end].iter().map(|(_, w)| w).sum::<u32>() >= SHINGLE_WEIGHT
            };
            shingles.extend((first..=tokens.len()).find(enough).map(|end| shingle(first, end)));
        }
        if shingles.is_empty() && !tokens.is_empty() {
            shingles.push(shingle(0, tokens.len()));
        }
        shingles
    }

    proptest! {
        #[test]
        fn rolled_sums_are_those_of_the_definition(
            tokens in prop::collection::vec((any::<u64>(), prop_oneof![Just(WORD_WEIGHT), Just(UNSPACED_WEIGHT)]), 0..40)
        ) {
            let mut shingles = Vec::new();
            let mut shingler = Shingler::new(|hash, first, last| shingles.push((hash, first, last)));
            for (place, &(hash, weight)) in tokens.iter().enumerate() {
                shingler.push(hash, weight, place);
            }
            shingler.finish();
            prop_assert_eq!(shingles, defined(&tokens));
        }
    }
}
