//! How fast an article becomes shingles, and shingles a sketch, on one core.
//!
//! A number is bytes of text (title and body, UTF-8) a second over a collection that does not fit the
//! first cache; the time is that of the whole collection, [`ARTICLES`] long. The steps: `shingles` is
//! text to sorted shingles; `sketch` is those to bands and anchors, at the speed of the text they came
//! from; `both` is one after the other; `article` is all that `text` does for an article that comes in:
//! shingles and segments in one go, and the search for disguised words.
//!
//! Texts are made up from [`SEED`]: invented words in Latin, Arabic, Cyrillic and Han letters. Lengths of
//! words and sentences are as in news, and words and letters come as often as Zipf's law has it,
//! so that tables of letters are hot and branches as hard to foresee as in real text. It is no text
//! that anybody wrote: set `WIRECOPY_BENCH_TEXT` to a file of JSON lines with `title` and `text` to
//! measure on one as well.

use std::hint::black_box;

use criterion::{Criterion, Throughput, criterion_group, criterion_main};
use wirecopy::sketch::{Params, sketch};
use wirecopy::text::{Shingles, disguised_words, shingles, shingles_and_segments};

const SEED: u64 = 42;
const ARTICLES: usize = 60;
/// Words of an article, of which there are six bytes or so to each; of Han, characters.
const WORDS: usize = 650;
/// Bytes read of a file, at most.
const READ: usize = 4 << 20;

/// A generator of the bench's own (SplitMix64, Steele and others).
struct Random(u64);

impl Random {
    fn next(&mut self) -> u64 {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mut z = self.0;
        z = (z ^ (z >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        z = (z ^ (z >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        z ^ (z >> 31)
    }

    fn under(&mut self, bound: usize) -> usize {
        (self.next() % bound as u64) as usize
    }

    /// A rank under a bound: rank r about as often as 1 / (r + 2).
    fn rank(&mut self, bound: usize) -> usize {
        let uniform = (self.next() >> 11) as f64 / (1u64 << 53) as f64;
        let most = bound as f64 / 2.0 + 1.0;
        ((most.powf(uniform) - 1.0) * 2.0) as usize % bound
    }
}

/// How a language is written.
struct Script {
    name: &'static str,
    /// Letters, the commonest first.
    letters: Vec<char>,
    /// Letters of a word: 1 to this many, long ones among rare words.
    longest: usize,
    space: &'static str,
    comma: &'static str,
    stop: &'static str,
}

fn scripts() -> Vec<Script> {
    let spaced = |name, letters: &str, comma, stop| Script {
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
        Script {
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
type Article = (String, String);

fn articles(script: &Script) -> Vec<Article> {
    let mut random = Random(SEED);
    let words: Vec<String> = (0..6_000)
        .map(|rank: usize| {
            let longest = (3 + (rank + 1).ilog2() as usize).min(script.longest);
            let length = 1 + random.under(longest);
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
            sentence += match random.under(12) {
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

/// The articles of a file that the environment names.
fn given() -> Option<Vec<Article>> {
    let path = std::env::var_os("WIRECOPY_BENCH_TEXT")?;
    let lines = std::fs::read_to_string(path).expect("WIRECOPY_BENCH_TEXT names a file of text");
    let mut bytes = 0;
    let articles = lines.lines().filter_map(|line| {
        let article: serde_json::Value = serde_json::from_str(line).ok()?;
        let part = |name: &str| article[name].as_str().unwrap_or_default().to_owned();
        Some((part("title"), part("text")))
    });
    let some = articles.take_while(|(_, body)| {
        bytes += body.len();
        bytes <= READ
    });
    Some(some.collect())
}

fn measure(criterion: &mut Criterion, name: &str, articles: &[Article]) {
    let params = Params::default();
    let bytes: usize = articles.iter().map(|(t, body)| t.len() + body.len()).sum();
    let mut group = criterion.benchmark_group(name);
    group.throughput(Throughput::Bytes(bytes as u64));
    let of = |(title, body): &Article| shingles(title, body, &[]);
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
                black_box(sketch(black_box(shingles.as_slice()), &params));
            }
        });
    });
    group.bench_function("both", |bench| {
        bench.iter(|| {
            for article in articles {
                black_box(sketch(of(black_box(article)).as_slice(), &params));
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
    for script in scripts() {
        measure(criterion, script.name, &articles(&script));
    }
    if let Some(articles) = given() {
        measure(criterion, "given", &articles);
    }
}

criterion_group!(benches, steps);
criterion_main!(benches);
