//! The verdicts on stored articles, remembered for when a crawler submits an article again.
//!
//! A verdict holds while the article and its neighbors keep their leads, and their cluster its size:
//! that is compared with the store each time. A new article makes the engine forget the verdicts on
//! those that it matches and those in a bucket that it fills beyond a limit. One
//! effect of a removal is not noticed: a bucket that falls below its cap may end `truncated`.

use std::iter;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use super::ingest::verdict;
use super::matches::Findings;
use super::{Core, Placement, Result, State, Verdict};
use crate::cache::Cache;
use crate::id::DocId;
use crate::index::{Neighbors, Probe};
use crate::record::{Document, Membership, RowReader, sketch_keys};

/// Most neighbors of an article whose verdict is remembered: each of them is compared with the store.
const MOST: usize = 64;

/// A verdict, and what it depends on that may change.
#[derive(Debug)]
struct RecentVerdict {
    verdict: Verdict,
    /// The memberships of the article and of its neighbors, and the leads of their clusters.
    memberships: Vec<(Membership, DocId)>,
}

impl RecentVerdict {
    fn new(verdict: &Verdict, document: &Document, neighbors: &Neighbors) -> Self {
        let membership = |document: &Document| (document.membership, document.lead);
        let neighbors = neighbors.found.iter().map(|one| membership(&one.document));
        Self {
            verdict: Verdict {
                state: State::Unchanged,
                ..verdict.clone()
            },
            memberships: iter::once(membership(document)).chain(neighbors).collect(),
        }
    }

    fn size(&self) -> usize {
        // A match has five strings, and a piece of evidence has one.
        let verdict = &self.verdict;
        let evidence = verdict
            .judgement
            .as_ref()
            .map_or(0, |one| one.evidence.len());
        let lists = 500 * verdict.matches.len() + 200 * evidence;
        size_of::<Self>() + lists + size_of::<(Membership, DocId)>() * self.memberships.len() + 200
    }
}

/// The place for the verdict on an article; `None` until the verdict is known.
type Place = Arc<Option<RecentVerdict>>;

/// Recent verdicts on stored articles.
pub(super) struct RecentVerdicts(Mutex<Cache<DocId, Place>>);

impl RecentVerdicts {
    /// Creates a cache of about `bytes` bytes.
    pub fn new(bytes: usize) -> Self {
        let size = |place: &Place| place.as_ref().as_ref().map_or(16, RecentVerdict::size);
        Self(Mutex::new(Cache::new(bytes, size)))
    }

    /// Begins to look for a verdict. Whoever forgets the article meanwhile replaces the place.
    fn begin(&self, doc: DocId) -> Place {
        let place = Place::default();
        self.lock().put(doc, Arc::clone(&place));
        place
    }

    /// Remembers a verdict, unless the article was forgotten since `begun`.
    fn finish(&self, begun: &Place, verdict: RecentVerdict) {
        let (doc, mut cache) = (verdict.verdict.doc, self.lock());
        if cache.peek(doc).is_some_and(|now| Arc::ptr_eq(&now, begun)) {
            cache.put(doc, Arc::new(Some(verdict)));
        }
    }

    /// Forgets the verdicts on documents.
    fn forget(&self, docs: impl Iterator<Item = DocId>) {
        let mut cache = self.lock();
        for doc in docs {
            if cache.peek(doc).is_some() {
                cache.put(doc, Place::default());
            }
        }
    }

    fn lock(&self) -> MutexGuard<'_, Cache<DocId, Place>> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Core {
    /// Returns the verdict on a stored article that was submitted again.
    pub(super) fn unchanged(&self, stored: &Document) -> Result<Verdict> {
        let doc = stored.doc();
        let place = self.recent.lock().get(doc);
        if let Some(Some(recent)) = place.as_deref()
            && self.holds(recent)?
        {
            return Ok(recent.verdict.clone());
        }
        let begun = self.recent.begin(doc);
        let (placement, findings, neighbors) = self.judge_again(stored, false)?;
        let verdict = verdict(stored, State::Unchanged, placement, Some(findings));
        if is_kept(&verdict, &neighbors) {
            let recent = RecentVerdict::new(&verdict, stored, &neighbors);
            // The writer may have staged another article meanwhile.
            if self.holds(&recent)? {
                self.recent.finish(&begun, recent);
            }
        }
        Ok(verdict)
    }

    /// Returns where a stored article belongs, what its neighbors say about it, and these, as of now.
    pub(super) fn judge_again(
        &self,
        stored: &Document,
        quotations: bool,
    ) -> Result<(Placement, Findings, Neighbors)> {
        let shingles = self.index.shingles(stored.doc())?;
        let collection = &stored.put.collection;
        let probe = Probe {
            collection,
            shingles: &shingles,
            keys: &sketch_keys(collection, &shingles, &self.params.sketch),
            quotations,
        };
        let neighbors = self.index.neighbors(None, probe, &[stored.doc()])?;
        let placement = self.placement_of(stored)?;
        let findings = self.findings(stored, placement.size, &shingles, neighbors.clone())?;
        Ok((placement, findings, neighbors))
    }

    /// Returns whether nothing has changed that a verdict depends on.
    fn holds(&self, recent: &RecentVerdict) -> Result<bool> {
        let rows = RowReader(&*self.store);
        let memberships = &recent.memberships;
        let docs: Vec<DocId> = memberships.iter().map(|(one, _)| DocId(one.doc)).collect();
        let stored = rows.memberships(&docs)?.into_iter();
        Ok(stored.eq(memberships.iter().copied().map(Some))
            && 1 + self.followers(memberships[0].0.cluster())? == recent.verdict.placement.size)
    }

    /// Remembers the verdict on a new article, once it is stored, unless it is its placement alone; and forgets
    /// those that it changes.
    pub(super) fn remember_new(
        &self,
        verdict: &Verdict,
        document: &Document,
        neighbors: &Neighbors,
    ) {
        let matches = neighbors.found.iter().map(|one| one.document.doc());
        let at_limit = &neighbors.at_limit;
        self.recent.forget(matches.chain(at_limit.iter().copied()));
        let is_whole = verdict.state == State::New && verdict.judgement.is_some();
        if is_whole && is_kept(verdict, neighbors) && at_limit.is_empty() {
            let recent = RecentVerdict::new(verdict, document, neighbors);
            let begun = self.recent.begin(document.doc());
            self.recent.finish(&begun, recent);
        }
    }
}

/// Returns whether the verdict on an article with these neighbors is remembered.
fn is_kept(verdict: &Verdict, neighbors: &Neighbors) -> bool {
    !verdict.placement.settling && neighbors.found.len() <= MOST
}
