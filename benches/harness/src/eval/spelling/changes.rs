//! The kinds of change: another spelling of the same words.

use unicode_normalization::UnicodeNormalization as _;

use super::Spelled;

/// A kind of change.
pub struct SpellingChange {
    /// Its name.
    pub name: &'static str,
    /// The languages it is made in, divided by blanks.
    langs: &'static str,
    /// Returns a text with the change.
    pub spell: fn(&str) -> String,
}

impl SpellingChange {
    /// Whether it is made in a language.
    pub fn is_of(&self, lang: &str) -> bool {
        let lang = lang.split(['-', '_']).next().unwrap_or_default();
        !lang.is_empty() && self.langs.split(' ').any(|of| of == lang)
    }

    /// Whether it alters an article.
    pub fn alters(&self, article: &Spelled) -> bool {
        self.is_of(&article.lang) && (self.spell)(&article.text) != article.text
    }
}

/// Every kind of change.
pub const SPELLING_CHANGES: [SpellingChange; 17] = [
    change("Arabic: tatweel", "ar", tatweel),
    change("Arabic: vowel marks", "ar", vowel_marks),
    change("Arabic: hamza dropped", "ar", |text| {
        text.replace(['أ', 'إ', 'آ'], "ا")
    }),
    change("Arabic: final yeh without dots", "ar", |text| {
        at_end_of_words(text, 'ي', 'ى')
    }),
    change("Arabic: teh marbuta without dots", "ar", |text| {
        at_end_of_words(text, 'ة', 'ه')
    }),
    change("Persian and Arabic: yeh and kaf", "fa ar", yeh_and_kaf),
    change("Hebrew: points", "he iw", points),
    change("Greek: capitals", "el", |text| {
        unaccented(text).to_uppercase()
    }),
    change("Turkish: capitals", "tr", |text| {
        text.replace('i', "İ").replace('ı', "I").to_uppercase()
    }),
    change("French: accents dropped", "fr", unaccented),
    change("Portuguese: accents dropped", "pt", unaccented),
    change("Polish: accents dropped", "pl", |text| {
        unaccented(text).replace('ł', "l").replace('Ł', "L")
    }),
    change("German: ae, oe, ue", "de", two_letters),
    change("French: apostrophe as an entity", "fr", |text| {
        text.replace(['\'', '’'], "&#039;")
    }),
    change("Russian: yo as ye", "ru", |text| {
        text.replace('ё', "е").replace('Ё', "Е")
    }),
    change("Persian: non-joiner dropped", "fa", |text| {
        text.replace('\u{200c}', "")
    }),
    change("Persian: a blank for the non-joiner", "fa", |text| {
        text.replace('\u{200c}', " ")
    }),
];

const fn change(
    name: &'static str,
    langs: &'static str,
    spell: fn(&str) -> String,
) -> SpellingChange {
    SpellingChange { name, langs, spell }
}

/// Lengthens the first letter of each word that is joined to the next.
fn tatweel(text: &str) -> String {
    let mut spelled = String::new();
    let mut is_stretched = false;
    let mut characters = text.chars().peekable();
    while let Some(character) = characters.next() {
        spelled.push(character);
        let next = characters.peek().copied();
        if !is_arabic(character) {
            is_stretched = false;
        } else if !is_stretched && joins_next(character) && next.is_some_and(is_arabic) {
            spelled.push('ـ');
            is_stretched = true;
        }
    }
    spelled
}

/// Puts a vowel mark on every letter.
fn vowel_marks(text: &str) -> String {
    const MARKS: [char; 4] = ['\u{64e}', '\u{650}', '\u{64f}', '\u{652}'];
    let marked = text.chars().enumerate().flat_map(|(at, character)| {
        let mark = is_arabic(character).then_some(MARKS[at % MARKS.len()]);
        [Some(character), mark].into_iter().flatten()
    });
    marked.collect()
}

fn is_arabic(character: char) -> bool {
    matches!(character, 'ء'..='غ' | 'ف'..='ي')
}

/// Whether a letter is joined to the one that follows.
fn joins_next(letter: char) -> bool {
    !matches!(
        letter,
        'ء' | 'آ' | 'أ' | 'ؤ' | 'إ' | 'ا' | 'ة' | 'د' | 'ذ' | 'ر' | 'ز' | 'و' | 'ى'
    )
}

