//! Document numbers by bucket key, in memory: sorted tables with gaps.
//!
//! A slot has eight bytes: a key, the document's tag there, and which of the table's postings it belongs
//! to. A key's place follows from its value, as keys are evenly spread, and slots are in order of their
//! keys. So nothing is looked up before an insertion, and reading all slots in order sorts them.
//!
//! There are many tables, each for a range of keys: a slot need not store the highest bits, and a
//! table that grows blocks the writer for a short time only.
//!
//! The hundred keys of an article are a hundred cache misses. They overlap if no branch depends on
//! them, so all places are [prefetched](BucketTables::prefetch) before any is read.

use std::collections::BTreeMap;
use std::hint::black_box;
use std::iter;
use std::ops::Range;

use crate::store::{KEY_BITS, Posting, TAG_BITS, TAG_MASK};

pub const TABLES: usize = 2048;
/// Bits of a key that a slot stores; the others say in which table it is.
const TAIL_BITS: u32 = KEY_BITS - TABLES.ilog2();
/// Bits of a slot below the tag: the number of the posting, from 1, so that an empty slot is 0.
const NUMBER_BITS: u32 = u64::BITS - TAIL_BITS - TAG_BITS;
/// The bits of a slot that its key takes.
const KEY_MASK: u64 = u64::MAX << (NUMBER_BITS + TAG_BITS);
/// In place of a number: this bucket's other documents are in a list.
const LISTED: u64 = (1 << NUMBER_BITS) - 1;
/// Most slots of a bucket before it gets a list.
const BUCKET_SLOTS: usize = 8;
/// Places of a new table.
const MIN_PLACES: usize = 4;
/// Slots behind the last place, for keys that find it taken.
const SPARE_SLOTS: usize = 8;
/// Bytes of a slot at a load of two thirds: tables grow at three quarters, to a half.
const SLOT_BYTES: usize = 12;

/// Slots in ascending order of their keys, and of their insertion, with empty ones between keys. A key's
/// slots begin at its place or, if that is taken, as soon after it as the order allows.
#[derive(Default)]
struct SlotTable {
    slots: Vec<u64>,
    places: usize,
    used: usize,
}

/// Cleared memory of a table set, to be reused by the next.
#[derive(Default)]
pub struct SpareTables(Vec<SlotTable>);

/// Documents by bucket key. Each document that goes out is above its tag.
#[derive(Default)]
pub struct BucketTables {
    /// Empty until there is a bucket.
    tables: Vec<SlotTable>,
    /// The document of each posting.
    docs: Vec<u64>,
    /// Tagged documents by key.
    lists: BTreeMap<u64, Vec<u64>>,
    list_docs: usize,
    /// Number of buckets.
    pub used: usize,
}

