//! The cost of the store as it grows. This is a program, not a series of samples.
//!
//! It fills a store as the engine does and prints, at 1, 2 and 5 of each decade, articles a second,
//! processor time of an article (all threads), resident memory and disk; and at the end how long an
//! open takes after a kill and after a clean stop. An article has 107 bucket keys of 48 bits and six
//! rows of the sizes that `record` writes. One in five shares 80 of its keys with an earlier article.
//! Before an article is staged, its buckets and its id are looked up, and for a copy the document row
//! of the original. All data is derived from counters, so every run has the same.
//!
//!     cargo bench --bench index -- [articles, 100000] [memory MiB, 64] [cache MiB, 64] [journal]
//!
//! With `journal` an entry has a kilobyte, otherwise eight bytes.

#![expect(clippy::print_stdout, reason = "a program that prints")]

use std::fs;
use std::path::Path;
use std::time::Instant;

use wirecopy::store::{Durability, Embedded, EmbeddedParams, Opened, Posting, Read, Store, Writes};

const KEYS: u64 = 107;
const SHARED: u64 = 80;
const CAP: usize = 64;
/// Articles between two commits.
const GROUP: u64 = 32;

/// The finalizer of splitmix64.
fn mix(mut x: u64) -> u64 {
    x = (x ^ (x >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
    x = (x ^ (x >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
    x ^ (x >> 31)
}

/// Returns the article that `doc` copies: any original before it.
fn original_of(doc: u64) -> Option<u64> {
    let copies = doc > 10 && doc % 5 == 4;
    copies.then(|| {
        let other = mix(doc) % doc;
        other - u64::from(other % 5 == 4)
    })
}

fn keys_of(doc: u64) -> Vec<u64> {
    let original = original_of(doc);
    let owner = |key| original.filter(|_| key < SHARED).unwrap_or(doc);
    (0..KEYS)
        .map(|key| mix(owner(key) * KEYS + key + 1) >> 16)
        .collect()
}

/// Returns text to cut rows from: short words, which compress like names and titles.
fn words() -> Vec<u8> {
    (0..200_000_u64)
        .flat_map(|at| {
            let word = mix(mix(at) % 5_000);
            let letters = (0..3 + word % 7).map(move |l| b'a' + (mix(word + l) % 26) as u8);
            letters.chain([b' '])
        })
        .collect()
}

fn cut(from: &[u8], seed: u64, length: usize) -> &[u8] {
    let at = mix(seed) as usize % (from.len() - length);
    &from[at..at + length]
}

fn row(table: u8, rest: &[&[u8]]) -> Vec<u8> {
    let mut key = vec![table];
    rest.iter().for_each(|part| key.extend(*part));
    key
}

struct IndexBench {
    words: Vec<u8>,
    noise: Vec<u8>,
    entry_bytes: usize,
}

impl IndexBench {
    fn new(entry_bytes: usize) -> Self {
        Self {
            words: words(),
            noise: (0..1 << 17).flat_map(|at| mix(at).to_le_bytes()).collect(),
            entry_bytes,
        }
    }

    fn url(&self, doc: u64) -> Vec<u8> {
        let site = mix(doc % 4_001) % 1_000;
        let mut url =
            format!("https://www.news{site}.example/2024/05/{:02}/", doc % 31).into_bytes();
        url.extend(cut(&self.words, doc, 30));
        url.extend(format!("-{doc}").bytes());
        url
    }

    fn document(&self, doc: u64) -> Vec<u8> {
        let mut value = self.url(doc);
        value.extend(cut(&self.words, doc + 1, 180));
        value.extend(cut(&self.noise, doc, 60));
        value
    }

    fn writes(&self, doc: u64) -> Writes {
        let (url, number) = (self.url(doc), doc.to_be_bytes());
        let site = &url[12..25];
        let mut rows = std::collections::BTreeMap::new();
        rows.insert(row(b'i', &[b"default\0", &url]), Some(number.to_vec()));
        rows.insert(row(b'd', &[&number]), Some(self.document(doc)));
        rows.insert(
            row(
                b'p',
                &[b"default\0", site, b"\0", &number, &url, b"\0", &number],
            ),
            Some(number.to_vec()),
        );
        rows.insert(
            row(b'f', &[&number]),
            Some([&url[..], b"default", &number, &url].concat()),
        );
        rows.insert(row(b'l', &[]), Some(number.to_vec()));
        rows.insert(row(b'n', &[b"default"]), Some(number.to_vec()));
        Writes {
            rows,
            posted: vec![Posting {
                doc: doc << 1 | 1,
                keys: keys_of(doc),
            }],
            withdrawn: Vec::new(),
            holds: Some(doc),
            seen: Vec::new(),
            ..Writes::default()
        }
    }

    /// Looks up and stages one article as the engine does.
    fn ingest(&self, store: &Embedded, doc: u64) {
        let writes = self.writes(doc);
        let buckets = store
            .buckets(&writes.posted[0].keys, CAP)
            .expect("an index");
        let hits = buckets.iter().filter(|bucket| !bucket.docs.is_empty());
        let original = original_of(doc);
        let least = original.map_or(0, |_| SHARED as usize);
        assert!(hits.count() >= least, "article {doc} lacks buckets");
        let id = writes.rows.keys().find(|key| key[0] == b'i').cloned();
        assert_eq!(store.rows(&Vec::from_iter(id)).expect("an index"), [None]);
        if let Some(original) = original {
            let key = row(b'd', &[&original.to_be_bytes()]);
            let rows = store.rows(&[key]).expect("an index");
            assert_eq!(rows, [Some(self.document(original))]);
        }
        store
            .rows(&[row(b'l', &[]), row(b'n', &[b"default"])])
            .expect("an index");
        let mut entry = doc.to_le_bytes().to_vec();
        entry.extend(cut(&self.noise, doc, self.entry_bytes));
        store.stage(entry, writes).expect("room on the disk");
        if doc.is_multiple_of(GROUP) {
            store.commit().expect("room on the disk");
        }
    }
}

fn main() {
    let arguments: Vec<String> = std::env::args()
        .skip(1)
        .filter(|a| a != "--bench")
        .collect();
    let number = |at: usize, default| {
        arguments
            .get(at)
            .map_or(default, |given| given.parse::<u64>().expect("a number"))
    };
    let params = EmbeddedParams {
        durability: Durability::Os,
        memory_bytes: number(1, 64) << 20,
        cache_bytes: number(2, 64) << 20,
        ..EmbeddedParams::default()
    };
    let articles = number(0, 100_000);
    let has_journal = arguments.iter().any(|given| given == "journal");
    let bench = IndexBench::new(if has_journal { 1_000 } else { 0 });
    let before = cpu_seconds();
    let some = articles.min(20_000);
    (0..some).for_each(|doc| drop(std::hint::black_box((bench.writes(doc), doc))));
    println!(
        "making an article takes {:.1} us, which is in every figure",
        (cpu_seconds() - before) * 1e6 / some as f64
    );
    let dir = tempfile::tempdir().expect("a directory for temporary files");
    let store = open(dir.path(), &params).store;
    fill(&bench, &store, articles, dir.path());
    // Dropped without a close, as after a kill.
    drop(store);
    print_open("a kill", dir.path(), &params);
    let store = open(dir.path(), &params).store;
    let (wall, cpu) = (Instant::now(), cpu_seconds());
    store.close().expect("room on the disk");
    println!(
        "close: {:.2} s, {:.2} s of cpu",
        wall.elapsed().as_secs_f64(),
        cpu_seconds() - cpu
    );
    drop(store);
    print_open("a clean stop", dir.path(), &params);
    let store = open(dir.path(), &params).store;
    ask(&bench, &store, articles);
}

/// Opens a store whose entries begin with their document number, from which their changes are derived.
fn open(dir: &Path, params: &EmbeddedParams) -> Opened {
    let bench = IndexBench::new(0);
    let derive = move |_: &dyn Read, entry: &[u8]| {
        let doc = entry.first_chunk().map(|doc| u64::from_le_bytes(*doc));
        Ok(bench.writes(doc.ok_or("an entry without a document")?))
    };
    Embedded::open(dir, params, &[], &derive).expect("a store")
}

fn print_open(after: &str, dir: &Path, params: &EmbeddedParams) {
    let (wall, cpu) = (Instant::now(), cpu_seconds());
    let opened = open(dir, params);
    println!(
        "open after {after}: {:.2} s, {:.2} s of cpu, {} replayed, rebuilt {:?}",
        wall.elapsed().as_secs_f64(),
        cpu_seconds() - cpu,
        opened.replayed,
        opened.rebuilt
    );
}

fn fill(bench: &IndexBench, store: &Embedded, articles: u64, dir: &Path) {
    println!("  articles   art./s  us of cpu  overall   rss MiB  filters MiB  disk B/article");
    let start = (Instant::now(), cpu_seconds());
    let mut last = (start.0, start.1, 0);
    let mut next = articles.min(10_000);
    for doc in 0..articles {
        bench.ingest(store, doc);
        let done = doc + 1;
        if done == next || done == articles {
            let (wall, cpu) = (Instant::now(), cpu_seconds());
            let count = (done - last.2) as f64;
            println!(
                "{done:>10} {:>8.0} {:>10.1} {:>8.1} {:>9.0} {:>12.0} {:>15.0}",
                count / (wall - last.0).as_secs_f64(),
                (cpu - last.1) * 1e6 / count,
                (cpu - start.1) * 1e6 / done as f64,
                rss_bytes() / 1_048_576.0,
                store.filter_bytes() as f64 / 1_048_576.0,
                index_bytes(dir) as f64 / done as f64,
            );
            last = (wall, cpu, done);
            next = if done < 20_000 {
                20_000
            } else {
                next_step(done)
            };
        }
    }
}

/// Returns the next of 1, 2 and 5 of each decade.
fn next_step(done: u64) -> u64 {
    let decade = 10_u64.pow(done.ilog10());
    match done / decade {
        1 => 2 * decade,
        2..5 => 5 * decade,
        _ => 10 * decade,
    }
}

/// Times reads alone: buckets of new and of stored articles, and document rows.
fn ask(bench: &IndexBench, store: &Embedded, articles: u64) {
    let asked = articles.min(5_000);
    for (what, first) in [("new", articles + 11), ("stored", 0)] {
        let keys: Vec<_> = (0..asked)
            .map(|at| keys_of(first + (mix(at) % articles) / 5 * 5))
            .collect();
        let (wall, cpu) = (Instant::now(), cpu_seconds());
        for keys in &keys {
            std::hint::black_box(store.buckets(keys, CAP).expect("an index"));
        }
        println!(
            "buckets of {what} articles: {:.1} us, {:.1} us of cpu",
            wall.elapsed().as_secs_f64() * 1e6 / asked as f64,
            (cpu_seconds() - cpu) * 1e6 / asked as f64
        );
    }
    let (wall, cpu) = (Instant::now(), cpu_seconds());
    for at in 0..asked {
        let doc = mix(at + 77) % articles;
        let key = row(b'd', &[&doc.to_be_bytes()]);
        assert_eq!(
            store.rows(&[key]).expect("an index"),
            [Some(bench.document(doc))]
        );
    }
    println!(
        "document rows: {:.1} us, {:.1} us of cpu",
        wall.elapsed().as_secs_f64() * 1e6 / asked as f64,
        (cpu_seconds() - cpu) * 1e6 / asked as f64
    );
}

/// Returns the user and system time of the process in seconds.
fn cpu_seconds() -> f64 {
    let stat = fs::read_to_string("/proc/self/stat").unwrap_or_default();
    let fields = stat
        .rsplit(')')
        .next()
        .unwrap_or_default()
        .split_whitespace();
    let ticks: f64 = fields
        .skip(11)
        .take(2)
        .filter_map(|field| field.parse::<f64>().ok())
        .sum();
    ticks / 100.0
}

fn rss_bytes() -> f64 {
    let statm = fs::read_to_string("/proc/self/statm").unwrap_or_default();
    let pages = statm
        .split_whitespace()
        .nth(1)
        .and_then(|pages| pages.parse::<f64>().ok());
    pages.unwrap_or(0.0) * 4096.0
}

/// Returns the bytes of all files except the journal.
fn index_bytes(dir: &Path) -> u64 {
    let entries = fs::read_dir(dir).into_iter().flatten().flatten();
    entries
        .filter(|entry| entry.file_name() != "journal")
        .map(|entry| match entry.metadata() {
            Ok(metadata) if metadata.is_dir() => index_bytes(&entry.path()),
            Ok(metadata) => metadata.len(),
            Err(_) => 0,
        })
        .sum()
}
