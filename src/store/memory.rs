//! A store in memory: for tests, and for jobs that keep nothing.

use std::collections::{BTreeMap, BTreeSet, HashMap, HashSet};
use std::ops::Bound;
use std::path::Path;
use std::sync::{PoisonError, RwLock, RwLockReadGuard, RwLockWriteGuard};

use super::{
    Bucket, JournalSegment, KeepEntry, Read, Result, Row, SnapshotSummary, Store, StoreMetrics,
    StoreState, Usage, Writes,
};

/// A store whose content is lost when it is dropped. Its counters are exact.
#[derive(Debug, Default)]
pub struct Memory(RwLock<MemoryState>);

#[derive(Debug, Default)]
struct MemoryState {
    rows: BTreeMap<Vec<u8>, Vec<u8>>,
    entries: HashMap<u64, Vec<u8>>,
    buckets: HashMap<u64, BTreeSet<u64>>,
    withdrawn: HashSet<(u64, u64)>,
    seen: HashMap<u8, HashSet<u64>>,
    next_doc: u64,
    bytes: u64,
}

impl Memory {
    fn state(&self) -> RwLockReadGuard<'_, MemoryState> {
        self.0.read().unwrap_or_else(PoisonError::into_inner)
    }

    fn state_mut(&self) -> RwLockWriteGuard<'_, MemoryState> {
        self.0.write().unwrap_or_else(PoisonError::into_inner)
    }
}

impl MemoryState {
    fn apply(&mut self, entry: Vec<u8>, writes: Writes) {
        for (key, value) in writes.rows {
            self.bytes += (key.len() + value.as_ref().map_or(0, Vec::len)) as u64;
            match value {
                Some(value) => self.rows.insert(key, value),
                None => self.rows.remove(&key),
            };
        }
        for posting in writes.withdrawn {
            for (key, doc) in posting.tagged() {
                self.withdrawn.insert((key, doc));
                if let Some(docs) = self.buckets.get_mut(&key) {
                    docs.remove(&doc);
                }
            }
        }
        for posting in writes.posted {
            for (key, doc) in posting.tagged() {
                if !self.withdrawn.contains(&(key, doc)) {
                    self.buckets.entry(key).or_default().insert(doc);
                    self.bytes += 16;
                }
            }
        }
        if let Some(doc) = writes.holds {
            self.next_doc = self.next_doc.max(doc.saturating_add(1));
            self.bytes += entry.len() as u64;
            self.entries.insert(doc, entry);
        }
        for doc in writes.gone {
            let entry = self.entries.remove(&doc);
            self.bytes -= entry.map_or(0, |entry| entry.len() as u64);
        }
        self.next_doc = self.next_doc.max(writes.used_below);
        for (counter, thing) in writes.seen {
            self.seen.entry(counter).or_default().insert(thing);
        }
    }
}

impl Read for Memory {
    fn rows(&self, keys: &[Vec<u8>]) -> Result<Vec<Option<Vec<u8>>>> {
        let state = self.state();
        let row = |key: &Vec<u8>| state.rows.get(key).cloned();
        Ok(keys.iter().map(row).collect())
    }

    fn scan(&self, prefix: &[u8], after: Option<&[u8]>, limit: usize) -> Result<Vec<Row>> {
        let from = match after {
            Some(after) if after >= prefix => Bound::Excluded(after),
            _ => Bound::Included(prefix),
        };
        let state = self.state();
        let rows = state.rows.range::<[u8], _>((from, Bound::Unbounded));
        let rows = rows.take_while(|(key, _)| key.starts_with(prefix));
        let rows = rows.map(|(key, value)| (key.clone(), value.clone()));
        Ok(rows.take(limit).collect())
    }

    fn entries(&self, docs: &[u64]) -> Result<Vec<Option<Vec<u8>>>> {
        let state = self.state();
        let entry = |doc| state.entries.get(doc).cloned();
        Ok(docs.iter().map(entry).collect())
    }

    fn buckets(&self, keys: &[u64], cap: usize) -> Result<Vec<Bucket>> {
        let state = self.state();
        let bucket = |key| match state.buckets.get(key) {
            None => Bucket::default(),
            Some(docs) => Bucket {
                docs: docs.iter().copied().take(cap).collect(),
                truncated: docs.len() > cap,
            },
        };
        Ok(keys.iter().map(bucket).collect())
    }

    fn distinct(&self, counter: u8) -> Result<u64> {
        let state = self.state();
        let seen = state.seen.get(&counter);
        Ok(seen.map_or(0, |seen| seen.len() as u64))
    }
}

impl Store for Memory {
    fn reserve(&self, n: u64) -> Result<u64> {
        let mut state = self.state_mut();
        let first = state.next_doc;
        state.next_doc += n;
        Ok(first)
    }

    fn stage(&self, entry: Vec<u8>, writes: Writes) -> Result<()> {
        self.state_mut().apply(entry, writes);
        Ok(())
    }

    fn commit(&self) -> Result<()> {
        Ok(())
    }

    fn state(&self) -> StoreState {
        StoreState::Serving
    }

    fn usage(&self) -> Result<Usage> {
        Ok(Usage {
            memory_bytes: self.state().bytes,
            ..Usage::default()
        })
    }

    fn metrics(&self) -> Result<StoreMetrics> {
        Ok(StoreMetrics::default())
    }

    fn close(&self) -> Result<()> {
        Ok(())
    }

    fn segments(&self) -> Result<Vec<JournalSegment>> {
        Ok(Vec::new())
    }

    fn read_segment(&self, _: u64, _: &mut dyn FnMut(&[u8]) -> bool) -> Result<()> {
        Ok(())
    }

    fn end_segment(&self) -> Result<()> {
        Ok(())
    }

    fn compact_segments(&self, _: u64, _: u64, _: &mut KeepEntry<'_>) -> Result<bool> {
        Ok(false)
    }

    fn copy_to(&self, _: &Path) -> Result<Option<SnapshotSummary>> {
        Ok(None)
    }

    fn compact_index(&self) -> Result<()> {
        Ok(())
    }
}
