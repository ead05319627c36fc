//! Document numbers under bucket keys, in memory: open-addressing tables of 16 bytes a slot.
//! Most buckets hold one document, which lies in the slot itself; others point to a list. There are many
//! tables, each of a range of keys: one that grows keeps nobody waiting, what it leaves is soon taken by
//! another, and one is sorted where it lies near the processor.
//!
//! A look-up of an article's hundred keys is a hundred cache misses. They overlap if nothing has to
//! be decided in between, so callers [`warm`](Lists::warm) all the slots before they read any.

use std::hint::black_box;

/// Set in a value that is an index into the long lists instead of a document.
const LONG: u64 = 1 << 63;
/// What a value without [`LONG`] is above its document: an empty slot is all zero, as the system
/// hands memory out.
const BIAS: u64 = 1;
/// Tables.
pub(super) const TABLES: usize = 64;
/// By how much a key is shifted to tell its table: keys have 48 bits. Any other key has a table, too.
const TABLE_SHIFT: u32 = 42;
const LEAST_SLOTS: usize = 16;
/// Bytes of a slot at the load at which a table grows, three quarters.
const SLOT_BYTES: usize = 16 * 4 / 3;

/// A key, and a document or an index into the long lists. A pair of numbers, for of these the system
/// hands out many without anybody clearing them.
type Slot = (u64, u64);

/// One of the tables.
#[derive(Default)]
struct Slots {
    slots: Vec<Slot>,
    used: usize,
}

/// Memory of lists, empty.
#[derive(Default)]
pub(super) struct Spare(Vec<Slots>);

/// Sorted lists of documents, by bucket key.
#[derive(Default)]
pub(super) struct Lists {
    /// None, as long as there is no bucket.
    tables: Vec<Slots>,
    used: usize,
    long: Vec<Vec<u64>>,
    long_docs: usize,
    /// All keys, or-ed: tells how many bits keys have.
    bits: u64,
}

impl Lists {
    /// Makes room for about as many buckets as `other` has, in memory that is given if it is enough.
    pub(super) fn after(other: &Self, spare: Spare) -> Self {
        let mut spare = spare.0.into_iter();
        let tables = other.tables.iter().map(|other| {
            let room = (other.used + other.used / 2).max(LEAST_SLOTS);
            let spare = spare.next().unwrap_or_default();
            match (room..=room * 2).contains(&spare.slots.len()) {
                true => spare,
                false => Slots::new(room),
            }
        });
        Self {
            tables: tables.collect(),
            ..Self::default()
        }
    }

    /// Gives the memory up, for the next lists: fresh memory would have to be cleared by the system,
    /// page by page.
    pub(super) fn into_spare(mut self) -> Spare {
        for table in &mut self.tables {
            table.slots.fill(Slot::default());
            table.used = 0;
        }
        Spare(self.tables)
    }

    /// Brings the slots of keys near.
    pub(super) fn warm(&self, keys: &[u64]) {
        if !self.tables.is_empty() {
            let homes = keys.iter().map(|&key| {
                let slots = &self.tables[table_of(key)].slots;
                slots[home(slots, key)].1
            });
            black_box(homes.fold(0, |all, value| all ^ value));
        }
    }

