//! What tables and runs know of some buckets, put together.
//!
//! Each source tells of a bucket no more than its lowest documents. So of a bucket of which a
//! source has more, all is known up to the last that it told, and nothing beyond: a source that is asked
//! later tells of no document beyond that.

use super::packed::Entry;
use crate::store::Bucket;

/// Entries that one bucket read takes from one source, at most: a bucket whose documents were
/// withdrawn by the hundred thousand must not cost more until a merge has cleared it.
const MOST_ROOM: usize = 1 << 16;
/// By how much more room there is when that was too little.
const MORE: usize = 8;

/// Entries of the buckets under some keys.
pub(super) struct Gather<'a> {
    /// The keys.
    pub keys: &'a [u64],
    told: Told,
}

/// What a gathering came to so far.
#[derive(Clone)]
pub(super) struct Told {
    /// Entries that a source may tell of one bucket.
    room: usize,
    /// What was told, one thing after another.
    entries: Vec<Entry>,
    /// What one source told of one bucket, in order.
    stretches: Vec<Stretch>,
    /// By the place of the key, the document up to which all is known; empty as long as of every bucket
    /// all is.
    known: Vec<u64>,
}

/// What one source told of one bucket.
#[derive(Clone, Copy)]
struct Stretch {
    /// The place of the key.
    at: usize,
    /// Where it begins; it ends where the next begins.
    from: usize,
    /// There was more.
    is_cut: bool,
}

impl<'a> Gather<'a> {
    /// Begins with nothing; there is room for at least one document more than the cap.
    pub(super) fn new(keys: &'a [u64], cap: usize) -> Self {
        let told = Told {
            room: cap.saturating_add(1),
            entries: Vec::new(),
            stretches: Vec::new(),
            known: Vec::new(),
        };
        Self { keys, told }
    }

    /// Goes on with what was gathered for the same keys.
    pub(super) fn resume(keys: &'a [u64], told: Told) -> Self {
        Self { keys, told }
    }

    /// Lays by what was gathered, without the keys.
    pub(super) fn rest(self) -> Told {
        self.told
    }

    /// Begins again with more room.
    pub(super) fn widen(&mut self) {
        self.told.entries.clear();
        self.told.stretches.clear();
        self.told.known.clear();
        self.told.room = self.told.room.saturating_mul(MORE);
    }

    /// Takes in what one source knows of the bucket under `keys[at]`, in order, until it returns
    /// `false`.
    pub(super) fn take(&mut self, at: usize) -> impl FnMut(Entry) -> bool {
        let keys = self.keys.len();
        let Told {
            room,
            entries,
            stretches,
            known,
        } = &mut self.told;
        let from = entries.len();
        let most = known.get(at).copied().unwrap_or(u64::MAX);
        move |entry| {
            if entry.doc > most {
                return false;
            }
            match stretches.last_mut() {
                Some(stretch) if entries.len() > from => {
                    if entries.len() - from == *room {
                        stretch.is_cut = true;
                        known.resize(keys, u64::MAX);
                        known[at] = entries[entries.len() - 1].doc;
                        return false;
                    }
                }
                _ => stretches.push(Stretch {
                    at,
                    from,
                    is_cut: false,
                }),
            }
            entries.push(entry);
            true
        }
    }

