//! Hashing for filters and counters, whose bits are stored.

use std::hash::{BuildHasher, Hasher};

use gxhash::GxHasher;
use serde::{Deserialize, Serialize};

/// A gxhash with a fixed seed: the same in every process.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct Seeded(pub i64);

impl BuildHasher for Seeded {
    type Hasher = GxHasher;

    fn build_hasher(&self) -> GxHasher {
        GxHasher::with_seed(self.0)
    }
}

/// Hashes bytes of any length, word by word: gxhash reads past the end of a short slice.
pub fn hash_bytes(bytes: &[u8]) -> u64 {
    let mut hasher = GxHasher::with_seed(bytes.len() as i64);
    for word in bytes.chunks(8) {
        let mut padded = [0; 8];
        padded[..word.len()].copy_from_slice(word);
        hasher.write_u64(u64::from_le_bytes(padded));
    }
    hasher.finish()
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Stored filters depend on these values: debug and release builds must agree, on every platform.
    #[test]
    fn known_answers() {
        let first = Seeded(1).hash_one(7_u64);
        assert_eq!(first, Seeded(1).hash_one(7_u64));
        assert_ne!(first, Seeded(2).hash_one(7_u64));
        assert_eq!(first, 10_892_023_917_107_298_441);
        assert_eq!(hash_bytes(b"lead/42"), 10_802_420_779_331_987_559);
        assert_ne!(hash_bytes(b"a"), hash_bytes(b"a\0"));
    }
}
