//! The neighbors of stored articles, remembered for when a crawler submits an article again.
//!
//! A turn forgets the articles whose neighbors it changes: those that a new article matches, those in a
//! bucket that it fills beyond a limit, and those that move to another lead. A removed article needs no
//! such step: its rows are absent, so it is left out. One thing is not noticed: an anchor that becomes
//! rare again because of a removal may bring in a further match, which a search would find.

use std::sync::{Arc, OnceLock};

use super::{Index, Neighbors, Probe};
use crate::id::DocId;
use crate::record::{self, Document, sketch_keys};
use crate::sketch;
use crate::syndication::TextPair;
use crate::text::Shingles;

/// Most neighbors that are remembered of an article.
const MOST: usize = 64;

/// The place for an article's neighbors, filled when they are found. Whoever forgets an article
/// replaces its place, so that a search begun before fills one that nobody reads.
#[derive(Debug, Default)]
pub(super) struct RecentNeighbors(OnceLock<Verified>);

impl RecentNeighbors {
    /// About how many bytes one takes: most articles have a few neighbors or none.
    pub const SIZE: usize = 256;
}

#[derive(Debug)]
struct Verified {
    pairs: Vec<(DocId, TextPair, bool)>,
    truncated: bool,
    shingles: u32,
}

impl Verified {
    fn is_kept(neighbors: &Neighbors) -> bool {
        !neighbors.has_skipped && neighbors.found.len() <= MOST
    }

    fn new(neighbors: &Neighbors, shingles: &Shingles) -> Self {
        let pairs = neighbors.found.iter();
        let pairs = pairs.map(|one| (one.document.doc(), one.pair, one.sketches_meet));
        Self {
            pairs: pairs.collect(),
            truncated: neighbors.truncated,
            shingles: shingles.len() as u32,
        }
    }
}

impl Index {
    /// Returns the neighbors of a stored article, as of now, and the number of its shingles. They
    /// are remembered for the next call.
    ///
    /// # Errors
    /// As [`Self::neighbors_of`].
    pub fn recent_neighbors(
        &self,
        document: &Document,
        sketch: &sketch::Params,
    ) -> record::Result<(Neighbors, u32)> {
        let doc = document.doc();
        let known = self.cache().neighbors.get(doc);
        if let Some(known) = known.as_ref().and_then(|known| known.0.get()) {
            let found = self.with_documents(&known.pairs)?;
            let neighbors = Neighbors {
                found,
                truncated: known.truncated,
                ..Neighbors::default()
            };
            return Ok((neighbors, known.shingles));
        }
        let place = Arc::new(RecentNeighbors::default());
        self.cache().neighbors.put(doc, Arc::clone(&place));
        let shingles = self.shingles(doc)?;
        let neighbors = self.neighbors_of(document, &shingles, sketch)?;
        if Verified::is_kept(&neighbors) {
            place.0.get_or_init(|| Verified::new(&neighbors, &shingles));
        }
        Ok((neighbors, shingles.len() as u32))
    }

    /// Returns the neighbors of a stored article, as of now.
    ///
    /// # Errors
    /// As [`Self::neighbors`].
    pub fn neighbors_of(
        &self,
        document: &Document,
        shingles: &Shingles,
        sketch: &sketch::Params,
    ) -> record::Result<Neighbors> {
        let collection = &document.put.collection;
        let keys = &sketch_keys(collection, shingles, sketch);
        self.neighbors(
            Probe {
                collection,
                shingles,
                keys,
            },
            &[document.doc()],
        )
    }

    /// Remembers the neighbors of an article that was just stored, and forgets the neighbors that it
    /// changes.
    pub fn remember(&self, doc: DocId, neighbors: &Neighbors, shingles: &Shingles) {
        let matches = neighbors.found.iter().map(|one| one.document.doc());
        let changed = matches.chain(neighbors.at_limit.iter().copied());
        self.forget(changed);
        if neighbors.at_limit.is_empty() && Verified::is_kept(neighbors) {
            let place = OnceLock::from(Verified::new(neighbors, shingles));
            let place = Arc::new(RecentNeighbors(place));
            self.cache().neighbors.put(doc, place);
        }
    }

    /// Forgets the neighbors of documents.
    pub fn forget(&self, docs: impl Iterator<Item = DocId>) {
        let mut cache = self.cache();
        for doc in docs {
            if cache.neighbors.peek(doc).is_some() {
                cache.neighbors.put(doc, Arc::default());
            }
        }
    }
}
