//! Articles over one stream, and the answers to them.

use std::io::Write;
use std::ops::Range;
use std::sync::{Arc, mpsc};
use std::time::{Duration, Instant};

use anyhow::{Context as _, Result, bail};
use tokio_stream::StreamExt as _;
use tokio_stream::wrappers::ReceiverStream;
use tonic::transport::Channel;
use tonic::{Status, Streaming};
use wirecopy::server::client;
use wirecopy::server::proto::wirecopy_client::WirecopyClient;
use wirecopy::server::proto::{
    CheckStreamRequest, Error, IngestStreamRequest, Verdict, article::Body, check_stream_response,
    ingest_stream_response,
};
use wirecopy_bench::synthetic::Newswire;

use super::latency::Latencies;
use super::quality::Quality;
use super::report;
use crate::output::{count, counted};

/// Articles made and not yet taken by the connection.
const WAITING: usize = 64;
/// Parts of a run whose rates are told apart: does it become slower?
const PARTS: u64 = 10;

/// What the server is to do with the articles.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Call {
    /// Take them in.
    Ingest,
    /// Check them.
    Check,
}

/// What is sent, and how.
#[derive(Debug, Clone)]
pub struct Wire {
    /// What for.
    pub call: Call,
    /// Makes the articles.
    pub newswire: Arc<Newswire>,
    /// Where they go.
    pub collection: String,
    /// Most that wait for their answer.
    pub in_flight: usize,
}

/// What came of it.
#[derive(Debug, Default)]
pub struct Sent {
    articles: u64,
    took: Duration,
    /// Articles a second, in each tenth.
    tenths: Vec<f64>,
    latencies: Latencies,
    refused: u64,
    /// Articles a second in the last tenth.
    pub last_tenth: f64,
    /// Bytes of the texts and titles.
    pub text_bytes: u64,
    /// What was found.
    pub quality: Quality,
}

impl Wire {
    /// Sends the articles of some numbers.
    pub async fn send(
        &self,
        client: &WirecopyClient<Channel>,
        numbers: Range<u64>,
    ) -> Result<Sent> {
        let (requests, stream) = tokio::sync::mpsc::channel(WAITING);
        // An entry for each article in flight: the queue is the limit, too.
        let (sent_at, times) = mpsc::sync_channel(self.in_flight);
        let (this, to_make) = (self.clone(), numbers.clone());
        let making = tokio::task::spawn_blocking(move || this.make(to_make, &requests, &sent_at));
        let sent = self
            .receive(client.clone(), ReceiverStream::new(stream), &times, numbers)
            .await;
        drop(times);
        let text_bytes = making
            .await
            .context("making articles came to a sudden end")?;
        Ok(Sent {
            text_bytes,
            ..sent?
        })
    }

    /// Makes articles until there are no more, or nobody wants them; returns their bytes.
    fn make(
        &self,
        numbers: Range<u64>,
        requests: &tokio::sync::mpsc::Sender<Tagged>,
        sent_at: &mpsc::SyncSender<Instant>,
    ) -> u64 {
        let mut bytes = 0;
        for number in numbers {
            let article = client::article(self.newswire.article(number));
            if let Some(Body::Text(text)) = &article.body {
                bytes += (article.title.len() + text.len()) as u64;
            }
            let request = (number, article);
            if sent_at.send(Instant::now()).is_err() || requests.blocking_send(request).is_err() {
                break;
            }
        }
        bytes
    }

    async fn open(
        &self,
        client: &mut WirecopyClient<Channel>,
        articles: ReceiverStream<Tagged>,
    ) -> Result<Replies, Status> {
        let collection = self.collection.clone();
        Ok(match self.call {
            Call::Ingest => {
                let request = move |(tag, article)| IngestStreamRequest {
                    collection: collection.clone(),
                    article: Some(article),
                    tag,
                };
                let replies = client.ingest_stream(articles.map(request)).await?;
                Replies::Ingest(replies.into_inner())
            }
            Call::Check => {
                let request = move |(tag, article)| CheckStreamRequest {
                    collection: collection.clone(),
                    article: Some(article),
                    tag,
                };
                let replies = client.check_stream(articles.map(request)).await?;
                Replies::Check(replies.into_inner())
            }
        })
    }

