//! Text -> tokens: Unicode words (UAX 29, section 4.1, rules WB4 to WB13), and in scripts that are
//! written without spaces each character with its marks. Decided character by character: a page may
//! hold three languages.
//!
//! Tokens are found in the text as it is and folded one by one, so that every token knows where it
//! stands. What is not seen (soft hyphens, joiners, tags) divides nothing and counts for nothing.

use std::iter::Peekable;

use super::Span;
use super::classes::{Class, fold_all, look_up};
use super::disguise;
use super::fold::Folder;
use super::hash::{BLOCK, hash_token, hash_token_block};
use super::shingles::{UNSPACED_WEIGHT, WORD_WEIGHT};

/// A token of a text.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Token {
    /// Its normal form: NFKC, full case folding, quotes unified, what is not seen removed, letters of
    /// another script read as those they stand for.
    pub normal: String,
    /// Where it stands.
    pub span: Span,
    /// 8 for a word, 5 for a character of a script written without spaces: a character of those
    /// says less than a word.
    pub weight: u32,
}

/// Returns the tokens of a text, in order.
///
/// ```
/// let words: Vec<String> = wirecopy::text::tokens("It’s 3.5 % of 汉字").into_iter().map(|t| t.normal).collect();
/// assert_eq!(words, ["it's", "3.5", "of", "汉", "字"]);
/// ```
pub fn tokens(text: &str) -> Vec<Token> {
    let mut folder = Folder::default();
    let mut tokens = Vec::new();
    scan(text, |found| {
        folder.clear();
        found
            .text
            .chars()
            .for_each(|character| folder.push(look_up(character)));
        let normal = String::from_utf8_lossy(folder.finish(found.text)).into_owned();
        tokens.push(Token {
            normal,
            span: found.span(),
            weight: found.weight,
        });
    });
    tokens
}

/// Counts the words that are written with letters of another script, which look the same.
pub fn disguised_words(text: &str) -> u32 {
    // A text without a single letter that may be a disguise is quickly told.
    if !text.bytes().any(disguise::may_begin) {
        return 0;
    }
    let mut count = 0;
    scan(text, |found| {
        let is_mixed = found.text.bytes().any(|byte| byte.is_ascii_alphabetic())
            && found.text.chars().any(disguise::may_disguise);
        count += u32::from(is_mixed && disguise::undone(&fold_all(found.text)).is_some());
    });
    count
}

/// A token where it was found, not yet folded.
pub(super) struct Found<'t> {
    pub text: &'t str,
    pub start: usize,
    pub weight: u32,
    /// 16 bytes of the text from `start` on are there to read, and the token is ASCII and no
    /// longer.
    block: Option<&'t [u8; BLOCK]>,
}

impl Found<'_> {
    pub fn span(&self) -> Span {
        Span {
            start: self.start as u32,
            end: (self.start + self.text.len()) as u32,
        }
    }

    /// Hashes the token's normal form.
    #[inline]
    pub fn hash(&self, folder: &mut Folder) -> u64 {
        if let Some(source) = self.block {
            let mut block = *source;
            for (index, byte) in block.iter_mut().enumerate() {
                *byte = if index < self.text.len() {
                    byte.to_ascii_lowercase()
                } else {
                    0
                };
            }
            return hash_token_block(&block);
        }
        folder.clear();
        self.text
            .chars()
            .for_each(|character| folder.push(look_up(character)));
        hash_token(folder.finish(self.text))
    }
}

/// Finds the tokens of a text, in order.
#[inline]
pub(super) fn scan<'t>(text: &'t str, mut each: impl FnMut(Found<'t>)) {
    let bytes = text.as_bytes();
    let mut at = 0;
    while let Some(&byte) = bytes.get(at) {
        if byte < 0x80 {
            if ASCII[byte as usize] & WORD == 0 {
                at += 1;
                continue;
            }
            if let Some(end) = ascii_token(bytes, at) {
                if bytes[at..end].iter().any(|&b| b != b'_') {
                    let block = if end - at <= BLOCK {
                        bytes.get(at..).and_then(|rest| rest.first_chunk())
                    } else {
                        None
                    };
                    each(Found {
                        text: &text[at..end],
                        start: at,
                        weight: WORD_WEIGHT,
                        block,
                    });
                }
                at = end;
                continue;
            }
        }
        let (end, weight) = unicode_token(text, at);
        if let Some(weight) = weight {
            each(Found {
                text: &text[at..end],
                start: at,
                weight,
                block: None,
            });
        }
        at = end;
    }
}

const WORD: u8 = 1;
const LETTER: u8 = 2;
const DIGIT: u8 = 4;

