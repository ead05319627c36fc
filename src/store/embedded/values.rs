//! The numbered values of a run: written once, to sled; read where they lie in sled's files, and where
//! that does not hold, from sled.

use std::ops::Deref;

use super::extent::{Builder, Part};
use super::pages::{self, NewRun, Pages};
use super::places::Places;
use super::value;
use crate::store::Result;

/// A value's content, of which the checksum holds.
#[derive(Debug)]
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
    places: Places,
}

impl Values {
    /// Values that were written before.
    pub(super) fn load(pages: &Pages, run: u32, part: Part, count: u32) -> Self {
        Self {
            run,
            part,
            count,
            places: pages.places(run, part),
        }
    }

    /// Reads a value.
    pub(super) fn get(&self, pages: &Pages, number: u32) -> Result<Page> {
        let found = self.places.read(number).filter(|sealed| {
            let key = pages::value_key(self.run, self.part, number);
            value::check(&key, sealed).is_ok()
        });
        let sealed = found.map_or_else(|| pages.get(self.run, self.part, number), Ok)?;
        Ok(Page(sealed))
    }

    /// Bytes of the extents they lie in, those that have a place.
    pub(super) fn bytes(&self) -> u64 {
        self.places.bytes()
    }

    /// Tells what an open has to know without reading everything: that the first value is there, and the
    /// last.
    pub(super) fn probe(&self, pages: &Pages) -> Result<()> {
        self.get(pages, 0)?;
        self.get(pages, self.count - 1)?;
        Ok(())
    }
}

/// Writes the values of a run, in order.
pub(super) struct ValuesWriter {
    run: u32,
    part: Part,
    count: u32,
    /// Values that wait to be written.
    extent: Builder,
}

impl ValuesWriter {
    /// Begins with none.
    pub(super) fn new(run: &NewRun<'_>, part: Part) -> Self {
        Self {
            run: run.number(),
            part,
            count: 0,
            extent: Builder::new(part, 0),
        }
    }

    /// How many there are.
    pub(super) fn count(&self) -> u32 {
        self.count
    }

    /// Adds the next value, and returns its checksum.
    pub(super) fn push(&mut self, run: &mut NewRun<'_>, content: &[u8]) -> Result<u32> {
        let sealed = value::seal(&pages::value_key(self.run, self.part, self.count), content);
        if !self.extent.has_room(sealed.len()) {
            self.end_extent(run)?;
        }
        self.extent.push(&sealed);
        self.count += 1;
        Ok(value::crc(&sealed))
    }

    /// Writes those that wait.
    pub(super) fn end_extent(&mut self, run: &mut NewRun<'_>) -> Result<()> {
        match self.extent.take(self.count) {
            Some((key, extent)) => run.set(key, extent),
            None => Ok(()),
        }
    }

    /// Ends them, and the run.
    pub(super) fn seal(mut self, mut run: NewRun<'_>) -> Result<Values> {
        self.end_extent(&mut run)?;
        let pages = run.seal()?;
        Ok(Values::load(pages, self.run, self.part, self.count))
    }
}

#[cfg(test)]
mod tests {
    use std::fs;
    use std::sync::mpsc;
    use std::thread;
    use std::time::Duration;

    use super::super::extent;
    use super::*;

    const VALUES: u32 = 40;

    fn pages(dir: &tempfile::TempDir) -> Pages {
        Pages::open(&dir.path().join("index")).unwrap()
    }

    /// Nothing, little, what an extent has many of, what fills one, and what is more than one.
    fn content(number: u32) -> Vec<u8> {
        let lengths = [0, 5, 4000, 119_000, 140_000];
        vec![number as u8; lengths[number as usize % lengths.len()]]
    }

    fn write(pages: &Pages, run: u32) -> NewRun<'_> {
        let mut run = pages.create(run).unwrap();
        let mut writer = ValuesWriter::new(&run, Part::Blocks);
        for number in 0..VALUES {
            writer.push(&mut run, &content(number)).unwrap();
        }
        assert_eq!(writer.count(), VALUES);
        writer.end_extent(&mut run).unwrap();
        run
    }

    fn check(values: &Values, pages: &Pages) {
        for number in 0..VALUES {
            assert_eq!(*values.get(pages, number).unwrap(), content(number));
        }
        assert!(values.get(pages, VALUES).is_err());
    }

    #[test]
    fn values_are_read_where_they_lie_or_from_sled() {
        let dir = tempfile::tempdir().unwrap();
        let pages = pages(&dir);
        write(&pages, 3).seal().unwrap();
        let load = || Values::load(&pages, 3, Part::Blocks, VALUES);
        let values = load();
        check(&values, &pages);
        values.probe(&pages).unwrap();
        // sled keeps what it is given as it is given, and all of it: nothing has to be asked for.
        let are_found = |values: &Values| {
            let is_found = |at| {
                let sealed = values.places.read(at).unwrap_or_default();
                value::check(&pages::value_key(3, Part::Blocks, at), &sealed).is_ok()
            };
            (0..VALUES).all(is_found)
        };
        assert!(are_found(&values));
        for number in 0..VALUES {
            let sealed = pages.get(3, Part::Blocks, number).unwrap();
            assert_eq!(values.places.read(number).unwrap(), sealed);
        }
        // Nor does it move when sled was opened and read.
        assert!(are_found(&values) && are_found(&load()));

        let run = dir.path().join("index/3");
        for name in ["places-blocks", "places-guide"] {
            fs::remove_file(run.join(name)).unwrap();
        }
        assert!(are_found(&load()));
        // Places that are not those of these files.
        let blobs = fs::read_dir(run.join("blobs")).unwrap();
        for blob in blobs.map(|blob| blob.unwrap().path()) {
            let bytes = fs::read(&blob).unwrap();
            fs::write(&blob, [b"more", bytes.as_slice()].concat()).unwrap();
        }
        let damaged = load();
        let mut lost = 0;
        for number in 0..VALUES {
            match damaged.get(&pages, number) {
                Ok(page) => assert_eq!(*page, content(number)),
                Err(_) => lost += 1,
            }
        }
        assert!(lost > 0);

        assert_eq!(pages.runs().unwrap(), [3]);
        drop(values);
        pages.remove(3).unwrap();
        assert!(pages.runs().unwrap().is_empty());
        assert!(load().probe(&pages).is_err());
        assert!(load().get(&pages, 0).is_err());
    }

    #[test]
    fn a_value_that_is_not_where_it_was_is_read_from_sled() {
        let dir = tempfile::tempdir().unwrap();
        let pages = pages(&dir);
        write(&pages, 3).seal().unwrap();
        let run = dir.path().join("index/3");
        // The places of a run that has other values.
        let mut other = pages.create(4).unwrap();
        let mut writer = ValuesWriter::new(&other, Part::Blocks);
        for number in (0..VALUES).rev() {
            writer.push(&mut other, &content(number)).unwrap();
        }
        writer.end_extent(&mut other).unwrap();
        other.seal().unwrap();
        let places = dir.path().join("index/4/places-blocks");
        fs::copy(places, run.join("places-blocks")).unwrap();
        check(&Values::load(&pages, 3, Part::Blocks, VALUES), &pages);
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
            let mut set = |first| run.set(extent::key(Part::Blocks, first), big.clone());
            let set = (0..9).try_for_each(&mut set);
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
    }
}
