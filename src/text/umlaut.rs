//! Umlauts that are written with an e: `ä`, `ae` and `a` are one spelling.
//!
//! The rule is that of Lucene's German2 normalizer. An e is left out after an a or o, and after a u that
//! does not follow a vowel or a q, as in "neue" or "Quelle". It acts on the word alone, so it needs no
//! language, and changes other languages' words too, but the same everywhere. The last letter of a
//! word stays: few German words end in an umlaut, and in French "vue" and "vu" are two words.

/// What the letters of a word so far say of an e that comes next.
#[derive(Debug, Default, Clone, Copy, PartialEq, Eq)]
pub(super) enum Umlaut {
    /// It is a letter. A u that comes next may be an umlaut.
    #[default]
    No,
    /// It is a letter, and so is an e after a u that comes next.
    AfterVowel,
    /// It stands for the dots of the last letter.
    Open,
    /// The same, and the last letter was such an e.
    Written,
}

impl Umlaut {
    /// Takes the next letter of a word, in lower case and without its accent. Returns whether it is left
    /// out.
    #[inline]
    pub fn leaves_out(&mut self, letter: u32) -> bool {
        const A: u32 = 'a' as u32;
        const E: u32 = 'e' as u32;
        const I: u32 = 'i' as u32;
        const O: u32 = 'o' as u32;
        const Q: u32 = 'q' as u32;
        const U: u32 = 'u' as u32;
        const Y: u32 = 'y' as u32;
        *self = match (letter, *self) {
            (E, Self::Open | Self::Written) => Self::Written,
            (A | O, _) | (U, Self::No) => Self::Open,
            (E | I | Q | U | Y, _) => Self::AfterVowel,
            _ => Self::No,
        };
        *self == Self::Written
    }

    /// Whether the word ends with an e that was left out, and gets it back.
    #[inline]
    pub fn is_last(self) -> bool {
        self == Self::Written
    }
}

/// Returns a word, folded and plain, without the e of its umlauts.
pub(super) fn without_e(word: &str) -> String {
    let mut umlaut = Umlaut::default();
    let letters = word.chars();
    let mut plain: String = letters
        .filter(|&c| !umlaut.leaves_out(u32::from(c)))
        .collect();
    if umlaut.is_last() {
        plain.push('e');
    }
    plain
}

/// Whether a byte may be a letter that an e after it makes an umlaut.
#[inline]
pub(super) fn may_open(byte: u8) -> bool {
    matches!(byte | 0x20, b'a' | b'o' | b'u')
}

#[cfg(test)]
mod tests {
    use super::*;

    fn check(word: &str, expected: &str) {
        assert_eq!(without_e(word), expected, "{word:?}");
        assert_eq!(without_e(expected), expected, "{expected:?}");
    }

    #[test]
    fn an_e_that_stands_for_dots_is_left_out() {
        check("fuer", "fur");
        check("oeffnung", "offnung");
        check("baeuerin", "bauerin");
        check("gebaeude", "gebaude");
        check("aegaeer", "agar");
        check("strasse", "strasse");
    }

    #[test]
    fn other_letters_stay() {
        for word in [
            "neue", "quelle", "steuer", "frauen", "bayern", "geubt", "e", "vue", "toe", "",
        ] {
            check(word, word);
        }
    }

    #[test]
    fn the_last_letter_stays() {
        check("rue", "rue");
        check("ruees", "rus");
        check("aee", "ae");
    }
}
