//! Checks at a fixed rate, each in a call of its own.

use std::io::{self, Write};
use std::ops::Range;
use std::time::{Duration, Instant};

use anyhow::{Context as _, Result};
use tokio::sync::mpsc;
use tonic::{Response, Status};
use wirecopy::server::proto::{ArticleRequest, Verdict};
use wirecopy_bench::quality::Quality;

use super::Session;
use super::meter::Meter;

/// The outcome of a run.
#[derive(Debug)]
pub struct PacedChecks {
    asked_rate: f64,
    meter: Meter,
    quality: Quality,
}

/// The answer to one call.
struct TimedResponse {
    number: u64,
    latency: Duration,
    response: Result<Response<Verdict>, Status>,
}

/// Starts `rate` calls a second, whether answers arrive or not. A latency counts from when its call
/// was due: if the server stalls for a second, all calls of that second are late, not only the few
/// that were in flight (Gil Tene's coordinated omission).
pub async fn check(session: &Session, numbers: Range<u64>, rate: f64) -> Result<PacedChecks> {
    let (responses, received) = mpsc::unbounded_channel();
    let (caller, to_call) = (session.clone(), numbers.clone());
    let runtime = tokio::runtime::Handle::current();
    // A thread of its own: tokio's timer is only exact to the millisecond.
    let calling = tokio::task::spawn_blocking(move || {
        let start = Instant::now();
        for (index, number) in to_call.enumerate() {
            let request = ArticleRequest {
                collection: caller.collection.clone(),
                article: Some(caller.newswire.article(number).into()),
                ..ArticleRequest::default()
            };
            let due = start + Duration::from_secs_f64(index as f64 / rate);
            std::thread::sleep(due.saturating_duration_since(Instant::now()));
            if responses.is_closed() {
                return;
            }
            let (mut client, responses) = (caller.client.clone(), responses.clone());
            runtime.spawn(async move {
                let response = client.check(request).await;
                let latency = due.elapsed();
                // The send fails after an error that has already ended the run.
                let _ = responses.send(TimedResponse {
                    number,
                    latency,
                    response,
                });
            });
        }
    });
    let checks = receive(session, received, numbers, rate).await;
    calling.await.context("the calling thread panicked")?;
    checks
}

async fn receive(
    session: &Session,
    mut received: mpsc::UnboundedReceiver<TimedResponse>,
    numbers: Range<u64>,
    asked_rate: f64,
) -> Result<PacedChecks> {
    let mut meter = Meter::start(session, numbers.end - numbers.start);
    let mut quality = Quality::default();
    while let Some(answer) = received.recv().await {
        let response = answer.response.context("failed to check an article")?;
        let verdict = response.into_inner();
        quality.add(&session.newswire, answer.number, &verdict);
        meter.add(1, answer.latency);
    }
    meter.stop();
    Ok(PacedChecks {
        asked_rate,
        meter,
        quality,
    })
}

impl PacedChecks {
    /// Writes speed, latencies and quality as text.
    pub fn write(&self, out: &mut impl Write) -> io::Result<()> {
        let (summary, asked) = (self.meter.summary(""), self.asked_rate);
        writeln!(out, "checked: {summary} ({asked} were asked for)")?;
        self.meter.write(out, "calls")?;
        self.quality.write(out)
    }
}
