//! One pattern against one place of a text.
//!
//! Patterns are small trees and matches are short, so this is plain backtracking; a budget of steps
//! bounds what a hostile text can make of it.

use super::agency::{Agencies, is_edge};
use super::fold::Folded;
use super::pattern::{Node, Slot};
use super::place::Place;
use super::slot;
use super::words::Words;

/// What one attempt may cost.
const STEPS: u32 = 3000;
/// Bytes that a slot looks over in the time of a step.
const BYTES_A_STEP: usize = 4;

/// A text to match against, with what the table knows.
#[derive(Clone, Copy)]
pub(super) struct Subject<'t> {
    pub text: &'t Folded,
    pub original: &'t str,
    pub agencies: &'t Agencies,
    pub words: &'t Words,
}

/// A pattern that matched.
#[derive(Debug, Clone, Default)]
pub(super) struct Match {
    pub start: usize,
    pub end: usize,
    /// The captured outlet, in the searched form.
    pub outlet: Option<(usize, usize)>,
    pub agency: Option<usize>,
    /// Where its name stands, in the searched form.
    pub named: (usize, usize),
}

impl Match {
    /// What it will cost to make a notice of it, in steps: most of it goes into the outlet's name.
    pub fn cost(&self) -> u64 {
        64 + self
            .outlet
            .map_or(0, |(start, end)| 8 * (end - start) as u64)
    }
}

/// What comes after a group.
#[derive(Clone, Copy)]
struct Then<'n> {
    nodes: &'n [Node],
    then: Option<&'n Then<'n>>,
}

struct Attempt<'t> {
    subject: Subject<'t>,
    place: Place,
    found: Match,
    steps: u32,
    /// Bytes that slots looked over.
    looked_over: usize,
}

/// Matches a pattern at a place. Takes what it costs from `budget`: a unit for each step, and one
/// for so many bytes that a slot looked over.
pub(super) fn match_at(
    subject: Subject<'_>,
    nodes: &[Node],
    place: Place,
    start: usize,
    budget: &mut u64,
) -> Option<Match> {
    let found = Match {
        start,
        ..Match::default()
    };
    let mut attempt = Attempt {
        subject,
        place,
        found,
        steps: STEPS,
        looked_over: 0,
    };
    let end = attempt.go(nodes, start, None);
    let looked_over = (attempt.looked_over / BYTES_A_STEP) as u64;
    *budget = budget.saturating_sub(u64::from(STEPS - attempt.steps) + looked_over);
    attempt.found.end = end?;
    Some(attempt.found)
}

impl Attempt<'_> {
    /// Returns where the match ends, if what is left of the pattern matches here.
    fn go(&mut self, nodes: &[Node], at: usize, then: Option<&Then>) -> Option<usize> {
        self.steps = self.steps.checked_sub(1)?;
        let Some((node, rest)) = nodes.split_first() else {
            return match then {
                Some(next) => self.go(next.nodes, at, next.then),
                None => self.accepts(at).then_some(at),
            };
        };
        let text = self.subject.text.text.as_str();
        let here = text.get(at..)?;
        match node {
            Node::Literal(literal) => {
                let (here, literal) = (here.as_bytes(), literal.as_bytes());
                // Nearly always the first byte says no.
                let same = here.first() == literal.first() && here.starts_with(literal);
                same.then(|| self.go(rest, at + literal.len(), then))?
            }
            // Around something left out, two gaps become one.
            Node::Gap => match gap(here) {
                0 if !self.after_gap(at) => None,
                length => self.go(rest, at + length, then),
            },
            Node::MaybeGap => self.go(rest, at + gap(here), then),
            Node::Tail => self.go(rest, at + tail(here), then),
            Node::Open => self.one_of(here, "([{<", rest, at, then),
            Node::Close => self.one_of(here, ")]}>", rest, at, then),
            Node::Dash => self.go(rest, at + dash(here)?, then),
            Node::Colon => self.go(rest, at + colon(here)?, then),
            Node::Optional(inner) => {
                let next = Then { nodes: rest, then };
                let with = self.go(inner, at, Some(&next));
                with.or_else(|| self.go(rest, at, then))
            }
            Node::Choice(branches) => {
                let next = Then { nodes: rest, then };
                branches
                    .led_by(here.bytes().next())
                    .find_map(|branch| self.go(branch, at, Some(&next)))
            }
            Node::Slot(Slot::Agency) => {
                let inflected = matches!(rest.first(), Some(Node::Tail));
                let named = self.subject.agencies.at(
                    self.subject.text,
                    self.subject.original,
                    at,
                    inflected,
                )?;
                self.found.agency = Some(named.agency);
                self.go(rest, named.end, then)
            }
            Node::Slot(Slot::Source) => {
                let (text, original) = (self.subject.text, self.subject.original);
                let named = self.subject.agencies.at_any(text, original, at)?;
                self.found.agency = Some(named.agency);
                self.found.named = (at, named.end);
                self.go(rest, named.end, then)
            }
            Node::Slot(kind) => self.slot(*kind, rest, at, then),
        }
    }

    fn one_of(
        &mut self,
        here: &str,
        set: &str,
        rest: &[Node],
        at: usize,
        then: Option<&Then>,
    ) -> Option<usize> {
        let next = here.chars().next().filter(|c| set.contains(*c))?;
        self.go(rest, at + next.len_utf8(), then)
    }

    /// A slot takes as little as lets the rest match; where nothing has to follow, as much as it
    /// can.
    fn slot(&mut self, kind: Slot, rest: &[Node], at: usize, then: Option<&Then>) -> Option<usize> {
        let text = self.subject.text.text.as_str();
        if kind == Slot::Outlet
            && (!begins_name(text, at) || begins_date(text, at, self.subject.words))
        {
            return None;
        }
        let last = may_be_nothing(rest) && is_last(then);
        let reach = slot::reach(kind, text, at)?;
        self.looked_over += reach - at;
        let mut end = at;
        for character in text.get(at..reach)?.chars() {
            end += character.len_utf8();
            let after = text.get(end..)?.chars().next();
            if !is_edge(Some(character), after)
                || !slot::holds(kind, text, at, end)
                || !self.is_capitalised(kind, at, end)
            {
                continue;
            }
            self.steps = self.steps.checked_sub(1)?;
            self.take(kind, at, end);
            let matched = match rest {
                [Node::Optional(inner), left @ ..] if last => {
                    let next = Then { nodes: left, then };
                    self.go(inner, end, Some(&next))
                }
                _ if last => None,
                _ => self.go(rest, end, then),
            };
            if matched.is_some() {
                return matched;
            }
        }
        if !last {
            return None;
        }
        let end = slot::natural_end(kind, text, at, reach, self.subject.words);
        if end <= at {
            return None;
        }
        self.take(kind, at, end);
        self.go(rest, end, then)
    }

    /// Whether what should be a place or a person is written with capitals, in scripts that have
    /// them.
    fn is_capitalised(&self, kind: Slot, at: usize, end: usize) -> bool {
        if !matches!(kind, Slot::Place | Slot::Author) {
            return true;
        }
        let span = self.subject.text.span(at, end, self.subject.original);
        let written = self
            .subject
            .original
            .get(span.start as usize..span.end as usize);
        written.is_some_and(slot::is_capitalised)
    }

    fn after_gap(&self, at: usize) -> bool {
        let before = at
            .checked_sub(1)
            .and_then(|before| self.subject.text.text.as_bytes().get(before));
        at == self.found.start || matches!(before, Some(b' ' | b'\n' | b'\t'))
    }

    fn take(&mut self, kind: Slot, at: usize, end: usize) {
        if kind == Slot::Outlet {
            self.found.outlet = Some((at, end));
        }
    }

    fn accepts(&self, at: usize) -> bool {
        let text = self.subject.text.text.as_str();
        let before = text.get(..at).and_then(|t| t.chars().next_back());
        let after = text.get(at..).and_then(|t| t.chars().next());
        at > self.found.start
            && is_edge(before, after)
            && self.place.ends(text, self.found.start, at)
    }
}

