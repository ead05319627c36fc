//! The errors of stores.

use std::path::PathBuf;

/// Why an operation of a store failed.
#[derive(Debug, thiserror::Error)]
pub enum Error {
    /// The operating system returned an error.
    #[error("failed to {what} `{path}`: {source}")]
    Io {
        /// What was attempted.
        what: &'static str,
        /// On which file.
        path: PathBuf,
        /// The system's error.
        source: std::io::Error,
    },
    /// The disk is full. Reads still work, and writes may succeed later.
    #[error("no space left to write to `{path}`")]
    Full {
        /// The path that was written to.
        path: PathBuf,
    },
    /// Stored bytes are not what was written.
    #[error(
        "damaged: `{path}` at byte {offset}: {why}; put its backup in place, or let `wirecopy repair` go on without what is damaged"
    )]
    Damaged {
        /// The file.
        path: PathBuf,
        /// The offset in it.
        offset: u64,
        /// What is wrong.
        why: String,
    },
    /// The journal is damaged before its first entry, so a repair would keep nothing.
    #[error(
        "damaged: {why}; nothing before it can be kept: put a backup in place, or move the store away and begin an empty one"
    )]
    NothingToKeep {
        /// The file, the offset, and what is wrong.
        why: String,
    },
    /// A file of a snapshot is not what was copied.
    #[error("damaged: `{path}` at byte {offset}: {why}; restore another snapshot")]
    SnapshotDamaged {
        /// The file.
        path: PathBuf,
        /// The offset in it.
        offset: u64,
        /// What is wrong.
        why: String,
    },
    /// The store was created with another value of a parameter.
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
    /// The journal lacks entries that were acknowledged.
    #[error(
        "`{path}` ends after entry {end}, and entries up to {acknowledged} were acknowledged; put its backup in place, or let `wirecopy repair` go on without them"
    )]
    Lost {
        /// The last segment of the journal.
        path: PathBuf,
        /// The last entry that is there.
        end: u64,
        /// The last entry that was acknowledged.
        acknowledged: u64,
    },
    /// Another process has the store open.
    #[error("the store in `{path}` is open in {holder}")]
    Locked {
        /// The store's directory.
        path: PathBuf,
        /// The process, and since when, as far as it can be known.
        holder: String,
    },
    /// The index was found damaged, and is being rebuilt. Everything works again afterwards.
    #[error("the index was damaged and is being rebuilt")]
    Rebuilding,
    /// The derived index failed.
    #[error("index: {0}")]
    Index(String),
    /// An entry of the journal could not be replayed.
    #[error("failed to replay entry {sequence} of the journal: {source}")]
    Replay {
        /// Its sequence number.
        sequence: u64,
        /// Why.
        source: Box<dyn std::error::Error + Send + Sync>,
    },
    /// A store of a former version could not be brought up to date.
    #[error("failed to bring the store up to date: {0}")]
    Renewal(Box<dyn std::error::Error + Send + Sync>),
    /// An earlier failure stopped the store for good.
    #[error("the store is stopped after an earlier failure: {0}; see to its cause, then restart")]
    Stopped(String),
}
