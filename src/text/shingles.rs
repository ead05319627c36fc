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

use super::Span;

/// Weight of a word.
pub(super) const WORD_WEIGHT: u32 = 8;
/// Weight of a character of a script written without spaces.
pub(super) const UNSPACED_WEIGHT: u32 = 5;
/// Weight of the tokens of a shingle, at least.
pub const SHINGLE_WEIGHT: u32 = 40;

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

/// Makes shingles of a row of tokens. At most [`MOST`] tokens are held.
pub(super) struct Shingler<F> {
    window: [(u64, Span, u32); MOST],
    first: usize,
    count: usize,
    weight: u32,
    any: bool,
    each: F,
}

impl<F: FnMut(u64, Span)> Shingler<F> {
    pub fn new(each: F) -> Self {
        Self {
            window: [(0, Span::default(), 0); MOST],
            first: 0,
            count: 0,
            weight: 0,
            any: false,
            each,
        }
    }

    /// Takes the next token, and gives out every shingle that it completes.
    #[inline]
    pub fn push(&mut self, hash: u64, span: Span, weight: u32) {
        self.window[(self.first + self.count) % MOST] = (hash, span, weight);
        self.count += 1;
        self.weight += weight;
        while self.weight >= SHINGLE_WEIGHT {
            self.give();
            self.weight -= self.window[self.first].2;
            self.first = (self.first + 1) % MOST;
            self.count -= 1;
        }
    }

    /// Ends the row: fewer tokens than a shingle are one shingle, the whole.
    pub fn finish(mut self) {
        if !self.any && self.count > 0 {
            self.give();
        }
    }

    #[inline]
    fn give(&mut self) {
        let tokens = (0..self.count).map(|index| self.window[(self.first + index) % MOST]);
        let hash = tokens.fold(0u64, |hash, (token, ..)| {
            hash.wrapping_mul(MULTIPLIER).wrapping_add(token)
        });
        let (_, first, weight) = self.window[self.first];
        let (_, last, _) = self.window[(self.first + self.count - 1) % MOST];
        let kind = u64::from(weight == UNSPACED_WEIGHT);
        (self.each)(
            mix(hash) & !1 | kind,
            Span {
                start: first.start,
                end: last.end,
            },
        );
        self.any = true;
    }
}

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
