//! Articles over one stream, and the answers to them.

use std::io::{self, Write};
use std::ops::Range;
use std::sync::mpsc;
use std::time::Instant;

use anyhow::{Context as _, Result, bail};
use tokio_stream::wrappers::ReceiverStream;
use wirecopy::server::proto::{self, ArticleRequest, article::Body, article_response};
use wirecopy_bench::quality::Quality;

use super::Session;
use super::laps::Laps;
use super::meter::Meter;
use crate::output::{count, counted};

/// Articles that are made and not yet taken by the connection.
const QUEUED: usize = 64;
/// The end of the first part whose rate is reported by the number of articles; each further one is
/// twice as far.
const FIRST_SIZE: u64 = 250;
/// Parts of a run whose rates are reported apart: does the server become slower?
const PARTS: u64 = 10;

/// What the server does with the articles of a stream.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum StreamCall {
    Ingest,
    /// Ingests the article of the highest number first, which is the newest.
    IngestNewestFirst,
    /// Ingests without asking for matches and judgement.
    IngestPlacementOnly,
    Check,
}

/// The outcome of a stream.
#[derive(Debug)]
pub struct StreamedArticles {
    call: StreamCall,
    meter: Meter,
    /// The tenths of the run.
    pub tenths: Laps,
    /// The parts up to [`FIRST_SIZE`] articles, twice as many, and so on.
    pub sizes: Laps,
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
    let making =
        tokio::task::spawn_blocking(move || make(&maker, call, to_make, &requests, &sent_at));
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
    call: StreamCall,
    numbers: Range<u64>,
    requests: &tokio::sync::mpsc::Sender<ArticleRequest>,
    sent_at: &mpsc::SyncSender<Instant>,
) -> u64 {
    let mut bytes = 0;
    for at in numbers.clone() {
        let number = match call {
            StreamCall::IngestNewestFirst => numbers.end - 1 - (at - numbers.start),
            StreamCall::Ingest | StreamCall::IngestPlacementOnly | StreamCall::Check => at,
        };
        let article = proto::Article::from(session.newswire.article(number));
        if let Some(Body::Text(text)) = &article.body {
            bytes += (article.title.len() + text.len()) as u64;
        }
        let request = ArticleRequest {
            collection: session.collection.clone(),
            article: Some(article),
            tag: number,
            placement_only: call == StreamCall::IngestPlacementOnly,
            ..ArticleRequest::default()
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
        call,
        meter: Meter::start(session, all),
        tenths: Laps::start(),
        sizes: Laps::start(),
        refused: 0,
        quality: Quality::default(),
        text_bytes: 0,
    };
    let mut client = session.client.clone();
    let replies = match call {
        StreamCall::Ingest | StreamCall::IngestNewestFirst | StreamCall::IngestPlacementOnly => {
            client.ingest_stream(requests).await
        }
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
        if articles == FIRST_SIZE << streamed.sizes.rates.len() {
            streamed.sizes.end_part(articles);
        }
        if articles * PARTS / all > (articles - 1) * PARTS / all {
            streamed.tenths.end_part(articles);
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
    /// Writes speed, latencies and quality as text.
    pub fn write(&self, out: &mut impl Write, name: &str) -> io::Result<()> {
        let rate = |rate: f64| count(rate as u64);
        let megabytes = format!(" ({:.1} MB)", self.text_bytes as f64 / 1e6);
        let summary = self.meter.summary(&megabytes);
        let last = rate(self.tenths.last());
        writeln!(
            out,
            "{name}: {summary}; in the last tenth {last} articles/s"
        )?;
        let tenths = self.tenths.rates.iter().map(|lap| rate(lap.1));
        let tenths: Vec<String> = tenths.collect();
        writeln!(out, "articles/s by tenths: {}", tenths.join(" "))?;
        self.meter.write(out, "articles")?;
        if self.refused > 0 {
            writeln!(out, "refused: {}", counted(self.refused, "article"))?;
        }
        // What comes newest first copies an article that is not there yet, and no matches are in a placement.
        match self.call {
            StreamCall::IngestNewestFirst | StreamCall::IngestPlacementOnly => Ok(()),
            StreamCall::Ingest | StreamCall::Check => self.quality.write(out),
        }
    }
}
