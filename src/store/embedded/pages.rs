//! The runs on disk: each has a sled of its own, that is written once, closed, and opened again only
//! if a value is not where it was found then.
//!
//! sled notes where its pages are when it is opened, and goes then through all that was written
//! since: one sled for all runs would make every open as long as the index is large. And a run that
//! was merged gives its disk back at once.
//!
//! A value in sled is an extent. sled writes a small value four times over, and takes half as much
//! disk again for it as for one of this size.

use std::collections::HashMap;
use std::fs;
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use rustix::process::{Resource, getrlimit};

use super::extent::{self, Extent, KEY_BYTES, Part};
use super::guarded::Guarded;
use super::places::{self, Handles, Places};
use super::{files, value};
use crate::store::{Error, Result};

/// Bytes written to a sled after which it is opened anew: whatever its cache may hold, it holds up to
/// half of what was written in such large values.
const HELD_BYTES: usize = if cfg!(test) { 1 << 20 } else { 64 << 20 };

/// The sleds of an index.
pub(super) struct Pages {
    dir: PathBuf,
    /// Files that may be kept open to read values from.
    handles: Arc<Handles>,
    /// Those that had to be asked for a value.
    open: Mutex<HashMap<u32, Arc<Guarded>>>,
}

impl Pages {
    /// Opens or makes the index in a directory.
    pub(super) fn open(dir: &Path) -> Result<Self> {
        fs::create_dir_all(dir).map_err(files::failed("create", dir))?;
        Ok(Self {
            dir: dir.to_owned(),
            handles: Arc::new(Handles::new(most_handles())),
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
        let (first, last) = (extent::key(part, 0), extent::key(part, number));
        let found = self.sled(run)?.call(|db| {
            let mut until = db.range(first.as_slice()..=last.as_slice());
            until.next_back().transpose()
        })?;
        let (_, extent) = found.ok_or_else(missing)?;
        let extent = Extent::read(&extent).ok_or_else(missing)?;
        let sealed = extent.value(number).ok_or_else(missing)?;
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

    /// Where the values of a run lie in the files of its sled, which is closed then.
    pub(super) fn places(&self, run: u32, part: Part) -> Places {
        self.close(run);
        Places::load(&self.dir_of(run), part, self.handles.clone())
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

    /// Removes a run; none there is no error.
    pub(super) fn remove(&self, run: u32) -> Result<()> {
        self.close(run);
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

    /// Bytes on disk.
    pub(super) fn bytes(&self) -> u64 {
        files::disk_bytes(&self.dir)
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

impl<'a> NewRun<'a> {
    /// Its number.
    pub(super) fn number(&self) -> u32 {
        self.number
    }

    /// Writes an extent.
    pub(super) fn set(&mut self, key: [u8; KEY_BYTES], extent: Vec<u8>) -> Result<()> {
        if self.held >= HELD_BYTES {
            self.close()?;
            self.sled = Some(Guarded::open(&self.pages.dir_of(self.number))?);
        }
        self.held += extent.len();
        self.sled().call(|db| db.insert(key, extent)).map(drop)
    }

    /// Closes it, finds where its values lie, and makes it durable: sled's own flush ends before the
    /// disk does.
    pub(super) fn seal(mut self) -> Result<&'a Pages> {
        self.close()?;
        let dir = self.pages.dir_of(self.number);
        places::find(&dir)?;
        files::sync_tree(&dir)?;
        files::sync_dir(&self.pages.dir)?;
        self.is_sealed = true;
        Ok(self.pages)
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
    key[4..].copy_from_slice(&extent::key(part, number));
    key
}

/// Half of the files that this process may have open: the rest is for others.
fn most_handles() -> usize {
    let most = getrlimit(Resource::Nofile).current;
    most.map_or(usize::MAX, |most| most as usize) / 2
}
