//! Finds an article's neighbors: sketch -> candidates -> verified on the texts.
//!
//! Takes an article's shingles and the buckets of its sketch; returns the articles that share text
//! with it, with exact figures. Buckets only give hints: every neighbor is verified on the texts
//! before it is returned. This room writes nothing, and decides nothing about clusters.

mod changes;
mod documents;
mod meters;
mod params;
mod prepared;
mod propose;
mod verify;

use std::borrow::Cow;
use std::collections::HashMap;
use std::sync::{Arc, Mutex};

use crate::id::DocId;
use crate::record::{self, Document, Keys};
use crate::store::Store;
use crate::syndication::{TextPair, Thresholds};
use crate::text::Shingles;
use changes::RecentChanges;
use meters::SearchMeters;

pub use meters::SearchMetrics;
pub use params::Params;
pub use prepared::PreparedNeighbors;

/// Finds neighbors in a store.
pub struct Index {
    store: Arc<dyn Store>,
    params: Params,
    thresholds: Thresholds,
    cache: Mutex<documents::RecordCache>,
    changes: RecentChanges,
    meters: SearchMeters,
}

/// An article whose neighbors are looked for.
#[derive(Debug, Clone, Copy)]
pub struct Probe<'p> {
    /// Its collection.
    pub collection: &'p str,
    /// The shingles of its text.
    pub shingles: &'p Shingles,
    /// Its buckets.
    pub keys: &'p Keys,
    /// Whether quotations are asked for: see [`Thresholds::is_match`].
    pub quotations: bool,
}

/// An article that shares text with the one asked about.
#[derive(Debug, Clone)]
pub struct Neighbor {
    /// The stored article.
    pub document: Document,
    /// The result of the comparison; the first is the article asked about.
    pub pair: TextPair,
}

/// The verified neighbors of an article.
#[derive(Debug, Clone, Default)]
pub struct Neighbors {
    /// The neighbors, in no order.
    pub found: Vec<Neighbor>,
    /// A cap was hit: there may be more.
    pub truncated: bool,
    /// Documents whose neighbors may change once this article is in the same buckets.
    pub at_limit: Vec<DocId>,
}

impl Index {
    /// Creates an index over a store.
    pub fn new(store: Arc<dyn Store>, params: Params, thresholds: Thresholds) -> Self {
        let cache = Mutex::new(documents::RecordCache::new(params.cache_bytes));
        Self {
            store,
            params,
            thresholds,
            cache,
            changes: RecentChanges::default(),
            meters: SearchMeters::default(),
        }
    }

    /// Returns the articles that share text with the one asked about, except those in `without`; faster
    /// with what [`Self::prepare`] has returned for the same probe.
    ///
    /// # Errors
    /// Those of the store, and records that cannot be read.
    pub fn neighbors(
        &self,
        prepared: Option<&PreparedNeighbors>,
        probe: Probe<'_>,
        without: &[DocId],
    ) -> record::Result<Neighbors> {
        // Nothing was left out when it was prepared.
        let prepared_for_this = prepared.filter(|_| without.is_empty());
        let kept = prepared_for_this.and_then(|prepared| self.still_proposed(prepared, probe));
        let proposed = match kept {
            Some(proposed) => Cow::Borrowed(proposed),
            None => Cow::Owned(self.propose(probe, without)?),
        };
        let candidates = &proposed.candidates;
        let nothing = HashMap::new();
        let before = prepared.map_or(&nothing, |prepared| &prepared.compared);
        let compared = self.compare(probe, candidates, before)?;
        Ok(Neighbors {
            found: self.matches(probe.collection, candidates, &compared)?,
            truncated: proposed.truncated,
            at_limit: proposed.at_limit.clone(),
        })
    }

    /// Returns how much was searched and compared.
    pub fn metrics(&self) -> SearchMetrics {
        self.meters.metrics()
    }

    /// Returns the number of the latest change that [`Self::note`] was told of.
    pub fn latest_change(&self) -> u64 {
        self.changes.latest()
    }

    /// Notes that an entry was staged, which changed these buckets. `moves`: it gave stored documents
    /// other leads.
    pub fn note(&self, buckets: Vec<u64>, moves: bool) {
        self.changes.note(buckets.into_iter(), moves);
    }
}
