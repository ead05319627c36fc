//! Checks in calls of their own, so many a second.

use std::io::Write;
use std::ops::Range;
use std::sync::Arc;
use std::time::{Duration, Instant};

use anyhow::{Context as _, Result};
use tokio::sync::mpsc::{self, UnboundedReceiver, UnboundedSender};
use tonic::transport::Channel;
use tonic::{Response, Status};
use wirecopy::server::proto::wirecopy_client::WirecopyClient;
use wirecopy::server::proto::{ArticleRequest, Verdict};
use wirecopy_bench::synthetic::Newswire;

use super::latency::Latencies;
use super::quality::Quality;
use super::report;
use crate::output::{count, counted};

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
    asked_rate: f64,
    latencies: Latencies,
    /// What was found.
    pub quality: Quality,
}

/// The answer to one.
struct Answer {
    number: u64,
    took: Duration,
    response: Result<Response<Verdict>, Status>,
}

impl Checks {
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
        let checked = self.gather(gathered, rate).await;
        calling.await.context("the calls came to a sudden end")?;
        checked
    }

    fn request(&self, number: u64) -> ArticleRequest {
        ArticleRequest {
            collection: self.collection.clone(),
            article: Some(self.newswire.article(number).into()),
            tag: 0,
        }
    }

    async fn gather(
        &self,
        mut answers: UnboundedReceiver<Answer>,
        asked_rate: f64,
    ) -> Result<Checked> {
        let bar = report::bar(self.numbers.end - self.numbers.start);
        let begun = Instant::now();
        let mut checked = Checked {
            asked_rate,
            ..Checked::default()
        };
        while let Some(answer) = answers.recv().await {
            let response = answer.response.context("failed to check an article")?;
            let verdict = response.into_inner();
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

/// Makes a call.
async fn call(
    mut client: WirecopyClient<Channel>,
    request: ArticleRequest,
    number: u64,
    due: Instant,
    answers: &UnboundedSender<Answer>,
) {
    let response = client.check(request).await;
    let answer = Answer {
        number,
        took: due.elapsed(),
        response,
    };
    let _ = answers.send(answer); // nobody may wait for it any more
}

impl Checked {
    /// Writes speed and times for people.
    pub fn write(&self, out: &mut impl Write) -> Result<()> {
        let seconds = self.took.as_secs_f64();
        writeln!(
            out,
            "checked: {} in {seconds:.1} s, {} articles/s ({} were asked for)",
            counted(self.checks, "article"),
            count((self.checks as f64 / seconds.max(1e-3)) as u64),
            self.asked_rate,
        )?;
        Ok(writeln!(out, "answered after: {}", self.latencies)?)
    }
}
