//! `wirecopy ingest`: articles to a server.

use std::sync::{Arc, mpsc};
use std::time::Instant;

use anyhow::{Context as _, Result, bail};
use clap::Args;
use tokio_stream::wrappers::ReceiverStream;
use tonic::transport::Channel;
use wirecopy::files::{Articles, Faults, Place, Submission};
use wirecopy::server::client;
use wirecopy::server::proto::ingest_stream_response::Result as Outcome;
use wirecopy::server::proto::wirecopy_client::WirecopyClient;
use wirecopy::server::proto::{IngestStreamRequest, Relation, State, Verdict};

use super::input::Input;
use super::output::{self, count, counted};
use super::remote::{self, Remote};

/// Articles read and not yet sent.
const WAITING: usize = 256;

/// Send articles to a server
///
/// Articles go over one stream, many in flight, and are on the server's disk when they are counted.
/// Safe to repeat: what had already gone in is counted as unchanged.
#[derive(Debug, Args)]
#[command(
    after_help = "Example:\n  wirecopy ingest --server http://127.0.0.1:7717 articles.jsonl.zst"
)]
pub struct Ingest {
    #[command(flatten)]
    remote: Remote,
    #[command(flatten)]
    input: Input,
}

impl Ingest {
    /// Runs the command.
    pub fn run(self) -> Result<()> {
        use std::io::Write as _;
        let input = self.input.open()?;
        let faults = input.faults();
        let begun = Instant::now();
        let counts = remote::block_on(async {
            let client = remote::connect(&self.remote.server).await?;
            send(client, self.input.collection.as_str(), input).await
        });
        faults.finish();
        let counts = counts?;
        let mut out = output::stdout();
        writeln!(out, "{}", counts.summary(begun.elapsed().as_secs_f64()))?;
        Ok(out.flush()?)
    }
}

/// What the server said, in numbers.
#[derive(Debug, Default, Clone, Copy, PartialEq, Eq)]
pub struct Counts {
    new: u64,
    unchanged: u64,
    updated: u64,
    refused: u64,
    copies: u64,
}

impl Counts {
    fn add(&mut self, verdict: &Verdict) {
        match verdict.state() {
            State::New | State::Unspecified => self.new += 1,
            State::Unchanged => self.unchanged += 1,
            State::Updated => self.updated += 1,
        }
        let placement = verdict.placement.as_ref();
        if placement.is_some_and(|placement| placement.relation() == Relation::Copy) {
            self.copies += 1;
        }
    }

    /// Articles that are on the server's disk.
    pub fn stored(&self) -> u64 {
        self.new + self.unchanged + self.updated
    }

    fn summary(&self, seconds: f64) -> String {
        let rate = self.stored() as f64 / seconds.max(1e-3);
        format!(
            "{} in {seconds:.1} s ({} a second): {} new, {} unchanged, {} updated, {} refused; {} were copies of \
             an earlier article when they came in",
            counted(self.stored(), "article"),
            count(rate as u64),
            count(self.new),
            count(self.unchanged),
            count(self.updated),
            count(self.refused),
            count(self.copies),
        )
    }
}

/// Sends articles over one stream and counts the replies.
pub async fn send(
    mut client: WirecopyClient<Channel>,
    collection: &str,
    input: Articles,
) -> Result<Counts> {
    let faults = input.faults();
    let (requests, stream) = tokio::sync::mpsc::channel(WAITING);
    let (places, sent) = mpsc::channel();
    let collection = collection.to_owned();
    let reading = tokio::task::spawn_blocking(move || read(input, &collection, &requests, &places));
    let replied = count_replies(&mut client, ReceiverStream::new(stream), &sent, &faults).await;
    // A fault of reading ends the stream without an error; one of the stream ends the reading.
    let read = reading
        .await
        .context("reading the input came to a sudden end")?;
    let counts = replied?;
    read?;
    Ok(counts)
}

/// Reads articles until there are no more, or nobody wants them.
fn read(
    input: Articles,
    collection: &str,
    requests: &tokio::sync::mpsc::Sender<IngestStreamRequest>,
    places: &mpsc::Sender<Place>,
) -> Result<()> {
    for (tag, submission) in (0..).zip(input) {
        let Submission { article, place } = submission?;
        let article = Some(client::article(article));
        let request = IngestStreamRequest {
            collection: collection.to_owned(),
            article,
            tag,
        };
        if places.send(place).is_err() || requests.blocking_send(request).is_err() {
            break;
        }
    }
    Ok(())
}

/// Replies come in the order of the requests, so the places do, too.
async fn count_replies(
    client: &mut WirecopyClient<Channel>,
    stream: ReceiverStream<IngestStreamRequest>,
    sent: &mpsc::Receiver<Place>,
    faults: &Arc<Faults>,
) -> Result<Counts> {
    const BROKEN: &str = "the stream broke; it is safe to send the same files again";
    let mut replies = client
        .ingest_stream(stream)
        .await
        .context(BROKEN)?
        .into_inner();
    let mut counts = Counts::default();
    loop {
        let reply = match replies.message().await {
            Ok(Some(reply)) => reply,
            Ok(None) => return Ok(counts),
            Err(status) => bail!(
                "{BROKEN}. Before that, {} were on the server's disk. The server said: {}",
                counted(counts.stored(), "article"),
                status.message()
            ),
        };
        let place = sent
            .try_recv()
            .context("the server answered an article that was not sent")?;
        match reply.result {
            Some(Outcome::Verdict(verdict)) => counts.add(&verdict),
            Some(Outcome::Error(error)) => {
                counts.refused += 1;
                faults.bad(&place, &error.message)?;
            }
            None => faults.bad(&place, &"the server's answer is empty")?,
        }
        if counts.stored() % 1024 == 0 {
            faults.progress(format!("{} articles", count(counts.stored())));
        }
    }
}
