//! Sketch -> candidates.

use std::cmp::Reverse;
use std::collections::{HashMap, HashSet};

use super::{Index, Probe};
use crate::id::DocId;
use crate::record::{self, Document, document_row, read_posted};
use crate::store::Bucket;

/// What the buckets propose.
#[derive(Default)]
pub(super) struct Proposed {
    /// Documents to compare with, the most promising first.
    pub candidates: Vec<Candidate>,
    /// A cap was hit: there may be more.
    pub truncated: bool,
}

/// A document to compare with.
pub(super) struct Candidate {
    pub document: Document,
    /// The two sketches alone bring the two together.
    pub sketches_meet: bool,
}

/// How many buckets a document shares.
#[derive(Default, Clone, Copy)]
struct Shared {
    bands: usize,
    anchors: usize,
    /// Anchors that few have.
    rare: usize,
}

/// In an anchor's bucket that is over its cap, this many clusters still make a story; more make
/// furniture.
const CLUSTERS_OF_A_STORY: usize = 8;

/// Most candidates for the sake of rare anchors alone.
const MOST_BY_RARE: usize = 16;

/// An anchor that no more documents have than these is rare: two texts that share it are compared for
/// its sake alone, for it is more likely a passage that one took from the other than a phrase.
const RARE: usize = 16;

impl Index {
    /// Returns the documents that share a band, or enough anchors, or one that is rare. While no cap
    /// is hit, and but for rare anchors, that depends on the two sketches alone.
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
        for bucket in open {
            let is_rare = bucket.docs.len() <= RARE;
            for &posted in &bucket.docs {
                let shared = shared.entry(posted).or_default();
                shared.anchors += 1;
                shared.rare += usize::from(is_rare);
            }
        }
        let has_many = probe.keys.has_many_anchors();
        let shared: HashMap<DocId, (Shared, bool)> = shared
            .into_iter()
            .filter_map(|(posted, shared)| {
                let (doc, they_have_many) = read_posted(posted);
                let needed = self.anchors_needed(has_many && they_have_many);
                let meet = shared.bands > 0 || shared.anchors >= needed;
                (meet || shared.rare > 0).then_some((doc, (shared, meet)))
            })
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

        let of = |document: &Document| shared.get(&document.doc()).copied();
        let mut candidates: Vec<Candidate> = documents
            .into_values()
            .map(|document| Candidate {
                // A lead that stands for others of its story is asked for their sake.
                sketches_meet: of(&document).is_none_or(|(_, meet)| meet),
                document,
            })
            .collect();
        candidates.sort_by_cached_key(|candidate| {
            let document = &candidate.document;
            let (Shared { bands, anchors, .. }, _) = of(document).unwrap_or_default();
            (
                !candidate.sketches_meet,
                !document.leads(),
                Reverse(bands + anchors),
                document.doc(),
            )
        });
        // What was proposed for the sake of a rare anchor alone is last, and few: of a text that is
        // full of rare phrases which others have too, the rest is no loss.
        let sure = candidates.partition_point(|candidate| candidate.sketches_meet);
        candidates.truncate(sure + MOST_BY_RARE);
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
