//! The stored form of articles: entries of the journal, and the rows derived from them.
//!
//! An [`Entry`] is the truth: an article that was added, updated or removed, and who belongs to
//! which lead since. [`apply`] derives everything else from it and the rows before it: documents,
//! ids, members, clusters, counts, the feed of changes, and the buckets of the index. The live path
//! and the replay of the journal use the same function, so they cannot disagree. [`RowReader`] reads the
//! rows; no other room knows their keys.

mod apply;
mod collection;
mod compaction;
mod document;
mod entry;
mod error;
mod furniture;
mod keys;
mod notice;
mod renew;
mod row_keys;
mod rows;

pub use apply::{PreparedPut, Rest, apply, prepare};
pub use collection::{CollectionSettings, Purge};
pub use compaction::{CompactedRange, FeedCut, KeptSegment, add_furniture_rows, document_of};
pub use document::{Change, ChangeKind, Document};
pub use entry::{Entry, Membership, Put, Withdrawal};
pub use error::Error;
pub use furniture::{MAX_WORDS_BYTES, RehashedSegment, Repeated, Sighting};
pub use keys::{Keys, sketch_keys};
pub use renew::renew;
pub use row_keys::{DocList, ListPosition};
pub use rows::{
    ClusterState, CollectionCounts, RowReader, after_row, first_left, latest_change, oldest_change,
};

use prost::Message;

/// Version of entries.
pub const VERSION: u32 = 2;

/// Result of reading records.
pub type Result<T> = std::result::Result<T, Error>;

/// Reads a protobuf message, named `what` in the error.
fn decode<M: Message + Default>(what: &'static str, bytes: &[u8]) -> Result<M> {
    M::decode(bytes).map_err(|e| Error::unreadable(what, e))
}
