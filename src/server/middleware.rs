//! Wraps every call of the service: enforces its deadline, and corrects two status codes of tonic.

use std::convert::Infallible;
use std::task::{Context, Poll};
use std::time::Duration;

use http_body_util::BodyExt as _;
use tonic::body::Body;
use tonic::codegen::http::{HeaderMap, HeaderValue, Request, Response};
use tonic::codegen::{BoxFuture, Service};
use tonic::server::NamedService;
use tonic::{Code, Status};

const LATE: &str = "no reply within the deadline; the operation may still complete";

/// The service with its deadline.
///
/// tonic's own deadline returns CANCELLED where clients expect DEADLINE_EXCEEDED. This one runs from
/// the headers on, and so also bounds a request that never arrives in full. Streams are not cut
/// short: their response begins at once.
#[derive(Clone)]
pub(super) struct Middleware<S> {
    pub(super) inner: S,
    pub(super) deadline: Duration,
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
        // Watch is the only call that returns OUT_OF_RANGE on purpose.
        let is_watch = request.uri().path().ends_with("/Watch");
        let response = tokio::time::timeout(self.deadline, self.inner.call(request));
        Box::pin(async move {
            let Ok(response) = response.await else {
                return Ok(Status::deadline_exceeded(LATE).into_http());
            };
            let mut response = response?;
            if is_watch {
                return Ok(response);
            }
            // The code is in the headers of a unary call and in the trailers of a stream.
            correct_code(response.headers_mut());
            Ok(response.map(|body| {
                Body::new(body.map_frame(|mut frame| {
                    frame.trailers_mut().map(correct_code);
                    frame
                }))
            }))
        })
    }
}

/// tonic reports a message that is too large as OUT_OF_RANGE; the proto, like other servers, as
/// RESOURCE_EXHAUSTED.
fn correct_code(headers: &mut HeaderMap) {
    const STATUS: &str = "grpc-status";
    let status = headers
        .get(STATUS)
        .map(|value| Code::from_bytes(value.as_bytes()));
    if status == Some(Code::OutOfRange) {
        let code = HeaderValue::from(Code::ResourceExhausted as u16);
        headers.insert(STATUS, code);
    }
}
