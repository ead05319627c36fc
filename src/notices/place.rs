//! Where a notice may stand: rows of the table say it, and here it is judged.

/// Where a pattern may match.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Place {
    /// Anywhere, from the beginning of a word to the end of one.
    Any,
    /// From the beginning of a line or a sentence.
    Sentence,
    /// The same, and little or nothing of the line comes after it.
    Line,
    /// The whole line.
    Own,
    /// The beginning of one of the first lines.
    Opening,
    /// The beginning of a line.
    Begin,
    /// The end of a long paragraph, of the text, or a line of its own.
    Closing,
}

/// What may follow on the line of a notice that stands on a line of its own: "Source: X | Share".
const LEFTOVER: usize = 40;
/// As far as the opening of a text goes, in bytes.
const OPENING: usize = 900;
/// Two lines that were broken at a width are no longer, in bytes.
const LINES: usize = 4096;
/// A paragraph that is long, in bytes; a caption is not.
const PARAGRAPH: usize = 240;

impl Place {
    pub fn named(name: &str) -> Option<Self> {
        Some(match name {
            "any" => Self::Any,
            "sentence" => Self::Sentence,
            "line" => Self::Line,
            "own" => Self::Own,
            "opening" => Self::Opening,
            "begin" => Self::Begin,
            "closing" => Self::Closing,
            _ => return None,
        })
    }

    /// Whether a match may begin here.
    pub fn begins(self, text: &str, at: usize) -> bool {
        match self {
            Self::Any | Self::Closing => true,
            Self::Sentence | Self::Line => begins_sentence(text, at),
            Self::Own | Self::Begin => begins_line(text, at),
            Self::Opening => at <= OPENING && begins_line(text, at),
        }
    }

    /// Whether a match may end here.
    pub fn ends(self, text: &str, start: usize, at: usize) -> bool {
        match self {
            Self::Any | Self::Sentence | Self::Opening | Self::Begin => true,
            Self::Line => line_rest(text, at).len() <= LEFTOVER,
            Self::Own => is_dressing(line_rest(text, at)),
            Self::Closing => is_dressing(line_rest(text, at)) && is_paragraph_end(text, start, at),
        }
    }
}

/// What is left of the line.
pub(super) fn line_rest(text: &str, at: usize) -> &str {
    let rest = text.get(at..).unwrap_or("");
    let near = &rest.as_bytes()[..rest.len().min(2048)];
    let end = near.iter().position(|&b| b == b'\n').unwrap_or(near.len());
    rest.get(..end).unwrap_or(rest).trim_matches(is_filler)
}

fn is_filler(character: char) -> bool {
    !character.is_alphanumeric()
}

fn is_dressing(rest: &str) -> bool {
    rest.is_empty()
}

fn is_paragraph_end(text: &str, start: usize, at: usize) -> bool {
    let line = line_start(text, start);
    let alone = text
        .get(line..start)
        .is_some_and(|before| before.trim_matches(is_filler).is_empty());
    let last = text
        .get(at..)
        .is_some_and(|rest| rest.len() < 400 && rest.trim_matches(is_filler).is_empty());
    alone || last || start - line >= PARAGRAPH
}

/// Where the line of this place begins, or a place far enough before.
fn line_start(text: &str, at: usize) -> usize {
    let from = at.saturating_sub(2048);
    let before = text.as_bytes().get(from..at).unwrap_or_default();
    before
        .iter()
        .rposition(|&b| b == b'\n')
        .map_or(from, |found| from + found + 1)
}

fn before(text: &str, at: usize) -> impl Iterator<Item = char> {
    text.get(..at).unwrap_or("").chars().rev().take(12)
}

pub(super) fn begins_line(text: &str, at: usize) -> bool {
    let mut dressing = before(text, at).skip_while(|c| *c != '\n' && !c.is_alphanumeric());
    dressing.next().is_none_or(|c| c == '\n') && !is_wrapped(text, at)
}

/// Before it: nothing, a line break, the end of a sentence, or a bracket or bullet.
fn begins_sentence(text: &str, at: usize) -> bool {
    let mut characters =
        before(text, at).skip_while(|c| matches!(c, ' ' | '\t' | '"' | '\'' | '*' | '_'));
    characters.next().is_none_or(|c| {
        if c == '\n' {
            return !is_wrapped(text, at);
        }
        matches!(
            c,
            '\n' | '.' | '!' | '?' | ':' | ';' | ')' | '(' | ']' | '[' | '|' | '-' | '>' | '<'
        ) || matches!(
            c,
            '•' | '·'
                | '…'
                | '/'
                | '●'
                | '■'
                | '▪'
                | '▶'
                | '►'
                | '※'
                | '☞'
                | '→'
                | '*'
                | '='
                | '^'
        )
    })
}

/// Whether the line of this place goes on with a sentence of the line before, in a text whose lines
/// were broken at a width.
fn is_wrapped(text: &str, at: usize) -> bool {
    let start = line_start(text, at);
    let end = start.saturating_sub(1);
    let mut near = end.saturating_sub(LINES);
    while !text.is_char_boundary(near) {
        near += 1;
    }
    let mut lines = text.get(near..end).unwrap_or("").rsplit('\n');
    let (Some(last), Some(before)) = (lines.next(), lines.next()) else {
        return false;
    };
    let full = |line: &str| (50..=90).contains(&line.trim().len());
    let goes_on = last
        .trim_end()
        .ends_with(|c: char| c.is_alphanumeric() || matches!(c, ',' | '-'));
    // "Source: X" is no rest of a sentence.
    let labelled = line_rest(text, start)
        .as_bytes()
        .iter()
        .take(24)
        .any(|&b| b == b':');
    full(last) && full(before) && goes_on && !labelled
}
