//! The rows of the table, prepared for the search: a prefilter finds the needles of all of them, and
//! a row is matched only near one of its needles.

use std::collections::HashMap;
use std::hash::BuildHasherDefault;

use gxhash::GxHasher;

use super::agency::is_edge;
use super::matcher::{PatternMatch, Subject, around, match_at};
use super::needles::{Needles, needles};
use super::outlet::CleanedOutlet;
use super::pattern::{PatternNode, may_begin_with};
use super::position::{Position, lines, starts};
use super::prefilter::Prefilter;
use super::signal::Signal;

/// A pattern, where it may stand, and what it means.
#[derive(Debug)]
pub(super) struct NoticeRow {
    pub position: Position,
    pub nodes: Vec<PatternNode>,
    /// Its needles, unless they depend on the agencies.
    pub needles: Option<Needles>,
    /// Every match has words of the pattern, and not only names and signs.
    pub is_labelled: bool,
    /// All its languages are written in other scripts than Latin.
    pub is_of_other_script: bool,
    pub meaning: Meaning,
}

/// What the words that a row matches mean.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(super) struct Meaning {
    pub kind: MeaningKind,
    /// How sure that is, from 0 to 1. Of two meanings of the same words the weightier wins.
    pub weight: f32,
}

#[derive(Debug, Clone, Copy, PartialEq)]
pub(super) enum MeaningKind {
    /// A notice.
    Notice { signal: Signal, cut: bool },
    /// Looks like a notice and is none.
    FalseFriend,
    /// Credits a photo.
    Photo,
    /// Belongs to a page that is no article.
    Wall,
}

/// A match of a row.
#[derive(Debug)]
pub(super) struct RowMatch<'r> {
    pub row: &'r NoticeRow,
    pub found: PatternMatch,
}

impl RowMatch<'_> {
    /// Whether it belongs to a page that is no article.
    pub fn is_wall(&self) -> bool {
        self.row.meaning.kind == MeaningKind::Wall
    }
}

/// One meaning of some words of a text, which range over the search form.
#[derive(Debug)]
pub(super) struct Interpretation {
    pub meaning: Meaning,
    pub start: usize,
    pub end: usize,
    pub outlet: Option<CleanedOutlet>,
}

/// Rows that are searched for together.
#[derive(Debug)]
pub(super) struct RowSet {
    rows: Vec<PreparedRow>,
    prefilter: Prefilter,
    /// The rows of each needle.
    by_needle: Vec<Vec<u32>>,
    /// Rows without needles: tried where the first and last lines begin.
    headless: Vec<u32>,
}

#[derive(Debug)]
struct PreparedRow {
    row: NoticeRow,
    /// How far before a needle a match may begin, in bytes.
    before: usize,
    /// The node with which its needles begin, if matching from there rejects most of them; or else 0.
    tail: usize,
}

/// How far the search for one row has come.
#[derive(Debug, Clone, Copy, Default)]
struct RowProgress {
    /// Where its last match ends.
    done: usize,
    /// No match begins before this.
    tried: usize,
}

/// Lines at either end of a text in which rows without needles are tried.
const END_LINES: usize = 3;
/// Bytes of a last line: a longer one is a paragraph.
const LAST_LINE: usize = 160;
/// Bytes before a needle: where a match may begin no farther, its beginnings are tried at once.
const FEW_BYTES: usize = 32;
/// Characters that may stand before the first word of a line.
const BULLETS: [char; 10] = [' ', '\t', '\r', '\u{feff}', '*', '#', '>', '-', '|', '•'];
/// What the search of a text may cost, in steps of some 30 nanoseconds: this much, and as much for
/// each byte. Of 118,000 honest texts in some 25 languages none needs a seventh of it (27,100 steps;
/// the longest, of 685,000 bytes, 78,400). The end of a hostile text is not searched.
const BUDGET: u64 = 200_000;
const BUDGET_A_BYTE: u64 = 1;

