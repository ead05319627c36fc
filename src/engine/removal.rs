//! Removing articles.

use std::thread;

use super::ingest::Turn;
use super::neighborhood::LiveNeighborhood;
use super::pipeline::guarded;
use super::{Core, Removed, Result};
use crate::cluster::Cause;
use crate::id::{Collection, DocId};
use crate::record::{Keys, sketch_keys};

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
        let shingles = self.index.shingles(document.doc())?;
        let keys = sketch_keys(collection.as_str(), &shingles, &self.params.sketch);
        Ok(Some((document.doc(), keys)))
    }

    /// Removes an article: staged, not yet durable.
    pub(super) fn remove(
        &self,
        collection: &Collection,
        removal: &PreparedRemoval,
        now_ms: i64,
    ) -> Result<Turn<Removed>> {
        let counts = |removed, unknown| Removed { removed, unknown };
        let Some(former) = self.find_named(collection.as_str(), &removal.id)? else {
            return Ok((counts(0, 1), None));
        };
        let mut around = LiveNeighborhood::new(self, None, Some(&former));
        let cause = Cause::Removal(former.doc());
        let entry = self.settle(cause, &mut around, now_ms)?;
        // The id may belong to another version by now.
        let found = removal
            .found
            .as_ref()
            .filter(|(doc, _)| *doc == former.doc());
        let cursor = self.stage(&entry, None, found.map(|(_, keys)| keys))?;
        Ok((counts(1, 0), cursor))
    }
}
