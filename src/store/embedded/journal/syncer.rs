//! Group commit: one fdatasync makes the journal durable for all callers that wait at the same time,
//! without holding the lock that writers need.

use std::fs::File;
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Instant;

use super::{DurableNote, files};
use crate::store::embedded::disk::Disk;
use crate::store::embedded::meters::StoreMeters;
use crate::store::{Error, Result};

/// Tracks up to which entry the journal is durable, and notes it.
pub struct Syncer {
    disk: Arc<dyn Disk>,
    /// Locked while it syncs. `None` after a failure.
    state: Mutex<Option<SyncState>>,
    meters: Arc<StoreMeters>,
}

struct SyncState {
    /// The last entry that is durable.
    durable: u64,
    note: DurableNote,
}

impl Syncer {
    /// Starts with everything up to an entry durable.
    pub fn new(
        disk: &Arc<dyn Disk>,
        note: &Path,
        durable: u64,
        meters: &Arc<StoreMeters>,
    ) -> Result<Self> {
        let note = DurableNote::begin(disk, note, durable)?;
        Ok(Self {
            disk: disk.clone(),
            state: Mutex::new(Some(SyncState { durable, note })),
            meters: Arc::clone(meters),
        })
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
        let mut state = self.state();
        // Left empty by an error.
        let mut current = state.take().ok_or_else(failed_before)?;
        if current.durable < wanted {
            // Earlier segments were synced when they ended.
            let begun = Instant::now();
            let synced = self.disk.sync(&path, &file);
            self.meters.syncs.add(begun.elapsed());
            synced.map_err(|source| files::unsynced(&path, source))?;
            current.durable = current.durable.max(sequence);
            current.note.write(current.durable)?;
        }
        *state = Some(current);
        Ok(())
    }

    /// Makes the note durable, too. An error is final.
    pub fn sync_note(&self) -> Result<()> {
        let mut state = self.state();
        let mut current = state.take().ok_or_else(failed_before)?;
        current.note.sync()?;
        *state = Some(current);
        Ok(())
    }

    fn state(&self) -> MutexGuard<'_, Option<SyncState>> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

fn failed_before() -> Error {
    Error::Stopped("the journal could not be made durable".to_owned())
}
