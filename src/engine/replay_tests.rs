//! A replayed journal gives the same rows as the live path, byte for byte, with notices, furniture,
//! walls, updates, an unchanged article and captures of before in it.

use std::sync::Arc;

use super::{Article, Body, Engine, Params, State};
use crate::id::Collection;
use crate::store::{Embedded, EmbeddedParams, Memory, Read, Store};

fn story(n: usize) -> String {
    let words: Vec<String> = (0..50).map(|word| format!("s{n}w{word}")).collect();
    words.join(" ")
}

const BOX: &str = "Every morning at six, all that happened overnight: sign up for our letter.";

#[test]
fn a_replayed_journal_gives_the_same_rows() {
    let dir = tempfile::tempdir().unwrap();
    let params = Params {
        threads: 1,
        ..Params::default()
    };
    let open = || {
        let store = EmbeddedParams::default();
        let opened = Embedded::open(dir.path(), &store, &params.shape(), &params.derive());
        Arc::new(opened.unwrap().store)
    };
    let rows = |store: &dyn Read| store.scan(b"", None, 10_000).unwrap();
    let buckets = |store: &dyn Read, n: usize| {
        let text = crate::text::shingles("", &story(n), &[]);
        let keys = crate::record::sketch_keys("default", &text, &params.sketch).buckets();
        store.buckets(&keys, 100).unwrap()
    };
    let store = open();
    let engine = Engine::open(Arc::clone(&store) as Arc<dyn Store>, params).unwrap();
    let put = |host: &str, n: usize, text: String| {
        let article = Article {
            url: format!("https://{host}.example/{n}"),
            published_ms: Some(n as i64 * 1000),
            body: Body::Text(text),
            ..Article::default()
        };
        engine.ingest(article).unwrap()
    };
    for n in 0..8 {
        put("herald", n, format!("{}\n{BOX}", story(n)));
        put("courier", n, format!("{}\n\nSource: Herald", story(n)));
    }
    put(
        "wall",
        1,
        "Access denied. Please enable JavaScript and cookies, and complete the captcha.".into(),
    );
    put("herald", 3, format!("{} revised\n{BOX}", story(3)));
    let again = put("courier", 4, format!("{}\n\nSource: Herald", story(4)));
    assert_eq!(again.state, State::Unchanged);
    let captured = |n: usize, text: String| {
        let article = Article {
            url: format!("https://herald.example/{n}"),
            published_ms: Some(n as i64 * 1000),
            body: Body::Text(text),
            fetched_ms: Some(n as i64 * 2000),
            ..Article::default()
        };
        let verdict = engine.ingest(article).unwrap();
        assert_eq!(verdict.first_seen_ms, n as i64 * 2000);
        verdict.state
    };
    let same = captured(5, format!("{}\n{BOX}", story(5)));
    let older = captured(6, story(7));
    assert_eq!((same, older), (State::Unchanged, State::Older));
    let gone = [
        "https://herald.example/0",
        "https://courier.example/5",
        "https://nobody.example/",
    ];
    let gone = gone.map(str::to_owned).to_vec();
    assert_eq!(
        engine.remove(&Collection::default(), gone).unwrap().removed,
        2
    );
    let live = (rows(&*store), [3, 6].map(|n| buckets(&*store, n)));
    let tables = || live.0.iter().map(|(key, _)| key[0]);
    assert!(live.0.len() > 60 && tables().any(|table| table == b'w'));
    engine.close().unwrap();
    drop((engine, store));

    std::fs::remove_dir_all(dir.path().join("index")).unwrap();
    std::fs::remove_file(dir.path().join("checkpoint")).unwrap();
    let store = open();
    assert_eq!(live, (rows(&*store), [3, 6].map(|n| buckets(&*store, n))));
}

#[test]
fn a_removed_article_leaves_only_changes_and_counts() {
    let store = Arc::new(Memory::default());
    let engine = Engine::open(Arc::clone(&store) as Arc<dyn Store>, Params::default()).unwrap();
    let url = "https://herald.example/1".to_owned();
    let article = Article {
        url: url.clone(),
        body: Body::Text(format!("{}\n\nSource: Courier", story(1))),
        ..Article::default()
    };
    engine.ingest(article).unwrap();
    engine.remove(&Collection::default(), vec![url]).unwrap();
    let rows = store.scan(b"", None, 100).unwrap();
    let tables: Vec<u8> = rows.iter().map(|(key, _)| key[0]).collect();
    // Two changes of the feed, its latest cursor, and counts.
    assert_eq!(tables, b"ffln");
}
