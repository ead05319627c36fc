//! What the callers of the store share with the compactor: the journal's end, the memtables, and the
//! runs.
//!
//! Locks are taken in one order: `journal`, `log`, `state`. While anything is made durable, none is held
//! that a `stage` needs, unless so many entries are staged that it has to write them itself.

use std::io;
use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::sync::{Arc, Condvar, Mutex, MutexGuard, OnceLock, PoisonError, RwLock};
use std::sync::{RwLockReadGuard, RwLockWriteGuard};

use super::catalogue::{Checkpoint, Levels, StoreView};
use super::counters::Counters;
use super::disk::{Disk, DiskSpace};
use super::journal::{
    EntryLocation, EntryReader, Journal, JournalPosition, MAX_ENTRY_BYTES, Syncer, compact,
    journal_segments, next_frame, read_segment,
};
use super::memtable::{Memtable, SpareTables, StagedEntry};
use super::meters::StoreMeters;
use super::params::{Durability, EmbeddedParams};
use super::runs::BlockCache;
use super::sleds::SledRuns;
use super::{Embedded, files};
use crate::store::{
    Error, JournalSegment, KeepEntry, Result, SnapshotSummary, Store, StoreMetrics, StoreState,
    Usage, Writes,
};

/// Most entries that are staged before they are written.
const MAX_STAGED: usize = 1_024;
/// Size of the staged entries from which they are written.
const MAX_STAGED_BYTES: usize = 16 << 20;

pub struct SharedStore {
    pub disk: Arc<dyn Disk>,
    pub dir: PathBuf,
    pub params: EmbeddedParams,
    pub sleds: Arc<SledRuns>,
    pub meters: Arc<StoreMeters>,
    /// Reads entries from the journal.
    pub entries: EntryReader,
    cache: BlockCache,
    /// Set when the compactor has to end.
    pub is_shutting_down: AtomicBool,
    /// Wakes the compactor, with `log`.
    pub wake_compactor: Condvar,
    /// Wakes writers that wait for the compactor, with `log`.
    pub wake_writers: Condvar,
    syncer: Syncer,
    journal: Mutex<Journal>,
    /// Locked while files of the store are replaced, or copied.
    replacing: Mutex<()>,
    /// The disk had no room for the staged entries: nothing more is staged before they are written.
    is_journal_full: AtomicBool,
    log: Mutex<WriteState>,
    state: RwLock<ReadState>,
    next_doc: AtomicU64,
    /// Why the store stopped for good.
    stopped: OnceLock<String>,
    /// Why the index must be rebuilt.
    index_damage: OnceLock<String>,
    /// Locked while the checkpoint is written or removed.
    checkpoint: Mutex<()>,
}

/// What writers change.
pub struct WriteState {
    /// After the last entry in the memtables that is in the journal; before the journal's end only
    /// during replay.
    applied: JournalPosition,
    /// After the last entry of the last frozen memtable.
    frozen: JournalPosition,
    /// The disk has no room for the frozen memtable.
    pub is_disk_full: bool,
    /// Memory for the next memtable.
    pub spare: SpareTables,
    /// How often all runs were to be merged, and were.
    pub whole_merges: WholeMerges,
}

/// How often all runs were to be merged, and were.
#[derive(Default)]
pub struct WholeMerges {
    pub wanted: u64,
    pub done: u64,
    /// The latest found the disk full.
    pub is_disk_full: bool,
}

impl WholeMerges {
    /// Returns which merge is due; `None` if none is.
    pub fn due(&self) -> Option<u64> {
        (self.done < self.wanted).then_some(self.wanted)
    }
}

/// What readers see.
pub struct ReadState {
    active: Memtable,
    frozen: Option<Arc<FrozenMemtable>>,
    levels: Arc<Levels>,
    pub counters: Counters,
}

/// A memtable that is being flushed, and what a checkpoint at its end needs.
pub struct FrozenMemtable {
    pub table: Memtable,
    /// After its last entry.
    pub position: JournalPosition,
    /// The first unused document number at that time.
    pub next_doc: u64,
    /// The counters at that time.
    pub counters: Counters,
}

