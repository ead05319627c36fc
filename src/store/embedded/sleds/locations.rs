//! Where the values of a run lie in its sled's files. Reading a value there takes 2 microseconds;
//! asking sled takes 20 and more, because it reads and parses whole pages.
//!
//! A closed sled does not change, and keeps every value as it was given: in its log, `db`, or in a
//! file of its own below `blobs`. The locations are found by searching these files for extents, once,
//! when the sled was just closed. A location is a hint: should it turn out wrong, sled is asked.

use std::collections::BTreeMap;
use std::fs::{self, File};
use std::io::{self, Read};
use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicUsize, Ordering::Relaxed};
use std::sync::{Arc, OnceLock};

use serde::{Deserialize, Serialize};

use super::extent::{self, ExtentSecret};
use super::{files, le_u32};

/// Bytes of the checksum before the stored form.
const HEADER_BYTES: usize = 4;
/// Bytes of sled's log that are searched at once.
const WINDOW_BYTES: usize = 4 << 20;
/// Overlap of two windows: more than any extent in the log has.
const OVERLAP_BYTES: usize = 128 << 10;

/// The stored form.
#[derive(Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct LocationTable {
    /// File names, relative to the run's directory.
    files: Vec<PathBuf>,
    /// By the numbers of their values.
    extents: Vec<ExtentLocation>,
    /// For each value its end, relative to its extent's start; 0 for one without a location.
    ends: Vec<u32>,
}

#[derive(Debug, PartialEq, Eq, Serialize, Deserialize)]
struct ExtentLocation {
    /// The number of its first value.
    first: u32,
    file: u32,
    offset: u64,
}

/// The locations of a run's values.
#[derive(Debug)]
pub struct Locations {
    dir: PathBuf,
    table: LocationTable,
    open: Vec<OnceLock<File>>,
    /// How many more files all runs may keep open. At 0, a file is opened for each read.
    handles: Arc<AtomicUsize>,
}

impl Locations {
    /// Loads the stored locations. If they are missing or damaged, searches the sled's files again.
    pub fn load(dir: &Path, secret: &ExtentSecret, handles: Arc<AtomicUsize>) -> Self {
        let path = dir.join("locations");
        let stored = fs::read(&path).ok();
        let table = stored.and_then(|bytes| parse(&bytes)).unwrap_or_else(|| {
            let table = search(dir, secret);
            let _ = fs::write(&path, serialize(&table)); // or the next open searches
            table
        });
        Self {
            dir: dir.to_owned(),
            open: table.files.iter().map(|_| OnceLock::new()).collect(),
            table,
            handles,
        }
    }

    /// Reads a value as it was given to sled; `None` if it is not found.
    pub fn read(&self, number: u32) -> Option<Vec<u8>> {
        let LocationTable { extents, ends, .. } = &self.table;
        let after = extents.partition_point(|extent| extent.first <= number);
        let extent = &extents[after.checked_sub(1)?];
        let end = *ends.get(number as usize)? as usize;
        let before = match number - extent.first {
            0 => extent::HEADER_BYTES,
            _ => ends[number as usize - 1] as usize,
        };
        let start = before + extent::LENGTH_BYTES;
        let (offset, length) = (extent.offset + start as u64, end.checked_sub(start)?);
        self.with_file(extent.file as usize, |file| {
            files::read_at(file, offset, length)
        })
    }

    fn with_file<T>(&self, file: usize, read: impl FnOnce(&File) -> io::Result<T>) -> Option<T> {
        let kept = self.open.get(file)?;
        if let Some(file) = kept.get() {
            return read(file).ok();
        }
        let opened = File::open(self.dir.join(&self.table.files[file])).ok()?;
        let take_one = |left: usize| left.checked_sub(1);
        let taken = self.handles.fetch_update(Relaxed, Relaxed, take_one);
        if taken.is_err() {
            return read(&opened).ok();
        }
        if kept.set(opened).is_err() {
            self.handles.fetch_add(1, Relaxed); // another thread was faster
        }
        read(kept.get().expect("set above")).ok()
    }
}

impl Drop for Locations {
    fn drop(&mut self) {
        let open = self.open.iter().filter(|file| file.get().is_some()).count();
        self.handles.fetch_add(open, Relaxed);
    }
}

fn serialize(table: &LocationTable) -> Vec<u8> {
    let table = postcard::to_stdvec(table).unwrap_or_default(); // empty bytes do not parse
    [&crc32c::crc32c(&table).to_le_bytes(), &*table].concat()
}

/// Reads the bytes of a table; `None` if they are damaged.
pub fn parse(bytes: &[u8]) -> Option<LocationTable> {
    let (header, table) = bytes.split_at_checked(HEADER_BYTES)?;
    let is_whole = le_u32(header) == crc32c::crc32c(table);
    is_whole.then(|| postcard::from_bytes(table).ok())?
}

