//! The normal form of a token.

use super::classes::{Class, Looked, fold_all};
use super::disguise;

/// Gathers a token's normal form, character by character where that can be done, and else by the
/// rules on the whole token.
#[derive(Default)]
pub(super) struct Folder {
    normal: Vec<u8>,
    by_rules: bool,
    after_mark: bool,
    may_be_disguised: bool,
}

impl Folder {
    /// Begins a new token.
    pub fn clear(&mut self) {
        self.normal.clear();
        self.by_rules = false;
        self.after_mark = false;
        self.may_be_disguised = false;
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
            self.may_be_disguised |= disguise::may_disguise(folded);
            self.normal
                .extend_from_slice(folded.encode_utf8(&mut [0; 4]).as_bytes());
        }
    }

    /// Returns the normal form of the token, whose text this is. The buffer may be padded, not
    /// changed.
    pub fn finish(&mut self, text: &str) -> &mut Vec<u8> {
        if self.by_rules {
            self.normal.clear();
            self.normal.extend_from_slice(normal_form(text).as_bytes());
        } else if self.may_be_disguised
            && let Ok(folded) = std::str::from_utf8(&self.normal)
            && let Some(undone) = disguise::undone(folded)
        {
            self.normal.clear();
            self.normal.extend_from_slice(undone.as_bytes());
        }
        &mut self.normal
    }
}

/// Returns the normal form of a token by the rules on the whole of it.
pub(super) fn normal_form(text: &str) -> String {
    let folded = fold_all(text);
    if folded.chars().any(disguise::may_disguise) {
        disguise::undone(&folded).unwrap_or(folded)
    } else {
        folded
    }
}
