//! The contract of every store: filled once, checked after every open.

use super::*;
use crate::store::{Bucket, KEY_BITS, Memory};

const HOT: u64 = 0xf00d;
const ARTICLES: u64 = 400;

#[test]
fn memory_keeps_the_contract() {
    let store = Memory::default();
    fill(&store);
    check(&store);
}

#[test]
fn embedded_keeps_the_contract() {
    let dir = tempfile::tempdir().unwrap();
    let opened = open(dir.path());
    assert_eq!((opened.replayed, opened.rebuilt), (0, None));
    fill(&opened.store);
    check(&opened.store);
    assert!(opened.store.usage().unwrap().memory_bytes < 2 * tiny().memory_bytes);
    let metrics = opened.store.metrics().unwrap();
    assert!(
        metrics.syncs.count() > 0 && metrics.flushes.count() > 0,
        "{metrics:?}"
    );
    assert!(metrics.row_runs > 0 && metrics.posting_runs > 0 && metrics.filter_bytes > 0);
    drop(opened.store);

    let reopened = open(dir.path());
    let replayed = reopened.replayed;
    assert!(replayed > 0 && replayed < 3 * ARTICLES, "{replayed}");
    assert_eq!(reopened.rebuilt, None);
    check(&reopened.store);
    reopened.store.close().unwrap();
    check(&reopened.store);
    drop(reopened.store);

    let closed = open(dir.path());
    assert_eq!((closed.replayed, closed.rebuilt), (0, None));
    check(&closed.store);
    drop(closed.store);

    let mut last = (0, 0);
    let mut progress = |done, total| last = (done, total);
    let entries = Embedded::reindex(dir.path(), &tiny(), &shape(), &derive, &mut progress);
    assert_eq!(entries.unwrap(), 2 * ARTICLES + 1);
    assert!(last.0 > 0 && last.0 == last.1);
    let reindexed = open(dir.path());
    assert_eq!((reindexed.replayed, reindexed.rebuilt), (0, None));
    check(&reindexed.store);
}

fn row_key(doc: u64) -> Vec<u8> {
    format!("article/{doc:04}").into_bytes()
}

/// Returns a bucket of two documents, one of the last there can be.
fn top_key(doc: u64) -> u64 {
    (1 << KEY_BITS) - 1 - doc / 2
}

/// Returns the documents that [`fill`] does not remove again.
fn live_docs() -> impl Iterator<Item = u64> {
    (0..ARTICLES).filter(|doc| doc % 4 != 0)
}

/// Stages articles, each in the hot bucket and in some of its own. Every fourth is removed later, the
/// others get a second value.
fn fill(store: &dyn Store) {
    let first = store.reserve(ARTICLES).unwrap();
    assert_eq!(first, 0);
    for doc in 0..ARTICLES {
        let keys = [HOT, doc << 32, doc << 32 | 1, top_key(doc)];
        let mut writes = article(doc, row_key(doc), 40, keys);
        writes.seen = vec![(1, doc), (2, doc / 100)];
        stage(store, writes);
        if doc % 16 == 0 {
            store.commit().unwrap();
        }
    }
    for doc in 0..ARTICLES {
        let mut writes = Writes::default();
        if doc % 4 == 0 {
            writes.rows.insert(row_key(doc), None);
            writes.withdrawn.push(posting(doc, [HOT, doc << 32]));
        } else {
            writes.rows.insert(row_key(doc), Some(b"second".to_vec()));
        }
        stage(store, writes);
    }
    stage(store, Writes::default());
    store.commit().unwrap();
}

fn check(store: &dyn Store) {
    rows_are_the_latest(store);
    scans_are_sorted_and_limited(store);
    entries_are_found_by_document(store);
    buckets_are_capped(store);
    counters_count(store);
    let (one, two) = (store.reserve(3).unwrap(), store.reserve(1).unwrap());
    assert!(one >= ARTICLES && two >= one + 3);
}

fn rows_are_the_latest(store: &dyn Store) {
    let none = b"none".to_vec();
    let keys = [row_key(7), row_key(8), none, row_key(7), Vec::new()];
    let second = Some(b"second".to_vec());
    let expected = [second.clone(), None, None, second, None];
    assert_eq!(store.rows(&keys).unwrap(), expected);
}

fn scans_are_sorted_and_limited(store: &dyn Store) {
    let scan = |prefix: &[u8], after: Option<Vec<u8>>, limit| -> Vec<Vec<u8>> {
        let rows = store.scan(prefix, after.as_deref(), limit).unwrap();
        rows.into_iter().map(|(key, _)| key).collect()
    };
    let live: Vec<_> = live_docs().map(row_key).collect();
    assert_eq!(scan(b"", None, usize::MAX), live);
    assert_eq!(scan(b"article/", None, 5), live[..5]);
    let four = [6, 7, 9, 10].map(row_key);
    assert_eq!(scan(b"article/", Some(row_key(5)), 4), four);
    assert_eq!(scan(b"article/", Some(row_key(4)), 2), [5, 6].map(row_key));
    assert_eq!(scan(b"article/01", Some(b"a".to_vec()), 1), [row_key(101)]);
    assert_eq!(scan(b"article/01", None, 1_000).len(), 75);
    assert!(scan(b"article/", Some(b"b".to_vec()), 9).is_empty());
    assert!(scan(b"b", None, 9).is_empty());
    assert!(scan(b"", None, 0).is_empty());
}

fn entries_are_found_by_document(store: &dyn Store) {
    let entries = store.entries(&[3, ARTICLES, 399, 0, 3]).unwrap();
    let holds = |entry: &Option<Vec<u8>>| entry.as_ref().and_then(|e| decode(e).holds);
    let holds: Vec<_> = entries.iter().map(holds).collect();
    assert_eq!(holds, [Some(3), None, Some(399), Some(0), Some(3)]);
    assert!(store.entries(&[]).unwrap().is_empty());
}

fn buckets_are_capped(store: &dyn Store) {
    let keys = [HOT, 7 << 32, 8 << 32, 8 << 32 | 1, top_key(6), 12_345];
    let docs: [&[u64]; 6] = [&[1, 2, 3], &[7], &[], &[8], &[6, 7], &[]];
    let expected = keys.iter().zip(docs).map(|(key, docs)| Bucket {
        docs: tagged(*key, docs.iter().copied()),
        truncated: docs.len() == 3,
    });
    assert!(store.buckets(&keys, 3).unwrap().into_iter().eq(expected));
    let [full, none] = [true, false].map(|truncated| Bucket {
        truncated,
        ..Bucket::default()
    });
    let found = store.buckets(&[top_key(6), 12_345], 0).unwrap();
    assert_eq!(found, [full, none]);
    let all = store.buckets(&[HOT], 300).unwrap().remove(0);
    assert_eq!(all.docs, tagged(HOT, live_docs()));
    assert!(!all.truncated);
    assert!(store.buckets(&[HOT], 299).unwrap()[0].truncated);
}

fn counters_count(store: &dyn Store) {
    assert!(store.distinct(1).unwrap().abs_diff(ARTICLES) <= ARTICLES / 50);
    assert_eq!(store.distinct(2).unwrap(), 4);
    assert_eq!(store.distinct(3).unwrap(), 0);
}
