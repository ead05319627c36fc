//! Credits by their form: a short line of its own at either end of a text, a bracket that ends a
//! paragraph, or what follows its last sentence, which holds nothing but names of agencies with what
//! goes with them: "(jw/AFP)", "Le Quai avec AFP", "Redaktion/dpa", "EFE | 3 de mayo".

use super::matcher::Subject;
use super::outlet::{domain, is_date};
use super::place::begins_line;
use super::signal::Signal;
use super::words::Part;

/// A credit found, in the searched form.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(super) struct Credit {
    pub start: usize,
    pub end: usize,
    pub signal: Signal,
    pub agency: Option<usize>,
    pub weight: f32,
    /// It credits a picture, not the text.
    pub picture: bool,
}

/// Lines looked at from the beginning and from the end.
const FIRST_LINES: usize = 4;
const LAST_LINES: usize = 8;
/// Paragraphs from the end whose ends are looked at.
const LAST_TAILS: usize = 3;
/// As far from the beginning and from the end as they may be, in bytes.
const FIRST: usize = 600;
const LAST: usize = 1600;
/// Longer lines are no credits; in bytes.
const LINE: usize = 120;
/// A bracket or a tail at the end of a paragraph, in bytes.
const TAIL: usize = 64;
/// Words of a name.
const NAME_WORDS: usize = 4;
/// Letters of the initials of an editor.
const INITIALS: usize = 4;
/// Words between names that have no capital.
const SMALL: [&str; 12] = [
    "of", "de", "la", "le", "el", "du", "di", "da", "do", "del", "der", "van",
];

/// The credits at both ends of a text.
pub(super) fn credits(subject: Subject<'_>) -> Vec<Credit> {
    let text = subject.text.text.as_str();
    let mut found = Vec::new();
    let mut at = 0;
    let mut count = 0;
    while count < FIRST_LINES && at < text.len().min(FIRST) {
        let end = line_end(text, at);
        if !text[at..end].trim().is_empty() {
            count += 1;
            found.extend(line(subject, at, end, true));
        }
        at = end + 1;
    }
    let mut end = text.len();
    let mut seen = 0;
    while seen < LAST_LINES && text.len() - end < LAST {
        let from = text[..end].rfind('\n').map_or(0, |found| found + 1);
        if !text[from..end].trim().is_empty() {
            seen += 1;
            let whole = (from >= at).then(|| line(subject, from, end, false));
            let credit = whole.flatten().or_else(|| {
                let last = seen <= LAST_TAILS;
                last.then(|| tail(subject, from, end)).flatten()
            });
            found.extend(credit);
        }
        if from == 0 {
            break;
        }
        end = from - 1;
    }
    found
}

fn line_end(text: &str, at: usize) -> usize {
    text[at..].find('\n').map_or(text.len(), |found| at + found)
}

/// A line that is nothing else.
fn line(subject: Subject<'_>, from: usize, to: usize, first: bool) -> Option<Credit> {
    let text = subject.text.text.get(from..to)?;
    let start = from + text.len() - text.trim_start().len();
    let end = from + text.trim_end().len();
    if end - start > LINE || !begins_line(&subject.text.text, start) {
        return None;
    }
    // "© 2020 AP" is the line of its rights.
    if text.contains('©') || text.contains("(c)") {
        return None;
    }
    let parts = Parts::read(subject, start, end)?;
    parts.credit(start, end, first)
}

/// The bracket that ends a paragraph, or what follows its last sentence.
fn tail(subject: Subject<'_>, from: usize, to: usize) -> Option<Credit> {
    let text = subject.text.text.as_str();
    let end = from + text.get(from..to)?.trim_end().len();
    let mut near = end.saturating_sub(TAIL).max(from);
    while !text.is_char_boundary(near) {
        near += 1;
    }
    let held = text.get(near..end)?;
    let closed = held.strip_suffix(['.', ' ']).unwrap_or(held);
    let start = if closed.ends_with([')', ']']) {
        near + closed.rfind(['(', '['])?
    } else {
        let closed = held.trim_end_matches(['.', ' ', '/', '-']);
        let ends = |c: char| matches!(c, '.' | '!' | '?' | '"' | '。' | '।' | '؟' | '။');
        let stop = closed.rfind(ends)?;
        let after = stop + closed[stop..].chars().next().map_or(1, char::len_utf8);
        let rest = held.get(after..)?;
        if !rest.starts_with([' ', '-', '/', '(']) {
            return None;
        }
        near + after + rest.len() - rest.trim_start().len()
    };
    let parts = Parts::read(subject, start, end)?;
    if parts.weak > 0 && !parts.with && !parts.picture {
        return None;
    }
    parts.credit(start, end, false)
}