    async fn receive(
        &self,
        mut client: WirecopyClient<Channel>,
        stream: ReceiverStream<Tagged>,
        times: &mpsc::Receiver<Instant>,
        numbers: Range<u64>,
    ) -> Result<Sent> {
        let all = numbers.end - numbers.start;
        let bar = report::bar(all);
        let (begun, mut part_begun) = (Instant::now(), Instant::now());
        let mut sent = Sent::default();
        let replies = self.open(&mut client, stream).await;
        let mut replies = replies.context("failed to open a stream of articles")?;
        while let Some((tag, outcome)) = replies.next().await.context("the stream broke")? {
            let sent_at = times
                .try_recv()
                .context("the server answered an article that was not sent")?;
            sent.latencies.add(sent_at.elapsed());
            match outcome {
                Ok(verdict) => {
                    let plan = self.newswire.plan(tag);
                    sent.quality.add(&self.newswire, &plan, &verdict);
                }
                Err(error) => {
                    if sent.refused == 0 {
                        bar.println(format!("wirecopy: refused: {}", error.message));
                    }
                    sent.refused += 1;
                }
            }
            sent.articles += 1;
            bar.inc(1);
            let parts = sent.articles * PARTS / all;
            if parts > (sent.articles - 1) * PARTS / all {
                let articles = parts * all / PARTS - (parts - 1) * all / PARTS;
                sent.tenths
                    .push(articles as f64 / part_begun.elapsed().as_secs_f64());
                part_begun = Instant::now();
            }
        }
        bar.finish_and_clear();
        if sent.articles < all {
            bail!(
                "the server answered {} of {} articles",
                count(sent.articles),
                count(all)
            );
        }
        sent.took = begun.elapsed();
        sent.last_tenth = sent.tenths.last().copied().unwrap_or_default();
        Ok(sent)
    }
}

/// An article and its number.
type Tagged = (u64, wirecopy::server::proto::Article);

/// The replies of either call.
enum Replies {
    Ingest(Streaming<wirecopy::server::proto::IngestStreamResponse>),
    Check(Streaming<wirecopy::server::proto::CheckStreamResponse>),
}

impl Replies {
    /// The next tag, with what came of the article that it was given.
    async fn next(&mut self) -> Result<Option<(u64, Result<Verdict, Error>)>, Status> {
        Ok(match self {
            Replies::Ingest(replies) => replies.message().await?.map(|reply| {
                use ingest_stream_response::Result;
                let outcome = match reply.result {
                    Some(Result::Verdict(verdict)) => Ok(verdict),
                    Some(Result::Error(error)) => Err(error),
                    None => Err(Error::default()),
                };
                (reply.tag, outcome)
            }),
            Replies::Check(replies) => replies.message().await?.map(|reply| {
                use check_stream_response::Result;
                let outcome = match reply.result {
                    Some(Result::Verdict(verdict)) => Ok(verdict),
                    Some(Result::Error(error)) => Err(error),
                    None => Err(Error::default()),
                };
                (reply.tag, outcome)
            }),
        })
    }
}

impl Sent {
    /// Writes speed and times for people.
    pub fn write(&self, out: &mut impl Write, name: &str) -> Result<()> {
        let seconds = self.took.as_secs_f64();
        let rate = |rate: f64| count(rate as u64);
        writeln!(
            out,
            "{name}: {} ({:.1} MB) in {seconds:.1} s, {} articles/s; in the last tenth {} articles/s",
            counted(self.articles, "article"),
            self.text_bytes as f64 / 1e6,
            rate(self.articles as f64 / seconds.max(1e-3)),
            rate(self.last_tenth),
        )?;
        let tenths: Vec<String> = self.tenths.iter().map(|&tenth| rate(tenth)).collect();
        writeln!(out, "articles/s by tenths: {}", tenths.join(" "))?;
        writeln!(out, "answered after: {}", self.latencies)?;
        if self.refused > 0 {
            writeln!(out, "refused: {}", counted(self.refused, "article"))?;
        }
        Ok(())
    }
}