/// What the bytes of ASCII are.
static ASCII: [u8; 128] = {
    let mut table = [0; 128];
    let mut byte = 0;
    while byte < 128 {
        table[byte] = match byte as u8 {
            b'a'..=b'z' | b'A'..=b'Z' => WORD | LETTER,
            b'0'..=b'9' => WORD | DIGIT,
            b'_' => WORD,
            _ => 0,
        };
        byte += 1;
    }
    table
};

/// Returns where the token that begins at `start` ends, if neither it nor what decides on its end
/// leaves ASCII.
#[inline]
fn ascii_token(bytes: &[u8], start: usize) -> Option<usize> {
    let kind = |at: usize| {
        bytes
            .get(at)
            .map_or(Some(0), |&b| ASCII.get(b as usize).copied())
    };
    let mut at = start;
    loop {
        while kind(at)? & WORD != 0 {
            at += 1;
        }
        let joins = match bytes.get(at) {
            Some(b'.' | b'\'') => LETTER | DIGIT,
            Some(b':') => LETTER,
            Some(b',' | b';') => DIGIT,
            _ => return Some(at),
        };
        if kind(at - 1)? & kind(at + 1)? & joins == 0 {
            return Some(at);
        }
        at += 1;
    }
}

/// Returns where the token at `start` ends, and its weight; no weight where there is no token, and
/// then the end is after the first character.
fn unicode_token(text: &str, start: usize) -> (usize, Option<u32>) {
    let mut characters = text[start..]
        .char_indices()
        .map(|(at, c)| (start + at, c, look_up(c).class))
        .peekable();
    let Some((_, first, class)) = characters.next() else {
        return (start, None);
    };
    let mut end = start + first.len_utf8();
    match class {
        Class::Unspaced => return (after_marks(&mut characters, end), Some(UNSPACED_WEIGHT)),
        Class::Letter | Class::Hebrew | Class::Numeric | Class::Connector => {}
        _ => return (end, None),
    }
    // `last` is the class of the last character that is part of the token, marks aside; `end` is
    // after that character and its marks.
    let mut last = class;
    let mut content = class != Class::Connector;
    while let Some((at, character, class)) = characters.next() {
        let after = at + character.len_utf8();
        match class {
            Class::Mark | Class::Ignorable => end = after,
            Class::Letter | Class::Hebrew | Class::Numeric | Class::Connector => {
                (end, last) = (after, class);
                content |= class != Class::Connector;
            }
            Class::MidLetter | Class::MidNumber | Class::MidBoth | Class::DoubleQuote => {
                let mut ahead = characters.clone().skip_while(|(_, _, c)| attaches(*c));
                let next = ahead.next().map_or(Class::Other, |(_, _, c)| c);
                if !joins(last, class, next) {
                    // A quote that ends a Hebrew word is part of it (WB7a).
                    if last == Class::Hebrew && character == '\'' {
                        end = after_marks(&mut characters, after);
                    }
                    break;
                }
            }
            Class::Other | Class::Unspaced => break,
        }
    }
    (end, content.then_some(WORD_WEIGHT))
}

/// Passes over marks, and returns where they end.
fn after_marks(
    characters: &mut Peekable<impl Iterator<Item = (usize, char, Class)>>,
    mut end: usize,
) -> usize {
    while let Some((at, mark, _)) = characters.next_if(|(_, _, class)| attaches(*class)) {
        end = at + mark.len_utf8();
    }
    end
}

/// Belongs to whatever stands before it (WB4).
fn attaches(class: Class) -> bool {
    matches!(class, Class::Mark | Class::Ignorable)
}

