//! Snapshots of the store, by name, below a directory that the operator has chosen.

use std::path::{Path, PathBuf};

use super::{Engine, Error, Result};
use crate::id::Collection;
use crate::store::SnapshotSummary;

impl Engine {
    /// Lets snapshots be made below a directory. It should be on the file system of the store, so that
    /// most files need not be copied.
    #[must_use]
    pub fn with_snapshots(mut self, dir: PathBuf) -> Self {
        self.snapshots = Some(dir);
        self
    }

    /// Writes a snapshot of the store under a name, while it is in use: everything that was acknowledged
    /// before the call.
    ///
    /// # Errors
    /// [`Error::Invalid`] for a name that is none, or is taken, and where there is no directory for
    /// snapshots; and those of the store.
    pub fn snapshot(&self, name: &str) -> Result<SnapshotSummary> {
        let Some(dir) = &self.snapshots else {
            let why = "there is no directory for snapshots; set `snapshots` in [serve]";
            return Err(Error::invalid("name", why));
        };
        // The rules of a collection's name keep it below the directory.
        if name.is_empty() || name.ends_with(".tmp") || Collection::parse(name).is_err() {
            let why = "a snapshot's name is 1 to 64 of a-z, 0-9, '.', '_', '-', beginning with a letter or \
                       digit, and does not end in .tmp";
            return Err(Error::invalid("name", why));
        }
        self.snapshot_to(&dir.join(name))
    }

    /// Writes a snapshot of the store to a directory that does not exist, as [`Self::snapshot`] does.
    ///
    /// # Errors
    /// [`Error::Invalid`] if it exists, and those of the store.
    pub fn snapshot_to(&self, to: &Path) -> Result<SnapshotSummary> {
        let _one_at_a_time = super::pipeline::lock(&self.core.compacting);
        if to.exists() {
            return Err(Error::invalid("name", "a snapshot of this name exists"));
        }
        let written = self.core.store.copy_to(to)?;
        written.ok_or_else(|| Error::invalid("name", "the store is kept in memory"))
    }
}
