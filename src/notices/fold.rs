//! The form in which a text is searched: NFKC, lower case, without accents and invisible characters,
//! quotes and dashes unified, look-alike letters read as what they look like. It knows the
//! position in the text of each of its bytes, and where a disguise was undone.
//!
//! ASCII, and most letters of other scripts, keep their length. A shift is recorded only where the
//! length changes, so the way back to the text is free where nothing changed.

use std::collections::HashMap;
use std::sync::LazyLock;

use unicode_normalization::UnicodeNormalization;
use unicode_normalization::char::{compose, is_combining_mark};

use super::disguise;
use super::shifts::{Shift, Shifts};
use crate::text::{
    Span, ascii_digit, ceil_boundary, floor_boundary, is_default_ignorable, is_greek_or_cyrillic,
    plain_arabic, unify_quotes,
};

/// A text in its search form.
#[derive(Debug, Default)]
pub(super) struct SearchText<'t> {
    pub text: String,
    original: &'t str,
    shifts: Shifts,
    /// Positions in the search form where a disguise was undone, ascending.
    disguises: Vec<u32>,
}

/// What the code points of the basic plane fold to.
#[derive(Default)]
struct BasicPlane {
    /// The character of each that folds to one.
    ones: Vec<u16>,
    /// The string of each that folds to several.
    strings: HashMap<char, String>,
}

static BASIC_PLANE: LazyLock<BasicPlane> = LazyLock::new(|| {
    let mut plane = BasicPlane::default();
    for code in 0..=u16::MAX {
        let one = plane.fold(code);
        plane.ones.push(one);
    }
    plane
});

/// The character is dropped.
const DROPPED: u16 = 0;
/// The character folds to several, or joins the one before it.
const BY_RULES: u16 = 0xffff;

/// Most characters that one folds to. One that would fold to more stays as it is: no wording has such a character,
/// and a text of them would grow to eleven times its size.
const MOST_OF_ONE: usize = 3;

impl BasicPlane {
    /// Returns the character that a code point folds to, and keeps the string if it folds to one.
    fn fold(&mut self, code: u16) -> u16 {
        let Some(character) = char::from_u32(u32::from(code)) else {
            return DROPPED;
        };
        // Han and Hangul, which fold to themselves.
        if matches!(character, '\u{3400}'..='\u{9fff}' | '\u{ac00}'..='\u{d7a3}') {
            return code;
        }
        if is_joining(character) {
            return BY_RULES;
        }
        let folded = folded_by_rules(character);
        let mut characters = folded.chars();
        match (characters.next(), characters.next()) {
            (None, _) => DROPPED,
            (Some(one), None) => u16::try_from(u32::from(one)).unwrap_or(BY_RULES),
            _ => {
                self.strings.insert(character, folded);
                BY_RULES
            }
        }
    }
}

/// Whether a character joins the one before it and is more than an accent: marks of kana, parts of a
/// Hangul syllable.
fn is_joining(character: char) -> bool {
    matches!(character, '\u{3099}' | '\u{309a}' | '\u{ff9e}' | '\u{ff9f}')
        || matches!(character, '\u{1161}'..='\u{1175}' | '\u{11a8}'..='\u{11c2}')
}

/// Whether a character is dropped: default-ignorable, or the tatweel.
pub(super) fn is_ignorable(character: char) -> bool {
    character == '\u{640}' || is_default_ignorable(character)
}

/// Whether an ignorable character is part of honest text: marks of direction and presentation, and
/// joiners in scripts that need them.
fn is_honest(character: char, before: Option<char>) -> bool {
    matches!(character, '\u{61c}' | '\u{640}' | '\u{200e}' | '\u{200f}')
        || matches!(character, '\u{202a}'..='\u{202e}' | '\u{2066}'..='\u{2069}')
        || matches!(character, '\u{fe00}'..='\u{fe0f}' | '\u{feff}')
        || (matches!(character, '\u{200b}'..='\u{200d}') && before.is_some_and(|c| c > '\u{52f}'))
}

