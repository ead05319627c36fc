//! The calls of the proto: convert in, call the engine, convert out.

use tonic::{Request, Response, Status, Streaming};

use super::article_stream::{self, Replies};
use super::limits::Limits;
use super::phase::Phases;
use super::pool::Pool;
use super::pulse::Pulse;
use super::watch::{self, Events};
use super::{proto, replies, requests};
use crate::engine::Engine;

/// What answers the calls.
pub(super) struct Service {
    pool: Pool,
    pulse: Pulse,
    phases: Phases,
    limits: Limits,
}

impl Service {
    pub(super) fn new(pool: Pool, pulse: Pulse, phases: Phases, limits: Limits) -> Self {
        Self {
            pool,
            pulse,
            phases,
            limits,
        }
    }
}

#[tonic::async_trait]
impl proto::wirecopy_server::Wirecopy for Service {
    async fn ingest(
        &self,
        request: Request<proto::IngestRequest>,
    ) -> Result<Response<proto::IngestResponse>, Status> {
        let (request, held) = self.pool.admit(request)?;
        let article = requests::article(&request.collection, request.article)?;
        let verdict = self.pool.ingest(held, article).await?;
        Ok(Response::new(proto::IngestResponse {
            verdict: Some(verdict.into()),
        }))
    }

    type IngestStreamStream = Replies<article_stream::Ingest>;

    async fn ingest_stream(
        &self,
        request: Request<Streaming<proto::IngestStreamRequest>>,
    ) -> Result<Response<Self::IngestStreamStream>, Status> {
        let requests = request.into_inner();
        let replies = article_stream::start(requests, &self.pool, &self.phases, &self.limits);
        Ok(Response::new(replies))
    }

    async fn check(
        &self,
        request: Request<proto::CheckRequest>,
    ) -> Result<Response<proto::CheckResponse>, Status> {
        let (request, held) = self.pool.admit(request)?;
        let article = requests::article(&request.collection, request.article)?;
        let verdict = self
            .pool
            .call(held, move |engine| engine.check(article))
            .await?;
        Ok(Response::new(proto::CheckResponse {
            verdict: Some(verdict.into()),
        }))
    }

    type CheckStreamStream = Replies<article_stream::Check>;

    async fn check_stream(
        &self,
        request: Request<Streaming<proto::CheckStreamRequest>>,
    ) -> Result<Response<Self::CheckStreamStream>, Status> {
        let requests = request.into_inner();
        let replies = article_stream::start(requests, &self.pool, &self.phases, &self.limits);
        Ok(Response::new(replies))
    }

    async fn compare(
        &self,
        request: Request<proto::CompareRequest>,
    ) -> Result<Response<proto::CompareResponse>, Status> {
        let (request, held) = self.pool.admit(request)?;
        let collection = requests::collection(&request.collection)?;
        let a = requests::side(&requests::A, request.a)?;
        let b = requests::side(&requests::B, request.b)?;
        let compare = move |engine: &Engine| engine.compare(&collection, a, b);
        Ok(Response::new(self.pool.call(held, compare).await?.into()))
    }

    async fn get_article(
        &self,
        request: Request<proto::GetArticleRequest>,
    ) -> Result<Response<proto::GetArticleResponse>, Status> {
        let (request, held) = self.pool.admit(request)?;
        let collection = requests::collection(&request.collection)?;
        let id = requests::id(request.id)?;
        let text = request.include_text;
        let get = move |engine: &Engine| {
            let known = engine.get(&collection, &id, text)?;
            Ok(replies::known(id, known, text))
        };
        Ok(Response::new(self.pool.call(held, get).await?))
    }

    async fn get_cluster(
        &self,
        request: Request<proto::GetClusterRequest>,
    ) -> Result<Response<proto::GetClusterResponse>, Status> {
        let (request, held) = self.pool.admit(request)?;
        let collection = requests::collection(&request.collection)?;
        let id = requests::id(request.id)?;
        let page = requests::page(request.page_size, request.page_token)?;
        let get = move |engine: &Engine| engine.cluster(&collection, &id, &page);
        Ok(Response::new(self.pool.call(held, get).await?.into()))
    }

    async fn list_clusters(
        &self,
        request: Request<proto::ListClustersRequest>,
    ) -> Result<Response<proto::ListClustersResponse>, Status> {
        let (request, held) = self.pool.admit(request)?;
        let collection = requests::collection(&request.collection)?;
        let page = requests::page(request.page_size, request.page_token)?;
        let clusters = self
            .pool
            .call(held, move |engine| engine.list(&collection, &page))
            .await?;
        Ok(Response::new(clusters.into()))
    }

    async fn remove(
        &self,
        request: Request<proto::RemoveRequest>,
    ) -> Result<Response<proto::RemoveResponse>, Status> {
        let (request, held) = self.pool.admit(request)?;
        let collection = requests::collection(&request.collection)?;
        let ids = requests::removal(request.ids)?;
        let removed = self
            .pool
            .call(held, move |engine| engine.remove(&collection, ids))
            .await?;
        Ok(Response::new(removed.into()))
    }

    type WatchStream = Events;

    async fn watch(
        &self,
        request: Request<proto::WatchRequest>,
    ) -> Result<Response<Events>, Status> {
        let (request, _) = self.pool.admit(request)?;
        let collection = requests::collection(&request.collection)?;
        let pulse = self.pulse.clone();
        let events = watch::start(&self.pool, pulse, &self.phases, collection, request.after);
        Ok(Response::new(events.await?))
    }

    async fn publisher_report(
        &self,
        request: Request<proto::PublisherReportRequest>,
    ) -> Result<Response<proto::PublisherReportResponse>, Status> {
        let (request, held) = self.pool.admit(request)?;
        let collection = requests::collection(&request.collection)?;
        let site = requests::site(request.site)?;
        let since = requests::time("since", request.since.as_ref())?;
        let token = requests::token(request.page_token)?;
        let report =
            move |engine: &Engine| engine.publisher_report(&collection, &site, since, &token);
        Ok(Response::new(self.pool.call(held, report).await?.into()))
    }

    async fn list_furniture(
        &self,
        request: Request<proto::ListFurnitureRequest>,
    ) -> Result<Response<proto::ListFurnitureResponse>, Status> {
        let (request, held) = self.pool.admit(request)?;
        let collection = requests::collection(&request.collection)?;
        let site = requests::site(request.site)?;
        let list = move |engine: &Engine| engine.furniture(&collection, &site);
        let furniture = self.pool.call(held, list).await?;
        Ok(Response::new(proto::ListFurnitureResponse {
            furniture: furniture.into_iter().map(Into::into).collect(),
        }))
    }

    async fn stats(
        &self,
        request: Request<proto::StatsRequest>,
    ) -> Result<Response<proto::StatsResponse>, Status> {
        let (request, held) = self.pool.admit(request)?;
        let collection = requests::collection(&request.collection)?;
        let stats = self
            .pool
            .call(held, move |engine| engine.stats(&collection))
            .await?;
        Ok(Response::new(stats.into()))
    }
}
