//! Letters of Greek and Cyrillic that look like a Latin one: the only such table.
//!
//! What a letter looks like follows the confusables of Unicode Technical Standard 39, for small
//! letters and capitals apart where they differ: `υ` looks like a `u`, its capital like a `Y`.

use std::ops::RangeInclusive;
use std::sync::LazyLock;

/// The blocks of Greek and Cyrillic, of whose letters look-alikes are made.
const GREEK_AND_CYRILLIC: RangeInclusive<char> = '\u{370}'..='\u{52f}';

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

/// Whether a character is in the blocks of Greek and Cyrillic, of whose letters look-alikes are made.
#[inline]
pub fn is_greek_or_cyrillic(character: char) -> bool {
    GREEK_AND_CYRILLIC.contains(&character)
}

/// Returns the small Latin letter that a Greek or Cyrillic letter, small or capital, looks like.
pub fn latin_look_alike(letter: char) -> Option<char> {
    likeness(letter).map(|(latin, _)| latin)
}

/// Returns the small Latin letter that a letter looks like, and how much.
#[inline]
pub(super) fn likeness(letter: char) -> Option<(char, Likeness)> {
    let first = u32::from(*GREEK_AND_CYRILLIC.start());
    let at = u32::from(letter).checked_sub(first)?;
    LIKENESSES.get(at as usize).copied().flatten()
}

/// What [`LIKE_LATIN`] says of each letter of [`GREEK_AND_CYRILLIC`]: a search for each letter of a text would
/// take most of the time that the text does.
static LIKENESSES: LazyLock<Vec<Option<(char, Likeness)>>> = LazyLock::new(|| {
    let like_latin = |letter| {
        LIKE_LATIN.iter().find_map(|&(likeness, letters, latin)| {
            Some((counterpart(letter, letters, latin)?, likeness))
        })
    };
    GREEK_AND_CYRILLIC.map(like_latin).collect()
});

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
    Some(match latin {
        'H' => 'н',
        'b' | 'B' => 'в',
        'k' | 'K' => 'к',
        'm' | 'M' => 'м',
        't' | 'T' => 'т',
        _ => return exact_cyrillic(latin.to_ascii_lowercase()),
    })
}

/// Returns the Cyrillic letter that looks the same as a small Latin one.
pub(super) fn exact_cyrillic(latin: char) -> Option<char> {
    Some(match latin {
        'a' => 'а',
        'c' => 'с',
        'e' => 'е',
        'h' => 'һ',
        'i' => 'і',
        'j' => 'ј',
        'o' => 'о',
        'p' => 'р',
        's' => 'ѕ',
        'x' => 'х',
        'y' => 'у',
        _ => return None,
    })
}

/// Returns the Greek letter that looks like a small Latin one.
pub(super) fn greek_look_alike(latin: char) -> Option<char> {
    Some(match latin {
        'a' => 'α',
        'i' => 'ι',
        'k' => 'κ',
        'o' => 'ο',
        'p' => 'ρ',
        'u' => 'υ',
        'v' => 'ν',
        'x' => 'χ',
        _ => return None,
    })
}

/// Returns the letter of `others` that has the same index as one of `letters`.
fn counterpart(letter: char, letters: &str, others: &str) -> Option<char> {
    let index = letters.chars().position(|one| one == letter)?;
    others.chars().nth(index)
}
