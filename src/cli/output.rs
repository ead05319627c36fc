//! Buffered standard output that does not panic when its reader goes away.

use std::io::{self, BufWriter, IsTerminal as _, StdoutLock};

use anyhow::Error;
use clap::ValueEnum;
use tonic::Status;
pub use wirecopy::files::{count, counted, report};

/// The format of results.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub enum Format {
    /// A table for people.
    Table,
    /// One JSON object per line.
    Jsonl,
}

impl Format {
    /// Returns the format asked for, or else a table on a terminal and JSON lines in a pipe or file.
    pub fn or_default(asked: Option<Self>) -> Self {
        asked.unwrap_or(match io::stdout().is_terminal() {
            true => Self::Table,
            false => Self::Jsonl,
        })
    }
}

/// Returns standard output. Unlike with `println!`, writing to a closed pipe returns an error.
pub fn stdout() -> BufWriter<StdoutLock<'static>> {
    BufWriter::with_capacity(1 << 16, io::stdout().lock())
}

/// Returns whether the error is that standard output was closed.
pub fn is_broken_pipe(error: &Error) -> bool {
    // What broke below a call to a server is another pipe.
    let mut causes = error.chain().take_while(|cause| !cause.is::<Status>());
    causes.any(|cause| {
        let io = cause.downcast_ref::<io::Error>().map(io::Error::kind);
        let json = cause
            .downcast_ref::<serde_json::Error>()
            .and_then(serde_json::Error::io_error_kind);
        io.or(json) == Some(io::ErrorKind::BrokenPipe)
    })
}
