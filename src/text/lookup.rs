//! A character, looked up: all that the tokenizer asks of it, in one number.
//!
//! What the numbers say is worked out by the rules ([`classes`](super::classes)), 256 code points at
//! a time, when the first of them is met. So a program that reads English never pays for Hangul, and
//! no character is worked out twice, however far from the basic plane it lies.

use std::sync::OnceLock;

use super::classes::{Class, class, combines, single_fold, string_fold};
use super::disguise::Letters;

/// Code points worked out together.
const PAGE: usize = 256;

static PAGES: [OnceLock<Box<Page>>; CODES / PAGE] = [const { OnceLock::new() }; CODES / PAGE];

/// Code points there are.
const CODES: usize = 0x11_0000;

struct Page {
    looked: [Looked; PAGE],
    /// What those fold to that fold to more than one character, by their place in the page.
    strings: Vec<(usize, Folded)>,
}

/// A string that a character folds to.
pub(super) struct Folded {
    pub text: String,
    pub letters: Letters,
    /// Whether its last character combines.
    pub ends_in_mark: bool,
}

/// A character, looked up. From the lowest bit: class (4 bits), whether it combines (1), what it is
/// to a disguise (4), and from bit 11 on what it folds to.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Looked(u32);

const COMBINING: u32 = 4;
const LETTER: u32 = 5;
const FOLDED: u32 = 11;

/// Looks a character up.
#[inline]
pub(super) fn look_up(character: char) -> Looked {
    let code = character as usize;
    page(code / PAGE).looked[code % PAGE]
}

#[inline]
fn page(number: usize) -> &'static Page {
    PAGES[number].get_or_init(|| work_out(number))
}

#[cold]
fn work_out(number: usize) -> Box<Page> {
    let mut strings = Vec::new();
    let looked = std::array::from_fn(|at| {
        let code = number * PAGE + at;
        // Surrogates are no characters, and nobody looks them up.
        let Some(character) = char::from_u32(code as u32) else {
            return Looked(0);
        };
        let folded = match single_fold(character) {
            Some(one) => u32::from(one),
            None => match string_fold(character).filter(|_| code < Looked::STRINGS) {
                Some(string) => {
                    strings.push((at, Folded::new(string)));
                    (CODES + code) as u32
                }
                None => 0,
            },
        };
        Looked::new(character, folded)
    });
    Box::new(Page { looked, strings })
}

impl Folded {
    fn new(text: String) -> Self {
        let mut letters = Letters::default();
        text.chars().for_each(|c| letters.add(Letters::kind(c)));
        Self {
            letters,
            ends_in_mark: text.chars().last().is_some_and(combines),
            text,
        }
    }
}

impl Looked {
    /// How many code points may fold to strings: what is left of 21 bits. All that do are among them.
    const STRINGS: usize = (1 << 21) - CODES;

    fn new(character: char, folded: u32) -> Self {
        Self(
            class(character) as u32
                | u32::from(combines(character)) << COMBINING
                | char::from_u32(folded).map_or(0, Letters::kind) << LETTER
                | folded << FOLDED,
        )
    }

    #[inline]
    pub fn class(self) -> Class {
        Class::ALL[(self.0 & 0xf) as usize]
    }

    /// Whether its place among combining marks matters.
    #[inline]
    pub fn combines(self) -> bool {
        self.0 >> COMBINING & 1 == 1
    }

    /// What it folds to, where that does not depend on its neighbors: a character, or a number beyond
    /// all characters if it is a string. 0 where the whole token is folded by the rules.
    #[inline]
    pub fn folded(self) -> u32 {
        self.0 >> FOLDED
    }

    /// The string it folds to, where it is one.
    #[inline]
    pub fn string(self) -> Option<&'static Folded> {
        let code = (self.folded() as usize).checked_sub(CODES)?;
        let strings = &page(code / PAGE).strings;
        let place = strings.binary_search_by_key(&(code % PAGE), |(at, _)| *at);
        place.ok().map(|place| &strings[place].1)
    }

    /// What the folded letter is to a disguise: see [`Letters::kind`].
    #[inline]
    pub fn letter(self) -> u32 {
        self.0 >> LETTER & 0xf
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Of all characters, not of a sample: the numbers are packed tightly.
    #[test]
    fn what_is_looked_up_is_what_the_rules_say() {
        for character in '\0'..=char::MAX {
            let looked = look_up(character);
            let single = single_fold(character);
            let string = match single {
                Some(_) => None,
                None => string_fold(character),
            };
            assert_eq!(looked.class(), class(character), "{character:?}");
            assert_eq!(looked.combines(), combines(character), "{character:?}");
            let found = looked.string().map(|folded| &folded.text);
            assert_eq!(found, string.as_ref(), "{character:?}");
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
