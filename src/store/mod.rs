//! Stores bytes: entries, which are the truth, and the rows and postings derived from them.
//!
//! An entry goes in as opaque bytes, together with its changes to rows and postings. Rows come out by
//! key, documents by bucket, entries by document. The store knows neither articles nor clusters. Calls
//! are batched, none reads the whole store, and none assumes that this process is the only one, so
//! that a store of many machines can implement the same trait.

mod embedded;
#[cfg(any(test, fuzzing))]
pub use embedded::fuzz;
mod error;
mod memory;
mod random;
#[cfg(test)]
pub(crate) mod tests;

use std::collections::BTreeMap;
use std::path::Path;

pub use embedded::{
    Durability, Embedded, EmbeddedParams, Opened, Repaired, Seeded, SelfRebuilding, StoreFault,
    StorePart, Verified,
};
pub use error::Error;
pub use memory::Memory;
pub use random::random_bytes;

use crate::meter::Distribution;

/// The result of a store's operations.
pub type Result<T> = std::result::Result<T, Error>;

/// Bits of a bucket's key. Among a thousand million buckets hardly any two collide in 44 bits, which is
/// good enough for hints, and they take a third less than 64.
pub const KEY_BITS: u32 = 44;

/// Bits of a tag: what a document says of itself in one of its buckets. The store only returns it.
pub const TAG_BITS: u32 = 12;
const TAG_MASK: u64 = (1 << TAG_BITS) - 1;

/// A row's key and value.
pub type Row = (Vec<u8>, Vec<u8>);

/// A document and the buckets it is in.
#[derive(Debug, Clone, PartialEq, Eq)]
#[cfg_attr(test, derive(serde::Serialize, serde::Deserialize))]
pub struct Posting {
    /// The document's number, less than 2^52.
    pub doc: u64,
    /// The buckets' keys, evenly spread hashes of [`KEY_BITS`], each above the document's tag there of
    /// [`TAG_BITS`].
    pub keys: Vec<u64>,
}

impl Posting {
    /// Returns the buckets' keys, each with the document above its tag there.
    fn tagged(&self) -> impl Iterator<Item = (u64, u64)> {
        let tagged = |key| (key >> TAG_BITS, self.doc << TAG_BITS | key & TAG_MASK);
        self.keys.iter().map(tagged)
    }
}

/// The changes of an entry, derived from it.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
#[cfg_attr(test, derive(serde::Serialize, serde::Deserialize))]
pub struct Writes {
    /// Rows to set (`Some`) or remove (`None`). Values are absolute, so applying them twice is the
    /// same as once.
    pub rows: BTreeMap<Vec<u8>, Option<Vec<u8>>>,
    /// Documents to add to buckets.
    pub posted: Vec<Posting>,
    /// Documents to remove from buckets. They can never be added to these buckets again.
    pub withdrawn: Vec<Posting>,
    /// The document whose content the entry is, for [`Read::entries`].
    pub holds: Option<u64>,
    /// Documents whose entries nobody will ask for any more.
    pub gone: Vec<u64>,
    /// Document numbers below this were used, even if nothing is left of them.
    pub used_below: u64,
    /// Things to count, each once: the counter's number, and the thing's hash.
    pub seen: Vec<(u8, u64)>,
}

/// The documents of one bucket.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Bucket {
    /// At most as many documents as the cap, ascending, each above its tag. They are hints: a
    /// document may have been removed.
    pub docs: Vec<u64>,
    /// The bucket has more documents than the cap.
    pub truncated: bool,
}

/// A segment of the journal: a file of entries in the order in which they were staged.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct JournalSegment {
    /// Sequence number of the first entry that it has, or had.
    pub first: u64,
    /// Of the last; `None` while it is appended to.
    pub last: Option<u64>,
    /// Size of the file.
    pub bytes: u64,
    /// If it was compacted: the number of documents whose content it has.
    pub docs: Option<u64>,
}

/// What is left of an entry.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Kept {
    /// The entry in its place.
    pub entry: Vec<u8>,
    /// The document whose content it is.
    pub holds: Option<u64>,
}

/// Says what is left of an entry; `None`: nothing.
pub type KeepEntry<'k> = dyn FnMut(&[u8]) -> std::result::Result<Option<Kept>, Failure> + 'k;

/// A copy of a store.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct SnapshotSummary {
    /// Number of its files.
    pub files: u64,
    /// Bytes of its files.
    pub bytes: u64,
    /// Sequence number of the last entry in it.
    pub entries: u64,
}

/// The size of a store.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Usage {
    /// Bytes of the journal on disk.
    pub journal_bytes: u64,
    /// Bytes of the derived index on disk.
    pub index_bytes: u64,
    /// Bytes of the memtables.
    pub memory_bytes: u64,
}

/// What a store counts of its work since it was opened, or its index was last rebuilt.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct StoreMetrics {
    /// Each fdatasync of the journal.
    pub syncs: Distribution,
    /// Each flush of a memtable.
    pub flushes: Distribution,
    /// Each merge of runs.
    pub merges: Distribution,
    /// Number of runs of rows.
    pub row_runs: u64,
    /// Number of runs of postings.
    pub posting_runs: u64,
    /// Bytes of the Bloom filters in memory.
    pub filter_bytes: u64,
}

