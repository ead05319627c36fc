//! How far what a slot holds may go: an outlet ends with the sentence, the line or a bracket, a
//! title only with the line.

use super::agency::is_unspaced;
use super::pattern::Slot;
use super::words::Words;

/// Words after which a `.` ends no sentence.
const ABBREVIATIONS: [&str; 14] = [
    "st", "mr", "mrs", "dr", "inc", "co", "vs", "no", "jr", "calif", "prof", "ltd", "sv", "ст",
];

/// Words within names of places and people that have no capital.
const SMALL: [&str; 22] = [
    "of", "de", "la", "le", "el", "al", "du", "di", "da", "do", "dos", "del", "and", "y", "e", "i",
    "und", "van", "von", "am", "sur", "na",
];

/// Where what begins here must end at the latest.
pub(super) fn reach(kind: Slot, text: &str, at: usize) -> Option<usize> {
    let rest = text.get(at..)?;
    let first = rest.chars().next()?;
    if first.is_whitespace()
        || (matches!(first, ')' | ']' | ',' | '.' | ':' | ';' | '|') && kind != Slot::Title)
    {
        return None;
    }
    let address = matches!(kind, Slot::Outlet | Slot::Url) && is_address(rest);
    let quoted = kind == Slot::Outlet;
    let mut quotes = 0;
    let mut words = 0;
    for (offset, character) in rest.char_indices() {
        let end = at + offset;
        if offset + character.len_utf8() > kind.limit() || character == '\n' {
            return Some(end);
        }
        if address {
            if character.is_whitespace()
                || matches!(character, ')' | ']' | '>' | '"' | ',')
                || is_unspaced(character)
            {
                return Some(end);
            }
            continue;
        }
        let after = rest[offset + character.len_utf8()..].chars().next();
        if quoted && character == '"' {
            quotes += 1;
            if quotes == 2 {
                return Some(end + 1);
            }
        }
        words += usize::from(character == ' ');
        if words > most_words(kind) || (quotes != 1 && stops(kind, rest, offset, character, after))
        {
            return Some(end);
        }
    }
    Some(text.len())
}

fn most_words(kind: Slot) -> usize {
    match kind {
        Slot::Outlet | Slot::Place => 8,
        Slot::Words => 9,
        Slot::Author => 4,
        Slot::Date => 6,
        Slot::Number | Slot::Url | Slot::Agency | Slot::Source => 0,
        Slot::Title => 40,
    }
}

fn stops(kind: Slot, rest: &str, at: usize, character: char, after: Option<char>) -> bool {
    let bracket = matches!(character, '(' | ')' | '[' | ']' | '{' | '}' | '|');
    match kind {
        Slot::Title => false,
        Slot::Words => bracket || ends_sentence(rest, at, character, after),
        Slot::Place => bracket || matches!(character, '"' | ':' | '?' | '!'),
        Slot::Number => !(character.is_ascii_digit() || matches!(character, ',' | '.' | ':' | ' ')),
        Slot::Date => {
            let digits = rest.as_bytes().iter().take(14).any(u8::is_ascii_digit);
            let short = rest[..at]
                .rsplit(' ')
                .next()
                .is_some_and(|word| word.chars().count() <= 4);
            bracket
                || matches!(character, ';' | '"')
                || !digits
                || (ends_sentence(rest, at, character, after) && !short)
        }
        Slot::Url | Slot::Agency | Slot::Source => character.is_whitespace(),
        Slot::Author => {
            bracket
                || matches!(character, ',' | ':' | ';' | '/')
                || ends_sentence(rest, at, character, after)
        }
        Slot::Outlet => {
            let first_unspaced = rest.chars().next().is_some_and(is_han_or_kana);
            bracket
                || matches!(character, ',' | ';' | '<' | '>' | '•' | '·' | '→')
                || (character == ' ' && first_unspaced)
                || (matches!(character, '-' | '+') && rest[..at].ends_with(' '))
                || (matches!(character, ':' | '/')
                    && after.is_none_or(|c| c.is_whitespace() || !c.is_ascii() || character == '/'))
                || ends_sentence(rest, at, character, after)
        }
    }
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
    let initial = word.chars().count() == 1 && at > 1 && after == Some(' ');
    !initial && (!ABBREVIATIONS.contains(&word) || after != Some(' '))
}

fn is_address(rest: &str) -> bool {
    ["http://", "https://", "www."]
        .iter()
        .any(|lead| rest.starts_with(lead))
}

/// Whether this stretch can be what the slot is for.
pub(super) fn holds(kind: Slot, text: &str, at: usize, end: usize) -> bool {
    let Some(held) = text.get(at..end) else {
        return false;
    };
    match kind {
        Slot::Date => held.bytes().any(|b| b.is_ascii_digit()),
        Slot::Number => held
            .bytes()
            .all(|b| b.is_ascii_digit() || b",.: ".contains(&b)),
        Slot::Url => held.contains('.'),
        Slot::Outlet => held.len() >= 2,
        Slot::Place => held.chars().any(char::is_alphabetic),
        _ => true,
    }
}

/// Whether all words are written with capitals but small ones, and those after a number: "6 мая".
pub(super) fn is_capitalised(written: &str) -> bool {
    let mut after_number = false;
    written
        .split([' ', '\n', '/', '-', '\u{a0}'])
        .enumerate()
        .all(|(index, word)| {
            let word = word.trim_start_matches(|c: char| !c.is_alphanumeric());
            let small = SMALL.contains(&word) && index > 0;
            let fits =
                after_number || small || !word.chars().next().is_some_and(char::is_lowercase);
            after_number = word.bytes().next().is_some_and(|b| b.is_ascii_digit());
            fits
        })
}

/// Where what nothing has to follow ends: an outlet at words that lead on, such as "under" or
/// "and was".
pub(super) fn natural_end(kind: Slot, text: &str, at: usize, reach: usize, words: &Words) -> usize {
    let Some(held) = text.get(at..reach) else {
        return at;
    };
    let mut end = held.len();
    if kind == Slot::Outlet {
        let gaps = held.match_indices(' ').map(|(gap, _)| gap);
        let leads_on = gaps
            .filter(|gap| *gap > 0)
            .find(|gap| words.leads_on(&held[gap + 1..]));
        end = leads_on.unwrap_or(end);
        if held.chars().next().is_some_and(is_unspaced) {
            end = end.min(words.close_stop(held).unwrap_or(end));
        }
    }
    at + held[..end]
        .trim_end_matches([' ', '-', ':', '.', '/', '\r', '\t'])
        .len()
}
