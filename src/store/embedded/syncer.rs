//! Group commit: makes the journal durable outside the lock that writers need, one fdatasync for
//! all who wait at once.

use std::fs::{File, OpenOptions};
use std::os::unix::fs::FileExt;
use std::path::{Path, PathBuf};
use std::sync::{Arc, Condvar, Mutex, MutexGuard, PoisonError};

use super::{files, le_u32, le_u64};
use crate::store::{Error, Result};

/// Knows up to which entry the journal is durable.
///
/// It notes that number in a file that is never synced: a hint which outlives the process, by which
/// the next open tells a torn tail from damage to what was durable.
pub(super) struct Syncer {
    progress: Mutex<Progress>,
    finished: Condvar,
    note: Option<File>,
}

struct Progress {
    durable: u64,
    is_busy: bool,
    has_failed: bool,
}

/// What to sync: the journal's current file, and the last entry in it.
pub(super) type Latest = (Arc<File>, PathBuf, u64);

impl Syncer {
    /// Begins with everything up to an entry durable.
    pub(super) fn new(note: &Path, durable: u64) -> Self {
        let options = OpenOptions::new()
            .write(true)
            .create(true)
            .truncate(false)
            .open(note);
        let progress = Progress {
            durable,
            is_busy: false,
            has_failed: false,
        };
        let syncer = Self {
            progress: Mutex::new(progress),
            finished: Condvar::new(),
            note: options.ok(),
        };
        // An older note may name entries that have been cut since.
        syncer.write_note(durable);
        syncer
    }

    /// Reads the note of an earlier process; 0 if there is none.
    pub(super) fn noted(note: &Path) -> u64 {
        match files::read_if_there(note) {
            Ok(Some(bytes))
                if bytes.len() == 12 && crc32c::crc32c(&bytes[..8]) == le_u32(&bytes[8..]) =>
            {
                le_u64(&bytes)
            }
            _ => 0,
        }
    }

    /// Returns when the journal is durable up to `wanted`. An error is final: nobody may try again.
    /// One call syncs at a time: the system tells an error once, and whoever is told must be the one
    /// that all wait for.
    pub(super) fn sync(&self, wanted: u64, latest: impl Fn() -> Latest) -> Result<()> {
        // Asked before anybody waits for us: a writer that ends a segment comes here with the
        // journal in its hands. Segments before the current one were synced when they were left.
        let (file, path, sequence) = latest();
        let mut progress = self.lock();
        loop {
            if progress.has_failed {
                return Err(Error::Stopped(
                    "the journal could not be made durable".to_owned(),
                ));
            }
            if progress.durable >= wanted {
                return Ok(());
            }
            if !progress.is_busy {
                break;
            }
            progress = self
                .finished
                .wait(progress)
                .unwrap_or_else(PoisonError::into_inner);
        }
        progress.is_busy = true;
        drop(progress);
        let synced = file.sync_data();
        let mut progress = self.lock();
        progress.is_busy = false;
        self.finished.notify_all();
        match synced {
            Ok(()) => {
                progress.durable = progress.durable.max(sequence);
                self.write_note(progress.durable);
                Ok(())
            }
            Err(error) => {
                progress.has_failed = true;
                Err(files::failed("sync", &path)(error))
            }
        }
    }

    /// A note that cannot be written is one that promises less.
    fn write_note(&self, sequence: u64) {
        let Some(file) = &self.note else { return };
        let mut bytes = sequence.to_le_bytes().to_vec();
        bytes.extend(crc32c::crc32c(&bytes).to_le_bytes());
        let _ = file.write_all_at(&bytes, 0);
    }

    fn lock(&self) -> MutexGuard<'_, Progress> {
        self.progress.lock().unwrap_or_else(PoisonError::into_inner)
    }
}
