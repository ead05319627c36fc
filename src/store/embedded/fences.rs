//! Where the blocks of a run of rows begin: for each block a text that is greater than all keys
//! before it and not greater than its own, as short as that allows, all in one piece of memory.

use serde::{Deserialize, Serialize};

/// Sorted texts.
#[derive(Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub(super) struct Fences {
    bytes: Vec<u8>,
    ends: Vec<u32>,
}

impl Fences {
    /// Adds what stands between the last key of a block and the first of the next.
    pub(super) fn push(&mut self, last: &[u8], first: &[u8]) {
        let shared = last.iter().zip(first).take_while(|(a, b)| a == b).count();
        self.bytes.extend(&first[..first.len().min(shared + 1)]);
        self.ends.push(self.bytes.len() as u32);
    }

    /// How many there are.
    pub(super) fn len(&self) -> usize {
        self.ends.len()
    }

    /// Returns the block where a key stands, if it stands anywhere.
    pub(super) fn block_of(&self, key: &[u8]) -> u32 {
        let (mut low, mut high) = (0, self.len());
        while low < high {
            let middle = low.midpoint(high);
            if self.get(middle) <= key {
                low = middle + 1;
            } else {
                high = middle;
            }
        }
        low.saturating_sub(1) as u32
    }

    /// Returns a fence.
    pub(super) fn get(&self, at: usize) -> &[u8] {
        let start = at.checked_sub(1).map_or(0, |before| self.ends[before]);
        // Stored bytes: nothing holds their order but the checksum over them.
        self.bytes
            .get(start as usize..self.ends[at] as usize)
            .unwrap_or_default()
    }

    /// Gives back what was reserved and is not needed.
    pub(super) fn shrink(&mut self) {
        self.bytes.shrink_to_fit();
        self.ends.shrink_to_fit();
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn keys_find_their_block() {
        let mut fences = Fences::default();
        for (last, first) in [("", "a"), ("article", "b"), ("bands", "bank"), ("c", "cat")] {
            fences.push(last.as_bytes(), first.as_bytes());
        }
        let block = |key: &str| fences.block_of(key.as_bytes());
        assert_eq!(["", "a", "article", "az"].map(block), [0, 0, 0, 0]);
        assert_eq!(
            ["b", "bands", "bank", "c", "ca", "cat", "d"].map(block),
            [1, 1, 2, 2, 3, 3, 3]
        );
        assert_eq!(fences.bytes, b"abbankca");
    }
}
