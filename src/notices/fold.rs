//! The form in which a text is searched: NFKC, lower case, without accents and without what is not
//! seen; quotes and dashes unified, look-alike letters read as what they look like. It remembers
//! where each of its bytes stood in the text, and where something had been disguised.
//!
//! Texts in ASCII, and most letters elsewhere, keep their length: only where it changes is a mark
//! set, so that the way back costs nothing where nothing happened.

use std::collections::HashMap;
use std::sync::LazyLock;

use unicode_normalization::UnicodeNormalization;
use unicode_normalization::char::{compose, is_combining_mark};

use super::lookalike;
use crate::text::Span;

/// A text in its searched form.
#[derive(Debug, Default)]
pub(super) struct Folded {
    pub text: String,
    /// From `at` on, the text stands at `origin` and what follows.
    marks: Vec<Mark>,
    /// Places in the searched form where something was undone.
    disguises: Vec<u32>,
}

#[derive(Debug, Clone, Copy)]
struct Mark {
    at: u32,
    origin: u32,
}

/// The folded character of each code point of the basic plane, where it is one.
static BASIC_PLANE: LazyLock<Vec<u16>> = LazyLock::new(|| {
    (0..=u16::MAX)
        .map(|code| fold_code(u32::from(code)))
        .collect()
});

/// Dropped.
const NOTHING: u16 = 0;
/// Folds to more than one character, or joins the one before it.
const BY_RULES: u16 = 0xffff;

/// The forms of the characters of the basic plane that fold to more than one.
static LONGER: LazyLock<HashMap<char, Box<str>>> = LazyLock::new(|| {
    let by_rules = (0..)
        .zip(BASIC_PLANE.iter())
        .filter(|(_, folded)| **folded == BY_RULES);
    let characters = by_rules.filter_map(|(code, _)| char::from_u32(code));
    characters
        .map(|character| {
            let mut folded = String::new();
            fold_by_rules(character, &mut folded);
            (character, folded.into())
        })
        .collect()
});

fn fold_code(code: u32) -> u16 {
    let Some(character) = char::from_u32(code) else {
        return NOTHING;
    };
    if unchanged(character) {
        return code as u16;
    }
    if is_joining(character) {
        return BY_RULES;
    }
    let mut folded = String::new();
    fold_by_rules(character, &mut folded);
    let mut characters = folded.chars();
    match (characters.next(), characters.next()) {
        (None, _) => NOTHING,
        (Some(one), None) => u16::try_from(u32::from(one)).unwrap_or(BY_RULES),
        _ => BY_RULES,
    }
}

/// The big blocks of characters that have one form only.
fn unchanged(character: char) -> bool {
    matches!(character, '\u{3400}'..='\u{9fff}' | '\u{ac00}'..='\u{d7a3}')
}

/// Marks that belong to the character before them and are not just accents: those of kana, and
/// the parts of a Hangul syllable.
fn is_joining(character: char) -> bool {
    matches!(character, '\u{3099}' | '\u{309a}' | '\u{ff9e}' | '\u{ff9f}')
        || matches!(character, '\u{1161}'..='\u{1175}' | '\u{11a8}'..='\u{11c2}')
}

/// Default-ignorable code points, and the tatweel.
pub(super) fn is_ignorable(character: char) -> bool {
    matches!(
        u32::from(character),
        0xad | 0x34f | 0x61c | 0x640 | 0x115f | 0x1160 | 0x17b4 | 0x17b5 | 0x180b..=0x180f
            | 0x200b..=0x200f | 0x202a..=0x202e | 0x2060..=0x206f | 0x3164 | 0xfe00..=0xfe0f
            | 0xfeff | 0xffa0 | 0xfff0..=0xfff8 | 0x1_bca0..=0x1_bca3 | 0x1_d173..=0x1_d17a
            | 0xe_0000..=0xe_0fff
    )
}

/// Marks of direction and presentation, and joiners: part of honest text.
fn is_honest(character: char, before: Option<char>) -> bool {
    matches!(
        u32::from(character),
        0x61c | 0x640 | 0x200e | 0x200f | 0x202a..=0x202e
    ) || matches!(u32::from(character), 0x2066..=0x2069 | 0xfe00..=0xfe0f | 0xfeff)
        || (matches!(character, '\u{200b}'..='\u{200d}') && before.is_some_and(|c| c > '\u{52f}'))
}

