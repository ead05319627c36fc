//! Runs: sorted, immutable files of the index. A run of rows and a run of postings are the same but
//! for their entries and for how a block encodes them, which is what [`RunKind`] says.
//!
//! A run consists of blocks, an index block that locates them, and a Bloom filter. The index block
//! and the filter are kept in memory; a block is read when it is needed.

mod bits;
mod bloom;
mod buckets;
mod merge;
mod postings;
mod rows;

use std::cmp::Ordering;
use std::fmt;
use std::io;
use std::sync::{Arc, Mutex, PoisonError};

use serde::de::DeserializeOwned;
use serde::{Deserialize, Serialize};

use self::bloom::BloomFilter;
pub use self::buckets::BucketMerge;
pub use self::merge::Merge;
pub use self::postings::{PostingEntry, PostingKind, RecentBlock};
pub use self::rows::{RowEntry, RowKind, caller_key, is_location, location_key, row_key};
use super::le_u32;
use super::sleds::{RunValues, SledRuns, SledWriter};
use crate::cache::Cache;
use crate::store::{Error, Result};

/// Bytes of a stored piece of the index block.
const PIECE_BYTES: usize = 4 << 10;

/// A kind of run: its entries, and how a block encodes them.
pub trait RunKind: Sized + Send + Sync + 'static {
    /// An entry, borrowed from its block.
    type Entry<'a>: RunEntry;
    /// The index block: in which block a key is.
    type Index: fmt::Debug + Default + Serialize + DeserializeOwned + Send + Sync;
    type Encoder: Default;
    /// A decoded block, and a position in it.
    type Block: Default;

    /// Adds an entry to the current block, and the block's first to the index block. Returns whether
    /// the block is full.
    fn push(encoder: &mut Self::Encoder, index: &mut Self::Index, entry: Self::Entry<'_>) -> bool;

    /// Ends the current block and returns its encoded bytes; `None` if it has no entries.
    fn end_block(encoder: &mut Self::Encoder) -> io::Result<Option<&[u8]>>;

    /// Decodes a block and moves to its first entry; `None` if it is malformed.
    fn decode(stored: &[u8], block: &mut Self::Block) -> Option<()>;

    fn entry(block: &Self::Block) -> Self::Entry<'_>;

    /// Moves to the next entry. `Some(false)` if there is none, `None` if it is malformed.
    fn advance(block: &mut Self::Block) -> Option<bool>;

    /// Moves the merge's next block to the writer as it is stored, if that is possible; `false` if
    /// not.
    fn copy_block(
        merge: &mut Merge<'_, Self>,
        writer: &mut RunWriter<Self>,
        keeps_removals: bool,
    ) -> Result<bool>;
}

/// An entry of a run.
pub trait RunEntry: Copy {
    /// Orders entries. Of equal ones in several runs, one is in force.
    fn compare(self, other: Self) -> Ordering;

    /// Returns whether this entry is in force rather than an equal one in an older run.
    fn overrides_older(self) -> bool;

    /// Returns whether the entry removes what older runs have.
    fn is_removal(self) -> bool;

    /// Returns the key under which the Bloom filter knows the entry.
    fn filter_key(self) -> u64;
}

/// The manifest's description of a run.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct RunMeta {
    /// Its number, never used again within an index.
    pub number: u32,
    /// How often its entries were merged.
    pub level: u8,
    pub blocks: u32,
    pub block_bytes: u64,
    /// Number of distinct keys.
    pub keys: u64,
    /// All filter keys, or-ed: which bits keys have.
    pub key_bits: u64,
    /// Number of keys that the filter was made for.
    pub filter_capacity: u64,
    /// Number of pieces of the filter and the index block.
    pub pieces: u32,
    /// Checksum over all pieces.
    pub crc: u32,
}

/// A run that can be read.
#[derive(Debug)]
pub struct Run<K: RunKind> {
    pub meta: RunMeta,
    index: K::Index,
    pub filter: BloomFilter,
    /// The blocks, and after them the pieces of the filter and of the index block.
    values: RunValues,
}

impl<K: RunKind> Run<K> {
    /// Loads the index block and the filter of a run, and checks that its first and last block can be
    /// read. Other blocks are checked when they are read: to check all would take minutes.
    pub fn load(sleds: &Arc<SledRuns>, meta: RunMeta) -> Result<Self> {
        let damaged =
            |why: &str| Error::Index(format!("index block of run {}: {why}", meta.number));
        let values = RunValues::load(sleds, meta.number);
        let mut filter = BloomFilter::new(meta.filter_capacity, meta.key_bits);
        let (mut index, mut crc) = (Vec::new(), 0);
        for number in 0..meta.pieces {
            let piece = values.get(meta.blocks + number)?;
            crc = crc32c::crc32c_append(crc, &piece);
            if filter.set_piece(number as usize, &piece).is_none() {
                index.extend(piece); // after the filter's last piece
            }
        }
        if crc != meta.crc {
            return Err(damaged("checksum mismatch"));
        }
        let index = postcard::from_bytes(&index);
        let index: K::Index = index.map_err(|error| damaged(&error.to_string()))?;
        values.get(0)?;
        values.get(meta.blocks - 1)?;
        Ok(Self {
            meta,
            index,
            filter,
            values,
        })
    }

    fn malformed(&self, block: u32) -> Error {
        let run = self.meta.number;
        Error::Index(format!("block {block} of run {run} is malformed"))
    }
}

