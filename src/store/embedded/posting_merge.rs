//! Runs of postings read from front to back, many as one.

use std::sync::Arc;

use super::packed::{BLOCK_POSTINGS, Entry};
use super::pages::Pages;
use super::posting_run::{Lately, PostingRun};
use crate::store::Result;

/// Goes through a run, a block at a time.
struct Cursor<'a> {
    pages: &'a Pages,
    run: &'a PostingRun,
    next_block: u32,
    lately: Lately,
    entries: Vec<Entry>,
    at: usize,
}

impl<'a> Cursor<'a> {
    /// Stands at the first entry.
    fn first(pages: &'a Pages, run: &'a PostingRun) -> Result<Self> {
        let mut cursor = Self {
            pages,
            run,
            next_block: 0,
            lately: Lately::default(),
            entries: Vec::with_capacity(BLOCK_POSTINGS),
            at: 0,
        };
        cursor.next_block()?;
        Ok(cursor)
    }

    /// The entry here; `None` behind the last.
    #[inline]
    fn entry(&self) -> Option<&Entry> {
        self.entries.get(self.at)
    }

    /// Goes to the next entry.
    #[inline]
    fn advance(&mut self) -> Result<()> {
        self.at += 1;
        if self.at == self.entries.len() {
            self.next_block()?;
        }
        Ok(())
    }

    fn next_block(&mut self) -> Result<()> {
        self.at = 0;
        self.entries.clear();
        if self.next_block < self.run.meta.blocks {
            self.run
                .block(self.pages, self.next_block, &mut self.lately)?
                .unpack(&mut self.entries);
            self.next_block += 1;
        }
        Ok(())
    }
}

/// Many runs read as one, in order.
pub(super) struct Merge<'a> {
    cursors: Vec<Cursor<'a>>,
    ahead: Option<Entry>,
}

impl<'a> Merge<'a> {
    /// Reads runs from their begin.
    pub(super) fn new(pages: &'a Pages, runs: &'a [Arc<PostingRun>]) -> Result<Self> {
        let cursors = runs.iter().map(|run| Cursor::first(pages, run));
        let mut merge = Self {
            cursors: cursors.collect::<Result<_>>()?,
            ahead: None,
        };
        merge.ahead = merge.take_least()?;
        Ok(merge)
    }

    /// Returns the next posting: each once, and withdrawn if any run says so.
    #[inline]
    pub(super) fn next(&mut self) -> Result<Option<Entry>> {
        let Some(mut entry) = self.ahead else {
            return Ok(None);
        };
        loop {
            self.ahead = self.take_least()?;
            match self.ahead {
                // A withdrawal sorts behind the posting that it takes back.
                Some(same) if (same.key, same.doc) == (entry.key, entry.doc) => entry = same,
                _ => return Ok(Some(entry)),
            }
        }
    }

    #[inline]
    fn take_least(&mut self) -> Result<Option<Entry>> {
        let mut least: Option<(usize, Entry)> = None;
        for (at, cursor) in self.cursors.iter().enumerate() {
            if let Some(entry) = cursor.entry()
                && least.is_none_or(|(_, least)| *entry < least)
            {
                least = Some((at, *entry));
            }
        }
        let Some((at, entry)) = least else {
            return Ok(None);
        };
        self.cursors[at].advance()?;
        Ok(Some(entry))
    }
}
