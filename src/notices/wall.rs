//! A page that is no article but a wall: consent, paywall, login, captcha, an error.

use super::matcher::Subject;
use super::rows::Rows;

/// Longer texts are articles, whatever else they say; in bytes.
pub(super) const LONGEST: usize = 6000;
/// How sure the words of a wall must be together.
const SURE: f32 = 0.8;
/// The share of the text that its sentences must be.
const SHARE: f32 = 0.5;

/// Whether a text, its title before it, is a wall.
pub(super) fn is_wall(subject: Subject<'_>, walls: &Rows<f32>) -> bool {
    let text = subject.text.text.as_str();
    if text.len() > LONGEST {
        return false;
    }
    if let Some(end) = greater_part(text)
        && walls.none_begins_before(subject, end)
    {
        return false;
    }
    let hits = walls.find(subject);
    if hits.is_empty() {
        return false;
    }
    let mut words: Vec<(&str, f32)> = hits
        .iter()
        .map(|hit| (&text[hit.found.start..hit.found.end], hit.row.meaning))
        .collect();
    words.sort_by_key(|(words, _)| *words);
    words.dedup_by_key(|(words, _)| *words);
    let doubt: f32 = words.iter().map(|(_, weight)| 1.0 - weight).product();
    if 1.0 - doubt < SURE {
        return false;
    }
    let (mut walled, mut whole) = (0, 0);
    for (start, end) in sentences(text) {
        let letters = text[start..end]
            .chars()
            .filter(|c| c.is_alphanumeric())
            .count();
        whole += letters;
        if hits
            .iter()
            .any(|hit| hit.found.start < end && hit.found.end > start)
        {
            walled += letters;
        }
    }
    walled as f32 >= SHARE * whole as f32
}

/// Where the first sentences end that have more than half of the letters: if no wall is in them, the
/// rest need not be read. None if that is not seen at a glance.
fn greater_part(text: &str) -> Option<usize> {
    let mut most = text.len() / 16 * 9;
    while !text.is_char_boundary(most) {
        most -= 1;
    }
    let mut next = text[most..].chars().next();
    let mut characters = text[..most].char_indices().rev();
    let (at, _) = characters.find(|(_, character)| {
        let ends = ends_sentence(*character, next);
        next = Some(*character);
        ends
    })?;
    let (first, rest) = text.as_bytes().split_at(at + 1);
    let letters = count(first, |byte| byte.is_ascii_alphanumeric());
    let others = count(rest, |byte| byte.is_ascii_alphanumeric() | (byte >= 0xc0));
    (letters > others).then_some(at + 1)
}

/// Counts bytes; in pieces whose count is a byte again, for then it becomes vector instructions.
fn count(bytes: &[u8], counts: impl Fn(u8) -> bool) -> usize {
    let piece = |piece: &[u8]| piece.iter().map(|byte| u8::from(counts(*byte))).sum::<u8>();
    bytes
        .chunks(255)
        .map(|bytes| usize::from(piece(bytes)))
        .sum()
}

fn ends_sentence(character: char, next: Option<char>) -> bool {
    match character {
        '\n' => true,
        '.' | '!' | '?' => next.is_none_or(|c| !c.is_ascii_alphanumeric()),
        _ => false,
    }
}

/// The sentences of a text, as stretches of it.
fn sentences(text: &str) -> Vec<(usize, usize)> {
    let mut sentences = Vec::new();
    let mut start = 0;
    let mut characters = text.char_indices().peekable();
    while let Some((at, character)) = characters.next() {
        let after = at + character.len_utf8();
        let next = characters.peek().map(|(_, c)| *c);
        if ends_sentence(character, next) {
            sentences.push((start, after));
            start = after;
        }
    }
    if start < text.len() {
        sentences.push((start, text.len()));
    }
    sentences
}
