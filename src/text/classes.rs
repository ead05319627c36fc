//! What a character is to the tokenizer, and what it becomes: by the rules, from the Unicode tables
//! of ICU4X. Whoever reads a text asks [`lookup`](super::lookup), where the answers are kept.

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

impl Class {
    /// All of them by number; more of the last, so that four bits always name one.
    pub const ALL: [Self; 16] = [
        Self::Other,
        Self::Letter,
        Self::Hebrew,
        Self::Numeric,
        Self::Connector,
        Self::MidLetter,
        Self::MidNumber,
        Self::MidBoth,
        Self::DoubleQuote,
        Self::Unspaced,
        Self::Mark,
        Self::Ignorable,
        Self::Ignorable,
        Self::Ignorable,
        Self::Ignorable,
        Self::Ignorable,
    ];
}

/// Returns what a character is to the tokenizer.
pub(super) fn class(character: char) -> Class {
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

/// Whether a character's place among combining marks matters.
pub(super) fn combines(character: char) -> bool {
    canonical_combining_class(character) != 0
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
pub(super) fn single_fold(character: char) -> Option<char> {
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
