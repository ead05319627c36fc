//! Many sorted sources of rows read as one.

use super::row_run::Cursor;
use crate::store::Result;

/// A row: its key, and its value or `None` for a removal.
pub(super) type Entry = (Vec<u8>, Option<Vec<u8>>);

/// A sorted source of rows.
pub(super) enum Source<'a> {
    /// A run.
    Run(Cursor<'a>),
    /// Rows at hand, and how many of them are done.
    Held(Vec<Entry>, usize),
}

impl Source<'_> {
    fn key(&self) -> Option<&[u8]> {
        match self {
            Source::Run(cursor) => cursor.key(),
            Source::Held(rows, at) => rows.get(*at).map(|(key, _)| key.as_slice()),
        }
    }

    fn value(&self) -> Option<&[u8]> {
        match self {
            Source::Run(cursor) => cursor.value(),
            Source::Held(rows, at) => rows.get(*at).and_then(|(_, value)| value.as_deref()),
        }
    }

    fn advance(&mut self) -> Result<()> {
        match self {
            Source::Run(cursor) => cursor.advance(),
            Source::Held(_, at) => {
                *at += 1;
                Ok(())
            }
        }
    }
}

/// The sources as one: each key once, with the newest row.
pub(super) struct Merge<'a>(Vec<Source<'a>>);

impl<'a> Merge<'a> {
    /// Reads sources given from the oldest to the newest.
    pub(super) fn new(sources: Vec<Source<'a>>) -> Self {
        Self(sources)
    }

    /// Calls back with the next row; `None` behind the last.
    pub(super) fn next<T>(
        &mut self,
        each: impl FnOnce(&[u8], Option<&[u8]>) -> T,
    ) -> Result<Option<T>> {
        let mut newest: Option<(usize, &[u8])> = None;
        for (at, source) in self.0.iter().enumerate() {
            match (source.key(), newest) {
                (Some(key), Some((_, least))) if key > least => {}
                (Some(key), _) => newest = Some((at, key)),
                (None, _) => {}
            }
        }
        let Some((at, key)) = newest else {
            return Ok(None);
        };
        let done = each(key, self.0[at].value());
        let key = key.to_vec();
        for source in &mut self.0[..=at] {
            if source.key() == Some(&key) {
                source.advance()?;
            }
        }
        Ok(Some(done))
    }
}
