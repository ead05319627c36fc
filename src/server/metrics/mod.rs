//! What the server counts, as text that Prometheus reads (`/metrics`).
//!
//! Counting costs a few atomic additions for each call, and reads nothing. Everything else is asked for when
//! somebody asks for the text: by one request at a time, outside the limit of calls, so that an overloaded server
//! still answers. No label has an id, a host, a name of a token or an address: the series are as many as there are
//! calls, statuses and [`MAX_COLLECTIONS`].

mod process;
mod rpc;
mod text;

use std::sync::Arc;
use std::time::Instant;

use tokio::sync::Semaphore;
use tokio::task::spawn_blocking;

use super::peer::Peers;
use super::pool::Pool;
use crate::engine::{CollectionSummary, Engine, EngineMetrics, PageRequest};
use crate::store::{Rebuild, StoreState};
use process::ProcessMetrics;
pub(super) use rpc::{MeteredRoutes, RpcMeters};
use text::{Metric, Series, counter, family, gauge, times};

/// The type of the text.
pub(super) use prometheus_client::encoding::prometheus_text::CONTENT_TYPE;

/// The most collections that have series of their own: the first ones by name.
const MAX_COLLECTIONS: usize = 100;

/// Makes the text.
pub(super) struct MetricsPage {
    engine: Arc<Engine>,
    pool: Pool,
    peers: Arc<Peers>,
    rpcs: Arc<RpcMeters>,
    started: Instant,
    /// One text is made at a time.
    turn: Semaphore,
}

impl MetricsPage {
    pub(super) fn new(
        engine: Arc<Engine>,
        pool: Pool,
        peers: Arc<Peers>,
        rpcs: Arc<RpcMeters>,
    ) -> Self {
        Self {
            engine,
            pool,
            peers,
            rpcs,
            started: Instant::now(),
            turn: Semaphore::new(1),
        }
    }

    /// Returns the text; `None` if the engine panicked.
    pub(super) async fn text(&self) -> Option<String> {
        let _turn = self.turn.acquire().await.ok()?;
        let engine = Arc::clone(&self.engine);
        let of_engine = spawn_blocking(move || of_engine(&engine)).await.ok()?;
        let mut metrics = self.of_server();
        metrics.extend(of_engine);
        text::encode(metrics)
    }

    fn of_server(&self) -> Vec<Metric> {
        let limits = self.peers.limits();
        let (calls, submissions) = self.pool.running();
        let (requests, replies) = self.peers.bytes();
        let version = vec![("version", env!("CARGO_PKG_VERSION").to_owned())];
        let up = self.started.elapsed().as_secs_f64();
        vec![
            family(
                "wirecopy_build",
                "The version of the program.",
                vec![Series::info(version)],
            ),
            gauge(
                "wirecopy_uptime_seconds",
                "How long the server has been running.",
                up,
            ),
            self.rpcs.durations(),
            gauge(
                "wirecopy_rpcs_in_flight",
                "Calls that have begun and whose reply was not taken whole; streams count once.",
                self.rpcs.in_flight() as f64,
            ),
            gauge(
                "wirecopy_connections",
                "Open connections.",
                self.peers.count() as f64,
            ),
            gauge(
                "wirecopy_connections_limit",
                "The setting limits.connections; fewer if the process may open few files.",
                limits.connections as f64,
            ),
            gauge(
                "wirecopy_request_bytes",
                "Bytes of requests that are not answered yet.",
                requests as f64,
            ),
            gauge(
                "wirecopy_request_bytes_limit",
                "The setting limits.in_flight_bytes.",
                limits.in_flight_bytes as f64,
            ),
            gauge(
                "wirecopy_reply_bytes",
                "Bytes of replies that clients have not taken yet.",
                replies as f64,
            ),
            gauge(
                "wirecopy_reply_bytes_limit",
                "The setting limits.reply_bytes.",
                limits.reply_bytes as f64,
            ),
            family(
                "wirecopy_engine_calls",
                "Calls that run in the engine, and batches of articles that are being submitted to it.",
                vec![
                    Series::gauge(vec![("kind", "call".to_owned())], calls as f64),
                    Series::gauge(vec![("kind", "submission".to_owned())], submissions as f64),
                ],
            ),
            gauge(
                "wirecopy_engine_calls_limit",
                "The setting limits.calls, which holds for each kind.",
                limits.calls as f64,
            ),
        ]
    }
}

fn of_engine(engine: &Engine) -> Vec<Metric> {
    let mut metrics = of_health(engine);
    let found = engine.metrics();
    metrics.extend(of_work(&found));
    if let Some((usage, store)) = &found.store {
        metrics.extend([
            gauge(
                "wirecopy_store_journal_bytes",
                "Size of the journal on disk.",
                usage.journal_bytes as f64,
            ),
            gauge(
                "wirecopy_store_index_bytes",
                "Size of the index on disk.",
                usage.index_bytes as f64,
            ),
            gauge(
                "wirecopy_store_memtable_bytes",
                "Memory of what is not flushed yet.",
                usage.memory_bytes as f64,
            ),
            gauge(
                "wirecopy_store_filter_bytes",
                "Memory of the Bloom filters.",
                store.filter_bytes as f64,
            ),
            family(
                "wirecopy_store_runs",
                "Sorted files of the index.",
                vec![
                    Series::gauge(vec![("kind", "rows".to_owned())], store.row_runs as f64),
                    Series::gauge(
                        vec![("kind", "postings".to_owned())],
                        store.posting_runs as f64,
                    ),
                ],
            ),
            times(
                "wirecopy_store_fsync_seconds",
                "How long it took to make the journal durable, for each group of writes.",
                &store.syncs,
            ),
            times(
                "wirecopy_store_flush_seconds",
                "How long it took to flush a memtable.",
                &store.flushes,
            ),
            times(
                "wirecopy_store_merge_seconds",
                "How long it took to merge runs of the index (compaction).",
                &store.merges,
            ),
        ]);
    }
    metrics.extend(of_collections(engine));
    metrics.extend(
        ProcessMetrics::read()
            .map(|process| process.metrics())
            .unwrap_or_default(),
    );
    metrics
}

