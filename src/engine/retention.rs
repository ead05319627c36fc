//! Taking away what is kept no longer, in portions between turns: articles that are older than their
//! collection keeps them, and what dropped collections have left.
//!
//! The age of an article counts from when it was first seen: from its earliest capture. The date on a page
//! may be absent or wrong; and the journal has articles mostly in the order of their first sight, so that
//! those of an age stand together.

use std::collections::HashMap;
use std::sync::atomic::Ordering;

use super::compaction::CompactionPlan;
use super::ingest::Turn;
use super::pipeline::{ChangeWork, Pipeline, guarded};
use super::{Core, Error, Result};
use crate::id::{Collection, DocId};
use crate::record::{DocList, Document, Entry, Keys, ListPosition, Purge, RowReader};

/// Documents that are prepared at once.
const PREPARED: usize = 256;
/// Documents of a dropped collection that go in one turn: some 2,000 postings. Their clusters go with
/// them, so nothing is settled.
const PURGED: usize = 16;
/// Rows of furniture that go in one turn.
const FORGOTTEN: usize = 256;
/// How often everything is looked through from the start, and with it what was learned of hosts.
const WHOLE_ROUND_MS: i64 = 24 * 3600 * 1000;

/// How long the feed of changes reaches back at least before a compaction cuts it.
const PLANNED_MS: i64 = 3600 * 1000;
/// Segments are looked through again once one in so many documents was withdrawn: that takes time in
/// proportion to all of them.
const LOOK_SHARE: u64 = 16;

/// A document that is to go, and its buckets; `None` if they are looked up in its turn.
type Going = (DocId, Option<Keys>);

/// A portion of a dropped generation, and the buckets of its documents.
type PreparedPurge = (Purge, Vec<(DocId, Keys)>);

/// What rounds before this one have done.
#[derive(Default)]
pub(super) struct RoundsBefore {
    /// When everything was last looked through from the start.
    whole_ms: Option<i64>,
    /// Up to where articles have expired since, by collection: rows that were dropped are passed over
    /// only once.
    expired: HashMap<String, ListPosition>,
    /// Compactions that are due, and when they were planned.
    planned: (i64, Vec<CompactionPlan>),
    /// Documents that were withdrawn when compactions were last planned, and those that were stored.
    looked_at: (u64, u64),
    /// Documents that were withdrawn when the index was last written anew.
    merged_at: u64,
}

impl Core {
    /// Takes away all that is due at a time.
    pub(super) fn take_away_due(
        &self,
        pipeline: &Pipeline,
        before: &mut RoundsBefore,
        now_ms: i64,
    ) -> Result<()> {
        while let Some(dropped) = RowReader(&*self.store).first_dropped()? {
            self.purge_all(pipeline, &dropped, now_ms)?;
        }
        let is_due = |last: i64| now_ms.saturating_sub(last) >= WHOLE_ROUND_MS;
        let is_whole = before.whole_ms.is_none_or(is_due);
        if is_whole {
            before.expired.clear();
        }
        let mut after = String::new();
        loop {
            let batch = RowReader(&*self.store).settings_after(&after, PREPARED)?;
            let Some(last) = batch.last() else { break };
            after = last.name.clone();
            for settings in batch.iter().filter(|settings| settings.retain_ms > 0) {
                let stored = Collection::stored(&settings.name).generation(settings.generation);
                let retained = i64::try_from(settings.retain_ms).unwrap_or(i64::MAX);
                let before_ms = now_ms.saturating_sub(retained);
                let done = before.expired.entry(stored.as_str().to_owned());
                let done = done.or_insert_with(|| DocList::FirstSeen(stored.as_str()).start());
                self.expire_all(pipeline, &stored, done, before_ms, now_ms)?;
                if is_whole {
                    self.forget(pipeline, &stored, before_ms, now_ms)?;
                }
            }
        }
        if is_whole {
            before.whole_ms = Some(now_ms);
        }
        self.compact_due(pipeline, before, now_ms)
    }

