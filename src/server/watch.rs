//! The feed of what changed in clusters, to one client.

use std::pin::Pin;

use tokio::sync::mpsc;
use tonic::Status;
use tonic::codegen::tokio_stream::{self, Stream, StreamExt, wrappers::ReceiverStream};

use super::phase::{Phase, Phases};
use super::pool::{Held, Pool};
use super::proto::WatchResponse;
use super::pulse::Pulse;
use super::status::Fault;
use crate::engine::{Change, Engine};
use crate::id::Collection;

/// Changes fetched with one visit to the engine.
const PAGE: usize = 256;

/// Changes as they happen. Ends only by a status: UNAVAILABLE where the server stops.
pub(super) type Events = Pin<Box<dyn Stream<Item = Result<WatchResponse, Status>> + Send>>;

/// Starts to tell what comes after a cursor, or after now.
pub(super) async fn start(
    pool: &Pool,
    pulse: Pulse,
    phases: &Phases,
    collection: Collection,
    after: Option<u64>,
) -> Result<Events, Fault> {
    let (sender, events) = mpsc::channel(PAGE);
    let mut feed = Feed {
        pool: pool.clone(),
        pulse,
        collection,
        cursor: 0,
        sender,
    };
    let mut page = Vec::new();
    match after {
        Some(cursor) => {
            // Fetched before the stream begins: a cursor out of range is the call's answer.
            feed.cursor = cursor;
            page = feed.fetch().await?;
        }
        None => feed.cursor = pool.head(),
    }
    let draining = phases.reached(Phase::Draining);
    tokio::spawn(async move {
        tokio::select! {
            () = draining => {}
            () = feed.tell(page) => {}
        }
    });
    let end = tokio_stream::once(Err(Fault::stopping().into()));
    Ok(Box::pin(ReceiverStream::new(events).chain(end)))
}

struct Feed {
    pool: Pool,
    pulse: Pulse,
    collection: Collection,
    cursor: u64,
    sender: mpsc::Sender<Result<WatchResponse, Status>>,
}

impl Feed {
    /// Tells the page, and all that comes after it, until the client is gone.
    async fn tell(mut self, mut page: Vec<Change>) {
        loop {
            for change in page {
                if self.sender.send(Ok(change.into())).await.is_err() {
                    return;
                }
            }
            tokio::select! {
                () = self.sender.closed() => return,
                () = self.pulse.beyond(self.cursor) => {}
            }
            page = match self.fetch().await {
                Ok(page) => page,
                Err(fault) => {
                    let _ = self.sender.send(Err(fault.into())).await;
                    return;
                }
            };
        }
    }

    /// Fetches a page, and moves the cursor behind it.
    async fn fetch(&mut self) -> Result<Vec<Change>, Fault> {
        let (collection, after) = (self.collection.clone(), self.cursor);
        let changes = move |engine: &Engine| engine.changes(&collection, after, PAGE);
        let (page, cursor) = self.pool.call(Held::nothing(), changes).await?;
        self.cursor = cursor;
        Ok(page)
    }
}
