//! Streams all articles of a collection to one client.

use std::sync::Arc;

use prost::Message as _;
use tokio::sync::mpsc;
use tonic::Status;
use tonic::codegen::tokio_stream::{StreamExt as _, wrappers::ReceiverStream};
use tracing::Instrument as _;

use super::authorize::Caller;
use super::budget::Charge;
use super::peer::Peer;
use super::positions::Positions;
use super::proto::{ExportRequest, ExportResponse};
use super::requests;
use super::service::{ReplyStream, Service};
use super::status::Fault;
use crate::engine::{Engine, ExportedArticles, KeptArticles, PageRequest};

/// Articles of a page. Each is searched for, so that a page takes some tenths of a second.
const PAGE: usize = 256;

/// A page on its way to the client, and what it holds until it is encoded.
type QueuedPage = Result<(ExportResponse, Charge), Status>;

/// Starts streaming the articles of a collection.
pub(super) async fn start(
    service: &Service,
    peer: &Arc<Peer>,
    mut caller: Caller,
    request: ExportRequest,
) -> Result<ReplyStream<ExportResponse>, Fault> {
    let collection = caller.collection(&request.collection)?;
    let rule = requests::keep_rule(request.keep, request.keep_hosts)?;
    let token = requests::token(request.page_token)?;
    let kept = rule.map(|rule| Arc::new(KeptArticles::new(rule)));
    let with_roles = !request.omit_roles;
    let positions = Positions::of(&caller, &collection);
    let (pool, peer) = (service.pool.clone(), Arc::clone(peer));
    let of_peer = Arc::clone(&peer);
    let fetch = move |token| {
        let (pool, peer) = (pool.clone(), Arc::clone(&of_peer));
        let (collection, kept) = (collection.clone(), kept.clone());
        let positions = positions.clone();
        let export = move |engine: &Engine| -> Result<ExportedArticles, Fault> {
            let token = positions.read_token(engine, token)?;
            let page = PageRequest { size: PAGE, token };
            let mut exported = engine.export(&collection, &page, kept.as_deref(), with_roles)?;
            exported.next = positions.token(engine, exported.next)?;
            Ok(exported)
        };
        async move {
            let _turn = Arc::clone(&peer.pages).acquire_owned().await;
            pool.call(&peer, peer.requests.charge(0), export).await
        }
    };
    // Fetched before the stream begins, so that the call itself reports a token that is not one.
    let first = fetch(token).await?;
    let (sender, pages) = mpsc::channel::<QueuedPage>(1);
    let of_stream = sender.clone();
    let sending = async move {
        let mut page = first;
        loop {
            let reply = ExportResponse::from(page);
            let next = reply.next_page_token.clone();
            let charge = peer.replies.charge_with_room(reply.encoded_len()).await;
            if sender.send(Ok((reply, charge))).await.is_err() || next.is_empty() {
                return;
            }
            // Nothing is fetched before the client has taken what was.
            if sender.reserve().await.is_err() {
                return;
            }
            let fetched = match caller.check() {
                Ok(()) => fetch(next).await,
                Err(fault) => Err(fault),
            };
            page = match fetched {
                Ok(fetched) => fetched,
                Err(fault) => {
                    let _ = sender.send(Err(fault.into())).await;
                    return;
                }
            };
        }
    };
    let draining = service.draining.clone();
    let sending = sending.in_current_span();
    tokio::spawn(async move {
        if draining.run_until_cancelled_owned(sending).await.is_none() {
            let _ = of_stream.send(Err(Fault::stopping().into())).await;
        }
    });
    let pages = ReceiverStream::new(pages).map(|page| page.map(|(page, _charge)| page));
    Ok(Box::pin(pages))
}
