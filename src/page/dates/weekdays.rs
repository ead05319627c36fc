//! The names of weekdays in many languages, as CLDR has them.

use std::collections::{HashMap, HashSet};
use std::sync::LazyLock;

use icu_calendar::Date as CalendarDate;
use icu_calendar::cal::Gregorian;
use icu_datetime::fieldsets::enums::DateFieldSet;
use icu_datetime::pattern::{DateTimePattern, FixedCalendarDateTimeNames, WeekdayNameLength};
use icu_locale_core::Locale;
use jiff::civil::Date;
use writeable::TryWriteable as _;

use super::month_names::LANGUAGES;
use super::pieces::folded;

/// The weekdays that a name means in one language or another: a bit each, from Monday on.
#[derive(Debug, Default, Clone, Copy, PartialEq, Eq)]
pub(super) struct Weekdays(u8);

impl Weekdays {
    /// Returns the weekdays with a name; none if it is no name of one.
    pub fn named(folded_name: &str) -> Self {
        NAMES.get(folded_name).copied().unwrap_or_default()
    }

    /// Whether a day is on one of them.
    pub fn contain(self, day: Date) -> bool {
        self.0 & (1 << day.weekday().to_monday_zero_offset()) != 0
    }
}

/// Whether a name is that of a weekday, with the capitals of its language: "Monday", "lundi".
pub fn is_weekday(name: &str) -> bool {
    WRITTEN.contains(name)
}

/// Made when a weekday is first asked for, as are the next.
static WRITTEN: LazyLock<HashSet<String>> = LazyLock::new(|| {
    let languages = LANGUAGES.split_ascii_whitespace();
    let names = languages.flat_map(|language| names_in(language).into_iter().map(|(_, name)| name));
    names
        .filter(|name| !name.is_ascii() || name.len() > 2)
        .collect()
});

static NAMES: LazyLock<HashMap<String, Weekdays>> = LazyLock::new(|| {
    let mut names: HashMap<String, Weekdays> = HashMap::new();
    for language in LANGUAGES.split_ascii_whitespace() {
        for (day, name) in names_in(language) {
            let name = folded(&name);
            // `Do` and `so` are words of other languages.
            if !name.is_ascii() || name.len() > 2 {
                names.entry(name).or_default().0 |= 1 << day;
            }
        }
    }
    names
});

/// Returns the names in a language, in full and abbreviated, each with the number of its day from Monday
/// on.
fn names_in(language: &str) -> Vec<(u32, String)> {
    const LENGTHS: [(WeekdayNameLength, &str); 2] = [
        (WeekdayNameLength::Wide, "EEEE"),
        (WeekdayNameLength::Abbreviated, "EEE"),
    ];
    let locale: Locale = language.parse().unwrap_or(Locale::UNKNOWN);
    let mut found = Vec::new();
    for (length, pattern) in LENGTHS {
        let mut names =
            FixedCalendarDateTimeNames::<Gregorian, DateFieldSet>::new_without_number_formatting(
                (&locale).into(),
            );
        let is_loaded = names.include_weekday_names(length).is_ok();
        let Some(pattern) = pattern
            .parse::<DateTimePattern>()
            .ok()
            .filter(|_| is_loaded)
        else {
            continue;
        };
        // The first of January 2024 is a Monday.
        for day in 0..7 {
            let Ok(date) = CalendarDate::try_new_gregorian(2024, 1, 1 + day) else {
                continue;
            };
            let mut name = String::new();
            let formatted = names.with_pattern_unchecked(&pattern).format(&date);
            if matches!(formatted.try_write_to(&mut name), Ok(Ok(()))) {
                found.push((u32::from(day), name));
            }
        }
    }
    found
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn weekdays_are_named_in_many_languages() {
        let tuesday: Date = "2024-03-05".parse().unwrap();
        for name in [
            "Tuesday",
            "Tue",
            "Dienstag",
            "mardi",
            "martes",
            "martedì",
            "вторник",
            "Τρίτη",
            "wtorek",
            "Salı",
            "الثلاثاء",
            "मंगलवार",
            "火曜日",
            "화요일",
            "kedd",
            "tirsdag",
        ] {
            let days = Weekdays::named(&folded(name));
            assert!(days.contain(tuesday), "{name}");
            assert!(!days.contain(tuesday.tomorrow().unwrap()), "{name}");
        }
        assert_eq!(Weekdays::named("ferry"), Weekdays::default());
    }
}
