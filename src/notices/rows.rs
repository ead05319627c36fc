//! Rows of the table made ready to search with: a prefilter over all their needles, and a closer
//! look where one stands.

use aho_corasick::{AhoCorasick, AhoCorasickKind, BuildError, MatchKind};

use super::agency::{is_edge, is_spaced};
use super::literals::{Needles, first_bytes, needles};
use super::matcher::{Match, Subject, match_at};
use super::pattern::Node;
use super::place::Place;

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
    pub index: usize,
    pub found: Match,
}

/// Rows of one kind.
#[derive(Debug)]
pub(super) struct Rows<T> {
    rows: Vec<Prepared<T>>,
    prefilter: AhoCorasick,
    /// For each needle, the rows it is for.
    by_needle: Vec<Vec<u32>>,
    /// Rows that no needle finds: tried where lines of the opening begin.
    headless: Vec<u32>,
}

#[derive(Debug)]
struct Prepared<T> {
    row: Row<T>,
    before: usize,
    first: Option<Box<[bool; 256]>>,
}

/// Lines of the opening.
const OPENING_LINES: usize = 6;
/// What a whole text may cost, in steps: so many, and so many a byte.
const BUDGET: u64 = 2_000_000;
const BUDGET_A_BYTE: u64 = 40;

impl<T> Rows<T> {
    /// Makes rows ready. `agencies`: the names of the agencies, in searched form.
    pub fn new(rows: Vec<Row<T>>, agencies: &[String]) -> Result<Self, BuildError> {
        let mut words: Vec<String> = Vec::new();
        let mut known = std::collections::HashMap::new();
        let mut by_needle: Vec<Vec<u32>> = Vec::new();
        let mut headless = Vec::new();
        let mut prepared = Vec::with_capacity(rows.len());
        for (index, row) in rows.into_iter().enumerate() {
            let found = needles(&row.nodes, agencies);
            let before = found.as_ref().map_or(0, |found| found.before);
            match found {
                Some(Needles { words: own, .. }) => {
                    for word in own {
                        let at = *known.entry(word.clone()).or_insert_with(|| {
                            words.push(word);
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
            let first = first_bytes(&row.nodes).map(|bytes| {
                let mut set = Box::new([false; 256]);
                bytes.into_iter().for_each(|byte| set[byte as usize] = true);
                set
            });
            prepared.push(Prepared { row, before, first });
        }
        let prefilter = AhoCorasick::builder()
            .match_kind(MatchKind::Standard)
            .kind(Some(AhoCorasickKind::DFA))
            .build(&words)?;
        Ok(Self {
            rows: prepared,
            prefilter,
            by_needle,
            headless,
        })
    }

    /// Finds all matches of all rows; of one row, none that overlap.
    pub fn find<'r>(&'r self, subject: Subject<'_>) -> Vec<Hit<'r, T>> {
        let text = subject.text.text.as_str();
        let mut hits = Vec::new();
        let mut budget = BUDGET + BUDGET_A_BYTE * text.len() as u64;
        self.at_openings(subject, &mut hits, &mut budget);
        // How far each row has matched; made when first needed.
        let mut done: Vec<usize> = Vec::new();
        for needle in self.prefilter.find_overlapping_iter(text) {
            if budget == 0 {
                break;
            }
            done.resize(self.rows.len(), 0);
            for &index in &self.by_needle[needle.pattern().as_usize()] {
                let index = index as usize;
                if done[index] > needle.start() {
                    continue;
                }
                let from = done[index].max(needle.start().saturating_sub(self.rows[index].before));
                if let Some(found) = self.near(subject, index, from, needle.start(), &mut budget) {
                    done[index] = found.end.max(needle.end());
                    hits.push(Hit {
                        row: &self.rows[index].row,
                        index,
                        found,
                    });
                }
            }
        }
        hits
    }

    /// Looks for a match of a row that begins between two places, and reaches beyond the second.
    fn near(
        &self,
        subject: Subject<'_>,
        index: usize,
        from: usize,
        to: usize,
        budget: &mut u64,
    ) -> Option<Match> {
        let text = subject.text.text.as_str();
        let prepared = &self.rows[index];
        let place = prepared.row.place;
        for start in from..=to {
            let byte = *text.as_bytes().get(start)?;
            let fits = prepared
                .first
                .as_ref()
                .is_none_or(|first| first[byte as usize]);
            if !fits
                || byte == b' '
                || byte == b'\n'
                || !text.is_char_boundary(start)
                || !begins_word(text, start)
            {
                continue;
            }
            if !place.begins(text, start) {
                continue;
            }
            let found = match_at(subject, &prepared.row.nodes, place, start, budget);
            if let Some(found) = found.filter(|found| found.end > to) {
                return Some(found);
            }
        }
        None
    }

    /// Tries the rows that no needle finds.
    fn at_openings<'r>(
        &'r self,
        subject: Subject<'_>,
        hits: &mut Vec<Hit<'r, T>>,
        budget: &mut u64,
    ) {
        let text = subject.text.text.as_str();
        let mut start = 0;
        for line in text.split('\n').take(OPENING_LINES) {
            let skipped = line.len()
                - line
                    .trim_start_matches([' ', '\t', '*', '#', '>', '-', '|', '•'])
                    .len();
            let at = start + skipped;
            start += line.len() + 1;
            for &index in &self.headless {
                let prepared = &self.rows[index as usize];
                let place = prepared.row.place;
                if at < text.len() && place.begins(text, at) {
                    let found = match_at(subject, &prepared.row.nodes, place, at, budget);
                    hits.extend(found.map(|found| Hit {
                        row: &prepared.row,
                        index: index as usize,
                        found,
                    }));
                }
            }
            if start > text.len() {
                break;
            }
        }
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