impl SharedStore {
    /// Creates the state as of a checkpoint.
    pub fn new(
        disk: &Arc<dyn Disk>,
        dir: &Path,
        params: &EmbeddedParams,
        sleds: Arc<SledRuns>,
        journal: Journal,
        checkpoint: &Checkpoint,
        levels: Levels,
    ) -> Result<Self> {
        checkpoint.counters.check()?;
        let state = ReadState {
            active: Memtable::default(),
            frozen: None,
            levels: Arc::new(levels),
            counters: checkpoint.counters.clone(),
        };
        let note = super::durable_note(dir);
        let meters = Arc::<StoreMeters>::default();
        Ok(Self {
            disk: disk.clone(),
            dir: dir.to_owned(),
            params: params.clone(),
            sleds,
            entries: EntryReader::new(disk, &super::journal_dir(dir)),
            cache: BlockCache::new(params.cache_bytes),
            is_shutting_down: AtomicBool::new(false),
            wake_compactor: Condvar::new(),
            wake_writers: Condvar::new(),
            syncer: Syncer::new(disk, &note, journal.end.sequence, &meters)?,
            meters,
            journal: Mutex::new(journal),
            replacing: Mutex::default(),
            is_journal_full: AtomicBool::new(false),
            log: Mutex::new(WriteState {
                applied: checkpoint.position,
                frozen: checkpoint.position,
                is_disk_full: false,
                spare: SpareTables::default(),
                whole_merges: WholeMerges::default(),
            }),
            state: RwLock::new(state),
            next_doc: AtomicU64::new(checkpoint.next_doc),
            stopped: OnceLock::new(),
            index_damage: OnceLock::new(),
            checkpoint: Mutex::default(),
        })
    }

    /// Applies the changes of an entry that is in the journal, perhaps the first of its record. `after` is
    /// the position after the record, of which all entries are applied before anything is frozen.
    pub fn replay(
        &self,
        writes: Writes,
        (location, is_first): (EntryLocation, bool),
        after: JournalPosition,
    ) -> Result<()> {
        let mut log = self.log()?;
        if is_first {
            log = self.wait_for_room(log)?;
        }
        log.applied = after;
        self.note(&writes).active.replay(location, writes);
        Ok(())
    }

