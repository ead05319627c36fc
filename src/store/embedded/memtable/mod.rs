//! The memtable: rows and postings that were staged since the last flush. It may be lost at any
//! moment, because the journal has its entries.

mod buckets;

use std::collections::BTreeMap;
use std::ops::Bound;
use std::sync::Arc;

pub use self::buckets::SpareTables;
use self::buckets::{BucketTables, TABLES};
use super::journal::{EntryLocation, RecordLocation};
use super::runs::{self, BucketMerge, PostingEntry, RowEntry};
use crate::store::{Error, Result, Writes};

/// Bytes that a row costs beside its key and value.
const ROW_OVERHEAD: usize = 96;
const LOCATION_BYTES: usize = 32;

/// An entry that is not in the journal yet.
#[derive(Clone)]
pub struct StagedEntry {
    /// The document whose content it is.
    doc: Option<u64>,
    pub bytes: Arc<Vec<u8>>,
}

/// What a memtable knows of a document's entry.
pub enum FoundEntry {
    Staged(Arc<Vec<u8>>),
    InJournal(EntryLocation),
}

/// A caller's row: its key, and its value or `None` for a removal.
pub type MemtableRow = (Vec<u8>, Option<Vec<u8>>);

/// Rows and their removals, postings and their withdrawals.
#[derive(Default)]
pub struct Memtable {
    rows: BTreeMap<Vec<u8>, Option<Vec<u8>>>,
    row_bytes: usize,
    /// Where the entries of documents are, by document; `None` if nobody will ask for it any more.
    locations: BTreeMap<u64, Option<EntryLocation>>,
    /// In order. Few: the store bounds them.
    pub staged: Vec<StagedEntry>,
    pub staged_bytes: usize,
    posted: BucketTables,
    withdrawn: BucketTables,
}

impl Memtable {
    /// Creates the memtable that follows another of about its size, in the memory of an earlier one.
    pub fn sized_like(other: &Memtable, spare: SpareTables) -> Self {
        Self {
            posted: BucketTables::sized_like(&other.posted, spare),
            ..Self::default()
        }
    }

    /// Returns the memory for a later memtable.
    pub fn into_spare(self) -> SpareTables {
        self.posted.into_spare()
    }

    /// Applies the changes of an entry that is not in the journal yet.
    pub fn stage(&mut self, entry: Vec<u8>, writes: Writes) {
        self.staged_bytes += entry.len();
        self.staged.push(StagedEntry {
            doc: writes.holds,
            bytes: Arc::new(entry),
        });
        self.apply(writes);
    }

    /// Applies the changes of an entry in the journal.
    pub fn replay(&mut self, location: EntryLocation, writes: Writes) {
        self.locations
            .extend(writes.holds.map(|doc| (doc, Some(location))));
        self.apply(writes);
    }

    /// Notes that the first staged entries are now a record of the journal.
    pub fn set_written(&mut self, entries: usize, record: RecordLocation) {
        for (place, entry) in (0..).zip(self.staged.drain(..entries)) {
            self.staged_bytes -= entry.bytes.len();
            let location = EntryLocation { record, place };
            if let Some(doc) = entry.doc {
                // It may be gone already.
                self.locations.entry(doc).or_insert(Some(location));
            }
        }
    }

    fn apply(&mut self, writes: Writes) {
        for (row, value) in writes.rows {
            self.set_row(row, value);
        }
        self.locations
            .extend(writes.gone.into_iter().map(|doc| (doc, None)));
        for (tables, postings) in [
            (&mut self.posted, writes.posted),
            (&mut self.withdrawn, writes.withdrawn),
        ] {
            postings.iter().for_each(|posting| tables.insert(posting));
        }
    }

    fn set_row(&mut self, key: Vec<u8>, value: Option<Vec<u8>>) {
        let length = |value: &Option<Vec<u8>>| value.as_ref().map_or(0, Vec::len);
        self.row_bytes += length(&value);
        let key_bytes = key.len() + ROW_OVERHEAD;
        match self.rows.insert(key, value) {
            Some(old) => self.row_bytes -= length(&old),
            None => self.row_bytes += key_bytes,
        }
    }

