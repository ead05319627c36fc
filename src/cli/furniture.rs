//! `wirecopy furniture`: what a site repeats on its pages.

use std::io::Write as _;

use anyhow::{Context as _, Result};
use clap::Args;
use wirecopy::id::Collection;
use wirecopy::server::proto::ListFurnitureRequest;

use super::output::{self, count};
use super::remote::{self, Remote};
use super::show::printable;

/// List what a site repeats on its pages, as the server has learned it
///
/// A line counts once for each cluster of the site's articles that has it; when it has been seen in
/// enough of them (5, unless the server was told otherwise) it is masked: left out of articles that
/// come later. What is not seen for 30 days counts for half.
#[derive(Debug, Args)]
#[command(after_help = "Example:\n  wirecopy furniture example.com")]
pub struct Furniture {
    /// The site: a host, or a URL on it.
    #[arg(value_name = "HOST")]
    site: String,
    #[command(flatten)]
    remote: Remote,
    /// The collection.
    #[arg(long, value_name = "NAME", default_value = "default", value_parser = Collection::parse)]
    collection: Collection,
}

impl Furniture {
    /// Runs the command.
    pub fn run(self) -> Result<()> {
        let request = ListFurnitureRequest {
            collection: self.collection.to_string(),
            site: self.site.clone(),
        };
        let furniture = remote::block_on(async {
            let mut client = remote::connect(&self.remote.server).await?;
            let reply = client.list_furniture(request).await;
            Ok(reply.context("failed to list the furniture")?.into_inner())
        })?
        .furniture;
        let mut out = output::stdout();
        if furniture.is_empty() {
            let site = printable(&self.site);
            writeln!(out, "nothing is known to repeat on {site}")?;
        }
        for line in furniture {
            let state = if line.masked { "masked" } else { "" };
            let clusters = count(line.clusters.into());
            let words = printable(&line.words);
            writeln!(out, "{clusters:>6}  {state:<6}  {words}")?;
        }
        Ok(out.flush()?)
    }
}
