//! Scores what is read of a page besides its text: title, byline and the day of publication.

use std::collections::HashSet;
use std::io::{self, Write};

use jiff::civil::Date;
use jiff::tz::TimeZone;
use jiff::{SignedDuration, Timestamp};
use serde::Serialize;
use wirecopy::engine::Publication;

use super::marked_page::MarkedPage;
use super::words::{letters, words};

/// A statement that was not read as stated.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Misread {
    /// The page.
    pub id: String,
    /// What.
    pub what: &'static str,
    /// As stated.
    pub stated: String,
    /// As read; may be empty.
    pub read: String,
}

/// Scores of what was read of pages.
#[derive(Debug, Clone, Default, PartialEq, Serialize)]
pub struct StatementScores {
    /// Pages with a stated title.
    pub titles: u64,
    /// Titles with the same letters and digits.
    pub titles_exact: u64,
    /// Pages with a stated byline.
    pub bylines: u64,
    /// Bylines with the same letters and digits, but for "by" at their beginning.
    pub bylines_exact: u64,
    /// Bylines with a word in common.
    pub bylines_overlapping: u64,
    /// Pages with a stated day of publication.
    pub published: u64,
    /// Days that are the same, each in the time zone in which it is written.
    pub published_exact: u64,
    /// Pages of which no day was read.
    pub published_none: u64,
    /// Days that are wrong by more than one.
    pub published_far: u64,
    /// What was not read as stated.
    pub misread: Vec<Misread>,
}

impl StatementScores {
    /// Adds what was read of a page.
    pub fn add(
        &mut self,
        page: &MarkedPage,
        title: &str,
        byline: &str,
        published: Option<&Publication>,
    ) {
        if !page.title.is_empty() {
            let is_exact = letters(&page.title) == letters(title);
            self.titles += 1;
            self.titles_exact += u64::from(is_exact);
            self.note(is_exact, page, "title", &page.title, title);
        }
        let authors = page.authors();
        if !authors.is_empty() {
            let (stated, taken) = (without_by(&authors), without_by(byline));
            let is_exact = stated.concat() == taken.concat();
            self.bylines += 1;
            self.bylines_exact += u64::from(is_exact);
            self.bylines_overlapping += u64::from(share_a_word(&stated, &taken));
            self.note(is_exact, page, "byline", &authors, byline);
        }
        if let Some(stated) = StatedDay::of(&page.published) {
            let taken = published.and_then(day_of);
            let days = taken.map(|(day, instant)| stated.days_from(day, instant));
            self.published += 1;
            self.published_exact += u64::from(days == Some(0));
            self.published_none += u64::from(days.is_none());
            self.published_far += u64::from(days.is_some_and(|days| days > 1));
            let taken = taken.map_or(String::new(), |(_, instant)| instant.to_string());
            let is_exact = days == Some(0);
            self.note(is_exact, page, "published", &page.published, &taken);
        }
    }

    fn note(
        &mut self,
        is_exact: bool,
        page: &MarkedPage,
        what: &'static str,
        stated: &str,
        read: &str,
    ) {
        if !is_exact {
            self.misread.push(Misread {
                id: page.id.clone(),
                what,
                stated: stated.to_owned(),
                read: read.to_owned(),
            });
        }
    }

    /// Writes the scores as text; with `list`, also each statement that was not read as stated.
    pub fn write(&self, out: &mut impl Write, list: bool) -> io::Result<()> {
        let share = |part: u64, whole: u64| part as f64 / whole as f64;
        if self.published > 0 {
            let of = |part| share(part, self.published);
            writeln!(
                out,
                "  published, {} pages: exact day {:.4}, none {:.4}, wrong by more than a day {:.4}",
                self.published,
                of(self.published_exact),
                of(self.published_none),
                of(self.published_far)
            )?;
        }
        if self.titles > 0 {
            let exact = share(self.titles_exact, self.titles);
            writeln!(out, "  title, {} pages: exact {exact:.4}", self.titles)?;
        }
        if self.bylines > 0 {
            let of = |part| share(part, self.bylines);
            writeln!(
                out,
                "  byline, {} pages: exact {:.4}, overlapping {:.4}",
                self.bylines,
                of(self.bylines_exact),
                of(self.bylines_overlapping)
            )?;
        }
        for Misread {
            id,
            what,
            stated,
            read,
        } in self.misread.iter().filter(|_| list)
        {
            writeln!(out, "  {what} of {id}: {stated:?}, read as {read:?}")?;
        }
        Ok(())
    }
}

