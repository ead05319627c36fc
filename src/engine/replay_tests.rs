//! A replayed journal gives the same rows as the live path, byte for byte, with notices, furniture,
//! walls and updates in it.

use std::sync::{Arc, Mutex};

use super::{Article, Body, Engine, Params};
use crate::id::Collection;
use crate::record::derive;
use crate::store::{Bucket, Memory, Prefetched, Read, Result, Row, Store, Usage, Writes};

/// A store that remembers its entries.
#[derive(Default)]
struct Recording {
    inner: Memory,
    entries: Mutex<Vec<Vec<u8>>>,
}

impl Read for Recording {
    fn rows(&self, keys: &[Vec<u8>]) -> Result<Vec<Option<Vec<u8>>>> {
        self.inner.rows(keys)
    }

    fn scan(&self, prefix: &[u8], after: Option<&[u8]>, limit: usize) -> Result<Vec<Row>> {
        self.inner.scan(prefix, after, limit)
    }

    fn entries(&self, docs: &[u64]) -> Result<Vec<Option<Vec<u8>>>> {
        self.inner.entries(docs)
    }

    fn buckets(&self, keys: &[u64], cap: usize) -> Result<Vec<Bucket>> {
        self.inner.buckets(keys, cap)
    }

    fn prefetch(&self, keys: &[u64], cap: usize) -> Result<Prefetched> {
        self.inner.prefetch(keys, cap)
    }

    fn buckets_prefetched(
        &self,
        keys: &[u64],
        cap: usize,
        prefetched: &Prefetched,
    ) -> Result<Vec<Bucket>> {
        self.inner.buckets_prefetched(keys, cap, prefetched)
    }

    fn distinct(&self, counter: u8) -> Result<u64> {
        self.inner.distinct(counter)
    }
}

impl Store for Recording {
    fn reserve(&self, n: u64) -> Result<u64> {
        self.inner.reserve(n)
    }

    fn stage(&self, entry: &[u8], writes: Writes) -> Result<()> {
        self.entries.lock().unwrap().push(entry.to_vec());
        self.inner.stage(entry, writes)
    }

    fn commit(&self) -> Result<()> {
        self.inner.commit()
    }

    fn usage(&self) -> Result<Usage> {
        self.inner.usage()
    }

    fn close(&self) -> Result<()> {
        self.inner.close()
    }
}

fn story(n: usize) -> String {
    let words: Vec<String> = (0..50).map(|word| format!("s{n}w{word}")).collect();
    words.join(" ")
}

const BOX: &str = "Every morning at six, all that happened overnight: sign up for our letter.";

#[test]
fn a_replayed_journal_gives_the_same_rows() {
    let store = Arc::new(Recording::default());
    let params = Params {
        threads: 1,
        ..Params::default()
    };
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
    engine.close().unwrap();

    let replayed = Memory::default();
    for entry in store.entries.lock().unwrap().iter() {
        let writes = derive(&replayed, entry, &params.sketch).unwrap();
        replayed.stage(entry, writes).unwrap();
    }
    let all = |store: &dyn Read| store.scan(b"", None, usize::MAX).unwrap();
    let (live, again) = (all(&*store), all(&replayed));
    assert!(live.len() > 60 && live.iter().any(|(key, _)| key[0] == b'w'));
    assert_eq!(live, again);
    for n in [3, 6] {
        let text = crate::text::shingles("", &story(n), &[]);
        let keys = crate::record::sketch_keys("default", &text, &params.sketch).all();
        let buckets = |store: &dyn Read| store.buckets(&keys, 100).unwrap();
        assert_eq!(buckets(&*store), buckets(&replayed));
    }
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
