//! `wirecopy compare`: compares two texts exactly.

use std::io::Write;
use std::path::Path;

use anyhow::{Context as _, Result, bail};
use clap::Args;
use wirecopy::config::{Layer, Use};
use wirecopy::engine::{Body, Side};
use wirecopy::files;
use wirecopy::id::Collection;
use wirecopy::server::proto::{self, CompareRequest, CompareResponse, TextSide};

use super::output;
use super::remote::{self, CredentialArgs};
use super::settings::{self, SettingsArgs};
use super::show::{percent, printable};

/// Compare two texts exactly, and show the passages they share
///
/// Without --server, A and B are files (.txt, .html, plain or .gz or .zst; `-` is plain text on
/// standard input). With --server, each is the id of an article, or a file written as @FILE.
#[derive(Debug, Args)]
#[command(after_help = "\
Examples:
  wirecopy compare page.html story.txt
  wirecopy compare --server http://127.0.0.1:7717 https://example.com/story @page.html")]
pub struct CompareArgs {
    /// The first text.
    a: String,
    /// The second text.
    b: String,
    /// Compare on this server, by ids.
    #[arg(long, value_name = "URL")]
    server: Option<String>,
    #[command(flatten)]
    credentials: CredentialArgs,
    /// The collection that contains the ids.
    #[arg(long, value_name = "NAME", default_value = "default", value_parser = Collection::parse)]
    collection: Collection,
    #[command(flatten)]
    settings: SettingsArgs,
}

impl CompareArgs {
    /// Runs the command.
    pub fn run(self) -> Result<()> {
        if self.a == "-" && self.b == "-" {
            bail!("only one of the two texts can come from standard input");
        }
        let comparison = match &self.server {
            Some(url) => self.on_server(url)?,
            None => self.locally()?,
        };
        let mut out = output::stdout();
        write(&mut out, &comparison)?;
        Ok(out.flush()?)
    }

    fn locally(&self) -> Result<CompareResponse> {
        let side = |file: &str| -> Result<Side> {
            Ok(Side::Text {
                title: String::new(),
                body: files::read_document(Path::new(file))?,
            })
        };
        let (a, b) = (side(&self.a)?, side(&self.b)?);
        let engine =
            settings::open_in_memory(&self.settings.config(Use::Server, Layer::default())?)?;
        let comparison = engine.compare(&self.collection, a, b);
        Ok(comparison.context("failed to compare")?.into())
    }

    fn on_server(&self, url: &str) -> Result<CompareResponse> {
        let request = CompareRequest {
            collection: self.collection.to_string(),
            a: Some(side(&self.a)?),
            b: Some(side(&self.b)?),
        };
        let target = self.credentials.target(url)?;
        remote::call(&target, "failed to compare", async |mut client| {
            client.compare(request).await
        })
    }
}

fn side(argument: &str) -> Result<proto::Side> {
    let side = match argument.strip_prefix('@') {
        None => proto::side::Side::Id(argument.to_owned()),
        Some(file) => {
            let body = match files::read_document(Path::new(file))? {
                Body::Text(text) => proto::text_side::Body::Text(text),
                Body::Html(html) => proto::text_side::Body::Html(html),
                Body::Raw { .. } => unreachable!("documents are decoded"),
            };
            proto::side::Side::Text(TextSide {
                title: String::new(),
                body: Some(body),
            })
        }
    };
    Ok(proto::Side { side: Some(side) })
}

fn write(out: &mut impl Write, comparison: &CompareResponse) -> std::io::Result<()> {
    let figures = comparison.figures.unwrap_or_default();
    let not = if comparison.copy { "" } else { "not " };
    writeln!(out, "{not}copies of one another")?;
    writeln!(out, "  resemblance   {:.4}", figures.resemblance)?;
    for (what, share) in [
        ("of A in B", figures.containment),
        ("of B in A", figures.containment_of_other),
    ] {
        writeln!(out, "  {what}     {share:.4}  ({})", percent(share))?;
    }
    if comparison.passages.is_empty() {
        return writeln!(out, "no shared passages");
    }
    writeln!(out, "shared passages, longest first, as A has them:")?;
    for passage in &comparison.passages {
        let words: Vec<&str> = passage.words.split_whitespace().collect();
        writeln!(out, "  | {}", printable(&words.join(" ")))?;
    }
    Ok(())
}
