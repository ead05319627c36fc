//! Cuts a text into numbers, words and signs, of which dates are made.

use icu_properties::CodePointMapData;
use icu_properties::props::GeneralCategory;
use unicode_normalization::UnicodeNormalization as _;
use unicode_normalization::char::is_combining_mark;

/// A number, a word or a sign of a text.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct DatePiece {
    pub kind: PieceKind,
    /// Where it is in the text, in bytes.
    pub start: usize,
    pub end: usize,
    /// No white space stands before it.
    pub glued: bool,
}

#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum PieceKind {
    /// A number in decimal digits of any script, or in Chinese numerals.
    Digits {
        value: u64,
        count: usize,
    },
    /// Letters, folded by [`folded`]. A Chinese character is a word of its own.
    Letters(String),
    Sign(char),
}

impl DatePiece {
    /// Returns the value of a number, and its number of digits.
    pub fn number(&self) -> Option<(u64, usize)> {
        match self.kind {
            PieceKind::Digits { value, count } => Some((value, count)),
            PieceKind::Letters(_) | PieceKind::Sign(_) => None,
        }
    }

    pub fn word(&self) -> Option<&str> {
        match &self.kind {
            PieceKind::Letters(word) => Some(word),
            PieceKind::Digits { .. } | PieceKind::Sign(_) => None,
        }
    }

    pub fn sign(&self) -> Option<char> {
        match self.kind {
            PieceKind::Sign(sign) => Some(sign),
            PieceKind::Digits { .. } | PieceKind::Letters(_) => None,
        }
    }
}

/// Cuts a text into pieces, at most `limit` of them.
pub(super) fn pieces(text: &str, limit: usize) -> Vec<DatePiece> {
    let mut found: Vec<DatePiece> = Vec::new();
    let mut rest = text.char_indices().peekable();
    let mut glued = false;
    while let Some((start, c)) = rest.next() {
        if found.len() == limit {
            break;
        }
        if c.is_whitespace() || is_ignored(c) {
            glued &= !c.is_whitespace();
            continue;
        }
        let mut end = start + c.len_utf8();
        let mut take = |belongs: &dyn Fn(char) -> bool| {
            while let Some((at, c)) = rest.next_if(|(_, c)| belongs(*c)) {
                end = at + c.len_utf8();
            }
            end
        };
        let (kind, end) = if decimal(c).is_some() {
            let end = take(&|c| decimal(c).is_some());
            (digits(&text[start..end]), end)
        } else if chinese_digit(c).is_some() {
            let end = take(&|c| chinese_digit(c).is_some());
            (chinese_number(&text[start..end]), end)
        } else if is_han(c) {
            (PieceKind::Letters(c.to_string()), end)
        } else if c.is_alphabetic() {
            let end = take(&|c| is_letter(c) && chinese_digit(c).is_none());
            (PieceKind::Letters(folded(&text[start..end])), end)
        } else {
            (PieceKind::Sign(c), end)
        };
        found.push(DatePiece {
            kind,
            start,
            end,
            glued,
        });
        glued = true;
    }
    found
}

/// Returns the letters of a text as names are compared: in lower case, without accents, with one form of
/// letters that Arabic keyboards type in several.
pub(super) fn folded(text: &str) -> String {
    let is_accent = |c: char| matches!(c, '\u{300}'..='\u{36F}' | '\u{64B}'..='\u{655}');
    text.nfkd()
        .filter(|c| !is_accent(*c) && (is_letter(*c) || is_han(*c)))
        .flat_map(char::to_lowercase)
        .filter(|c| !is_accent(*c))
        .map(|c| match c {
            'ı' => 'i',
            'ي' | 'ى' => 'ی',
            'ك' => 'ک',
            'ς' => 'σ',
            c => c,
        })
        .nfc()
        .collect()
}

/// Whether a character belongs to a word of several characters.
fn is_letter(c: char) -> bool {
    (c.is_alphabetic() || is_combining_mark(c)) && !is_han(c)
}

fn is_han(c: char) -> bool {
    matches!(c, '\u{3400}'..='\u{9FFF}' | '\u{F900}'..='\u{FAFF}' | '\u{3007}')
}

