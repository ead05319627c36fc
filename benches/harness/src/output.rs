//! Standard output, and numbers as people read them.

use std::io::{self, BufWriter, StdoutLock};

pub use wirecopy::files::{count, counted};

/// Returns standard output, buffered.
pub fn stdout() -> BufWriter<StdoutLock<'static>> {
    BufWriter::with_capacity(1 << 16, io::stdout().lock())
}
