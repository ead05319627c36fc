//! The table, and the search with it.

use std::collections::BTreeMap;

use super::credit::credits;
use super::file::{Contents, Meaning, TableError};
use super::fold::{Folded, fold};
use super::link::Links;
use super::matcher::Subject;
use super::notice::{Notice, PhotoCredit, kept_words};
use super::outlet::{Outlet, clean};
use super::place::{Place, line_rest};
use super::rows::{Hit, Rows};
use super::signal::Signal;
use super::wall::{LONGEST, is_wall};
use crate::page::Link;
use crate::text::Span;

/// The wordings that come with the program.
const BUILTIN: &str = include_str!("notices.tsv");

/// The wordings of notices, ready to search with.
#[derive(Debug)]
pub struct NoticeTable {
    contents: Contents,
    notices: Rows<Meaning>,
    walls: Rows<f32>,
}

impl NoticeTable {
    /// Returns the table that comes with the program. Costs some tens of milliseconds: make it
    /// once.
    pub fn builtin() -> Self {
        Self::with("").expect("the built-in table is sound: a test reads it")
    }

    /// Returns the built-in table with the rows of another file added.
    ///
    /// # Errors
    ///
    /// Names the first line of `extra` that is no row, and what is wrong with it.
    pub fn with(extra: &str) -> Result<Self, TableError> {
        let mut contents = Contents::default();
        contents.read(BUILTIN)?;
        contents.read(extra)?;
        let names = contents.agencies.folded();
        let notices = Rows::new(std::mem::take(&mut contents.notices), names);
        let walls = Rows::new(std::mem::take(&mut contents.walls), names);
        Ok(Self {
            contents,
            notices,
            walls,
        })
    }

    /// Returns the notices of a text, in its order, without overlaps; and the outlets that photos are
    /// credited to, and where: weak evidence, for the photo is not the text.
    pub fn search(&self, text: &str, links: &[Link]) -> (Vec<Notice>, Vec<PhotoCredit>) {
        let folded = Folded::new(text);
        let subject = self.subject(&folded, text);
        let readings = self.readings(subject);
        if readings.is_empty() {
            return (Vec::new(), Vec::new());
        }
        let links = Links::new(links);
        let mut notices: Vec<Notice> = readings
            .iter()
            .filter_map(|reading| reading.notice(subject, &links))
            .collect();
        notices.sort_by_key(|notice| notice.span.start);
        let mut end = 0;
        notices.retain(|notice| {
            let apart = notice.span.start >= end;
            end = end.max(if apart { notice.span.end } else { 0 });
            apart
        });
        let mut credits: Vec<PhotoCredit> = readings
            .into_iter()
            .filter(|reading| matches!(reading.meaning, Meaning::Photo { .. }))
            .filter_map(|reading| {
                let span = reading.span(subject);
                Some(PhotoCredit {
                    words: kept_words(text.get(span.range())?),
                    outlet: reading.outlet?.name,
                    span,
                })
            })
            .collect();
        credits.sort_by_key(|credit| credit.span.start);
        (notices, credits)
    }

    /// Returns the notices of a text: the first half of [`Self::search`].
    pub fn find(&self, text: &str, links: &[Link]) -> Vec<Notice> {
        self.search(text, links).0
    }

    /// Whether a block outside the main text is worth keeping: it carries a notice that names a
    /// source.
    pub fn mentions_source(&self, block: &str) -> bool {
        self.find(block, &[]).iter().any(|notice| {
            let leads = matches!(notice.signal, Signal::ReadOriginal | Signal::Indexed);
            notice.signal.names_earlier_source() && (leads || !notice.outlet.is_empty())
        })
    }

    /// Returns the short name of the agency that a byline names, if it does: "Associated Press",
    /// "Le Figaro et AFP", "Reuters Staff".
    pub fn agency_in(&self, byline: &str) -> Option<String> {
        let agency = self.contents.agencies.anywhere(byline)?;
        Some(self.contents.agencies.name(agency).to_owned())
    }

