//! The numbered values of a run: written once, to sled and to a copy; read from the copy where that
//! holds, and else from sled.

use std::sync::OnceLock;

use super::copy::{Copy, CopyWriter};
use super::pages::{self, Map, Page, Pages};
use super::value;
use crate::store::Result;

/// The values of a run.
#[derive(Debug)]
pub(super) struct Values {
    map: Map,
    run: u32,
    count: u32,
    copy: OnceLock<Copy>,
}

impl Values {
    /// Values that were written before.
    pub(super) fn load(pages: &Pages, map: Map, run: u32, count: u32) -> Self {
        let copy = Copy::open(&pages.copy(map, run), count);
        Self {
            map,
            run,
            count,
            copy: copy.map_or_else(OnceLock::new, OnceLock::from),
        }
    }

    /// Reads a value.
    pub(super) fn get(&self, pages: &Pages, number: u32) -> Result<Page> {
        let copied = self.copy.get().and_then(|copy| copy.read(number));
        let copied = copied.filter(|sealed| {
            let key = pages::key(self.run, number);
            value::check(&key, sealed).is_ok()
        });
        copied.map_or_else(
            || pages.get(self.map, self.run, number),
            |sealed| Ok(Page::Copied(sealed)),
        )
    }

    /// Reads the first and the last value from sled: what was cut or never written is told here.
    pub(super) fn probe(&self, pages: &Pages) -> Result<()> {
        pages.get(self.map, self.run, 0)?;
        pages.get(self.map, self.run, self.count - 1)?;
        Ok(())
    }

    /// Tells whether sled has to be asked for every value.
    pub(super) fn lack_copy(&self) -> bool {
        self.copy.get().is_none()
    }

    /// Copies the values from sled; `false` if there is no room for a copy.
    pub(super) fn copy(&self, pages: &Pages) -> Result<bool> {
        let mut writer = CopyWriter::create(&pages.copy(self.map, self.run));
        for number in 0..self.count {
            writer.push(pages.get(self.map, self.run, number)?.sealed());
        }
        let copy = writer.finish();
        Ok(copy.is_some_and(|copy| self.copy.set(copy).is_ok()))
    }
}

/// Writes the values of a run, in order.
pub(super) struct ValuesWriter<'a> {
    pages: &'a Pages,
    values: Values,
    copy: CopyWriter,
}

impl<'a> ValuesWriter<'a> {
    /// Begins with none.
    pub(super) fn new(pages: &'a Pages, map: Map, run: u32) -> Self {
        Self {
            pages,
            values: Values {
                map,
                run,
                count: 0,
                copy: OnceLock::new(),
            },
            copy: CopyWriter::create(&pages.copy(map, run)),
        }
    }

    /// How many there are.
    pub(super) fn count(&self) -> u32 {
        self.values.count
    }

    /// Adds the next value, and returns its checksum.
    pub(super) fn push(&mut self, content: &[u8]) -> Result<u32> {
        let Values {
            map, run, count, ..
        } = self.values;
        let key = pages::key(run, count);
        let sealed = value::seal(&key, content);
        let crc = value::crc(&sealed);
        self.copy.push(&sealed);
        self.pages.set(map, &key, sealed)?;
        self.values.count += 1;
        Ok(crc)
    }

    /// Ends them.
    pub(super) fn finish(self) -> Values {
        let copy = self.copy.finish();
        Values {
            copy: copy.map_or_else(OnceLock::new, OnceLock::from),
            ..self.values
        }
    }
}
