//! Parses a text that is a date.

use jiff::Timestamp;
use jiff::civil::{Date, Time};
use jiff::fmt::temporal::Pieces;
use jiff::tz::TimeZone;

use super::calendars::{calendar_of, date};
use super::clock::ClockTime;
use super::conventions::Conventions;
use super::reader::{DateInText, WrittenDay, dates_in};

/// From this number on, a number is in milliseconds since 1970; below, in seconds (up to the year 5138).
const FIRST_MILLISECONDS: f64 = 1e11;
/// The longest date, in bytes.
const MAX_LENGTH: usize = 100;

/// A date as it is written: a day, perhaps with a time, perhaps with an offset from UTC.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct WrittenDate {
    pub day: WrittenDay,
    pub clock: Option<ClockTime>,
}

impl WrittenDate {
    /// Parses a text that is a date. See [`super::parse_date`].
    pub fn parse(text: &str, conventions: &Conventions) -> Option<Self> {
        let text = text.trim();
        if text.is_empty() || text.len() > MAX_LENGTH {
            return None;
        }
        if let Some(number) = number(text) {
            return compact(text).or_else(|| epoch(number));
        }
        let found = || dates_in(text, conventions, 1).pop().map(Self::from);
        iso(text, conventions).or_else(found)
    }

    /// Returns a day of which no time is written.
    pub fn of_day(day: Date) -> Self {
        Self {
            day: WrittenDay::sure(day),
            clock: None,
        }
    }

    /// Returns the same time of another day, or of the one that is surely meant.
    pub fn on(&self, day: Date) -> Self {
        Self {
            day: WrittenDay::sure(day),
            clock: self.clock,
        }
    }

    /// Whether this is surely neither the day of another date nor the one before or after it.
    pub fn is_another_day(&self, other: &Self) -> bool {
        let days = (self.day.day - other.day.day).get_days();
        !self.day.is_open && self.day.swapped.is_none() && days.abs() > 1
    }

    /// Returns the time in milliseconds since 1970. A time without an offset is read as UTC.
    pub fn ms(&self) -> Option<i64> {
        let time = self.clock.map_or(Time::midnight(), |clock| clock.time);
        let utc = TimeZone::UTC
            .to_timestamp(self.day.day.to_datetime(time))
            .ok()?;
        let minutes = self.offset_minutes().unwrap_or(0);
        Some(utc.as_millisecond() - i64::from(minutes) * 60_000)
    }

    /// Returns the stated offset from UTC.
    pub fn offset_minutes(&self) -> Option<i32> {
        self.clock.and_then(|clock| clock.offset_minutes)
    }
}

impl From<DateInText> for WrittenDate {
    fn from(found: DateInText) -> Self {
        Self {
            day: found.day,
            clock: found.clock,
        }
    }
}

/// Parses ISO 8601, of any calendar.
fn iso(text: &str, conventions: &Conventions) -> Option<WrittenDate> {
    let pieces = Pieces::parse(text).ok()?;
    let written = pieces.date();
    let number = |value: i16| u64::try_from(value).ok();
    let year = number(written.year())?;
    let (month, day) = (
        number(written.month().into())?,
        number(written.day().into())?,
    );
    let calendar = calendar_of(year, conventions.is_persian());
    let offset = pieces.to_numeric_offset();
    let clock = pieces.time().map(|time| ClockTime {
        time,
        offset_minutes: offset.map(|offset| offset.seconds() / 60),
    });
    Some(WrittenDate {
        day: WrittenDay::sure(date(calendar, year, month, day)?),
        clock,
    })
}

/// Parses seconds or milliseconds since 1970, or a day and a time without signs: nine to fourteen digits,
/// perhaps with a fraction. Shorter numbers are years or calendar days.
fn number(text: &str) -> Option<f64> {
    let whole = text.split_once('.').map_or(text, |(whole, _)| whole);
    let digits = whole.bytes().all(|b| b.is_ascii_digit());
    let is_epoch = digits && (9..=14).contains(&whole.len());
    is_epoch.then(|| text.parse().ok())?
}

/// Parses `20240305141000`, or `202403051410`: as milliseconds, that is before the web.
fn compact(text: &str) -> Option<WrittenDate> {
    if !matches!(text.len(), 12 | 14) || !text.bytes().all(|b| b.is_ascii_digit()) {
        return None;
    }
    let number = |from: usize| text.get(from..from + 2)?.parse().ok();
    let year = text.get(..4)?.parse().ok()?;
    let second = number(12).unwrap_or(0);
    let time = Time::new(number(8)?, number(10)?, second, 0).ok()?;
    let day = Date::new(year, number(4)?, number(6)?).ok()?;
    Some(WrittenDate {
        day: WrittenDay::sure(day),
        clock: Some(ClockTime {
            time,
            offset_minutes: None,
        }),
    })
}

fn epoch(number: f64) -> Option<WrittenDate> {
    let is_seconds = number.abs() < FIRST_MILLISECONDS;
    let ms = if is_seconds { number * 1000.0 } else { number };
    // Checks the range.
    let timestamp = Timestamp::from_millisecond(ms as i64).ok()?;
    let utc = TimeZone::UTC.to_datetime(timestamp);
    Some(WrittenDate {
        day: WrittenDay::sure(Date::from(utc)),
        clock: Some(ClockTime {
            time: utc.time(),
            offset_minutes: Some(0),
        }),
    })
}
