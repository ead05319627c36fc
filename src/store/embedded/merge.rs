//! Many sorted sources of rows read as one.

use super::row_run::{Cursor, Whole};
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
        let Some((at, key)) = self.least() else {
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

    /// Calls back with the next block, if nothing in any other source comes before its end; `false`
    /// if there is none such, or it was not taken.
    pub(super) fn next_block(
        &mut self,
        take: impl FnOnce(&Whole<'_>) -> Result<bool>,
    ) -> Result<bool> {
        let Some((at, _)) = self.least() else {
            return Ok(false);
        };
        let Source::Run(cursor) = &self.0[at] else {
            return Ok(false);
        };
        let Some(whole) = cursor.whole() else {
            return Ok(false);
        };
        let mut others = self.0.iter().enumerate().filter(|(other, _)| *other != at);
        let is_alone = others.all(|(_, other)| match (other.key(), whole.fence) {
            (Some(key), Some(fence)) => fence <= key,
            (Some(_), None) => false,
            (None, _) => true,
        });
        if !is_alone || !take(&whole)? {
            return Ok(false);
        }
        match &mut self.0[at] {
            Source::Run(cursor) => cursor.skip_block()?,
            Source::Held(..) => {}
        }
        Ok(true)
    }

    /// The newest of the sources that stand at the least key.
    fn least(&self) -> Option<(usize, &[u8])> {
        let mut least: Option<(usize, &[u8])> = None;
        for (at, source) in self.0.iter().enumerate() {
            match (source.key(), least) {
                (Some(key), Some((_, least))) if key > least => {}
                (Some(key), _) => least = Some((at, key)),
                (None, _) => {}
            }
        }
        least
    }
}
