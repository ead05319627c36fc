//! The catalogue of runs: which there are, how they are opened, read together, and compacted.

pub(super) mod checkpoint;
mod compactor;
mod open;

use std::sync::Arc;

pub use self::checkpoint::Checkpoint;
pub use self::open::{clear_index, load_runs, lock, open, open_locked};
use super::journal::EntryLocation;
use super::memtable::MemtableRow;
use super::runs::{self, BlockCache, BucketMerge, Cursor, Merge, PostingKind, RecentBlock};
use super::runs::{RowEntry, RowKind, Run, RunEntry};
use super::shared::FrozenMemtable;
use crate::store::{Error, Result, Row};

/// All runs, from the oldest to the newest.
#[derive(Debug, Clone, Default)]
pub struct Levels {
    pub rows: Vec<Arc<Run<RowKind>>>,
    pub postings: Vec<Arc<Run<PostingKind>>>,
}

impl Levels {
    /// Returns the size of all filters in memory.
    pub fn filter_bytes(&self) -> u64 {
        let rows = self.rows.iter().map(|run| run.filter.bytes());
        let postings = self.postings.iter().map(|run| run.filter.bytes());
        rows.chain(postings).sum()
    }
}

/// The store at one moment, without its active memtable.
pub struct StoreView<'a> {
    pub cache: &'a BlockCache,
    pub levels: Arc<Levels>,
    pub frozen: Option<Arc<FrozenMemtable>>,
}

impl StoreView<'_> {
    /// Returns where the entry of a document is, from the runs.
    pub fn location(&self, doc: u64) -> Result<Option<EntryLocation>> {
        let decode = |bytes: Vec<u8>| {
            let location = postcard::from_bytes(&bytes);
            location.map_err(|error| Error::Index(format!("location: {error}")))
        };
        let stored = self.stored(&runs::location_key(doc))?;
        stored.map(decode).transpose()
    }

    /// Returns the row under a stored key from the runs.
    pub fn stored(&self, key: &[u8]) -> Result<Option<Vec<u8>>> {
        let filter_key = RowEntry { key, value: None }.filter_key();
        let runs = self.levels.rows.iter().rev();
        for run in runs.filter(|run| run.filter.may_contain(filter_key)) {
            if let Some(row) = run.find(self.cache, key)? {
                return Ok(row);
            }
        }
        Ok(None)
    }

    /// Returns at most `limit` rows under a prefix. `newest` are those of the active memtable.
    pub fn scan(
        &self,
        prefix: &[u8],
        after: Option<&[u8]>,
        limit: usize,
        newest: &[MemtableRow],
    ) -> Result<Vec<Row>> {
        let from = runs::row_key(after.map_or(prefix, |after| after.max(prefix)));
        let seek = |run| Cursor::seek(run, &from);
        let runs = self.levels.rows.iter().map(|run| seek(run));
        let mut cursors = runs.collect::<Result<Vec<_>>>()?;
        // A row that the newest memtable removes must not use up the limit.
        let removed = newest.iter().filter(|(_, value)| value.is_none()).count();
        let limit_here = limit.saturating_add(removed);
        let frozen = self.frozen.as_ref();
        let frozen = frozen.map(|frozen| frozen.table.range(prefix, after, limit_here));
        cursors.extend(frozen.as_deref().and_then(Cursor::in_memory));
        cursors.extend(Cursor::in_memory(newest));
        let mut merge = Merge::<RowKind>::new(cursors);
        let mut found = Vec::new();
        while let Some(row) = merge.entry().filter(|_| found.len() < limit) {
            let key = runs::caller_key(row.key);
            if after.is_none_or(|after| key > after) {
                if !key.starts_with(prefix) {
                    break;
                }
                found.extend(row.value.map(|value| (key.to_vec(), value.to_vec())));
            }
            merge.advance()?;
        }
        Ok(found)
    }

    /// Adds the entries of the buckets under `keys`, from the oldest run to the newest.
    pub fn add_buckets(&self, keys: &[u64], merge: &mut BucketMerge) -> Result<()> {
        if let Some(frozen) = &self.frozen {
            frozen.table.add_buckets(keys, merge);
        }
        let mut recent = RecentBlock::default();
        for run in &self.levels.postings {
            run.filter.prefetch(keys);
            for (at, &key) in keys.iter().enumerate() {
                if !merge.is_known_before(at, run.lowest()) && run.filter.may_contain(key) {
                    merge.add_run(at, |each| run.each_of(key, self.cache, &mut recent, each))?;
                }
            }
        }
        Ok(())
    }
}
