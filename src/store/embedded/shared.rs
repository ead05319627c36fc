//! What the store's callers and its keeper share: the journal's end, the tables, the runs.
//!
//! Locks are taken in one order, `log` before `state`, and none is held while anything is made
//! durable, save when a full segment of the journal is left.

use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::sync::{Arc, Condvar, Mutex, MutexGuard, OnceLock, PoisonError, RwLock};
use std::sync::{RwLockReadGuard, RwLockWriteGuard};

use super::checkpoint::Checkpoint;
use super::counters::{Counters, Stored};
use super::gather::{Gather, Told};
use super::journal::{Failure, Journal, Mark, Place, Records};
use super::levels::{Levels, View};
use super::lists::Spare;
use super::pages::Pages;
use super::params::{Durability, EmbeddedParams};
use super::segment::HEADER_BYTES;
use super::syncer::Syncer;
use super::table::Table;
use super::unpacked::Unpacked;
use crate::store::{Bucket, Error, Prefetched, Read, Result, Row, Usage, Writes};

/// The open store.
pub(super) struct Shared {
    /// Its directory.
    pub dir: PathBuf,
    /// Its parameters.
    pub params: EmbeddedParams,
    /// The runs on disk.
    pub pages: Pages,
    /// Blocks of rows that were read lately.
    unpacked: Unpacked,
    /// Set when the keeper has to leave.
    pub is_leaving: AtomicBool,
    /// The keeper waits here for a table to write out, with `log`.
    pub work: Condvar,
    /// Writers wait here until there is room for a new table, with `log`.
    pub room: Condvar,
    records: Records,
    syncer: Syncer,
    log: Mutex<Log>,
    state: RwLock<State>,
    next_doc: AtomicU64,
    stopped: OnceLock<String>,
    condemned: Mutex<Option<String>>,
}

/// The writers' side.
pub(super) struct Log {
    /// Where entries are appended.
    pub journal: Journal,
    /// Behind the last entry that the tables have; short of the journal's end only during replay.
    pub applied: Mark,
    /// Behind the last entry of the last table that was frozen.
    pub frozen: Mark,
    /// The disk has no room for the frozen table.
    pub is_starved: bool,
    /// Memory for the next table.
    pub spare: Spare,
}

/// The readers' side.
struct State {
    active: Table,
    frozen: Option<Arc<Frozen>>,
    levels: Arc<Levels>,
    counters: Counters,
}

/// A table that takes in nothing more, with all that a checkpoint at its end needs.
pub(super) struct Frozen {
    /// The table.
    pub table: Arc<Table>,
    /// Behind its last entry.
    pub mark: Mark,
    /// The first document number not given then.
    pub next_doc: u64,
    /// The counters then.
    pub counters: Stored,
}

/// What the runs say of some buckets.
struct OfRuns {
    levels: Arc<Levels>,
    told: Told,
}

impl Shared {
    /// Puts the store together; the tables are as the checkpoint left them.
    pub(super) fn new(
        dir: &Path,
        params: &EmbeddedParams,
        pages: Pages,
        journal: Journal,
        checkpoint: &Checkpoint,
        levels: Levels,
    ) -> Result<Self> {
        let journal_dir = super::journal_dir(dir);
        let state = State {
            active: Table::default(),
            frozen: None,
            levels: Arc::new(levels),
            counters: Counters::load(&checkpoint.counters)?,
        };
        let (applied, frozen) = (checkpoint.mark, checkpoint.mark);
        Ok(Self {
            dir: dir.to_owned(),
            params: params.clone(),
            pages,
            unpacked: Unpacked::new(params.cache_bytes),
            is_leaving: AtomicBool::new(false),
            work: Condvar::new(),
            room: Condvar::new(),
            records: Records::new(&journal_dir),
            syncer: Syncer::new(&super::note(dir), journal.mark().sequence),
            log: Mutex::new(Log {
                journal,
                applied,
                frozen,
                is_starved: false,
                spare: Spare::default(),
            }),
            state: RwLock::new(state),
            next_doc: AtomicU64::new(checkpoint.next_doc),
            stopped: OnceLock::new(),
            condemned: Mutex::new(None),
        })
    }

    /// Returns the first of `n` new document numbers.
    pub(super) fn reserve(&self, n: u64) -> Result<u64> {
        self.check()?;
        Ok(self.next_doc.fetch_add(n, Ordering::Relaxed))
    }

