//! Damage of the index while the store is in use: it is rebuilt in place, and nothing is lost.

use std::fs;
use std::io::Write as _;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::mpsc;
use std::thread;
use std::time::{Duration, Instant};

use super::damage::{ARTICLES, compare, files, filled_store, keys_of};
use super::*;
use crate::store::{Error, Memory, Rebuild, Result, SelfRebuilding, StoreState};

/// Overwrites all that is stored of the runs, in place.
fn damage_index(dir: &Path) {
    let index = dir.join("index");
    if !index.is_dir() {
        return;
    }
    for path in files(&index) {
        let length = fs::metadata(&path).map_or(0, |metadata| metadata.len() as usize);
        // It may be gone by now: runs come and go.
        if let Ok(mut file) = fs::File::options().write(true).open(path) {
            file.write_all(&vec![0; length]).unwrap();
        }
    }
}

fn open_self_rebuilding(dir: &Path) -> SelfRebuilding {
    SelfRebuilding::new(open(dir).store, shape(), derive)
}

fn wait_until_serving(store: &SelfRebuilding) {
    let start = Instant::now();
    while store.state() != StoreState::Serving {
        assert!(
            start.elapsed() < Duration::from_secs(20),
            "{:?}",
            store.state()
        );
        thread::sleep(Duration::from_millis(5));
    }
}

/// Repeats what fails because the index is being rebuilt.
fn patiently<T>(work: impl Fn() -> Result<T>) -> T {
    loop {
        match work() {
            Err(Error::Rebuilding) => thread::sleep(Duration::from_millis(5)),
            done => return done.unwrap(),
        }
    }
}

fn stage_next(store: &dyn Store, doc: u64) -> Result<()> {
    let writes = article(doc, doc.to_be_bytes().to_vec(), 70, keys_of(doc).chain([7]));
    store.stage(encode(&writes), writes)
}

#[test]
fn a_damaged_index_is_rebuilt_while_the_store_is_in_use() {
    let dir = tempfile::tempdir().unwrap();
    let model = filled_store(dir.path(), &tiny());
    let store = open_self_rebuilding(dir.path());
    // Staged, and not in the journal yet.
    stage_next(&store, ARTICLES).unwrap();
    stage_next(&model, ARTICLES).unwrap();
    let reserved = store.reserve(3).unwrap();
    damage_index(dir.path());
    assert!(matches!(compare(&store, &model), Err(Error::Rebuilding)));
    wait_until_serving(&store);
    compare(&store, &model).unwrap();
    assert!(
        store.reserve(1).unwrap() >= reserved + 3,
        "no number is given twice"
    );
    store.commit().unwrap();
    drop(store);
    let opened = open(dir.path());
    assert_eq!(opened.rebuilt, None);
    compare(&opened.store, &model).unwrap();
}

#[test]
fn damage_while_threads_read_and_write_loses_nothing() {
    let dir = tempfile::tempdir().unwrap();
    let (store, model) = (open_self_rebuilding(dir.path()), Memory::default());
    let is_done = AtomicBool::new(false);
    thread::scope(|scope| {
        for _ in 0..2 {
            scope.spawn(|| {
                while !is_done.load(Ordering::Relaxed) {
                    let bucket = patiently(|| store.buckets(&[7], 9_999)).remove(0);
                    assert!(bucket.docs.is_sorted());
                }
            });
        }
        for doc in 0..ARTICLES {
            patiently(|| stage_next(&store, doc));
            stage_next(&model, doc).unwrap();
            if doc % 10 == 0 {
                patiently(|| store.commit());
            }
            if doc % 40 == 39 {
                damage_index(dir.path());
            }
        }
        is_done.store(true, Ordering::Relaxed);
    });
    // Reads find the last damage, or the compactor has.
    while compare(&store, &model).is_err() {
        wait_until_serving(&store);
    }
    store.commit().unwrap();
    store.close().unwrap();
}

