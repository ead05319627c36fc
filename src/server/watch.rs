//! Streams the change feed to one client.

use tokio::sync::mpsc;
use tonic::codegen::tokio_stream::{self, StreamExt as _, wrappers::ReceiverStream};

use super::authorize::Caller;
use super::cursor;
use super::pool::InFlight;
use super::proto::WatchResponse;
use super::service::{ReplyStream, Service};
use super::status::Fault;
use crate::engine::Engine;
use crate::id::Collection;

/// The number of changes fetched with one call of the engine.
const BATCH: usize = 256;

/// Starts streaming the changes after a cursor, or after now.
pub(super) async fn start(
    service: &Service,
    mut caller: Caller,
    collection: Collection,
    after: Option<Vec<u8>>,
) -> Result<ReplyStream<WatchResponse>, Fault> {
    let (sender, events) = mpsc::channel(BATCH);
    let (pool, mut head) = (service.pool.clone(), service.head.clone());
    let fetch = move |after| {
        let (pool, collection) = (pool.clone(), collection.clone());
        let changes = move |engine: &Engine| engine.changes(&collection, after, BATCH);
        async move { pool.call(InFlight::default(), changes).await }
    };
    let (mut changes, mut cursor) = match after {
        // Fetched before the stream begins, so that the call itself reports a cursor out of range.
        Some(after) => fetch(cursor::decode(&after)?).await?,
        None => (Vec::new(), service.pool.head()),
    };
    // Until the client disconnects.
    let sending = async move {
        loop {
            for change in changes {
                if sender.send(Ok(change.into())).await.is_err() {
                    return;
                }
            }
            tokio::select! {
                () = sender.closed() => return,
                // Fails once the server drains, and then leaves the wait to the other branch.
                Ok(_) = head.wait_for(|head| *head > cursor) => {}
            }
            let fetched = match caller.check() {
                Ok(()) => fetch(cursor).await,
                Err(fault) => Err(fault),
            };
            (changes, cursor) = match fetched {
                Ok(fetched) => fetched,
                Err(fault) => {
                    let _ = sender.send(Err(fault.into())).await;
                    return;
                }
            };
        }
    };
    tokio::spawn(service.draining.clone().run_until_cancelled_owned(sending));
    let end = tokio_stream::once(Err(Fault::stopping().into()));
    Ok(Box::pin(ReceiverStream::new(events).chain(end)))
}
