//! Where the parameters of a run come from, and the store they open.

use std::path::{Path, PathBuf};
use std::sync::Arc;

use anyhow::{Context as _, Result};
use clap::{Args, ValueEnum};
use indicatif::{ProgressBar, ProgressStyle};
use rustix::process::{Resource, Rlimit, getrlimit, setrlimit};
use wirecopy::config::{Config, Layer, Use};
use wirecopy::engine::Engine;
use wirecopy::store::{self, Embedded, Memory};

use super::output;

/// The flags of every command that opens a store.
#[derive(Debug, Args)]
pub struct Settings {
    /// Read the configuration from this file (config/wirecopy.toml shows every key). The
    /// environment (WIRECOPY_SECTION_KEY) overrides it, and flags override both.
    #[arg(long, value_name = "FILE", env = "WIRECOPY_CONFIG")]
    config: Option<PathBuf>,
    /// What the program may hold in memory, in MiB; 2048 where neither the configuration nor this says
    /// anything else.
    #[arg(long, value_name = "MIB")]
    memory_mib: Option<u32>,
}

/// When a write counts as done.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub enum Durability {
    /// When the disk has it.
    Fsync,
    /// When the operating system has it: faster, and a crash of the machine may lose the last
    /// seconds.
    Os,
}

impl From<Durability> for wirecopy::config::Durability {
    fn from(durability: Durability) -> Self {
        match durability {
            Durability::Fsync => Self::Fsync,
            Durability::Os => Self::Os,
        }
    }
}

impl Settings {
    /// Assembles the configuration: defaults, file, environment, and the flags given here.
    pub fn config(&self, flags: Layer) -> Result<Config> {
        self.config_to(Use::Server, flags)
    }

    /// The same for a job, of which the process is done when it ends.
    pub fn job_config(&self, flags: Layer) -> Result<Config> {
        self.config_to(Use::Job, flags)
    }

    fn config_to(&self, to: Use, mut flags: Layer) -> Result<Config> {
        flags.memory.mib = self.memory_mib;
        Ok(Config::load(to, self.config.as_deref(), flags)?)
    }
}

/// Opens the store in a directory, with an engine over it; says so where that took more than
/// opening.
pub fn open(dir: &Path, config: &Config) -> Result<Engine> {
    let failed = || format!("failed to open the store in `{}`", dir.display());
    std::fs::create_dir_all(dir).with_context(failed)?;
    raise_open_files();
    let params = config.engine;
    let bar = replay_bar();
    let mut progress = |done, all| show_replay(&bar, done, all);
    let opened = Embedded::open_with(
        dir,
        &config.store,
        &params.shape(),
        &params.derive(),
        &mut progress,
    )
    .with_context(failed)?;
    bar.finish_and_clear();
    if opened.lost > 0 {
        eprintln!(
            "wirecopy: entries that had been acknowledged and are gone from the end of the journal: {}, in `{}`. The file was cut. \
             What they held is to be sent again",
            output::count(opened.lost),
            dir.display()
        );
    }
    if let Some(why) = &opened.rebuilt {
        eprintln!(
            "wirecopy: the index in `{}` was rebuilt from the journal: {why}",
            dir.display()
        );
    } else if opened.replayed > 0 {
        let entries = output::count(opened.replayed);
        eprintln!(
            "wirecopy: {entries} entries of the journal in `{}` were replayed",
            dir.display()
        );
    }
    Engine::with_notices(Arc::new(opened.store), params, config.notice_table()?)
        .with_context(failed)
}

/// Lets this process have as many files open as it may: the index of ten million articles has some 12,000,
/// and what does not stay open is opened for each read.
fn raise_open_files() {
    let limit = getrlimit(Resource::Nofile);
    let current = limit.maximum;
    let _ = setrlimit(Resource::Nofile, Rlimit { current, ..limit }); // fewer do, too
}

/// Returns the bar of a replay, not shown before there is something to show.
pub fn replay_bar() -> ProgressBar {
    let style =
        ProgressStyle::with_template("{bar:32} {bytes}/{total_bytes} of the journal  {eta} left");
    ProgressBar::new(0).with_style(style.unwrap_or_else(|_| ProgressStyle::default_bar()))
}

/// Shows how many bytes of the journal were replayed.
pub fn show_replay(bar: &ProgressBar, done: u64, all: u64) {
    bar.set_length(all);
    bar.set_position(done);
}

/// Opens an engine over a store that lives and dies with the process.
pub fn open_in_memory(config: &Config) -> Result<Engine> {
    let store = Arc::<Memory>::default();
    Ok(Engine::with_notices(
        store,
        config.engine,
        config.notice_table()?,
    )?)
}

/// Opens an engine over the directory, or over a temporary one, to be kept until the end, where
/// none is given. What is thrown away anyway is not flushed to the disk.
pub fn open_or_temporary(
    dir: Option<&Path>,
    config: &mut Config,
) -> Result<(Engine, Option<tempfile::TempDir>)> {
    if let Some(dir) = dir {
        return Ok((open(dir, config)?, None));
    }
    let temporary = tempfile::Builder::new()
        .prefix("wirecopy-")
        .tempdir()
        .context("failed to make a temporary directory")?;
    config.store.durability = store::Durability::Os;
    Ok((open(temporary.path(), config)?, Some(temporary)))
}
