//! Finds credits by their form: a short line at either end of a text, a bracket that ends a paragraph,
//! or what follows its last sentence, if it has nothing but names of agencies with what goes with them:
//! "(jw/AFP)", "Le Quai avec AFP", "Redaktion/dpa", "EFE | 3 de mayo".

use super::form::{is_beside_text, is_between_paragraphs, is_framed};
use super::matcher::Subject;
use super::outlet::{CleanedOutlet, is_date, is_domain};
use super::position::{begins_line, lines};
use super::rows::{Interpretation, Meaning, MeaningKind};
use super::signal::Signal;
use super::vocabulary::CreditWord;
use crate::text::ceil_boundary;

/// Lines that are read at the beginning and at the end of a text.
const FIRST_LINES: usize = 4;
const LAST_LINES: usize = 8;
/// Lines from the end whose ends are read.
const LAST_TAILS: usize = 3;
/// How far from the beginning and from the end they may be, in bytes.
const FIRST_BYTES: usize = 600;
const LAST_BYTES: usize = 1600;
/// Bytes of a credit on a line of its own.
const LINE_BYTES: usize = 120;
/// Bytes of a bracket or a tail at the end of a paragraph.
const TAIL_BYTES: usize = 64;
/// Words of a name.
const NAME_WORDS: usize = 4;
/// Letters of an editor's initials.
const INITIALS: usize = 4;
/// Words of a name that have no capital.
const SMALL_WORDS: [&str; 12] = [
    "of", "de", "la", "le", "el", "du", "di", "da", "do", "del", "der", "van",
];
/// Characters that stand between the parts of a credit.
const SEPARATORS: &str = ",/&+|;:-.()[]{}=\"'*~_<>·•、。・،।【】«»\\※";

/// Finds the credits at both ends of a text.
pub(super) fn credits(subject: Subject<'_>) -> Vec<Interpretation> {
    let text = subject.folded.text.as_str();
    let mut found = Vec::new();
    let lines = lines(text).filter(|(_, line)| !line.trim().is_empty());
    let mut unread = 0;
    let first = lines.clone().take_while(|(from, _)| *from < FIRST_BYTES);
    for (from, line) in first.take(FIRST_LINES) {
        unread = from + line.len();
        found.extend(whole_line(subject, from, unread, true));
    }
    let last = lines.rev().map(|(from, line)| (from, from + line.len()));
    let last = last.take_while(|(_, end)| text.len() - end < LAST_BYTES);
    for (number, (from, end)) in last.take(LAST_LINES).enumerate() {
        let whole = match from >= unread {
            true => whole_line(subject, from, end, false),
            false => None,
        };
        found.extend(whole.or_else(|| {
            let has_tail = number < LAST_TAILS;
            has_tail.then(|| line_tail(subject, from, end)).flatten()
        }));
    }
    found
}

/// Reads a line that is a credit and nothing else.
fn whole_line(
    subject: Subject<'_>,
    from: usize,
    to: usize,
    is_first: bool,
) -> Option<Interpretation> {
    let text = &subject.folded.text[from..to];
    let start = from + text.len() - text.trim_start().len();
    let end = from + text.trim_end().len();
    // "© 2020 AP" is about rights.
    let is_rights = || text.contains('©') || text.contains("(c)");
    if end - start > LINE_BYTES || !begins_line(&subject.folded.text, start) || is_rights() {
        return None;
    }
    let parts = CreditParts::read(subject, start, end)?;
    let text = subject.folded.text.as_str();
    let is_in_place = parts.has(CreditWord::Picture)
        || (!is_between_paragraphs(text, start, end)
            && (parts.has_label() || is_beside_text(text, start, end, 0)));
    is_in_place.then(|| parts.credit(subject, start, end, is_first))?
}

/// Reads the bracket that ends a paragraph, or what follows its last sentence.
fn line_tail(subject: Subject<'_>, from: usize, to: usize) -> Option<Interpretation> {
    let text = subject.folded.text.as_str();
    let end = from + text[from..to].trim_end().len();
    let near = ceil_boundary(text, end.saturating_sub(TAIL_BYTES).max(from));
    let held = &text[near..end];
    let closed = held.strip_suffix(['.', ' ']).unwrap_or(held);
    let start = if closed.ends_with([')', ']']) {
        near + closed.rfind(['(', '['])?
    } else {
        let closed = held.trim_end_matches(['.', ' ', '/', '-']);
        let stop = closed.rfind(['.', '!', '?', '"', '。', '।', '؟'])?;
        let after = stop + closed[stop..].chars().next().map_or(1, char::len_utf8);
        let rest = &held[after..];
        if !rest.starts_with([' ', '-', '/', '(']) {
            return None;
        }
        near + after + rest.len() - rest.trim_start().len()
    };
    let parts = CreditParts::read(subject, start, end)?;
    if is_between_paragraphs(text, start, end) && !parts.has(CreditWord::Picture) {
        return None;
    }
    // After a quotation, a name and a day are its source.
    let cites = parts.has(CreditWord::Date) && text[..start].trim_end().ends_with('"');
    if cites {
        return None;
    }
    if parts.weak > 0 && !parts.has(CreditWord::With) && !parts.has(CreditWord::Picture) {
        return None;
    }
    parts.credit(subject, start, end, false)
}

