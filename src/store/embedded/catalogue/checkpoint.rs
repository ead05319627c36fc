//! The checkpoint: how far the index covers the journal, and the manifest of its runs.
//!
//! It is a file of its own, because the runs are judged by it, and because a file can be replaced
//! atomically.

use std::path::{Path, PathBuf};

use serde::{Deserialize, Serialize};

use crate::store::embedded::counters::Counters;
use crate::store::embedded::disk::Disk;
use crate::store::embedded::journal::JournalPosition;
use crate::store::embedded::runs::RunMeta;
use crate::store::embedded::sleds::ExtentSecret;
use crate::store::embedded::{files, le_u32};
use crate::store::{Error, Result};

const MAGIC: &[u8; 8] = b"WCCHECK\0";
/// Version of the index, which is rebuilt if it has another. Changes with anything stored below
/// `index/`, the keys of buckets included, and with the constants of Bloom filters.
const VERSION: u32 = 14;
const HEADER_BYTES: usize = 16;

/// A state of the index that is durable in full. The default is before the first entry.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Checkpoint {
    /// The position after the last entry that the index covers.
    pub position: JournalPosition,
    /// The first document number that may be unused.
    pub next_doc: u64,
    /// The first run number that is unused.
    pub next_run: u32,
    /// The runs of rows, from the oldest to the newest.
    pub rows: Vec<RunMeta>,
    /// The runs of postings, likewise.
    pub postings: Vec<RunMeta>,
    pub counters: Counters,
    /// By which the extents of the index are found.
    pub secret: ExtentSecret,
}

impl Checkpoint {
    /// Returns the checkpoint of a new, empty index.
    pub fn of_new_index() -> Result<Self> {
        Ok(Self {
            secret: ExtentSecret::random()?,
            ..Self::default()
        })
    }

    /// Reads the checkpoint of a store; `None` if there is none.
    pub fn read(dir: &Path) -> Result<Option<Self>> {
        let bytes = files::read_if_exists(&path(dir))?;
        bytes.map(|bytes| decode(&bytes)).transpose()
    }

    /// Replaces the checkpoint; durable when it returns.
    pub fn write(&self, disk: &dyn Disk, dir: &Path) -> Result<()> {
        let body = postcard::to_allocvec(self);
        let body = body.map_err(|error| Error::Index(format!("checkpoint: {error}")))?;
        let (version, crc) = (VERSION.to_le_bytes(), checksum(&body).to_le_bytes());
        let bytes = [&MAGIC[..], &version, &crc, &body].concat();
        files::write_atomically(disk, &path(dir), &bytes)
    }

    /// Removes the checkpoint, so that the next open rebuilds the index.
    pub fn remove(disk: &dyn Disk, dir: &Path) -> Result<()> {
        files::remove(disk, &path(dir))
    }
}

fn path(dir: &Path) -> PathBuf {
    dir.join("checkpoint")
}

fn checksum(body: &[u8]) -> u32 {
    crc32c::crc32c_append(crc32c::crc32c(body), &VERSION.to_le_bytes())
}

/// Reads the bytes of a checkpoint.
pub fn decode(bytes: &[u8]) -> Result<Checkpoint> {
    let failed = |why: &str| Err(Error::Index(format!("the checkpoint {why}")));
    let Some((header, body)) = bytes.split_at_checked(HEADER_BYTES) else {
        return failed("is cut short");
    };
    if &header[..8] != MAGIC {
        return failed("has no magic number");
    }
    let version = le_u32(&header[8..]);
    if version != VERSION {
        return failed(&format!("has version {version}, expected {VERSION}"));
    }
    if le_u32(&header[12..]) != checksum(body) {
        return failed("has a checksum mismatch");
    }
    postcard::from_bytes(body).or_else(|error| failed(&format!("is malformed: {error}")))
}
