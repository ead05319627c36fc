//! Writes copies of a text, of each kind.

use super::plan::{ArticlePlan, CopyKind};
use super::prose::Prose;
use super::random::Rng;
use super::script::Script;
use super::vocabulary::{ScriptVocabulary, text};

/// Writes a copy of an article.
pub(super) struct Copyist<'a> {
    pub original: &'a Prose,
    pub plan: &'a ArticlePlan,
    pub vocabulary: &'a ScriptVocabulary,
    /// The source of everything that the copy adds or changes.
    pub random: Rng,
    pub out: Vec<u8>,
}

impl Copyist<'_> {
    /// Writes the copy, with a line that credits the source if one is given.
    pub fn copy(mut self, kind: CopyKind, credit: Option<&str>) -> String {
        self.out.reserve(self.original.bytes.len() * 2);
        match kind {
            CopyKind::Verbatim => self.out.extend_from_slice(&self.original.bytes),
            CopyKind::Boilerplate => self.surround(),
            CopyKind::OwnParagraphs => self.add_paragraphs(),
            CopyKind::CutAndReorder => self.cut_and_reorder(),
            CopyKind::LightEdit if self.vocabulary.script == Script::Han => {
                self.change_characters()
            }
            CopyKind::LightEdit => self.change_words(),
            CopyKind::Truncated => self.truncate(),
            CopyKind::Quoted => self.quote(),
        }
        if let Some(source) = credit {
            let line = self.vocabulary.script.credit(source, &mut self.random);
            self.push_lines(line.as_bytes());
        }
        text(self.out)
    }

    /// Adds short lines before and after the text, like menus and teasers.
    fn surround(&mut self) {
        let words = self.share_of_words(10, 60);
        let before = words / 3;
        self.push_short_lines(before);
        self.out.extend_from_slice(&self.original.bytes);
        self.push_short_lines(words - before);
    }

    /// Adds paragraphs after one of the paragraphs of the original.
    fn add_paragraphs(&mut self) {
        let words = self.share_of_words(5, 35);
        let own = self.prose(words);
        let ends = &self.original.ends;
        let paragraphs: Vec<usize> = (1..=ends.len())
            .filter(|&sentences| ends[sentences - 1].is_paragraph)
            .collect();
        let after = paragraphs[self.random.below(paragraphs.len() as u32) as usize];
        self.push_lines(self.original.sentences(0..after));
        self.out.extend_from_slice(&own.bytes);
        self.push_lines(self.original.sentences(after..ends.len()));
    }

    /// Leaves a run of sentences out, and puts the end of the rest first.
    fn cut_and_reorder(&mut self) {
        let sentences = self.original.ends.len();
        let cut = (sentences * self.random.between(10, 30) as usize / 100).max(1);
        let from = self.random.below((sentences - cut) as u32 + 1) as usize;
        let to = from + cut;
        let (first, second) = if from == 0 {
            (
                to..to.midpoint(sentences),
                to.midpoint(sentences)..sentences,
            )
        } else if to == sentences {
            (0..from / 2, from / 2..from)
        } else {
            (0..from, to..sentences)
        };
        self.push_lines(self.original.sentences(second));
        self.push_lines(self.original.sentences(first));
    }

    /// Replaces words at regular distances. Each is in five shingles of five words, so at most a sixth
    /// of the shingles of the original are lost.
    fn change_words(&mut self) {
        let every = self.random.between(30, 120);
        let mut until = self.random.below(every);
        for word in self.original.bytes.split_inclusive(u8::is_ascii_whitespace) {
            // The last word of a paragraph stays.
            if until == 0 && word.ends_with(b" ") {
                let uniform = self.random.next() as u32;
                self.vocabulary.push_word(&mut self.out, uniform);
                until = every;
            } else {
                self.out.extend_from_slice(word);
            }
            until = until.saturating_sub(1);
        }
    }

    /// The same in a script without spaces, where a character is in eight shingles.
    fn change_characters(&mut self) {
        let every = self.random.between(60, 240);
        let mut until = self.random.below(every);
        let is_inside = |_: &u8, next: &u8| next & 0xc0 == 0x80;
        for character in self.original.bytes.chunk_by(is_inside) {
            // The block of Han characters, in UTF-8; punctuation is elsewhere.
            if until == 0 && matches!(character, [0xe4..=0xe9, _, _]) {
                self.out.extend_from_slice("改".as_bytes());
                until = every;
            } else {
                self.out.extend_from_slice(character);
            }
            until = until.saturating_sub(1);
        }
    }

    /// Keeps the beginning only.
    fn truncate(&mut self) {
        let words = self.share_of_words(20, 40);
        let sentences = self.original.sentences_of(words);
        self.push_lines(self.original.sentences(0..sentences));
    }

    /// Writes another article, with a passage of the original in the middle.
    fn quote(&mut self) {
        let own = self.prose(self.plan.words);
        let ends = &self.original.ends;
        let words = self.random.between(40, 100);
        let from = self.random.below(ends.len() as u32 / 2 + 1) as usize;
        let before = from.checked_sub(1).map_or(0, |last| ends[last].words);
        let to = self.original.sentences_of(before + words).max(from + 1);
        let (middle, end) = (own.ends.len().div_ceil(2), own.ends.len());
        self.push_lines(own.sentences(0..middle));
        self.push_lines(self.original.sentences(from..to.min(ends.len())));
        self.push_lines(own.sentences(middle..end));
    }

    /// Writes new prose.
    fn prose(&mut self, words: u32) -> Prose {
        Prose::write(self.vocabulary, &mut self.random, words)
    }

    /// Draws a percentage of the number of words of the original.
    fn share_of_words(&mut self, least: u32, most: u32) -> u32 {
        self.original.words() * self.random.between(least, most) / 100
    }

    fn push_lines(&mut self, lines: &[u8]) {
        if !lines.is_empty() {
            self.out.extend_from_slice(lines);
            self.out.push(b'\n');
        }
    }

    fn push_short_lines(&mut self, words: u32) {
        let mut left = words;
        while left > 0 {
            let of_line = self.random.between(3, 9).min(left);
            let line = self.vocabulary.line(&mut self.random, of_line);
            self.push_lines(line.as_bytes());
            left -= of_line;
        }
    }
}