impl BucketTables {
    /// Creates tables for about as many buckets as `other` has, in spare memory where its size fits.
    pub fn sized_like(other: &Self, spare: SpareTables) -> Self {
        let mut spare = spare.0.into_iter();
        let tables = other.tables.iter().map(|other| {
            let places = (other.used + other.used / 2).max(MIN_PLACES);
            let spare = spare.next().unwrap_or_default();
            // Ranges of keys differ a little from one memtable to the next.
            match (places - places / 16..=places * 2).contains(&spare.places) {
                true => spare,
                false => SlotTable::new(places),
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
            table.slots.fill(0);
            table.used = 0;
        }
        SpareTables(self.tables)
    }

    pub fn prefetch(&self, keys: impl Iterator<Item = u64>) {
        if !self.tables.is_empty() {
            let slots = keys.map(|key| {
                let table = &self.tables[table_of(key)];
                table.slots[table.place(slot(key, 0, 0))]
            });
            black_box(slots.fold(0, |all, slot| all ^ slot));
        }
    }

    /// Adds a document to buckets.
    pub fn insert(&mut self, posting: &Posting) {
        if self.tables.is_empty() {
            let tables = (0..TABLES).map(|_| SlotTable::new(MIN_PLACES));
            self.tables = tables.collect();
        }
        self.prefetch(posting.tagged().map(|(key, _)| key));
        self.docs.push(posting.doc);
        let number = LISTED.min(self.docs.len() as u64);
        for (key, tagged) in posting.tagged() {
            let table = &mut self.tables[table_of(key)];
            if table.used >= table.places / 4 * 3 {
                table.grow();
            }
            let mut slot = slot(key, tagged & TAG_MASK, number);
            let bucket = table.bucket(slot);
            if bucket.len() >= BUCKET_SLOTS || number == LISTED {
                slot = listed(key);
                let list = self.lists.entry(key).or_default();
                let at = match list.last() {
                    Some(last) if *last >= tagged => list.binary_search(&tagged),
                    _ => Err(list.len()), // documents mostly arrive in order
                };
                if let Err(at) = at {
                    list.insert(at, tagged);
                    self.list_docs += 1;
                }
            }
            if !table.slots[bucket.clone()].contains(&slot) {
                self.used += usize::from(bucket.is_empty());
                table.insert(bucket.end, slot);
            }
        }
    }

    /// Returns the documents of a bucket in ascending order. `few` is memory for some of them: a story may
    /// have many, of which a caller takes the first.
    pub fn read<'b>(&'b self, key: u64, few: &'b mut Vec<u64>) -> impl Iterator<Item = u64> + 'b {
        few.clear();
        let mut list = [].as_slice();
        if let Some(table) = self.tables.get(table_of(key)) {
            for &slot in &table.slots[table.bucket(slot(key, 0, 0))] {
                match self.tagged(slot) {
                    Some(tagged) => few.push(tagged),
                    None => list = &self.lists[&key],
                }
            }
        }
        few.sort();
        few.dedup();
        let mut few = few.iter().copied().peekable();
        let mut list = list.iter().copied().peekable();
        iter::from_fn(move || {
            let next = few.peek().into_iter().chain(list.peek()).min().copied()?;
            few.next_if_eq(&next);
            list.next_if_eq(&next);
            Some(next)
        })
    }

    /// Returns the sorted postings of one table. Their keys are greater than those of earlier tables.
    pub fn sorted(&self, table: usize) -> Vec<(u64, u64)> {
        let Some(slots) = self.tables.get(table) else {
            return Vec::new();
        };
        let mut sorted = Vec::with_capacity(slots.used);
        for slot in slots.slots.iter().filter(|&&slot| slot != 0) {
            let key = (table as u64) << TAIL_BITS | slot >> (NUMBER_BITS + TAG_BITS);
            match self.tagged(*slot) {
                Some(tagged) => sorted.push((key, tagged)),
                None => sorted.extend(self.lists[&key].iter().map(|&tagged| (key, tagged))),
            }
        }
        // Fast if documents came in order.
        sorted.sort();
        sorted.dedup();
        sorted
    }

    /// Returns the tagged document of a slot; `None` if its bucket has a list.
    fn tagged(&self, slot: u64) -> Option<u64> {
        let number = (slot & LISTED) as usize;
        let tag = slot >> NUMBER_BITS & TAG_MASK;
        (number != LISTED as usize).then(|| self.docs[number - 1] << TAG_BITS | tag)
    }

    pub fn bytes(&self) -> usize {
        let slots: usize = self.tables.iter().map(|table| table.used).sum();
        let docs = self.docs.len() + self.list_docs;
        slots * SLOT_BYTES + docs * 12 + self.lists.len() * 64
    }
}

impl SlotTable {
    fn new(places: usize) -> Self {
        Self {
            slots: vec![0; places + SPARE_SLOTS],
            places,
            used: 0,
        }
    }

    /// Returns the first slot at which the search for a slot's bucket can begin.
    fn place(&self, slot: u64) -> usize {
        ((u128::from(slot & KEY_MASK) * self.places as u128) >> 64) as usize
    }

    /// Returns where the slots of a slot's bucket are; where there are none, where they have to be inserted.
    fn bucket(&self, slot: u64) -> Range<usize> {
        let (place, key) = (self.place(slot), slot & KEY_MASK);
        let less = |&&there: &&u64| there != 0 && there < key;
        let first = place + self.slots[place..].iter().take_while(less).count();
        let same = |&&there: &&u64| there != 0 && there & KEY_MASK == key;
        first..first + self.slots[first..].iter().take_while(same).count()
    }

    /// Inserts a slot, and moves those after it as far as the next empty one.
    fn insert(&mut self, at: usize, slot: u64) {
        self.used += 1;
        let empty = self.slots[at..].iter().position(|&slot| slot == 0);
        let Some(moved) = empty else {
            self.slots.insert(at, slot);
            return;
        };
        self.slots.copy_within(at..at + moved, at + 1);
        self.slots[at] = slot;
    }

    /// Grows by half: memory is bounded, and doubling would leave half of it empty.
    fn grow(&mut self) {
        let mut grown = Self::new(self.places / 2 * 3);
        let mut next = 0;
        for &slot in self.slots.iter().filter(|&&slot| slot != 0) {
            next = grown.place(slot).max(next);
            grown.insert(next, slot);
            next += 1;
        }
        *self = grown;
    }
}

fn table_of(key: u64) -> usize {
    (key >> TAIL_BITS) as usize
}

fn slot(key: u64, tag: u64, number: u64) -> u64 {
    (key << TAG_BITS | tag) << NUMBER_BITS | number
}

fn listed(key: u64) -> u64 {
    slot(key, 0, LISTED)
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use proptest::prelude::*;

    use super::*;

    fn insert(tables: &mut BucketTables, doc: u64, keys: &[u64]) {
        let keys = keys.iter().map(|key| key << TAG_BITS | tag(*key, doc));
        let keys = keys.collect();
        tables.insert(&Posting { doc, keys });
    }

    fn tag(key: u64, doc: u64) -> u64 {
        key.wrapping_add(doc.wrapping_mul(77)) & TAG_MASK
    }

    fn tagged(key: u64, docs: impl IntoIterator<Item = u64>) -> Vec<u64> {
        let tagged = docs.into_iter().map(|doc| doc << TAG_BITS | tag(key, doc));
        tagged.collect()
    }

    fn read(tables: &BucketTables, key: u64) -> Vec<u64> {
        tables.read(key, &mut vec![77]).collect()
    }

    proptest! {
        #[test]
        fn tables_are_sets_of_postings(
            // Keys at both ends of a table and of all tables, in buckets with lists and without.
            postings in prop::collection::vec(
                (0..40_u64, prop::collection::vec((0..4_u64, 0..3_u64, 0..9_u64), 0..12)),
                0..200,
            ),
            largest in prop_oneof![Just(40), Just(u64::MAX >> TAG_BITS)],
            is_reused in any::<bool>(),
        ) {
            let key = |(table, end, low): (u64, u64, u64)| {
                let tail = (end << TAIL_BITS >> 1).min((1 << TAIL_BITS) - 9);
                ((table * (TABLES as u64 - 1) / 3) << TAIL_BITS) | (tail + low)
            };
            let (mut tables, mut model) = (BucketTables::default(), BTreeSet::new());
            if is_reused {
                for doc in 0..500 {
                    insert(&mut tables, doc, &[doc << 30]);
                }
                let filled = std::mem::take(&mut tables);
                let spare = BucketTables::sized_like(&filled, SpareTables::default());
                tables = BucketTables::sized_like(&spare, filled.into_spare());
            }
            for (doc, keys) in postings {
                let doc = largest - doc;
                let keys: Vec<_> = keys.into_iter().map(key).collect();
                insert(&mut tables, doc, &keys);
                model.extend(keys.into_iter().map(|key| (key, tagged(key, [doc])[0])));
            }
            let sorted = (0..TABLES).flat_map(|table| tables.sorted(table));
            prop_assert!(sorted.eq(model.iter().copied()));
            let keys: BTreeSet<u64> = model.iter().map(|(key, _)| *key).collect();
            prop_assert_eq!(tables.used, keys.len());
            for key in keys.into_iter().chain([3 << TAIL_BITS, 1 << TAIL_BITS | 77]) {
                let docs = model.range((key, 0)..=(key, u64::MAX)).map(|(_, doc)| *doc);
                prop_assert_eq!(read(&tables, key), docs.collect::<Vec<_>>());
            }
        }
    }

    #[test]
    fn postings_beyond_the_last_number_are_listed() {
        let mut tables = BucketTables::default();
        insert(&mut tables, 1, &[0, 5]);
        tables.docs.resize(LISTED as usize - 2, 0);
        for doc in 2..5 {
            insert(&mut tables, doc, &[5, 6]);
        }
        assert_eq!(read(&tables, 0), tagged(0, [1]));
        assert_eq!(read(&tables, 5), tagged(5, [1, 2, 3, 4]));
        let sixth = tagged(6, 2..5).into_iter().map(|doc| (6, doc));
        assert_eq!(tables.sorted(0)[5..], sixth.collect::<Vec<_>>());
        assert_eq!(tables.used, 3);
    }

    #[test]
    fn a_large_bucket_is_as_cheap_as_a_small_one() {
        let mut tables = BucketTables::default();
        (0..1_000).for_each(|doc| insert(&mut tables, doc, &[9]));
        assert_eq!(tables.tables[0].used, BUCKET_SLOTS + 1);
        assert_eq!(read(&tables, 9), tagged(9, 0..1_000));
    }
}
