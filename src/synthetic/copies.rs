//! Copies of a text, of each kind.

use super::plan::Kind;
use super::prose::Prose;
use super::random::Random;
use super::script::Script;
use super::vocabulary::{Vocabulary, text};

/// Makes a copy. `words` are those of the article that only quotes.
pub(super) fn make(
    kind: Kind,
    original: &Prose,
    words: u32,
    credit: Option<&str>,
    vocabulary: &Vocabulary,
    random: &mut Random,
) -> String {
    let mut out = Vec::with_capacity(original.bytes.len() * 2);
    match kind {
        Kind::Verbatim => out.extend_from_slice(&original.bytes),
        Kind::Boilerplate => surround(&mut out, original, vocabulary, random),
        Kind::OwnParagraphs => add_paragraphs(&mut out, original, vocabulary, random),
        Kind::CutAndReorder => cut_and_reorder(&mut out, original, random),
        Kind::LightEdit => edit(&mut out, original, vocabulary, random),
        Kind::Truncated => {
            let words = share_of(original.words(), 20, 40, random);
            push_lines(
                &mut out,
                original.sentences(0..original.sentences_of(words)),
            );
        }
        Kind::Quoted => quote(&mut out, original, words, vocabulary, random),
    }
    if let Some(source) = credit {
        let line = vocabulary.script.credit(source, random);
        push_lines(&mut out, line.as_bytes());
    }
    text(out)
}

/// Some hundredths of a number.
fn share_of(number: u32, least: u32, most: u32, random: &mut Random) -> u32 {
    number * random.between(least, most) / 100
}

fn push_lines(out: &mut Vec<u8>, lines: &[u8]) {
    out.extend_from_slice(lines);
    out.push(b'\n');
}

/// Lines of a few words before and after, as menus and teasers are.
fn surround(out: &mut Vec<u8>, original: &Prose, vocabulary: &Vocabulary, random: &mut Random) {
    let words = share_of(original.words(), 10, 60, random);
    let before = words / 3;
    short_lines(out, before, vocabulary, random);
    out.extend_from_slice(&original.bytes);
    short_lines(out, words - before, vocabulary, random);
}

fn short_lines(out: &mut Vec<u8>, words: u32, vocabulary: &Vocabulary, random: &mut Random) {
    let mut left = words;
    while left > 0 {
        let of_line = random.between(3, 9).min(left);
        push_lines(out, vocabulary.line(random, of_line).as_bytes());
        left -= of_line;
    }
}

/// A paragraph between those of the original, or a part of it at each end.
fn add_paragraphs(
    out: &mut Vec<u8>,
    original: &Prose,
    vocabulary: &Vocabulary,
    random: &mut Random,
) {
    let words = share_of(original.words(), 5, 35, random);
    let own = Prose::write(vocabulary, random, words);
    let paragraphs: Vec<usize> = (0..original.ends.len())
        .filter(|&sentence| original.ends[sentence].is_paragraph)
        .collect();
    let after = paragraphs[random.below(paragraphs.len() as u32) as usize] + 1;
    push_lines(out, original.sentences(0..after));
    out.extend_from_slice(&own.bytes);
    push_lines(out, original.sentences(after..original.ends.len()));
}

/// Cuts one stretch of sentences out, and puts the end before the beginning.
fn cut_and_reorder(out: &mut Vec<u8>, original: &Prose, random: &mut Random) {
    let sentences = original.ends.len();
    let cut = share_of(sentences as u32, 10, 30, random).max(1) as usize;
    let from = random.below((sentences - cut) as u32 + 1) as usize;
    let (first, second) = if from == 0 || from + cut == sentences {
        // One stretch is left: it is parted in the middle.
        let (start, end) = if from == 0 {
            (cut, sentences)
        } else {
            (0, from)
        };
        (start..(start + end) / 2, (start + end) / 2..end)
    } else {
        (0..from, from + cut..sentences)
    };
    push_lines(out, original.sentences(second));
    push_lines(out, original.sentences(first));
}

/// Puts other words in, at even distances, so that no more is lost than is promised.
fn edit(out: &mut Vec<u8>, original: &Prose, vocabulary: &Vocabulary, random: &mut Random) {
    // A word is in five shingles, a character of a script without spaces in eight.
    let is_spaced = vocabulary.script != Script::Han;
    let every = if is_spaced {
        random.between(30, 120)
    } else {
        random.between(60, 240)
    };
    let mut until = random.below(every);
    if is_spaced {
        for word in original.bytes.split_inclusive(u8::is_ascii_whitespace) {
            if until == 0 && !word.ends_with(b"\n") {
                vocabulary.push_word(out, random.next() as u32);
                until = every;
            } else {
                out.extend_from_slice(word);
            }
            until = until.saturating_sub(1);
        }
    } else {
        for character in original.bytes.chunk_by(|_, next| next & 0xc0 == 0x80) {
            if until == 0 && character.len() == 3 && character[0] != 0xe3 && character[0] != 0xef {
                out.extend_from_slice("改".as_bytes());
                until = every;
            } else {
                out.extend_from_slice(character);
            }
            until = until.saturating_sub(1);
        }
    }
}

/// An article of its own, with a passage of the original in a paragraph.
fn quote(
    out: &mut Vec<u8>,
    original: &Prose,
    words: u32,
    vocabulary: &Vocabulary,
    random: &mut Random,
) {
    let own = Prose::write(vocabulary, random, words);
    let most = random.between(40, 100);
    let first = random.below(original.ends.len() as u32 / 2 + 1) as usize;
    let before = first
        .checked_sub(1)
        .map_or(0, |before| original.ends[before].words);
    let after = original.sentences_of(before + most).max(first + 1);
    let (begins, rest) = (own.ends.len().div_ceil(2), own.ends.len());
    push_lines(out, own.sentences(0..begins));
    push_lines(
        out,
        original.sentences(first..after.min(original.ends.len())),
    );
    push_lines(out, own.sentences(begins..rest));
}
