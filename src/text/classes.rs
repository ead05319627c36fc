//! What a character is to the tokenizer, and what it becomes.
//!
//! One byte of class and one folded character for each code point of the basic plane, worked out
//! once from the Unicode tables of ICU4X; the rest is looked up there.

use std::sync::LazyLock;

use icu_casemap::CaseMapper;
use icu_properties::props::{DefaultIgnorableCodePoint, GeneralCategory, Script, WordBreak};
use icu_properties::{CodePointMapData, CodePointSetData};
use unicode_normalization::char::canonical_combining_class;
use unicode_normalization::{IsNormalized, UnicodeNormalization, is_nfkc_quick};

/// What a character is to the tokenizer: the classes of UAX 29 that matter between words, with one
/// for characters that are tokens of their own.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[repr(u8)]
pub(super) enum Class {
    /// Ends a token.
    Other,
    /// A letter of a script that is written with spaces.
    Letter,
    /// A Hebrew letter, within which a double quote may stand.
    Hebrew,
    /// A digit or number.
    Numeric,
    /// Joins letters and digits: the underscore and its like.
    Connector,
    /// Joins letters only: the colon and the middle dot.
    MidLetter,
    /// Joins digits only: comma and semicolon.
    MidNumber,
    /// Joins letters, and joins digits: full stop and apostrophe.
    MidBoth,
    /// Joins Hebrew letters only.
    DoubleQuote,
    /// A character of a script that is written without spaces: a token of its own.
    Unspaced,
    /// A combining mark: belongs to the token before it.
    Mark,
    /// Not seen: dropped wherever it stands.
    Ignorable,
}

/// A character, looked up.
#[derive(Debug, Clone, Copy)]
pub(super) struct Looked {
    pub class: Class,
    /// What it folds to, where that is one character and does not depend on its neighbors; else the
    /// whole token is folded by the rules.
    pub folded: Option<char>,
    /// Its place among combining marks matters.
    pub combining: bool,
}

struct Table {
    classes: Vec<Class>,
    /// The folded code unit; 0: none.
    folded: Vec<u16>,
    combining: Vec<bool>,
}

static BASIC_PLANE: LazyLock<Table> = LazyLock::new(|| {
    let size = 0x1_0000;
    let mut table = Table {
        classes: vec![Class::Other; size],
        folded: vec![0; size],
        combining: vec![false; size],
    };
    for code in 0..size {
        let Some(character) = char::from_u32(code as u32) else {
            continue;
        };
        let looked = work_out(character);
        table.classes[code] = looked.class;
        table.folded[code] = looked
            .folded
            .and_then(|c| u16::try_from(u32::from(c)).ok())
            .unwrap_or(0);
        table.combining[code] = looked.combining;
    }
    table
});

/// Looks a character up.
#[inline]
pub(super) fn look_up(character: char) -> Looked {
    let code = character as usize;
    let table = &*BASIC_PLANE;
    match table.classes.get(code) {
        Some(&class) => Looked {
            class,
            folded: match table.folded[code] {
                0 => None,
                folded => char::from_u32(u32::from(folded)),
            },
            combining: table.combining[code],
        },
        None => work_out(character),
    }
}

fn work_out(character: char) -> Looked {
    Looked {
        class: class(character),
        folded: single_fold(character),
        combining: canonical_combining_class(character) != 0,
    }
}

fn class(character: char) -> Class {
    if CodePointSetData::new::<DefaultIgnorableCodePoint>().contains(character)
        || character == '\u{200b}'
    {
        return Class::Ignorable;
    }
    let category = CodePointMapData::<GeneralCategory>::new().get(character);
    let numeric = matches!(
        category,
        GeneralCategory::DecimalNumber
            | GeneralCategory::LetterNumber
            | GeneralCategory::OtherNumber
    );
    match CodePointMapData::<WordBreak>::new().get(character) {
        WordBreak::HebrewLetter => Class::Hebrew,
        WordBreak::Numeric => Class::Numeric,
        WordBreak::ExtendNumLet if category == GeneralCategory::SpaceSeparator => Class::Other,
        WordBreak::ExtendNumLet => Class::Connector,
        WordBreak::MidLetter => Class::MidLetter,
        WordBreak::MidNum => Class::MidNumber,
        WordBreak::MidNumLet | WordBreak::SingleQuote => Class::MidBoth,
        WordBreak::DoubleQuote => Class::DoubleQuote,
        WordBreak::Extend => Class::Mark,
        WordBreak::Format | WordBreak::ZWJ => Class::Ignorable,
        // Tibetan divides syllables, not words.
        WordBreak::ALetter
            if CodePointMapData::<Script>::new().get(character) == Script::Tibetan =>
        {
            Class::Unspaced
        }
        WordBreak::ALetter => Class::Letter,
        WordBreak::Katakana => Class::Unspaced,
        // Letters for which UAX 29 leaves the words to a dictionary: Han, Hiragana, Thai, Lao,
        // Khmer, Myanmar and their like.
        _ if numeric => Class::Numeric,
        _ if character.is_alphabetic() => Class::Unspaced,
        _ => Class::Other,
    }
}

/// Apostrophes of print, typewriter and keyboard are one.
pub(super) fn unify(character: char) -> char {
    match character {
        '\u{2018}' | '\u{2019}' | '\u{201b}' | '\u{02bc}' | '\u{ff07}' => '\'',
        '\u{201c}' | '\u{201d}' | '\u{201f}' | '\u{05f4}' => '"',
        '\u{05f3}' => '\'',
        other => other,
    }
}

/// Returns what a character folds to, if that is one character that composes with nothing before
/// it.
fn single_fold(character: char) -> Option<char> {
    let folded = fold_all(character.encode_utf8(&mut [0; 4]));
    let mut characters = folded.chars();
    let (Some(one), None) = (characters.next(), characters.next()) else {
        return None;
    };
    let stable = is_nfkc_quick(std::iter::once(one)) == IsNormalized::Yes
        && canonical_combining_class(one) == canonical_combining_class(character);
    stable.then_some(one)
}

/// Folds by the rules: NFKC and full case folding until neither changes anything (Unicode, section
/// 3.13, D146), without what is not seen, quotes unified.
pub(super) fn fold_all(text: &str) -> String {
    let mapper = CaseMapper::new();
    let once = |text: &str| -> String {
        let composed: String = text.nfkc().collect();
        mapper.fold_string(&composed).into_owned()
    };
    let ignorable = CodePointSetData::new::<DefaultIgnorableCodePoint>();
    once(&once(text))
        .nfkc()
        .filter(|&c| !ignorable.contains(c))
        .map(unify)
        .collect()
}
