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
//!
//! `tests/format/reading-2` is the journal of a build that read texts, and named articles, by former
//! rules: articles of invented news in three languages, some spelled otherwise, some without an id.
#![expect(
    clippy::unwrap_used,
    reason = "a test that cannot go on should stop there"
)]

use std::collections::{BTreeMap, BTreeSet};
use std::fmt::Write as _;
use std::path::{Path, PathBuf};
use std::sync::{Arc, Once, mpsc};

use serde_json::Value;
use wirecopy::engine::{Article, Body, ChangeKind, Engine, Params, Placement, State, Verdict};
use wirecopy::id::Collection;
use wirecopy::store::{Embedded, EmbeddedParams, Memory, Opened};
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
        (opened.rebuilt, opened.replayed),
        (None, 0),
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

/// Neither is changed: the other program still opens it.
#[test]
fn a_store_of_a_later_program_is_refused_with_both_versions() {
    let refused = |file: &str, change: fn(&mut Vec<u8>), expected: &[&str]| {
        let directory = copy_of_kept_store(VERSION);
        let path = directory.path().join(file);
        let mut bytes = std::fs::read(&path).unwrap();
        change(&mut bytes);
        std::fs::write(&path, &bytes).unwrap();
        let Err(error) = try_open(directory.path()) else {
            panic!("{file} is accepted");
        };
        let message = error.to_string();
        for words in expected {
            assert!(message.contains(words), "{file}: {message}");
        }
        assert_eq!(std::fs::read(&path).unwrap(), bytes);
    };
    let later_segment = |bytes: &mut Vec<u8>| {
        bytes[8] = 99;
        let sum = crc32c::crc32c(&bytes[..32]).to_le_bytes();
        bytes[32..36].copy_from_slice(&sum);
    };
    let segment = "journal/00000000000000000001.journal";
    let versions = ["journal version = 99", "opened with journal version = "];
    refused(segment, later_segment, &versions);
    let versions = ["format version = 9, ", "format version = 1"];
    refused("shape", |bytes| bytes[8] = 9, &versions);
    let later_text = |bytes: &mut Vec<u8>| {
        let name = b"text_version";
        let at = bytes.windows(name.len()).position(|window| window == name);
        bytes[at.unwrap() + name.len() + 4] = b'9';
        let sum = crc32c::crc32c(&bytes[16..]).to_le_bytes();
        bytes[12..16].copy_from_slice(&sum);
    };
    let versions = ["text_version = 9, ", "text_version = "];
    refused("shape", later_text, &versions);
}

#[test]
fn an_index_of_another_version_is_rebuilt() {
    let directory = copy_of_kept_store(VERSION);
    let path = directory.path().join("checkpoint");
    let mut bytes = std::fs::read(&path).unwrap();
    bytes[8] = 99;
    std::fs::write(&path, bytes).unwrap();
    let opened = open(directory.path());
    let why = opened.rebuilt.unwrap();
    assert!(why.contains("has version 99, expected "), "{why}");
    let engine = Engine::open(Arc::new(opened.store), Params::default()).unwrap();
    assert_eq!(answers(&engine), kept_answers(VERSION));
}

/// The texts are read anew, and every article ends up as if it had come today.
#[test]
fn a_store_of_a_former_reading_is_brought_up_to_date() {
    let directory = tempfile::tempdir().unwrap();
    copy(&kept_former_reading(), directory.path());
    let opened = open(directory.path());
    let why = opened.rebuilt.unwrap();
    assert!(why.contains("text_version = 2"), "{why}");
    let engine = Engine::open(Arc::new(opened.store), Params::default()).unwrap();
    engine.settle().unwrap();
    let placed = placements(&engine);
    for (id, lead) in [
        ("ship-points", "ship"),
        ("ferry-plain", "ferry"),
        ("ferry-capitals", "ferry"),
        ("keepers-copy", "keepers"),
    ] {
        assert_eq!(placed[id].cluster.as_str(), lead);
    }
    assert_eq!(placed, placements_of_new_articles(&engine));
    let moves = engine.changes(&Collection::default(), 0, 1000).unwrap().0;
    assert_eq!(
        moves
            .iter()
            .filter(|change| change.kind == ChangeKind::Moved)
            .count(),
        4
    );
    engine.close().unwrap();
    drop(engine);

    let opened = open(directory.path());
    assert_eq!((opened.rebuilt, opened.replayed), (None, 0));
    drop(opened.store);
    std::fs::remove_file(directory.path().join("checkpoint")).unwrap();
    let engine = Engine::open(Arc::new(open(directory.path()).store), Params::default()).unwrap();
    assert_eq!(placements(&engine), placed);
}

/// A crash before the store is up to date: it is brought up to date again.
#[test]
fn bringing_up_to_date_can_be_repeated() {
    let directory = tempfile::tempdir().unwrap();
    copy(&kept_former_reading(), directory.path());
    let shape = std::fs::read(directory.path().join("shape")).unwrap();
    drop(open(directory.path()).store);
    std::fs::write(directory.path().join("shape"), shape).unwrap();
    let opened = open(directory.path());
    assert!(opened.rebuilt.is_some());
    let engine = Engine::open(Arc::new(opened.store), Params::default()).unwrap();
    engine.settle().unwrap();
    assert_eq!(placements(&engine), placements_of_new_articles(&engine));
}

