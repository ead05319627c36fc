//! The compactor: a thread that flushes frozen memtables and merges runs.

use std::mem;
use std::panic::{AssertUnwindSafe, catch_unwind, resume_unwind};
use std::sync::Arc;
use std::sync::atomic::Ordering;
use std::thread;
use std::time::{Duration, Instant};

use super::{Checkpoint, Levels};
use crate::store::embedded::runs::{Cursor, Merge, PostingKind, RowKind, Run, RunEntry, RunKind};
use crate::store::embedded::runs::{RunMeta, RunWriter};
use crate::store::embedded::shared::{FrozenMemtable, SharedStore};
use crate::store::{Error, KEY_BITS, Result};

/// How long to wait for disk space to flush.
const FULL_DISK_WAIT: Duration = Duration::from_millis(500);
/// How long not to merge after a merge found the disk full.
const FULL_DISK_PAUSE: Duration = Duration::from_secs(30);
/// How long to wait for those who read runs that were replaced.
const RETIRED_WAIT: Duration = Duration::from_millis(5);
/// Bytes that sled writes for each byte of values, at most.
const WRITE_AMPLIFICATION: u64 = 3;

/// How runs of a kind are compacted: by level, those of the lowest level first.
trait Compacted: RunKind {
    /// Number of runs of a level that are merged into one of the next.
    const FAN_IN: usize;
    /// Most keys of a merged run.
    const MAX_KEYS: u64;
    /// Steps of a merge between two looks at what else there is to do.
    const STRIDE: u64;

    fn runs(levels: &mut Levels) -> &mut Vec<Arc<Run<Self>>>;
}

impl Compacted for PostingKind {
    // More runs would be merged less often, but asked more often.
    const FAN_IN: usize = 4;
    // While a run is merged, its filter is in memory beside those of the runs it is made of.
    const MAX_KEYS: u64 = 1 << 28;
    const STRIDE: u64 = 1 << 16;

    fn runs(levels: &mut Levels) -> &mut Vec<Arc<Run<Self>>> {
        &mut levels.postings
    }
}

impl Compacted for RowKind {
    // Rows cost more to merge than postings, and are read one by one.
    const FAN_IN: usize = 8;
    const MAX_KEYS: u64 = u64::MAX;
    const STRIDE: u64 = 1 << 10;

    fn runs(levels: &mut Levels) -> &mut Vec<Arc<Run<Self>>> {
        &mut levels.rows
    }
}

/// The thread's state. It owns the checkpoint.
struct Compactor {
    shared: Arc<SharedStore>,
    checkpoint: Checkpoint,
    /// Runs that the checkpoint no longer names, but that a reader may still use.
    retired: Levels,
    /// Set after a merge found the disk full, because each attempt takes space from the journal. The
    /// clock only decides how long merges pause; no answer and no stored byte depends on it.
    paused_until: Option<Instant>,
}

/// Flushes and compacts from a checkpoint on, until the store shuts down or something fails, which
/// stops the store.
pub fn run(shared: Arc<SharedStore>, checkpoint: Checkpoint) {
    let mut compactor = Compactor {
        shared,
        checkpoint,
        retired: Levels::default(),
        paused_until: None,
    };
    while !compactor.is_shutting_down() {
        // If this thread just ended, writers would wait forever.
        let worked = catch_unwind(AssertUnwindSafe(|| compactor.work()));
        let panicked = || Err(Error::Stopped("the compactor panicked".to_owned()));
        if let Err(error) = worked.unwrap_or_else(|_| panicked()) {
            compactor.shared.stop(error);
            return;
        }
    }
}

/// Chooses which of the runs, from the oldest to the newest, are merged next.
type ChooseRuns<K> = fn(&[Arc<Run<K>>]) -> Option<Vec<Arc<Run<K>>>>;

impl Compactor {
    fn work(&mut self) -> Result<()> {
        let done = if self.shared.frozen().is_some() {
            self.flush()
        } else {
            self.compact()
        };
        match done {
            Err(Error::Full { .. }) => self.wait(Some(FULL_DISK_WAIT)),
            Ok(false) => self.wait(None),
            done => done.map(drop),
        }
    }

    fn is_shutting_down(&self) -> bool {
        self.shared.is_shutting_down.load(Ordering::Acquire)
    }

    /// Waits for a frozen memtable; with a timeout, waits even if there is one.
    fn wait(&self, timeout: Option<Duration>) -> Result<()> {
        let shared = &self.shared;
        let log = shared.log()?;
        let has_work = shared.frozen().is_some() || log.whole_merges.due().is_some();
        if self.is_shutting_down() || (timeout.is_none() && has_work) {
            return Ok(());
        }
        let waited = match timeout {
            Some(timeout) => shared.wake_compactor.wait_timeout(log, timeout).is_ok(),
            None => shared.wake_compactor.wait(log).is_ok(),
        };
        waited.then_some(()).ok_or_else(SharedStore::poisoned)
    }

