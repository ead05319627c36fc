//! How rare words are in news.

use std::collections::HashMap;
use std::hash::BuildHasherDefault;
use std::sync::LazyLock;

use gxhash::GxHasher;

use super::agency::is_unspaced;

/// How often words stand in a byte of text.
type Frequencies = HashMap<&'static str, f64, BuildHasherDefault<GxHasher>>;

/// The common words, and all that begin with some letters.
static COMMON: LazyLock<[Frequencies; 2]> = LazyLock::new(|| {
    let mut words = Frequencies::default();
    let mut beginnings = Frequencies::default();
    for line in include_str!("common.txt").lines() {
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

/// Estimates how rare a string is in news: the binary logarithm of the bytes of text to each. Its last
/// word may go on.
pub(super) fn rarity(text: &str) -> f64 {
    let [words, beginnings] = &*COMMON;
    let (mut rarest, mut more) = (0.0_f64, 0.0);
    for piece in text.split_inclusive(|c: char| !c.is_alphanumeric()) {
        let word = piece.trim_end_matches(|c: char| !c.is_alphanumeric());
        let sign = &piece[word.len()..];
        if word.is_empty() || !matches!(sign, "" | " " | "'") {
            more += SIGN;
        }
        if word.starts_with(is_unspaced) {
            more += SIGN * word.chars().count() as f64;
        } else if !word.is_empty() {
            let common = if sign.is_empty() { beginnings } else { words };
            let letters = word.chars().count() as f64;
            let often = common.get(word).copied().unwrap_or_default();
            let bits = -(often + (-UNCOMMON - LETTER * letters).exp2()).log2();
            rarest = rarest.max(bits - NEXT_WORD);
            more += NEXT_WORD;
        }
    }
    rarest + more
}
