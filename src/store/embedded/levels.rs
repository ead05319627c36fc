//! The runs of the index, and reads through tables and runs together.

use std::sync::Arc;

use super::block::{Kind, Postings, Rows};
use super::merge::{Held, Merge, Source};
use super::pages::Pages;
use super::run::{Cursor, Meta, Run};
use super::table::Table;
use super::{journal::Place, key};
use crate::store::{Bucket, Error, Result, Row};

/// Postings that one bucket read looks at, at most: a bucket whose documents were withdrawn by the
/// hundred thousand must not cost more until a merge has cleared it.
const MOST_LOOKED_AT: usize = 1 << 16;

/// Runs of one kind, from the oldest to the newest.
pub(super) type Runs<K> = Vec<Arc<Run<K>>>;

/// All runs.
#[derive(Debug, Clone, Default)]
pub(super) struct Levels {
    /// Those of rows.
    pub rows: Runs<Rows>,
    /// Those of postings.
    pub postings: Runs<Postings>,
}

impl Levels {
    /// Returns what the checkpoint keeps of the runs.
    pub(super) fn metas(&self) -> Vec<Meta> {
        let rows = self.rows.iter().map(|run| run.meta.clone());
        rows.chain(self.postings.iter().map(|run| run.meta.clone()))
            .collect()
    }
}

/// A kind whose runs stand in the levels.
pub(super) trait Leveled: Kind + Sized {
    /// The runs of this kind.
    fn runs(levels: &Levels) -> &Runs<Self>;
    /// The same, to be changed.
    fn runs_mut(levels: &mut Levels) -> &mut Runs<Self>;
}

impl Leveled for Rows {
    fn runs(levels: &Levels) -> &Runs<Self> {
        &levels.rows
    }

    fn runs_mut(levels: &mut Levels) -> &mut Runs<Self> {
        &mut levels.rows
    }
}

impl Leveled for Postings {
    fn runs(levels: &Levels) -> &Runs<Self> {
        &levels.postings
    }

    fn runs_mut(levels: &mut Levels) -> &mut Runs<Self> {
        &mut levels.postings
    }
}

/// One moment of the store: reads of it see nothing that came later.
pub(super) struct View<'a> {
    /// sled.
    pub pages: &'a Pages,
    /// The runs.
    pub levels: Arc<Levels>,
    /// The table that is being written out, if one is.
    pub frozen: Option<Arc<Table>>,
}

impl View<'_> {
    /// Returns the row under an index key.
    pub(super) fn row(&self, key: &Vec<u8>) -> Result<Option<Vec<u8>>> {
        if let Some(row) = self.frozen.as_ref().and_then(|table| table.row(key)) {
            return Ok(row.map(<[u8]>::to_vec));
        }
        for run in self
            .levels
            .rows
            .iter()
            .rev()
            .filter(|run| run.may_hold(key))
        {
            let cursor = Cursor::seek(self.pages, run, key)?;
            if cursor.key() == Some(key) {
                return Ok(cursor.value().map(<[u8]>::to_vec));
            }
        }
        Ok(None)
    }

    /// Returns where the entry that holds a document stands, given the row found in newer tables.
    pub(super) fn place(row: Option<Vec<u8>>) -> Result<Option<Place>> {
        let decode = |bytes: Vec<u8>| {
            Place::decode(&bytes).ok_or_else(|| Error::Index("a place is no place".to_owned()))
        };
        row.map(decode).transpose()
    }

    /// Returns rows under a prefix of index keys; `newer` are those of the newest table, which end
    /// no sooner than `limit` of them are there.
    pub(super) fn scan(
        &self,
        prefix: &[u8],
        after: Option<&[u8]>,
        limit: usize,
        newer: Vec<(Vec<u8>, Option<Vec<u8>>)>,
    ) -> Result<Vec<Row>> {
        let from = after.map_or(prefix, |after| after.max(prefix)).to_vec();
        let mut sources = self.cursors(&self.levels.rows, &from, |_| true)?;
        if let Some(table) = &self.frozen {
            // A row that the newest table drops must not use up the limit.
            let dropped = newer.iter().filter(|(_, value)| value.is_none()).count();
            let rows = table.range(prefix, after, limit.saturating_add(dropped));
            sources.push(Box::new(Held::new(rows)));
        }
        sources.push(Box::new(Held::new(newer)));
        let mut merge = Merge::new(sources);
        let mut found = Vec::new();
        while found.len() < limit {
            match merge.next()? {
                Some((key, _)) if after.is_some_and(|after| key.as_slice() <= after) => {}
                Some((key, value)) if key.starts_with(prefix) => {
                    found.extend(value.map(|value| (key::into_row(key), value)));
                }
                _ => break,
            }
        }
        Ok(found)
    }

    /// Returns a bucket; `newer` is what the newest table knows of it.
    pub(super) fn bucket(
        &self,
        bucket: u64,
        cap: usize,
        newer: Vec<(u64, bool)>,
    ) -> Result<Bucket> {
        let from = (bucket, 0);
        let mut sources = self.cursors(&self.levels.postings, &from, |run| run.may_hold(&from))?;
        if let Some(table) = &self.frozen {
            let gone = newer.iter().filter(|(_, is_gone)| *is_gone).count();
            sources.push(held(
                bucket,
                table.docs(bucket, cap.saturating_add(1 + gone)),
            ));
        }
        sources.push(held(bucket, newer));
        let mut merge = Merge::new(sources);
        let mut found = Bucket::default();
        for _ in 0..MOST_LOOKED_AT.max(cap.saturating_mul(2)) {
            match merge.next()? {
                Some(((key, doc), value)) if key == bucket => match value {
                    None => {}
                    Some(_) if found.docs.len() == cap => {
                        found.truncated = true;
                        return Ok(found);
                    }
                    Some(_) => found.docs.push(doc),
                },
                _ => return Ok(found),
            }
        }
        found.truncated = true;
        Ok(found)
    }

    fn cursors<'a, K: Kind>(
        &'a self,
        runs: &'a Runs<K>,
        from: &K::Key,
        wanted: impl Fn(&Run<K>) -> bool,
    ) -> Result<Vec<Box<dyn Source<K> + 'a>>> {
        let mut cursors: Vec<Box<dyn Source<K> + 'a>> = Vec::new();
        for run in runs.iter().filter(|run| wanted(run)) {
            cursors.push(Box::new(Cursor::seek(self.pages, run, from)?));
        }
        Ok(cursors)
    }
}

fn held<'a>(bucket: u64, docs: Vec<(u64, bool)>) -> Box<dyn Source<Postings> + 'a> {
    let entries = docs
        .into_iter()
        .map(|(doc, is_gone)| ((bucket, doc), (!is_gone).then(Vec::new)));
    Box::new(Held::new(entries.collect()))
}
