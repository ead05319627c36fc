//! `wirecopy repair`: mends a store at rest.

use std::path::PathBuf;

use anyhow::Result;
use clap::Args;
use wirecopy::config::{Layer, Use};
use wirecopy::store::{Embedded, Repaired};

use super::output::count;
use super::settings::{self, SettingsArgs};

/// Mend a damaged store, and say what is given up
///
/// Cuts the journal before its first damage and keeps what is cut in a folder beside it; drops an index
/// that is damaged, or does not fit the journal, which the next start rebuilds. A backup is better: it has
/// what is given up here. The server must not be running. A store without damage stays as it is.
#[derive(Debug, Args)]
#[command(after_help = "Example:\n  wirecopy repair ./store")]
pub struct RepairArgs {
    /// The directory of the store.
    #[arg(value_name = "DIR")]
    dir: PathBuf,
    #[command(flatten)]
    settings: SettingsArgs,
}

impl RepairArgs {
    /// Runs the command.
    pub fn run(self) -> Result<()> {
        let config = self.settings.config(Use::Server, Layer::default())?;
        let (bar, mut progress) = settings::progress_bar("of the store");
        let repaired = Embedded::repair(&self.dir, &config.engine.shape(), &mut progress);
        bar.finish_and_clear();
        let repaired = repaired?; // it names the place
        for line in report(&repaired) {
            eprintln!("wirecopy: {line}");
        }
        Ok(())
    }
}

/// Says what a repair did, a sentence a line.
fn report(repaired: &Repaired) -> Vec<String> {
    let mut lines = Vec::new();
    if let Some(why) = &repaired.shape {
        lines.push(format!(
            "the shape was lost ({why}); a new one has the present settings, and the next start reads all articles anew"
        ));
    }
    if let Some(why) = &repaired.journal {
        lines.push(format!("the journal was damaged: {why}"));
        lines.push(match repaired.known - repaired.kept {
            0 => "given up: a record that no acknowledged entry was in".to_owned(),
            entries => format!(
                "given up: {} entries, from number {} on; send the articles again",
                count(entries),
                repaired.kept + 1
            ),
        });
    }
    if let Some(aside) = &repaired.aside {
        lines.push(format!(
            "{} bytes that were cut are kept in `{}`",
            count(repaired.cut_bytes),
            aside.display()
        ));
    }
    if let Some(why) = &repaired.index {
        lines.push(format!("the next start rebuilds the index: {why}"));
    }
    lines.push(match lines.is_empty() {
        true => format!(
            "nothing is damaged: all {} entries stay",
            count(repaired.kept)
        ),
        false => format!("{} entries are kept", count(repaired.kept)),
    });
    lines
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_given_up_is_said() {
        let whole = Repaired {
            kept: 7,
            known: 7,
            ..Repaired::default()
        };
        assert_eq!(report(&whole), ["nothing is damaged: all 7 entries stay"]);
        let cut = Repaired {
            kept: 5,
            known: 7,
            cut_bytes: 90,
            aside: Some("s/cut-after-5".into()),
            journal: Some("a flip".to_owned()),
            ..Repaired::default()
        };
        assert_eq!(
            report(&cut),
            [
                "the journal was damaged: a flip",
                "given up: 2 entries, from number 6 on; send the articles again",
                "90 bytes that were cut are kept in `s/cut-after-5`",
                "5 entries are kept",
            ]
        );
    }
}
