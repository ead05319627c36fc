//! Recognises a page that is no article but a wall: consent, paywall, login, captcha, an error.

use std::ops::Range;

use super::matcher::Subject;
use super::rows::RowSet;

/// Bytes of a wall: a longer text is an article, whatever else it says.
pub(super) const MAX_WALL_BYTES: usize = 6000;
/// How sure the words of a wall must be together.
const SURE: f32 = 0.8;
/// The share of the text's letters that must be in sentences with such words.
const SHARE: f32 = 0.5;

/// Whether a text, its title before it, is a wall.
pub(super) fn is_wall(subject: Subject<'_>, rows: &RowSet) -> bool {
    let text = subject.folded.text.as_str();
    if text.len() > MAX_WALL_BYTES {
        return false;
    }
    let hits = rows.find(subject);
    let hits = hits
        .iter()
        .filter(|hit| hit.is_wall())
        .map(|hit| (hit.found.start..hit.found.end, hit.row.meaning.weight));
    let hits: Vec<(Range<usize>, f32)> = hits.collect();
    let words = hits
        .iter()
        .map(|(range, weight)| (&text[range.clone()], *weight));
    let mut words: Vec<(&str, f32)> = words.collect();
    words.sort_by_key(|(words, _)| *words);
    words.dedup_by_key(|(words, _)| *words);
    let doubt: f32 = words.iter().map(|(_, weight)| 1.0 - weight).product();
    if 1.0 - doubt < SURE {
        return false;
    }
    let (mut walled, mut whole) = (0, 0);
    for (start, end) in sentences(text) {
        let letters = text[start..end].chars().filter(|c| c.is_alphanumeric());
        let letters = letters.count();
        whole += letters;
        if hits
            .iter()
            .any(|(hit, _)| hit.start < end && hit.end > start)
        {
            walled += letters;
        }
    }
    walled as f32 >= SHARE * whole as f32
}

/// Returns the ranges of the sentences of a text.
fn sentences(text: &str) -> impl Iterator<Item = (usize, usize)> {
    let bytes = text.as_bytes();
    let ends = text.match_indices(['\n', '.', '!', '?']);
    let ends = ends.filter(|(at, mark)| {
        let goes_on = bytes.get(at + 1).is_some_and(u8::is_ascii_alphanumeric);
        *mark == "\n" || !goes_on
    });
    let mut start = 0;
    let ends = ends.map(|(at, _)| at + 1).chain([text.len()]);
    ends.map(move |end| (std::mem::replace(&mut start, end), end))
}
