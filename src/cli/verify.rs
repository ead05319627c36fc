//! `wirecopy verify`: checks a store at rest.

use std::fmt;
use std::path::PathBuf;

use anyhow::Result;
use clap::Args;
use wirecopy::store::{Embedded, StorePart};

use super::output::count;
use super::settings;

/// Check a store at rest
///
/// Reads every record of the journal and every block of the index, and compares the two. Changes nothing.
/// The server must not be running.
#[derive(Debug, Args)]
#[command(after_help = "\
Exit codes: 0 all is well; 1 the store could not be checked; 3 only the index is damaged: the next start, \
or `wirecopy reindex`, rebuilds it; 4 the journal or the shape is damaged: put a backup in place, or run \
`wirecopy repair`.

Example:
  wirecopy verify ./store")]
pub struct VerifyArgs {
    /// The directory of the store.
    #[arg(value_name = "DIR")]
    dir: PathBuf,
}

/// Damage that a check found. It has been printed.
#[derive(Debug)]
pub struct DamageFound {
    /// The worst part that is damaged.
    worst: StorePart,
}

impl DamageFound {
    /// Returns the exit code.
    pub fn code(&self) -> u8 {
        match self.worst {
            StorePart::Tail => 0,
            StorePart::Index => 3,
            StorePart::Shape | StorePart::Journal => 4,
        }
    }
}

impl fmt::Display for DamageFound {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self.worst {
            StorePart::Tail => "nothing is lost: the next start cuts the torn tail",
            StorePart::Index => {
                "nothing is lost: the next start, or `wirecopy reindex`, rebuilds the index"
            }
            StorePart::Shape | StorePart::Journal => {
                "put a backup in place, or let `wirecopy repair` go on without what is damaged"
            }
        })
    }
}

impl std::error::Error for DamageFound {}

impl VerifyArgs {
    /// Runs the command.
    pub fn run(self) -> Result<()> {
        let (bar, mut progress) = settings::progress_bar("of the store");
        let verified = Embedded::verify(&self.dir, &mut progress);
        bar.finish_and_clear();
        let verified = verified?; // it names the place
        eprintln!(
            "wirecopy: checked {} journal entries ({} bytes) and {} runs of the index in `{}`",
            count(verified.entries),
            count(verified.journal_bytes),
            count(verified.runs),
            self.dir.display()
        );
        for fault in &verified.faults {
            eprintln!("wirecopy: {}: {}", fault.part, fault.why);
        }
        match verified.faults.iter().map(|fault| fault.part).max() {
            None => Ok(()),
            Some(worst) => Err(DamageFound { worst }.into()),
        }
    }
}
