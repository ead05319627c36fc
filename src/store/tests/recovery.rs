//! Recovery: after a crash at any moment, a cut at any byte of the journal's end, damage, and a second
//! open.

use std::fs;
use std::ops::Range;
use std::path::PathBuf;

use super::*;
use crate::store::{Durability, Error, Memory};

/// Returns the last segment of a store's journal.
fn last_segment(dir: &Path) -> PathBuf {
    let segments = fs::read_dir(dir.join("journal"))
        .unwrap()
        .map(|entry| entry.unwrap().path());
    segments
        .filter(|path| path.extension().is_some_and(|e| e == "journal"))
        .max()
        .unwrap()
}

/// Returns where the records of a segment are.
fn records(segment: &[u8]) -> Vec<Range<usize>> {
    let (mut at, mut found) = (36, Vec::new());
    while at < segment.len() {
        let length = u32::from_le_bytes(segment[at..at + 4].try_into().unwrap()) as usize;
        found.push(at..at + 16 + length);
        at += 16 + length;
    }
    found
}

/// Stages article `doc`, with a row, two buckets and a counted thing.
fn article(store: &dyn Store, doc: u64) {
    let mut writes = Writes {
        holds: Some(doc),
        ..Writes::default()
    };
    writes
        .rows
        .insert(doc.to_be_bytes().to_vec(), Some(vec![doc as u8; 60]));
    writes.posted.push(posting(doc, [7, doc << 40]));
    writes.seen.push((0, doc));
    stage(store, writes);
}

/// Asserts that the store has exactly the articles below `count`.
fn holds_articles(store: &dyn Store, count: u64) {
    let docs: Vec<u64> = (0..count + 3).collect();
    let entries = store.entries(&docs).unwrap();
    for (doc, entry) in docs.iter().zip(entries) {
        assert_eq!(
            entry.map(|e| decode(&e).holds),
            (*doc < count).then_some(Some(*doc))
        );
    }
    let rows = store.scan(b"", None, usize::MAX).unwrap();
    assert_eq!(rows.len() as u64, count);
    assert_eq!(
        store.buckets(&[7], 9_999).unwrap()[0].docs,
        (0..count).collect::<Vec<_>>()
    );
    assert!(store.distinct(0).unwrap().abs_diff(count) <= 1 + count / 50);
}

#[test]
fn a_journal_cut_at_any_byte_keeps_its_whole_records() {
    let dir = tempfile::tempdir().unwrap();
    let params = EmbeddedParams {
        segment_bytes: 1 << 20,
        ..EmbeddedParams::default()
    };
    let store = try_open(dir.path(), &params).unwrap().store;
    let mut ends = Vec::new();
    for doc in 0..6 {
        article(&store, doc);
        store.commit().unwrap();
        ends.push(fs::metadata(last_segment(dir.path())).unwrap().len());
    }
    drop(store);
    let whole = fs::read(last_segment(dir.path())).unwrap();
    for cut in ends[2]..=ends[5] {
        fs::write(last_segment(dir.path()), &whole[..cut as usize]).unwrap();
        let opened = try_open(dir.path(), &params).unwrap();
        assert_eq!(opened.rebuilt, None);
        holds_articles(
            &opened.store,
            ends.iter().filter(|&&end| end <= cut).count() as u64,
        );
    }
    // The store can go on from there.
    let store = try_open(dir.path(), &params).unwrap().store;
    article(&store, 6);
    store.commit().unwrap();
    drop(store);
    holds_articles(&try_open(dir.path(), &params).unwrap().store, 7);
}

#[test]
fn a_journal_that_ends_before_the_checkpoint_keeps_its_entries() {
    let dir = tempfile::tempdir().unwrap();
    let store = open(dir.path()).store;
    (0..6).for_each(|doc| article(&store, doc));
    store.close().unwrap();
    drop(store);
    let segment = last_segment(dir.path());
    let bytes = fs::read(&segment).unwrap();
    fs::write(&segment, &bytes[..bytes.len() - 1]).unwrap();
    let opened = open(dir.path());
    assert!(
        opened
            .rebuilt
            .unwrap()
            .contains("the journal ends at entry 5, the checkpoint at 6")
    );
    holds_articles(&opened.store, 5);
}

