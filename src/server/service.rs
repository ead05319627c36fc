//! The calls of the proto: each converts its request, calls the engine, and converts the answer.

use std::pin::Pin;

use prost::Message;
use tokio_util::sync::CancellationToken;
use tonic::codegen::tokio_stream::Stream;
use tonic::{Request, Response, Status, Streaming};

use super::article_stream::{self, Operation};
use super::authorize::Caller;
use super::limits::Limits;
use super::pool::{self, Pool, QueuedArticle};
use super::proto::wirecopy_server::Wirecopy;
use super::proto::*;
use super::status::Fault;
use super::{replies, requests, watch};
use crate::engine::{self, Engine};

/// The replies of a stream.
pub(super) type ReplyStream<T> = Pin<Box<dyn Stream<Item = Result<T, Status>> + Send>>;

pub(super) type RpcResult<T> = Result<Response<T>, Status>;

/// The implementation of the services.
#[derive(Clone)]
pub(super) struct Service {
    pub(super) pool: Pool,
    pub(super) head: tokio::sync::watch::Receiver<u64>,
    pub(super) draining: CancellationToken,
    pub(super) limits: Limits,
}

impl Service {
    /// Answers a unary call: `convert` turns its request into a call of the engine.
    pub(super) async fn answer<Q, C, A, R>(
        &self,
        request: Request<Q>,
        convert: impl FnOnce(&Caller, Q) -> Result<C, Fault>,
    ) -> RpcResult<R>
    where
        Q: Message,
        C: FnOnce(&Engine) -> engine::Result<A> + Send + 'static,
        A: Into<R> + Send + 'static,
    {
        let caller = Caller::of(&request)?;
        let (request, in_flight) = self.pool.admit(request)?;
        let answer = self
            .pool
            .call(in_flight, convert(&caller, request)?)
            .await?;
        Ok(Response::new(answer.into()))
    }

    fn article_stream(
        &self,
        operation: Operation,
        request: Request<Streaming<ArticleRequest>>,
    ) -> RpcResult<ReplyStream<ArticleResponse>> {
        let caller = Caller::of(&request)?;
        let replies = article_stream::start(operation, caller, request.into_inner(), self);
        Ok(Response::new(replies))
    }
}

#[tonic::async_trait]
impl Wirecopy for Service {
    async fn ingest(&self, request: Request<ArticleRequest>) -> RpcResult<Verdict> {
        let caller = Caller::of(&request)?;
        let (request, in_flight) = self.pool.admit(request)?;
        let article = requests::article(&caller, request)?;
        // The wait until it is durable occupies no thread.
        let (submission, outcome) = QueuedArticle::new(article, false, in_flight);
        self.pool.submit(vec![submission]).await;
        Ok(Response::new(pool::verdict(outcome).await?.into()))
    }

    type IngestStreamStream = ReplyStream<ArticleResponse>;

    async fn ingest_stream(
        &self,
        request: Request<Streaming<ArticleRequest>>,
    ) -> RpcResult<Self::IngestStreamStream> {
        self.article_stream(Operation::Ingest, request)
    }

    async fn check(&self, request: Request<ArticleRequest>) -> RpcResult<Verdict> {
        self.answer(request, |caller, request| {
            let include_quotations = request.include_quotations;
            let article = requests::article(caller, request)?;
            Ok(move |engine: &Engine| engine.check(article, include_quotations))
        })
        .await
    }

    type CheckStreamStream = ReplyStream<ArticleResponse>;

    async fn check_stream(
        &self,
        request: Request<Streaming<ArticleRequest>>,
    ) -> RpcResult<Self::CheckStreamStream> {
        self.article_stream(Operation::Check, request)
    }

    async fn compare(&self, request: Request<CompareRequest>) -> RpcResult<CompareResponse> {
        self.answer(request, |caller, request| {
            let collection = caller.collection(&request.collection)?;
            let a = requests::side("a", request.a)?;
            let b = requests::side("b", request.b)?;
            Ok(move |engine: &Engine| engine.compare(&collection, a, b))
        })
        .await
    }

    async fn get_article(
        &self,
        request: Request<GetArticleRequest>,
    ) -> RpcResult<GetArticleResponse> {
        self.answer(request, |caller, request| {
            let collection = caller.collection(&request.collection)?;
            let id = requests::id("id", request.id)?;
            let include_text = request.include_text;
            let include_quotations = request.include_quotations;
            Ok(move |engine: &Engine| {
                let known = engine.get(&collection, &id, include_text, include_quotations)?;
                let mut reply = GetArticleResponse::from(known);
                if let Some(article) = reply.article.as_mut().filter(|_| !include_text) {
                    article.body = None;
                }
                Ok(reply)
            })
        })
        .await
    }

    async fn get_cluster(
        &self,
        request: Request<GetClusterRequest>,
    ) -> RpcResult<GetClusterResponse> {
        self.answer(request, |caller, request| {
            let collection = caller.collection(&request.collection)?;
            let id = requests::id("id", request.id)?;
            let page = requests::page(request.page_size, request.page_token)?;
            Ok(move |engine: &Engine| engine.cluster(&collection, &id, &page))
        })
        .await
    }

    async fn list_clusters(
        &self,
        request: Request<ListClustersRequest>,
    ) -> RpcResult<ListClustersResponse> {
        self.answer(request, |caller, request| {
            let collection = caller.collection(&request.collection)?;
            let page = requests::page(request.page_size, request.page_token)?;
            Ok(move |engine: &Engine| engine.list(&collection, &page))
        })
        .await
    }

    async fn remove(&self, request: Request<RemoveRequest>) -> RpcResult<RemoveResponse> {
        self.answer(request, |caller, request| {
            let collection = caller.collection(&request.collection)?;
            let ids = requests::removal(request.ids)?;
            Ok(move |engine: &Engine| engine.remove(&collection, ids))
        })
        .await
    }

    type WatchStream = ReplyStream<WatchResponse>;

    async fn watch(&self, request: Request<WatchRequest>) -> RpcResult<Self::WatchStream> {
        let caller = Caller::of(&request)?;
        let (request, _) = self.pool.admit(request)?;
        let collection = caller.collection(&request.collection)?;
        let events = watch::start(self, caller, collection, request.after).await?;
        Ok(Response::new(events))
    }

    async fn publisher_report(
        &self,
        request: Request<PublisherReportRequest>,
    ) -> RpcResult<PublisherReportResponse> {
        self.answer(request, |caller, request| {
            let collection = caller.collection(&request.collection)?;
            let host = requests::host(request.host)?;
            let since = requests::time("since", request.since.as_ref())?;
            let token = requests::token(request.page_token)?;
            Ok(move |engine: &Engine| engine.publisher_report(&collection, &host, since, &token))
        })
        .await
    }

    async fn list_furniture(
        &self,
        request: Request<ListFurnitureRequest>,
    ) -> RpcResult<ListFurnitureResponse> {
        self.answer(request, |caller, request| {
            let collection = caller.collection(&request.collection)?;
            let host = requests::host(request.host)?;
            Ok(move |engine: &Engine| engine.furniture(&collection, &host))
        })
        .await
    }

    async fn stats(&self, request: Request<StatsRequest>) -> RpcResult<StatsResponse> {
        self.answer(request, |caller, request| {
            let collection = caller.collection(&request.collection)?;
            let sees_all = caller.sees_all();
            Ok(move |engine: &Engine| {
                let stats = StatsResponse::from(engine.stats(&collection)?);
                Ok(match sees_all {
                    true => stats,
                    false => replies::of_one_collection(stats),
                })
            })
        })
        .await
    }
}
