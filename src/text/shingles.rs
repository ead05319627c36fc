//! Tokens -> shingles.
//!
//! A shingle is the shortest run of tokens, from a given one on, whose weights add up to
//! [`SHINGLE_WEIGHT`]: 5 words, or 8 characters of a script without spaces, or a number in between
//! where a text mixes them. It depends only on the tokens it covers, so a passage has the same shingles
//! in every text. A text with less weight has one shingle, the whole.
//!
//! The lowest bit of a shingle says whether it begins with a character instead of a word; a shingle has
//! the weight of its first token. Shares of texts are shares of weight: otherwise a teaser in Chinese
//! under an English article would count twice what a reader sees.

use super::scan::ScannedToken;

/// Weight of a word.
pub(super) const WORD_WEIGHT: u32 = 8;
/// Weight of a character of a script written without spaces.
pub(super) const UNSPACED_WEIGHT: u32 = 5;
/// Least weight of the tokens of a shingle.
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

/// Shingles in the order of a text, each with the rank of its first token: the lower half of that one's hash.
#[derive(Debug, Default)]
pub(super) struct RankedShingles {
    pub hashes: Vec<u64>,
    pub ranks: Vec<u32>,
}

impl RankedShingles {
    pub fn with_capacity(count: usize) -> Self {
        Self {
            hashes: Vec::with_capacity(count),
            ranks: Vec::with_capacity(count),
        }
    }

    #[inline]
    pub fn push(&mut self, shingle: u64, first: &ScannedToken) {
        self.hashes.push(shingle);
        self.ranks.push(first.hash as u32);
    }

    pub fn len(&self) -> usize {
        self.hashes.len()
    }
}

#[cfg(test)]
impl FromIterator<(u64, u32)> for RankedShingles {
    fn from_iter<I: IntoIterator<Item = (u64, u32)>>(pairs: I) -> Self {
        let (hashes, ranks) = pairs.into_iter().unzip();
        Self { hashes, ranks }
    }
}

/// Passes on the shingles of a sequence of tokens, each with its first and last.
pub(super) fn each_shingle(
    tokens: &[ScannedToken],
    each: impl FnMut(u64, &ScannedToken, &ScannedToken),
) {
    let mut shingler = Shingler::new(each);
    shingler.take(tokens);
    shingler.finish();
}

/// Makes shingles of a sequence of tokens, which comes in parts, and passes each on with its first and last. Holds
/// at most [`MOST`] tokens.
pub(super) struct Shingler<F> {
    window: [ScannedToken; MOST],
    first: usize,
    count: usize,
    weight: u32,
    /// The sum of the hashes of the tokens held, each times a power of [`MULTIPLIER`], the last times 1.
    /// It is a rolling sum, so a token costs two products however long shingles are.
    sum: u64,
    any: bool,
    each: F,
}

impl<F: FnMut(u64, &ScannedToken, &ScannedToken)> Shingler<F> {
    pub fn new(each: F) -> Self {
        Self {
            window: [ScannedToken::default(); MOST],
            first: 0,
            count: 0,
            weight: 0,
            sum: 0,
            any: false,
            each,
        }
    }

    /// Takes the next tokens.
    #[inline]
    pub fn take(&mut self, tokens: &[ScannedToken]) {
        let mut rest = tokens;
        while let [first, ..] = rest {
            let run = rest.iter().take_while(|token| token.weight == first.weight);
            let (run, others) = rest.split_at(run.count());
            self.take_run(run, first.weight);
            rest = others;
        }
    }

    /// Takes all tokens of one weight that follow one another. After as many as a shingle has, each further
    /// token completes a shingle without a look at the window.
    #[inline]
    fn take_run(&mut self, run: &[ScannedToken], weight: u32) {
        let length = SHINGLE_WEIGHT.div_ceil(weight) as usize;
        run.iter()
            .take(length)
            .for_each(|token| self.take_one(token));
        if run.len() <= length {
            return;
        }
        let mut sum = self.sum;
        for tokens in run[1..].windows(length) {
            let (first, last) = (&tokens[0], &tokens[length - 1]);
            sum = add(sum, last.hash);
            (self.each)(finish(sum, weight), first, last);
            sum = drop_first(sum, first.hash, length - 1);
        }
        self.sum = sum;
        let held = &run[run.len() - (length - 1)..];
        self.window[..held.len()].copy_from_slice(held);
        self.first = 0;
    }

