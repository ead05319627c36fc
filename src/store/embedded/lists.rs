//! Document numbers under bucket keys, in memory: an open-addressing table of 16 bytes a slot.
//! Most buckets hold one document, which lies in the slot itself; others point to a list.
//!
//! A look-up of an article's hundred keys is a hundred cache misses. They overlap if nothing has to
//! be decided in between, so callers [`warm`](Lists::warm) all the slots before they read any.

use std::hint::black_box;
use std::ops::RangeInclusive;

/// Set in a value that is an index into the long lists instead of a document.
const LONG: u64 = 1 << 63;
/// What a value without [`LONG`] is above its document: an empty slot is all zero, as the system
/// hands memory out.
const BIAS: u64 = 1;
const LEAST_SLOTS: usize = 64;
/// Bytes of a slot at the load at which the table grows, three quarters.
const SLOT_BYTES: usize = 16 * 4 / 3;

#[derive(Debug, Clone, Copy, Default)]
struct Slot {
    key: u64,
    value: u64,
}

/// Memory of lists, empty.
#[derive(Default)]
pub(super) struct Slots(Vec<Slot>);

/// Sorted lists of documents, by bucket key.
#[derive(Default)]
pub(super) struct Lists {
    slots: Vec<Slot>,
    used: usize,
    long: Vec<Vec<u64>>,
    long_docs: usize,
    /// All keys, or-ed: tells how many bits keys have.
    bits: u64,
}

impl Lists {
    /// Makes room for about as many buckets as `other` has, in memory that is given if it is enough.
    pub(super) fn after(other: &Self, spare: Slots) -> Self {
        let room = other.used + other.used / 3;
        let mut slots = spare.0;
        if slots.len() < room || slots.len() > room * 2 {
            slots = vec![Slot::default(); room];
        }
        Self {
            slots,
            ..Self::default()
        }
    }

    /// Gives the memory up, for the next lists: fresh memory would have to be cleared by the system,
    /// page by page.
    pub(super) fn into_spare(mut self) -> Slots {
        self.slots.fill(Slot::default());
        Slots(self.slots)
    }

    /// Brings the slots of keys near.
    pub(super) fn warm(&self, keys: &[u64]) {
        if !self.slots.is_empty() {
            let slots = keys.iter().map(|&key| self.slots[self.home(key)].value);
            black_box(slots.fold(0, |all, value| all ^ value));
        }
    }

    /// Adds a document to a bucket; twice is once.
    pub(super) fn insert(&mut self, key: u64, doc: u64) {
        if self.used >= self.slots.len() / 4 * 3 {
            self.grow();
        }
        self.bits |= key;
        let at = self.find(key);
        let slot = self.slots[at];
        let list = if slot.value == 0 {
            self.used += 1;
            if doc < LONG - BIAS {
                self.slots[at] = Slot {
                    key,
                    value: doc + BIAS,
                };
                return;
            }
            self.lengthen(key, at, Vec::with_capacity(1))
        } else if slot.value & LONG == 0 {
            let only = slot.value - BIAS;
            if only == doc {
                return;
            }
            self.long_docs += 1;
            self.lengthen(key, at, vec![only])
        } else {
            &mut self.long[(slot.value ^ LONG) as usize]
        };
        match list.last() {
            Some(&last) if last >= doc => {
                let Err(at) = list.binary_search(&doc) else {
                    return;
                };
                list.insert(at, doc);
            }
            _ => list.push(doc),
        }
        self.long_docs += 1;
    }

