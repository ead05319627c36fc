//! Calls to a server.

use anyhow::{Context as _, Result};
use clap::Args;
use tonic::transport::Channel;
use tonic::{Response, Status};
use wirecopy::server::client;
use wirecopy::server::proto::wirecopy_client::WirecopyClient;

/// The argument of every command that talks to a server.
#[derive(Debug, Args)]
pub struct ServerArg {
    /// The address of the server.
    #[arg(
        long,
        value_name = "URL",
        env = "WIRECOPY_SERVER",
        default_value = "http://127.0.0.1:7717"
    )]
    pub server: String,
}

/// Runs a future to completion.
pub fn block_on<T>(work: impl Future<Output = Result<T>>) -> Result<T> {
    tokio::runtime::Builder::new_multi_thread()
        .enable_all()
        .build()
        .context("failed to start the asynchronous runtime")?
        .block_on(work)
}

/// Connects to a server and makes one call; `failed` says what failed if it does.
pub fn call<T>(
    url: &str,
    failed: &'static str,
    call: impl AsyncFnOnce(WirecopyClient<Channel>) -> Result<Response<T>, Status>,
) -> Result<T> {
    block_on(async {
        let client = client::connect(url).await?;
        Ok(call(client).await.context(failed)?.into_inner())
    })
}
