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
use wirecopy::server::proto::wirecopy_client::WirecopyClient;
use wirecopy::server::proto::{
    self, ArticleRequest, ArticleResponse, article::Body, article_response,
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
            let article = proto::Article::from(self.newswire.article(number));
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
    ) -> Result<Streaming<ArticleResponse>, Status> {
        let collection = self.collection.clone();
        let requests = articles.map(move |(tag, article)| ArticleRequest {
            collection: collection.clone(),
            article: Some(article),
            tag,
        });
        let replies = match self.call {
            Call::Ingest => client.ingest_stream(requests).await?,
            Call::Check => client.check_stream(requests).await?,
        };
        Ok(replies.into_inner())
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
        while let Some(reply) = replies.message().await.context("the stream broke")? {
            let sent_at = times
                .try_recv()
                .context("the server answered an article that was not sent")?;
            sent.latencies.add(sent_at.elapsed());
            if let Some(article_response::Result::Verdict(verdict)) = &reply.result {
                let plan = self.newswire.plan(reply.tag);
                sent.quality.add(&self.newswire, &plan, verdict);
            } else {
                if sent.refused == 0 {
                    bar.println(format!("wirecopy: refused: {:?}", reply.result));
                }
                sent.refused += 1;
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
type Tagged = (u64, proto::Article);

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
