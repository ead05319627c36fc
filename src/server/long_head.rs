//! Answers a client of HTTP/1.1 that sends too long a head of a request.
//!
//! The HTTP library would take some 400 KiB of it, and tonic has no setting for that. So the connection answers
//! in the library's place, which has not begun the request.

use std::io;
use std::pin::Pin;
use std::task::{Context, Poll, ready};
use std::time::Duration;

use tokio::io::{AsyncRead, AsyncWrite, ReadBuf};
use tokio::time::Sleep;

/// What is read of such a head after the answer, and dropped: a client whose connection is closed while it
/// sends never reads the answer.
const MAX_DROPPED_BYTES: usize = 512 << 10;

/// The answer to such a client, and the end of its connection.
pub(super) struct LongHeadAnswer {
    /// What is left of the answer.
    unsent: Vec<u8>,
    is_shut: bool,
    dropped: usize,
    too_late: Pin<Box<Sleep>>,
}

impl LongHeadAnswer {
    /// Creates one that waits at most for `patience`.
    pub(super) fn new(answer: Vec<u8>, patience: Duration) -> Self {
        Self {
            unsent: answer,
            is_shut: false,
            dropped: 0,
            too_late: Box::pin(tokio::time::sleep(patience)),
        }
    }

    /// Sends the answer, and drops what comes. Completes when the client has ended the connection, or when no
    /// more is waited for.
    pub(super) fn poll<S: AsyncRead + AsyncWrite + ?Sized>(
        &mut self,
        mut stream: Pin<&mut S>,
        context: &mut Context<'_>,
    ) -> Poll<io::Result<()>> {
        if self.too_late.as_mut().poll(context).is_ready() {
            return Poll::Ready(Ok(()));
        }
        while !self.unsent.is_empty() {
            let written = ready!(stream.as_mut().poll_write(context, &self.unsent))?;
            if written == 0 {
                return Poll::Ready(Ok(()));
            }
            self.unsent.drain(..written);
        }
        if !self.is_shut {
            ready!(stream.as_mut().poll_shutdown(context))?;
            self.is_shut = true;
        }
        while self.dropped <= MAX_DROPPED_BYTES {
            let mut bytes = [0; 4096];
            let mut buffer = ReadBuf::new(&mut bytes);
            ready!(stream.as_mut().poll_read(context, &mut buffer))?;
            match buffer.filled().len() {
                0 => break,
                read => self.dropped += read,
            }
        }
        Poll::Ready(Ok(()))
    }
}
