//! `wirecopy compare`: two texts, exactly.

use std::io::Write;
use std::path::Path;

use anyhow::{Context as _, Result, bail};
use clap::Args;
use wirecopy::config::Layer;
use wirecopy::engine::Body;
use wirecopy::engine::{self, Comparison};
use wirecopy::files;
use wirecopy::id::Collection;
use wirecopy::page::decode;
use wirecopy::server::proto::{self, CompareRequest, CompareResponse, Figures, TextSide};

use super::output;
use super::remote;
use super::settings::{self, Settings};
use super::show::percent;

/// Most characters of a passage that are shown.
const SHOWN_CHARACTERS: usize = 400;

/// Compare two texts exactly, and show the passages they share
///
/// Without --server, A and B are files (.txt, .html, plain or .gz or .zst; `-` is plain text on
/// standard input). With --server, they are ids of articles, or files, written @FILE.
#[derive(Debug, Args)]
#[command(after_help = "\
Examples:
  wirecopy compare page.html story.txt
  wirecopy compare --server http://127.0.0.1:7717 https://example.com/story @page.html")]
pub struct Compare {
    /// The first.
    a: String,
    /// The second.
    b: String,
    /// Ask this server, by ids.
    #[arg(long, value_name = "URL")]
    server: Option<String>,
    /// The collection that ids are looked for in.
    #[arg(long, value_name = "NAME", default_value = "default", value_parser = Collection::parse)]
    collection: Collection,
    #[command(flatten)]
    settings: Settings,
}

impl Compare {
    /// Runs the command.
    pub fn run(self) -> Result<()> {
        if self.a == "-" && self.b == "-" {
            bail!("standard input can be only one of the two");
        }
        let outcome = match &self.server {
            Some(url) => self.remotely(url)?,
            None => self.locally()?,
        };
        let mut out = output::stdout();
        outcome.write(&mut out)?;
        Ok(out.flush()?)
    }

    fn locally(&self) -> Result<Outcome> {
        let side = |file: &str| -> Result<engine::Side> {
            let body = files::read_document(Path::new(file))?;
            Ok(engine::Side::Text {
                title: String::new(),
                body,
            })
        };
        let (a, b) = (side(&self.a)?, side(&self.b)?);
        let engine = settings::open_in_memory(&self.settings.config(Layer::default())?)?;
        Ok(engine
            .compare(&self.collection, a, b)
            .context("failed to compare")?
            .into())
    }

    fn remotely(&self, url: &str) -> Result<Outcome> {
        let request = CompareRequest {
            collection: self.collection.to_string(),
            a: Some(remote_side(&self.a)?),
            b: Some(remote_side(&self.b)?),
        };
        remote::block_on(async {
            let mut client = remote::connect(url).await?;
            Ok(client
                .compare(request)
                .await
                .context("failed to compare")?
                .into_inner()
                .into())
        })
    }
}

fn remote_side(given: &str) -> Result<proto::Side> {
    let side = match given.strip_prefix('@') {
        None => proto::side::Side::Id(given.to_owned()),
        Some(file) => {
            let body = match files::read_document(Path::new(file))? {
                Body::Text(text) => proto::text_side::Body::Text(text),
                Body::Html(html) => proto::text_side::Body::Html(html),
                Body::Raw {
                    bytes,
                    content_type,
                } => proto::text_side::Body::Html(decode(&bytes, Some(&content_type)).0),
            };
            proto::side::Side::Text(TextSide {
                title: String::new(),
                body: Some(body),
            })
        }
    };
    Ok(proto::Side { side: Some(side) })
}

/// A comparison, wherever it was made.
#[derive(Debug)]
struct Outcome {
    figures: Figures,
    copy: bool,
    passages: Vec<String>,
}

impl From<Comparison> for Outcome {
    fn from(comparison: Comparison) -> Self {
        let overlap = comparison.overlap;
        Self {
            figures: Figures {
                resemblance: overlap.resemblance(),
                containment: overlap.containment(),
                containment_of_other: overlap.containment_of_other(),
            },
            copy: comparison.copy,
            passages: comparison
                .passages
                .into_iter()
                .map(|(_, words)| words)
                .collect(),
        }
    }
}

impl From<CompareResponse> for Outcome {
    fn from(response: CompareResponse) -> Self {
        Self {
            figures: response.figures.unwrap_or_default(),
            copy: response.copy,
            passages: response
                .passages
                .into_iter()
                .map(|passage| passage.words)
                .collect(),
        }
    }
}

impl Outcome {
    fn write(&self, out: &mut impl Write) -> std::io::Result<()> {
        let figures = &self.figures;
        writeln!(
            out,
            "{}",
            if self.copy {
                "copies of one another"
            } else {
                "not copies of one another"
            }
        )?;
        writeln!(out, "  resemblance   {:.4}", figures.resemblance)?;
        writeln!(
            out,
            "  of A in B     {:.4}  ({})",
            figures.containment,
            percent(figures.containment)
        )?;
        let of_b = figures.containment_of_other;
        writeln!(out, "  of B in A     {of_b:.4}  ({})", percent(of_b))?;
        if self.passages.is_empty() {
            return writeln!(out, "no shared passages");
        }
        writeln!(out, "shared passages, longest first, as A has them:")?;
        for words in &self.passages {
            writeln!(out, "  | {}", excerpt(words))?;
        }
        Ok(())
    }
}

/// The words on one line, cut where they are many.
fn excerpt(words: &str) -> String {
    let mut line = String::new();
    for word in words.split_whitespace() {
        if !line.is_empty() {
            line.push(' ');
        }
        line.push_str(word);
    }
    match line.char_indices().nth(SHOWN_CHARACTERS) {
        Some((end, _)) => format!("{}…", &line[..end]),
        None => line,
    }
}
