//! Invented articles in several scripts, the same in every run.

const SEED: u64 = 42;
const ARTICLES: usize = 60;
/// Words of an article, of some six bytes each; characters in Han script.
const WORDS: usize = 650;

/// The SplitMix64 generator (Steele and others).
struct SplitMix64(u64);

impl SplitMix64 {
    fn next(&mut self) -> u64 {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mut z = self.0;
        z = (z ^ (z >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        z = (z ^ (z >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        z ^ (z >> 31)
    }

    fn below(&mut self, bound: usize) -> usize {
        (self.next() % bound as u64) as usize
    }

    /// Draws a rank below a bound, with a probability proportional to 1 / (r + 2).
    fn rank(&mut self, bound: usize) -> usize {
        let uniform = (self.next() >> 11) as f64 / (1u64 << 53) as f64;
        let most = bound as f64 / 2.0 + 1.0;
        ((most.powf(uniform) - 1.0) * 2.0) as usize % bound
    }
}

/// How a language is written.
pub struct Orthography {
    pub name: &'static str,
    /// Letters, the most frequent first.
    letters: Vec<char>,
    /// The most letters of a word; rare words are longer.
    longest: usize,
    space: &'static str,
    comma: &'static str,
    stop: &'static str,
}

/// Returns Latin, Arabic, Cyrillic and Han script.
pub fn orthographies() -> Vec<Orthography> {
    let spaced = |name, letters: &str, comma, stop| Orthography {
        name,
        letters: letters.chars().collect(),
        longest: 12,
        space: " ",
        comma,
        stop,
    };
    vec![
        spaced("latin", "etaoinshrdlcumwfgypbvkjxqz", ", ", ". "),
        spaced("arabic", "ايلمونرتبعدسفهكقحجشصطخذضزثغظءأة", "، ", ". "),
        spaced("cyrillic", "оеаинтсрвлкмдпуяыьгзбчйхжшюцщэфъё", ", ", ". "),
        Orthography {
            name: "han",
            letters: ('\u{4e00}'..'\u{5800}').collect(),
            longest: 1,
            space: "",
            comma: "，",
            stop: "。",
        },
    ]
}

/// A title and a body.
pub type TitleAndBody = (String, String);

/// Returns articles whose words and letters have Zipf frequencies.
pub fn articles(script: &Orthography) -> Vec<TitleAndBody> {
    let mut random = SplitMix64(SEED);
    let words: Vec<String> = (0..6_000)
        .map(|rank: usize| {
            let longest = (3 + (rank + 1).ilog2() as usize).min(script.longest);
            let length = 1 + random.below(longest);
            let letters = script.letters.len();
            (0..length)
                .map(|_| script.letters[random.rank(letters)])
                .collect()
        })
        .collect();
    let mut sentence = |count: usize| {
        let mut sentence = String::new();
        for at in 0..count {
            let word = &words[random.rank(words.len())];
            match at {
                0 => sentence.extend(word.chars().flat_map(char::to_uppercase).take(1)),
                _ => sentence.extend(word.chars().take(1)),
            }
            sentence.extend(word.chars().skip(1));
            sentence += match random.below(12) {
                _ if at + 1 == count => script.stop,
                0 => script.comma,
                _ => script.space,
            };
        }
        sentence
    };
    (0..ARTICLES)
        .map(|_| {
            let title = sentence(9);
            let body = (0..WORDS / 20).map(|at| {
                let paragraph = if at % 4 == 3 { "\n" } else { "" };
                sentence(12 + at % 17) + paragraph
            });
            (title, body.collect())
        })
        .collect()
}
