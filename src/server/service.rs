//! The calls of the proto: each converts its request, calls the engine, and converts the answer.

use std::pin::Pin;
use std::sync::Arc;

use prost::Message;
use tokio_util::sync::CancellationToken;
use tonic::codegen::tokio_stream::Stream;
use tonic::{Request, Response, Status, Streaming};

use super::article_stream::{self, Operation};
use super::authorize::Caller;
use super::batches::{ReplyBatches, Requests};
use super::budget::{Charge, ConnectionBytes};
use super::call::Call;
use super::limits::Limits;
use super::pool::{self, Pool, QueuedArticle};
use super::positions::Positions;
use super::proto::wirecopy_server::Wirecopy;
use super::proto::*;
use super::reply_body::ReplyCharge;
use super::status::Fault;
use super::{export, replies, requests, watch};
use crate::engine::{self, Engine};

/// The replies of a stream.
pub(super) type ReplyStream<T> = Pin<Box<dyn Stream<Item = Result<T, Status>> + Send>>;

pub(super) type RpcResult<T> = Result<Response<T>, Status>;

/// A reply that always has room: no client is refused one because others take none.
const SMALL_REPLY_BYTES: usize = 4 << 10;

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
        mut request: Request<Q>,
        convert: impl FnOnce(&Caller, Q) -> Result<C, Fault>,
    ) -> RpcResult<R>
    where
        C: FnOnce(&Engine) -> engine::Result<A> + Send + 'static,
        A: Into<R> + Send + 'static,
        R: Message + 'static,
    {
        let (caller, call) = (Caller::of(&request)?, Call::of(&mut request)?);
        let work = convert(&caller, request.into_inner())?;
        let replies = Arc::clone(&call.peer.replies);
        let answer = move |engine: &Engine| -> Result<Response<R>, Fault> {
            counted(&replies, work(engine)?.into())
        };
        let (charge, peer) = (call.take_charge(), &call.peer);
        Ok(self.pool.call(peer, charge, answer).await?)
    }

    /// Answers a call whose reply is a page of a list: a few at a time for one connection, because many
    /// copies of a page are held while it is made.
    async fn answer_page<Q, C, A, R>(
        &self,
        request: Request<Q>,
        convert: impl FnOnce(&Caller, Q) -> Result<C, Fault>,
    ) -> RpcResult<R>
    where
        C: FnOnce(&Engine) -> engine::Result<A> + Send + 'static,
        A: Into<R> + Send + 'static,
        R: Message + 'static,
    {
        let call = request.extensions().get::<Arc<Call>>();
        let pages = call.map(|call| Arc::clone(&call.peer.pages));
        let pages = pages.ok_or_else(Fault::unanswered)?;
        let _turn = pages.acquire_owned().await;
        self.answer(request, convert).await
    }

    fn article_stream(
        &self,
        operation: Operation,
        mut request: Request<Streaming<ArticleRequest>>,
    ) -> RpcResult<ReplyStream<ArticleResponse>> {
        let (caller, call) = (Caller::of(&request)?, Call::of(&mut request)?);
        let requests = Requests::single(call.take_messages()?);
        let replies = article_stream::start(operation, caller, &call, requests, self);
        Ok(Response::new(Box::pin(replies)))
    }

    fn article_batches(
        &self,
        operation: Operation,
        mut request: Request<Streaming<ArticleBatch>>,
    ) -> RpcResult<ReplyStream<ArticleReplies>> {
        let (caller, call) = (Caller::of(&request)?, Call::of(&mut request)?);
        let requests = Requests::batches(call.take_messages()?, &call.peer);
        let replies = article_stream::start(operation, caller, &call, requests, self);
        Ok(Response::new(Box::pin(ReplyBatches::new(replies))))
    }
}

/// Returns a reply that counts until the client has taken it, or refuses it if too many wait for their
/// clients.
fn counted<R: Message>(replies: &Arc<ConnectionBytes>, reply: R) -> Result<Response<R>, Fault> {
    let bytes = reply.encoded_len();
    let charge = match bytes <= SMALL_REPLY_BYTES {
        true => Some(replies.charge(bytes)),
        false => replies.try_charge(bytes),
    };
    Ok(charged(reply, charge.ok_or_else(Fault::busy)?))
}

/// Returns a reply with what it holds until the client has taken it.
fn charged<R>(reply: R, charge: Charge) -> Response<R> {
    let mut response = Response::new(reply);
    let charge: ReplyCharge = Arc::new(charge);
    response.extensions_mut().insert(charge);
    response
}

#[tonic::async_trait]
impl Wirecopy for Service {
    async fn ingest(&self, mut request: Request<ArticleRequest>) -> RpcResult<Verdict> {
        let (caller, call) = (Caller::of(&request)?, Call::of(&mut request)?);
        let request = request.into_inner();
        let scope = requests::scope(&request);
        let article = requests::article(&caller, request)?;
        // The wait until it is durable occupies no thread.
        let (deadline, charge) = (Some(call.deadline), call.take_charge());
        let (submission, outcome) =
            QueuedArticle::new(article, scope, deadline, charge, &call.peer);
        // What is stored is answered, whether there is room for the reply or not.
        if !call.peer.replies.has_room() {
            return Err(Fault::busy().into());
        }
        self.pool.submit(vec![submission]).await;
        let (verdict, charge) = pool::verdict(outcome).await?;
        Ok(charged(verdict, charge))
    }

