//! The runs of the index, and reads through the table that is being written out and the runs.

use std::sync::Arc;

use super::checkpoint::Runs;
use super::gather::Gather;
use super::merge::{Entry, Merge, Source};
use super::pages::Pages;
use super::posting_run::{Lately, PostingRun};
use super::row_run::{Cursor, RowRun};
use super::table::Table;
use super::unpacked::Unpacked;
use super::{journal::Place, key};
use crate::store::{Error, Result, Row};

/// All runs, from the oldest to the newest.
#[derive(Debug, Clone, Default)]
pub(super) struct Levels {
    /// Those of rows.
    pub rows: Vec<Arc<RowRun>>,
    /// Those of postings.
    pub postings: Vec<Arc<PostingRun>>,
}

impl Levels {
    /// Returns what the checkpoint keeps of the runs.
    pub(super) fn metas(&self) -> Runs {
        Runs {
            rows: self.rows.iter().map(|run| run.meta.clone()).collect(),
            postings: self.postings.iter().map(|run| run.meta.clone()).collect(),
        }
    }

    /// Bytes of the filters in memory.
    pub(super) fn filter_bytes(&self) -> u64 {
        let rows = self.rows.iter().map(|run| run.filter_bytes());
        let postings = self.postings.iter().map(|run| run.filter_bytes());
        rows.chain(postings).sum()
    }
}

/// One moment of the store: reads of it see nothing that came later.
pub(super) struct View<'a> {
    /// The runs on disk.
    pub pages: &'a Pages,
    /// Blocks of rows that were read lately.
    pub unpacked: &'a Unpacked,
    /// The runs.
    pub levels: Arc<Levels>,
    /// The table that is being written out, if one is.
    pub frozen: Option<Arc<Table>>,
}

impl View<'_> {
    /// Returns a row.
    pub(super) fn row(&self, row: &[u8]) -> Result<Option<Vec<u8>>> {
        match self.frozen.as_ref().and_then(|table| table.row(row)) {
            Some(row) => Ok(row.map(<[u8]>::to_vec)),
            None => self.stored(&key::of_row(row)),
        }
    }

    /// Returns where the entry that holds a document stands.
    pub(super) fn place(&self, doc: u64) -> Result<Option<Place>> {
        if let Some(place) = self.frozen.as_ref().and_then(|table| table.place(doc)) {
            return Ok(Some(place));
        }
        let decode = |bytes: Vec<u8>| {
            Place::decode(&bytes).ok_or_else(|| Error::Index("a place is no place".to_owned()))
        };
        self.stored(&key::of_place(doc))?.map(decode).transpose()
    }

    /// Returns the row under an index key in the runs.
    fn stored(&self, key: &[u8]) -> Result<Option<Vec<u8>>> {
        let runs = self.levels.rows.iter().rev();
        for run in runs.filter(|run| run.may_hold(key)) {
            if let Some(row) = run.find(self.pages, self.unpacked, key)? {
                return Ok(row);
            }
        }
        Ok(None)
    }

    /// Returns rows under a prefix; `newer` are those of the newest table, which end no sooner than
    /// `limit` of them are there.
    pub(super) fn scan(
        &self,
        prefix: &[u8],
        after: Option<&[u8]>,
        limit: usize,
        newer: Vec<Entry>,
    ) -> Result<Vec<Row>> {
        let from = key::of_row(after.map_or(prefix, |after| after.max(prefix)));
        let mut sources = Vec::new();
        for run in &self.levels.rows {
            sources.push(Source::Run(Cursor::seek(self.pages, run, &from)?));
        }
        if let Some(table) = &self.frozen {
            // A row that the newest table drops must not use up the limit.
            let dropped = newer.iter().filter(|(_, value)| value.is_none()).count();
            let rows = table.range(prefix, after, limit.saturating_add(dropped));
            sources.push(held(rows));
        }
        sources.push(held(newer));
        let mut merge = Merge::new(sources);
        let mut found = Vec::new();
        let mut is_over = false;
        while found.len() < limit && !is_over {
            let next = merge.next(|key, value| {
                let row = key::row_of(key);
                if after.is_some_and(|after| row <= after) {
                    return;
                }
                is_over = !row.starts_with(prefix);
                if !is_over {
                    found.extend(value.map(|value| (row.to_vec(), value.to_vec())));
                }
            })?;
            is_over |= next.is_none();
        }
        Ok(found)
    }

    /// Tells what is known of buckets.
    pub(super) fn gather(&self, gather: &mut Gather<'_>) -> Result<()> {
        if let Some(table) = &self.frozen {
            table.gather(gather);
        }
        let keys = gather.keys;
        let mut lately = Lately::default();
        for run in &self.levels.postings {
            run.warm(keys);
            for (at, &key) in keys.iter().enumerate() {
                if run.may_hold(key) {
                    run.each_of(self.pages, key, &mut lately, gather.take(at))?;
                }
            }
        }
        Ok(())
    }
}

fn held<'a>(rows: Vec<Entry>) -> Source<'a> {
    let rows = rows
        .into_iter()
        .map(|(row, value)| (key::of_row(&row), value));
    Source::Held(rows.collect(), 0)
}
