//! `wirecopy reindex`: the index anew, from the journal.

use std::path::PathBuf;

use anyhow::{Context as _, Result, bail};
use clap::Args;
use wirecopy::config::Layer;
use wirecopy::store::Embedded;

use super::output::count;
use super::settings::{self, Settings};

/// Build the index of a store anew, from its journal
///
/// The journal is the truth and is not touched. The server must not run. It does the same by itself
/// where the index cannot be opened or does not agree with the journal.
#[derive(Debug, Args)]
#[command(after_help = "Example:\n  wirecopy reindex --data ./store")]
pub struct Reindex {
    /// The store's directory.
    #[arg(long, value_name = "DIR")]
    data: Option<PathBuf>,
    #[command(flatten)]
    settings: Settings,
}

impl Reindex {
    /// Runs the command.
    pub fn run(self) -> Result<()> {
        let mut flags = Layer::default();
        flags.serve.data = self.data;
        let config = self.settings.config(flags)?;
        let failed = || format!("failed to rebuild the index in `{}`", config.data.display());
        // A store is made where there is none on opening, and a slip of the pen is not to make one
        // here.
        if !Embedded::is_at(&config.data) {
            bail!("{}: there is no store", failed());
        }

        let bar = settings::replay_bar();
        let params = config.engine;
        let entries = Embedded::reindex(
            &config.data,
            &config.store,
            &params.shape(),
            &params.derive(),
            &mut |done, all| settings::show_replay(&bar, done, all),
        )
        .with_context(failed)?;
        bar.finish_and_clear();
        eprintln!(
            "wirecopy: rebuilt the index; journal entries replayed: {}",
            count(entries)
        );
        Ok(())
    }
}