    /// Flushes the frozen memtable; `false` if there is none.
    fn flush(&mut self) -> Result<bool> {
        let shared = self.shared.clone();
        let Some(frozen) = shared.frozen() else {
            return Ok(false);
        };
        let begun = Instant::now();
        let levels = match self.write_out(&frozen) {
            Err(error @ Error::Full { .. }) => {
                shared.log()?.is_disk_full = true;
                shared.wake_writers.notify_all();
                return Err(error);
            }
            levels => levels?,
        };
        shared.install_flushed(levels)?;
        shared.meters.flushes.add(begun.elapsed());
        if let Some(frozen) = Arc::into_inner(frozen) {
            let spare = frozen.table.into_spare();
            shared.log()?.spare = spare;
        }
        Ok(true)
    }

    /// Writes a memtable as one run of rows and one of postings, and names them in the checkpoint.
    fn write_out(&mut self, frozen: &FrozenMemtable) -> Result<Levels> {
        let shared = self.shared.clone();
        // The index must not get ahead of the journal, which may lose what is not durable.
        shared.sync_journal(frozen.position.sequence)?;
        let table = &frozen.table;
        shared.check_space(table.bytes())?;
        let (for_postings, for_rows) = (self.next_number(), self.next_number());
        let (postings, rows) = thread::scope(|scope| {
            let rows = scope.spawn(|| {
                let keys = (table.row_count(), u64::MAX);
                let mut writer = RunWriter::<RowKind>::new(&shared.sleds, (for_rows, 0), keys)?;
                table.each_row(|row| writer.push(row))?;
                writer.finish()
            });
            let postings = || {
                let keys = (table.bucket_count(), (1 << KEY_BITS) - 1);
                let mut writer =
                    RunWriter::<PostingKind>::new(&shared.sleds, (for_postings, 0), keys)?;
                table.each_posting(|posting| writer.push(posting))?;
                writer.finish()
            };
            let postings = postings();
            let rows = rows.join();
            (postings, rows.unwrap_or_else(|panic| resume_unwind(panic)))
        });
        let written = postings.and_then(|postings| Ok((postings, rows?)));
        let (postings, rows) = written.inspect_err(|_| {
            for number in [for_postings, for_rows] {
                let _ = shared.sleds.remove(number); // or the next open does
            }
        })?;
        let mut levels = (*shared.levels()).clone();
        levels.postings.extend(postings);
        levels.rows.extend(rows);
        self.checkpoint.position = frozen.position;
        self.checkpoint.next_doc = frozen.next_doc;
        self.checkpoint.counters = frozen.counters.clone();
        self.name_runs(&levels)?;
        Ok(levels)
    }

    fn next_number(&mut self) -> u32 {
        self.checkpoint.next_run += 1;
        self.checkpoint.next_run - 1
    }

    fn name_runs(&mut self, levels: &Levels) -> Result<()> {
        fn metas<K: RunKind>(runs: &[Arc<Run<K>>]) -> Vec<RunMeta> {
            runs.iter().map(|run| run.meta.clone()).collect()
        }
        self.checkpoint.rows = metas(&levels.rows);
        self.checkpoint.postings = metas(&levels.postings);
        self.shared.write_checkpoint(&self.checkpoint)
    }

    /// Merges all runs, and removes those that they were. Whoever waits for that is woken.
    fn compact_whole(&mut self, wanted: u64) -> Result<bool> {
        let mut done = self.merge::<PostingKind>(all).map(drop);
        if done.is_ok() {
            done = self.merge::<RowKind>(all).map(drop);
        }
        let is_disk_full = matches!(done, Err(Error::Full { .. }));
        if !is_disk_full {
            done?;
        }
        while !is_disk_full && !self.is_shutting_down() {
            self.remove_retired::<RowKind>()?;
            self.remove_retired::<PostingKind>()?;
            if self.retired.rows.is_empty() && self.retired.postings.is_empty() {
                break;
            }
            thread::sleep(RETIRED_WAIT); // for those who read them
        }
        let mut log = self.shared.log()?;
        (log.whole_merges.done, log.whole_merges.is_disk_full) = (wanted, is_disk_full);
        self.shared.wake_writers.notify_all();
        Ok(true)
    }

