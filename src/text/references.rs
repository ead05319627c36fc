//! Characters that a text names or numbers, as in HTML: `&rsquo;`, `&#8217;`, and escaped twice or more,
//! `&amp;#039;`. A feed or a careless converter leaves them in plain text.
//!
//! They are decoded for reading only. Tokens keep their positions in the text as it is.

use std::borrow::Cow;

use html5ever::data::{C1_REPLACEMENTS, NAMED_ENTITIES};
use memchr::memchr_iter;

use super::scan::ScannedToken;

/// The longest name of a character.
const MAX_NAME: usize = 32;

/// A text whose references are decoded.
pub(super) struct DecodedText {
    /// The text.
    pub text: String,
    references: Vec<Reference>,
}

/// A decoded reference: where it ends in the text now, and where it was.
struct Reference {
    end: u32,
    start_before: u32,
    end_before: u32,
}

/// How far the tokens of a text are located.
#[derive(Default)]
pub(super) struct Located {
    /// Where the last one ended in the text as it was.
    end: u32,
    /// The references that end before it.
    references: usize,
}

impl DecodedText {
    /// Decodes the references of a text; `None` if it has none.
    pub fn of(text: &str) -> Option<Self> {
        let mut decoded = Self {
            text: String::new(),
            references: Vec::new(),
        };
        let mut copied = 0;
        for at in memchr_iter(b'&', text.as_bytes()) {
            let Some((character, length)) = reference(&text[at + 1..]) else {
                continue;
            };
            decoded.text.push_str(&text[copied..at]);
            decoded.text.push_str(&character);
            copied = at + 1 + length;
            decoded.references.push(Reference {
                end: decoded.text.len() as u32,
                start_before: at as u32,
                end_before: copied as u32,
            });
        }
        decoded.text.push_str(&text[copied..]);
        (copied > 0).then_some(decoded)
    }

    /// Moves tokens of the decoded text to where they are in the text as it was. Tokens come in order.
    pub fn locate(&self, tokens: &mut [ScannedToken], located: &mut Located) {
        for token in tokens {
            // Half of a character that was referred to is all of it.
            let (start, _) = self.before(token.start, &mut located.references);
            let (_, end) = self.before(token.end, &mut located.references);
            token.start = start.max(located.end);
            token.end = end.max(token.start);
            located.end = token.end;
        }
    }

    /// Returns where a position was; within a reference, its start and its end. `passed` counts the references that
    /// end before it, and before earlier positions.
    fn before(&self, at: u32, passed: &mut usize) -> (u32, u32) {
        while let Some(reference) = self.references.get(*passed)
            && reference.end <= at
        {
            *passed += 1;
        }
        let was = match passed.checked_sub(1).map(|last| &self.references[last]) {
            None => at,
            Some(reference) => reference.end_before + (at - reference.end),
        };
        match self.references.get(*passed) {
            Some(next) if next.start_before < was => (next.start_before, next.end_before),
            _ => (was, was),
        }
    }
}

/// Returns a text with its references decoded.
pub(super) fn decode(text: &str) -> Cow<'_, str> {
    match DecodedText::of(text) {
        Some(decoded) => Cow::Owned(decoded.text),
        None => Cow::Borrowed(text),
    }
}

/// Reads a reference, of which a text begins after the `&`: the character, and the length. Plain text has
/// many an ampersand that refers to nothing, so the semicolon must be there.
fn reference(text: &str) -> Option<(String, usize)> {
    let once = text.trim_start_matches("amp;");
    let escaped = text.len() - once.len();
    let mut character = String::new();
    let length = match once.strip_prefix('#') {
        Some(number) => numbered_character(number, &mut character).map(|length| length + 1),
        None => named_character(once, false, &mut character),
    };
    match length.filter(|&length| once[..length].ends_with(';')) {
        Some(length) => Some((character, escaped + length)),
        None if escaped > 0 => Some(("&".to_owned(), escaped)),
        None => None,
    }
}