impl RowSet {
    /// Prepares rows. `agencies` are the names of agencies in search form.
    pub fn new(rows: Vec<NoticeRow>, agencies: &[String]) -> Self {
        let mut numbers: HashMap<String, u32> = HashMap::new();
        let mut by_needle: Vec<Vec<u32>> = Vec::new();
        let mut headless = Vec::new();
        let mut prepared = Vec::with_capacity(rows.len());
        for (number, mut row) in (0..).zip(rows) {
            let (mut before, mut tail) = (0, 0);
            let found = row.needles.take();
            match found.or_else(|| needles(&row.nodes, agencies)) {
                Some(needles) => {
                    before = needles.before;
                    // Where a closing row may end depends on where it begins.
                    if before > FEW_BYTES && row.position != Position::Closing {
                        tail = needles.node.unwrap_or(0);
                    }
                    for (needle, _) in needles.strings {
                        let next = by_needle.len() as u32;
                        let needle = *numbers.entry(needle).or_insert(next) as usize;
                        if needle == by_needle.len() {
                            by_needle.push(Vec::new());
                        }
                        if by_needle[needle].last() != Some(&number) {
                            by_needle[needle].push(number);
                        }
                    }
                }
                None => headless.push(number),
            }
            prepared.push(PreparedRow { row, before, tail });
        }
        Self {
            rows: prepared,
            prefilter: Prefilter::new(numbers.into_iter()),
            by_needle,
            headless,
        }
    }

    /// Finds all matches of all rows; those of one row do not overlap.
    pub fn find<'r>(&'r self, subject: Subject<'_>) -> Vec<RowMatch<'r>> {
        let text = subject.folded.text.as_str();
        let mut matches = Vec::new();
        let mut budget = BUDGET + BUDGET_A_BYTE * text.len() as u64;
        self.find_headless(subject, &mut matches, &mut budget);
        let mut progress: HashMap<u32, RowProgress, BuildHasherDefault<GxHasher>> =
            HashMap::default();
        self.prefilter.scan(text, |at, needle| {
            for &number in &self.by_needle[needle as usize] {
                let prepared = &self.rows[number as usize];
                let progress = progress.entry(number).or_default();
                let from = at.saturating_sub(prepared.before);
                let from = from.max(progress.done).max(progress.tried);
                if progress.done > at || !prepared.tail_matches(subject, at, &mut budget) {
                    continue;
                }
                progress.tried = at + 1;
                if let Some(found) = prepared.find_around(subject, from, at, &mut budget) {
                    progress.done = found.end;
                    budget = budget.saturating_sub(found.cost());
                    let row = &prepared.row;
                    matches.push(RowMatch { row, found });
                }
            }
            budget > 0
        });
        matches
    }

    /// Tries the rows without needles, which all name an agency, a paper or a station, on the first lines and short last ones.
    fn find_headless<'r>(
        &'r self,
        subject: Subject<'_>,
        matches: &mut Vec<RowMatch<'r>>,
        budget: &mut u64,
    ) {
        let text = subject.folded.text.as_str();
        for at in end_lines(text) {
            if !subject.agencies.named_near(subject.folded, at) {
                continue;
            }
            for &number in &self.headless {
                let row = &self.rows[number as usize].row;
                if row.position.may_begin(text, at) {
                    let found = match_at(subject, &row.nodes, row.position, at, budget);
                    matches.extend(found.map(|found| RowMatch { row, found }));
                }
            }
        }
    }
}

/// Returns where the first lines of a text begin, and its short last ones.
fn end_lines(text: &str) -> impl Iterator<Item = usize> {
    let word = |line: &str| line.len() - line.trim_start_matches(BULLETS).len();
    let all = lines(text);
    let mut others = all.clone();
    others.nth(END_LINES * 2 - 1);
    let first = all.take(END_LINES * 2);
    let first = first.filter(move |(_, line)| word(line) < line.len());
    let last = others.rev().take(END_LINES);
    let last = last.take_while(|(_, line)| line.len() < LAST_LINE);
    let starts = first.take(END_LINES).chain(last);
    let starts = starts.map(move |(from, line)| from + word(line));
    starts.filter(|at| *at < text.len())
}

impl PreparedRow {
    /// Whether the pattern matches from its needle on. A match that has this needle elsewhere is found
    /// there.
    fn tail_matches(&self, subject: Subject<'_>, needle: usize, budget: &mut u64) -> bool {
        let tail = &self.row.nodes[self.tail..];
        self.tail == 0 || match_at(subject, tail, self.row.position, needle, budget).is_some()
    }

