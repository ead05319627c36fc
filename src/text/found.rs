//! What is found in a text: tokens, gathered some at a time.

use super::Span;

/// A token where it was found.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub(super) struct Found {
    pub start: u32,
    pub end: u32,
    pub weight: u32,
    /// Of its normal form.
    pub hash: u64,
}

impl Found {
    pub fn span(&self) -> Span {
        Span {
            start: self.start,
            end: self.end,
        }
    }

    /// Returns it as it stands in the text.
    #[inline]
    pub fn of<'t>(&self, text: &'t str) -> &'t str {
        &text[self.start as usize..self.end as usize]
    }
}

/// Some tokens in a row. Those who find tokens and those who want them run in turns, each in a short
/// loop of its own.
pub(super) struct Batch {
    found: [Found; Self::SIZE],
    count: usize,
}

impl Batch {
    const SIZE: usize = 128;
    /// Tokens that may be added where there is room: as many as a window of ASCII has.
    pub const ROOM: usize = 32;

    pub fn new() -> Self {
        Self {
            found: [Found::default(); Self::SIZE],
            count: 0,
        }
    }

    pub fn clear(&mut self) {
        self.count = 0;
    }

    pub fn as_slice(&self) -> &[Found] {
        &self.found[..self.count]
    }

    /// Whether [`Self::ROOM`] more tokens can be added.
    #[inline]
    pub fn has_room(&self) -> bool {
        self.count <= Self::SIZE - Self::ROOM
    }

    #[inline]
    pub fn push(&mut self, found: Found) {
        self.found[self.count] = found;
        self.count += 1;
    }
}
