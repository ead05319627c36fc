//! The checkpoint: up to where the index covers the journal, and what it consists of.
//!
//! It is a file beside the runs and not a row in one, for it is what they are judged by; and a file can
//! be replaced as a whole.

use std::path::{Path, PathBuf};

use serde::{Deserialize, Serialize};

use super::counters::Stored;
use super::files;
use super::journal::Mark;
use super::{le_u32, segment};
use super::{posting_run, row_run};
use crate::store::{Error, Result};

const MAGIC: &[u8; 8] = b"WCCHECK\0";
const VERSION: u32 = 5;
const HEAD_BYTES: usize = 16;

/// A state of the index that is whole on disk.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub(super) struct Checkpoint {
    /// The last entry it covers.
    pub mark: Mark,
    /// The first document number that may not have been given.
    pub next_doc: u64,
    /// The first run number that was not given.
    pub next_run: u32,
    /// The runs.
    pub runs: Runs,
    /// The counters.
    pub counters: Stored,
}

/// The runs of an index, from the oldest to the newest.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub(super) struct Runs {
    /// Those of rows, in sled.
    pub rows: Vec<row_run::Meta>,
    /// Those of postings, in sled.
    pub postings: Vec<posting_run::Meta>,
}

impl Checkpoint {
    /// The checkpoint of an index with nothing in it.
    pub(super) fn empty() -> Self {
        Self {
            mark: Mark::START,
            next_doc: 0,
            next_run: 0,
            runs: Runs::default(),
            counters: Vec::new(),
        }
    }

    /// Reads the checkpoint of a store; `None` if there is none.
    pub(super) fn read(dir: &Path) -> Result<Option<Self>> {
        let bytes = files::read_if_there(&path(dir))?;
        bytes.map(|bytes| decode(&bytes)).transpose()
    }

    /// Replaces the checkpoint of a store.
    pub(super) fn write(&self, dir: &Path) -> Result<()> {
        let body = postcard::to_allocvec(self)
            .map_err(|error| Error::Index(format!("checkpoint: {error}")))?;
        let mut bytes = MAGIC.to_vec();
        bytes.extend(VERSION.to_le_bytes());
        bytes.extend(segment::link(crc32c::crc32c(&body), VERSION).to_le_bytes());
        bytes.extend(body);
        files::write_atomically(&path(dir), &bytes)
    }

    /// Removes the checkpoint: the next open builds the index anew.
    pub(super) fn remove(dir: &Path) -> Result<()> {
        files::remove(&path(dir))
    }
}

fn path(dir: &Path) -> PathBuf {
    dir.join("checkpoint")
}

fn decode(bytes: &[u8]) -> Result<Checkpoint> {
    let failed = |why: &str| Err(Error::Index(format!("the checkpoint {why}")));
    let Some((head, body)) = bytes.split_at_checked(HEAD_BYTES) else {
        return failed("is cut short");
    };
    let version = le_u32(&head[8..12]);
    if &head[..8] != MAGIC {
        return failed("is none");
    }
    if version != VERSION {
        return failed(&format!("has version {version}, and {VERSION} is known"));
    }
    if le_u32(&head[12..]) != segment::link(crc32c::crc32c(body), version) {
        return failed("does not hold its checksum");
    }
    postcard::from_bytes(body).or_else(|error| failed(&format!("is malformed: {error}")))
}