    /// Notes the document and counts the things of an entry. Returns the locked state.
    fn note(&self, writes: &Writes) -> RwLockWriteGuard<'_, ReadState> {
        if let Some(doc) = writes.holds {
            self.raise_next_doc(doc.saturating_add(1));
        }
        self.raise_next_doc(writes.used_below);
        let mut state = self.state_mut();
        for &(counter, thing) in &writes.seen {
            state.counters.add(counter, thing);
        }
        state
    }

    /// Raises the first unused document number to at least this.
    pub fn raise_next_doc(&self, doc: u64) {
        self.next_doc.fetch_max(doc, Ordering::Relaxed);
    }

    /// Returns the first unused document number.
    pub fn next_doc(&self) -> u64 {
        self.next_doc.load(Ordering::Relaxed)
    }

    /// Writes the staged entries to the journal, also if the index is damaged, and returns the number of
    /// the last.
    ///
    /// After [`Error::Full`] those that were not written are still staged.
    pub fn write_staged(&self) -> Result<u64> {
        let mut journal = self.journal()?;
        let staged = self.state().active.staged.clone();
        let mut staged = staged.as_slice();
        while !staged.is_empty() {
            self.check_stopped()?;
            let lengths = staged.iter().map(|entry| entry.bytes.len());
            let (entries, rest) = staged.split_at(next_frame(lengths));
            let written = self.write_frame(&mut journal, entries);
            let is_full = matches!(written, Err(Error::Full { .. }));
            self.is_journal_full.store(is_full, Ordering::Relaxed);
            written.map_err(|error| match is_full {
                true => error,
                false => self.stop(error),
            })?;
            staged = rest;
        }
        Ok(journal.end.sequence)
    }

    fn write_frame(&self, journal: &mut Journal, entries: &[StagedEntry]) -> Result<()> {
        self.check_reserve()?;
        if journal.is_segment_full(self.params.segment_bytes) {
            self.begin_segment(journal)?;
        }
        let bytes: Vec<&[u8]> = entries.iter().map(|entry| &**entry.bytes).collect();
        let record = journal.append(&bytes)?;
        let mut log = self.log()?;
        log.applied = journal.end;
        self.state_mut().active.set_written(entries.len(), record);
        Ok(())
    }

    /// Returns [`Error::Full`] if the journal would take space that is kept free: for flushes and merges,
    /// which give space back, and for other programs.
    fn check_reserve(&self) -> Result<()> {
        let space = self.space()?;
        let share = space.total / 100 * u64::from(self.params.reserve_percent);
        self.check_free(space, self.params.reserve_bytes.min(share))
    }

    /// Returns [`Error::Full`] if the disk has no room for `bytes`: sled does not recover from a full
    /// disk, so it must not meet one.
    pub fn check_space(&self, bytes: u64) -> Result<()> {
        self.check_free(self.space()?, bytes)
    }

    fn check_free(&self, space: DiskSpace, bytes: u64) -> Result<()> {
        if space.free < bytes {
            let path = self.dir.clone();
            return Err(Error::Full { path });
        }
        Ok(())
    }

    fn space(&self) -> Result<DiskSpace> {
        let space = self.disk.space(&self.dir);
        space.map_err(files::failed("ask for space in", &self.dir))
    }

    /// Begins a new segment of the journal, once the current one is durable.
    fn begin_segment(&self, journal: &mut Journal) -> Result<()> {
        self.syncer.sync(journal.end.sequence, journal.last())?;
        journal.next_segment()
    }

    /// Locks the files of the store: none is replaced while this is held.
    pub fn replacing(&self) -> Result<MutexGuard<'_, ()>> {
        self.replacing.lock().map_err(|_| Self::poisoned())
    }

    /// Makes the journal durable up to an entry, without blocking writers.
    pub fn sync_journal(&self, wanted: u64) -> Result<()> {
        let latest = self.journal()?.last();
        let synced = self.syncer.sync(wanted, latest);
        synced.map_err(|error| self.stop(error))
    }

    /// Returns once the active memtable may grow. If too much is staged, it is written. A full memtable
    /// is frozen, with nothing staged; if the one before it is still being flushed, the writer waits,
    /// so memory is bounded.
    fn wait_for_room<'a>(
        &'a self,
        mut log: MutexGuard<'a, WriteState>,
    ) -> Result<MutexGuard<'a, WriteState>> {
        loop {
            self.check()?;
            let state = self.state();
            let max = self.params.memory_bytes;
            let max = max.saturating_sub(state.levels.filter_bytes()).max(max / 4);
            let is_full = state.active.bytes() >= max / 2;
            let (staged, staged_bytes) = (state.active.staged.len(), state.active.staged_bytes);
            let is_flushing = state.frozen.is_some();
            drop(state);
            let must_write = is_full || staged >= MAX_STAGED || staged_bytes >= MAX_STAGED_BYTES;
            if staged > 0 && (must_write || self.is_journal_full.load(Ordering::Relaxed)) {
                drop(log);
                self.write_staged()?;
                log = self.log()?;
                continue;
            }
            if !is_full {
                return Ok(log);
            }
            if !is_flushing {
                self.freeze(&mut log);
                return Ok(log);
            }
            log = self.wait_for_flush(log)?;
        }
    }

    fn wait_for_flush<'a>(
        &self,
        log: MutexGuard<'a, WriteState>,
    ) -> Result<MutexGuard<'a, WriteState>> {
        if log.is_disk_full {
            let path = self.dir.clone();
            return Err(Error::Full { path });
        }
        let waited = self.wake_writers.wait(log);
        waited.map_err(|_| Self::poisoned())
    }

    /// Flushes all that was staged before the call, whatever is staged meanwhile.
    pub fn flush(&self) -> Result<()> {
        let wanted = self.write_staged()?;
        loop {
            self.write_staged()?;
            let mut log = self.log()?;
            let state = self.state();
            let is_flushing = state.frozen.is_some();
            let has_staged = !state.active.staged.is_empty();
            drop(state);
            if !is_flushing && log.frozen.sequence >= wanted {
                return Ok(());
            }
            if !is_flushing {
                if has_staged {
                    continue;
                }
                self.freeze(&mut log);
            }
            drop(self.wait_for_flush(log)?);
            self.check()?;
        }
    }

    fn freeze(&self, log: &mut WriteState) {
        let mut state = self.state_mut();
        let next = Memtable::sized_like(&state.active, std::mem::take(&mut log.spare));
        state.frozen = Some(Arc::new(FrozenMemtable {
            table: std::mem::replace(&mut state.active, next),
            position: log.applied,
            next_doc: self.next_doc(),
            counters: state.counters.clone(),
        }));
        log.frozen = log.applied;
        self.wake_compactor.notify_all();
    }

    /// Returns the memtable that waits to be flushed.
    pub fn frozen(&self) -> Option<Arc<FrozenMemtable>> {
        self.state().frozen.clone()
    }

    pub fn levels(&self) -> Arc<Levels> {
        self.state().levels.clone()
    }

    pub fn install(&self, levels: Levels) {
        self.state_mut().levels = Arc::new(levels);
    }

    /// Replaces the runs and drops the frozen memtable, which is in them now.
    pub fn install_flushed(&self, levels: Levels) -> Result<()> {
        let mut log = self.log()?;
        let mut state = self.state_mut();
        state.levels = Arc::new(levels);
        state.frozen = None;
        log.is_disk_full = false;
        self.wake_writers.notify_all();
        Ok(())
    }

    /// Writes a checkpoint, unless the index was found to be damaged.
    pub fn write_checkpoint(&self, checkpoint: &Checkpoint) -> Result<()> {
        let _locked = self.lock_checkpoint();
        match self.damage() {
            Some(why) => Err(Error::Index(why.to_owned())),
            None => checkpoint.write(&*self.disk, &self.dir),
        }
    }

    fn lock_checkpoint(&self) -> MutexGuard<'_, ()> {
        let locked = self.checkpoint.lock();
        locked.unwrap_or_else(PoisonError::into_inner)
    }

    /// Returns why the index must be rebuilt, if it must.
    pub fn damage(&self) -> Option<&str> {
        self.index_damage.get().map(String::as_str)
    }

    /// Returns why the store stopped for good, if it did.
    pub fn failure(&self) -> Option<&str> {
        self.stopped.get().map(String::as_str)
    }

    pub fn journal(&self) -> Result<MutexGuard<'_, Journal>> {
        self.journal.lock().map_err(|_| Self::poisoned())
    }

    pub fn log(&self) -> Result<MutexGuard<'_, WriteState>> {
        self.log.lock().map_err(|_| Self::poisoned())
    }

    /// Stops the store, and returns the error that caused it. `log` must not be locked.
    pub fn stop(&self, error: Error) -> Error {
        match &error {
            Error::Index(why) => {
                self.index_damage.get_or_init(|| why.clone());
                let _locked = self.lock_checkpoint();
                // Without its checkpoint, the index is rebuilt at the next open.
                let _ = Checkpoint::remove(&*self.disk, &self.dir);
            }
            _ => {
                self.stopped.get_or_init(|| error.to_string());
            }
        }
        // Whoever finds the store running checks under this lock, and waits when it is released.
        drop(self.log.lock());
        self.wake_writers.notify_all();
        self.wake_compactor.notify_all();
        error
    }

    /// Returns an error if the store is stopped, or its index damaged.
    fn check(&self) -> Result<()> {
        self.check_stopped()?;
        let damage = self.damage().map(|why| Error::Stopped(why.to_owned()));
        damage.map_or(Ok(()), Err)
    }

    /// Returns an error if the store is stopped for good.
    fn check_stopped(&self) -> Result<()> {
        let failure = self.failure().map(|why| Error::Stopped(why.to_owned()));
        failure.map_or(Ok(()), Err)
    }

    /// Returns the error for a lock that a panicking thread held.
    pub fn poisoned() -> Error {
        Error::Stopped("a thread panicked while writing".to_owned())
    }

    /// Stops the store if an answer failed because the index is damaged: later answers might be
    /// incomplete.
    pub fn stop_if_damaged<T>(&self, answer: Result<T>) -> Result<T> {
        answer.map_err(|error| match error {
            Error::Index(_) => self.stop(error),
            error => error,
        })
    }

    pub fn state(&self) -> RwLockReadGuard<'_, ReadState> {
        self.state.read().unwrap_or_else(PoisonError::into_inner)
    }

    fn state_mut(&self) -> RwLockWriteGuard<'_, ReadState> {
        self.state.write().unwrap_or_else(PoisonError::into_inner)
    }

    /// Returns the state at this moment: a view of all but the active memtable, and what `ask`
    /// reads from that.
    pub fn view<T>(&self, ask: impl FnOnce(&Memtable) -> T) -> (StoreView<'_>, T) {
        let state = self.state();
        let view = StoreView {
            cache: &self.cache,
            levels: state.levels.clone(),
            frozen: state.frozen.clone(),
        };
        (view, ask(&state.active))
    }
}

