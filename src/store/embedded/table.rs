//! The in-memory table: what was staged since the last table was closed. The journal has its
//! entries, so it may be lost at any moment.

use std::collections::BTreeMap;
use std::ops::Bound;

use super::gather::Gather;
use super::journal::Place;
use super::key;
use super::lists::{Lists, Spare, TABLES};
use super::packed::Entry;
use crate::store::Writes;

/// Bytes that a row costs beside its key and value.
const ROW_OVERHEAD: usize = 96;
/// Bytes of a place.
const PLACE_BYTES: usize = 32;

/// Rows with their removals, and postings with their withdrawals.
#[derive(Default)]
pub(super) struct Table {
    rows: BTreeMap<Vec<u8>, Option<Vec<u8>>>,
    row_bytes: usize,
    /// Where the entries of documents stand, ascending.
    places: Vec<(u64, Place)>,
    posted: Lists,
    withdrawn: Lists,
}

impl Table {
    /// Makes the table that comes after another, of about its size, in memory of an earlier one.
    pub(super) fn after(other: &Table, spare: Spare) -> Self {
        Self {
            posted: Lists::after(&other.posted, spare),
            ..Self::default()
        }
    }

    /// Gives memory up for a table to come.
    pub(super) fn into_spare(self) -> Spare {
        self.posted.into_spare()
    }

    /// Takes in what an entry changes.
    pub(super) fn apply(&mut self, writes: Writes, place: Place) {
        if let Some(doc) = writes.holds {
            self.put(doc, place);
        }
        for (row, value) in writes.rows {
            self.set(row, value);
        }
        for (lists, postings) in [
            (&mut self.posted, writes.posted),
            (&mut self.withdrawn, writes.withdrawn),
        ] {
            for posting in postings {
                lists.warm(&posting.keys);
                posting
                    .keys
                    .iter()
                    .for_each(|&key| lists.insert(key, posting.doc));
            }
        }
    }

    fn put(&mut self, doc: u64, place: Place) {
        let at = self.places.partition_point(|(before, _)| *before < doc);
        match self.places.get_mut(at) {
            Some((same, old)) if *same == doc => *old = place,
            _ => self.places.insert(at, (doc, place)),
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

    /// Returns where the entry that holds a document stands.
    pub(super) fn place(&self, doc: u64) -> Option<Place> {
        let at = self.places.binary_search_by_key(&doc, |(doc, _)| *doc);
        at.ok().map(|at| self.places[at].1)
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

    /// Tells what the table knows of buckets.
    pub(super) fn gather(&self, gather: &mut Gather<'_>) {
        let keys = gather.keys;
        for (lists, is_gone) in [(&self.posted, false), (&self.withdrawn, true)] {
            if lists.len() == 0 {
                continue;
            }
            lists.warm(keys);
            for (at, &key) in keys.iter().enumerate() {
                let docs = lists.get(key);
                if !docs.as_slice().is_empty() {
                    let entry = |&doc: &u64| Entry { key, doc, is_gone };
                    docs.as_slice().iter().map(entry).all(gather.take(at));
                }
            }
        }
    }

    /// Returns how many rows the index will have of the table.
    pub(super) fn rows(&self) -> u64 {
        (self.rows.len() + self.places.len()) as u64
    }

    /// Calls back with all rows as the index has them, in order.
    pub(super) fn each_row<E>(
        &self,
        mut each: impl FnMut(&[u8], Option<&[u8]>) -> Result<(), E>,
    ) -> Result<(), E> {
        for (doc, place) in &self.places {
            each(&key::of_place(*doc), Some(&place.encode()))?;
        }
        let mut index_key = Vec::new();
        for (row, value) in &self.rows {
            key::set_row(&mut index_key, row);
            each(&index_key, value.as_deref())?;
        }
        Ok(())
    }

    /// Returns how many buckets the table knows, at most, and all their keys, or-ed.
    pub(super) fn buckets(&self) -> (u64, u64) {
        let (posted, withdrawn) = (&self.posted, &self.withdrawn);
        let count = posted.len() + withdrawn.len();
        (count as u64, posted.bits() | withdrawn.bits())
    }

    /// Calls back with every posting, in order of bucket and document.
    pub(super) fn each_posting<E>(
        &self,
        mut each: impl FnMut(Entry) -> Result<(), E>,
    ) -> Result<(), E> {
        for table in 0..TABLES {
            let posted = self.posted.sorted(table);
            let withdrawn = self.withdrawn.sorted(table);
            let entry = |is_gone| move |(key, doc)| Entry { key, doc, is_gone };
            let mut gone = withdrawn.iter().copied().peekable();
            for &posting in &posted {
                let mut is_gone = false;
                while let Some(before) = gone.next_if(|gone| *gone <= posting) {
                    is_gone = before == posting;
                    each(entry(true)(before))?;
                }
                if !is_gone {
                    each(entry(false)(posting))?;
                }
            }
            gone.map(entry(true)).try_for_each(&mut each)?;
        }
        Ok(())
    }

    /// Bytes taken up.
    pub(super) fn bytes(&self) -> u64 {
        let places = self.places.len() * PLACE_BYTES;
        (self.row_bytes + places + self.posted.bytes() + self.withdrawn.bytes()) as u64
    }
}
