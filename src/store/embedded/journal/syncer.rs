//! Group commit: one fdatasync makes the journal durable for all callers that wait at the same time,
//! without holding the lock that writers need.

use std::fs::{File, OpenOptions};
use std::os::unix::fs::FileExt;
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex, PoisonError};

use super::{files, le_u32, le_u64};
use crate::store::{Error, Result};

/// Tracks up to which entry the journal is durable.
///
/// It notes that number in a file that is never synced: a hint that outlives the process, and lets
/// the next open tell a torn tail from damage to durable records.
pub struct Syncer {
    /// Locked while it syncs. `None` after a failure.
    durable: Mutex<Option<u64>>,
    note: Option<File>,
}

impl Syncer {
    /// Starts with everything up to an entry durable.
    pub fn new(note: &Path, durable: u64) -> Self {
        let mut options = OpenOptions::new();
        let note = options.write(true).create(true).truncate(false).open(note);
        let syncer = Self {
            durable: Mutex::new(Some(durable)),
            note: note.ok(),
        };
        // An older note may name entries that have been cut since.
        syncer.write_note(durable);
        syncer
    }

    /// Reads the note of an earlier process; 0 if there is none.
    pub fn read_note(note: &Path) -> u64 {
        let is_intact =
            |note: &Vec<u8>| note.len() == 12 && crc32c::crc32c(&note[..8]) == le_u32(&note[8..]);
        let note = files::read_if_exists(note).ok().flatten();
        note.filter(is_intact).map_or(0, |note| le_u64(&note))
    }

    /// Returns once the journal is durable up to the entry `wanted`. `latest` is the journal's
    /// current file, its path, and the number of its last entry.
    ///
    /// An error is final. Only one call syncs at a time: the system reports a failed write once, to
    /// whoever syncs next, and every waiter has to learn of it.
    pub fn sync(
        &self,
        wanted: u64,
        (file, path, sequence): (Arc<File>, PathBuf, u64),
    ) -> Result<()> {
        let mut durable = self.durable.lock().unwrap_or_else(PoisonError::into_inner);
        let Some(before) = *durable else {
            let why = "the journal could not be made durable";
            return Err(Error::Stopped(why.to_owned()));
        };
        if before >= wanted {
            return Ok(());
        }
        // Earlier segments were synced when they ended.
        *durable = None;
        let what = "sync";
        // Never `Error::Full`, after which callers try again.
        let synced = file.sync_data();
        synced.map_err(|source| Error::Io { what, path, source })?;
        self.write_note(before.max(sequence));
        *durable = Some(before.max(sequence));
        Ok(())
    }

    /// Writes the note. Errors are ignored: an old note only claims less.
    fn write_note(&self, sequence: u64) {
        let Some(file) = &self.note else { return };
        let mut bytes = sequence.to_le_bytes().to_vec();
        bytes.extend(crc32c::crc32c(&bytes).to_le_bytes());
        let _ = file.write_all_at(&bytes, 0);
    }
}
