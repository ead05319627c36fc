//! Runs of characters that are tokens of their own: most of a text in Chinese, Japanese or Thai.

use super::classes::Class;
use super::hash::hash_character;
use super::lookup::look_up;
use super::words::attaches;

/// Gives out the tokens from an offset on, as start, end and hash, as long as they are characters
/// without marks, which fold to one; passes over what is no token. Returns where something else
/// stands.
#[inline]
pub(super) fn characters(text: &str, from: usize, mut each: impl FnMut(usize, usize, u64)) -> usize {
    let mut rest = text[from..].chars();
    let mut start = from;
    let mut next = rest.next().map(look_up);
    while let Some(looked) = next {
        let is_plain = match looked.class() {
            Class::Unspaced => looked.folded() != 0,
            Class::Other => true,
            _ => false,
        };
        if !is_plain {
            return start;
        }
        let end = text.len() - rest.as_str().len();
        next = rest.next().map(look_up);
        if looked.class() == Class::Unspaced {
            if next.is_some_and(|next| attaches(next.class())) {
                return start;
            }
            each(start, end, hash_character(looked.folded()));
        } else if text.as_bytes().get(end).is_some_and(u8::is_ascii_alphanumeric) {
            return end;
        }
        start = end;
    }
    start
}
