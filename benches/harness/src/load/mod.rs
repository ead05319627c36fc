//! `wirecopy-bench load`: invented articles to a server, and what it makes of them.

mod checks;
mod file;
mod host;
mod latency;
mod quality;
mod removals;
mod report;
mod stream;

use std::path::PathBuf;
use std::sync::Arc;

use anyhow::{Context as _, Result};
use clap::Args;
use wirecopy::id::Collection;
use wirecopy::server::client;
use wirecopy_bench::synthetic::{Newswire, Params, Script};

use crate::output;
use crate::params::share;

/// Articles of a story's neighborhood: enough for a steady rate, before it and after.
const MOST_AROUND_A_STORY: u64 = 20_000;

/// Send invented articles to a server, and measure its speed and what it finds
///
/// The articles have the word frequencies, lengths and clusters of real news, and words that nobody
/// wrote. Some are copies of earlier ones, of seven kinds. The same seed always gives the same
/// articles, so a second run can go on where one ended (--from), ask (--check) and take out
/// (--remove). Printed are the rate, how long an acknowledgement takes, how many of the planted
/// pairs were found and how many others were reported, and the server's memory and disk.
///
/// The collection should be of this command's alone: it is taken to hold the articles of the seed.
#[derive(Debug, Args)]
#[command(after_help = "\
Examples:
  wirecopy-bench load --articles 1000000                         ingest a million, and measure
  wirecopy-bench load --articles 1000000 --check 100000          then check, many at once
  wirecopy-bench load --articles 1000000 --check 20000 --rate 500   the same at 500 a second, open loop
  wirecopy-bench load --articles 1000000 --story 100000          one story carried 100,000 times
  wirecopy-bench load --articles 1000000 --remove 50000          take some out
  wirecopy-bench load --articles 77000 --out docs.jsonl --truth truth.jsonl   no server, but files")]
pub struct LoadArgs {
    /// The server.
    #[arg(
        long,
        value_name = "URL",
        env = "WIRECOPY_SERVER",
        default_value = "http://127.0.0.1:7717"
    )]
    server: String,
    /// How many articles there are. With --check, --story or --remove: how many were sent before.
    #[arg(long, value_name = "N", default_value_t = 100_000, value_parser = at_least_one)]
    articles: u64,
    /// Everything follows from it.
    #[arg(long, value_name = "S", default_value_t = 1)]
    seed: u64,
    /// Share (0 to 1) of the articles that take text from an earlier one.
    #[arg(long, value_name = "SHARE", default_value_t = 0.2, value_parser = share)]
    copies: f64,
    /// Only these of latin, cyrillic, arabic and han. Default: 76, 10, 8 and 6 in a hundred.
    #[arg(long, value_name = "SCRIPT,..", value_delimiter = ',', value_parser = script)]
    scripts: Vec<Script>,
    /// The collection; articles are compared within it only.
    #[arg(long, value_name = "NAME", default_value = "default", value_parser = Collection::parse)]
    collection: Collection,
    /// Begin with this article: those before it were sent in an earlier run.
    #[arg(long, value_name = "N", default_value_t = 0, conflicts_with_all = ["check", "remove", "story"])]
    from: u64,
    /// Articles that wait for their answer at most.
    #[arg(long, value_name = "N", default_value_t = 1024, value_parser = at_least_one)]
    in_flight: u64,
    /// Write nothing: check so many new articles, half of them copies of what was sent, over a stream.
    #[arg(long, value_name = "N", value_parser = at_least_one)]
    check: Option<u64>,
    /// Check so many a second, each in a call of its own, however long the answers take; times count
    /// from when a call was due.
    #[arg(long, value_name = "N", requires = "check", conflicts_with = "in_flight", value_parser = rate)]
    rate: Option<f64>,
    /// Send one story so many times, each a little changed, and some thousand other articles before
    /// and after it: what does its carrier cost, and what a normal article?
    #[arg(long, value_name = "N", conflicts_with = "check", value_parser = at_least_one)]
    story: Option<u64>,
    /// Take so many out, evenly from all that were sent, a thousand a call, four calls at once.
    #[arg(long, value_name = "N", conflicts_with_all = ["check", "story"], value_parser = at_least_one)]
    remove: Option<u64>,
    /// Write the articles to this file, as JSON lines, and send nothing.
    #[arg(long, value_name = "FILE", conflicts_with_all = ["check", "story", "remove", "in_flight"])]
    out: Option<PathBuf>,
    /// Write to this file which article copies which, how, and how much of each is in the other:
    /// with --out DIR/docs.jsonl and --truth DIR/truth.jsonl, `wirecopy-bench eval DIR` can score it.
    #[arg(long, value_name = "FILE", requires = "out")]
    truth: Option<PathBuf>,
    /// The server's process, if it cannot be found by its port: its memory is printed.
    #[arg(long, value_name = "PID")]
    server_pid: Option<u32>,
}

