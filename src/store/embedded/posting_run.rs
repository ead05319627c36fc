//! A run of postings: packed blocks in sled, written once from front to back and never changed. What
//! is kept of it in memory is a guide: the first key of each block, and a filter that says what is not
//! in it.

use std::sync::{Arc, Mutex, PoisonError};

use serde::{Deserialize, Serialize};

use super::bits::Words;
use super::extent::Part;
use super::packed::{Entry, Packed};
use super::pages::Pages;
use super::segment;
use super::sieve::Sieve;
use super::values::{Page, Values};
use crate::cache::Cache;
use crate::store::{Error, Result};

/// What the checkpoint keeps of a run.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub(super) struct Meta {
    /// Its own number, never given twice within an index.
    pub number: u32,
    /// How often its entries were merged.
    pub tier: u8,
    /// How many blocks it has.
    pub blocks: u32,
    /// How many entries.
    pub entries: u64,
    /// How many different keys.
    pub keys: u64,
    /// For how many its filter was made.
    pub room: u64,
    /// All keys, or-ed.
    pub bits: u64,
    /// Words of the filter.
    pub filter_words: u64,
    /// How many pieces its guide has.
    pub pieces: u32,
    /// Hash over the checksums of those pieces, in order.
    pub chain: u32,
}

/// A run that can be read.
#[derive(Debug)]
pub(super) struct PostingRun {
    /// What the checkpoint keeps of it.
    pub meta: Meta,
    pub(super) guide: Guide,
    /// Its blocks.
    pub(super) values: Values,
    /// Blocks of buckets that are larger than a block: whoever carries a story asks for the same.
    full: Mutex<Cache<u32, Arc<Page>>>,
}

/// Where in a run a key may be.
#[derive(Debug, Default)]
pub(super) struct Guide {
    /// The first key of each block.
    pub fences: Vec<u64>,
    /// What is not in it.
    pub sieve: Option<Sieve>,
}

/// The block that was read last: keys that are near each other lie in one.
#[derive(Default)]
pub(super) struct Lately(Option<((u32, u32), Arc<Page>)>);

/// Bytes of blocks of large buckets that are kept of a run.
const FULL_BYTES: usize = 1 << 20;

impl PostingRun {
    /// A run that was written.
    pub(super) fn new(meta: Meta, guide: Guide, values: Values) -> Self {
        Self {
            meta,
            guide,
            values,
            full: Mutex::new(Cache::new(FULL_BYTES, |page| page.len())),
        }
    }

    /// Reads the guide of a run.
    pub(super) fn load(pages: &Pages, meta: Meta) -> Result<Self> {
        let damaged = |why| Error::Index(format!("guide of run {}: {why}", meta.number));
        let blocks = meta.blocks as usize;
        let filter_words = usize::try_from(meta.filter_words);
        let filter_words = filter_words.map_err(|_| damaged("is too long"))?;
        let mut guide = Guide::default();
        guide.fences.reserve_exact(blocks);
        guide.sieve = (filter_words > 0).then(|| Sieve::new(meta.room, meta.bits));
        if guide.sieve.as_ref().map_or(0, Sieve::len) != filter_words {
            return Err(damaged("has a filter of another size"));
        }
        let (mut at, mut chain) = (0, 0);
        let pieces = Values::load(pages, meta.number, Part::Guide, meta.pieces);
        for piece in 0..meta.pieces {
            let page = pieces.get(pages, piece)?;
            chain = segment::link(chain, page.crc());
            let words = Words::of(&page);
            for word in (0..words.len()).map(|at| words.word(at)) {
                if at < blocks {
                    guide.fences.push(word);
                } else if let Some(sieve) = &mut guide.sieve {
                    sieve.set_word(at - blocks, word);
                }
                at += 1;
            }
        }
        if (at, chain) != (blocks + filter_words, meta.chain) {
            return Err(damaged("is not what was written"));
        }
        let values = Values::load(pages, meta.number, Part::Blocks, meta.blocks);
        Ok(Self::new(meta, guide, values))
    }

    /// Brings near what tells of keys whether they are here.
    pub(super) fn warm(&self, keys: &[u64]) {
        if let Some(sieve) = &self.guide.sieve {
            sieve.warm(keys);
        }
    }

    /// Tells whether the key may be in the run; `false` is certain.
    #[inline]
    pub(super) fn may_hold(&self, key: u64) -> bool {
        let sieve = self.guide.sieve.as_ref();
        sieve.is_none_or(|sieve| sieve.may_hold(key))
    }

    /// Calls back with the entries under a key, in order, until it returns `false`.
    pub(super) fn each_of(
        &self,
        pages: &Pages,
        key: u64,
        lately: &mut Lately,
        mut each: impl FnMut(Entry) -> bool,
    ) -> Result<()> {
        let fences = &self.guide.fences;
        // The block before the first that begins with the key or behind it may end with the key.
        let mut block = position(fences, key, self.meta.bits).saturating_sub(1);
        while fences.get(block).is_some_and(|&first| first <= key) {
            let packed = self.block(pages, block as u32, lately)?;
            if !packed.each_of(key, &mut each) {
                break;
            }
            block += 1;
        }
        Ok(())
    }

    /// Reads a block.
    pub(super) fn block<'b>(
        &self,
        pages: &Pages,
        block: u32,
        lately: &'b mut Lately,
    ) -> Result<Packed<'b>> {
        let number = self.meta.number;
        let page = match lately.0.take() {
            Some((name, page)) if name == (number, block) => page,
            _ => self.page(pages, block)?,
        };
        let (_, page) = lately.0.insert(((number, block), page));
        Packed::read(page)
            .ok_or_else(|| Error::Index(format!("block {block} of run {number} is no block")))
    }

    fn page(&self, pages: &Pages, block: u32) -> Result<Arc<Page>> {
        let read = || self.values.get(pages, block).map(Arc::new);
        // One with nothing but the key that the next begins with, or the one before such a block.
        let fences = self.guide.fences.iter().skip(block as usize).take(3);
        if !fences
            .clone()
            .zip(fences.skip(1))
            .any(|(one, next)| one == next)
        {
            return read();
        }
        let lock = || self.full.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(page) = lock().get(block) {
            return Ok(page);
        }
        let page = read()?;
        lock().put(block, Arc::clone(&page));
        Ok(page)
    }

    /// Bytes of its blocks.
    pub(super) fn bytes(&self) -> u64 {
        self.values.bytes()
    }

    /// Bytes of the filter in memory.
    pub(super) fn filter_bytes(&self) -> u64 {
        self.guide.sieve.as_ref().map_or(0, Sieve::bytes)
    }
}

/// Returns how many fences are less than a key. Keys are evenly spread, so the place is guessed,
/// and looked for from there.
fn position(fences: &[u64], key: u64, bits: u64) -> usize {
    let shift = bits.leading_zeros().min(63);
    let guess = (u128::from(key << shift) * fences.len() as u128) >> 64;
    let guess = (guess as usize).min(fences.len());
    let (mut low, mut high) = (guess, guess);
    let mut step = 16;
    while low > 0 && fences[low - 1] >= key {
        high = low - 1;
        low = low.saturating_sub(step);
        step *= 2;
    }
    let mut step = 16;
    while high < fences.len() && fences[high] < key {
        low = high + 1;
        high = (high + step).min(fences.len());
        step *= 2;
    }
    low + fences[low..high].partition_point(|&first| first < key)
}
