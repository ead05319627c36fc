//! A run of rows: sorted, in numbered blocks in sled, written once and never changed. What is kept
//! of it in memory is a guide: where each block begins, and a Bloom filter that says what is not
//! in it.

use std::cmp::Ordering;
use std::io::{self, Read, Write};
use std::ops::Range;
use std::sync::Arc;

use probabilistic_collections::bloom::BloomFilter;
use serde::{Deserialize, Serialize};

use super::block::{self, BLOCK_BYTES, Packer};
use super::extent::Part;
use super::fences::Fences;
use super::hash::{self, Seeded};
use super::pages::{NewRun, Pages};
use super::segment;
use super::unpacked::Unpacked;
use super::values::{Page, Values, ValuesWriter};
use crate::store::{Error, Result};

/// Share of absent keys that the filter lets through.
const FALSE_POSITIVES: f64 = 0.01;
/// The filter takes no fewer keys: of none, it would divide by zero.
const LEAST_KEYS: u64 = 64;
/// The filter's two seeds; stored bits depend on them.
const SEEDS: [Seeded; 2] = [Seeded(0x5741_5245), Seeded(0x434f_5059)];
/// Bytes of a guide's piece.
const PIECE_BYTES: usize = 4 << 10;

type Filter = BloomFilter<u64, Seeded>;

/// What the checkpoint keeps of a run.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub(super) struct Meta {
    /// Its own number, never given twice within an index.
    pub number: u32,
    /// How often its rows were merged.
    pub tier: u8,
    /// How many blocks it has.
    pub blocks: u32,
    /// How many rows.
    pub rows: u64,
    /// How many pieces its guide has.
    pub pieces: u32,
    /// Hash over the checksums of those pieces, in order.
    pub chain: u32,
}

/// A run that can be read.
#[derive(Debug)]
pub(super) struct RowRun {
    /// What the checkpoint keeps of it.
    pub meta: Meta,
    guide: Guide,
    /// Its blocks.
    pub(super) values: Values,
}

#[derive(Debug, Serialize, Deserialize)]
struct Guide {
    fences: Fences,
    filter: Option<Filter>,
}

impl RowRun {
    /// Reads the guide of a run.
    pub(super) fn load(pages: &Pages, meta: Meta) -> Result<Self> {
        let failed = |why: &dyn std::fmt::Display| {
            Error::Index(format!("guide of run {}: {why}", meta.number))
        };
        let mut reader = GuideReader {
            pages,
            pieces: Values::load(pages, meta.number, Part::Guide, meta.pieces),
            next: 0,
            end: meta.pieces,
            page: None,
            at: 0,
            chain: 0,
            failure: None,
        };
        let guide: postcard::Result<Guide> =
            postcard::from_io((&mut reader, &mut [])).map(|(guide, _)| guide);
        if let Some(failure) = reader.failure {
            return Err(failure);
        }
        let guide = guide.map_err(|error| failed(&error))?;
        if (reader.next, reader.chain) != (meta.pieces, meta.chain) {
            return Err(failed(&"is not what was written"));
        }
        if guide.fences.len() != meta.blocks as usize {
            return Err(failed(&"lacks fences"));
        }
        Ok(Self {
            values: Values::load(pages, meta.number, Part::Blocks, meta.blocks),
            meta,
            guide,
        })
    }

    /// Tells whether the key may be in the run; `false` is certain.
    pub(super) fn may_hold(&self, key: &[u8]) -> bool {
        self.guide
            .filter
            .as_ref()
            .is_none_or(|filter| filter.contains(&hash::of_bytes(key)))
    }

    /// Bytes of the filter in memory.
    pub(super) fn filter_bytes(&self) -> u64 {
        self.guide
            .filter
            .as_ref()
            .map_or(0, |filter| filter.len() as u64 / 8)
    }

    /// Returns the row under a key: `None` if the run does not know the key, `Some(None)` if the row
    /// was dropped.
    pub(super) fn find(
        &self,
        pages: &Pages,
        unpacked: &Unpacked,
        wanted: &[u8],
    ) -> Result<Option<Option<Vec<u8>>>> {
        let (run, number) = (self.meta.number, self.guide.fences.block_of(wanted));
        let damaged = || {
            Error::Index(format!(
                "block {number} of run {run} is not what was written"
            ))
        };
        let block = unpacked.get((run, number), || {
            let mut block = Vec::new();
            let page = self.values.get(pages, number)?;
            block::unpack(&page, &mut block).ok_or_else(damaged)?;
            Ok(block)
        })?;
        let (mut at, mut key) = (0, Vec::new());
        while at < block.len() {
            let value = block::take(&block, &mut at, &mut key).ok_or_else(damaged)?;
            match key.as_slice().cmp(wanted) {
                Ordering::Less => {}
                Ordering::Equal => return Ok(Some(value.map(|range| block[range].to_vec()))),
                Ordering::Greater => break,
            }
        }
        Ok(None)
    }
}

