//! Failing operations on files: an operation fails once, whichever it is. Nothing is acknowledged after
//! it that a restart does not have, and unless the disk was only full, nothing more is written.

use std::io::ErrorKind;
use std::sync::Arc;
use std::thread;
use std::time::{Duration, Instant};

use super::disk::TestDisk;
use super::*;
use crate::store::{Error, StoreState};

/// Articles of a commit.
const GROUP: u64 = 3;
const COMMITS: u64 = 10;

/// A segment for every few records; one flush, when the store is closed.
fn params() -> EmbeddedParams {
    EmbeddedParams {
        segment_bytes: 1 << 10,
        ..EmbeddedParams::default()
    }
}

/// What happened until a store was closed, or failed.
#[derive(Debug, Default)]
struct FaultOutcome {
    /// Articles of the commits that succeeded.
    acknowledged: u64,
    /// The first error, if there was one.
    error: Option<Error>,
}

/// Creates a store, commits articles, and closes it.
fn work(disk: &Arc<TestDisk>, dir: &Path) -> FaultOutcome {
    let mut outcome = FaultOutcome::default();
    let opened = match open_on(disk, dir, &params()) {
        Ok(opened) => opened,
        Err(error) => {
            outcome.error = Some(error);
            return outcome;
        }
    };
    let store = opened.store;
    let while_open = disk.operations();
    let mut staged = 0;
    for _ in 0..COMMITS {
        let committed = (0..GROUP)
            .try_for_each(|_| {
                try_stage_article(&store, staged)?;
                staged += 1;
                Ok::<(), Error>(())
            })
            .and_then(|()| store.commit());
        match committed {
            Ok(()) => outcome.acknowledged = staged,
            Err(error) => outcome.error = outcome.error.or(Some(error)),
        }
    }
    let closed = store.close();
    outcome.error = outcome.error.or(closed.err());
    if disk.must_stop(while_open) {
        stops(&store);
    }
    outcome
}

/// Asserts that the store stops within a second, and then writes nothing more.
fn stops(store: &Embedded) {
    let start = Instant::now();
    while store.state() == StoreState::Serving {
        assert!(start.elapsed() < Duration::from_secs(1), "it goes on");
        thread::sleep(Duration::from_millis(1));
    }
    assert!(matches!(
        try_stage_article(store, 999),
        Err(Error::Stopped(_))
    ));
    assert!(matches!(store.commit(), Err(Error::Stopped(_))));
}

/// Fails every operation in turn, until none is left to fail. Returns how many there were.
fn fail_each(how: ErrorKind) -> usize {
    for at in 0.. {
        let dir = tempfile::tempdir().unwrap();
        let disk = Arc::new(TestDisk::failing(at, how));
        let outcome = work(&disk, dir.path());
        if !disk.has_failed() {
            assert!(outcome.error.is_none(), "{:?}", outcome.error);
            return at;
        }
        let store = open_on(&Arc::new(TestDisk::new()), dir.path(), &params())
            .unwrap_or_else(|error| panic!("operation {at}: {error}"))
            .store;
        let found = articles_in(&store);
        assert!(found >= outcome.acknowledged, "operation {at}: {outcome:?}");
        holds_articles(&store, found);
    }
    unreachable!("some run has fewer operations")
}

#[test]
fn an_operation_that_fails_stops_the_store() {
    assert!(fail_each(ErrorKind::Other) > 80);
}

#[test]
fn an_operation_on_a_full_disk_loses_nothing() {
    assert!(fail_each(ErrorKind::StorageFull) > 80);
}

#[test]
fn writes_stop_before_the_disk_is_full() {
    let dir = tempfile::tempdir().unwrap();
    let disk = Arc::new(TestDisk::new());
    let store = open_on(&disk, dir.path(), &params()).unwrap().store;
    let write = |doc| try_stage_article(&store, doc).and_then(|()| store.commit());
    write(0).unwrap();
    disk.set_free(params().reserve_bytes - 1);
    assert!(matches!(write(1), Err(Error::Full { .. })));
    assert!(
        matches!(write(2), Err(Error::Full { .. })),
        "nothing more is staged"
    );
    holds_articles(&store, 2);
    assert_eq!(store.state(), StoreState::Serving);
    drop(store);
    // A start on the full disk has what was acknowledged.
    let store = open_on(&disk, dir.path(), &params()).unwrap().store;
    holds_articles(&store, 1);
    let write = |doc| try_stage_article(&store, doc).and_then(|()| store.commit());
    assert!(matches!(write(1), Err(Error::Full { .. })));
    disk.set_free(params().reserve_bytes);
    write(2).unwrap();
    holds_articles(&store, 3);
}

#[test]
fn a_small_disk_keeps_a_share_free() {
    let dir = tempfile::tempdir().unwrap();
    let disk = Arc::new(TestDisk::new());
    let params = EmbeddedParams {
        reserve_bytes: u64::MAX,
        ..params()
    };
    let store = open_on(&disk, dir.path(), &params).unwrap().store;
    let write = |doc| try_stage_article(&store, doc).and_then(|()| store.commit());
    disk.set_free(TestDisk::TOTAL / 20);
    write(0).unwrap();
    disk.set_free(TestDisk::TOTAL / 20 - (1 << 20));
    assert!(matches!(write(1), Err(Error::Full { .. })));
}
