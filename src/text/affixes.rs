//! Persian affixes that are written apart from their words.
//!
//! Where typography asks for a zero-width non-joiner (`کتاب‌ها`, `می‌رود`), many keyboards and converters
//! write a blank, or nothing. The non-joiner is invisible, so it is nothing already; a blank between a word
//! and one of these affixes is read as nothing, too. It depends on the two words alone, so it needs no
//! language: it joins words of other languages as well, but the same ones everywhere.

use super::classes::Class;
use super::fold::encode;
use super::lookup::look_up;

/// Beginnings of verbs, folded.
const BEGINNINGS: [&str; 2] = ["مي", "نمي"];
/// Endings of any word, folded.
const ENDINGS: [&str; 11] = [
    "ها",
    "هاي",
    "هايي",
    "هايم",
    "هايت",
    "هايش",
    "هايمان",
    "هايتان",
    "هايشان",
    "تر",
    "ترين",
];
/// Endings of words that end in [`HEH`], folded.
const ENDINGS_AFTER_HEH: [&str; 8] = ["ي", "اي", "ام", "ات", "اش", "ايم", "ايد", "اند"];
const HEH: &str = "ه";
/// Bytes of the longest ending.
const LONGEST: usize = 12;

/// Whether a blank after a folded word separates an affix only. `rest` is the text after the blank.
#[inline]
pub(super) fn is_before_affix(word: &[u8], rest: &str) -> bool {
    let is_arabic = matches!(word, [.., lead, _] if begins_arabic(*lead));
    is_arabic && (begins_verb(word, rest) || ends_word(word, rest))
}

/// Whether a byte begins an Arabic letter in UTF-8.
fn begins_arabic(byte: u8) -> bool {
    matches!(byte, 0xd8..=0xdb)
}

fn begins_verb(word: &[u8], rest: &str) -> bool {
    BEGINNINGS.iter().any(|one| one.as_bytes() == word)
        && rest.bytes().next().is_some_and(begins_arabic)
        && rest.starts_with(|letter| look_up(letter).class() == Class::Letter)
}

fn ends_word(word: &[u8], rest: &str) -> bool {
    let (mut next, mut length) = ([0; LONGEST], 0);
    for character in rest.chars() {
        let looked = look_up(character);
        match looked.class() {
            Class::Ignorable => continue,
            Class::Letter => {}
            Class::Hebrew | Class::Numeric | Class::Connector | Class::Mark => return false,
            _ => break,
        }
        let (bytes, count) = encode(looked.folded());
        let Some(free) = next.get_mut(length..length + count) else {
            return false;
        };
        free.copy_from_slice(&bytes[..count]);
        length += count;
    }
    let is_one_of = |endings: &[&str]| endings.iter().any(|one| one.as_bytes() == &next[..length]);
    is_one_of(&ENDINGS) || word.ends_with(HEH.as_bytes()) && is_one_of(&ENDINGS_AFTER_HEH)
}

#[cfg(test)]
mod tests {
    use super::super::tokens;

    fn check(text: &str, expected: &[&str]) {
        let words: Vec<String> = tokens(text).into_iter().map(|token| token.normal).collect();
        assert_eq!(words, expected, "{text:?}");
    }

    #[test]
    fn an_affix_is_read_with_its_word_however_it_is_separated() {
        for separator in ["\u{200c}", " ", ""] {
            let with = |word: &str| word.replace('|', separator);
            check(&with("کتاب|های نو"), &["كتابهاي", "نو"]);
            check(&with("او می|رود."), &["او", "ميرود"]);
            check(&with("نمی|دانند"), &["نميدانند"]);
            check(&with("بزرگ|ترین خانه|ای"), &["بزرگترين", "خانهاي"]);
            check(&with("رفته|اند و گفته|اند"), &["رفتهاند", "و", "گفتهاند"]);
        }
    }

    #[test]
    fn other_words_stay_apart() {
        check("در ترکیه", &["در", "تركيه"]);
        check("کتاب  ها", &["كتاب", "ها"]);
        check("کتاب، ها", &["كتاب", "ها"]);
        check("سال ای", &["سال", "اي"]);
        check("می 5 می abc", &["مي", "5", "مي", "abc"]);
        check("ها", &["ها"]);
        check("abc ها", &["abc", "ها"]);
    }

    #[test]
    fn every_ending_has_room() {
        let endings = super::ENDINGS.iter().chain(&super::ENDINGS_AFTER_HEH);
        let longest = endings.map(|ending| ending.len()).max();
        assert_eq!(longest, Some(super::LONGEST));
    }
}
