//! The same API over HTTP and JSON, on the same port, and beside it the files of the web page.
//!
//! A request becomes the call of gRPC that its route names, and goes the way of all calls: through the same
//! check of its token, the same limits and the same handlers. Only messages are translated, by the descriptor of
//! the proto, and statuses, which become problems.

mod answer;
mod document;
mod duplicates;
mod frames;
#[cfg(any(test, fuzzing))]
pub(super) mod fuzz;
mod host;
mod intake;
mod json;
mod problem;
mod routes;

use std::convert::Infallible;
use std::pin::Pin;
use std::sync::Arc;
use std::task::{Context, Poll};
use std::time::Duration;

use bytes::Bytes;
use http_body::{Body as HttpBody, Frame, SizeHint};
use http_body_util::Full;
use prost_reflect::DescriptorPool;
use tonic::Status;
use tonic::body::Body;
use tonic::codegen::http::header::{
    AUTHORIZATION, CONTENT_ENCODING, CONTENT_LENGTH, CONTENT_TYPE, EXPECT, HeaderValue, TE,
};
use tonic::codegen::http::request::Parts;
use tonic::codegen::http::{HeaderMap, Method, Request, Response, Version};
use tonic::codegen::{BoxFuture, Service};

use super::authorize::{Caller, Gate};
use super::half_close::AwaitedBody;
use super::limits::Limits;
use super::metrics::{self, MeteredRoutes, MetricsPage};
use super::peer::{HttpExchange, Peer, Peers};
use super::reply_body::ReplyBody;
use super::request_id::RequestId;
use super::status::Fault;
use super::web_page::WebFile;
use answer::{Replies, ReplyLines};
use frames::FrameBody;
use intake::{BodyIntake, JsonMessages};
use problem::Problem;
use routes::HttpOperation;

/// The type of one message.
const JSON: &str = "application/json";
/// The type of a stream of messages, one in each line.
const JSON_LINES: &str = "application/x-ndjson";

/// Where the description of the API is.
const DOCUMENT: &str = "/openapi.json";
/// Where the metrics are.
const METRICS: &str = "/metrics";

/// What the port serves: gRPC, and everything else over HTTP.
#[derive(Clone)]
pub(super) struct Front {
    pub(super) grpc: MeteredRoutes,
    pub(super) api: Arc<JsonApi>,
}

impl Service<Request<Body>> for Front {
    type Response = Response<Body>;
    type Error = Infallible;
    type Future = BoxFuture<Response<Body>, Infallible>;

    fn poll_ready(&mut self, _: &mut Context<'_>) -> Poll<Result<(), Infallible>> {
        Poll::Ready(Ok(())) // gRPC always is
    }

    fn call(&mut self, request: Request<Body>) -> Self::Future {
        let is_http1 = request.version() < Version::HTTP_2;
        if !is_http1 && is_grpc(request.headers()) {
            return self.grpc.call(request);
        }
        let id = self.grpc.ids.of(&request);
        let mut request = request;
        request.extensions_mut().insert(id.clone());
        let (grpc, api) = (self.grpc.clone(), Arc::clone(&self.api));
        let peer = request.extensions().get::<Arc<Peer>>().cloned();
        let peer = peer.unwrap_or_else(|| api.peers.enter(None));
        // From now on, so that what follows on the connection is not taken for the head of a request.
        let exchange = is_http1.then(|| HttpExchange::begin(&peer));
        let request = request.map(|body| match is_http1 {
            true => Body::new(AwaitedBody::new(body, &peer)),
            false => body,
        });
        Box::pin(async move {
            let mut response = api.answer(grpc, request, &peer, &id).await;
            id.mark(response.headers_mut());
            Ok(response.map(|inner| {
                Body::new(ExchangeBody {
                    inner,
                    _exchange: exchange,
                })
            }))
        })
    }
}

fn is_grpc(headers: &HeaderMap) -> bool {
    let kind = headers.get(CONTENT_TYPE);
    kind.is_some_and(|kind| kind.as_bytes().starts_with(b"application/grpc"))
}

/// The API over HTTP and JSON.
pub(super) struct JsonApi {
    operations: Vec<HttpOperation>,
    document: Bytes,
    metrics: MetricsPage,
    gate: Gate,
    peers: Arc<Peers>,
    limits: Limits,
    /// Whether a request may name any host.
    any_host: bool,
}

impl JsonApi {
    pub(super) fn new(
        pool: &DescriptorPool,
        metrics: MetricsPage,
        gate: &Gate,
        peers: &Arc<Peers>,
        limits: Limits,
        any_host: bool,
    ) -> Arc<Self> {
        let operations = HttpOperation::all(pool);
        let document = document::document(pool, &operations);
        Arc::new(Self {
            operations,
            document: document.to_string().into(),
            metrics,
            gate: gate.clone(),
            peers: Arc::clone(peers),
            limits,
            any_host,
        })
    }