/// What a credit consists of.
#[derive(Debug, Default)]
struct CreditParts {
    /// The first agency.
    agency: Option<usize>,
    /// Agencies by name.
    agencies: usize,
    /// The names of all of them may mean something else; where the last of them is.
    ambiguous: Option<(usize, usize)>,
    /// A bit for each kind of word.
    words: u32,
    initials: usize,
    /// Names that may be outlets, people or places, and their words.
    weak: usize,
    weak_words: usize,
    /// A name of an outlet, a person or a place comes first.
    name_first: bool,
}

impl CreditParts {
    fn add(&mut self, word: CreditWord) {
        self.words |= 1 << word as u32;
    }

    fn has(&self, word: CreditWord) -> bool {
        self.words >> word as u32 & 1 == 1
    }

    /// Whether words say what the names are for: "Text: ...", "with ...", "staff / ...".
    fn has_label(&self) -> bool {
        [CreditWord::With, CreditWord::By, CreditWord::Staff]
            .into_iter()
            .any(|word| self.has(word))
    }

    /// Reads a range of the search form; nothing if it has a part that no credit has.
    fn read(subject: Subject<'_>, start: usize, end: usize) -> Option<Self> {
        let Subject {
            folded,
            agencies,
            vocabulary,
        } = subject;
        let text = &folded.text[..end];
        let mut parts = Self::default();
        let mut at = start;
        // Of what comes before: whether a separator or a joining word is last, whether a name or
        // initials are, whether there is any part, and where the last agency ends.
        let mut is_apart = true;
        let mut after_name = false;
        let mut after_initials = false;
        let mut has_part = false;
        let mut agency_end = usize::MAX;
        while at < end {
            let rest = &text[at..];
            let next = rest.chars().next()?;
            if next.is_whitespace() {
                at += next.len_utf8();
                continue;
            }
            if next == '"' && has_part {
                let close = rest[1..].find('"').map(|found| found + 1);
                if let Some(close) = close.filter(|close| (4..=40).contains(close)) {
                    at += close + 1;
                    is_apart = false;
                    continue;
                }
            }
            if is_separator(next) {
                // "Foto: ...", "Ann Lee. ...": the name before it belongs to no list.
                if after_name && (next == ':' || (next == '.' && rest.len() > 2)) {
                    return None;
                }
                is_apart = true;
                after_name = false;
                after_initials = false;
                at += next.len_utf8();
                continue;
            }
            if after_initials && !is_apart {
                return None;
            }
            let word = vocabulary.credit_word(rest).filter(|(length, word)| {
                *word != CreditWord::Date
                    || *length > 2
                    || !begins_title(folded.written(at, at + length))
            });
            // "Bild" is a paper, too.
            let is_picture = matches!(word, Some((_, CreditWord::Picture)));
            let name = agencies.at_any(folded, at);
            if let Some(name) = name.filter(|name| name.end <= end && !is_picture) {
                if after_name && !is_apart {
                    return None;
                }
                if agencies.is_agency(name.agency) {
                    let is_doubtful = parts.agencies == 0 || parts.ambiguous.is_some();
                    let is_doubtful = is_doubtful && name.is_ambiguous;
                    parts.ambiguous = is_doubtful.then_some((at, name.end));
                    parts.agencies += 1;
                    parts.agency.get_or_insert(name.agency);
                } else {
                    parts.name_first |= !has_part;
                }
                at = name.end + top_domain(&text[name.end..]);
                agency_end = at;
                // "dpa:200312-99-123456/2" is the number of an item.
                let number = text[at..].strip_prefix(':');
                if number.is_some_and(|rest| rest.starts_with(|c: char| c.is_ascii_digit())) {
                    return None;
                }
                (is_apart, has_part) = (false, true);
                continue;
            }
            if let Some((length, word)) = word {
                if !has_part && word == CreditWord::And {
                    return None;
                }
                parts.add(word);
                at += length;
                is_apart = matches!(word, CreditWord::With | CreditWord::And | CreditWord::By);
                (after_name, has_part) = (false, true);
                continue;
            }
            let word = first_word(rest);
            // "路透社2" is a longer name.
            if word.is_empty() || at == agency_end {
                return None;
            }
            let word_end = at + word.len();
            let written = folded.written(at, word_end);
            if is_date(word, vocabulary) || is_clock(word) {
                parts.add(CreditWord::Date);
                at = word_end;
                (is_apart, after_name, has_part) = (false, false, true);
                continue;
            }
            let is_small = written.chars().all(|c| !c.is_uppercase());
            let is_cased = written.contains(|c: char| c.is_lowercase() || c.is_uppercase());
            let letters = word.chars().filter(|c| c.is_alphabetic()).count();
            if is_domain(word) {
                at = word_end;
                (is_apart, has_part) = (false, true);
            } else if is_cased && is_small && letters <= INITIALS {
                // Between separators: "mau/dpa", "zew, PAP".
                let next = text[word_end..].trim_start().chars().next();
                if !is_apart || !next.is_none_or(is_separator) {
                    return None;
                }
                parts.initials += 1;
                at = word_end;
                (is_apart, after_initials, has_part) = (false, true, true);
            } else if is_cased && !is_small && (is_apart || after_name) {
                let (length, words) = name_length(subject, at, end)?;
                parts.weak += 1;
                parts.weak_words += words;
                parts.name_first |= !has_part;
                at += length;
                (is_apart, after_name, has_part) = (false, true, true);
            } else {
                return None;
            }
        }
        Some(parts)
    }