    /// Returns the buckets; `None` where there was too little room to tell what is in one.
    pub(super) fn buckets(&self, cap: usize) -> Vec<Option<Bucket>> {
        let Told {
            room,
            entries,
            stretches,
            ..
        } = &self.told;
        let ends = stretches.iter().skip(1).map(|next| next.from);
        let ends = ends.chain([entries.len()]);
        let told = stretches.iter().zip(ends);
        let mut told: Vec<(Stretch, &[Entry])> = told
            .map(|(stretch, end)| (*stretch, &entries[stretch.from..end]))
            .collect();
        told.sort_by_key(|(stretch, _)| stretch.at);
        let mut buckets = vec![Some(Bucket::default()); self.keys.len()];
        let mut all = Vec::new();
        for of_key in told.chunk_by(|one, other| one.0.at == other.0.at) {
            let cut = of_key.iter().filter(|(stretch, _)| stretch.is_cut);
            let known = cut.filter_map(|(_, told)| told.last());
            let known = known.map(|last| last.doc).min();
            let entries = match of_key {
                // Most buckets are known to one source, which has them in order.
                [(_, told)] => told,
                _ => {
                    all.clear();
                    for (_, told) in of_key {
                        // Beyond what is known of all, nothing counts.
                        let is_known = |entry: &Entry| known.is_none_or(|known| entry.doc <= known);
                        all.extend_from_slice(&told[..told.partition_point(is_known)]);
                    }
                    all.sort_unstable_by_key(|entry| (entry.doc, !entry.is_gone));
                    all.as_slice()
                }
            };
            let bucket = bucket(entries, known, cap);
            buckets[of_key[0].0.at] = if *room >= MOST_ROOM {
                Some(bucket.unwrap_or_else(|bucket| bucket))
            } else {
                bucket.ok()
            };
        }
        buckets
    }
}

/// Reads a bucket off its entries, of which all up to the document `known` are there, or all that
/// are. An error is what it looks like so far.
fn bucket(
    entries: &[Entry],
    known: Option<u64>,
    cap: usize,
) -> std::result::Result<Bucket, Bucket> {
    let mut bucket = Bucket::default();
    for same in entries.chunk_by(|one, other| one.doc == other.doc) {
        let entry = same[0];
        if known.is_some_and(|known| entry.doc > known) {
            break;
        }
        if entry.is_gone {
            continue;
        }
        if bucket.docs.len() == cap {
            bucket.truncated = true;
            return Ok(bucket);
        }
        bucket.docs.push(entry.doc);
    }
    if known.is_none() {
        return Ok(bucket);
    }
    bucket.truncated = true;
    Err(bucket)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn tell(gather: &mut Gather<'_>, entries: &[(u64, bool)]) {
        let mut take = gather.take(0);
        let entry = |&(doc, is_gone): &(u64, bool)| Entry {
            key: 5,
            doc,
            is_gone,
        };
        entries.iter().map(entry).all(&mut take);
    }

    #[test]
    fn a_bucket_is_told_only_where_all_is_known() {
        let mut gather = Gather::new(&[5], 2);
        tell(
            &mut gather,
            &[(1, false), (4, false), (5, false), (9, false)],
        );
        tell(&mut gather, &[(1, true), (6, false)]);
        // 1 is gone, and of what comes after 5 the first source told nothing.
        let of = |docs: &[u64], truncated| {
            Some(Bucket {
                docs: docs.to_vec(),
                truncated,
            })
        };
        assert_eq!(gather.buckets(2), [None]);
        assert_eq!(gather.buckets(1), [of(&[4], true)]);
        gather.widen();
        tell(
            &mut gather,
            &[(1, false), (4, false), (5, false), (9, false)],
        );
        tell(&mut gather, &[(1, true), (6, false)]);
        assert_eq!(gather.buckets(2), [of(&[4, 5], true)]);
        assert_eq!(gather.buckets(4), [of(&[4, 5, 6, 9], false)]);
    }

    #[test]
    fn beyond_what_is_known_nothing_is_taken() {
        let mut gather = Gather::new(&[7, 5], 1);
        let entry = |doc, is_gone| Entry {
            key: 5,
            doc,
            is_gone,
        };
        let mut take = gather.take(1);
        assert!(take(entry(3, false)) && take(entry(8, false)) && !take(entry(9, false)));
        drop(take);
        let mut take = gather.take(1);
        assert!(take(entry(3, true)) && take(entry(8, false)) && !take(entry(9, false)));
        drop(take);
        let mut take = gather.take(0);
        assert!(take(Entry {
            key: 7,
            doc: 9,
            is_gone: false
        }));
        drop(take);
        // Of what is left of the second bucket only 8 is known, and whether there is more is not.
        assert_eq!(gather.buckets(1)[1], None);
        assert_eq!(gather.buckets(1)[0].as_ref().unwrap().docs, [9]);
    }
}
