//! Several spellings of one word -> one.
//!
//! Search analysers fold what writers, newsrooms and converters leave out or exchange, and so does this:
//! accents and points, the tatweel, Arabic letters that are written for one another, letters with a
//! stroke, digits of all scripts. It acts on folded text, and only on what is hashed: a text is always
//! shown as it was written. Marks that spell a word (vowel signs, nuktas, the marks of kana) stay.

use icu_properties::CodePointMapData;
use icu_properties::props::GeneralCategory;
use unicode_normalization::UnicodeNormalization;
use unicode_normalization::char::canonical_combining_class;

/// Returns the one spelling of a text that is in NFKC, with its case folded.
pub(super) fn plain(folded: &str) -> String {
    let parts = folded.nfd().filter(|&part| !is_accent(part));
    parts.filter_map(plain_letter).nfc().collect()
}

/// Whether a character is a mark above, below or through a letter, or a Hebrew or Arabic point. The
/// combining class says so: vowel signs, nuktas, viramas and the marks of kana and Thai have others.
fn is_accent(character: char) -> bool {
    matches!(
        canonical_combining_class(character),
        OVERLAY | 10..=36 | 200..=240
    )
}

/// The combining class of strokes through a letter.
const OVERLAY: u8 = 1;

/// Returns the letter that a letter is exchanged with; `None` if it is left out.
fn plain_letter(letter: char) -> Option<char> {
    Some(match letter {
        // The tatweel only stretches a word.
        'ـ' => return None,
        // The dotless i, and what has no decomposition in Unicode: letters with strokes and hooks, and
        // two ligatures that count as letters, of which `umlaut` leaves the same.
        'ı' => 'i',
        'æ' => 'a',
        'œ' | 'ø' => 'o',
        'đ' | 'ð' | 'ɗ' => 'd',
        'ɓ' => 'b',
        'ħ' => 'h',
        'ƙ' => 'k',
        'ł' => 'l',
        'ŧ' => 't',
        'ƴ' => 'y',
        other => ascii_digit(other).unwrap_or_else(|| plain_arabic(other)),
    })
}

/// Returns the letter that stands for those that Arabic, Persian and Urdu keyboards write for one another;
/// any other character as it is.
pub fn plain_arabic(letter: char) -> char {
    match letter {
        'ى' | 'ی' => 'ي',
        'ک' => 'ك',
        'ة' | 'ە' | 'ہ' | 'ۃ' => 'ه',
        'ٱ' => 'ا',
        other => other,
    }
}

/// Returns the ASCII digit with the value of a decimal digit of another script. Their ten digits are
/// consecutive in every script (Unicode, section 4.6).
pub fn ascii_digit(character: char) -> Option<char> {
    let is_decimal = |code: u32| {
        CodePointMapData::<GeneralCategory>::new().get32(code) == GeneralCategory::DecimalNumber
    };
    let code = u32::from(character);
    if character.is_ascii() || !is_decimal(code) {
        return None;
    }
    let before = (0..code).rev().take_while(|&code| is_decimal(code)).count();
    char::from_digit(before as u32 % 10, 10)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn check(folded: &str, expected: &str) {
        assert_eq!(plain(folded), expected, "{folded:?}");
        assert_eq!(plain(expected), expected, "{expected:?}");
    }

    #[test]
    fn accents_and_points_are_left_out() {
        check("são português ação", "sao portugues acao");
        check("zażółć gęślą jaźń", "zazolc gesla jazn");
        check("θάλασσα ὀδυσσεύσ", "θαλασσα οδυσσευσ");
        check("ёлка", "елка");
        check("שָׁלוֹם", "שלום");
        check("مُحَمَّد", "محمد");
        check("tiếng việt", "tieng viet");
        check("tu\u{338}r", "tur");
    }

    #[test]
    fn letters_written_for_one_another_are_one() {
        check("أحمد إلى آخر ٱلمدرسة", "احمد الي اخر المدرسه");
        check("مسؤول قائمة", "مسوول قايمه");
        check("كتـــاب", "كتاب");
        check("کتاب های ملی", "كتاب هاي ملي");
        check(
            "łódź đakovo københavn ısparta",
            "lodz dakovo kobenhavn isparta",
        );
        check("١٩٤٥ ۱۹۴۵ १९४५ ๑๙๔๕", "1945 1945 1945 1945");
    }

    #[test]
    fn marks_that_spell_a_word_stay() {
        for word in [
            "हिन्दी",
            "क\u{93c}लम",
            "বাংলা",
            "தமிழ்",
            "ที่น้ำ",
            "ガギグ",
            "དཀར",
            "မြန်မာ",
        ] {
            check(word, word);
        }
    }

    #[test]
    fn every_digit_has_its_value() {
        let all = ('\0'..=char::MAX).filter(|c| c.is_numeric());
        let decimal: Vec<char> = all.filter_map(ascii_digit).collect();
        assert!(decimal.len() > 500);
        for ten in decimal.chunks(10) {
            assert_eq!(ten, ['0', '1', '2', '3', '4', '5', '6', '7', '8', '9']);
        }
    }
}
