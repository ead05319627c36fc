//! The normal form of a token.

use super::classes::{Class, Looked, fold_all};

/// Gathers a token's normal form, character by character where that can be done, and else by the
/// rules on the whole token.
#[derive(Default)]
pub(super) struct Folder {
    normal: Vec<u8>,
    by_rules: bool,
    after_mark: bool,
}

impl Folder {
    /// Begins a new token.
    pub fn clear(&mut self) {
        self.normal.clear();
        self.by_rules = false;
        self.after_mark = false;
    }

    /// Adds the next character of the token.
    #[inline]
    pub fn push(&mut self, looked: Looked) {
        if looked.class == Class::Ignorable {
            return;
        }
        // Marks in a row have an order of their own.
        self.by_rules |= looked.folded.is_none() || (looked.combining && self.after_mark);
        self.after_mark = looked.combining;
        if let Some(folded) = looked.folded {
            self.normal
                .extend_from_slice(folded.encode_utf8(&mut [0; 4]).as_bytes());
        }
    }

    /// Returns the normal form of the token, whose text this is. The buffer may be padded, not
    /// changed.
    pub fn finish(&mut self, text: &str) -> &mut Vec<u8> {
        if self.by_rules {
            self.normal.clear();
            self.normal.extend_from_slice(fold_all(text).as_bytes());
        }
        &mut self.normal
    }
}