/// What a credit is made of.
#[derive(Debug, Default)]
struct Parts {
    agency: Option<usize>,
    agencies: usize,
    /// "Agencies", without a name.
    unnamed: bool,
    with: bool,
    and: bool,
    by: bool,
    staff: bool,
    date: bool,
    picture: bool,
    initials: usize,
    /// Names that are sure to be outlets: domains, in quotes, known ones.
    strong: usize,
    /// Names that may be outlets, people or places.
    weak: usize,
    weak_words: usize,
    /// A name stands first.
    name_first: bool,
}

impl Parts {
    fn read(subject: Subject<'_>, start: usize, end: usize) -> Option<Self> {
        let text = subject.text.text.as_str();
        let mut parts = Self::default();
        let mut at = start;
        // What stood before: a separator other than a blank; and whether a name was last.
        let mut apart = true;
        let mut after_name = false;
        let mut after_initials = false;
        let mut any = false;
        let mut ended = usize::MAX;
        while at < end {
            let rest = text.get(at..end)?;
            let next = rest.chars().next()?;
            if next.is_whitespace() {
                at += next.len_utf8();
                continue;
            }
            if next == '"' {
                let close = rest[1..].find('"').map(|found| found + 1);
                if let Some(close) = close.filter(|&close| (4..=40).contains(&close) && any) {
                    parts.strong += 1;
                    at += close + 1;
                    apart = false;
                    continue;
                }
            }
            if is_separator(next) {
                // "Foto: ...", "Ann Lee. ...": what comes before is no name in a list.
                let breaks = after_name && (next == ':' || (next == '.' && rest.len() > 2));
                if breaks {
                    return None;
                }
                apart = true;
                after_name = false;
                after_initials = false;
                at += next.len_utf8();
                continue;
            }
            if after_initials && !apart {
                return None;
            }
            let part = subject.words.part(rest).filter(|(length, part)| {
                *part != Part::Date || !begins_title(subject, at, *length)
            });
            // "Bild" is a paper, too.
            let picture = matches!(part, Some((_, Part::Picture)));
            let named = subject
                .agencies
                .at_any(subject.text, subject.original, at)
                .filter(|named| named.end <= end && !picture);
            if let Some(named) = named {
                if after_name && !apart {
                    return None;
                }
                if subject.agencies.is_agency(named.agency) {
                    parts.agencies += 1;
                    parts.agency.get_or_insert(named.agency);
                } else {
                    parts.strong += 1;
                    parts.name_first |= !any;
                }
                at = named.end + top_domain(text.get(named.end..end)?);
                ended = at;
                // "dpa:200312-99-123456/2" is the number of an item.
                let rest = text.get(at..end)?.strip_prefix(':');
                if rest.is_some_and(|rest| rest.starts_with(|c: char| c.is_ascii_digit())) {
                    return None;
                }
                (apart, any) = (false, true);
                continue;
            }
            if let Some((length, part)) = part {
                match part {
                    Part::Picture => parts.picture = true,
                    Part::With => parts.with = true,
                    Part::And => parts.and = true,
                    Part::By => parts.by = true,
                    Part::Staff => parts.staff = true,
                    Part::Agencies => parts.unnamed = true,
                    Part::Date => parts.date = true,
                }
                at += length;
                if !any && part == Part::And {
                    return None;
                }
                apart = matches!(part, Part::With | Part::And | Part::By);
                (after_name, any) = (false, true);
                continue;
            }
            let word = word(rest);
            if word.is_empty() {
                return None;
            }
            // "路透社2" is a name that goes on.
            if at == ended {
                return None;
            }
            let span = subject.text.span(at, at + word.len(), subject.original);
            let written = subject
                .original
                .get(span.start as usize..span.end as usize)?;
            if is_date(word, subject.words) || is_clock(word) {
                parts.date = true;
                at += word.len();
                (apart, after_name, any) = (false, false, true);
                continue;
            }
            let letters = word.chars().filter(|c| c.is_alphabetic()).count();
            let small = written.chars().all(|c| !c.is_uppercase());
            let cased = written
                .chars()
                .any(|c| c.is_lowercase() || c.is_uppercase());
            let closes = text.get(at + word.len()..end)?.trim_start();
            if cased && small && letters <= INITIALS && domain(word).is_none() {
                // Between separators: "mau/dpa", "zew, PAP".
                if !apart || !closes.chars().next().is_none_or(is_separator) {
                    return None;
                }
                parts.initials += 1;
                at += word.len();
                (apart, after_initials, any) = (false, true, true);
                continue;
            }
            if domain(word).is_some() {
                parts.strong += 1;
            } else if cased && !small && (apart || after_name) {
                let (length, words) = self::name(subject, at, end)?;
                parts.weak += 1;
                parts.weak_words += words;
                parts.name_first |= !any;
                at += length;
                (apart, after_name, any) = (false, true, true);
                continue;
            } else {
                return None;
            }
            at += word.len();
            (apart, any) = (false, true);
        }
        Some(parts)
    }

