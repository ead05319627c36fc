//! What tables and runs know of some buckets, put together.
//!
//! Each source tells of a bucket no more than its lowest documents. So of a bucket of which a
//! source has more, all is known up to the last that it told, and nothing beyond.

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
    /// Entries that a source may tell of one bucket.
    pub room: usize,
    /// By the place of their key.
    found: Vec<(u32, Entry)>,
    /// The last entry told, of those of which there were more.
    cut: Vec<(u32, Entry)>,
}

/// What a gathering came to so far.
pub(super) struct Told {
    room: usize,
    found: Vec<(u32, Entry)>,
    cut: Vec<(u32, Entry)>,
}

impl<'a> Gather<'a> {
    /// Lays what was gathered by, without the keys.
    pub(super) fn rest(self) -> Told {
        Told {
            room: self.room,
            found: self.found,
            cut: self.cut,
        }
    }

    /// Goes on with what was gathered for the same keys.
    pub(super) fn resume(keys: &'a [u64], told: Told) -> Self {
        let Told { room, found, cut } = told;
        Self {
            keys,
            room,
            found,
            cut,
        }
    }

    /// Begins with nothing; there is room for at least one document more than the cap.
    pub(super) fn new(keys: &'a [u64], cap: usize) -> Self {
        Self {
            keys,
            room: cap.saturating_add(1),
            found: Vec::new(),
            cut: Vec::new(),
        }
    }

    /// Begins again with more room.
    pub(super) fn widen(&mut self) {
        self.found.clear();
        self.cut.clear();
        self.room = self.room.saturating_mul(MORE);
    }

    /// Takes in entries of the bucket under `keys[at]`, in order, until it returns `false`.
    pub(super) fn take(&mut self, at: usize) -> impl FnMut(Entry) -> bool {
        let (room, mut told) = (self.room, 0);
        move |entry| {
            if told == room {
                self.cut.extend(self.found.last());
                return false;
            }
            told += 1;
            self.found.push((at as u32, entry));
            true
        }
    }

    /// Returns the buckets; `None` where there was too little room to tell what is in one.
    pub(super) fn buckets(&mut self, cap: usize) -> Vec<Option<Bucket>> {
        let by_doc = |&(at, entry): &(u32, Entry)| (at, entry.doc, !entry.is_gone);
        self.found.sort_unstable_by_key(by_doc);
        let mut buckets = vec![Some(Bucket::default()); self.keys.len()];
        for entries in self.found.chunk_by(|one, other| one.0 == other.0) {
            let at = entries[0].0;
            let known = self.cut.iter().filter(|(of, _)| *of == at);
            let known = known.map(|(_, last)| last.doc).min();
            let bucket = bucket(entries, known, cap);
            buckets[at as usize] = if self.room >= MOST_ROOM {
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
    entries: &[(u32, Entry)],
    known: Option<u64>,
    cap: usize,
) -> std::result::Result<Bucket, Bucket> {
    let mut bucket = Bucket::default();
    for same in entries.chunk_by(|(_, one), (_, other)| one.doc == other.doc) {
        let entry = same[0].1;
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
}