    async fn answer(
        &self,
        grpc: MeteredRoutes,
        request: Request<Body>,
        peer: &Arc<Peer>,
        id: &RequestId,
    ) -> Response<Body> {
        let (parts, body) = request.into_parts();
        // HTTP/2 can end a request whose body nobody needs, and so can a client that asked first.
        let sends_all = parts.version < Version::HTTP_2 && !parts.headers.contains_key(EXPECT);
        let intake = BodyIntake::new(body);
        match self.find(grpc, parts, &intake, peer).await {
            Ok(response) => response,
            Err(problem) => {
                if sends_all {
                    let patience = Duration::from_millis(self.limits.handshake_ms);
                    intake.discard(self.limits.message_bytes, patience).await;
                }
                problem.response(peer, id)
            }
        }
    }

    async fn find(
        &self,
        grpc: MeteredRoutes,
        parts: Parts,
        intake: &Arc<BodyIntake>,
        peer: &Arc<Peer>,
    ) -> Result<Response<Body>, Problem> {
        host::check(&parts, self.any_host)?;
        let path = parts.uri.path();
        if let Some(file) = WebFile::at(path) {
            only_reads(&parts)?;
            // All share one copy, as of the document.
            return Ok(file.response(whole(peer, Bytes::from_static(file.bytes), 1)));
        }
        if path == DOCUMENT {
            return self.describe(&parts, intake, peer);
        }
        if path == METRICS {
            return self.measure(&parts, intake, peer).await;
        }
        let operation = self.operations.iter().find(|one| one.path == path);
        let operation = operation.ok_or_else(Problem::no_such_path)?;
        if !operation.has(&parts.method) {
            return Err(Problem::no_such_method(operation.allowed()));
        }
        self.call(operation, grpc, parts, intake, peer).await
    }

    /// Returns the description of the API: to those who may ask gRPC for the descriptor of the proto.
    fn describe(
        &self,
        parts: &Parts,
        intake: &BodyIntake,
        peer: &Peer,
    ) -> Result<Response<Body>, Problem> {
        self.admit(DOCUMENT, parts, intake, peer)?;
        // All share one copy, so it holds next to nothing.
        Ok(response(JSON, whole(peer, self.document.clone(), 1)))
    }

    /// Returns the metrics: to those who may ask for the counts of all collections.
    async fn measure(
        &self,
        parts: &Parts,
        intake: &BodyIntake,
        peer: &Peer,
    ) -> Result<Response<Body>, Problem> {
        let problem = |fault: Fault| Problem::of(fault.into(), intake);
        let caller = self.admit(METRICS, parts, intake, peer)?;
        caller.whole_store().map_err(problem)?;
        let text = self.metrics.text().await;
        let text = text.ok_or_else(|| problem(Fault::unanswered()))?;
        let length = text.len();
        Ok(response(
            metrics::CONTENT_TYPE,
            whole(peer, text.into(), length),
        ))
    }

    /// Admits a request to read what no call returns.
    fn admit(
        &self,
        path: &str,
        parts: &Parts,
        intake: &BodyIntake,
        peer: &Peer,
    ) -> Result<Caller, Problem> {
        only_reads(parts)?;
        let address = peer.address.map(|address| address.ip());
        let admitted = self.gate.admit(path, &parts.headers, address);
        admitted.map_err(|fault| Problem::of(fault.into(), intake))
    }

