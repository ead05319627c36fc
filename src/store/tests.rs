//! The contract that every store keeps, and the failures that the embedded one survives.

mod contract;
mod damage;
mod disk;
mod faults;
mod model;
mod power_loss;
mod random;
mod rebuilding;
mod recovery;
mod repair;

use std::error::Error as StdError;
use std::path::Path;
use std::sync::Arc;

pub(crate) use self::damage::files;
use super::{Embedded, EmbeddedParams, Opened, Posting, Read, Store, TAG_BITS, Writes};

/// Returns a number from the environment, for the long form of a test.
fn number_from(name: &str, default: u64) -> u64 {
    std::env::var(name).map_or(default, |number| number.parse().unwrap())
}

fn encode(writes: &Writes) -> Vec<u8> {
    postcard::to_allocvec(writes).unwrap()
}

fn decode(entry: &[u8]) -> Writes {
    postcard::from_bytes(entry).unwrap()
}

/// Derives the changes of a test's entry. An entry that begins with `+` increments the row under the
/// rest of it, so its changes depend on the rows before it.
fn derive(reader: &dyn Read, entry: &[u8]) -> Result<Writes, Box<dyn StdError + Send + Sync>> {
    let Some(row) = entry.strip_prefix(b"+") else {
        return Ok(decode(entry));
    };
    let old = reader.rows(&[row.to_vec()])?.remove(0);
    let count = old.map_or(0, |bytes| u64::from_le_bytes(bytes.try_into().unwrap()));
    let value = (count + 1).to_le_bytes().to_vec();
    Ok(Writes {
        rows: [(row.to_vec(), Some(value))].into(),
        ..Writes::default()
    })
}

fn stage(store: &dyn Store, writes: Writes) {
    store.stage(encode(&writes), writes).unwrap();
}

/// Increments a row as a caller would: derives the changes, then stages them.
fn add_one(store: &Embedded, row: &[u8]) {
    let entry = [b"+", row].concat();
    let writes = derive(store, &entry).unwrap();
    store.stage(entry, writes).unwrap();
}

fn posting(doc: u64, buckets: impl IntoIterator<Item = u64>) -> Posting {
    let key = |bucket| bucket << TAG_BITS | tag(doc, bucket);
    Posting {
        doc,
        keys: buckets.into_iter().map(key).collect(),
    }
}

/// Returns the tag of a document in a bucket.
fn tag(doc: u64, bucket: u64) -> u64 {
    (doc * 7 + bucket) % (1 << TAG_BITS)
}

fn tagged(bucket: u64, docs: impl IntoIterator<Item = u64>) -> Vec<u64> {
    let tagged = |doc| doc << TAG_BITS | tag(doc, bucket);
    docs.into_iter().map(tagged).collect()
}

/// Returns the changes of a new article: its row, with a value of some length, and its buckets.
fn article(
    doc: u64,
    row: Vec<u8>,
    value_bytes: usize,
    keys: impl IntoIterator<Item = u64>,
) -> Writes {
    Writes {
        rows: [(row, Some(vec![doc as u8; value_bytes]))].into(),
        posted: vec![posting(doc, keys)],
        holds: Some(doc),
        ..Writes::default()
    }
}

/// Sizes at which a few dozen entries cause flushes, merges and new segments.
fn tiny() -> EmbeddedParams {
    EmbeddedParams {
        memory_bytes: 16 << 10,
        segment_bytes: 8 << 10,
        cache_bytes: 1 << 20,
        ..EmbeddedParams::default()
    }
}

fn shape() -> Vec<(String, String)> {
    let shape = [("bands", "32"), ("rows", "4")];
    shape.map(|(n, v)| (n.to_owned(), v.to_owned())).into()
}

fn try_open(dir: &Path, params: &EmbeddedParams) -> super::Result<Opened> {
    Embedded::open(dir, params, &shape(), &derive)
}

fn open(dir: &Path) -> Opened {
    try_open(dir, &tiny()).unwrap()
}

/// Opens a store on a disk for tests.
fn open_on(
    disk: &Arc<disk::TestDisk>,
    dir: &Path,
    params: &EmbeddedParams,
) -> super::Result<Opened> {
    let disk: Arc<dyn super::embedded::disk::Disk> = disk.clone();
    Embedded::open_on(&disk, dir, params, &shape(), &derive, &mut |_, _| {})
}

/// Stages article `doc`, with a row, two buckets and a counted thing.
fn stage_article(store: &dyn Store, doc: u64) {
    try_stage_article(store, doc).unwrap();
}

fn try_stage_article(store: &dyn Store, doc: u64) -> super::Result<()> {
    let mut writes = article(doc, doc.to_be_bytes().to_vec(), 60, [7, doc << 30]);
    writes.seen.push((0, doc));
    store.stage(encode(&writes), writes)
}

/// Asserts that the store has exactly the articles below `count`.
fn holds_articles(store: &dyn Store, count: u64) {
    let docs: Vec<u64> = (0..count + 3).collect();
    let entries = store.entries(&docs).unwrap();
    for (doc, entry) in docs.iter().zip(entries) {
        let expected = (*doc < count).then_some(Some(*doc));
        assert_eq!(entry.map(|e| decode(&e).holds), expected);
    }
    assert_eq!(articles_in(store), count);
    let bucket = store.buckets(&[7], 9_999).unwrap().remove(0);
    assert_eq!(bucket.docs, tagged(7, 0..count));
    assert!(store.distinct(0).unwrap().abs_diff(count) <= 1 + count / 50);
}

/// Returns the number of articles.
fn articles_in(store: &dyn Store) -> u64 {
    store.scan(b"", None, usize::MAX).unwrap().len() as u64
}

/// Copies a directory as a crash at this moment would leave it. Files that disappear meanwhile are left
/// out.
fn copy(from: &Path, to: &Path) {
    std::fs::create_dir_all(to).unwrap();
    let entries = match std::fs::read_dir(from) {
        Err(error) if error.kind() == std::io::ErrorKind::NotFound => return,
        entries => entries.unwrap(),
    };
    for entry in entries {
        let entry = entry.unwrap();
        let target = to.join(entry.file_name());
        if entry.file_type().unwrap().is_dir() {
            copy(&entry.path(), &target);
        } else if let Err(error) = std::fs::copy(entry.path(), target) {
            assert_eq!(error.kind(), std::io::ErrorKind::NotFound);
        }
    }
}
