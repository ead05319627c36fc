//! Letters of Greek and Cyrillic that look like a Latin one: the only such table.
//!
//! What a letter looks like follows the confusables of Unicode Technical Standard 39, for small
//! letters and capitals apart where they differ: `υ` looks like a `u`, its capital like a `Y`.

/// How much a letter looks like a Latin one.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Likeness {
    /// The small letter and the capital look the same as the Latin ones.
    Full,
    /// The capital does, the small letter only roughly.
    Capital,
    /// Roughly, in handwriting or at a glance. Counts in a notice, but not in a token.
    Rough,
}

/// Whether a character is in the blocks of Greek and Cyrillic, of which look-alikes are made.
#[inline]
pub fn is_greek_or_cyrillic(character: char) -> bool {
    matches!(character, '\u{370}'..='\u{52f}')
}

/// Returns the small Latin letter that a Greek or Cyrillic letter, small or capital, looks like.
pub fn latin_look_alike(letter: char) -> Option<char> {
    likeness(letter).map(|(latin, _)| latin)
}

/// Returns the small Latin letter that a letter looks like, and how much.
#[inline]
pub(super) fn likeness(letter: char) -> Option<(char, Likeness)> {
    if !is_greek_or_cyrillic(letter) {
        return None;
    }
    LIKE_LATIN.iter().find_map(|&(likeness, letters, latin)| {
        Some((counterpart(letter, letters, latin)?, likeness))
    })
}

/// The letters that look like Latin ones, and those.
const LIKE_LATIN: [(Likeness, &str, &str); 3] = [
    (
        Likeness::Full,
        "аАсСԁԀеЕһҺіІјЈӏӀоОрРԛԚѕЅѵѴԝԜхХуУ",
        "aaccddeehhiijjllooppqqssvvwwxxyy",
    ),
    (
        Likeness::Capital,
        "αΑвВβΒεΕнНΗιΙкКκΚмМΜΝοΟρΡтТτΤνχΧүҮγΥζΖ",
        "aabbbbeehhhiikkkkmmmnooppttttvxxyyyyzz",
    ),
    (
        Likeness::Rough,
        "ЬϲϹёЁєԍїЇίϊϳпηόσгυμиω",
        "bcceeegiiiijnnooruuuw",
    ),
];

/// Returns the small Cyrillic letter that a Latin letter, small or capital, looks like.
pub fn cyrillic_look_alike(latin: char) -> Option<char> {
    counterpart(latin, "HbBkKmMtT", "нввккммтт")
        .or_else(|| exact_cyrillic(latin.to_ascii_lowercase()))
}

/// Returns the Cyrillic letter that looks the same as a small Latin one.
pub(super) fn exact_cyrillic(latin: char) -> Option<char> {
    counterpart(latin, "acehijopsxy", "асеһіјорѕху")
}

/// Returns the Greek letter that looks like a small Latin one.
pub(super) fn greek_look_alike(latin: char) -> Option<char> {
    counterpart(latin, "aikopuvx", "αικορυνχ")
}

/// Returns the letter of `others` that has the same index as one of `letters`.
fn counterpart(letter: char, letters: &str, others: &str) -> Option<char> {
    let index = letters.chars().position(|one| one == letter)?;
    others.chars().nth(index)
}
