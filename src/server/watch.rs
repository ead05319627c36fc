//! Streams the change feed to one client.

use std::sync::Arc;

use prost::Message as _;
use tokio::sync::mpsc;
use tonic::Status;
use tonic::codegen::tokio_stream::{self, StreamExt as _, wrappers::ReceiverStream};
use tracing::Instrument as _;

use super::authorize::Caller;
use super::budget::Charge;
use super::peer::Peer;
use super::positions::Positions;
use super::proto::WatchResponse;
use super::service::{ReplyStream, Service};
use super::status::Fault;
use crate::engine::{self, Engine};
use crate::id::Collection;

/// The number of changes fetched with one call of the engine. Few, because they wait for the client.
const BATCH: usize = 16;

/// A change on its way to the client, and what it holds until it is encoded.
type QueuedChange = Result<(WatchResponse, Charge), Status>;

/// Starts streaming the changes after a cursor, or after now.
pub(super) async fn start(
    service: &Service,
    peer: Arc<Peer>,
    mut caller: Caller,
    collection: Collection,
    after: Option<Vec<u8>>,
) -> Result<ReplyStream<WatchResponse>, Fault> {
    let (sender, queued) = mpsc::channel::<QueuedChange>(BATCH);
    let (pool, mut head) = (service.pool.clone(), service.head.clone());
    let positions = Positions::of(&caller, &collection);
    let (of_peer, given) = (Arc::clone(&peer), positions.clone());
    let fetch = move |after| {
        let (pool, peer, collection) = (pool.clone(), Arc::clone(&of_peer), collection.clone());
        let positions = positions.clone();
        let changes = move |engine: &Engine| -> Result<_, Fault> {
            let (changes, cursor) = engine.changes(&collection, after, BATCH)?;
            let events = changes.into_iter().map(|change| {
                let mut event = WatchResponse::from(change);
                event.cursor = positions.cursor(engine, event.cursor)?;
                Ok(event)
            });
            Ok((events.collect::<engine::Result<Vec<_>>>()?, cursor))
        };
        async move { pool.call(&peer, peer.requests.charge(0), changes).await }
    };
    let (mut events, mut cursor) = match after {
        // Fetched before the stream begins, so that the call itself reports a cursor out of range.
        Some(after) => {
            let read = move |engine: &Engine| given.read_cursor(engine, &after);
            let charge = peer.requests.charge(0);
            fetch(service.pool.call(&peer, charge, read).await?).await?
        }
        None => (Vec::new(), service.pool.head()),
    };
    // Until the client disconnects.
    let sending = async move {
        loop {
            for event in events {
                let charge = peer.replies.charge_with_room(event.encoded_len()).await;
                if sender.send(Ok((event, charge))).await.is_err() {
                    return;
                }
            }
            // Nothing is fetched before the client has taken what was.
            if sender.reserve_many(BATCH).await.is_err() {
                return;
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
            (events, cursor) = match fetched {
                Ok(fetched) => fetched,
                Err(fault) => {
                    let _ = sender.send(Err(fault.into())).await;
                    return;
                }
            };
        }
    };
    let sending = sending.in_current_span();
    tokio::spawn(service.draining.clone().run_until_cancelled_owned(sending));
    let events = ReceiverStream::new(queued).map(|event| event.map(|(event, _charge)| event));
    let end = tokio_stream::once(Err(Fault::stopping().into()));
    Ok(Box::pin(events.chain(end)))
}
