//! Rows of the table made ready to search with: a prefilter over all their needles, and a closer
//! look where one stands.

use super::agency::{is_edge, is_spaced};
use super::literals::{Needles, first_bytes, needles};
use super::matcher::{Match, Subject, match_at};
use super::pattern::{ByteSet, Node};
use super::place::Place;
use super::prefilter::Prefilter;
use super::starts::Starts;

/// A pattern, where it may stand, and what it means.
#[derive(Debug, Clone)]
pub(super) struct Row<T> {
    pub place: Place,
    pub nodes: Vec<Node>,
    pub meaning: T,
}

/// A row that matched.
#[derive(Debug)]
pub(super) struct Hit<'r, T> {
    pub row: &'r Row<T>,
    pub found: Match,
}

/// Rows of one kind.
#[derive(Debug)]
pub(super) struct Rows<T> {
    rows: Vec<Prepared<T>>,
    prefilter: Prefilter,
    /// For each needle, the rows it is for.
    by_needle: Vec<Vec<u32>>,
    /// Rows that no needle finds: tried where the first and last lines begin.
    headless: Vec<u32>,
    /// From the beginning of a match to the end of its needle, at most; in bytes.
    reach: usize,
}

#[derive(Debug)]
struct Prepared<T> {
    row: Row<T>,
    before: usize,
    /// The element with which its needles begin, if what comes from there on can be tried alone.
    tail: usize,
    /// The bytes with which it may begin.
    first: ByteSet,
}

/// How far one row has got in a text.
#[derive(Debug, Clone, Copy, Default)]
struct Progress {
    /// Where its last match ends.
    done: usize,
    /// Before this place it cannot begin: that was tried.
    tried: usize,
}

/// How far the rows have got; most of them never begin.
#[derive(Default)]
struct Progresses {
    /// For each row where in `begun` it stands, plus one. Made when first needed.
    places: Vec<u32>,
    begun: Vec<Progress>,
}

impl Progresses {
    fn of(&mut self, row: u32, rows: usize) -> &mut Progress {
        if self.places.is_empty() {
            self.places = vec![0; rows];
            self.begun.reserve(64);
        }
        let place = &mut self.places[row as usize];
        if *place == 0 {
            self.begun.push(Progress::default());
            *place = self.begun.len() as u32;
        }
        &mut self.begun[*place as usize - 1]
    }
}

/// Lines at either end of a text that are looked at without a needle.
const END_LINES: usize = 3;
/// A last line that is longer, in bytes, is a paragraph.
const LAST_LINE: usize = 160;
/// Where a match may begin so few bytes before its needle, its beginnings are tried without a look
/// at its end.
const FEW: usize = 32;
/// What may stand before a line's first word.
const BULLETS: [char; 10] = [' ', '\t', '\r', '\u{feff}', '*', '#', '>', '-', '|', '•'];
/// What a whole text may cost, in steps of some 30 nanoseconds: so many, and so many a byte. No
/// honest text that was tried, of 118,000 in some 25 languages, needs a seventh of it (27,100 steps;
/// the longest, of 685,000 bytes, 78,400); a hostile one has its end unread.
const BUDGET: u64 = 200_000;
const BUDGET_A_BYTE: u64 = 1;

impl<T> Rows<T> {
    /// Makes rows ready. `agencies`: the names of the agencies, in searched form.
    pub fn new(rows: Vec<Row<T>>, agencies: &[String]) -> Self {
        let mut words: Vec<String> = Vec::new();
        let mut known = std::collections::HashMap::new();
        let mut by_needle: Vec<Vec<u32>> = Vec::new();
        let mut headless = Vec::new();
        let mut prepared = Vec::with_capacity(rows.len());
        for (index, row) in rows.into_iter().enumerate() {
            let found = needles(&row.nodes, agencies);
            let before = found.as_ref().map_or(0, |found| found.before);
            // Where a closing row may end depends on where it begins.
            let tail = match found.as_ref().and_then(|found| found.node) {
                Some(node) if before > FEW && row.place != Place::Closing => node,
                _ => 0,
            };
            match found {
                Some(Needles { strings, .. }) => {
                    for text in strings {
                        let at = *known.entry(text.clone()).or_insert_with(|| {
                            words.push(text);
                            by_needle.push(Vec::new());
                            by_needle.len() - 1
                        });
                        if by_needle[at].last() != Some(&(index as u32)) {
                            by_needle[at].push(index as u32);
                        }
                    }
                }
                None => headless.push(index as u32),
            }
            let first = match first_bytes(&row.nodes) {
                Some(bytes) => bytes.into_iter().collect(),
                None => (0..=u8::MAX).collect(),
            };
            prepared.push(Prepared {
                row,
                before,
                tail,
                first,
            });
        }
        let before = prepared.iter().map(|prepared| prepared.before);
        let reach = before.max().unwrap_or(0) + Prefilter::LONGEST;
        let prefilter = Prefilter::new(words.into_iter().zip(0..));
        Self {
            rows: prepared,
            prefilter,
            by_needle,
            headless,
            reach,
        }
    }

    /// Finds all matches of all rows; of one row, none that overlap.
    pub fn find<'r>(&'r self, subject: Subject<'_>) -> Vec<Hit<'r, T>> {
        self.find_up_to(subject, subject.text.text.len())
    }

    /// Whether no match begins before a place. Costs no more than that part of the text does.
    pub fn none_begins_before(&self, subject: Subject<'_>, end: usize) -> bool {
        let text = subject.text.text.as_str();
        let mut to = text.len().min(end + self.reach);
        while !text.is_char_boundary(to) {
            to += 1;
        }
        self.find_up_to(subject, to).is_empty()
    }

