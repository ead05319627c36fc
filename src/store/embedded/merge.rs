//! Many sorted sources read as one.

use super::block::Kind;
use super::run::Cursor;
use crate::store::Result;

/// An entry: its key, and its value or `None` for a removal.
pub(super) type Entry<K> = (<K as Kind>::Key, Option<Vec<u8>>);

/// A sorted source of entries.
pub(super) trait Source<K: Kind> {
    /// The key here; `None` at the end.
    fn key(&self) -> Option<&K::Key>;
    /// The value here; `None` for a removal.
    fn value(&self) -> Option<&[u8]>;
    /// Goes to the next entry.
    fn advance(&mut self) -> Result<()>;
}

impl<K: Kind> Source<K> for Cursor<'_, K> {
    fn key(&self) -> Option<&K::Key> {
        Cursor::key(self)
    }

    fn value(&self) -> Option<&[u8]> {
        Cursor::value(self)
    }

    fn advance(&mut self) -> Result<()> {
        Cursor::advance(self)
    }
}

/// Entries at hand.
pub(super) struct Held<K: Kind> {
    entries: Vec<Entry<K>>,
    at: usize,
}

impl<K: Kind> Held<K> {
    /// Takes sorted entries.
    pub(super) fn new(entries: Vec<Entry<K>>) -> Self {
        Self { entries, at: 0 }
    }
}

impl<K: Kind> Source<K> for Held<K> {
    fn key(&self) -> Option<&K::Key> {
        self.entries.get(self.at).map(|(key, _)| key)
    }

    fn value(&self) -> Option<&[u8]> {
        self.entries
            .get(self.at)
            .and_then(|(_, value)| value.as_deref())
    }

    fn advance(&mut self) -> Result<()> {
        self.at += 1;
        Ok(())
    }
}

/// The sources as one: each key once, with the entry that holds.
pub(super) struct Merge<'a, K: Kind> {
    sources: Vec<Box<dyn Source<K> + 'a>>,
}

impl<'a, K: Kind> Merge<'a, K> {
    /// Reads sources given from the oldest to the newest.
    pub(super) fn new(sources: Vec<Box<dyn Source<K> + 'a>>) -> Self {
        Self { sources }
    }

    /// Returns the next key and its value, `None` for a removal.
    pub(super) fn next(&mut self) -> Result<Option<Entry<K>>> {
        let Some(key) = self
            .sources
            .iter()
            .filter_map(|source| source.key())
            .min()
            .cloned()
        else {
            return Ok(None);
        };
        let mut value = None;
        let mut is_settled = false;
        for source in self.sources.iter_mut().rev() {
            if source.key() != Some(&key) {
                continue;
            }
            if !is_settled {
                value = source.value().map(<[u8]>::to_vec);
                is_settled = true;
            } else if K::REMOVAL_IS_FINAL && source.value().is_none() {
                value = None;
            }
            source.advance()?;
        }
        Ok(Some((key, value)))
    }
}
