//! Moves bytes: rows by key, posting lists by bucket, and the entries that are the truth.
//!
//! In go entries (opaque bytes, the truth) together with what each changes in rows and postings
//! (derived from it); out come rows, entries and buckets. The store knows neither articles nor
//! clusters. Every call is batched, none walks over everything, and none assumes that this process
//! is the only one, so that a store of many machines can stand behind the same trait.

mod embedded;
mod error;
mod memory;
#[cfg(test)]
mod tests;

use std::any::Any;
use std::collections::BTreeMap;

pub use embedded::{Durability, Embedded, EmbeddedParams, Opened, Seeded};
pub use error::Error;
pub use memory::Memory;

/// Result of a store's work.
pub type Result<T> = std::result::Result<T, Error>;

/// A row's key and its value.
pub type Row = (Vec<u8>, Vec<u8>);

/// What stands in buckets, and the buckets in which it stands.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Posting {
    /// The number that stands in them: it tells the document, and may tell more of it.
    pub doc: u64,
    /// Bucket keys; evenly spread hashes.
    pub keys: Vec<u64>,
}

/// What one entry changes, derived from it.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Writes {
    /// Rows to set (`Some`) and to drop (`None`). Absolute values: applying them twice is applying
    /// them once.
    pub rows: BTreeMap<Vec<u8>, Option<Vec<u8>>>,
    /// Documents that come into buckets.
    pub posted: Vec<Posting>,
    /// Documents that leave buckets, for good: what left a bucket never comes back to it.
    pub withdrawn: Vec<Posting>,
    /// The document whose content the entry carries, to be given back by [`Read::entries`].
    pub holds: Option<u64>,
    /// Things seen, to be counted once each: the counter's number, and the thing's hash.
    pub seen: Vec<(u8, u64)>,
}

/// The documents of one bucket.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Bucket {
    /// The numbers that stand in it, ascending, no more than the cap. Hints: a document may be
    /// gone.
    pub docs: Vec<u64>,
    /// The bucket holds more than the cap.
    pub truncated: bool,
}

/// The part of some buckets that was read in advance; only the store that made it can use it.
#[derive(Default)]
pub struct Prefetched(Option<Box<dyn Any + Send>>);

/// What the store takes up.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Usage {
    /// Bytes of the journal on disk.
    pub journal_bytes: u64,
    /// Bytes of the derived index on disk.
    pub index_bytes: u64,
    /// Bytes of rows and postings that wait in memory to be written.
    pub memory_bytes: u64,
}

/// Reads. Everything staged so far is visible, whether committed or not.
pub trait Read: Send + Sync {
    /// Returns the rows under the keys, in their order; `None` where there is no row.
    fn rows(&self, keys: &[Vec<u8>]) -> Result<Vec<Option<Vec<u8>>>>;

    /// Returns at most `limit` rows whose key begins with `prefix` and is greater than `after`, in
    /// ascending order.
    fn scan(&self, prefix: &[u8], after: Option<&[u8]>, limit: usize) -> Result<Vec<Row>>;

    /// Returns the entries that hold the documents, in their order; `None` where none does.
    fn entries(&self, docs: &[u64]) -> Result<Vec<Option<Vec<u8>>>>;

    /// Returns the buckets under the keys, in their order, each read up to `cap` documents, those
    /// of the lowest numbers.
    fn buckets(&self, keys: &[u64], cap: usize) -> Result<Vec<Bucket>>;

    /// Reads the part of the buckets that lies on disk, for [`Self::buckets_prefetched`].
    ///
    /// Lets reader threads prefetch in parallel so that the single writer does not block on disk.
    fn prefetch(&self, keys: &[u64], cap: usize) -> Result<Prefetched>;

    /// Returns what [`Self::buckets`] would return now, faster. `prefetched` must come from
    /// [`Self::prefetch`] with the same keys and cap; where it is out of date, the store reads again.
    fn buckets_prefetched(
        &self,
        keys: &[u64],
        cap: usize,
        prefetched: &Prefetched,
    ) -> Result<Vec<Bucket>>;

    /// Returns an estimate of how many distinct things the counter has seen.
    fn distinct(&self, counter: u8) -> Result<u64>;
}

/// Reads and writes.
pub trait Store: Read {
    /// Returns the first of `n` document numbers that were never given before.
    fn reserve(&self, n: u64) -> Result<u64>;

    /// Stages an entry and what it changes, all or nothing; visible to reads when it returns.
    ///
    /// On an error nothing was staged, and the store goes on, unless it is [`Error::Stopped`].
    fn stage(&self, entry: &[u8], writes: Writes) -> Result<()>;

    /// Makes durable whatever was staged before the call.
    ///
    /// An error is final: the store answers [`Error::Stopped`] to every later write, for after a
    /// failed flush nobody knows what the disk holds.
    fn commit(&self) -> Result<()>;

    /// Tells what the store takes up.
    fn usage(&self) -> Result<Usage>;

    /// Writes out what waits in memory, so that the next open has nothing to replay.
    fn close(&self) -> Result<()>;
}

/// Why an entry could not be derived from.
pub type Failure = Box<dyn std::error::Error + Send + Sync>;

/// Derives what an entry changes, from the entry and the rows before it. The store calls it to
/// replay entries whose changes it lost.
///
/// In two steps, for the first needs no row: entries are prepared side by side, on all processors,
/// and applied one by one. A closure that does all in the second step is one, too.
pub trait Derive: Sync {
    /// What the first step makes of an entry.
    type Prepared: Send;

    /// Does all that can be done without the rows.
    fn prepare(&self, entry: Vec<u8>) -> std::result::Result<Self::Prepared, Failure>;

    /// Does the rest.
    fn apply(
        &self,
        reader: &dyn Read,
        prepared: Self::Prepared,
    ) -> std::result::Result<Writes, Failure>;
}

impl<F> Derive for F
where
    F: Fn(&dyn Read, &[u8]) -> std::result::Result<Writes, Failure> + Sync,
{
    type Prepared = Vec<u8>;

    fn prepare(&self, entry: Vec<u8>) -> std::result::Result<Vec<u8>, Failure> {
        Ok(entry)
    }

    fn apply(&self, reader: &dyn Read, entry: Vec<u8>) -> std::result::Result<Writes, Failure> {
        self(reader, &entry)
    }
}
