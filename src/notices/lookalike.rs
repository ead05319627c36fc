//! Letters that look like letters of another script, inside a word of that script.

use super::fold::Folded;

/// The Latin letter that a Cyrillic or Greek one looks like.
pub(super) fn latin(character: char) -> Option<char> {
    Some(match character {
        'а' | 'А' | 'α' | 'Α' => 'a',
        'В' | 'Β' | 'β' | 'в' | 'Ь' => 'b',
        'с' | 'С' | 'ϲ' | 'Ϲ' => 'c',
        'ԁ' | 'Ԁ' => 'd',
        'е' | 'Е' | 'ё' | 'Ё' | 'ε' | 'Ε' | 'є' => 'e',
        'ԍ' => 'g',
        'һ' | 'Һ' | 'Н' | 'н' | 'Η' => 'h',
        'і' | 'І' | 'ї' | 'Ї' | 'ι' | 'Ι' | 'ί' | 'ϊ' => 'i',
        'ј' | 'Ј' | 'ϳ' => 'j',
        'к' | 'К' | 'κ' | 'Κ' => 'k',
        'ӏ' | 'Ӏ' => 'l',
        'м' | 'М' | 'Μ' => 'm',
        'п' | 'Ν' | 'η' => 'n',
        'о' | 'О' | 'ο' | 'Ο' | 'ό' | 'σ' => 'o',
        'р' | 'Р' | 'ρ' | 'Ρ' => 'p',
        'ԛ' => 'q',
        'г' => 'r',
        'ѕ' | 'Ѕ' => 's',
        'т' | 'Т' | 'τ' | 'Τ' => 't',
        'υ' | 'μ' | 'и' => 'u',
        'ν' | 'ѵ' | 'Ѵ' => 'v',
        'ԝ' | 'Ԝ' | 'ω' => 'w',
        'х' | 'Х' | 'χ' | 'Χ' => 'x',
        'у' | 'У' | 'Υ' | 'γ' | 'ү' | 'Ү' => 'y',
        'Ζ' | 'ζ' => 'z',
        _ => return None,
    })
}

/// The Cyrillic letter that a Latin one looks like, both in lower case.
fn cyrillic(character: char) -> Option<char> {
    Some(match character {
        'a' => 'а',
        'b' => 'в',
        'c' => 'с',
        'e' => 'е',
        'h' => 'н',
        'i' => 'і',
        'k' => 'к',
        'm' => 'м',
        'o' => 'о',
        'p' => 'р',
        't' => 'т',
        'x' => 'х',
        'y' => 'у',
        _ => return None,
    })
}

fn is_foreign(character: char) -> bool {
    matches!(character, '\u{370}'..='\u{52f}')
}

fn is_latin(character: char) -> bool {
    character.is_ascii_alphabetic()
}

/// A character of the searched form, where it stood, and how it was written there.
struct Piece {
    character: char,
    origin: usize,
    written: char,
    undone: bool,
}

/// Rewrites the words in which scripts are mixed.
pub(super) fn undo(folded: &mut Folded, original: &str) {
    let mut undone = Folded::default();
    let mut origin = folded.origins();
    let mut word: Vec<Piece> = Vec::new();
    let mut after_latin = false;
    for (at, character) in folded.text.char_indices() {
        let origin = origin(at as u32) as usize;
        let written = original.get(origin..).and_then(|rest| rest.chars().next());
        let apart = |last: &Piece| last.character.is_alphabetic() != character.is_alphabetic();
        if word.last().is_some_and(apart) {
            after_latin = rewritten(&mut word, after_latin, &mut undone);
        }
        word.push(Piece {
            character,
            origin,
            written: written.unwrap_or(character),
            undone: false,
        });
    }
    rewritten(&mut word, after_latin, &mut undone);
    drop(origin);
    folded.become_undone(undone, original.len());
}

/// Moves a word, or what stands between words, to where it is written anew. Returns whether what comes
/// next stands after Latin words.
fn rewritten(word: &mut Vec<Piece>, mut after_latin: bool, undone: &mut Folded) -> bool {
    if word.iter().any(|piece| piece.character.is_alphabetic()) {
        rewrite(word, after_latin);
        after_latin = word.iter().all(|piece| is_latin(piece.character));
    } else if word.iter().any(|piece| piece.character == '\n') {
        after_latin = false;
    }
    for piece in word.drain(..) {
        undone.put(piece.character, piece.origin, piece.undone);
    }
    after_latin
}

/// A word becomes Latin if all that is not Latin in it looks so; else Cyrillic, if all that is Latin
/// in it looks so. A word without a Latin letter of its own is one only after Latin words.
fn rewrite(word: &mut [Piece], after_latin: bool) {
    let foreign = word
        .iter()
        .filter(|piece| is_foreign(piece.character))
        .count();
    let own = word
        .iter()
        .filter(|piece| is_latin(piece.character))
        .count();
    if foreign == 0 || (own == 0 && !(after_latin && foreign == 1)) {
        return;
    }
    let to_latin = |piece: &Piece| latin(piece.written).filter(|_| is_foreign(piece.character));
    let to_cyrillic =
        |piece: &Piece| cyrillic(piece.character).filter(|_| is_latin(piece.character));
    let all_latin = word
        .iter()
        .all(|p| !is_foreign(p.character) || to_latin(p).is_some());
    let all_cyrillic = word
        .iter()
        .all(|p| !is_latin(p.character) || to_cyrillic(p).is_some());
    for piece in word {
        let other = match (all_latin, all_cyrillic) {
            (true, _) => to_latin(piece),
            (false, true) => to_cyrillic(piece),
            _ => None,
        };
        if let Some(other) = other {
            piece.character = other;
            piece.undone = true;
        }
    }
}

/// Undoes disguises in a name, keeping its capitals.
pub(super) fn plain(name: &str) -> String {
    let words = name.split(' ').map(|word| {
        let mixed = word.chars().any(is_latin)
            && word.chars().any(is_foreign)
            && word.chars().all(|c| !is_foreign(c) || latin(c).is_some());
        let undone = |c: char| match latin(c).filter(|_| mixed && is_foreign(c)) {
            Some(latin) if c.is_uppercase() => latin.to_ascii_uppercase(),
            Some(latin) => latin,
            None => c,
        };
        word.chars().map(undone).collect::<String>()
    });
    words.collect::<Vec<_>>().join(" ")
}
