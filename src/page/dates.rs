//! Parses dates as crawlers and pages write them.

use jiff::Timestamp;
use jiff::civil::DateTime;
use jiff::fmt::rfc2822;
use jiff::fmt::strtime;
use jiff::tz::TimeZone;

/// From this number on, a number is in milliseconds since 1970; below, in seconds (up to the year 5138).
const FIRST_MILLISECONDS: f64 = 1e11;
/// Mail dates. A wrong weekday is accepted.
const MAIL: rfc2822::DateTimeParser = rfc2822::DateTimeParser::new().relaxed_weekday(true);
/// Formats with an offset, divided by bars.
const ZONED: &str = "\
    %Y-%m-%dT%H:%M:%S%.f%z|%Y-%m-%d %H:%M:%S%.f %z|%Y-%m-%dT%H:%M%z|%Y-%m-%d %H:%M %z|\
    %Y/%m/%d %H:%M:%S %z";
/// Formats without an offset, likewise, read as UTC: of agency archives (`26-FEB-1987 15:03:27.51`), of pages, and
/// of C's `ctime`.
const CIVIL: &str = "\
    %d-%b-%Y %H:%M:%S%.f|%d-%b-%Y|%Y-%m-%dT%H:%M|%Y-%m-%d %H:%M|%Y/%m/%d %H:%M:%S|\
    %Y/%m/%d %H:%M|%Y/%m/%d|%Y.%m.%d %H:%M:%S|%Y.%m.%d %H:%M|%Y.%m.%d|%Y%m%dT%H%M%S|\
    %Y年%m月%d日 %H:%M:%S|%Y年%m月%d日 %H:%M|%Y年%m月%d日%H:%M|%Y年%m月%d日|%B %d, %Y|%b %d, %Y|%d %B %Y|\
    %d %b %Y|%d.%m.%Y %H:%M|%d.%m.%Y|%a %b %d %H:%M:%S %Y";
/// The longest date, in bytes.
const MAX_LENGTH: usize = 64;

/// Parses a date into milliseconds since 1970.
///
/// Understands RFC 3339 (also with a blank, without seconds, with an offset like `+0100`), RFC 2822,
/// `2015/07/21`, `2015年7月21日`, `21.07.2015`, `July 21, 2015`, `26-FEB-1987 15:03:27.51`, and seconds
/// or milliseconds since 1970. A date without an offset is read as UTC. Returns `None` for anything
/// else, also for `03/04/2017`, where the month is ambiguous.
pub fn parse_date(text: &str) -> Option<i64> {
    let text = text.trim();
    if text.is_empty() || text.len() > MAX_LENGTH {
        return None;
    }
    if let Some(number) = number(text) {
        return epoch(number);
    }
    if let Ok(timestamp) = text.parse::<Timestamp>() {
        return Some(timestamp.as_millisecond());
    }
    if let Ok(timestamp) = MAIL.parse_timestamp(text) {
        return Some(timestamp.as_millisecond());
    }
    let zoned = |form| strtime::parse(form, text).ok()?.to_timestamp().ok();
    if let Some(timestamp) = ZONED.split('|').find_map(zoned) {
        return Some(timestamp.as_millisecond());
    }
    let bare = text.strip_suffix('Z').or_else(|| text.strip_suffix(" UTC"));
    let bare = bare.or_else(|| text.strip_suffix(" GMT")).unwrap_or(text);
    let written = || CIVIL.split('|').find_map(|form| civil(form, bare));
    let utc = bare.parse::<DateTime>().ok().or_else(written)?;
    Some(TimeZone::UTC.to_timestamp(utc).ok()?.as_millisecond())
}

/// The earliest date of a page: 1990, when the web began. Programs without a date write `0001-01-01` or
/// the beginning of 1970.
const FIRST_PAGE_MS: i64 = 631_152_000_000;

/// Parses a date that a page states about itself. Also `None` if no page can have that date.
pub(super) fn page_date(text: &str) -> Option<i64> {
    parse_date(text).filter(|ms| *ms >= FIRST_PAGE_MS)
}

fn civil(form: &str, text: &str) -> Option<DateTime> {
    let parsed = strtime::parse(form, text).ok()?;
    let time = parsed.to_time().unwrap_or_default();
    Some(parsed.to_date().ok()?.to_datetime(time))
}

