//! Posts the changes of clusters to a URL of the operator's.
//!
//! In go a server, a receiver and a file for the cursor; out go batches of changes, signed, each until the
//! receiver has taken it. The room is a client of the server as others are. It never passes a change over, never
//! saves a cursor before the receiver has taken all changes up to it, never follows a redirect, and never logs
//! the path of the URL or a secret.

mod batch;
mod cursor_file;
mod error;
mod receiver;
mod retry;
mod signature;

use std::time::Duration;

use tokio_util::sync::CancellationToken;
use tonic::{Code, Status, Streaming};
use tracing::{info, warn};

pub use cursor_file::CursorFile;
pub use error::Error;
pub use receiver::Receiver;
pub use retry::Retry;
pub use signature::Secrets;

use crate::server::client::{self, AuthorizedChannel, Target};
use crate::server::explain;
use crate::server::proto::wirecopy_client::WirecopyClient;
use crate::server::proto::{StatsRequest, WatchRequest, WatchResponse};
use batch::{BatchBounds, ChangeBatches};

/// The changes of one collection, and where they go.
pub struct Webhook {
    /// The server that has the changes.
    pub server: Target,
    /// The collection.
    pub collection: String,
    /// Who receives them.
    pub receiver: Receiver,
    /// What they are signed with.
    pub secrets: Secrets,
    /// Where it is kept which of them were received.
    pub cursor: CursorFile,
    /// Whether the first start begins with the oldest change kept, and not with the next one to happen.
    pub from_oldest: bool,
    /// The most changes of a batch; at least 1.
    pub max_changes: usize,
    /// How long a batch waits for more changes after its first.
    pub linger: Duration,
    /// How long to wait after failures.
    pub retry: Retry,
}

impl Webhook {
    /// Delivers changes until `stop` is cancelled. A server that cannot be reached and a receiver that does not
    /// answer with a status of 2xx are tried again without end.
    ///
    /// # Errors
    /// What no repetition mends: see [`Error`].
    pub async fn run(self, stop: CancellationToken) -> Result<(), Error> {
        info!(receiver = %self.receiver, collection = self.collection, "delivering");
        // Whatever is under way is repeated after the next start.
        let delivered = stop.run_until_cancelled(self.deliver_always()).await;
        info!("stopped");
        delivered.unwrap_or(Ok(()))
    }

    async fn deliver_always(&self) -> Result<(), Error> {
        let mut failures = 0;
        loop {
            let interrupted = self.deliver(&mut failures).await?;
            let wait = self.retry.wait(failures, None);
            failures += 1;
            let wait_ms = wait.as_millis();
            warn!(why = interrupted, wait_ms, "no changes from the server");
            tokio::time::sleep(wait).await;
        }
    }

    /// Delivers changes from the saved cursor on, until the server cannot be reached. Returns why.
    async fn deliver(&self, failures: &mut u32) -> Result<String, Error> {
        let mut client = match self.server.connect().await {
            Ok(client) => client,
            Err(error @ client::Error::Connect { .. }) => return Ok(error.to_string()),
            Err(error) => return Err(Error::Connect(error)),
        };
        let changes = match self.watch(&mut client).await {
            Ok(changes) => changes,
            Err(interruption) => return interruption.or_error(self),
        };
        *failures = 0;
        let bounds = BatchBounds {
            changes: self.max_changes,
            linger: self.linger,
        };
        let mut batches = ChangeBatches::new(&self.collection, changes, bounds);
        loop {
            let batch = match batches.next().await {
                Ok(batch) => batch,
                Err(status) => return Interruption::Status(status).or_error(self),
            };
            let id = &batch.id;
            let mut attempts = 0;
            while let Err(failure) = self.receiver.post(&batch, &self.secrets).await {
                if failure.is_final {
                    return Err(Error::Gone {
                        receiver: self.receiver.to_string(),
                    });
                }
                let wait = self.retry.wait(attempts, failure.retry_after);
                attempts += 1;
                let wait_ms = wait.as_millis();
                warn!(
                    id,
                    attempts,
                    wait_ms,
                    why = failure.why,
                    "the receiver did not take a batch"
                );
                tokio::time::sleep(wait).await;
            }
            self.cursor
                .save(&batch.cursor)
                .map_err(|source| self.cursor.error("save", source))?;
            info!(id, changes = batch.changes, "delivered");
        }
    }

    /// Begins to watch after the saved cursor. The first start saves one before any change is waited for, so
    /// that none is missed if the process ends before the first delivery.
    async fn watch(
        &self,
        client: &mut WirecopyClient<AuthorizedChannel>,
    ) -> Result<Streaming<WatchResponse>, Interruption> {
        let after = match self.cursor.load().map_err(Interruption::Error)? {
            Some(cursor) => cursor,
            None if self.from_oldest => Vec::new(),
            None => {
                let request = StatsRequest {
                    collection: self.collection.clone(),
                };
                let stats = client.stats(request).await.map_err(Interruption::Status)?;
                let cursor = stats.into_inner().cursor;
                let saved = self.cursor.save(&cursor);
                saved.map_err(|source| Interruption::Error(self.cursor.error("save", source)))?;
                cursor
            }
        };
        let request = WatchRequest {
            collection: self.collection.clone(),
            after: Some(after),
        };
        let watching = client.watch(request).await.map_err(Interruption::Status)?;
        Ok(watching.into_inner())
    }
}

/// Why the changes end.
enum Interruption {
    Status(Status),
    Error(Error),
}

impl Interruption {
    /// Returns what to say of one that may pass, or the error that does not.
    fn or_error(self, webhook: &Webhook) -> Result<String, Error> {
        let status = match self {
            Self::Error(error) => return Err(error),
            Self::Status(status) => status,
        };
        let why = explain(&status).unwrap_or_else(|| status.message().to_owned());
        match status.code() {
            Code::OutOfRange => Err(Error::CursorOutOfRange {
                path: webhook.cursor.path().to_path_buf(),
                why,
            }),
            Code::InvalidArgument
            | Code::Unauthenticated
            | Code::PermissionDenied
            | Code::NotFound
            | Code::Unimplemented => Err(Error::Refused { why }),
            Code::Ok
            | Code::Cancelled
            | Code::Unknown
            | Code::DeadlineExceeded
            | Code::AlreadyExists
            | Code::ResourceExhausted
            | Code::FailedPrecondition
            | Code::Aborted
            | Code::Internal
            | Code::Unavailable
            | Code::DataLoss => Ok(why),
        }
    }
}
