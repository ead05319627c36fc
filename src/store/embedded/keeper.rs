//! The keeper: one thread that writes frozen tables out as runs, and merges runs.

use std::io;
use std::mem;
use std::panic::{AssertUnwindSafe, catch_unwind, resume_unwind};
use std::path::Path;
use std::sync::Arc;
use std::sync::atomic::Ordering;
use std::thread;
use std::time::{Duration, Instant};

use rustix::fs::statvfs;

use super::block::BLOCK_BYTES;
use super::checkpoint::Checkpoint;
use super::files;
use super::levels::Levels;
use super::merge::{Merge, Source};
use super::posting_merge;
use super::posting_run::PostingRun;
use super::posting_writer::PostingWriter;
use super::row_run::{Cursor, RowRun, RowWriter};
use super::shared::{Frozen, Shared};
use crate::store::{Error, Result};

/// So many runs of postings of one tier become one of the next. More would be written less often,
/// and asked more often.
const POSTING_FAN_IN: usize = 4;
/// The same of rows, which are dearer to write and are asked for one by one.
const ROW_FAN_IN: usize = 8;
/// Keys of the largest run of postings. While it is made, its filter is in memory beside those of
/// the runs that it is made of.
const MOST_MERGED: u64 = 1 << 28;
/// Postings merged between two looks at what else there is to do.
const POSTING_STRIDE: u64 = 1 << 16;
/// Rows merged between two such looks.
const ROW_STRIDE: u64 = 1 << 10;
/// How long to wait for space on a full disk.
const STARVED_WAIT: Duration = Duration::from_millis(500);
/// How long merges rest after one of them met a full disk.
const STARVED_REST: Duration = Duration::from_secs(30);
/// Bytes on disk of a byte of values while sled is written, at most: it writes each three times.
const BYTES_OF_A_BYTE: u64 = 3;

/// Owns the checkpoint.
pub(super) struct Keeper {
    shared: Arc<Shared>,
    checkpoint: Checkpoint,
    /// Runs that no checkpoint names any more, but perhaps a reader.
    retired: Levels,
    /// A merge found the disk full: what it tries anew it takes from the journal.
    rests_until: Option<Instant>,
}

