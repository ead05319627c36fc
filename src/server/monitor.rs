//! Polls the engine for the head of its change feed and for its health, and has it take away from time to
//! time what is kept no longer.
//!
//! The engine is synchronous and has no callbacks. Both polls are atomic reads, and one task makes
//! them for all watchers.

use std::sync::Arc;
use std::time::{Duration, Instant};

use tokio::sync::watch;
use tokio_util::sync::CancellationToken;
use tonic_health::ServingStatus;
use tonic_health::server::HealthReporter;
use tracing::{error, info};

use super::proto::wirecopy_server::SERVICE_NAME;
use crate::engine::Engine;
use crate::store::{Rebuild, StoreState};

/// Short compared with how soon a person, or a cache, needs to learn of a change.
const INTERVAL: Duration = Duration::from_millis(25);
/// Short compared with how long collections keep articles.
const UPKEEP: Duration = Duration::from_secs(60);
/// How often the progress of a rebuild is logged: it may take an hour.
const PROGRESS: Duration = Duration::from_secs(10);

/// Starts polling, until the server drains. Returns a receiver of the head of the change feed.
pub(super) async fn start(
    engine: Arc<Engine>,
    mut health: HealthReporter,
    draining: CancellationToken,
) -> watch::Receiver<u64> {
    let (sender, heads) = watch::channel(engine.head());
    let mut healthy = engine.healthy();
    report(&health, healthy).await;
    tokio::spawn(async move {
        let (mut kept, mut told) = (Instant::now(), Instant::now());
        let mut ticks = tokio::time::interval(INTERVAL);
        ticks.set_missed_tick_behavior(tokio::time::MissedTickBehavior::Delay);
        while draining.run_until_cancelled(ticks.tick()).await.is_some() {
            let head = engine.head();
            sender.send_if_modified(|known| std::mem::replace(known, head) != head);
            if std::mem::replace(&mut healthy, engine.healthy()) != healthy {
                told = Instant::now();
                match engine.store_state() {
                    StoreState::Rebuilding(Rebuild { why, .. }) => {
                        error!(why, "the index is damaged; it is rebuilt from the journal");
                    }
                    StoreState::Stopped(why) => {
                        error!(
                            why,
                            "the store failed; nothing more is written: see to the cause, then restart"
                        );
                    }
                    StoreState::Serving if healthy => info!("everything works again"),
                    StoreState::Serving => error!("the engine failed, and accepts no writes"),
                }
                report(&health, healthy).await;
            }
            if !healthy && told.elapsed() >= PROGRESS {
                told = Instant::now();
                if let StoreState::Rebuilding(rebuild) = engine.store_state() {
                    let (done_mib, of_mib) = (rebuild.done_bytes >> 20, rebuild.all_bytes >> 20);
                    info!(done_mib, of_mib, "the index is being rebuilt");
                }
            }
            if kept.elapsed() >= UPKEEP {
                kept = Instant::now();
                engine.upkeep();
            }
        }
        report(&health, false).await;
        // Removing the entry ends the health watches on it, which would otherwise hold up the drain.
        for service in ["", SERVICE_NAME] {
            health.clear_service_status(service).await;
        }
    });
    heads
}

async fn report(health: &HealthReporter, healthy: bool) {
    let status = match healthy {
        true => ServingStatus::Serving,
        false => ServingStatus::NotServing,
    };
    for service in ["", SERVICE_NAME] {
        health.set_service_status(service, status).await;
    }
}