    /// Adds a document to a bucket; twice is once.
    pub(super) fn insert(&mut self, key: u64, doc: u64) {
        if self.tables.is_empty() {
            let tables = (0..TABLES).map(|_| Slots::new(LEAST_SLOTS));
            self.tables = tables.collect();
        }
        self.bits |= key;
        let table = &mut self.tables[table_of(key)];
        if table.used >= table.slots.len() / 4 * 3 {
            table.grow();
        }
        let at = table.find(key);
        let value = &mut table.slots[at].1;
        let list = match *value {
            0 => {
                table.used += 1;
                self.used += 1;
                let is_short = doc < LONG - BIAS;
                *value = match is_short {
                    true => doc + BIAS,
                    false => LONG | self.long.len() as u64,
                };
                table.slots[at].0 = key;
                if is_short {
                    return;
                }
                self.long.push(Vec::with_capacity(1));
                self.long.last_mut()
            }
            only if only & LONG == 0 => {
                let only = only - BIAS;
                if only == doc {
                    return;
                }
                *value = LONG | self.long.len() as u64;
                self.long_docs += 1;
                self.long.push(vec![only]);
                self.long.last_mut()
            }
            index => self.long.get_mut((index ^ LONG) as usize),
        };
        let list = list.expect("pushed, or there before");
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
        if self.tables.is_empty() {
            return Docs::Few(None);
        }
        let table = &self.tables[table_of(key)];
        self.docs(table.slots[table.find(key)].1)
    }

    #[inline]
    fn docs(&self, value: u64) -> Docs<'_> {
        match value {
            0 => Docs::Few(None),
            _ if value & LONG == 0 => Docs::Few(Some(value - BIAS)),
            index => Docs::Many(&self.long[(index ^ LONG) as usize]),
        }
    }

    /// Returns the postings of one of the tables, sorted; their keys are above those of the tables before
    /// it.
    pub(super) fn sorted(&self, table: usize) -> Vec<(u64, u64)> {
        // Keys are evenly spread: parted by their highest bits, they are nearly in order, and a part
        // fits a cache.
        const PART: usize = 1024;
        let Some(table) = self.tables.get(table) else {
            return Vec::new();
        };
        let here = || table.slots.iter().filter(|(_, value)| *value != 0);
        let keys = || here().map(|(key, _)| *key);
        let (least, most) = (keys().min().unwrap_or(0), keys().max().unwrap_or(0));
        let parts = table.used / PART + 1;
        let bits = 64 - (most - least).leading_zeros();
        let part = |key: u64| ((u128::from(key - least) * parts as u128) >> bits) as usize;
        let mut ends = vec![0; parts + 2];
        for &(key, value) in here() {
            ends[part(key) + 2] += self.docs(value).as_slice().len();
        }
        for at in 2..ends.len() {
            ends[at] += ends[at - 1];
        }
        let mut sorted = vec![(0, 0); ends[parts + 1]];
        for &(key, value) in here() {
            let end = &mut ends[part(key) + 1];
            for &doc in self.docs(value).as_slice() {
                sorted[*end] = (key, doc);
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
}

impl Slots {
    fn new(room: usize) -> Self {
        Self {
            slots: vec![Slot::default(); room],
            used: 0,
        }
    }

    /// Returns the slot that has the key, or the empty one where it belongs.
    fn find(&self, key: u64) -> usize {
        let mut at = home(&self.slots, key);
        loop {
            let (there, value) = self.slots[at];
            if value == 0 || there == key {
                return at;
            }
            at += 1;
            if at == self.slots.len() {
                at = 0;
            }
        }
    }

    /// By half: memory is bounded, and by doubling half of it would stand empty.
    fn grow(&mut self) {
        let room = self.slots.len() / 2 * 3;
        let old = std::mem::replace(&mut self.slots, vec![Slot::default(); room]);
        for slot in old.into_iter().filter(|(_, value)| *value != 0) {
            let at = self.find(slot.0);
            self.slots[at] = slot;
        }
    }
}

/// Returns which table has a key.
fn table_of(key: u64) -> usize {
    ((key >> TABLE_SHIFT) as usize).min(TABLES - 1)
}

/// Where among slots a key belongs.
fn home(slots: &[Slot], key: u64) -> usize {
    let spread = key.wrapping_mul(0x9e37_79b9_7f4a_7c15);
    ((u128::from(spread) * slots.len() as u128) >> 64) as usize
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
        let all: Vec<_> = (0..TABLES).flat_map(|table| lists.sorted(table)).collect();
        assert_eq!(all, expected);
        assert!(Lists::default().sorted(0).is_empty());
    }
}
