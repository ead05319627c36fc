//! The files of runs: each run is a sled database of its own, which holds its values under numbers.
//!
//! A sled is written once, closed, and opened again only if a value is not found at its location in
//! sled's files. One sled for all runs would not do: opening a sled takes time in proportion to what
//! was written since its last snapshot, and the space of a merged run is freed at once only if the
//! run can be deleted as a directory.
//!
//! Values are grouped into extents: sled writes a small value four times over, and needs half as much
//! disk again for it as for one of an extent's size.

pub(super) mod extent;
mod guarded;
pub(super) mod locations;
mod values;

use std::ffi::OsString;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::sync::atomic::AtomicUsize;

use rustix::process::{Resource, getrlimit};

pub use self::extent::ExtentSecret;
use self::extent::{Extent, ExtentBuilder};
use self::guarded::GuardedSled;
use self::locations::Locations;
pub use self::values::RunValues;
use super::disk::Disk;
use super::{files, le_u32};
use crate::store::{Error, Result};

/// Bytes written to a sled after which it is opened anew: its cache, whatever its set size, holds up
/// to half of what was written in large values.
const REOPEN_BYTES: usize = if cfg!(test) { 1 << 20 } else { 64 << 20 };

#[derive(Debug)]
pub struct SledRuns {
    disk: Arc<dyn Disk>,
    dir: PathBuf,
    secret: ExtentSecret,
    handles: Arc<AtomicUsize>,
}

impl SledRuns {
    /// Opens the runs in a directory, which is created if it is missing.
    pub fn open(disk: &Arc<dyn Disk>, dir: &Path, secret: ExtentSecret) -> Result<Arc<Self>> {
        files::create_dirs(&**disk, dir)?;
        Ok(Arc::new(Self {
            disk: disk.clone(),
            dir: dir.to_owned(),
            secret,
            handles: Arc::new(AtomicUsize::new(max_handles())),
        }))
    }

    pub fn create(self: &Arc<Self>, run: u32) -> Result<SledWriter> {
        self.remove(run)?;
        Ok(SledWriter {
            sled: Some(GuardedSled::open(&self.dir_of(run))?),
            sleds: self.clone(),
            run,
            extents: ExtentBuilder::new(self.secret),
            unflushed_bytes: 0,
            is_sealed: false,
        })
    }

    /// Removes a run. A missing run is not an error.
    pub fn remove(&self, run: u32) -> Result<()> {
        files::remove(&*self.disk, &self.dir_of(run))
    }

    /// Returns the numbers of the runs on disk.
    pub fn list(&self) -> Result<Vec<u32>> {
        let names = files::names(&self.dir)?;
        let number = |name: &OsString| name.to_str()?.parse().ok();
        Ok(names.iter().filter_map(number).collect())
    }

    pub fn bytes(&self) -> u64 {
        files::disk_bytes(&self.dir)
    }

    /// Opens a run's sled and asks it for a value. Returns it with its header, unchecked.
    fn get(&self, run: u32, number: u32) -> Result<Vec<u8>> {
        if !self.dir_of(run).is_dir() {
            return Err(Error::Index(format!("run {run} is missing"))); // sled would create it
        }
        let missing = || Error::Index(format!("value {number} of run {run} is missing"));
        let found = GuardedSled::open(&self.dir_of(run))?.call(|db| {
            let mut until = db.range(..=extent::key(number));
            until.next_back().transpose()
        })?;
        let (_, bytes) = found.ok_or_else(missing)?;
        let value = Extent::read(&bytes, &self.secret).and_then(|extent| extent.value(number));
        value.map(<[u8]>::to_vec).ok_or_else(missing)
    }

    fn dir_of(&self, run: u32) -> PathBuf {
        self.dir.join(run.to_string())
    }
}

/// Writes the values of a new run. Dropped before it is sealed, it removes the run.
pub struct SledWriter {
    sleds: Arc<SledRuns>,
    run: u32,
    /// `None` once closed.
    sled: Option<GuardedSled>,
    extents: ExtentBuilder,
    /// Bytes written since the sled was opened.
    unflushed_bytes: usize,
    is_sealed: bool,
}

impl SledWriter {
    /// Returns how many values the run has so far.
    pub fn count(&self) -> u32 {
        self.extents.count()
    }

    pub fn push(&mut self, content: &[u8]) -> Result<()> {
        let sealed = values::seal(self.run, self.count(), content);
        if !self.extents.has_room(sealed.len()) {
            self.end_extent()?;
        }
        self.extents.push(&sealed);
        Ok(())
    }

    /// Closes the sled, finds where its values lie, and makes the run durable: sled's own flush
    /// returns before the disk has everything.
    pub fn seal(mut self) -> Result<RunValues> {
        self.end_extent()?;
        self.close()?;
        let values = RunValues::load(&self.sleds, self.run);
        let disk = &*self.sleds.disk;
        files::sync_tree(disk, &self.sleds.dir_of(self.run))?;
        files::sync_dir(disk, &self.sleds.dir)?;
        self.is_sealed = true;
        Ok(values)
    }

    fn end_extent(&mut self) -> Result<()> {
        let Some((key, extent)) = self.extents.take() else {
            return Ok(());
        };
        if self.unflushed_bytes >= REOPEN_BYTES {
            self.close()?;
            self.sled = Some(GuardedSled::open(&self.sleds.dir_of(self.run))?);
        }
        self.unflushed_bytes += extent.len();
        self.sled().call(|db| db.insert(key, extent)).map(drop)
    }

    fn close(&mut self) -> Result<()> {
        self.sled().call(|db| db.flush())?;
        self.sled = None;
        self.unflushed_bytes = 0;
        Ok(())
    }

    fn sled(&self) -> &GuardedSled {
        self.sled.as_ref().expect("closed when sealed only")
    }
}

impl Drop for SledWriter {
    fn drop(&mut self) {
        self.sled = None;
        if !self.is_sealed {
            let _ = self.sleds.remove(self.run); // or the next open does
        }
    }
}

/// Returns half of the files that this process may have open: the rest is for others.
fn max_handles() -> usize {
    let limit = getrlimit(Resource::Nofile).current;
    limit.map_or(usize::MAX, |limit| limit as usize) / 2
}
