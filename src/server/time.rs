//! Converts between milliseconds since 1970 and the proto's timestamps.

use prost_types::{Duration, Timestamp};

/// The first and the last second that a timestamp may have: those of the years 1 to 9999.
const SECONDS: std::ops::RangeInclusive<i64> = -62_135_596_800..=253_402_300_799;

/// Converts milliseconds since 1970 to a timestamp.
pub fn timestamp(ms: i64) -> Timestamp {
    Timestamp {
        seconds: ms.div_euclid(1000),
        // The remainder is 0 to 999, so its nanoseconds fit.
        nanos: ms.rem_euclid(1000) as i32 * 1_000_000,
    }
}

/// Converts a number of milliseconds to a duration.
pub fn duration(ms: u64) -> Duration {
    Duration {
        // A thousandth of the largest number fits.
        seconds: (ms / 1000) as i64,
        nanos: (ms % 1000) as i32 * 1_000_000,
    }
}

/// Converts a timestamp to milliseconds since 1970.
///
/// # Errors
/// Says what is invalid about the timestamp.
pub fn milliseconds(time: &Timestamp) -> Result<i64, String> {
    let Timestamp { seconds, nanos } = *time;
    if !SECONDS.contains(&seconds) {
        return Err(format!("{seconds} s is not in the years 1 to 9999"));
    }
    if !(0..1_000_000_000).contains(&nanos) {
        return Err(format!("{nanos} ns is not in 0 to 999999999"));
    }
    Ok(seconds * 1000 + i64::from(nanos) / 1_000_000)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn milliseconds_become_timestamps() {
        let check = |ms: i64, seconds: i64, nanos: i32| {
            assert_eq!(timestamp(ms), Timestamp { seconds, nanos }, "{ms}");
        };
        check(0, 0, 0);
        check(1500, 1, 500_000_000);
        check(1999, 1, 999_000_000);
        check(-1, -1, 999_000_000);
        check(-1000, -1, 0);
    }

    #[test]
    fn timestamps_become_milliseconds() {
        let check = |seconds: i64, nanos: i32, expected: Option<i64>| {
            let time = Timestamp { seconds, nanos };
            assert_eq!(milliseconds(&time).ok(), expected, "{seconds} s {nanos} ns");
        };
        check(0, 0, Some(0));
        check(1, 999_999_999, Some(1999));
        check(-1, 1_000_000, Some(-999));
        check(253_402_300_799, 999_999_999, Some(253_402_300_799_999));
        check(253_402_300_800, 0, None);
        check(-62_135_596_801, 0, None);
        check(0, -1, None);
        check(0, 1_000_000_000, None);
        check(i64::MIN, i32::MIN, None);
    }
}
