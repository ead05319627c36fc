//! Undoes letters of one script that stand for look-alikes of another.
//!
//! A copy is disguised by writing some of its Latin letters as the Cyrillic or Greek ones that look the
//! same (Unicode Technical Standard 39, section 4: confusables). How a token is read depends on its own
//! letters alone, so a passage has the same tokens in every text:
//!
//! * Latin letters with look-alikes among them are read as Latin;
//! * Cyrillic or Greek letters with Latin look-alikes among them are read as Cyrillic or Greek;
//! * a token of Cyrillic letters that all look like Latin ones is read as Latin. It could be either, and
//!   no harm is done, because it is read that way in every text.
//!
//! A token with letters that only Latin has and letters that only the other script has is not a
//! disguise but a word with a foreign ending, and is left alone.

use super::lookalike::{
    Likeness, exact_cyrillic, greek_look_alike, is_greek_or_cyrillic, likeness,
};

/// Whether a byte may begin such a letter in UTF-8.
#[inline]
const fn may_begin(byte: u8) -> bool {
    matches!(byte, 0xcd..=0xd4)
}

/// Returns the ranges of a text, in order, in which a word may have letters of two scripts: ranges
/// between two bytes of ASCII that are part of no word, with a letter of ASCII and one that may be a
/// disguise. Such a range has the same tokens alone as in the text.
pub(super) fn suspects(text: &str) -> impl Iterator<Item = &str> {
    // Most texts have no such letter; whole blocks are passed over.
    let is_suspect = |block: &[u8]| block.iter().fold(false, |any, &b| any | may_begin(b));
    let first = text.as_bytes().chunks(256).position(is_suspect);
    let from = first.map_or(text.len(), |block| {
        let before = &text.as_bytes()[..block * 256];
        let divider = before
            .iter()
            .rposition(|&b| BYTES[usize::from(b)] == DIVIDES);
        divider.map_or(0, |at| at + 1)
    });
    let mut rest = &text[from..];
    std::iter::from_fn(move || {
        while !rest.is_empty() {
            let mut seen = 0;
            let end = rest.bytes().position(|byte| {
                let kind = BYTES[usize::from(byte)];
                seen |= kind;
                kind == DIVIDES
            });
            let (part, after) = rest.split_at(end.unwrap_or(rest.len()));
            rest = after.get(1..).unwrap_or_default();
            if seen & (ASCII | DISGUISE) == ASCII | DISGUISE {
                return Some(part);
            }
        }
        None
    })
}

/// A letter of ASCII.
const ASCII: u8 = 1;
/// The first byte of a letter that may be a disguise.
const DISGUISE: u8 = 2;
/// A byte that is part of no word.
const DIVIDES: u8 = 4;

/// The kinds of bytes; 0 for those that may be in a word and decide nothing.
static BYTES: [u8; 256] = {
    let mut bytes = [0; 256];
    let mut at = 0;
    while at < 256 {
        let byte = at as u8;
        bytes[at] = match byte {
            b'0'..=b'9' | b'_' | b'.' | b'\'' | b':' | b',' | b';' | b'"' => 0,
            _ if byte.is_ascii_alphabetic() => ASCII,
            _ if byte.is_ascii() => DIVIDES,
            _ if may_begin(byte) => DISGUISE,
            _ => 0,
        };
        at += 1;
    }
    bytes
};

/// The kinds of folded letters, by number; 0: not relevant to a disguise.
const LATIN: u32 = 1;
const LATIN_ALIKE: u32 = 2;
const CYRILLIC: u32 = 3;
const CYRILLIC_ALIKE: u32 = 4;
const CYRILLIC_ALIKE_AS_CAPITAL: u32 = 5;
const GREEK: u32 = 6;
const GREEK_SIGN: u32 = 7;
const GREEK_ALIKE_AS_CAPITAL: u32 = 8;
const GREEK_SIGN_ALIKE_AS_CAPITAL: u32 = 9;

/// The kinds of letters in a token, with a bit for each.
#[derive(Debug, Default, Clone, Copy)]
pub(super) struct Letters(u32);

/// The script that a disguised token is read as.
#[derive(Debug, Clone, Copy)]
pub(super) enum ReadAs {
    Latin,
    Greek,
    Cyrillic,
}

impl ReadAs {
    /// Returns what a folded letter of such a token is read as.
    #[inline]
    pub fn letter(self, letter: char) -> char {
        match self {
            Self::Latin => latin_of(letter).map(|(latin, _)| latin),
            Self::Greek => greek_look_alike(letter),
            Self::Cyrillic => exact_cyrillic(letter),
        }
        .unwrap_or(letter)
    }
}

