//! The runs on disk: each has a sled of its own, that is written once, closed, and opened again only
//! if the run's copy does not hold.
//!
//! sled notes where its pages are when it is opened, and goes then through all that was written
//! since: one sled for all runs would make every open as long as the index is large. And a run that
//! was merged gives its disk back at once.
//!
//! A value in sled is an extent: as many of a run's values as have room, under the number of the
//! first. sled writes a small value four times over, and takes half as much disk again for it as for
//! one of this size.

use std::collections::HashMap;
use std::fs;
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use super::guarded::Guarded;
use super::{copy, files, le_u32, value};
use crate::store::{Error, Result};

/// Most bytes of an extent of more than one value. sled puts what is over 128 KiB into a file of its
/// own.
pub(super) const EXTENT_BYTES: usize = 120_000;

/// Bytes written to a sled after which it is opened anew: whatever its cache may hold, it holds up to
/// half of what was written in such large values.
const HELD_BYTES: usize = if cfg!(test) { 1 << 20 } else { 64 << 20 };

/// Which of a run's values.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Part {
    /// Its blocks.
    Blocks,
    /// Its guide, in pieces.
    Guide,
}

/// The sleds of an index.
pub(super) struct Pages {
    dir: PathBuf,
    /// Where runs have copies of their values.
    copies: PathBuf,
    /// Those of runs whose copy did not hold.
    open: Mutex<HashMap<u32, Arc<Guarded>>>,
}

impl Pages {
    /// Opens or makes the index in a directory, with copies in another.
    pub(super) fn open(dir: &Path, copies: &Path) -> Result<Self> {
        for dir in [dir, copies] {
            fs::create_dir_all(dir).map_err(files::failed("create", dir))?;
        }
        Ok(Self {
            dir: dir.to_owned(),
            copies: copies.to_owned(),
            open: Mutex::default(),
        })
    }

    /// Begins a run.
    pub(super) fn create(&self, run: u32) -> Result<NewRun<'_>> {
        files::remove(&self.dir_of(run))?;
        Ok(NewRun {
            pages: self,
            number: run,
            sled: Guarded::open(&self.dir_of(run)).map(Some)?,
            held: 0,
            is_sealed: false,
        })
    }

    /// Returns a sealed value from sled.
    pub(super) fn get(&self, run: u32, part: Part, number: u32) -> Result<Vec<u8>> {
        let missing = || Error::Index(format!("{part:?} {number} of run {run} is missing"));
        let (first, last) = (extent_key(part, 0), extent_key(part, number));
        let found = self.sled(run)?.call(|db| {
            let mut until = db.range(first.as_slice()..=last.as_slice());
            until.next_back().transpose()
        })?;
        let (key, extent) = found.ok_or_else(missing)?;
        let begins = key.get(1..5).map(be_u32).ok_or_else(missing)?;
        let sealed = in_extent(&extent, number - begins).ok_or_else(missing)?;
        value::check(&value_key(run, part, number), sealed)?;
        Ok(sealed.to_vec())
    }

    /// Fails if a run is not there.
    pub(super) fn probe(&self, run: u32) -> Result<()> {
        let dir = self.dir_of(run);
        if dir.is_dir() {
            Ok(())
        } else {
            Err(Error::Index(format!("run {run} is missing")))
        }
    }

    /// Where runs have copies of their values.
    pub(super) fn copies(&self) -> &Path {
        &self.copies
    }

    /// Where the copy of a run's values is.
    pub(super) fn copy(&self, run: u32, part: Part) -> PathBuf {
        let kind = match part {
            Part::Blocks => "blocks",
            Part::Guide => "guide",
        };
        copy::path(&self.copies, run, kind)
    }

    /// Closes a run's sled, if it is open and nobody reads it: nobody else could open it then.
    pub(super) fn close(&self, run: u32) {
        let mut opened = self.opened();
        if opened
            .get(&run)
            .is_some_and(|sled| Arc::strong_count(sled) == 1)
        {
            drop(opened.remove(&run)); // under the lock, for it is open until then
        }
    }

    /// Removes a run and its copies; none there is no error.
    pub(super) fn remove(&self, run: u32) -> Result<()> {
        self.close(run);
        for part in [Part::Blocks, Part::Guide] {
            copy::remove(&self.copy(run, part));
        }
        files::remove(&self.dir_of(run))
    }

    /// Returns the numbers of the runs there are.
    pub(super) fn runs(&self) -> Result<Vec<u32>> {
        let failed = || files::failed("list", &self.dir);
        let mut runs = Vec::new();
        for entry in fs::read_dir(&self.dir).map_err(failed())? {
            let name = entry.map_err(failed())?.file_name();
            runs.extend(name.to_str().and_then(|name| name.parse::<u32>().ok()));
        }
        Ok(runs)
    }

    /// Bytes on disk, those of copies among them.
    pub(super) fn bytes(&self) -> u64 {
        files::disk_bytes(&self.dir) + files::disk_bytes(&self.copies)
    }

    fn dir_of(&self, run: u32) -> PathBuf {
        self.dir.join(run.to_string())
    }

    fn sled(&self, run: u32) -> Result<Arc<Guarded>> {
        let mut opened = self.opened();
        if let Some(sled) = opened.get(&run) {
            return Ok(sled.clone());
        }
        self.probe(run)?; // or sled would make one
        let sled = Arc::new(Guarded::open(&self.dir_of(run))?);
        opened.insert(run, sled.clone());
        Ok(sled)
    }

    fn opened(&self) -> MutexGuard<'_, HashMap<u32, Arc<Guarded>>> {
        self.open.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// A run that is being written. Dropped before it is sealed, it is removed.
