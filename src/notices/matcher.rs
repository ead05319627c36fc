//! Matches one pattern at one position of a text.
//!
//! Patterns are small trees and matches are short, so this is plain backtracking, with a budget of
//! steps that bounds what a hostile text can cost.

use super::agency::{Agencies, NameMatch, is_edge};
use super::fold::SearchText;
use super::pattern::{PatternNode, Then, may_be_empty, may_begin_with};
use super::position::Position;
use super::slot::{PatternSlot, is_capitalised};
use super::vocabulary::NoticeWords;
use crate::text::floor_boundary;

/// Most steps of one attempt.
const MAX_STEPS: u32 = 3000;
/// Bytes that a slot reads in the time of a step.
const BYTES_A_STEP: usize = 4;
/// How far the beginning of a date is read, in bytes.
const DATE_BYTES: usize = 40;

/// A text to search, and what the table knows of names and words.
#[derive(Clone, Copy)]
pub(super) struct Subject<'t> {
    pub folded: &'t SearchText<'t>,
    pub agencies: &'t Agencies,
    pub vocabulary: &'t NoticeWords,
}

/// A match of a pattern. All positions are of the search form.
#[derive(Debug, Clone, Default)]
pub(super) struct PatternMatch {
    pub start: usize,
    pub end: usize,
    /// Where the outlet slot matched.
    pub outlet: Option<(usize, usize)>,
    /// The agency, paper or station that is named.
    pub agency: Option<usize>,
    /// Where its name is.
    pub named: (usize, usize),
    /// Its name may mean something else.
    pub is_ambiguous: bool,
}

impl PatternMatch {
    /// Returns what it will cost to make a notice of it, in steps: most goes into the outlet's name.
    pub fn cost(&self) -> u64 {
        let outlet = self.outlet.map_or(0, |(start, end)| end - start);
        64 + 8 * outlet as u64
    }
}

struct Attempt<'t> {
    subject: Subject<'t>,
    text: &'t str,
    position: Position,
    found: PatternMatch,
    steps: u32,
    /// Bytes that slots have read.
    bytes_read: usize,
}

/// Matches a pattern at a position. Takes its cost from `budget`: a unit for each step, and for every
/// few bytes that slots read.
pub(super) fn match_at(
    subject: Subject<'_>,
    nodes: &[PatternNode],
    position: Position,
    start: usize,
    budget: &mut u64,
) -> Option<PatternMatch> {
    let mut attempt = Attempt {
        subject,
        text: &subject.folded.text,
        position,
        found: PatternMatch {
            start,
            ..PatternMatch::default()
        },
        steps: MAX_STEPS,
        bytes_read: 0,
    };
    let end = attempt.go(nodes, start, None);
    let steps = u64::from(MAX_STEPS - attempt.steps);
    *budget = budget.saturating_sub(steps + (attempt.bytes_read / BYTES_A_STEP) as u64);
    attempt.found.end = end?;
    Some(attempt.found)
}

