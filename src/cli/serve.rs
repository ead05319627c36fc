//! `wirecopy serve`: the server.

use std::io::IsTerminal as _;
use std::net::SocketAddr;
use std::path::PathBuf;
use std::sync::Arc;

use anyhow::{Context as _, Result};
use clap::Args;
use tokio::net::TcpListener;
use tracing_subscriber::EnvFilter;
use wirecopy::config::{Config, Layer};
use wirecopy::engine::Engine;
use wirecopy::server;

use super::remote;
use super::settings::{self, Durability, Settings};

/// Run the server
///
/// Speaks gRPC (proto/wirecopy/v1/wirecopy.proto). Ctrl-C or SIGTERM: takes no new calls, finishes
/// those it has, writes out what waits, and ends. What it does is logged to standard error;
/// RUST_LOG=debug tells more.
#[derive(Debug, Args)]
#[command(after_help = "\
Examples:
  wirecopy serve
  wirecopy serve --data /var/lib/wirecopy --listen 127.0.0.1:7717
  wirecopy serve --config config/wirecopy.toml")]
pub struct Serve {
    /// The store's directory; made where it is not there. Default: ./wirecopy-data.
    #[arg(long, value_name = "DIR")]
    data: Option<PathBuf>,
    /// Where to listen. Default: 127.0.0.1:7717.
    #[arg(long, value_name = "ADDRESS")]
    listen: Option<SocketAddr>,
    /// When an article counts as taken in. Default: fsync.
    #[arg(long, value_enum)]
    durability: Option<Durability>,
    /// Keep everything in memory, and nothing afterwards.
    #[arg(long, conflicts_with_all = ["data", "durability"])]
    memory: bool,
    /// Listen even where other machines can reach it. There are no access tokens yet: whoever
    /// reaches the address can read and delete.
    #[arg(long)]
    insecure: bool,
    #[command(flatten)]
    settings: Settings,
}

impl Serve {
    /// Runs the command.
    pub fn run(self) -> Result<()> {
        let mut flags = Layer::default();
        flags.serve.listen = self.listen;
        flags.serve.data = self.data;
        flags.serve.insecure = self.insecure.then_some(true);
        flags.store.durability = self.durability.map(Into::into);
        let config = self.settings.config(flags)?;
        start_log();
        // The address first: opening a large store is not to end in "address in use".
        remote::block_on(async {
            let listener = bind(config.listen).await?;
            let engine = open(&config, self.memory).await?;
            serve(listener, engine).await
        })
    }
}

fn start_log() {
    let filter = EnvFilter::try_from_default_env().unwrap_or_else(|_| EnvFilter::new("info"));
    let colors = std::io::stderr().is_terminal();
    tracing_subscriber::fmt()
        .with_env_filter(filter)
        .with_writer(std::io::stderr)
        .with_ansi(colors)
        .init();
}

async fn bind(address: SocketAddr) -> Result<TcpListener> {
    TcpListener::bind(address)
        .await
        .with_context(|| format!("failed to listen on {address}"))
}

async fn open(config: &Config, memory: bool) -> Result<Engine> {
    let config = config.clone();
    let opening = move || {
        if memory {
            settings::open_in_memory(&config)
        } else {
            settings::open(&config.data, &config)
        }
    };
    tokio::task::spawn_blocking(opening)
        .await
        .context("opening the store came to a sudden end")?
}

async fn serve(listener: TcpListener, engine: Engine) -> Result<()> {
    let stop = stopped()?;
    server::run(listener, Arc::new(engine), server::Limits::default(), stop).await?;
    Ok(())
}

/// Returns what ends when the process is asked to stop.
pub fn stopped() -> Result<impl Future<Output = ()> + Send + 'static> {
    #[cfg(unix)]
    {
        const FAILED: &str = "failed to wait for signals";
        use tokio::signal::unix::{SignalKind, signal};
        let mut terminate = signal(SignalKind::terminate()).context(FAILED)?;
        let mut interrupt = signal(SignalKind::interrupt()).context(FAILED)?;
        Ok(async move {
            tokio::select! {
                _ = terminate.recv() => (),
                _ = interrupt.recv() => (),
            }
        })
    }
    #[cfg(not(unix))]
    Ok(async {
        // Where there is no telling, the process is ended from outside.
        if tokio::signal::ctrl_c().await.is_err() {
            std::future::pending::<()>().await;
        }
    })
}