    /// Appends an entry to the journal and takes in what it changes.
    pub(super) fn stage(&self, entry: &[u8], writes: Writes) -> Result<()> {
        let mut log = self.wait_for_room(self.log()?)?;
        let filled = log.journal.segment_bytes();
        if filled >= self.params.segment_bytes && filled > HEADER_BYTES {
            let sequence = log.journal.mark().sequence;
            let (file, path) = log.journal.file();
            self.syncer
                .sync(sequence, || (Arc::clone(&file), path.clone(), sequence))
                .map_err(|error| self.stop_under(&log, error))?;
            log.journal.next_segment()?;
        }
        let place = match log.journal.append(entry) {
            Ok(place) => place,
            Err(Failure {
                error,
                is_final: true,
            }) => return Err(self.stop_under(&log, error)),
            Err(Failure {
                error,
                is_final: false,
            }) => return Err(error),
        };
        let mark = log.journal.mark();
        self.apply(&mut log, writes, place, mark);
        Ok(())
    }

    /// Takes in what an entry of the journal changes, again.
    pub(super) fn replay(&self, writes: Writes, place: Place, mark: Mark) -> Result<()> {
        let mut log = self.wait_for_room(self.log()?)?;
        self.apply(&mut log, writes, place, mark);
        Ok(())
    }

    fn apply(&self, log: &mut Log, writes: Writes, place: Place, mark: Mark) {
        if let Some(doc) = writes.holds {
            self.next_doc
                .fetch_max(doc.saturating_add(1), Ordering::Relaxed);
        }
        let mut state = self.state_mut();
        for &(counter, thing) in &writes.seen {
            state.counters.see(counter, thing);
        }
        state.active.apply(writes, place);
        log.applied = mark;
    }

    /// Makes durable whatever was staged before the call.
    pub(super) fn commit(&self) -> Result<()> {
        self.check()?;
        match self.params.durability {
            Durability::Os => Ok(()),
            Durability::Fsync => {
                let wanted = self.log()?.journal.mark().sequence;
                self.sync_journal(wanted)
            }
        }
    }

    /// Makes the journal durable up to an entry. Does not hold the writers up.
    pub(super) fn sync_journal(&self, wanted: u64) -> Result<()> {
        let latest = || {
            let log = self.log.lock().unwrap_or_else(PoisonError::into_inner);
            let (file, path) = log.journal.file();
            (file, path, log.journal.mark().sequence)
        };
        self.syncer
            .sync(wanted, latest)
            .map_err(|error| self.stop(error))
    }

    /// Waits until all that was staged is in the index, and the checkpoint says so.
    pub(super) fn drain(&self) -> Result<()> {
        let mut log = self.log()?;
        loop {
            self.check()?;
            let is_writing = self.state().frozen.is_some();
            if is_writing && log.is_starved {
                return Err(Error::Full {
                    path: self.dir.clone(),
                });
            }
            if !is_writing && log.applied == log.frozen {
                return Ok(());
            }
            if !is_writing {
                self.freeze(&mut log)?;
            }
            log = self.room.wait(log).map_err(|_| self.poisoned())?;
        }
    }

    /// Returns once the active table may grow: a full one is frozen, and if the one before it is
    /// not written out yet, the writer waits. So memory is bounded, and nothing queues up.
    fn wait_for_room<'a>(&'a self, mut log: MutexGuard<'a, Log>) -> Result<MutexGuard<'a, Log>> {
        loop {
            self.check()?;
            let state = self.state();
            let most = self.params.memory_bytes;
            let most = most
                .saturating_sub(state.levels.filter_bytes())
                .max(most / 4);
            if state.active.bytes() < most / 2 {
                return Ok(log);
            }
            let is_writing = state.frozen.is_some();
            drop(state);
            if !is_writing {
                self.freeze(&mut log)?;
                return Ok(log);
            }
            if log.is_starved {
                return Err(Error::Full {
                    path: self.dir.clone(),
                });
            }
            log = self.room.wait(log).map_err(|_| self.poisoned())?;
        }
    }

    fn freeze(&self, log: &mut Log) -> Result<()> {
        let mut state = self.state_mut();
        let counters = state.counters.store()?;
        let spare = std::mem::take(&mut log.spare);
        let next = Table::after(&state.active, spare);
        let frozen = Frozen {
            table: Arc::new(std::mem::replace(&mut state.active, next)),
            mark: log.applied,
            next_doc: self.next_doc.load(Ordering::Relaxed),
            counters,
        };
        state.frozen = Some(Arc::new(frozen));
        log.frozen = log.applied;
        self.work.notify_all();
        Ok(())
    }

