//! Why articles cannot be read.

use std::io;
use std::path::{Path, PathBuf};

use super::faults::quoted;
use super::{Location, counted};

/// Why articles cannot be read.
#[derive(Debug, thiserror::Error)]
pub enum Error {
    /// A file cannot be read.
    #[error("failed to read `{}`", path.display())]
    Read {
        /// The file.
        path: PathBuf,
        /// The system's answer.
        source: io::Error,
    },
    /// A file cannot be read to its end.
    #[error("failed to read on after {place}")]
    ReadOn {
        /// The last record that was read.
        place: Location,
        /// The system's answer.
        source: io::Error,
    },
    /// A bad record, or one of which something is not read, where that is not to be passed over.
    #[error("{place}: {why}")]
    BadRecord {
        /// Where it is.
        place: Location,
        /// What is wrong with it.
        why: String,
    },
    /// A single document that is not a text or a page.
    #[error("failed to read `{}`: {why}", path.display())]
    Document {
        /// The file.
        path: PathBuf,
        /// What is wrong with it.
        why: String,
    },
    /// A file of records of which none has text.
    #[error(
        "`{}`: no text in {}: none has a `{text}` or an `{html}`; the fields are {}",
        path.display(), counted(*records, "record"), listed(fields)
    )]
    NoText {
        /// The file.
        path: PathBuf,
        /// How many records it has.
        records: u64,
        /// The name of the field that has the text.
        text: String,
        /// The name of the field that has a page.
        html: String,
        /// The names of their fields.
        fields: Vec<String>,
    },
    /// Every record was bad, or there was none.
    #[error("not one article could be read")]
    NoArticles,
}

impl Error {
    pub(super) fn read(path: &Path, source: io::Error) -> Self {
        Self::Read {
            path: path.to_path_buf(),
            source,
        }
    }
}

/// Lists names of fields, each in quotes.
pub(super) fn listed(fields: &[String]) -> String {
    let quoted = fields.iter().map(|field| quoted(field));
    quoted.collect::<Vec<_>>().join(", ")
}
