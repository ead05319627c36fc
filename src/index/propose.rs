//! Sketch -> candidates: the documents that share buckets with an article.

use std::cmp::Reverse;
use std::collections::HashSet;

use super::{Index, Probe};
use crate::id::DocId;
use crate::record::{self, Keys, RowReader};
use crate::store::{Bucket, TAG_BITS};
use crate::text::sides_agreed;

/// The candidates found in an article's buckets.
#[derive(Clone)]
pub(super) struct Proposed {
    /// Documents to compare with, the most promising first.
    pub candidates: Vec<DocId>,
    /// A cap was hit: there may be more.
    pub truncated: bool,
    /// Documents in buckets that the article, once posted, fills beyond a limit.
    pub at_limit: Vec<DocId>,
    /// Documents were asked for their leads.
    pub by_lead: bool,
}

/// The buckets that a document shares with the article.
#[derive(Default, Clone, Copy)]
struct SharedBuckets {
    /// Number of bands.
    bands: u32,
    /// Number of anchors whose buckets are within the cap.
    anchors: u32,
    /// Number of anchors whose buckets are over the cap.
    full: u32,
    /// The tags of an anchor agree.
    has_passage: bool,
}

impl SharedBuckets {
    /// Whether the two may share more than a phrase.
    fn is_near(self) -> bool {
        self.bands > 0 || self.anchors + self.full > 2 || self.has_passage
    }

    fn add(&mut self, other: Self) {
        self.bands += other.bands;
        self.anchors += other.anchors;
        self.full += other.full;
        self.has_passage |= other.has_passage;
    }
}

/// Most clusters that full anchor buckets may hold to count as a story; with more they are furniture.
const CLUSTERS_OF_A_STORY: usize = 8;

/// Most documents in the bucket of an anchor for one side to suffice where tags are compared.
const COMMON: usize = 16;

/// Documents of a story whose leads are looked up.
const SAMPLE_OF_A_STORY: usize = 16;

/// Most candidates besides the leads where a story is so large that its band buckets are over the cap.
const MOST_OF_A_STORY: usize = 12;

impl Index {
    /// Returns the documents that share a band, three anchors, or one whose tags agree: on one side, or
    /// on both if many documents have it. One whose tags differ is a phrase, which suffices where
    /// quotations are asked for.
    ///
    /// The documents of a bucket over its cap come after the leads of some of them: a story carried a
    /// thousand times is found through any of its copies. Full anchor buckets whose
    /// documents belong to many clusters are furniture, and propose nothing.
    pub(super) fn propose(&self, probe: Probe<'_>, without: &[DocId]) -> record::Result<Proposed> {
        let (keys, cap) = (probe.keys.buckets(), self.params.bucket_cap);
        let buckets = self.store.buckets(&keys, cap)?;
        let (bands, anchors) = buckets.split_at(probe.keys.bands.len());
        let tally = tally(bands, anchors, &probe.keys.anchors);
        let is_story = bands.iter().any(|bucket| bucket.truncated);
        let mut truncated = is_story || anchors.iter().any(|bucket| bucket.truncated);

        let mut met = Vec::new();
        let mut over_cap = Vec::new();
        for &(doc, shared) in tally.iter().filter(|(doc, _)| !without.contains(doc)) {
            let is_met = shared.bands + shared.anchors > 0;
            if is_met && (shared.is_near() || probe.quotations) {
                met.push((shared, doc));
            }
            if shared.full > 0 && shared.is_near() {
                over_cap.push((shared, doc));
            }
        }
        met.sort_unstable_by_key(|&(shared, doc)| (Reverse(shared.bands + shared.anchors), doc));
        over_cap.sort_unstable_by_key(|&(shared, doc)| (Reverse(shared.full), doc));

        let cap = match is_story {
            true => self.params.candidate_cap.min(MOST_OF_A_STORY),
            false => self.params.candidate_cap,
        };
        let is_cut = is_story || met.len() > cap;
        truncated |= is_cut;
        let sample = |of: &[(SharedBuckets, DocId)]| -> Vec<DocId> {
            let sample = of.iter().take(SAMPLE_OF_A_STORY);
            sample.map(|&(_, doc)| doc).collect()
        };
        let of_met = if is_cut { sample(&met) } else { Vec::new() };
        let by_lead = !of_met.is_empty() || !over_cap.is_empty();
        let (mut leads, stories) = self.leads_of_both(&of_met, &sample(&over_cap), without)?;
        if stories.len() <= CLUSTERS_OF_A_STORY {
            leads.extend(stories);
        }

        let met = met.into_iter().take(cap).map(|(_, doc)| doc);
        let mut taken = HashSet::new();
        let candidates = leads
            .into_iter()
            .chain(met)
            .filter(|doc| taken.insert(*doc));
        let candidates: Vec<DocId> = candidates.take(self.params.candidate_cap).collect();
        self.meters.searches.add(1);
        self.meters.truncated.add(u64::from(truncated));
        self.meters.proposed.add(candidates.len() as u64);
        Ok(Proposed {
            candidates,
            truncated,
            at_limit: at_limit(bands, anchors, self.params.bucket_cap),
            by_lead,
        })
    }

