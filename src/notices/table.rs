//! The table of wordings, and the search for them in a text.

use std::collections::BTreeMap;

use super::credit::credits;
use super::doubt::doubt;
use super::file::{TableError, TableFile};
use super::fold::{SearchText, fold};
use super::form::has_form;
use super::link::url_of;
use super::matcher::Subject;
use super::notice::{Notice, NoticeFindings, PhotoCredit, kept_words};
use super::outlet::{CleanedOutlet, clean};
use super::position::{Position, line_rest};
use super::quotation::is_quoted;
use super::rows::{Interpretation, MeaningKind, RowMatch, RowSet};
use super::signal::Signal;
use super::wall::{MAX_WALL_BYTES, is_wall};
use crate::page::Link;
use crate::text::{Span, floor_boundary};

/// The wordings that come with the program.
const BUILTIN: &str = include_str!("notices.tsv");

/// How far words that begin in the title may reach into the body, in bytes.
const HEAD: usize = 256;

/// How far after a photo credit the rest of its caption is read, in bytes.
const CAPTION: usize = 200;

/// The wordings of notices, prepared for the search.
#[derive(Debug)]
pub struct NoticeTable {
    file: TableFile,
    rows: RowSet,
}

impl NoticeTable {
    /// Returns the table that comes with the program. Costs some 60 ms: make it once.
    pub fn builtin() -> Self {
        Self::with("").expect("the built-in table is sound: a test reads it")
    }

    /// Returns the built-in table with the rows of another file added.
    ///
    /// # Errors
    ///
    /// Names the first line of `extra` that is no row, and what is wrong with it.
    pub fn with(extra: &str) -> Result<Self, TableError> {
        let mut file = TableFile::default();
        file.read(BUILTIN)?;
        file.read(extra)?;
        let agencies = file.agencies.folded();
        let rows = RowSet::new(std::mem::take(&mut file.rows), agencies);
        Ok(Self { file, rows })
    }

    /// Searches the text of an article with this title and these links.
    pub fn search(&self, title: &str, text: &str, links: &[Link]) -> NoticeFindings {
        let folded = SearchText::new(text);
        let subject = self.subject(&folded);
        let matches = self.rows.find(subject);
        let (notices, photo_credits) = notices(subject, &matches, links);
        NoticeFindings {
            notices,
            photo_credits,
            is_blocked: self.is_blocked(title, text, matches.iter().any(RowMatch::is_wall)),
        }
    }

    /// Returns the notices of a text that has no title, as [`Self::search`] does.
    pub fn find(&self, text: &str, links: &[Link]) -> Vec<Notice> {
        self.search("", text, links).notices
    }

    /// Whether a block outside the main text is worth keeping: it has a notice that names a source, or an
    /// agency whose material the text has.
    pub fn mentions_source(&self, block: &str) -> bool {
        self.find(block, &[]).iter().any(|notice| {
            let leads_on = matches!(notice.signal, Signal::ReadOriginal | Signal::Indexed);
            let names = notice.signal.names_earlier_source()
                || (notice.signal == Signal::Contributed && notice.agency);
            names && (leads_on || !notice.outlet.is_empty())
        })
    }

    /// Returns the short name of the agency that a byline names, if it does: "Associated Press",
    /// "Le Figaro et AFP", "Reuters Staff". A name that persons have as well must stand between signs or
    /// words such as "and": "Michael Bloomberg" is none.
    pub fn agency_in(&self, byline: &str) -> Option<String> {
        let agency = self
            .file
            .agencies
            .in_byline(byline, &self.file.vocabulary)?;
        Some(self.file.agencies.name(agency).to_owned())
    }

    /// Returns the short name of the agency whose own article this is: by the host, or by the publisher's
    /// name. The host comes without a leading "www.".
    pub fn agency_of(&self, publisher: &str, host: &str) -> Option<String> {
        let agencies = &self.file.agencies;
        let agency = agencies
            .of_host(host)
            .or_else(|| agencies.called(publisher))?;
        Some(agencies.name(agency).to_owned())
    }

