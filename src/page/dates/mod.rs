//! Dates: reads those that pages and crawlers write, and chooses the one a page was published at.
//!
//! In order of trust, the date of publication is:
//!
//! 1. `datePublished` in JSON-LD, of the page's own article: the one with its address or its title. A
//!    teaser's never is.
//! 2. A `meta` element that names the time of publication.
//! 3. An element that is marked so: `itemprop=datePublished`, `pubdate`, `abbr.published`, `data-publish-date`.
//! 4. A date that the page shows beside its heading; then one in a line that says it is the date of
//!    publication, in one labelled as a date, or in one that says little else.
//! 5. `dateCreated` in JSON-LD, then `meta` elements that name a date and do not say of what.
//! 6. The day in the URL.
//! 7. What of the first two is later than the stated change of the page.
//! 8. The date in a teaser of the page itself, in a list of teasers.
//!
//! What the page states otherwise can put a later one of these first:
//!
//! * An earlier date beside the title comes before what is stated: a website that moved may state the time
//!   of that. A later one is of a change. A date within a sentence, of a range, of a picture or in a menu is none
//!   beside the title, nor is one that no label marks, where JSON-LD and a `meta` element agree.
//! * Where a `meta` element and the line beside the title state one day, and JSON-LD another, the two count.
//! * If the day in the URL is more than a week before the stated one, it and what agrees with it come first.
//!   Of dates that the page shows, those that agree with the URL always do, and others only count if they
//!   say to be of publication.
//!
//! A date of a change is no date of publication. No date before 1990 or after the time that is passed in
//! counts; of lists of dates none does, nor one beside a link to another article in a margin. A bare date far
//! above the heading, or in the header of the page, may be that of the visit, and never counts; nor does one
//! above the heading that is of the day on which the page was read. A date whose day and month may be meant
//! either way counts if the language, the country, the weekday beside it, the URL or another date of the page
//! tells them apart, or if one of them is impossible.
//!
//! The day is that of the page's own clock. A time in UTC may be of another day than readers saw: then
//! another statement of the same time tells the day, or the URL.

mod address;
mod calendars;
mod choose;
mod clock;
mod conventions;
mod date_element;
mod heading;
mod meta_names;
mod month_names;
mod own_day;
mod own_teaser;
mod pieces;
mod rank;
mod reader;
mod says;
mod shown;
mod weekdays;
mod written;

#[cfg(test)]
mod page_tests;
#[cfg(test)]
mod tests;

use jiff::civil::Date;

pub(super) use choose::{DateClues, StatedDates, choose};
pub use conventions::Conventions;
pub(super) use meta_names::DateMeaning;
pub(crate) use month_names::is_month;
pub(crate) use weekdays::is_weekday;
use written::WrittenDate;

/// When a page was published, and how it says so.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct PublicationDate {
    /// The time, in milliseconds since 1970; not before 1990.
    pub ms: i64,
    /// The day on the page's own clock.
    pub day: Date,
    /// No offset from UTC is stated: `ms` is the page's local time, read as UTC.
    pub is_local: bool,
    /// Where it is stated.
    pub source: DateSource,
}

/// Where a date of publication is stated.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum DateSource {
    /// By whoever submitted the page.
    Submitted,
    /// In JSON-LD.
    JsonLd,
    /// In a `meta` element.
    Meta,
    /// In an element that is marked as the date of publication.
    Element,
    /// In the text that the page shows.
    Text,
    /// In the page's URL.
    Url,
}

impl DateSource {
    /// All sources with their names, in the order of their declaration.
    const NAMES: [(Self, &'static str); 6] = [
        (Self::Submitted, "submitted"),
        (Self::JsonLd, "json_ld"),
        (Self::Meta, "meta"),
        (Self::Element, "element"),
        (Self::Text, "text"),
        (Self::Url, "url"),
    ];

    /// Returns its name in records and in replies.
    pub fn as_str(self) -> &'static str {
        Self::NAMES[self as usize].1
    }

    /// Returns the source with a name.
    pub fn named(name: &str) -> Option<Self> {
        let found = Self::NAMES.iter().find(|(_, own)| *own == name);
        found.map(|(source, _)| *source)
    }
}

/// The dates of a page.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub(super) struct PageDates {
    pub published: Option<PublicationDate>,
    /// When it was last changed; milliseconds since 1970.
    pub modified_ms: Option<i64>,
}

/// Parses a date into milliseconds since 1970.
///
/// Understands ISO 8601 and RFC 3339 (also with a blank, without seconds, with an offset like `+0100`),
/// mail dates, JavaScript's, and dates in words or numbers of many languages and of the Buddhist,
/// Persian, Islamic and Japanese calendars; and seconds or milliseconds since 1970. A date without an
/// offset is read as UTC. Returns `None` for anything else, also for `03/04/2017`, unless the
/// conventions of a language or a country say which the month is: see [`Conventions::parse_date`].
pub fn parse_date(text: &str) -> Option<i64> {
    Conventions::default().parse_date(text)
}

impl Conventions {
    /// Parses a date by these conventions into milliseconds since 1970, see [`parse_date`].
    pub fn parse_date(&self, text: &str) -> Option<i64> {
        WrittenDate::parse(text, self)
            .filter(|date| !date.day.is_open)?
            .ms()
    }
}

/// The earliest date of a page: 1990, when the web began. Programs without a date write `0001-01-01` or
/// the beginning of 1970.
const FIRST_PAGE_MS: i64 = 631_152_000_000;
