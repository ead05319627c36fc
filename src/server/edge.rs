//! What happens to a call before and after its adapter: its deadline, and one code put right.

use std::convert::Infallible;
use std::task::{Context, Poll};
use std::time::Duration;

use tonic::Status;
use tonic::body::Body;
use tonic::codegen::http::{HeaderValue, Request, Response};
use tonic::codegen::{BoxFuture, Service};
use tonic::server::NamedService;

const LATE: &str = "not answered in time; what was begun may still be done";

/// tonic's own deadline answers CANCELLED, which clients do not expect: theirs is
/// DEADLINE_EXCEEDED. It counts from the headers on, so that a request that never arrives in full
/// is bounded as well. Streams pass: their answer begins at once.
#[derive(Clone)]
pub(super) struct Edge<S> {
    inner: S,
    deadline: Duration,
}

impl<S> Edge<S> {
    pub(super) fn new(inner: S, deadline: Duration) -> Self {
        Self { inner, deadline }
    }
}

impl<S: NamedService> NamedService for Edge<S> {
    const NAME: &'static str = S::NAME;
}

impl<S> Service<Request<Body>> for Edge<S>
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
        // Of the calls, only Watch answers OUT_OF_RANGE by itself.
        let is_watch = request.uri().path().ends_with("/Watch");
        let answer = tokio::time::timeout(self.deadline, self.inner.call(request));
        Box::pin(async move {
            let Ok(answered) = answer.await else {
                return Ok(Status::deadline_exceeded(LATE).into_http());
            };
            let mut response = answered?;
            if !is_watch {
                call_too_large_exhausted(&mut response);
            }
            Ok(response)
        })
    }
}

/// tonic calls a message that is too large OUT_OF_RANGE; the proto, like other servers, calls it
/// RESOURCE_EXHAUSTED.
fn call_too_large_exhausted(response: &mut Response<Body>) {
    if let Some(status) = response.headers_mut().get_mut("grpc-status")
        && status.as_bytes() == b"11"
    {
        *status = HeaderValue::from_static("8");
    }
}
