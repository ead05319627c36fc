//! Compacting the journal: segments of which most is dead are written anew, without what is dead.
//!
//! A compaction is planned in one round of upkeep and made in a later one. The feed of changes is cut where
//! it was when the compaction was planned, because a replay of what is left could not come to earlier
//! changes; so whoever follows the feed at some distance still finds its place.

use std::collections::HashSet;

use super::ingest::Turn;
use super::pipeline::{ChangeWork, Pipeline, lock};
use super::retention::take_turns;
use super::{Core, Engine, Result, now_ms};
use crate::id::DocId;
use crate::record::{
    self, CompactedRange, FeedCut, KeptSegment, RowReader, add_furniture_rows, document_of,
    oldest_change,
};
use crate::store::{Failure, JournalSegment};

/// Documents that are listed at once.
const LISTED: usize = 4096;
/// Changes that are cut from the feed in one turn, and segments that hosts repeat that are written once
/// more in one.
const PORTION: usize = 500;
/// A compacted segment of less than this part of the largest one is joined with its neighbors.
const SMALL: u64 = 4;

/// A compaction that is due.
#[derive(Debug)]
pub(super) struct CompactionPlan {
    /// The first and the last entry of the segments.
    first: u64,
    last: u64,
    range: CompactedRange,
    /// The latest change when the documents of the range were looked through.
    cursor: u64,
}

/// A segment, and how much of it is left.
struct Measured {
    segment: JournalSegment,
    /// Documents that it had, and those of them that are left.
    docs: u64,
    live: u64,
}

impl Measured {
    /// Whether enough of it is dead.
    fn is_due(&self, is_forced: bool) -> bool {
        match (is_forced, self.docs) {
            // It has only what later entries have replaced.
            (_, 0) => self.segment.docs.is_none(),
            (true, docs) => self.live < docs,
            (false, docs) => 2 * self.live < docs,
        }
    }

    /// About how many bytes are left of it.
    fn live_bytes(&self) -> u64 {
        self.segment.bytes / self.docs.max(1) * self.live
    }
}

impl Engine {
    /// Takes all out of the store that is not needed any more: removed articles, former versions, and the
    /// changes of the feed so far. When it returns, none of their text is in a file of the store.
    ///
    /// # Errors
    /// [`Error::Closed`](super::Error::Closed), and those of the store.
    pub fn compact(&self) -> Result<()> {
        let core = &self.core;
        core.store.end_segment()?;
        core.compact_where(&self.pipeline, true, now_ms())?;
        Ok(core.store.compact_index()?)
    }
}

impl Core {
    /// Compacts the segments of which anything is dead, or else most.
    pub(super) fn compact_where(
        &self,
        pipeline: &Pipeline,
        is_forced: bool,
        now_ms: i64,
    ) -> Result<()> {
        let plans = self.plan_compactions(is_forced)?;
        let latest = RowReader(&*self.store).latest_change()?;
        if is_forced {
            self.cut_feed(pipeline, latest, now_ms)?;
        }
        plans
            .into_iter()
            .try_for_each(|plan| self.compact(pipeline, plan, now_ms))
    }

    /// Plans compactions of neighboring segments.
    pub(super) fn plan_compactions(&self, is_forced: bool) -> Result<Vec<CompactionPlan>> {
        let segments = self.store.segments()?;
        let largest = segments.iter().map(|segment| segment.bytes).max();
        let largest = largest.unwrap_or(0);
        let firsts = segments.iter().map(|segment| self.first_doc(segment));
        let firsts: Vec<Option<u64>> = firsts.collect::<Result<_>>()?;
        let (mut plans, mut group) = (Vec::new(), Vec::new());
        let mut group_bytes = 0;
        for (at, &segment) in segments.iter().enumerate() {
            // The next segment that has documents has later ones.
            let end = firsts[at + 1..].iter().flatten().next();
            let end = end.copied().unwrap_or(u64::MAX);
            let measured = self.measure(segment, firsts[at], end)?;
            let is_small = segment.docs.is_some() && segment.bytes < largest / SMALL;
            let joins = segment.last.is_some() && (measured.is_due(is_forced) || is_small);
            if !joins || group_bytes + measured.live_bytes() > largest {
                plans.extend(self.plan_group(std::mem::take(&mut group), is_forced)?);
                group_bytes = 0;
            }
            if joins {
                group_bytes += measured.live_bytes();
                group.push((measured, firsts[at], end));
            }
        }
        plans.extend(self.plan_group(group, is_forced)?);
        Ok(plans)
    }

    /// Plans the compaction of a group of segments, if any of them needs it.
    fn plan_group(
        &self,
        group: Vec<(Measured, Option<u64>, u64)>,
        is_forced: bool,
    ) -> Result<Option<CompactionPlan>> {
        let is_due = group
            .iter()
            .any(|(measured, ..)| measured.is_due(is_forced));
        let (Some((head, ..)), Some((tail, _, end))) = (group.first(), group.last()) else {
            return Ok(None);
        };
        let Some(last) = tail.segment.last.filter(|_| is_due) else {
            return Ok(None);
        };
        let first_doc = group.iter().find_map(|(_, first, _)| *first);
        let mut live = HashSet::new();
        if let Some(first_doc) = first_doc {
            self.each_document(first_doc, *end, |doc| {
                live.insert(doc);
            })?;
        }
        Ok(Some(CompactionPlan {
            first: head.segment.first,
            last,
            range: CompactedRange {
                is_first: head.segment.first == 1,
                first_doc: first_doc.unwrap_or(u64::MAX),
                live,
            },
            // Read last: what was missing was removed before.
            cursor: RowReader(&*self.store).latest_change()?,
        }))
    }