/// Parses seconds or milliseconds since 1970: nine to thirteen digits, perhaps with a fraction. Shorter
/// numbers are years or calendar days.
fn number(text: &str) -> Option<f64> {
    let whole = text.split_once('.').map_or(text, |(whole, _)| whole);
    let digits = whole.bytes().all(|b| b.is_ascii_digit());
    let is_epoch = digits && (9..=13).contains(&whole.len());
    is_epoch.then(|| text.parse().ok())?
}

fn epoch(number: f64) -> Option<i64> {
    let is_seconds = number.abs() < FIRST_MILLISECONDS;
    let ms = if is_seconds { number * 1000.0 } else { number };
    // Checks the range.
    let timestamp = Timestamp::from_millisecond(ms as i64).ok()?;
    Some(timestamp.as_millisecond())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn dates_are_read() {
        let check = |text: &str, expected: &str| {
            let expected: Timestamp = expected.parse().unwrap();
            assert_eq!(parse_date(text), Some(expected.as_millisecond()), "{text}");
        };
        check("2024-11-26T13:27:18Z", "2024-11-26T13:27:18Z");
        check("2024-11-26T13:27:18.250+02:00", "2024-11-26T11:27:18.25Z");
        check("2024-11-26 13:27:18+00:00", "2024-11-26T13:27:18Z");
        check("2024-11-26T13:27:18+0200", "2024-11-26T11:27:18Z");
        check("2024-11-26T13:27+02:00", "2024-11-26T11:27:00Z");
        check("2024-11-26T13:27Z", "2024-11-26T13:27:00Z");
        check("2024-11-26T13:27", "2024-11-26T13:27:00Z");
        check("2024-11-26 13:27:18 -0500", "2024-11-26T18:27:18Z");
        check("2015-07-21 02:51:37", "2015-07-21T02:51:37Z");
        check("2015-07-21T02:51:37", "2015-07-21T02:51:37Z");
        check("2015-07-21 02:51:37 UTC", "2015-07-21T02:51:37Z");
        check(" 2011-11-03 ", "2011-11-03T00:00:00Z");
        check("2011/11/03", "2011-11-03T00:00:00Z");
        check("2011年11月3日 08:05", "2011-11-03T08:05:00Z");
        check("03.11.2011 08:05", "2011-11-03T08:05:00Z");
        check("November 3, 2011", "2011-11-03T00:00:00Z");
        check("3 Nov 2011", "2011-11-03T00:00:00Z");
        check("Thu, 22 Aug 2002 14:50:31 +0100", "2002-08-22T13:50:31Z");
        check("Mon, 22 Aug 2002 14:50:31 GMT", "2002-08-22T14:50:31Z");
        check("22 Aug 2002 14:50:31 -0700", "2002-08-22T21:50:31Z");
        check("26-FEB-1987 15:03:27.51", "1987-02-26T15:03:27.51Z");
        check(" 2-MAR-1987 15:03:27", "1987-03-02T15:03:27Z");
        check("1700000000", "2023-11-14T22:13:20Z");
        check("1700000000.5", "2023-11-14T22:13:20.5Z");
        check("1700000000123", "2023-11-14T22:13:20.123Z");
    }

    #[test]
    fn no_page_is_older_than_the_web() {
        for none in [
            "0001-01-01T00:00:00Z",
            "0001-01-01T00:00:00",
            "1970-01-01",
            "1970-01-01T01:00:00+01:00",
            "0000000000",
            "1989-12-31T23:59:59Z",
        ] {
            assert!(parse_date(none).is_some(), "{none}");
            assert_eq!(page_date(none), None, "{none}");
        }
        for date in ["1990-01-01", "2024-02-06T08:00:00+01:00"] {
            assert_eq!(page_date(date), parse_date(date), "{date}");
        }
    }

    #[test]
    fn other_text_is_not_a_date() {
        for none in [
            "yesterday",
            "03/04/2017",
            "2015-13-01",
            "",
            "1e300",
            "2015",
            &"1".repeat(400),
        ] {
            assert_eq!(parse_date(none), None, "{none}");
        }
    }
}
