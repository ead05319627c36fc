//! What the store counts of its own work.

use crate::meter::Histogram;

/// How long the work of the store took. The times are only counted: nothing depends on them.
#[derive(Debug, Default)]
pub struct StoreMeters {
    /// Each fdatasync of the journal.
    pub syncs: Histogram,
    /// Each flush of a memtable.
    pub flushes: Histogram,
    /// Each merge of runs.
    pub merges: Histogram,
}
