//! A connection as the HTTP library sees it: bytes, in the clear or under TLS, until the server closes
//! it, the client has not begun in time, or it sends too many frames without data or too long a head.

use std::io;
use std::pin::Pin;
use std::sync::Arc;
use std::task::{Context, Poll, ready};
use std::time::{Duration, Instant};

use tokio::io::{AsyncRead, AsyncWrite, ReadBuf};
use tokio::net::TcpStream;
use tokio_rustls::server::TlsStream;
use tokio_util::sync::WaitForCancellationFutureOwned;
use tonic::transport::server::Connected;

use super::accept::ConnectionPlace;
use super::frames::{FrameBudget, FrameReader, PREFACE, PREFACE_LEN, Reason, go_away};
use super::half_close::HalfClose;
use super::http_json;
use super::limits::Limits;
use super::long_head::LongHeadAnswer;
use super::peer::Peer;

/// The bytes below HTTP.
pub(super) enum Transport {
    /// In the clear.
    Plain(TcpStream),
    /// Under TLS.
    Tls(Box<TlsStream<TcpStream>>),
}

impl Transport {
    fn io(&mut self) -> Pin<&mut (dyn Io + Send)> {
        match self {
            Self::Plain(stream) => Pin::new(stream),
            Self::Tls(stream) => Pin::new(stream),
        }
    }
}

trait Io: AsyncRead + AsyncWrite + Unpin {}

impl<T: AsyncRead + AsyncWrite + Unpin> Io for T {}

/// What a client speaks.
enum Protocol {
    /// Not known yet: so many bytes are those with which HTTP/2 begins.
    Unknown(usize),
    /// HTTP/2.
    Http2,
    /// HTTP/1.1.
    Http1 {
        /// The requests that had begun at the last read.
        exchanges: u64,
        /// What was read since then of the head of the next one.
        head_bytes: usize,
    },
}

/// A connection that fails once the server closes it.
pub(super) struct Connection {
    transport: Transport,
    peer: Arc<Peer>,
    closed: Pin<Box<WaitForCancellationFutureOwned>>,
    /// Until the client has begun to speak HTTP/2, or made its first request of HTTP/1.1: completes when that
    /// is too late.
    opening: Option<Pin<Box<dyn Future<Output = ()> + Send>>>,
    protocol: Protocol,
    /// The longest head of a request of HTTP/1.1.
    head_limit: usize,
    /// How long a client that sends a longer one is waited for.
    patience: Duration,
    /// The answer to such a client. Nothing else is sent or read then.
    long_head: Option<LongHeadAnswer>,
    /// Since the client has closed its side, if a request was not answered then.
    half_close: Option<HalfClose>,
    /// How long it is answered then.
    half_close_patience: Duration,
    /// Whether the HTTP library may have something left to send.
    is_sending: bool,
    received: FrameReader,
    sent: FrameReader,
    budget: FrameBudget,
    /// The last stream that the client opened.
    last_stream: u32,
    /// What is left to send to a client that has sent too many frames. Nothing else is sent then.
    farewell: Option<Vec<u8>>,
    _place: ConnectionPlace,
}

impl Connection {
    /// Creates a connection. `too_late` completes when the client must have begun to speak HTTP.
    pub(super) fn new(
        transport: Transport,
        peer: Arc<Peer>,
        limits: &Limits,
        too_late: impl Future<Output = ()> + Send + 'static,
        place: ConnectionPlace,
    ) -> Self {
        Self {
            transport,
            closed: Box::pin(peer.closed.clone().cancelled_owned()),
            peer,
            opening: Some(Box::pin(too_late)),
            protocol: Protocol::Unknown(0),
            head_limit: limits.header_list_bytes as usize,
            patience: Duration::from_millis(limits.handshake_ms),
            long_head: None,
            half_close: None,
            half_close_patience: Duration::from_millis(limits.deadline_ms),
            is_sending: false,
            received: FrameReader::after(PREFACE_LEN),
            sent: FrameReader::after(0),
            budget: FrameBudget::new(limits.control_frames, Instant::now()),
            last_stream: 0,
            farewell: None,
            _place: place,
        }
    }

