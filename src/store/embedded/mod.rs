//! The store of one machine: a journal that is the truth, and an index derived from it.
//!
//! `stage` applies an entry's changes to the memtable, which keeps the entry until `commit` packs the
//! staged entries into records of the journal and makes them durable. A full memtable is
//! flushed by the compactor, a thread of its own: it writes the memtable as a run of rows and a run of
//! postings, and then names them in the checkpoint, with how far the index now covers the journal.
//! Runs never change; small ones are merged into larger ones.
//!
//! After a crash, the runs that the checkpoint names are the index. All others are removed, and later
//! entries are replayed from the journal. Because no row is overwritten in place, the replay finds
//! rows exactly as they were when its first entry was staged.
//!
//! | folder | content |
//! |---|---|
//! | `disk` | the operations on files that promises depend on: one seam, so that tests can fail and record them |
//! | `journal` | the entries, in segment files |
//! | `memtable` | changes in memory that no run has yet |
//! | `runs` | sorted, immutable runs of rows and of postings: blocks, index blocks, Bloom filters, merges |
//! | `sleds` | how the blocks of a run are stored: in a sled database, read directly from its files |
//! | `snapshot` | copies of all files at one moment, and their manifest |
//! | `catalogue` | the checkpoint with the manifest of runs, opening them, flush and compaction |

mod catalogue;
mod counters;
pub mod disk;
mod files;
#[cfg(any(test, fuzzing))]
pub mod fuzz;
mod hash;
mod journal;
mod memtable;
mod meters;
mod params;
mod repair;
mod replay;
mod runs;
mod self_rebuilding;
mod shape;
mod shared;
mod sleds;
mod snapshot;
mod verify;

use std::cell::RefCell;
use std::fs::File;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::sync::atomic::Ordering;
use std::thread::JoinHandle;

use zstd::bulk::Decompressor;

use self::catalogue::StoreView;
use self::disk::{Disk, SystemDisk};
pub use self::hash::Seeded;
use self::memtable::{FoundEntry, Memtable};
pub use self::params::{Durability, EmbeddedParams};
pub use self::repair::Repaired;
use self::runs::BucketMerge;
pub use self::self_rebuilding::SelfRebuilding;
use self::shared::SharedStore;
pub use self::verify::{StoreFault, StorePart, Verified};
use super::{Bucket, Derive, Read, Result, Row, SnapshotSummary, Store};

/// The store of one machine.
pub struct Embedded {
    shared: Arc<SharedStore>,
    compactor: Option<JoinHandle<()>>,
    // Released last.
    lock: Arc<File>,
}

/// A store, and how it was found.
pub struct Opened {
    /// The store.
    pub store: Embedded,
    /// Number of entries that were replayed from the journal.
    pub replayed: u64,
    /// Why the index was rebuilt, if it was.
    pub rebuilt: Option<String>,
}

impl Embedded {
    /// Returns whether a directory contains a store.
    pub fn is_at(dir: &Path) -> bool {
        dir.join("shape").exists()
    }

    /// Opens the store in a directory, or creates one.
    ///
    /// `shape` are the parameters that determine stored bytes. They are noted when the store is
    /// created. A store with a lower version among them is brought up to date: its index is rebuilt, and
    /// [`Derive::renew`] called. An open with other parameters, or with a lower version than the
    /// store's, fails with [`Error::Mismatch`](super::Error::Mismatch).
    pub fn open(
        dir: &Path,
        params: &EmbeddedParams,
        shape: &[(String, String)],
        derive: &impl Derive,
    ) -> Result<Opened> {
        Self::open_with(dir, params, shape, derive, &mut |_, _| {})
    }

    /// Opens as [`open`](Self::open) does, and reports the progress of a replay: bytes of the journal
    /// done, and bytes in all.
    pub fn open_with(
        dir: &Path,
        params: &EmbeddedParams,
        shape: &[(String, String)],
        derive: &impl Derive,
        progress: &mut dyn FnMut(u64, u64),
    ) -> Result<Opened> {
        Self::open_on(&system_disk(), dir, params, shape, derive, progress)
    }

