//! Converts dates of other calendars.

use icu_calendar::cal::Hijri;
use icu_calendar::{Date as CalendarDate, Iso};
use jiff::civil::Date;

/// A calendar whose months have names of their own.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub(super) enum Calendar {
    /// The Gregorian one, also with years of the Buddhist era.
    Gregorian,
    /// The solar one of Iran and Afghanistan.
    Persian,
    /// The Islamic one, as Saudi Arabia counts it (Umm al-Qura).
    Hijri,
}

/// Years of the Buddhist era, of the lifetime of the web and some more. No page has such a date of ours.
const BUDDHIST_YEARS: std::ops::Range<u64> = 2500..2600;
/// From the year 1 of ours to the year 1 of the Buddhist era.
const BUDDHIST: u64 = 543;
/// Years of the Persian and of the Islamic calendar, likewise.
const EASTERN_YEARS: std::ops::Range<u64> = 1350..1500;
/// Eras of East Asia, and the year of ours before their first: Reiwa, Heisei, the Republic of China.
const ERAS: [([&str; 2], u64); 4] = [
    (["令", "和"], 2018),
    (["平", "成"], 1988),
    (["民", "國"], 1911),
    (["民", "国"], 1911),
];

/// Returns the calendar of a date in numbers, by its year, and by whether the page is Persian.
pub(super) fn calendar_of(year: u64, is_persian: bool) -> Calendar {
    match (EASTERN_YEARS.contains(&year), is_persian) {
        (true, true) => Calendar::Persian,
        (true, false) => Calendar::Hijri,
        (false, _) => Calendar::Gregorian,
    }
}

/// Returns the date in our calendar; `None` if the calendar has no such day.
pub(super) fn date(calendar: Calendar, year: u64, month: u64, day: u64) -> Option<Date> {
    let (month, day) = (u8::try_from(month).ok()?, u8::try_from(day).ok()?);
    let year = match calendar {
        Calendar::Gregorian if BUDDHIST_YEARS.contains(&year) => year - BUDDHIST,
        Calendar::Gregorian => year,
        Calendar::Persian | Calendar::Hijri if EASTERN_YEARS.contains(&year) => year,
        Calendar::Persian | Calendar::Hijri => return None,
    };
    let year = i32::try_from(year).ok()?;
    let iso = match calendar {
        Calendar::Gregorian => CalendarDate::try_new_iso(year, month, day).ok()?,
        Calendar::Persian => CalendarDate::try_new_persian(year, month, day)
            .ok()?
            .to_calendar(Iso),
        Calendar::Hijri => {
            let hijri = Hijri::new_umm_al_qura();
            CalendarDate::try_new_hijri_with_calendar(year, month, day, hijri)
                .ok()?
                .to_calendar(Iso)
        }
    };
    let year = i16::try_from(iso.year().extended_year()).ok()?;
    let (month, day) = (iso.month().ordinal, iso.day_of_month().0);
    Date::new(year, i8::try_from(month).ok()?, i8::try_from(day).ok()?).ok()
}

/// Returns the year before the first of an era, by the two characters of its name.
pub(super) fn era(name: [&str; 2]) -> Option<u64> {
    let era = ERAS.iter().find(|(own, _)| *own == name);
    era.map(|(_, before)| *before)
}
