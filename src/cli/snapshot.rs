//! `wirecopy snapshot`: makes a consistent copy of a store.

use std::path::PathBuf;

use anyhow::{Context as _, Result};
use clap::Args;
use indicatif::BinaryBytes;
use wirecopy::config::{Layer, Use};
use wirecopy::server::proto::{SnapshotRequest, SnapshotResponse};

use super::output::counted;
use super::remote::{self, ServerArgs};
use super::settings::{self, SettingsArgs};

/// Make a consistent, checksummed copy of a store
///
/// Of a running server: below the directory that its setting `serve.snapshots` names. Of a store that no
/// server uses: anywhere. Files that never change are linked where the file system allows it, so a
/// snapshot on the same file system takes little space at first. `wirecopy restore` makes a store of it.
#[derive(Debug, Args)]
#[command(after_help = "\
Examples:
  wirecopy snapshot nightly-2026-11-27
  wirecopy snapshot --data ./store /backup/store-2026-11-27")]
pub struct SnapshotArgs {
    /// The name of the snapshot; with --data, its directory. It must not exist.
    #[arg(value_name = "SNAPSHOT")]
    snapshot: PathBuf,
    /// The directory of a store that no server uses.
    #[arg(long, value_name = "DIR")]
    data: Option<PathBuf>,
    #[command(flatten)]
    remote: ServerArgs,
    #[command(flatten)]
    settings: SettingsArgs,
}

impl SnapshotArgs {
    /// Runs the command.
    pub fn run(self) -> Result<()> {
        let (files, bytes) = match &self.data {
            Some(data) => {
                let failed = || format!("failed to copy the store in `{}`", data.display());
                settings::require_store(data).with_context(failed)?;
                let config = self.settings.config(Use::Server, Layer::default())?;
                let engine = settings::open(data, &config)?;
                let made = engine.snapshot_to(&self.snapshot).with_context(failed)?;
                engine.close().with_context(failed)?;
                (made.files, made.bytes)
            }
            None => {
                let failed = "failed to make the snapshot";
                let name = self.snapshot.to_string_lossy().into_owned();
                let request = SnapshotRequest { name };
                let server = &self.remote.target()?;
                let is_finished = |made: &SnapshotResponse| made.finished;
                let made = remote::call_late(server, failed, is_finished, async |mut client| {
                    client.snapshot(request).await
                })?;
                (made.files, made.bytes)
            }
        };
        eprintln!(
            "wirecopy: snapshot `{}`: {}, {}",
            self.snapshot.display(),
            counted(files, "file"),
            BinaryBytes(bytes)
        );
        Ok(())
    }
}