    /// Makes the compactions that were planned a while ago, and plans others once enough was withdrawn.
    fn compact_due(
        &self,
        pipeline: &Pipeline,
        before: &mut RoundsBefore,
        now_ms: i64,
    ) -> Result<()> {
        let (planned_ms, plans) = &mut before.planned;
        if now_ms.saturating_sub(*planned_ms) >= PLANNED_MS {
            for plan in std::mem::take(plans) {
                self.compact(pipeline, plan, now_ms)?;
            }
        }
        let withdrawn = self.withdrawn.load(Ordering::Relaxed);
        let (withdrawn_then, stored) = &mut before.looked_at;
        let since = withdrawn - *withdrawn_then;
        if plans.is_empty() && since > 0 && since >= *stored / LOOK_SHARE {
            before.planned = (now_ms, self.plan_compactions(false)?);
            before.looked_at = (withdrawn, self.stored_documents()?);
        }
        let (_, stored) = before.looked_at;
        if withdrawn - before.merged_at > stored {
            // Half of the index is dead: merges by level would come to that late.
            before.merged_at = withdrawn;
            self.store.compact_index()?;
        }
        Ok(())
    }

    /// Removes the articles of a collection that were first seen before a time, one in a turn. Those up
    /// to `done` are removed already.
    fn expire_all(
        &self,
        pipeline: &Pipeline,
        stored: &Collection,
        done: &mut ListPosition,
        before_ms: i64,
        now_ms: i64,
    ) -> Result<()> {
        loop {
            let expired = self.expired(stored, done, before_ms)?;
            let Some((last, _)) = expired.last() else {
                return Ok(());
            };
            let last = last.clone();
            let works = expired.into_iter().map(|(_, going)| -> ChangeWork {
                Box::new(move |core, now_ms| core.expire(going, now_ms))
            });
            take_turns(pipeline, works, now_ms)?;
            *done = last;
        }
    }

    /// Returns the next documents of a collection that were first seen before a time, the oldest first,
    /// with their places.
    pub(super) fn expired(
        &self,
        stored: &Collection,
        after: &ListPosition,
        before_ms: i64,
    ) -> Result<Vec<(ListPosition, Going)>> {
        let list = DocList::FirstSeen(stored.as_str());
        let mut expired = Vec::new();
        for (place, doc) in RowReader(&*self.store).list(list, Some(after), PREPARED)? {
            if place.first_seen()? >= before_ms {
                break;
            }
            expired.push((place, self.going(doc)));
        }
        Ok(expired)
    }

    /// Removes an article because of its age: staged, not yet durable.
    pub(super) fn expire(&self, (doc, keys): Going, now_ms: i64) -> Result<Turn<u64>> {
        // It may be removed, or its collection dropped, by now.
        let Some(former) = self.documents(&[doc])?.pop() else {
            return Ok((0, None));
        };
        if self.is_dropped(doc)? {
            return Ok((0, None));
        }
        let keys: Vec<(DocId, Keys)> = keys.into_iter().map(|keys| (doc, keys)).collect();
        Ok((1, self.withdraw(&former, &keys, now_ms)?))
    }

    /// Takes everything away that a dropped generation has.
    fn purge_all(&self, pipeline: &Pipeline, dropped: &Collection, now_ms: i64) -> Result<()> {
        let mut after = DocList::FirstSeen(dropped.as_str()).start();
        let mut after_segment = None;
        loop {
            let mut purges = self.purges(dropped, &mut after)?;
            if purges.is_empty() {
                purges.push((self.last_purge(dropped, &mut after_segment)?, Vec::new()));
            }
            let is_last = purges.iter().any(|(purge, _)| purge.is_last);
            let works = purges.into_iter().map(|(purge, keys)| -> ChangeWork {
                Box::new(move |core, now_ms| core.purge(purge, &keys, now_ms))
            });
            take_turns(pipeline, works, now_ms)?;
            if is_last {
                return Ok(());
            }
        }
    }

    /// Returns the next portions to take away of a dropped generation's articles, those after a place,
    /// and moves the place on.
    pub(super) fn purges(
        &self,
        dropped: &Collection,
        after: &mut ListPosition,
    ) -> Result<Vec<PreparedPurge>> {
        let list = DocList::FirstSeen(dropped.as_str());
        let docs = RowReader(&*self.store).list(list, Some(after), PREPARED)?;
        if let Some((last, _)) = docs.last() {
            *after = last.clone();
        }
        let portions = docs.chunks(PURGED).map(|portion| {
            let docs: Vec<Going> = portion.iter().map(|(_, doc)| self.going(*doc)).collect();
            let purge = Purge {
                collection: dropped.as_str().to_owned(),
                docs: docs.iter().map(|(doc, _)| doc.0).collect(),
                ..Purge::default()
            };
            let keys = docs
                .into_iter()
                .filter_map(|(doc, keys)| Some((doc, keys?)));
            (purge, keys.collect())
        });
        Ok(portions.collect())
    }

