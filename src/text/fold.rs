//! The normal form of a token.

use unicode_normalization::UnicodeNormalization;

use super::boundary::floor_boundary;
use super::classes::{Class, fold_all};
use super::disguise::{self, Letters, ReadAs};
use super::hash::{BLOCK, hash_padded};
use super::lookalike::is_greek_or_cyrillic;
use super::lookup::{CharInfo, look_up};
use super::umlaut::{Umlaut, without_e};

/// Bytes that are written for a character, of any length.
const CHARACTER: usize = 4;

/// Bytes of a token that count: of a longer one only the first. No word of any language has as many, and a whole
/// text without blanks is one token.
const LONGEST: usize = 4096;
/// Bytes that are enough for the normal form of as many: a character folds to eleven times its bytes at most.
const MOST: usize = 16 * LONGEST;

/// Builds the normal form of a token: character by character and then composed where possible, or else by the rules
/// on the whole token.
#[derive(Default)]
pub(super) struct Folder {
    /// The normal form, followed by leftovers of earlier ones. There is room for a character and a block
    /// more, so that both are written whole, however few of their bytes are needed.
    normal: Vec<u8>,
    length: usize,
    by_rules: bool,
    /// Some of its characters may compose, or marks may be out of order.
    composes: bool,
    /// A blank was left out, across which nothing composes.
    has_blank: bool,
    after_mark: bool,
    letters: Letters,
    umlaut: Umlaut,
    /// The form has an e that stands for the dots of an umlaut.
    has_umlaut_e: bool,
    /// A former normal form, whose memory is used again.
    former: Vec<u8>,
}

impl Folder {
    /// Begins a new token.
    #[inline]
    pub fn clear(&mut self) {
        self.length = 0;
        self.by_rules = false;
        self.composes = false;
        self.has_blank = false;
        self.after_mark = false;
        self.letters = Letters::default();
        self.umlaut = Umlaut::default();
        self.has_umlaut_e = false;
    }

    /// Adds the next character of a token.
    #[inline(always)]
    pub fn push(&mut self, looked: CharInfo) {
        if looked.class() == Class::Ignorable {
            return;
        }
        self.by_rules |= looked.folded() == 0;
        // Several marks in a row have a canonical order.
        self.composes |= looked.may_compose() || (looked.combines() && self.after_mark);
        self.after_mark = looked.combines();
        self.letters.add(looked.letter());
        if looked.folded() > u32::from(char::MAX) {
            self.push_string(looked);
            return;
        }
        self.write(looked.folded());
    }

    /// Writes a folded character, unless it is a blank, as some points become.
    #[inline]
    fn write(&mut self, code: u32) {
        if code == u32::from(' ') {
            self.has_blank = true;
            return;
        }
        self.has_umlaut_e |= self.umlaut.leaves_out(code);
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
        let Some(folded) = looked.string() else {
            return;
        };
        self.letters.add_all(folded.letters);
        self.after_mark = folded.ends_in_mark;
        self.has_blank |= folded.has_blank;
        if !folded.is_beyond_ascii {
            folded.text.chars().for_each(|c| self.write(u32::from(c)));
            return;
        }
        // No letter beyond ASCII makes an e after it the dots of an umlaut.
        self.umlaut = Umlaut::default();
        let text = folded.text.as_bytes();
        self.make_room(text.len());
        self.normal[self.length..self.length + text.len()].copy_from_slice(text);
        self.length += text.len();
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
        if self.length >= MOST {
            // The token is longer than what counts of it, and is folded again when it is hashed.
            self.length = 0;
            return;
        }
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
        match self.by_rules || text.len() > LONGEST {
            true => disguise::undone(&fold_all(counted(text))).is_some(),
            false => self.letters.are_in_disguise(),
        }
    }

    /// Hashes the normal form of the token, which is written like this.
    #[inline]
    pub fn hash(&mut self, text: &str) -> u64 {
        self.finish(text);
        self.make_room(0);
        let padding = &mut self.normal[self.length..self.length + BLOCK];
        padding.copy_from_slice(&[0; BLOCK]);
        let padded = self.length.next_multiple_of(BLOCK).max(BLOCK);
        hash_padded(&self.normal[..padded])
    }

    /// Returns the normal form of a token.
    pub fn normal_form(&mut self, text: &str) -> String {
        self.fold(text).finish(text);
        String::from_utf8_lossy(self.folded()).into_owned()
    }

    /// Makes the normal form of what the characters of the token, which is written like this, fold to.
    #[inline]
    fn finish(&mut self, text: &str) {
        if text.len() > LONGEST {
            self.fold(counted(text));
        }
        if self.by_rules || (self.composes && self.has_blank) {
            let form = normal_form(text);
            return self.write_anew(|_, folder| form.chars().for_each(|c| folder.append(c.into())));
        }
        if self.composes {
            self.write_anew(|form, folder| form.nfc().for_each(|c| folder.append(c.into())));
        }
        let read_as = self.letters.read_as();
        if let Some(read_as) = read_as {
            self.undo_disguise(read_as);
        }
        if self.has_umlaut_e || read_as.is_some() {
            self.leave_out_e();
        }
    }

    /// Writes the normal form anew, by what it is so far.
    #[inline(never)]
    fn write_anew(&mut self, write: impl FnOnce(&str, &mut Self)) {
        let free = std::mem::take(&mut self.former);
        let former = std::mem::replace(&mut self.normal, free);
        let length = std::mem::take(&mut self.length);
        write(&String::from_utf8_lossy(&former[..length]), self);
        self.former = former;
    }

