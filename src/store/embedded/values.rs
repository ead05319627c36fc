//! The numbered values of a run: written once, to sled and to a copy; read from the copy where that
//! holds, and else from sled.

use std::ops::Deref;
use std::sync::OnceLock;

use super::copy::{Copy, CopyWriter};
use super::pages::{self, EXTENT_BYTES, NewRun, Pages, Part};
use super::value;
use crate::store::Result;

/// A value's content, of which the checksum holds.
pub(super) struct Page(Vec<u8>);

impl Page {
    /// The checksum.
    pub(super) fn crc(&self) -> u32 {
        value::crc(&self.0)
    }
}

impl Deref for Page {
    type Target = [u8];

    fn deref(&self) -> &[u8] {
        &self.0[value::HEAD_BYTES..]
    }
}

/// The values of a run.
#[derive(Debug)]
pub(super) struct Values {
    run: u32,
    part: Part,
    count: u32,
    copy: OnceLock<Copy>,
}

impl Values {
    /// Values that were written before.
    pub(super) fn load(pages: &Pages, run: u32, part: Part, count: u32) -> Self {
        let copy = Copy::open(&pages.copy(run, part), count);
        Self {
            run,
            part,
            count,
            copy: copy.map_or_else(OnceLock::new, OnceLock::from),
        }
    }

    /// Reads a value.
    pub(super) fn get(&self, pages: &Pages, number: u32) -> Result<Page> {
        let copied = self.copy.get().and_then(|copy| copy.read(number));
        let copied = copied.filter(|sealed| {
            let key = pages::value_key(self.run, self.part, number);
            value::check(&key, sealed).is_ok()
        });
        let sealed = copied.map_or_else(|| pages.get(self.run, self.part, number), Ok)?;
        Ok(Page(sealed))
    }

    /// Tells what an open has to know without reading everything: that the run is there and, if it is
    /// read from sled, that sled has the first value and the last.
    pub(super) fn probe(&self, pages: &Pages) -> Result<()> {
        pages.probe(self.run)?;
        if self.lack_copy() {
            pages.get(self.run, self.part, 0)?;
            pages.get(self.run, self.part, self.count - 1)?;
        }
        Ok(())
    }

    /// Tells whether sled has to be asked for every value.
    pub(super) fn lack_copy(&self) -> bool {
        self.copy.get().is_none()
    }

    /// Copies the values if they have no copy, and there is room.
    pub(super) fn mend(&self, pages: &Pages) -> Result<()> {
        if self.lack_copy() {
            self.copy(pages)?;
        }
        Ok(())
    }

    /// Copies the values from sled, which is closed then; `false` if there is no room for a copy.
    pub(super) fn copy(&self, pages: &Pages) -> Result<bool> {
        let mut writer = CopyWriter::create(&pages.copy(self.run, self.part));
        for number in 0..self.count {
            writer.push(&pages.get(self.run, self.part, number)?);
        }
        let copy = writer.finish();
        let is_copied = copy.is_some_and(|copy| self.copy.set(copy).is_ok());
        pages.close(self.run);
        Ok(is_copied)
    }
}

/// Writes the values of a run, in order.
pub(super) struct ValuesWriter {
    values: Values,
    copy: CopyWriter,
    /// Values that wait to be written to sled, and the number of the first.
    extent: Vec<u8>,
    first: u32,
}

impl ValuesWriter {
    /// Begins with none.
    pub(super) fn new(run: &NewRun<'_>, part: Part) -> Self {
        Self {
            values: Values {
                run: run.number(),
                part,
                count: 0,
                copy: OnceLock::new(),
            },
            copy: CopyWriter::create(&run.copy(part)),
            extent: Vec::new(),
            first: 0,
        }
    }

    /// How many there are.
    pub(super) fn count(&self) -> u32 {
        self.values.count
    }

    /// Adds the next value, and returns its checksum.
    pub(super) fn push(&mut self, run: &mut NewRun<'_>, content: &[u8]) -> Result<u32> {
        let Values { part, count, .. } = self.values;
        let sealed = value::seal(&pages::value_key(run.number(), part, count), content);
        let crc = value::crc(&sealed);
        if self.extent.len() + sealed.len() > EXTENT_BYTES {
            self.end_extent(run)?;
        }
        self.copy.push(&sealed);
        pages::extend(&mut self.extent, &sealed);
        self.values.count += 1;
        Ok(crc)
    }

