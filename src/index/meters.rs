//! What the index counts of its searches.

use crate::meter::Counter;

/// Counters of searches, since the start.
#[derive(Debug, Default)]
pub(super) struct SearchMeters {
    pub searches: Counter,
    pub truncated: Counter,
    pub proposed: Counter,
    pub compared: Counter,
}

/// Numbers of searches, since the start.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct SearchMetrics {
    /// Searches for the candidates of an article.
    pub searches: u64,
    /// Searches that hit a cap: there may have been more candidates.
    pub truncated: u64,
    /// Candidates that were found.
    pub proposed: u64,
    /// Candidates whose texts were compared.
    pub compared: u64,
}

impl SearchMeters {
    pub fn metrics(&self) -> SearchMetrics {
        SearchMetrics {
            searches: self.searches.value(),
            truncated: self.truncated.value(),
            proposed: self.proposed.value(),
            compared: self.compared.value(),
        }
    }
}
