//! Where the values of a run lie in the files of its sled, to be read from there: sled takes 20
//! microseconds and more to give a value out, for it reads and parses all that lie together; a file
//! takes two.
//!
//! A sled that is closed does not change, and has what it was given in its files as it was given:
//! in the log, `db`, or beside it in `blobs`. Should a later sled do otherwise, or change its files, a value is not
//! found where it is looked for, and sled is asked.

use std::collections::BTreeMap;
use std::fs::{self, File};
use std::io::{self, Read};
use std::os::unix::fs::FileExt;
use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, OnceLock};

use serde::{Deserialize, Serialize};

use super::extent::{self, Part, Search};
use super::{files, le_u32};
use crate::store::Result;

const MAGIC: &[u8; 4] = b"WCPL";
/// Checksum of what follows, magic.
const HEAD_BYTES: usize = 8;
/// Bytes of sled's log that are looked through at once.
const WINDOW_BYTES: usize = 4 << 20;
/// More than any extent in the log has.
const OVERLAP_BYTES: usize = 128 << 10;

/// How many files may be kept open, of all runs together; what is over that is opened for each read.
#[derive(Debug)]
pub(super) struct Handles(AtomicUsize);

impl Handles {
    /// As many as so many.
    pub(super) fn new(most: usize) -> Self {
        Self(AtomicUsize::new(most))
    }

    fn take(&self) -> bool {
        let take = |left: usize| left.checked_sub(1);
        let (set, fetch) = (Ordering::Relaxed, Ordering::Relaxed);
        self.0.fetch_update(set, fetch, take).is_ok()
    }

    fn give_back(&self, handles: usize) {
        self.0.fetch_add(handles, Ordering::Relaxed);
    }
}

/// What is kept of it.
#[derive(Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
struct Table {
    /// Names of files, from the run's directory on.
    files: Vec<PathBuf>,
    /// In the order of their values.
    extents: Vec<Place>,
    /// Where each value ends, from the beginning of its extent on.
    ends: Vec<u32>,
}

/// Where an extent lies.
#[derive(Debug, PartialEq, Eq, Serialize, Deserialize)]
struct Place {
    /// The number of its first value.
    first: u32,
    values: u32,
    file: u32,
    at: u64,
}

/// The places of the values of one part of a run.
#[derive(Debug)]
pub(super) struct Places {
    dir: PathBuf,
    table: Table,
    open: Vec<OnceLock<File>>,
    handles: Arc<Handles>,
}

impl Places {
    /// Reads them from where they are kept; where that does not hold, they are found anew.
    pub(super) fn load(dir: &Path, part: Part, handles: Arc<Handles>) -> Self {
        let kept = fs::read(path(dir, part)).ok();
        let table = kept.and_then(|bytes| parse(&bytes)).unwrap_or_else(|| {
            let table = search(dir).into_iter().find(|(of, _)| *of == part);
            let table = table.map(|(_, table)| table).unwrap_or_default();
            let _ = fs::write(path(dir, part), serialize(&table)); // or the next open finds them
            table
        });
        Self {
            dir: dir.to_owned(),
            open: table.files.iter().map(|_| OnceLock::new()).collect(),
            table,
            handles,
        }
    }

    /// Reads a value, sealed as in sled; `None` if it cannot be had.
    pub(super) fn read(&self, number: u32) -> Option<Vec<u8>> {
        let extents = &self.table.extents;
        let after = extents.partition_point(|extent| extent.first <= number);
        let extent = &extents[after.checked_sub(1)?];
        let within = number - extent.first;
        if within >= extent.values {
            return None;
        }
        let ends = &self.table.ends;
        let end = *ends.get(number as usize)? as usize;
        let before = match within {
            0 => extent::HEAD_BYTES,
            _ => ends[number as usize - 1] as usize,
        };
        let start = before + extent::LENGTH_BYTES;
        let mut value = vec![0; end.checked_sub(start)?];
        let read = |file: &File| file.read_exact_at(&mut value, extent.at + start as u64);
        self.with_file(extent.file as usize, read).ok()?;
        Some(value)
    }