/// Whether a character of class `middle` joins what stands around it (WB6, WB7, WB7b, WB7c, WB11,
/// WB12).
fn joins(last: Class, middle: Class, next: Class) -> bool {
    let letter = |class| matches!(class, Class::Letter | Class::Hebrew);
    match middle {
        Class::MidLetter => letter(last) && letter(next),
        Class::MidNumber => last == Class::Numeric && next == Class::Numeric,
        Class::MidBoth => {
            (letter(last) && letter(next)) || (last == Class::Numeric && next == Class::Numeric)
        }
        Class::DoubleQuote => last == Class::Hebrew && next == Class::Hebrew,
        _ => false,
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;
    use unicode_segmentation::UnicodeSegmentation;

    use super::*;

    fn words(text: &str) -> Vec<String> {
        tokens(text).into_iter().map(|token| token.normal).collect()
    }

    fn check(text: &str, expected: &[&str]) {
        assert_eq!(words(text), expected, "{text:?}");
    }

    #[test]
    fn words_of_spaced_scripts() {
        check(
            "The U.S. can't pay $3,141.59 by 10:30.",
            &["the", "u.s", "can't", "pay", "3,141.59", "by", "10", "30"],
        );
        check(
            "Straße STRASSE ﬁne ＷＩＤＥ",
            &["strasse", "strasse", "fine", "wide"],
        );
        check("don’t don't don\u{2bc}t", &["don't", "don't", "don't"]);
        check("snake_case __ _x", &["snake_case", "_x"]);
        check("Ὀδυσσεύς ΟΔΟΣ Ёлка", &["ὀδυσσεύσ", "οδοσ", "ёлка"]);
        check("مُحَمَّد كتاب", &["مُحَمَّد", "كتاب"]);
        check("क्षत्रिय हिन्दी", &["क्षत्रिय", "हिन्दी"]);
        check("צה\"ל", &["צה\"ל"]);
        check("한국어 뉴스", &["한국어", "뉴스"]);
        check("", &[]);
        check("🙂🙂 — … !", &[]);
    }

    #[test]
    fn characters_of_unspaced_scripts() {
        check("新華社2018年", &["新", "華", "社", "2018", "年"]);
        check(
            "カタカナとﾊﾝｶｸ",
            &["カ", "タ", "カ", "ナ", "と", "ハ", "ン", "カ", "ク"],
        );
        check("ｶﾞ", &["ガ"]);
        check("ที่มา", &["ที่", "ม", "า"]);
        check("iPhone手機", &["iphone", "手", "機"]);
        check("བོད་ཡིག", &["བོ", "ད", "ཡི", "ག"]);
    }

    #[test]
    fn what_is_not_seen_does_not_count() {
        check(
            "re\u{ad}print re\u{200b}print r\u{34f}eprint \u{feff}reprint\u{200d}",
            &["reprint"; 4],
        );
        check("cafe\u{301} café CAFÉ", &["café"; 3]);
    }

    #[test]
    fn tokens_know_where_they_stand() {
        let text = "«Élan», 汉字 e\u{301}t";
        let spans: Vec<&str> = tokens(text)
            .iter()
            .map(|t| &text[t.span.start as usize..t.span.end as usize])
            .collect();
        assert_eq!(spans, ["Élan", "汉", "字", "e\u{301}t"]);
    }

    /// The part of Unicode where our tokens and the words of UAX 29 should be the same.
    fn spaced() -> impl Strategy<Value = String> {
        let piece = prop_oneof![
            4 => "[a-zA-Z0-9_.,:;' \"-]{0,8}",
            2 => "[\u{c0}-\u{24f}\u{370}-\u{3ff}\u{400}-\u{4ff}]{1,5}",
            1 => "[\u{5d0}-\u{5ea}\"']{1,5}",
            1 => "[\u{620}-\u{669}]{1,5}",
            1 => "[\u{300}-\u{310}\u{2019}\u{b7}]",
            1 => "[\u{905}-\u{94d}]{1,4}",
        ];
        prop::collection::vec(piece, 0..12).prop_map(|pieces| pieces.concat())
    }

    proptest! {
        #[test]
        fn words_are_those_of_uax_29(text in spaced()) {
            // A mark that stands on nothing is no token for us.
            let theirs: Vec<&str> = text
                .unicode_words()
                .filter(|w| w.chars().any(|c| matches!(look_up(c).class, Class::Letter | Class::Hebrew | Class::Numeric)))
                .collect();
            let ours: Vec<&str> = tokens(&text)
                .iter()
                .map(|t| &text[t.span.start as usize..t.span.end as usize])
                .collect();
            prop_assert_eq!(ours, theirs);
        }

        #[test]
        fn the_way_of_ascii_is_a_shortcut(text in "[ -~]{0,80}") {
            let mut at = 0;
            let mut general = Vec::new();
            while at < text.len() {
                let (end, weight) = unicode_token(&text, at);
                if weight.is_some() { general.push((at, end)); }
                at = end;
            }
            let mut quick = Vec::new();
            scan(&text, |found| quick.push((found.start, found.start + found.text.len())));
            prop_assert_eq!(quick, general);
        }

        #[test]
        fn hashes_are_those_of_normal_forms(text in "\\PC{0,60}") {
            let mut folder = Folder::default();
            let mut hashes = Vec::new();
            scan(&text, |found| hashes.push(found.hash(&mut folder)));
            let normal: Vec<u64> = tokens(&text).into_iter().map(|t| hash_token(&mut t.normal.into_bytes())).collect();
            prop_assert_eq!(hashes, normal);
        }

        #[test]
        fn folding_by_character_is_folding_by_the_rules(text in "\\PC{0,40}") {
            for token in tokens(&text) {
                let raw = &text[token.span.start as usize..token.span.end as usize];
                prop_assert_eq!(token.normal, super::super::fold::normal_form(raw));
            }
        }

        #[test]
        fn normal_forms_are_stable(text in "\\PC{0,40}") {
            for token in tokens(&text) {
                prop_assert_eq!(super::super::fold::normal_form(&token.normal), token.normal.clone());
            }
        }
    }
}
