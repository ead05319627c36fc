//! Candidates -> neighbors, by the texts themselves.

use std::sync::Arc;

use super::presence::Presence;
use super::propose::Candidate;
use super::{Index, Neighbor};
use crate::id::DocId;
use crate::record::{self, Entry, Error};
use crate::syndication::Pair;
use crate::text::{Overlap, Shingles};

/// Most texts that are read from the journal for the sake of a phrase or a short passage, for one article:
/// each costs as much as all else that is done for it. Those that were read lately cost little.
const MOST_READ_OF_WEAK: usize = 4;

impl Index {
    /// Compares a text with the candidates', and keeps those that share enough and are not of another
    /// collection. Also tells whether one that the sketches bring together was passed over, for its text
    /// would have had to be read.
    pub(super) fn verify(
        &self,
        collection: &str,
        shingles: &Shingles,
        candidates: &[Candidate],
    ) -> record::Result<(Vec<Neighbor>, bool)> {
        if candidates.is_empty() {
            return Ok((Vec::new(), false));
        }
        let presence = Presence::of(shingles);
        let mut matches = Vec::new();
        let (texts, truncated) = self.texts(candidates)?;
        for (candidate, text) in candidates.iter().zip(texts) {
            let Some(text) = text else { continue };
            let weights = shingles.weights(&text);
            let can_match = presence.as_ref().is_none_or(|presence| {
                let is_match = |shared| self.thresholds.is_match(&Overlap { shared, ..weights });
                presence.may_share(&text, is_match)
            });
            if !can_match {
                continue;
            }
            let pair = Pair::of(shingles, &text);
            if self.thresholds.is_match(&pair.overlap) {
                matches.push((candidate, pair));
            }
        }
        let docs: Vec<DocId> = matches.iter().map(|(candidate, _)| candidate.doc).collect();
        let documents = self.documents(&docs)?;
        let found =
            matches
                .into_iter()
                .zip(documents)
                .filter_map(|((candidate, pair), document)| {
                    // A posting is a hint: its document may be gone.
                    let document = document.filter(|one| one.put.collection == collection)?;
                    Some(Neighbor {
                        document,
                        pair,
                        sketches_meet: candidate.sketches_meet,
                    })
                });
        Ok((found.collect(), truncated))
    }

    /// Returns the candidates' shingles, in their order; `None` for those that are gone, and for those
    /// that would have to be read for little, where they are many. Also tells whether one of the latter
    /// meets by its sketch.
    fn texts(
        &self,
        candidates: &[Candidate],
    ) -> record::Result<(Vec<Option<Arc<Shingles>>>, bool)> {
        let mut texts: Vec<Option<Arc<Shingles>>> = {
            let mut known = self.known();
            let docs = candidates.iter().map(|candidate| candidate.doc);
            docs.map(|doc| known.shingles.get(doc)).collect()
        };
        let (mut weak, mut truncated) = (0, false);
        let missing: Vec<usize> = (0..candidates.len())
            .filter(|&at| texts[at].is_none())
            .filter(|&at| {
                let candidate = &candidates[at];
                weak += usize::from(candidate.is_weak);
                let is_read = !candidate.is_weak || weak <= MOST_READ_OF_WEAK;
                truncated |= !is_read && candidate.sketches_meet;
                is_read
            })
            .collect();
        let docs: Vec<DocId> = missing.iter().map(|&at| candidates[at].doc).collect();
        for (at, text) in missing.into_iter().zip(self.read_texts(&docs)?) {
            texts[at] = text;
        }
        Ok((texts, truncated))
    }

    /// Returns the shingles of stored documents, in their order; `None` for those that are gone.
    ///
    /// # Errors
    /// The store's, and entries that cannot be read.
    pub fn shingles(&self, docs: &[DocId]) -> record::Result<Vec<Option<Arc<Shingles>>>> {
        let mut texts: Vec<Option<Arc<Shingles>>> = {
            let mut known = self.known();
            docs.iter().map(|&doc| known.shingles.get(doc)).collect()
        };
        let missing: Vec<usize> = (0..docs.len()).filter(|&at| texts[at].is_none()).collect();
        let unread: Vec<DocId> = missing.iter().map(|&at| docs[at]).collect();
        for (at, text) in missing.into_iter().zip(self.read_texts(&unread)?) {
            texts[at] = text;
        }
        Ok(texts)
    }

    /// Reads texts from the journal, and keeps their shingles.
    fn read_texts(&self, docs: &[DocId]) -> record::Result<Vec<Option<Arc<Shingles>>>> {
        if docs.is_empty() {
            return Ok(Vec::new());
        }
        let numbers: Vec<u64> = docs.iter().map(|doc| doc.0).collect();
        let entries = self.store.entries(&numbers)?.into_iter().zip(docs);
        entries
            .map(|(entry, &doc)| {
                let Some(entry) = entry else { return Ok(None) };
                let put = Entry::decode(&entry)?.put.ok_or(Error::Missing {
                    what: "text of document",
                    doc: doc.0,
                })?;
                let shingles = Arc::new(put.shingles()?);
                self.known().shingles.put(doc, Arc::clone(&shingles));
                Ok(Some(shingles))
            })
            .collect()
    }
}
