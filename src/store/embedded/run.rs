//! A run: sorted entries in numbered blocks, written once and never changed. What is kept of it in
//! memory is a guide: the first key of each block, and a filter that says what is not in it.

use std::io::{self, Read, Write};
use std::sync::Arc;

use probabilistic_collections::bloom::BloomFilter;
use serde::{Deserialize, Serialize};

use super::block::{BLOCK_BYTES, Kind};
use super::hash::Seeded;
use super::pages::{Map, Page, Pages};
use super::segment;
use crate::store::{Error, Result};

/// Share of absent keys that the filter lets through.
const FALSE_POSITIVES: f64 = 0.01;
/// The filter takes no fewer keys: of none, it would divide by zero.
const LEAST_KEYS: u64 = 64;
/// The filter's two seeds; stored bits depend on them.
const SEEDS: [Seeded; 2] = [Seeded(0x5741_5245), Seeded(0x434f_5059)];

type Filter = BloomFilter<u64, Seeded>;

/// What the checkpoint keeps of a run.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub(super) struct Meta {
    /// Number of its kind.
    pub kind: u8,
    /// Its own number, never given twice within an index.
    pub number: u32,
    /// How often its entries were merged.
    pub tier: u8,
    /// How many blocks it has.
    pub blocks: u32,
    /// How many entries.
    pub entries: u64,
    /// How many keys the filter knows, at most.
    pub keys: u64,
    /// Hash over the checksums of its blocks, in order.
    pub chain: u32,
    /// How many pieces its guide has.
    pub pieces: u32,
}

/// A run that can be read.
#[derive(Debug)]
pub(super) struct Run<K: Kind> {
    /// What the checkpoint keeps of it.
    pub meta: Meta,
    guide: Guide<K::Key>,
}

#[derive(Debug, Serialize, Deserialize)]
struct Guide<Key> {
    fences: Vec<Key>,
    filter: Option<Filter>,
}

impl<K: Kind> Run<K> {
    /// Reads the guide of a run.
    pub(super) fn load(pages: &Pages, meta: Meta) -> Result<Self> {
        let reader = GuideReader {
            pages,
            run: meta.number,
            next: 0,
            end: meta.pieces,
            page: None,
            at: 0,
        };
        let (guide, _): (Guide<K::Key>, _) = postcard::from_io((reader, &mut []))
            .map_err(|error| Error::Index(format!("guide of run {}: {error}", meta.number)))?;
        if guide.fences.len() != meta.blocks as usize {
            return Err(Error::Index(format!(
                "guide of run {} lacks fences",
                meta.number
            )));
        }
        Ok(Self { meta, guide })
    }

    /// Tells whether the key may be in the run; `false` is certain.
    pub(super) fn may_hold(&self, key: &K::Key) -> bool {
        self.guide
            .filter
            .as_ref()
            .is_none_or(|filter| filter.contains(&K::probe(key)))
    }

    /// Bytes of the filter in memory.
    pub(super) fn filter_bytes(&self) -> u64 {
        self.guide
            .filter
            .as_ref()
            .map_or(0, |filter| filter.len() as u64 / 8)
    }
}

/// Writes a run, entry by entry, in order.
pub(super) struct RunWriter<'a, K: Kind> {
    pages: &'a Pages,
    meta: Meta,
    guide: Guide<K::Key>,
    block: Vec<u8>,
    last: K::Key,
    last_probe: Option<u64>,
}

impl<'a, K: Kind> RunWriter<'a, K> {
    /// Begins a run of at most so many filter keys; without a filter if `keys` is `None`.
    pub(super) fn new(pages: &'a Pages, number: u32, tier: u8, keys: Option<u64>) -> Self {
        let filter = keys.map(|keys| {
            Filter::with_hashers(keys.max(LEAST_KEYS) as usize, FALSE_POSITIVES, SEEDS)
        });
        let meta = Meta {
            kind: K::NUMBER,
            number,
            tier,
            blocks: 0,
            entries: 0,
            keys: 0,
            chain: 0,
            pieces: 0,
        };
        let guide = Guide {
            fences: Vec::new(),
            filter,
        };
        Self {
            pages,
            meta,
            guide,
            block: Vec::new(),
            last: K::Key::default(),
            last_probe: None,
        }
    }

    /// Adds the next entry; `None` is a removal.
    pub(super) fn push(&mut self, key: K::Key, value: Option<&[u8]>) -> Result<()> {
        if self.block.is_empty() {
            self.guide.fences.push(key.clone());
            self.last = K::Key::default();
        }
        K::put(&mut self.block, &self.last, &key, value);
        let probe = K::probe(&key);
        if self.last_probe.replace(probe) != Some(probe) {
            self.meta.keys += 1;
            if let Some(filter) = &mut self.guide.filter {
                filter.insert(&probe);
            }
        }
        self.last = key;
        self.meta.entries += 1;
        if self.block.len() >= BLOCK_BYTES {
            self.end_block()
        } else {
            Ok(())
        }
    }

    fn end_block(&mut self) -> Result<()> {
        let crc = self
            .pages
            .put(Map::Blocks, self.meta.number, self.meta.blocks, &self.block)?;
        self.meta.chain = segment::link(self.meta.chain, crc);
        self.meta.blocks += 1;
        self.block.clear();
        Ok(())
    }