impl Store for Embedded {
    fn reserve(&self, n: u64) -> Result<u64> {
        self.shared.check()?;
        Ok(self.shared.next_doc.fetch_add(n, Ordering::Relaxed))
    }

    fn stage(&self, entry: Vec<u8>, writes: Writes) -> Result<()> {
        let shared = &self.shared;
        if entry.len() > MAX_ENTRY_BYTES {
            let why = io::Error::new(io::ErrorKind::InvalidInput, "the entry is too large");
            return Err(files::failed("append to", &super::journal_dir(&shared.dir))(why));
        }
        let _log = shared.wait_for_room(shared.log()?)?;
        shared.note(&writes).active.stage(entry, writes);
        Ok(())
    }

    fn commit(&self) -> Result<()> {
        self.shared.check()?;
        let written = self.shared.write_staged()?;
        match self.shared.params.durability {
            Durability::Os => Ok(()),
            Durability::Fsync => self.shared.sync_journal(written),
        }
    }

    fn state(&self) -> StoreState {
        let why = self.shared.failure().or(self.shared.damage());
        why.map_or(StoreState::Serving, |why| {
            StoreState::Stopped(why.to_owned())
        })
    }

    fn usage(&self) -> Result<Usage> {
        let journal = self.shared.journal()?;
        let journal_bytes = journal.bytes() - journal.freed;
        drop(journal);
        let (view, active) = self.shared.view(Memtable::bytes);
        let frozen = view.frozen.map_or(0, |frozen| frozen.table.bytes());
        Ok(Usage {
            journal_bytes,
            index_bytes: self.shared.sleds.bytes(),
            memory_bytes: active + frozen,
        })
    }

