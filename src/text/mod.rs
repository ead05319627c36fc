//! Reads a text: text -> tokens -> shingles, and compares two readings exactly.
//!
//! A text goes in, with the ranges of it that do not count. Shingle hashes with their positions come
//! out, and what two readings share. Pure; it cannot fail: odd input is a value. It never sees pages,
//! sketches, records or time.
//!
//! The way from text to shingles is versioned ([`VERSION`]) and pinned by known answers: changing it
//! changes every stored byte that was derived from a text.

use serde::Serialize;

mod affixes;
mod ascii;
mod boundary;
mod classes;
mod disguise;
mod figures;
mod fold;
mod hash;
mod lookalike;
mod lookup;
mod overlap;
mod passages;
mod reading;
mod references;
mod scan;
mod segments;
mod shingles;
mod sort;
mod spelling;
mod teasers;
mod terms;
mod tokens;
mod umlaut;
mod unspaced;
#[cfg(test)]
mod variants_tests;
mod windows;
mod words;

pub(crate) use ascii::lowest_bits;
pub use boundary::{ceil_boundary, floor_boundary};
pub use classes::{is_default_ignorable, unify_quotes};
pub use figures::FigureAgreement;
pub use hash::hash_bytes;
pub use lookalike::{cyrillic_look_alike, is_greek_or_cyrillic, latin_look_alike};
pub use overlap::{Overlap, Shingles};
pub use passages::{Passage, passages};
pub use reading::{Reading, ScannedText, read, shingles};
pub use references::{named_character, numbered_character};
pub use segments::{Segment, segments};
pub use shingles::{SHINGLE_WEIGHT, weight};
pub use spelling::{ascii_digit, plain_arabic};
pub use teasers::teasers;
pub use tokens::{Token, disguised_words, tokens};
pub use windows::{MIN_WINDOWS, TAG_BITS, WINDOW_SHIFT, sides_agreed};

/// Version of the way from a text to shingle hashes.
pub const VERSION: u32 = 3;

/// A range of a text, in bytes, on character boundaries.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize)]
pub struct Span {
    /// The first byte.
    pub start: u32,
    /// The byte after the last.
    pub end: u32,
}

impl Span {
    /// Makes a range of two offsets. A text has less than 4 GiB.
    #[inline]
    pub fn new(start: usize, end: usize) -> Self {
        Self {
            start: start as u32,
            end: end as u32,
        }
    }

    /// Returns the range to index a text with.
    pub fn range(self) -> std::ops::Range<usize> {
        self.start as usize..self.end as usize
    }
}
