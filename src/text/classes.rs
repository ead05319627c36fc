//! What a character is to the tokenizer, and what it becomes: by the rules, from the Unicode tables
//! of ICU4X. Whoever reads a text asks [`lookup`](super::lookup), where the answers are kept.

use std::borrow::Cow;

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

/// Returns what a character folds to, if that is a string that no character before it becomes one with,
/// at none of the steps on the way.
pub(super) fn string_fold(character: char) -> Option<String> {
    let begins_anew = |text: &str| {
        text.chars().next().is_some_and(|first| {
            !combines(first) && is_nfkc_quick(std::iter::once(first)) == IsNormalized::Yes
        })
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

/// Folds by the rules: NFKC and full case folding twice, and NFKC, after which neither changes
/// anything (Unicode, section 3.13, D146); without what is not seen, quotes unified.
pub(super) fn fold_all(text: &str) -> String {
    let ignorable = CodePointSetData::new::<DefaultIgnorableCodePoint>();
    let mut folded = fold_and_compose(text);
    if folded
        .chars()
        .any(|c| unify(c) != c || ignorable.contains(c))
    {
        folded = folded
            .chars()
            .filter(|&c| !ignorable.contains(c))
            .map(unify)
            .collect();
    }
    folded
}

/// Neither composing nor folding changes what it has made itself; so when the other leaves that as it
/// is, all further steps do, and are not taken.
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

/// Folds case; `None` where that changes nothing.
fn fold(text: &str) -> Option<String> {
    match CaseMapper::new().fold_string(text) {
        Cow::Owned(folded) if folded != text => Some(folded),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// What [`fold_and_compose`] takes for granted, and that it gives the same as all five steps.
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
