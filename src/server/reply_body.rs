//! The body of a reply, whose bytes count until the client has taken them.
//!
//! hyper asks for the next frame before the client has taken the last one, and h2 keeps what it is given. So
//! a frame is given only when the one before it has been written to the connection.

use std::convert::Infallible;
use std::future::Future as _;
use std::pin::Pin;
use std::sync::Arc;
use std::task::{Context, Poll, ready};
use std::time::Instant;

use bytes::Bytes;
use http_body::{Body as HttpBody, Frame, SizeHint};
use tokio::sync::oneshot;
use tokio::time::{Sleep, sleep_until};
use tonic::Status;
use tonic::body::Body;
use tonic::codegen::http::HeaderMap;

use super::budget::{Charge, ConnectionBytes};

/// The longest frame that hyper is given: what a client must take within `idle_ms`.
const FRAME_BYTES: usize = 64 << 10;

/// What a reply holds; in the extensions of a response whose size was charged before it was encoded.
pub(super) type ReplyCharge = Arc<Charge>;

/// The body of a reply.
pub(super) struct ReplyBody {
    inner: Body,
    connection: Arc<ConnectionBytes>,
    /// What the whole reply holds; without it, each frame is charged.
    whole: Option<ReplyCharge>,
    /// Ends when the last frame has been written or dropped.
    unsent: Option<oneshot::Receiver<Infallible>>,
    /// What is left of the last frame of `inner`.
    rest: Bytes,
    deadline: Option<Pin<Box<Sleep>>>,
    has_ended: bool,
}

impl ReplyBody {
    /// Wraps a body. At the deadline, the reply ends as it is.
    pub(super) fn new(
        inner: Body,
        connection: Arc<ConnectionBytes>,
        whole: Option<ReplyCharge>,
        deadline: Option<Instant>,
    ) -> Self {
        Self {
            has_ended: inner.is_end_stream(),
            inner,
            connection,
            whole,
            unsent: None,
            rest: Bytes::new(),
            deadline: deadline.map(|deadline| Box::pin(sleep_until(deadline.into()))),
        }
    }

    /// Takes the next frame of the rest, whose bytes count until they are dropped.
    fn next_frame(&mut self) -> Bytes {
        let bytes = self.rest.split_to(self.rest.len().min(FRAME_BYTES));
        let (sent, unsent) = oneshot::channel();
        self.unsent = Some(unsent);
        let charge = match &self.whole {
            Some(whole) => Arc::clone(whole),
            None => Arc::new(self.connection.charge(bytes.len())),
        };
        Bytes::from_owner(CountedBytes {
            bytes,
            connection: Arc::clone(&self.connection),
            _charge: charge,
            _sent: sent,
        })
    }
}

impl HttpBody for ReplyBody {
    type Data = Bytes;
    type Error = Status;

    fn poll_frame(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
    ) -> Poll<Option<Result<Frame<Bytes>, Status>>> {
        let this = &mut *self;
        if this.has_ended {
            return Poll::Ready(None);
        }
        if let Some(deadline) = &mut this.deadline
            && deadline.as_mut().poll(context).is_ready()
        {
            this.has_ended = true;
            let late =
                Status::deadline_exceeded("the deadline has passed; what was answered is valid");
            return Poll::Ready(Some(Ok(Frame::trailers(trailers(late)))));
        }
        // Behind a whole reply come the trailers, which need not wait: they go in one write with its end.
        let is_sent_whole = this.whole.is_some() && this.rest.is_empty();
        if let Some(unsent) = &mut this.unsent
            && !is_sent_whole
        {
            // The sender is dropped with the frame.
            let _ = ready!(Pin::new(unsent).poll(context));
            this.unsent = None;
        }
        while this.rest.is_empty() {
            match ready!(Pin::new(&mut this.inner).poll_frame(context)) {
                Some(Ok(frame)) => match frame.into_data() {
                    Ok(data) => this.rest = data,
                    Err(trailers) => return Poll::Ready(Some(Ok(trailers))),
                },
                end => {
                    this.has_ended = true;
                    return Poll::Ready(end);
                }
            }
        }
        Poll::Ready(Some(Ok(Frame::data(this.next_frame()))))
    }

    fn is_end_stream(&self) -> bool {
        self.has_ended || self.rest.is_empty() && self.inner.is_end_stream()
    }

    fn size_hint(&self) -> SizeHint {
        self.inner.size_hint()
    }
}

/// Bytes of a reply on their way to the client.
struct CountedBytes {
    bytes: Bytes,
    connection: Arc<ConnectionBytes>,
    _charge: ReplyCharge,
    _sent: oneshot::Sender<Infallible>,
}

impl AsRef<[u8]> for CountedBytes {
    fn as_ref(&self) -> &[u8] {
        &self.bytes
    }
}

impl Drop for CountedBytes {
    fn drop(&mut self) {
        self.connection.moved();
    }
}

/// Returns the trailers that report a status.
fn trailers(status: Status) -> HeaderMap {
    let (parts, ()) = status.into_http::<()>().into_parts();
    let mut headers = parts.headers;
    headers.remove("content-type");
    headers
}
