//! `wirecopy stats`: what a server holds.

use std::io::Write as _;

use anyhow::{Context as _, Result};
use clap::Args;
use indicatif::BinaryBytes;
use wirecopy::id::Collection;
use wirecopy::server::proto::StatsRequest;

use super::output::{self, count};
use super::remote::{self, Remote};

/// Print what a server holds, and what it uses
#[derive(Debug, Args)]
pub struct Stats {
    #[command(flatten)]
    remote: Remote,
    /// The collection.
    #[arg(long, value_name = "NAME", default_value = "default", value_parser = Collection::parse)]
    collection: Collection,
}

impl Stats {
    /// Runs the command.
    pub fn run(self) -> Result<()> {
        let request = StatsRequest {
            collection: self.collection.to_string(),
        };
        let stats = remote::block_on(async {
            let mut client = remote::connect(&self.remote.server).await?;
            Ok(client
                .stats(request)
                .await
                .context("failed to read the counts")?
                .into_inner())
        })?;
        let mut out = output::stdout();
        writeln!(out, "collection {}", self.collection)?;
        writeln!(out, "  articles             {}", count(stats.articles))?;
        writeln!(out, "  clusters             {}", count(stats.clusters))?;
        writeln!(out, "all collections")?;
        writeln!(out, "  latest change        {}", stats.cursor)?;
        writeln!(
            out,
            "  publishers, about    {}",
            count(stats.publishers_estimate)
        )?;
        writeln!(
            out,
            "  anchors, about       {}",
            count(stats.anchors_estimate)
        )?;
        writeln!(
            out,
            "  journal              {}",
            BinaryBytes(stats.journal_bytes)
        )?;
        writeln!(
            out,
            "  index                {}",
            BinaryBytes(stats.index_bytes)
        )?;
        writeln!(
            out,
            "  waiting in memory    {}",
            BinaryBytes(stats.memory_bytes)
        )?;
        Ok(out.flush()?)
    }
}
