//! Writes a run of postings.

use std::sync::Arc;

use super::extent::Part;
use super::packed::{self, BLOCK_POSTINGS, Entry};
use super::pages::{NewRun, Pages};
use super::posting_run::{Guide, Meta, PostingRun};
use super::segment;
use super::sieve::Sieve;
use super::values::ValuesWriter;
use crate::store::Result;

/// Words of a piece of a guide.
const PIECE_WORDS: usize = 512;

/// Writes a run, entry by entry, in order.
pub(super) struct PostingWriter<'a> {
    meta: Meta,
    guide: Guide,
    entries: Vec<Entry>,
    /// A block, or a piece of the guide, that waits to be written.
    words: Vec<u64>,
    bytes: Vec<u8>,
    run: NewRun<'a>,
    values: ValuesWriter,
    pieces: ValuesWriter,
}

impl<'a> PostingWriter<'a> {
    /// Begins a run of at most so many keys, none of which has a bit that `bits` has not.
    pub(super) fn new(
        pages: &'a Pages,
        (number, tier): (u32, u8),
        (keys, bits): (u64, u64),
        has_filter: bool,
    ) -> Result<Self> {
        let meta = Meta {
            number,
            tier,
            blocks: 0,
            entries: 0,
            keys: 0,
            room: keys,
            bits,
            filter_words: 0,
            pieces: 0,
            chain: 0,
        };
        let guide = Guide {
            sieve: has_filter.then(|| Sieve::new(keys, bits)),
            ..Guide::default()
        };
        let run = pages.create(number)?;
        Ok(Self {
            meta,
            guide,
            entries: Vec::with_capacity(BLOCK_POSTINGS),
            words: Vec::new(),
            bytes: Vec::new(),
            values: ValuesWriter::new(&run, Part::Blocks),
            pieces: ValuesWriter::new(&run, Part::Guide),
            run,
        })
    }

    /// Adds the next entry.
    #[inline]
    pub(super) fn push(&mut self, entry: Entry) -> Result<()> {
        if self.entries.last().is_none_or(|last| last.key != entry.key) {
            self.meta.keys += 1;
            if let Some(sieve) = &mut self.guide.sieve {
                sieve.insert(entry.key);
            }
        }
        self.entries.push(entry);
        if self.entries.len() == BLOCK_POSTINGS {
            self.end_block()?;
        }
        Ok(())
    }

    fn end_block(&mut self) -> Result<()> {
        let Some(first) = self.entries.first() else {
            return Ok(());
        };
        self.guide.fences.push(first.key);
        self.meta.blocks += 1;
        self.meta.entries += self.entries.len() as u64;
        packed::pack(&self.entries, &mut self.words);
        self.entries.clear();
        self.take_words();
        self.values.push(&mut self.run, &self.bytes)?;
        Ok(())
    }

    /// Writes a piece of the guide.
    fn end_piece(&mut self) -> Result<()> {
        if self.words.is_empty() {
            return Ok(());
        }
        self.take_words();
        let crc = self.pieces.push(&mut self.run, &self.bytes)?;
        self.meta.chain = segment::link(self.meta.chain, crc);
        Ok(())
    }

    /// Makes the words that wait the bytes to be written.
    fn take_words(&mut self) {
        self.bytes.clear();
        let words = self.words.drain(..);
        self.bytes.extend(words.flat_map(u64::to_le_bytes));
    }

    /// Ends the run; `None` if nothing came into it.
    pub(super) fn finish(mut self) -> Result<Option<Arc<PostingRun>>> {
        self.end_block()?;
        if self.meta.blocks == 0 {
            return Ok(None);
        }
        let mut guide = std::mem::take(&mut self.guide);
        guide.fences.shrink_to_fit();
        let sieve = guide.sieve.as_ref();
        self.meta.filter_words = sieve.map_or(0, Sieve::len) as u64;
        let fences = guide.fences.iter().copied();
        for word in fences.chain(sieve.into_iter().flat_map(Sieve::words)) {
            self.words.push(word);
            if self.words.len() == PIECE_WORDS {
                self.end_piece()?;
            }
        }
        self.end_piece()?;
        self.meta.pieces = self.pieces.count();
        self.pieces.end_extent(&mut self.run)?;
        let values = self.values.seal(self.run)?;
        Ok(Some(Arc::new(PostingRun::new(self.meta, guide, values))))
    }
}
