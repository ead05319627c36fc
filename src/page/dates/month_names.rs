//! The names of months in many languages, as CLDR has them.

use std::collections::BTreeMap;
use std::sync::LazyLock;

use icu_calendar::Date as CalendarDate;
use icu_calendar::cal::hijri::UmmAlQura;
use icu_calendar::cal::{Gregorian, Hijri, Persian};
use icu_datetime::fieldsets::enums::DateFieldSet;
use icu_datetime::pattern::{DateTimePattern, FixedCalendarDateTimeNames, MonthNameLength};
use icu_locale_core::Locale;
use writeable::TryWriteable as _;

use super::calendars::Calendar;
use super::pieces::{decimal, folded};

/// The languages whose names of our months, and of weekdays, are known.
pub(super) const LANGUAGES: &str = "\
    en af am ar ar-DZ ar-MA ar-SY as az be bg bn bs ca cs cy da de de-AT el es et eu fa fi fil fr ga gl \
    gu he hi hr hu hy id is it ja ka kk km kn ko ky lo lt lv mk ml mn mr ms my nb ne nl nn or pa pl ps \
    pt ro ru sd si sk sl so sq sr sr-Latn sv sw ta te th tk tr uk ur uz uz-Cyrl vi zh zu";
/// Those whose names of Persian and of Islamic months are.
const PERSIAN_LANGUAGES: &str = "fa fa-AF en ps ckb";
const HIJRI_LANGUAGES: &str = "ar en fa ur id ms tr";
/// Names of our months that CLDR does not have: those of speech, and of newspapers.
const MORE_NAMES: [(&str, u64, &str); 15] = [
    ("de", 3, "Mrz"),
    ("el", 1, "Γενάρη"),
    ("el", 2, "Φλεβάρη"),
    ("el", 3, "Μάρτη"),
    ("el", 4, "Απρίλη"),
    ("el", 5, "Μάη"),
    ("el", 6, "Ιούνη"),
    ("el", 7, "Ιούλη"),
    ("el", 8, "Αύγουστο"),
    ("el", 9, "Σεπτέμβρη"),
    ("el", 10, "Οκτώβρη"),
    ("el", 11, "Νοέμβρη"),
    ("el", 12, "Δεκέμβρη"),
    ("es", 9, "setiembre"),
    ("es", 9, "set"),
];
/// The shortest beginning of a name that is an abbreviation, in letters.
const MIN_ABBREVIATION: usize = 3;
/// Most words of a name: `جمادى الآخرة`, `มี.ค.`
pub(super) const MAX_NAME_WORDS: usize = 3;

/// A month that a word names in one language.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct NamedMonth {
    language: &'static str,
    pub calendar: Calendar,
    pub month: u64,
}

impl NamedMonth {
    /// Returns one of our months by its number.
    pub fn numbered(month: u64) -> Self {
        Self {
            language: "",
            calendar: Calendar::Gregorian,
            month,
        }
    }
}

/// The names of months, by their folded letters.
struct MonthNames {
    months: BTreeMap<String, Vec<NamedMonth>>,
    /// Words that stand before the number of a month in place of a name, as Vietnamese `tháng 3`.
    markers: Vec<String>,
}

/// Made when the first date in words is met: some five milliseconds.
static NAMES: LazyLock<MonthNames> = LazyLock::new(MonthNames::of_all_languages);

/// Returns the month with a name, in this language rather than in English, and in English rather than in
/// others. `None` if it is no name, or the other languages disagree.
pub(super) fn named_month(folded_name: &str, language: &str) -> Option<NamedMonth> {
    // Hebrew writes "in" as a part of the word.
    let all = NAMES.months.get(folded_name);
    let all = all.or_else(|| NAMES.months.get(folded_name.strip_prefix('ב')?))?;
    let in_language = |language: &str| all.iter().find(|month| month.language == language);
    let first = all.first()?;
    let is_same =
        |month: &NamedMonth| (month.calendar, month.month) == (first.calendar, first.month);
    let found = in_language(language).or_else(|| in_language("en"));
    found
        .or_else(|| all.iter().all(is_same).then_some(first))
        .copied()
}

/// Whether a word is the name of a month in one language or another, in full or abbreviated.
pub fn is_month(name: &str) -> bool {
    NAMES.months.contains_key(&folded(name))
}

/// Returns the month of which a word is the beginning of the name in this language.
pub(super) fn abbreviated_month(folded_word: &str, language: &str) -> Option<NamedMonth> {
    if language.is_empty() || folded_word.chars().count() < MIN_ABBREVIATION {
        return None;
    }
    let from = NAMES.months.range(folded_word.to_owned()..);
    let names = from.take_while(|(name, _)| name.starts_with(folded_word));
    let mut months = names
        .flat_map(|(_, months)| months)
        .filter(|month| month.language == language);
    let first = months.next()?;
    months.all(|month| month == first).then_some(*first)
}

/// Whether a word is followed by the number of a month.
pub(super) fn is_month_marker(folded_word: &str) -> bool {
    NAMES.markers.iter().any(|marker| marker == folded_word)
}

