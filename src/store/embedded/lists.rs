//! Document numbers under bucket keys, in memory. Most buckets hold one document: it lies in the
//! hash table itself, 17 bytes a bucket and no allocation.

use std::collections::HashMap;
use std::collections::hash_map::Entry;
use std::hash::BuildHasherDefault;

use super::hash::Spread;

/// Set in a table's value that is an index into the long lists instead of a document.
const LONG: u64 = 1 << 63;

/// Sorted lists of documents, by bucket key.
#[derive(Default)]
pub(super) struct Lists {
    heads: HashMap<u64, u64, BuildHasherDefault<Spread>>,
    long: Vec<Vec<u64>>,
    long_docs: usize,
}

impl Lists {
    /// Adds a document to a bucket; twice is once.
    pub(super) fn insert(&mut self, key: u64, doc: u64) {
        let list = match self.heads.entry(key) {
            Entry::Vacant(vacant) if doc < LONG => {
                vacant.insert(doc);
                return;
            }
            Entry::Vacant(vacant) => {
                vacant.insert(LONG | self.long.len() as u64);
                self.long.push(Vec::with_capacity(1));
                self.long.last_mut()
            }
            Entry::Occupied(mut head) => match *head.get() {
                only if only < LONG => {
                    if only == doc {
                        return;
                    }
                    head.insert(LONG | self.long.len() as u64);
                    self.long.push(vec![only]);
                    self.long_docs += 1;
                    self.long.last_mut()
                }
                index => self.long.get_mut((index ^ LONG) as usize),
            },
        };
        let list = list.expect("heads point into the long lists");
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
    pub(super) fn get(&self, key: u64) -> &[u64] {
        match self.heads.get(&key) {
            None => &[],
            Some(only) if *only < LONG => std::slice::from_ref(only),
            Some(index) => &self.long[(index ^ LONG) as usize],
        }
    }

    /// Returns the keys, in no order.
    pub(super) fn keys(&self) -> impl Iterator<Item = u64> {
        self.heads.keys().copied()
    }

    /// Returns how many buckets there are.
    pub(super) fn len(&self) -> usize {
        self.heads.len()
    }

    /// Bytes taken up.
    pub(super) fn bytes(&self) -> usize {
        self.heads.capacity() * 8 / 7 * 17 + self.long.len() * 40 + self.long_docs * 12
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
        assert_eq!(lists.get(7), [3, 5, 9, 1 << 63, u64::MAX]);
        assert_eq!(lists.get(8), [u64::MAX]);
        assert_eq!(lists.get(9), [4]);
        assert!(lists.get(10).is_empty());
    }
}