    /// Removes retired runs and merges a group of runs; `false` if there was nothing to merge.
    fn compact(&mut self) -> Result<bool> {
        let wanted = self.shared.log()?.whole_merges.due();
        if let Some(wanted) = wanted {
            return self.compact_whole(wanted);
        }
        self.remove_retired::<RowKind>()?;
        self.remove_retired::<PostingKind>()?;
        let is_past = |until| until <= Instant::now();
        if !self.paused_until.is_none_or(is_past) {
            return Ok(false);
        }
        self.paused_until = None;
        let mut done = self.merge::<PostingKind>(due);
        if let Ok(false) = done {
            done = self.merge::<RowKind>(due);
        }
        if let Err(Error::Full { .. }) = done {
            self.paused_until = Some(Instant::now() + FULL_DISK_PAUSE);
            return Ok(false);
        }
        done
    }

    fn remove_retired<K: Compacted>(&mut self) -> Result<()> {
        let retired = K::runs(&mut self.retired);
        for run in mem::take(retired) {
            if Arc::strong_count(&run) > 1 {
                retired.push(run);
            } else {
                self.shared.sleds.remove(run.meta.number)?;
            }
        }
        Ok(())
    }

    /// Merges the runs that are chosen; `false` if there are none.
    fn merge<K: Compacted>(&mut self, choose: ChooseRuns<K>) -> Result<bool> {
        let shared = self.shared.clone();
        let mut levels = (*shared.levels()).clone();
        let runs = K::runs(&mut levels);
        let Some(group) = choose(runs) else {
            return Ok(false);
        };
        let begun = Instant::now();
        let is_oldest = runs[0].meta.number == group[0].meta.number;
        drop(levels);
        let bytes: u64 = group.iter().map(|run| run.meta.block_bytes).sum();
        shared.check_space(WRITE_AMPLIFICATION * bytes)?;

        let keys = group.iter().fold((0, 0), |(count, bits), run| {
            (count + run.meta.keys, bits | run.meta.key_bits)
        });
        let level = group[0].meta.level.saturating_add(1);
        let name = (self.next_number(), level);
        let mut writer = RunWriter::<K>::new(&shared.sleds, name, keys)?;
        let cursors = group.iter().map(|run| Cursor::at_block(run, 0));
        let mut merge = Merge::new(cursors.collect::<Result<_>>()?);
        let mut steps = 0_u64;
        loop {
            if !K::copy_block(&mut merge, &mut writer, !is_oldest)? {
                let Some(entry) = merge.entry() else {
                    break;
                };
                // With no older run, a removal has nothing to remove.
                if !(is_oldest && entry.is_removal()) {
                    writer.push(entry)?;
                }
                merge.advance()?;
            }
            steps += 1;
            if steps.is_multiple_of(K::STRIDE) {
                if self.is_shutting_down() {
                    return Ok(true);
                }
                self.flush()?; // writers must not wait for a long merge
            }
        }
        drop(merge);
        let mut levels = (*shared.levels()).clone();
        let runs = K::runs(&mut levels);
        let first = group[0].meta.number;
        let at = runs.iter().position(|run| run.meta.number == first);
        let at = at.expect("only the compactor removes runs");
        runs.splice(at..at + group.len(), writer.finish()?);
        self.name_runs(&levels)?;
        shared.install(levels);
        shared.meters.merges.add(begun.elapsed());
        K::runs(&mut self.retired).extend(group);
        Ok(true)
    }
}

/// Returns the runs to merge next: the oldest of the lowest level with enough runs, as many as the
/// limit of keys allows. Levels never rise from an older run to a newer one, so runs of a level are
/// neighbors.
fn due<K: Compacted>(runs: &[Arc<Run<K>>]) -> Option<Vec<Arc<Run<K>>>> {
    let groups = runs.chunk_by(|older, newer| older.meta.level == newer.meta.level);
    let full = groups.rev().filter(|group| group.len() >= K::FAN_IN);
    let keys = |group: &[Arc<Run<K>>]| group.iter().map(|run| run.meta.keys).sum::<u64>();
    let mut due = full.filter_map(|group| {
        let mut oldest = (2..=group.len()).rev().map(|count| &group[..count]);
        oldest.find(|oldest| keys(oldest) <= K::MAX_KEYS)
    });
    due.next().map(<[_]>::to_vec)
}

/// Returns as many of the oldest runs as the limit of keys allows, if there are two or more.
fn all<K: Compacted>(runs: &[Arc<Run<K>>]) -> Option<Vec<Arc<Run<K>>>> {
    let keys = |runs: &[Arc<Run<K>>]| runs.iter().map(|run| run.meta.keys).sum::<u64>();
    let counts = (2..=runs.len()).rev();
    let mut oldest = counts.map(|count| &runs[..count]);
    oldest
        .find(|oldest| keys(oldest) <= K::MAX_KEYS)
        .map(<[_]>::to_vec)
}
