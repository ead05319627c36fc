//! Blocks of rows that were unpacked lately: to unpack one costs more than to read it and to look a row
//! up in it.

use std::collections::HashMap;
use std::sync::{Arc, Mutex, PoisonError};

/// A block by its run and its number.
type Name = (u32, u32);

/// Unpacked blocks, bounded in bytes. Two generations: what was used lately is in the young one; when
/// that holds half the bytes it becomes the old one, and what nobody has used since is dropped.
pub(super) struct Unpacked {
    half: usize,
    state: Mutex<State>,
}

#[derive(Default)]
struct State {
    young: HashMap<Name, Arc<Vec<u8>>>,
    old: HashMap<Name, Arc<Vec<u8>>>,
    young_bytes: usize,
}

impl Unpacked {
    /// Holds about so many bytes.
    pub(super) fn new(bytes: u64) -> Self {
        Self {
            half: bytes as usize / 2,
            state: Mutex::default(),
        }
    }

    /// Returns a block; `unpack` makes it where it is not held.
    pub(super) fn get<E>(
        &self,
        name: Name,
        unpack: impl FnOnce() -> Result<Vec<u8>, E>,
    ) -> Result<Arc<Vec<u8>>, E> {
        let lock = || self.state.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(block) = lock().take(name, self.half) {
            return Ok(block);
        }
        // Nobody waits meanwhile.
        let block = Arc::new(unpack()?);
        lock().hold(name, Arc::clone(&block), self.half);
        Ok(block)
    }
}

impl State {
    fn take(&mut self, name: Name, half: usize) -> Option<Arc<Vec<u8>>> {
        if let Some(block) = self.young.get(&name) {
            return Some(Arc::clone(block));
        }
        let block = self.old.remove(&name)?;
        self.hold(name, Arc::clone(&block), half);
        Some(block)
    }

    fn hold(&mut self, name: Name, block: Arc<Vec<u8>>, half: usize) {
        let size = block.capacity() + size_of::<(Name, Vec<u8>)>();
        if self.young.insert(name, block).is_none() {
            self.young_bytes += size;
        }
        if self.young_bytes > half {
            self.old = std::mem::take(&mut self.young);
            self.young_bytes = 0;
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_used_is_held_and_bytes_are_bounded() {
        let blocks = Unpacked::new(10_000);
        let get = |number, is_new: &mut bool| {
            let block = blocks.get((7, number), || {
                *is_new = true;
                Ok::<_, ()>(vec![number as u8; 1000])
            });
            assert_eq!(block.unwrap()[0], number as u8);
        };
        let mut unpacked_again = 0;
        for number in 1..100 {
            let mut is_new = false;
            get(0, &mut is_new);
            unpacked_again += u32::from(is_new);
            get(number, &mut is_new);
            let state = blocks.state.lock().unwrap();
            assert!(state.young.len() + state.old.len() <= 12);
        }
        assert_eq!(unpacked_again, 1);
    }
}