    /// Whether a page is no article but a wall: consent to cookies, a paywall's teaser, login, rate
    /// limit, captcha, access denied, "enable JavaScript", an error page. `has_words` tells whether the body
    /// has words of one.
    fn is_blocked(&self, title: &str, text: &str, has_words: bool) -> bool {
        let (title, body) = (title.trim(), text.trim());
        // Folding does not make a text this much shorter.
        if body.len() > 4 * MAX_WALL_BYTES {
            return false;
        }
        // A title that the body repeats counts once.
        let body = body.strip_prefix(title).unwrap_or(body);
        let page = |body: &str| format!("{title}\n{body}");
        // Words that begin in the title may end in the body.
        let begin_in_title = || {
            let head = page(&body[..floor_boundary(body, HEAD)]);
            let matches = self.rows.find(self.subject(&SearchText::new(&head)));
            matches.iter().any(RowMatch::is_wall)
        };
        (has_words || (!title.is_empty() && begin_in_title()))
            && is_wall(self.subject(&SearchText::new(&page(body))), &self.rows)
    }

    fn subject<'t>(&'t self, folded: &'t SearchText<'t>) -> Subject<'t> {
        Subject {
            folded,
            agencies: &self.file.agencies,
            vocabulary: &self.file.vocabulary,
        }
    }
}

/// Returns the notices and photo credits that matches are, each in the order of the text and without
/// overlaps.
fn notices(
    subject: Subject<'_>,
    matches: &[RowMatch<'_>],
    links: &[Link],
) -> (Vec<Notice>, Vec<PhotoCredit>) {
    let folded = subject.folded;
    let text = folded.original();
    let mut found = interpretations(subject, matches);
    found.sort_by_cached_key(|one| one.span(subject).start);
    if found.is_empty() {
        return Default::default();
    }
    let mut links = Vec::from_iter(links);
    links.sort_by_key(|link| link.span.start);
    let mut notices: Vec<Notice> = Vec::new();
    let mut photos = Vec::new();
    // Where the caption of the last photo credit ends.
    let mut caption_end = 0;
    for one in found {
        let span = one.span(subject);
        let written = &text[span.range()];
        match one.meaning.kind {
            // "Photo: A ship in the fog / Source: X" is about the photo.
            MeaningKind::Notice {
                signal: Signal::Credit,
                ..
            } if (span.start as usize) < caption_end && !one.names_agency() => {}
            MeaningKind::Notice { signal, cut } => {
                // Ranges apart in the search form may touch the same character of the text.
                if notices
                    .last()
                    .is_some_and(|last| last.span.end > span.start)
                {
                    continue;
                }
                let outlet = one.outlet.unwrap_or_default();
                notices.push(Notice {
                    signal,
                    span,
                    url: url_of(&links, span, written, &outlet.name),
                    words: kept_words(written),
                    agency: outlet.is_agency,
                    outlet: outlet.name,
                    cut,
                    weight: one.meaning.weight,
                    disguised: folded.is_disguised(one.start, one.end),
                });
            }
            MeaningKind::Photo => {
                caption_end = end_of_caption(text, span.end as usize);
                photos.extend(one.outlet.map(|outlet| PhotoCredit {
                    span,
                    words: kept_words(written),
                    outlet: outlet.name,
                }));
            }
            MeaningKind::FalseFriend | MeaningKind::Wall => {}
        }
    }
    doubt(&mut notices, subject.agencies, subject.vocabulary);
    (notices, photos)
}

/// Returns where the caption ends whose photo credit ends at a position: with the line.
fn end_of_caption(text: &str, at: usize) -> usize {
    let near = &text[at..floor_boundary(text, at + CAPTION)];
    at + near.find('\n').unwrap_or(near.len())
}

/// Returns what the words of a text mean: of meanings that overlap, the weightiest.
fn interpretations(subject: Subject<'_>, matches: &[RowMatch<'_>]) -> Vec<Interpretation> {
    let of_rows = matches
        .iter()
        .filter(|matched| !matched.is_wall())
        .filter_map(|matched| Interpretation::of_row(matched, subject));
    let mut all: Vec<Interpretation> = of_rows.collect();
    all.extend(credits(subject));
    all.sort_by(|a, b| {
        let weight = b.meaning.weight.total_cmp(&a.meaning.weight);
        weight
            .then((b.end - b.start).cmp(&(a.end - a.start)))
            .then(a.start.cmp(&b.start))
    });
    let mut taken: BTreeMap<usize, usize> = BTreeMap::new();
    all.retain(|one| {
        let before = taken.range(..one.end).next_back();
        let is_free = before.is_none_or(|(_, end)| *end <= one.start);
        if is_free {
            taken.insert(one.start, one.end);
        }
        is_free
    });
    all
}