    /// Bytes of the extents.
    pub(super) fn bytes(&self) -> u64 {
        let Table { extents, ends, .. } = &self.table;
        let last = extents
            .iter()
            .map(|extent| (extent.first + extent.values).checked_sub(1));
        let ends = last.flatten().filter_map(|last| ends.get(last as usize));
        ends.map(|&end| u64::from(end)).sum()
    }

    fn with_file<T>(
        &self,
        file: usize,
        read: impl FnOnce(&File) -> io::Result<T>,
    ) -> io::Result<T> {
        let missing = || io::Error::from(io::ErrorKind::NotFound);
        let kept = self.open.get(file).ok_or_else(missing)?;
        if let Some(file) = kept.get() {
            return read(file);
        }
        let opened = File::open(self.dir.join(&self.table.files[file]))?;
        if !self.handles.take() {
            return read(&opened);
        }
        let mut is_kept = false;
        let file = kept.get_or_init(|| {
            is_kept = true;
            opened
        });
        if !is_kept {
            self.handles.give_back(1); // another thread was faster
        }
        read(file)
    }
}

impl Drop for Places {
    fn drop(&mut self) {
        let open = self.open.iter().filter(|file| file.get().is_some()).count();
        self.handles.give_back(open);
    }
}

/// Finds the places of a run's values, once its sled is closed, and keeps them beside it.
pub(super) fn find(dir: &Path) -> Result<()> {
    for (part, table) in search(dir) {
        let path = path(dir, part);
        fs::write(&path, serialize(&table)).map_err(files::failed("write", &path))?;
    }
    Ok(())
}

fn path(dir: &Path, part: Part) -> PathBuf {
    dir.join(match part {
        Part::Blocks => "places-blocks",
        Part::Guide => "places-guide",
    })
}

fn serialize(table: &Table) -> Vec<u8> {
    let table = postcard::to_stdvec(table).unwrap_or_default(); // would not pass for one
    [&crc32c::crc32c(&table).to_le_bytes(), MAGIC, &*table].concat()
}

fn parse(bytes: &[u8]) -> Option<Table> {
    let (head, table) = bytes.split_at_checked(HEAD_BYTES)?;
    let is_whole = le_u32(head) == crc32c::crc32c(table) && head.ends_with(MAGIC);
    is_whole.then(|| postcard::from_bytes(table).ok())?
}

/// Extents by the number of their first value: in which file they lie, where, and how long each value
/// is with all before it.
type Found = BTreeMap<u32, (u32, u64, Vec<u32>)>;

/// Looks through the files of a sled for the values of each part. What cannot be read, or is not found,
/// has no place.
fn search(dir: &Path) -> [(Part, Table); 2] {
    let search = Search::new();
    let mut names = vec![PathBuf::from("db")];
    let blobs = fs::read_dir(dir.join("blobs")).into_iter().flatten();
    names.extend(
        blobs
            .flatten()
            .map(|blob| Path::new("blobs").join(blob.file_name())),
    );
    let mut found = [(Part::Blocks, Found::new()), (Part::Guide, Found::new())];
    for (file, name) in names.iter().enumerate() {
        // What was read before it failed counts.
        let _ = windows(&dir.join(name), |at, bytes| {
            for (offset, extent) in search.all(bytes) {
                let ends = extent.values().map(|value| value.end as u32).collect();
                let of = found.iter_mut().find(|(part, _)| *part == extent.part);
                let of = &mut of.expect("there are two").1;
                of.insert(extent.first, (file as u32, at + offset as u64, ends));
            }
        });
    }
    found.map(|(part, found)| (part, table(names.clone(), found)))
}

