//! Reads a body: page -> text -> tokens -> shingles, and compares two readings exactly.
//!
//! In goes what a client submitted; out come shingle hashes with their positions in the text, and,
//! of two readings, what they share. Pure; cannot fail: odd input is a value. It knows nothing of
//! sketches, records or time.
//!
//! The way from text to shingles is versioned ([`VERSION`]), and pinned by known answers: a change
//! of it changes every stored byte that was derived from a text.

mod body;
mod classes;
mod fold;
mod hash;
mod html;
mod overlap;
mod passages;
mod reading;
mod shingles;
mod tokens;

pub use body::{Body, plain};
pub use hash::hash_bytes;
pub use overlap::{Overlap, Shingles};
pub use passages::{Passage, passages};
pub use reading::{Reading, read, shingles};
pub use shingles::{SHINGLE_WEIGHT, weight};
pub use tokens::{Token, tokens};

/// Version of the way from a body to shingle hashes.
pub const VERSION: u32 = 1;

/// A stretch of a text, in bytes, on character boundaries.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Span {
    /// The first byte.
    pub start: u32,
    /// The byte after the last.
    pub end: u32,
}