    type IngestStreamStream = ReplyStream<ArticleResponse>;

    async fn ingest_stream(
        &self,
        request: Request<Streaming<ArticleRequest>>,
    ) -> RpcResult<Self::IngestStreamStream> {
        self.article_stream(Operation::Ingest, request)
    }

    type IngestBatchesStream = ReplyStream<ArticleReplies>;

    async fn ingest_batches(
        &self,
        request: Request<Streaming<ArticleBatch>>,
    ) -> RpcResult<Self::IngestBatchesStream> {
        self.article_batches(Operation::Ingest, request)
    }

    async fn check(&self, request: Request<ArticleRequest>) -> RpcResult<Verdict> {
        self.answer(request, |caller, request| {
            let scope = requests::scope(&request);
            let article = requests::article(caller, request)?;
            Ok(move |engine: &Engine| engine.check(article, scope))
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

    type CheckBatchesStream = ReplyStream<ArticleReplies>;

    async fn check_batches(
        &self,
        request: Request<Streaming<ArticleBatch>>,
    ) -> RpcResult<Self::CheckBatchesStream> {
        self.article_batches(Operation::Check, request)
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

    async fn seen(&self, request: Request<SeenRequest>) -> RpcResult<SeenResponse> {
        self.answer(request, |caller, request| {
            let collection = caller.collection(&request.collection)?;
            let names = requests::names(request.ids)?;
            Ok(move |engine: &Engine| engine.seen(&collection, &names))
        })
        .await
    }

    async fn get_article(
        &self,
        request: Request<GetArticleRequest>,
    ) -> RpcResult<GetArticleResponse> {
        self.answer(request, |caller, request| {
            let collection = caller.collection(&request.collection)?;
            let id = requests::name("id", request.id)?;
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
        self.answer_page(request, |caller, request| {
            let collection = caller.collection(&request.collection)?;
            let id = requests::name("id", request.id)?;
            let positions = Positions::of(caller, &collection);
            let mut page = requests::page(request.page_size, request.page_token)?;
            Ok(move |engine: &Engine| {
                page.token = positions.read_token(engine, page.token)?;
                let mut cluster = engine.cluster(&collection, &id, &page)?;
                cluster.next = positions.token(engine, cluster.next)?;
                Ok(cluster)
            })
        })
        .await
    }

    async fn list_clusters(
        &self,
        request: Request<ListClustersRequest>,
    ) -> RpcResult<ListClustersResponse> {
        self.answer_page(request, |caller, request| {
            let collection = caller.collection(&request.collection)?;
            let positions = Positions::of(caller, &collection);
            let mut page = requests::page(request.page_size, request.page_token)?;
            Ok(move |engine: &Engine| {
                page.token = positions.read_token(engine, page.token)?;
                let mut clusters = engine.list(&collection, &page)?;
                clusters.next = positions.token(engine, clusters.next)?;
                Ok(clusters)
            })
        })
        .await
    }

    type ExportStream = ReplyStream<ExportResponse>;

    async fn export(&self, mut request: Request<ExportRequest>) -> RpcResult<Self::ExportStream> {
        let (caller, call) = (Caller::of(&request)?, Call::of(&mut request)?);
        let pages = export::start(self, &call.peer, caller, request.into_inner()).await?;
        Ok(Response::new(pages))
    }

    async fn remove(&self, request: Request<RemoveRequest>) -> RpcResult<RemoveResponse> {
        self.answer(request, |caller, request| {
            let collection = caller.collection(&request.collection)?;
            let names = requests::names(request.ids)?;
            Ok(move |engine: &Engine| engine.remove(&collection, names))
        })
        .await
    }

    type WatchStream = ReplyStream<WatchResponse>;

    async fn watch(&self, mut request: Request<WatchRequest>) -> RpcResult<Self::WatchStream> {
        let (caller, call) = (Caller::of(&request)?, Call::of(&mut request)?);
        let request = request.into_inner();
        let collection = caller.collection(&request.collection)?;
        let peer = Arc::clone(&call.peer);
        let events = watch::start(self, peer, caller, collection, request.after).await?;
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
            let positions = Positions::of(caller, &collection);
            let token = requests::token(request.page_token)?;
            Ok(move |engine: &Engine| {
                let token = positions.read_token(engine, token)?;
                let mut report = engine.publisher_report(&collection, &host, since, &token)?;
                report.next = positions.token(engine, report.next)?;
                Ok(report)
            })
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
            let positions = Positions::of(caller, &collection);
            Ok(move |engine: &Engine| {
                let mut stats = StatsResponse::from(engine.stats(&collection)?);
                stats.cursor = positions.cursor(engine, stats.cursor)?;
                Ok(match sees_all {
                    true => stats,
                    false => replies::of_one_collection(stats),
                })
            })
        })
        .await
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::server::budget::Budget;

    #[test]
    fn a_small_reply_is_never_refused() {
        let connection = Budget::new(1 << 20).connection();
        let page = || GetClusterResponse {
            next_page_token: "x".repeat(8 << 10),
            ..GetClusterResponse::default()
        };
        let held = connection.charge(1 << 20);
        assert!(counted(&connection, page()).is_err());
        assert!(counted(&connection, StatsResponse::default()).is_ok());
        drop(held);
        let reply = counted(&connection, page()).expect("there is room again");
        assert!(connection.used() > 8 << 10, "it counts");
        drop(reply);
        assert_eq!(connection.used(), 0);
    }
}
