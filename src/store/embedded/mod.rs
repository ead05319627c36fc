//! The store of one machine: a journal that is the truth, and an index in sled derived from it.
//!
//! An entry goes to the journal at once, and what it changes to a table in memory. When the table
//! is full, the keeper writes it as runs that never change again, each to a sled of its own, rows as
//! sorted blocks and postings as packed ones, and notes in the checkpoint how far the index covers
//! the journal. So a crash leaves the runs that the checkpoint names, and others that nobody names;
//! what came later is replayed from the journal. And the replay finds rows exactly as they were when
//! its first entry came: were rows overwritten in place, a crash in the middle would show it rows from
//! its own future. Values of a run are read where they lie in sled's files, for sled is slow to give one;
//! where that does not hold, sled is asked.

mod bits;
mod block;
mod checkpoint;
mod counters;
mod extent;
mod fences;
mod files;
mod gather;
mod guarded;
mod hash;
mod journal;
mod keeper;
mod key;
mod levels;
mod lists;
mod merge;
mod open;
mod packed;
mod pages;
mod params;
mod places;
mod posting_merge;
mod posting_run;
mod posting_writer;
mod replay;
mod row_run;
mod segment;
mod shape;
mod shared;
mod sieve;
mod syncer;
mod table;
mod unpacked;
mod value;
mod values;

use std::fs::File;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::sync::atomic::Ordering;
use std::thread::JoinHandle;

pub use self::hash::Seeded;
use self::open::Request;
pub use self::params::{Durability, EmbeddedParams};
use self::shared::Shared;
use super::{Bucket, Derive, Prefetched, Read, Result, Row, Store, Usage, Writes};

/// The store of one machine.
pub struct Embedded {
    shared: Arc<Shared>,
    keeper: Option<JoinHandle<()>>,
    // Released last.
    lock: Option<File>,
}

/// A store, and how it was found.
pub struct Opened {
    /// The store.
    pub store: Embedded,
    /// How many entries were replayed from the journal.
    pub replayed: u64,
    /// Why the index was built anew, if it was.
    pub rebuilt: Option<String>,
    /// How many entries at the journal's end had been made durable and are not there any more: the
    /// file was cut by something else than a crash. 0 if all is well.
    pub lost: u64,
}

impl Embedded {
    /// Whether there is a store in a directory.
    pub fn is_at(dir: &Path) -> bool {
        shape::exists(dir)
    }

    /// Opens the store in a directory, or makes one there.
    ///
    /// `shape` are the parameters that shape stored bytes: noted when the store is made, and
    /// refused with [`Error::Mismatch`](super::Error::Mismatch) when they differ later.
    pub fn open(
        dir: &Path,
        params: &EmbeddedParams,
        shape: &[(String, String)],
        derive: &impl Derive,
    ) -> Result<Opened> {
        Self::open_with(dir, params, shape, derive, &mut |_, _| {})
    }

    /// Opens as [`open`](Self::open) does, and tells the progress of a replay: bytes of the journal
    /// done, and to do in all.
    pub fn open_with(
        dir: &Path,
        params: &EmbeddedParams,
        shape: &[(String, String)],
        derive: &impl Derive,
        progress: &mut dyn FnMut(u64, u64),
    ) -> Result<Opened> {
        Request {
            dir,
            params,
            shape,
            derive,
        }
        .open(None, progress)
    }

    /// Drops the index and builds it anew from the journal; returns how many entries that took.
    pub fn reindex(
        dir: &Path,
        params: &EmbeddedParams,
        shape: &[(String, String)],
        derive: &impl Derive,
        progress: &mut dyn FnMut(u64, u64),
    ) -> Result<u64> {
        let request = Request {
            dir,
            params,
            shape,
            derive,
        };
        let opened = request.open(Some("asked for".to_owned()), progress)?;
        opened.store.close()?;
        Ok(opened.replayed)
    }

    /// Bytes that the filters take in memory.
    pub fn filter_bytes(&self) -> u64 {
        self.shared.filter_bytes()
    }

    fn new(shared: Arc<Shared>, keeper: JoinHandle<()>) -> Self {
        Self {
            shared,
            keeper: Some(keeper),
            lock: None,
        }
    }

    fn guarded_by(mut self, lock: File) -> Self {
        self.lock = Some(lock);
        self
    }
}

impl Drop for Embedded {
    /// Leaves what waits in memory to the next open, as a kill would.
    fn drop(&mut self) {
        self.shared.is_leaving.store(true, Ordering::Release);
        // The keeper looks at the flag under this lock before it waits.
        drop(self.shared.log());
        self.shared.work.notify_all();
        if let Some(keeper) = self.keeper.take() {
            let _ = keeper.join();
        }
    }
}

impl Read for Embedded {
    fn rows(&self, keys: &[Vec<u8>]) -> Result<Vec<Option<Vec<u8>>>> {
        self.shared.rows(keys)
    }

    fn scan(&self, prefix: &[u8], after: Option<&[u8]>, limit: usize) -> Result<Vec<Row>> {
        self.shared.scan(prefix, after, limit)
    }

    fn entries(&self, docs: &[u64]) -> Result<Vec<Option<Vec<u8>>>> {
        self.shared.entries(docs)
    }

    fn buckets(&self, keys: &[u64], cap: usize) -> Result<Vec<Bucket>> {
        self.shared.buckets(keys, cap)
    }

    fn prefetch(&self, keys: &[u64], cap: usize) -> Result<Prefetched> {
        self.shared.prefetch(keys, cap)
    }

    fn buckets_prefetched(
        &self,
        keys: &[u64],
        cap: usize,
        prefetched: &Prefetched,
    ) -> Result<Vec<Bucket>> {
        self.shared.buckets_prefetched(keys, cap, prefetched)
    }

    fn distinct(&self, counter: u8) -> Result<u64> {
        self.shared.distinct(counter)
    }
}

impl Store for Embedded {
    fn reserve(&self, n: u64) -> Result<u64> {
        self.shared.reserve(n)
    }

    fn stage(&self, entry: &[u8], writes: Writes) -> Result<()> {
        self.shared.stage(entry, writes)
    }

    fn commit(&self) -> Result<()> {
        self.shared.commit()
    }

    fn usage(&self) -> Result<Usage> {
        self.shared.usage()
    }

    fn close(&self) -> Result<()> {
        self.shared.commit()?;
        self.shared.drain()
    }
}

fn journal_dir(dir: &Path) -> PathBuf {
    dir.join("journal")
}

fn note(dir: &Path) -> PathBuf {
    journal_dir(dir).join("durable")
}

fn le_u32(bytes: &[u8]) -> u32 {
    bytes[..4]
        .iter()
        .rev()
        .fold(0, |number, &byte| number << 8 | u32::from(byte))
}

fn le_u64(bytes: &[u8]) -> u64 {
    bytes[..8]
        .iter()
        .rev()
        .fold(0, |number, &byte| number << 8 | u64::from(byte))
}
