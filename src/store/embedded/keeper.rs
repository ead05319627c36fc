//! The keeper: one thread that writes frozen tables out as runs, and merges runs.

use std::fs::File;
use std::io::Write;
use std::mem;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::path::Path;
use std::sync::Arc;
use std::sync::atomic::Ordering;
use std::time::Duration;

use super::block::{BLOCK_BYTES, Postings, Rows};
use super::checkpoint::Checkpoint;
use super::files;
use super::levels::{Leveled, Levels, Runs};
use super::merge::{Merge, Source};
use super::pages::{Map, Pages};
use super::run::{Cursor, RunWriter};
use super::shared::{Frozen, Shared};
use crate::store::{Error, Result};

/// So many runs of one tier become one of the next.
const FAN_IN: usize = 4;
/// Entries merged between two looks at what else there is to do.
const STRIDE: u64 = 1 << 10;
/// How long to wait for space on a full disk.
const STARVED_WAIT: Duration = Duration::from_millis(500);
/// Most space that is tried for before a merge.
const MOST_TRIED_BYTES: u64 = 64 << 20;

/// Owns the checkpoint.
pub(super) struct Keeper {
    shared: Arc<Shared>,
    checkpoint: Checkpoint,
    /// Runs that no checkpoint names any more, but perhaps a reader.
    retired: Levels,
}

impl Keeper {
    /// Goes on from a checkpoint.
    pub(super) fn new(shared: Arc<Shared>, checkpoint: Checkpoint) -> Self {
        Self {
            shared,
            checkpoint,
            retired: Levels::default(),
        }
    }

    /// Works until told to leave, or until something fails, which stops the store.
    pub(super) fn run(mut self) {
        while !self.is_leaving() {
            // A keeper that died in silence would leave writers waiting for ever.
            let worked = catch_unwind(AssertUnwindSafe(|| self.work()));
            let panicked = || Err(Error::Stopped("the keeper panicked".to_owned()));
            if let Err(error) = worked.unwrap_or_else(|_| panicked()) {
                self.shared.stop(error);
                return;
            }
        }
    }

    fn work(&mut self) -> Result<()> {
        let done = if self.shared.frozen().is_some() {
            self.flush()
        } else {
            self.tidy()
        };
        match done {
            Err(Error::Full { .. }) => self.wait(Some(STARVED_WAIT)),
            Ok(false) => self.wait(None),
            Ok(true) => Ok(()),
            Err(error) => Err(error),
        }
    }

    fn is_leaving(&self) -> bool {
        self.shared.is_leaving.load(Ordering::Acquire)
    }

    /// Waits for a frozen table; given a time, no longer than that, even if there is one.
    fn wait(&self, most: Option<Duration>) -> Result<()> {
        let shared = &self.shared;
        let log = shared.log()?;
        if self.is_leaving() || (most.is_none() && shared.frozen().is_some()) {
            return Ok(());
        }
        let poisoned = || Error::Stopped("a thread panicked while it wrote".to_owned());
        match most {
            Some(most) => drop(
                shared
                    .work
                    .wait_timeout(log, most)
                    .map_err(|_| poisoned())?,
            ),
            None => drop(shared.work.wait(log).map_err(|_| poisoned())?),
        }
        Ok(())
    }

    /// Writes the frozen table out, if there is one.
    fn flush(&mut self) -> Result<bool> {
        let shared = self.shared.clone();
        let Some(frozen) = shared.frozen() else {
            return Ok(false);
        };
        // An index ahead of a journal that lost its end would show what never happened.
        shared.sync_journal(frozen.mark.sequence)?;
        if let Err(error) = try_space(&shared.dir, frozen.table.bytes()) {
            if matches!(error, Error::Full { .. }) {
                shared.log()?.is_starved = true;
                shared.room.notify_all();
            }
            return Err(error);
        }
        let mut levels = (*shared.levels()).clone();
        self.write_rows(&frozen, &mut levels)?;
        self.write_postings(&frozen, &mut levels)?;
        self.checkpoint.mark = frozen.mark;
        self.checkpoint.next_doc = frozen.next_doc;
        self.checkpoint.counters = frozen.counters.clone();
        self.publish(levels, true)?;
        Ok(true)
    }

    fn write_rows(&mut self, frozen: &Frozen, levels: &mut Levels) -> Result<()> {
        let shared = self.shared.clone();
        let mut writer = self.writer(&shared.pages, 0, frozen.table.rows().len() as u64);
        for (key, value) in frozen.table.rows() {
            writer.push(key.clone(), value.as_deref())?;
        }
        levels.rows.extend(writer.finish()?);
        Ok(())
    }

