//! Text -> tokens with their hashes, of which shingles and segments are made.
//!
//! Words of ASCII are read a window at a time ([`ascii`]), characters of scripts without spaces in runs
//! ([`unspaced`]), and the rest by the rules ([`words`]). Where several apply they find the same.

use super::ascii;
use super::fold::Folder;
use super::references::{DecodedText, Located};
use super::{Span, unspaced, words};

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

/// Tokens of a batch. Finding and using tokens take turns, batch by batch, so that each is a short loop
/// of its own.
const BATCH: usize = 128;
/// The most tokens that are added at once: those of a window of ASCII.
const ROOM: usize = 32;

/// Finds the tokens of a text, its references decoded, in order, and passes them on in batches.
pub(super) fn scan(text: &str, each: impl FnMut(&[ScannedToken])) {
    scan_decoded(text, DecodedText::of(text).as_ref(), each);
}

/// The same of a text that is decoded already, unless it has no references.
pub(super) fn scan_decoded(
    text: &str,
    decoded: Option<&DecodedText>,
    mut each: impl FnMut(&[ScannedToken]),
) {
    let mut scanner = Scanner {
        text: decoded.map_or(text, |decoded| &decoded.text),
        at: 0,
        by_rules: false,
        folder: Folder::default(),
    };
    let mut batch = Vec::with_capacity(BATCH);
    let mut located = Located::default();
    while scanner.at < scanner.text.len() {
        scanner.fill(&mut batch);
        if let Some(decoded) = decoded {
            decoded.locate(&mut batch, &mut located);
        }
        each(&batch);
    }
}

/// Returns the tokens of a text, in order.
pub(super) fn scan_all(text: &str) -> Vec<ScannedToken> {
    // A word with its space has about six bytes, a Han character three.
    let mut tokens = Vec::with_capacity(text.len() / 5 + 2);
    scan(text, |batch| tokens.extend_from_slice(batch));
    tokens
}

/// Whether there is room for [`ROOM`] more tokens in a batch.
#[inline]
pub(super) fn has_room(batch: &[ScannedToken]) -> bool {
    batch.len() <= BATCH - ROOM
}

struct Scanner<'t> {
    text: &'t str,
    /// Where the next token is looked for.
    at: usize,
    /// Whether it is to be read by the rules.
    by_rules: bool,
    folder: Folder,
}

impl Scanner<'_> {
    /// Fills a batch with the next tokens.
    fn fill(&mut self, batch: &mut Vec<ScannedToken>) {
        batch.clear();
        while self.at < self.text.len() && has_room(batch) {
            if self.by_rules {
                self.take_by_rules(batch);
                continue;
            }
            let (passed, by_rules) = ascii::window(self.text.as_bytes(), self.at, batch);
            self.at += passed;
            self.by_rules = by_rules;
        }
    }

    /// Reads a token by the rules, and what follows up to the next letter or digit of ASCII.
    fn take_by_rules(&mut self, batch: &mut Vec<ScannedToken>) {
        let start = self.at;
        let (end, weight) = words::word(self.text, start, &mut self.folder);
        if let Some(weight) = weight {
            let hash = self.folder.hash(&self.text[start..end]);
            batch.push(ScannedToken::new(start, end, weight, hash));
        }
        self.at = unspaced::characters(self.text, end, batch);
        let next = self.text.as_bytes().get(self.at);
        self.by_rules = !next.is_some_and(u8::is_ascii_alphanumeric);
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::super::hash::hash_token;
    use super::super::tokens;
    use super::*;

    /// Finds the tokens by the rules alone.
    fn by_rules(text: &str) -> Vec<ScannedToken> {
        let mut folder = Folder::default();
        let mut found = Vec::new();
        let mut start = 0;
        while start < text.len() {
            let (end, weight) = words::word(text, start, &mut folder);
            if let Some(weight) = weight {
                let normal = super::super::fold::normal_form(&text[start..end]);
                found.push(ScannedToken::new(start, end, weight, hash_token(normal)));
            }
            start = end;
        }
        found
    }

    fn check(text: &str) {
        let mut found = Vec::new();
        // Without references, which have tests of their own.
        let text = text.replace('&', "+");
        scan(&text, |tokens| found.extend_from_slice(tokens));
        assert_eq!(found, by_rules(&text), "{text:?}");
    }

    #[test]
    fn words_may_lie_anywhere_in_a_window() {
        for length in [1, 2, 15, 16, 17, 31, 32, 33, 62, 63, 64, 65, 130] {
            for before in 0..70 {
                for (open, close) in [
                    (" ", ""),
                    ("x ", " y"),
                    ("é ", "."),
                    (". ", ".é"),
                    ("' ", "'s é"),
                ] {
                    let word = "Word".repeat(length).split_off(3 * length);
                    check(&format!("{}{open}{word}{close}", "-".repeat(before)));
                }
            }
        }
    }

    proptest! {
        #[test]
        fn ascii_windows_agree_with_the_rules(text in "[ -~]{0,200}") {
            check(&text);
        }

        #[test]
        fn ascii_among_other_letters_agrees_with_the_rules(text in "([a-zA-Z0-9_.,:;' \"\n-]{0,30}[\u{c0}\u{301}\u{2019}\u{ad}汉я\u{627}א]?){0,8}") {
            check(&text);
        }

        #[test]
        fn hashes_are_those_of_normal_forms(text in "\\PC{0,60}") {
            check(&text);
            let mut hashes = Vec::new();
            scan(&text, |found| hashes.extend(found.iter().map(|token| token.hash)));
            let normal: Vec<u64> = tokens(&text).into_iter().map(|t| hash_token(t.normal)).collect();
            prop_assert_eq!(hashes, normal);
        }
    }
}
