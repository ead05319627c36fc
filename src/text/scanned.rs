//! Tokens as they are found in a text.

use super::Span;

/// A token found in a text: its range, weight and hash.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub(super) struct ScannedToken {
    pub start: u32,
    pub end: u32,
    pub weight: u32,
    /// The hash of its normal form.
    pub hash: u64,
}

impl ScannedToken {
    #[inline]
    pub fn new(start: usize, end: usize, weight: u32, hash: u64) -> Self {
        Self {
            start: start as u32,
            end: end as u32,
            weight,
            hash,
        }
    }

    pub fn span(&self) -> Span {
        Span {
            start: self.start,
            end: self.end,
        }
    }

    /// Returns the token as it is written in the text.
    #[inline]
    pub fn of<'t>(&self, text: &'t str) -> &'t str {
        &text[self.span().range()]
    }
}
