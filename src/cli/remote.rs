//! Connecting to a server.

use anyhow::{Context as _, Result};
use clap::Args;
use tonic::transport::Channel;
use wirecopy::server::client;
use wirecopy::server::proto::wirecopy_client::WirecopyClient;

/// The arguments of every command that talks to a server.
#[derive(Debug, Args)]
pub struct Remote {
    /// The server.
    #[arg(
        long,
        value_name = "URL",
        env = "WIRECOPY_SERVER",
        default_value = "http://127.0.0.1:7717"
    )]
    pub server: String,
}

/// Runs asynchronous work to its end.
pub fn block_on<T>(work: impl Future<Output = Result<T>>) -> Result<T> {
    tokio::runtime::Builder::new_multi_thread()
        .enable_all()
        .build()
        .context("failed to start the asynchronous runtime")?
        .block_on(work)
}

/// Connects to a server.
pub async fn connect(url: &str) -> Result<WirecopyClient<Channel>> {
    Ok(client::connect(url).await?)
}
