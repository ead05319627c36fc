//! Text -> tokens with their hashes: all that shingles and segments are made of.
//!
//! Words of ASCII are read by the window ([`ascii`]), characters of scripts without spaces in runs
//! ([`unspaced`]), the rest by the rules ([`words`]). Where several may be asked they find the same.

use super::fold::Folder;
use super::shingles::{UNSPACED_WEIGHT, WORD_WEIGHT};
use super::{Span, ascii, unspaced, words};

/// A token where it was found.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Found {
    pub start: usize,
    pub end: usize,
    pub weight: u32,
    /// Of its normal form.
    pub hash: u64,
}

impl Found {
    pub fn span(&self) -> Span {
        Span {
            start: self.start as u32,
            end: self.end as u32,
        }
    }
}

/// Finds the tokens of a text, in order.
#[inline]
pub(super) fn scan(text: &str, mut each: impl FnMut(Found)) {
    let bytes = text.as_bytes();
    let mut folder = Folder::default();
    let mut at = 0;
    loop {
        at = ascii::words(bytes, at, |start, end, hash| {
            each(Found {
                start,
                end,
                weight: WORD_WEIGHT,
                hash,
            });
        });
        if at == bytes.len() {
            return;
        }
        // Away from ASCII, one token at least, until a letter or digit of it comes.
        loop {
            let (end, weight) = words::word(text, at, &mut folder);
            if let Some(weight) = weight {
                let hash = folder.hash(&text[at..end]);
                each(Found {
                    start: at,
                    end,
                    weight,
                    hash,
                });
            }
            at = unspaced::characters(text, end, |start, end, hash| {
                each(Found {
                    start,
                    end,
                    weight: UNSPACED_WEIGHT,
                    hash,
                });
            });
            if bytes.get(at).is_none_or(u8::is_ascii_alphanumeric) {
                break;
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::super::tokens;
    use super::super::hash::hash_token;
    use super::*;

    /// The tokens by the rules alone.
    fn by_rules(text: &str) -> Vec<Found> {
        let mut folder = Folder::default();
        let mut found = Vec::new();
        let mut start = 0;
        while start < text.len() {
            let (end, weight) = words::word(text, start, &mut folder);
            if let Some(weight) = weight {
                let mut normal = super::super::fold::normal_form(&text[start..end]).into_bytes();
                let hash = hash_token(&mut normal);
                found.push(Found { start, end, weight, hash });
            }
            start = end;
        }
        found
    }

    fn check(text: &str) {
        let mut found = Vec::new();
        scan(text, |token| found.push(token));
        assert_eq!(found, by_rules(text), "{text:?}");
    }

    #[test]
    fn words_may_lie_anywhere_in_a_window() {
        for length in [1, 2, 15, 16, 17, 31, 32, 33, 62, 63, 64, 65, 130] {
            for before in 0..70 {
                for (open, close) in [(" ", ""), ("x ", " y"), ("é ", "."), (". ", ".é"), ("' ", "'s é")] {
                    let word = "Word".repeat(length).split_off(3 * length);
                    check(&format!("{}{open}{word}{close}", "-".repeat(before)));
                }
            }
        }
    }

    proptest! {
        #[test]
        fn the_way_of_ascii_is_a_shortcut(text in "[ -~]{0,200}") {
            check(&text);
        }

        #[test]
        fn so_it_is_among_other_letters(text in "([a-zA-Z0-9_.,:;' \"\n-]{0,30}[\u{c0}\u{301}\u{2019}\u{ad}汉я\u{627}א]?){0,8}") {
            check(&text);
        }

        #[test]
        fn hashes_are_those_of_normal_forms(text in "\\PC{0,60}") {
            check(&text);
            let mut hashes = Vec::new();
            scan(&text, |found| hashes.push(found.hash));
            let normal: Vec<u64> = tokens(&text).into_iter().map(|t| hash_token(&mut t.normal.into_bytes())).collect();
            prop_assert_eq!(hashes, normal);
        }
    }
}