/// Writes a run, row by row, in order.
pub(super) struct RowWriter<'a> {
    run: NewRun<'a>,
    meta: Meta,
    guide: Guide,
    packer: Packer,
    values: ValuesWriter,
    block: Vec<u8>,
    last: Vec<u8>,
}

impl<'a> RowWriter<'a> {
    /// Begins a run of at most so many rows.
    pub(super) fn new(
        pages: &'a Pages,
        (number, tier): (u32, u8),
        rows: u64,
        has_filter: bool,
    ) -> Result<Self> {
        let filter = has_filter
            .then(|| Filter::with_hashers(rows.max(LEAST_KEYS) as usize, FALSE_POSITIVES, SEEDS));
        let meta = Meta {
            number,
            tier,
            blocks: 0,
            rows: 0,
            pieces: 0,
            chain: 0,
        };
        let fences = Fences::default();
        let run = pages.create(number)?;
        Ok(Self {
            meta,
            guide: Guide { fences, filter },
            packer: Packer::new().map_err(unpacked)?,
            values: ValuesWriter::new(&run, Part::Blocks),
            run,
            block: Vec::new(),
            last: Vec::new(),
        })
    }

    /// Adds the next row; `None` is a removal.
    pub(super) fn push(&mut self, key: &[u8], value: Option<&[u8]>) -> Result<()> {
        if self.block.is_empty() {
            self.guide.fences.push(&self.last, key);
            self.last.clear();
        }
        block::put(&mut self.block, &self.last, key, value);
        if let Some(filter) = &mut self.guide.filter {
            filter.insert(&hash::of_bytes(key));
        }
        self.last.clear();
        self.last.extend(key);
        self.meta.rows += 1;
        if self.block.len() >= BLOCK_BYTES {
            self.end_block()
        } else {
            Ok(())
        }
    }

    /// Adds the next rows as the block that they are; `false` if there is a removal among them, and
    /// none is to be kept.
    pub(super) fn push_block(&mut self, whole: &Whole<'_>, keeps_removals: bool) -> Result<bool> {
        if !keeps_removals && block::has_removal(whole.rows) {
            return Ok(false);
        }
        if !self.block.is_empty() {
            self.end_block()?;
        }
        let (mut at, mut key) = (0, Vec::new());
        while at < whole.rows.len() {
            let is_first = at == 0;
            block::take(whole.rows, &mut at, &mut key).ok_or_else(not_rows)?;
            if is_first {
                self.guide.fences.push(&self.last, &key);
            }
            if let Some(filter) = &mut self.guide.filter {
                filter.insert(&hash::of_bytes(&key));
            }
            self.meta.rows += 1;
        }
        self.last = key;
        self.values.push(&mut self.run, whole.packed)?;
        Ok(true)
    }

    fn end_block(&mut self) -> Result<()> {
        let packed = self.packer.pack(&self.block).map_err(unpacked)?;
        self.values.push(&mut self.run, packed)?;
        self.block.clear();
        Ok(())
    }

    /// Ends the run; `None` if nothing came into it.
    pub(super) fn finish(mut self) -> Result<Option<Arc<RowRun>>> {
        if !self.block.is_empty() {
            self.end_block()?;
        }
        self.meta.blocks = self.values.count();
        if self.meta.blocks == 0 {
            return Ok(None);
        }
        self.guide.fences.shrink();
        let piece = Vec::with_capacity(PIECE_BYTES);
        let writer = GuideWriter {
            pieces: ValuesWriter::new(&self.run, Part::Guide),
            run: &mut self.run,
            piece,
            chain: 0,
            failure: None,
        };
        let mut writer = postcard::to_io(&self.guide, writer)
            .map_err(|error| Error::Index(format!("guide of run {}: {error}", self.meta.number)))?;
        writer.end_piece();
        if let Some(failure) = writer.failure {
            return Err(failure);
        }
        (self.meta.pieces, self.meta.chain) = (writer.pieces.count(), writer.chain);
        writer.pieces.end_extent(writer.run)?;
        let values = self.values.seal(self.run)?;
        Ok(Some(Arc::new(RowRun {
            meta: self.meta,
            guide: self.guide,
            values,
        })))
    }
}

fn not_rows() -> Error {
    Error::Index("a block of rows is none".to_owned())
}

fn unpacked(error: io::Error) -> Error {
    Error::Index(format!("zstd: {error}"))
}

