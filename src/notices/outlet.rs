//! From what was captured to the name of an outlet.

use unicode_normalization::UnicodeNormalization;

use super::agency::{Agencies, is_unspaced};
use super::fold::{fold, is_ignorable};
use super::lookalike;
use super::words::Words;

const QUOTES: &str = "\"“”„‟«»‹›「」『』《》〈〉＂";
const EDGES: &str = "-–—_*~.,:;'‘’`|/\\ \t\r\n•·=+※→▶►";
/// Longer names are sentences.
const MOST_CHARACTERS: usize = 64;
const MOST_WORDS: usize = 8;

/// An outlet's name as it is reported.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Outlet {
    pub name: String,
    pub agency: bool,
}

/// Cleans a captured name. `loose`: a name in small letters will do.
pub(super) fn clean(raw: &str, loose: bool, agencies: &Agencies, words: &Words) -> Option<Outlet> {
    let seen: String = raw.nfkc().filter(|c| !is_ignorable(*c)).collect();
    let spaced = seen.split_whitespace().collect::<Vec<_>>().join(" ");
    let plain = lookalike::plain(&spaced);
    let whole = trimmed(&plain);
    let named = |agency| Outlet {
        name: agencies.name(agency).to_owned(),
        agency: true,
    };
    if let Some(agency) = agencies.leading(whole) {
        return Some(named(agency));
    }
    let name = without_date(unquoted(&plain), words);
    let name = without_leads(trimmed(name), words);
    let name = trimmed(name);
    if let Some(agency) = agencies.leading(name) {
        return Some(named(agency));
    }
    let name = before_agency(name, agencies);
    let letters = name.chars().filter(|c| c.is_alphabetic()).count();
    let characters = name.chars().count();
    let fits = letters >= 1 && (2..=MOST_CHARACTERS).contains(&characters);
    let count = name.split(' ').count();
    let capital =
        looks_like_a_name(name) || (loose && count <= 2) || agencies.leading_any(name).is_some();
    let nobody = (loose && name.starts_with('@')) || words.is_nobody(&fold(name));
    (fits && count <= MOST_WORDS && capital && !nobody).then(|| Outlet {
        name: name.to_owned(),
        agency: false,
    })
}

fn trimmed(name: &str) -> &str {
    let name = name.trim_matches(|c| EDGES.contains(c) || QUOTES.contains(c));
    match name.strip_prefix(['(', '[']) {
        Some(inner) if !inner.contains([')', ']']) => inner.trim(),
        _ => name,
    }
}

/// A name without the agency that is named beside it: "The Quay and AP", "Le Quai/AFP".
fn before_agency<'n>(name: &'n str, agencies: &Agencies) -> &'n str {
    const BETWEEN: [&str; 15] = [
        " and ", " und ", " et ", " y ", " e ", " en ", " och ", " og ", " ja ", " i ", " a ",
        " и ", " та ", " ve ", "/",
    ];
    for between in BETWEEN {
        if let Some((first, second)) = name.split_once(between) {
            let second = second.trim_start();
            let second = second.strip_prefix("the ").unwrap_or(second);
            if !first.is_empty() && agencies.leading(second).is_some() {
                return first.trim_end();
            }
        }
    }
    name
}

/// What stands in quotes, if something does.
fn unquoted(name: &str) -> &str {
    let mut quotes = name.char_indices().filter(|(_, c)| QUOTES.contains(*c));
    let (Some((open, quote)), Some((close, _))) = (quotes.next(), quotes.next()) else {
        return name;
    };
    match name.get(open + quote.len_utf8()..close).map(str::trim) {
        Some(inner) if inner.chars().count() > 1 => inner,
        _ => name,
    }
}

/// Drops words such as "the newspaper".
fn without_leads<'n>(mut name: &'n str, words: &Words) -> &'n str {
    for _ in 0..4 {
        let folded = fold(name);
        let Some((lead, always)) = words.lead(&folded) else {
            break;
        };
        // With a capital it is part of the name: "The Conversation", "Le Monde".
        if !always && name.chars().next().is_some_and(char::is_uppercase) {
            break;
        }
        if lead.chars().next_back().is_some_and(is_unspaced) {
            let characters = lead.chars().count();
            let cut = name.char_indices().nth(characters).map_or(0, |(at, _)| at);
            name = name[cut..].trim_start();
            if cut == 0 {
                break;
            }
            continue;
        }
        let count = lead.split(' ').count();
        let rest = name.splitn(count + 1, ' ').nth(count);
        name = rest.map_or(name, str::trim_start);
        if rest.is_none() {
            break;
        }
    }
    name
}

/// Cuts a name where a date begins.
fn without_date<'n>(name: &'n str, words: &Words) -> &'n str {
    let mut cut = name.len();
    let mut at = 0;
    for token in name.split(' ') {
        if is_date(token, words) {
            cut = at;
            break;
        }
        at += token.len() + 1;
    }
    if let Some(year) = name.find('年') {
        let digits = name[..year]
            .bytes()
            .rev()
            .take_while(u8::is_ascii_digit)
            .count();
        if digits == 4 {
            cut = cut.min(year - digits);
        }
    }
    let mut name = &name[..cut];
    if cut == name.len() && !name.ends_with(' ') {
        return name.trim_end();
    }
    // What led to the date: "on 5", "el 12 de".
    while let Some((before, last)) = name.trim_end().rsplit_once(' ') {
        let folded = fold(last);
        let day = folded.bytes().take_while(u8::is_ascii_digit).count();
        let leads = (1..=2).contains(&day)
            || words.leads_on(&folded)
            || matches!(
                folded.as_str(),
                "de" | "of"
                    | "den"
                    | "the"
                    | "del"
                    | "dem"
                    | "du"
                    | "des"
                    | "vom"
                    | "della"
                    | "dello"
                    | "dnia"
                    | "ze"
                    | "den."
                    | "от"
                    | "від"
                    | "et"
                    | "op"
                    | "van"
            );
        if !leads {
            break;
        }
        name = before;
    }
    name.trim_end()
}

pub(super) fn is_date(token: &str, words: &Words) -> bool {
    let bare = token.trim_matches(|c: char| !c.is_alphanumeric());
    let digits = bare.bytes().filter(u8::is_ascii_digit).count();
    let year = bare.len() == 4 && digits == 4 && (bare.starts_with("19") || bare.starts_with("20"));
    let numeric = digits >= 3
        && bare
            .bytes()
            .all(|b| b.is_ascii_digit() || b"./-:".contains(&b))
        && digits < bare.len();
    year || numeric || words.is_month(&fold(bare))
}

/// A capital, a digit, a script without capitals, or a domain.
fn looks_like_a_name(name: &str) -> bool {
    let Some(first) = name.chars().next() else {
        return false;
    };
    let inner_capital = name
        .split(' ')
        .next()
        .is_some_and(|word| word.chars().any(char::is_uppercase));
    !first.is_lowercase() || inner_capital || domain(name).is_some()
}

/// The domain that a name is, if it is one.
pub(super) fn domain(name: &str) -> Option<&str> {
    let host = name.split('/').next()?;
    let (before, top) = host.rsplit_once('.')?;
    let label = |c: char| c.is_alphanumeric() || matches!(c, '-' | '.');
    let sound = (2..=12).contains(&top.len())
        && top.chars().all(char::is_alphabetic)
        && before.chars().count() >= 2
        && before.chars().all(label);
    sound.then_some(name)
}
