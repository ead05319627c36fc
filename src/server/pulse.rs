//! Looks at the engine again and again, and tells what it sees: the head of the feed, and its
//! health.
//!
//! Polling, because the engine below is synchronous and calls nobody back. Both looks are atomic
//! reads, and one task takes them for all watchers, however many there are.

use std::sync::Arc;
use std::time::Duration;

use tokio::sync::watch;
use tonic_health::ServingStatus;
use tonic_health::server::HealthReporter;
use tracing::{error, info};

use super::phase::{Phase, Phases};
use super::proto::wirecopy_server::SERVICE_NAME;
use crate::engine::Engine;

/// Short beside the time in which a person, or a cache, wants to hear of a change.
const INTERVAL: Duration = Duration::from_millis(25);

/// Tells the head of the feed.
#[derive(Clone)]
pub(super) struct Pulse(watch::Receiver<u64>);

impl Pulse {
    /// Starts to look, until the server drains.
    pub(super) async fn start(engine: Arc<Engine>, health: HealthReporter, phases: Phases) -> Self {
        let (sender, heads) = watch::channel(engine.head());
        report(&health, engine.healthy()).await;
        tokio::spawn(beat(engine, health, phases, sender));
        Self(heads)
    }

    /// Waits until the feed has gone beyond a cursor. Never returns once the server drains.
    pub(super) async fn beyond(&mut self, cursor: u64) {
        if self.0.wait_for(|head| *head > cursor).await.is_err() {
            std::future::pending::<()>().await;
        }
    }
}

async fn beat(
    engine: Arc<Engine>,
    mut health: HealthReporter,
    phases: Phases,
    heads: watch::Sender<u64>,
) {
    let mut ticks = tokio::time::interval(INTERVAL);
    ticks.set_missed_tick_behavior(tokio::time::MissedTickBehavior::Delay);
    let mut healthy = engine.healthy();
    let draining = phases.reached(Phase::Draining);
    tokio::pin!(draining);
    loop {
        tokio::select! {
            () = &mut draining => break,
            _ = ticks.tick() => {}
        }
        let head = engine.head();
        heads.send_if_modified(|known| std::mem::replace(known, head) != head);
        if std::mem::replace(&mut healthy, engine.healthy()) != healthy {
            if healthy {
                info!("the engine accepts writes again");
            } else {
                error!("the store failed; the engine accepts no writes");
            }
            report(&health, healthy).await;
        }
    }
    report(&health, false).await;
    // A health watch lives as long as its entry: taken out, it tells its last status and ends, and
    // does not hold up the drain.
    for service in ["", SERVICE_NAME] {
        health.clear_service_status(service).await;
    }
}

async fn report(health: &HealthReporter, healthy: bool) {
    let status = if healthy {
        ServingStatus::Serving
    } else {
        ServingStatus::NotServing
    };
    for service in ["", SERVICE_NAME] {
        health.set_service_status(service, status).await;
    }
}