/// Cuts a guide into pieces.
struct GuideWriter<'w, 'a> {
    run: &'w mut NewRun<'a>,
    pieces: ValuesWriter,
    piece: Vec<u8>,
    chain: u32,
    failure: Option<Error>,
}

impl GuideWriter<'_, '_> {
    fn end_piece(&mut self) {
        if self.piece.is_empty() || self.failure.is_some() {
            return;
        }
        match self.pieces.push(self.run, &self.piece) {
            Ok(crc) => self.chain = segment::link(self.chain, crc),
            Err(failure) => self.failure = Some(failure),
        }
        self.piece.clear();
    }
}

impl Write for GuideWriter<'_, '_> {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        let taken = bytes.len().min(PIECE_BYTES - self.piece.len());
        self.piece.extend(&bytes[..taken]);
        if self.piece.len() == PIECE_BYTES {
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
    pieces: Values,
    next: u32,
    end: u32,
    page: Option<Page>,
    at: usize,
    chain: u32,
    /// What postcard does not pass on.
    failure: Option<Error>,
}

impl Read for GuideReader<'_> {
    fn read(&mut self, bytes: &mut [u8]) -> io::Result<usize> {
        if self.page.as_ref().is_none_or(|page| self.at == page.len()) {
            if self.next == self.end {
                return Ok(0);
            }
            let page = match self.pieces.get(self.pages, self.next) {
                Ok(page) => page,
                Err(failure) => {
                    self.failure = Some(failure);
                    return Err(io::Error::other("no page"));
                }
            };
            self.chain = segment::link(self.chain, page.crc());
            self.page = Some(page);
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

/// A block as it lies in a run.
pub(super) struct Whole<'a> {
    /// As it is stored.
    pub packed: &'a [u8],
    /// Its rows.
    pub rows: &'a [u8],
    /// Greater than its last key; `None` for the last block.
    pub fence: Option<&'a [u8]>,
}

/// Goes through a run from a key on, a block at a time.
pub(super) struct Cursor<'a> {
    pages: &'a Pages,
    run: &'a RowRun,
    next_block: u32,
    page: Option<Page>,
    block: Vec<u8>,
    at: usize,
    key: Vec<u8>,
    value: Option<Range<usize>>,
    is_at_first: bool,
    is_over: bool,
}

impl<'a> Cursor<'a> {
    /// Stands at the first row whose key is `from` or greater.
    pub(super) fn seek(pages: &'a Pages, run: &'a RowRun, from: &[u8]) -> Result<Self> {
        let mut cursor = Self {
            pages,
            run,
            next_block: run.guide.fences.block_of(from),
            page: None,
            block: Vec::new(),
            at: 0,
            key: Vec::new(),
            value: None,
            is_at_first: false,
            is_over: false,
        };
        cursor.advance()?;
        while cursor.key().is_some_and(|key| key < from) {
            cursor.advance()?;
        }
        Ok(cursor)
    }

    /// The key here; `None` behind the last.
    pub(super) fn key(&self) -> Option<&[u8]> {
        (!self.is_over).then_some(&self.key)
    }

    /// The value here; `None` for a removal.
    pub(super) fn value(&self) -> Option<&[u8]> {
        self.value.clone().map(|range| &self.block[range])
    }

    /// The block here, if this is its first row.
    pub(super) fn whole(&self) -> Option<Whole<'_>> {
        let fences = &self.run.guide.fences;
        let next = self.next_block as usize;
        Some(Whole {
            packed: self
                .page
                .as_ref()
                .filter(|_| self.is_at_first && !self.is_over)?,
            rows: &self.block,
            fence: (next < fences.len()).then(|| fences.get(next)),
        })
    }

    /// Goes behind the block.
    pub(super) fn skip_block(&mut self) -> Result<()> {
        self.at = self.block.len();
        self.advance()
    }

    /// Goes to the next row.
    pub(super) fn advance(&mut self) -> Result<()> {
        self.is_at_first = self.at == self.block.len();
        if self.is_at_first && !self.next_block()? {
            return Ok(());
        }
        let taken = block::take(&self.block, &mut self.at, &mut self.key);
        self.value = taken.ok_or_else(|| self.damaged())?;
        Ok(())
    }

    fn next_block(&mut self) -> Result<bool> {
        if self.next_block == self.run.meta.blocks {
            self.is_over = true;
            return Ok(false);
        }
        let page = self.run.values.get(self.pages, self.next_block)?;
        self.next_block += 1;
        block::unpack(&page, &mut self.block).ok_or_else(|| self.damaged())?;
        self.page = Some(page);
        self.at = 0;
        self.key.clear();
        Ok(true)
    }

    fn damaged(&self) -> Error {
        let (block, run) = (self.next_block - 1, self.run.meta.number);
        Error::Index(format!("block {block} of run {run} is no block"))
    }
}