    /// Returns the leads of two lists of documents, each lead once. Both lists usually hold the same
    /// documents of one story, so they are looked up together.
    fn leads_of_both(
        &self,
        some: &[DocId],
        others: &[DocId],
        without: &[DocId],
    ) -> record::Result<(Vec<DocId>, Vec<DocId>)> {
        let mut docs = [some, others].concat();
        docs.sort_unstable();
        docs.dedup();
        let memberships = RowReader(&*self.store).memberships(&docs)?;
        let lead_of = |doc: &DocId| {
            let at = docs.binary_search(doc).ok()?;
            memberships[at].map(|(_, lead)| lead)
        };
        let each_once = |docs: &[DocId]| {
            let mut leads: Vec<DocId> = docs.iter().filter_map(lead_of).collect();
            leads.sort_unstable();
            leads.dedup();
            leads.retain(|lead| !without.contains(lead));
            leads
        };
        Ok((each_once(some), each_once(others)))
    }

    /// Returns whether two texts would be proposed to each other, if few documents had their anchors.
    pub fn proposes(&self, a: &Keys, b: &Keys) -> bool {
        let mut shared = SharedBuckets {
            bands: (a.bands.iter().zip(&b.bands))
                .map(|(x, y)| u32::from(x == y))
                .sum(),
            ..SharedBuckets::default()
        };
        for anchor in &a.anchors {
            let of_key = |other: &u64| other >> TAG_BITS;
            let found = b.anchors.binary_search_by_key(&of_key(anchor), of_key);
            found.into_iter().for_each(|at| {
                shared.add(SharedBuckets {
                    anchors: 1,
                    has_passage: sides_agreed(*anchor, b.anchors[at]) > 0,
                    ..SharedBuckets::default()
                })
            });
        }
        shared.is_near()
    }
}

/// Returns the documents in buckets that are full: one more changes what they propose.
fn at_limit(bands: &[Bucket], anchors: &[Bucket], cap: usize) -> Vec<DocId> {
    let is_full = |bucket: &&Bucket| !bucket.truncated && bucket.docs.len() == cap;
    let full = bands.iter().chain(anchors).filter(is_full);
    let common = (anchors.iter()).filter(|bucket| bucket.docs.len() == COMMON);
    let docs = full.chain(common).flat_map(|bucket| &bucket.docs);
    docs.map(|doc| DocId(doc >> TAG_BITS)).collect()
}

/// Returns which buckets each document is in; sorted by number. `keys` are those of the anchors.
fn tally(bands: &[Bucket], anchors: &[Bucket], keys: &[u64]) -> Vec<(DocId, SharedBuckets)> {
    let bands = bands.iter().map(|bucket| (bucket, None));
    let anchors = anchors.iter().zip(keys.iter().map(Some));
    let mut all: Vec<(DocId, SharedBuckets)> = Vec::new();
    for (bucket, anchor) in bands.chain(anchors) {
        // Of a common phrase's documents, some agree on one side by chance.
        let sides = u32::from(bucket.docs.len() > COMMON);
        let shared = |doc: u64| SharedBuckets {
            bands: u32::from(anchor.is_none()),
            anchors: u32::from(anchor.is_some() && !bucket.truncated),
            full: u32::from(anchor.is_some() && bucket.truncated),
            has_passage: anchor.is_some_and(|anchor| sides_agreed(*anchor, doc) > sides),
        };
        // A story that fills many buckets has the same documents at the front of each.
        let most = match bucket.truncated {
            true => SAMPLE_OF_A_STORY,
            false => usize::MAX,
        };
        let docs = bucket.docs.iter().take(most);
        all.extend(docs.map(|&doc| (DocId(doc >> TAG_BITS), shared(doc))));
    }
    all.sort_unstable_by_key(|&(doc, _)| doc);
    all.dedup_by(|next, first| {
        let is_same = next.0 == first.0;
        if is_same {
            first.1.add(next.1);
        }
        is_same
    });
    all
}
