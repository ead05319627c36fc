//! Looks characters up: all that the tokenizer asks of one is in a single number.
//!
//! The numbers are computed by the rules ([`classes`](super::classes)), 256 code points at a time, when
//! the first of them is met. So a program that reads English never pays for Hangul, and no character is
//! computed twice.

use std::sync::OnceLock;

use super::classes::{Class, class, combines, may_compose, single_fold, string_fold};
use super::disguise::Letters;

/// Code points that are computed together.
const PAGE: usize = 256;

static PAGES: [OnceLock<Box<CodePointPage>>; CODES / PAGE] =
    [const { OnceLock::new() }; CODES / PAGE];

/// The number of code points.
const CODES: usize = 0x11_0000;

struct CodePointPage {
    looked: [CharInfo; PAGE],
    /// What characters fold to that fold to several, by their index in the page.
    strings: Vec<(usize, FoldedString)>,
}

/// A string that a character folds to.
pub(super) struct FoldedString {
    /// The string without its blanks, which do not count.
    pub text: String,
    /// Whether all of that is beyond ASCII.
    pub is_beyond_ascii: bool,
    pub letters: Letters,
    /// Whether it had blanks.
    pub has_blank: bool,
    /// Whether its last character combines.
    pub ends_in_mark: bool,
}

/// What is known of a character. From the lowest bit: its class (4 bits), whether it combines (1), its
/// kind in a disguise (4), whether it may compose with what is before it (1), and from bit 11 on what it folds to.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct CharInfo(u32);

const COMBINING: u32 = 4;
const LETTER: u32 = 5;
const COMPOSING: u32 = 9;
const FOLDED: u32 = 11;

/// Looks a character up.
#[inline]
pub(super) fn look_up(character: char) -> CharInfo {
    let code = character as usize;
    page(code / PAGE).looked[code % PAGE]
}

#[inline]
fn page(number: usize) -> &'static CodePointPage {
    PAGES[number].get_or_init(|| compute(number))
}

#[cold]
fn compute(number: usize) -> Box<CodePointPage> {
    let mut strings = Vec::new();
    let looked = std::array::from_fn(|at| {
        let code = number * PAGE + at;
        // Surrogates are no characters, and are never looked up.
        let Some(character) = char::from_u32(code as u32) else {
            return CharInfo(0);
        };
        let folded = match single_fold(character) {
            Some(one) => u32::from(one),
            None => match string_fold(character).filter(|_| code < CharInfo::STRINGS) {
                Some(string) => {
                    strings.push((at, FoldedString::new(string)));
                    (CODES + code) as u32
                }
                None => 0,
            },
        };
        CharInfo::new(character, folded)
    });
    Box::new(CodePointPage { looked, strings })
}

impl FoldedString {
    fn new(mut text: String) -> Self {
        let mut letters = Letters::default();
        text.chars().for_each(|c| letters.add(Letters::kind(c)));
        let ends_in_mark = text.chars().last().is_some_and(combines);
        let has_blank = text.contains(' ');
        text.retain(|c| c != ' ');
        Self {
            letters,
            has_blank,
            ends_in_mark,
            is_beyond_ascii: !text.is_empty() && text.bytes().all(|byte| !byte.is_ascii()),
            text,
        }
    }
}

impl CharInfo {
    /// Only code points below this may fold to strings: what 21 bits leave room for. All that do are below.
    const STRINGS: usize = (1 << 21) - CODES;

    fn new(character: char, folded: u32) -> Self {
        let one = char::from_u32(folded);
        Self(
            class(character) as u32
                | u32::from(combines(character)) << COMBINING
                | one.map_or(0, Letters::kind) << LETTER
                | u32::from(one.is_some_and(may_compose)) << COMPOSING
                | folded << FOLDED,
        )
    }

    #[inline]
    pub fn class(self) -> Class {
        Class::ALL[(self.0 & 0xf) as usize]
    }

    /// Whether its position among combining marks matters.
    #[inline]
    pub fn combines(self) -> bool {
        self.0 >> COMBINING & 1 == 1
    }

    /// Whether what it folds to may compose with what is before it.
    #[inline]
    pub fn may_compose(self) -> bool {
        self.0 >> COMPOSING & 1 == 1
    }

    /// Returns the character it folds to; a number beyond all characters if it folds to a string; 0 if it
    /// depends on its neighbors, and the whole token is folded by the rules.
    #[inline]
    pub fn folded(self) -> u32 {
        self.0 >> FOLDED
    }

    /// Returns the string it folds to, if it is one.
    #[inline]
    pub fn string(self) -> Option<&'static FoldedString> {
        let code = (self.folded() as usize).checked_sub(CODES)?;
        let strings = &page(code / PAGE).strings;
        let place = strings.binary_search_by_key(&(code % PAGE), |(at, _)| *at);
        place.ok().map(|place| &strings[place].1)
    }

    /// Returns the kind of the folded letter: see [`Letters::kind`].
    #[inline]
    pub fn letter(self) -> u32 {
        self.0 >> LETTER & 0xf
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Tests all characters and not a sample, because the numbers are packed tightly.
    #[test]
    fn look_ups_agree_with_the_rules() {
        for character in '\0'..=char::MAX {
            let looked = look_up(character);
            let single = single_fold(character);
            let string = match single {
                Some(_) => None,
                None => string_fold(character),
            };
            assert_eq!(looked.class(), class(character), "{character:?}");
            assert_eq!(looked.combines(), combines(character), "{character:?}");
            let composes = single.is_some_and(may_compose);
            assert_eq!(looked.may_compose(), composes, "{character:?}");
            let found = looked.string().map(|folded| folded.text.clone());
            let without_blanks = string.as_ref().map(|string| string.replace(' ', ""));
            assert_eq!(found, without_blanks, "{character:?}");
            if string.is_none() {
                assert_eq!(
                    looked.folded(),
                    single.map_or(0, u32::from),
                    "{character:?}"
                );
            }
        }
    }
}
