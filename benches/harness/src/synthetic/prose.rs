//! Writes words into sentences, and sentences into paragraphs.

use std::ops::Range;

use super::random::Rng;
use super::script::Script;
use super::vocabulary::{ScriptVocabulary, text};

/// Of this many draws one is a phrase; the others are two words each. With the law of the phrases, the
/// share of runs of five words that earlier articles have grows as measured (`wirecopy-bench phrases`): 1.1 %
/// at 2,500 articles, 3.5 % at 20,000, 6.4 % at 60,000; that of eight words stays below 1 %.
const PHRASE_EVERY: u64 = 2;

/// A text and the ends of its sentences.
#[derive(Debug, Default)]
pub(super) struct Prose {
    /// The text: a space between sentences, a line break between paragraphs.
    pub bytes: Vec<u8>,
    /// The end of each sentence, after the space or line break that follows it.
    pub ends: Vec<End>,
}

/// The end of a sentence.
#[derive(Debug, Clone, Copy)]
pub(super) struct End {
    pub byte: usize,
    /// Words of the text up to here.
    pub words: u32,
    pub is_paragraph: bool,
}

impl Prose {
    /// Writes a text of at least `words` words and at most a sentence more.
    pub fn write(vocabulary: &ScriptVocabulary, random: &mut Rng, words: u32) -> Self {
        let mut prose = Self::default();
        // Two bytes a letter in most scripts but Latin.
        let per_word = if vocabulary.script == Script::Latin {
            8
        } else {
            14
        };
        prose.bytes.reserve((words as usize + 32) * per_word);
        prose.ends.reserve(words as usize / 12 + 2);
        let mut written = 0;
        while written < words {
            written += prose.sentence(vocabulary, random);
            // Measured: 53 words in a paragraph, which is three sentences.
            let is_paragraph = written >= words || random.below(3) == 0;
            let separator = if is_paragraph {
                "\n"
            } else {
                vocabulary.script.space()
            };
            prose.bytes.extend_from_slice(separator.as_bytes());
            prose.ends.push(End {
                byte: prose.bytes.len(),
                words: written,
                is_paragraph,
            });
        }
        prose
    }

    /// Writes a sentence and returns its number of words.
    fn sentence(&mut self, vocabulary: &ScriptVocabulary, random: &mut Rng) -> u32 {
        let script = vocabulary.script;
        let (start, bits) = (self.bytes.len(), random.next());
        let words = 8 + (bits & 15) as u32 + (bits >> 4 & 3) as u32;
        let mut written = 0;
        while written < words {
            // One random number chooses a phrase or two words, and its lowest bits which, and the commas.
            let bits = random.next();
            if (bits >> 3).is_multiple_of(PHRASE_EVERY) {
                written += vocabulary.push_phrase(&mut self.bytes, (bits >> 32) as u32);
            } else {
                vocabulary.push_word(&mut self.bytes, (bits >> 32) as u32);
                vocabulary.push_word(&mut self.bytes, bits as u32);
                written += 2;
            }
            if bits & 7 == 0 && written < words {
                self.remove_last(script.space());
                self.bytes.extend_from_slice(script.comma().as_bytes());
            }
        }
        self.remove_last(script.space());
        self.bytes.extend_from_slice(script.stop().as_bytes());
        Script::capitalise(&mut self.bytes[start..]);
        written
    }

    fn remove_last(&mut self, space: &str) {
        self.bytes.truncate(self.bytes.len() - space.len());
    }

    /// Returns some sentences, without the space after the last.
    pub fn sentences(&self, range: Range<usize>) -> &[u8] {
        let start = range
            .start
            .checked_sub(1)
            .map_or(0, |before| self.ends[before].byte);
        let end = range
            .end
            .checked_sub(1)
            .map_or(0, |last| self.ends[last].byte);
        self.bytes[start..end.max(start)].trim_ascii_end()
    }

    /// Returns the number of words.
    pub fn words(&self) -> u32 {
        self.ends.last().map_or(0, |end| end.words)
    }

    /// Returns how many of the first sentences have at most `words` words; at least one.
    pub fn sentences_of(&self, words: u32) -> usize {
        self.ends.partition_point(|end| end.words <= words).max(1)
    }

    /// Returns the text.
    pub fn into_text(self) -> String {
        text(self.bytes)
    }
}
