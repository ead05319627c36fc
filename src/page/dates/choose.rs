//! Chooses the date that a page was published at.

use jiff::civil::Date;

use super::address::{DateInUrl, date_in_url};
use super::conventions::Conventions;
use super::heading::{Heading, heading};
use super::rank::DateBeside;
use super::reader::WrittenDay;
use super::shown::{ShownDate, shown_dates};
use super::written::WrittenDate;
use super::{DateSource, FIRST_PAGE_MS, PageDates, own_day, own_teaser, rank};
use crate::page::hints::Hint;
use crate::page::tree::Tree;

/// The dates that the scripts and `meta` elements of a page state, as written, the most trusted first.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct StatedDates {
    pub published: Vec<String>,
    /// Of creation or upload: used where nothing else is stated.
    pub created: Vec<String>,
    pub modified: Vec<String>,
}

/// What the date of a page is chosen from.
pub struct DateClues<'a> {
    pub tree: &'a Tree,
    pub hints: &'a [Hint],
    /// What the page says in JSON-LD about its own article.
    pub json_ld: &'a StatedDates,
    /// What it says in `meta` elements.
    pub metas: &'a StatedDates,
    pub title: &'a str,
    /// The URLs of the page; the first that has a date counts.
    pub addresses: [&'a str; 3],
    pub conventions: &'a Conventions,
    /// The latest time that a date can have.
    pub latest_ms: i64,
}

/// How far a page may be ahead: the time zones, and a clock that is wrong.
const SLACK_MS: i64 = 24 * 3600 * 1000;
/// How many days later than the day in its URL a page may state to be published: drafts wait. Later
/// ones are of a new system that the website moved to.
const MAX_DELAY_DAYS: i32 = 7;

/// A date and where it is stated.
#[derive(Debug, Clone, Copy)]
pub(super) struct DateClaim {
    pub date: WrittenDate,
    pub source: DateSource,
}

/// Chooses the dates of a page, in the order of trust of [`super`].
pub fn choose(clues: &DateClues) -> PageDates {
    let in_url = clues
        .addresses
        .iter()
        .find_map(|address| date_in_url(address));
    let in_url = in_url.filter(|date| clues.is_possible_month(*date));
    let of_url = in_url.and_then(DateInUrl::day);
    let modified_ms = [&clues.json_ld.modified, &clues.metas.modified]
        .into_iter()
        .flatten()
        .filter_map(|text| clues.read(text))
        .find(|date| !date.day.is_open)
        .and_then(|date| date.ms());
    let mut claims = clues.claims(&clues.json_ld.published, DateSource::JsonLd);
    claims.extend(clues.claims(&clues.metas.published, DateSource::Meta));
    // A date that is later than the last change is of another publication.
    let (late, mut claims): (Vec<_>, Vec<_>) = claims
        .into_iter()
        .partition(|claim| modified_ms.is_some_and(|ms| claim.is_after(ms)));
    let heading = heading(clues.tree, clues.hints, clues.title);
    let shown = clues.shown(heading.as_ref());
    let beside = rank::beside_title(&shown);
    if let (Some(stated), Some(DateBeside { claim, is_bare })) = (claims.first(), beside) {
        let may_outweigh = !(is_bare && is_stated_twice(&claims));
        if may_outweigh && is_earlier(&claim, stated, of_url) {
            claims.insert(0, claim);
        } else if let Some(place) = shown_meta(&claims, &claim) {
            claims[..=place].rotate_right(1);
        }
    }
    claims.extend(rank::claims(&shown, in_url));
    claims.extend(clues.claims(&clues.json_ld.created, DateSource::JsonLd));
    claims.extend(clues.claims(&clues.metas.created, DateSource::Meta));
    claims.extend(of_url.map(|day| DateClaim {
        date: WrittenDate::of_day(day),
        source: DateSource::Url,
    }));
    claims.extend(late);
    if claims.is_empty() {
        claims.extend(clues.in_own_teaser(heading.as_ref()));
    }
    if let Some(in_url) = in_url {
        for claim in &mut claims {
            claim.date = told_by(in_url, claim.date);
        }
    }
    if let Some(day) = of_url.filter(|_| in_url.is_some_and(|date| date.is_folder)) {
        put_day_first(&mut claims, day);
    }
    let days = [of_url, beside.map(|beside| beside.claim.date.day.day)];
    PageDates {
        published: first_clear(&claims, &shown)
            .and_then(|claim| own_day::publication(claim, &claims, days)),
        modified_ms: modified_ms.or_else(|| rank::change(&shown)),
    }
}

/// Whether the date beside the title is earlier than the stated one. Where pages are moved from one
/// system to another, or made anew, what they state may be the time of that; readers see the date of the
/// article. A later date beside the title is one of a change.
fn is_earlier(beside: &DateClaim, stated: &DateClaim, of_url: Option<Date>) -> bool {
    let (shown, own) = (beside.date.day, stated.date.day.day);
    let is_before = shown.day < own && !stated.is_of(shown.day);
    shown == WrittenDay::sure(shown.day) && is_before && of_url != Some(own)
}

/// Whether JSON-LD and a `meta` element state the same day.
fn is_stated_twice(claims: &[DateClaim]) -> bool {
    let in_json = claims
        .iter()
        .filter(|claim| claim.source == DateSource::JsonLd);
    let days: Vec<Date> = in_json.map(|claim| claim.date.day.day).collect();
    let mut in_metas = claims
        .iter()
        .filter(|claim| claim.source == DateSource::Meta);
    in_metas.any(|claim| days.iter().any(|day| claim.is_of(*day)))
}