    /// Fails once the server closes the connection. Checked by reads and writes alike, because a connection whose
    /// client takes no data is not read from.
    fn poll_open(&mut self, context: &mut Context<'_>) -> io::Result<()> {
        if self.closed.as_mut().poll(context).is_ready() {
            return Err(aborted("the server has closed the connection"));
        }
        if self.peer.exchanges() > 0 {
            self.opening = None;
        }
        let opening = self.opening.as_mut();
        if opening.is_some_and(|opening| opening.as_mut().poll(context).is_ready()) {
            return Err(aborted("the client did not begin to speak HTTP in time"));
        }
        Ok(())
    }

    /// Finds out what the client speaks.
    fn recognise(&mut self, bytes: &[u8]) {
        let Protocol::Unknown(known) = self.protocol else {
            return;
        };
        let rest = &PREFACE[known..];
        let compared = rest.len().min(bytes.len());
        self.protocol = match bytes[..compared] == rest[..compared] {
            true if known + compared == PREFACE_LEN => Protocol::Http2,
            true => Protocol::Unknown(known + compared),
            false => Protocol::Http1 {
                exchanges: 0,
                head_bytes: known,
            },
        };
    }

    /// Answers the head of a request of HTTP/1.1 if it is too long, and then fails. Its end is not looked for: the
    /// library has begun the request by then.
    fn poll_head(&mut self, context: &mut Context<'_>) -> Poll<io::Result<()>> {
        if let Some(answer) = &mut self.long_head {
            ready!(answer.poll(self.transport.io(), context))?;
            return Poll::Ready(Err(aborted(LONG_HEAD)));
        }
        let Protocol::Http1 {
            exchanges,
            head_bytes,
        } = &mut self.protocol
        else {
            return Poll::Ready(Ok(()));
        };
        let begun = self.peer.exchanges();
        if std::mem::replace(exchanges, begun) != begun {
            *head_bytes = 0;
        }
        if *head_bytes <= self.head_limit || !self.peer.awaits_head() {
            return Poll::Ready(Ok(()));
        }
        if self.is_sending {
            // The client has not taken the response before, in the middle of which an answer would stand.
            return Poll::Ready(Err(aborted(LONG_HEAD)));
        }
        let answer = http_json::long_head(self.head_limit);
        self.long_head = Some(LongHeadAnswer::new(answer, self.patience));
        self.poll_head(context)
    }

    /// Keeps the end of what the client sends from the HTTP library until a request of HTTP/1.1 is answered.
    fn poll_end(&mut self, context: &mut Context<'_>) -> Poll<()> {
        let Protocol::Http1 { .. } = self.protocol else {
            return Poll::Ready(());
        };
        let patience = self.half_close_patience;
        let half_close = self
            .half_close
            .get_or_insert_with(|| HalfClose::new(patience));
        ready!(half_close.poll(&self.peer, context));
        Poll::Ready(())
    }

    /// Notes what was sent of what the HTTP library has to send.
    fn note_sent(&mut self, written: usize, length: usize) {
        self.is_sending = written < length;
        if let Some(half_close) = &mut self.half_close {
            half_close.sent();
        }
    }

    /// Counts the frames in bytes received. Returns whether the client may go on.
    fn count_received(&mut self, bytes: &[u8]) -> bool {
        self.recognise(bytes);
        if let Protocol::Http1 { head_bytes, .. } = &mut self.protocol {
            if self.peer.awaits_head() {
                *head_bytes += bytes.len();
            }
            return true;
        }
        let mut controls = 0;
        let last_stream = &mut self.last_stream;
        self.received.read(bytes, |head| {
            if head.is_headers() {
                *last_stream = (*last_stream).max(head.stream);
            }
            controls += u32::from(!head.carries());
        });
        if self.received.has_begun() {
            self.opening = None;
        }
        controls == 0 || self.budget.spend(controls, Instant::now())
    }

    /// Counts the frames in bytes sent.
    fn count_sent(&mut self, bytes: &[u8]) {
        let budget = &mut self.budget;
        self.sent.read(bytes, |head| {
            if head.carries() {
                budget.replied(head.len);
            }
        });
    }