impl Letters {
    /// Returns the kind of a folded letter, a number under 16.
    pub fn kind(folded: char) -> u32 {
        if is_greek_or_cyrillic(folded) {
            let is_greek = folded < '\u{400}';
            match (is_greek, latin_of(folded), is_sign(folded)) {
                (false, None, _) => CYRILLIC,
                (false, Some((_, true)), _) => CYRILLIC_ALIKE,
                (false, Some((_, false)), _) => CYRILLIC_ALIKE_AS_CAPITAL,
                (true, None, false) => GREEK,
                (true, None, true) => GREEK_SIGN,
                (true, Some(_), false) => GREEK_ALIKE_AS_CAPITAL,
                (true, Some(_), true) => GREEK_SIGN_ALIKE_AS_CAPITAL,
            }
        } else if folded.is_alphabetic() {
            match exact_cyrillic(folded) {
                Some(_) => LATIN_ALIKE,
                None => LATIN,
            }
        } else {
            0
        }
    }

    /// Adds a letter of this kind.
    #[inline]
    pub fn add(&mut self, kind: u32) {
        self.0 |= 1 << kind;
    }

    /// Adds other letters.
    #[inline]
    pub fn add_all(&mut self, others: Self) {
        self.0 |= others.0;
    }

    /// Whether a token with these letters is disguised.
    #[inline]
    pub fn are_in_disguise(self) -> bool {
        self.read_as().is_some()
    }

    /// Returns what a token with these letters is read as, if it is disguised.
    #[inline]
    pub fn read_as(self) -> Option<ReadAs> {
        const OTHER: u32 = 1 << CYRILLIC | 1 << GREEK | 1 << GREEK_SIGN;
        const CAPITAL: u32 = 1 << CYRILLIC_ALIKE_AS_CAPITAL
            | 1 << GREEK_ALIKE_AS_CAPITAL
            | 1 << GREEK_SIGN_ALIKE_AS_CAPITAL;
        const SOME_GREEK: u32 = 1 << GREEK
            | 1 << GREEK_SIGN
            | 1 << GREEK_ALIKE_AS_CAPITAL
            | 1 << GREEK_SIGN_ALIKE_AS_CAPITAL;
        // "50 μg" of "TNFα" are no disguise: a Greek letter may be a symbol of science.
        const DECISIVE: u32 = 1 << CYRILLIC
            | 1 << CYRILLIC_ALIKE
            | 1 << CYRILLIC_ALIKE_AS_CAPITAL
            | 1 << GREEK
            | 1 << GREEK_ALIKE_AS_CAPITAL;
        let has = |kinds: u32| self.0 & kinds != 0;
        if !has(DECISIVE) {
            return None;
        }
        let latin = has(1 << LATIN);
        let latin_alike = has(1 << LATIN_ALIKE);
        let alike = has(1 << CYRILLIC_ALIKE);
        match () {
            () if latin => (!has(OTHER)).then_some(ReadAs::Latin),
            () if latin_alike && has(OTHER | CAPITAL) && has(SOME_GREEK) => Some(ReadAs::Greek),
            () if latin_alike && has(OTHER | CAPITAL) => Some(ReadAs::Cyrillic),
            () if latin_alike || (alike && !has(OTHER | CAPITAL)) => Some(ReadAs::Latin),
            () => None,
        }
    }
}

/// Returns a folded token with its disguise undone; `None` if it is not disguised.
pub(super) fn undone(token: &str) -> Option<String> {
    let mut letters = Letters::default();
    token
        .chars()
        .for_each(|letter| letters.add(Letters::kind(letter)));
    let read_as = letters.read_as()?;
    Some(token.chars().map(|letter| read_as.letter(letter)).collect())
}

/// Returns the Latin letter that a folded letter of another script looks like, and whether it does so
/// in lower case too, or only as a capital. A folded letter may have been a capital, so where only
/// the capital looks like a Latin letter, that one is meant.
#[inline]
fn latin_of(letter: char) -> Option<(char, bool)> {
    match likeness(letter)? {
        (latin, Likeness::Full) => Some((latin, true)),
        (latin, Likeness::Capital) => Some((latin, false)),
        (_, Likeness::Rough) => {
            let capital = likeness(letter.to_uppercase().next()?)?;
            (capital.1 == Likeness::Capital).then_some((capital.0, false))
        }
    }
}

/// Whether a Greek letter is used in Latin words: in units, and in names of substances.
fn is_sign(letter: char) -> bool {
    matches!(
        letter,
        'α' | 'β' | 'γ' | 'δ' | 'ζ' | 'η' | 'θ' | 'κ' | 'λ' | 'μ' | 'π' | 'σ' | 'φ' | 'ω'
    )
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
    fn other_words_are_left_alone() {
        for word in "россия мама αθήνα ο iphoneами harbour 汉字 3м μg tnfα ifnγ ".split(' ')
        {
            check(word, word);
        }
    }

    #[test]
    fn a_disguise_is_seen_by_its_first_byte() {
        for letter in '\u{370}'..='\u{52f}' {
            let first = letter.encode_utf8(&mut [0; 4]).as_bytes()[0];
            assert!(may_begin(first), "{letter}");
        }
        assert!(!may_begin(b'a') && !may_begin("é".as_bytes()[0]) && !may_begin("’".as_bytes()[0]));
    }

    #[test]
    fn undoing_twice_changes_nothing() {
        for word in ["реорlе", "pоссия", "сос", "aθήνα", "мaма"] {
            let once = undone(word).expect("in disguise");
            check(&once, &once);
        }
    }
}