#[test]
fn damage_in_the_middle_is_refused_with_its_offset() {
    let dir = tempfile::tempdir().unwrap();
    let params = EmbeddedParams {
        segment_bytes: 1 << 20,
        ..EmbeddedParams::default()
    };
    let store = try_open(dir.path(), &params).unwrap().store;
    (0..6).for_each(|doc| article(&store, doc));
    store.commit().unwrap();
    drop(store);
    let segment = last_segment(dir.path());
    let whole = fs::read(&segment).unwrap();
    for record in &records(&whole)[..5] {
        for byte in record.clone().step_by(3) {
            let mut bytes = whole.clone();
            bytes[byte] ^= 0x10;
            fs::write(&segment, bytes).unwrap();
            match try_open(dir.path(), &params).map(|opened| opened.replayed) {
                Err(Error::Damaged {
                    path, offset: at, ..
                }) => {
                    assert_eq!((path, at), (segment.clone(), record.start as u64));
                }
                other => panic!("byte {byte}: {other:?}"),
            }
        }
    }
    for byte in 0..36 {
        let mut bytes = whole.clone();
        bytes[byte] ^= 1;
        fs::write(&segment, bytes).unwrap();
        assert!(matches!(
            try_open(dir.path(), &params),
            Err(Error::Damaged { offset: 0, .. })
        ));
    }
}

#[test]
fn the_loss_of_a_durable_record_is_reported() {
    let dir = tempfile::tempdir().unwrap();
    let store = try_open(dir.path(), &EmbeddedParams::default())
        .unwrap()
        .store;
    (0..3).for_each(|doc| article(&store, doc));
    store.commit().unwrap();
    drop(store);
    let segment = last_segment(dir.path());
    let whole = fs::read(&segment).unwrap();
    let last = records(&whole)[2].clone();
    let mut bytes = whole.clone();
    bytes[last.end - 1] ^= 1;
    fs::write(&segment, bytes).unwrap();
    match try_open(dir.path(), &EmbeddedParams::default()).map(|opened| opened.replayed) {
        Err(Error::Damaged { offset, .. }) => assert_eq!(offset, last.start as u64),
        other => panic!("{other:?}"),
    }
    fs::write(&segment, &whole[..last.end - 1]).unwrap();
    let opened = try_open(dir.path(), &EmbeddedParams::default()).unwrap();
    assert_eq!(opened.lost, 1);
    holds_articles(&opened.store, 2);
    drop(opened);
    let opened = try_open(dir.path(), &EmbeddedParams::default()).unwrap();
    assert_eq!(opened.lost, 0, "it is reported once");
}

#[test]
fn a_lost_cut_or_damaged_segment_is_refused() {
    let original = tempfile::tempdir().unwrap();
    let store = open(original.path()).store;
    (0..300).for_each(|doc| article(&store, doc));
    store.commit().unwrap();
    drop(store);
    fs::remove_file(original.path().join("checkpoint")).unwrap();
    let journal = original.path().join("journal");
    let mut segments: Vec<_> = fs::read_dir(journal)
        .unwrap()
        .map(|e| e.unwrap().file_name())
        .collect();
    segments.retain(|name| name != "durable");
    segments.sort();
    assert!(segments.len() > 3);
    for segment in &segments[..segments.len() - 1] {
        for damage in 0..3 {
            let dir = tempfile::tempdir().unwrap();
            copy(original.path(), dir.path());
            let path = dir.path().join("journal").join(segment);
            let mut bytes = fs::read(&path).unwrap();
            match damage {
                0 => fs::remove_file(&path).unwrap(),
                1 => fs::write(&path, &bytes[..bytes.len() - 5]).unwrap(),
                _ => {
                    let last = bytes.len() - 1;
                    bytes[last] ^= 1;
                    fs::write(&path, bytes).unwrap();
                }
            }
            let error = try_open(dir.path(), &tiny())
                .map(|opened| opened.replayed)
                .unwrap_err();
            assert!(matches!(error, Error::Damaged { .. }), "{damage}: {error}");
        }
    }
}