    /// Sends the farewell, between two frames, and then fails.
    fn poll_farewell(&mut self, context: &mut Context<'_>) -> Poll<io::Result<()>> {
        if let Some(farewell) = &mut self.farewell
            && self.sent.is_between_frames()
        {
            while !farewell.is_empty() {
                let written = ready!(self.transport.io().poll_write(context, farewell))?;
                farewell.drain(..written);
                if written == 0 {
                    break;
                }
            }
            ready!(self.transport.io().poll_flush(context))?;
            return Poll::Ready(Err(aborted("the client sent too many frames without data")));
        }
        // The write that ends the frame wakes this task.
        Poll::Pending
    }

    /// Fails if nothing may be written any more.
    fn check_writable(&self) -> io::Result<()> {
        match self.farewell.is_some() && self.sent.is_between_frames() {
            true => Err(aborted("the connection is being ended")),
            false => Ok(()),
        }
    }

    fn wake_for_farewell(&self, context: &mut Context<'_>) {
        if self.farewell.is_some() {
            context.waker().wake_by_ref();
        }
    }
}

const LONG_HEAD: &str = "the head of a request is too long";

fn aborted(why: &'static str) -> io::Error {
    io::Error::new(io::ErrorKind::ConnectionAborted, why)
}

impl AsyncRead for Connection {
    fn poll_read(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
        buffer: &mut ReadBuf<'_>,
    ) -> Poll<io::Result<()>> {
        self.poll_open(context)?;
        if self.farewell.is_some() {
            return self.poll_farewell(context);
        }
        ready!(self.poll_head(context))?;
        let before = buffer.filled().len();
        ready!(self.transport.io().poll_read(context, buffer))?;
        if buffer.filled().len() == before && buffer.remaining() > 0 {
            ready!(self.poll_end(context));
            return Poll::Ready(Ok(()));
        }
        if self.count_received(&buffer.filled()[before..]) {
            return Poll::Ready(Ok(()));
        }
        buffer.set_filled(before);
        let why = "too many frames without data";
        self.farewell = Some(go_away(self.last_stream, Reason::EnhanceYourCalm, why));
        self.poll_farewell(context)
    }
}

impl AsyncWrite for Connection {
    fn poll_write(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
        bytes: &[u8],
    ) -> Poll<io::Result<usize>> {
        self.poll_open(context)?;
        self.check_writable()?;
        self.is_sending = true; // unless all of it is taken
        let written = ready!(self.transport.io().poll_write(context, bytes))?;
        self.note_sent(written, bytes.len());
        self.count_sent(&bytes[..written]);
        self.wake_for_farewell(context);
        Poll::Ready(Ok(written))
    }

    fn poll_write_vectored(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
        slices: &[io::IoSlice<'_>],
    ) -> Poll<io::Result<usize>> {
        self.poll_open(context)?;
        self.check_writable()?;
        self.is_sending = true; // unless all of it is taken
        let written = ready!(self.transport.io().poll_write_vectored(context, slices))?;
        self.note_sent(written, slices.iter().map(|slice| slice.len()).sum());
        let mut left = written;
        for slice in slices {
            let of_this = left.min(slice.len());
            self.count_sent(&slice[..of_this]);
            left -= of_this;
        }
        self.wake_for_farewell(context);
        Poll::Ready(Ok(written))
    }

    fn is_write_vectored(&self) -> bool {
        match &self.transport {
            Transport::Plain(stream) => stream.is_write_vectored(),
            Transport::Tls(stream) => stream.is_write_vectored(),
        }
    }

    fn poll_flush(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<io::Result<()>> {
        self.transport.io().poll_flush(context)
    }

    fn poll_shutdown(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<io::Result<()>> {
        self.transport.io().poll_shutdown(context)
    }
}

impl Connected for Connection {
    type ConnectInfo = Arc<Peer>;

    fn connect_info(&self) -> Arc<Peer> {
        Arc::clone(&self.peer)
    }
}