impl Attempt<'_> {
    /// Returns where the match ends, if the rest of the pattern matches here.
    fn go(&mut self, nodes: &[PatternNode], at: usize, then: Option<&Then>) -> Option<usize> {
        self.steps = self.steps.checked_sub(1)?;
        let Some((node, rest)) = nodes.split_first() else {
            return match then {
                Some(next) => self.go(next.nodes, at, next.then),
                None => self.may_end(at).then_some(at),
            };
        };
        let here = self.text.get(at..)?;
        match node {
            PatternNode::Literal(literal) => {
                let (here, literal) = (here.as_bytes(), literal.as_bytes());
                // The first byte nearly always decides.
                let same = here.first() == literal.first() && here.starts_with(literal);
                same.then(|| self.go(rest, at + literal.len(), then))?
            }
            // Around an optional part that is absent two gaps become one.
            PatternNode::Gap => match gap(here) {
                0 if !self.follows_gap(at) => None,
                length => self.go(rest, at + length, then),
            },
            PatternNode::MaybeGap => self.go(rest, at + gap(here), then),
            PatternNode::Tail => self.go(rest, at + word_tail(here), then),
            PatternNode::Open => {
                let opens = here.starts_with(['(', '[', '{', '<']);
                opens.then(|| self.go(rest, at + 1, then))?
            }
            PatternNode::Close => {
                let closes = here.starts_with([')', ']', '}', '>']);
                closes.then(|| self.go(rest, at + 1, then))?
            }
            PatternNode::Dash => self.go(rest, at + dash(here)?, then),
            PatternNode::Colon => self.go(rest, at + colon(here)?, then),
            PatternNode::Optional(inner) => {
                let next = Then { nodes: rest, then };
                let with = self.go(inner, at, Some(&next));
                with.or_else(|| self.go(rest, at, then))
            }
            PatternNode::Choice(branches) => {
                let next = Then { nodes: rest, then };
                let byte = here.as_bytes().first();
                let may_match = |branch: &&Vec<_>| may_begin_with(byte, branch);
                let mut branches = branches.iter().filter(may_match);
                branches.find_map(|branch| self.go(branch, at, Some(&next)))
            }
            PatternNode::Slot(PatternSlot::Agency) => {
                let inflected = matches!(rest.first(), Some(PatternNode::Tail));
                let Subject {
                    folded, agencies, ..
                } = self.subject;
                let name = agencies.at(folded, at, inflected)?;
                self.name(name, at);
                self.go(rest, name.end, then)
            }
            PatternNode::Slot(PatternSlot::Source) => {
                let name = self.subject.agencies.at_any(self.subject.folded, at)?;
                self.name(name, at);
                self.go(rest, name.end, then)
            }
            PatternNode::Slot(slot) => self.fill(*slot, rest, at, then),
        }
    }

    /// Matches a slot, which takes as little as lets the rest match; or, where nothing has to follow,
    /// as much as it can.
    fn fill(
        &mut self,
        slot: PatternSlot,
        rest: &[PatternNode],
        at: usize,
        then: Option<&Then>,
    ) -> Option<usize> {
        let text = self.text;
        let vocabulary = self.subject.vocabulary;
        if slot == PatternSlot::Outlet {
            // No name begins inside a word, but Hebrew and Arabic write "in" and "for" as one with it.
            let (before, after) = around(text, at);
            let begins_name =
                is_edge(before, after) || matches!(before, Some('\u{5d0}'..='\u{6ff}'));
            if !begins_name || begins_date(text, at, vocabulary) {
                return None;
            }
        }
        let is_last = may_be_empty(rest) && then.is_none_or(Then::may_be_empty);
        let reach = slot.reach(text, at)?;
        self.bytes_read += reach - at;
        // A place or a person is written with capitals, in scripts that have them.
        let needs_capitals = matches!(slot, PatternSlot::Place | PatternSlot::Author);
        let folded = self.subject.folded;
        let mut end = at;
        for character in text.get(at..reach)?.chars() {
            end += character.len_utf8();
            let after = text.get(end..)?.chars().next();
            if !is_edge(Some(character), after)
                || !slot.may_hold(&text[at..end])
                || (needs_capitals && !is_capitalised(folded.written(at, end)))
            {
                continue;
            }
            self.steps = self.steps.checked_sub(1)?;
            self.capture(slot, at, end);
            let matched = match rest {
                [PatternNode::Optional(inner), left @ ..] if is_last => {
                    let next = Then { nodes: left, then };
                    self.go(inner, end, Some(&next))
                }
                _ if is_last => None,
                _ => self.go(rest, end, then),
            };
            if matched.is_some() {
                return matched;
            }
        }
        if !is_last {
            return None;
        }
        let length = slot.natural_length(folded, (at, reach), vocabulary);
        if length == 0 {
            return None;
        }
        self.capture(slot, at, at + length);
        self.go(rest, at + length, then)
    }

    fn follows_gap(&self, at: usize) -> bool {
        let before = at.checked_sub(1).map(|before| self.text.as_bytes()[before]);
        at == self.found.start || matches!(before, Some(b' ' | b'\n' | b'\t'))
    }

    fn capture(&mut self, slot: PatternSlot, at: usize, end: usize) {
        if slot == PatternSlot::Outlet {
            self.found.outlet = Some((at, end));
        }
    }

    fn name(&mut self, name: NameMatch, at: usize) {
        self.found.agency = Some(name.agency);
        self.found.named = (at, name.end);
        self.found.is_ambiguous = name.is_ambiguous;
    }

    fn may_end(&self, at: usize) -> bool {
        let (before, after) = around(self.text, at);
        at > self.found.start
            && is_edge(before, after)
            && self.position.may_end(self.text, self.found.start, at)
    }
}

