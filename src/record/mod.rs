//! What is kept of an article, and its bytes, versioned.
//!
//! An [`Entry`] is the truth: what came in, what went out, who was placed where. From it, and from
//! the rows before it, [`apply`] derives everything else: documents, ids, members, clusters,
//! counts, the feed of changes, and the buckets of the index. The same function serves the live
//! path and the replay of the journal, so the two cannot disagree.

mod apply;
mod document;
mod entry;
mod error;
mod furniture;
mod keys;
mod notice;
mod rows;

pub use apply::{Coming, apply, derive, prepare};
pub use document::{Change, ChangeKind, Document};
pub use entry::{Entry, Gone, Placing, Put};
pub use error::Error;
pub use furniture::{Repeated, Sighting};
pub use keys::{Keys, read_posted, sketch_keys};
pub use rows::{
    ANCHORS_SEEN, Counts, PUBLISHERS_SEEN, after_cluster, after_member, change_row, changes_kept,
    cluster_prefix, counts_row, decode_doc, document_row, followers_row, furniture_prefix,
    furniture_row, host_prefix, host_row, host_since, id_row, latest_change_row, member_prefix,
    place_row, read_furniture_row,
};

/// Version of entries and rows.
pub const VERSION: u32 = 2;

/// Result of reading records.
pub type Result<T> = std::result::Result<T, Error>;
