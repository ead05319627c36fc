//! Damage to the derived files: never a wrong answer, and never a panic that escapes. Either the open
//! rebuilds the index, or the store stops with an error when it reads the damage and the next open
//! rebuilds the index.

use std::fs;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::path::PathBuf;
use std::thread;
use std::time::Duration;

use super::random::DamageRng;
use super::*;
use crate::store::{Error, Memory, Result};

pub const ARTICLES: u64 = 150;

/// How many bits are flipped in all, one in a copy of a store: seven of twenty in its index, the others in
/// its journal. `WIRECOPY_FLIPS` says another number.
pub fn flips() -> u64 {
    number_from("WIRECOPY_FLIPS", 200)
}

/// Enough for runs with blocks that an open does not read.
pub fn keys_of(doc: u64) -> impl Iterator<Item = u64> {
    (0..24).map(move |key| key << 39 | doc << 8)
}

fn fill(store: &dyn Store) {
    fill_first(store, ARTICLES);
}

/// Stages the first articles, each an entry.
pub fn fill_first(store: &dyn Store, articles: u64) {
    for doc in 0..articles {
        let row = doc.to_be_bytes().to_vec();
        let mut writes = article(doc, row, 70, keys_of(doc).chain([7]));
        if doc > 20 {
            writes.rows.insert((doc - 20).to_be_bytes().to_vec(), None);
            writes.withdrawn.push(posting(doc - 20, [7]));
        }
        stage(store, writes);
    }
}

/// Fills a new store and a model, and closes the store.
pub fn filled_store(dir: &Path, params: &EmbeddedParams) -> Memory {
    let (store, model) = (try_open(dir, params).unwrap().store, Memory::default());
    fill(&store);
    fill(&model);
    store.close().unwrap();
    model
}

/// Compares all answers of two stores. An error is a refusal, a difference a wrong answer.
pub fn compare(store: &dyn Store, model: &dyn Store) -> Result<()> {
    let docs: Vec<u64> = (0..ARTICLES + 1).collect();
    let rows: Vec<_> = docs.iter().map(|doc| doc.to_be_bytes().to_vec()).collect();
    let keys = docs.iter().flat_map(|&doc| keys_of(doc));
    let keys: Vec<u64> = keys.chain([7]).collect();
    assert_eq!(store.rows(&rows)?, model.rows(&rows)?);
    assert_eq!(store.buckets(&keys, 999)?, model.buckets(&keys, 999)?);
    assert_eq!(store.scan(b"", None, 999)?, model.scan(b"", None, 999)?);
    assert_eq!(store.entries(&docs)?, model.entries(&docs)?);
    Ok(())
}

/// Lists the files below a folder, in order.
pub fn files(dir: &Path) -> Vec<PathBuf> {
    let mut found = Vec::new();
    for entry in fs::read_dir(dir).unwrap() {
        let path = entry.unwrap().path();
        match path.is_dir() {
            true => found.extend(files(&path)),
            false => found.push(path),
        }
    }
    found.sort();
    found
}

/// Lets the compactor finish its merges and removals, so that all files are in use.
fn settle(dir: &Path) {
    let store = open(dir).store;
    let mut seen = (Vec::new(), 0);
    while seen.1 < 10 {
        thread::sleep(Duration::from_millis(20));
        let now = files(&dir.join("index"));
        seen = match now == seen.0 {
            true => (now, seen.1 + 1),
            false => (now, 0),
        };
    }
    store.close().unwrap();
}

/// Returns the length without zeros at the end.
fn filled(bytes: &[u8]) -> u64 {
    let last = bytes.iter().rposition(|&byte| byte != 0);
    last.map_or(0, |last| last as u64 + 1)
}

fn is_named(path: &Path, prefix: &str) -> bool {
    let name = path.file_name().unwrap().to_string_lossy();
    name.starts_with(prefix)
}

