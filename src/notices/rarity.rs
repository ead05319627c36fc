//! How rare words are in news.

use std::collections::HashMap;
use std::hash::BuildHasherDefault;
use std::sync::LazyLock;

use gxhash::GxHasher;

use super::agency::{is_spaced, is_unspaced};

/// How often words stand in a byte of text.
type Frequencies = HashMap<&'static str, f64, BuildHasherDefault<GxHasher>>;

/// The common words, and all that begin with some letters.
static COMMON: LazyLock<[Frequencies; 2]> = LazyLock::new(|| {
    let mut words = Frequencies::default();
    let mut beginnings = Frequencies::default();
    for line in include_str!("common_words.txt").lines() {
        let (bits, row) = line.split_once(' ').unwrap_or_default();
        let Ok(bits) = bits.parse::<f64>() else {
            continue;
        };
        let often = (-bits - 0.5).exp2();
        for word in row.split(' ') {
            words.insert(word, often);
            for (end, letter) in word.char_indices() {
                *beginnings
                    .entry(&word[..end + letter.len_utf8()])
                    .or_default() += often;
            }
        }
    }
    [words, beginnings]
});

/// Bits of a word that is not common, and for each of its letters.
const UNCOMMON: f64 = 14.0;
const LETTER: f64 = 0.25;
/// Bits for each word that follows another: phrases are more common than chance.
const NEXT_WORD: f64 = 3.0;
/// Bits of a sign, and of a letter of a script without spaces.
const SIGN: f64 = 5.0;

/// A string in search form, and how rare it is in news.
#[derive(Debug, Clone, Default)]
pub(super) struct RatedString {
    pub text: String,
    /// Where its last word begins, which may go on.
    last: usize,
    /// Bits of the rarest word before it, and of everything else before it.
    before: (f64, f64),
}

impl RatedString {
    /// Returns the string with another after it.
    pub fn followed_by(&self, text: &str) -> Self {
        let mut longer = Self {
            text: [&self.text, text].concat(),
            ..*self
        };
        for (at, character) in text.char_indices() {
            if !is_alphanumeric(character) {
                let end = self.text.len() + at;
                longer.before = longer.rated_to(end, Some(character));
                longer.last = end + character.len_utf8();
            }
        }
        longer
    }

    /// Estimates how rare it is: the binary logarithm of the bytes of text to each.
    pub fn rarity(&self) -> f64 {
        let (rarest, more) = match self.last < self.text.len() {
            true => self.rated_to(self.text.len(), None),
            false => self.before,
        };
        rarest + more
    }

    /// Rates the string up to its last word, which ends at `end`, and the sign after that.
    fn rated_to(&self, end: usize, sign: Option<char>) -> (f64, f64) {
        let [words, beginnings] = &*COMMON;
        let (mut rarest, mut more) = self.before;
        let word = &self.text[self.last..end];
        if word.is_empty() || !matches!(sign, None | Some(' ' | '\'')) {
            more += SIGN;
        }
        if word.starts_with(is_unspaced) {
            more += SIGN * word.chars().count() as f64;
        } else if !word.is_empty() {
            let common = sign.map_or(beginnings, |_| words);
            let letters = word.chars().count() as f64;
            let often = common.get(word).copied().unwrap_or_default();
            let bits = -(often + (-UNCOMMON - LETTER * letters).exp2()).log2();
            rarest = rarest.max(bits - NEXT_WORD);
            more += NEXT_WORD;
        }
        (rarest, more)
    }
}

/// Whether a character is a letter or a digit. The test for scripts with spaces is quick.
pub(super) fn is_alphanumeric(character: char) -> bool {
    is_spaced(character) || character.is_alphanumeric()
}
