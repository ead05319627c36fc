//! `wirecopy stats`: counts what a server stores and uses.

use std::io::Write as _;

use anyhow::Result;
use clap::Args;
use indicatif::BinaryBytes;
use wirecopy::id::Collection;
use wirecopy::server::proto::StatsRequest;

use super::output::{self, count};
use super::remote::{self, ServerArgs};

/// Print how many articles and clusters a server has, and the disk and memory it uses
#[derive(Debug, Args)]
pub struct StatsArgs {
    #[command(flatten)]
    remote: ServerArgs,
    /// The collection.
    #[arg(long, value_name = "NAME", default_value = "default", value_parser = Collection::parse)]
    collection: Collection,
}

impl StatsArgs {
    /// Runs the command.
    pub fn run(self) -> Result<()> {
        let request = StatsRequest {
            collection: self.collection.to_string(),
        };
        let failed = "failed to read the counts";
        let stats = remote::call(&self.remote.target()?, failed, async |mut client| {
            client.stats(request).await
        })?;
        let size = |bytes| BinaryBytes(bytes).to_string();
        let mut out = output::stdout();
        writeln!(out, "collection {}", self.collection)?;
        for (what, value) in [
            ("articles", count(stats.articles)),
            ("clusters", count(stats.clusters)),
        ] {
            writeln!(out, "  {what:<20} {value}")?;
        }
        writeln!(out, "all collections")?;
        for (what, value) in [
            ("latest cursor", hex::encode(&stats.cursor)),
            ("publishers, about", count(stats.publishers_estimate)),
            ("anchors, about", count(stats.anchors_estimate)),
            ("journal", size(stats.journal_bytes)),
            ("index", size(stats.index_bytes)),
            ("not yet flushed", size(stats.memory_bytes)),
        ] {
            writeln!(out, "  {what:<20} {value}")?;
        }
        Ok(out.flush()?)
    }
}
