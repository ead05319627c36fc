//! The calls of the service `Admin`.

use std::sync::Arc;
use std::time::Duration;

use tokio::sync::mpsc;
use tonic::codegen::tokio_stream::wrappers::ReceiverStream;
use tonic::{Request, Response, Status};
use tracing::{Instrument as _, info};

use super::authorize::Caller;
use super::call::Call;
use super::proto::admin_server::Admin;
use super::proto::*;
use super::requests;
use super::service::{ReplyStream, RpcResult, Service};
use super::status::Fault;
use crate::engine::{self, Engine};
use crate::store::SnapshotSummary;

/// How often a call that takes long sends a message, so that nobody takes its stream for dead.
const SIGN_OF_LIFE: Duration = Duration::from_secs(5);

impl Service {
    /// Answers a call that may take longer than the deadline: with empty messages, and at the end with one
    /// made of the answer.
    fn answer_late<A, R>(
        &self,
        call: Arc<Call>,
        work: impl FnOnce(&Engine) -> engine::Result<A> + Send + 'static,
        finish: impl FnOnce(A) -> R + Send + 'static,
    ) -> ReplyStream<R>
    where
        A: Send + 'static,
        R: Default + Send + 'static,
    {
        let (sender, replies) = mpsc::channel(1);
        let pool = self.pool.clone();
        let answering = async move {
            let charge = call.take_charge();
            let work = move |engine: &Engine| -> Result<A, Fault> { Ok(work(engine)?) };
            let call = pool.call(&call.peer, charge, work);
            tokio::pin!(call);
            let mut signs = tokio::time::interval(SIGN_OF_LIFE);
            let answer = loop {
                tokio::select! {
                    answer = &mut call => break answer,
                    // The client may be gone, or slow: the call goes on.
                    _ = signs.tick() => drop(sender.try_send(Ok(R::default()))),
                }
            };
            let reply = answer.map(finish).map_err(Status::from);
            let _ = sender.send(reply).await;
        };
        tokio::spawn(answering.in_current_span());
        Box::pin(ReceiverStream::new(replies))
    }
}

#[tonic::async_trait]
impl Admin for Service {
    async fn list_collections(
        &self,
        request: Request<ListCollectionsRequest>,
    ) -> RpcResult<ListCollectionsResponse> {
        self.answer(request, |caller, request| {
            // Even the token of the next page names a collection.
            caller.whole_store()?;
            let page = requests::page(request.page_size, request.page_token)?;
            Ok(move |engine: &Engine| engine.collections(&page))
        })
        .await
    }

    async fn drop_collection(
        &self,
        request: Request<DropCollectionRequest>,
    ) -> RpcResult<DropCollectionResponse> {
        self.answer(request, |caller, request| {
            let collection = caller.collection(requests::named(&request.collection)?)?;
            let token = caller.token();
            Ok(move |engine: &Engine| {
                let articles = engine.drop_collection(&collection)?;
                info!(%collection, articles, token, "dropped a collection");
                Ok(DropCollectionResponse { articles })
            })
        })
        .await
    }

    async fn set_retention(
        &self,
        request: Request<SetRetentionRequest>,
    ) -> RpcResult<SetRetentionResponse> {
        self.answer(request, |caller, request| {
            let collection = caller.collection(&request.collection)?;
            let retain_ms = request.retention.as_ref().map(requests::retention);
            let retain_ms = retain_ms.transpose()?;
            let token = caller.token();
            Ok(move |engine: &Engine| {
                engine.set_retention(&collection, retain_ms)?;
                info!(%collection, retain_ms, token, "set the retention of a collection");
                Ok(SetRetentionResponse {})
            })
        })
        .await
    }

    type CompactStream = ReplyStream<CompactResponse>;

    async fn compact(
        &self,
        mut request: Request<CompactRequest>,
    ) -> RpcResult<Self::CompactStream> {
        let caller = Caller::of(&request)?;
        caller.whole_store()?;
        let call = Call::of(&mut request)?;
        let token = caller.token();
        let compact = move |engine: &Engine| -> engine::Result<()> {
            info!(token, "compacting the store");
            engine.compact()?;
            info!("compacted the store");
            Ok(())
        };
        let replies = self.answer_late(call, compact, |()| CompactResponse { finished: true });
        Ok(Response::new(replies))
    }

    type SnapshotStream = ReplyStream<SnapshotResponse>;

    async fn snapshot(
        &self,
        mut request: Request<SnapshotRequest>,
    ) -> RpcResult<Self::SnapshotStream> {
        let caller = Caller::of(&request)?;
        caller.whole_store()?;
        let call = Call::of(&mut request)?;
        let (name, token) = (request.into_inner().name, caller.token());
        let snapshot = move |engine: &Engine| -> engine::Result<SnapshotSummary> {
            let made = engine.snapshot(&name)?;
            let (files, bytes) = (made.files, made.bytes);
            info!(name, files, bytes, token, "made a snapshot");
            Ok(made)
        };
        let replies = self.answer_late(call, snapshot, |made| SnapshotResponse {
            finished: true,
            files: made.files,
            bytes: made.bytes,
        });
        Ok(Response::new(replies))
    }
}
