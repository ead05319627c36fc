//! Standard output, and numbers as people read them.

use std::io::{self, BufWriter, StdoutLock};

use indicatif::HumanCount;

/// Returns standard output, buffered.
pub fn stdout() -> BufWriter<StdoutLock<'static>> {
    BufWriter::with_capacity(1 << 16, io::stdout().lock())
}

/// Formats a count: "1,234,567".
pub fn count(n: u64) -> String {
    HumanCount(n).to_string()
}

/// Formats a count and what is counted: "1 article", "2,000 articles".
pub fn counted(n: u64, noun: &str) -> String {
    format!("{} {noun}{}", count(n), if n == 1 { "" } else { "s" })
}
