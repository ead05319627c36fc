//! Text -> tokens: Unicode words (UAX 29), and in scripts without spaces each character with its marks.
//! Decided character by character, because a page may have several languages.
//!
//! Tokens are found in the text as written and folded one by one, so that each has its position.
//! Invisible characters (soft hyphens, joiners, tags) neither divide nor count.

use super::Span;
use super::fold::Folder;
use super::lookalike::is_greek_or_cyrillic;
use super::references::decode;
use super::scan::scan;
use super::{disguise, words};

/// A token of a text.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Token {
    /// Its normal form: NFKC, full case folding, quotes and spellings unified, invisible characters
    /// removed, disguises undone.
    pub normal: String,
    /// Its range in the text.
    pub span: Span,
    /// 8 for a word, 5 for a character of a script without spaces, which means less than a word.
    pub weight: u32,
}

/// Returns the tokens of a text, in order.
///
/// ```
/// let words: Vec<String> = wirecopy::text::tokens("It’s 3.5 % of 汉字").into_iter().map(|t| t.normal).collect();
/// assert_eq!(words, ["it's", "3.5", "of", "汉", "字"]);
/// ```
pub fn tokens(text: &str) -> Vec<Token> {
    let mut tokens = Vec::new();
    let mut folder = Folder::default();
    scan(text, |found| {
        tokens.extend(found.iter().map(|found| Token {
            normal: folder.normal_form(&decode(found.of(text))),
            span: found.span(),
            weight: found.weight,
        }));
    });
    tokens
}

/// Counts the words that are written with look-alike letters of another script.
pub fn disguised_words(text: &str) -> u32 {
    let mut folder = Folder::default();
    let mut count = 0;
    for part in disguise::suspects(text) {
        let mut start = 0;
        while start < part.len() {
            let (end, weight) = words::word(part, start, &mut folder);
            let word = &part[start..end];
            let is_mixed = || {
                word.bytes().any(|byte| byte.is_ascii_alphabetic())
                    && word.chars().any(is_greek_or_cyrillic)
            };
            count += u32::from(weight.is_some() && is_mixed() && folder.is_in_disguise(word));
            start = end;
        }
    }
    count
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;
    use unicode_segmentation::UnicodeSegmentation;

    use super::super::classes::Class;
    use super::super::fold::normal_form;
    use super::super::lookup::look_up;
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
        check("Ὀδυσσεύς ΟΔΟΣ Ёлка", &["οδυσσευσ", "οδοσ", "елка"]);
        check("مُحَمَّد كتـاب", &["محمد", "كتاب"]);
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
    fn invisible_characters_do_not_count() {
        check(
            "re\u{ad}print re\u{200b}print r\u{34f}eprint \u{feff}reprint\u{200d}",
            &["reprint"; 4],
        );
        check("cafe\u{301} café CAFÉ", &["cafe"; 3]);
    }

    #[test]
    fn tokens_have_their_positions() {
        let text = "«Élan», 汉字 e\u{301}t";
        let spans: Vec<&str> = tokens(text).iter().map(|t| &text[t.span.range()]).collect();
        assert_eq!(spans, ["Élan", "汉", "字", "e\u{301}t"]);
    }

    /// Texts whose tokens and whose words by UAX 29 should be the same.
    fn spaced() -> impl Strategy<Value = String> {
        let piece = prop_oneof![
            4 => "[a-zA-Z0-9_.,:;' \"-]{0,8}",
            2 => "[\u{c0}-\u{24f}\u{370}-\u{3ff}\u{400}-\u{4ff}]{1,5}",
            1 => "[\u{5d0}-\u{5ea}\"']{1,5}",
            1 => "[\u{620}-\u{63f}\u{641}-\u{669}]{1,5}",
            1 => "[\u{300}-\u{310}\u{2019}\u{b7}]",
            1 => "[\u{905}-\u{94d}]{1,4}",
        ];
        prop::collection::vec(piece, 0..12).prop_map(|pieces| pieces.concat())
    }

    proptest! {
        #[test]
        fn words_are_those_of_uax_29(text in spaced()) {
            // A mark alone is not a token here.
            let theirs: Vec<&str> = text
                .unicode_words()
                .filter(|w| w.chars().any(|c| matches!(look_up(c).class(), Class::Letter | Class::Hebrew | Class::Numeric)))
                .collect();
            let ours: Vec<&str> = tokens(&text)
                .iter()
                .map(|t| &text[t.span.range()])
                .collect();
            prop_assert_eq!(ours, theirs);
        }

        #[test]
        fn folding_by_character_is_folding_by_the_rules(text in "\\PC{0,40}") {
            for token in tokens(&text) {
                let raw = &text[token.span.range()];
                prop_assert_eq!(token.normal, normal_form(&decode(raw)));
            }
        }

        #[test]
        fn normal_forms_are_stable(text in "\\PC{0,40}") {
            for token in tokens(&text) {
                prop_assert_eq!(normal_form(&token.normal), token.normal.clone());
            }
        }
    }
}