/// Returns the characters before and after a position.
pub(super) fn around(text: &str, at: usize) -> (Option<char>, Option<char>) {
    let before = text.get(..at).and_then(|before| before.chars().next_back());
    (
        before,
        text.get(at..).and_then(|after| after.chars().next()),
    )
}

/// Whether a date begins here: "3 March", "March 3".
fn begins_date(text: &str, at: usize, vocabulary: &NoticeWords) -> bool {
    let near = text.get(at..floor_boundary(text, at + DATE_BYTES));
    let mut words = near.unwrap_or("").split([' ', ',', '.', '\n']);
    let (Some(first), Some(second)) = (words.next(), words.next()) else {
        return false;
    };
    let is_month = |word: &str| vocabulary.months.contains(word);
    let is_number = |word: &str| {
        let day = word.strip_suffix("er").or(word.strip_suffix("st"));
        let day = day.or(word.strip_suffix("nd")).or(word.strip_suffix("th"));
        let day = day.unwrap_or(word);
        (1..=4).contains(&day.len()) && day.bytes().all(|byte| byte.is_ascii_digit())
    };
    (is_number(first) && is_month(second)) || (is_month(first) && is_number(second))
}

/// Returns the length of the white space here: at most one line break.
fn gap(here: &str) -> usize {
    let mut breaks = 0;
    let is_gap = |byte: &u8| {
        breaks += usize::from(*byte == b'\n');
        matches!(byte, b' ' | b'\t' | b'\r' | b'\n') && breaks < 2
    };
    here.bytes().take(8).take_while(is_gap).count()
}

/// Returns the length of the rest of a word, with a short ending after an apostrophe or hyphen.
fn word_tail(here: &str) -> usize {
    let word = |text: &str| -> usize {
        let letters = text.chars().take(24).take_while(|c| c.is_alphanumeric());
        letters.map(char::len_utf8).sum()
    };
    let length = word(here);
    let rest = here[length..].strip_prefix(['\'', '-']);
    match rest.map_or(0, word) {
        ending @ 1..=8 => length + 1 + ending,
        _ => length,
    }
}

/// Returns the length of one to three dashes with the white space around them.
fn dash(here: &str) -> Option<usize> {
    let before = gap(here);
    let rest = here.get(before..)?;
    let dashes = rest.bytes().take(3).take_while(|b| *b == b'-').count();
    let after = rest.get(dashes..)?;
    // "AA-minus" is one word.
    let is_inside = before == 0 && after.starts_with(|c: char| c.is_ascii_alphanumeric());
    (dashes > 0 && !is_inside).then(|| before + dashes + gap(after))
}

/// Returns the length of a colon, or a dash or bar with space around it.
fn colon(here: &str) -> Option<usize> {
    let before = gap(here);
    let rest = here.get(before..)?;
    let bar = rest.strip_prefix('|').filter(|_| before > 0);
    if let Some(after) = rest.strip_prefix(':').or(bar) {
        return Some(before + 1 + gap(after));
    }
    let length = dash(here)?;
    (before > 0 && here.as_bytes().get(length - 1) == Some(&b' ')).then_some(length)
}