fn fold_by_rules(character: char, out: &mut String) {
    for composed in std::iter::once(character).nfkc() {
        for lower in composed.to_lowercase() {
            let accents = matches!(lower, '\u{80}'..='\u{77f}' | '\u{1e00}'..='\u{1fff}');
            if accents {
                let bare = std::iter::once(lower)
                    .nfd()
                    .filter(|c| !is_combining_mark(*c));
                bare.for_each(|c| push_unified(c, out));
            } else {
                push_unified(lower, out);
            }
        }
    }
}

fn push_unified(character: char, out: &mut String) {
    if is_ignorable(character) {
        return;
    }
    let unified = match character {
        'ß' => return out.push_str("ss"),
        '\n' | '\u{b}' | '\u{c}' | '\u{85}' | '\u{2028}' | '\u{2029}' => '\n',
        c if c.is_whitespace() => ' ',
        '\u{2010}'..='\u{2015}' | '\u{2212}' | '\u{2e3a}' | '\u{2e3b}' | '\u{58a}' => '-',
        '\u{2018}'..='\u{201b}' | '\u{2bc}' | '\u{5f3}' | '`' | '\u{b4}' | '\u{2032}' => '\'',
        '\u{201c}'..='\u{201f}' | '«' | '»' | '\u{5f4}' | '\u{2033}' | '‹' | '›' => '"',
        '\u{3008}'..='\u{300f}' | '\u{301d}'..='\u{301f}' => '"',
        '【' | '〔' | '〖' => '[',
        '】' | '〕' | '〗' => ']',
        '。' | '।' | '۔' | '։' => '.',
        '、' | '،' => ',',
        '؟' => '?',
        '؛' => ';',
        '∶' | '︰' | '꞉' => ':',
        'ı' => 'i',
        'ς' => 'σ',
        'ى' => 'ي',
        'ک' => 'ك',
        'ی' => 'ي',
        'ە' | 'ۀ' => 'ه',
        '\u{660}'..='\u{669}' => return push_digit(character, '\u{660}', out),
        '\u{6f0}'..='\u{6f9}' => return push_digit(character, '\u{6f0}', out),
        other => other,
    };
    out.push(unified);
}

fn push_digit(digit: char, zero: char, out: &mut String) {
    let value = u32::from(digit) - u32::from(zero);
    out.extend(char::from_digit(value, 10));
}

/// Folds a word or a pattern's literal.
pub(super) fn fold(text: &str) -> String {
    Folded::new(text).text
}

impl Folded {
    /// Folds a text.
    pub fn new(text: &str) -> Self {
        if text.is_ascii() {
            let text = text.to_ascii_lowercase();
            return Self {
                text,
                ..Self::default()
            };
        }
        let mut folded = Self {
            text: String::with_capacity(text.len()),
            ..Self::default()
        };
        let mixed = folded.push_all(text);
        if mixed {
            lookalike::undo(&mut folded, text);
        }
        folded
    }

    /// Returns whether letters of two scripts met.
    fn push_all(&mut self, text: &str) -> bool {
        let plane = &*BASIC_PLANE;
        let bytes = text.as_bytes();
        let mut mixed = false;
        let mut foreign = false;
        let mut at = 0;
        while let Some(&byte) = bytes.get(at) {
            if byte.is_ascii() {
                mixed |= foreign && byte.is_ascii_alphabetic();
                foreign = false;
                let plain = ascii_run(&bytes[at..]);
                let from = self.text.len();
                match text.get(at..at + plain) {
                    Some(run) if plain > 1 => {
                        self.text.push_str(run);
                        self.text[from..].make_ascii_lowercase();
                    }
                    _ => self.text.push(byte.to_ascii_lowercase().into()),
                }
                at += plain;
                continue;
            }
            let Some(character) = text[at..].chars().next() else {
                break;
            };
            let after = at + character.len_utf8();
            let before = self.text.len();
            match plane.get(character as usize).copied().unwrap_or(BY_RULES) {
                NOTHING => self.note_hidden(character, text, after),
                BY_RULES => self.push_by_rules(character),
                one => {
                    if let Some(one) = char::from_u32(u32::from(one)) {
                        self.text.push(one);
                    }
                }
            }
            if matches!(character, '\u{370}'..='\u{52f}') {
                let last = self.text.as_bytes()[..before].last();
                mixed |= last.is_some_and(u8::is_ascii_alphabetic);
                foreign = true;
            } else if self.text.len() != before {
                foreign = false;
            }
            if self.text.len() - before != after - at {
                self.mark(after);
            }
            at = after;
        }
        mixed
    }

