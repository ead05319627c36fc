//! Finds the time of day beside a date, and its offset from UTC.

use jiff::civil::Time;

use super::pieces::{DatePiece, PieceKind};

/// Most pieces between a date and its time: `, at`, ` | `.
const MAX_BETWEEN: usize = 4;
/// Longest word between the two, in letters; also of `Uhr` and of zones.
const MAX_BETWEEN_LETTERS: usize = 6;
/// Most pieces of a time: `10:00:00.000 p.m. GMT+01:00`.
const MAX_CLOCK: usize = 14;
/// Zones that have names in mails (RFC 2822), and their offsets in hours.
const ZONES: [(&str, i32); 10] = [
    ("utc", 0),
    ("gmt", 0),
    ("est", -5),
    ("edt", -4),
    ("cst", -6),
    ("cdt", -5),
    ("mst", -7),
    ("mdt", -6),
    ("pst", -8),
    ("pdt", -7),
];
const MAX_OFFSET_MINUTES: i32 = 15 * 60;

/// A time of day as written.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct ClockTime {
    pub time: Time,
    /// The stated offset from UTC in minutes.
    pub offset_minutes: Option<i32>,
}

/// Finds the time that follows a date which ends before the piece `from`; returns it with the piece
/// after it.
pub(super) fn clock_after(pieces: &[DatePiece], from: usize) -> Option<(ClockTime, usize)> {
    let mut at = from;
    let mut words = 0;
    while at < pieces.len() && at - from <= MAX_BETWEEN {
        match &pieces[at].kind {
            PieceKind::Digits { .. } => return clock(pieces, at),
            PieceKind::Letters(word) => {
                words += 1;
                if words > 2 || word.chars().count() > MAX_BETWEEN_LETTERS {
                    return None;
                }
            }
            PieceKind::Sign(_) => {}
        }
        at += 1;
    }
    None
}

/// Finds the time that stands before a date which begins with the piece `until`.
pub(super) fn clock_before(pieces: &[DatePiece], until: usize) -> Option<ClockTime> {
    let first = until.saturating_sub(MAX_CLOCK);
    for from in first..until {
        let is_start = from == 0
            || pieces[from - 1]
                .sign()
                .is_none_or(|sign| !matches!(sign, ':' | '.'));
        if pieces[from].number().is_none() || !is_start {
            continue;
        }
        let Some((found, after)) = clock(&pieces[..until], from) else {
            continue;
        };
        let is_short = |piece: &DatePiece| match &piece.kind {
            PieceKind::Digits { .. } => false,
            PieceKind::Letters(word) => word.chars().count() <= MAX_BETWEEN_LETTERS,
            PieceKind::Sign(_) => true,
        };
        if until - after <= MAX_BETWEEN && pieces[after..until].iter().all(is_short) {
            return Some(found);
        }
    }
    None
}

/// Reads a time of day that begins with the piece `at`: `14:10`, `14h10`, `9.05 Uhr`, `7:05 pm`,
/// `10:00:00.250+01:00`.
fn clock(pieces: &[DatePiece], at: usize) -> Option<(ClockTime, usize)> {
    let number = |at: usize| pieces.get(at).and_then(DatePiece::number);
    let sign = |at: usize| pieces.get(at).and_then(DatePiece::sign);
    let word = |at: usize| pieces.get(at).and_then(DatePiece::word);
    let (hour, count) = number(at)?;
    if hour > 24 || count > 2 {
        return None;
    }
    let (minute, mut next) = match (sign(at + 1), word(at + 1), number(at + 2)) {
        (Some(':' | '.'), _, Some((minute, 2))) => (minute, at + 3),
        (_, Some("h" | "時" | "点" | "시"), Some((minute, 1 | 2))) => (minute, at + 3),
        (_, Some("h"), _) => (0, at + 2),
        _ => return None,
    };
    let mut second = 0;
    let mut nanosecond = 0;
    if matches!(word(next), Some("分" | "분")) {
        next += 1;
    } else if let (Some(':'), Some((value, 2))) = (sign(next), number(next + 1)) {
        second = value;
        next += 2;
        if let (Some('.' | ',' | ':'), Some((value, count @ 1..=9))) =
            (sign(next), number(next + 1))
            && pieces[next].glued
            && pieces[next + 1].glued
        {
            nanosecond = value * 10u64.pow(9 - count as u32);
            next += 2;
        }
    }
    let (hour, next) = match half_day(pieces, next) {
        Some((half, next)) => (half.hour(hour), next),
        None => (
            half_day_before(pieces, at).map_or(hour, |half| half.hour(hour)),
            next,
        ),
    };
    // Midnight at the end of a day is its last second, so that the day stays right.
    let (hour, minute, second) = match hour {
        24 => (23, 59, 59),
        hour => (hour, minute, second.min(59)),
    };
    let time = Time::new(
        i8::try_from(hour).ok()?,
        i8::try_from(minute).ok()?,
        i8::try_from(second).ok()?,
        i32::try_from(nanosecond).ok()?,
    );
    let (offset_minutes, next) = offset(pieces, next);
    Some((
        ClockTime {
            time: time.ok()?,
            offset_minutes,
        },
        next,
    ))
}

