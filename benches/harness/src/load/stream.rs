//! Articles over one stream, and the answers to them.

use std::io::{self, Write};
use std::ops::Range;
use std::sync::mpsc;
use std::time::Instant;

use anyhow::{Context as _, Result, bail};
use tokio_stream::wrappers::ReceiverStream;
use wirecopy::server::proto::{self, ArticleRequest, article::Body, article_response};

use super::Session;
use super::meter::Meter;
use super::quality::Quality;
use crate::output::{count, counted};

/// Articles that are made and not yet taken by the connection.
const QUEUED: usize = 64;
/// Parts of a run whose rates are reported apart: does the server become slower?
const PARTS: u64 = 10;

/// What the server does with the articles of a stream.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum StreamCall {
    Ingest,
    Check,
}

/// The outcome of a stream.
#[derive(Debug)]
pub struct StreamedArticles {
    meter: Meter,
    /// Articles a second, in each tenth of the run.
    tenths: Vec<f64>,
    refused: u64,
    quality: Quality,
    /// Bytes of the titles and texts.
    pub text_bytes: u64,
}

/// Sends the articles of some numbers over one stream.
pub async fn send(
    session: &Session,
    call: StreamCall,
    numbers: Range<u64>,
) -> Result<StreamedArticles> {
    let (requests, queued) = tokio::sync::mpsc::channel(QUEUED);
    // One entry for each article in flight: this queue limits them, too.
    let (sent_at, times) = mpsc::sync_channel(session.in_flight);
    let (maker, to_make) = (session.clone(), numbers.clone());
    let making = tokio::task::spawn_blocking(move || make(&maker, to_make, &requests, &sent_at));
    let streamed = receive(session, call, ReceiverStream::new(queued), times, numbers).await;
    let text_bytes = making
        .await
        .context("the thread that makes articles panicked")?;
    Ok(StreamedArticles {
        text_bytes,
        ..streamed?
    })
}

/// Makes articles until there are no more, or the stream has ended; returns the bytes of their text.
fn make(
    session: &Session,
    numbers: Range<u64>,
    requests: &tokio::sync::mpsc::Sender<ArticleRequest>,
    sent_at: &mpsc::SyncSender<Instant>,
) -> u64 {
    let mut bytes = 0;
    for number in numbers {
        let article = proto::Article::from(session.newswire.article(number));
        if let Some(Body::Text(text)) = &article.body {
            bytes += (article.title.len() + text.len()) as u64;
        }
        let request = ArticleRequest {
            collection: session.collection.clone(),
            article: Some(article),
            tag: number,
        };
        if sent_at.send(Instant::now()).is_err() || requests.blocking_send(request).is_err() {
            break;
        }
    }
    bytes
}

async fn receive(
    session: &Session,
    call: StreamCall,
    requests: ReceiverStream<ArticleRequest>,
    times: mpsc::Receiver<Instant>,
    numbers: Range<u64>,
) -> Result<StreamedArticles> {
    let all = numbers.end - numbers.start;
    let mut streamed = StreamedArticles {
        meter: Meter::start(all),
        tenths: Vec::new(),
        refused: 0,
        quality: Quality::default(),
        text_bytes: 0,
    };
    let mut part_started = Instant::now();
    let mut client = session.client.clone();
    let replies = match call {
        StreamCall::Ingest => client.ingest_stream(requests).await,
        StreamCall::Check => client.check_stream(requests).await,
    };
    let replies = replies.context("failed to open a stream of articles")?;
    let mut replies = replies.into_inner();
    while let Some(reply) = replies.message().await.context("the stream broke")? {
        let sent_at = times
            .try_recv()
            .context("the server answered an article that was not sent")?;
        let meter = &mut streamed.meter;
        meter.add(1, sent_at.elapsed());
        let why = match reply.result {
            Some(article_response::Result::Verdict(verdict)) => {
                let quality = &mut streamed.quality;
                quality.add(&session.newswire, reply.tag, &verdict);
                None
            }
            Some(article_response::Result::Error(error)) => Some(error.message),
            None => Some("the answer is empty".to_owned()),
        };
        if let Some(why) = why {
            if streamed.refused == 0 {
                meter.bar.println(format!("wirecopy-bench: refused: {why}"));
            }
            streamed.refused += 1;
        }
        let articles = meter.articles();
        let parts = articles * PARTS / all;
        if parts > (articles - 1) * PARTS / all {
            let of_part = parts * all / PARTS - (parts - 1) * all / PARTS;
            let rate = of_part as f64 / part_started.elapsed().as_secs_f64();
            streamed.tenths.push(rate);
            part_started = Instant::now();
        }
    }
    streamed.meter.stop();
    let answered = streamed.meter.articles();
    if answered < all {
        let (answered, all) = (count(answered), count(all));
        bail!("the server answered {answered} of {all} articles");
    }
    Ok(streamed)
}

impl StreamedArticles {
    /// Articles a second in the last tenth of the run.
    pub fn rate_of_last_tenth(&self) -> f64 {
        self.tenths.last().copied().unwrap_or_default()
    }

    /// Writes speed, latencies and quality as text.
    pub fn write(&self, out: &mut impl Write, name: &str) -> io::Result<()> {
        let rate = |rate: &f64| count(*rate as u64);
        let megabytes = format!(" ({:.1} MB)", self.text_bytes as f64 / 1e6);
        let summary = self.meter.summary(&megabytes);
        let last = rate(&self.rate_of_last_tenth());
        writeln!(
            out,
            "{name}: {summary}; in the last tenth {last} articles/s"
        )?;
        let tenths: Vec<String> = self.tenths.iter().map(rate).collect();
        writeln!(out, "articles/s by tenths: {}", tenths.join(" "))?;
        writeln!(out, "answered after: {}", self.meter.latencies)?;
        if self.refused > 0 {
            writeln!(out, "refused: {}", counted(self.refused, "article"))?;
        }
        self.quality.write(out)
    }
}