/// Marks of direction, joiners, and the stroke that stretches Arabic words.
fn is_ignored(c: char) -> bool {
    matches!(
        c,
        '\u{AD}' | '\u{200B}'..='\u{200F}' | '\u{202A}'..='\u{202E}' | '\u{2066}'..='\u{2069}'
            | '\u{640}' | '\u{FEFF}'
    )
}

fn digits(text: &str) -> PieceKind {
    let values = || text.chars().filter_map(decimal);
    let value = values().fold(0u64, |value, digit| {
        value.saturating_mul(10).saturating_add(u64::from(digit))
    });
    PieceKind::Digits {
        value,
        count: values().count(),
    }
}

/// Returns the value of a decimal digit of any script.
pub(super) fn decimal(c: char) -> Option<u32> {
    if c.is_ascii() {
        return c.to_digit(10);
    }
    let is_digit = |c: char| {
        let category = CodePointMapData::<GeneralCategory>::new().get(c);
        category == GeneralCategory::DecimalNumber
    };
    if !c.is_numeric() || !is_digit(c) {
        return None;
    }
    // The digits of a script are ten code points in a row, from zero on.
    let code = u32::from(c);
    let before = (1..10).take_while(|n| char::from_u32(code - n).is_some_and(is_digit));
    Some(before.count() as u32 % 10)
}

/// Returns the value of a Chinese numeral up to ten.
fn chinese_digit(c: char) -> Option<u64> {
    const DIGITS: &str = "〇一二三四五六七八九十";
    match c {
        '零' | '○' => Some(0),
        c => DIGITS
            .chars()
            .zip(0..)
            .find(|(digit, _)| *digit == c)
            .map(|(_, value)| value),
    }
}

/// Reads a number in Chinese numerals: `二〇二四`, digit by digit, or `二十五`.
fn chinese_number(text: &str) -> PieceKind {
    let values: Vec<u64> = text.chars().filter_map(chinese_digit).collect();
    let value = match values.as_slice() {
        [10] => 10,
        [10, ones] => 10 + ones,
        [tens, 10] => tens * 10,
        [tens, 10, ones] => tens * 10 + ones,
        digits => digits.iter().fold(0u64, |value, digit| {
            value.saturating_mul(10).saturating_add(*digit)
        }),
    };
    PieceKind::Digits {
        value,
        count: values.len(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_of_any_script_are_read() {
        let check = |text: &str, value: u64, count: usize| {
            let found = pieces(text, 9);
            assert_eq!(found[0].number(), Some((value, count)), "{text}");
        };
        check("2024", 2024, 4);
        check("٢٠٢٤", 2024, 4);
        check("۲۰۲۴", 2024, 4);
        check("२०२४", 2024, 4);
        check("๒๕๖๗", 2567, 4);
        check("２０２４", 2024, 4);
        check("二〇二四", 2024, 4);
        check("二十五", 25, 3);
        check("三十", 30, 2);
        check("十二", 12, 2);
        check("999999999999999999999999", u64::MAX, 24);
    }

    #[test]
    fn a_text_is_cut_into_numbers_words_and_signs() {
        let found = pieces("Am 5.\u{a0}März 2024年", 9);
        let of = |piece: &DatePiece| match &piece.kind {
            PieceKind::Digits { value, .. } => value.to_string(),
            PieceKind::Letters(word) => word.clone(),
            PieceKind::Sign(sign) => sign.to_string(),
        };
        let words: Vec<String> = found.iter().map(of).collect();
        assert_eq!(words, ["am", "5", ".", "marz", "2024", "年"]);
        let glued: Vec<bool> = found.iter().map(|piece| piece.glued).collect();
        assert_eq!(glued, [false, false, true, false, false, true]);
        assert_eq!(pieces("1 2 3", 2).len(), 2);
    }

    #[test]
    fn spellings_of_one_name_are_alike() {
        for (a, b) in [
            ("MÄRZ", "marz"),
            ("Février", "fevrier"),
            ("MAYIS", "Mayıs"),
            ("İyun", "iyun"),
            ("أبريل", "ابریل"),
            ("Μάρτιος", "ΜΑΡΤΙΟΣ"),
        ] {
            assert_eq!(folded(a), folded(b), "{a} {b}");
        }
        // Vowel signs that are marks distinguish names.
        assert_ne!(folded("มี.ค."), folded("ม.ค."));
    }
}
