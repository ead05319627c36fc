//! What reader threads find out about an article before its turn, while others are placed.
//!
//! None of it can become wrong: runs on disk and stored texts never change. What arrives in between
//! is found during the turn itself.

use std::collections::HashMap;

use super::verify::ComparedText;
use super::{Index, Probe};
use crate::id::DocId;
use crate::record;
use crate::store::Prefetched;

/// An article's buckets and comparisons, prepared before its turn. Valid for the same probe only.
#[derive(Default)]
pub struct PreparedNeighbors {
    /// The part of its buckets that lies on disk.
    pub(super) buckets: Prefetched,
    /// The documents that it was already compared with.
    pub(super) compared: HashMap<DocId, ComparedText>,
}

impl Index {
    /// Prefetches an article's buckets. If `compares`, also compares it with the candidates known so
    /// far; the turn still looks for candidates again, so this costs more time in total, but less of
    /// the writer's.
    ///
    /// # Errors
    /// Those of the store, and records that cannot be read.
    pub fn prepare(&self, probe: Probe<'_>, compares: bool) -> record::Result<PreparedNeighbors> {
        let buckets = self
            .store
            .prefetch(&probe.keys.all(), self.params.bucket_cap)?;
        let compared = match compares {
            true => self.compare_early(&buckets, probe)?,
            false => HashMap::new(),
        };
        Ok(PreparedNeighbors { buckets, compared })
    }
}
