//! Recovery: after a crash at any moment, a cut at any byte of the journal's end, damage, and a second
//! open.

use std::fs;
use std::ops::Range;
use std::path::PathBuf;

use super::*;
use crate::store::{Durability, Error, Memory};

/// Returns the segments of a store's journal, in order.
pub fn segments(dir: &Path) -> Vec<PathBuf> {
    let files = fs::read_dir(dir.join("journal")).unwrap();
    let mut segments: Vec<_> = files.map(|entry| entry.unwrap().path()).collect();
    segments.retain(|path| path.extension().is_some_and(|e| e == "journal"));
    segments.sort();
    segments
}

/// Returns the last segment of a store's journal.
fn last_segment(dir: &Path) -> PathBuf {
    segments(dir).pop().unwrap()
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

/// Opens a store whose journal stays in one segment.
fn open_large(dir: &Path) -> Result<Opened, Error> {
    try_open(dir, &EmbeddedParams::default())
}

/// Articles of a commit, in one record.
const GROUP: u64 = 3;

/// Writes groups of articles as records, of which only the first are synced. Returns the segment they
/// are in, and its content.
fn write_groups(dir: &Path, synced: u64, written: u64) -> (PathBuf, Vec<u8>) {
    let store = open_large(dir).unwrap().store;
    let note = dir.join("journal/durable");
    let mut noted = Vec::new();
    for group in 0..written {
        (0..GROUP).for_each(|doc| stage_article(&store, group * GROUP + doc));
        store.commit().unwrap();
        if group < synced {
            noted = fs::read(&note).unwrap();
        }
    }
    fs::write(&note, noted).unwrap();
    let segment = last_segment(dir);
    let bytes = fs::read(&segment).unwrap();
    (segment, bytes)
}

/// Returns where an open finds damage; `None` if it finds none or something else.
fn damage_found(dir: &Path) -> Option<(PathBuf, usize)> {
    match open_large(dir) {
        Err(Error::Damaged { path, offset, .. }) => Some((path, offset as usize)),
        _ => None,
    }
}

#[test]
fn a_journal_cut_at_any_byte_keeps_its_whole_records() {
    let dir = tempfile::tempdir().unwrap();
    let store = open_large(dir.path()).unwrap().store;
    let note = dir.path().join("journal/durable");
    let (mut ends, mut docs, mut notes) = (Vec::new(), 0, Vec::new());
    for group in 1..=6 {
        (docs..docs + group).for_each(|doc| stage_article(&store, doc));
        docs += group;
        store.commit().unwrap();
        ends.push(fs::metadata(last_segment(dir.path())).unwrap().len());
        notes.push(fs::read(&note).unwrap());
    }
    drop(store);
    let segment = last_segment(dir.path());
    let whole = fs::read(&segment).unwrap();
    for cut in ends[2]..=ends[5] {
        let whole_records = ends.iter().filter(|&&end| end <= cut).count();
        // All were acknowledged: the loss is refused, and nothing is changed.
        fs::write(&segment, &whole[..cut as usize]).unwrap();
        fs::write(&note, &notes[5]).unwrap();
        if whole_records < 6 {
            assert_eq!(lost(dir.path()), Some((whole_records as u64, 6)));
            assert_eq!(fs::metadata(&segment).unwrap().len(), cut);
        }
        // Only those were acknowledged that are whole.
        fs::write(&note, &notes[whole_records - 1]).unwrap();
        let opened = open_large(dir.path()).unwrap();
        assert_eq!(opened.rebuilt, None);
        let whole_records = whole_records as u64;
        holds_articles(&opened.store, whole_records * (whole_records + 1) / 2);
    }
    // The store can go on from there.
    let store = open_large(dir.path()).unwrap().store;
    stage_article(&store, docs);
    store.commit().unwrap();
    drop(store);
    holds_articles(&open_large(dir.path()).unwrap().store, docs + 1);
}

/// Returns the number of records after which an open finds the journal cut, and of those acknowledged;
/// `None` if it finds something else. Record `n` has `n` entries.
fn lost(dir: &Path) -> Option<(u64, u64)> {
    let records = |entries: u64| (0..).find(|n| n * (n + 1) / 2 == entries);
    match open_large(dir) {
        Err(Error::Lost {
            end, acknowledged, ..
        }) => Some((records(end)?, records(acknowledged)?)),
        _ => None,
    }
}

#[test]
fn a_torn_tail_is_refused_if_nothing_says_whether_it_was_acknowledged() {
    let dir = tempfile::tempdir().unwrap();
    let (segment, whole) = write_groups(dir.path(), 3, 3);
    let note = dir.path().join("journal/durable");
    let noted = fs::read(&note).unwrap();
    let last = records(&whole)[2].clone();
    let mut flipped = noted.clone();
    flipped[0] ^= 1;
    for damaged in [&noted[..5], &flipped[..], &[]] {
        fs::write(&segment, &whole[..last.end - 1]).unwrap();
        fs::write(&note, damaged).unwrap();
        let expected = Some((segment.clone(), last.start));
        assert_eq!(damage_found(dir.path()), expected);
        // Without a torn tail, nothing is missed.
        fs::write(&segment, &whole).unwrap();
        holds_articles(&open_large(dir.path()).unwrap().store, 3 * GROUP);
        assert_eq!(fs::read(&note).unwrap(), noted);
    }
}

#[test]
fn a_journal_that_ends_before_the_checkpoint_is_refused() {
    let dir = tempfile::tempdir().unwrap();
    let store = open(dir.path()).store;
    for doc in 0..6 {
        stage_article(&store, doc);
        store.commit().unwrap();
    }
    store.close().unwrap();
    drop(store);
    let segment = last_segment(dir.path());
    let bytes = fs::read(&segment).unwrap();
    fs::write(&segment, &bytes[..bytes.len() - 1]).unwrap();
    fs::remove_file(dir.path().join("journal/durable")).unwrap();
    let Err(error) = try_open(dir.path(), &tiny()) else {
        panic!("it opened");
    };
    let expected = "ends after entry 5, and entries up to 6 were acknowledged";
    assert!(error.to_string().contains(expected), "{error}");
}

#[test]
fn damage_in_the_middle_is_refused_with_its_offset() {
    let dir = tempfile::tempdir().unwrap();
    let (segment, whole) = write_groups(dir.path(), 6, 6);
    for record in &records(&whole)[..5] {
        for byte in record.clone().step_by(3) {
            let mut bytes = whole.clone();
            bytes[byte] ^= 0x10;
            fs::write(&segment, bytes).unwrap();
            let expected = Some((segment.clone(), record.start));
            assert_eq!(damage_found(dir.path()), expected, "byte {byte}");
        }
    }
    for byte in 0..36 {
        let mut bytes = whole.clone();
        bytes[byte] ^= 1;
        fs::write(&segment, bytes).unwrap();
        assert_eq!(damage_found(dir.path()), Some((segment.clone(), 0)));
    }
}

#[test]
fn damage_to_the_last_durable_record_is_refused() {
    let dir = tempfile::tempdir().unwrap();
    let (segment, whole) = write_groups(dir.path(), 3, 3);
    let last = records(&whole)[2].clone();
    let mut bytes = whole.clone();
    bytes[last.end - 1] ^= 1;
    fs::write(&segment, bytes).unwrap();
    let expected = Some((segment.clone(), last.start));
    assert_eq!(damage_found(dir.path()), expected);
}

#[test]
fn a_lost_cut_or_damaged_segment_is_refused() {
    let original = tempfile::tempdir().unwrap();
    let store = open(original.path()).store;
    for doc in 0..700 {
        stage_article(&store, doc);
        store.commit().unwrap();
    }
    drop(store);
    fs::remove_file(original.path().join("checkpoint")).unwrap();
    let segments = segments(original.path());
    assert!(segments.len() > 3);
    for at in 0..segments.len() - 1 {
        for damage in 0..3 {
            let dir = tempfile::tempdir().unwrap();
            copy(original.path(), dir.path());
            let path = self::segments(dir.path()).remove(at);
            let mut bytes = fs::read(&path).unwrap();
            match damage {
                0 => fs::remove_file(&path).unwrap(),
                1 => fs::write(&path, &bytes[..bytes.len() - 5]).unwrap(),
                _ => {
                    *bytes.last_mut().unwrap() ^= 1;
                    fs::write(&path, bytes).unwrap();
                }
            }
            let error = try_open(dir.path(), &tiny()).err();
            let is_damaged = matches!(error, Some(Error::Damaged { .. }));
            assert!(is_damaged, "{damage}: {error:?}");
        }
    }
}

#[test]
fn records_that_no_commit_covered_may_be_torn_in_any_order() {
    let dir = tempfile::tempdir().unwrap();
    let (segment, mut bytes) = write_groups(dir.path(), 4, 8);
    let torn = records(&bytes)[5].clone();
    bytes[torn].fill(0);
    fs::write(&segment, bytes).unwrap();
    holds_articles(&open_large(dir.path()).unwrap().store, 5 * GROUP);
}

#[test]
fn a_kill_loses_what_no_commit_covered() {
    let dir = tempfile::tempdir().unwrap();
    let store = open_large(dir.path()).unwrap().store;
    (0..40).for_each(|doc| stage_article(&store, doc));
    store.commit().unwrap();
    (40..45).for_each(|doc| stage_article(&store, doc));
    holds_articles(&store, 45);
    drop(store);
    let opened = open_large(dir.path()).unwrap();
    assert_eq!(opened.replayed, 40);
    holds_articles(&opened.store, 40);
}

#[test]
fn staged_entries_are_written_before_they_are_too_many() {
    let dir = tempfile::tempdir().unwrap();
    let store = open_large(dir.path()).unwrap().store;
    (0..3_000).for_each(|doc| stage_article(&store, doc));
    drop(store);
    let opened = open_large(dir.path()).unwrap();
    assert!((1_000..3_000).contains(&opened.replayed));
    holds_articles(&opened.store, opened.replayed);
}

#[test]
fn an_entry_of_any_size_is_read_back_or_refused() {
    let dir = tempfile::tempdir().unwrap();
    let store = open_large(dir.path()).unwrap().store;
    let stage = |doc: u64, bytes: usize| {
        let writes = Writes {
            holds: Some(doc),
            ..Writes::default()
        };
        let mut entry = encode(&writes);
        entry.resize(bytes, 0);
        store.stage(entry, writes)
    };
    let sizes = [100, 128 << 20, 200, 100_000, 50_000, 300_000, 9];
    for (doc, bytes) in (0..).zip(sizes) {
        stage(doc, bytes).unwrap();
    }
    stage(77, (128 << 20) + 1).unwrap_err();
    store.commit().unwrap();
    drop(store);
    let store = open_large(dir.path()).unwrap().store;
    for (doc, bytes) in (0..).zip(sizes) {
        let entry = store.entries(&[doc]).unwrap().remove(0).unwrap();
        assert_eq!((decode(&entry).holds, entry.len()), (Some(doc), bytes));
    }
    assert_eq!(store.entries(&[77]).unwrap(), [None]);
}

#[test]
fn a_crash_at_any_moment_changes_no_answer() {
    let dir = tempfile::tempdir().unwrap();
    let params = EmbeddedParams {
        durability: Durability::Os,
        ..tiny()
    };
    let store = try_open(dir.path(), &params).unwrap().store;
    let model = Memory::default();
    for doc in 0..240 {
        stage_article(&store, doc);
        stage_article(&model, doc);
        // Rows that depend on their old value reveal a replay that starts from the wrong state.
        add_one(&store, &[b'n', (doc % 3) as u8]);
        if doc % 12 == 0 {
            store.commit().unwrap();
            let image = tempfile::tempdir().unwrap();
            copy(dir.path(), image.path());
            let crashed = try_open(image.path(), &params).unwrap().store;
            let docs: Vec<u64> = (0..=doc).collect();
            let answers = |store: &dyn Store| {
                let buckets = store.buckets(&[7], 999).unwrap();
                (store.entries(&docs).unwrap(), buckets)
            };
            assert_eq!(answers(&crashed), answers(&model));
            let counts = |store: &Embedded| store.scan(b"n", None, 9).unwrap();
            assert_eq!(counts(&crashed), counts(&store));
        }
    }
    let counts = store.scan(b"n", None, 9).unwrap();
    let mut counts = counts.iter().map(|(_, count)| count);
    assert!(counts.all(|count| count == &80_u64.to_le_bytes()));
}

#[test]
fn a_second_open_is_refused_and_another_shape_too() {
    let dir = tempfile::tempdir().unwrap();
    let first = open(dir.path());
    let second = try_open(dir.path(), &tiny());
    let error = second.map(|opened| opened.replayed).unwrap_err();
    assert!(matches!(error, Error::Locked { .. }));
    let holder = format!("is open in process {}, since 20", std::process::id());
    assert!(error.to_string().contains(&holder), "{error}");
    drop(first);
    let (bands, rows, seed) = (("bands", "32"), ("rows", "4"), ("seed", "1"));
    let cases = [
        (vec![bands, ("rows", "3")], ["rows", "4", "3"]),
        (vec![bands], ["rows", "4", "(none)"]),
        (vec![bands, rows, seed], ["seed", "(none)", "1"]),
    ];
    for (shape, [name, stored, given]) in cases {
        let shape = shape
            .iter()
            .map(|(n, v)| ((*n).to_owned(), (*v).to_owned()));
        let shape: Vec<_> = shape.collect();
        let opened = Embedded::open(dir.path(), &tiny(), &shape, &derive);
        let Err(error @ Error::Mismatch { .. }) = opened.map(|opened| opened.replayed) else {
            panic!("opened with {shape:?}");
        };
        let expected = format!("made with {name} = {stored}, and is opened with {name} = {given}");
        assert!(error.to_string().contains(&expected), "{error}");
    }
}

#[test]
fn a_store_of_a_lower_version_is_brought_up_to_date() {
    let dir = tempfile::tempdir().unwrap();
    let open = |shape: &[(&str, &str)]| {
        let shape = shape
            .iter()
            .map(|(n, v)| ((*n).to_owned(), (*v).to_owned()));
        Embedded::open(dir.path(), &tiny(), &shape.collect::<Vec<_>>(), &derive)
    };
    let store = open(&[("bands", "32"), ("text_version", "2")])
        .unwrap()
        .store;
    (0..9).for_each(|doc| stage_article(&store, doc));
    store.close().unwrap();
    drop(store);
    let refused = |shape: &[(&str, &str)]| matches!(open(shape), Err(Error::Mismatch { .. }));
    assert!(refused(&[("bands", "32"), ("text_version", "1")]));
    assert!(refused(&[("bands", "32")]));
    assert!(refused(&[("bands", "16"), ("text_version", "3")]));
    let now = [
        ("bands", "32"),
        ("text_version", "3"),
        ("id_version", "2"),
        ("share", ".5"),
    ];
    let opened = open(&now).unwrap();
    let why = opened.rebuilt.unwrap();
    assert!(
        why.contains("text_version = 2, and this program has 3"),
        "{why}"
    );
    holds_articles(&opened.store, 9);
    drop(opened.store);
    assert_eq!(open(&now).unwrap().rebuilt, None);
    assert!(refused(&[("bands", "32"), ("text_version", "2")]));
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
        (0..300).for_each(|doc| stage_article(&store, doc));
    });
    store.close().unwrap();
    holds_articles(&store, 300);
}
