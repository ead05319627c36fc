//! Document numbers by bucket key, in memory: open-addressing hash tables with slots of 16 bytes.
//! Most buckets have one document, which is stored in the slot itself; others point to a list.
//!
//! There are many tables, each for a range of keys. A table that grows blocks the writer for a short
//! time only, the memory it leaves is soon reused by another, and it can be sorted within the
//! processor's cache.
//!
//! Looking up the hundred keys of an article means a hundred cache misses. They overlap if no branch
//! depends on them, so callers [`prefetch`](BucketTables::prefetch) all slots before they read any.

use std::hint::black_box;

/// Set in a value that is an index into the lists instead of a document.
const LIST: u64 = 1 << 63;
/// Added to a document in a slot, so that an empty slot is all zeros, as the system provides memory.
const BIAS: u64 = 1;
pub const TABLES: usize = 64;
/// The shift from a key of 48 bits to its table. Larger keys go to the last table.
const TABLE_SHIFT: u32 = 42;
const MIN_SLOTS: usize = 16;
/// Bytes of a slot at three quarters load, where a table grows.
const SLOT_BYTES: usize = 16 * 4 / 3;

/// A key, and a document or an index into the lists. A tuple of integers, because a vector of these
/// is allocated as zeroed pages, without clearing them.
type BucketSlot = (u64, u64);

#[derive(Default)]
struct SlotTable {
    slots: Vec<BucketSlot>,
    used: usize,
}

/// Cleared memory of a table set, to be reused by the next.
#[derive(Default)]
pub struct SpareTables(Vec<SlotTable>);

/// Sorted lists of documents, by bucket key.
#[derive(Default)]
pub struct BucketTables {
    /// Empty until there is a bucket.
    tables: Vec<SlotTable>,
    /// Number of buckets.
    pub used: usize,
    lists: Vec<Vec<u64>>,
    list_docs: usize,
    /// All keys, or-ed: which bits keys have.
    pub key_bits: u64,
}

impl BucketTables {
    /// Creates tables for about as many buckets as `other` has, in spare memory where its size fits.
    pub fn sized_like(other: &Self, spare: SpareTables) -> Self {
        let mut spare = spare.0.into_iter();
        let tables = other.tables.iter().map(|other| {
            let slots = (other.used + other.used / 2).max(MIN_SLOTS);
            let spare = spare.next().unwrap_or_default();
            match (slots..=slots * 2).contains(&spare.slots.len()) {
                true => spare,
                false => SlotTable::new(slots),
            }
        });
        Self {
            tables: tables.collect(),
            ..Self::default()
        }
    }

    /// Clears the memory for reuse: fresh memory would have to be mapped page by page.
    pub fn into_spare(mut self) -> SpareTables {
        for table in &mut self.tables {
            table.slots.fill(BucketSlot::default());
            table.used = 0;
        }
        SpareTables(self.tables)
    }

    pub fn prefetch(&self, keys: &[u64]) {
        if !self.tables.is_empty() {
            let values = keys.iter().map(|&key| {
                let slots = &self.tables[table_of(key)].slots;
                slots[home(slots, key)].1
            });
            black_box(values.fold(0, |all, value| all ^ value));
        }
    }

    /// Adds a document to a bucket, unless it is there.
    pub fn insert(&mut self, key: u64, doc: u64) {
        if self.tables.is_empty() {
            let tables = (0..TABLES).map(|_| SlotTable::new(MIN_SLOTS));
            self.tables = tables.collect();
        }
        self.key_bits |= key;
        let table = &mut self.tables[table_of(key)];
        if table.used >= table.slots.len() / 4 * 3 {
            table.grow();
        }
        let at = table.find(key);
        let (slot_key, value) = &mut table.slots[at];
        if *value == 0 {
            *slot_key = key;
            table.used += 1;
            self.used += 1;
            if doc < LIST - BIAS {
                *value = doc + BIAS;
                return;
            }
        }
        if *value & LIST == 0 {
            let single = value.checked_sub(BIAS);
            if single == Some(doc) {
                return;
            }
            *value = LIST | self.lists.len() as u64;
            self.list_docs += usize::from(single.is_some());
            self.lists.push(Vec::from_iter(single));
        }
        let list = &mut self.lists[(*value ^ LIST) as usize];
        let at = match list.last() {
            Some(&last) if last >= doc => list.binary_search(&doc),
            _ => Err(list.len()), // documents mostly arrive in order
        };
        if let Err(at) = at {
            list.insert(at, doc);
            self.list_docs += 1;
        }
    }

