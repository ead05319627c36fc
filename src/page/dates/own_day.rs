//! Tells which day a time was on the page's own clock.

use jiff::civil::Date;

use super::PublicationDate;
use super::choose::DateClaim;
use super::written::WrittenDate;

/// The widest time zones, in minutes: UTC-12 to UTC+14.
const ZONES: std::ops::RangeInclusive<i64> = -720..=840;

/// Returns the date with the day that it has on the page's own clock. Of a time in UTC, that day may be
/// another: it is told by another statement of the same time, or by the day in the URL or beside the title.
pub(super) fn publication(
    claim: DateClaim,
    claims: &[DateClaim],
    days: [Option<Date>; 2],
) -> Option<PublicationDate> {
    let ms = claim.date.ms()?;
    let offset = claim.date.offset_minutes();
    let mut day = claim.date.day.day;
    if offset == Some(0) {
        let mut others = claims.iter().map(|other| other.date);
        let local = others.find(|other| is_same_time_elsewhere(other, ms));
        let mut days = days.into_iter().flatten();
        let of_page = days.find(|day| is_day_somewhere(*day, ms));
        day = local.map(|local| local.day.day).or(of_page).unwrap_or(day);
    }
    Some(PublicationDate {
        ms,
        day,
        is_local: offset.is_none(),
        source: claim.source,
    })
}

/// Whether a date is the same time, written by another clock than that of UTC.
fn is_same_time_elsewhere(other: &WrittenDate, ms: i64) -> bool {
    let Some(other_ms) = other.ms().filter(|_| other.clock.is_some()) else {
        return false;
    };
    match other.offset_minutes() {
        Some(offset) => offset != 0 && (other_ms - ms).abs() < 60_000,
        // One of the two may be written without seconds.
        None => {
            let ahead = other_ms.div_euclid(60_000) - ms.div_euclid(60_000);
            ahead != 0 && ahead % 15 == 0 && ZONES.contains(&ahead)
        }
    }
}

/// Whether it is this day in some time zone.
pub(super) fn is_day_somewhere(day: Date, ms: i64) -> bool {
    let Some(begin) = WrittenDate::of_day(day).ms() else {
        return false;
    };
    let minutes_into = (ms - begin).div_euclid(60_000);
    (-ZONES.end()..24 * 60 - ZONES.start()).contains(&minutes_into)
}