pub(super) struct NewRun<'a> {
    pages: &'a Pages,
    number: u32,
    /// `None` once it is closed.
    sled: Option<Guarded>,
    /// Bytes written since it was opened.
    held: usize,
    is_sealed: bool,
}

impl NewRun<'_> {
    /// Its number.
    pub(super) fn number(&self) -> u32 {
        self.number
    }

    /// Where the copy of its values goes.
    pub(super) fn copy(&self, part: Part) -> PathBuf {
        self.pages.copy(self.number, part)
    }

    /// Writes an extent that begins with a value.
    pub(super) fn set(&mut self, part: Part, first: u32, extent: &[u8]) -> Result<()> {
        if self.held >= HELD_BYTES {
            self.close()?;
            self.sled = Some(Guarded::open(&self.pages.dir_of(self.number))?);
        }
        self.held += extent.len();
        let key = extent_key(part, first);
        self.sled().call(|db| db.insert(key, extent)).map(drop)
    }

    /// Closes it, and makes it durable: sled's own flush ends before the disk does.
    pub(super) fn seal(mut self) -> Result<()> {
        self.close()?;
        files::sync_tree(&self.pages.dir_of(self.number))?;
        files::sync_dir(&self.pages.dir)?;
        self.is_sealed = true;
        Ok(())
    }

    fn close(&mut self) -> Result<()> {
        self.sled().call(|db| db.flush())?;
        self.sled = None;
        self.held = 0;
        Ok(())
    }

    fn sled(&self) -> &Guarded {
        self.sled.as_ref().expect("closed when sealed only")
    }
}

impl Drop for NewRun<'_> {
    fn drop(&mut self) {
        self.sled = None;
        if !self.is_sealed {
            let _ = self.pages.remove(self.number); // or the next open does
        }
    }
}

/// What the checksum of a value covers besides its content.
pub(super) fn value_key(run: u32, part: Part, number: u32) -> [u8; 9] {
    let mut key = [0; 9];
    key[..4].copy_from_slice(&run.to_be_bytes());
    key[4..].copy_from_slice(&extent_key(part, number));
    key
}

/// Adds a value to an extent.
pub(super) fn extend(extent: &mut Vec<u8>, sealed: &[u8]) {
    extent.extend((sealed.len() as u32).to_le_bytes());
    extent.extend(sealed);
}

/// Returns one of the values of an extent; `None` if there are not so many.
fn in_extent(mut extent: &[u8], number: u32) -> Option<&[u8]> {
    for _ in 0..number {
        extent = split(extent)?.1;
    }
    split(extent).map(|(sealed, _)| sealed)
}

fn split(extent: &[u8]) -> Option<(&[u8], &[u8])> {
    let (length, rest) = extent.split_at_checked(4)?;
    rest.split_at_checked(le_u32(length) as usize)
}

fn extent_key(part: Part, first: u32) -> [u8; 5] {
    let mut key = [0; 5];
    key[0] = match part {
        Part::Blocks => b'b',
        Part::Guide => b'g',
    };
    key[1..].copy_from_slice(&first.to_be_bytes());
    key
}

fn be_u32(bytes: &[u8]) -> u32 {
    bytes
        .iter()
        .fold(0, |number, &byte| number << 8 | u32::from(byte))
}
