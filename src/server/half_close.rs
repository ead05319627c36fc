//! Answers clients of HTTP/1.1 that close their side of the connection once they have sent a request.
//!
//! The HTTP library takes the end of what it reads for the end of the client, and drops the request; tonic does not
//! pass on its setting for that. So the connection keeps the end from it until the request is answered.

use std::pin::Pin;
use std::sync::Arc;
use std::task::{Context, Poll, ready};
use std::time::Duration;

use bytes::Bytes;
use http_body::{Body as HttpBody, Frame, SizeHint};
use tokio::time::{Sleep, sleep};
use tonic::Status;
use tonic::body::Body;

use super::peer::Peer;

/// The time between two looks at the request. What has come of its body is read within it.
const LOOK: Duration = Duration::from_millis(250);

/// The wait for the answer to a client that has closed its side.
pub(super) struct HalfClose {
    next_look: Pin<Box<Sleep>>,
    /// The looks that are left until the server gives up, and how many there are after each write.
    left: u128,
    patience: u128,
}

impl HalfClose {
    /// Creates one that waits at most for `patience` after what was sent last: a client that has gone away
    /// altogether looks the same until something is sent to it.
    pub(super) fn new(patience: Duration) -> Self {
        let looks = patience.as_millis().div_ceil(LOOK.as_millis());
        Self {
            next_look: Box::pin(sleep(LOOK)),
            left: looks,
            patience: looks,
        }
    }

    /// Notes that the client has taken something.
    pub(super) fn sent(&mut self) {
        self.left = self.patience;
    }

    /// Completes when the request need not be waited for: it is answered, it is not complete, or too much time has
    /// passed.
    pub(super) fn poll(&mut self, peer: &Peer, context: &mut Context<'_>) -> Poll<()> {
        if peer.awaits_head() {
            return Poll::Ready(());
        }
        loop {
            ready!(self.next_look.as_mut().poll(context));
            self.left = self.left.saturating_sub(1);
            if peer.awaits_body() || self.left == 0 {
                return Poll::Ready(());
            }
            self.next_look = Box::pin(sleep(LOOK));
        }
    }
}

/// The body of a request of HTTP/1.1; notes when more of it is waited for.
pub(super) struct AwaitedBody {
    inner: Body,
    peer: Arc<Peer>,
}

impl AwaitedBody {
    pub(super) fn new(inner: Body, peer: &Arc<Peer>) -> Self {
        Self {
            inner,
            peer: Arc::clone(peer),
        }
    }
}

impl HttpBody for AwaitedBody {
    type Data = Bytes;
    type Error = Status;

    fn poll_frame(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
    ) -> Poll<Option<Result<Frame<Bytes>, Status>>> {
        let polled = Pin::new(&mut self.inner).poll_frame(context);
        self.peer.set_awaits_body(polled.is_pending());
        polled
    }

    fn is_end_stream(&self) -> bool {
        self.inner.is_end_stream()
    }

    fn size_hint(&self) -> SizeHint {
        self.inner.size_hint()
    }
}

impl Drop for AwaitedBody {
    fn drop(&mut self) {
        self.peer.set_awaits_body(false);
    }
}
