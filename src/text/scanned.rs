//! Tokens as they are found in a text, in batches.

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
    pub fn span(&self) -> Span {
        Span {
            start: self.start,
            end: self.end,
        }
    }

    /// Returns the token as it is written in the text.
    #[inline]
    pub fn of<'t>(&self, text: &'t str) -> &'t str {
        &text[self.start as usize..self.end as usize]
    }
}

/// Some consecutive tokens. Finding and using tokens take turns, batch by batch, so that each is a short
/// loop of its own.
pub(super) struct TokenBatch {
    found: [ScannedToken; Self::SIZE],
    count: usize,
}

impl TokenBatch {
    const SIZE: usize = 128;
    /// The most tokens that are added at once: those of a window of ASCII.
    pub const ROOM: usize = 32;

    pub fn new() -> Self {
        Self {
            found: [ScannedToken::default(); Self::SIZE],
            count: 0,
        }
    }

    pub fn clear(&mut self) {
        self.count = 0;
    }

    pub fn as_slice(&self) -> &[ScannedToken] {
        &self.found[..self.count]
    }

    /// Whether there is room for [`Self::ROOM`] more tokens.
    #[inline]
    pub fn has_room(&self) -> bool {
        self.count <= Self::SIZE - Self::ROOM
    }

    #[inline]
    pub fn push(&mut self, found: ScannedToken) {
        self.found[self.count] = found;
        self.count += 1;
    }
}
