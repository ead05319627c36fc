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
const fn may_begin(byte: u8) -> bool {
    matches!(byte, 0xcd..=0xd4)
}

/// Returns the stretches of a text, in order, in which a word may be written with letters of two
/// scripts: what stands between two bytes of ASCII that are part of no word, and has a letter of ASCII
/// and one that may be a disguise. Read for itself such a stretch has the tokens it has in the text.
pub(super) fn suspects(text: &str) -> impl Iterator<Item = &str> {
    // Most texts have no such letter, which is told by the block.
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
            let (stretch, after) = rest.split_at(end.unwrap_or(rest.len()));
            rest = after.get(1..).unwrap_or_default();
            if seen & (ASCII | DISGUISE) == ASCII | DISGUISE {
                return Some(stretch);
            }
        }
        None
    })
}

/// Letters of ASCII.
const ASCII: u8 = 1;
/// What may begin a letter that is a disguise.
const DISGUISE: u8 = 2;
/// What is part of no word.
const DIVIDES: u8 = 4;

/// What bytes are; 0 for those that may stand in a word and tell nothing.
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

/// What a folded letter is, by number; 0: nothing to a disguise.
const LATIN: u32 = 1;
const LATIN_ALIKE: u32 = 2;
const CYRILLIC: u32 = 3;
const CYRILLIC_ALIKE: u32 = 4;
const CYRILLIC_ALIKE_AS_CAPITAL: u32 = 5;
const GREEK: u32 = 6;
const GREEK_SIGN: u32 = 7;
const GREEK_ALIKE_AS_CAPITAL: u32 = 8;
const GREEK_SIGN_ALIKE_AS_CAPITAL: u32 = 9;

/// What the letters of a token are: the kinds of letter that it has, a bit for each.
#[derive(Debug, Default, Clone, Copy)]
pub(super) struct Letters(u32);

/// What a token in disguise is read as.
#[derive(Debug, Clone, Copy)]
enum ReadAs {
    Latin,
    Greek,
    Cyrillic,
}

impl Letters {
    /// Returns what a folded letter is, as a number under 16.
    pub fn kind(folded: char) -> u32 {
        if may_disguise(folded) {
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
            match other_of(folded, false) {
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

    /// Whether a token of such letters is in disguise.
    #[inline]
    pub fn are_in_disguise(self) -> bool {
        self.read_as().is_some()
    }

    #[inline]
    fn read_as(self) -> Option<ReadAs> {
        const OTHER: u32 = 1 << CYRILLIC | 1 << GREEK | 1 << GREEK_SIGN;
        const CAPITAL: u32 = 1 << CYRILLIC_ALIKE_AS_CAPITAL
            | 1 << GREEK_ALIKE_AS_CAPITAL
            | 1 << GREEK_SIGN_ALIKE_AS_CAPITAL;
        const SOME_GREEK: u32 = 1 << GREEK
            | 1 << GREEK_SIGN
            | 1 << GREEK_ALIKE_AS_CAPITAL
            | 1 << GREEK_SIGN_ALIKE_AS_CAPITAL;
        // "50 μg" of "TNFα" are what they seem: a Greek letter may be a sign of science.
        const TELLING: u32 = 1 << CYRILLIC
            | 1 << CYRILLIC_ALIKE
            | 1 << CYRILLIC_ALIKE_AS_CAPITAL
            | 1 << GREEK
            | 1 << GREEK_ALIKE_AS_CAPITAL;
        let has = |kinds: u32| self.0 & kinds != 0;
        if !has(TELLING) {
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

/// Returns a token's folded form with its disguise undone; `None` where it is what it seems.
pub(super) fn undone(token: &str) -> Option<String> {
    let mut letters = Letters::default();
    token
        .chars()
        .for_each(|letter| letters.add(Letters::kind(letter)));
    let read_as = letters.read_as()?;
    let read = |letter| {
        match read_as {
            ReadAs::Latin => latin_of(letter).map(|(latin, _)| latin),
            ReadAs::Greek => other_of(letter, true),
            ReadAs::Cyrillic => other_of(letter, false),
        }
        .unwrap_or(letter)
    };
    Some(token.chars().map(read).collect())
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
