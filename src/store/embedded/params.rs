//! The operator's settings of the embedded store. None of them changes a stored byte.

/// When an entry counts as safe.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, serde::Deserialize, serde::Serialize)]
#[serde(rename_all = "lowercase")]
pub enum Durability {
    /// After an fdatasync: survives power loss, where filesystem and drive honour it.
    #[default]
    Fsync,
    /// After the write: survives the process, not the machine.
    Os,
}

/// Sizes and durability of the embedded store.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct EmbeddedParams {
    /// When [`commit`](crate::store::Store::commit) may return.
    pub durability: Durability,
    /// Bound on the memtables, the one being flushed included, and the Bloom filters. As filters
    /// grow, memtables shrink, down to a quarter of this.
    pub memory_bytes: u64,
    /// Size from which the journal begins a new segment.
    pub segment_bytes: u64,
    /// Size of the block cache.
    pub cache_bytes: u64,
    /// Free disk space under which nothing more is written: the smaller of a size, and of a percentage
    /// of the disk.
    pub reserve_bytes: u64,
    /// See [`reserve_bytes`](Self::reserve_bytes).
    pub reserve_percent: u32,
}

impl Default for EmbeddedParams {
    fn default() -> Self {
        Self {
            durability: Durability::Fsync,
            memory_bytes: 64 << 20,
            segment_bytes: 64 << 20,
            cache_bytes: 64 << 20,
            reserve_bytes: 512 << 20,
            reserve_percent: 5,
        }
    }
}

impl EmbeddedParams {
    /// Returns an error that names the field at fault, if there is one.
    pub fn validate(&self) -> std::result::Result<(), String> {
        for (name, given, least) in [
            ("memory_bytes", self.memory_bytes, 4 << 10),
            ("segment_bytes", self.segment_bytes, 1 << 10),
            ("cache_bytes", self.cache_bytes, 1 << 20),
        ] {
            if given < least {
                return Err(format!("{name} must be at least {least}, is {given}"));
            }
        }
        let percent = self.reserve_percent;
        if percent >= 100 {
            return Err(format!(
                "reserve_percent must be less than 100, is {percent}"
            ));
        }
        Ok(())
    }
}