fn of_health(engine: &Engine) -> Vec<Metric> {
    let rebuilt = match engine.store_state() {
        StoreState::Rebuilding(rebuild) => Some(rebuild),
        StoreState::Serving | StoreState::Stopped(_) => None,
    };
    let share = |rebuild: &Rebuild| match rebuild.all_bytes {
        0 => 0.0,
        all => rebuild.done_bytes as f64 / all as f64,
    };
    vec![
        gauge(
            "wirecopy_healthy",
            "1 if everything works, as the health check says; else 0.",
            f64::from(u8::from(engine.healthy())),
        ),
        gauge(
            "wirecopy_store_rebuilding",
            "1 while the index is rebuilt from the journal; else 0.",
            f64::from(u8::from(rebuilt.is_some())),
        ),
        gauge(
            "wirecopy_store_rebuilt_ratio",
            "The part of the journal that a rebuild of the index has done; 1 if there is none.",
            rebuilt.as_ref().map_or(1.0, share),
        ),
    ]
}

fn of_work(found: &EngineMetrics) -> Vec<Metric> {
    let outcome = |name: &str, count| Series::counter(vec![("outcome", name.to_owned())], count);
    let queue =
        |name: &str, length: u64| Series::gauge(vec![("queue", name.to_owned())], length as f64);
    vec![
        family(
            "wirecopy_articles_submitted",
            "Articles that had their turn, by what became of them.",
            vec![
                outcome("new", found.new),
                outcome("unchanged", found.unchanged),
                outcome("updated", found.updated),
                outcome("older", found.older),
                outcome("failed", found.failed),
            ],
        ),
        counter(
            "wirecopy_articles_checked",
            "Articles that were checked and not stored.",
            found.checked,
        ),
        counter(
            "wirecopy_articles_removed",
            "Articles that callers removed.",
            found.removed,
        ),
        family(
            "wirecopy_queue_articles",
            "Articles and other jobs that wait: to be read, or for the writer. At most 256 each.",
            vec![
                queue("read", found.waiting_to_be_read),
                queue("write", found.waiting_for_writer),
            ],
        ),
        times(
            "wirecopy_writer_turn_seconds",
            "How long a turn of the writer took. All articles wait during a turn.",
            &found.turns,
        ),
        counter(
            "wirecopy_searches",
            "Searches for the candidates of an article.",
            found.search.searches,
        ),
        counter(
            "wirecopy_searches_truncated",
            "Searches that hit a cap, so that there may have been more candidates.",
            found.search.truncated,
        ),
        counter(
            "wirecopy_candidates_proposed",
            "Stored articles that searches found as candidates.",
            found.search.proposed,
        ),
        counter(
            "wirecopy_candidates_compared",
            "Candidates whose texts were compared.",
            found.search.compared,
        ),
        counter(
            "wirecopy_furniture_lines",
            "Lines of submitted articles that were furniture of their hosts, and did not count.",
            found.furniture,
        ),
        gauge(
            "wirecopy_settling",
            "1 while clusters may be left to settle; else 0.",
            f64::from(u8::from(found.is_settling)),
        ),
        counter(
            "wirecopy_settled_portions",
            "Portions of clusters that were settled outside the turns of articles.",
            found.settled_portions,
        ),
    ]
}

/// Returns nothing while the store cannot be read.
fn of_collections(engine: &Engine) -> Vec<Metric> {
    let page = PageRequest {
        size: MAX_COLLECTIONS,
        token: String::new(),
    };
    let Ok(page) = engine.collections(&page) else {
        return Vec::new();
    };
    let by_name = |value: fn(&CollectionSummary) -> u64| {
        let collections = page.collections.iter();
        let series = collections
            .map(|one| Series::gauge(vec![("collection", one.name.clone())], value(one) as f64));
        series.collect::<Vec<_>>()
    };
    vec![
        family(
            "wirecopy_articles",
            "Stored articles.",
            by_name(|one| one.articles),
        ),
        family(
            "wirecopy_clusters",
            "Clusters, including those of single articles.",
            by_name(|one| one.clusters),
        ),
        family(
            "wirecopy_text_bytes",
            "Bytes of the stored texts, before compression.",
            by_name(|one| one.bytes),
        ),
        gauge(
            "wirecopy_collections_left_out",
            "1 if there are more collections than those that have series; else 0.",
            f64::from(u8::from(!page.next.is_empty())),
        ),
    ]
}
