//! Errors of the use cases.

use crate::{record, store};

/// Why a use case failed.
#[derive(Debug, thiserror::Error)]
pub enum Error {
    /// A field of the request is invalid.
    #[error("{field}: {why}")]
    Invalid {
        /// The field, as a path.
        field: &'static str,
        /// Why it is invalid.
        why: String,
    },
    /// No article has this id.
    #[error("no article `{id}` in collection `{collection}`")]
    NotFound {
        /// The id.
        id: String,
        /// The collection.
        collection: String,
    },
    /// The feed of changes cannot continue from a cursor.
    #[error("cursor {cursor} is not in the feed, which goes from {oldest} to {latest}")]
    Cursor {
        /// The cursor asked for.
        cursor: u64,
        /// The oldest cursor that it can continue from.
        oldest: u64,
        /// The cursor of the latest change.
        latest: u64,
    },
    /// The engine was closed.
    #[error("the engine is stopping")]
    Closed,
    /// The caller no longer waited for the article when its turn came.
    #[error("the deadline passed before the article's turn; it is not stored")]
    Expired,
    /// The engine failed on an article: a bug.
    #[error("the engine failed; its standard error says where")]
    Panicked,
    /// A stored record cannot be read.
    #[error("record: {0}")]
    Record(record::Error),
    /// The store failed.
    #[error(transparent)]
    Store(#[from] store::Error),
}

impl From<record::Error> for Error {
    fn from(error: record::Error) -> Self {
        match error {
            record::Error::Store(error) => Self::Store(error),
            error => Self::Record(error),
        }
    }
}

impl Error {
    /// Creates an error about one field.
    pub(super) fn invalid(field: &'static str, why: impl Into<String>) -> Self {
        Self::Invalid {
            field,
            why: why.into(),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_failed_store_is_reported_as_such_through_records() {
        let error = Error::from(record::Error::Store(store::Error::Rebuilding));
        assert!(matches!(error, Error::Store(store::Error::Rebuilding)));
    }
}