    /// Returns the table that waits to be written out.
    pub(super) fn frozen(&self) -> Option<Arc<Frozen>> {
        self.state().frozen.clone()
    }

    /// Returns the runs.
    pub(super) fn levels(&self) -> Arc<Levels> {
        self.state().levels.clone()
    }

    /// Puts new runs in the place of the old.
    pub(super) fn install(&self, levels: Levels) {
        self.state_mut().levels = Arc::new(levels);
    }

    /// Puts new runs in the place of the old, and of the frozen table.
    pub(super) fn install_flushed(&self, levels: Levels) -> Result<()> {
        let mut log = self.log()?;
        let mut state = self.state_mut();
        state.levels = Arc::new(levels);
        state.frozen = None;
        log.is_starved = false;
        self.room.notify_all();
        Ok(())
    }

    /// Writes a checkpoint, unless the index was found to be damaged meanwhile.
    pub(super) fn write_checkpoint(&self, checkpoint: &Checkpoint) -> Result<()> {
        let condemned = self
            .condemned
            .lock()
            .unwrap_or_else(PoisonError::into_inner);
        match &*condemned {
            Some(why) => Err(Error::Index(why.clone())),
            None => checkpoint.write(&self.dir),
        }
    }

    /// Tells why the index was found to be damaged, if it was.
    pub(super) fn condemned(&self) -> Option<String> {
        self.condemned
            .lock()
            .unwrap_or_else(PoisonError::into_inner)
            .clone()
    }

    /// Locks the writers' side.
    pub(super) fn log(&self) -> Result<MutexGuard<'_, Log>> {
        self.log.lock().map_err(|_| self.poisoned())
    }

    /// Stops the store for good, and returns the error that did it. Not to be called with `log`
    /// held.
    pub(super) fn stop(&self, error: Error) -> Error {
        let error = self.halt(error);
        // Whoever has seen the store running under this lock is waiting by now.
        drop(self.log.lock());
        self.room.notify_all();
        self.work.notify_all();
        error
    }

    /// Does what [`stop`](Self::stop) does, with `log` held.
    fn stop_under(&self, _log: &Log, error: Error) -> Error {
        let error = self.halt(error);
        self.room.notify_all();
        self.work.notify_all();
        error
    }

    fn halt(&self, error: Error) -> Error {
        if let Error::Index(why) = &error {
            // The index is derived: without its checkpoint, the next open builds it anew.
            let mut condemned = self
                .condemned
                .lock()
                .unwrap_or_else(PoisonError::into_inner);
            if condemned.is_none() && Checkpoint::remove(&self.dir).is_ok() {
                *condemned = Some(why.clone());
            }
        }
        self.stopped.get_or_init(|| error.to_string());
        error
    }

    /// Refuses if the store is stopped.
    pub(super) fn check(&self) -> Result<()> {
        self.stopped
            .get()
            .map_or(Ok(()), |why| Err(Error::Stopped(why.clone())))
    }

    fn poisoned(&self) -> Error {
        Error::Stopped("a thread panicked while it wrote".to_owned())
    }

    /// A damaged index must not go on giving answers that may lack something.
    fn judged<T>(&self, answer: Result<T>) -> Result<T> {
        answer.map_err(|error| match error {
            Error::Index(_) => self.stop(error),
            error => error,
        })
    }

    fn state(&self) -> RwLockReadGuard<'_, State> {
        self.state.read().unwrap_or_else(PoisonError::into_inner)
    }

    fn state_mut(&self) -> RwLockWriteGuard<'_, State> {
        self.state.write().unwrap_or_else(PoisonError::into_inner)
    }

    /// Returns the moment, and what the active table said at it.
    fn view<T>(&self, ask: impl FnOnce(&Table) -> T) -> (View<'_>, T) {
        let state = self.state();
        let frozen = state.frozen.as_ref().map(|frozen| frozen.table.clone());
        (
            View {
                pages: &self.pages,
                unpacked: &self.unpacked,
                levels: state.levels.clone(),
                frozen,
            },
            ask(&state.active),
        )
    }

    /// Returns what the newest table has of each key, or else what the view has.
    fn look_up<K, T>(
        &self,
        keys: &[K],
        newest: impl Fn(&Table, &K) -> Option<T>,
        older: impl Fn(&View<'_>, &K) -> Result<T>,
    ) -> Result<Vec<T>> {
        let ask = |table: &Table| -> Vec<_> { keys.iter().map(|key| newest(table, key)).collect() };
        let (view, found) = self.view(ask);
        let found = keys
            .iter()
            .zip(found)
            .map(|(key, found)| found.map_or_else(|| older(&view, key), Ok));
        found.collect()
    }

    fn gathered(&self, gather: &mut Gather<'_>) -> Result<()> {
        let (view, ()) = self.view(|table| table.gather(gather));
        view.gather(gather)
    }

    /// Returns the buckets, of which all has been gathered.
    fn told(&self, gather: Gather<'_>, cap: usize) -> Result<Vec<Bucket>> {
        let keys = gather.keys;
        let buckets = gather.buckets(cap).into_iter().zip(keys);
        let buckets = buckets.map(|(bucket, &key)| match bucket {
            Some(bucket) => Ok(bucket),
            None => self.judged(self.bucket(key, cap)),
        });
        buckets.collect()
    }

    /// Reads one bucket, of which there was more than room for.
    fn bucket(&self, key: u64, cap: usize) -> Result<Bucket> {
        let keys = [key];
        let mut gather = Gather::new(&keys, cap);
        loop {
            gather.widen();
            self.gathered(&mut gather)?;
            if let Some(Some(bucket)) = gather.buckets(cap).pop() {
                return Ok(bucket);
            }
        }
    }

    /// Tells what the store takes up.
    pub(super) fn usage(&self) -> Result<Usage> {
        let journal_bytes = self.log()?.journal.bytes();
        let state = self.state();
        let frozen = state
            .frozen
            .as_ref()
            .map_or(0, |frozen| frozen.table.bytes());
        let memory_bytes = state.active.bytes() + frozen;
        drop(state);
        Ok(Usage {
            journal_bytes,
            index_bytes: self.pages.bytes(),
            memory_bytes,
        })
    }

    /// Bytes of the filters in memory.
    pub(super) fn filter_bytes(&self) -> u64 {
        self.levels().filter_bytes()
    }
}

