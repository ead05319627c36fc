//! Reads the records of a file, one at a time: each format in a file of its own.

mod csv;
mod feed;
mod json;
mod parquet;

use std::io::{self, BufRead};

use super::RecordPosition;
use super::fields::RecordFields;

pub(super) use self::csv::open as csv;
pub(super) use self::feed::open as feed;
pub(super) use self::json::open as json;
#[cfg(any(test, fuzzing))]
pub(super) use self::json::parse as parse_json;
pub(super) use self::parquet::open as parquet;

/// The bytes of a file, decompressed.
pub(super) type FileBytes = Box<dyn BufRead + Send>;

/// A record with its position; the inner `Err` says what is wrong with the record. After an outer `Err` the file
/// cannot be read further.
pub(super) type ReadRecord = io::Result<(RecordPosition, Result<RecordFields, String>)>;

/// The records of a file.
pub(super) struct Records {
    /// The columns of a table.
    pub columns: Vec<String>,
    /// The format has records that are complete without a text.
    pub may_lack_text: bool,
    /// The records, in their order.
    pub records: Box<dyn Iterator<Item = ReadRecord> + Send>,
}

/// Returns the error of a file that is not as it should be.
pub(super) fn invalid(why: impl ToString) -> io::Error {
    io::Error::new(io::ErrorKind::InvalidData, why.to_string())
}
