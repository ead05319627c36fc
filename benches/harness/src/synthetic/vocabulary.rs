//! The words of a script, and how often each is used.

use super::random::{Purpose, Random};
use super::script::Script;
use super::zipf::Zipf;

/// Words of a script.
const WORDS: u32 = 60_000;
/// With it the first word is 3 in a hundred, the hundredth 1 in a thousand, the ten-thousandth 1 in
/// a hundred thousand: as measured, within a third.
const OFFSET: f64 = 2.5;
/// Turns of speech of a time. Each sentence in eight begins with one, drawn by the square of a
/// uniform number. Of 7,000 articles that gives, of all runs of five words, as many that stand in 3,
/// 10 or 100 unrelated articles as was measured: 1.9, 0.3 and 0.05 in a hundred.
const PHRASES: u64 = 4_096;
/// Those that are used at all times.
const LASTING_PHRASES: u64 = 64;
/// Articles of a time: after them most turns of speech are new, as names and events are. Else all of
/// them were in thousands of articles, of ten million.
const TIME: u64 = 16_384;
/// Bytes of a word with its space, and one for their number.
const SLOT: usize = 16;

/// The words of a script.
#[derive(Debug)]
pub(super) struct Vocabulary {
    pub script: Script,
    words: Vec<[u8; SLOT]>,
    ranks: Zipf,
    seed: u64,
}

impl Vocabulary {
    pub fn new(script: Script, seed: u64) -> Self {
        let mut random = Random::of(seed, script as u64, Purpose::Words);
        let words = (0..WORDS).map(|rank| slot(script, rank, &mut random));
        Self {
            script,
            words: words.collect(),
            ranks: Zipf::new(WORDS, OFFSET),
            seed,
        }
    }

    /// Writes a word, and the space after it.
    #[inline]
    pub fn push_word(&self, out: &mut Vec<u8>, uniform: u32) {
        let slot = &self.words[self.ranks.rank(uniform) as usize];
        // The whole slot, whose length is known, and then back: that is one store.
        let end = out.len() + usize::from(slot[SLOT - 1]);
        out.extend_from_slice(slot);
        out.truncate(end);
    }

    /// Writes a turn of speech of an article's time, and returns how many words it has.
    pub fn push_phrase(&self, out: &mut Vec<u8>, uniform: u32, article: u64) -> u32 {
        let rank = u64::from(uniform).pow(2) >> 32;
        let rank = (rank * PHRASES) >> 32;
        let time = if rank < LASTING_PHRASES {
            0
        } else {
            article / TIME
        };
        let mut random = Random::of(self.seed, time * PHRASES + rank, Purpose::Phrases);
        let words = random.between(5, 9);
        (0..words).for_each(|_| self.push_word(out, random.next() as u32));
        words
    }

    /// Some words, without a space at the end.
    pub fn line(&self, random: &mut Random, words: u32) -> String {
        let mut out = Vec::with_capacity(words as usize * 8 + SLOT);
        (0..words).for_each(|_| self.push_word(&mut out, random.next() as u32));
        Script::capitalise(&mut out);
        text(out).trim_end().to_owned()
    }

    /// A headline. Measured: 7.8 words.
    pub fn title(&self, random: &mut Random) -> String {
        let words = random.between(5, 11);
        self.line(random, words)
    }

    /// A word for an address: no common one, in small letters.
    pub fn slug(&self, random: &mut Random) -> &str {
        let slot = &self.words[(100 + random.below(5_000)) as usize];
        let word = &slot[..usize::from(slot[SLOT - 1])];
        std::str::from_utf8(word).map_or("", str::trim_end)
    }
}

/// Invents a word, and puts it in its slot. One that is too long is cut: it is invented anyway.
fn slot(script: Script, rank: u32, random: &mut Random) -> [u8; SLOT] {
    // Figures are words too.
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

/// Bytes as a text: they are made of whole characters.
pub(super) fn text(bytes: Vec<u8>) -> String {
    String::from_utf8(bytes).expect("words and marks are whole characters")
}