    fn credit(&self, start: usize, end: usize, first: bool) -> Option<Credit> {
        let named = self.agencies > 0;
        if self.picture {
            return named.then_some(Credit {
                start,
                end,
                signal: Signal::Credit,
                agency: self.agency,
                weight: 0.95,
                picture: true,
            });
        }
        if self.initials > 3 || self.weak > 2 || !(named || self.unnamed) {
            return None;
        }
        if !named && !self.with && self.weak > 0 && !self.and {
            return None;
        }
        let joined = self.and || self.with || self.staff;
        let plain = self.weak == 0;
        let one = self.weak == 1 && self.weak_words == 1;
        let byline = first && (self.by || self.date);
        if !(plain || joined || one || byline) || (self.date && !plain && !first) {
            return None;
        }
        // A bare agency or a time may stand anywhere; a line of dates needs no more than that.
        let weight = if self.weak > 0 && self.date && self.name_first {
            0.78
        } else if plain {
            0.93
        } else if joined || byline {
            0.9
        } else {
            0.87
        };
        let contributed = self.with || !named;
        Some(Credit {
            start,
            end,
            signal: if contributed {
                Signal::Contributed
            } else {
                Signal::Credit
            },
            agency: self.agency,
            weight,
            picture: false,
        })
    }
}

/// Whether a short word has a capital: "Le Quai" begins no date.
fn begins_title(subject: Subject<'_>, at: usize, length: usize) -> bool {
    let span = subject.text.span(at, at + length, subject.original);
    let written = subject.original.get(span.start as usize..span.end as usize);
    length <= 2
        && written.is_some_and(|word| {
            let mut letters = word.chars();
            letters.next().is_some_and(char::is_uppercase)
                && letters.next().is_none_or(char::is_lowercase)
        })
}

/// What stands between the parts of a credit.
const SEPARATORS: &str = ",/&+|;:-.()[]{}=\"'*~_<>·•、。・،।【】«»\\※";

fn is_separator(character: char) -> bool {
    !character.is_alphanumeric() && SEPARATORS.contains(character)
}

/// The word that begins a text, with dots and the like inside it.
fn word(rest: &str) -> &str {
    let ends = |c: char| c.is_whitespace() || (is_separator(c) && !matches!(c, '.' | '-' | '\''));
    let held = rest.split(ends).next().unwrap_or("");
    held.trim_end_matches(['.', '-', '\''])
}

/// ".it" after "ANSA".
fn top_domain(rest: &str) -> usize {
    let Some(after) = rest.strip_prefix('.') else {
        return 0;
    };
    let length = after.bytes().take_while(u8::is_ascii_lowercase).count();
    let more = after[length..]
        .chars()
        .next()
        .is_some_and(char::is_alphanumeric);
    if (2..=3).contains(&length) && !more {
        length + 1
    } else {
        0
    }
}

/// "12h03", "14:05", "3月".
fn is_clock(word: &str) -> bool {
    let fits = |c: char| c.is_ascii_alphanumeric() || matches!(c, '.' | '-' | '年' | '月' | '日');
    word.bytes().next().is_some_and(|b| b.is_ascii_digit())
        && word.bytes().filter(u8::is_ascii_alphabetic).count() <= 2
        && word.chars().count() <= 11
        && word.chars().all(fits)
}

/// The length of a name in capitals, and its words.
fn name(subject: Subject<'_>, at: usize, end: usize) -> Option<(usize, usize)> {
    let text = subject.text.text.get(at..end)?;
    let mut length = 0;
    let mut words = 0;
    while let Some(rest) = text.get(length..) {
        let blank = rest.len() - rest.trim_start_matches(' ').len();
        let next = word(&rest[blank..]);
        let from = at + length + blank;
        if next.is_empty() || (words > 0 && blank == 0) {
            break;
        }
        if words > 0 && subject.words.part(&rest[blank..]).is_some() {
            break;
        }
        let span = subject.text.span(from, from + next.len(), subject.original);
        let written = subject
            .original
            .get(span.start as usize..span.end as usize)?;
        let capital =
            written.chars().any(char::is_uppercase) || written.bytes().all(|b| b.is_ascii_digit());
        let small = words > 0 && SMALL.contains(&next);
        if !capital && !small {
            return None;
        }
        length += blank + next.len();
        words += 1;
        if words > NAME_WORDS {
            return None;
        }
    }
    (words > 0).then_some((length, words))
}
