//! A character, looked up: all that the tokenizer asks of it, in one number.
//!
//! What the numbers say is worked out by the rules ([`classes`](super::classes)), 256 code points at
//! a time, when the first of them is met. So a program that reads English never pays for Hangul, and
//! no character is worked out twice, however far from the basic plane it lies.

use std::sync::OnceLock;

use super::classes::{Class, class, combines, single_fold};
use super::disguise::Letters;

/// Code points worked out together.
const PAGE: usize = 256;

static PAGES: [OnceLock<Box<[Looked; PAGE]>>; 0x11_0000 / PAGE] =
    [const { OnceLock::new() }; 0x11_0000 / PAGE];

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
    PAGES[code / PAGE].get_or_init(|| work_out(code / PAGE))[code % PAGE]
}

#[cold]
fn work_out(page: usize) -> Box<[Looked; PAGE]> {
    let first = page * PAGE;
    Box::new(std::array::from_fn(|at| {
        // Surrogates are no characters, and nobody looks them up.
        char::from_u32((first + at) as u32).map_or(Looked(0), Looked::at)
    }))
}

impl Looked {
    fn at(character: char) -> Self {
        let folded = single_fold(character);
        let letter = folded.map_or(0, Letters::kind);
        Self(
            class(character) as u32
                | u32::from(combines(character)) << COMBINING
                | letter << LETTER
                | folded.map_or(0, u32::from) << FOLDED,
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

    /// What it folds to, where that is one character and does not depend on its neighbors; 0 where
    /// the whole token is folded by the rules.
    #[inline]
    pub fn folded(self) -> u32 {
        self.0 >> FOLDED
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
            let folded = single_fold(character).map_or(0, u32::from);
            assert_eq!(looked.class(), class(character), "{character:?}");
            assert_eq!(looked.combines(), combines(character), "{character:?}");
            assert_eq!(looked.folded(), folded, "{character:?}");
        }
    }
}
