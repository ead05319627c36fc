//! Where in a text a notice may stand.

use serde::Deserialize;

use crate::text::floor_boundary;

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

    /// What a byte says about whether a match may begin after it.
    fn hints(self) -> Option<&'static [StartHint; 256]> {
        match self {
            Self::Any | Self::Closing => None,
            Self::Sentence | Self::Line => Some(&SENTENCE_HINTS),
            Self::Own | Self::Begin | Self::Opening => Some(&LINE_HINTS),
        }
    }
}

/// Returns the lines of a text, each with where it begins.
pub(super) fn lines(text: &str) -> impl DoubleEndedIterator<Item = (usize, &str)> + Clone {
    let start = text.as_ptr().addr();
    text.split('\n')
        .map(move |line| (line.as_ptr().addr() - start, line))
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

/// Whether a line begins here, with bullets and the like before it or not. What follows a sign of rights is
/// about a picture.
pub(super) fn begins_line(text: &str, at: usize) -> bool {
    let is_before = |c: &char| *c != '\n' && *c != '©' && is_filler(*c);
    let mut characters = before(text, at).skip_while(is_before);
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

/// What a byte says about whether a match may begin after it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum StartHint {
    /// It may.
    Yes,
    /// It may if it may begin before the byte.
    Same,
    No,
}

static SENTENCE_HINTS: [StartHint; 256] = hints(true);
static LINE_HINTS: [StartHint; 256] = hints(false);

const fn hints(of_sentences: bool) -> [StartHint; 256] {
    let mut hints = [StartHint::No; 256];
    let mut at = 0;
    while at < 256 {
        let byte = at as u8;
        // The first bytes of symbols that may stand before a sentence, and of many letters.
        let is_symbol = matches!(byte, 0xc2 | 0xe2 | 0xe3 | 0xf0);
        let is_mark = of_sentences && byte.is_ascii_punctuation() && byte != b',';
        let is_quiet = match of_sentences {
            true => matches!(byte, b' ' | b'\t' | b'\r'),
            false => byte.is_ascii() && !byte.is_ascii_alphanumeric(),
        };
        let continues_character = byte & 0xc0 == 0x80;
        if byte == b'\n' || is_mark || is_symbol {
            hints[at] = StartHint::Yes;
        } else if is_quiet || continues_character {
            hints[at] = StartHint::Same;
        }
        at += 1;
    }
    hints
}

/// Returns the positions `from..=last` of a text where a match may begin, by a
/// quick look at each byte. They include false positives, which [`Position::may_begin`] rejects.
pub(super) fn starts(
    position: Position,
    text: &str,
    from: usize,
    last: usize,
) -> impl Iterator<Item = usize> {
    let bytes = text.as_bytes().get(..=last).unwrap_or_default();
    let mut next = from;
    // Whether a match may begin at `next`. Of the first position this is asked only if no byte after it
    // decides the matter.
    let mut may_begin = None;
    std::iter::from_fn(move || {
        let Some(hints) = position.hints() else {
            let mut rest = bytes.get(next..)?.iter();
            let at = next + rest.position(|byte| !matches!(byte, b' ' | b'\n'))?;
            next = at + 1;
            return Some(at);
        };
        loop {
            if may_begin == Some(false) {
                let mut rest = bytes.get(next..)?.iter();
                next += rest.position(|byte| hints[usize::from(*byte)] == StartHint::Yes)? + 1;
                may_begin = Some(true);
            }
            let at = next;
            let byte = *bytes.get(at)?;
            let is_start = !matches!(byte, b' ' | b'\n')
                && (at == from || *may_begin.get_or_insert_with(|| position.may_begin(text, from)));
            next += 1;
            match hints[usize::from(byte)] {
                StartHint::Yes => may_begin = Some(true),
                StartHint::Same => {}
                StartHint::No => may_begin = Some(false),
            }
            if is_start {
                return Some(at);
            }
        }
    })
}
