//! Serves the engine over gRPC.
//!
//! In go a listening socket, an engine, [`Limits`] and a shutdown signal; out come replies to the
//! calls of `proto/wirecopy/v1/wirecopy.proto`, to health checks and to reflection. The room
//! converts, limits and waits. It makes no decision about articles, never acknowledges an ingest
//! before the engine reports the article durable, never blocks an async thread on the engine, and
//! never logs article text.
//!
//! The rooms below are synchronous: a call runs on the blocking pool, behind a semaphore. On the
//! shutdown signal the server drains: it stops accepting, answers the requests it has received, ends
//! the streams that have no end of their own, and closes the engine.

mod article_stream;
pub mod client;
mod cursor;
mod limits;
mod middleware;
mod monitor;
mod phase;
mod pool;
mod replies;
mod requests;
mod service;
mod socket;
mod status;
pub mod time;
mod watch;

use std::future::Future;
use std::sync::Arc;

use tokio::net::TcpListener;
use tokio::time::timeout;
use tonic::codec::CompressionEncoding;
use tonic::transport::Server;
use tracing::{info, warn};

pub use limits::Limits;

use crate::engine::{self, Engine};
use middleware::Middleware;
use phase::Phase;
use pool::Pool;
use service::Service;

/// The messages and services of `wirecopy.v1`, generated from the proto.
#[allow(missing_docs, clippy::all, clippy::unwrap_used)]
pub mod proto {
    tonic::include_proto!("wirecopy.v1");

    /// The compiled proto and its imports, for reflection.
    pub const DESCRIPTOR: &[u8] = include_bytes!(concat!(env!("OUT_DIR"), "/wirecopy.v1.bin"));
}

/// Why a server could not run or stop cleanly.
#[derive(Debug, thiserror::Error)]
pub enum Error {
    /// A limit is out of range.
    #[error("limits: {0}")]
    Limits(String),
    /// The listener cannot be used.
    #[error("failed to listen: {0}")]
    Listen(#[source] std::io::Error),
    /// The descriptors for reflection cannot be read.
    #[error("failed to offer reflection: {0}")]
    Reflection(#[from] tonic_reflection::server::Error),
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

/// Serves the engine on a socket until `shutdown` completes, then drains and closes the engine.
///
/// The drain takes at most `limits.drain`; connections still open by then are dropped. Submitted
/// articles become durable either way.
///
/// # Errors
/// [`Error::Limits`] before anything is served; [`Error::Close`] if the engine cannot be closed at
/// the end.
pub async fn run(
    listener: TcpListener,
    engine: Arc<Engine>,
    limits: Limits,
    shutdown: impl Future<Output = ()>,
) -> Result<(), Error> {
    limits.validate().map_err(Error::Limits)?;
    let address = listener.local_addr().map_err(Error::Listen)?;
    let (phase, phases) = phase::start();
    let (health, health_service) = tonic_health::server::health_reporter();
    let head = monitor::start(Arc::clone(&engine), health, phases.clone()).await;
    let reflection = tonic_reflection::server::Builder::configure()
        .register_encoded_file_descriptor_set(proto::DESCRIPTOR)
        .register_encoded_file_descriptor_set(tonic_health::pb::FILE_DESCRIPTOR_SET)
        .build_v1()?;
    let service = Service {
        pool: Pool::new(Arc::clone(&engine), &limits),
        head,
        phases: phases.clone(),
        limits,
    };
    let service = proto::wirecopy_server::WirecopyServer::new(service)
        .accept_compressed(CompressionEncoding::Gzip)
        .accept_compressed(CompressionEncoding::Zstd)
        .max_decoding_message_size(limits.message_bytes);

    let serving = Server::builder()
        .max_concurrent_streams(limits.streams)
        .initial_stream_window_size(limits.stream_window_bytes)
        .initial_connection_window_size(limits.connection_window_bytes)
        .http2_max_header_list_size(limits.header_list_bytes)
        .http2_keepalive_interval(Some(limits.keep_alive))
        .http2_keepalive_timeout(Some(limits.keep_alive_timeout))
        .add_service(health_service)
        .add_service(reflection)
        .add_service(Middleware::new(service, limits.deadline))
        .serve_with_incoming_shutdown(
            socket::accept(listener, limits.connections, phases.clone()),
            phases.reached(Phase::Draining),
        );
    tokio::pin!(serving);
    info!(%address, "listening");

    let served = tokio::select! {
        served = &mut serving => served,
        () = shutdown => {
            info!("draining");
            phase.enter(Phase::Draining);
            match timeout(limits.drain, &mut serving).await {
                Ok(served) => served,
                Err(_) => {
                    warn!(after = ?limits.drain, "dropping the connections still open");
                    phase.enter(Phase::Stopped);
                    serving.await
                }
            }
        }
    };
    phase.enter(Phase::Stopped);
    let closed = tokio::task::spawn_blocking(move || engine.close()).await;
    served?;
    closed.map_err(|_| Error::Panicked)?.map_err(Error::Close)?;
    info!("stopped");
    Ok(())
}