    /// Finds a match that begins in `from..=to` and ends after `to`.
    fn find_around(
        &self,
        subject: Subject<'_>,
        from: usize,
        to: usize,
        budget: &mut u64,
    ) -> Option<PatternMatch> {
        let text = subject.folded.text.as_str();
        let position = self.row.position;
        *budget = budget.saturating_sub(8 + to.saturating_sub(from) as u64 / 4);
        starts(position, text, from, to).find_map(|start| {
            let byte = text.as_bytes().get(start);
            let may_begin = may_begin_with(byte, &self.row.nodes)
                && text.is_char_boundary(start)
                && begins_word(text, start)
                && position.may_begin(text, start);
            let nodes = may_begin.then_some(&self.row.nodes)?;
            let found = match_at(subject, nodes, position, start, budget)?;
            (found.end > to).then_some(found)
        })
    }
}

fn begins_word(text: &str, at: usize) -> bool {
    let bytes = text.as_bytes();
    match (at.checked_sub(1).map(|before| bytes[before]), bytes.get(at)) {
        (_, None) => false,
        (None, _) => true,
        (Some(before), Some(next)) if before.is_ascii() && next.is_ascii() => {
            !(before.is_ascii_alphanumeric() && next.is_ascii_alphanumeric())
        }
        _ => {
            let (before, after) = around(text, at);
            is_edge(before, after)
        }
    }
}

#[cfg(test)]
mod tests {
    use std::sync::LazyLock;

    use proptest::prelude::*;

    use super::super::file::TableFile;
    use super::super::fold::SearchText;
    use super::super::pattern::PatternNode;
    use super::super::slot::PatternSlot;
    use super::*;

    static TABLE: LazyLock<(TableFile, RowSet)> = LazyLock::new(|| {
        let mut file = TableFile::default();
        file.read(include_str!("notices.tsv")).expect("sound");
        let rows = std::mem::take(&mut file.rows);
        let set = RowSet::new(rows, file.agencies.folded());
        (file, set)
    });

    /// Writes words that a pattern is meant for. `choose` returns a number below another.
    fn fill(nodes: &[PatternNode], choose: &mut dyn FnMut(usize) -> usize, out: &mut String) {
        for (node, next) in nodes
            .iter()
            .zip(nodes.iter().skip(1).map(Some).chain([None]))
        {
            let written = match node {
                PatternNode::Literal(text) => text,
                // The needles of agencies have one blank before the name.
                PatternNode::Gap => match next {
                    Some(PatternNode::Slot(PatternSlot::Agency)) => [" ", "\n"][choose(2)],
                    _ => [" ", "\n", "  "][choose(3)],
                },
                PatternNode::MaybeGap => ["", " "][choose(2)],
                PatternNode::Tail => ["", "s"][choose(2)],
                PatternNode::Open => ["(", "[", "（"][choose(3)],
                PatternNode::Close => [")", "]", "）"][choose(3)],
                PatternNode::Dash => ["-", " – ", " — "][choose(3)],
                PatternNode::Colon => [":", "： ", " | "][choose(3)],
                PatternNode::Slot(slot) => match slot {
                    PatternSlot::Outlet => ["Harbor Post", "lantern.example"][choose(2)],
                    PatternSlot::Agency | PatternSlot::Source => {
                        ["Reuters", "AFP", "新华社", "РИА Новости"][choose(4)]
                    }
                    PatternSlot::Date => "3 May 2020",
                    PatternSlot::Author => "Ann Poe",
                    PatternSlot::Place => "London",
                    PatternSlot::Title => "Rain in the hills",
                    PatternSlot::Words => "some words of ours",
                    PatternSlot::Number => "12",
                    PatternSlot::Url => "https://lantern.example/b",
                },
                PatternNode::Optional(inner) => {
                    if choose(2) == 1 {
                        fill(inner, choose, out);
                    }
                    ""
                }
                PatternNode::Choice(branches) => {
                    let branches: Vec<_> = branches.iter().collect();
                    fill(branches[choose(branches.len())], choose, out);
                    ""
                }
            };
            *out += written;
        }
    }