/// Calls with the parts of a file that can be looked through one by one, and where each begins.
fn windows(path: &Path, mut look: impl FnMut(u64, &[u8])) -> io::Result<()> {
    let mut file = File::open(path)?;
    let (mut window, mut at) = (Vec::new(), 0);
    loop {
        let kept = window.len();
        let read = file
            .by_ref()
            .take(WINDOW_BYTES as u64)
            .read_to_end(&mut window)?;
        look(at, &window);
        if read < WINDOW_BYTES {
            return Ok(());
        }
        let done = (kept + read).saturating_sub(OVERLAP_BYTES);
        window.drain(..done);
        at += done as u64;
    }
}

fn table(files: Vec<PathBuf>, found: Found) -> Table {
    let mut table = Table {
        files,
        ..Table::default()
    };
    for (first, (file, at, ends)) in found {
        let values = ends.len() as u32;
        table.extents.push(Place {
            first,
            values,
            file,
            at,
        });
        table.ends.resize(first as usize, 0);
        table.ends.extend(ends);
    }
    table
}

#[cfg(test)]
mod tests {
    use super::*;

    /// A run's directory with extents in several files; some also lie where they once were.
    fn dir() -> tempfile::TempDir {
        let dir = tempfile::tempdir().unwrap();
        fs::create_dir(dir.path().join("blobs")).unwrap();
        let mut builder = extent::Builder::new(Part::Blocks, 0);
        let mut next = |values: &[&[u8]], then| {
            values.iter().for_each(|value| builder.push(value));
            builder.take(then).unwrap().1
        };
        let first = next(&[b"zero", b""], 2);
        let second = next(&[b"two"], 4);
        let fourth = next(&[b"four", b"five"], 6);
        // So that one lies where a window ends.
        let log = [
            first.clone(),
            vec![0; WINDOW_BYTES - first.len() - 30],
            second,
            first,
        ];
        fs::write(dir.path().join("db"), log.concat()).unwrap();
        fs::write(
            dir.path().join("blobs/77"),
            [b"head".as_slice(), &fourth].concat(),
        )
        .unwrap();
        dir
    }

    fn load(dir: &tempfile::TempDir, handles: usize) -> Places {
        Places::load(dir.path(), Part::Blocks, Arc::new(Handles::new(handles)))
    }

    fn check(places: &Places) {
        let read = (0..8).map(|number| places.read(number));
        let read: Vec<_> = read
            .map(|value| value.map(|value| String::from_utf8(value).unwrap()))
            .collect();
        let value = |text: &str| Some(text.to_owned());
        let wanted = [
            value("zero"),
            value(""),
            value("two"),
            None,
            value("four"),
            value("five"),
            None,
            None,
        ];
        assert_eq!(read, wanted);
    }

    #[test]
    fn values_are_read_where_they_were_found() {
        let dir = dir();
        find(dir.path()).unwrap();
        check(&load(&dir, 9));
        let guide = Places::load(dir.path(), Part::Guide, Arc::new(Handles::new(9)));
        assert_eq!(guide.read(0), None);
    }

    #[test]
    fn places_that_do_not_hold_are_found_anew() {
        let dir = dir();
        check(&load(&dir, 9));
        let path = path(dir.path(), Part::Blocks);
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
    fn few_handles_are_enough_and_given_back() {
        let dir = dir();
        for most in 0..3 {
            let handles = Arc::new(Handles::new(most));
            let places = Places::load(dir.path(), Part::Blocks, handles.clone());
            check(&places);
            check(&places);
            assert!(!handles.take());
            drop(places);
            assert_eq!(handles.0.load(Ordering::Relaxed), most);
        }
    }

    #[test]
    fn a_file_that_is_gone_or_short_gives_nothing() {
        let dir = dir();
        let places = load(&dir, 9);
        fs::write(dir.path().join("db"), b"").unwrap();
        fs::remove_file(dir.path().join("blobs/77")).unwrap();
        assert!(
            [0, 2, 4, 5]
                .iter()
                .all(|&number| places.read(number).is_none())
        );
    }
}