fn folded_by_rules(character: char) -> String {
    let mut out = String::new();
    let composed = std::iter::once(character).nfkc();
    for lower in composed.flat_map(char::to_lowercase) {
        // The scripts in which a letter without its accent is taken for the same letter.
        if matches!(lower, '\u{80}'..='\u{77f}' | '\u{1e00}'..='\u{1fff}') {
            let parts = std::iter::once(lower).nfd();
            let bare = parts.filter(|c| !is_combining_mark(*c));
            bare.for_each(|c| push_unified(c, &mut out));
        } else {
            push_unified(lower, &mut out);
        }
    }
    match out.chars().nth(MOST_OF_ONE) {
        Some(_) => character.to_string(),
        None => out,
    }
}

fn push_unified(character: char, out: &mut String) {
    if is_ignorable(character) {
        return;
    }
    out.push(match unify_quotes(character) {
        'ß' => return out.push_str("ss"),
        '\n' | '\u{b}' | '\u{c}' | '\u{85}' | '\u{2028}' | '\u{2029}' => '\n',
        c if c.is_whitespace() => ' ',
        '\u{2010}'..='\u{2015}' | '\u{2212}' | '\u{2e3a}' | '\u{2e3b}' | '\u{58a}' => '-',
        '\u{201a}' | '`' | '\u{b4}' | '\u{2032}' => '\'',
        '\u{201e}' | '«' | '»' | '\u{2033}' | '‹' | '›' => '"',
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
        other => ascii_digit(other).unwrap_or_else(|| plain_arabic(other)),
    });
}

/// Folds a word, or a literal of a pattern.
pub(super) fn fold(text: &str) -> String {
    SearchText::new(text).text
}

impl<'t> SearchText<'t> {
    /// Folds a text.
    pub fn new(original: &'t str) -> Self {
        let mut folded = Self::empty(original);
        if original.is_ascii() {
            folded.text = original.to_ascii_lowercase();
            return folded;
        }
        if folded.push_all() {
            disguise::undo(&mut folded);
        }
        folded
    }

    fn empty(original: &'t str) -> Self {
        Self {
            text: String::with_capacity(original.len()),
            original,
            ..Self::default()
        }
    }

