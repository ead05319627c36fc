//! What can be found out of an article before its turn, while others are placed.
//!
//! All of it holds whenever the turn comes: a run that was read is the same as long as it is there, and
//! what came in as a document never changes. What has come since is found in the turn itself.

use std::collections::HashMap;

use super::verify::Seen;
use super::{Index, Probe};
use crate::id::DocId;
use crate::record;
use crate::store;

/// What was read and compared before the turn of an article, for its text and its buckets.
#[derive(Default)]
pub struct Ahead {
    /// Its buckets, as far as they lie on disk.
    pub(super) buckets: store::Prefetched,
    /// Documents that it was compared with.
    pub(super) seen: HashMap<DocId, Seen>,
}

impl Index {
    /// Reads what of an article's buckets lies on disk.
    ///
    /// # Errors
    /// The store's.
    pub fn look_ahead(&self, probe: Probe<'_>) -> record::Result<Ahead> {
        let (keys, cap) = (probe.keys.all(), self.params.bucket_cap);
        Ok(Ahead {
            buckets: self.store.prefetch(&keys, cap)?,
            seen: HashMap::new(),
        })
    }

    /// Compares an article with the candidates that there are by now. In its turn these are looked for
    /// once more, so it takes some time in all: for those who have time while the turn has none.
    ///
    /// # Errors
    /// As [`Self::neighbors`].
    pub fn compare_ahead(&self, ahead: &mut Ahead, probe: Probe<'_>) -> record::Result<()> {
        let candidates = self.propose(&ahead.buckets, probe, &[])?.candidates;
        ahead.seen = self.see(probe.shingles, &candidates)?;
        Ok(())
    }
}
