//! Checking and mending stores at rest: all damage is found, and a repair keeps every entry before it.

use std::fs;
use std::path::PathBuf;

use super::damage::{compare, files, fill_first, filled_store, flips};
use super::random::DamageRng;
use super::recovery::segments;
use super::*;
use crate::store::{Error, Memory, Repaired, StorePart, Verified};

fn verify(dir: &Path) -> Verified {
    Embedded::verify(dir, &mut |done, all| assert!(done <= all)).unwrap()
}

/// Returns the parts that a check finds damaged.
fn parts(dir: &Path) -> Vec<StorePart> {
    verify(dir).faults.iter().map(|fault| fault.part).collect()
}

fn repair(dir: &Path) -> Repaired {
    Embedded::repair(dir, &shape(), &mut |_, _| {}).unwrap()
}

/// A closed store of several segments, an article an entry.
fn closed_store() -> (tempfile::TempDir, u64) {
    let dir = tempfile::tempdir().unwrap();
    let params = EmbeddedParams {
        segment_bytes: 2 << 10,
        ..tiny()
    };
    filled_store(dir.path(), &params);
    assert!(segments(dir.path()).len() > 2);
    let entries = verify(dir.path()).entries;
    (dir, entries)
}

/// Asserts that a store opens with exactly its first entries.
fn has_first(dir: &Path, entries: u64) {
    let model = Memory::default();
    fill_first(&model, entries);
    let opened = open(dir);
    compare(&opened.store, &model).unwrap();
    opened.store.close().unwrap();
    drop(opened);
    assert_eq!(parts(dir), []);
}

fn flip(path: &Path, at: usize) {
    let mut bytes = fs::read(path).unwrap();
    bytes[at] ^= 4;
    fs::write(path, bytes).unwrap();
}

#[test]
fn a_whole_store_is_found_whole_and_stays_as_it_is() {
    let (dir, entries) = closed_store();
    let verified = verify(dir.path());
    assert!(
        verified.faults.is_empty() && verified.runs > 1,
        "{verified:?}"
    );
    assert_eq!(repair(dir.path()).index, None);
    assert_eq!(repair(dir.path()).journal, None);
    assert_eq!(repair(dir.path()).kept, entries);
    let opened = open(dir.path());
    assert_eq!((opened.rebuilt, opened.replayed), (None, 0));
    // Not at rest any more.
    let error = Embedded::verify(dir.path(), &mut |_, _| {}).unwrap_err();
    assert!(matches!(error, Error::Locked { .. }), "{error}");
    let nowhere = dir.path().join("nowhere");
    assert!(Embedded::verify(&nowhere, &mut |_, _| {}).is_err());
    assert!(!nowhere.exists());
}

#[test]
fn a_damaged_journal_is_cut_before_its_damage() {
    type Harm = fn(&[PathBuf]);
    let harms: [Harm; 6] = [
        |segments| flip(&segments[1], 200),
        |segments| flip(&segments[1], 9),
        |segments| fs::remove_file(&segments[1]).unwrap(),
        |segments| flip(segments.last().unwrap(), 50),
        |segments| {
            let last = segments.last().unwrap();
            let bytes = fs::read(last).unwrap();
            fs::write(last, &bytes[..bytes.len() - 3]).unwrap();
        },
        |segments| fs::remove_file(segments.last().unwrap()).unwrap(),
    ];
    for (at, harm) in harms.iter().enumerate() {
        let (dir, entries) = closed_store();
        harm(&segments(dir.path()));
        let bytes = |dir: &Path| {
            let lengths = files(dir)
                .into_iter()
                .map(|path| path.metadata().unwrap().len());
            lengths.sum::<u64>()
        };
        let before: u64 = bytes(&dir.path().join("journal"));
        let found = parts(dir.path());
        assert!(found.contains(&StorePart::Journal), "{at}: {found:?}");
        let error = try_open(dir.path(), &tiny()).err();
        let is_refused = matches!(error, Some(Error::Damaged { .. } | Error::Lost { .. }));
        // An open does not read the records that the checkpoint covers.
        assert!(is_refused || at == 0, "{at}: {error:?}");

        let repaired = repair(dir.path());
        assert!(repaired.journal.is_some());
        assert!((1..entries).contains(&repaired.kept), "{at}: {repaired:?}");
        assert_eq!(repaired.known, entries, "{at}");
        let kept_aside = repaired.aside.as_deref().map_or(0, bytes);
        assert_eq!(kept_aside, repaired.cut_bytes, "{at}");
        assert_eq!(
            bytes(&dir.path().join("journal")) + kept_aside,
            before,
            "{at}"
        );
        has_first(dir.path(), repaired.kept);
        assert_eq!(repair(dir.path()).journal, None, "{at}");
    }
}

