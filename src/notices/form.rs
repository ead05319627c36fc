//! The form of a notice, which it needs besides a name: where it stands in the text, and what stands around
//! the name. A caption names an agency in the same words as a byline, and "PA" is a state, too.

use super::matcher::PatternMatch;
use super::position::{Position, begins_line, line_rest, lines};
use super::rows::{MeaningKind, NoticeRow};
use super::signal::Signal;

/// Bytes of a line from which on it is a paragraph of the article.
const PARAGRAPH: usize = 160;
/// How far the text around a notice is read, in bytes: a longer rest has paragraphs.
const NEAR: usize = 3000;
/// Signs that may follow the bracket or slash of a dateline.
const AFTER_DATELINE: [char; 4] = ['-', ':', '.', '='];
/// Signs that end a sentence, or follow its end.
const SENTENCE_ENDS: [char; 8] = ['.', '!', '?', '"', '\'', '…', ')', '*'];

/// Where in a text some words stand.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum TextPlace {
    /// Before its first paragraph.
    Head,
    /// After its last paragraph, or all but one.
    Tail,
    /// Between paragraphs, as captions and the sources of charts do.
    Middle,
}

impl TextPlace {
    /// Returns where a range of a text stands. `closing` paragraphs may follow the words of a tail: a
    /// short biography, a request to subscribe.
    fn of(text: &str, start: usize, end: usize, closing: usize) -> Self {
        if paragraphs(text.get(end..).unwrap_or(""), closing) <= closing {
            return Self::Tail;
        }
        let line = text[..start].rfind('\n').map_or(0, |found| found + 1);
        let is_head = line <= NEAR && paragraphs(&text[..line], 0) == 0;
        if is_head { Self::Head } else { Self::Middle }
    }
}

/// Counts the paragraphs of a text, up to one more than `enough`.
fn paragraphs(text: &str, enough: usize) -> usize {
    let near = text.len().min(NEAR);
    let is_paragraph = |(from, line): &(usize, &str)| *from > near || line.len() >= PARAGRAPH;
    // The first line is the rest of a line.
    lines(text).filter(is_paragraph).take(enough + 1).count()
}

/// Whether the name of an agency that may mean something else has the form of a credit or dateline: in
/// brackets or slashes, after a sentence or alone on its line, or before the first words of an article.
pub(super) fn is_framed(text: &str, start: usize, end: usize) -> bool {
    let before = text[..start].trim_end_matches(' ');
    let after = text[end..].trim_start_matches(' ');
    let is_open = before.ends_with(['(', '[', '/', '=']);
    let close = after
        .chars()
        .next()
        .filter(|c| matches!(c, ')' | ']' | '/'));
    let (true, Some(close)) = (is_open, close) else {
        return false;
    };
    let frame = before.len() - 1;
    let rest = after[close.len_utf8()..].trim_start_matches(' ');
    let leads_on = rest.starts_with(AFTER_DATELINE);
    let is_end =
        rest.trim_start_matches('.').starts_with('\n') || rest.trim_matches('.').is_empty();
    let follows =
        begins_line(text, frame) || text[..frame].trim_end_matches(' ').ends_with(SENTENCE_ENDS);
    leads_on || (is_end && follows)
}

/// Whether some words stand between paragraphs, and not at the head of a text or at its tail, where a short
/// paragraph may follow them.
pub(super) fn is_between_paragraphs(text: &str, start: usize, end: usize) -> bool {
    TextPlace::of(text, start, end, 1) == TextPlace::Middle
}

/// Whether an agency's name is joined to what stands before it by a slash, as below a picture.
fn follows_slash(text: &str, start: usize) -> bool {
    text[..start].trim_end_matches(' ').ends_with('/')
}

