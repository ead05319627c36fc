//! The contract that every store keeps, and the failures that the embedded one survives.

mod contract;
mod damage;
mod model;
mod recovery;

use std::error::Error as StdError;
use std::path::Path;

use super::{Embedded, EmbeddedParams, Opened, Posting, Read, Store, Writes};

/// A test's entry: postcard of the fields of [`Writes`].
type WritesFields = (
    Vec<(Vec<u8>, Option<Vec<u8>>)>,
    Vec<(u64, Vec<u64>)>,
    Vec<(u64, Vec<u64>)>,
    Option<u64>,
    Vec<(u8, u64)>,
);

fn encode(writes: &Writes) -> Vec<u8> {
    let postings = |of: &[Posting]| {
        of.iter()
            .map(|p| (p.doc, p.keys.clone()))
            .collect::<Vec<_>>()
    };
    let rows: Vec<_> = writes.rows.clone().into_iter().collect();
    let (posted, withdrawn) = (postings(&writes.posted), postings(&writes.withdrawn));
    let fields: WritesFields = (rows, posted, withdrawn, writes.holds, writes.seen.clone());
    postcard::to_allocvec(&fields).unwrap()
}

fn decode(entry: &[u8]) -> Writes {
    let (rows, posted, withdrawn, holds, seen): WritesFields = postcard::from_bytes(entry).unwrap();
    let postings = |of: Vec<(u64, Vec<u64>)>| {
        of.into_iter()
            .map(|(doc, keys)| Posting { doc, keys })
            .collect::<Vec<_>>()
    };
    let (posted, withdrawn) = (postings(posted), postings(withdrawn));
    Writes {
        rows: rows.into_iter().collect(),
        posted,
        withdrawn,
        holds,
        seen,
    }
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
    store.stage(&encode(&writes), writes).unwrap();
}

/// Increments a row as a caller would: derives the changes, then stages them.
fn add_one(store: &Embedded, row: &[u8]) {
    let entry = [b"+", row].concat();
    let writes = derive(store, &entry).unwrap();
    store.stage(&entry, writes).unwrap();
}

fn posting(doc: u64, keys: impl IntoIterator<Item = u64>) -> Posting {
    Posting {
        doc,
        keys: keys.into_iter().collect(),
    }
}

/// Sizes at which a few dozen entries cause flushes, merges and new segments.
fn tiny() -> EmbeddedParams {
    let (memory_bytes, segment_bytes, cache_bytes) = (16 << 10, 8 << 10, 1 << 20);
    EmbeddedParams {
        memory_bytes,
        segment_bytes,
        cache_bytes,
        ..EmbeddedParams::default()
    }
}

fn shape() -> Vec<(String, String)> {
    vec![
        ("bands".to_owned(), "32".to_owned()),
        ("rows".to_owned(), "4".to_owned()),
    ]
}

fn try_open(dir: &Path, params: &EmbeddedParams) -> super::Result<Opened> {
    Embedded::open(dir, params, &shape(), &derive)
}

fn open(dir: &Path) -> Opened {
    try_open(dir, &tiny()).unwrap()
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