#[test]
fn a_journal_without_a_whole_entry_is_left_alone() {
    let (dir, _) = closed_store();
    let first = &segments(dir.path())[0];
    flip(first, 60);
    let before = fs::read(first).unwrap();
    let error = Embedded::repair(dir.path(), &shape(), &mut |_, _| {}).unwrap_err();
    assert!(matches!(error, Error::NothingToKeep { .. }), "{error}");
    assert_eq!(fs::read(first).unwrap(), before);
}

#[test]
fn a_torn_tail_that_nobody_relies_on_is_no_damage() {
    let (dir, entries) = closed_store();
    let last = segments(dir.path()).pop().unwrap();
    let mut bytes = fs::read(&last).unwrap();
    bytes.extend([7; 30]);
    fs::write(&last, bytes).unwrap();
    assert_eq!(parts(dir.path()), [StorePart::Tail]);
    assert_eq!(repair(dir.path()).journal, None);
    has_first(dir.path(), entries);
}

#[test]
fn a_damaged_index_is_dropped() {
    let (dir, entries) = closed_store();
    for path in files(&dir.path().join("index")) {
        let length = path.metadata().unwrap().len() as usize;
        fs::write(path, vec![0; length]).unwrap();
    }
    assert_eq!(parts(dir.path()), [StorePart::Index]);
    assert!(repair(dir.path()).index.is_some());
    has_first(dir.path(), entries);
}

#[test]
fn a_lost_shape_is_written_anew() {
    let (dir, entries) = closed_store();
    let path = dir.path().join("shape");
    for at in [None, Some(20)] {
        match at {
            None => fs::remove_file(&path).unwrap(),
            Some(at) => flip(&path, at),
        }
        assert_eq!(parts(dir.path()), [StorePart::Shape]);
        assert!(try_open(dir.path(), &tiny()).is_err());
        assert!(repair(dir.path()).shape.is_some());
        has_first(dir.path(), entries);
    }
    assert!(dir.path().join("shape-damaged").exists());
}

#[test]
fn flipped_bits_of_the_journal_are_found_and_give_no_wrong_answer() {
    let original = tempfile::tempdir().unwrap();
    let model = filled_store(original.path(), &tiny());
    let (mut random, mut refused) = (DamageRng(4), 0);
    let rounds = flips() as usize * 13 / 20;
    for round in 0..rounds {
        let dir = tempfile::tempdir().unwrap();
        copy(original.path(), dir.path());
        let mut targets = files(&dir.path().join("journal"));
        targets.push(dir.path().join("shape"));
        let target = &targets[round % targets.len()];
        let mut bytes = fs::read(target).unwrap();
        let at = random.below(bytes.len() as u64) as usize;
        bytes[at] ^= 1 << random.below(8);
        fs::write(target, bytes).unwrap();
        if !target.ends_with("durable") {
            let checked = Embedded::verify(dir.path(), &mut |_, _| {});
            let found = checked.map_or(1, |verified| verified.faults.len());
            assert!(found > 0, "round {round}, {target:?}");
        }
        let answered = try_open(dir.path(), &tiny()).and_then(|opened| {
            // The checkpoint covers what is damaged: an open does not read it.
            compare(&opened.store, &model)
        });
        if let Err(error) = answered {
            let is_refusal = matches!(
                error,
                Error::Damaged { .. } | Error::Lost { .. } | Error::Mismatch { .. }
            );
            assert!(is_refusal, "round {round}, {target:?}: {error}");
            refused += 1;
        }
    }
    println!("{rounds} flips of the journal: all found, {refused} refused by the open");
}