impl Keeper {
    /// Goes on from a checkpoint.
    pub(super) fn new(shared: Arc<Shared>, checkpoint: Checkpoint) -> Self {
        Self {
            shared,
            checkpoint,
            retired: Levels::default(),
            rests_until: None,
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
        let levels = match self.write_out(&frozen) {
            Err(error @ Error::Full { .. }) => {
                shared.log()?.is_starved = true;
                shared.room.notify_all();
                return Err(error);
            }
            levels => levels?,
        };
        shared.install_flushed(levels)?;
        if let Ok(table) = Arc::try_unwrap(frozen).map(|frozen| frozen.table)
            && let Ok(table) = Arc::try_unwrap(table)
        {
            let spare = table.into_spare();
            shared.log()?.spare = spare;
        }
        Ok(true)
    }

    /// Writes a table out and names its runs in the checkpoint.
    fn write_out(&mut self, frozen: &Frozen) -> Result<Levels> {
        let shared = self.shared.clone();
        // An index ahead of a journal that lost its end would show what never happened.
        shared.sync_journal(frozen.mark.sequence)?;
        ask_for_space(&shared.dir, frozen.table.bytes())?;
        let mut levels = (*shared.levels()).clone();
        let (of_postings, of_rows) = (self.number(), self.number());
        let (postings, rows) = thread::scope(|scope| {
            let rows = scope.spawn(|| write_rows(&shared, frozen, of_rows));
            let postings = write_postings(&shared, frozen, of_postings);
            let rows = rows.join();
            (postings, rows.unwrap_or_else(|panic| resume_unwind(panic)))
        });
        let written = postings.and_then(|postings| Ok((postings, rows?)));
        let (postings, rows) = written.inspect_err(|_| {
            for number in [of_postings, of_rows] {
                let _ = shared.pages.remove(number); // or the next open does
            }
        })?;
        levels.postings.extend(postings);
        levels.rows.extend(rows);
        self.checkpoint.mark = frozen.mark;
        self.checkpoint.next_doc = frozen.next_doc;
        self.checkpoint.counters = frozen.counters.clone();
        self.name_runs(&levels)?;
        Ok(levels)
    }

    fn number(&mut self) -> u32 {
        self.checkpoint.next_run += 1;
        self.checkpoint.next_run - 1
    }

    /// Names new runs in the checkpoint.
    fn name_runs(&mut self, levels: &Levels) -> Result<()> {
        self.checkpoint.runs = levels.metas();
        self.shared.write_checkpoint(&self.checkpoint)
    }

    /// Removes what is retired and merges what is due; `false` if there was nothing to merge.
    fn tidy(&mut self) -> Result<bool> {
        let pages = &self.shared.pages;
        remove_unread(&mut self.retired.rows, |run| pages.remove(run.meta.number))?;
        remove_unread(&mut self.retired.postings, |run| {
            pages.remove(run.meta.number)
        })?;
        if self.rests_until.is_some_and(|until| Instant::now() < until) {
            return Ok(false);
        }
        self.rests_until = None;
        let mut done = self.merge_postings();
        if let Ok(false) = done {
            done = self.merge_rows();
        }
        done.or_else(|error| match error {
            Error::Full { .. } => {
                self.rests_until = Some(Instant::now() + STARVED_REST);
                Ok(false)
            }
            error => Err(error),
        })
    }

    fn merge_postings(&mut self) -> Result<bool> {
        let shared = self.shared.clone();
        let levels = shared.levels();
        let may_merge = |group: &[Arc<PostingRun>]| {
            group.iter().map(|run| run.meta.keys).sum::<u64>() <= MOST_MERGED
        };
        let Some(group) = due(
            &levels.postings,
            POSTING_FAN_IN,
            |run| run.meta.tier,
            may_merge,
        ) else {
            return Ok(false);
        };
        let bytes: u64 = group.iter().map(|run| run.bytes()).sum();
        ask_for_space(&shared.dir, BYTES_OF_A_BYTE * bytes)?;
        let has_oldest = levels.postings[0].meta.number == group[0].meta.number;
        drop(levels);

        let keys = group.iter().map(|run| run.meta.keys).sum();
        let bits = group.iter().fold(0, |bits, run| bits | run.meta.bits);
        let name = (self.number(), group[0].meta.tier + 1);
        let mut writer =
            PostingWriter::new(&shared.pages, name, (keys, bits), shared.params.filters)?;
        let mut merge = posting_merge::Merge::new(&shared.pages, &group)?;
        let mut merged = 0_u64;
        while let Some(entry) = merge.next()? {
            merged += 1;
            if merged.is_multiple_of(POSTING_STRIDE) && !self.may_go_on()? {
                return Ok(true);
            }
            // With nothing older left, a removal has nothing to remove.
            if !(entry.is_gone && has_oldest) {
                writer.push(entry)?;
            }
        }
        drop(merge);
        let mut levels = (*shared.levels()).clone();
        let is_first = |run: &Arc<PostingRun>| run.meta.number == group[0].meta.number;
        replace(
            &mut levels.postings,
            is_first,
            group.len(),
            writer.finish()?,
        );
        self.name_runs(&levels)?;
        shared.install(levels);
        self.retired.postings.extend(group);
        Ok(true)
    }

    fn merge_rows(&mut self) -> Result<bool> {
        let shared = self.shared.clone();
        let levels = shared.levels();
        let Some(group) = due(&levels.rows, ROW_FAN_IN, |run| run.meta.tier, |_| true) else {
            return Ok(false);
        };
        let blocks: u64 = group.iter().map(|run| u64::from(run.meta.blocks)).sum();
        ask_for_space(&shared.dir, BYTES_OF_A_BYTE * blocks * BLOCK_BYTES as u64)?;
        let has_oldest = levels.rows[0].meta.number == group[0].meta.number;
        drop(levels);

        let rows = group.iter().map(|run| run.meta.rows).sum();
        let name = (self.number(), group[0].meta.tier + 1);
        let mut writer = RowWriter::new(&shared.pages, name, rows, shared.params.filters)?;
        let mut sources = Vec::new();
        for run in &group {
            sources.push(Source::Run(Cursor::seek(&shared.pages, run, b"")?));
        }
        let mut merge = Merge::new(sources);
        let mut merged = 0_u64;
        let push = |writer: &mut RowWriter<'_>, key: &[u8], value: Option<&[u8]>| {
            // With nothing older left, a removal has nothing to remove.
            if value.is_some() || !has_oldest {
                writer.push(key, value)
            } else {
                Ok(())
            }
        };
        loop {
            // Most rows come in the order of their documents: what one run has of them comes before
            // what the next has, and blocks need not be packed anew.
            let is_block = merge.next_block(|whole| writer.push_block(whole, !has_oldest))?;
            if !is_block {
                match merge.next(|key, value| push(&mut writer, key, value))? {
                    Some(pushed) => pushed?,
                    None => break,
                }
            }
            merged += 1;
            if merged.is_multiple_of(ROW_STRIDE) && !self.may_go_on()? {
                return Ok(true);
            }
        }
        drop(merge);
        let mut levels = (*shared.levels()).clone();
        let is_first = |run: &Arc<RowRun>| run.meta.number == group[0].meta.number;
        replace(&mut levels.rows, is_first, group.len(), writer.finish()?);
        self.name_runs(&levels)?;
        shared.install(levels);
        self.retired.rows.extend(group);
        Ok(true)
    }