    /// Takes a token of any weight.
    fn take_one(&mut self, token: &ScannedToken) {
        self.window[(self.first + self.count) % MOST] = *token;
        self.count += 1;
        self.weight += token.weight;
        self.sum = add(self.sum, token.hash);
        while self.weight >= SHINGLE_WEIGHT {
            let first = self.window[self.first];
            (self.each)(finish(self.sum, first.weight), &first, token);
            self.any = true;
            self.count -= 1;
            self.weight -= first.weight;
            self.sum = drop_first(self.sum, first.hash, self.count);
            self.first = (self.first + 1) % MOST;
        }
    }

    /// Ends the sequence. Fewer tokens than a shingle has are one shingle, the whole.
    pub fn finish(mut self) {
        if !self.any && self.count > 0 {
            let first = self.window[self.first];
            let last = self.window[(self.first + self.count - 1) % MOST];
            (self.each)(finish(self.sum, first.weight), &first, &last);
        }
    }
}

/// Adds a token's hash to the sum of those before it.
#[inline]
fn add(sum: u64, hash: u64) -> u64 {
    sum.wrapping_mul(MULTIPLIER).wrapping_add(hash)
}

/// Removes the first token's hash from a sum; `others` tokens follow it.
#[inline]
fn drop_first(sum: u64, hash: u64, others: usize) -> u64 {
    sum.wrapping_sub(hash.wrapping_mul(POWERS[others % MOST]))
}

/// Makes a shingle of the sum of its tokens and the weight of the first.
#[inline]
fn finish(sum: u64, weight: u32) -> u64 {
    mix(sum) & !1 | u64::from(weight == UNSPACED_WEIGHT)
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

/// Odd, so that no bit of an earlier token is lost, and with low bits unlike those of 1, so that the
/// order of tokens changes the sum.
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

    /// Returns the shingles by definition: from each token on, the shortest run with enough weight.
    fn defined(tokens: &[ScannedToken]) -> Vec<(u64, ScannedToken, ScannedToken)> {
        let shingle = |run: &[ScannedToken]| {
            let sum = run.iter().fold(0, |sum, token| add(sum, token.hash));
            (finish(sum, run[0].weight), run[0], run[run.len() - 1])
        };
        let mut shingles = Vec::new();
        for first in 0..tokens.len() {
            let enough = |&end: &usize| {
                tokens[first..end].iter().map(|t| t.weight).sum::<u32>() >= SHINGLE_WEIGHT
            };
            let end = (first..=tokens.len()).find(enough);
            shingles.extend(end.map(|end| shingle(&tokens[first..end])));
        }
        if shingles.is_empty() && !tokens.is_empty() {
            shingles.push(shingle(tokens));
        }
        shingles
    }

    proptest! {
        #[test]
        fn rolled_sums_are_those_of_the_definition(
            tokens in prop::collection::vec((any::<u64>(), prop::bool::weighted(0.8)), 0..60),
            part in 1..20usize,
        ) {
            let tokens: Vec<ScannedToken> = (0..).zip(tokens).map(|(start, (hash, is_word))| ScannedToken {
                start,
                end: start + 1,
                weight: if is_word { WORD_WEIGHT } else { UNSPACED_WEIGHT },
                hash,
            }).collect();
            let mut shingles = Vec::new();
            let mut shingler = Shingler::new(|hash, first: &_, last: &_| shingles.push((hash, *first, *last)));
            tokens.chunks(part).for_each(|tokens| shingler.take(tokens));
            shingler.finish();
            prop_assert_eq!(shingles, defined(&tokens));
        }
    }
}
