//! Checks: as many as go, or so many a second.

use std::io::Write;
use std::ops::Range;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::{Duration, Instant};

use anyhow::{Context as _, Result};
use tokio::sync::mpsc::{self, UnboundedReceiver, UnboundedSender};
use tonic::transport::Channel;
use tonic::{Response, Status};
use wirecopy::server::proto::wirecopy_client::WirecopyClient;
use wirecopy::server::proto::{CheckRequest, CheckResponse};
use wirecopy::synthetic::Newswire;

use super::latency::Latencies;
use super::quality::Quality;
use super::{report, stream};
use crate::cli::output::{count, counted};

/// What is checked.
#[derive(Debug, Clone)]
pub struct Checks {
    /// Makes the articles.
    pub newswire: Arc<Newswire>,
    /// Against what they are checked.
    pub collection: String,
    /// Which articles.
    pub numbers: Range<u64>,
}

/// What came of it.
#[derive(Debug, Default)]
pub struct Checked {
    checks: u64,
    took: Duration,
    asked_rate: Option<f64>,
    latencies: Latencies,
    /// What was found.
    pub quality: Quality,
}

/// The answer to one.
struct Answer {
    number: u64,
    took: Duration,
    response: Result<Response<CheckResponse>, Status>,
}

impl Checks {
    /// Keeps so many calls in flight: how many a second go through?
    pub async fn in_flight(
        self,
        client: &WirecopyClient<Channel>,
        calls: usize,
    ) -> Result<Checked> {
        let (answers, gathered) = mpsc::unbounded_channel();
        let next = Arc::new(AtomicU64::new(self.numbers.start));
        for _ in 0..calls {
            let (this, next) = (self.clone(), Arc::clone(&next));
            let (client, answers) = (client.clone(), answers.clone());
            tokio::spawn(async move {
                loop {
                    let number = next.fetch_add(1, Ordering::Relaxed);
                    if number >= this.numbers.end {
                        return;
                    }
                    let request = this.request(number);
                    if !call(client.clone(), request, number, Instant::now(), &answers).await {
                        return;
                    }
                }
            });
        }
        drop(answers);
        self.gather(gathered, None).await
    }

    /// Begins so many a second, whether answers come or not. A time counts from when its call was
    /// due: of a server that stands still for a second all calls of that second are late, not only
    /// those few that were in flight (Gil Tene's coordinated omission).
    pub async fn at_rate(self, client: &WirecopyClient<Channel>, rate: f64) -> Result<Checked> {
        let (answers, gathered) = mpsc::unbounded_channel();
        let (this, client, runtime) = (
            self.clone(),
            client.clone(),
            tokio::runtime::Handle::current(),
        );
        // A thread of its own: tokio's timer is only exact to the millisecond.
        let calling = tokio::task::spawn_blocking(move || {
            let begun = Instant::now();
            for (at, number) in this.numbers.clone().enumerate() {
                let request = this.request(number);
                let due = begun + Duration::from_secs_f64(at as f64 / rate);
                std::thread::sleep(due.saturating_duration_since(Instant::now()));
                let (client, answers) = (client.clone(), answers.clone());
                if answers.is_closed() {
                    return;
                }
                runtime.spawn(async move {
                    call(client, request, number, due, &answers).await;
                });
            }
        });
        let checked = self.gather(gathered, Some(rate)).await;
        calling.await.context("the calls came to a sudden end")?;
        checked
    }

    fn request(&self, number: u64) -> CheckRequest {
        CheckRequest {
            collection: self.collection.clone(),
            article: Some(stream::article(&self.newswire, number)),
        }
    }

    async fn gather(
        &self,
        mut answers: UnboundedReceiver<Answer>,
        asked_rate: Option<f64>,
    ) -> Result<Checked> {
        let bar = report::bar(self.numbers.end - self.numbers.start);
        let begun = Instant::now();
        let mut checked = Checked {
            asked_rate,
            ..Checked::default()
        };
        while let Some(answer) = answers.recv().await {
            let response = answer.response.context("failed to check an article")?;
            let verdict = response.into_inner().verdict.unwrap_or_default();
            let plan = self.newswire.plan(answer.number);
            checked.quality.add(&self.newswire, &plan, &verdict);
            checked.latencies.add(answer.took);
            checked.checks += 1;
            bar.inc(1);
        }
        bar.finish_and_clear();
        checked.took = begun.elapsed();
        Ok(checked)
    }
}

/// Makes a call, and tells whether anybody still waits for the answer.
async fn call(
    mut client: WirecopyClient<Channel>,
    request: CheckRequest,
    number: u64,
    due: Instant,
    answers: &UnboundedSender<Answer>,
) -> bool {
    let response = client.check(request).await;
    let answer = Answer {
        number,
        took: due.elapsed(),
        response,
    };
    answers.send(answer).is_ok()
}

impl Checked {
    /// Writes speed and times for people.
    pub fn write(&self, out: &mut impl Write) -> Result<()> {
        let seconds = self.took.as_secs_f64();
        let asked = self
            .asked_rate
            .map_or(String::new(), |rate| format!(" ({rate} were asked for)"));
        writeln!(
            out,
            "checked: {} in {seconds:.1} s, {} articles/s{asked}",
            counted(self.checks, "article"),
            count((self.checks as f64 / seconds.max(1e-3)) as u64),
        )?;
        Ok(writeln!(out, "answered after: {}", self.latencies)?)
    }
}