/// Returns the place of a date in `meta` elements that the page also shows beside its title, where JSON-LD
/// states another: two of the three agree.
fn shown_meta(claims: &[DateClaim], beside: &DateClaim) -> Option<usize> {
    let day = beside.date.day.day;
    let is_other = |claim: &DateClaim| claim.source == DateSource::JsonLd && !claim.is_of(day);
    let is_outvoted =
        beside.date.day == WrittenDay::sure(day) && claims.first().is_some_and(is_other);
    let is_shown = |claim: &DateClaim| claim.source == DateSource::Meta && claim.is_of(day);
    let place = claims.iter().position(is_shown);
    place.filter(|_| is_outvoted)
}

/// Returns the date as the URL tells that it is meant, if it may mean two days.
fn told_by(in_url: DateInUrl, date: WrittenDate) -> WrittenDate {
    let mut days = date.day.days().filter(|day| in_url.agrees(*day));
    match (days.next(), days.next()) {
        (Some(day), None) => date.on(day),
        _ => date,
    }
}

/// Puts the dates that agree with the day in the URL before the others, if the first is much later: an
/// address stays when a website moves.
fn put_day_first(claims: &mut [DateClaim], day: Date) {
    let days_after = |date: Date| (date - day).get_days();
    let is_moved = |claim: &DateClaim| {
        let mut days = claim.date.day.days().map(days_after);
        days.all(|days| days > MAX_DELAY_DAYS)
    };
    if claims.first().is_some_and(is_moved) {
        claims.sort_by_key(|claim| days_after(claim.date.day.day).abs() > 1);
    }
}

impl DateClaim {
    /// Whether it is more than a day later than a time in milliseconds since 1970.
    fn is_after(&self, ms: i64) -> bool {
        self.date.ms().is_some_and(|own| own > ms + SLACK_MS)
    }

    /// Whether it is of a day, as it is written or, if its offset from UTC is known, in any time zone.
    fn is_of(&self, day: Date) -> bool {
        let instant = self
            .date
            .ms()
            .filter(|_| self.date.offset_minutes().is_some());
        self.date.day.day == day || instant.is_some_and(|ms| own_day::is_day_somewhere(day, ms))
    }
}

impl DateClues<'_> {
    /// Reads a date that a page can have.
    fn read(&self, text: &str) -> Option<WrittenDate> {
        self.possible(WrittenDate::parse(text, self.conventions)?)
    }

    /// Returns the date, if a page can have it. Of the two days that it may mean, one may be impossible.
    fn possible(&self, date: WrittenDate) -> Option<WrittenDate> {
        let swapped = date.day.swapped.map(|day| date.on(day));
        let swapped = swapped.filter(|date| self.is_possible(date));
        match (self.is_possible(&date), swapped) {
            (true, None) => Some(date.on(date.day.day)),
            (true, Some(_)) => Some(date),
            (false, swapped) => swapped,
        }
    }

    fn is_possible(&self, date: &WrittenDate) -> bool {
        let until = self.latest_ms.saturating_add(SLACK_MS);
        date.ms()
            .is_some_and(|ms| (FIRST_PAGE_MS..=until).contains(&ms))
    }

    fn is_possible_month(&self, date: DateInUrl) -> bool {
        let day = Date::new(date.year, date.month, date.day.unwrap_or(1));
        day.is_ok_and(|day| self.is_possible(&WrittenDate::of_day(day)))
    }

    fn claims(&self, texts: &[String], source: DateSource) -> Vec<DateClaim> {
        let dates = texts.iter().filter_map(|text| self.read(text));
        dates.map(|date| DateClaim { date, source }).collect()
    }

    /// Returns the dates that the page shows.
    fn shown(&self, heading: Option<&Heading>) -> Vec<ShownDate> {
        let shown = shown_dates(self.tree, self.hints, heading, self.title, self.conventions);
        let possible = shown.into_iter().filter_map(|mut shown| {
            shown.date = self.possible(shown.date)?;
            (!self.is_of_visit(&shown)).then_some(shown)
        });
        possible.collect()
    }

    /// Whether nothing says whose date it is, and it is the day on which the page was read.
    fn is_of_visit(&self, shown: &ShownDate) -> bool {
        let is_today = |ms| self.latest_ms.saturating_sub(ms) < SLACK_MS;
        shown.is_bare_above() && shown.date.ms().is_some_and(is_today)
    }

    /// Returns the date in a teaser of the page itself.
    fn in_own_teaser(&self, heading: Option<&Heading>) -> Option<DateClaim> {
        let date = own_teaser::date(self.tree, heading, self.title, self.conventions)?;
        Some(DateClaim {
            date: self.possible(date)?,
            source: DateSource::Text,
        })
    }
}

/// Returns the first date that is not ambiguous, or that another date of the page explains.
fn first_clear(claims: &[DateClaim], shown: &[ShownDate]) -> Option<DateClaim> {
    let is_sure = |day: Date| {
        let stated = claims.iter().map(|claim| claim.date);
        let mut all = stated.chain(shown.iter().map(|shown| shown.date));
        all.any(|date| date.day == WrittenDay::sure(day))
    };
    claims.iter().find_map(|claim| {
        let WrittenDay {
            day,
            swapped,
            is_open,
        } = claim.date.day;
        match swapped {
            Some(swapped) if is_sure(swapped) && !is_sure(day) => {
                let mut claim = *claim;
                claim.date.day = WrittenDay::sure(swapped);
                Some(claim)
            }
            Some(_) if is_open && !is_sure(day) => None,
            _ => Some(*claim),
        }
    })
}
