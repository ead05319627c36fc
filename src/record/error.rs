//! Errors of records.

use crate::id::DocId;
use crate::store;

/// Why a record cannot be read or derived.
#[derive(Debug, thiserror::Error)]
pub enum Error {
    /// Stored bytes are not a record.
    #[error("failed to read {what}: {why}")]
    Unreadable {
        /// What they should be.
        what: &'static str,
        /// What is wrong with them.
        why: String,
    },
    /// Stored bytes have another version.
    #[error("{what} has version {found}, and this program reads version {expected}")]
    Version {
        /// What they should be.
        what: &'static str,
        /// The version found.
        found: u32,
        /// The version that can be read.
        expected: u32,
    },
    /// A row or entry that another one refers to is absent.
    #[error("{what} {doc} is missing")]
    Missing {
        /// What is missing.
        what: &'static str,
        /// The number it should have.
        doc: u64,
    },
    /// The store failed.
    #[error(transparent)]
    Store(#[from] store::Error),
}

impl Error {
    pub(crate) fn missing(what: &'static str, doc: DocId) -> Self {
        Self::Missing { what, doc: doc.0 }
    }

    pub(super) fn unreadable(what: &'static str, why: impl ToString) -> Self {
        Self::Unreadable {
            what,
            why: why.to_string(),
        }
    }
}