/// Writes a run from entries in ascending order.
pub struct RunWriter<K: RunKind> {
    sled: SledWriter,
    meta: RunMeta,
    index: K::Index,
    filter: BloomFilter,
    encoder: K::Encoder,
    last_key: Option<u64>,
}

impl<K: RunKind> RunWriter<K> {
    /// Begins a run of at most `capacity` keys, none of which has a bit outside of `key_bits`.
    pub fn new(
        sleds: &Arc<SledRuns>,
        (number, level): (u32, u8),
        (capacity, key_bits): (u64, u64),
    ) -> Result<Self> {
        Ok(Self {
            sled: sleds.create(number)?,
            meta: RunMeta {
                number,
                level,
                key_bits,
                filter_capacity: capacity,
                ..RunMeta::default()
            },
            index: K::Index::default(),
            filter: BloomFilter::new(capacity, key_bits),
            encoder: K::Encoder::default(),
            last_key: None,
        })
    }

    #[inline]
    pub fn push(&mut self, entry: K::Entry<'_>) -> Result<()> {
        self.add_key(entry.filter_key());
        if K::push(&mut self.encoder, &mut self.index, entry) {
            self.end_block()?;
        }
        Ok(())
    }

    /// Ends the run; `None` if it has no entries.
    pub fn finish(mut self) -> Result<Option<Arc<Run<K>>>> {
        self.end_block()?;
        self.meta.blocks = self.sled.count();
        if self.meta.blocks == 0 {
            return Ok(None);
        }
        let index = postcard::to_stdvec(&self.index);
        let index = index.map_err(|error| Error::Index(format!("index block: {error}")))?;
        let index = index.chunks(PIECE_BYTES).map(<[u8]>::to_vec);
        for piece in self.filter.pieces().chain(index) {
            self.meta.crc = crc32c::crc32c_append(self.meta.crc, &piece);
            self.sled.push(&piece)?;
        }
        self.meta.pieces = self.sled.count() - self.meta.blocks;
        Ok(Some(Arc::new(Run {
            values: self.sled.seal()?,
            meta: self.meta,
            index: self.index,
            filter: self.filter,
        })))
    }

    fn add_key(&mut self, key: u64) {
        if self.last_key.replace(key) != Some(key) {
            self.meta.keys += 1;
            self.filter.insert(key);
        }
    }

    fn end_block(&mut self) -> Result<()> {
        let block = K::end_block(&mut self.encoder);
        if let Some(block) = block.map_err(|error| Error::Index(format!("zstd: {error}")))? {
            self.meta.block_bytes += block.len() as u64;
            self.sled.push(block)?;
        }
        Ok(())
    }
}

/// Reads a run's entries in order, from some block on.
pub struct Cursor<'a, K: RunKind> {
    /// `None` for a single block in memory.
    run: Option<&'a Run<K>>,
    next_block: u32,
    /// The current block as it is stored.
    stored: Vec<u8>,
    block: K::Block,
    is_at_block_start: bool,
    is_at_end: bool,
}

impl<'a, K: RunKind> Cursor<'a, K> {
    fn new(run: Option<&'a Run<K>>, next_block: u32, block: K::Block) -> Self {
        Self {
            run,
            next_block,
            stored: Vec::new(),
            block,
            is_at_block_start: false,
            is_at_end: false,
        }
    }

    /// Starts at the first entry of a block.
    pub fn at_block(run: &'a Run<K>, block: u32) -> Result<Self> {
        let mut cursor = Self::new(Some(run), block, K::Block::default());
        cursor.next_block()?;
        Ok(cursor)
    }

    /// Returns the current entry; `None` at the end.
    #[inline]
    pub fn entry(&self) -> Option<K::Entry<'_>> {
        (!self.is_at_end).then(|| K::entry(&self.block))
    }

    /// Moves to the next entry.
    #[inline]
    pub fn advance(&mut self) -> Result<()> {
        match (K::advance(&mut self.block), self.run) {
            (Some(true), _) => {
                self.is_at_block_start = false;
                Ok(())
            }
            (None, Some(run)) => Err(run.malformed(self.next_block - 1)),
            _ => self.next_block(),
        }
    }

    /// Moves to the first entry of the next block.
    fn next_block(&mut self) -> Result<()> {
        let run = self.run.filter(|run| self.next_block < run.meta.blocks);
        let Some(run) = run else {
            self.is_at_end = true;
            return Ok(());
        };
        self.stored = run.values.get(self.next_block)?;
        let decoded = K::decode(&self.stored, &mut self.block);
        decoded.ok_or_else(|| run.malformed(self.next_block))?;
        self.next_block += 1;
        self.is_at_block_start = true;
        Ok(())
    }
}

/// The run and the number of a block.
type BlockId = (u32, u32);

/// Blocks that were read lately: decompressed blocks of rows, and the blocks of buckets that are larger
/// than a block.
pub struct BlockCache(Mutex<Cache<BlockId, Arc<Vec<u8>>>>);

impl BlockCache {
    /// Creates a cache of about `bytes`.
    pub fn new(bytes: u64) -> Self {
        let size = |block: &Arc<Vec<u8>>| block.capacity() + size_of::<Vec<u8>>();
        Self(Mutex::new(Cache::new(bytes as usize, size)))
    }

    /// Returns a block; reads it if it is not cached.
    fn get(&self, id: BlockId, read: impl FnOnce() -> Result<Vec<u8>>) -> Result<Arc<Vec<u8>>> {
        let lock = || self.0.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(block) = lock().get(id) {
            return Ok(block);
        }
        let block = Arc::new(read()?); // without the lock
        lock().put(id, Arc::clone(&block));
        Ok(block)
    }
}
