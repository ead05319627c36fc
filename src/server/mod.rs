//! Serves the engine over gRPC, and over HTTP and JSON.
//!
//! In go a listening socket, an engine, [`Limits`], [`Access`] and a shutdown signal; out come replies to
//! the calls of `proto/wirecopy/v1/`, to health checks and to reflection. `http_json` turns requests of HTTP into such
//! calls, `metrics` says what was counted, and `web_page` has the files of the page that asks. The room converts, limits
//! and waits. It makes no decision about articles, never acknowledges an ingest before the engine reports the article
//! durable, never blocks an async thread on the engine, and never logs article text.
//!
//! The rooms below are synchronous: a call runs on the blocking pool, behind a semaphore. On the
//! shutdown signal the server drains: it stops accepting, answers the requests it has received, ends
//! the streams that have no end of their own, closes the connections whose clients neither send nor take
//! anything, and closes the engine.

mod accept;
mod access;
mod admin;
mod article_stream;
mod authorize;
mod batches;
mod budget;
mod call;
mod change_json;
pub mod client;
mod explain;
mod export;
mod frames;
#[cfg(any(test, fuzzing))]
pub mod fuzz;
mod half_close;
mod http_json;
mod limits;
mod long_head;
mod messages;
mod metrics;
mod middleware;
mod monitor;
mod peer;
mod pool;
mod positions;
mod reload;
mod repeated;
mod replies;
mod reply_body;
mod request_id;
mod requests;
mod service;
mod socket;
mod status;
pub mod time;
mod tls;
mod tokens;
mod watch;
mod web_page;

use std::future::Future;
use std::sync::Arc;
use std::time::Duration;

use prost_reflect::DescriptorPool;
use tokio::net::TcpListener;
use tokio::time::timeout;
use tokio_util::sync::CancellationToken;
use tonic::codec::CompressionEncoding;
use tonic::service::Routes;
use tonic::transport::Server;
use tracing::{info, warn};

pub use access::Access;
pub use change_json::ChangeJson;
pub use explain::explain;
pub use limits::Limits;
pub use tokens::{NewToken, Permission};

use crate::engine::{self, Engine};
use crate::store;
use accept::Acceptor;
use authorize::Gate;
use http_json::{Front, JsonApi};
use metrics::{MeteredRoutes, MetricsPage, RpcMeters};
use middleware::Middleware;
use peer::Peers;
use pool::Pool;
use request_id::RequestIds;
use service::Service;

/// The messages and services of `wirecopy.v1`, generated from the proto.
#[allow(missing_docs, clippy::all, clippy::unwrap_used)]
pub mod proto {
    tonic::include_proto!("wirecopy.v1");

    /// The compiled proto and its imports, for reflection.
    pub const DESCRIPTOR: &[u8] = include_bytes!(concat!(env!("OUT_DIR"), "/wirecopy.v1.bin"));
}

/// The largest message accepted by the services beside ours, which are asked in a few words.
const SMALL_MESSAGE_BYTES: usize = 16 << 10;