impl Interpretation {
    /// Interprets the match of a row; nothing if it lacks the form of a notice, or if a notice needs an outlet
    /// and what was captured is none.
    fn of_row(matched: &RowMatch<'_>, subject: Subject<'_>) -> Option<Self> {
        let RowMatch { row, found } = matched;
        let text = subject.folded.text.as_str();
        if !has_form(row, found, text) {
            return None;
        }
        let named = found
            .agency
            .map(|agency| match subject.agencies.is_agency(agency) {
                true => CleanedOutlet::agency(subject.agencies, agency),
                // Papers and stations go by the name as written.
                false => CleanedOutlet {
                    name: subject
                        .folded
                        .written(found.named.0, found.named.1)
                        .to_owned(),
                    is_agency: false,
                },
            });
        let is_notice = matches!(row.meaning.kind, MeaningKind::Notice { .. });
        let words = subject.folded.span(found.start, found.end);
        if is_notice && is_quoted(subject.folded.original(), words) {
            return None;
        }
        let outlet = match found.outlet {
            Some((start, end)) => {
                // A notice that is about the outlet that it names, and not about a link.
                let is_about_outlet = matches!(
                    row.meaning.kind,
                    MeaningKind::Notice {
                        signal: Signal::FirstAppeared | Signal::FeedTail | Signal::Credit,
                        ..
                    }
                );
                let is_line = matches!(row.position, Position::Line | Position::Own)
                    || (row.position == Position::Sentence
                        && is_about_outlet
                        && line_rest(text, found.end).is_empty());
                let raw = with_lead(subject.folded.span(start, end), subject);
                let outlet = clean(raw, is_line, subject.agencies, subject.vocabulary);
                if outlet.is_none() && is_notice {
                    return None;
                }
                outlet.or(named)
            }
            None => named,
        };
        let (start, end) = match row.meaning.kind {
            MeaningKind::Notice { cut: false, .. } => (found.start, found.end),
            _ => widened(text, found.start, found.end, row.position),
        };
        Some(Self {
            meaning: row.meaning,
            start,
            end: start + text[start..end].trim_end().len(),
            outlet,
        })
    }

    fn names_agency(&self) -> bool {
        self.outlet.as_ref().is_some_and(|outlet| outlet.is_agency)
    }

    fn span(&self, subject: Subject<'_>) -> Span {
        subject.folded.span(self.start, self.end)
    }
}

/// Returns a captured name, with the word before it if that is one that introduces names and is
/// written with a capital: "w Tygodniku Portowym".
fn with_lead<'t>(captured: Span, subject: Subject<'t>) -> &'t str {
    let original = subject.folded.original();
    let raw = &original[captured.range()];
    let Some(before) = original[..captured.start as usize].strip_suffix(' ') else {
        return raw;
    };
    let from = before.rfind([' ', '\n']).map_or(0, |blank| blank + 1);
    let word = &before[from..];
    let mut letters = word.chars();
    let has_capital = letters.next().is_some_and(char::is_uppercase)
        && letters.next().is_some_and(char::is_lowercase)
        && word.chars().count() > 4;
    let is_inside = from > 0 && !before[..from].trim_end().ends_with(['.', '\n', ':']);
    let vocabulary = subject.vocabulary;
    let introduces = |word| vocabulary.lead(&(fold(word) + " ")).is_some();
    match has_capital && is_inside && introduces(word) {
        true => &original[from..captured.end as usize],
        false => raw,
    }
}

/// Widens the range of a notice by the brackets around it, the rest of a list of names, the full stop.
fn widened(text: &str, mut start: usize, mut end: usize, position: Position) -> (usize, usize) {
    if matches!(position, Position::Line | Position::Own) {
        let after = &text[end..];
        let rest = line_rest(text, end);
        if !rest.is_empty() && after.trim_start().starts_with([',', '/', '&', '+']) {
            end += after.find(rest).unwrap_or(0) + rest.len();
        }
    }
    let before = text[..start].trim_end_matches(' ');
    let close = match before.chars().next_back() {
        Some('(') => Some(')'),
        Some('[') => Some(']'),
        Some('"') => Some('"'),
        _ => None,
    };
    if let Some(close) = close {
        let after = text[end..].trim_start_matches([' ', '.', '"']);
        if after.starts_with(close) {
            start = before.len() - 1;
            end = text.len() - after.len() + 1;
        }
    }
    if text[end..].starts_with(['.', '"']) {
        end += 1;
    }
    (start, end)
}
