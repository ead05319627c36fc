//! The scripts: their words, spaces and punctuation.

use super::random::Rng;

/// A script. There is one of each kind that is read differently: letters of one byte, letters of two
/// bytes with and without capitals, and characters without spaces.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Script {
    /// As in English.
    Latin,
    /// As in Russian.
    Cyrillic,
    /// As in Arabic.
    Arabic,
    /// As in Chinese.
    Han,
}

/// Han characters in use: about as many as in a newspaper.
const CHARACTERS: u32 = 3_500;
const LATIN: [&[&str]; 3] = [
    &[
        "b", "c", "d", "f", "g", "h", "l", "m", "n", "p", "r", "s", "t", "v", "st", "tr", "ch", "",
    ],
    &["a", "e", "i", "o", "u", "e", "a", "io"],
    &["n", "r", "s", "l", "t", "m", "", "", "", ""],
];
const CYRILLIC: [&[&str]; 3] = [
    &[
        "б", "в", "г", "д", "з", "к", "л", "м", "н", "п", "р", "с", "т", "ж", "ч", "ш", "",
    ],
    &["а", "е", "и", "о", "у", "ы", "я", "о"],
    &["н", "р", "с", "л", "т", "й", "", "", "", ""],
];
const ARABIC: &[&str] = &[
    "ا", "ب", "ت", "ج", "ح", "د", "ر", "س", "ش", "ص", "ع", "ف", "ق", "ك", "ل", "م", "ن", "ه", "و",
    "ي",
];

impl Script {
    /// Every script, with its share of the articles in percent.
    pub const ALL: [(Self, u32); 4] = [
        (Self::Latin, 76),
        (Self::Cyrillic, 10),
        (Self::Arabic, 8),
        (Self::Han, 6),
    ];

    /// Returns the code of its largest language.
    pub(super) fn lang(self) -> &'static str {
        match self {
            Self::Latin => "en",
            Self::Cyrillic => "ru",
            Self::Arabic => "ar",
            Self::Han => "zh",
        }
    }

    /// What follows a word.
    pub(super) fn space(self) -> &'static str {
        if self == Self::Han { "" } else { " " }
    }

    /// What follows a clause, including the space.
    pub(super) fn comma(self) -> &'static str {
        match self {
            Self::Latin | Self::Cyrillic => ", ",
            Self::Arabic => "، ",
            Self::Han => "，",
        }
    }

    /// What ends a sentence.
    pub(super) fn stop(self) -> &'static str {
        if self == Self::Han { "。" } else { "." }
    }

    /// Returns a line that credits a source, in a form that newspapers use.
    pub(super) fn credit(self, source: &str, random: &mut Rng) -> String {
        match (self, random.below(2)) {
            (Self::Latin, 0) => format!("Source: {source}"),
            (Self::Latin, _) => format!("This article was originally published by {source}."),
            (Self::Cyrillic, _) => format!("Источник: {source}"),
            (Self::Arabic, _) => format!("المصدر: {source}"),
            (Self::Han, _) => format!("来源：{source}"),
        }
    }

    /// Invents a word. Frequent words are short.
    pub(super) fn word(self, rank: u32, random: &mut Rng) -> String {
        let size = match rank {
            0..50 => 1,
            50..400 => random.between(1, 2),
            _ => random.between(2, 3),
        };
        match self {
            Self::Latin => syllables(&LATIN, size, random),
            Self::Cyrillic => syllables(&CYRILLIC, size, random),
            Self::Arabic => (0..=size + random.below(2))
                .map(|_| *pick(ARABIC, random))
                .collect(),
            Self::Han => (0..random.between(1, 1 + size.min(2)))
                .map(|_| character(random))
                .collect(),
        }
    }

    /// Capitalises the first letter of a sentence, if the script has capitals.
    pub(super) fn capitalise(sentence: &mut [u8]) {
        match sentence {
            [first @ b'a'..=b'z', ..] => *first -= 0x20,
            // The Russian alphabet in UTF-8: а to п, and р to я.
            [0xd0, second @ 0xb0..=0xbf, ..] => *second -= 0x20,
            [first @ 0xd1, second @ 0x80..=0x8f, ..] => {
                *first = 0xd0;
                *second += 0x20;
            }
            _ => {}
        }
    }
}

fn syllables(sounds: &[&[&str]; 3], count: u32, random: &mut Rng) -> String {
    let sounds = (0..count).flat_map(|_| sounds.iter());
    sounds.map(|of_place| *pick(of_place, random)).collect()
}

/// Draws a Han character; some are much more frequent than others.
fn character(random: &mut Rng) -> char {
    let rank = (f64::from(CHARACTERS).powf(random.unit()) - 1.0) as u32;
    // The step is coprime to the size of the block, so neighbors in rank are far apart in the block.
    char::from_u32(0x4e00 + rank * 7_919 % 20_902).unwrap_or('一')
}

fn pick<'a, T>(from: &'a [T], random: &mut Rng) -> &'a T {
    &from[random.below(from.len() as u32) as usize]
}
