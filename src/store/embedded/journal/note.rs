//! A note of how far the journal is durable. It outlives the process, and tells the next open a torn tail
//! from damage to what was acknowledged.
//!
//! It is written after each sync of the journal, and synced itself only now and then: after a power loss
//! it may be too low, never too high.

use std::fs::File;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use super::{files, le_u32, le_u64};
use crate::store::embedded::disk::{Disk, Opening};
use crate::store::{Error, Result};

/// Notes that are written before one is synced: a sync takes as long as that of the journal.
const NOTES_PER_SYNC: u32 = 64;
/// Bytes of the file: a sequence number and its checksum. They lie in one sector, which a disk writes
/// as a whole.
const BYTES: usize = 12;

pub struct DurableNote {
    disk: Arc<dyn Disk>,
    path: PathBuf,
    file: File,
    /// Notes since the last sync.
    unsynced: u32,
}

impl DurableNote {
    /// Reads the number of the last entry that was durable; `None` if the note is missing or damaged.
    pub fn read(path: &Path) -> Result<Option<u64>> {
        let is_intact = |note: &Vec<u8>| {
            note.len() == BYTES && crc32c::crc32c(&note[..8]) == le_u32(&note[8..])
        };
        let note = files::read_if_exists(path)?;
        Ok(note.filter(is_intact).map(|note| le_u64(&note)))
    }

    /// Replaces the note; durable when it returns.
    pub fn replace(disk: &dyn Disk, path: &Path, sequence: u64) -> Result<()> {
        files::write_atomically(disk, path, &encode(sequence))
    }

    /// Writes a durable note, and opens it for more.
    pub fn begin(disk: &Arc<dyn Disk>, path: &Path, sequence: u64) -> Result<Self> {
        if Self::read(path)?.is_none() {
            Self::replace(&**disk, path, sequence)?;
        }
        let file = disk.open(path, Opening::Write);
        let mut note = Self {
            disk: disk.clone(),
            path: path.to_owned(),
            file: file.map_err(files::failed("open", path))?,
            unsynced: 0,
        };
        note.write(sequence)?;
        note.sync()?;
        Ok(note)
    }

    /// Notes that the journal is durable up to an entry.
    pub fn write(&mut self, sequence: u64) -> Result<()> {
        let written = self
            .disk
            .write(&self.path, &self.file, &encode(sequence), 0);
        match written.map_err(files::failed("write", &self.path)) {
            // The older note only claims less.
            Err(Error::Full { .. }) => return Ok(()),
            written => written?,
        }
        self.unsynced += 1;
        match self.unsynced >= NOTES_PER_SYNC {
            true => self.sync(),
            false => Ok(()),
        }
    }

    /// Makes the note durable.
    pub fn sync(&mut self) -> Result<()> {
        if self.unsynced > 0 {
            let synced = self.disk.sync(&self.path, &self.file);
            synced.map_err(|source| files::unsynced(&self.path, source))?;
            self.unsynced = 0;
        }
        Ok(())
    }
}

fn encode(sequence: u64) -> Vec<u8> {
    let mut bytes = sequence.to_le_bytes().to_vec();
    bytes.extend(crc32c::crc32c(&bytes).to_le_bytes());
    bytes
}