    /// Folds the whole text, and returns whether letters of two scripts touch.
    fn push_all(&mut self) -> bool {
        let plane = &*BASIC_PLANE;
        let original = self.original;
        let mut is_mixed = false;
        let mut after_foreign = false;
        let mut at = 0;
        while let Some(&byte) = original.as_bytes().get(at) {
            if byte.is_ascii() {
                is_mixed |= after_foreign && byte.is_ascii_alphabetic();
                after_foreign = false;
                let from = self.text.len();
                let end = at + ascii_run(&original.as_bytes()[at..]);
                match original.get(at..end) {
                    Some(run) if run.len() > 1 => {
                        self.text.push_str(run);
                        self.text[from..].make_ascii_lowercase();
                    }
                    _ => self.text.push(byte.to_ascii_lowercase().into()),
                }
                at = end;
                continue;
            }
            let Some(character) = original[at..].chars().next() else {
                break;
            };
            let after = at + character.len_utf8();
            let before = self.text.len();
            let one = plane.ones.get(character as usize);
            match one.copied().unwrap_or(BY_RULES) {
                DROPPED => self.note_hidden(character, after),
                BY_RULES => self.push_by_rules(character),
                one => {
                    if let Some(one) = char::from_u32(u32::from(one)) {
                        self.text.push(one);
                    }
                }
            }
            if is_greek_or_cyrillic(character) {
                let last = self.text.as_bytes()[..before].last();
                is_mixed |= last.is_some_and(u8::is_ascii_alphabetic);
                after_foreign = true;
            } else if self.text.len() != before {
                after_foreign = false;
            }
            if self.text.len() - before != after - at {
                self.shift(after);
            }
            at = after;
        }
        is_mixed
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
                // A syllable that grew in place may have passed the last shift.
                self.shifts.drop_from(self.text.len() as u32);
            }
            return;
        }
        match BASIC_PLANE.strings.get(&character) {
            Some(folded) => self.text.push_str(folded),
            None => self.text.push_str(&folded_by_rules(character)),
        }
    }

    /// Notes a disguise where an ignorable character is hidden inside a word.
    fn note_hidden(&mut self, character: char, after: usize) {
        let before = self.text.chars().next_back();
        let next = self.original[after..].chars().next();
        let is_inside = before.is_some_and(char::is_alphanumeric)
            && next.is_some_and(|c| c.is_alphanumeric() || is_ignorable(c));
        if is_inside && is_ignorable(character) && !is_honest(character, before) {
            self.disguises.push(self.text.len() as u32);
        }
    }

    /// Records that the end of the search form corresponds to `origin`.
    fn shift(&mut self, origin: usize) {
        let at = self.text.len() as u32;
        self.shifts.drop_from(at);
        self.shifts.push(Shift {
            at,
            origin: origin as u32,
        });
    }

    /// Returns the same text without characters, to be put together anew with [`Self::put`]; it keeps
    /// the disguises noted so far.
    pub fn restarted(&mut self) -> Self {
        Self {
            disguises: std::mem::take(&mut self.disguises),
            ..Self::empty(self.original)
        }
    }

    /// Adds a character that stands at `origin` in the original; `undone` if it was disguised there.
    pub fn put(&mut self, character: char, origin: usize, undone: bool) {
        let at = self.text.len() as u32;
        let last = self.shifts.last();
        if last.origin + (at - last.at) != origin as u32 {
            self.shift(origin);
        }
        if undone {
            self.disguises.push(at);
        }
        self.text.push(character);
    }

    /// Ends a text that was put together anew.
    pub fn finish(&mut self) {
        self.shift(self.original.len());
        self.disguises.sort_unstable();
    }

    /// Returns the characters of the search form, each with its position in the original and the
    /// character there.
    pub fn characters(&self) -> impl Iterator<Item = (char, usize, char)> {
        let mut shifts = self.shifts.iter().peekable();
        let mut last = Shift::default();
        self.text.char_indices().map(move |(at, character)| {
            while let Some(shift) = shifts.next_if(|shift| shift.at as usize <= at) {
                last = shift;
            }
            let origin = last.origin as usize + at - last.at as usize;
            let written = self.original.get(origin..);
            let written = written.and_then(|rest| rest.chars().next());
            (character, origin, written.unwrap_or(character))
        })
    }

    /// Returns the position in the original of a position in the search form.
    fn origin(&self, at: usize) -> usize {
        let Shift { at: from, origin } = self.shifts.before(at);
        (origin as usize + at - from as usize).min(self.original.len())
    }

    /// Returns where a range of the search form stands in the original.
    pub fn span(&self, start: usize, end: usize) -> Span {
        let from = floor_boundary(self.original, self.origin(start));
        let to = self.origin(end).max(from);
        Span::new(from, ceil_boundary(self.original, to))
    }

    /// Returns a range of the search form as it is written in the original.
    pub fn written(&self, start: usize, end: usize) -> &'t str {
        &self.original[self.span(start, end).range()]
    }

    /// Returns the text that was folded.
    pub fn original(&self) -> &'t str {
        self.original
    }

    /// Whether a disguise was undone in a range of the search form.
    pub fn is_disguised(&self, start: usize, end: usize) -> bool {
        let from = self.disguises.partition_point(|&at| (at as usize) < start);
        let first = self.disguises.get(from);
        first.is_some_and(|&at| (at as usize) < end)
    }
}

/// Returns the length of the run of ASCII that some bytes begin with.
fn ascii_run(bytes: &[u8]) -> usize {
    let (blocks, _) = bytes.as_chunks::<16>();
    let whole = 16 * blocks.iter().take_while(|block| block.is_ascii()).count();
    let rest = bytes[whole..].iter().take_while(|byte| byte.is_ascii());
    whole + rest.count()
}