/// Whether a line is the first thing before a paragraph, or the last after one, with at most `between`
/// short lines above it: the place of a credit that has nothing but a name. In a menu lines as short
/// stand around it.
pub(super) fn is_beside_text(text: &str, start: usize, end: usize, between: usize) -> bool {
    let above = text[..start].trim_end().rsplit('\n');
    let below = text[end..].trim_start().split('\n');
    let is_text = |line: &str| {
        let ends = line.trim_end().ends_with(SENTENCE_ENDS);
        line.len() >= PARAGRAPH / 2 || (ends && line.len() >= PARAGRAPH / 5)
    };
    let is_filled = |line: &&str| !line.trim().is_empty();
    (above.filter(is_filled).take(1 + between)).any(is_text)
        || below.filter(is_filled).take(2).any(is_text)
}

/// Whether a match has the form that its meaning needs besides a name. What is said in words needs none
/// other; a credit must not stand between paragraphs, where pictures and charts have theirs.
pub(super) fn has_form(row: &NoticeRow, found: &PatternMatch, text: &str) -> bool {
    let MeaningKind::Notice { signal, .. } = row.meaning.kind else {
        return true;
    };
    let (start, end) = found.named;
    let is_named = found.agency.is_some();
    let is_foreign = row.is_of_other_script && is_latin(&text[found.start..found.end]);
    let lacks_frame = found.is_ambiguous && !row.is_labelled && !is_framed(text, start, end);
    let is_source = matches!(signal, Signal::Credit | Signal::Dateline);
    if is_source && is_named && (is_foreign || lacks_frame) {
        return false;
    }
    let is_name_alone = row.position == Position::Own && !row.is_labelled;
    if is_name_alone && !is_beside_text(text, found.start, found.end, 1) {
        return false;
    }
    // A dateline has its article after it.
    let is_alone = signal == Signal::Dateline
        && !row.is_labelled
        && line_rest(text, found.end).is_empty()
        && begins_line(text, found.start);
    if signal != Signal::Credit && !is_alone {
        return true;
    }
    match TextPlace::of(text, found.start, found.end, usize::from(is_named)) {
        TextPlace::Tail => true,
        TextPlace::Head => row.is_labelled || !is_named || !follows_slash(text, start),
        TextPlace::Middle => false,
    }
}

fn is_latin(text: &str) -> bool {
    text.chars().all(|c| !c.is_alphabetic() || c < '\u{250}')
}

#[cfg(test)]
mod tests {
    use super::*;

    fn check_framed(text: &str, name: &str, expected: bool) {
        let start = text.find(name).expect("the name is there");
        assert_eq!(
            is_framed(text, start, start + name.len()),
            expected,
            "{text}"
        );
    }

    #[test]
    fn an_ambiguous_name_needs_a_frame() {
        check_framed("ankara (aa) - the bridge", "aa", true);
        check_framed("the bridge is open. (aa)", "aa", true);
        check_framed("the bridge is open.\n(aa)\nmore", "aa", true);
        check_framed("the bridge in erie (pa) is open", "pa", false);
        check_framed("the bridge in erie (pa)", "pa", false);
        check_framed("erie, pa - the bridge", "pa", false);
        check_framed("mehr", "mehr", false);
    }

    #[test]
    fn places_are_told_by_paragraphs() {
        let long = "x".repeat(PARAGRAPH);
        let check = |text: &str, closing, expected| {
            let start = text.find("here").expect("the words are there");
            assert_eq!(
                TextPlace::of(text, start, start + 4, closing),
                expected,
                "{text}"
            );
        };
        check(&format!("here\n{long}"), 0, TextPlace::Head);
        check(&format!("{long}\nhere"), 0, TextPlace::Tail);
        check(&format!("{long}\nhere\n{long}"), 0, TextPlace::Middle);
        check(&format!("{long}\nhere\n{long}"), 1, TextPlace::Tail);
        check(
            &format!("{long}\nhere\n{long}\n{long}"),
            1,
            TextPlace::Middle,
        );
        check("here", 0, TextPlace::Tail);
    }
}
