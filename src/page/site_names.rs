//! The names of the website of a page, and titles without them.

use std::ops::RangeInclusive;

use super::blocks::is_unspaced;
use super::metadata::MAX_NAME;
use super::title::letters_of;
use super::tree::fold;

/// What separates the title of an article from the name of the website or of a section.
pub(super) const DIVIDERS: [&str; 15] = [
    " | ", " - ", " – ", " — ", " :: ", " » ", " · ", " • ", " / ", " › ", " ‹ ", " « ", " ~ ",
    " ・ ", "｜",
];
/// Most names of websites and sections at the end of a title.
const MAX_PARTS: usize = 3;
/// The most words of a name that is not known, and of the name of a section; and the fewest of a title
/// before such a name.
const NAME_WORDS: usize = 4;
const SECTION_WORDS: usize = 2;
const TITLE_WORDS: usize = 3;
const TITLE_WORDS_BEFORE_SECTION: usize = 4;
/// The fewest digits of a date.
pub(super) const MIN_DATE: usize = 6;
/// The most words of a name that is stated. Some pages state their title as the name of the website.
const STATED_NAME_WORDS: usize = 8;
/// The fewest letters of a part of a host that is taken for the name of the website.
const MIN_HOST_NAME: usize = 4;

/// The last characters of the names of papers, stations, agencies and sites, in Chinese characters.
const SITE_ENDINGS: [char; 8] = ['网', '網', '报', '報', '社', '台', '臺', '刊'];
/// How many characters such a name has.
const SITE_NAME_LENGTHS: RangeInclusive<usize> = 3..=8;

/// The names of the website of a page, as far as they are known.
#[derive(Debug, Default)]
pub(super) struct SiteNames {
    /// The letters of each name.
    letters: Vec<String>,
    /// The host without "www."; may be empty.
    host: String,
}

impl SiteNames {
    /// Collects the names that a page states, which may be empty, and those that its host has.
    pub fn new(stated: impl IntoIterator<Item = String>, host: &str) -> Self {
        let host = host.strip_prefix("www.").unwrap_or(host);
        // The domain names the website as well, without what is before it: "news.example.org".
        let mut names: Vec<&str> = vec![host];
        let domains = host.match_indices('.').map(|(dot, _)| &host[dot + 1..]);
        names.extend(domains.filter(|domain| domain.contains('.')));
        let labels = host.rsplit('.').skip(1);
        let longest = labels.max_by_key(|label| label.len());
        names.extend(longest.filter(|label| label.len() >= MIN_HOST_NAME));
        let stated = stated
            .into_iter()
            .filter(|name| words(name) <= STATED_NAME_WORDS);
        let stated = stated.map(|name| letters_of(&name));
        let names = stated.chain(names.into_iter().map(letters_of));
        Self {
            letters: names.filter(|letters| !letters.is_empty()).collect(),
            host: host.to_owned(),
        }
    }

    /// Whether a text is the name of the website.
    pub fn contains(&self, text: &str) -> bool {
        let own = letters_of(text);
        self.letters.contains(&own)
    }

    /// Returns a stated title without the names of the website and of sections. `is_window` tells that it
    /// is the title of the window: in that a few last words are a name, whether it is known or not.
    pub fn strip(&self, title: &str, is_window: bool) -> String {
        let title = fold(title);
        let mut rest = self.without_beginning(&title);
        let mut may_be_unknown = is_window;
        for _ in 0..MAX_PARTS {
            let shorter = self.before_end(rest);
            let shorter = shorter.or_else(|| before_unknown(rest).filter(|_| may_be_unknown));
            let Some(shorter) = shorter else { break };
            may_be_unknown = false;
            rest = shorter;
        }
        while is_window && let Some(shorter) = before_unspaced(rest) {
            rest = shorter;
        }
        rest.to_owned()
    }

