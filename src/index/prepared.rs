//! What reader threads find out about an article before its turn, while others are placed.
//!
//! Stored texts never change, so comparisons hold for good. The candidates hold until something
//! changes in the article's buckets, which is rare: then the turn looks for them again.

use std::collections::HashMap;

use super::propose::Proposed;
use super::verify::ComparedText;
use super::{Index, Probe};
use crate::id::DocId;
use crate::record;

/// An article's candidates and comparisons, prepared before its turn. Valid for the same probe only.
pub struct PreparedNeighbors {
    /// The latest change that the candidates are sure to take into account.
    since: u64,
    proposed: Proposed,
    /// The documents that it was already compared with.
    pub(super) compared: HashMap<DocId, ComparedText>,
}

impl Index {
    /// Finds an article's candidates, and compares it with them.
    ///
    /// # Errors
    /// Those of the store, and records that cannot be read.
    pub fn prepare(&self, probe: Probe<'_>) -> record::Result<PreparedNeighbors> {
        let since = self.changes.latest();
        let proposed = self.propose(probe, &[])?;
        let compared = self.compare_early(probe, &proposed.candidates)?;
        Ok(PreparedNeighbors {
            since,
            proposed,
            compared,
        })
    }

    /// Returns the prepared candidates, if they are still those of the probe.
    pub(super) fn still_proposed<'p>(
        &self,
        prepared: &'p PreparedNeighbors,
        probe: Probe<'_>,
    ) -> Option<&'p Proposed> {
        let proposed = &prepared.proposed;
        let keys = probe.keys.buckets();
        let holds = self
            .changes
            .is_unchanged(prepared.since, &keys, proposed.by_lead);
        holds.then_some(proposed)
    }
}
