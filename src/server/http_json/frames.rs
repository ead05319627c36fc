//! A body whose frames come from an async function.

use std::future::Future;
use std::pin::Pin;
use std::task::{Context, Poll, ready};

use bytes::Bytes;
use http_body::{Body as HttpBody, Frame};
use tonic::Status;

/// What makes the frames of a body.
pub(super) trait Frames: Send + 'static {
    /// Returns the next frame; `None` at the end.
    fn next(&mut self) -> impl Future<Output = Result<Option<Bytes>, Status>> + Send;
}

/// A frame on its way, and what makes the ones after it.
type PendingFrame<F> = Pin<Box<dyn Future<Output = (F, Result<Option<Bytes>, Status>)> + Send>>;

/// The body of these frames. It ends with the first failure.
pub(super) struct FrameBody<F> {
    frames: Option<F>,
    pending: Option<PendingFrame<F>>,
}

impl<F> FrameBody<F> {
    pub(super) fn new(frames: F) -> Self {
        Self {
            frames: Some(frames),
            pending: None,
        }
    }
}

impl<F: Frames + Unpin> HttpBody for FrameBody<F> {
    type Data = Bytes;
    type Error = Status;

    fn poll_frame(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
    ) -> Poll<Option<Result<Frame<Bytes>, Status>>> {
        let this = &mut *self;
        if let Some(mut frames) = this.frames.take() {
            this.pending = Some(Box::pin(async move {
                let frame = frames.next().await;
                (frames, frame)
            }));
        }
        let Some(pending) = &mut this.pending else {
            return Poll::Ready(None);
        };
        let (frames, frame) = ready!(pending.as_mut().poll(context));
        this.pending = None;
        Poll::Ready(match frame {
            Ok(Some(frame)) => {
                this.frames = Some(frames);
                Some(Ok(Frame::data(frame)))
            }
            Ok(None) => None,
            Err(status) => Some(Err(status)),
        })
    }
}
