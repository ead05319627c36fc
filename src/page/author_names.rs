//! Cleans the words of a byline: names, and nothing of what stands before, between or after them.

use super::metadata::{MAX_NAME, is_url};

/// More words are no name.
const MAX_WORDS: usize = 16;
/// What is written before a name, with or without a colon.
const BY: &str = "\
    by/written by/posted by/published by/words by/story by/text by/article by/authored by/\
    reported by/reporting by/contributed by/interview by/review by/author/authors/\
    von/text von/verfasst von/geschrieben von/autor/autorin/autorka/autores/autora/\
    par/écrit par/rédigé par/publié par/auteur/por/escrito por/publicado por/\
    scritto da/pubblicato da/a cura di/autore/door/geschreven door/geplaatst door/\
    skrevet af/skrevet av/av/af/text/tekst/przez/napisał/opracował/autor tekstu/napsal/\
    szerző/írta/kirjoittanut/yazan/yazar/oleh/penulis/tác giả/bởi/\
    автор/авторы/автор статьи/текст/του/της/συντάκτης/γράφει ο/γράφει η/\
    بقلم/كتب/كتبت/الكاتب/نویسنده/מאת/作者/文/撰文/記者/记者/기자/ผู้เขียน/โดย";
/// What stands after a name, from here on.
const AFTER: [&str; 20] = [
    " | ",
    " • ",
    " · ",
    " ⋅ ",
    " – ",
    " — ",
    " - ",
    " / ",
    " updated ",
    " published ",
    " posted ",
    " reviewed ",
    " edited by ",
    " fact checked",
    " last updated",
    " on ",
    " in ",
    " follow ",
    " view ",
    " http",
];
/// Words that begin no name.
const NO_NAME: [&str; 24] = [
    "about",
    "add",
    "all",
    "article",
    "by",
    "click",
    "contact",
    "edited",
    "follow",
    "home",
    "last",
    "learn",
    "more",
    "posted",
    "published",
    "read",
    "reviewed",
    "see",
    "share",
    "sign",
    "subscribe",
    "updated",
    "view",
    "written",
];
/// Returns the names in a statement, without "by" and addresses.
pub(super) fn names_of_statement(stated: &str) -> String {
    let stated = strip_by(stated);
    let words = stated.split(' ').filter(|word| !is_url(word));
    let names = words.collect::<Vec<_>>().join(" ");
    let end = names.find(" | ").unwrap_or(names.len());
    match names[..end].trim() {
        names if names.chars().any(char::is_alphabetic) => names.to_owned(),
        _ => String::new(),
    }
}

/// Strips "by" and its like.
pub(super) fn strip_by(text: &str) -> &str {
    let mut text = text.trim();
    while let Some(rest) = after_by(text) {
        text = rest;
    }
    text
}

/// Whether a text says that a name follows, and nothing else.
pub(super) fn is_by(text: &str) -> bool {
    !text.is_empty() && strip_by(text).is_empty()
}

/// Whether a text begins with the words before an author: "By Ann Poe".
pub(super) fn begins_with_by(text: &str) -> bool {
    after_by(text.trim_start()).is_some()
}

fn after_by(text: &str) -> Option<&str> {
    let first = text
        .chars()
        .next()
        .and_then(|first| first.to_lowercase().next())?;
    let wordings = BY.split('/').filter(|by| by.starts_with(first));
    let rests = wordings.filter_map(|by| {
        let length: usize = text
            .chars()
            .take(by.chars().count())
            .map(char::len_utf8)
            .sum();
        let (beginning, rest) = text.split_at(length);
        let is_by = beginning.to_lowercase() == by;
        let separated = rest.trim_start_matches([':', '：', '/', '／', ' ', '\u{a0}']);
        // "Von" and "Text" may begin a name or a sentence: a name follows.
        let is_before_name = separated.chars().next().is_none_or(|c| !c.is_lowercase());
        (is_by && separated.len() < rest.len() && is_before_name || is_by && rest.is_empty())
            .then_some(separated)
    });
    // The longest wording counts.
    rests.min_by_key(|rest| rest.len())
}

