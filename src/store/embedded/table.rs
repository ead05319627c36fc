//! The in-memory table: what was staged since the last table was closed. The journal has its
//! entries, so it may be lost at any moment.

use std::collections::BTreeMap;
use std::ops::Bound;

use super::journal::Place;
use super::key;
use super::lists::Lists;
use crate::store::Writes;

/// What a bucket read takes from a table: documents in ascending order, `true` if withdrawn.
pub(super) type Marked = Vec<(u64, bool)>;

/// Bytes that a row costs beside its key and value.
const ROW_OVERHEAD: usize = 96;

/// Rows with their removals, and postings with their withdrawals.
#[derive(Default)]
pub(super) struct Table {
    rows: BTreeMap<Vec<u8>, Option<Vec<u8>>>,
    row_bytes: usize,
    posted: Lists,
    withdrawn: Lists,
}

impl Table {
    /// Takes in what an entry changes.
    pub(super) fn apply(&mut self, writes: Writes, place: Place) {
        if let Some(doc) = writes.holds {
            self.set(key::of_place(doc), Some(place.encode()));
        }
        for (row, value) in writes.rows {
            self.set(key::of_row(&row), value);
        }
        for (lists, postings) in [
            (&mut self.posted, writes.posted),
            (&mut self.withdrawn, writes.withdrawn),
        ] {
            for posting in postings {
                posting
                    .keys
                    .iter()
                    .for_each(|&key| lists.insert(key, posting.doc));
            }
        }
    }

    fn set(&mut self, key: Vec<u8>, value: Option<Vec<u8>>) {
        let of = |value: &Option<Vec<u8>>| value.as_ref().map_or(0, Vec::len);
        self.row_bytes += of(&value);
        let key_bytes = key.len() + ROW_OVERHEAD;
        match self.rows.insert(key, value) {
            Some(old) => self.row_bytes -= of(&old),
            None => self.row_bytes += key_bytes,
        }
    }

    /// Returns the row under a key: `Some(None)` if it was dropped.
    pub(super) fn row(&self, key: &[u8]) -> Option<Option<&[u8]>> {
        self.rows.get(key).map(Option::as_deref)
    }

    /// Returns the rows that begin with a prefix and come after a key, dropped ones among them, as
    /// far as `limit` of them are there.
    pub(super) fn range(
        &self,
        prefix: &[u8],
        after: Option<&[u8]>,
        limit: usize,
    ) -> Vec<(Vec<u8>, Option<Vec<u8>>)> {
        let from = match after {
            Some(after) if after >= prefix => Bound::Excluded(after),
            _ => Bound::Included(prefix),
        };
        let mut left = limit;
        let mut found = Vec::new();
        for (key, value) in self.rows.range::<[u8], _>((from, Bound::Unbounded)) {
            if left == 0 || !key.starts_with(prefix) {
                break;
            }
            left -= usize::from(value.is_some());
            found.push((key.clone(), value.clone()));
        }
        found
    }

    /// Returns what the table knows of a bucket: all withdrawals, and at least `room` of the
    /// documents that were not withdrawn here, the lowest.
    pub(super) fn docs(&self, key: u64, room: usize) -> Marked {
        let withdrawn = self.withdrawn.get(key);
        let posted = self.posted.get(key);
        let posted = &posted[..posted.len().min(room.saturating_add(withdrawn.len()))];
        merge(posted, withdrawn)
    }

    /// Returns all rows, in order.
    pub(super) fn rows(&self) -> impl ExactSizeIterator<Item = (&Vec<u8>, &Option<Vec<u8>>)> {
        self.rows.iter()
    }

    /// Returns how many buckets the table knows, at most.
    pub(super) fn buckets(&self) -> usize {
        self.posted.len() + self.withdrawn.len()
    }

    /// Calls back with every posting, in order of bucket and document.
    pub(super) fn each_posting<E>(
        &self,
        mut each: impl FnMut(u64, u64, bool) -> Result<(), E>,
    ) -> Result<(), E> {
        let mut keys: Vec<u64> = self.posted.keys().chain(self.withdrawn.keys()).collect();
        keys.sort_unstable();
        keys.dedup();
        for key in keys {
            for (doc, is_gone) in merge(self.posted.get(key), self.withdrawn.get(key)) {
                each(key, doc, is_gone)?;
            }
        }
        Ok(())
    }

    /// Bytes taken up.
    pub(super) fn bytes(&self) -> u64 {
        (self.row_bytes + self.posted.bytes() + self.withdrawn.bytes()) as u64
    }
}

fn merge(posted: &[u64], withdrawn: &[u64]) -> Marked {
    let mut docs: Marked = posted.iter().map(|&doc| (doc, false)).collect();
    if !withdrawn.is_empty() {
        docs.retain(|(doc, _)| withdrawn.binary_search(doc).is_err());
        docs.extend(withdrawn.iter().map(|&doc| (doc, true)));
        docs.sort_unstable();
    }
    docs
}