    /// Opens as [`open_with`](Self::open_with) does, on a disk.
    pub(in crate::store) fn open_on(
        disk: &Arc<dyn Disk>,
        dir: &Path,
        params: &EmbeddedParams,
        shape: &[(String, String)],
        derive: &impl Derive,
        progress: &mut dyn FnMut(u64, u64),
    ) -> Result<Opened> {
        catalogue::open(disk, dir, params, shape, derive, None, progress)
    }

    /// Drops the index and rebuilds it from the journal. Returns the number of entries.
    pub fn reindex(
        dir: &Path,
        params: &EmbeddedParams,
        shape: &[(String, String)],
        derive: &impl Derive,
        progress: &mut dyn FnMut(u64, u64),
    ) -> Result<u64> {
        let why = Some("asked for".to_owned());
        let disk = system_disk();
        let opened = catalogue::open(&disk, dir, params, shape, derive, why, progress)?;
        opened.store.close()?;
        Ok(opened.replayed)
    }

    /// Checks the store in a directory, which must not be open: every record of the journal, every block of
    /// the index, and whether they fit. Reports the bytes checked, and bytes in all.
    ///
    /// # Errors
    /// It cannot be checked: it is open, there is none, or a later program made it. What is found to be
    /// wrong is not an error, but in the result.
    pub fn verify(dir: &Path, progress: &mut dyn FnMut(u64, u64)) -> Result<Verified> {
        verify::verify(&system_disk(), dir, progress)
    }

    /// Mends the store in a directory, which must not be open: cuts the journal before its first damage,
    /// keeps what it cuts in a folder beside it, and drops a damaged index, which the next open rebuilds.
    /// `shape` is used if that of the store is lost. A store without damage stays as it is.
    ///
    /// # Errors
    /// Those of [`Self::verify`], and [`Error::Damaged`](super::Error::Damaged) if nothing of the journal
    /// can be kept.
    pub fn repair(
        dir: &Path,
        shape: &[(String, String)],
        progress: &mut dyn FnMut(u64, u64),
    ) -> Result<Repaired> {
        repair::repair(&system_disk(), dir, shape, progress)
    }

    /// Checks a snapshot of a store, and makes a store of it in a directory that does not exist, or is
    /// empty. The number of its entries is not known.
    ///
    /// # Errors
    /// [`Error::Damaged`](super::Error::Damaged) names the first place where it is not as it was.
    pub fn restore(snapshot: &Path, dir: &Path) -> Result<SnapshotSummary> {
        snapshot::restore(&*system_disk(), snapshot, dir)
    }

    /// Returns the size of the Bloom filters in memory.
    pub fn filter_bytes(&self) -> u64 {
        self.shared.levels().filter_bytes()
    }

    /// Closes the store as it is, and returns its lock.
    fn into_lock(self) -> Arc<File> {
        self.lock.clone()
    }

