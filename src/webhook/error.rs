//! Why changes are no longer delivered.

use std::io;
use std::path::PathBuf;

use crate::server::client;

/// Why changes are no longer delivered.
#[derive(Debug, thiserror::Error)]
pub enum Error {
    /// The URL, the secret or the authorities cannot be used.
    #[error("{what}: {why}")]
    Setting {
        /// Which of them.
        what: &'static str,
        /// What is wrong with it. Never quotes it.
        why: String,
    },
    /// The address of the server or what it asks for cannot be used.
    #[error(transparent)]
    Connect(#[from] client::Error),
    /// The server refuses to send changes.
    #[error("the server refuses to send changes: {why}")]
    Refused {
        /// The server's words.
        why: String,
    },
    /// The changes after the cursor are no longer kept, or it is of another store.
    #[error(
        "changes were lost to the receiver: {why}. Remove `{path}` and start again, which begins with the next \
         change; then bring the receiver up to date from `wirecopy export`"
    )]
    CursorOutOfRange {
        /// The file of the cursor.
        path: PathBuf,
        /// The server's words.
        why: String,
    },
    /// The file of the cursor cannot be used.
    #[error("failed to {what} the cursor in `{path}`: {source}")]
    Cursor {
        /// What was attempted.
        what: &'static str,
        /// The file.
        path: PathBuf,
        /// What is wrong.
        source: io::Error,
    },
    /// The receiver does not want any more.
    #[error("{receiver} answered 410 Gone: it wants no more changes")]
    Gone {
        /// Its address without path.
        receiver: String,
    },
}