    /// Whether the whole is no article but a wall: consent to cookies, a paywall's teaser, login,
    /// rate limit, captcha, access denied, "enable JavaScript", an error page.
    pub fn is_blocked(&self, title: &str, text: &str) -> bool {
        let body = text.trim();
        // Folding makes nothing this much shorter.
        if body.len() > 4 * LONGEST {
            return false;
        }
        // A body that repeats its title says it once.
        let body = body.strip_prefix(title.trim()).unwrap_or(body);
        let page = format!("{}\n{body}", title.trim());
        let folded = Folded::new(&page);
        is_wall(self.subject(&folded, &page), &self.walls)
    }

    fn subject<'t>(&'t self, text: &'t Folded, original: &'t str) -> Subject<'t> {
        Subject {
            text,
            original,
            agencies: &self.contents.agencies,
            words: &self.contents.words,
        }
    }

    /// The readings of a text that hold against all others of the same words.
    fn readings(&self, subject: Subject<'_>) -> Vec<Reading> {
        let hits = self.notices.find(subject);
        let mut all: Vec<Reading> = hits
            .iter()
            .filter_map(|hit| Reading::of(hit, subject))
            .collect();
        all.extend(credits(subject).iter().map(|credit| Reading {
            meaning: if credit.picture {
                Meaning::Photo {
                    weight: credit.weight,
                }
            } else {
                Meaning::Notice {
                    signal: credit.signal,
                    cut: true,
                    weight: credit.weight,
                }
            },
            start: credit.start,
            end: credit.end,
            outlet: credit.agency.map(|agency| Outlet {
                name: subject.agencies.name(agency).to_owned(),
                agency: true,
            }),
        }));
        all.sort_by(|a, b| {
            let weight = b.meaning.weight().total_cmp(&a.meaning.weight());
            weight
                .then((b.end - b.start).cmp(&(a.end - a.start)))
                .then(a.start.cmp(&b.start))
        });
        let mut taken: BTreeMap<usize, usize> = BTreeMap::new();
        all.retain(|reading| {
            let before = taken.range(..reading.end).next_back();
            let free = before.is_none_or(|(_, end)| *end <= reading.start);
            if free {
                taken.insert(reading.start, reading.end);
            }
            free
        });
        all
    }
}

/// One reading of some words of a text.
#[derive(Debug)]
struct Reading {
    meaning: Meaning,
    start: usize,
    end: usize,
    outlet: Option<Outlet>,
}

impl Reading {
    /// Makes a reading of a match, unless what it captured is no outlet.
    fn of(hit: &Hit<'_, Meaning>, subject: Subject<'_>) -> Option<Self> {
        let found = &hit.found;
        let place = hit.row.place;
        let named = found.agency.map(|agency| {
            let known = subject.agencies.is_agency(agency);
            // Papers and stations go by the name that stands there.
            let written = (!known).then(|| {
                let (start, end) = found.named;
                let span = subject.text.span(start, end, subject.original);
                subject.original.get(span.start as usize..span.end as usize)
            });
            let name = written
                .flatten()
                .unwrap_or_else(|| subject.agencies.name(agency));
            Outlet {
                name: name.to_owned(),
                agency: known,
            }
        });
        let outlet = match found.outlet {
            Some((start, end)) => {
                let span = subject.text.span(start, end, subject.original);
                let raw = subject
                    .original
                    .get(span.start as usize..span.end as usize)?;
                let alone = || line_rest(&subject.text.text, found.end).is_empty();
                let loose = matches!(place, Place::Line | Place::Own)
                    || (place == Place::Sentence && hit.row.meaning.names_whom() && alone());
                let raw = with_lead(raw, span.start as usize, subject);
                let outlet = clean(raw, loose, subject.agencies, subject.words);
                // A false friend needs no name.
                if outlet.is_none() && matches!(hit.row.meaning, Meaning::Notice { .. }) {
                    return None;
                }
                outlet.or(named)
            }
            None => named,
        };
        let text = subject.text.text.as_str();
        let own = !matches!(hit.row.meaning, Meaning::Notice { cut: false, .. });
        let (start, end) = if own {
            widened(text, found.start, found.end, place)
        } else {
            (found.start, found.end)
        };
        let end = start
            + text
                .get(start..end)
                .map_or(0, |words| words.trim_end().len());
        Some(Self {
            meaning: hit.row.meaning,
            start,
            end,
            outlet,
        })
    }