    fn write_postings(&mut self, frozen: &Frozen, levels: &mut Levels) -> Result<()> {
        let shared = self.shared.clone();
        let mut writer = self.writer(&shared.pages, 0, frozen.table.buckets() as u64);
        frozen.table.each_posting(|bucket, doc, is_gone| {
            writer.push((bucket, doc), if is_gone { None } else { Some(&[]) })
        })?;
        levels.postings.extend(writer.finish()?);
        Ok(())
    }

    fn writer<'a, K: Leveled>(
        &mut self,
        pages: &'a Pages,
        tier: u8,
        keys: u64,
    ) -> RunWriter<'a, K> {
        let number = self.checkpoint.next_run;
        self.checkpoint.next_run += 1;
        RunWriter::new(
            pages,
            number,
            tier,
            self.shared.params.filters.then_some(keys),
        )
    }

    /// Makes new runs durable, names them in the checkpoint, and shows them to readers.
    fn publish(&mut self, levels: Levels, has_flushed: bool) -> Result<()> {
        self.shared.pages.flush()?;
        self.checkpoint.runs = levels.metas();
        self.shared.write_checkpoint(&self.checkpoint)?;
        self.shared.install(levels, has_flushed)
    }

    /// Removes what is retired and merges what is due; `false` if there was nothing to merge.
    fn tidy(&mut self) -> Result<bool> {
        let shared = self.shared.clone();
        remove_unread(&shared.pages, &mut self.retired.rows)?;
        remove_unread(&shared.pages, &mut self.retired.postings)?;
        Ok(self.merge::<Rows>()? || self.merge::<Postings>()?)
    }

    fn merge<K: Leveled>(&mut self) -> Result<bool> {
        let shared = self.shared.clone();
        let levels = shared.levels();
        let Some(group) = due(K::runs(&levels)) else {
            return Ok(false);
        };
        let blocks: u64 = group.iter().map(|run| u64::from(run.meta.blocks)).sum();
        try_space(
            &shared.dir,
            (2 * blocks * BLOCK_BYTES as u64).min(MOST_TRIED_BYTES),
        )?;
        let has_oldest = K::runs(&levels)[0].meta.number == group[0].meta.number;
        drop(levels);

        let keys = group.iter().map(|run| run.meta.keys).sum();
        let mut writer = self.writer::<K>(&shared.pages, group[0].meta.tier + 1, keys);
        let mut sources: Vec<Box<dyn Source<K> + '_>> = Vec::new();
        for run in &group {
            sources.push(Box::new(Cursor::first(&shared.pages, run)?));
        }
        let mut merge = Merge::new(sources);
        let mut merged = 0_u64;
        while let Some((key, value)) = merge.next()? {
            merged += 1;
            if merged.is_multiple_of(STRIDE) {
                if self.is_leaving() {
                    return Ok(true); // what was written is an orphan, removed at the next open
                }
                self.flush()?; // writers must not wait for a long merge
            }
            // With nothing older left, a removal has nothing to remove.
            if value.is_some() || !has_oldest {
                writer.push(key, value.as_deref())?;
            }
        }
        drop(merge);
        let mut levels = (*shared.levels()).clone();
        let runs = K::runs_mut(&mut levels);
        let at = runs
            .iter()
            .position(|run| run.meta.number == group[0].meta.number);
        let at = at.expect("only the keeper takes runs away");
        runs.splice(at..at + group.len(), writer.finish()?);
        self.publish(levels, false)?;
        K::runs_mut(&mut self.retired).extend(group);
        Ok(true)
    }
}

/// Returns the runs to merge next: those of the lowest tier that has enough. Tiers never grow from
/// an older run to a newer one, so they are neighbors.
fn due<K: Leveled>(runs: &Runs<K>) -> Option<Runs<K>> {
    let groups = runs.chunk_by(|older, newer| older.meta.tier == newer.meta.tier);
    groups
        .rev()
        .find(|group| group.len() >= FAN_IN)
        .map(<[_]>::to_vec)
}

fn remove_unread<K: Leveled>(pages: &Pages, runs: &mut Runs<K>) -> Result<()> {
    for run in mem::take(runs) {
        if Arc::strong_count(&run) > 1 {
            runs.push(run);
            continue;
        }
        pages.remove(Map::Blocks, run.meta.number)?;
        pages.remove(Map::Guides, run.meta.number)?;
    }
    Ok(())
}

/// Fails with [`Error::Full`] if the disk has no room for so many bytes: sled does not get over a
/// full disk, so it must not meet one.
fn try_space(dir: &Path, bytes: u64) -> Result<()> {
    const CHUNK: u64 = 1 << 20;
    let path = dir.join("space.tmp");
    let zeros = vec![0; CHUNK as usize];
    let mut file = File::create(&path).map_err(files::failed("create", &path))?;
    let filled = (0..bytes.div_ceil(CHUNK)).try_for_each(|_| file.write_all(&zeros));
    let filled = filled.map_err(files::failed("write", &path));
    drop(file);
    files::remove(&path)?;
    filled
}
