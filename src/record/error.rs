//! What can go wrong with a record.

use crate::store;

/// Why a record cannot be read or derived.
#[derive(Debug, thiserror::Error)]
pub enum Error {
    /// Stored bytes that are no record.
    #[error("failed to read {what}: {why}")]
    Unreadable {
        /// What they should be.
        what: &'static str,
        /// What is wrong with them.
        why: String,
    },
    /// Stored bytes of another version.
    #[error("{what} has version {found}, and this program reads version {expected}")]
    Version {
        /// What they should be.
        what: &'static str,
        /// The version found.
        found: u32,
        /// The version that can be read.
        expected: u32,
    },
    /// A row that another row or entry names is not there.
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
    pub(super) fn unreadable(what: &'static str, why: impl ToString) -> Self {
        Self::Unreadable {
            what,
            why: why.to_string(),
        }
    }
}