/// Why a server could not run or stop cleanly.
#[derive(Debug, thiserror::Error)]
pub enum Error {
    /// A limit is out of range.
    #[error("limits: {0}")]
    Limits(String),
    /// A certificate or the access tokens cannot be used.
    #[error("access: {0}")]
    Access(String),
    /// The listener cannot be used.
    #[error("failed to listen: {0}")]
    Listen(#[source] std::io::Error),
    /// The descriptors for reflection cannot be read.
    #[error("failed to offer reflection: {0}")]
    Reflection(#[from] tonic_reflection::server::Error),
    /// The descriptors for JSON cannot be read.
    #[error("failed to offer JSON: {0}")]
    Json(#[from] prost_reflect::DescriptorError),
    /// The system has no random numbers.
    #[error("failed to make ids of requests: {0}")]
    Random(#[source] store::Error),
    /// The transport failed.
    #[error("failed to serve: {0}")]
    Transport(#[from] tonic::transport::Error),
    /// The engine could not be closed. Acknowledged articles are durable nevertheless.
    #[error("failed to close the engine: {0}")]
    Close(#[source] engine::Error),
    /// The engine panicked while it was being closed.
    #[error("the engine panicked while it was being closed")]
    Panicked,
}

/// Serves the engine on a socket, to those who have access, until `shutdown` completes, then drains and
/// closes the engine.
///
/// The drain takes at most `limits.drain_ms`; connections still open by then are dropped. Submitted
/// articles become durable either way.
///
/// # Errors
/// [`Error::Limits`] and [`Error::Access`] before anything is served; [`Error::Close`] if the engine cannot
/// be closed at the end.
pub async fn run(
    listener: TcpListener,
    engine: Arc<Engine>,
    limits: Limits,
    access: Access,
    shutdown: impl Future<Output = ()>,
) -> Result<(), Error> {
    limits.validate().map_err(Error::Limits)?;
    access.validate().map_err(Error::Access)?;
    let address = listener.local_addr().map_err(Error::Listen)?;
    // The drain is cancelled first, or else with the stop; dropping this future cancels both.
    let stopped = CancellationToken::new();
    let draining = stopped.child_token();
    let _guard = stopped.clone().drop_guard();
    let tls = access.tls(&stopped).await.map_err(Error::Access)?;
    let gate = Gate::new(access.tokens(&stopped).await.map_err(Error::Access)?);
    tokio::spawn(
        draining
            .clone()
            .run_until_cancelled_owned(gate.clone().report_rest()),
    );
    let (health, health_service) = tonic_health::server::health_reporter();
    let peers = Peers::new(limits, stopped.clone());
    tokio::spawn(Arc::clone(&peers).supervise(draining.clone()));
    let head = monitor::start(Arc::clone(&engine), health, draining.clone()).await;
    let reflection = tonic_reflection::server::Builder::configure()
        .register_encoded_file_descriptor_set(proto::DESCRIPTOR)
        .register_encoded_file_descriptor_set(tonic_health::pb::FILE_DESCRIPTOR_SET)
        .build_v1()?;
    let pool = Pool::new(Arc::clone(&engine), &limits);
    let service = Service {
        pool: pool.clone(),
        head,
        draining: draining.clone(),
        limits,
    };
    let admin = proto::admin_server::AdminServer::new(service.clone())
        .max_decoding_message_size(limits.message_bytes);
    let service = proto::wirecopy_server::WirecopyServer::new(service)
        .accept_compressed(CompressionEncoding::Gzip)
        .accept_compressed(CompressionEncoding::Zstd)
        .max_decoding_message_size(limits.message_bytes);

    let health_service = health_service.max_decoding_message_size(SMALL_MESSAGE_BYTES);
    let routes = Routes::new(gate.before(health_service))
        .add_service(gate.before(reflection.max_decoding_message_size(SMALL_MESSAGE_BYTES)))
        .add_service(gate.before(Middleware {
            inner: service,
            peers: Arc::clone(&peers),
            limits,
        }))
        .add_service(gate.before(Middleware {
            inner: admin,
            peers: Arc::clone(&peers),
            limits,
        }))
        .prepare();
    let descriptors = DescriptorPool::decode(proto::DESCRIPTOR)?;
    let meters = RpcMeters::new(&descriptors);
    let metrics = MetricsPage::new(
        Arc::clone(&engine),
        pool,
        Arc::clone(&peers),
        Arc::clone(&meters),
    );
    let front = Front {
        grpc: MeteredRoutes {
            routes,
            meters,
            ids: RequestIds::new()?,
        },
        api: JsonApi::new(
            &descriptors,
            metrics,
            &gate,
            &peers,
            limits,
            access.takes_any_host(),
        ),
    };

    let acceptor = Acceptor {
        listener,
        limits,
        tls,
        draining: draining.clone(),
        peers: Arc::clone(&peers),
    };
    let serving = Server::builder()
        .accept_http1(true)
        .max_concurrent_streams(limits.streams)
        .initial_stream_window_size(limits.stream_window_bytes)
        .initial_connection_window_size(limits.connection_window_bytes)
        .http2_max_header_list_size(limits.header_list_bytes)
        .http2_keepalive_interval(Some(Duration::from_millis(limits.keep_alive_ms)))
        .http2_keepalive_timeout(Some(Duration::from_millis(limits.keep_alive_timeout_ms)))
        .serve_with_incoming_shutdown(front, acceptor.start(), draining.clone().cancelled_owned());
    tokio::pin!(serving);
    info!(%address, tls = access.has_tls(), tokens = access.has_tokens(), "listening");

    let served = tokio::select! {
        served = &mut serving => served,
        () = shutdown => {
            info!("draining");
            draining.cancel();
            match timeout(Duration::from_millis(limits.drain_ms), &mut serving).await {
                Ok(served) => served,
                Err(_) => {
                    warn!(after_ms = limits.drain_ms, "dropping the connections still open");
                    stopped.cancel();
                    serving.await
                }
            }
        }
    };
    stopped.cancel();
    let closed = tokio::task::spawn_blocking(move || engine.close()).await;
    served?;
    match closed.map_err(|_| Error::Panicked)? {
        // What was acknowledged is in the journal, from which the next start takes it.
        Err(engine::Error::Store(error @ store::Error::Full { .. })) => {
            warn!(%error, "the index was not flushed; the next start replays more of the journal");
        }
        closed => closed.map_err(Error::Close)?,
    }
    info!("stopped");
    Ok(())
}
