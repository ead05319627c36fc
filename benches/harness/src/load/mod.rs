//! `wirecopy-bench load`: sends invented articles to a server, and measures speed and quality.

mod file;
mod laps;
mod latency;
mod meter;
mod paced;
mod removals;
mod report;
mod stream;

use std::io::Write;
use std::ops::Range;
use std::path::PathBuf;
use std::sync::Arc;
use std::time::Instant;

use anyhow::{Context as _, Result};
use clap::Args;
use wirecopy::id::Collection;
use wirecopy::server::client::{self, AuthorizedChannel};
use wirecopy::server::proto::RemoveRequest;
use wirecopy::server::proto::wirecopy_client::WirecopyClient;
use wirecopy_bench::process;
use wirecopy_bench::synthetic::{Newswire, Params, Script};

use self::stream::StreamCall;
use crate::output;
use crate::params::share;

/// Ordinary articles sent before a story and after it: enough for a steady rate.
const MAX_ARTICLES_AROUND_A_STORY: u64 = 20_000;
/// Articles that another client ingests, one after the other, from the removal of the lead on.
const ARTICLES_AFTER_A_REMOVAL: u64 = 2_000;

/// Send invented articles to a server, and measure its speed and what it finds
///
/// The articles have the word frequencies, lengths and cluster sizes of real news, but invented
/// words. Some are copies of earlier ones, of seven kinds. The same seed always gives the same
/// articles, so a later run can continue an earlier one (--from), check against it (--check) or
/// remove its articles (--remove). The report has the rate, the latency of an answer, how many of
/// the planted pairs were found, how many other pairs were reported, and the server's memory and
/// disk.
///
/// Use a collection of its own: it is assumed to hold the articles of this seed and no others.
#[derive(Debug, Args)]
#[command(after_help = "\
Examples:
  wirecopy-bench load --articles 1000000                           ingest a million
  wirecopy-bench load --articles 1000000 --check 100000            then check, many at once
  wirecopy-bench load --articles 1000000 --check 20000 --rate 500  check 500 a second, open loop
  wirecopy-bench load --articles 1000000 --story 100000            one story carried 100,000 times
  wirecopy-bench load --articles 1000000 --story 100000 --newest-first --remove-lead
  wirecopy-bench load --articles 1000000 --remove 50000            remove some
  wirecopy-bench load --articles 77000 --out docs.jsonl --truth truth.jsonl   write files instead")]
pub struct LoadArgs {
    /// The server.
    #[arg(
        long,
        value_name = "URL",
        env = "WIRECOPY_SERVER",
        default_value = "http://127.0.0.1:7717"
    )]
    server: String,
    /// Number of articles. With --check, --story or --remove: how many were sent before.
    #[arg(long, value_name = "N", default_value_t = 100_000, value_parser = at_least_one)]
    articles: u64,
    /// The seed that determines all articles.
    #[arg(long, value_name = "S", default_value_t = 1)]
    seed: u64,
    /// Share (0 to 1) of the articles that take text from an earlier one.
    #[arg(long, value_name = "SHARE", default_value_t = 0.2, value_parser = share)]
    copies: f64,
    /// Only these of latin, cyrillic, arabic and han. By default 76, 10, 8 and 6 percent.
    #[arg(long, value_name = "SCRIPT,..", value_delimiter = ',', value_parser = script)]
    scripts: Vec<Script>,
    /// The collection; articles are compared within it only.
    #[arg(long, value_name = "NAME", default_value = "default", value_parser = Collection::parse)]
    collection: Collection,
    /// Start with this article: the ones before it were sent in an earlier run.
    #[arg(long, value_name = "N", default_value_t = 0, conflicts_with_all = ["check", "remove", "story"])]
    from: u64,
    /// At most this many articles wait for their answer.
    #[arg(long, value_name = "N", default_value_t = 1024, value_parser = at_least_one)]
    in_flight: u64,
    /// Write nothing: check this many new articles over a stream. Half of them copy articles that
    /// were sent before.
    #[arg(long, value_name = "N", value_parser = at_least_one)]
    check: Option<u64>,
    /// Start this many checks a second, each in a call of its own, however long the answers take.
    /// Latencies count from when a call was due.
    #[arg(long, value_name = "N", requires = "check", conflicts_with = "in_flight", value_parser = rate)]
    rate: Option<f64>,
    /// Send one story this many times, each time a little changed, with thousands of ordinary
    /// articles before and after, and compare the cost of a carrier with that of an ordinary article.
    #[arg(long, value_name = "N", conflicts_with = "check", value_parser = at_least_one)]
    story: Option<u64>,
    /// Send the story in the reverse order of publication, as a back-fill does: each article of it was
    /// published before all that came before it.
    #[arg(long, requires = "story")]
    newest_first: bool,
    /// Then remove the lead of the story, and measure how long another client waits meanwhile.
    #[arg(long, requires = "story")]
    remove_lead: bool,
    /// Remove this many articles, spread evenly over all that were sent, a thousand a call and four
    /// calls at a time.
    #[arg(long, value_name = "N", conflicts_with_all = ["check", "story"], value_parser = at_least_one)]
    remove: Option<u64>,
    /// Ask for the placement of each article alone, without matches and judgement. What is found is not scored then.
    #[arg(long, conflicts_with_all = ["check", "story", "remove"])]
    placement_only: bool,
    /// Write the articles to this file as JSON lines, and send nothing.
    #[arg(long, value_name = "FILE", conflicts_with_all = ["check", "story", "remove", "in_flight", "placement_only"])]
    out: Option<PathBuf>,
    /// Write to this file which article copies which, how, and how much of each is in the other.
    /// With --out DIR/docs.jsonl and --truth DIR/truth.jsonl, `wirecopy-bench eval DIR` can score it.
    #[arg(long, value_name = "FILE", requires = "out")]
    truth: Option<PathBuf>,
    /// The server's process, if it cannot be found by its port. Its memory is reported.
    #[arg(long, value_name = "PID")]
    server_pid: Option<u32>,
}

