//! The slots of a pattern: what each may hold, and where it ends. An outlet ends with the sentence,
//! the line or a bracket, a title only with the line.

use serde::Deserialize;

use super::agency::is_unspaced;
use super::fold::SearchText;
use super::vocabulary::NoticeWords;

/// What a slot may hold.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "lowercase")]
pub(super) enum PatternSlot {
    Outlet,
    Agency,
    Date,
    Author,
    Place,
    Title,
    Words,
    #[serde(rename = "n")]
    Number,
    Url,
    Source,
}

/// How far after an opening quote the closing one may be, in bytes.
const QUOTED: usize = 80;

/// Words after which a `.` ends no sentence.
const ABBREVIATIONS: [&str; 14] = [
    "st", "mr", "mrs", "dr", "inc", "co", "vs", "no", "jr", "calif", "prof", "ltd", "sv", "ст",
];

/// Words without a capital in the names of places and people.
pub(super) const SMALL_WORDS: [&str; 22] = [
    "of", "de", "la", "le", "el", "al", "du", "di", "da", "do", "dos", "del", "and", "y", "e", "i",
    "und", "van", "von", "am", "sur", "na",
];

impl PatternSlot {
    /// Returns the most bytes, and the most blanks, that the slot may hold.
    pub fn limits(self) -> (usize, usize) {
        match self {
            Self::Outlet => (120, 8),
            Self::Agency | Self::Source => (48, 0),
            Self::Date => (48, 6),
            Self::Author => (64, 4),
            Self::Place => (72, 8),
            Self::Title => (260, 40),
            Self::Words => (90, 9),
            Self::Number => (16, 0),
            Self::Url => (240, 0),
        }
    }

    /// Returns where what begins at a position must end at the latest; nothing if the slot cannot
    /// begin there.
    pub fn reach(self, text: &str, at: usize) -> Option<usize> {
        let rest = text.get(at..)?;
        let first = rest.chars().next()?;
        let is_stop = matches!(first, ')' | ']' | ',' | '.' | ':' | ';' | '|');
        if first.is_whitespace() || (is_stop && self != Self::Title) {
            return None;
        }
        let (max_bytes, max_blanks) = self.limits();
        let is_address = matches!(self, Self::Outlet | Self::Url) && is_address(rest);
        let (mut quotes, mut blanks) = (usize::from(self.is_quoted(text, at)), 0);
        for (offset, character) in rest.char_indices() {
            let end = at + offset;
            let next = offset + character.len_utf8();
            if next > max_bytes || character == '\n' {
                return Some(end);
            }
            if is_address {
                if character.is_whitespace()
                    || matches!(character, ')' | ']' | '>' | '"' | ',')
                    || is_unspaced(character)
                {
                    return Some(end);
                }
                continue;
            }
            if self == Self::Outlet && character == '"' {
                quotes += 1;
                if quotes == 2 {
                    return Some(end + 1);
                }
            }
            blanks += usize::from(character == ' ');
            let after = rest[next..].chars().next();
            if blanks > max_blanks || (quotes != 1 && self.stops(rest, offset, character, after)) {
                return Some(end);
            }
        }
        Some(text.len())
    }

    /// Whether an outlet stands in quotes that open right before it.
    fn is_quoted(self, text: &str, at: usize) -> bool {
        let mut near = text[at..].bytes().take(QUOTED).take_while(|b| *b != b'\n');
        self == Self::Outlet && text[..at].ends_with('"') && near.any(|byte| byte == b'"')
    }

    /// Whether a character ends the slot.
    fn stops(self, rest: &str, at: usize, character: char, after: Option<char>) -> bool {
        let is_bracket = matches!(character, '(' | ')' | '[' | ']' | '{' | '}' | '|');
        let ends_sentence = || ends_sentence(rest, at, character, after);
        match self {
            Self::Title => false,
            Self::Words => is_bracket || ends_sentence(),
            Self::Place => is_bracket || matches!(character, '"' | ':' | '?' | '!'),
            Self::Number => !matches!(character, '0'..='9' | ',' | '.' | ':' | ' '),
            Self::Date => {
                let has_digits = rest.as_bytes().iter().take(14).any(u8::is_ascii_digit);
                let word = rest[..at].rsplit(' ').next().unwrap_or("");
                is_bracket
                    || matches!(character, ';' | '"')
                    || !has_digits
                    || (ends_sentence() && word.chars().count() > 4)
            }
            Self::Url | Self::Agency | Self::Source => character.is_whitespace(),
            Self::Author => {
                is_bracket || matches!(character, ',' | ':' | ';' | '/') || ends_sentence()
            }
            Self::Outlet => {
                let first_unspaced = rest.chars().next().is_some_and(is_han_or_kana);
                let breaks_off = |c: char| c.is_whitespace() || !c.is_ascii() || character == '/';
                is_bracket
                    || matches!(character, ',' | ';' | '<' | '>' | '•' | '·' | '→')
                    || (character == ' ' && first_unspaced)
                    || (matches!(character, '-' | '+') && rest[..at].ends_with(' '))
                    || (matches!(character, ':' | '/') && after.is_none_or(breaks_off))
                    || ends_sentence()
            }
        }
    }

