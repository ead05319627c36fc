//! The settings of a run, and the store that it opens with them.

use std::path::{Path, PathBuf};
use std::sync::Arc;

use anyhow::{Context as _, Result, bail};
use clap::Args;
use indicatif::{ProgressBar, ProgressStyle};
use rustix::process::{Resource, Rlimit, getrlimit, setrlimit};
use wirecopy::config::{Config, Layer, Layers, Use};
use wirecopy::engine::Engine;
use wirecopy::store::{Durability, Embedded, Memory, SelfRebuilding};

use super::log::report;
use super::{output, signals};

/// The flags of every command that has settings.
#[derive(Debug, Args)]
pub struct SettingsArgs {
    /// Read the settings from this file (config/wirecopy.toml lists them all). The environment
    /// (WIRECOPY_SECTION_KEY) overrides it, and flags override both.
    #[arg(long, value_name = "FILE", env = "WIRECOPY_CONFIG")]
    config: Option<PathBuf>,
    /// Set any setting, such as limits.deadline_ms=10000; may be repeated.
    #[arg(long, value_name = "SECTION.KEY=VALUE")]
    set: Vec<String>,
    /// The memory budget of the program, in MiB. Default: 2048.
    #[arg(long, value_name = "MIB")]
    memory_mib: Option<u32>,
}

impl SettingsArgs {
    /// Assembles the configuration: defaults, file, environment, and flags.
    pub fn config(&self, purpose: Use, flags: Layer) -> Result<Config> {
        Ok(self.layers(flags)?.config(purpose)?)
    }

    /// Reads the layers of the configuration: file, environment, and flags.
    pub fn layers(&self, mut flags: Layer) -> Result<Layers> {
        flags.memory.mib = self.memory_mib;
        let settings = self.set.iter().map(|text| Layer::assignment(text));
        let mut overrides = settings.collect::<Result<Vec<_>, _>>()?;
        overrides.push(flags);
        Ok(Layers::read(self.config.as_deref(), overrides)?)
    }
}

/// Checks that there is a store in a directory. Opening creates one if there is none, which a mistyped path must
/// not do.
pub fn require_store(dir: &Path) -> Result<()> {
    if !Embedded::is_at(dir) {
        bail!("there is no store there");
    }
    Ok(())
}

/// Opens an engine over the store in a directory. Reports on standard error if the index had to be
/// brought up to date.
pub fn open(dir: &Path, config: &Config) -> Result<Engine> {
    raise_open_files();
    let params = config.engine;
    let (bar, mut progress) = progress_bar("of the journal");
    let opened = Embedded::open_with(
        dir,
        &config.store,
        &params.shape(),
        &params.derive(),
        &mut progress,
    )
    .context("failed to open the store")?;
    bar.finish_and_clear();
    if let Some(why) = &opened.rebuilt {
        report(format_args!(
            "the index in `{}` was rebuilt from the journal: {why}",
            dir.display()
        ));
    } else if opened.replayed > 0 {
        let entries = output::count(opened.replayed);
        report(format_args!(
            "{entries} entries of the journal in `{}` were replayed",
            dir.display()
        ));
    }
    let store = SelfRebuilding::new(opened.store, params.shape(), params.derive());
    let engine = Engine::with_notices(Arc::new(store), params, config.notice_table()?)
        .context("failed to open the store")?;
    Ok(match config.snapshots.as_os_str().is_empty() {
        true => engine,
        false => engine.with_snapshots(config.snapshots.clone()),
    })
}

/// Raises the limit of open files to its maximum: the index of ten million articles has some 12,000
/// files, and those that cannot stay open are reopened for each read.
fn raise_open_files() {
    let limit = getrlimit(Resource::Nofile);
    let current = limit.maximum;
    let _ = setrlimit(Resource::Nofile, Rlimit { current, ..limit }); // works with fewer, too
}

/// Returns a progress bar of bytes of something, hidden until there is progress to show, and what moves
/// it.
pub fn progress_bar(of: &str) -> (ProgressBar, impl FnMut(u64, u64)) {
    let template = format!("{{bar:32}} {{bytes}}/{{total_bytes}} {of}  {{eta}} left");
    let style = ProgressStyle::with_template(&template);
    let bar =
        ProgressBar::new(0).with_style(style.unwrap_or_else(|_| ProgressStyle::default_bar()));
    let moved = bar.clone();
    (bar, move |done, all| {
        moved.set_length(all);
        moved.set_position(done);
    })
}

/// Opens an engine over a store in memory.
pub fn open_in_memory(config: &Config) -> Result<Engine> {
    let store = Arc::<Memory>::default();
    let notices = config.notice_table()?;
    Ok(Engine::with_notices(store, config.engine, notices)?)
}

/// Creates a directory for a temporary store, which is not synced to disk.
pub fn temporary(config: &mut Config) -> Result<tempfile::TempDir> {
    config.store.durability = Durability::Os;
    let temporary = tempfile::Builder::new().prefix("wirecopy-").tempdir();
    temporary.context("failed to create a temporary directory")
}

/// Opens an engine over the store in a directory, or in a temporary one if none is given, which the
/// caller must keep until the end. It is also removed when a signal ends the process.
pub fn open_or_temporary(
    dir: Option<&Path>,
    config: &mut Config,
) -> Result<(Engine, Option<tempfile::TempDir>)> {
    if let Some(dir) = dir {
        return Ok((open(dir, config)?, None));
    }
    let temporary = temporary(config)?;
    signals::remove_when_stopped(temporary.path())?;
    Ok((open(temporary.path(), config)?, Some(temporary)))
}
