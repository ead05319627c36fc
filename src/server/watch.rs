//! Streams the change feed to one client.

use tokio::sync::{mpsc, watch};
use tonic::Status;
use tonic::codegen::tokio_stream::{self, StreamExt as _, wrappers::ReceiverStream};

use super::cursor;
use super::pool::{InFlight, Pool};
use super::proto::WatchResponse;
use super::service::{ReplyStream, Service};
use super::status::Fault;
use crate::engine::{Change, Engine};
use crate::id::Collection;

/// The number of changes fetched with one call of the engine.
const BATCH: usize = 256;

/// Starts streaming the changes after a cursor, or after now.
pub(super) async fn start(
    service: &Service,
    collection: Collection,
    after: Option<Vec<u8>>,
) -> Result<ReplyStream<WatchResponse>, Fault> {
    let (sender, events) = mpsc::channel(BATCH);
    let mut feed = Feed {
        pool: service.pool.clone(),
        head: service.head.clone(),
        collection,
        cursor: service.pool.head(),
        sender,
    };
    let mut changes = Vec::new();
    if let Some(after) = after {
        // Fetched before the stream begins, so that the call itself reports a cursor out of range.
        feed.cursor = cursor::decode(&after)?;
        changes = feed.fetch().await?;
    }
    let sending = feed.send(changes);
    tokio::spawn(service.draining.clone().run_until_cancelled_owned(sending));
    let end = tokio_stream::once(Err(Fault::stopping().into()));
    Ok(Box::pin(ReceiverStream::new(events).chain(end)))
}

struct Feed {
    pool: Pool,
    head: watch::Receiver<u64>,
    collection: Collection,
    cursor: u64,
    sender: mpsc::Sender<Result<WatchResponse, Status>>,
}

impl Feed {
    /// Sends the changes given, and all that follow, until the client disconnects.
    async fn send(mut self, mut changes: Vec<Change>) {
        loop {
            for change in changes {
                if self.sender.send(Ok(change.into())).await.is_err() {
                    return;
                }
            }
            tokio::select! {
                () = self.sender.closed() => return,
                // Fails once the server drains, and then leaves the wait to the other branch.
                Ok(_) = self.head.wait_for(|head| *head > self.cursor) => {}
            }
            changes = match self.fetch().await {
                Ok(changes) => changes,
                Err(fault) => {
                    let _ = self.sender.send(Err(fault.into())).await;
                    return;
                }
            };
        }
    }

    /// Fetches the next changes, and moves the cursor past them.
    async fn fetch(&mut self) -> Result<Vec<Change>, Fault> {
        let (collection, after) = (self.collection.clone(), self.cursor);
        let changes = move |engine: &Engine| engine.changes(&collection, after, BATCH);
        let (changes, cursor) = self.pool.call(InFlight::default(), changes).await?;
        self.cursor = cursor;
        Ok(changes)
    }
}
