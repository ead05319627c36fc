//! Settles, in portions between turns, what the turns have left.

use std::sync::atomic::Ordering;

use super::neighborhood::LiveNeighborhood;
use super::pipeline::lock;
use super::{Core, Result};
use crate::cluster::{Cause, PORTION, settle};
use crate::id::DocId;
use crate::record::{Document, Entry, RowReader, VERSION, Withdrawal, after_row};

impl Core {
    /// Settles what a change affects, and returns the entry of it, without the new article.
    pub(super) fn settle(
        &self,
        cause: Cause<'_>,
        around: &mut LiveNeighborhood<'_>,
        now_ms: i64,
    ) -> Result<Entry> {
        let settled = settle(cause, self.params.portion.unwrap_or(PORTION), around)?;
        Ok(Entry {
            withdrawal: around.withdrawn.map(|DocId(doc)| Withdrawal { doc }),
            memberships: around.memberships(&settled.assigned)?,
            unsettled: settled.unsettled,
            ..self.entry(now_ms)?
        })
    }

    /// Returns an entry without any change, to be staged in this turn.
    pub(super) fn entry(&self, now_ms: i64) -> Result<Entry> {
        Ok(Entry {
            version: VERSION,
            time_ms: now_ms,
            cursor: RowReader(&*self.store).latest_change()?,
            ..Entry::default()
        })
    }

    /// Settles a portion of what is left, the earliest first: staged, not yet durable. Returns the cursor
    /// of the last change.
    pub(super) fn settle_portion(&self, now_ms: i64) -> Result<Option<u64>> {
        let from = lock(&self.unsettled_from).clone();
        let Some((row, first)) = RowReader(&*self.store).first_unsettled(&from)? else {
            self.stop_settling();
            return Ok(None);
        };
        if self.is_dropped(DocId(first.doc))? {
            // It is taken away, and what is left of it too.
            *lock(&self.unsettled_from) = after_row(&row);
            return Ok(None);
        }
        *lock(&self.unsettled_from) = row;
        let mut around = LiveNeighborhood::new(self, None, None);
        let entry = self.settle(Cause::Left(&first), &mut around, now_ms)?;
        self.meters.settled_portions.add(1);
        self.stage(&entry, None, &[])
    }

    /// Notes that a staged entry has left something to settle, first in this row.
    pub(super) fn leave_unsettled(&self, row: &[u8]) {
        let mut from = lock(&self.unsettled_from);
        if row < from.as_slice() {
            *from = row.to_vec();
        }
        self.settling.store(true, Ordering::Release);
    }

    /// Whether anything may be left to settle.
    pub(super) fn is_settling(&self) -> bool {
        self.settling.load(Ordering::Acquire)
    }

    /// Leaves the rest until an entry leaves something, or the store is opened again.
    pub(super) fn stop_settling(&self) {
        self.settling.store(false, Ordering::Release);
    }

    /// Whether the place of a document, or of its followers, is not final yet.
    pub(super) fn is_unsettled(&self, document: &Document) -> Result<bool> {
        if !self.is_settling() || document.is_provisional() {
            return Ok(document.is_provisional());
        }
        let rows = RowReader(&*self.store);
        let left = rows.unsettled(&document.order(), document.doc())?;
        Ok(!left.is_settled())
    }
}
