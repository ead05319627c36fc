//! A store that rebuilds its index in place when it is found to be damaged while it is in use.
//!
//! The journal is not touched by such damage, and has everything but the staged entries, which are
//! written to it first. So the index that is rebuilt from it has every entry that was ever visible, under
//! the same document numbers: callers lose nothing, and only wait.

use std::fs::File;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::path::Path;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError, RwLock, RwLockReadGuard, TryLockError};
use std::thread;
use std::time::Duration;

use super::catalogue::open_locked;
use super::{Embedded, Opened};
use crate::store::{
    Bucket, Derive, Error, JournalSegment, KeepEntry, Read, Rebuild, Result, Row, SnapshotSummary,
    Store, StoreMetrics, StoreState, Usage, Writes,
};

/// How long to wait for disk space to rebuild.
const FULL_DISK_WAIT: Duration = Duration::from_millis(500);
/// How often to begin to rebuild an index before a person must look.
const ATTEMPTS: u32 = 3;

/// The store of one machine, which rebuilds its index without being asked. Operations fail with
/// [`Error::Rebuilding`] meanwhile.
pub struct SelfRebuilding(Arc<Rebuilder>);

/// Opens the store, whose lock this process has, and reports the progress. With a reason, its index is
/// rebuilt whatever its state.
type Reopen =
    dyn Fn(&Arc<File>, Option<String>, &mut dyn FnMut(u64, u64)) -> Result<Opened> + Send + Sync;

struct Rebuilder {
    /// `None` while it is rebuilt, and if that failed.
    current: RwLock<Option<Embedded>>,
    state: Mutex<StoreState>,
    reopen: Box<Reopen>,
    is_closed: AtomicBool,
}

impl SelfRebuilding {
    /// Wraps an open store. `shape` and `derive` are those that it was opened with.
    pub fn new(
        store: Embedded,
        shape: Vec<(String, String)>,
        derive: impl Derive + Send + 'static,
    ) -> Self {
        let shared = &store.shared;
        let (disk, dir) = (shared.disk.clone(), shared.dir.clone());
        let params = shared.params.clone();
        let reopen = move |lock: &Arc<File>, why, progress: &mut dyn FnMut(u64, u64)| {
            let at = (&disk, &*dir, lock);
            open_locked(at, &params, &shape, &derive, why, progress)
        };
        Self(Arc::new(Rebuilder {
            current: RwLock::new(Some(store)),
            state: Mutex::new(StoreState::Serving),
            reopen: Box::new(reopen),
            is_closed: AtomicBool::new(false),
        }))
    }

    /// Calls the store. If that reveals damage of the index, it is rebuilt. Never waits for a rebuild.
    fn call<T>(&self, work: impl FnOnce(&Embedded) -> Result<T>) -> Result<T> {
        let current = self.0.current();
        let Some(store) = current.as_ref().and_then(|current| current.as_ref()) else {
            return Err(match self.0.state().clone() {
                StoreState::Stopped(why) => Error::Stopped(why),
                StoreState::Serving | StoreState::Rebuilding(_) => Error::Rebuilding,
            });
        };
        let done = work(store);
        match store.shared.damage() {
            Some(why) if done.is_err() => {
                self.begin(why);
                Err(Error::Rebuilding)
            }
            _ => done,
        }
    }

    /// Begins to rebuild the index in the background, unless that has begun.
    fn begin(&self, why: &str) {
        let mut state = self.0.state();
        if *state != StoreState::Serving {
            return;
        }
        let rebuilder = Arc::clone(&self.0);
        let thread = thread::Builder::new().name("rebuilder".to_owned());
        *state = match thread.spawn(move || rebuilder.run()) {
            Ok(_) => StoreState::Rebuilding(Rebuild {
                why: why.to_owned(),
                ..Rebuild::default()
            }),
            Err(error) => StoreState::Stopped(format!("{why}; failed to rebuild it: {error}")),
        };
    }
}

