//! What can go wrong in a use case.

use crate::store;

/// Why a use case could not be carried out.
#[derive(Debug, thiserror::Error)]
pub enum Error {
    /// A field of the request is not acceptable.
    #[error("{field}: {why}")]
    Invalid {
        /// The field, as a path.
        field: &'static str,
        /// What is wrong with it.
        why: String,
    },
    /// No article has this id.
    #[error("no article `{id}` in collection `{collection}`")]
    NotFound {
        /// The id.
        id: String,
        /// Where it was looked for.
        collection: String,
    },
    /// A cursor that the change feed cannot serve.
    #[error("cursor {cursor} is not in the feed, which goes from {oldest} to {latest}")]
    Cursor {
        /// The cursor asked for.
        cursor: u64,
        /// The oldest it can go on from.
        oldest: u64,
        /// The latest.
        latest: u64,
    },
    /// The engine was closed.
    #[error("the engine is stopping")]
    Closed,
    /// The engine itself failed on an article: a fault of the program.
    #[error("the engine failed; its standard error says where")]
    Panicked,
    /// A stored record cannot be read.
    #[error("record: {0}")]
    Record(#[from] crate::record::Error),
    /// The store failed.
    #[error(transparent)]
    Store(#[from] store::Error),
}

impl Error {
    /// A fault of one field.
    pub(super) fn invalid(field: &'static str, why: impl Into<String>) -> Self {
        Self::Invalid {
            field,
            why: why.into(),
        }
    }
}
