//! How fast an article becomes shingles, and shingles a sketch, on one core.
//!
//! The throughput is in bytes of text (title and body, UTF-8) over [`ARTICLES`] articles, which do not fit
//! the first-level cache. `shingles` is text to sorted shingles; `sketch` is shingles to bands and anchors,
//! in bytes of their text; `both` is one after the other; `article` is all that `text` does for a new
//! article: shingles and segments in one pass, and the search for disguised words.
//!
//! Texts are generated from [`SEED`], with invented words in Latin, Arabic, Cyrillic and Han script. Words
//! and sentences have the lengths they have in news, and words and letters have Zipf frequencies, so that
//! tables are as hot and branches as unpredictable as with real text. To measure real text as well, set
//! `WIRECOPY_BENCH_TEXT` to a file of JSON lines with `title` and `text`.

use std::hint::black_box;

use criterion::{Criterion, Throughput, criterion_group, criterion_main};
use wirecopy::sketch::{Params, sketch};
use wirecopy::text::{Shingles, disguised_words, shingles, shingles_and_segments};

const SEED: u64 = 42;
const ARTICLES: usize = 60;
/// Words of an article, of some six bytes each; characters in Han script.
const WORDS: usize = 650;
/// At most this many bytes of a file are used.
const MAX_BYTES: usize = 4 << 20;

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
struct Orthography {
    name: &'static str,
    /// Letters, the most frequent first.
    letters: Vec<char>,
    /// The most letters of a word; rare words are longer.
    longest: usize,
    space: &'static str,
    comma: &'static str,
    stop: &'static str,
}

fn orthographies() -> Vec<Orthography> {
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
type TitleAndBody = (String, String);

fn articles(script: &Orthography) -> Vec<TitleAndBody> {
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

/// Returns the articles of the file that the environment names.
fn given() -> Option<Vec<TitleAndBody>> {
    let path = std::env::var_os("WIRECOPY_BENCH_TEXT")?;
    let lines = std::fs::read_to_string(path).expect("WIRECOPY_BENCH_TEXT names a readable file");
    let mut bytes = 0;
    let articles = lines.lines().filter_map(|line| {
        let article: serde_json::Value = serde_json::from_str(line).ok()?;
        let part = |name: &str| article[name].as_str().unwrap_or_default().to_owned();
        Some((part("title"), part("text")))
    });
    let some = articles.take_while(|(_, body)| {
        bytes += body.len();
        bytes <= MAX_BYTES
    });
    Some(some.collect())
}

fn measure(criterion: &mut Criterion, name: &str, articles: &[TitleAndBody]) {
    let params = Params::default();
    let bytes: usize = articles.iter().map(|(t, body)| t.len() + body.len()).sum();
    let mut group = criterion.benchmark_group(name);
    group.throughput(Throughput::Bytes(bytes as u64));
    let of = |(title, body): &TitleAndBody| shingles(title, body, &[]);
    let read: Vec<Shingles> = articles.iter().map(of).collect();
    group.bench_function("shingles", |bench| {
        bench.iter(|| {
            for article in articles {
                black_box(of(black_box(article)));
            }
        });
    });
    group.bench_function("sketch", |bench| {
        bench.iter(|| {
            for shingles in &read {
                black_box(sketch(
                    black_box(shingles.as_slice()),
                    shingles.windows(),
                    &params,
                ));
            }
        });
    });
    group.bench_function("both", |bench| {
        bench.iter(|| {
            for article in articles {
                let shingles = of(black_box(article));
                black_box(sketch(shingles.as_slice(), shingles.windows(), &params));
            }
        });
    });
    group.bench_function("article", |bench| {
        bench.iter(|| {
            for (title, body) in articles {
                black_box(shingles_and_segments(title, black_box(body), &[]));
                black_box(disguised_words(black_box(body)));
            }
        });
    });
    group.finish();
}

fn steps(criterion: &mut Criterion) {
    for script in orthographies() {
        measure(criterion, script.name, &articles(&script));
    }
    if let Some(articles) = given() {
        measure(criterion, "given", &articles);
    }
}

criterion_group!(benches, steps);
criterion_main!(benches);