/// Returns the words of a byline without "by" at its beginning.
fn without_by(byline: &str) -> Vec<String> {
    let mut words = words(byline);
    if words.first().is_some_and(|word| word == "by") {
        words.remove(0);
    }
    words
}

fn share_a_word(a: &[String], b: &[String]) -> bool {
    let a: HashSet<&String> = a.iter().collect();
    b.iter().any(|word| a.contains(word))
}

/// A stated day of publication, and its instant if one is stated.
#[derive(Debug, PartialEq)]
struct StatedDay {
    day: Date,
    instant: Option<Timestamp>,
}

impl StatedDay {
    fn of(stated: &str) -> Option<Self> {
        let instant = stated.replacen(' ', "T", 1).parse().ok();
        let written = stated.get(..10).and_then(|day| day.parse().ok());
        let day = written.or_else(|| Date::strptime("%B %d, %Y", stated).ok())?;
        Some(Self { day, instant })
    }

    /// Returns the number of days between this and a day that was read; 0 if both are one instant.
    fn days_from(&self, day: Date, instant: Timestamp) -> i32 {
        let is_same = self.instant.is_some_and(|stated| {
            stated.duration_since(instant).abs() <= SignedDuration::from_mins(1)
        });
        match is_same {
            true => 0,
            false => self
                .day
                .until(day)
                .map_or(i32::MAX, |span| span.get_days().abs()),
        }
    }
}

/// Returns the day on the page's own clock, or else in UTC.
fn day_of(published: &Publication) -> Option<(Date, Timestamp)> {
    let instant = Timestamp::from_millisecond(published.ms).ok()?;
    let utc = || TimeZone::UTC.to_datetime(instant).date();
    Some((published.day.unwrap_or_else(utc), instant))
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    /// Returns a time that says nothing of the page's own clock.
    fn publication(written: &str) -> Option<Publication> {
        let instant: Timestamp = written.parse().ok()?;
        Some(Publication {
            ms: instant.as_millisecond(),
            source: None,
            day: None,
            is_local: false,
        })
    }

    fn scores(page: &MarkedPage, title: &str, byline: &str, published: &str) -> StatementScores {
        let mut scores = StatementScores::default();
        scores.add(page, title, byline, publication(published).as_ref());
        scores
    }

    #[test]
    fn statements_are_compared_after_folding() {
        let stated = json!({
            "id": 1,
            "title": "Rain in the ‘Hills’",
            "byline": "By Ann Poe",
            "published": "2024-03-05",
        });
        let page: MarkedPage = serde_json::from_value(stated).unwrap();
        let same = scores(
            &page,
            "rain in the 'hills'",
            "Ann Poe",
            "2024-03-05T23:59:00Z",
        );
        let right = (same.titles_exact, same.bylines_exact, same.published_exact);
        assert_eq!((right, same.misread.len()), ((1, 1, 1), 0));
        let other = scores(&page, "Rain", "Poe, editor", "2024-03-07T00:00:00Z");
        let right = (
            other.titles_exact,
            other.bylines_exact,
            other.bylines_overlapping,
        );
        assert_eq!(right, (0, 0, 1));
        assert_eq!((other.published_far, other.misread.len()), (1, 3));
        let none = scores(&page, "", "", "");
        assert_eq!((none.published_none, none.published_far), (1, 0));
    }

    #[test]
    fn an_instant_is_one_day_in_any_zone() {
        let check = |stated: &str, read: &str, days: i32| {
            let stated = StatedDay::of(stated).unwrap();
            let (day, instant) = day_of(&publication(read).unwrap()).unwrap();
            assert_eq!(stated.days_from(day, instant), days, "{stated:?} {read}");
        };
        check("2024-03-05 23:30:00-05:00", "2024-03-06T04:30:00Z", 0);
        check("2024-03-05", "2024-03-06T04:30:00Z", 1);
        check("2024-03-05T10:00:00Z", "2024-03-08T00:00:00Z", 3);
        check("March 5, 2024", "2023-03-05T00:00:00Z", 366);
    }
}