impl Rebuilder {
    fn state(&self) -> MutexGuard<'_, StoreState> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Returns the store; `None` while it is replaced. A call that takes long, a snapshot for instance, keeps the
    /// rebuild waiting, but not other calls.
    fn current(&self) -> Option<RwLockReadGuard<'_, Option<Embedded>>> {
        match self.current.try_read() {
            Ok(current) => Some(current),
            Err(TryLockError::Poisoned(current)) => Some(current.into_inner()),
            Err(TryLockError::WouldBlock) => None,
        }
    }

    fn progress(&self, done: u64, all: u64) {
        if let StoreState::Rebuilding(rebuild) = &mut *self.state() {
            (rebuild.done_bytes, rebuild.all_bytes) = (done, all);
        }
    }

    /// Replaces the store, once the calls in progress have ended, by one with a new index.
    fn run(&self) {
        let current = || self.current.write().unwrap_or_else(PoisonError::into_inner);
        let damaged = current()
            .take()
            .expect("only one thread takes it at a time");
        let rebuilt = catch_unwind(AssertUnwindSafe(|| self.rebuild(damaged)));
        let panicked = |_| Err(Error::Stopped("the rebuild panicked".to_owned()));
        let state = match rebuilt.unwrap_or_else(panicked) {
            Ok(store) => {
                *current() = Some(store);
                StoreState::Serving
            }
            Err(error) => StoreState::Stopped(format!("failed to rebuild the index: {error}")),
        };
        *self.state() = state;
    }

    fn rebuild(&self, damaged: Embedded) -> Result<Embedded> {
        self.while_full(|| damaged.shared.write_staged().map(drop))?;
        let next_doc = damaged.shared.next_doc();
        let lock = damaged.into_lock();
        let mut attempts = 1..ATTEMPTS;
        // Once is enough: if the disk is full then, the rebuild goes on from its last checkpoint.
        let mut why = Some("it was damaged while in use".to_owned());
        let opened = self.while_full(|| {
            loop {
                let mut progress = |done, all| self.progress(done, all);
                match (self.reopen)(&lock, why.take(), &mut progress) {
                    // The new index is damaged, too.
                    Err(Error::Index(_)) if attempts.next().is_some() => {}
                    opened => return opened,
                }
            }
        })?;
        // Numbers that were reserved, and not staged yet.
        opened.store.shared.raise_next_doc(next_doc);
        Ok(opened.store)
    }

    /// Tries again for as long as the disk is full.
    fn while_full<T>(&self, mut work: impl FnMut() -> Result<T>) -> Result<T> {
        loop {
            match work() {
                Err(Error::Full { .. }) if !self.is_closed.load(Ordering::Acquire) => {
                    thread::sleep(FULL_DISK_WAIT);
                }
                done => return done,
            }
        }
    }
}

impl Drop for SelfRebuilding {
    fn drop(&mut self) {
        self.0.is_closed.store(true, Ordering::Release);
    }
}

impl Read for SelfRebuilding {
    fn rows(&self, keys: &[Vec<u8>]) -> Result<Vec<Option<Vec<u8>>>> {
        self.call(|store| store.rows(keys))
    }

    fn scan(&self, prefix: &[u8], after: Option<&[u8]>, limit: usize) -> Result<Vec<Row>> {
        self.call(|store| store.scan(prefix, after, limit))
    }

    fn entries(&self, docs: &[u64]) -> Result<Vec<Option<Vec<u8>>>> {
        self.call(|store| store.entries(docs))
    }

    fn buckets(&self, keys: &[u64], cap: usize) -> Result<Vec<Bucket>> {
        self.call(|store| store.buckets(keys, cap))
    }

    fn distinct(&self, counter: u8) -> Result<u64> {
        self.call(|store| store.distinct(counter))
    }
}

impl Store for SelfRebuilding {
    fn reserve(&self, n: u64) -> Result<u64> {
        self.call(|store| store.reserve(n))
    }

    fn stage(&self, entry: Vec<u8>, writes: Writes) -> Result<()> {
        self.call(|store| store.stage(entry, writes))
    }

    fn commit(&self) -> Result<()> {
        self.call(Store::commit)
    }

    /// Also begins to rebuild the index, if a thread of the store's found it damaged.
    fn state(&self) -> StoreState {
        let state = self.0.state().clone();
        if state != StoreState::Serving {
            return state;
        }
        let current = self.0.current();
        let Some(store) = current.as_ref().and_then(|current| current.as_ref()) else {
            return state;
        };
        match store.shared.damage() {
            Some(why) => {
                self.begin(why);
                self.0.state().clone()
            }
            None => store.state(),
        }
    }

    fn usage(&self) -> Result<Usage> {
        self.call(Store::usage)
    }

    fn metrics(&self) -> Result<StoreMetrics> {
        self.call(Store::metrics)
    }

    fn segments(&self) -> Result<Vec<JournalSegment>> {
        self.call(Store::segments)
    }

    fn read_segment(&self, first: u64, each: &mut dyn FnMut(&[u8]) -> bool) -> Result<()> {
        self.call(|store| store.read_segment(first, each))
    }

    fn end_segment(&self) -> Result<()> {
        self.call(Store::end_segment)
    }

    fn compact_segments(&self, first: u64, last: u64, keep: &mut KeepEntry<'_>) -> Result<bool> {
        self.call(|store| store.compact_segments(first, last, keep))
    }

    fn compact_index(&self) -> Result<()> {
        self.call(Store::compact_index)
    }

    fn copy_to(&self, to: &Path) -> Result<Option<SnapshotSummary>> {
        self.call(|store| store.copy_to(to))
    }

    /// While the index is being rebuilt there is nothing to flush: the next open rebuilds it.
    fn close(&self) -> Result<()> {
        match self.call(Store::close) {
            Err(Error::Rebuilding) => {
                self.0.is_closed.store(true, Ordering::Release);
                Ok(())
            }
            closed => closed,
        }
    }
}
