//! Makes the name of an outlet of what a slot captured.

use unicode_normalization::UnicodeNormalization;

use super::agency::{Agencies, is_unspaced};
use super::disguise::undo_in_name;
use super::fold::{SearchText, fold, is_ignorable};
use super::vocabulary::{CreditWord, NoticeWords};
use crate::page::{is_month, is_weekday};

const QUOTES: &str = "\"“”„‟«»‹›「」『』《》〈〉＂";
const EDGES: &str = "-–—_*~.,:;'‘’`|/\\ \t\r\n•·=+※→▶►";
/// A longer name is a sentence.
const MAX_CHARACTERS: usize = 64;
const MAX_WORDS: usize = 8;
/// What stands between an outlet and an agency that is named beside it.
pub(super) const CONJUNCTIONS: [&str; 15] = [
    " and ", " und ", " et ", " y ", " e ", " en ", " och ", " og ", " ja ", " i ", " a ", " и ",
    " та ", " ve ", "/",
];
/// "in", "from", "of" and the accusative, after an apostrophe.
const TURKISH_ENDINGS: [&str; 20] = [
    "de", "da", "te", "ta", "nde", "nda", "den", "dan", "ten", "tan", "nden", "ndan", "nin", "nın",
    "nun", "nün", "ni", "nı", "nu", "nü",
];
/// Words that lead to a date, besides the stops of the table.
const BEFORE_DATE: [&str; 19] = [
    "de", "of", "den", "the", "del", "dem", "du", "des", "vom", "della", "dello", "dnia", "ze",
    "den.", "от", "від", "et", "op", "van",
];

/// An outlet by the name that is reported.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(super) struct CleanedOutlet {
    pub name: String,
    pub is_agency: bool,
}

impl CleanedOutlet {
    /// Returns an agency under its canonical name.
    pub fn agency(agencies: &Agencies, agency: usize) -> Self {
        Self {
            name: agencies.name(agency).to_owned(),
            is_agency: true,
        }
    }
}

/// Cleans a captured name; nothing if it is none. On a line of its own, `is_line`, it may be in small
/// letters.
pub(super) fn clean(
    raw: &str,
    is_line: bool,
    agencies: &Agencies,
    vocabulary: &NoticeWords,
) -> Option<CleanedOutlet> {
    let visible: String = raw.nfkc().filter(|c| !is_ignorable(*c)).collect();
    let spaced = visible.split_whitespace().collect::<Vec<_>>().join(" ");
    let plain = undo_in_name(&spaced);
    let agency = |name: &str| Some(CleanedOutlet::agency(agencies, agencies.leading(name)?));
    if let Some(agency) = agency(trimmed(&plain)) {
        return Some(agency);
    }
    let dated = trimmed(without_date(in_quotes(&plain), vocabulary));
    let name = trimmed(without_leads(dated, vocabulary));
    if let Some(agency) = agency(name) {
        return Some(agency);
    }
    let name = without_ending(without_agency(name, agencies));
    let words = name.split(' ').count();
    let fits = name.contains(char::is_alphabetic)
        && (2..=MAX_CHARACTERS).contains(&name.chars().count())
        && words <= MAX_WORDS;
    let is_known = || agencies.at_any(&SearchText::new(name), 0).is_some();
    let is_name = looks_like_a_name(name) || (is_line && words <= 2) || is_known();
    let folded = fold(name);
    let is_date_word = |(length, word)| word == CreditWord::Date && length == folded.len();
    // "lundi", "1er", "Monday", but not "the Sun".
    let is_day = is_ordinal(&folded)
        || (name == dated
            && is_weekday(name)
            && (is_long(name) || leads_to_date(&plain, name, vocabulary)))
        || (name.starts_with(char::is_lowercase)
            && vocabulary.credit_word(&folded).is_some_and(is_date_word));
    let is_nobody =
        is_day || (is_line && name.starts_with('@')) || vocabulary.nobody.contains(&folded);
    (fits && is_name && !is_nobody).then(|| CleanedOutlet {
        name: name.to_owned(),
        is_agency: false,
    })
}

/// Whether the name of a weekday is no abbreviation: "Sun" is a paper as well.
fn is_long(name: &str) -> bool {
    name.chars().count() > 4
}

/// Whether a number or a month follows a name: "Sun 5 April".
fn leads_to_date(text: &str, name: &str, vocabulary: &NoticeWords) -> bool {
    let rest = text.split_once(name).map_or("", |(_, rest)| rest);
    let rest = rest.trim_start_matches(|c: char| !c.is_alphanumeric());
    rest.starts_with(|c: char| c.is_ascii_digit())
        || rest
            .split(' ')
            .next()
            .is_some_and(|next| is_date(next, vocabulary))
}

/// Drops signs at both ends, and a bracket there without its other half.
fn trimmed(name: &str) -> &str {
    let mut name = name.trim_matches(is_edge_sign);
    if let Some(inner) = name
        .strip_prefix(['(', '['])
        .filter(|inner| !inner.contains([')', ']']))
    {
        name = inner.trim_matches(is_edge_sign);
    }
    if let Some(inner) = name
        .strip_suffix([')', ']'])
        .filter(|inner| !inner.contains(['(', '[']))
    {
        name = inner.trim_matches(is_edge_sign);
    }
    name
}

fn is_edge_sign(character: char) -> bool {
    EDGES.contains(character) || QUOTES.contains(character)
}

/// Drops the ending that Turkish sets apart from a name: "İskele Gazetesi'nde".
fn without_ending(name: &str) -> &str {
    let ending = name.rsplit_once(['\'', '’']);
    let ending = ending.filter(|(_, ending)| TURKISH_ENDINGS.contains(ending));
    ending.map_or(name, |(stem, _)| stem)
}

