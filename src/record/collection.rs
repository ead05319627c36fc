//! What is kept of a collection beside its articles: its generation, how long it keeps articles, and how
//! what was dropped is taken away.

use prost::Message;

/// The settings of a collection, and the row of them. Absolute, so that applying them twice is the same
/// as once.
#[derive(Clone, PartialEq, Eq, Hash, Message)]
pub struct CollectionSettings {
    /// The collection's own name.
    #[prost(string, tag = "1")]
    pub name: String,
    /// How often it was dropped. Each generation is stored under a name of its own:
    /// [`Collection::generation`](crate::id::Collection::generation).
    #[prost(uint64, tag = "2")]
    pub generation: u64,
    /// How long it keeps articles after they were first seen, in milliseconds; 0: for good.
    #[prost(uint64, tag = "3")]
    pub retain_ms: u64,
}

/// A portion of a dropped generation, or of what a collection has learned and keeps no longer: taken away
/// without a report.
#[derive(Clone, PartialEq, Eq, Hash, Message)]
pub struct Purge {
    /// The name under which it is stored.
    #[prost(string, tag = "1")]
    pub collection: String,
    /// Documents to take away.
    #[prost(uint64, repeated, tag = "2")]
    pub docs: Vec<u64>,
    /// Keys of rows of segments that hosts repeat, to take away.
    #[prost(bytes = "vec", repeated, tag = "3")]
    pub segments: Vec<Vec<u8>>,
    /// Nothing else of it is left.
    #[prost(bool, tag = "4")]
    pub is_last: bool,
}
