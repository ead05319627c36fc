//! `wirecopy serve`: runs the server.

use std::io::Write as _;
use std::net::SocketAddr;
use std::path::PathBuf;
use std::sync::Arc;

use anyhow::{Context as _, Result};
use clap::Args;
use serde::Deserialize as _;
use serde::de::IntoDeserializer as _;
use tokio::net::TcpListener;
use wirecopy::config::{Layer, Use};
use wirecopy::server;
use wirecopy::store::Durability;

use super::log::{self, LogFormat};
use super::settings::{self, SettingsArgs};
use super::{output, remote, signals};

const EXAMPLES: &str = "\
Examples:
  wirecopy serve
  wirecopy serve --data /var/lib/wirecopy --listen 127.0.0.1:7717
  wirecopy serve --print-settings > wirecopy.toml
  wirecopy serve --config wirecopy.toml --set limits.deadline_ms=10000";

const SETTINGS: &str = include_str!("../../config/wirecopy.toml");

/// Run the server
///
/// Speaks gRPC (proto/wirecopy/v1/wirecopy.proto). On Ctrl-C, SIGTERM or SIGHUP it accepts no new
/// calls, finishes those in progress, flushes the store, and exits. Logs go to standard error; RUST_LOG=debug
/// logs more.
#[derive(Debug, Args)]
#[command(
    after_help = EXAMPLES,
)]
pub struct ServeArgs {
    /// The directory of the store; created if it does not exist. Default: ./wirecopy-data.
    #[arg(long, value_name = "DIR")]
    data: Option<PathBuf>,
    /// The address to listen on. Default: 127.0.0.1:7717.
    #[arg(long, value_name = "ADDRESS")]
    listen: Option<SocketAddr>,
    /// When an article counts as durable: fsync, once it is on disk (default), or os, once the
    /// operating system has it, which is faster, but a crash of the machine may lose the last seconds.
    #[arg(long, value_name = "WHEN", value_parser = durability)]
    durability: Option<Durability>,
    /// Keep everything in memory; nothing is left when the server exits.
    #[arg(long, conflicts_with_all = ["data", "durability"])]
    memory: bool,
    /// Listen without TLS and access tokens even on an address that other machines can reach, and answer over HTTP
    /// whatever host is asked for: anyone who can reach it can read and delete.
    #[arg(long)]
    insecure: bool,
    /// Print all settings with their defaults, as a file for --config, and exit.
    #[arg(long)]
    print_settings: bool,
    /// The format of the log on standard error: text, or json, one object per line.
    #[arg(long, value_enum, value_name = "FORMAT", default_value_t = LogFormat::Text, env = "WIRECOPY_LOG_FORMAT")]
    log_format: LogFormat,
    #[command(flatten)]
    settings: SettingsArgs,
}

fn durability(name: &str) -> Result<Durability, serde::de::value::Error> {
    Durability::deserialize(name.into_deserializer())
}

impl ServeArgs {
    /// Runs the command.
    pub fn run(self) -> Result<()> {
        if self.print_settings {
            let mut out = output::stdout();
            out.write_all(SETTINGS.as_bytes())?;
            return Ok(out.flush()?);
        }
        let mut flags = Layer::default();
        flags.serve.listen = self.listen;
        flags.serve.data = self.data;
        flags.serve.insecure = self.insecure.then_some(true);
        flags.store.durability = self.durability;
        let config = self.settings.config(Use::Server, flags)?;
        log::start(self.log_format);
        remote::block_on(async {
            // Before the store is opened, which may take long, so that "address in use" comes first.
            let listener = bind(config.listen).await?;
            let (limits, access) = (config.limits, config.access.clone());
            let opening = move || match self.memory {
                true => settings::open_in_memory(&config),
                false => settings::open(&config.data, &config),
            };
            let engine = tokio::task::spawn_blocking(opening).await;
            let engine = engine.context("opening the store ended unexpectedly")??;
            let stopped = signals::stop_signal()?;
            server::run(listener, Arc::new(engine), limits, access, async move {
                stopped.await;
            })
            .await?;
            Ok(())
        })
    }
}

/// Listens on an address.
pub async fn bind(address: SocketAddr) -> Result<TcpListener> {
    let bound = TcpListener::bind(address).await;
    bound.with_context(|| format!("failed to listen on {address}"))
}
