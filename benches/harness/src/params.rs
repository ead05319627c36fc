//! `wirecopy-bench params`: the curve of the bands.

use std::io::Write as _;
use std::path::PathBuf;

use anyhow::{Result, bail};
use clap::Args;
use wirecopy::config::{Config, Layer, Use};
use wirecopy::sketch;

use crate::output;

/// Print the probability that a pair is proposed, by its resemblance
///
/// Bands propose pairs, and the texts decide: a pair that is proposed in vain costs a comparison, and
/// a pair that is not proposed is missed. Anchors, which are not included here, propose pairs as well:
/// they find pairs of low resemblance where one text is much longer than the other.
#[derive(Debug, Args)]
#[command(after_help = "\
Examples:
  wirecopy-bench params
  wirecopy-bench params --bands 20 --rows 5
  wirecopy-bench params --recall 0.95 --at 0.5")]
pub struct ParamsArgs {
    /// Use this many bands instead of the configured number.
    #[arg(long, conflicts_with = "recall")]
    bands: Option<usize>,
    /// Use this many rows in a band instead of the configured number.
    #[arg(long, conflicts_with = "recall")]
    rows: Option<usize>,
    /// Find bands and rows that propose at least this share (0 to 1) of the pairs of resemblance --at.
    #[arg(long, value_name = "R", requires = "at", value_parser = share)]
    recall: Option<f64>,
    /// The resemblance (0 to 1) for --recall.
    #[arg(long, value_name = "J", requires = "recall", value_parser = share)]
    at: Option<f64>,
    /// Read the configuration from this file; flags override it.
    #[arg(long, value_name = "FILE", env = "WIRECOPY_CONFIG")]
    config: Option<PathBuf>,
}

/// Parses a number from 0 to 1.
pub fn share(text: &str) -> Result<f64, String> {
    match text.parse::<f64>() {
        Ok(share) if (0.0..=1.0).contains(&share) => Ok(share),
        Ok(_) | Err(_) => Err("a number from 0 to 1".to_owned()),
    }
}

impl ParamsArgs {
    /// Runs the command.
    pub fn run(self) -> Result<()> {
        let mut flags = Layer::default();
        flags.sketch.bands = self.bands;
        flags.sketch.rows = self.rows;
        let mut params = Config::load(Use::Server, self.config.as_deref(), [flags])?
            .engine
            .sketch;
        let mut out = output::stdout();
        if let (Some(recall), Some(at)) = (self.recall, self.at) {
            let Some(found) = sketch::Params::for_recall(recall, at) else {
                bail!("no bands and rows propose {recall} of the pairs at resemblance {at}");
            };
            let hit = found.hit_rate(at);
            writeln!(
                out,
                "bands = {}, rows = {}: proposes {hit:.4} at resemblance {at}\n",
                found.bands, found.rows
            )?;
            params = found;
        } else {
            writeln!(out, "bands = {}, rows = {}\n", params.bands, params.rows)?;
        }
        writeln!(out, "resemblance   proposed")?;
        for step in 1..=20 {
            let resemblance = f64::from(step) / 20.0;
            let hit = params.hit_rate(resemblance);
            let bar = "#".repeat((hit * 40.0).round() as usize);
            writeln!(out, "{resemblance:>11.2}   {hit:.4}  {bar}")?;
        }
        Ok(out.flush()?)
    }
}