/// Returns the names that a text consists of, without what stands after them; `None` if it is something
/// else.
pub(super) fn names(text: &str) -> Option<String> {
    let text = strip_by(text);
    let lower = text.to_lowercase();
    // Lower case may have another length; then nothing is cut.
    let cut = |after: &&str| {
        (lower.len() == text.len())
            .then(|| lower.find(*after))
            .flatten()
    };
    let number = text
        .match_indices(", ")
        .find(|(at, _)| text[at + 2..].starts_with(|c: char| c.is_ascii_digit()));
    let cuts = AFTER.iter().filter_map(cut).chain(number.map(|(at, _)| at));
    let mut text = text.get(..cuts.min().unwrap_or(text.len()))?.trim();
    if text.ends_with(')')
        && let Some(at) = text.rfind(" (")
    {
        text = &text[..at];
    }
    name(text)
}

/// Returns a text without punctuation at its ends, if it can be a name or several.
pub(super) fn name(text: &str) -> Option<String> {
    let text = strip_by(text);
    let text = text.trim_matches(|c: char| {
        c.is_whitespace()
            || matches!(
                c,
                ',' | ';' | ':' | '|' | '*' | '-' | '–' | '—' | '·' | '•' | '/'
            )
    });
    let text = match text.strip_suffix('.') {
        // "Jr." and initials keep their stop.
        Some(before) if before.rsplit(' ').next().is_some_and(|last| last.len() > 3) => before,
        _ => text,
    };
    let first = text
        .split_whitespace()
        .next()
        .unwrap_or_default()
        .to_lowercase();
    let is_name = !text.is_empty()
        && text.len() <= MAX_NAME / 2
        && text.split_whitespace().count() <= MAX_WORDS
        && text.chars().any(char::is_alphabetic)
        && !text.chars().any(|c| c.is_ascii_digit())
        && !text.contains([':', '!', '?', '=', '{', '<', '>', '"'])
        && !is_sentence(text)
        && !NO_NAME.contains(&first.as_str())
        && !is_url(text);
    is_name.then(|| text.to_owned())
}

/// Whether a text says something. Stops after initials and titles end no sentence ("Dr. A. J. Neal").
fn is_sentence(text: &str) -> bool {
    let says = [" is ", " was ", " are ", " has ", "。"];
    let ends = |(at, _): (usize, &str)| {
        let last = text[..at].rsplit(' ').next().unwrap_or_default();
        last.chars().count() > 3
    };
    says.iter().any(|one| text.contains(one)) || text.match_indices(". ").any(ends)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_are_freed_of_what_surrounds_them() {
        let check = |text: &str, expected: Option<&str>| {
            assert_eq!(names(text).as_deref(), expected, "{text}");
        };
        check("By Ann Poe", Some("Ann Poe"));
        check("Written by: Ann Poe | Updated today", Some("Ann Poe"));
        check("Text von Änne Poe, 5. März 2024", Some("Änne Poe"));
        check("Ann Poe (The Example)", Some("Ann Poe"));
        check("Ann Poe and Bo Li - 3 min read", Some("Ann Poe and Bo Li"));
        check("— Ann Poe Jr.", Some("Ann Poe Jr."));
        for other in [
            "Share",
            "More from this section",
            "Ann Poe is a reporter",
            "Rain fell overnight. The hay was in.",
            "5 March 2024",
            "https://social.example/ann",
            "@annpoe",
            "",
        ] {
            check(other, None);
        }
    }

    #[test]
    fn statements_are_freed_of_addresses() {
        let check = |stated: &str, expected: &str| {
            assert_eq!(names_of_statement(stated), expected, "{stated}");
        };
        check("By Ann Poe https://social.example/ann", "Ann Poe");
        check("Ann Poe | The Example", "Ann Poe");
        check("105092", "");
    }

    #[test]
    fn words_before_names_are_told_from_names() {
        assert!(is_by("Written by") && is_by("Автор:"));
        assert!(!is_by("Reading time") && !is_by("By Ann Poe") && !is_by(""));
        assert_eq!(strip_by("Von Änne Poe"), "Änne Poe");
        assert_eq!(strip_by("Vonnegut"), "Vonnegut");
        assert_eq!(strip_by("By the river"), "By the river");
    }
}