fn at_least_one(text: &str) -> Result<u64, String> {
    match text.parse() {
        Ok(number) if number > 0 => Ok(number),
        Ok(_) | Err(_) => Err("a whole number, 1 at least".to_owned()),
    }
}

fn rate(text: &str) -> Result<f64, String> {
    match text.parse() {
        Ok(rate) if rate > 0.0 && rate <= 1e6 => Ok(rate),
        Ok(_) | Err(_) => Err("a number above 0, a million at most".to_owned()),
    }
}

fn script(text: &str) -> Result<Script, String> {
    match text {
        "latin" => Ok(Script::Latin),
        "cyrillic" => Ok(Script::Cyrillic),
        "arabic" => Ok(Script::Arabic),
        "han" => Ok(Script::Han),
        _ => Err("one of latin, cyrillic, arabic, han".to_owned()),
    }
}

impl LoadArgs {
    /// Runs the command.
    pub fn run(self) -> Result<()> {
        if let Some(path) = &self.out {
            let numbers = self.from..self.from.max(self.articles);
            return file::write(
                &self.newswire(self.params()),
                numbers,
                path,
                self.truth.as_deref(),
            );
        }
        let runtime = tokio::runtime::Runtime::new();
        let runtime = runtime.context("failed to start the asynchronous runtime")?;
        runtime.block_on(async {
            match (self.check, self.story, self.remove) {
                (Some(checks), _, _) => self.check(checks).await,
                (_, Some(carriers), _) => self.carry(carriers).await,
                (_, _, Some(removals)) => self.remove(removals).await,
                (None, None, None) => self.ingest().await,
            }
        })
    }

    fn params(&self) -> Params {
        let mut params = Params {
            seed: self.seed,
            copies: self.copies,
            ..Params::default()
        };
        if !self.scripts.is_empty() {
            params
                .scripts
                .retain(|(script, _)| self.scripts.contains(script));
        }
        params
    }

    fn newswire(&self, params: Params) -> Arc<Newswire> {
        Arc::new(Newswire::new(params))
    }

    async fn ingest(&self) -> Result<()> {
        let mut client = client::connect(&self.server).await?;
        let wire = self.wire(stream::Call::Ingest, self.newswire(self.params()));
        let sent = wire
            .send(&client, self.from..self.from.max(self.articles))
            .await?;
        let mut out = output::stdout();
        sent.write(&mut out, "sent")?;
        sent.quality.write(&mut out)?;
        report::server(&mut out, &mut client, self, Some(sent.text_bytes)).await
    }

    async fn carry(&self, carriers: u64) -> Result<()> {
        let mut client = client::connect(&self.server).await?;
        let around = carriers.min(MOST_AROUND_A_STORY);
        let story = self.articles + around..self.articles + around + carriers;
        let params = Params {
            story: story.clone(),
            ..self.params()
        };
        let wire = self.wire(stream::Call::Ingest, self.newswire(params));
        let parts = [
            ("before the story", self.articles..story.start),
            ("the story", story.clone()),
            ("after the story", story.end..story.end + around),
        ];
        let mut out = output::stdout();
        let mut costs = Vec::new();
        for (name, numbers) in parts {
            let sent = wire.send(&client, numbers).await?;
            sent.write(&mut out, name)?;
            sent.quality.write(&mut out)?;
            costs.push(sent.last_tenth.recip());
        }
        report::newcomers(&mut out, &costs)?;
        report::server(&mut out, &mut client, self, None).await
    }

    async fn check(&self, checks: u64) -> Result<()> {
        let mut client = client::connect(&self.server).await?;
        let newswire = self.newswire(Params {
            copies: 0.5,
            known: self.articles,
            ..self.params()
        });
        let numbers = self.articles..self.articles + checks;
        let mut out = output::stdout();
        let quality = match self.rate {
            Some(rate) => {
                let checks = checks::Checks {
                    newswire,
                    collection: self.collection.to_string(),
                    numbers,
                };
                let checked = checks.at_rate(&client, rate).await?;
                checked.write(&mut out)?;
                checked.quality
            }
            None => {
                let wire = self.wire(stream::Call::Check, newswire);
                let sent = wire.send(&client, numbers).await?;
                sent.write(&mut out, "checked")?;
                sent.quality
            }
        };
        quality.write(&mut out)?;
        report::server(&mut out, &mut client, self, None).await
    }

    async fn remove(&self, removals: u64) -> Result<()> {
        let mut client = client::connect(&self.server).await?;
        let newswire = self.newswire(self.params());
        let removed = removals::run(
            &client,
            &newswire,
            &self.collection,
            self.articles,
            removals,
        )
        .await?;
        let mut out = output::stdout();
        removed.write(&mut out)?;
        report::server(&mut out, &mut client, self, None).await
    }

    fn wire(&self, call: stream::Call, newswire: Arc<Newswire>) -> stream::Wire {
        stream::Wire {
            call,
            newswire,
            collection: self.collection.to_string(),
            in_flight: self.in_flight.min(1 << 20) as usize,
        }
    }
}