impl Read for Shared {
    fn rows(&self, keys: &[Vec<u8>]) -> Result<Vec<Option<Vec<u8>>>> {
        let newest =
            |table: &Table, key: &Vec<u8>| table.row(key).map(|row| row.map(<[u8]>::to_vec));
        self.judged(self.look_up(keys, newest, |view, key| view.row(key)))
    }

    fn scan(&self, prefix: &[u8], after: Option<&[u8]>, limit: usize) -> Result<Vec<Row>> {
        let (view, newer) = self.view(|table| table.range(prefix, after, limit));
        self.judged(view.scan(prefix, after, limit, newer))
    }

    fn entries(&self, docs: &[u64]) -> Result<Vec<Option<Vec<u8>>>> {
        let newest = |table: &Table, doc: &u64| table.place(*doc).map(Some);
        let places = self.look_up(docs, newest, |view, doc| view.place(*doc));
        let read = |place: Option<Place>| place.map(|place| self.records.read(place)).transpose();
        let places = self.judged(places)?;
        places
            .into_iter()
            .map(|place| self.judged(read(place)))
            .collect()
    }

    fn buckets(&self, keys: &[u64], cap: usize) -> Result<Vec<Bucket>> {
        let mut gather = Gather::new(keys, cap);
        self.judged(self.gathered(&mut gather))?;
        self.told(gather, cap)
    }

    fn prefetch(&self, keys: &[u64], cap: usize) -> Result<Prefetched> {
        let (mut view, ()) = self.view(|_| ());
        // Tables are asked when they are needed: they are near, and grow meanwhile.
        view.frozen = None;
        let mut gather = Gather::new(keys, cap);
        self.judged(view.gather(&mut gather))?;
        let runs = OfRuns {
            levels: view.levels,
            told: gather.rest(),
        };
        Ok(Prefetched(Some(Box::new(runs))))
    }

    fn buckets_prefetched(
        &self,
        keys: &[u64],
        cap: usize,
        prefetched: &Prefetched,
    ) -> Result<Vec<Bucket>> {
        let runs = prefetched.0.as_ref().and_then(|runs| runs.downcast_ref());
        let Some(OfRuns { levels, told }) = runs else {
            return self.buckets(keys, cap);
        };
        let mut gather = Gather::resume(keys, told.clone());
        let (view, ()) = self.view(|table| table.gather(&mut gather));
        // Runs came and went: what was read ahead may lack something by now.
        if !Arc::ptr_eq(&view.levels, levels) {
            return self.buckets(keys, cap);
        }
        if let Some(table) = &view.frozen {
            table.gather(&mut gather);
        }
        self.told(gather, cap)
    }

    fn distinct(&self, counter: u8) -> Result<u64> {
        self.state().counters.distinct(counter)
    }
}
