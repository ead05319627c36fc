//! Removing articles.

use std::thread;

use super::ingest::Turn;
use super::neighborhood::LiveNeighborhood;
use super::pipeline::guarded;
use super::{Core, Removed, Result};
use crate::cluster::Cause;
use crate::id::{Collection, DocId};
use crate::record::{Document, Keys, sketch_keys};

/// Fewest articles for which a thread is started.
const SHARE: usize = 16;

/// An article to be removed.
pub(super) struct PreparedRemoval {
    id: String,
    /// The document that had the id, and its buckets; `None` if there was none.
    found: Option<(DocId, Keys)>,
}

impl Core {
    /// Does the part of a removal that can be done before its turn: it reads and sketches the texts
    /// to find their buckets. Errors are ignored; the turn hits the same error and reports it.
    pub(super) fn prepare_removals(
        &self,
        collection: &Collection,
        ids: Vec<String>,
    ) -> Vec<PreparedRemoval> {
        let threads = self.params.threads().min(ids.len() / SHARE).max(1);
        let share = ids.len().div_ceil(threads).max(1);
        let prepare = |id: &String| PreparedRemoval {
            id: id.clone(),
            found: guarded(|| self.buckets_of(collection, id)).unwrap_or_default(),
        };
        thread::scope(|scope| {
            let shares = ids.chunks(share).map(|ids| {
                let work = move || ids.iter().map(prepare).collect::<Vec<_>>();
                scope.spawn(work)
            });
            let shares: Vec<_> = shares.collect();
            let prepared = shares.into_iter();
            prepared
                .flat_map(|work| work.join().expect("a panic is caught before"))
                .collect()
        })
    }

    fn buckets_of(&self, collection: &Collection, id: &str) -> Result<Option<(DocId, Keys)>> {
        let Some(document) = self.find_named(collection.as_str(), id)? else {
            return Ok(None);
        };
        Ok(Some((document.doc(), self.keys_of(&document)?)))
    }

    /// Reads and sketches a stored text to find its buckets.
    pub(super) fn keys_of(&self, document: &Document) -> Result<Keys> {
        let shingles = self.index.shingles(document.doc())?;
        let (collection, sketch) = (&document.put.collection, &self.params.sketch);
        Ok(sketch_keys(collection, &shingles, sketch))
    }

    /// Removes an article: staged, not yet durable.
    pub(super) fn remove(
        &self,
        collection: &Collection,
        removal: &PreparedRemoval,
        now_ms: i64,
    ) -> Result<Turn<Removed>> {
        let counts = |removed, unknown| Removed { removed, unknown };
        // It may have been dropped meanwhile.
        let collection = self.current(collection)?;
        let Some(former) = self.find_named(collection.as_str(), &removal.id)? else {
            return Ok((counts(0, 1), None));
        };
        let cursor = self.withdraw(&former, removal.found.as_slice(), now_ms)?;
        Ok((counts(1, 0), cursor))
    }

    /// Removes a document. `found` are buckets, if they are known; the id may have belonged to another
    /// version when they were looked up.
    pub(super) fn withdraw(
        &self,
        former: &Document,
        found: &[(DocId, Keys)],
        now_ms: i64,
    ) -> Result<Option<u64>> {
        let mut around = LiveNeighborhood::new(self, None, Some(former));
        let cause = Cause::Removal(former.doc());
        let entry = self.settle(cause, &mut around, now_ms)?;
        self.stage(&entry, None, found)
    }
}
