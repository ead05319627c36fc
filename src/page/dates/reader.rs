//! Finds dates in a text, in words or numbers of many languages.

use jiff::civil::Date;

use super::calendars::{Calendar, calendar_of, date, era};
use super::clock::{ClockTime, clock_after, clock_before};
use super::conventions::{Conventions, DayMonth};
use super::month_names::{
    MAX_NAME_WORDS, NamedMonth, abbreviated_month, is_month_marker, named_month,
};
use super::pieces::{DatePiece, PieceKind, pieces};
use super::weekdays::Weekdays;

/// Most pieces of a text that are looked at.
const MAX_PIECES: usize = 120;
/// Most signs, and longest word in letters, between day, month and year: `5. de março de 2024`.
const MAX_SIGNS: usize = 2;
const MAX_JOINT_LETTERS: usize = 4;
/// Longest ending that is written without a space after a number: `5th`, `1er`, `2-го`.
const MAX_SUFFIX_LETTERS: usize = 3;
/// Most pieces from a date to the weekday beside it, and from the name of a month to a number.
const MAX_TO_WEEKDAY: usize = 3;
const MAX_TO_NUMBER: usize = 8;
/// Years with four digits, of any calendar.
const YEARS: std::ops::Range<u64> = 1300..2700;
/// The Buddhist era's century, where years are shortened to two digits.
const BUDDHIST_CENTURY: u64 = 2500;

/// A day as written, and what else it may mean.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct WrittenDay {
    pub day: Date,
    /// The day that it would be if day and month were meant the other way round.
    pub swapped: Option<Date>,
    /// Nothing tells which of the two is meant.
    pub is_open: bool,
}

/// A date in a text.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct DateInText {
    /// Where it is, in bytes.
    pub start: usize,
    pub end: usize,
    pub day: WrittenDay,
    pub clock: Option<ClockTime>,
}

impl WrittenDay {
    pub fn sure(day: Date) -> Self {
        Self {
            day,
            swapped: None,
            is_open: false,
        }
    }

    /// Returns the days that it may be.
    pub fn days(self) -> impl Iterator<Item = Date> {
        [Some(self.day), self.swapped].into_iter().flatten()
    }
}

/// Finds the first dates in a text, at most `most` of them.
pub(super) fn dates_in(text: &str, conventions: &Conventions, most: usize) -> Vec<DateInText> {
    let pieces = pieces(text, MAX_PIECES);
    let reader = DateReader {
        pieces: &pieces,
        conventions,
    };
    let mut found = Vec::new();
    let (mut at, mut last) = (0, 0);
    while at < pieces.len() && found.len() < most {
        let Some((day, clock, next)) = reader.date_at(at) else {
            at += 1;
            continue;
        };
        let (clock, next) = match (clock, clock_after(&pieces, next)) {
            (Some(clock), _) => (Some(clock), next),
            (None, Some((clock, next))) => (Some(clock), next),
            (None, None) => (clock_before(&pieces[last..], at - last), next),
        };
        found.push(DateInText {
            start: pieces[at].start,
            end: pieces[next - 1].end,
            day,
            clock,
        });
        (at, last) = (next, next);
    }
    found
}

struct DateReader<'a> {
    pieces: &'a [DatePiece],
    conventions: &'a Conventions,
}

/// A day, and the piece after it.
type DayAndNext = (WrittenDay, usize);

