//! Finds an article's neighbors: sketch -> candidates -> verified on the texts.
//!
//! In go an article's shingles and the buckets of its sketch; out come the articles that share text
//! with it, with exact figures. What the buckets propose is only a hint; nothing leaves this room
//! that was not verified. It writes nothing, and decides nothing about clusters.

mod ahead;
mod documents;
mod params;
mod presence;
mod propose;
mod verify;

use std::sync::{Arc, Mutex};

use crate::id::DocId;
use crate::record::{self, Document, Keys};
use crate::store::Store;
use crate::syndication::{TextPair, Thresholds};
use crate::text::Shingles;
use propose::Candidate;
use verify::Compared;

pub use ahead::Ahead;
pub use params::Params;

/// Finds neighbors in a store.
pub struct Index {
    store: Arc<dyn Store>,
    params: Params,
    thresholds: Thresholds,
    known: Mutex<documents::Known>,
}

/// An article whose neighbors are looked for.
#[derive(Debug, Clone, Copy)]
pub struct Probe<'p> {
    /// Its collection.
    pub collection: &'p str,
    /// Its text.
    pub shingles: &'p Shingles,
    /// Its buckets.
    pub keys: &'p Keys,
}

/// An article that shares text with the one asked about.
#[derive(Debug, Clone)]
pub struct Neighbor {
    /// What is known of it.
    pub document: Document,
    /// What was verified; the first is the one asked about.
    pub pair: TextPair,
    /// Their sketches alone bring the two together, whatever else is in the store: only then can they
    /// be copies of each other. Else they were brought together by a passage that few others have.
    pub sketches_meet: bool,
}

/// The verified neighbors of an article.
#[derive(Debug, Clone, Default)]
pub struct Neighbors {
    /// Them, in no order.
    pub found: Vec<Neighbor>,
    /// A cap was hit: there may be more.
    pub truncated: bool,
}

impl Index {
    /// Looks into a store.
    pub fn new(store: Arc<dyn Store>, params: Params, thresholds: Thresholds) -> Self {
        let known = Mutex::new(documents::Known::new(params.cache_bytes));
        Self {
            store,
            params,
            thresholds,
            known,
        }
    }

    /// Returns the articles that share text with the one asked about, but for `without`.
    ///
    /// # Errors
    /// The store's, and records that cannot be read.
    pub fn neighbors(&self, probe: Probe<'_>, without: &[DocId]) -> record::Result<Neighbors> {
        self.neighbors_after(&Ahead::default(), probe, without)
    }

    /// Returns what [`Self::neighbors`] does, with the help of what was found out before.
    ///
    /// # Errors
    /// As [`Self::neighbors`].
    pub fn neighbors_after(
        &self,
        ahead: &Ahead,
        probe: Probe<'_>,
        without: &[DocId],
    ) -> record::Result<Neighbors> {
        let proposed = self.propose(&ahead.buckets, probe, without)?;
        let candidates = &proposed.candidates;
        let compared = self.compare(probe.shingles, candidates, &ahead.seen)?;
        let passed_over = |(candidate, of): (&Candidate, &Compared)| {
            candidate.sketches_meet && matches!(of, Compared::PassedOver)
        };
        let truncated = proposed.truncated || candidates.iter().zip(&compared).any(passed_over);
        Ok(Neighbors {
            found: self.matches(probe.collection, candidates, &compared)?,
            truncated,
        })
    }

    /// Whether each of two texts would be proposed to the other.
    pub fn proposes(&self, a: &Keys, b: &Keys) -> bool {
        let bands = a.bands.iter().zip(&b.bands).any(|(x, y)| x == y);
        bands || {
            let shared = a
                .anchors
                .iter()
                .filter(|anchor| b.anchors.binary_search(anchor).is_ok());
            shared.count() >= self.anchors_needed(a.has_many_anchors() && b.has_many_anchors())
        }
    }

    /// How many anchors two texts must share, of which it is known whether both have many.
    fn anchors_needed(&self, both_have_many: bool) -> usize {
        if both_have_many {
            self.params.shared_anchors
        } else {
            1
        }
    }
}