    /// Returns a heading without the names of the website and of sections at its end.
    pub fn strip_end<'t>(&self, heading: &'t str) -> &'t str {
        let mut rest = heading;
        for _ in 0..MAX_PARTS {
            match self.before_end(rest) {
                Some(shorter) => rest = shorter,
                None => break,
            }
        }
        rest
    }

    /// Returns a title without the name of the website at its beginning, before a divider, or, if it is
    /// the host ("news.example: Rain"), before anything.
    fn without_beginning<'t>(&self, title: &'t str) -> &'t str {
        let (host, rest) = title.split_at_checked(self.host.len()).unwrap_or_default();
        let is_host = !host.is_empty() && host.eq_ignore_ascii_case(&self.host);
        let after_host =
            Some(rest).filter(|rest| is_host && !rest.starts_with(char::is_alphanumeric));
        let after_name = || {
            let cuts = DIVIDERS
                .iter()
                .filter_map(|divider| title.split_once(divider));
            let (before, after) = cuts.min_by_key(|(before, _)| before.len())?;
            self.contains(before).then_some(after)
        };
        let rest = after_host.or_else(after_name).unwrap_or(title);
        let rest = rest.trim_start_matches(is_divider);
        match rest.chars().any(char::is_alphanumeric) {
            true => rest,
            false => title,
        }
    }

    /// Returns what stands before a known name, a section or a date at the end of a title.
    fn before_end<'t>(&self, title: &'t str) -> Option<&'t str> {
        let known = self.before_known(title);
        known
            .or_else(|| before_section(title))
            .or_else(|| before_date(title))
    }

    /// Returns what stands before a known name at the end of a title.
    fn before_known<'t>(&self, title: &'t str) -> Option<&'t str> {
        let is_cut = |c: char| is_divider(c) || "(（[【".contains(c);
        let marks = title
            .match_indices(is_cut)
            .filter(|&(at, mark)| at + MAX_NAME >= title.len() && !mark.trim().is_empty());
        let spaced = DIVIDERS
            .iter()
            .filter_map(|divider| Some((title.rfind(divider)?, *divider)));
        marks.chain(spaced).find_map(|(at, mark)| {
            let before = trim_end(&title[..at]);
            let is_name = self.contains(&title[at + mark.len()..]);
            (is_name && before.chars().any(char::is_alphanumeric)).then_some(before)
        })
    }
}

/// Returns what stands before a date in figures.
fn before_date(title: &str) -> Option<&str> {
    let at = title.trim_end_matches(|c: char| c.is_numeric() || is_divider(c) || ",.".contains(c));
    let date = title[at.len()..].chars().filter(|c| c.is_numeric());
    let is_divided = title[at.len()..].trim_start().starts_with(is_divider);
    (date.count() >= MIN_DATE && is_divided && !at.is_empty()).then_some(at)
}

/// Whether a character may stand between a title and a name, or beside such a mark.
pub(super) fn is_divider(c: char) -> bool {
    c.is_whitespace() || "|-–—:：·•/~｜・@_".contains(c)
}

/// Trims a divider at the end of a title.
fn trim_end(title: &str) -> &str {
    let title = title.trim_end_matches(is_divider);
    [" »", " «"]
        .iter()
        .find_map(|mark| title.strip_suffix(mark))
        .unwrap_or(title)
}

/// Returns what stands before a section in a word or two: "Rain in the hills tonight | Weather".
fn before_section(title: &str) -> Option<&str> {
    let (before, after) = title.rsplit_once(" | ")?;
    let is_section = words(after) <= SECTION_WORDS && words(before) >= TITLE_WORDS_BEFORE_SECTION;
    is_section.then(|| before.trim_end())
}

/// Returns what stands before a last part that may be the name of a website.
fn before_unknown(title: &str) -> Option<&str> {
    let cuts = DIVIDERS
        .iter()
        .filter_map(|divider| Some((title.rfind(divider)?, divider.len())));
    let (at, width) = cuts.max()?;
    let (before, after) = (trim_end(&title[..at]), &title[at + width..]);
    (words(before) >= TITLE_WORDS && words(after) <= NAME_WORDS).then_some(before)
}

/// Returns what stands before such a part in a script without spaces, where no space is beside the
/// divider either.
fn before_unspaced(title: &str) -> Option<&str> {
    let (before, after) = title.rsplit_once(['_', '-'])?;
    let before = before.trim_end_matches(is_divider);
    let is_name = after.chars().any(is_unspaced) && words(after) <= NAME_WORDS;
    (is_name && before.contains(is_unspaced) && words(before) >= TITLE_WORDS).then_some(before)
}