    fn end_extent(&mut self, run: &mut NewRun<'_>) -> Result<()> {
        if !self.extent.is_empty() {
            run.set(self.values.part, self.first, &self.extent)?;
        }
        self.extent.clear();
        self.first = self.values.count;
        Ok(())
    }

    /// Ends them.
    pub(super) fn finish(mut self, run: &mut NewRun<'_>) -> Result<Values> {
        self.end_extent(run)?;
        let copy = self.copy.finish();
        Ok(Values {
            copy: copy.map_or_else(OnceLock::new, OnceLock::from),
            ..self.values
        })
    }
}

#[cfg(test)]
mod tests {
    use std::fs;
    use std::sync::mpsc;
    use std::thread;
    use std::time::Duration;

    use super::*;

    const VALUES: u32 = 40;

    fn pages(dir: &tempfile::TempDir) -> Pages {
        Pages::open(&dir.path().join("index"), &dir.path().join("copies")).unwrap()
    }

    /// Nothing, little, what an extent has many of, what fills one, and what is more than one.
    fn content(number: u32) -> Vec<u8> {
        let lengths = [0, 5, 4000, 119_000, 140_000];
        vec![number as u8; lengths[number as usize % lengths.len()]]
    }

    fn write<'a>(pages: &'a Pages, run: u32) -> (NewRun<'a>, Values) {
        let mut run = pages.create(run).unwrap();
        let mut writer = ValuesWriter::new(&run, Part::Blocks);
        for number in 0..VALUES {
            writer.push(&mut run, &content(number)).unwrap();
        }
        assert_eq!(writer.count(), VALUES);
        let values = writer.finish(&mut run).unwrap();
        (run, values)
    }

    fn check(values: &Values, pages: &Pages) {
        for number in 0..VALUES {
            assert_eq!(*values.get(pages, number).unwrap(), content(number));
        }
        assert!(values.get(pages, VALUES).is_err());
    }

    #[test]
    fn values_are_read_from_the_copy_or_from_sled() {
        let dir = tempfile::tempdir().unwrap();
        let pages = pages(&dir);
        let (run, written) = write(&pages, 3);
        run.seal().unwrap();
        check(&written, &pages);
        let load = || Values::load(&pages, 3, Part::Blocks, VALUES);
        check(&load(), &pages);
        fs::remove_file(pages.copy(3, Part::Blocks)).unwrap();
        let values = load();
        assert!(values.lack_copy());
        values.probe(&pages).unwrap();
        check(&values, &pages);
        values.mend(&pages).unwrap();
        assert!(!values.lack_copy() && !load().lack_copy());
        check(&values, &pages);

        assert_eq!(pages.runs().unwrap(), [3]);
        pages.remove(3).unwrap();
        assert!(pages.runs().unwrap().is_empty());
        assert!(load().probe(&pages).is_err());
        assert!(load().get(&pages, 0).is_err());
    }

    #[test]
    fn a_sled_that_cannot_write_fails_and_lets_go() {
        let (done, is_done) = mpsc::channel();
        thread::spawn(move || {
            let dir = tempfile::tempdir().unwrap();
            let pages = pages(&dir);
            let mut run = pages.create(5).unwrap();
            fs::remove_dir_all(dir.path().join("index")).unwrap();
            // Of its own file it has a handle; what is over 128 KiB would be a new one.
            let big = vec![7; 300_000];
            let set = (0..9).try_for_each(|first| run.set(Part::Blocks, first, &big));
            drop(run);
            done.send(set.is_err()).unwrap();
        });
        assert!(is_done.recv_timeout(Duration::from_secs(20)).unwrap());
    }

    #[test]
    fn a_run_that_was_given_up_leaves_nothing() {
        let dir = tempfile::tempdir().unwrap();
        let pages = pages(&dir);
        drop(write(&pages, 4));
        assert!(pages.runs().unwrap().is_empty());
        assert!(fs::read_dir(pages.copies()).unwrap().next().is_none());
    }
}
