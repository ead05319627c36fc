//! Sketch -> candidates.

use std::cmp::Reverse;
use std::collections::HashSet;

use super::{Index, Probe};
use crate::id::DocId;
use crate::record::{self, read_posted};
use crate::store::{Bucket, Prefetched};

/// What the buckets propose.
#[derive(Default)]
pub(super) struct Proposed {
    /// Documents to compare with, the most promising first.
    pub candidates: Vec<Candidate>,
    /// A cap was hit: there may be more.
    pub truncated: bool,
}

/// A document to compare with.
#[derive(Debug, Clone, Copy)]
pub(super) struct Candidate {
    pub doc: DocId,
    /// The two sketches alone bring the two together.
    pub sketches_meet: bool,
    /// So little is shared that the two are hardly copies: a phrase, or a short passage.
    pub is_weak: bool,
}

/// How many buckets a document shares.
#[derive(Default, Clone, Copy)]
struct Shared {
    bands: u32,
    /// Anchors of buckets that are not over their cap.
    anchors: u32,
    /// Anchors that few have.
    rare: u32,
    /// Anchors of buckets that are over their cap.
    full: u32,
}

/// In the buckets of anchors that are over their caps, this many clusters still make a story; more
/// make furniture.
const CLUSTERS_OF_A_STORY: usize = 8;

/// Documents of a story that are asked for their leads.
const ASKED_OF_A_STORY: usize = 16;

/// Most candidates where a story is so large that the buckets of bands are over their cap: its leads
/// are among them, and of the others some.
const MOST_OF_A_STORY: usize = 12;

/// Where a text with many anchors shares no band and no more anchors than these, it is hardly a copy:
/// copies have half of their text in common, and of 16 anchors or more that is eight, give or take two.
const WEAK: u32 = 3;

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
    /// a story carried a thousand times is found by any of those that carry it. Anchors over their
    /// cap whose documents belong to many clusters are furniture, and propose nothing.
    pub(super) fn propose(
        &self,
        prefetched: &Prefetched,
        probe: Probe<'_>,
        without: &[DocId],
    ) -> record::Result<Proposed> {
        let (keys, cap) = (probe.keys.all(), self.params.bucket_cap);
        let buckets = self.store.buckets_prefetched(&keys, cap, prefetched)?;
        let (bands, anchors) = buckets.split_at(probe.keys.bands.len());
        let tally = tally(bands, anchors);
        let is_story = bands.iter().any(|bucket| bucket.truncated);
        let mut truncated = is_story || anchors.iter().any(|bucket| bucket.truncated);

        let has_many = probe.keys.has_many_anchors();
        let mut met = Vec::new();
        let mut by_rare = Vec::new();
        let mut over_cap = Vec::new();
        for &(posted, shared) in &tally {
            let (doc, they_have_many) = read_posted(posted);
            if without.contains(&doc) {
                continue;
            }
            let needed = self.anchors_needed(has_many && they_have_many) as u32;
            if shared.bands > 0 || shared.anchors >= needed {
                met.push((shared, doc));
            } else if shared.rare > 0 {
                by_rare.push((shared, doc));
            }
            if shared.full > 0 && shared.anchors + shared.full >= needed {
                over_cap.push((shared, doc));
            }
        }
        met.sort_unstable_by_key(|&(shared, doc)| (Reverse(shared.bands + shared.anchors), doc));
        by_rare.sort_unstable_by_key(|&(shared, doc)| (Reverse(shared.anchors), doc));
        over_cap.sort_unstable_by_key(|&(shared, doc)| (Reverse(shared.full), doc));

        let cap = match is_story {
            true => self.params.candidate_cap.min(MOST_OF_A_STORY),
            false => self.params.candidate_cap,
        };
        let is_cut = is_story || met.len() > cap;
        truncated |= is_cut;
        let asked = |of: &[(Shared, DocId)]| -> Vec<DocId> {
            let asked = of.iter().take(ASKED_OF_A_STORY);
            asked.map(|&(_, doc)| doc).collect()
        };
        let asked_of_met = if is_cut { asked(&met) } else { Vec::new() };
        let (mut leads, stories) = self.leads_of_both(&asked_of_met, &asked(&over_cap), without)?;
        if stories.len() <= CLUSTERS_OF_A_STORY {
            leads.extend(stories);
        }

        // What was proposed for the sake of a rare anchor alone is last, and few: of a text that is
        // full of rare phrases which others have too, the rest is no loss.
        let candidate = |doc, sketches_meet, is_weak| Candidate {
            doc,
            sketches_meet,
            is_weak,
        };
        let leads = leads.into_iter().map(|doc| candidate(doc, true, false));
        let met = met.into_iter().map(|(shared, doc)| {
            let anchors = shared.anchors + shared.full;
            let is_weak = has_many && shared.bands == 0 && anchors <= WEAK;
            candidate(doc, true, is_weak)
        });
        let by_rare = by_rare
            .into_iter()
            .map(|(_, doc)| candidate(doc, false, true));
        let mut taken = HashSet::new();
        let candidates = leads
            .chain(met.take(cap))
            .chain(by_rare.take(MOST_BY_RARE))
            .filter(|candidate| taken.insert(candidate.doc));
        Ok(Proposed {
            candidates: candidates.take(self.params.candidate_cap).collect(),
            truncated,
        })
    }

    /// Returns the leads of some documents and of others, each once. Of a story they are the same
    /// documents, as a rule, and are asked once.
    fn leads_of_both(
        &self,
        some: &[DocId],
        others: &[DocId],
        without: &[DocId],
    ) -> record::Result<(Vec<DocId>, Vec<DocId>)> {
        let mut asked = [some, others].concat();
        asked.sort_unstable();
        asked.dedup();
        let leads = self.leads(&asked)?;
        let lead_of = |doc: &DocId| asked.binary_search(doc).ok().and_then(|at| leads[at]);
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

/// Counts for each number that stands in the buckets how many of them it stands in; by number.
fn tally(bands: &[Bucket], anchors: &[Bucket]) -> Vec<(u64, Shared)> {
    let one = |bucket: &Bucket, is_band: bool| Shared {
        bands: u32::from(is_band),
        anchors: u32::from(!is_band && !bucket.truncated),
        rare: u32::from(!is_band && !bucket.truncated && bucket.docs.len() <= RARE),
        full: u32::from(!is_band && bucket.truncated),
    };
    let bands = bands.iter().map(|bucket| (bucket, true));
    let anchors = anchors.iter().map(|bucket| (bucket, false));
    let mut all: Vec<(u64, Shared)> = Vec::new();
    for (bucket, is_band) in bands.chain(anchors) {
        let shared = one(bucket, is_band);
        // Of a story that fills one bucket after another the same documents stand first in all.
        let most = match bucket.truncated {
            true => ASKED_OF_A_STORY,
            false => usize::MAX,
        };
        let docs = bucket.docs.iter().take(most);
        all.extend(docs.map(|&posted| (posted, shared)));
    }
    all.sort_unstable_by_key(|&(posted, _)| posted);
    all.dedup_by(|next, first| {
        let is_same = next.0 == first.0;
        if is_same {
            first.1.bands += next.1.bands;
            first.1.anchors += next.1.anchors;
            first.1.rare += next.1.rare;
            first.1.full += next.1.full;
        }
        is_same
    });
    all
}
