//! Chooses the date that a page was published at.

use jiff::civil::Date;

use super::address::{DateInUrl, date_in_url};
use super::conventions::Conventions;
use super::lines::{Heading, ShownDate, shown_dates};
use super::reader::WrittenDay;
use super::written::WrittenDate;
use super::{DateSource, FIRST_PAGE_MS, PageDates, own_day, shown};
use crate::page::hints::Hint;
use crate::page::names::is_hidden;
use crate::page::title::letters_of;
use crate::page::tree::{NodeId, NodeKind, Tree};

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
/// Most headings that are compared with the title.
const MAX_HEADINGS: usize = 100;
/// How much longer a heading may be than twice the title, in bytes.
const MAX_HEADING: usize = 200;
/// The shortest beginning that two titles share by no chance, in bytes.
const MIN_TITLE: usize = 12;

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
    put_changes_last(&mut claims, modified_ms);
    let shown = clues.shown();
    let beside = shown::beside_title(&shown);
    if let (Some(stated), Some(beside)) = (claims.first(), beside)
        && is_earlier(&beside, stated, of_url)
    {
        claims.insert(0, beside);
    }
    claims.extend(shown::claims(&shown, in_url));
    claims.extend(clues.claims(&clues.json_ld.created, DateSource::JsonLd));
    claims.extend(clues.claims(&clues.metas.created, DateSource::Meta));
    claims.extend(of_url.map(|day| DateClaim {
        date: WrittenDate::of_day(day),
        source: DateSource::Url,
    }));
    let days = [of_url, beside.map(|beside| beside.date.day.day)];
    PageDates {
        published: first_clear(&claims, &shown)
            .and_then(|claim| own_day::publication(claim, &claims, days)),
        modified_ms: modified_ms.or_else(|| shown::change(&shown)),
    }
}

/// Whether the date beside the title is earlier than the stated one. Where pages are moved from one
/// system to another, or made anew, what they state may be the time of that; readers see the date of the
/// article. A later date beside the title is one of a change.
fn is_earlier(beside: &DateClaim, stated: &DateClaim, of_url: Option<Date>) -> bool {
    let (shown, own) = (beside.date.day, stated.date.day.day);
    let is_same_day = stated.date.offset_minutes().is_some()
        && stated
            .date
            .ms()
            .is_some_and(|ms| own_day::is_day_somewhere(shown.day, ms));
    shown == WrittenDay::sure(shown.day) && shown.day < own && !is_same_day && of_url != Some(own)
}

/// Puts dates that are later than the last change behind the others: they are of another publication.
fn put_changes_last(claims: &mut [DateClaim], modified_ms: Option<i64>) {
    let Some(modified_ms) = modified_ms else {
        return;
    };
    let is_later = |claim: &DateClaim| {
        claim
            .date
            .ms()
            .is_some_and(|ms| ms > modified_ms + SLACK_MS)
    };
    claims.sort_by_key(is_later);
}

impl DateClues<'_> {
    /// Reads a date that a page can have.
    fn read(&self, text: &str) -> Option<WrittenDate> {
        WrittenDate::parse(text, self.conventions).filter(|date| self.is_possible(date))
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
    fn shown(&self) -> Vec<ShownDate> {
        let heading = heading(self.tree, self.hints, self.title);
        let mut shown = shown_dates(self.tree, self.hints, heading.as_ref(), self.conventions);
        shown.retain(|shown| self.is_possible(&shown.date));
        shown
    }
}

/// Returns the heading that is the title, or else a text that is, or the first main heading, or the first
/// heading at all.
fn heading(tree: &Tree, hints: &[Hint], title: &str) -> Option<Heading> {
    let title = letters_of(title);
    let (mut text, mut main, mut first) = (None, None, None);
    let mut left = MAX_HEADINGS;
    let mut id: NodeId = 0;
    while (id as usize) < tree.nodes.len() && left > 0 {
        let end = tree.end(id).max(id + 1);
        let heading = |is_title| Heading {
            nodes: id..end,
            is_title,
        };
        match &tree.nodes[id as usize].kind {
            NodeKind::Text(piece) => {
                let length = piece.text.len();
                let is_near =
                    !title.is_empty() && (title.len() / 2..2 * title.len()).contains(&length);
                if text.is_none() && is_near && is_most_of(&title, &letters_of(&piece.text)) {
                    text = Some(heading(true));
                }
            }
            NodeKind::Element(element) => {
                if hints[id as usize] == Hint::Hidden || is_hidden(&element.name) {
                    id = end;
                    continue;
                }
                let is_main = element.is("h1") || element.attribute("itemprop") == "headline";
                if is_main || matches!(&*element.name, "h2" | "h3") {
                    left -= 1;
                    let letters = letters_of(&tree.text_of(id, 2 * title.len() + MAX_HEADING));
                    if is_same_title(&title, &letters) {
                        return Some(heading(true));
                    }
                    if is_main && !letters.is_empty() {
                        main = main.or_else(|| Some(heading(false)));
                    } else if element.is("h2") && !letters.is_empty() {
                        first = first.or_else(|| Some(heading(false)));
                    }
                }
            }
        }
        id += 1;
    }
    text.or(main).or(first)
}

/// Whether a text has the letters of the title, which may end with the name of a website.
fn is_most_of(title: &str, text: &str) -> bool {
    title.starts_with(text) && 2 * text.len() >= title.len().max(MIN_TITLE)
}

/// Whether a heading has the letters of the title, or begins with them, or they with it.
fn is_same_title(title: &str, heading: &str) -> bool {
    let shorter = title.len().min(heading.len());
    shorter > 0
        && (title == heading
            || (shorter >= MIN_TITLE && (title.starts_with(heading) || heading.starts_with(title))))
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