/// Asserts that reads are refused at once, and returns the progress of the rebuild; `None` once they are not
/// refused any more.
fn refused_at_once(store: &SelfRebuilding) -> Option<Rebuild> {
    let begun = Instant::now();
    let refused = [
        store.rows(&[vec![1]]).err(),
        store.scan(b"", None, 9).err(),
        store.entries(&[1]).err(),
        store.buckets(&[7], 9).err(),
        store.distinct(0).err(),
        store.usage().err(),
    ];
    let state = store.state();
    assert!(begun.elapsed() < Duration::from_secs(1), "{state:?}");
    for error in refused {
        let error = error?;
        assert!(matches!(error, Error::Rebuilding), "{error}");
    }
    match state {
        StoreState::Rebuilding(rebuild) => Some(rebuild),
        _ => None,
    }
}

#[test]
fn reads_are_refused_at_once_while_a_large_index_is_rebuilt() {
    let dir = tempfile::tempdir().unwrap();
    let model = filled_store(dir.path(), &tiny());
    // As slow as a large one.
    let slow = |reader: &dyn Read, entry: &[u8]| {
        thread::sleep(Duration::from_millis(10));
        derive(reader, entry)
    };
    let store = SelfRebuilding::new(open(dir.path()).store, shape(), slow);
    let first = store.segments().unwrap()[0].first;
    let (begun, is_begun) = mpsc::channel();
    let (end, ends) = mpsc::channel::<()>();
    thread::scope(|scope| {
        // A call that takes long, for which the rebuild waits.
        let store = &store;
        let long = move || {
            let mut begun = Some(begun);
            store.read_segment(first, &mut |_| {
                if let Some(begun) = begun.take() {
                    begun.send(()).unwrap();
                }
                ends.recv().is_ok()
            })
        };
        let long = scope.spawn(long);
        is_begun.recv().unwrap();
        damage_index(dir.path());
        assert!(compare(store, &model).is_err());
        // What is whole can be read until the rebuild is about to begin.
        let start = Instant::now();
        while refused_at_once(store).is_none() {
            assert!(start.elapsed() < Duration::from_secs(20));
        }
        for _ in 0..20 {
            let rebuild = refused_at_once(store).expect("it waits for the long call");
            assert_eq!(rebuild.all_bytes, 0);
            thread::sleep(Duration::from_millis(5));
        }
        drop(end);
        long.join().unwrap().unwrap();
    });
    // The rebuild begins when its thread wakes up.
    let start = Instant::now();
    while refused_at_once(&store).is_none() {
        assert!(start.elapsed() < Duration::from_secs(20));
    }
    let mut seen = Vec::new();
    while let Some(rebuild) = refused_at_once(&store) {
        assert!(rebuild.done_bytes <= rebuild.all_bytes, "{rebuild:?}");
        seen.push(rebuild.done_bytes);
        thread::sleep(Duration::from_millis(5));
    }
    assert!(seen.is_sorted(), "{seen:?}");
    seen.dedup();
    assert!(seen.len() > 5, "no progress: {seen:?}");
    compare(&store, &model).unwrap();
}

#[test]
fn a_store_that_cannot_be_rebuilt_stops() {
    let dir = tempfile::tempdir().unwrap();
    filled_store(dir.path(), &tiny());
    let store = open_self_rebuilding(dir.path());
    damage_index(dir.path());
    // The journal, too.
    let segment = dir.path().join("journal/00000000000000000001.journal");
    let mut bytes = fs::read(&segment).unwrap();
    bytes[40] ^= 1;
    fs::write(&segment, bytes).unwrap();
    let read = || store.scan(b"", None, 999);
    assert!(matches!(read(), Err(Error::Rebuilding)));
    let start = Instant::now();
    while !matches!(store.state(), StoreState::Stopped(_)) {
        assert!(start.elapsed() < Duration::from_secs(20));
        thread::sleep(Duration::from_millis(5));
    }
    let error = read().unwrap_err().to_string();
    assert!(
        error.contains("failed to rebuild the index: damaged: "),
        "{error}"
    );
}