    /// Returns for each key what the memtables have, the active one first, or else what the runs have.
    fn look_up<K, T>(
        &self,
        keys: &[K],
        in_memory: impl Fn(&Memtable, &K) -> Option<T>,
        stored: impl Fn(&StoreView<'_>, &K) -> Result<T>,
    ) -> Result<Vec<T>> {
        let ask = |table: &Memtable| {
            let found = keys.iter().map(|key| in_memory(table, key));
            found.collect::<Vec<_>>()
        };
        let (view, found) = self.shared.view(ask);
        let found = keys.iter().zip(found).map(|(key, found)| {
            let in_frozen = || in_memory(&view.frozen.as_ref()?.table, key);
            let found = found.or_else(in_frozen);
            found.map_or_else(|| stored(&view, key), Ok)
        });
        self.shared.stop_if_damaged(found.collect())
    }

    fn add_buckets(&self, keys: &[u64], merge: &mut BucketMerge) -> Result<()> {
        let ask = |table: &Memtable| table.add_buckets(keys, merge);
        let (view, ()) = self.shared.view(ask);
        self.shared.stop_if_damaged(view.add_buckets(keys, merge))
    }

    /// Returns the buckets from their entries. Reads a bucket again, with a higher limit, if its
    /// entries did not suffice.
    fn finish_buckets(&self, keys: &[u64], cap: usize, merge: &BucketMerge) -> Result<Vec<Bucket>> {
        let buckets = merge.buckets(cap).into_iter().zip(keys);
        let buckets = buckets.map(|(mut bucket, &key)| {
            let mut merge = BucketMerge::new(1, cap);
            loop {
                if let Some(bucket) = bucket {
                    return Ok(bucket);
                }
                merge.grow();
                self.add_buckets(&[key], &mut merge)?;
                bucket = merge.buckets(cap).pop().flatten();
            }
        });
        buckets.collect()
    }
}

impl Drop for Embedded {
    /// Leaves the memtable to be replayed at the next open, as after a kill.
    fn drop(&mut self) {
        self.shared.is_shutting_down.store(true, Ordering::Release);
        // The compactor checks the flag under this lock before it waits.
        drop(self.shared.log());
        self.shared.wake_compactor.notify_all();
        if let Some(compactor) = self.compactor.take() {
            let _ = compactor.join();
        }
    }
}

impl Read for Embedded {
    fn rows(&self, keys: &[Vec<u8>]) -> Result<Vec<Option<Vec<u8>>>> {
        let in_memory = |table: &Memtable, key: &Vec<u8>| table.row(key);
        self.look_up(keys, in_memory, |view, key| {
            view.stored(&runs::row_key(key))
        })
    }

    fn scan(&self, prefix: &[u8], after: Option<&[u8]>, limit: usize) -> Result<Vec<Row>> {
        let ask = |table: &Memtable| table.range(prefix, after, limit);
        let (view, newest) = self.shared.view(ask);
        let rows = view.scan(prefix, after, limit, &newest);
        self.shared.stop_if_damaged(rows)
    }

    fn entries(&self, docs: &[u64]) -> Result<Vec<Option<Vec<u8>>>> {
        let in_memory = |table: &Memtable, doc: &u64| table.entry(*doc);
        let found = self.look_up(docs, in_memory, |view, doc| {
            let location = view.location(*doc)?;
            Ok(location.map(FoundEntry::InJournal))
        })?;
        let read = |found| match found {
            FoundEntry::Staged(entry) => Ok(Some(entry.to_vec())),
            FoundEntry::InJournal(location) => self.shared.entries.read(location),
        };
        let entries = found.into_iter().map(|it| it.map_or(Ok(None), read));
        entries.collect()
    }

    fn buckets(&self, keys: &[u64], cap: usize) -> Result<Vec<Bucket>> {
        let mut merge = BucketMerge::new(keys.len(), cap);
        self.add_buckets(keys, &mut merge)?;
        self.finish_buckets(keys, cap, &merge)
    }

    fn distinct(&self, counter: u8) -> Result<u64> {
        Ok(self.shared.state().counters.distinct(counter))
    }
}

fn system_disk() -> Arc<dyn Disk> {
    Arc::new(SystemDisk)
}

fn journal_dir(dir: &Path) -> PathBuf {
    dir.join("journal")
}

/// Returns the file that notes how far the journal is durable.
fn durable_note(dir: &Path) -> PathBuf {
    journal_dir(dir).join("durable")
}

thread_local! {
    // Creating a decompressor takes longer than using it.
    static DECOMPRESSOR: RefCell<Decompressor<'static>> =
        RefCell::new(Decompressor::new().expect("zstd has memory for a context"));
}

/// Decompresses a zstd frame of so many bytes; `None` if it is malformed or has another number.
fn decompress(frame: &[u8], bytes: usize) -> Option<Vec<u8>> {
    let plain = DECOMPRESSOR.with_borrow_mut(|zstd| zstd.decompress(frame, bytes));
    plain.ok().filter(|plain| plain.len() == bytes)
}

fn le_u32(bytes: &[u8]) -> u32 {
    u32::from_le_bytes(*bytes.first_chunk().expect("callers check the length"))
}

fn le_u64(bytes: &[u8]) -> u64 {
    u64::from_le_bytes(*bytes.first_chunk().expect("callers check the length"))
}
