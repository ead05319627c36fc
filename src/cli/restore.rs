//! `wirecopy restore`: makes a store of a snapshot.

use std::path::PathBuf;

use anyhow::{Context as _, Result};
use clap::Args;
use indicatif::BinaryBytes;
use wirecopy::store::Embedded;

use super::output::counted;

/// Check a snapshot, and make a store of it
///
/// Every byte is checked against the snapshot's manifest. If anything is not as it was when the snapshot was
/// made, nothing can be opened in the directory, and the message names the place.
#[derive(Debug, Args)]
#[command(after_help = "Example:\n  wirecopy restore /backup/store-2026-11-27 ./store")]
pub struct RestoreArgs {
    /// The directory of the snapshot.
    #[arg(value_name = "SNAPSHOT")]
    snapshot: PathBuf,
    /// The directory of the store to be. It must not exist, or be empty.
    #[arg(value_name = "DIR")]
    data: PathBuf,
}

impl RestoreArgs {
    /// Runs the command.
    pub fn run(self) -> Result<()> {
        let restored = Embedded::restore(&self.snapshot, &self.data);
        let restored =
            restored.with_context(|| format!("failed to restore `{}`", self.snapshot.display()))?;
        eprintln!(
            "wirecopy: restored `{}`: {}, {}",
            self.data.display(),
            counted(restored.files, "file"),
            BinaryBytes(restored.bytes)
        );
        Ok(())
    }
}
