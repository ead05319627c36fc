//! What was read of documents, kept for the next time.

use std::collections::HashMap;
use std::hash::{BuildHasherDefault, Hasher};

use crate::id::DocId;

/// Values by document, bounded in bytes. Two generations: what was used lately is in the young
/// one; when that holds half the bytes it becomes the old one, and what nobody has used since is
/// dropped.
pub(super) struct Cache<V> {
    young: Generation<V>,
    old: Generation<V>,
    young_bytes: usize,
    half: usize,
    size: fn(&V) -> usize,
}

type Generation<V> = HashMap<DocId, V, BuildHasherDefault<Spread>>;

impl<V: Clone> Cache<V> {
    /// Holds about so many bytes; `size` tells how many a value takes beside its place.
    pub fn new(bytes: usize, size: fn(&V) -> usize) -> Self {
        Self {
            young: Generation::default(),
            old: Generation::default(),
            young_bytes: 0,
            half: bytes / 2,
            size,
        }
    }

    pub fn get(&mut self, doc: DocId) -> Option<V> {
        if let Some(value) = self.young.get(&doc) {
            return Some(value.clone());
        }
        let value = self.old.remove(&doc)?;
        self.put(doc, value.clone());
        Some(value)
    }

    pub fn put(&mut self, doc: DocId, value: V) {
        let size = (self.size)(&value) + size_of::<(DocId, V)>();
        if self.young.insert(doc, value).is_none() {
            self.young_bytes += size;
        }
        if self.young_bytes > self.half {
            self.old = std::mem::take(&mut self.young);
            self.young_bytes = 0;
        }
    }
}

/// Hashes document numbers: they are given in order, by nobody who means harm.
#[derive(Default)]
struct Spread(u64);

impl Hasher for Spread {
    fn finish(&self) -> u64 {
        self.0
    }

    fn write(&mut self, bytes: &[u8]) {
        for &byte in bytes {
            self.write_u64(u64::from(byte));
        }
    }

    fn write_u64(&mut self, number: u64) {
        self.0 = (self.0.rotate_left(32) ^ number).wrapping_mul(0x9e37_79b9_7f4a_7c15);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_used_stays_and_bytes_are_bounded() {
        let mut cache: Cache<Vec<u64>> = Cache::new(10 * 1000, |value| 8 * value.len());
        for n in 0..100 {
            cache.put(DocId(n), vec![n; 100]);
            let length = cache.get(DocId(0)).map(|value| value.len());
            assert_eq!(length, Some(100), "after {n}");
            assert!(cache.young.len() + cache.old.len() <= 14);
        }
        assert!(cache.get(DocId(1)).is_none());
    }
}
