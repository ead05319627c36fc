//! Sketch -> candidates: the documents that share buckets with an article.

use std::cmp::Reverse;
use std::collections::HashSet;

use super::{Index, Probe};
use crate::id::DocId;
use crate::record::{self, RowReader};
use crate::store::Bucket;

/// The candidates found in an article's buckets.
#[derive(Clone)]
pub(super) struct Proposed {
    /// Documents to compare with, the most promising first.
    pub candidates: Vec<Candidate>,
    /// A cap was hit: there may be more.
    pub truncated: bool,
    /// Documents in buckets that the article, once posted, fills beyond a limit.
    pub at_limit: Vec<DocId>,
    /// Documents were asked for their leads.
    pub by_lead: bool,
}

/// A document to compare with.
#[derive(Debug, Clone, Copy)]
pub(super) struct Candidate {
    pub doc: DocId,
    /// The two share so little that they are hardly copies: a phrase, or a short passage.
    pub is_weak: bool,
}

/// Number of buckets that a document shares with the article, by kind.
#[derive(Default, Clone, Copy)]
struct SharedBuckets {
    bands: u32,
    /// Anchors whose buckets are within the cap.
    anchors: u32,
    /// Anchors whose buckets are over the cap.
    full: u32,
}

/// Most clusters that full anchor buckets may hold to count as a story; with more they are furniture.
const CLUSTERS_OF_A_STORY: usize = 8;

/// Documents of a story whose leads are looked up.
const SAMPLE_OF_A_STORY: usize = 16;

/// Most candidates besides the leads where a story is so large that its band buckets are over the cap.
const MOST_OF_A_STORY: usize = 12;

/// A text with many anchors that shares no band and at most this many anchors is hardly a copy:
/// copies have half of their text in common, which is eight anchors out of 16, give or take two.
const WEAK: u32 = 3;

/// Fewest anchors of a text that has many.
const MANY: usize = 16;

/// Fewest anchors shared with a document in a full bucket: one is a phrase.
const OF_A_STORY: u32 = 2;

impl Index {
    /// Returns the documents that share a band or an anchor. Caps aside, whether a document is returned
    /// depends on the two sketches alone.
    ///
    /// The documents of a bucket over its cap come after the leads of some of them: a story carried a
    /// thousand times is found through any of its copies. Full anchor buckets whose
    /// documents belong to many clusters are furniture, and propose nothing.
    pub(super) fn propose(&self, probe: Probe<'_>, without: &[DocId]) -> record::Result<Proposed> {
        let (keys, cap) = (probe.keys.all(), self.params.bucket_cap);
        let buckets = self.store.buckets(&keys, cap)?;
        let (bands, anchors) = buckets.split_at(probe.keys.bands.len());
        let tally = tally(bands, anchors);
        let is_story = bands.iter().any(|bucket| bucket.truncated);
        let mut truncated = is_story || anchors.iter().any(|bucket| bucket.truncated);

        let has_many = probe.keys.anchors.len() >= MANY;
        let of_a_story = if has_many { OF_A_STORY } else { 1 };
        let mut met = Vec::new();
        let mut over_cap = Vec::new();
        for &(doc, shared) in tally.iter().filter(|(doc, _)| !without.contains(doc)) {
            if shared.bands + shared.anchors > 0 {
                met.push((shared, doc));
            }
            if shared.full > 0 && shared.anchors + shared.full >= of_a_story {
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

        let is_weak = false;
        let leads = leads.into_iter().map(|doc| Candidate { doc, is_weak });
        let met = met.into_iter().map(|(shared, doc)| {
            let anchors = shared.anchors + shared.full;
            let is_weak = has_many && shared.bands == 0 && anchors <= WEAK;
            Candidate { doc, is_weak }
        });
        let mut taken = HashSet::new();
        let candidates = leads
            .chain(met.take(cap))
            .filter(|candidate| taken.insert(candidate.doc));
        Ok(Proposed {
            candidates: candidates.take(self.params.candidate_cap).collect(),
            truncated,
            at_limit: at_limit(&buckets, self.params.bucket_cap),
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
}

/// Returns the documents in buckets that are full: one more changes what they propose.
fn at_limit(buckets: &[Bucket], cap: usize) -> Vec<DocId> {
    let full = |bucket: &&Bucket| !bucket.truncated && bucket.docs.len() == cap;
    let docs = buckets.iter().filter(full).flat_map(|bucket| &bucket.docs);
    docs.copied().map(DocId).collect()
}

/// Counts how many buckets each document is in; sorted by number.
fn tally(bands: &[Bucket], anchors: &[Bucket]) -> Vec<(DocId, SharedBuckets)> {
    let one = |bucket: &Bucket, is_band: bool| SharedBuckets {
        bands: u32::from(is_band),
        anchors: u32::from(!is_band && !bucket.truncated),
        full: u32::from(!is_band && bucket.truncated),
    };
    let bands = bands.iter().map(|bucket| (bucket, true));
    let anchors = anchors.iter().map(|bucket| (bucket, false));
    let mut all: Vec<(DocId, SharedBuckets)> = Vec::new();
    for (bucket, is_band) in bands.chain(anchors) {
        let shared = one(bucket, is_band);
        // A story that fills many buckets has the same documents at the front of each.
        let most = match bucket.truncated {
            true => SAMPLE_OF_A_STORY,
            false => usize::MAX,
        };
        let docs = bucket.docs.iter().take(most);
        all.extend(docs.map(|&doc| (DocId(doc), shared)));
    }
    all.sort_unstable_by_key(|&(doc, _)| doc);
    all.dedup_by(|next, first| {
        let is_same = next.0 == first.0;
        if is_same {
            first.1.bands += next.1.bands;
            first.1.anchors += next.1.anchors;
            first.1.full += next.1.full;
        }
        is_same
    });
    all
}
