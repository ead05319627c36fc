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
/// Number of tables.
pub(super) const TABLES: usize = 64;
/// The shift from a key of 48 bits to its table. Larger keys go to the last table.
const TABLE_SHIFT: u32 = 42;
const MIN_SLOTS: usize = 16;
/// Bytes of a slot at three quarters load, where a table grows.
const SLOT_BYTES: usize = 16 * 4 / 3;

/// A key, and a document or an index into the lists. A tuple of integers, because a vector of these
/// is allocated as zeroed pages, without clearing them.
type Slot = (u64, u64);

/// One of the tables.
#[derive(Default)]
struct SlotTable {
    slots: Vec<Slot>,
    used: usize,
}

/// Cleared memory of a table set, to be reused by the next.
#[derive(Default)]
pub(crate) struct SpareTables(Vec<SlotTable>);

/// Sorted lists of documents, by bucket key.
#[derive(Default)]
pub(super) struct BucketTables {
    /// Empty until there is a bucket.
    tables: Vec<SlotTable>,
    used: usize,
    lists: Vec<Vec<u64>>,
    list_docs: usize,
    key_bits: u64,
}

impl BucketTables {
    /// Creates tables for about as many buckets as `other` has, in spare memory where its size fits.
    pub(super) fn sized_like(other: &Self, spare: SpareTables) -> Self {
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
    pub(super) fn into_spare(mut self) -> SpareTables {
        for table in &mut self.tables {
            table.slots.fill(Slot::default());
            table.used = 0;
        }
        SpareTables(self.tables)
    }

    /// Prefetches the slots of keys.
    pub(super) fn prefetch(&self, keys: &[u64]) {
        if !self.tables.is_empty() {
            let values = keys.iter().map(|&key| {
                let slots = &self.tables[table_of(key)].slots;
                slots[home(slots, key)].1
            });
            black_box(values.fold(0, |all, value| all ^ value));
        }
    }

    /// Adds a document to a bucket, unless it is there.
    pub(super) fn insert(&mut self, key: u64, doc: u64) {
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
        let value = &mut table.slots[at].1;
        let list = match *value {
            0 => {
                table.used += 1;
                self.used += 1;
                let fits_slot = doc < LIST - BIAS;
                *value = match fits_slot {
                    true => doc + BIAS,
                    false => LIST | self.lists.len() as u64,
                };
                table.slots[at].0 = key;
                if fits_slot {
                    return;
                }
                self.lists.push(Vec::with_capacity(1));
                self.lists.last_mut()
            }
            only if only & LIST == 0 => {
                let only = only - BIAS;
                if only == doc {
                    return;
                }
                *value = LIST | self.lists.len() as u64;
                self.list_docs += 1;
                self.lists.push(vec![only]);
                self.lists.last_mut()
            }
            index => self.lists.get_mut((index ^ LIST) as usize),
        };
        let list = list.expect("just pushed, or pushed before");
        match list.last() {
            Some(&last) if last >= doc => {
                let Err(at) = list.binary_search(&doc) else {
                    return;
                };
                list.insert(at, doc);
            }
            _ => list.push(doc),
        }
        self.list_docs += 1;
    }

    /// Returns the documents of a bucket in ascending order.
    pub(super) fn get(&self, key: u64) -> BucketDocs<'_> {
        if self.tables.is_empty() {
            return BucketDocs::Single(None);
        }
        let table = &self.tables[table_of(key)];
        self.docs(table.slots[table.find(key)].1)
    }

    #[inline]
    fn docs(&self, value: u64) -> BucketDocs<'_> {
        match value {
            0 => BucketDocs::Single(None),
            _ if value & LIST == 0 => BucketDocs::Single(Some(value - BIAS)),
            index => BucketDocs::List(&self.lists[(index ^ LIST) as usize]),
        }
    }

    /// Returns the sorted postings of one table. Their keys are greater than those of earlier tables.
    pub(super) fn sorted(&self, table: usize) -> Vec<(u64, u64)> {
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
            ends[partition(key) + 2] += self.docs(value).as_slice().len();
        }
        for at in 2..ends.len() {
            ends[at] += ends[at - 1];
        }
        let mut sorted = vec![(0, 0); ends[partitions + 1]];
        for &(key, value) in here() {
            let end = &mut ends[partition(key) + 1];
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

    /// Returns the number of buckets.
    pub(super) fn len(&self) -> usize {
        self.used
    }

    /// Returns all keys, or-ed: which bits keys have.
    pub(super) fn key_bits(&self) -> u64 {
        self.key_bits
    }

    /// Returns the size in memory.
    pub(super) fn bytes(&self) -> usize {
        self.used * SLOT_BYTES + self.lists.len() * 40 + self.list_docs * 12
    }
}

impl SlotTable {
    fn new(slots: usize) -> Self {
        Self {
            slots: vec![Slot::default(); slots],
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
        let old = std::mem::replace(&mut self.slots, vec![Slot::default(); slots]);
        for slot in old.into_iter().filter(|(_, value)| *value != 0) {
            let at = self.find(slot.0);
            self.slots[at] = slot;
        }
    }
}

/// Returns the table of a key.
fn table_of(key: u64) -> usize {
    ((key >> TABLE_SHIFT) as usize).min(TABLES - 1)
}

/// Returns the slot where the search for a key begins.
fn home(slots: &[Slot], key: u64) -> usize {
    let spread = key.wrapping_mul(0x9e37_79b9_7f4a_7c15);
    ((u128::from(spread) * slots.len() as u128) >> 64) as usize
}

/// The documents of a bucket.
pub(super) enum BucketDocs<'a> {
    Single(Option<u64>),
    /// In ascending order.
    List(&'a [u64]),
}

impl BucketDocs<'_> {
    /// Returns the documents.
    pub(super) fn as_slice(&self) -> &[u64] {
        match self {
            BucketDocs::Single(doc) => doc.as_slice(),
            BucketDocs::List(docs) => docs,
        }
    }
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
        let get = |key| tables.get(key).as_slice().to_vec();
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
