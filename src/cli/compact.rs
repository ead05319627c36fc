//! `wirecopy compact`: takes everything out of a store's files that is not needed any more.

use std::path::PathBuf;

use anyhow::{Context as _, Result};
use clap::Args;
use wirecopy::config::{Layer, Use};
use wirecopy::server::proto::{CompactRequest, CompactResponse};

use super::output::report;
use super::remote::{self, ServerArgs};
use super::settings::{self, SettingsArgs};

/// Take everything out of a store that is not needed any more
///
/// Removed articles, former versions of articles, and the changes of the feed so far: after this, none of
/// their text is in any file of the store. The server does this by itself for parts of its journal of which
/// most is not needed; this forces it for all. Snapshots are not changed.
#[derive(Debug, Args)]
#[command(after_help = "\
Examples:
  wirecopy compact                   of a running server
  wirecopy compact --data ./store    of a store that no server uses")]
pub struct CompactArgs {
    /// The directory of a store that no server uses.
    #[arg(long, value_name = "DIR")]
    data: Option<PathBuf>,
    #[command(flatten)]
    remote: ServerArgs,
    #[command(flatten)]
    settings: SettingsArgs,
}

impl CompactArgs {
    /// Runs the command.
    pub fn run(self) -> Result<()> {
        let Some(data) = self.data else {
            let failed = "failed to compact the store";
            let server = &self.remote.target()?;
            let is_finished = |done: &CompactResponse| done.finished;
            remote::call_late(server, failed, is_finished, async |mut client| {
                client.compact(CompactRequest {}).await
            })?;
            report(format_args!("compacted the server's store"));
            return Ok(());
        };
        let failed = || format!("failed to compact the store in `{}`", data.display());
        settings::require_store(&data).with_context(failed)?;
        let config = self.settings.config(Use::Server, Layer::default())?;
        let engine = settings::open(&data, &config)?;
        engine.settle().with_context(failed)?;
        engine.compact().with_context(failed)?;
        engine.close().with_context(failed)?;
        report(format_args!("compacted the store in `{}`", data.display()));
        Ok(())
    }
}