/// Searches the files of a sled for extents. Files that cannot be read contribute nothing.
fn search(dir: &Path, secret: &ExtentSecret) -> LocationTable {
    let blobs = fs::read_dir(dir.join("blobs")).into_iter().flatten();
    let blobs = blobs.flatten().map(|blob| blob.file_name());
    let mut names = vec![PathBuf::from("db")];
    names.extend(blobs.map(|name| Path::new("blobs").join(name)));
    // By the number of the first value: the location, and the ends of the values. An extent that
    // sled moved is found several times; its copies are equal.
    let mut found = BTreeMap::new();
    for (file, name) in (0..).zip(&names) {
        let _ = windows(&dir.join(name), |start, bytes| {
            for (at, extent) in extent::find_all(bytes, secret) {
                let of_extent: Vec<_> = extent.values().map(|value| value.end as u32).collect();
                let location = ExtentLocation {
                    first: extent.first,
                    file,
                    offset: start + at as u64,
                };
                found.insert(extent.first, (location, of_extent));
            }
        });
    }
    let (mut extents, mut ends) = (Vec::new(), Vec::new());
    for (first, (location, of_extent)) in found {
        extents.push(location);
        ends.resize(first as usize, 0);
        ends.extend(of_extent);
    }
    LocationTable {
        files: names,
        extents,
        ends,
    }
}

/// Reads a file in overlapping windows, and calls back with each and its offset.
fn windows(path: &Path, mut each: impl FnMut(u64, &[u8])) -> io::Result<()> {
    let mut file = File::open(path)?;
    let (mut window, mut offset) = (Vec::new(), 0);
    loop {
        let kept = window.len();
        let mut part = file.by_ref().take(WINDOW_BYTES as u64);
        let read = part.read_to_end(&mut window)?;
        each(offset, &window);
        if read < WINDOW_BYTES {
            return Ok(());
        }
        let done = (kept + read).saturating_sub(OVERLAP_BYTES);
        window.drain(..done);
        offset += done as u64;
    }
}

#[cfg(test)]
mod tests {
    use super::super::extent::{SECRET, extent};
    use super::*;

    /// Creates a run's directory with extents in several files, one of them twice.
    fn dir() -> tempfile::TempDir {
        let dir = tempfile::tempdir().unwrap();
        fs::create_dir(dir.path().join("blobs")).unwrap();
        let first = extent(0, &[b"zero", b""]);
        // The second extent crosses the end of a window.
        let log = [
            first.clone(),
            vec![0; WINDOW_BYTES - first.len() - 30],
            extent(2, &[b"two"]),
            first,
        ];
        fs::write(dir.path().join("db"), log.concat()).unwrap();
        let blob = [b"head".as_slice(), &extent(4, &[b"four", b"five"])].concat();
        fs::write(dir.path().join("blobs/77"), blob).unwrap();
        dir
    }

    fn load(dir: &tempfile::TempDir, handles: usize) -> Locations {
        let handles = Arc::new(AtomicUsize::new(handles));
        Locations::load(dir.path(), &SECRET, handles)
    }

    fn check(locations: &Locations) {
        let texts = ["zero", "", "two", "-", "four", "five", "-", "-"];
        for (number, text) in (0..).zip(texts) {
            let expected = (text != "-").then(|| text.as_bytes().to_vec());
            assert_eq!(locations.read(number), expected);
        }
    }

    #[test]
    fn values_are_read_at_their_locations() {
        check(&load(&dir(), 9));
    }

    #[test]
    fn damaged_locations_are_found_again() {
        let dir = dir();
        check(&load(&dir, 9));
        let path = dir.path().join("locations");
        let whole = fs::read(&path).unwrap();
        for at in 0..whole.len() {
            let mut flipped = whole.clone();
            flipped[at] ^= 4;
            for damaged in [&whole[..at], &flipped] {
                assert!(parse(damaged).is_none(), "at {at}");
            }
        }
        fs::write(&path, &whole[1..]).unwrap();
        check(&load(&dir, 9));
        assert_eq!(fs::read(&path).unwrap(), whole);
    }

    #[test]
    fn few_handles_suffice_and_are_returned() {
        let dir = dir();
        for max in 0..3 {
            let locations = load(&dir, max);
            let handles = locations.handles.clone();
            check(&locations);
            check(&locations);
            assert_eq!(handles.load(Relaxed), 0);
            drop(locations);
            assert_eq!(handles.load(Relaxed), max);
        }
    }

    #[test]
    fn missing_or_short_files_have_no_values() {
        let dir = dir();
        let locations = load(&dir, 9);
        fs::write(dir.path().join("db"), b"").unwrap();
        fs::remove_file(dir.path().join("blobs/77")).unwrap();
        let mut numbers = [0, 2, 4, 5].iter();
        assert!(numbers.all(|&number| locations.read(number).is_none()));
    }
}