    async fn call(
        &self,
        operation: &HttpOperation,
        mut grpc: MeteredRoutes,
        parts: Parts,
        intake: &Arc<BodyIntake>,
        peer: &Arc<Peer>,
    ) -> Result<Response<Body>, Problem> {
        let rpc = &operation.rpc;
        let problem = |status| Problem::of(status, intake);
        let body = match operation.is_query() {
            true => {
                intake.complete(); // a body means nothing
                let query = parts.uri.query().unwrap_or_default();
                let message = json::read_query(&rpc.input(), query);
                let message = message.map_err(|fault| problem(fault.into()))?;
                Body::new(Full::new(message))
            }
            false => {
                json::refuse_query(parts.uri.query().unwrap_or_default())
                    .map_err(|fault| problem(fault.into()))?;
                let is_lines = rpc.is_client_streaming();
                let limit = self.limits.message_bytes;
                check_content(&parts.headers, is_lines)?;
                if !is_lines && let Some(length) = content_length(&parts.headers, limit) {
                    return Err(problem(Fault::too_large(Some(length), limit).into()));
                }
                let messages = JsonMessages::new(intake, rpc.input(), is_lines, limit, peer);
                Body::new(FrameBody::new(messages))
            }
        };
        let mut request = Request::new(body);
        *request.method_mut() = Method::POST;
        *request.uri_mut() = operation.call.clone();
        *request.version_mut() = Version::HTTP_2;
        let headers = request.headers_mut();
        headers.insert(CONTENT_TYPE, HeaderValue::from_static("application/grpc"));
        headers.insert(TE, HeaderValue::from_static("trailers"));
        if let Some(token) = parts.headers.get(AUTHORIZATION) {
            headers.insert(AUTHORIZATION, token.clone());
        }
        *request.extensions_mut() = parts.extensions;
        let Ok(reply) = grpc.call(request).await;

        let mut replies = Replies::new(reply);
        if let Some(status) = replies.failure() {
            return Err(problem(status));
        }
        let kind = rpc.output();
        if rpc.is_server_streaming() {
            let lines = FrameBody::new(ReplyLines {
                replies,
                kind,
                intake: Arc::clone(intake),
                has_failed: false,
            });
            // Counted line by line, and made one by one as the client takes them.
            let body = ReplyBody::new(Body::new(lines), Arc::clone(&peer.replies), None, None);
            return Ok(response(JSON_LINES, Body::new(body)));
        }
        let message = replies.next().await.map_err(problem)?;
        let message = message.ok_or_else(|| problem(Fault::unanswered().into()))?;
        // The status comes after the message.
        replies.next().await.map_err(problem)?;
        let json = json::write(&kind, &message).map_err(|fault| problem(fault.into()))?;
        // The call has found room for its reply; what it held is released with `replies`.
        let length = json.len();
        Ok(response(JSON, whole(peer, json.into(), length)))
    }
}

/// Returns the response to a request whose head has more bytes than the limit, as HTTP/1.1 has it.
pub(super) fn long_head(limit: usize) -> Vec<u8> {
    Problem::long_head(limit).last_response()
}

/// Checks that a body is what the operation reads: JSON in the clear.
fn check_content(headers: &HeaderMap, is_lines: bool) -> Result<(), Problem> {
    let expected = match is_lines {
        true => JSON_LINES,
        false => JSON,
    };
    let kind = headers.get(CONTENT_TYPE).map(HeaderValue::as_bytes);
    let kind = kind.and_then(|kind| kind.split(|&byte| byte == b';').next());
    if !kind.is_some_and(|kind| kind.trim_ascii().eq_ignore_ascii_case(expected.as_bytes())) {
        let why =
            format!("the body must be of the type {expected}: send the header `content-type`");
        return Err(Problem::unsupported(why));
    }
    match headers.get(CONTENT_ENCODING).map(HeaderValue::as_bytes) {
        None | Some(b"identity") => Ok(()),
        Some(_) => Err(Problem::unsupported("the body must not be compressed")),
    }
}

/// Returns the length of a body that is larger than the limit.
fn content_length(headers: &HeaderMap, limit: usize) -> Option<usize> {
    let length = headers.get(CONTENT_LENGTH)?.to_str().ok()?.parse().ok()?;
    (length > limit).then_some(length)
}

/// Refuses methods that do more than read.
fn only_reads(parts: &Parts) -> Result<(), Problem> {
    match [Method::GET, Method::HEAD].contains(&parts.method) {
        true => Ok(()),
        false => Err(Problem::no_such_method("GET, HEAD")),
    }
}

/// Returns a body that counts as so many bytes until the client has taken it.
fn whole(peer: &Peer, bytes: Bytes, held: usize) -> Body {
    let charge = Arc::new(peer.replies.charge(held));
    let body = Body::new(Full::new(bytes));
    let replies = Arc::clone(&peer.replies);
    Body::new(ReplyBody::new(body, replies, Some(charge), None))
}

fn response(kind: &'static str, body: Body) -> Response<Body> {
    let mut response = Response::new(body);
    let headers = response.headers_mut();
    headers.insert(CONTENT_TYPE, HeaderValue::from_static(kind));
    response
}

/// The body of a response, with the exchange that ends when it has been taken.
struct ExchangeBody {
    inner: Body,
    _exchange: Option<HttpExchange>,
}

impl HttpBody for ExchangeBody {
    type Data = Bytes;
    type Error = Status;

    fn poll_frame(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
    ) -> Poll<Option<Result<Frame<Bytes>, Status>>> {
        Pin::new(&mut self.inner).poll_frame(context)
    }

    fn is_end_stream(&self) -> bool {
        self.inner.is_end_stream()
    }

    fn size_hint(&self) -> SizeHint {
        self.inner.size_hint()
    }
}
