//! Reads and writes WARC files (ISO 28500, version 1.0 and 1.1): the archives of web crawlers.
//!
//! In go the bytes of a file, plain or with records compressed by gzip or Zstandard; out come records, one at a
//! time, each with its place. What is damaged is returned as such, with its place, and the next record is
//! found behind it. Records go out again as they came in, or as `revisit` records. Knows no article, no
//! engine and no store.

mod cdx;
mod dedup;
#[cfg(test)]
mod dedup_tests;
mod digest;
mod fields;
mod http;
mod members;
mod new_records;
mod positioned;
mod reader;
#[cfg(test)]
mod tests;
mod write;

pub use dedup::{DedupCounts, DedupOutput, Deduplicated, NearDuplicate, deduplicate};
pub use fields::HeaderFields;
pub use http::HttpResponse;
pub use reader::{DamagedRecord, RecordPlace, WarcReader, WarcRecord};

/// The longest block of a record that is read into memory, and the longest decoded page, in bytes.
pub const MAX_BLOCK_BYTES: u64 = 64 << 20;
