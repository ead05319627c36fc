//! Opens a store that an earlier build wrote, and gets the answers that build gave.
//!
//! `tests/format/2/store` is the store, journal and index, of some articles of the demo: one was
//! updated and one removed. `tests/format/2/answers.txt` is what it answers. They are kept as they
//! are. Only when the format of the index changes on purpose are they written anew. When the
//! journal's does (a new version, which reads the old ones), a directory with the next number is
//! added, and the index of the others is not kept:
//!
//! ```text
//! WRITE_FORMAT=1 cargo test --test format
//! ```
#![expect(
    clippy::unwrap_used,
    reason = "a test that cannot go on should stop there"
)]

use std::collections::BTreeSet;
use std::fmt::Write as _;
use std::path::{Path, PathBuf};
use std::sync::{Arc, Once, mpsc};

use serde_json::Value;
use wirecopy::engine::{Article, Body, Engine, Params, Verdict};
use wirecopy::id::Collection;
use wirecopy::store::{Embedded, EmbeddedParams, Opened};
use wirecopy::syndication::Relation;

/// The version of the journal that is written; the former ones are read.
const VERSION: u32 = 2;
/// How many articles of the demo the store was made from.
const ARTICLES: usize = 12;
/// The tenth of March 2026.
const SEEN_MS: i64 = 1_773_100_800_000;

#[test]
fn a_kept_store_opens_with_the_answers_it_was_written_with() {
    let directory = copy_of_kept_store(VERSION);
    let opened = open(directory.path());
    assert_eq!(
        (opened.rebuilt, opened.replayed, opened.lost),
        (None, 0, 0),
        "the index is used as it is"
    );
    let engine = Engine::open(Arc::new(opened.store), Params::default()).unwrap();
    assert_eq!(answers(&engine), kept_answers(VERSION));

    goes_on(&engine);
}

#[test]
fn the_index_of_a_kept_store_is_rebuilt_from_its_journal() {
    for version in 1..=VERSION {
        let directory = copy_of_kept_store(version);
        let _ = std::fs::remove_file(directory.path().join("checkpoint"));
        let opened = open(directory.path());
        assert!(opened.rebuilt.is_some());
        assert_eq!(opened.lost, 0);
        let engine = Engine::open(Arc::new(opened.store), Params::default()).unwrap();
        assert_eq!(answers(&engine), kept_answers(version));
        goes_on(&engine);
        drop(engine);
        // All versions of the journal are replayed.
        let _ = std::fs::remove_file(directory.path().join("checkpoint"));
        let opened = open(directory.path());
        let engine = Engine::open(Arc::new(opened.store), Params::default()).unwrap();
        assert!(answers(&engine).contains("\ncopy 1 "));
    }
}

/// A copy of a kept article joins that article's cluster.
fn goes_on(engine: &Engine) {
    let lead = articles().swap_remove(0);
    let copy = Article {
        id: "copy".to_owned(),
        url: "https://copies.example/1".to_owned(),
        published_ms: Some(SEEN_MS),
        ..lead.clone()
    };
    let verdict = ingest(engine, copy);
    assert_eq!(verdict.placement.cluster.as_str(), lead.id);
    assert_eq!(verdict.placement.relation, Relation::Copy);
    engine.close().unwrap();
}

fn kept(version: u32) -> PathBuf {
    let kept = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/format");
    kept.join(version.to_string())
}

fn kept_answers(version: u32) -> String {
    std::fs::read_to_string(kept(version).join("answers.txt")).unwrap()
}

fn copy_of_kept_store(version: u32) -> tempfile::TempDir {
    static WRITTEN: Once = Once::new();
    WRITTEN.call_once(|| {
        if std::env::var_os("WRITE_FORMAT").is_some() {
            write_kept_store();
        }
    });
    let directory = tempfile::tempdir().unwrap();
    copy(&kept(version).join("store"), directory.path());
    directory
}