#[test]
fn records_that_no_commit_covered_may_be_torn_in_any_order() {
    let dir = tempfile::tempdir().unwrap();
    let params = EmbeddedParams {
        segment_bytes: 1 << 20,
        ..EmbeddedParams::default()
    };
    let store = try_open(dir.path(), &params).unwrap().store;
    (0..4).for_each(|doc| article(&store, doc));
    store.commit().unwrap();
    (4..8).for_each(|doc| article(&store, doc));
    drop(store);
    let segment = last_segment(dir.path());
    let mut bytes = fs::read(&segment).unwrap();
    let torn = records(&bytes)[5].clone();
    bytes[torn].fill(0);
    fs::write(&segment, bytes).unwrap();
    holds_articles(&try_open(dir.path(), &params).unwrap().store, 5);
}

#[test]
fn a_crash_at_any_moment_changes_no_answer() {
    let dir = tempfile::tempdir().unwrap();
    let params = EmbeddedParams {
        durability: Durability::Os,
        ..tiny()
    };
    let store = try_open(dir.path(), &params).unwrap().store;
    let model = Memory::new();
    for doc in 0..240 {
        article(&store, doc);
        article(&model, doc);
        // Rows that depend on their old value reveal a replay that starts from the wrong state.
        add_one(&store, &[b'n', (doc % 3) as u8]);
        if doc % 12 == 0 {
            let image = tempfile::tempdir().unwrap();
            copy(dir.path(), image.path());
            let crashed = try_open(image.path(), &params).unwrap().store;
            let docs: Vec<u64> = (0..=doc).collect();
            assert_eq!(
                crashed.entries(&docs).unwrap(),
                model.entries(&docs).unwrap()
            );
            assert_eq!(
                crashed.buckets(&[7], 999).unwrap(),
                model.buckets(&[7], 999).unwrap()
            );
            let counts = |store: &Embedded| store.scan(b"n", None, 9).unwrap();
            assert_eq!(counts(&crashed), counts(&store));
        }
    }
    let counts = store.scan(b"n", None, 9).unwrap();
    assert!(
        counts
            .iter()
            .all(|(_, count)| count == &80_u64.to_le_bytes())
    );
}

#[test]
fn a_second_open_is_refused_and_another_shape_too() {
    let dir = tempfile::tempdir().unwrap();
    let first = open(dir.path());
    assert!(matches!(
        try_open(dir.path(), &tiny()),
        Err(Error::Locked { .. })
    ));
    drop(first);
    let refusal = |shape: &[(&str, &str)]| {
        let shape: Vec<_> = shape
            .iter()
            .map(|(n, v)| ((*n).to_owned(), (*v).to_owned()))
            .collect();
        match Embedded::open(dir.path(), &tiny(), &shape, &derive) {
            Err(error @ Error::Mismatch { .. }) => error.to_string(),
            other => panic!("{:?}", other.map(|opened| opened.replayed)),
        }
    };
    let other = refusal(&[("bands", "32"), ("rows", "3")]);
    assert!(
        other.contains("made with rows = 4, and is opened with rows = 3"),
        "{other}"
    );
    let fewer = refusal(&[("bands", "32")]);
    assert!(
        fewer.contains("rows = 4, and is opened with rows = (none)"),
        "{fewer}"
    );
    let more = refusal(&[("bands", "32"), ("rows", "4"), ("seed", "1")]);
    assert!(
        more.contains("made with seed = (none), and is opened with seed = 1"),
        "{more}"
    );
}

#[test]
fn many_threads_commit_while_one_stages() {
    let dir = tempfile::tempdir().unwrap();
    let store = open(dir.path()).store;
    std::thread::scope(|scope| {
        for _ in 0..3 {
            scope.spawn(|| (0..50).for_each(|_| store.commit().unwrap()));
        }
        scope.spawn(|| (0..200).for_each(|_| drop(store.buckets(&[7], 9).unwrap())));
        (0..300).for_each(|doc| article(&store, doc));
    });
    store.close().unwrap();
    holds_articles(&store, 300);
}