    /// Returns the credit that these parts make, if they make one.
    fn credit(
        &self,
        subject: Subject<'_>,
        start: usize,
        end: usize,
        is_first: bool,
    ) -> Option<Interpretation> {
        let is_named = self.agencies > 0;
        let [with, and, date] =
            [CreditWord::With, CreditWord::And, CreditWord::Date].map(|word| self.has(word));
        let agencies = subject.agencies;
        let credit = |kind, weight| Interpretation {
            start,
            end,
            meaning: Meaning { kind, weight },
            outlet: self.agency.map(|n| CleanedOutlet::agency(agencies, n)),
        };
        if self.has(CreditWord::Picture) {
            return is_named.then(|| credit(MeaningKind::Photo, 0.95));
        }
        let is_framed = |(from, to)| is_framed(&subject.folded.text, from, to);
        if !self.has_label() && !self.ambiguous.is_none_or(is_framed) {
            return None;
        }
        if self.initials > 3 || self.weak > 2 || !(is_named || self.has(CreditWord::Agencies)) {
            return None;
        }
        if !is_named && !with && self.weak > 0 && !and {
            return None;
        }
        let is_joined = and || with || self.has(CreditWord::Staff);
        let is_plain = self.weak == 0;
        let is_one_word = self.weak == 1 && self.weak_words == 1;
        let is_byline = is_first && (date || self.has(CreditWord::By));
        if !(is_plain || is_joined || is_one_word || is_byline) || (date && !is_plain && !is_first)
        {
            return None;
        }
        // A name, an agency and a time may be many things.
        let weight = if self.weak > 0 && date && self.name_first {
            0.78
        } else if is_plain {
            0.93
        } else if is_joined || is_byline {
            0.9
        } else {
            0.87
        };
        let signal = match with || !is_named {
            true => Signal::Contributed,
            false => Signal::Credit,
        };
        Some(credit(MeaningKind::Notice { signal, cut: true }, weight))
    }
}

/// Whether a short word has a capital: "Le Quai" begins no date.
fn begins_title(written: &str) -> bool {
    let mut letters = written.chars();
    letters.next().is_some_and(char::is_uppercase) && letters.next().is_none_or(char::is_lowercase)
}

fn is_separator(character: char) -> bool {
    !character.is_alphanumeric() && SEPARATORS.contains(character)
}

/// Returns the word that a text begins with, with dots and the like inside it.
fn first_word(rest: &str) -> &str {
    let ends = |c: char| c.is_whitespace() || (is_separator(c) && !matches!(c, '.' | '-' | '\''));
    let word = rest.split(ends).next().unwrap_or("");
    word.trim_end_matches(['.', '-', '\''])
}

/// Returns the length of a top domain: ".it" after "ANSA".
fn top_domain(rest: &str) -> usize {
    let Some(after) = rest.strip_prefix('.') else {
        return 0;
    };
    let length = after.bytes().take_while(u8::is_ascii_lowercase).count();
    match after[length..].starts_with(char::is_alphanumeric) {
        false if (2..=3).contains(&length) => length + 1,
        _ => 0,
    }
}

/// Whether a word is a time or a day: "12h03", "14:05", "3月".
fn is_clock(word: &str) -> bool {
    let fits = |c: char| c.is_ascii_alphanumeric() || matches!(c, '.' | '-' | '年' | '月' | '日');
    word.starts_with(|c: char| c.is_ascii_digit())
        && word.bytes().filter(u8::is_ascii_alphabetic).count() <= 2
        && word.chars().count() <= 11
        && word.chars().all(fits)
}

/// Returns the length of a name in capitals, and its words.
fn name_length(subject: Subject<'_>, at: usize, end: usize) -> Option<(usize, usize)> {
    let text = &subject.folded.text[at..end];
    let mut length = 0;
    let mut words = 0;
    loop {
        let rest = text[length..].trim_start_matches(' ');
        let from = text.len() - rest.len();
        let next = first_word(rest);
        let goes_on =
            words == 0 || (from > length && subject.vocabulary.credit_word(rest).is_none());
        if next.is_empty() || !goes_on {
            break;
        }
        let written = subject.folded.written(at + from, at + from + next.len());
        let has_capital = written.contains(char::is_uppercase)
            || written.bytes().all(|byte| byte.is_ascii_digit());
        let is_small = words > 0 && SMALL_WORDS.contains(&next);
        if !has_capital && !is_small {
            return None;
        }
        length = from + next.len();
        words += 1;
        if words > NAME_WORDS {
            return None;
        }
    }
    (words > 0).then_some((length, words))
}
