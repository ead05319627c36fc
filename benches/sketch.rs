//! How fast an article becomes shingles, and shingles a sketch, on one core.
//!
//! The throughput is in bytes of text (title and body, UTF-8) over 60 articles, which do not fit the
//! first-level cache. `shingles` is text to sorted shingles; `sketch` is shingles to bands and anchors,
//! in bytes of their text; `both` is one after the other; `article` is all that `text` does for a new
//! article: shingles and segments of one scan, and the search for disguised words.
//!
//! Texts are generated from a fixed seed, with invented words in Latin, Arabic, Cyrillic and Han script. Words
//! and sentences have the lengths they have in news, and words and letters have Zipf frequencies, so that
//! tables are as hot and branches as unpredictable as with real text. To measure real text as well, set
//! `WIRECOPY_BENCH_TEXT` to a file of JSON lines with `title` and `text`.

mod support;

use std::hint::black_box;

use criterion::{Criterion, Throughput, criterion_group, criterion_main};
use support::{TitleAndBody, articles, orthographies};
use wirecopy::sketch::{Params, sketch};
use wirecopy::text::{ScannedText, Shingles, disguised_words, shingles};

/// At most this many bytes of a file are used.
const MAX_BYTES: usize = 4 << 20;

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
                let scanned = ScannedText::new(black_box(body));
                black_box((scanned.segments(), scanned.shingles(title, &[])));
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
