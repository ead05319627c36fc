//! What an operator may choose about the embedded store. None of it shapes a stored byte.

/// When an entry counts as safe.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, serde::Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Durability {
    /// After an fdatasync: survives power loss, where filesystem and drive honour it.
    #[default]
    Fsync,
    /// After the write: survives the process, not the machine.
    Os,
}

/// Sizes and promises of the embedded store.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct EmbeddedParams {
    /// When [`commit`](crate::store::Store::commit) may return.
    pub durability: Durability,
    /// Bound of the rows and postings that wait in memory, those being written out included, and of the
    /// filters: as these grow, the former make room for them, down to a quarter of it.
    pub memory_bytes: u64,
    /// Size from which the journal begins a new segment.
    pub segment_bytes: u64,
    /// What may be kept of the index in memory: blocks of rows that were read lately.
    pub cache_bytes: u64,
    /// Whether runs written from now on carry Bloom filters. Off is for measuring what they save.
    pub filters: bool,
}

impl Default for EmbeddedParams {
    fn default() -> Self {
        Self {
            durability: Durability::Fsync,
            memory_bytes: 64 << 20,
            segment_bytes: 64 << 20,
            cache_bytes: 64 << 20,
            filters: true,
        }
    }
}

impl EmbeddedParams {
    /// Tells what is wrong with the parameters, naming the field.
    pub fn validate(&self) -> std::result::Result<(), String> {
        let at_least = |name: &str, given: u64, least: u64| {
            if given < least {
                Err(format!("{name} must be at least {least}, is {given}"))
            } else {
                Ok(())
            }
        };
        at_least("memory_bytes", self.memory_bytes, 4 << 10)?;
        at_least("segment_bytes", self.segment_bytes, 1 << 10)?;
        at_least("cache_bytes", self.cache_bytes, 1 << 20)
    }
}
