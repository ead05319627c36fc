//! Taking articles out.

use std::thread;

use super::around::Around;
use super::ingest::{Turn, placings};
use super::{Core, Removed, Result};
use crate::cluster::{Neighborhood as _, settle};
use crate::id::{Collection, DocId};
use crate::record::{Entry, Gone, Keys, VERSION, sketch_keys};

/// Fewer than these are not worth a thread.
const FEW: usize = 16;

/// An article that is to go.
pub(super) struct Leaving {
    /// Its name.
    id: String,
    /// The document that had it, and the buckets in which that stands.
    known: Option<(DocId, Keys)>,
}

impl Core {
    /// Does for articles what can be done before their turn: to find the buckets of an article, its
    /// text is read and sketched once more. An error is met again, and told, when its turn comes.
    pub(super) fn leaving(&self, collection: &Collection, ids: Vec<String>) -> Vec<Leaving> {
        let threads = self.params.threads().min(ids.len() / FEW).max(1);
        let share = ids.len().div_ceil(threads).max(1);
        let known = thread::scope(|scope| {
            let buckets_of = |id: &String| self.buckets_of(collection, id).unwrap_or_default();
            let shares = ids.chunks(share).map(|ids| {
                let known = move || ids.iter().map(buckets_of).collect::<Vec<_>>();
                (ids, scope.spawn(known))
            });
            let shares: Vec<_> = shares.collect();
            let known = shares
                .into_iter()
                .flat_map(|(ids, known)| known.join().unwrap_or_else(|_| vec![None; ids.len()]));
            known.collect::<Vec<_>>()
        });
        let leaving = ids.into_iter().zip(known);
        leaving.map(|(id, known)| Leaving { id, known }).collect()
    }

    fn buckets_of(&self, collection: &Collection, id: &str) -> Result<Option<(DocId, Keys)>> {
        let Some(document) = self.find(collection.as_str(), id)? else {
            return Ok(None);
        };
        let doc = document.doc();
        let shingles = self.index.shingles(&[doc])?.pop().flatten();
        Ok(shingles.map(|shingles| {
            let keys = sketch_keys(collection.as_str(), &shingles, &self.params.sketch);
            (doc, keys)
        }))
    }

    /// Takes an article out: staged, not yet durable.
    pub(super) fn remove(
        &self,
        collection: &Collection,
        leaving: &Leaving,
        now_ms: i64,
    ) -> Result<Turn<Removed>> {
        let Some(former) = self.find(collection.as_str(), &leaving.id)? else {
            let removed = Removed {
                removed: 0,
                unknown: 1,
            };
            return Ok((removed, None));
        };
        let mut around = Around::new(self, None, Some(&former));
        let placed = settle(&around.followers(former.doc())?, &mut around)?;
        let entry = Entry {
            version: VERSION,
            time_ms: now_ms,
            put: None,
            gone: Some(Gone {
                doc: former.put.doc,
            }),
            placed: placings(&placed, &around)?,
            sightings: Vec::new(),
        };
        // Under its name there may be another version by now.
        let known = leaving.known.as_ref();
        let keys = known.filter(|(doc, _)| *doc == former.doc());
        let removed = Removed {
            removed: 1,
            unknown: 0,
        };
        Ok((
            removed,
            self.stage(&entry, None, keys.map(|(_, keys)| keys))?,
        ))
    }
}
