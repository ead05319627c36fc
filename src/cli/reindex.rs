//! `wirecopy reindex`: rebuilds the index from the journal.

use std::path::PathBuf;

use anyhow::{Context as _, Result};
use clap::Args;
use wirecopy::config::{Layer, Use};
use wirecopy::store::Embedded;

use super::output::{count, report};
use super::settings::{self, SettingsArgs};

/// Rebuild the index of a store from its journal
///
/// What the journal has is not changed. If a former version of this program made the store, every article is
/// placed in its cluster anew, and what moves is added to the journal. The server must not be running. It
/// does the same on its own when the index cannot be opened, does not match the journal, or is of a former
/// version.
#[derive(Debug, Args)]
#[command(after_help = "Example:\n  wirecopy reindex --data ./store")]
pub struct ReindexArgs {
    /// The directory of the store.
    #[arg(long, value_name = "DIR")]
    data: Option<PathBuf>,
    #[command(flatten)]
    settings: SettingsArgs,
}

impl ReindexArgs {
    /// Runs the command.
    pub fn run(self) -> Result<()> {
        let mut flags = Layer::default();
        flags.serve.data = self.data;
        let config = self.settings.config(Use::Server, flags)?;
        let failed = || format!("failed to rebuild the index in `{}`", config.data.display());
        settings::require_store(&config.data).with_context(failed)?;
        let (bar, mut progress) = settings::progress_bar("of the journal");
        let params = config.engine;
        let entries = Embedded::reindex(
            &config.data,
            &config.store,
            &params.shape(),
            &params.derive(),
            &mut progress,
        )
        .with_context(failed)?;
        bar.finish_and_clear();
        report(format_args!(
            "rebuilt the index from {} journal entries",
            count(entries)
        ));
        // All articles of a store of a former version.
        let engine = settings::open(&config.data, &config)?;
        engine.settle().with_context(failed)?;
        engine.close().with_context(failed)
    }
}
