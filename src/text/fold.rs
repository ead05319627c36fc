//! The normal form of a token.

use super::classes::{Class, fold_all};
use super::disguise::{self, Letters};
use super::hash::{BLOCK, hash_padded, hash_token};
use super::lookalike::is_greek_or_cyrillic;
use super::lookup::{CharInfo, look_up};
use super::umlaut::{Umlaut, without_e};

/// Bytes that are written for a character, of any length.
const CHARACTER: usize = 4;

/// Builds the normal form of a token: character by character where possible, or else by the rules on the
/// whole token.
#[derive(Default)]
pub(super) struct Folder {
    /// The normal form, followed by leftovers of earlier ones. There is room for a character and a block
    /// more, so that both are written whole, however few of their bytes are needed.
    normal: Vec<u8>,
    length: usize,
    by_rules: bool,
    after_mark: bool,
    letters: Letters,
    umlaut: Umlaut,
    /// An e was left out, so the normal form does not tell what the rules for disguises would read.
    is_shortened: bool,
}

impl Folder {
    /// Begins a new token.
    #[inline]
    pub fn clear(&mut self) {
        self.length = 0;
        self.by_rules = false;
        self.after_mark = false;
        self.letters = Letters::default();
        self.umlaut = Umlaut::default();
        self.is_shortened = false;
    }

    /// Adds the next character of a token.
    #[inline(always)]
    pub fn push(&mut self, looked: CharInfo) {
        if looked.class() == Class::Ignorable {
            return;
        }
        // Several marks in a row have a canonical order.
        self.by_rules |= looked.folded() == 0 || (looked.combines() && self.after_mark);
        self.after_mark = looked.combines();
        self.letters.add(looked.letter());
        if looked.folded() > u32::from(char::MAX) {
            self.push_string(looked);
            return;
        }
        self.write(looked.folded());
    }

    /// Writes a folded character, unless it is a blank, as some points become, or the e of an umlaut.
    #[inline]
    fn write(&mut self, code: u32) {
        if code == u32::from(' ') {
            return;
        }
        if self.umlaut.leaves_out(code) {
            self.is_shortened = true;
            return;
        }
        self.append(code);
    }

    #[inline]
    fn append(&mut self, code: u32) {
        let (bytes, length) = encode(code);
        self.make_room(CHARACTER);
        self.normal[self.length..self.length + CHARACTER].copy_from_slice(&bytes);
        self.length += length;
    }

    #[cold]
    fn push_string(&mut self, looked: CharInfo) {
        if let Some(folded) = looked.string() {
            folded.text.chars().for_each(|c| self.write(u32::from(c)));
            self.letters.add_all(folded.letters);
            self.after_mark = folded.ends_in_mark;
        }
    }

    /// Makes room for some bytes and a block of padding after them.
    #[inline]
    fn make_room(&mut self, bytes: usize) {
        if self.length + bytes + BLOCK > self.normal.len() {
            self.grow(bytes);
        }
    }

    #[cold]
    fn grow(&mut self, bytes: usize) {
        let length = 2 * self.normal.len() + bytes + 4 * BLOCK;
        self.normal.resize(length, 0);
    }

    /// Begins a new token, and adds all its characters.
    pub fn fold(&mut self, text: &str) -> &mut Self {
        self.clear();
        text.chars()
            .for_each(|character| self.push(look_up(character)));
        self
    }

    /// Returns what the characters so far fold to, unless they are folded by the rules on the whole token.
    #[inline]
    pub fn folded(&self) -> &[u8] {
        &self.normal[..self.length]
    }

    /// Whether the token, which is written like this, is disguised with letters of another script.
    pub fn is_in_disguise(&self, text: &str) -> bool {
        match self.by_rules {
            true => disguise::undone(&fold_all(text)).is_some(),
            false => self.letters.are_in_disguise(),
        }
    }

    /// Hashes the normal form of the token, which is written like this.
    #[inline]
    pub fn hash(&mut self, text: &str) -> u64 {
        if self.by_rules {
            return hash_token(normal_form(text));
        }
        if self.letters.are_in_disguise() {
            return hash_token(match self.is_shortened {
                true => normal_form(text),
                false => read(&String::from_utf8_lossy(self.folded())),
            });
        }
        if self.umlaut.is_last() {
            self.append(u32::from('e'));
        }
        self.make_room(0);
        let padding = &mut self.normal[self.length..self.length + BLOCK];
        padding.copy_from_slice(&[0; BLOCK]);
        let padded = self.length.next_multiple_of(BLOCK).max(BLOCK);
        hash_padded(&self.normal[..padded])
    }
}

/// Encodes a character in UTF-8, and returns its bytes and their number.
#[inline]
pub(super) fn encode(code: u32) -> ([u8; CHARACTER], usize) {
    let mut bytes = [0; CHARACTER];
    let character = char::from_u32(code).unwrap_or_default();
    let length = character.encode_utf8(&mut bytes).len();
    (bytes, length)
}

/// Returns the normal form of a token by the rules.
pub(super) fn normal_form(text: &str) -> String {
    let mut folded = fold_all(text);
    folded.retain(|letter| letter != ' ');
    read(&folded)
}

/// Returns the normal form of a folded token: a disguise undone, and umlauts without their e.
fn read(folded: &str) -> String {
    let undone = match folded.chars().any(is_greek_or_cyrillic) {
        true => disguise::undone(folded),
        false => None,
    };
    without_e(undone.as_deref().unwrap_or(folded))
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Characters that fold to strings, among neighbors that compose, expand, or are marks.
    #[test]
    fn strings_fold_as_the_rules_say() {
        let mut folder = Folder::default();
        let neighbors =
            "|a|e|o|\u{301}|\u{345}|\u{316}\u{301}|é|ﬁ|\u{1112}|\u{1161}|ﷺ|ｶ|ﾞ|я|ß|\u{34f}";
        let neighbors: Vec<&str> = neighbors.split('|').collect();
        for character in '\0'..=char::MAX {
            if look_up(character).string().is_none() {
                continue;
            }
            for before in &neighbors {
                for after in &neighbors {
                    let text = format!("{before}{character}{after}");
                    let hash = folder.fold(&text).hash(&text);
                    assert_eq!(hash, hash_token(normal_form(&text)), "{text:?}");
                }
            }
        }
    }
}
