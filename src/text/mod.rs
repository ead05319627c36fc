//! Reads a text: text -> tokens -> shingles, and compares two readings exactly.
//!
//! In goes a text, with the stretches of it that do not count; out come shingle hashes with their
//! positions in the text, and, of two readings, what they share. Pure; cannot fail: odd input is a
//! value. It knows nothing of pages, sketches, records or time.
//!
//! The way from text to shingles is versioned ([`VERSION`]), and pinned by known answers: a change
//! of it changes every stored byte that was derived from a text.

use serde::Serialize;

mod ascii;
mod classes;
mod disguise;
mod fold;
mod found;
mod hash;
mod lookup;
mod overlap;
mod passages;
mod reading;
mod scan;
mod segments;
mod shingles;
mod sort;
mod teasers;
mod tokens;
mod unspaced;
mod words;

pub use hash::hash_bytes;
pub use overlap::{Overlap, Shingles};
pub use passages::{Passage, passages};
pub use reading::{Reading, read, shingles, shingles_and_segments};
pub use segments::{Segment, segments};
pub use shingles::{SHINGLE_WEIGHT, weight};
pub use teasers::teasers;
pub use tokens::{Token, disguised_words, tokens};

/// Version of the way from a text to shingle hashes.
pub const VERSION: u32 = 2;

/// A stretch of a text, in bytes, on character boundaries.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize)]
pub struct Span {
    /// The first byte.
    pub start: u32,
    /// The byte after the last.
    pub end: u32,
}

impl Span {
    /// Returns the range to index a text with.
    pub fn range(self) -> std::ops::Range<usize> {
        self.start as usize..self.end as usize
    }
}
