//! Sketch -> candidates.

use std::collections::{HashMap, HashSet};

use super::{Index, Probe};
use crate::id::DocId;
use crate::record::{self, Document, document_row, read_posted};
use crate::store::Bucket;

/// What the buckets propose.
#[derive(Default)]
pub(super) struct Proposed {
    /// Documents to compare with, the most promising first.
    pub candidates: Vec<Document>,
    /// A cap was hit: there may be more.
    pub truncated: bool,
}

/// How many buckets a document shares.
#[derive(Default, Clone, Copy)]
struct Shared {
    bands: usize,
    anchors: usize,
}

/// In an anchor's bucket that is over its cap, this many clusters still make a story; more make
/// furniture.
const CLUSTERS_OF_A_STORY: usize = 8;

impl Index {
    /// Returns the documents that share a band, or enough anchors. While no cap is hit, that
    /// depends on the two sketches alone.
    ///
    /// Where a bucket is over its cap, its documents stand for their leads, which are asked first:
    /// a story carried a thousand times is found by any of those that carry it. An anchor over its
    /// cap whose documents belong to many clusters is furniture, and proposes nothing.
    pub(super) fn propose(&self, probe: Probe<'_>, without: &[DocId]) -> record::Result<Proposed> {
        let cap = self.params.bucket_cap;
        let buckets = self.store.buckets(&probe.keys.all(), cap)?;
        let (bands, anchors) = buckets.split_at(probe.keys.bands.len());
        let mut shared: HashMap<u64, Shared> = HashMap::new();
        for &posted in bands.iter().flat_map(|bucket| &bucket.docs) {
            shared.entry(posted).or_default().bands += 1;
        }
        let (full, open): (Vec<_>, Vec<_>) = anchors.iter().partition(|bucket| bucket.truncated);
        for &posted in open.iter().flat_map(|bucket| &bucket.docs) {
            shared.entry(posted).or_default().anchors += 1;
        }
        let has_many = probe.keys.has_many_anchors();
        let shared: HashMap<DocId, Shared> = shared
            .into_iter()
            .map(|(posted, shared)| (read_posted(posted), shared))
            .filter(|((_, they_have_many), shared)| {
                shared.bands > 0
                    || shared.anchors >= self.anchors_needed(has_many && *they_have_many)
            })
            .map(|((doc, _), shared)| (doc, shared))
            .collect();

        let mut truncated = bands.iter().any(|bucket| bucket.truncated) || !full.is_empty();
        let mut proposed: Vec<DocId> = shared.keys().copied().collect();
        let mut documents = self.documents_of(probe.collection, &proposed, without)?;
        proposed.extend(self.stories(probe.collection, &full, without)?);
        if truncated {
            proposed.extend(documents.values().map(Document::lead));
            proposed.retain(|doc| !documents.contains_key(doc));
            documents.extend(self.documents_of(probe.collection, &proposed, without)?);
        }

        let mut candidates: Vec<Document> = documents.into_values().collect();
        candidates.sort_by_cached_key(|document| {
            let Shared { bands, anchors } =
                shared.get(&document.doc()).copied().unwrap_or_default();
            (
                !document.leads(),
                usize::MAX - bands - anchors,
                document.doc(),
            )
        });
        truncated |= candidates.len() > self.params.candidate_cap;
        candidates.truncate(self.params.candidate_cap);
        Ok(Proposed {
            candidates,
            truncated,
        })
    }

    /// Returns the leads to be found in buckets of anchors that are over their caps, but for those
    /// buckets that are furniture.
    fn stories(
        &self,
        collection: &str,
        full: &[&Bucket],
        without: &[DocId],
    ) -> record::Result<HashSet<DocId>> {
        let docs = |bucket: &Bucket| -> Vec<DocId> {
            bucket
                .docs
                .iter()
                .map(|&posted| read_posted(posted).0)
                .collect()
        };
        let all: HashSet<DocId> = full.iter().flat_map(|bucket| docs(bucket)).collect();
        let all: Vec<DocId> = all.into_iter().collect();
        let documents = self.documents_of(collection, &all, without)?;
        let leads = |bucket: &Bucket| -> HashSet<DocId> {
            docs(bucket)
                .iter()
                .filter_map(|doc| Some(documents.get(doc)?.lead()))
                .collect()
        };
        let stories = full.iter().map(|bucket| leads(bucket));
        Ok(stories
            .filter(|leads| leads.len() <= CLUSTERS_OF_A_STORY)
            .flatten()
            .collect())
    }

    /// Reads documents; those that are gone, or not of the collection, are dropped: a posting is a
    /// hint.
    fn documents_of(
        &self,
        collection: &str,
        docs: &[DocId],
        without: &[DocId],
    ) -> record::Result<HashMap<DocId, Document>> {
        let rows: Vec<Vec<u8>> = docs
            .iter()
            .filter(|doc| !without.contains(doc))
            .map(|&doc| document_row(doc))
            .collect();
        let mut documents = HashMap::with_capacity(rows.len());
        for row in self.store.rows(&rows)?.into_iter().flatten() {
            let document = Document::decode(&row)?;
            if document.put.collection == collection {
                documents.insert(document.doc(), document);
            }
        }
        Ok(documents)
    }
}
