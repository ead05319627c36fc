//! A cache bounded in bytes, for rooms that read or compute the same things again and again.

use std::collections::HashMap;
use std::hash::{BuildHasherDefault, Hash};

use gxhash::GxHasher;

/// Values by key, bounded in bytes. There are two generations. Values that are put or used go to the
/// young one; when it holds half of the bytes, it replaces the old one, and what was not used since is
/// dropped.
#[derive(Debug)]
pub(crate) struct Cache<K, V> {
    young: Generation<K, V>,
    old: Generation<K, V>,
    young_bytes: usize,
    half: usize,
    size: fn(&V) -> usize,
}

// Without a seed, because no attacker chooses the numbers of documents and blocks.
type Generation<K, V> = HashMap<K, V, BuildHasherDefault<GxHasher>>;

impl<K: Copy + Eq + Hash, V: Clone> Cache<K, V> {
    /// Creates a cache of about `bytes`; `size` returns what a value takes beside its own struct.
    pub fn new(bytes: usize, size: fn(&V) -> usize) -> Self {
        Self {
            young: Generation::default(),
            old: Generation::default(),
            young_bytes: 0,
            half: bytes / 2,
            size,
        }
    }

    /// Returns a cached value, which counts as a use of it.
    pub fn get(&mut self, key: K) -> Option<V> {
        if let Some(value) = self.young.get(&key) {
            return Some(value.clone());
        }
        let value = self.old.remove(&key)?;
        self.put(key, value.clone());
        Some(value)
    }

    /// Returns a cached value without using it.
    pub fn peek(&self, key: K) -> Option<V> {
        let value = self.young.get(&key).or_else(|| self.old.get(&key));
        value.cloned()
    }

    /// Adds a value.
    pub fn put(&mut self, key: K, value: V) {
        let size = |value: &V| (self.size)(value) + size_of::<(K, V)>();
        self.young_bytes += size(&value);
        if let Some(former) = self.young.insert(key, value) {
            self.young_bytes -= size(&former);
        }
        if self.young_bytes > self.half {
            self.old = std::mem::take(&mut self.young);
            self.young_bytes = 0;
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn used_values_stay_and_bytes_are_bounded() {
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