    /// Returns a bucket's documents in ascending order.
    pub(super) fn get(&self, key: u64) -> Docs<'_> {
        if self.slots.is_empty() {
            return Docs::Few(None);
        }
        self.docs(self.slots[self.find(key)].value)
    }

    #[inline]
    fn docs(&self, value: u64) -> Docs<'_> {
        match value {
            0 => Docs::Few(None),
            _ if value & LONG == 0 => Docs::Few(Some(value - BIAS)),
            index => Docs::Many(&self.long[(index ^ LONG) as usize]),
        }
    }

    /// Returns the postings whose keys lie in a range, sorted.
    pub(super) fn sorted(&self, keys: RangeInclusive<u64>) -> Vec<(u64, u64)> {
        // Keys are evenly spread: parted by their highest bits, they are nearly in order, and a part
        // fits a cache.
        const PART: usize = 1024;
        let parts = self.used / PART + 1;
        let bits = 64 - (keys.end() - keys.start()).leading_zeros();
        let part = |key: u64| ((u128::from(key - keys.start()) * parts as u128) >> bits) as usize;
        let here = || {
            self.slots
                .iter()
                .filter(|slot| slot.value != 0 && keys.contains(&slot.key))
        };
        let mut ends = vec![0; parts + 2];
        for slot in here() {
            ends[part(slot.key) + 2] += self.docs(slot.value).as_slice().len();
        }
        for at in 2..ends.len() {
            ends[at] += ends[at - 1];
        }
        let mut sorted = vec![(0, 0); ends[parts + 1]];
        for slot in here() {
            let end = &mut ends[part(slot.key) + 1];
            for &doc in self.docs(slot.value).as_slice() {
                sorted[*end] = (slot.key, doc);
                *end += 1;
            }
        }
        for bounds in ends.windows(2) {
            sorted[bounds[0]..bounds[1]].sort_unstable();
        }
        sorted
    }

    /// Returns how many buckets there are.
    pub(super) fn len(&self) -> usize {
        self.used
    }

    /// All keys, or-ed.
    pub(super) fn bits(&self) -> u64 {
        self.bits
    }

    /// Bytes taken up.
    pub(super) fn bytes(&self) -> usize {
        self.used * SLOT_BYTES + self.long.len() * 40 + self.long_docs * 12
    }

    fn home(&self, key: u64) -> usize {
        let spread = key.wrapping_mul(0x9e37_79b9_7f4a_7c15);
        ((u128::from(spread) * self.slots.len() as u128) >> 64) as usize
    }

    /// Returns the slot that has the key, or the empty one where it belongs.
    fn find(&self, key: u64) -> usize {
        let mut at = self.home(key);
        loop {
            let slot = self.slots[at];
            if slot.value == 0 || slot.key == key {
                return at;
            }
            at += 1;
            if at == self.slots.len() {
                at = 0;
            }
        }
    }

    fn lengthen(&mut self, key: u64, at: usize, list: Vec<u64>) -> &mut Vec<u64> {
        let value = LONG | self.long.len() as u64;
        self.slots[at] = Slot { key, value };
        self.long.push(list);
        self.long.last_mut().expect("just pushed")
    }

    /// By half: memory is bounded, and by doubling half of it would stand empty.
    fn grow(&mut self) {
        let room = (self.slots.len() / 2 * 3).max(LEAST_SLOTS);
        let old = std::mem::replace(&mut self.slots, vec![Slot::default(); room]);
        for slot in old.into_iter().filter(|slot| slot.value != 0) {
            let at = self.find(slot.key);
            self.slots[at] = slot;
        }
    }
}

/// The documents of a bucket.
pub(super) enum Docs<'a> {
    /// One, or none.
    Few(Option<u64>),
    /// Ascending.
    Many(&'a [u64]),
}

impl Docs<'_> {
    /// Returns the documents.
    pub(super) fn as_slice(&self) -> &[u64] {
        match self {
            Docs::Few(doc) => doc.as_slice(),
            Docs::Many(docs) => docs,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn lists_are_sorted_sets() {
        let mut lists = Lists::default();
        for doc in [5, 3, 5, u64::MAX, 9, 3, 1 << 63] {
            lists.insert(7, doc);
        }
        lists.insert(8, u64::MAX);
        lists.insert(9, 4);
        lists.insert(0, 0);
        let get = |key| lists.get(key).as_slice().to_vec();
        assert_eq!(get(7), [3, 5, 9, 1 << 63, u64::MAX]);
        assert_eq!(get(8), [u64::MAX]);
        assert_eq!((get(9), get(0)), (vec![4], vec![0]));
        assert!(get(10).is_empty());
    }

    #[test]
    fn what_went_in_comes_out_sorted() {
        let key = |at: u64| at.wrapping_mul(0x9e37_79b9_7f4a_7c15) >> (at % 3 * 16);
        let mut lists = Lists::default();
        let mut expected = Vec::new();
        for at in 0..5_000 {
            lists.insert(key(at % 4_000), at);
            expected.push((key(at % 4_000), at));
        }
        expected.sort_unstable();
        let half = u64::MAX / 2;
        let mut all = lists.sorted(0..=half);
        all.append(&mut lists.sorted(half + 1..=u64::MAX));
        assert_eq!(all, expected);
    }
}