    /// Returns the row under a key: `Some(None)` if it was removed.
    pub fn row(&self, key: &[u8]) -> Option<Option<Vec<u8>>> {
        self.rows.get(key).cloned()
    }

    /// Returns the entry of a document: `Some(None)` if it is gone.
    pub fn entry(&self, doc: u64) -> Option<Option<FoundEntry>> {
        if let Some(location) = self.locations.get(&doc) {
            return Some(location.map(FoundEntry::InJournal));
        }
        let found = self.staged.iter().find(|staged| staged.doc == Some(doc));
        found.map(|staged| Some(FoundEntry::Staged(staged.bytes.clone())))
    }

    /// Returns the rows that begin with a prefix and follow a key, up to `limit` of them; removals
    /// are returned, too, and do not count.
    pub fn range(&self, prefix: &[u8], after: Option<&[u8]>, limit: usize) -> Vec<MemtableRow> {
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

    /// Adds the memtable's entries of the buckets under `keys`.
    pub fn add_buckets(&self, keys: &[u64], merge: &mut BucketMerge) {
        let mut few = Vec::new();
        for (tables, is_withdrawn) in [(&self.posted, false), (&self.withdrawn, true)] {
            if tables.used == 0 {
                continue;
            }
            tables.prefetch(keys.iter().copied());
            for (at, &key) in keys.iter().enumerate() {
                let entry = |doc| PostingEntry::new(key, doc, is_withdrawn);
                let docs = tables.read(key, &mut few);
                docs.map(entry).all(merge.add_to(at));
            }
        }
    }

    /// Returns how many rows [`each_row`](Self::each_row) has.
    pub fn row_count(&self) -> u64 {
        (self.rows.len() + self.locations.len()) as u64
    }

    /// Calls back with all rows as runs store them, in order.
    pub fn each_row(&self, mut each: impl FnMut(RowEntry<'_>) -> Result<()>) -> Result<()> {
        for (doc, location) in &self.locations {
            let value = location.as_ref().map(postcard::to_stdvec).transpose();
            let value = value.map_err(|error| Error::Index(format!("location: {error}")))?;
            let (key, value) = (&runs::location_key(*doc), value.as_deref());
            each(RowEntry { key, value })?;
        }
        for (row, value) in &self.rows {
            let (key, value) = (&runs::row_key(row), value.as_deref());
            each(RowEntry { key, value })?;
        }
        Ok(())
    }

    /// Returns the greatest possible number of buckets.
    pub fn bucket_count(&self) -> u64 {
        (self.posted.used + self.withdrawn.used) as u64
    }

    /// Calls back with all postings, in order of bucket and document.
    pub fn each_posting(&self, mut each: impl FnMut(PostingEntry) -> Result<()>) -> Result<()> {
        let entry = |withdrawn| move |(key, doc)| PostingEntry::new(key, doc, withdrawn);
        for table in 0..TABLES {
            let posted = self.posted.sorted(table);
            let withdrawn = self.withdrawn.sorted(table);
            let mut withdrawn = withdrawn.iter().copied().peekable();
            for &posting in &posted {
                let mut is_withdrawn = false;
                while let Some(before) = withdrawn.next_if(|other| *other <= posting) {
                    is_withdrawn = before == posting;
                    each(entry(true)(before))?;
                }
                if !is_withdrawn {
                    each(entry(false)(posting))?;
                }
            }
            withdrawn.map(entry(true)).try_for_each(&mut each)?;
        }
        Ok(())
    }

    pub fn bytes(&self) -> u64 {
        let entries = self.locations.len() * LOCATION_BYTES + self.staged_bytes;
        (self.row_bytes + entries + self.posted.bytes() + self.withdrawn.bytes()) as u64
    }
}
