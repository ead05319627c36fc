//! Words by the definition of the labelled sets, which shares nothing with the reading that is measured.

use unicode_normalization::UnicodeNormalization as _;

/// Returns the words of a text: NFKC, lower case, runs of letters and digits. A character of Chinese,
/// Kana, Thai or Hangul is a word of its own.
pub fn words(text: &str) -> Vec<String> {
    let mut words = Vec::new();
    let mut word = String::new();
    for character in text.nfkc().flat_map(char::to_lowercase) {
        let is_alone = is_unspaced(character);
        if (is_alone || !is_of_word(character)) && !word.is_empty() {
            words.push(std::mem::take(&mut word));
        }
        if is_alone {
            words.push(character.to_string());
        } else if is_of_word(character) {
            word.push(character);
        }
    }
    if !word.is_empty() {
        words.push(word);
    }
    words
}

/// Returns the letters and digits of a text, NFKC, in lower case.
pub fn letters(text: &str) -> String {
    text.nfkc()
        .filter(|c| c.is_alphanumeric())
        .flat_map(char::to_lowercase)
        .collect()
}

fn is_of_word(character: char) -> bool {
    character.is_alphanumeric() || character == '_'
}

fn is_unspaced(character: char) -> bool {
    matches!(character,
        '\u{e00}'..='\u{e7f}'
        | '\u{1100}'..='\u{11ff}'
        | '\u{3040}'..='\u{30ff}'
        | '\u{31f0}'..='\u{31ff}'
        | '\u{3400}'..='\u{4dbf}'
        | '\u{4e00}'..='\u{9fff}'
        | '\u{ac00}'..='\u{d7af}'
        | '\u{f900}'..='\u{faff}'
        | '\u{20000}'..='\u{3ffff}')
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn characters_of_unspaced_scripts_are_words() {
        let check = |text: &str, expected: &[&str]| assert_eq!(words(text), expected, "{text}");
        check("The ﬁrst, second.", &["the", "first", "second"]);
        check("海堤2024年", &["海", "堤", "2024", "年"]);
        check("", &[]);
        assert_eq!(letters("Rain -- in the Hills!"), "raininthehills");
    }
}