    /// Returns the lowest number of a document whose content a segment has.
    fn first_doc(&self, segment: &JournalSegment) -> Result<Option<u64>> {
        let mut found = Ok(None);
        self.store.read_segment(segment.first, &mut |entry| {
            found = document_of(entry);
            matches!(found, Ok(None))
        })?;
        Ok(found?)
    }

    /// Counts the documents of a segment, which has those from `first` on and before `end`.
    fn measure(&self, segment: JournalSegment, first: Option<u64>, end: u64) -> Result<Measured> {
        let mut live = 0;
        let mut docs = segment.docs.unwrap_or(0);
        if let (Some(first), true) = (first, segment.last.is_some()) {
            self.each_document(first, end, |_| live += 1)?;
            let used = end.min(self.store.reserve(0)?).saturating_sub(first);
            docs = segment.docs.unwrap_or(used);
        }
        Ok(Measured {
            segment,
            docs,
            live,
        })
    }

    /// Calls back with the documents that are stored, from `first` on and before `end`.
    fn each_document(&self, first: u64, end: u64, mut each: impl FnMut(u64)) -> Result<()> {
        let mut after = first.checked_sub(1).map(DocId);
        loop {
            let docs = RowReader(&*self.store).documents_after(after, LISTED)?;
            for doc in &docs {
                if doc.0 >= end {
                    return Ok(());
                }
                each(doc.0);
            }
            after = docs.last().copied();
            if docs.len() < LISTED {
                return Ok(());
            }
        }
    }

    /// Makes a compaction.
    pub(super) fn compact(
        &self,
        pipeline: &Pipeline,
        plan: CompactionPlan,
        now_ms: i64,
    ) -> Result<()> {
        let _one_at_a_time = lock(&self.compacting);
        self.carry_furniture(pipeline, &plan, now_ms)?;
        self.cut_feed(pipeline, plan.cursor, now_ms)?;
        let range = plan.range;
        let mut keep = |entry: &[u8]| range.keep(entry).map_err(Failure::from);
        self.store
            .compact_segments(plan.first, plan.last, &mut keep)?;
        Ok(())
    }

    /// Writes the segments that hosts repeat once more, if entries change them that are left out.
    fn carry_furniture(
        &self,
        pipeline: &Pipeline,
        plan: &CompactionPlan,
        now_ms: i64,
    ) -> Result<()> {
        let (mut rows, mut failed) = (HashSet::new(), Ok(()));
        for segment in self.store.segments()? {
            if failed.is_ok() && (plan.first..=plan.last).contains(&segment.first) {
                self.store.read_segment(segment.first, &mut |entry| {
                    failed = add_furniture_rows(entry, &mut rows);
                    failed.is_ok()
                })?;
            }
        }
        failed?;
        let mut rows: Vec<Vec<u8>> = rows.into_iter().collect();
        rows.sort_unstable();
        // What no earlier entry has set need not be dropped.
        let with_missing = !plan.range.is_first;
        let works = rows.chunks(PORTION).map(|rows| -> ChangeWork {
            let rows = rows.to_vec();
            Box::new(move |core, now_ms| core.keep_segments(rows, with_missing, now_ms))
        });
        take_turns(pipeline, works, now_ms)
    }

    fn keep_segments(
        &self,
        rows: Vec<Vec<u8>>,
        with_missing: bool,
        now_ms: i64,
    ) -> Result<Turn<u64>> {
        let segments = RowReader(&*self.store).furniture_rows(&rows)?;
        let kept = rows.into_iter().zip(segments);
        let kept = kept.filter(|(_, segment)| with_missing || segment.is_some());
        let kept = kept.map(|(row, segment)| KeptSegment { row, segment });
        let entry = record::Entry {
            furniture: kept.collect(),
            ..self.entry(now_ms)?
        };
        Ok((0, self.stage(&entry, None, &[])?))
    }

    /// Cuts the feed up to a cursor, and notes which document numbers were used.
    fn cut_feed(&self, pipeline: &Pipeline, until: u64, now_ms: i64) -> Result<()> {
        loop {
            let rows = RowReader(&*self.store);
            let oldest = rows.feed_cut()?.max(oldest_change(rows.latest_change()?));
            let cut = FeedCut {
                after: oldest,
                until: until.min(oldest + PORTION as u64).max(oldest),
            };
            let work: ChangeWork = Box::new(move |core, now_ms| {
                let entry = record::Entry {
                    feed_cut: Some(cut),
                    used_below: core.store.reserve(0)?,
                    ..core.entry(now_ms)?
                };
                Ok((0, core.stage(&entry, None, &[])?))
            });
            take_turns(pipeline, [work].into_iter(), now_ms)?;
            if cut.until >= until {
                return Ok(());
            }
        }
    }
}