    /// Whether a range of the text can be what the slot is for.
    pub fn may_hold(self, held: &str) -> bool {
        match self {
            Self::Date => held.bytes().any(|b| b.is_ascii_digit()),
            Self::Number => held
                .bytes()
                .all(|b| matches!(b, b'0'..=b'9' | b',' | b'.' | b':' | b' ')),
            Self::Url => held.contains('.'),
            Self::Outlet => held.len() >= 2,
            Self::Place => held.chars().any(char::is_alphabetic),
            _ => true,
        }
    }

    /// Returns the length of what the slot holds at `at` where nothing has to follow it: an outlet ends
    /// at a stop, such as "under" or "and was".
    pub fn natural_length(
        self,
        folded: &SearchText<'_>,
        (at, reach): (usize, usize),
        vocabulary: &NoticeWords,
    ) -> usize {
        let Some(held) = folded.text.get(at..reach) else {
            return 0;
        };
        let mut end = held.len();
        if self == Self::Outlet {
            let mut gaps = held.match_indices(' ').map(|(gap, _)| gap);
            let is_stop = |gap: usize| {
                vocabulary.begins_with_stop(&held[gap + 1..])
                    && !is_short_and_capitalised(folded.written(at + gap + 1, reach))
            };
            let stop = gaps.find(|gap| *gap > 0 && is_stop(*gap));
            end = stop.unwrap_or(end);
            if held.chars().next().is_some_and(is_unspaced) {
                end = end.min(vocabulary.unspaced_stop(held).unwrap_or(end));
            }
        }
        let trailing = [' ', '-', ':', '.', '/', '\r', '\t'];
        held[..end].trim_end_matches(trailing).len()
    }
}

/// Whether a name goes on with a short word in title case: "El Faro del Sur", though "sur" is also a word
/// that ends a name. Longer words may be German nouns, and "Nr. 5" and "Vol 3" are no part of a name.
fn is_short_and_capitalised(written: &str) -> bool {
    let end = written.find(|c: char| !c.is_alphanumeric());
    let (word, rest) = written.split_at(end.unwrap_or(written.len()));
    let mut letters = word.chars();
    let is_capitalised = letters.next().is_some_and(char::is_uppercase)
        && letters.next().is_some_and(char::is_lowercase);
    let is_numbered = rest.trim_start().starts_with(|c: char| c.is_ascii_digit());
    is_capitalised && word.chars().count() <= 3 && !rest.starts_with('.') && !is_numbered
}

fn is_han_or_kana(character: char) -> bool {
    is_unspaced(character) && !matches!(character, '\u{ac00}'..='\u{d7ff}' | '\u{e00}'..='\u{eff}')
}

fn ends_sentence(rest: &str, at: usize, character: char, after: Option<char>) -> bool {
    if matches!(character, '!' | '?') {
        return after.is_none_or(|c| c.is_whitespace() || is_unspaced(c));
    }
    if character != '.' || !after.is_none_or(|c| !c.is_alphanumeric() || is_unspaced(c)) {
        return false;
    }
    let word = rest[..at].rsplit([' ', '.']).next().unwrap_or("");
    let is_initial = word.chars().count() == 1 && at > 1;
    !(after == Some(' ') && (is_initial || ABBREVIATIONS.contains(&word)))
}

fn is_address(rest: &str) -> bool {
    let leads = ["http://", "https://", "www."];
    leads.iter().any(|lead| rest.starts_with(lead))
}

/// Whether all words have capitals, except small ones and those after a number: "6 мая".
pub(super) fn is_capitalised(written: &str) -> bool {
    let mut after_number = false;
    let mut words = written.split([' ', '\n', '/', '-', '\u{a0}']).enumerate();
    words.all(|(index, word)| {
        let word = word.trim_start_matches(|c: char| !c.is_alphanumeric());
        let is_small = index > 0 && SMALL_WORDS.contains(&word);
        let fits = after_number || is_small || !word.starts_with(char::is_lowercase);
        after_number = word.bytes().next().is_some_and(|b| b.is_ascii_digit());
        fits
    })
}
