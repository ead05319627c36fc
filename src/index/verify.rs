//! Candidates -> neighbors, by the texts themselves.

use std::sync::{Arc, PoisonError};

use super::propose::Candidate;
use super::{Index, Neighbor};
use crate::id::DocId;
use crate::record::{self, Entry, Error};
use crate::syndication::Pair;
use crate::text::Shingles;

impl Index {
    /// Compares a text with the candidates', and keeps those that share enough.
    pub(super) fn verify(
        &self,
        shingles: &Shingles,
        candidates: Vec<Candidate>,
    ) -> record::Result<Vec<Neighbor>> {
        let docs: Vec<DocId> = candidates.iter().map(|one| one.document.doc()).collect();
        let texts = self.shingles(&docs)?;
        let compared = candidates
            .into_iter()
            .zip(texts)
            .filter_map(|(candidate, text)| {
                let pair = Pair::of(shingles, &*text?);
                Some(Neighbor {
                    document: candidate.document,
                    pair,
                    sketches_meet: candidate.sketches_meet,
                })
            });
        Ok(compared
            .filter(|neighbor| self.thresholds.is_match(&neighbor.pair.overlap))
            .collect())
    }

    /// Returns the shingles of stored documents, in their order; `None` for those that are gone.
    ///
    /// # Errors
    /// The store's, and entries that cannot be read.
    pub fn shingles(&self, docs: &[DocId]) -> record::Result<Vec<Option<Arc<Shingles>>>> {
        let mut texts: Vec<Option<Arc<Shingles>>> = {
            let mut readings = self.readings.lock().unwrap_or_else(PoisonError::into_inner);
            docs.iter().map(|&doc| readings.get(doc)).collect()
        };
        let missing: Vec<usize> = (0..docs.len()).filter(|&at| texts[at].is_none()).collect();
        let numbers: Vec<u64> = missing.iter().map(|&at| docs[at].0).collect();
        for (at, entry) in missing.into_iter().zip(self.store.entries(&numbers)?) {
            let Some(entry) = entry else { continue };
            let put = Entry::decode(&entry)?.put.ok_or(Error::Missing {
                what: "text of document",
                doc: docs[at].0,
            })?;
            texts[at] = Some(self.keep(docs[at], put.shingles()?));
        }
        Ok(texts)
    }

    /// Keeps a document's shingles for the next comparison.
    pub fn keep(&self, doc: DocId, shingles: Shingles) -> Arc<Shingles> {
        let shingles = Arc::new(shingles);
        self.readings
            .lock()
            .unwrap_or_else(PoisonError::into_inner)
            .put(doc, Arc::clone(&shingles));
        shingles
    }
}