    /// Writes a frozen table out in the middle of a merge, for writers must not wait for a long one;
    /// `false` if the merge is to be given up.
    fn may_go_on(&mut self) -> Result<bool> {
        if self.is_leaving() {
            return Ok(false);
        }
        self.flush()?;
        Ok(true)
    }
}

fn write_rows(shared: &Shared, frozen: &Frozen, number: u32) -> Result<Option<Arc<RowRun>>> {
    let rows = frozen.table.rows();
    let mut writer = RowWriter::new(&shared.pages, (number, 0), rows, shared.params.filters)?;
    frozen
        .table
        .each_row(|key, value| writer.push(key, value))?;
    writer.finish()
}

fn write_postings(
    shared: &Shared,
    frozen: &Frozen,
    number: u32,
) -> Result<Option<Arc<PostingRun>>> {
    let (name, buckets) = ((number, 0), frozen.table.buckets());
    let mut writer = PostingWriter::new(&shared.pages, name, buckets, shared.params.filters)?;
    frozen.table.each_posting(|entry| writer.push(entry))?;
    writer.finish()
}

/// Returns the runs to merge next: the oldest of the lowest tier that has enough, as many as may be
/// merged. Tiers never grow from an older run to a newer one, so they are neighbors.
fn due<R: Clone>(
    runs: &[R],
    fan_in: usize,
    tier: impl Fn(&R) -> u8,
    may_merge: impl Fn(&[R]) -> bool,
) -> Option<Vec<R>> {
    let groups = runs.chunk_by(|older, newer| tier(older) == tier(newer));
    let full = groups.rev().filter(|group| group.len() >= fan_in);
    let mut due = full.filter_map(|group| {
        let mut oldest = (2..=group.len()).rev().map(|count| &group[..count]);
        oldest.find(|oldest| may_merge(oldest))
    });
    due.next().map(<[_]>::to_vec)
}

/// Puts what some runs became in their place.
fn replace<R>(runs: &mut Vec<R>, is_first: impl Fn(&R) -> bool, count: usize, by: Option<R>) {
    let at = runs.iter().position(is_first);
    let at = at.expect("only the keeper takes runs away");
    runs.splice(at..at + count, by);
}

fn remove_unread<R>(
    runs: &mut Vec<Arc<R>>,
    mut remove: impl FnMut(&R) -> Result<()>,
) -> Result<()> {
    for run in mem::take(runs) {
        if Arc::strong_count(&run) > 1 {
            runs.push(run);
        } else {
            remove(&run)?;
        }
    }
    Ok(())
}

/// Fails with [`Error::Full`] if the disk has no room for so many bytes: sled does not get over a
/// full disk, so it must not meet one.
fn ask_for_space(dir: &Path, bytes: u64) -> Result<()> {
    let asked = statvfs(dir).map_err(io::Error::from);
    let of = asked.map_err(files::failed("ask for space in", dir))?;
    if of.f_bavail.saturating_mul(of.f_frsize) < bytes {
        return Err(Error::Full {
            path: dir.to_owned(),
        });
    }
    Ok(())
}