/// Damages copies of a closed store, and counts the outcomes: no effect, rebuilt at open, or stopped
/// when read and rebuilt at the next open. Returns how many had an effect.
fn damaged(rounds: u64, what: &str, harm: impl Fn(&mut DamageRng, &mut Vec<u8>)) -> u32 {
    let original = tempfile::tempdir().unwrap();
    let model = filled_store(original.path(), &tiny());
    settle(original.path());
    let (mut seed, mut same, mut rebuilt, mut stopped) = (DamageRng(20), 0, 0, 0);
    for round in 0..rounds {
        let dir = tempfile::tempdir().unwrap();
        copy(original.path(), dir.path());
        let mut targets = files(&dir.path().join("index"));
        targets.push(dir.path().join("checkpoint"));
        if round % 2 == 1 {
            // Forces the locations to be found again, and sled to be asked.
            let locations = targets.extract_if(.., |path| is_named(path, "locations"));
            locations.for_each(|path| fs::remove_file(path).unwrap());
        }
        // Small files that sled soon replaces.
        targets.retain(|path| !path.ends_with("conf") && !is_named(path, "snap."));
        let target = &targets[round as usize / 2 % targets.len()];
        let mut bytes = fs::read(target).unwrap();
        harm(&mut seed, &mut bytes);
        fs::write(target, bytes).unwrap();
        let outcome = catch_unwind(AssertUnwindSafe(|| {
            let opened = try_open(dir.path(), &tiny())?;
            compare(&opened.store, &model)?;
            stage(&opened.store, Writes::default());
            opened.store.close()?;
            Ok::<_, Error>(opened.rebuilt.is_some())
        }));
        match outcome.unwrap_or_else(|_| panic!("round {round}, {target:?}")) {
            Ok(false) => same += 1,
            Ok(true) => rebuilt += 1,
            Err(error) => {
                let is_refusal = matches!(error, Error::Index(_) | Error::Stopped(_));
                assert!(is_refusal, "{error}");
                let opened = open(dir.path());
                let is_rebuilt = opened.rebuilt.is_some();
                assert!(is_rebuilt, "round {round}, {target:?}: {error}");
                compare(&opened.store, &model).unwrap();
                stopped += 1;
            }
        }
    }
    println!(
        "{rounds} {what} of the index: {same} without effect, {rebuilt} met by the open, {stopped} by reads"
    );
    rebuilt + stopped
}

#[test]
fn flipped_bits_give_no_wrong_answer() {
    let flip = |seed: &mut DamageRng, bytes: &mut Vec<u8>| {
        if !bytes.is_empty() {
            // Most of sled's file is empty: aim at the filled part, three times out of four.
            let range = match seed.below(4) {
                0 => bytes.len() as u64,
                _ => filled(bytes),
            };
            bytes[seed.below(range) as usize] ^= 1 << seed.below(8);
        }
    };
    assert!(damaged(flips() * 7 / 20, "flips", flip) > 10);
}

#[test]
fn truncated_files_give_no_wrong_answer() {
    let cut = |seed: &mut DamageRng, bytes: &mut Vec<u8>| {
        let kept = seed.below(filled(bytes) + 1) as usize;
        bytes.truncate(kept);
    };
    assert!(damaged(24, "cuts", cut) > 5);
}

#[test]
fn missing_locations_are_found_again() {
    let dir = tempfile::tempdir().unwrap();
    // Enough memory for a single flush: two runs, and nothing to merge.
    let params = EmbeddedParams::default();
    let model = filled_store(dir.path(), &params);
    let locations = || -> Vec<PathBuf> {
        let all = files(&dir.path().join("index")).into_iter();
        all.filter(|path| is_named(path, "locations")).collect()
    };
    let before = locations();
    assert_eq!(before.len(), 2);
    for path in &before {
        fs::remove_file(path).unwrap();
    }
    let opened = try_open(dir.path(), &params).unwrap();
    assert_eq!(opened.rebuilt, None);
    assert_eq!(locations(), before);
    compare(&opened.store, &model).unwrap();
}

#[test]
fn a_missing_index_is_rebuilt() {
    let dir = tempfile::tempdir().unwrap();
    let model = filled_store(dir.path(), &tiny());
    fs::remove_dir_all(dir.path().join("index")).unwrap();
    let opened = open(dir.path());
    assert!(opened.rebuilt.unwrap().contains("is missing"));
    assert_eq!(opened.replayed, ARTICLES);
    compare(&opened.store, &model).unwrap();
    drop(opened.store);
    fs::remove_file(dir.path().join("checkpoint")).unwrap();
    let opened = open(dir.path());
    assert_eq!(opened.rebuilt.unwrap(), "the checkpoint is missing");
    compare(&opened.store, &model).unwrap();
}
