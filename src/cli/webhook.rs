//! `wirecopy webhook`: posts the changes of clusters to a URL.

use std::path::PathBuf;
use std::time::Duration;

use anyhow::{Context as _, Result};
use clap::Args;
use tokio_util::sync::CancellationToken;
use wirecopy::config::{read_bytes, read_text};
use wirecopy::id::Collection;
use wirecopy::webhook::{CursorFile, Receiver, Retry, Secrets, Webhook};

use super::log::{self, LogFormat};
use super::remote::{self, ServerArgs};
use super::signals;

/// Post the changes of clusters to a URL, as they happen
///
/// Runs beside the server until it is stopped. Changes are posted in order, in
/// batches, as JSON:
///
/// {"type":"wirecopy.changes","timestamp","data":{"collection","changes":
/// [{"cursor","time","kind","id","cluster","previousCluster","settling"}]}}
///
/// A batch is signed as Standard Webhooks describes it: webhook-id, webhook-
/// timestamp and webhook-signature. It is taken when the answer is a status of
/// 2xx; after any other, no answer or a redirect it is posted again, with waits
/// of up to 5 minutes, or longer if Retry-After says so. After a restart,
/// delivery goes on behind what was taken: each change is delivered at least
/// once. Only 410 Gone ends the command. Logs go to standard error and have
/// neither the path of the URL nor a secret.
#[derive(Debug, Args)]
#[command(
    verbatim_doc_comment,
    after_help = "\
Example:
  echo whsec_$(openssl rand -base64 32) > webhook.secret
  wirecopy webhook --url https://desk.example/changes --secret-file webhook.secret --cursor-file webhook.cursor"
)]
pub struct WebhookArgs {
    #[command(flatten)]
    remote: ServerArgs,
    /// The URL that takes the changes.
    #[arg(
        long,
        value_name = "URL",
        env = "WIRECOPY_WEBHOOK_URL",
        hide_env_values = true
    )]
    url: String,
    /// Read the secret from this file: whsec_ and 24 to 64 random bytes in base64. While the receiver changes to
    /// another, the file may have two, and batches are signed with both.
    #[arg(long, value_name = "FILE")]
    secret_file: PathBuf,
    /// Keep in this file which changes were taken.
    #[arg(long, value_name = "FILE")]
    cursor_file: PathBuf,
    /// Trust the authorities in this file (PEM) for the URL, instead of those of the system.
    #[arg(long, value_name = "FILE")]
    url_ca: Option<PathBuf>,
    /// The collection.
    #[arg(long, value_name = "NAME", default_value = "default", value_parser = Collection::parse)]
    collection: Collection,
    /// Begin with the oldest change that the server keeps, if the file of the cursor does not exist. Default: with
    /// the next one to happen.
    #[arg(long)]
    from_oldest: bool,
    /// The most changes in a batch.
    #[arg(long, value_name = "N", default_value_t = 100, value_parser = clap::value_parser!(u32).range(1..=1000))]
    max_changes: u32,
    /// How long a batch waits for more changes after its first, in milliseconds.
    #[arg(long, value_name = "MS", default_value_t = 1000, value_parser = clap::value_parser!(u64).range(..=60_000))]
    max_wait_ms: u64,
    /// How long to wait for the answer to a batch, in milliseconds.
    #[arg(long, value_name = "MS", default_value_t = 30_000, value_parser = clap::value_parser!(u64).range(1..=600_000))]
    timeout_ms: u64,
    /// The format of the log on standard error: text, or json, one object per line.
    #[arg(long, value_enum, value_name = "FORMAT", default_value_t = LogFormat::Text, env = "WIRECOPY_LOG_FORMAT")]
    log_format: LogFormat,
}

impl WebhookArgs {
    /// Runs the command.
    pub fn run(self) -> Result<()> {
        let failed = |file: &PathBuf| format!("failed to read `{}`", file.display());
        let secret = read_text(&self.secret_file).with_context(|| failed(&self.secret_file))?;
        let ca = self.url_ca.as_ref();
        let ca = ca.map(|file| read_bytes(file).with_context(|| failed(file)));
        let timeout = Duration::from_millis(self.timeout_ms);
        let webhook = Webhook {
            server: self.remote.target()?,
            receiver: Receiver::new(&self.url, ca.transpose()?.as_deref(), timeout)?,
            secrets: Secrets::parse(&secret)?,
            cursor: CursorFile::open(&self.cursor_file, self.collection.as_str())?,
            collection: self.collection.to_string(),
            from_oldest: self.from_oldest,
            max_changes: self.max_changes as usize,
            linger: Duration::from_millis(self.max_wait_ms),
            retry: Retry::default(),
        };
        log::start(self.log_format);
        remote::block_on(async {
            let stop = CancellationToken::new();
            let stopped = signals::stop_signal()?;
            let stopping = stop.clone();
            tokio::spawn(async move {
                stopped.await;
                stopping.cancel();
            });
            Ok(webhook.run(stop).await?)
        })
    }
}
