//! Merges what memtables and runs contain of some buckets, up to a cap.
//!
//! Each source contributes at most a number of entries to a bucket, those of its lowest documents. If
//! a source had more, the bucket is known up to the last document that this source contributed, and
//! other sources need not contribute anything beyond it.

use super::PostingEntry;
use crate::store::Bucket;

/// Most entries that one source contributes to one bucket: a bucket with hundreds of thousands of
/// withdrawals must stay cheap to read until a merge has cleared it.
const MAX_LIMIT: usize = 1 << 16;
/// By how much the limit grows if it was too low.
const LIMIT_GROWTH: usize = 8;

/// Entries of some buckets, from one source after another.
#[derive(Default)]
pub struct BucketMerge {
    buckets: usize,
    /// Most entries that a source contributes to a bucket.
    limit: usize,
    /// All entries, source after source.
    entries: Vec<PostingEntry>,
    /// How `entries` is divided.
    slices: Vec<EntrySlice>,
    /// For each bucket the document up to which it is known; empty while all are known in full.
    known_to: Vec<u64>,
}

/// What one source contributed to one bucket. It ends where the next slice starts.
#[derive(Clone, Copy)]
struct EntrySlice {
    bucket: usize,
    start: usize,
    /// The source had more.
    is_cut: bool,
}

impl BucketMerge {
    /// Starts with no entries; the limit is one document more than the cap.
    pub fn new(buckets: usize, cap: usize) -> Self {
        Self {
            buckets,
            limit: cap.saturating_add(1),
            ..Self::default()
        }
    }

    /// Starts again with a higher limit.
    pub fn grow(&mut self) {
        self.entries.clear();
        self.slices.clear();
        self.known_to.clear();
        self.limit = self.limit.saturating_mul(LIMIT_GROWTH);
    }

    /// Returns a function that takes the entries of a bucket from one source, in order, until it
    /// returns `false`.
    pub fn add_to(&mut self, bucket: usize) -> impl FnMut(PostingEntry) -> bool {
        let start = self.entries.len();
        let max_doc = self.known_to.get(bucket).copied().unwrap_or(u64::MAX);
        move |entry| {
            if entry.doc > max_doc {
                return false;
            }
            match self.slices.last_mut() {
                Some(slice) if self.entries.len() > start => {
                    if self.entries.len() - start == self.limit {
                        slice.is_cut = true;
                        self.known_to.resize(self.buckets, u64::MAX);
                        self.known_to[bucket] = self.entries[self.entries.len() - 1].doc;
                        return false;
                    }
                }
                _ => self.slices.push(EntrySlice {
                    bucket,
                    start,
                    is_cut: false,
                }),
            }
            self.entries.push(entry);
            true
        }
    }

    /// Returns the buckets; `None` for one where the limit was too low.
    pub fn buckets(&self, cap: usize) -> Vec<Option<Bucket>> {
        let ends = self.slices.iter().skip(1).map(|next| next.start);
        let ends = ends.chain([self.entries.len()]);
        let slices = self.slices.iter().zip(ends);
        let mut slices: Vec<(EntrySlice, &[PostingEntry])> = slices
            .map(|(slice, end)| (*slice, &self.entries[slice.start..end]))
            .collect();
        slices.sort_by_key(|(slice, _)| slice.bucket);
        let mut buckets = vec![Some(Bucket::default()); self.buckets];
        let mut merged = Vec::new();
        for of_bucket in slices.chunk_by(|(one, _), (other, _)| one.bucket == other.bucket) {
            let cut = of_bucket.iter().filter(|(slice, _)| slice.is_cut);
            let last = cut.filter_map(|(_, entries)| entries.last());
            let known_to = last.map(|last| last.doc).min();
            let entries = match of_bucket {
                // Most buckets are in one source, which has their entries in order.
                [(_, entries)] => entries,
                _ => {
                    merged.clear();
                    for (_, entries) in of_bucket {
                        let is_known =
                            |entry: &PostingEntry| known_to.is_none_or(|known| entry.doc <= known);
                        merged.extend_from_slice(&entries[..entries.partition_point(is_known)]);
                    }
                    merged.sort_unstable_by_key(|entry| (entry.doc, !entry.is_withdrawn));
                    merged.as_slice()
                }
            };
            let (bucket, is_complete) = read_bucket(entries, known_to.is_some(), cap);
            let is_final = is_complete || self.limit >= MAX_LIMIT;
            buckets[of_bucket[0].0.bucket] = is_final.then_some(bucket);
        }
        buckets
    }
}

/// Reads a bucket from its entries, which are all of them, or those of its lowest documents. Returns it
/// with whether these entries sufficed.
fn read_bucket(entries: &[PostingEntry], is_cut: bool, cap: usize) -> (Bucket, bool) {
    let of_docs = entries.chunk_by(|one, other| one.doc == other.doc);
    let left = of_docs.filter(|of_doc| !of_doc[0].is_withdrawn);
    let left = left.map(|of_doc| of_doc[0].doc);
    let mut docs: Vec<u64> = left.take(cap.saturating_add(1)).collect();
    let is_over_cap = docs.len() > cap;
    docs.truncate(cap);
    let truncated = is_over_cap || is_cut;
    (Bucket { docs, truncated }, is_over_cap || !is_cut)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn add(merge: &mut BucketMerge, entries: &[(u64, bool)]) {
        let entries = entries.iter();
        let mut entries = entries.map(|&(doc, withdrawn)| PostingEntry::new(5, doc, withdrawn));
        entries.all(merge.add_to(0));
    }

    #[test]
    fn a_bucket_is_returned_only_as_far_as_it_is_known() {
        let first = [(1, false), (4, false), (5, false), (9, false)];
        let second = [(1, true), (6, false)];
        let mut merge = BucketMerge::new(1, 2);
        add(&mut merge, &first);
        add(&mut merge, &second);
        // 1 is withdrawn, and the first source was cut after 5.
        let bucket = |docs: &[u64], truncated| {
            Some(Bucket {
                docs: docs.to_vec(),
                truncated,
            })
        };
        assert_eq!(merge.buckets(2), [None]);
        assert_eq!(merge.buckets(1), [bucket(&[4], true)]);
        merge.grow();
        add(&mut merge, &first);
        add(&mut merge, &second);
        assert_eq!(merge.buckets(2), [bucket(&[4, 5], true)]);
        assert_eq!(merge.buckets(4), [bucket(&[4, 5, 6, 9], false)]);
    }

    #[test]
    fn nothing_is_taken_beyond_what_is_known() {
        let mut merge = BucketMerge::new(2, 1);
        for is_withdrawn in [false, true] {
            let mut take = merge.add_to(1);
            let mut take = |doc, withdrawn| take(PostingEntry::new(5, doc, withdrawn));
            assert!(take(3, is_withdrawn) && take(8, false) && !take(9, false));
        }
        assert!(merge.add_to(0)(PostingEntry::new(7, 9, false)));
        // Only 8 is left in the second bucket, and there may be more.
        assert_eq!(merge.buckets(1)[1], None);
        assert_eq!(merge.buckets(1)[0].as_ref().unwrap().docs, [9]);
    }
}