/// Returns the names of twelve months in one language, each in the forms that CLDR has: in full and
/// abbreviated, beside a day and alone.
macro_rules! names_in {
    ($calendar:ty, $language:expr, $first_days:expr) => {{
        const LENGTHS: [(MonthNameLength, &str); 4] = [
            (MonthNameLength::Wide, "MMMM"),
            (MonthNameLength::Abbreviated, "MMM"),
            (MonthNameLength::StandaloneWide, "LLLL"),
            (MonthNameLength::StandaloneAbbreviated, "LLL"),
        ];
        let mut found: Vec<(u64, String)> = Vec::new();
        for (length, pattern) in LENGTHS {
            let locale: Locale = $language.parse().unwrap_or(Locale::UNKNOWN);
            let mut names =
                FixedCalendarDateTimeNames::<$calendar, DateFieldSet>::new_without_number_formatting(
                    (&locale).into(),
                );
            let is_loaded = names.include_month_names(length).is_ok();
            let Some(pattern) = pattern.parse::<DateTimePattern>().ok().filter(|_| is_loaded) else {
                continue;
            };
            for (month, day) in (1..).zip($first_days) {
                let mut name = String::new();
                let formatted = names.with_pattern_unchecked(&pattern).format(day);
                if matches!(formatted.try_write_to(&mut name), Ok(Ok(()))) {
                    found.push((month, name));
                }
            }
        }
        found
    }};
}

impl MonthNames {
    fn of_all_languages() -> Self {
        let mut names = Self {
            months: BTreeMap::new(),
            markers: Vec::new(),
        };
        let months = || 1..=12;
        let days: Vec<_> = months()
            .filter_map(|month| CalendarDate::try_new_gregorian(2024, month, 1).ok())
            .collect();
        for language in LANGUAGES.split_ascii_whitespace() {
            let found = names_in!(Gregorian, language, &days);
            names.add(language, Calendar::Gregorian, found);
        }
        for (language, month, name) in MORE_NAMES {
            names.add(
                language,
                Calendar::Gregorian,
                vec![(month, name.to_owned())],
            );
        }
        let days: Vec<_> = months()
            .filter_map(|month| CalendarDate::try_new_persian(1402, month, 1).ok())
            .collect();
        for language in PERSIAN_LANGUAGES.split_ascii_whitespace() {
            let found = names_in!(Persian, language, &days);
            names.add(language, Calendar::Persian, found);
        }
        let rules = Hijri::new_umm_al_qura();
        let days: Vec<_> = months()
            .filter_map(|month| {
                CalendarDate::try_new_hijri_with_calendar(1445, month, 1, rules).ok()
            })
            .collect();
        for language in HIJRI_LANGUAGES.split_ascii_whitespace() {
            let found = names_in!(Hijri<UmmAlQura>, language, &days);
            names.add(language, Calendar::Hijri, found);
        }
        names
    }

    /// Adds the names of a language. Of a name that contains the number of its month, the word before
    /// the number is kept.
    fn add(&mut self, tag: &'static str, calendar: Calendar, found: Vec<(u64, String)>) {
        let language = tag.split('-').next().unwrap_or(tag);
        for (month, name) in found {
            let key = folded(&name);
            if name.contains(|c: char| decimal(c).is_some()) {
                let is_word = key.chars().count() > 1;
                if is_word && !name.starts_with(|c: char| decimal(c).is_some()) {
                    self.markers.push(key);
                }
            } else if key.chars().count() > 1 {
                let named = NamedMonth {
                    language,
                    calendar,
                    month,
                };
                let all = self.months.entry(key).or_default();
                if !all.contains(&named) {
                    all.push(named);
                }
            }
        }
        self.markers.sort();
        self.markers.dedup();
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn months_are_named_in_many_languages() {
        let check = |name: &str, language: &str, expected: Option<u64>| {
            let found = named_month(&folded(name), language);
            assert_eq!(
                found.map(|month| month.month),
                expected,
                "{name} ({language})"
            );
        };
        for (name, month) in [
            ("March", 3),
            ("Sept", 9),
            ("März", 3),
            ("février", 2),
            ("févr.", 2),
            ("марта", 3),
            ("березня", 3),
            ("maaliskuuta", 3),
            ("kovo", 3),
            ("μαρτίου", 3),
            ("Μαρ", 3),
            ("marca", 3),
            ("آذار", 3),
            ("مارس", 3),
            ("ديسمبر", 12),
            ("มีนาคม", 3),
            ("มี.ค.", 3),
            ("मार्च", 3),
            ("মার্চ", 3),
            ("martie", 3),
            ("března", 3),
            ("ožujka", 3),
            ("Ağustos", 8),
            ("Maret", 3),
            ("Machi", 3),
            ("marts", 3),
            ("március", 3),
            ("març", 3),
            ("março", 3),
            ("mars", 3),
        ] {
            check(name, "", Some(month));
        }
        // One name of two months: the language tells.
        check("listopada", "pl", Some(11));
        check("listopada", "hr", Some(10));
        check("listopada", "", None);
        check("Meer", "de", None);
        check("ferry", "en", None);
        let abbreviated = |name: &str, language: &str| {
            let month = abbreviated_month(&folded(name), language);
            month.map(|month| month.month)
        };
        assert_eq!(abbreviated("фев", "ru"), Some(2));
        assert_eq!(abbreviated("fév", "fr"), Some(2));
        assert_eq!(abbreviated("jui", "fr"), None);
        assert_eq!(abbreviated("fév", "de"), None);
        assert_eq!(abbreviated("fe", "fr"), None);
        let esfand = named_month(&folded("اسفند"), "fa").unwrap();
        assert_eq!((esfand.calendar, esfand.month), (Calendar::Persian, 12));
        let ramadan = named_month(&folded("رمضان"), "ar").unwrap();
        assert_eq!((ramadan.calendar, ramadan.month), (Calendar::Hijri, 9));
        check("Δεκέμβρη", "el", Some(12));
        check("Mrz", "de", Some(3));
        assert!(is_month_marker("thang") && !is_month_marker("march"));
    }
}