fn copy(from: &Path, to: &Path) {
    std::fs::create_dir_all(to).unwrap();
    for entry in std::fs::read_dir(from).unwrap() {
        let entry = entry.unwrap();
        let to = to.join(entry.file_name());
        if entry.file_type().unwrap().is_dir() {
            copy(&entry.path(), &to);
        } else {
            std::fs::copy(entry.path(), to).unwrap();
        }
    }
}

fn open(directory: &Path) -> Opened {
    let params = Params::default();
    let store = EmbeddedParams::default();
    Embedded::open(directory, &store, &params.shape(), &params.derive()).unwrap()
}

fn ingest(engine: &Engine, article: Article) -> Verdict {
    let (sender, receiver) = mpsc::channel();
    let reply = Box::new(move |verdict| drop(sender.send(verdict)));
    engine.submit_at(article, SEEN_MS, reply);
    receiver.recv().unwrap().unwrap()
}

/// The first articles of the demo.
fn articles() -> Vec<Article> {
    let demo = Path::new(env!("CARGO_MANIFEST_DIR")).join("demo/newswire.jsonl");
    let lines = std::fs::read_to_string(demo).unwrap();
    let articles = lines.lines().take(ARTICLES).map(|line| {
        let article: Value = serde_json::from_str(line).unwrap();
        let field = |name: &str| article[name].as_str().unwrap_or_default().to_owned();
        let published: jiff::Timestamp = field("published").parse().unwrap();
        Article {
            id: field("id"),
            url: field("url"),
            publisher: field("publisher"),
            title: field("title"),
            published_ms: Some(published.as_millisecond()),
            body: Body::Text(field("text")),
            ..Article::default()
        }
    });
    articles.collect()
}

/// Writes the kept store and its answers anew.
fn write_kept_store() {
    let store = kept(VERSION).join("store");
    let _ = std::fs::remove_dir_all(&store);
    std::fs::create_dir_all(&store).unwrap();
    let engine = Engine::open(Arc::new(open(&store).store), Params::default()).unwrap();
    let articles = articles();
    let updated = Article {
        title: "A new headline".to_owned(),
        ..articles[2].clone()
    };
    let removed = articles[ARTICLES - 1].id.clone();
    for article in articles.into_iter().chain([updated]) {
        ingest(&engine, article);
    }
    engine
        .remove(&Collection::default(), vec![removed])
        .unwrap();
    std::fs::write(kept(VERSION).join("answers.txt"), answers(&engine)).unwrap();
    engine.close().unwrap();
    drop(engine);
    std::fs::remove_file(store.join("LOCK")).unwrap();
}

/// The change feed, and every article of it as it is stored.
fn answers(engine: &Engine) -> String {
    let collection = Collection::default();
    let (changes, _) = engine.changes(&collection, 0, 1000).unwrap();
    let mut lines = String::from("cursor, time, kind, id, cluster, cluster before\n");
    for change in &changes {
        let lead = |id: &Option<_>| id.as_ref().map_or("-".to_owned(), ToString::to_string);
        writeln!(
            lines,
            "{} {} {:?} {} {} {}",
            change.cursor,
            change.time_ms,
            change.kind,
            change.id,
            lead(&change.cluster),
            lead(&change.previous_cluster)
        )
        .unwrap();
    }
    lines +=
        "\nid, revision, first seen, cluster, size, relation, resemblance, crc of title and text\n";
    let ids: BTreeSet<String> = changes.iter().map(|change| change.id.to_string()).collect();
    for id in ids {
        let Ok(stored) = engine.get(&collection, &id, true, true) else {
            writeln!(lines, "{id} removed").unwrap();
            continue;
        };
        let Body::Text(text) = &stored.article.body else {
            panic!("{id} has no text")
        };
        let placement = &stored.placement;
        writeln!(
            lines,
            "{id} {} {} {} {} {} {:.4} {:08x}",
            stored.revision,
            stored.first_seen_ms,
            placement.cluster,
            placement.size,
            placement.relation.as_str(),
            placement.overlap.resemblance(),
            crc32c::crc32c(format!("{}\n{text}", stored.article.title).as_bytes())
        )
        .unwrap();
    }
    lines
}