    /// Reads the normal form as what the token was disguised to hide.
    fn undo_disguise(&mut self, read_as: ReadAs) {
        self.write_anew(|form, folder| {
            (form.chars()).for_each(|letter| folder.append(read_as.letter(letter).into()));
        });
    }

    /// Leaves out the e of umlauts: see [`without_e`].
    #[inline(never)]
    fn leave_out_e(&mut self) {
        let mut umlaut = Umlaut::default();
        let mut length = 0;
        for at in 0..self.length {
            let byte = self.normal[at];
            // A byte of a letter beyond ASCII is no letter of an umlaut either.
            if !umlaut.leaves_out(u32::from(byte)) {
                self.normal[length] = byte;
                length += 1;
            }
        }
        if umlaut.is_last() {
            self.normal[length] = b'e';
            length += 1;
        }
        self.length = length;
    }
}

/// Returns what counts of a token.
fn counted(token: &str) -> &str {
    &token[..floor_boundary(token, LONGEST)]
}

/// Encodes a character in UTF-8, and returns its bytes and their number.
#[inline]
pub(super) fn encode(code: u32) -> ([u8; CHARACTER], usize) {
    let mut bytes = [0; CHARACTER];
    let character = char::from_u32(code).unwrap_or_default();
    let length = character.encode_utf8(&mut bytes).len();
    (bytes, length)
}

/// Returns the normal form of a token by the rules, whatever its characters are.
pub(super) fn normal_form(text: &str) -> String {
    let mut folded = fold_all(counted(text));
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
    use proptest::prelude::*;

    use super::super::hash::hash_token;
    use super::*;

    #[test]
    fn of_a_long_token_the_beginning_counts() {
        // Letters that fold by character, to strings, by the rules, and in disguise.
        for unit in [
            "a",
            "é",
            "ﷺ",
            "\u{1112}\u{1161}",
            "ﬁ",
            "oe",
            "pа",
            "क\u{93c}\u{94d}",
        ] {
            let long = unit.repeat(3 * MOST / unit.len());
            let beginning = counted(&long);
            assert!((LONGEST - 3..=LONGEST).contains(&beginning.len()));
            let mut folder = Folder::default();
            let hash = folder.fold(&long).hash(&long);
            assert_eq!(hash, hash_token(normal_form(beginning)), "{unit}");
            assert_eq!(hash, folder.fold(beginning).hash(beginning), "{unit}");
            assert!(folder.normal.len() <= 3 * MOST, "{unit}");
        }
    }

    #[test]
    fn no_character_folds_to_more_than_is_expected() {
        for character in '\0'..=char::MAX {
            let folded = fold_all(character.encode_utf8(&mut [0; 4]));
            assert!(
                folded.len() * LONGEST <= MOST * character.len_utf8(),
                "{character:?}"
            );
        }
    }

    /// Characters of any kind, and those that compose, reorder, expand or are left out, among a few letters.
    /// Not those that the scanner reads otherwise than the rules: format characters, which it drops, and a lone iota
    /// below, which stays before the marks after it.
    fn letters() -> impl Strategy<Value = char> {
        let composing = ('\0'..=char::MAX)
            .filter(|&c| look_up(c).may_compose() || look_up(c).combines())
            .collect::<Vec<_>>();
        let several = "aeouαωиᄒᆨ한ㅎｶがカｦﾡכऩडাေ\u{345}\u{34f}\u{640}\u{fe70}\u{309b} ";
        prop_oneof![
            2 => prop::sample::select(composing),
            1 => any::<char>().prop_filter("a format character, or a lone iota below", |&c| {
                let folded = fold_all(c.encode_utf8(&mut [0; 4]));
                let is_format = look_up(c).class() == Class::Ignorable && !folded.is_empty();
                !is_format && c != '\u{37a}'
            }),
            2 => prop::sample::select(several.chars().collect::<Vec<_>>()),
        ]
    }

    proptest! {
        #![proptest_config(ProptestConfig::with_cases(2_000))]
        #[test]
        fn characters_fold_as_the_rules_say(letters in prop::collection::vec(letters(), 1..8)) {
            let text = String::from_iter(letters);
            let mut folder = Folder::default();
            let hash = folder.fold(&text).hash(&text);
            prop_assert_eq!(hash, hash_token(normal_form(&text)), "{:?}", text);
            prop_assert_eq!(folder.normal_form(&text), normal_form(&text), "{:?}", text);
        }
    }

    /// Every character that may compose, after every one that it composes with, and another of its kind.
    #[test]
    fn characters_that_compose_fold_as_the_rules_say() {
        let mut folder = Folder::default();
        let befores = "a|ᄒ|하|カ|ｶ|क|ো|ေ|ဥ|α\u{345}|\u{fe70}|が\u{93c}";
        for character in '\0'..=char::MAX {
            if !look_up(character).may_compose() {
                continue;
            }
            for before in befores.split('|') {
                for after in ["", "\u{93c}", "\u{3099}", "ᆫ"] {
                    let text = format!("{before}{character}{after}");
                    let hash = folder.fold(&text).hash(&text);
                    assert_eq!(hash, hash_token(normal_form(&text)), "{text:?}");
                }
            }
        }
    }

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