    /// Returns the next portion to take away of a dropped generation that has no articles any more: what
    /// was learned of its hosts, after a row, which it moves on.
    pub(super) fn last_purge(
        &self,
        dropped: &Collection,
        after: &mut Option<Vec<u8>>,
    ) -> Result<Purge> {
        let rows = RowReader(&*self.store);
        let segments = rows.furniture_of(dropped, after.as_deref(), FORGOTTEN)?;
        if let Some((last, _)) = segments.last() {
            *after = Some(last.clone());
        }
        Ok(Purge {
            collection: dropped.as_str().to_owned(),
            is_last: segments.len() < FORGOTTEN,
            segments: segments.into_iter().map(|(row, _)| row).collect(),
            ..Purge::default()
        })
    }

    /// Takes a portion of a dropped generation away: staged, not yet durable.
    pub(super) fn purge(
        &self,
        purge: Purge,
        keys: &[(DocId, Keys)],
        now_ms: i64,
    ) -> Result<Turn<u64>> {
        let docs = purge.docs.len() as u64;
        let entry = Entry {
            purge: Some(purge),
            ..self.entry(now_ms)?
        };
        Ok((docs, self.stage(&entry, None, keys)?))
    }

    /// Forgets the segments that hosts of a collection have not shown since a time.
    fn forget(
        &self,
        pipeline: &Pipeline,
        stored: &Collection,
        before_ms: i64,
        now_ms: i64,
    ) -> Result<()> {
        let mut after: Option<Vec<u8>> = None;
        loop {
            let rows = RowReader(&*self.store);
            let batch = rows.furniture_of(stored, after.as_deref(), FORGOTTEN)?;
            let Some((last, _)) = batch.last() else {
                return Ok(());
            };
            after = Some(last.clone());
            let old = batch.into_iter().filter(|(_, one)| one.last_ms < before_ms);
            let segments: Vec<Vec<u8>> = old.map(|(row, _)| row).collect();
            if segments.is_empty() {
                continue;
            }
            let collection = stored.as_str().to_owned();
            let work =
                move |core: &Core, now_ms| core.forget_segments(collection, segments, now_ms);
            let work: ChangeWork = Box::new(work);
            take_turns(pipeline, [work].into_iter(), now_ms)?;
        }
    }

    fn forget_segments(
        &self,
        collection: String,
        segments: Vec<Vec<u8>>,
        now_ms: i64,
    ) -> Result<Turn<u64>> {
        let purge = Purge {
            collection,
            segments,
            ..Purge::default()
        };
        let done = self.purge(purge, &[], now_ms)?;
        self.furniture.forget();
        Ok(done)
    }

    /// Returns the number of documents of all collections.
    fn stored_documents(&self) -> Result<u64> {
        let (mut sum, mut after) = (0, String::new());
        loop {
            let batch = RowReader(&*self.store).collections(&after, PREPARED)?;
            let Some((last, _)) = batch.last() else {
                return Ok(sum);
            };
            after = last.as_str().to_owned();
            sum += batch.iter().map(|(_, counts)| counts.articles).sum::<u64>();
        }
    }

    /// Reads and sketches a document that is to go. Errors are ignored; its turn hits the same error and
    /// reports it.
    fn going(&self, doc: DocId) -> Going {
        let put = |doc| -> Result<Option<Document>> {
            let put = RowReader(&*self.store).put(doc)?;
            Ok(put.map(Document::alone))
        };
        let keys = || put(doc)?.map(|one| self.keys_of(&one)).transpose();
        (doc, guarded(keys).unwrap_or_default())
    }
}

/// Gives the writer turns, and waits until they are durable. Others' turns come between them.
pub(super) fn take_turns(
    pipeline: &Pipeline,
    works: impl Iterator<Item = ChangeWork>,
    now_ms: i64,
) -> Result<()> {
    let answers = works.map(|work| pipeline.change(work, now_ms));
    let answers = answers.collect::<Result<Vec<_>>>()?;
    for answer in answers {
        answer.recv().unwrap_or(Err(Error::Closed))?;
    }
    Ok(())
}
