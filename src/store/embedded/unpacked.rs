//! Blocks of rows that were unpacked lately: to unpack one costs more than to read it and to look a row
//! up in it.

use std::sync::{Arc, Mutex, PoisonError};

use crate::cache::Cache;

/// A block by its run and its number.
type Name = (u32, u32);

/// Unpacked blocks, bounded in bytes.
pub(super) struct Unpacked(Mutex<Cache<Name, Arc<Vec<u8>>>>);

impl Unpacked {
    /// Holds about so many bytes.
    pub(super) fn new(bytes: u64) -> Self {
        Self(Mutex::new(Cache::new(bytes as usize, |block| {
            block.capacity() + size_of::<Vec<u8>>()
        })))
    }

    /// Returns a block; `unpack` makes it where it is not held.
    pub(super) fn get<E>(
        &self,
        name: Name,
        unpack: impl FnOnce() -> Result<Vec<u8>, E>,
    ) -> Result<Arc<Vec<u8>>, E> {
        let lock = || self.0.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(block) = lock().get(name) {
            return Ok(block);
        }
        // Nobody waits meanwhile.
        let block = Arc::new(unpack()?);
        lock().put(name, Arc::clone(&block));
        Ok(block)
    }
}