    fn push_by_rules(&mut self, character: char) {
        if is_joining(character) {
            let part = match character {
                '\u{ff9e}' => '\u{3099}',
                '\u{ff9f}' => '\u{309a}',
                other => other,
            };
            let whole = self.text.chars().next_back().and_then(|c| compose(c, part));
            if let Some(whole) = whole {
                self.text.pop();
                self.text.push(whole);
                // Where the syllable grew in place, the mark before it may lie beyond it.
                self.marks.retain_last_before(self.text.len() as u32);
            }
            return;
        }
        match LONGER.get(&character) {
            Some(longer) => self.text.push_str(longer),
            None => fold_by_rules(character, &mut self.text),
        }
    }

    /// What is hidden inside a word disguises it.
    fn note_hidden(&mut self, character: char, text: &str, after: usize) {
        let before = self.text.chars().next_back();
        let inside = before.is_some_and(char::is_alphanumeric)
            && text[after..]
                .chars()
                .next()
                .is_some_and(|c| c.is_alphanumeric() || is_ignorable(c));
        let seen = !is_ignorable(character);
        if inside && !seen && !is_honest(character, before) {
            self.disguises.push(self.text.len() as u32);
        }
    }

    /// Says where in the original the end of what is there so far stands.
    fn mark(&mut self, origin: usize) {
        let at = self.text.len() as u32;
        self.marks.retain_last_before(at);
        self.marks.push(Mark {
            at,
            origin: origin as u32,
        });
    }

    /// Adds a character that stood at a place of the original; `undone` says that something had been
    /// disguised there.
    pub fn put(&mut self, character: char, origin: usize, undone: bool) {
        let at = self.text.len() as u32;
        let last = self.marks.last();
        if last.map_or(at, |mark| mark.origin + (at - mark.at)) != origin as u32 {
            self.mark(origin);
        }
        if undone {
            self.disguises.push(at);
        }
        self.text.push(character);
    }

    /// Takes the place of a text that was put together anew up to the end of the original.
    pub fn become_undone(&mut self, mut undone: Self, end: usize) {
        undone.mark(end);
        undone.disguises.append(&mut self.disguises);
        undone.disguises.sort_unstable();
        *self = undone;
    }

    /// Where in the original a place in the searched form stands.
    pub fn origin(&self, at: u32) -> u32 {
        let after = self.marks.partition_point(|mark| mark.at <= at);
        match after.checked_sub(1).and_then(|last| self.marks.get(last)) {
            Some(mark) => mark.origin + (at - mark.at),
            None => at,
        }
    }

    /// The same for places in their order, without a search for each.
    pub fn origins(&self) -> impl FnMut(u32) -> u32 {
        let mut marks = self.marks.iter().peekable();
        let mut last = Mark { at: 0, origin: 0 };
        move |at| {
            while let Some(mark) = marks.next_if(|mark| mark.at <= at) {
                last = *mark;
            }
            last.origin + (at - last.at)
        }
    }

    /// The stretch of the original that reads like this stretch.
    pub fn span(&self, start: usize, end: usize, original: &str) -> Span {
        let length = original.len();
        let mut from = (self.origin(start as u32) as usize).min(length);
        while !original.is_char_boundary(from) {
            from -= 1;
        }
        let mut to = (self.origin(end as u32) as usize).clamp(from, length);
        while !original.is_char_boundary(to) {
            to += 1;
        }
        Span {
            start: from as u32,
            end: to as u32,
        }
    }

    /// Whether something was undone between two places.
    pub fn disguised(&self, start: usize, end: usize) -> bool {
        let from = self.disguises.partition_point(|&at| (at as usize) < start);
        self.disguises
            .get(from)
            .is_some_and(|&at| (at as usize) < end)
    }
}

/// The length of a run of ASCII.
fn ascii_run(bytes: &[u8]) -> usize {
    let (blocks, _) = bytes.as_chunks::<16>();
    let whole = 16 * blocks.iter().take_while(|block| block.is_ascii()).count();
    let rest = bytes[whole..].iter().take_while(|byte| byte.is_ascii());
    whole + rest.count()
}

/// Drops what the newest mark overrules.
trait RetainLast {
    fn retain_last_before(&mut self, at: u32);
}

impl RetainLast for Vec<Mark> {
    fn retain_last_before(&mut self, at: u32) {
        while self.last().is_some_and(|mark| mark.at >= at) {
            self.pop();
        }
    }
}