fn at_end_of_words(text: &str, letter: char, other: char) -> String {
    let mut characters = text.chars().peekable();
    let mut spelled = String::new();
    while let Some(character) = characters.next() {
        let is_last = characters.peek().is_none_or(|next| !next.is_alphabetic());
        let is_spelled = character == letter && is_last;
        spelled.push(if is_spelled { other } else { character });
    }
    spelled
}

/// Spells the two letters as the keyboard of the other language does.
fn yeh_and_kaf(text: &str) -> String {
    let spell = |character| match character {
        'ي' => 'ی',
        'ی' => 'ي',
        'ك' => 'ک',
        'ک' => 'ك',
        other => other,
    };
    text.chars().map(spell).collect()
}

/// Puts a point under or in every letter.
fn points(text: &str) -> String {
    const POINTS: [char; 4] = ['\u{5b8}', '\u{5b7}', '\u{5b4}', '\u{5bc}'];
    let pointed = text.chars().enumerate().flat_map(|(at, character)| {
        let is_letter = matches!(character, 'א'..='ת');
        let point = is_letter.then_some(POINTS[at % POINTS.len()]);
        [Some(character), point].into_iter().flatten()
    });
    pointed.collect()
}

/// Drops the accents of Latin and Greek letters.
fn unaccented(text: &str) -> String {
    let is_accent = |character: &char| matches!(character, '\u{300}'..='\u{36f}');
    text.nfd().filter(|c| !is_accent(c)).nfc().collect()
}

/// Writes the letters with two dots as two letters each.
fn two_letters(text: &str) -> String {
    let mut spelled = String::new();
    for character in text.chars() {
        match character {
            'ä' => spelled.push_str("ae"),
            'ö' => spelled.push_str("oe"),
            'ü' => spelled.push_str("ue"),
            'Ä' => spelled.push_str("Ae"),
            'Ö' => spelled.push_str("Oe"),
            'Ü' => spelled.push_str("Ue"),
            'ß' => spelled.push_str("ss"),
            other => spelled.push(other),
        }
    }
    spelled
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn words_are_spelled_otherwise() {
        let check = |name: &str, text: &str, expected: &str| {
            let change = SPELLING_CHANGES.iter().find(|change| change.name == name);
            assert_eq!((change.unwrap().spell)(text), expected, "{name}");
        };
        check("Arabic: tatweel", "في دار بيت", "فـي دار بـيت");
        check("Arabic: vowel marks", "بيت 1", "بَيِتُ 1");
        check("Arabic: hamza dropped", "أحمد إلى", "احمد الى");
        check("Arabic: final yeh without dots", "علي يمشي.", "على يمشى.");
        check("Arabic: teh marbuta without dots", "مدينة", "مدينه");
        check("Persian and Arabic: yeh and kaf", "یک", "يك");
        check("Hebrew: points", "אב", "אָבַ");
        check("Greek: capitals", "Ο μύθος", "Ο ΜΥΘΟΣ");
        check("Turkish: capitals", "ılık iş", "ILIK İŞ");
        check("Polish: accents dropped", "Łódź żółta", "Lodz zolta");
        check(
            "German: ae, oe, ue",
            "Über große Käse",
            "Ueber grosse Kaese",
        );
        check("French: apostrophe as an entity", "l’été", "l&#039;été");
        check("Russian: yo as ye", "Ёлка и мёд", "Елка и мед");
        check("Persian: non-joiner dropped", "کتاب\u{200c}ها", "کتابها");
        check(
            "Persian: a blank for the non-joiner",
            "کتاب\u{200c}ها",
            "کتاب ها",
        );
    }

    #[test]
    fn a_change_is_of_its_language_and_alters_the_text() {
        let yo = &SPELLING_CHANGES[14];
        let article = |lang: &str, text: &str| Spelled {
            title: String::new(),
            text: text.to_owned(),
            lang: lang.to_owned(),
        };
        assert!(yo.alters(&article("ru-RU", "мёд")));
        assert!(!yo.alters(&article("ru", "дом")));
        assert!(!yo.alters(&article("uk", "мёд")) && !yo.alters(&article("", "мёд")));
    }
}
