//! The class of a character in the tokenizer, and what it folds to, by the rules and the Unicode tables
//! of ICU4X. [`lookup`](super::lookup) caches the answers.

use std::borrow::Cow;

use icu_casemap::CaseMapper;
use icu_properties::props::{DefaultIgnorableCodePoint, GeneralCategory, Script, WordBreak};
use icu_properties::{CodePointMapData, CodePointSetData};
use unicode_normalization::char::canonical_combining_class;
use unicode_normalization::{IsNormalized, UnicodeNormalization, is_nfkc_quick};

use super::spelling::plain;

/// The class of a character: those of UAX 29 that decide where words end, and one for characters that
/// are tokens of their own.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[repr(u8)]
pub(super) enum Class {
    /// Ends a token.
    Other,
    /// A letter of a script with spaces.
    Letter,
    /// A Hebrew letter, which a double quote may join to another.
    Hebrew,
    /// A digit or number.
    Numeric,
    /// Joins letters and digits: the underscore and the like.
    Connector,
    /// Joins letters only: the colon and the middle dot.
    MidLetter,
    /// Joins digits only: comma and semicolon.
    MidNumber,
    /// Joins letters, and joins digits: full stop and apostrophe.
    MidBoth,
    /// Joins Hebrew letters only.
    Quote,
    /// A character of a script without spaces: a token of its own.
    Unspaced,
    /// A combining mark: belongs to the token before it.
    Mark,
    /// Dropped everywhere: invisible, an accent, a point, or the tatweel.
    Ignorable,
}

impl Class {
    /// All classes by number. The last is repeated, so that any four bits are a class.
    pub const ALL: [Self; 16] = {
        use Class::*;
        [
            Other, Letter, Hebrew, Numeric, Connector, MidLetter, MidNumber, MidBoth, Quote,
            Unspaced, Mark, Ignorable, Ignorable, Ignorable, Ignorable, Ignorable,
        ]
    };
}

/// Whether a character is invisible by its nature: soft hyphens, joiners, variation selectors, tags.
pub fn is_default_ignorable(character: char) -> bool {
    CodePointSetData::new::<DefaultIgnorableCodePoint>().contains(character)
}

/// Returns the class of a character.
pub(super) fn class(character: char) -> Class {
    if fold_all(character.encode_utf8(&mut [0; 4])).is_empty() {
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
        WordBreak::DoubleQuote => Class::Quote,
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
        // Letters whose words UAX 29 leaves to a dictionary: Han, Hiragana, Thai, Lao, Khmer, Myanmar
        // and the like.
        _ if numeric => Class::Numeric,
        _ if character.is_alphabetic() => Class::Unspaced,
        _ => Class::Other,
    }
}

/// Whether the position of a character among combining marks matters.
pub(super) fn combines(character: char) -> bool {
    canonical_combining_class(character) != 0
}

/// Returns the quote of the keyboard that a typographic one stands for; any other character as it is.
pub fn unify_quotes(character: char) -> char {
    match character {
        '\u{2018}' | '\u{2019}' | '\u{201b}' | '\u{02bc}' | '\u{ff07}' => '\'',
        '\u{201c}' | '\u{201d}' | '\u{201f}' | '\u{05f4}' => '"',
        '\u{05f3}' => '\'',
        other => other,
    }
}

/// Whether a folded character may compose with one before it.
pub(super) fn may_compose(folded: char) -> bool {
    is_nfkc_quick(std::iter::once(folded)) != IsNormalized::Yes
}

/// Returns the character that a character folds to, if it is one that has the place of the other among marks. The
/// iota below does not: it becomes a letter.
pub(super) fn single_fold(character: char) -> Option<char> {
    let folded = fold_all(character.encode_utf8(&mut [0; 4]));
    let mut characters = folded.chars();
    let (Some(one), None) = (characters.next(), characters.next()) else {
        return None;
    };
    let first = std::iter::once(character).nfkd().next()?;
    let has_its_place = canonical_combining_class(one) == canonical_combining_class(first);
    has_its_place.then_some(one)
}

/// Returns the string that a character folds to, if it composes with nothing before it at any step of
/// the folding.
pub(super) fn string_fold(character: char) -> Option<String> {
    let begins_anew = |text: &str| {
        let first = text.chars().next();
        first.is_some_and(|first| !combines(first) && !may_compose(first))
    };
    let mut text = character.to_string();
    let all = fold_all(&text);
    let mut apart = begins_anew(&all) && !combines(character);
    for step in 0..5 {
        text = match step % 2 {
            0 => text.nfkc().collect(),
            _ => fold(&text).unwrap_or(text),
        };
        apart &= begins_anew(&text);
    }
    apart.then_some(all)
}

/// Folds a text by the rules: NFKC and full case folding twice, then NFKC, after which neither changes
/// anything (Unicode, section 3.13, D146); invisible characters removed, quotes and spellings unified.
pub(super) fn fold_all(text: &str) -> String {
    let folded = fold_and_compose(text);
    if folded.is_ascii() {
        return folded;
    }
    let seen = folded.chars().filter(|&c| !is_default_ignorable(c));
    let seen: String = seen.map(unify_quotes).collect();
    plain(&seen)
}

/// Composes and folds a text until neither changes it. Each of the two leaves its own result as it is,
/// so once the other does too, all further steps would.
fn fold_and_compose(text: &str) -> String {
    let compose = |text: &str| -> String { text.nfkc().collect() };
    let composed = compose(text);
    let Some(folded) = fold(&composed) else {
        return composed;
    };
    let composed = compose(&folded);
    if composed == folded {
        return composed;
    }
    match fold(&composed) {
        Some(folded) => compose(&folded),
        None => composed,
    }
}

/// Folds case; `None` if that changes nothing.
fn fold(text: &str) -> Option<String> {
    match CaseMapper::new().fold_string(text) {
        Cow::Owned(folded) if folded != text => Some(folded),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Tests what [`fold_and_compose`] relies on, and that it returns the same as all five steps.
    #[test]
    fn steps_that_change_nothing_are_left_out() {
        let compose = |text: &str| -> String { text.nfkc().collect() };
        let fold_all = |text: &str| fold(text).unwrap_or_else(|| text.to_owned());
        for character in '\0'..=char::MAX {
            let text = character.to_string();
            let folded = fold_all(&text);
            assert_eq!(fold(&folded), None, "{character:?}");
            let all_steps = compose(&fold_all(&compose(&fold_all(&compose(&text)))));
            assert_eq!(fold_and_compose(&text), all_steps, "{character:?}");
        }
    }
}