/// An article that a former normal form of its URL named is found by that, and by the present one.
#[test]
fn articles_named_by_a_former_normal_form_go_on_answering() {
    let directory = tempfile::tempdir().unwrap();
    copy(&kept_former_reading(), directory.path());
    let engine = Engine::open(Arc::new(open(directory.path()).store), Params::default()).unwrap();
    let collection = Collection::default();
    let former = "https://tilde.example/%7Emira/keepers?PHPSESSID=77&page=1";
    let found = |name: &str| {
        let stored = engine.get(&collection, name, true, false);
        stored.map(|stored| stored.article.id).ok()
    };
    for name in [
        former,
        "https://tilde.example/~mira/keepers?page=1",
        "https://tilde.example/~mira/keepers?page=1&PHPSESSID=78#top",
    ] {
        assert_eq!(found(name).as_deref(), Some(former), "{name}");
    }
    let new = |url: &str, text: &str| Article {
        url: url.to_owned(),
        body: Body::Text(text.to_owned()),
        ..Article::default()
    };
    let again = ingest(
        &engine,
        new(
            "https://tilde.example/~mira/keepers?PHPSESSID=79&page=1",
            "New words.",
        ),
    );
    assert_eq!((again.id.as_str(), again.state), (former, State::Updated));
    let stored = engine.get(&collection, former, true, false).unwrap();
    assert_eq!(
        (stored.revision, stored.article.body),
        (2, Body::Text("New words.".to_owned()))
    );

    // A route was a fragment: another story of the page is another article.
    let first = "https://route.example/#!/story/1";
    assert_eq!(found(first).as_deref(), Some("https://route.example/"));
    let second = ingest(
        &engine,
        new("https://route.example/#!/story/2", "Other words."),
    );
    assert_eq!(second.state, State::New);
    assert_eq!(
        ingest(&engine, new(first, "The first.")).state,
        State::Updated
    );

    let names = ["https://tilde.example/%7emira/keepers?page=1", first].map(str::to_owned);
    assert_eq!(engine.remove(&collection, names.into()).unwrap().removed, 2);
    for name in [former, "https://tilde.example/~mira/keepers?page=1", first] {
        assert_eq!(found(name), None, "{name}");
    }
    assert!(found("https://route.example/#!/story/2").is_some());
}

/// What a host repeats is known under the words as they are read now.
#[test]
fn furniture_of_a_former_reading_is_masked_on() {
    let directory = tempfile::tempdir().unwrap();
    copy(&kept_former_reading(), directory.path());
    let engine = Engine::open(Arc::new(open(directory.path()).store), Params::default()).unwrap();
    let collection = Collection::default();
    let repeated = engine.furniture(&collection, "harbour.example").unwrap();
    assert_eq!(repeated.len(), 1);
    assert!(repeated[0].words.contains('أ'));
    let story = "كلمات جديدة عن ميناء آخر بعيد لم يره أحد منذ سنين طويلة وفيه سفن كثيرة";
    let text = format!("{story}.\n{}", repeated[0].words.replace('أ', "ا"));
    let article = Article {
        id: "new".to_owned(),
        url: "https://harbour.example/new".to_owned(),
        body: Body::Text(text.clone()),
        ..Article::default()
    };
    ingest(&engine, article);
    let masked = engine
        .get(&collection, "new", false, false)
        .unwrap()
        .not_counted;
    let masked: Vec<&str> = masked.iter().map(|span| &text[span.range()]).collect();
    assert_eq!(masked, [repeated[0].words.replace('أ', "ا")]);
}

/// Where every article belongs, without those that are there for their furniture: what is masked depends on
/// what came before.
fn placements(engine: &Engine) -> BTreeMap<String, Placement> {
    let changes = engine.changes(&Collection::default(), 0, 1000).unwrap().0;
    let ids = changes.iter().map(|change| change.id.to_string());
    let ids: BTreeSet<String> = ids.filter(|id| !id.starts_with("harbour-")).collect();
    let placement = |id: String| {
        let stored = engine
            .get(&Collection::default(), &id, false, false)
            .unwrap();
        (id, stored.placement)
    };
    ids.into_iter().map(placement).collect()
}

/// Where all stored articles belong if they are submitted to a new store, the latest first.
fn placements_of_new_articles(engine: &Engine) -> BTreeMap<String, Placement> {
    let new = Engine::open(Arc::<Memory>::default(), Params::default()).unwrap();
    for id in placements(engine).into_keys().rev() {
        let stored = engine
            .get(&Collection::default(), &id, true, false)
            .unwrap();
        ingest(&new, stored.article);
    }
    new.settle().unwrap();
    placements(&new)
}

fn kept_former_reading() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/format/reading-2")
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
    try_open(directory).unwrap()
}

fn try_open(directory: &Path) -> Result<Opened, wirecopy::store::Error> {
    let params = Params::default();
    let store = EmbeddedParams::default();
    Embedded::open(directory, &store, &params.shape(), &params.derive())
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
