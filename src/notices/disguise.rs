//! Undoes look-alike letters of another script inside a word.

use super::fold::SearchText;
use crate::text::{cyrillic_look_alike, is_greek_or_cyrillic, latin_look_alike};

/// Most letters of a word; a longer one is rewritten in parts.
const MOST_LETTERS: usize = 256;

/// A character of the search form, its position in the original, and the character there.
struct Letter {
    character: char,
    origin: usize,
    written: char,
    is_undone: bool,
}

/// Rewrites the words of a text in which scripts are mixed.
pub(super) fn undo(folded: &mut SearchText<'_>) {
    let mut undone = folded.restarted();
    let mut word: Vec<Letter> = Vec::new();
    let mut after_latin = false;
    for (character, origin, written) in folded.characters() {
        let last = word.last();
        let is_other =
            last.is_some_and(|last| last.character.is_alphabetic() != character.is_alphabetic());
        if is_other || word.len() == MOST_LETTERS {
            after_latin = move_word(&mut word, after_latin, &mut undone);
        }
        word.push(Letter {
            character,
            origin,
            written,
            is_undone: false,
        });
    }
    move_word(&mut word, after_latin, &mut undone);
    undone.finish();
    *folded = undone;
}

/// Moves a word, or what stands between two words, to the new text. Returns whether the next word
/// follows Latin ones.
fn move_word(word: &mut Vec<Letter>, mut after_latin: bool, undone: &mut SearchText<'_>) -> bool {
    if word.iter().any(|letter| letter.character.is_alphabetic()) {
        rewrite(word, after_latin);
        after_latin = word.iter().all(|l| l.character.is_ascii_alphabetic());
    } else if word.iter().any(|letter| letter.character == '\n') {
        after_latin = false;
    }
    for letter in word.drain(..) {
        undone.put(letter.character, letter.origin, letter.is_undone);
    }
    after_latin
}

/// Makes a word Latin if all its other letters look Latin, or else Cyrillic if all its Latin letters
/// look Cyrillic. A word without a Latin letter is Latin only if it is a single letter after Latin
/// words.
fn rewrite(word: &mut [Letter], after_latin: bool) {
    let is_foreign = |letter: &Letter| is_greek_or_cyrillic(letter.character);
    let is_latin = |letter: &Letter| letter.character.is_ascii_alphabetic();
    let foreign = word.iter().filter(|letter| is_foreign(letter)).count();
    let has_latin = word.iter().any(is_latin);
    if foreign == 0 || !(has_latin || (after_latin && foreign == 1)) {
        return;
    }
    let to_latin =
        |letter: &Letter| latin_look_alike(letter.written).filter(|_| is_foreign(letter));
    let to_cyrillic = |letter: &Letter| {
        let is_plain = letter.written.is_ascii_alphabetic();
        let latin = if is_plain {
            letter.written
        } else {
            letter.character
        };
        cyrillic_look_alike(latin).filter(|_| is_latin(letter))
    };
    let may_be_latin = word.iter().all(|l| !is_foreign(l) || to_latin(l).is_some());
    let may_be_cyrillic = word
        .iter()
        .all(|l| !is_latin(l) || to_cyrillic(l).is_some());
    for letter in word {
        let other = match (may_be_latin, may_be_cyrillic) {
            (true, _) => to_latin(letter),
            (false, true) => to_cyrillic(letter),
            (false, false) => None,
        };
        if let Some(other) = other {
            letter.character = other;
            letter.is_undone = true;
        }
    }
}

/// Undoes look-alike letters in a name, and keeps its capitals.
pub(super) fn undo_in_name(name: &str) -> String {
    let words = name.split(' ').map(|word| {
        let is_mixed = word.chars().any(|c| c.is_ascii_alphabetic())
            && word.chars().any(is_greek_or_cyrillic)
            && word
                .chars()
                .all(|c| !is_greek_or_cyrillic(c) || latin_look_alike(c).is_some());
        let undone = |c: char| match latin_look_alike(c).filter(|_| is_mixed) {
            Some(latin) if c.is_uppercase() => latin.to_ascii_uppercase(),
            Some(latin) => latin,
            None => c,
        };
        word.chars().map(undone).collect::<String>()
    });
    words.collect::<Vec<_>>().join(" ")
}