    fn metrics(&self) -> Result<StoreMetrics> {
        let (meters, levels) = (&self.shared.meters, self.shared.levels());
        Ok(StoreMetrics {
            syncs: meters.syncs.distribution(),
            flushes: meters.flushes.distribution(),
            merges: meters.merges.distribution(),
            row_runs: levels.rows.len() as u64,
            posting_runs: levels.postings.len() as u64,
            filter_bytes: levels.filter_bytes(),
        })
    }

    fn close(&self) -> Result<()> {
        let shared = &self.shared;
        loop {
            self.commit()?;
            let synced = shared.syncer.sync_note();
            synced.map_err(|error| shared.stop(error))?;
            let mut log = shared.log()?;
            let state = shared.state();
            let (is_flushing, has_staged) =
                (state.frozen.is_some(), !state.active.staged.is_empty());
            drop(state);
            if has_staged {
                continue;
            }
            if !is_flushing && log.applied == log.frozen {
                return Ok(());
            }
            if !is_flushing {
                shared.freeze(&mut log);
            }
            drop(shared.wait_for_flush(log)?);
        }
    }

    fn segments(&self) -> Result<Vec<JournalSegment>> {
        journal_segments(&super::journal_dir(&self.shared.dir))
    }

    fn read_segment(&self, first: u64, each: &mut dyn FnMut(&[u8]) -> bool) -> Result<()> {
        let dir = super::journal_dir(&self.shared.dir);
        read_segment(&dir, first, &mut |_, _, entry| Ok(each(&entry))).map(drop)
    }

    fn end_segment(&self) -> Result<()> {
        self.commit()?;
        let shared = &self.shared;
        let mut journal = shared.journal()?;
        if journal.is_segment_full(0) {
            let begun = shared.begin_segment(&mut journal);
            begun.map_err(|error| match error {
                Error::Full { .. } => error,
                error => shared.stop(error),
            })?;
        }
        Ok(())
    }

    fn compact_segments(&self, first: u64, last: u64, keep: &mut KeepEntry<'_>) -> Result<bool> {
        let shared = &self.shared;
        shared.flush()?;
        let dir = super::journal_dir(&shared.dir);
        let _replacing = shared.replacing()?;
        // An open replays from there.
        let checkpoint = Checkpoint::read(&shared.dir)?;
        if checkpoint.is_none_or(|checkpoint| checkpoint.position.segment <= last) {
            return Ok(false);
        }
        compact(&*shared.disk, &dir, (first, last), keep)?;
        shared.entries.forget(first, last);
        shared.journal()?.note_compacted()?;
        Ok(true)
    }

    fn copy_to(&self, to: &Path) -> Result<Option<SnapshotSummary>> {
        self.shared.copy_to(self, to).map(Some)
    }

    fn compact_index(&self) -> Result<()> {
        self.shared.flush()?;
        let shared = &self.shared;
        let mut log = shared.log()?;
        log.whole_merges.wanted += 1;
        let wanted = log.whole_merges.wanted;
        shared.wake_compactor.notify_all();
        while log.whole_merges.done < wanted {
            shared.check()?;
            let waited = shared.wake_writers.wait(log);
            log = waited.map_err(|_| SharedStore::poisoned())?;
        }
        if log.whole_merges.is_disk_full {
            let path = shared.dir.clone();
            return Err(Error::Full { path });
        }
        Ok(())
    }
}