/// Read access. Everything staged is visible, whether committed or not.
pub trait Read: Send + Sync {
    /// Returns the rows under the keys, in this order; `None` where there is no row.
    fn rows(&self, keys: &[Vec<u8>]) -> Result<Vec<Option<Vec<u8>>>>;

    /// Returns at most `limit` rows whose keys begin with `prefix` and are greater than `after`, in
    /// ascending order.
    fn scan(&self, prefix: &[u8], after: Option<&[u8]>, limit: usize) -> Result<Vec<Row>>;

    /// Returns the entries of the documents, in this order; `None` where there is none.
    fn entries(&self, docs: &[u64]) -> Result<Vec<Option<Vec<u8>>>>;

    /// Returns the buckets under the keys, in this order, each with at most its `cap` lowest
    /// documents.
    fn buckets(&self, keys: &[u64], cap: usize) -> Result<Vec<Bucket>>;

    /// Returns the estimated number of distinct things that a counter has seen.
    fn distinct(&self, counter: u8) -> Result<u64>;
}

/// Read and write access.
pub trait Store: Read {
    /// Returns the first of `n` document numbers that were never returned before.
    fn reserve(&self, n: u64) -> Result<u64>;

    /// Stages an entry and its changes atomically; they are visible to reads when this returns.
    ///
    /// After an error nothing was staged, and the store can go on, unless it is [`Error::Stopped`].
    fn stage(&self, entry: Vec<u8>, writes: Writes) -> Result<()>;

    /// Makes everything durable that was staged before the call.
    ///
    /// After [`Error::Full`] and [`Error::Rebuilding`] everything is still staged, and the next write tries
    /// again. Any other error is final: every later write fails with [`Error::Stopped`], because after a
    /// failed fsync nobody knows what is on disk.
    fn commit(&self) -> Result<()>;

    /// Returns whether the store works. Never blocks.
    fn state(&self) -> StoreState;

    /// Returns the size of the store.
    fn usage(&self) -> Result<Usage>;

    /// Returns what the store counts of its work; nothing if it has no files.
    fn metrics(&self) -> Result<StoreMetrics>;

    /// Flushes the memtables, so that the next open has nothing to replay.
    fn close(&self) -> Result<()>;

    /// Lists the segments of the journal, in order; none if the store has no journal.
    fn segments(&self) -> Result<Vec<JournalSegment>>;

    /// Calls back with the entries of the segment that begins with `first`, in order, until the callback
    /// returns `false`.
    fn read_segment(&self, first: u64, each: &mut dyn FnMut(&[u8]) -> bool) -> Result<()>;

    /// Makes everything durable that was staged, and begins a new segment of the journal.
    fn end_segment(&self) -> Result<()>;

    /// Writes one segment in place of those with the entries from `first` to `last`: what `keep` leaves of
    /// each. The documents that it leaves are found as before. Returns `false`, and does nothing, while
    /// the index may have to be replayed from one of these segments.
    ///
    /// A replay of what is left must come to the same rows and buckets: that is the caller's business.
    fn compact_segments(&self, first: u64, last: u64, keep: &mut KeepEntry<'_>) -> Result<bool>;

    /// Writes a consistent copy of the store to a directory that does not exist: everything that was
    /// staged before the call, while others go on. `None` if the store has no files.
    fn copy_to(&self, to: &Path) -> Result<Option<SnapshotSummary>>;

    /// Writes the index anew, so that it has no bytes any more of rows that were replaced or removed.
    fn compact_index(&self) -> Result<()>;
}

/// Whether a store works, and if not, why.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum StoreState {
    /// It can be read and written.
    Serving,
    /// Its index is being rebuilt. Every operation fails with [`Error::Rebuilding`] meanwhile, and at once.
    Rebuilding(Rebuild),
    /// It stopped for good.
    Stopped(String),
}

/// A rebuild of an index that goes on.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Rebuild {
    /// What was found.
    pub why: String,
    /// Bytes of the journal that the index covers again.
    pub done_bytes: u64,
    /// Bytes of the journal; 0 until the rebuild has begun to read it.
    pub all_bytes: u64,
}

/// Why the changes of an entry could not be derived.
pub type Failure = Box<dyn std::error::Error + Send + Sync>;

/// Derives the changes of an entry from the entry and the rows before it. The store calls it to
/// replay entries whose changes it lost.
///
/// There are two steps, because only the second needs rows: entries are prepared in parallel, on all
/// processors, and applied one by one. A closure does everything in the second step.
pub trait Derive: Sync {
    /// The result of the first step.
    type Prepared: Send;

    /// Does what can be done without rows.
    fn prepare(&self, entry: Vec<u8>) -> std::result::Result<Self::Prepared, Failure>;

    /// Does the rest.
    fn apply(
        &self,
        reader: &dyn Read,
        prepared: Self::Prepared,
    ) -> std::result::Result<Writes, Failure>;

    /// Stages what follows from a new version of the program, once its index is rebuilt. The store calls
    /// it when it was made by a former version. If that is cut short, it is called again.
    fn renew(&self, store: &dyn Store) -> std::result::Result<(), Failure>;
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

    fn renew(&self, _: &dyn Store) -> std::result::Result<(), Failure> {
        Ok(())
    }
}