    /// Ends the run; `None` if nothing came into it.
    pub(super) fn finish(mut self) -> Result<Option<Arc<Run<K>>>> {
        if !self.block.is_empty() {
            self.end_block()?;
        }
        if self.meta.blocks == 0 {
            return Ok(None);
        }
        let piece = Vec::with_capacity(BLOCK_BYTES);
        let writer = GuideWriter {
            pages: self.pages,
            run: self.meta.number,
            next: 0,
            piece,
            failure: None,
        };
        let mut writer = postcard::to_io(&self.guide, writer)
            .map_err(|error| Error::Index(format!("guide of run {}: {error}", self.meta.number)))?;
        writer.end_piece();
        if let Some(failure) = writer.failure {
            return Err(failure);
        }
        self.meta.pieces = writer.next;
        Ok(Some(Arc::new(Run {
            meta: self.meta,
            guide: self.guide,
        })))
    }
}

/// Cuts a guide into pieces of a block's size.
struct GuideWriter<'a> {
    pages: &'a Pages,
    run: u32,
    next: u32,
    piece: Vec<u8>,
    failure: Option<Error>,
}

impl GuideWriter<'_> {
    fn end_piece(&mut self) {
        if self.piece.is_empty() || self.failure.is_some() {
            return;
        }
        self.failure = self
            .pages
            .put(Map::Guides, self.run, self.next, &self.piece)
            .err();
        self.next += 1;
        self.piece.clear();
    }
}

impl Write for GuideWriter<'_> {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        let taken = bytes.len().min(BLOCK_BYTES - self.piece.len());
        self.piece.extend(&bytes[..taken]);
        if self.piece.len() == BLOCK_BYTES {
            self.end_piece();
        }
        Ok(taken)
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

/// Puts the pieces of a guide together.
struct GuideReader<'a> {
    pages: &'a Pages,
    run: u32,
    next: u32,
    end: u32,
    page: Option<Page>,
    at: usize,
}

impl Read for GuideReader<'_> {
    fn read(&mut self, bytes: &mut [u8]) -> io::Result<usize> {
        if self.page.as_ref().is_none_or(|page| self.at == page.len()) {
            if self.next == self.end {
                return Ok(0);
            }
            self.page = Some(
                self.pages
                    .get(Map::Guides, self.run, self.next)
                    .map_err(io::Error::other)?,
            );
            self.next += 1;
            self.at = 0;
        }
        let Some(page) = &self.page else { return Ok(0) };
        let taken = bytes.len().min(page.len() - self.at);
        bytes[..taken].copy_from_slice(&page[self.at..self.at + taken]);
        self.at += taken;
        Ok(taken)
    }
}

/// Goes through a run from a key on, a block at a time.
pub(super) struct Cursor<'a, K: Kind> {
    pages: &'a Pages,
    run: &'a Run<K>,
    next_block: u32,
    page: Option<Page>,
    at: usize,
    key: K::Key,
    value: Option<std::ops::Range<usize>>,
}

impl<'a, K: Kind> Cursor<'a, K> {
    /// Stands at the first entry whose key is `from` or greater.
    pub(super) fn seek(pages: &'a Pages, run: &'a Run<K>, from: &K::Key) -> Result<Self> {
        let block = run
            .guide
            .fences
            .partition_point(|first| first <= from)
            .saturating_sub(1);
        let (next_block, key) = (block as u32, K::Key::default());
        let mut cursor = Self {
            pages,
            run,
            next_block,
            page: None,
            at: 0,
            key,
            value: None,
        };
        cursor.advance()?;
        while cursor.key().is_some_and(|key| key < from) {
            cursor.advance()?;
        }
        Ok(cursor)
    }

    /// Stands at the run's first entry.
    pub(super) fn first(pages: &'a Pages, run: &'a Run<K>) -> Result<Self> {
        Self::seek(pages, run, &K::Key::default())
    }

    /// The key here; `None` behind the last.
    pub(super) fn key(&self) -> Option<&K::Key> {
        self.page.as_ref().map(|_| &self.key)
    }

    /// The value here; `None` for a removal.
    pub(super) fn value(&self) -> Option<&[u8]> {
        let page = self.page.as_ref()?;
        self.value.clone().map(|range| &page[range])
    }

    /// Goes to the next entry.
    pub(super) fn advance(&mut self) -> Result<()> {
        let number = self.run.meta.number;
        if self.page.as_ref().is_none_or(|page| self.at == page.len()) {
            self.page = None;
            if self.next_block == self.run.meta.blocks {
                return Ok(());
            }
            self.page = Some(self.pages.get(Map::Blocks, number, self.next_block)?);
            self.next_block += 1;
            (self.at, self.key) = (0, K::Key::default());
        }
        let Some(page) = &self.page else {
            return Ok(());
        };
        self.value = K::take(page, &mut self.at, &mut self.key).ok_or_else(|| {
            Error::Index(format!(
                "block {} of run {number} is no block",
                self.next_block - 1
            ))
        })?;
        Ok(())
    }
}