/// Returns the name of a paper or site in Chinese characters at the end of the title of a window: `示例网` of
/// `渡轮周二被困港口_社会_示例网`.
pub(super) fn named_at_end(window_title: &str) -> Option<&str> {
    let (before, name) = window_title
        .trim()
        .rsplit_once(['_', '-', '|', '－', '—', '｜', '＿'])?;
    let name = name.trim();
    let is_name = SITE_NAME_LENGTHS.contains(&name.chars().count())
        && name.chars().all(is_unspaced)
        && name.ends_with(SITE_ENDINGS);
    (is_name && before.contains(is_unspaced)).then_some(name)
}

/// Counts the words of a text. Two characters of a script without spaces count as one.
pub(super) fn words(text: &str) -> usize {
    let mut unspaced = 0;
    let is_gap = |c: char| {
        unspaced += usize::from(is_unspaced(c));
        c.is_whitespace() || is_unspaced(c)
    };
    let spaced = text.split(is_gap).filter(|word| !word.is_empty()).count();
    spaced + unspaced / 2
}

#[cfg(test)]
mod tests {
    use super::*;

    fn names() -> SiteNames {
        let stated = ["The Example".to_owned(), "例新聞".to_owned(), String::new()];
        SiteNames::new(stated, "www.news.daily-herald.example")
    }

    #[test]
    fn names_are_stated_or_of_the_host() {
        for name in [
            "the example!",
            "例新聞",
            "Daily Herald",
            "Daily-Herald.example",
            "news.daily-herald.example",
        ] {
            assert!(names().contains(name), "{name}");
        }
        for other in ["Example", "www", "", "Herald"] {
            assert!(!names().contains(other), "{other}");
        }
        let title = "The rain in the hills goes on, and so does the snow".to_owned();
        assert!(!SiteNames::new([title.clone()], "").contains(&title));
        // No short part of a host is a name.
        assert!(!SiteNames::new([], "co.rain.example").contains("co"));
        assert!(!SiteNames::default().contains(""));
    }

    #[test]
    fn titles_are_stripped_of_names() {
        let check = |title: &str, of_window: &str, other: &str| {
            assert_eq!(names().strip(title, true), of_window, "{title}");
            assert_eq!(names().strip(title, false), other, "{title}");
        };
        let known = |title: &str| check(title, "Rain", "Rain");
        known("Rain - The Example");
        known("Rain  — Daily  Herald");
        known("Rain – The Example - The Example");
        known("The Example | Rain");
        known("news.daily-herald.example Rain");
        known("daily-herald.example - Rain");
        known("Rain：例新聞");
        known("Rain (The Example)");
        known("Rain » The Example");
        // An unknown name ends titles of windows only, and only long ones.
        check(
            "More rain today - Other",
            "More rain today",
            "More rain today - Other",
        );
        check("Rain - Other", "Rain - Other", "Rain - Other");
        let both = |title: &str, expected: &str| check(title, expected, expected);
        both(
            "More rain for the hills | Weather",
            "More rain for the hills",
        );
        both("«Rain», they say - The Example", "«Rain», they say");
        both("Why we say «rain» | The Example", "Why we say «rain»");
        both("(Video) Rain - The Example", "(Video) Rain");
        both("More rain / 05.01.12", "More rain");
        both("The harvest of 2024-2025", "The harvest of 2024-2025");
        both("News.daily-Herald.example::: Rain", "Rain");
        both("A day at The Example", "A day at The Example");
        both("The Example", "The Example");
        both(
            "Rain and snow - what to know on the roads",
            "Rain and snow - what to know on the roads",
        );
        check(
            "渡轮周二被困港口_社会_示例网",
            "渡轮周二被困港口",
            "渡轮周二被困港口_社会_示例网",
        );
        assert_eq!(names().strip_end("Rain: The Example"), "Rain");
        assert_eq!(names().strip_end("The Example: Rain"), "The Example: Rain");
    }

    #[test]
    fn a_window_may_end_with_the_name_of_a_paper() {
        let named = |title| named_at_end(title);
        assert_eq!(named("渡轮周二被困港口_社会_示例网"), Some("示例网"));
        assert_eq!(named("渡輪被困港口 - 示例日報"), Some("示例日報"));
        for none in [
            "渡轮周二被困港口_社会",
            "渡轮周二被困港口示例网",
            "Rain - 示例网",
            "",
        ] {
            assert_eq!(named(none), None, "{none}");
        }
    }

    #[test]
    fn words_of_any_script_are_counted() {
        assert_eq!(words("Rain in  the hills"), 4);
        assert_eq!(words("渡轮被困 in 港口"), 4);
        assert_eq!(words(" "), 0);
    }
}