    /// Finds the matches whose needles stand before a place.
    fn find_up_to<'r>(&'r self, subject: Subject<'_>, end: usize) -> Vec<Hit<'r, T>> {
        let text = subject.text.text.as_str();
        let mut hits = Vec::new();
        let mut budget = BUDGET + BUDGET_A_BYTE * text.len() as u64;
        self.at_ends(subject, &mut hits, &mut budget);
        let mut progress = Progresses::default();
        self.prefilter.scan(&text[..end], |at, needle| {
            for &index in self.by_needle.get(needle as usize).into_iter().flatten() {
                let prepared = &self.rows[index as usize];
                let so_far = progress.of(index, self.rows.len());
                let from = at.saturating_sub(prepared.before);
                let from = from.max(so_far.done).max(so_far.tried);
                if so_far.done > at || !prepared.ends_from(subject, at, &mut budget) {
                    continue;
                }
                so_far.tried = at + 1;
                if let Some(found) = prepared.near(subject, from, at, &mut budget) {
                    so_far.done = found.end;
                    budget = budget.saturating_sub(found.cost());
                    hits.push(Hit {
                        row: &prepared.row,
                        found,
                    });
                }
            }
            budget > 0
        });
        hits
    }

    /// Tries the rows that no needle finds: all of them name an agency, on one of the first lines
    /// or on a short last one.
    fn at_ends<'r>(&'r self, subject: Subject<'_>, hits: &mut Vec<Hit<'r, T>>, budget: &mut u64) {
        if self.headless.is_empty() {
            return;
        }
        let text = subject.text.text.as_str();
        for at in end_lines(text) {
            if !subject
                .agencies
                .named_near(subject.text, subject.original, at)
            {
                continue;
            }
            for &index in &self.headless {
                let prepared = &self.rows[index as usize];
                let place = prepared.row.place;
                if place.begins(text, at) {
                    let found = match_at(subject, &prepared.row.nodes, place, at, budget);
                    hits.extend(found.map(|found| Hit {
                        row: &prepared.row,
                        found,
                    }));
                }
            }
        }
    }
}

/// Where the first lines of a text begin, and its short last ones.
fn end_lines(text: &str) -> impl Iterator<Item = usize> {
    let bytes = text.as_bytes();
    let mut starts = [usize::MAX; END_LINES * 2];
    let mut count = 0;
    let mut next = 0;
    for line in text.split('\n').take(END_LINES * 2) {
        let at = next + line.len() - line.trim_start_matches(BULLETS).len();
        next += line.len() + 1;
        if at + 1 < next && count < END_LINES {
            starts[count] = at;
            count += 1;
        }
    }
    let mut end = bytes.len();
    for _ in 0..END_LINES {
        let from = end.saturating_sub(LAST_LINE);
        let Some(found) = bytes[from..end].iter().rposition(|&b| b == b'\n') else {
            break;
        };
        end = from + found;
        let line = text.get(end + 1..).unwrap_or("");
        let at = end + 1 + line.len() - line.trim_start_matches(BULLETS).len();
        if end + 1 >= next && at < bytes.len() {
            starts[count] = at;
            count += 1;
        }
    }
    starts.into_iter().take(count)
}

impl<T> Prepared<T> {
    /// Whether a match may go on as it must from a needle on. One that has this needle elsewhere is
    /// found there.
    fn ends_from(&self, subject: Subject<'_>, needle: usize, budget: &mut u64) -> bool {
        let nodes = self.row.nodes.get(self.tail..).unwrap_or_default();
        self.tail == 0 || match_at(subject, nodes, self.row.place, needle, budget).is_some()
    }

    /// Looks for a match that begins between two places, and reaches beyond the second.
    fn near(
        &self,
        subject: Subject<'_>,
        from: usize,
        to: usize,
        budget: &mut u64,
    ) -> Option<Match> {
        let text = subject.text.text.as_str();
        let place = self.row.place;
        *budget = budget.saturating_sub(8 + to.saturating_sub(from) as u64 / 4);
        let mut tried = |start: usize, byte: u8| {
            if !self.first.contains(byte)
                || !text.is_char_boundary(start)
                || !begins_word(text, start)
                || !place.begins(text, start)
            {
                return None;
            }
            let found = match_at(subject, &self.row.nodes, place, start, budget)?;
            (found.end > to).then_some(found)
        };
        if matches!(place, Place::Any | Place::Closing) || from == to {
            let stretch = text.as_bytes().get(from..=to)?;
            let mut places = stretch.iter().zip(from..);
            return places.find_map(|(&byte, at)| match byte {
                b' ' | b'\n' => None,
                byte => tried(at, byte),
            });
        }
        let mut starts = Starts::new(place, text, from, to);
        std::iter::from_fn(|| starts.next()).find_map(|(at, byte)| tried(at, byte))
    }
}

fn begins_word(text: &str, at: usize) -> bool {
    let bytes = text.as_bytes();
    let Some(&next) = bytes.get(at) else {
        return false;
    };
    match at.checked_sub(1).and_then(|before| bytes.get(before)) {
        None => true,
        Some(before) if before.is_ascii() && next.is_ascii() => {
            !(before.is_ascii_alphanumeric() && next.is_ascii_alphanumeric())
        }
        Some(_) => {
            let after = text.get(at..).and_then(|t| t.chars().next());
            after.is_none_or(|c| !is_spaced(c))
                || is_edge(text.get(..at).and_then(|t| t.chars().next_back()), after)
        }
    }
}