/// Drops an agency that is named beside the outlet: "The Quay and AP", "Le Quai/AFP".
fn without_agency<'n>(name: &'n str, agencies: &Agencies) -> &'n str {
    let halves = CONJUNCTIONS
        .iter()
        .filter_map(|between| name.split_once(between));
    let outlet = halves.into_iter().find_map(|(first, second)| {
        let second = second.trim_start();
        let second = second.strip_prefix("the ").unwrap_or(second);
        (!first.is_empty() && agencies.leading(second).is_some()).then(|| first.trim_end())
    });
    outlet.unwrap_or(name)
}

/// Returns what is in quotes, if something is.
fn in_quotes(name: &str) -> &str {
    let mut quotes = name.char_indices().filter(|(_, c)| QUOTES.contains(*c));
    let (Some((open, quote)), Some((close, _))) = (quotes.next(), quotes.next()) else {
        return name;
    };
    match name[open + quote.len_utf8()..close].trim() {
        inner if inner.chars().count() > 1 => inner,
        _ => name,
    }
}

/// Drops words such as "the newspaper".
fn without_leads<'n>(mut name: &'n str, vocabulary: &NoticeWords) -> &'n str {
    for _ in 0..4 {
        let folded = fold(name);
        let Some((lead, always)) = vocabulary.lead(&folded) else {
            break;
        };
        // With a capital it is part of the name: "The Conversation", "Le Monde".
        if !always && name.starts_with(char::is_uppercase) {
            break;
        }
        let rest = if lead.ends_with(is_unspaced) {
            let mut rest = name.chars();
            lead.chars().for_each(|_| _ = rest.next());
            Some(rest.as_str()).filter(|rest| !rest.is_empty())
        } else {
            let words = lead.split(' ').count();
            name.splitn(words + 1, ' ').nth(words)
        };
        let Some(rest) = rest else {
            break;
        };
        name = rest.trim_start();
    }
    name
}

/// Cuts a name where a date begins.
fn without_date<'n>(name: &'n str, vocabulary: &NoticeWords) -> &'n str {
    let mut at = 0;
    let mut is_after_number = false;
    let date = name.split(' ').find_map(|token| {
        let from = at;
        at += token.len() + 1;
        let begins_with_digit = |token: &str| token.starts_with(|c: char| c.is_ascii_digit());
        let is_by_number = is_after_number || name.get(at..).is_some_and(begins_with_digit);
        is_after_number = begins_with_digit(token);
        // The names of some months are words as well.
        let is_beside_number = || is_by_number && is_month(bare(token));
        (is_date(token, vocabulary) || is_beside_number()).then_some(from)
    });
    let mut cut = date.unwrap_or(name.len());
    if let Some(year) = name.find('年') {
        let digits = name[..year].bytes().rev();
        if digits.take_while(u8::is_ascii_digit).count() == 4 {
            cut = cut.min(year - 4);
        }
    }
    if cut == name.len() && !name.ends_with(' ') {
        return name;
    }
    let mut name = &name[..cut];
    // What leads to the date: "on 5", "el 12 de".
    while let Some((before, last)) = name.trim_end().rsplit_once(' ') {
        let folded = fold(last);
        let day = folded.bytes().take_while(u8::is_ascii_digit).count();
        let leads_on = (1..=2).contains(&day)
            || vocabulary.begins_with_stop(&folded)
            || BEFORE_DATE.contains(&folded.as_str());
        if !leads_on {
            break;
        }
        name = before;
    }
    name.trim_end()
}

/// Whether a word is a year, a date in digits, or a month.
pub(super) fn is_date(token: &str, vocabulary: &NoticeWords) -> bool {
    let bare = bare(token);
    let digits = bare.bytes().filter(u8::is_ascii_digit).count();
    let is_year =
        bare.len() == 4 && digits == 4 && (bare.starts_with("19") || bare.starts_with("20"));
    let is_numeric = (3..bare.len()).contains(&digits)
        && bare
            .bytes()
            .all(|b| b.is_ascii_digit() || b"./-:".contains(&b));
    is_year || is_numeric || vocabulary.months.contains(&fold(bare))
}

fn bare(token: &str) -> &str {
    token.trim_matches(|c: char| !c.is_alphanumeric())
}

/// Whether a word is a number with at most two letters after it, such as "1er".
fn is_ordinal(word: &str) -> bool {
    let letters = word.trim_start_matches(|c: char| c.is_ascii_digit());
    let digits = word.len() - letters.len();
    (1..=2).contains(&digits) && letters.len() <= 2 && letters.chars().all(char::is_alphabetic)
}

/// Whether a name begins with a capital, a digit or a letter of a script without capitals, has a
/// capital in its first word, or is a domain.
fn looks_like_a_name(name: &str) -> bool {
    let Some(first) = name.chars().next() else {
        return false;
    };
    let first_word = name.split(' ').next().unwrap_or("");
    !first.is_lowercase() || first_word.contains(char::is_uppercase) || is_domain(name)
}

/// Whether a name is a domain, with a path or without.
pub(super) fn is_domain(name: &str) -> bool {
    let host = name.split('/').next().unwrap_or("");
    host.rsplit_once('.').is_some_and(|(before, top)| {
        (2..=12).contains(&top.len())
            && top.chars().all(char::is_alphabetic)
            && before.chars().count() >= 2
            && before
                .chars()
                .all(|c| c.is_alphanumeric() || matches!(c, '-' | '.'))
    })
}
