//! K-way merge: many sorted cursors read as one.

use std::cmp::Ordering;

use super::{Cursor, RunEntry, RunKind};
use crate::store::Result;

/// Cursors, from the oldest run to the newest, read as one: of equal entries only the one in force.
pub struct Merge<'a, K: RunKind> {
    pub cursors: Vec<Cursor<'a, K>>,
    /// The cursor of the current entry; `None` at the end.
    pub current: Option<usize>,
    /// Cursors at an equal entry that is not in force.
    overridden: Vec<usize>,
}

impl<'a, K: RunKind> Merge<'a, K> {
    /// Starts where the cursors are.
    pub fn new(cursors: Vec<Cursor<'a, K>>) -> Self {
        let mut merge = Self {
            cursors,
            current: None,
            overridden: Vec::new(),
        };
        merge.select();
        merge
    }

    /// Returns the current entry; `None` at the end.
    #[inline]
    pub fn entry(&self) -> Option<K::Entry<'_>> {
        self.cursors[self.current?].entry()
    }

    /// Moves to the next entry.
    #[inline]
    pub fn advance(&mut self) -> Result<()> {
        for at in self.overridden.drain(..).chain(self.current) {
            self.cursors[at].advance()?;
        }
        self.select();
        Ok(())
    }

    /// Selects the least entry.
    #[inline]
    pub fn select(&mut self) {
        let mut least: Option<(usize, K::Entry<'_>)> = None;
        for (at, cursor) in self.cursors.iter().enumerate() {
            let Some(entry) = cursor.entry() else {
                continue;
            };
            let Some((older, found)) = least else {
                least = Some((at, entry));
                continue;
            };
            match entry.compare(found) {
                Ordering::Greater => continue,
                Ordering::Less => self.overridden.clear(),
                Ordering::Equal if entry.overrides_older() => self.overridden.push(older),
                Ordering::Equal => {
                    self.overridden.push(at);
                    continue;
                }
            }
            least = Some((at, entry));
        }
        self.current = least.map(|(at, _)| at);
    }
}