impl DateReader<'_> {
    /// Reads the date that begins with a piece; returns it with the time within it and the piece after
    /// it.
    fn date_at(&self, at: usize) -> Option<(WrittenDay, Option<ClockTime>, usize)> {
        let without_clock = |(day, next)| (day, None, next);
        match self.pieces[at].kind {
            PieceKind::Digits { .. } => {
                let found = self.numbers(at).or_else(|| self.eastern(at));
                let found = found.or_else(|| self.day_and_name(at));
                found.or_else(|| self.year_and_name(at)).map(without_clock)
            }
            PieceKind::Letters(_) if !self.is_near_number(at) => None,
            PieceKind::Letters(_) => {
                let found = self.eastern_era(at).map(without_clock);
                found.or_else(|| self.name_and_day(at))
            }
            PieceKind::Sign(_) => None,
        }
    }

    /// Whether a number follows soon.
    fn is_near_number(&self, at: usize) -> bool {
        (at + 1..=at + MAX_TO_NUMBER).any(|at| self.number(at).is_some())
    }

    fn number(&self, at: usize) -> Option<(u64, usize)> {
        self.pieces.get(at)?.number()
    }

    fn word(&self, at: usize) -> Option<&str> {
        self.pieces.get(at)?.word()
    }

    fn sign(&self, at: usize) -> Option<char> {
        self.pieces.get(at)?.sign()
    }

    /// Reads `2024-03-05`, `05.03.2024`, `3/5/2024`, `05.03.24`, and `5.3.24` where the order is known.
    fn numbers(&self, at: usize) -> Option<DayAndNext> {
        let [(a, a_count), (b, b_count), (c, c_count)] =
            [self.number(at)?, self.number(at + 2)?, self.number(at + 4)?];
        let separator = self.separator(at + 1)?;
        let is_even = self.separator(at + 3) == Some(separator) && b_count <= 2;
        if !is_even || self.is_part_of_more(at, separator) {
            return None;
        }
        let found = match (a_count, c_count) {
            (4, 1 | 2) if YEARS.contains(&a) => self.day(a, b, c).map(WrittenDay::sure),
            (1 | 2, 4) if YEARS.contains(&c) => self.day_and_month(at, [a, b, c], separator),
            (2, 2) if b_count == 2 && self.conventions.is_year_first() => {
                self.day(2000 + a, b, c).map(WrittenDay::sure)
            }
            (1 | 2, 2)
                if separator != '-'
                    && self.is_glued(at)
                    && (a_count + b_count == 4 || self.is_ordered()) =>
            {
                self.day_and_month(at, [a, b, full_year(c)], separator)
            }
            _ => None,
        };
        Some((found?, at + 5))
    }

    /// Returns what divides the numbers of a date, in its plain form.
    fn separator(&self, at: usize) -> Option<char> {
        match self.sign(at)? {
            '-' | '‐'..='–' | '−' => Some('-'),
            '/' | '／' => Some('/'),
            '.' | '．' => Some('.'),
            _ => None,
        }
    }

    /// Whether five pieces are part of a longer row of numbers: an address, a version, a phone number.
    fn is_part_of_more(&self, at: usize, separator: char) -> bool {
        let is_joined = |sign: usize, number: usize, last: usize| {
            self.separator(sign) == Some(separator)
                && self.number(number).is_some()
                && self.pieces[sign].glued
                && self.pieces[last].glued
        };
        (at >= 2 && is_joined(at - 1, at - 2, at))
            || is_joined(at + 5, at + 6, (at + 6).min(self.pieces.len() - 1))
    }

    fn day(&self, year: u64, month: u64, day: u64) -> Option<Date> {
        let calendar = calendar_of(year, self.conventions.is_persian());
        date(calendar, year, month, day)
    }

    /// Whether no white space is within a date of five pieces.
    fn is_glued(&self, at: usize) -> bool {
        self.pieces[at + 1..at + 5].iter().all(|piece| piece.glued)
    }

    /// Whether the order of day and month is known.
    fn is_ordered(&self) -> bool {
        self.conventions.order().is_some()
    }

    /// Returns the day that two numbers and a year name. The weekday beside it tells their order, or else
    /// the conventions do. Points are used where the day comes first.
    fn day_and_month(
        &self,
        at: usize,
        [a, b, year]: [u64; 3],
        separator: char,
    ) -> Option<WrittenDay> {
        let day_first = self.day(year, b, a);
        let month_first = self.day(year, a, b);
        let (Some(day_first), Some(month_first)) = (day_first, month_first) else {
            return day_first.or(month_first).map(WrittenDay::sure);
        };
        let weekdays = self.weekdays_beside(at);
        match (weekdays.contain(day_first), weekdays.contain(month_first)) {
            (true, false) => return Some(WrittenDay::sure(day_first)),
            (false, true) => return Some(WrittenDay::sure(month_first)),
            _ if day_first == month_first || separator == '.' => {
                return Some(WrittenDay::sure(day_first));
            }
            _ => {}
        }
        let order = self.conventions.order();
        let (day, swapped) = match order {
            Some(DayMonth::DayFirst) | None => (day_first, month_first),
            Some(DayMonth::MonthFirst) => (month_first, day_first),
        };
        Some(WrittenDay {
            day,
            swapped: Some(swapped),
            is_open: order.is_none(),
        })
    }

    /// Returns the weekdays that are named right before a date of five pieces, or right after it.
    fn weekdays_beside(&self, at: usize) -> Weekdays {
        let before = (at.saturating_sub(MAX_TO_WEEKDAY)..at).rev();
        let after = at + 5..at + 5 + MAX_TO_WEEKDAY;
        let mut words = before.chain(after).filter_map(|at| self.word(at));
        let found = words.find_map(|word| {
            let named = Weekdays::named(word);
            (named != Weekdays::default()).then_some(named)
        });
        found.unwrap_or_default()
    }

    /// Reads `2024年3月5日` and `2024년 3월 5일`.
    fn eastern(&self, at: usize) -> Option<DayAndNext> {
        let year = match self.number(at)? {
            (year, 4) => year,
            (year, 2) => 2000 + year,
            _ => return None,
        };
        self.month_and_day_after(year, at + 1)
    }

    /// Reads what follows the number of a year.
    fn month_and_day_after(&self, year: u64, at: usize) -> Option<DayAndNext> {
        let is =
            |at: usize, words: &[&str]| self.word(at).is_some_and(|word| words.contains(&word));
        if !is(at, &["年", "년"]) || !is(at + 2, &["月", "월"]) {
            return None;
        }
        let (month, day) = (self.number(at + 1)?.0, self.number(at + 3)?.0);
        let found = date(Calendar::Gregorian, year, month, day)?;
        let next = at + 4 + usize::from(is(at + 4, &["日", "号", "號", "일"]));
        Some((WrittenDay::sure(found), next))
    }

    /// Reads `令和6年3月5日`, `民國113年3月5日`, `令和元年5月1日`.
    fn eastern_era(&self, at: usize) -> Option<DayAndNext> {
        let before = era([self.word(at)?, self.word(at + 1)?])?;
        let year = match (self.number(at + 2), self.word(at + 2)) {
            (Some((year, _)), _) => year,
            (_, Some("元")) => 1,
            _ => return None,
        };
        self.month_and_day_after(before.saturating_add(year), at + 3)
    }

    /// Reads `5 March 2024`, `5. März 2024`, `1er mars 2024`, `5 de marzo de 2024`, `26-FEB-1987`.
    fn day_and_name(&self, at: usize) -> Option<DayAndNext> {
        let (day, count) = self.number(at)?;
        if count > 2 {
            return None;
        }
        let (month, next) = self.after_joint(self.after_suffix(at + 1), |at| self.month(at))?;
        let (year, next) = self.after_joint(next, |at| self.year_after_month(at))?;
        self.named_day(month, year, day, next)
    }

    /// Reads `March 5, 2024` and `Mar 5 10:00:00 UTC 2024`.
    fn name_and_day(&self, at: usize) -> Option<(WrittenDay, Option<ClockTime>, usize)> {
        let (month, next) = self.month(at)?;
        let at_day = self.after_signs(next);
        let day = self.day_number(at_day)?;
        let next = self.after_suffix(at_day + 1);
        if let Some((year, next)) = self.after_joint(next, |at| self.full_year(at)) {
            let (day, next) = self.named_day(month, year, day, next)?;
            return Some((day, None, next));
        }
        let (clock, next) = clock_after(self.pieces, next)?;
        let (year, next) = self.after_joint(next, |at| self.full_year(at))?;
        let (day, next) = self.named_day(month, year, day, next)?;
        Some((day, Some(clock), next))
    }

    /// Reads `2024 March 5`, `2024. március 5.`, `2024 m. kovo 5 d.`, `2024. gada 5. marts`.
    fn year_and_name(&self, at: usize) -> Option<DayAndNext> {
        let (year, next) = self.full_year(at)?;
        let month_and_day = |at| {
            let (month, next) = self.month(at)?;
            let at_day = self.after_signs(next);
            Some((month, self.day_number(at_day)?, at_day + 1))
        };
        let day_and_month = |at| {
            let day = self.day_number(at)?;
            let (month, next) = self.month(self.after_signs(at + 1))?;
            Some((month, day, next))
        };
        let either = |at| month_and_day(at).or_else(|| day_and_month(at));
        let (month, day, next) = self.after_joint(self.after_suffix(next), either)?;
        self.named_day(month, year, day, next)
    }

    fn named_day(&self, month: NamedMonth, year: u64, day: u64, next: usize) -> Option<DayAndNext> {
        let found = date(month.calendar, year, month.month, day)?;
        Some((WrittenDay::sure(found), next))
    }

    /// Reads the name of a month, of one word or of several, or the number of a month after a word. Arabic
    /// newspapers write two names of it: `أبريل/نيسان`.
    fn month(&self, at: usize) -> Option<(NamedMonth, usize)> {
        let (month, next) = self.one_month(at)?;
        if matches!(self.sign(next), Some('/' | '('))
            && let Some((other, next)) = self.one_month(next + 1)
            && other.month == month.month
        {
            let is_closed = self.sign(next) == Some(')');
            return Some((month, next + usize::from(is_closed)));
        }
        Some((month, next))
    }

    fn one_month(&self, at: usize) -> Option<(NamedMonth, usize)> {
        let first = self.word(at)?;
        if is_month_marker(first)
            && let Some((month @ 1..=12, _)) = self.number(at + 1)
        {
            return Some((NamedMonth::numbered(month), at + 2));
        }
        let language = self.conventions.language();
        let mut name = first.to_owned();
        let mut next = at + 1;
        let mut found = None;
        for _ in 0..MAX_NAME_WORDS {
            if let Some(month) = named_month(&name, language) {
                found = Some((month, next));
            }
            let is_divider = matches!(self.sign(next), Some('.' | '-' | '\'' | '’'));
            let more = next + usize::from(is_divider);
            let Some(word) = self.word(more) else { break };
            name.push_str(word);
            next = more + 1;
        }
        found.or_else(|| Some((abbreviated_month(first, language)?, at + 1)))
    }

    /// Reads the number of a day that is not an hour.
    fn day_number(&self, at: usize) -> Option<u64> {
        let (day, count) = self.number(at)?;
        (count <= 2 && (1..=31).contains(&day) && self.sign(at + 1) != Some(':')).then_some(day)
    }

    fn full_year(&self, at: usize) -> Option<(u64, usize)> {
        let (year, count) = self.number(at)?;
        let is_year = count == 4 && YEARS.contains(&year) && self.sign(at + 1) != Some(':');
        is_year.then_some((year, at + 1))
    }

    /// Reads a year after the name of a month, of two digits where that is usual: `15-Dec-23`, `15 Dec 23` at
    /// the end of a line or before a time, and in Thai, where the years are those of the Buddhist era.
    fn year_after_month(&self, at: usize) -> Option<(u64, usize)> {
        if let Some(found) = self.full_year(at) {
            return Some(found);
        }
        let (year, count) = self.number(at)?;
        if count != 2 || self.sign(at + 1) == Some(':') {
            return None;
        }
        if self.conventions.language() == "th" {
            return Some((BUDDHIST_CENTURY + year, at + 1));
        }
        let is_short = match at.checked_sub(1).and_then(|at| self.sign(at)) {
            Some(sign) => matches!(sign, '-' | '/' | '\'' | '’'),
            None => self.ends_date(at + 1),
        };
        is_short.then_some((full_year(year), at + 1))
    }

    /// Whether nothing follows, or a time, or a sign that divides.
    fn ends_date(&self, at: usize) -> bool {
        let is_time = self.number(at).is_some() && self.sign(at + 1) == Some(':');
        match self.pieces.get(at) {
            None => true,
            Some(piece) => match piece.sign() {
                Some(sign) => "|)]·•".contains(sign) || (sign == '-' && !piece.glued),
                None => is_time,
            },
        }
    }

    /// Calls `read` after a few signs, and else after one short word more.
    fn after_joint<T>(&self, at: usize, read: impl Fn(usize) -> Option<T>) -> Option<T> {
        let at = self.after_signs(at);
        if let Some(found) = read(at) {
            return Some(found);
        }
        let word = self.word(at)?;
        if word.chars().count() > MAX_JOINT_LETTERS {
            return None;
        }
        read(self.after_signs(at + 1))
    }

    fn after_signs(&self, at: usize) -> usize {
        let is_joint = |at: &usize| {
            self.sign(*at)
                .is_some_and(|sign| !matches!(sign, ':' | '|' | '+' | ';' | '!' | '?'))
        };
        at + (at..at + MAX_SIGNS).take_while(is_joint).count()
    }

    /// Returns the piece after the ending of a number.
    fn after_suffix(&self, at: usize) -> usize {
        let is_suffix = self.pieces.get(at).is_some_and(|piece| {
            let word = piece.word().unwrap_or_default();
            piece.glued && !word.is_empty() && word.chars().count() <= MAX_SUFFIX_LETTERS
        });
        at + usize::from(is_suffix && self.month(at).is_none())
    }
}

/// Returns the year that two digits mean.
fn full_year(year: u64) -> u64 {
    match year < 70 {
        true => 2000 + year,
        false => 1900 + year,
    }
}
