//! Dates as crawlers write them.

use jiff::Timestamp;
use jiff::civil::DateTime;
use jiff::fmt::rfc2822;
use jiff::tz::TimeZone;
use serde_json::Value;

/// Numbers from here on are milliseconds since 1970, below they are seconds (up to the year 5138).
const FIRST_MILLISECONDS: f64 = 1e11;
/// Mail dates; a wrong weekday is no reason to throw a date away.
const MAIL: rfc2822::DateTimeParser = rfc2822::DateTimeParser::new().relaxed_weekday(true);
/// Older agency archives: `26-FEB-1987 15:03:27.51`.
const ARCHIVE: [&str; 2] = ["%d-%b-%Y %H:%M:%S%.f", "%d-%b-%Y"];

/// Reads a date: RFC 3339, `YYYY-MM-DD HH:MM:SS` and `YYYY-MM-DD` (taken as UTC), RFC 2822,
/// `26-FEB-1987 15:03:27.51`, or seconds or milliseconds since 1970. `None` where it is none of
/// these; `03/04/2017` is not read, for nobody can say which number is the month.
pub fn milliseconds(value: &Value) -> Option<i64> {
    match value {
        Value::Number(number) => epoch(number.as_f64()?),
        Value::String(text) => written(text.trim()),
        Value::Null | Value::Bool(_) | Value::Array(_) | Value::Object(_) => None,
    }
}

fn written(text: &str) -> Option<i64> {
    let digits = text.bytes().all(|b| b.is_ascii_digit());
    if digits && (9..=13).contains(&text.len()) {
        return epoch(text.parse().ok()?);
    }
    if let Ok(timestamp) = text.parse::<Timestamp>() {
        return Some(timestamp.as_millisecond());
    }
    if let Ok(timestamp) = MAIL.parse_timestamp(text) {
        return Some(timestamp.as_millisecond());
    }
    let archive = || {
        ARCHIVE
            .iter()
            .find_map(|form| DateTime::strptime(form, text).ok())
    };
    let utc = text.parse::<DateTime>().ok().or_else(archive)?;
    Some(TimeZone::UTC.to_timestamp(utc).ok()?.as_millisecond())
}

fn epoch(number: f64) -> Option<i64> {
    let ms = if number.abs() < FIRST_MILLISECONDS {
        number * 1000.0
    } else {
        number
    };
    // What is not a time that can be written is no time.
    Timestamp::from_millisecond(ms as i64)
        .ok()
        .map(Timestamp::as_millisecond)
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    #[test]
    fn dates_are_read() {
        let check = |value: Value, expected: &str| {
            let expected: Timestamp = expected.parse().unwrap();
            assert_eq!(
                milliseconds(&value),
                Some(expected.as_millisecond()),
                "{value}"
            );
        };
        check(json!("2024-11-26T13:27:18Z"), "2024-11-26T13:27:18Z");
        check(
            json!("2024-11-26T13:27:18.250+02:00"),
            "2024-11-26T11:27:18.25Z",
        );
        check(json!("2024-11-26 13:27:18+00:00"), "2024-11-26T13:27:18Z");
        check(json!("2015-07-21 02:51:37"), "2015-07-21T02:51:37Z");
        check(json!("2015-07-21T02:51:37"), "2015-07-21T02:51:37Z");
        check(json!(" 2011-11-03 "), "2011-11-03T00:00:00Z");
        check(
            json!("Thu, 22 Aug 2002 14:50:31 +0100"),
            "2002-08-22T13:50:31Z",
        );
        check(
            json!("Mon, 22 Aug 2002 14:50:31 GMT"),
            "2002-08-22T14:50:31Z",
        );
        check(json!("22 Aug 2002 14:50:31 -0700"), "2002-08-22T21:50:31Z");
        check(json!("26-FEB-1987 15:03:27.51"), "1987-02-26T15:03:27.51Z");
        check(json!(" 2-MAR-1987 15:03:27"), "1987-03-02T15:03:27Z");
        check(json!(1_700_000_000), "2023-11-14T22:13:20Z");
        check(json!(1_700_000_000_123_i64), "2023-11-14T22:13:20.123Z");
        check(json!(1_700_000_000.5), "2023-11-14T22:13:20.5Z");
        check(json!("1700000000"), "2023-11-14T22:13:20Z");
        check(json!("1700000000123"), "2023-11-14T22:13:20.123Z");
    }

    #[test]
    fn what_is_no_date_is_none() {
        for none in [
            json!("yesterday"),
            json!("03/04/2017"),
            json!("2015-13-01"),
            json!(""),
            json!(1e300),
            json!(true),
            json!(["2015-07-21"]),
        ] {
            assert_eq!(milliseconds(&none), None, "{none}");
        }
    }
}
