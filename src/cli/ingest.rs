//! `wirecopy ingest`: sends articles to a server.

use std::time::Instant;

use anyhow::{Error, Result, anyhow};
use clap::Args;
use tonic::{Code, Status};
use wirecopy::files::{Articles, Location};
use wirecopy::server::client::AuthorizedChannel;
use wirecopy::server::proto::article_response::Result as Outcome;
use wirecopy::server::proto::wirecopy_client::WirecopyClient;
use wirecopy::server::proto::{ArticleRequest, Relation, State, Verdict};

use super::input::InputArgs;
use super::output::{self, count, counted};
use super::remote::{self, ServerArgs};
use super::stream;

/// Send articles to a server
///
/// Articles go over one stream, many in flight, and are counted once they are on the server's disk.
/// Safe to repeat: articles already stored count as unchanged.
#[derive(Debug, Args)]
#[command(
    after_help = "Example:\n  wirecopy ingest --server http://127.0.0.1:7717 articles.jsonl.zst"
)]
pub struct IngestArgs {
    #[command(flatten)]
    remote: ServerArgs,
    #[command(flatten)]
    input: InputArgs,
}

impl IngestArgs {
    /// Runs the command.
    pub fn run(self) -> Result<()> {
        use std::io::Write as _;
        let input = self.input.open()?;
        let faults = input.faults();
        let begun = Instant::now();
        let counts = remote::block_on(async {
            let client = self.remote.target()?.connect().await?;
            send(client, self.input.collection.as_str(), input).await
        });
        faults.finish();
        let counts = counts?;
        let mut out = output::stdout();
        writeln!(out, "{}", counts.summary(begun.elapsed().as_secs_f64()))?;
        out.flush()?;
        Ok(faults.require_articles()?)
    }
}

/// The server's replies, counted.
#[derive(Debug, Default, Clone, Copy, PartialEq, Eq)]
pub struct IngestCounts {
    new: u64,
    unchanged: u64,
    updated: u64,
    /// Captured earlier than what is stored.
    older: u64,
    rejected: u64,
    copies: u64,
}

impl IngestCounts {
    fn add(&mut self, verdict: &Verdict) {
        match verdict.state() {
            State::New | State::Unspecified => self.new += 1,
            State::Unchanged => self.unchanged += 1,
            State::Updated => self.updated += 1,
            State::Older => self.older += 1,
        }
        let placement = verdict.placement.as_ref();
        if placement.is_some_and(|placement| placement.relation() == Relation::Copy) {
            self.copies += 1;
        }
    }

    /// Returns the number of articles on the server's disk.
    pub fn stored(&self) -> u64 {
        self.new + self.unchanged + self.updated + self.older
    }

    fn summary(&self, seconds: f64) -> String {
        let rate = self.stored() as f64 / seconds.max(1e-3);
        format!(
            "{} in {seconds:.1} s ({} a second): {} new, {} unchanged, {} updated, {} older, {} rejected; {} copied \
             an earlier article at that time",
            counted(self.stored(), "article"),
            count(rate as u64),
            count(self.new),
            count(self.unchanged),
            count(self.updated),
            count(self.older),
            count(self.rejected),
            count(self.copies),
        )
    }
}

/// Sends articles over one stream and counts the replies.
pub async fn send(
    mut client: WirecopyClient<AuthorizedChannel>,
    collection: &str,
    input: Articles,
) -> Result<IngestCounts> {
    let faults = input.faults();
    let request = ArticleRequest {
        collection: collection.to_owned(),
        placement_only: true,
        ..ArticleRequest::default()
    };
    let mut counts = IngestCounts::default();
    let take = |place: &Location, outcome| {
        match outcome {
            Outcome::Verdict(verdict) => counts.add(&verdict),
            Outcome::Error(error) => {
                counts.rejected += 1;
                faults.bad(place, &error.message)?;
            }
        }
        if counts.stored() % 1024 == 0 {
            faults.progress(format!("{} articles", count(counts.stored())));
        }
        Ok(())
    };
    let begin = async move |articles| client.ingest_stream(articles).await;
    let sent = stream::send(request, input, begin, take).await;
    sent.map_err(|error| match error.downcast_ref::<Status>() {
        Some(status) => broken_off(&counts, &error, status),
        None => error,
    })?;
    Ok(counts)
}

/// Returns what to say where a stream ends with a status; `what` names the article, if one is at fault.
fn broken_off(counts: &IngestCounts, what: &Error, status: &Status) -> Error {
    if matches!(
        status.code(),
        Code::PermissionDenied | Code::Unauthenticated
    ) {
        let why = remote::of_status(status);
        return match counts.stored() {
            0 => anyhow!("the server refuses the articles: {why}"),
            stored => anyhow!(
                "the server refuses further articles, after {}: {why}",
                count(stored)
            ),
        };
    }
    anyhow!(
        "{what}; it is safe to send the same files again. By then {} were on the server's disk. \
         Why it ended: {}",
        counted(counts.stored(), "article"),
        remote::of_status(status)
    )
}
