//! Reads runs of characters that are tokens of their own: most of a text in Chinese, Japanese or Thai.

use super::classes::Class;
use super::hash::hash_character;
use super::lookup::look_up;
use super::scan::{ScannedToken, has_room};
use super::shingles::UNSPACED_WEIGHT;
use super::words::attaches;

/// Finds the tokens from an offset on, as long as there is room and they are characters without marks that
/// fold to a single one. Passes over what is no token. Returns where to go on.
pub(super) fn characters(text: &str, from: usize, batch: &mut Vec<ScannedToken>) -> usize {
    let mut rest = text[from..].chars();
    let mut start = from;
    let mut next = rest.next().map(look_up);
    while let Some(looked) = next {
        let is_plain = match looked.class() {
            Class::Unspaced => (1..=u32::from(char::MAX)).contains(&looked.folded()),
            Class::Other => true,
            _ => false,
        };
        if !is_plain {
            return start;
        }
        let end = text.len() - rest.as_str().len();
        next = rest.next().map(look_up);
        if looked.class() == Class::Unspaced {
            if next.is_some_and(|next| attaches(next.class())) || !has_room(batch) {
                return start;
            }
            let hash = hash_character(looked.folded());
            batch.push(ScannedToken::new(start, end, UNSPACED_WEIGHT, hash));
        } else if text
            .as_bytes()
            .get(end)
            .is_some_and(u8::is_ascii_alphanumeric)
        {
            return end;
        }
        start = end;
    }
    start
}
