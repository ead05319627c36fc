//! Removes articles, in batches.

use std::io::{self, Write};
use std::time::Instant;

use anyhow::{Context as _, Result};
use tokio::task::JoinSet;
use wirecopy::server::proto::RemoveRequest;

use super::Session;
use super::meter::Meter;
use crate::output::count;

/// Articles of one call: the most that the API accepts.
const BATCH: u64 = 1000;
/// Calls in flight: while the articles of one are removed, those of others are looked up.
const CALLS: usize = 4;

/// The outcome of a run.
#[derive(Debug)]
pub struct Removals {
    meter: Meter,
    unknown: u64,
}

/// Removes some of the first `articles` articles, spread evenly over them.
pub async fn run(session: &Session, articles: u64, removals: u64) -> Result<Removals> {
    let removals = removals.min(articles);
    let mut outcome = Removals {
        meter: Meter::start(session, removals),
        unknown: 0,
    };
    let number = |at| (u128::from(at) * u128::from(articles) / u128::from(removals)) as u64;
    let mut batches = (0..removals)
        .step_by(BATCH as usize)
        .map(|first| first..(first + BATCH).min(removals));
    let mut calls = JoinSet::new();
    loop {
        while calls.len() < CALLS
            && let Some(batch) = batches.next()
        {
            let url = |at| session.newswire.url(&session.newswire.plan(number(at)));
            let request = RemoveRequest {
                collection: session.collection.clone(),
                ids: batch.map(url).collect(),
            };
            let mut client = session.client.clone();
            calls.spawn(async move {
                let called = Instant::now();
                let reply = client.remove(request).await;
                (reply, called.elapsed())
            });
        }
        let Some(call) = calls.join_next().await else {
            break;
        };
        let (reply, latency) = call.context("a call panicked")?;
        let reply = reply.context("failed to remove articles")?.into_inner();
        outcome.meter.add(u64::from(reply.removed), latency);
        outcome.unknown += u64::from(reply.unknown);
        outcome.meter.bar.inc(u64::from(reply.unknown));
    }
    outcome.meter.stop();
    Ok(outcome)
}

impl Removals {
    /// Writes speed and latencies as text.
    pub fn write(&self, out: &mut impl Write) -> io::Result<()> {
        let (summary, unknown) = (self.meter.summary(""), count(self.unknown));
        writeln!(out, "taken out: {summary}; not known: {unknown}")?;
        self.meter.write(out, &format!("calls of {BATCH}"))
    }
}
