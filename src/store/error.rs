//! What can go wrong in a store.

use std::path::PathBuf;

/// Why a store could not do what was asked.
#[derive(Debug, thiserror::Error)]
pub enum Error {
    /// The operating system refused.
    #[error("failed to {what} `{path}`: {source}")]
    Io {
        /// What was attempted.
        what: &'static str,
        /// On which file.
        path: PathBuf,
        /// The system's answer.
        source: std::io::Error,
    },
    /// No space is left to write to; reads go on, and writes may succeed later.
    #[error("no space left to write to `{path}`")]
    Full {
        /// Where.
        path: PathBuf,
    },
    /// Stored bytes that cannot have been written so.
    #[error(
        "damaged: `{path}` at byte {offset}: {why}; `wirecopy reindex` rebuilds an index, a damaged journal needs its backup"
    )]
    Damaged {
        /// The file.
        path: PathBuf,
        /// Where in it.
        offset: u64,
        /// What is wrong there.
        why: String,
    },
    /// The store was made with another parameter.
    #[error(
        "the store in `{path}` was made with {name} = {stored}, and is opened with {name} = {given}"
    )]
    Mismatch {
        /// The store's directory.
        path: PathBuf,
        /// The parameter.
        name: String,
        /// Its value at creation.
        stored: String,
        /// Its value now.
        given: String,
    },
    /// Another process has the store open.
    #[error("the store in `{path}` is open in another process")]
    Locked {
        /// The store's directory.
        path: PathBuf,
    },
    /// The derived index failed.
    #[error("index: {0}")]
    Index(String),
    /// An entry could not be replayed.
    #[error("failed to replay entry {sequence} of the journal: {source}")]
    Replay {
        /// Its number in the journal.
        sequence: u64,
        /// Why.
        source: Box<dyn std::error::Error + Send + Sync>,
    },
    /// An earlier failure stopped the store for good.
    #[error("the store is stopped after an earlier failure: {0}")]
    Stopped(String),
}