fn at_least_one(text: &str) -> Result<u64, String> {
    match text.parse() {
        Ok(number) if number > 0 => Ok(number),
        Ok(_) | Err(_) => Err("a whole number, at least 1".to_owned()),
    }
}

fn rate(text: &str) -> Result<f64, String> {
    match text.parse() {
        Ok(rate) if rate > 0.0 && rate <= 1e6 => Ok(rate),
        Ok(_) | Err(_) => Err("a number above 0, at most a million".to_owned()),
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

/// A connection to the server, and the articles that are sent over it.
#[derive(Debug, Clone)]
struct Session {
    client: WirecopyClient<AuthorizedChannel>,
    newswire: Arc<Newswire>,
    collection: String,
    in_flight: usize,
    /// The server's process, if it is on this machine.
    server_pid: Option<u32>,
}

impl LoadArgs {
    /// Runs the command.
    pub fn run(self) -> Result<()> {
        if let Some(path) = &self.out {
            let newswire = Newswire::new(self.params());
            let numbers = self.from..self.from.max(self.articles);
            return file::write(&newswire, numbers, path, self.truth.as_deref());
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

    async fn session(&self, params: Params) -> Result<Session> {
        Ok(Session {
            client: client::connect(&self.server).await?,
            newswire: Arc::new(Newswire::new(params)),
            collection: self.collection.to_string(),
            in_flight: self.in_flight.min(1 << 20) as usize,
            server_pid: self.server_pid.or_else(|| process::listener(&self.server)),
        })
    }

    async fn ingest(&self) -> Result<()> {
        let session = self.session(self.params()).await?;
        let numbers = self.from..self.from.max(self.articles);
        let call = match self.placement_only {
            true => StreamCall::IngestPlacementOnly,
            false => StreamCall::Ingest,
        };
        let sent = stream::send(&session, call, numbers).await?;
        let mut out = output::stdout();
        sent.write(&mut out, "sent")?;
        // The journal holds these texts and no others only if nothing was sent before.
        let text_bytes = (self.from == 0).then_some(sent.text_bytes);
        report::server(&mut out, &session, text_bytes).await
    }

    async fn carry(&self, carriers: u64) -> Result<()> {
        let around = carriers.min(MAX_ARTICLES_AROUND_A_STORY);
        let story = self.articles + around..self.articles + around + carriers;
        let params = Params {
            story: story.clone(),
            ..self.params()
        };
        let session = self.session(params).await?;
        let call = match self.newest_first {
            true => StreamCall::IngestNewestFirst,
            false => StreamCall::Ingest,
        };
        let after = story.end..story.end + around;
        let parts = [
            (
                "before the story",
                StreamCall::Ingest,
                self.articles..story.start,
            ),
            ("the story", call, story.clone()),
            ("after the story", StreamCall::Ingest, after.clone()),
        ];
        let mut out = output::stdout();
        let mut sent = Vec::new();
        for (name, call, numbers) in parts {
            let part = stream::send(&session, call, numbers).await?;
            part.write(&mut out, name)?;
            sent.push(part);
        }
        report::sizes(&mut out, &sent[1].sizes)?;
        let seconds_per_article: Vec<f64> =
            sent.iter().map(|part| part.tenths.last().recip()).collect();
        report::carriers(&mut out, &seconds_per_article)?;
        if self.remove_lead {
            let numbers = after.end..after.end + ARTICLES_AFTER_A_REMOVAL;
            Self::remove_lead(&mut out, &session, story.start, numbers).await?;
        }
        report::server(&mut out, &session, None).await
    }

    /// Removes the lead of the story, while another client ingests articles one after the other.
    async fn remove_lead(
        out: &mut impl Write,
        session: &Session,
        lead: u64,
        numbers: Range<u64>,
    ) -> Result<()> {
        let request = RemoveRequest {
            collection: session.collection.clone(),
            ids: vec![session.newswire.url(&session.newswire.plan(lead))],
        };
        let other = Session {
            in_flight: 1,
            ..session.clone()
        };
        let mut client = session.client.clone();
        let removal = async {
            let called = Instant::now();
            let reply = client.remove(request).await;
            reply.context("failed to remove the lead")?;
            Ok(called.elapsed())
        };
        let ingest = stream::send(&other, StreamCall::Ingest, numbers);
        let (took, ingested) = tokio::try_join!(removal, ingest)?;
        writeln!(
            out,
            "\nthe lead was removed in {:.1} ms",
            took.as_secs_f64() * 1e3
        )?;
        Ok(ingested.write(out, "another client, from then on")?)
    }

    async fn check(&self, checks: u64) -> Result<()> {
        let params = Params {
            copies: 0.5,
            known: self.articles,
            ..self.params()
        };
        let session = self.session(params).await?;
        let numbers = self.articles..self.articles + checks;
        let mut out = output::stdout();
        match self.rate {
            Some(rate) => {
                let checked = paced::check(&session, numbers, rate).await?;
                checked.write(&mut out)?;
            }
            None => {
                let checked = stream::send(&session, StreamCall::Check, numbers).await?;
                checked.write(&mut out, "checked")?;
            }
        }
        report::server(&mut out, &session, None).await
    }

    async fn remove(&self, removals: u64) -> Result<()> {
        let session = self.session(self.params()).await?;
        let removed = removals::run(&session, self.articles, removals).await?;
        let mut out = output::stdout();
        removed.write(&mut out)?;
        report::server(&mut out, &session, None).await
    }
}