    /// Writes some letters of a text otherwise, as folding undoes it.
    fn respelled(text: &str, choose: &mut dyn FnMut(usize) -> usize) -> String {
        let respelled = text.chars().map(|c| match (choose(6), c) {
            (0, _) => c.to_uppercase().collect(),
            (1, 'a'..='z') => char::from_u32(c as u32 - 0x61 + 0xff41)
                .into_iter()
                .collect(),
            (1, '\'') => "’".to_owned(),
            (2, 'a' | 'e' | 'o' | 'u') => format!("{c}\u{301}"),
            (3, ' ') => "\u{a0}".to_owned(),
            (4, 'b'..='z') => format!("{c}\u{ad}"),
            _ => c.to_string(),
        });
        respelled.collect()
    }

    /// Finds the matches of a row without its needles: from each position on, if it lies behind the last
    /// match.
    fn naive(row: &NoticeRow, subject: Subject<'_>) -> Vec<(usize, usize)> {
        let text = subject.folded.text.as_str();
        let mut found: Vec<(usize, usize)> = Vec::new();
        for (at, _) in text
            .char_indices()
            .filter(|(_, c)| !matches!(c, ' ' | '\n'))
        {
            let is_free = found.last().is_none_or(|(_, end)| *end <= at);
            if is_free && begins_word(text, at) && row.position.may_begin(text, at) {
                let one = match_at(subject, &row.nodes, row.position, at, &mut { u64::MAX });
                found.extend(one.map(|one| (one.start, one.end)));
            }
        }
        found
    }

    /// Puts a wording of a row into a text, and returns whether it is found there. The search finds what
    /// the naive one does.
    fn check(number: usize, choose: &mut dyn FnMut(usize) -> usize) -> bool {
        let (file, set) = &*TABLE;
        let row = &set.rows[number].row;
        let mut wording = String::new();
        fill(&row.nodes, choose, &mut wording);
        let before = ["", "Rain fell.\n\n", "A first story, said by all. ", "(x)"][choose(4)];
        let after = ["", ". It rained on", "\nMore of it", "y", " "][choose(5)];
        let plain = format!("{before}{wording}{after}\n\n{wording}");
        let text = match choose(2) {
            0 => plain,
            _ => respelled(&plain, choose),
        };
        let folded = SearchText::new(&text);
        let subject = Subject {
            folded: &folded,
            agencies: &file.agencies,
            vocabulary: &file.vocabulary,
        };
        let expected = naive(row, subject);
        let matches = set.find(subject).into_iter();
        let own = matches.filter(|matched| std::ptr::eq(matched.row, row));
        let mut found: Vec<_> = own.map(|one| (one.found.start, one.found.end)).collect();
        found.sort_unstable();
        assert_eq!(found, expected, "{:?} in {text:?}", row.nodes);
        !expected.is_empty()
    }

    /// The numbers of the rows that are found by needles.
    fn rows() -> impl Iterator<Item = usize> {
        let set = &TABLE.1;
        (0..set.rows.len()).filter(|number| !set.headless.contains(&(*number as u32)))
    }

    #[test]
    fn the_wording_of_nearly_every_row_is_found() {
        let found = rows().filter(|number| check(*number, &mut |_| 0)).count();
        let all = rows().count();
        assert!(found * 10 > all * 9, "{found} of {all}");
    }

    /// A word of ASCII that follows a Han character without a blank.
    #[test]
    fn a_needle_may_follow_another_script() {
        let (file, set) = &*TABLE;
        let folded = SearchText::new("编辑robot");
        let subject = Subject {
            folded: &folded,
            agencies: &file.agencies,
            vocabulary: &file.vocabulary,
        };
        assert_eq!(set.find(subject).len(), 1);
    }

    proptest! {
        #[test]
        fn no_wording_escapes_the_needles(
            row in any::<prop::sample::Index>(),
            choices in prop::collection::vec(any::<u8>(), 300),
        ) {
            let rows: Vec<usize> = rows().collect();
            let mut choices = choices.into_iter().cycle();
            let mut choose = |below| choices.next().map_or(0, usize::from) % below;
            check(*row.get(&rows), &mut choose);
        }
    }
}
