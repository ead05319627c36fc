//! What was read or worked out, kept in memory for the next time: for rooms that read the same again.

use std::collections::HashMap;
use std::hash::{BuildHasherDefault, Hash, Hasher};

/// Values by key, bounded in bytes. Two generations: what was used lately is in the young
/// one; when that holds half the bytes it becomes the old one, and what nobody has used since is
/// dropped.
#[derive(Debug)]
pub(crate) struct Cache<K, V> {
    young: Generation<K, V>,
    old: Generation<K, V>,
    young_bytes: usize,
    half: usize,
    size: fn(&V) -> usize,
}

type Generation<K, V> = HashMap<K, V, BuildHasherDefault<Spread>>;

impl<K: Copy + Eq + Hash, V: Clone> Cache<K, V> {
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

    /// Returns a value that is held.
    pub fn get(&mut self, key: K) -> Option<V> {
        if let Some(value) = self.young.get(&key) {
            return Some(value.clone());
        }
        let value = self.old.remove(&key)?;
        self.put(key, value.clone());
        Some(value)
    }

    /// Returns a value that is held, which does not count as a use of it.
    pub fn peek(&self, key: K) -> Option<V> {
        let value = self.young.get(&key).or_else(|| self.old.get(&key));
        value.cloned()
    }

    /// Holds a value.
    pub fn put(&mut self, key: K, value: V) {
        let size = (self.size)(&value) + size_of::<(K, V)>();
        if self.young.insert(key, value).is_none() {
            self.young_bytes += size;
        }
        if self.young_bytes > self.half {
            self.old = std::mem::take(&mut self.young);
            self.young_bytes = 0;
        }
    }
}

/// Hashes numbers of documents and blocks: they are given in order, by nobody who means harm.
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

    fn write_u32(&mut self, number: u32) {
        self.write_u64(u64::from(number));
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
        let mut cache: Cache<u64, Vec<u64>> = Cache::new(10 * 1000, |value| 8 * value.len());
        for n in 0..100 {
            cache.put(n, vec![n; 100]);
            let length = cache.get(0).map(|value| value.len());
            assert_eq!(length, Some(100), "after {n}");
            assert!(cache.young.len() + cache.old.len() <= 14);
        }
        assert!(cache.get(1).is_none());
    }
}