/// A half of the day.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum HalfDay {
    BeforeNoon,
    AfterNoon,
}

impl HalfDay {
    /// Returns the hour of 24.
    fn hour(self, hour: u64) -> u64 {
        match (self, hour) {
            (HalfDay::BeforeNoon, 12) => 0,
            (HalfDay::AfterNoon, 1..=11) => hour + 12,
            _ => hour,
        }
    }
}

/// Reads the half of the day after a time, and returns it with the piece after it.
fn half_day(pieces: &[DatePiece], at: usize) -> Option<(HalfDay, usize)> {
    use HalfDay::{AfterNoon, BeforeNoon};
    let word = |at: usize| pieces.get(at).and_then(DatePiece::word);
    let is_dot = |at: usize| pieces.get(at).and_then(DatePiece::sign) == Some('.');
    let half = match word(at)? {
        "am" => BeforeNoon,
        "pm" => AfterNoon,
        // `p.m.`, and the same in Greek.
        letter @ ("a" | "p" | "π" | "μ")
            if is_dot(at + 1) && matches!(word(at + 2), Some("m" | "μ")) =>
        {
            let half = if matches!(letter, "a" | "π") {
                BeforeNoon
            } else {
                AfterNoon
            };
            return Some((half, at + 3 + usize::from(is_dot(at + 3))));
        }
        // Arabic and Persian.
        "ص" | "صباحا" => BeforeNoon,
        "م" | "مساء" => AfterNoon,
        _ => return None,
    };
    Some((half, at + 1))
}

/// Returns the half of the day that stands before the hour, in East Asia.
fn half_day_before(pieces: &[DatePiece], at: usize) -> Option<HalfDay> {
    let word = |back: usize| at.checked_sub(back).and_then(|at| pieces[at].word());
    match (word(2), word(1)?) {
        (Some("上"), "午") | (Some("午"), "前") | (_, "오전" | "am") => {
            Some(HalfDay::BeforeNoon)
        }
        (Some("下"), "午") | (Some("午"), "後" | "后") | (_, "오후" | "pm") => {
            Some(HalfDay::AfterNoon)
        }
        _ => None,
    }
}

/// Reads an offset from UTC in minutes: `Z`, `GMT`, `+01:00`, `UTC-0300`.
fn offset(pieces: &[DatePiece], at: usize) -> (Option<i32>, usize) {
    // `(GMT+7)`
    let is_open = pieces.get(at).and_then(DatePiece::sign) == Some('(');
    let at_word = at + usize::from(is_open);
    let Some(word) = pieces.get(at_word).and_then(DatePiece::word) else {
        return match numeric_offset(pieces, at) {
            Some((minutes, next)) => (Some(minutes), next),
            None => (None, at),
        };
    };
    if word == "z" {
        return (Some(0), at_word + 1);
    }
    let Some((_, hours)) = ZONES.iter().find(|(name, _)| *name == word) else {
        return (None, at);
    };
    match numeric_offset(pieces, at_word + 1) {
        Some((minutes, next)) if *hours == 0 => (Some(minutes), next),
        _ => (Some(hours * 60), at_word + 1),
    }
}

fn numeric_offset(pieces: &[DatePiece], at: usize) -> Option<(i32, usize)> {
    let sign = match pieces.get(at)?.sign()? {
        '+' => 1,
        '-' | '−' => -1,
        _ => return None,
    };
    let (value, count) = pieces.get(at + 1)?.number()?;
    if !pieces[at + 1].glued {
        return None;
    }
    let is_colon = pieces.get(at + 2).and_then(DatePiece::sign) == Some(':');
    let minutes = pieces.get(at + 3).and_then(DatePiece::number);
    let (hours, minutes, next) = match (count, is_colon, minutes) {
        (1 | 2, true, Some((minutes, 2))) => (value, minutes, at + 4),
        (4, ..) => (value / 100, value % 100, at + 2),
        (1 | 2, ..) if pieces[at].glued => (value, 0, at + 2),
        _ => return None,
    };
    let total = i32::try_from(hours * 60 + minutes).ok()?;
    (total <= MAX_OFFSET_MINUTES && minutes < 60).then_some((sign * total, next))
}
