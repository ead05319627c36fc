//! Wraps every call of the service: counts what its request and its reply hold, and enforces its deadline.

use std::convert::Infallible;
use std::sync::Arc;
use std::sync::atomic::Ordering;
use std::task::{Context, Poll};
use std::time::Duration;

use tokio::time::timeout_at;
use tonic::body::Body;
use tonic::codegen::http::{Request, Response};
use tonic::codegen::{BoxFuture, Service};
use tonic::server::NamedService;
use tonic::{Code, Status};

use super::call::{Call, MessageBody, Timeouts, caller_timeout};
use super::limits::Limits;
use super::messages::{Compression, Messages};
use super::peer::{Peer, Peers};
use super::reply_body::{ReplyBody, ReplyCharge};
use super::status::Fault;

const LATE: &str = "no reply within the deadline; the operation may still complete";
const LATE_REQUEST: &str = "the request did not come whole within the deadline; nothing was done";

/// The service within its limits.
///
/// tonic's own deadline returns CANCELLED where clients expect DEADLINE_EXCEEDED. This one runs from
/// the headers on, and so also bounds a request that never arrives in full. Streams, whose response
/// begins at once, are cut short only by a deadline of their caller.
#[derive(Clone)]
pub(super) struct Middleware<S> {
    pub(super) inner: S,
    pub(super) peers: Arc<Peers>,
    pub(super) limits: Limits,
}

impl<S: NamedService> NamedService for Middleware<S> {
    const NAME: &'static str = S::NAME;
}

impl<S> Service<Request<Body>> for Middleware<S>
where
    S: Service<Request<Body>, Response = Response<Body>, Error = Infallible>,
    S::Future: Send + 'static,
{
    type Response = Response<Body>;
    type Error = Infallible;
    type Future = BoxFuture<Response<Body>, Infallible>;

    fn poll_ready(&mut self, context: &mut Context<'_>) -> Poll<Result<(), Infallible>> {
        self.inner.poll_ready(context)
    }

    fn call(&mut self, request: Request<Body>) -> Self::Future {
        let peer = match request.extensions().get::<Arc<Peer>>() {
            Some(peer) => Arc::clone(peer),
            None => self.peers.enter(None),
        };
        let replies = Arc::clone(&peer.replies);
        let (request, call) = self.counted(request, peer);
        let (deadline, caller_deadline) = (call.deadline, call.caller_deadline);
        let has_message = Arc::clone(&call.has_message);
        drop(call); // what it holds is the service's to release
        let response = timeout_at(deadline.into(), self.inner.call(request));
        Box::pin(async move {
            let Ok(response) = response.await else {
                let late = match has_message.load(Ordering::Relaxed) {
                    true => LATE,
                    false => LATE_REQUEST,
                };
                return Ok(Status::deadline_exceeded(late).into_http());
            };
            let mut response = corrected(response?);
            let charge = response.extensions_mut().remove::<ReplyCharge>();
            let reply = |body| ReplyBody::new(body, replies, charge, caller_deadline);
            Ok(response.map(|body| Body::new(reply(body))))
        })
    }
}

impl<S> Middleware<S> {
    /// Replaces the body of a request by one whose messages are counted, whole and plain.
    fn counted(&self, request: Request<Body>, peer: Arc<Peer>) -> (Request<Body>, Arc<Call>) {
        let (mut parts, body) = request.into_parts();
        // Of what it does not support, tonic complains before it reads the body.
        let compression = Compression::of(&parts.headers);
        if compression.is_some() {
            parts.headers.remove(Compression::HEADER);
        }
        let timeouts = Timeouts {
            of_caller: caller_timeout(&parts.headers),
            of_server: Duration::from_millis(self.limits.deadline_ms),
        };
        let messages = Messages::new(
            body,
            compression.unwrap_or(Compression::None),
            self.limits.message_bytes,
            Duration::from_millis(self.limits.idle_ms),
            Arc::clone(&peer),
        );
        let call = Call::new(peer, messages, timeouts);
        parts.extensions.insert(Arc::clone(&call));
        let body = Body::new(MessageBody::new(Arc::clone(&call)));
        (Request::from_parts(parts, body), call)
    }
}

/// tonic reports a message that cannot be decoded as INTERNAL, which here means that the store failed.
fn corrected(response: Response<Body>) -> Response<Body> {
    const UNREADABLE: [&str; 2] = [
        "failed to decode Protobuf message",
        "Missing request message",
    ];
    let status = response.extensions().get::<Status>();
    let malformed = status.filter(|status| {
        status.code() == Code::Internal
            && UNREADABLE
                .iter()
                .any(|words| status.message().starts_with(words))
    });
    match malformed {
        Some(status) => Status::from(Fault::malformed(status.message())).into_http(),
        None => response,
    }
}
