//! Merges what memtables and runs contain of some buckets, up to a cap.
//!
//! Each source contributes at most a number of entries to a bucket, those of its lowest documents. If
//! a source had more, the bucket is known up to the last document that this source contributed, and
//! other sources need not contribute anything beyond it. Runs are read from the oldest to the newest, and
//! newer ones mostly have higher documents: once a bucket has enough entries, it is known up to the last of
//! them, and runs that have none of the documents before it are not read.

use super::PostingEntry;
use crate::store::Bucket;

/// Most entries that one source contributes to one bucket: a bucket with hundreds of thousands of
/// withdrawals must stay cheap to read until a merge has cleared it.
const MAX_LIMIT: usize = 1 << 16;
/// By how much the limit grows if it was too low.
const LIMIT_GROWTH: usize = 8;

/// Entries of some buckets, from one source after another.
pub struct BucketMerge {
    /// Most entries that a source contributes to a bucket.
    limit: usize,
    /// All entries, source after source.
    entries: Vec<PostingEntry>,
    /// How `entries` is divided.
    slices: Vec<EntrySlice>,
    known: Vec<BucketReach>,
}

/// What one source contributed to one bucket. It ends where the next slice starts.
#[derive(Clone, Copy)]
struct EntrySlice {
    bucket: usize,
    start: usize,
}

/// How far a bucket is known.
#[derive(Clone, Copy)]
struct BucketReach {
    /// The document up to which it is known; `u64::MAX` if in full.
    to: u64,
    /// Number of its entries from runs.
    entries: usize,
    /// The highest document of these.
    highest: u64,
}

impl BucketReach {
    const IN_FULL: Self = Self {
        to: u64::MAX,
        entries: 0,
        highest: 0,
    };
}

impl BucketMerge {
    /// Starts with no entries; the limit is one document more than the cap.
    pub fn new(buckets: usize, cap: usize) -> Self {
        Self {
            limit: cap.saturating_add(1),
            entries: Vec::new(),
            slices: Vec::new(),
            known: vec![BucketReach::IN_FULL; buckets],
        }
    }

    /// Starts again with a higher limit.
    pub fn grow(&mut self) {
        self.entries.clear();
        self.slices.clear();
        self.known.fill(BucketReach::IN_FULL);
        self.limit = self.limit.saturating_mul(LIMIT_GROWTH);
    }

    /// Returns whether a source whose lowest document this is has nothing to contribute to a bucket.
    pub fn is_known_before(&self, bucket: usize, lowest: u64) -> bool {
        self.known[bucket].to < lowest
    }

    /// Adds the entries of a bucket from a run, which `read` passes on in order. All older runs were added
    /// before.
    pub fn add_run<E>(
        &mut self,
        bucket: usize,
        read: impl FnOnce(&mut dyn FnMut(PostingEntry) -> bool) -> Result<(), E>,
    ) -> Result<(), E> {
        let before = self.entries.len();
        read(&mut self.add_to(bucket))?;
        if let [.., last] = &self.entries[before..] {
            let known = &mut self.known[bucket];
            known.entries += self.entries.len() - before;
            known.highest = known.highest.max(last.doc);
            if known.entries >= self.limit {
                known.to = known.to.min(known.highest);
            }
        }
        Ok(())
    }

    /// Returns a function that takes the entries of a bucket from one source, in order, until it
    /// returns `false`.
    pub fn add_to(&mut self, bucket: usize) -> impl FnMut(PostingEntry) -> bool {
        let start = self.entries.len();
        let max_doc = self.known[bucket].to;
        move |entry| {
            if entry.doc > max_doc {
                return false;
            }
            match &self.entries[start..] {
                [] => self.slices.push(EntrySlice { bucket, start }),
                [.., last] if self.entries.len() - start == self.limit => {
                    self.known[bucket].to = last.doc;
                    return false;
                }
                _ => {}
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
        let mut buckets = vec![Some(Bucket::default()); self.known.len()];
        let mut merged = Vec::new();
        for of_bucket in slices.chunk_by(|(one, _), (other, _)| one.bucket == other.bucket) {
            let bucket = of_bucket[0].0.bucket;
            let known_to = self.known[bucket].to;
            let entries = match of_bucket {
                // Most buckets are in one source, which has their entries in order.
                [(_, entries)] => entries,
                _ => {
                    merged.clear();
                    for (_, entries) in of_bucket {
                        let is_known = |entry: &PostingEntry| entry.doc <= known_to;
                        merged.extend_from_slice(&entries[..entries.partition_point(is_known)]);
                    }
                    merged.sort_unstable_by_key(|entry| (entry.doc, !entry.is_withdrawn));
                    merged.as_slice()
                }
            };
            let (read, is_complete) = read_bucket(entries, known_to < u64::MAX, cap);
            let is_final = is_complete || self.limit >= MAX_LIMIT;
            buckets[bucket] = is_final.then_some(read);
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
    fn runs_after_enough_entries_are_not_read() {
        let mut merge = BucketMerge::new(1, 2);
        let run = |docs: &'static [(u64, bool)]| {
            let entries = docs.iter();
            let mut entries = entries.map(|&(doc, withdrawn)| PostingEntry::new(5, doc, withdrawn));
            move |take: &mut dyn FnMut(PostingEntry) -> bool| -> Result<(), ()> {
                entries.all(take);
                Ok(())
            }
        };
        merge.add_run(0, run(&[(2, false), (4, false)])).unwrap();
        assert!(!merge.is_known_before(0, 5));
        merge.add_run(0, run(&[(6, false)])).unwrap();
        assert!(merge.is_known_before(0, 7) && !merge.is_known_before(0, 6));
        // A withdrawal of a document before counts, and so does no document after.
        merge.add_run(0, run(&[(4, true), (8, false)])).unwrap();
        assert_eq!(merge.buckets(2), [None]);
        merge.grow();
        merge.add_run(0, run(&[(2, false), (4, false)])).unwrap();
        merge.add_run(0, run(&[(6, false)])).unwrap();
        merge.add_run(0, run(&[(4, true), (8, false)])).unwrap();
        let expected = Bucket {
            docs: vec![2, 6],
            truncated: true,
        };
        assert_eq!(merge.buckets(2), [Some(expected)]);
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