    fn span(&self, subject: Subject<'_>) -> Span {
        subject.text.span(self.start, self.end, subject.original)
    }

    fn notice(&self, subject: Subject<'_>, links: &Links<'_>) -> Option<Notice> {
        let Meaning::Notice {
            signal,
            cut,
            weight,
        } = self.meaning
        else {
            return None;
        };
        let span = self.span(subject);
        let words = subject
            .original
            .get(span.start as usize..span.end as usize)?;
        let (outlet, agency) = match &self.outlet {
            Some(outlet) => (outlet.name.clone(), outlet.agency),
            None => (String::new(), false),
        };
        let url = links.of(span, words, &outlet);
        let disguised = subject.text.disguised(self.start, self.end);
        Some(Notice {
            signal,
            span,
            words: kept_words(words),
            outlet,
            url,
            agency,
            cut,
            weight,
            disguised,
        })
    }
}

/// A captured name with the word before it, if that is one of those that introduce a name but has a
/// capital: "w Tygodniku Portowym".
fn with_lead<'t>(raw: &'t str, start: usize, subject: Subject<'t>) -> &'t str {
    let original = subject.original;
    let Some(before) = original
        .get(..start)
        .and_then(|text| text.strip_suffix(' '))
    else {
        return raw;
    };
    let from = before.rfind([' ', '\n']).map_or(0, |blank| blank + 1);
    let word = before.get(from..).unwrap_or("");
    let mut letters = word.chars();
    let capital = letters.next().is_some_and(char::is_uppercase)
        && letters.next().is_some_and(char::is_lowercase)
        && word.chars().count() > 4;
    let mid = from > 0 && !before[..from].trim_end().ends_with(['.', '\n', ':']);
    if capital && mid && subject.words.lead(&format!("{} ", fold(word))).is_some() {
        return original.get(from..start + raw.len()).unwrap_or(raw);
    }
    raw
}

/// The whole of a notice: with the brackets around it, the rest of a list of names, the full stop.
fn widened(text: &str, mut start: usize, mut end: usize, place: Place) -> (usize, usize) {
    if matches!(place, Place::Line | Place::Own) {
        let rest = line_rest(text, end);
        let lists = text
            .get(end..)
            .is_some_and(|after| after.trim_start().starts_with([',', '/', '&', '+']));
        if lists && !rest.is_empty() {
            let from = text
                .get(end..)
                .and_then(|after| after.find(rest))
                .unwrap_or(0);
            end += from + rest.len();
        }
    }
    let before = text.get(..start).unwrap_or("").trim_end_matches(' ');
    if let Some(outside) = before.strip_suffix(['(', '[', '"']) {
        let opened = before.as_bytes().get(outside.len()).copied();
        let close = match opened {
            Some(b'(') => ')',
            Some(b'[') => ']',
            _ => '"',
        };
        let after = text.get(end..).unwrap_or("");
        let skipped = after.len() - after.trim_start_matches([' ', '.', '"']).len();
        if after
            .get(skipped..)
            .is_some_and(|rest| rest.starts_with(close))
        {
            start = outside.len();
            end += skipped + 1;
        }
    }
    if text
        .get(end..)
        .is_some_and(|after| after.starts_with(['.', '"']))
    {
        end += 1;
    }
    (start, end)
}