    /// Returns the documents of a bucket in ascending order.
    pub fn get(&self, key: u64) -> impl Iterator<Item = u64> {
        let table = self.tables.get(table_of(key));
        self.docs(table.map_or(0, |table| table.slots[table.find(key)].1))
    }

    #[inline]
    fn docs(&self, value: u64) -> impl Iterator<Item = u64> {
        let (single, list) = match value {
            index if index & LIST != 0 => (None, self.lists[(index ^ LIST) as usize].as_slice()),
            value => (value.checked_sub(BIAS), &[][..]),
        };
        single.into_iter().chain(list.iter().copied())
    }

    /// Returns the sorted postings of one table. Their keys are greater than those of earlier tables.
    pub fn sorted(&self, table: usize) -> Vec<(u64, u64)> {
        // Keys are evenly spread: partitioning by their highest bits nearly sorts them, and a
        // partition fits in the processor's cache.
        const PARTITION: usize = 1024;
        let Some(table) = self.tables.get(table) else {
            return Vec::new();
        };
        let here = || table.slots.iter().filter(|(_, value)| *value != 0);
        let keys = || here().map(|(key, _)| *key);
        let (least, most) = (keys().min().unwrap_or(0), keys().max().unwrap_or(0));
        let partitions = table.used / PARTITION + 1;
        let bits = 64 - (most - least).leading_zeros();
        let partition =
            |key: u64| ((u128::from(key - least) * partitions as u128) >> bits) as usize;
        let mut ends = vec![0; partitions + 2];
        for &(key, value) in here() {
            ends[partition(key) + 2] += self.docs(value).count();
        }
        for at in 2..ends.len() {
            ends[at] += ends[at - 1];
        }
        let mut sorted = vec![(0, 0); ends[partitions + 1]];
        for &(key, value) in here() {
            let end = &mut ends[partition(key) + 1];
            for doc in self.docs(value) {
                sorted[*end] = (key, doc);
                *end += 1;
            }
        }
        for bounds in ends.windows(2) {
            sorted[bounds[0]..bounds[1]].sort_unstable();
        }
        sorted
    }

    pub fn bytes(&self) -> usize {
        self.used * SLOT_BYTES + self.lists.len() * 40 + self.list_docs * 12
    }
}

impl SlotTable {
    fn new(slots: usize) -> Self {
        Self {
            slots: vec![BucketSlot::default(); slots],
            used: 0,
        }
    }

    /// Returns the slot of a key, or the empty slot where it belongs.
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

    /// Grows by half: memory is bounded, and doubling would leave half of it empty.
    fn grow(&mut self) {
        let slots = self.slots.len() / 2 * 3;
        let old = std::mem::replace(&mut self.slots, vec![BucketSlot::default(); slots]);
        for slot in old.into_iter().filter(|(_, value)| *value != 0) {
            let at = self.find(slot.0);
            self.slots[at] = slot;
        }
    }
}

fn table_of(key: u64) -> usize {
    ((key >> TABLE_SHIFT) as usize).min(TABLES - 1)
}

/// Returns the slot where the search for a key begins.
fn home(slots: &[BucketSlot], key: u64) -> usize {
    let spread = key.wrapping_mul(0x9e37_79b9_7f4a_7c15);
    ((u128::from(spread) * slots.len() as u128) >> 64) as usize
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn lists_are_sorted_sets() {
        let mut tables = BucketTables::default();
        for doc in [5, 3, 5, u64::MAX, 9, 3, 1 << 63] {
            tables.insert(7, doc);
        }
        tables.insert(8, u64::MAX);
        tables.insert(9, 4);
        tables.insert(0, 0);
        let get = |key| tables.get(key).collect::<Vec<_>>();
        assert_eq!(get(7), [3, 5, 9, 1 << 63, u64::MAX]);
        assert_eq!(get(8), [u64::MAX]);
        assert_eq!((get(9), get(0)), (vec![4], vec![0]));
        assert!(get(10).is_empty());
    }

    #[test]
    fn postings_are_read_back_sorted() {
        let key = |at: u64| at.wrapping_mul(0x9e37_79b9_7f4a_7c15) >> (at % 3 * 16);
        let mut tables = BucketTables::default();
        let mut expected = Vec::new();
        for at in 0..5_000 {
            tables.insert(key(at % 4_000), at);
            expected.push((key(at % 4_000), at));
        }
        expected.sort_unstable();
        let all: Vec<_> = (0..TABLES).flat_map(|table| tables.sorted(table)).collect();
        assert_eq!(all, expected);
        assert!(BucketTables::default().sorted(0).is_empty());
    }
}
