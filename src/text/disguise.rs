//! Undoes letters of one script that stand for look-alikes of another.
//!
//! A copy is disguised by writing some of its Latin letters as the Cyrillic or Greek ones that look the
//! same (Unicode Technical Standard 39, section 4: confusables). What a token is read as depends on its
//! own letters alone, so a passage has the same tokens wherever it stands:
//!
//! * Latin letters with look-alikes among them are read as Latin;
//! * Cyrillic or Greek letters with Latin look-alikes among them are read as Cyrillic or Greek;
//! * a token of nothing but Cyrillic letters that each look like a Latin one is read as Latin, for it
//!   could be either; that costs nothing, as it is read so everywhere.
//!
//! A token that has letters which only Latin has and letters which only the other script has is
//! what it seems, a word with a foreign ending, and is left alone.

/// Whether a character is a letter that a disguise may be made of.
#[inline]
pub(super) fn may_disguise(character: char) -> bool {
    matches!(character, '\u{370}'..='\u{52f}')
}

/// Whether a byte may begin such a letter in UTF-8.
#[inline]
pub(super) fn may_begin(byte: u8) -> bool {
    matches!(byte, 0xcd..=0xd4)
}

/// What the letters of a token are.
#[derive(Default)]
struct Letters {
    /// Latin, with no look-alike.
    latin: bool,
    /// Latin, with a look-alike.
    latin_alike: bool,
    /// Of the other script, with no look-alike.
    other: bool,
    /// Of the other script, alike in both cases.
    alike: bool,
    /// Of the other script, alike as capitals.
    alike_as_capital: bool,
    /// Greek rather than Cyrillic.
    greek: bool,
    /// A Cyrillic letter, or a Greek one that is no sign of science.
    telling: bool,
}

/// Returns a token's folded form with its disguise undone; `None` where it is what it seems.
pub(super) fn undone(token: &str) -> Option<String> {
    let mut letters = Letters::default();
    for letter in token.chars() {
        if may_disguise(letter) {
            letters.greek |= letter < '\u{400}';
            letters.telling |= !is_sign(letter);
            match latin_of(letter) {
                Some((_, true)) => letters.alike = true,
                Some((_, false)) => letters.alike_as_capital = true,
                None => letters.other = true,
            }
        } else if letter.is_alphabetic() {
            if other_of(letter, false).is_some() {
                letters.latin_alike = true;
            } else {
                letters.latin = true;
            }
        }
    }
    let Letters {
        latin,
        latin_alike,
        other,
        alike,
        alike_as_capital,
        greek,
        telling,
    } = letters;
    // "50 μg" of "TNFα" are what they seem.
    if !telling {
        return None;
    }
    let to_latin = |letter| latin_of(letter).map_or(letter, |(latin, _)| latin);
    let mixed = latin || latin_alike;
    match () {
        () if latin && !other => Some(token.chars().map(to_latin).collect()),
        () if latin => None,
        () if latin_alike && (other || alike_as_capital) => Some(
            token
                .chars()
                .map(|letter| other_of(letter, greek).unwrap_or(letter))
                .collect(),
        ),
        () if mixed || (alike && !other && !alike_as_capital) => {
            Some(token.chars().map(to_latin).collect())
        }
        () => None,
    }
}

/// Returns the Latin letter that a folded letter of another script looks like, and whether it does so
/// in lower case too, or only as a capital.
#[inline]
fn latin_of(letter: char) -> Option<(char, bool)> {
    Some(match letter {
        'а' => ('a', true),
        'е' => ('e', true),
        'о' => ('o', true),
        'р' => ('p', true),
        'с' => ('c', true),
        'у' => ('y', true),
        'х' => ('x', true),
        'і' => ('i', true),
        'ј' => ('j', true),
        'ѕ' => ('s', true),
        'ԁ' => ('d', true),
        'ԛ' => ('q', true),
        'ԝ' => ('w', true),
        'һ' => ('h', true),
        'ӏ' => ('l', true),
        'ѵ' => ('v', true),
        'в' | 'β' => ('b', false),
        'к' | 'κ' => ('k', false),
        'м' | 'μ' => ('m', false),
        'н' | 'η' => ('h', false),
        'т' | 'τ' => ('t', false),
        'ү' | 'γ' | 'υ' => ('y', false),
        'α' => ('a', false),
        'ε' => ('e', false),
        'ζ' => ('z', false),
        'ι' => ('i', false),
        'ν' => ('v', false),
        'ο' => ('o', false),
        'ρ' => ('p', false),
        'χ' => ('x', false),
        _ => return None,
    })
}

/// Whether a Greek letter stands in Latin words for itself: in units, and names of substances.
fn is_sign(letter: char) -> bool {
    matches!(
        letter,
        'α' | 'β' | 'γ' | 'δ' | 'ζ' | 'η' | 'θ' | 'κ' | 'λ' | 'μ' | 'π' | 'σ' | 'φ' | 'ω'
    )
}

/// Returns the Cyrillic, or Greek, letter that a folded Latin one looks like.
fn other_of(latin: char, greek: bool) -> Option<char> {
    let letter = match (latin, greek) {
        ('a', false) => 'а',
        ('e', false) => 'е',
        ('o', false) => 'о',
        ('p', false) => 'р',
        ('c', false) => 'с',
        ('y', false) => 'у',
        ('x', false) => 'х',
        ('i', false) => 'і',
        ('j', false) => 'ј',
        ('s', false) => 'ѕ',
        ('h', false) => 'һ',
        ('a', true) => 'α',
        ('i', true) => 'ι',
        ('k', true) => 'κ',
        ('v', true) => 'ν',
        ('o', true) => 'ο',
        ('p', true) => 'ρ',
        ('x', true) => 'χ',
        ('u', true) => 'υ',
        _ => return None,
    };
    Some(letter)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn check(token: &str, expected: &str) {
        assert_eq!(
            undone(token).as_deref().unwrap_or(token),
            expected,
            "{token:?}"
        );
    }

    #[test]
    fn latin_words_in_disguise_are_read_as_latin() {
        check("реорlе", "people");
        check("hаrbоur", "harbour");
        check("тeаm", "team");
        check("hαrbουr", "harboyr");
        check("рrοsреcт", "prospect");
        check("а", "a");
        check("сос", "coc");
    }

    #[test]
    fn other_words_in_disguise_are_read_as_what_they_are() {
        check("pоссия", "россия");
        check("мaма", "мама");
        check("aθήνα", "αθήνα");
    }

    #[test]
    fn what_is_no_disguise_is_left_alone() {
        for word in [
            "россия",
            "мама",
            "αθήνα",
            "ο",
            "iphoneами",
            "harbour",
            "汉字",
            "3м",
            "μg",
            "tnfα",
            "ifnγ",
            "",
        ] {
            check(word, word);
        }
    }

    #[test]
    fn what_may_disguise_is_told_by_its_first_byte() {
        for letter in '\u{370}'..='\u{52f}' {
            let first = letter.encode_utf8(&mut [0; 4]).as_bytes()[0];
            assert!(may_begin(first), "{letter}");
        }
        assert!(!may_begin(b'a') && !may_begin("é".as_bytes()[0]) && !may_begin("’".as_bytes()[0]));
    }

    #[test]
    fn what_was_undone_stays() {
        for word in ["реорlе", "pоссия", "сос", "aθήνα", "мaма"] {
            let once = undone(word).expect("in disguise");
            check(&once, &once);
        }
    }
}
