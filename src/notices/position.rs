//! Where in a text a notice may stand.

use serde::Deserialize;

use super::fold::floor_boundary;

/// Where a pattern may match.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "lowercase")]
pub(super) enum Position {
    /// Anywhere, in whole words.
    Any,
    /// From the beginning of a line or a sentence.
    Sentence,
    /// The same, with little or nothing after it on the line.
    Line,
    /// A whole line.
    Own,
    /// The beginning of one of the first lines.
    Opening,
    /// The beginning of a line.
    Begin,
    /// The end of a long paragraph or of the text, or a whole line.
    Closing,
}

/// Most bytes that may follow on the line of a notice: "Source: X | Share".
const LEFTOVER: usize = 40;
/// Bytes of a text's opening.
const OPENING: usize = 900;
/// Bytes from which on a paragraph is long: longer than a caption.
const PARAGRAPH: usize = 240;
/// How far a line is read from a position, in bytes.
const NEAR: usize = 2048;
/// How far back the two lines before a line are read, in bytes.
const TWO_LINES: usize = 4096;
/// Bytes of a line that was broken at a width.
const WRAPPED: std::ops::RangeInclusive<usize> = 50..=90;
/// Characters after which a sentence may begin.
const BEFORE_SENTENCE: &str = ".!?:;)(][|-><•·…/●■▪▶►※☞→*=^";

impl Position {
    /// Whether a match may begin at a position of the text.
    pub fn may_begin(self, text: &str, at: usize) -> bool {
        match self {
            Self::Any | Self::Closing => true,
            Self::Sentence | Self::Line => begins_sentence(text, at),
            Self::Own | Self::Begin => begins_line(text, at),
            Self::Opening => at <= OPENING && begins_line(text, at),
        }
    }

    /// Whether a match that began at `start` may end at a position of the text.
    pub fn may_end(self, text: &str, start: usize, at: usize) -> bool {
        match self {
            Self::Any | Self::Sentence | Self::Opening | Self::Begin => true,
            Self::Line => line_rest(text, at).len() <= LEFTOVER,
            Self::Own => line_rest(text, at).is_empty(),
            Self::Closing => line_rest(text, at).is_empty() && ends_paragraph(text, start, at),
        }
    }
}

/// Returns what follows on a line, without what is no letter or digit around it.
pub(super) fn line_rest(text: &str, at: usize) -> &str {
    let rest = text.get(at..).unwrap_or("");
    let near = &rest.as_bytes()[..rest.len().min(NEAR)];
    let end = near.iter().position(|&b| b == b'\n').unwrap_or(near.len());
    rest.get(..end).unwrap_or(rest).trim_matches(is_filler)
}

fn is_filler(character: char) -> bool {
    !character.is_alphanumeric()
}

fn ends_paragraph(text: &str, start: usize, at: usize) -> bool {
    let line = line_start(text, start);
    let is_filling = |text: Option<&str>| text.is_some_and(|text| text.chars().all(is_filler));
    let rest = text.get(at..).filter(|rest| rest.len() < 400);
    is_filling(text.get(line..start)) || is_filling(rest) || start - line >= PARAGRAPH
}

/// Returns where the line of a position begins, or a position far enough before.
fn line_start(text: &str, at: usize) -> usize {
    let from = at.saturating_sub(NEAR);
    let before = text.as_bytes().get(from..at).unwrap_or_default();
    let found = before.iter().rposition(|&b| b == b'\n');
    found.map_or(from, |found| from + found + 1)
}

/// The last characters before a position, nearest first.
fn before(text: &str, at: usize) -> impl Iterator<Item = char> {
    text.get(..at).unwrap_or("").chars().rev().take(12)
}

/// Whether a line begins here, with bullets and the like before it or not.
pub(super) fn begins_line(text: &str, at: usize) -> bool {
    let mut characters = before(text, at).skip_while(|c| *c != '\n' && is_filler(*c));
    characters.next().is_none_or(|c| c == '\n') && !continues_line(text, at)
}

/// Whether a line or a sentence begins here, in quotes or not.
fn begins_sentence(text: &str, at: usize) -> bool {
    let is_quote = |c: &char| matches!(c, ' ' | '\t' | '"' | '\'' | '*' | '_');
    match before(text, at).find(|c| !is_quote(c)) {
        None => true,
        Some('\n') => !continues_line(text, at),
        Some(c) => BEFORE_SENTENCE.contains(c),
    }
}

/// Whether the line of a position continues a sentence of the line before, in a text whose lines are
/// broken at a width.
fn continues_line(text: &str, at: usize) -> bool {
    let start = line_start(text, at);
    let end = start.saturating_sub(1);
    let near = text.get(floor_boundary(text, end.saturating_sub(TWO_LINES))..end);
    let mut lines = near.unwrap_or("").rsplit('\n');
    let (Some(last), Some(before)) = (lines.next(), lines.next()) else {
        return false;
    };
    let is_full = |line: &str| WRAPPED.contains(&line.trim().len());
    let is_open = |line: &str| {
        let line = line.trim_end();
        line.ends_with(|c: char| c.is_alphanumeric() || matches!(c, ',' | '-'))
    };
    // "Source: X" continues no sentence.
    let is_labelled = || line_rest(text, start).bytes().take(24).any(|b| b == b':');
    is_full(last) && is_full(before) && is_open(last) && !is_labelled()
}
