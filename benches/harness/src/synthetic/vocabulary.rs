//! The words of a script and their frequencies.

use super::random::{Purpose, Rng};
use super::script::Script;
use super::zipf::Zipf;

/// Number of words of a script.
const WORDS: u32 = 60_000;
/// The most frequent word is then 3 % of all, the hundredth .1 %, the ten-thousandth .001 %: as
/// measured, within a third.
const OFFSET: f64 = 2.5;
/// Phrases of a script: 2 to this power. Their ranks follow the Zipf-Mandelbrot law with exponent 2/3,
/// of which the quantiles are cubes.
const PHRASE_BITS: u32 = 24;
/// Uniform numbers below 2 to minus this power are not used, which is the offset of the law: the most
/// frequent phrase is in one article in a hundred.
const OFFSET_BITS: u32 = 7;
/// Bytes of a word and its space, and one byte for their length.
const SLOT: usize = 16;

/// The words of a script.
#[derive(Debug)]
pub(super) struct ScriptVocabulary {
    pub script: Script,
    words: Vec<[u8; SLOT]>,
    ranks: Zipf,
    seed: u64,
}

impl ScriptVocabulary {
    pub fn new(script: Script, seed: u64) -> Self {
        let mut random = Rng::of(seed, script as u64, Purpose::Words);
        let words = (0..WORDS).map(|rank| slot(script, rank, &mut random));
        Self {
            script,
            words: words.collect(),
            ranks: Zipf::new(WORDS, OFFSET),
            seed,
        }
    }

    /// Writes a word and the space after it.
    #[inline]
    pub fn push_word(&self, out: &mut Vec<u8>, uniform: u32) {
        let slot = &self.words[self.ranks.rank(uniform) as usize];
        // Copying a slot of fixed size and truncating is a single store.
        let end = out.len() + usize::from(slot[SLOT - 1]);
        out.extend_from_slice(slot);
        out.truncate(end);
    }

    /// Writes a phrase and returns its number of words. Few phrases have a run of eight words.
    pub fn push_phrase(&self, out: &mut Vec<u8>, uniform: u32) -> u32 {
        let uniform = u64::from(uniform - (uniform >> OFFSET_BITS)) + (1 << (32 - OFFSET_BITS));
        let rank = (((uniform * uniform) >> 32) * uniform) >> (64 - PHRASE_BITS);
        let mut random = Rng::of(self.seed, rank, Purpose::Phrases);
        let words = 5 + (random.clone().next() & 3) as u32;
        for first in (0..words).step_by(2) {
            let bits = random.next();
            self.push_word(out, (bits >> 32) as u32);
            if first + 1 < words {
                self.push_word(out, bits as u32);
            }
        }
        words
    }

    /// Returns some words, without a space at the end.
    pub fn line(&self, random: &mut Rng, words: u32) -> String {
        let mut out = Vec::with_capacity(words as usize * 8 + SLOT);
        (0..words).for_each(|_| self.push_word(&mut out, random.next() as u32));
        Script::capitalise(&mut out);
        text(out).trim_end().to_owned()
    }

    /// Returns a headline. Measured: 7.8 words.
    pub fn title(&self, random: &mut Rng) -> String {
        let words = random.between(5, 11);
        self.line(random, words)
    }

    /// Returns a word for a URL: a rare one, in lower case.
    pub fn slug(&self, random: &mut Rng) -> &str {
        let slot = &self.words[(100 + random.below(5_000)) as usize];
        let word = &slot[..usize::from(slot[SLOT - 1])];
        std::str::from_utf8(word).map_or("", str::trim_end)
    }
}

/// Invents a word and puts it in its slot; cuts one that is too long.
fn slot(script: Script, rank: u32, random: &mut Rng) -> [u8; SLOT] {
    // Numbers are words, too.
    let mut word = if rank >= 50 && random.below(40) == 0 {
        random.below(3_000).to_string()
    } else {
        script.word(rank, random)
    };
    let space = script.space();
    while word.len() + space.len() >= SLOT {
        word.pop();
    }
    if word.is_empty() {
        word.push('1');
    }
    word.push_str(space);
    let mut slot = [0; SLOT];
    slot[..word.len()].copy_from_slice(word.as_bytes());
    slot[SLOT - 1] = word.len() as u8;
    slot
}

/// Converts bytes that consist of whole characters.
pub(super) fn text(bytes: Vec<u8>) -> String {
    String::from_utf8(bytes).expect("words and marks are whole characters")
}
