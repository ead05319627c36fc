//! Takes articles out, in batches.

use std::io::Write;
use std::time::{Duration, Instant};

use anyhow::{Context as _, Result};
use tokio::task::JoinSet;
use tonic::transport::Channel;
use wirecopy::id::Collection;
use wirecopy::server::proto::RemoveRequest;
use wirecopy::server::proto::wirecopy_client::WirecopyClient;
use wirecopy_bench::synthetic::Newswire;

use super::latency::Latencies;
use super::report;
use crate::output::{count, counted};

/// Articles of one call: the most that the API takes.
const BATCH: u64 = 1000;
/// Calls under way at once: while the articles of one are taken out, those of others are looked up.
const CALLS: usize = 4;

/// What came of it.
#[derive(Debug, Default)]
pub struct Removals {
    removed: u64,
    unknown: u64,
    took: Duration,
    latencies: Latencies,
}

/// Takes some of the articles out, evenly from all of them.
pub async fn run(
    client: &WirecopyClient<Channel>,
    newswire: &Newswire,
    collection: &Collection,
    articles: u64,
    removals: u64,
) -> Result<Removals> {
    let removals = removals.min(articles);
    let bar = report::bar(removals);
    let mut outcome = Removals::default();
    let begun = Instant::now();
    let number = |at| (u128::from(at) * u128::from(articles) / u128::from(removals)) as u64;
    let mut batches = (0..removals)
        .step_by(BATCH as usize)
        .map(|first| first..(first + BATCH).min(removals));
    let mut calls = JoinSet::new();
    loop {
        while calls.len() < CALLS
            && let Some(batch) = batches.next()
        {
            let ids = batch.map(|at| newswire.url(&newswire.plan(number(at))));
            let request = RemoveRequest {
                collection: collection.to_string(),
                ids: ids.collect(),
            };
            let mut client = client.clone();
            calls.spawn(async move {
                let called = Instant::now();
                let reply = client.remove(request).await;
                (reply, called.elapsed())
            });
        }
        let Some(call) = calls.join_next().await else {
            break;
        };
        let (reply, took) = call.context("a call came to a sudden end")?;
        let reply = reply.context("failed to take articles out")?.into_inner();
        outcome.latencies.add(took);
        outcome.removed += u64::from(reply.removed);
        outcome.unknown += u64::from(reply.unknown);
        bar.inc(u64::from(reply.removed + reply.unknown));
    }
    bar.finish_and_clear();
    outcome.took = begun.elapsed();
    Ok(outcome)
}

impl Removals {
    /// Writes speed and times for people.
    pub fn write(&self, out: &mut impl Write) -> Result<()> {
        let seconds = self.took.as_secs_f64();
        writeln!(
            out,
            "taken out: {} in {seconds:.1} s, {} articles/s; not known: {}",
            counted(self.removed, "article"),
            count((self.removed as f64 / seconds.max(1e-3)) as u64),
            count(self.unknown),
        )?;
        Ok(writeln!(
            out,
            "a call of {BATCH} answered after: {}",
            self.latencies
        )?)
    }
}