/// Whether a name may begin here: not in the middle of a word, but Hebrew and Arabic write "in" and
/// "for" as one word with it.
fn begins_name(text: &str, at: usize) -> bool {
    let before = text.get(..at).and_then(|t| t.chars().next_back());
    let after = text.get(at..).and_then(|t| t.chars().next());
    is_edge(before, after) || matches!(before, Some('\u{5d0}'..='\u{6ff}'))
}

/// As far as the beginning of a date is looked at, in bytes.
const DATE: usize = 40;

/// Whether a date begins here: "3 March", "March 3".
fn begins_date(text: &str, at: usize, words: &Words) -> bool {
    let mut end = text.len().min(at + DATE);
    while !text.is_char_boundary(end) {
        end -= 1;
    }
    let mut parts = text.get(at..end).unwrap_or("").split([' ', ',', '.', '\n']);
    let (Some(first), Some(second)) = (parts.next(), parts.next()) else {
        return false;
    };
    let number = |word: &str| {
        (1..=4).contains(&word.len()) && word.bytes().all(|byte| byte.is_ascii_digit())
    };
    (number(first) && words.is_month(second)) || (words.is_month(first) && number(second))
}

fn may_be_nothing(nodes: &[Node]) -> bool {
    nodes
        .iter()
        .all(|node| matches!(node, Node::Optional(_) | Node::MaybeGap))
}

fn is_last(then: Option<&Then>) -> bool {
    then.is_none_or(|next| may_be_nothing(next.nodes) && is_last(next.then))
}

/// The length of the white space here: some, with one line break at most.
fn gap(here: &str) -> usize {
    let mut breaks = 0;
    here.bytes()
        .take(8)
        .take_while(|byte| {
            breaks += usize::from(*byte == b'\n');
            matches!(byte, b' ' | b'\t' | b'\r' | b'\n') && breaks < 2
        })
        .count()
}

/// The length of what is left of a word, with a short ending after an apostrophe or hyphen.
fn tail(here: &str) -> usize {
    let word = |text: &str| -> usize {
        text.chars()
            .take(24)
            .take_while(|c| c.is_alphanumeric())
            .map(char::len_utf8)
            .sum()
    };
    let length = word(here);
    let rest = here.get(length..).unwrap_or("");
    let ending = match rest.strip_prefix(['\'', '-']) {
        Some(ending) => word(ending),
        None => 0,
    };
    if (1..=8).contains(&ending) {
        length + 1 + ending
    } else {
        length
    }
}

fn dash(here: &str) -> Option<usize> {
    let before = gap(here);
    let rest = here.get(before..)?;
    let dashes = rest.bytes().take(3).take_while(|b| *b == b'-').count();
    let after = rest.get(dashes..)?;
    // "AA-minus" is one word.
    let inside = before == 0
        && after
            .as_bytes()
            .first()
            .is_some_and(u8::is_ascii_alphanumeric);
    if dashes == 0 || inside {
        return None;
    }
    Some(before + dashes + gap(after))
}

/// A colon, or a dash with space around it.
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
