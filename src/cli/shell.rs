//! `wirecopy completions` and `wirecopy man`: what a shell and a reader of manuals need, made from the
//! definitions of the commands.

use std::fs;
use std::io::Write as _;
use std::path::PathBuf;

use anyhow::{Context as _, Result};
use clap::{Args, CommandFactory as _};
use clap_complete::Shell;

use super::{Arguments, output};

/// Print the completions of a shell
///
/// bash and zsh read them from a folder, or by `source <(wirecopy completions bash)`; for fish, write them to
/// ~/.config/fish/completions/wirecopy.fish.
#[derive(Debug, Args)]
pub struct CompletionsArgs {
    /// The shell.
    #[arg(value_name = "SHELL", value_enum)]
    shell: Shell,
}

impl CompletionsArgs {
    /// Runs the command.
    pub fn run(self) -> Result<()> {
        let mut script = Vec::new();
        clap_complete::generate(
            self.shell,
            &mut Arguments::command(),
            "wirecopy",
            &mut script,
        );
        let mut out = output::stdout();
        out.write_all(&script)?;
        Ok(out.flush()?)
    }
}

/// Write the manual pages into a directory, one for each command
#[derive(Debug, Args)]
pub struct ManArgs {
    /// The directory; created if it does not exist.
    #[arg(value_name = "DIR")]
    dir: PathBuf,
}

impl ManArgs {
    /// Runs the command.
    pub fn run(self) -> Result<()> {
        let failed = || {
            format!(
                "failed to write the manual pages to `{}`",
                self.dir.display()
            )
        };
        fs::create_dir_all(&self.dir).with_context(failed)?;
        clap_mangen::generate_to(Arguments::command(), &self.dir).with_context(failed)
    }
}