/// Decodes a numbered character, of which `text` begins after the `#`, and returns the length of the
/// number. The semicolon may be missing.
pub fn numbered_character(text: &str, decoded: &mut String) -> Option<usize> {
    let (digits, radix, before) = match text.strip_prefix(['x', 'X']) {
        Some(digits) => (digits, 16, 1),
        None => (text, 10, 0),
    };
    let count = digits
        .bytes()
        .take_while(|b| char::from(*b).is_digit(radix))
        .count();
    if count == 0 {
        return None;
    }
    let number = u32::from_str_radix(&digits[..count], radix).unwrap_or(u32::MAX);
    let c = match number {
        // Windows-1252, as browsers read these numbers.
        0x80..=0x9f => C1_REPLACEMENTS[number as usize - 0x80].or(char::from_u32(number)),
        0 => None,
        _ => char::from_u32(number),
    };
    decoded.push(c.unwrap_or(char::REPLACEMENT_CHARACTER));
    Some(before + count + usize::from(digits[count..].starts_with(';')))
}

/// Decodes the longest name of a character with which a text begins, and returns its length. The
/// semicolon may be missing.
pub fn named_character(text: &str, in_attribute: bool, decoded: &mut String) -> Option<usize> {
    let letters = text
        .bytes()
        .take(MAX_NAME)
        .take_while(u8::is_ascii_alphanumeric)
        .count();
    let longest = letters + usize::from(text[letters..].starts_with(';'));
    for length in (2..=longest).rev() {
        let Some(&(first, second)) = NAMED_ENTITIES.get(&text[..length]) else {
            continue;
        };
        if first == 0 {
            // Only the beginning of a name.
            continue;
        }
        let is_closed = text[..length].ends_with(';');
        let goes_on = text[length..].starts_with(|c: char| c == '=' || c.is_ascii_alphanumeric());
        if in_attribute && !is_closed && goes_on {
            // A URL may contain `?a=1&copy=2`.
            return None;
        }
        decoded.extend(
            [first, second]
                .into_iter()
                .filter(|c| *c != 0)
                .filter_map(char::from_u32),
        );
        return Some(length);
    }
    None
}

#[cfg(test)]
mod tests {
    use super::super::tokens;
    use super::*;

    #[test]
    fn references_are_decoded_however_often_they_were_escaped() {
        let check = |text: &str, expected: &str| assert_eq!(decode(text), expected, "{text:?}");
        check("l&#8217;eau l&#x2019;eau l&rsquo;eau", "l’eau l’eau l’eau");
        check("l&amp;#039;eau l&amp;amp;#039;eau", "l'eau l'eau");
        check("l&#146;&eacute;t&eacute;", "l’été");
        check("A&amp;B A&amp;amp;B A&B", "A&B A&B A&B");
        check(
            "?a=1&copy=2&lt 3 &; &#; &#x; &nosuch;",
            "?a=1&copy=2&lt 3 &; &#; &#x; &nosuch;",
        );
        check("&#1114112;&#0;", "\u{fffd}\u{fffd}");
        check("", "");
    }

    #[test]
    fn tokens_stay_where_they_were() {
        let text = "&laquo;L&#8217;&eacute;t&eacute;&raquo; &amp; l&amp;rsquo;hiver &fjlig;ord";
        let found = tokens(text);
        let words: Vec<&str> = found.iter().map(|token| token.normal.as_str()).collect();
        assert_eq!(words, ["l'ete", "l'hiver", "fjord"]);
        let spans: Vec<&str> = found
            .iter()
            .map(|token| &text[token.span.range()])
            .collect();
        assert_eq!(
            spans,
            [
                "L&#8217;&eacute;t&eacute;",
                "l&amp;rsquo;hiver",
                "&fjlig;ord"
            ]
        );
    }

    #[test]
    fn two_tokens_of_one_reference_do_not_overlap() {
        let decoded = DecodedText::of("&fjlig;").expect("a reference");
        let token = |start, end| ScannedToken::new(start, end, 8, 0);
        let mut tokens = [token(0, 1), token(1, 2)];
        decoded.locate(&mut tokens, &mut Located::default());
        assert_eq!(
            tokens.map(|token| (token.start, token.end)),
            [(0, 7), (7, 7)]
        );
    }
}
