//! `wirecopy furniture`: lists what a host repeats on its pages.

use std::io::Write as _;

use anyhow::Result;
use clap::Args;
use wirecopy::id::Collection;
use wirecopy::server::proto::ListFurnitureRequest;

use super::output::{self, count};
use super::remote::{self, ServerArgs};
use super::show::printable;

/// List the text that a host repeats on its pages, as the server has learned it
///
/// Each line comes with the number of the host's clusters in which it was seen. Once that is large
/// enough (5 by default), the line is masked: it does not count in articles that come later. A line
/// that is not seen for 30 days counts half.
#[derive(Debug, Args)]
#[command(after_help = "Example:\n  wirecopy furniture example.com")]
pub struct FurnitureArgs {
    /// The host, or a URL on it.
    host: String,
    #[command(flatten)]
    remote: ServerArgs,
    /// The collection.
    #[arg(long, value_name = "NAME", default_value = "default", value_parser = Collection::parse)]
    collection: Collection,
}

impl FurnitureArgs {
    /// Runs the command.
    pub fn run(self) -> Result<()> {
        let request = ListFurnitureRequest {
            collection: self.collection.to_string(),
            host: self.host.clone(),
        };
        let failed = "failed to list the furniture";
        let reply = remote::call(&self.remote.target()?, failed, async |mut client| {
            client.list_furniture(request).await
        })?;
        let mut out = output::stdout();
        if reply.furniture.is_empty() {
            writeln!(out, "no furniture is known for {}", printable(&self.host))?;
        }
        for line in reply.furniture {
            let state = if line.masked { "masked" } else { "" };
            let clusters = count(line.clusters.into());
            let words = printable(&line.words);
            writeln!(out, "{clusters:>6}  {state:<6}  {words}")?;
        }
        Ok(out.flush()?)
    }
}
