//! What the middleware and the service share of one call.

use std::future::Future;
use std::pin::Pin;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::task::{Context, Poll, ready};
use std::time::{Duration, Instant};

use bytes::Bytes;
use http_body::{Body as HttpBody, Frame};
use tonic::codegen::http::HeaderMap;
use tonic::{Request, Status};

use super::budget::Charge;
use super::messages::{Messages, Overload, RawMessage};
use super::peer::Peer;
use super::status::Fault;

/// How long an answer is waited for.
#[derive(Debug, Clone, Copy)]
pub(super) struct Timeouts {
    /// By the caller, if it says so.
    pub(super) of_caller: Option<Duration>,
    /// By the server, for unary calls.
    pub(super) of_server: Duration,
}

/// One call.
pub(super) struct Call {
    /// The connection that it came over.
    pub(super) peer: Arc<Peer>,
    /// When a unary call must be answered: by the caller's deadline or the server's.
    pub(super) deadline: Instant,
    /// When the caller no longer waits, if it says so.
    pub(super) caller_deadline: Option<Instant>,
    /// Whether a message of the request has come whole; the middleware outlives the call.
    pub(super) has_message: Arc<AtomicBool>,
    /// The messages of the request that were not read yet; `None` while one is being read.
    messages: Mutex<Option<Messages>>,
    /// What the messages hold that tonic has read.
    charge: Mutex<Option<Charge>>,
}

impl Call {
    /// Returns a call that came just now.
    pub(super) fn new(peer: Arc<Peer>, messages: Messages, timeouts: Timeouts) -> Arc<Self> {
        let now = Instant::now();
        let caller_deadline = timeouts.of_caller.map(|timeout| now + timeout);
        let of_server = now + timeouts.of_server;
        Arc::new(Self {
            peer,
            deadline: caller_deadline.map_or(of_server, |of_caller| of_caller.min(of_server)),
            caller_deadline,
            has_message: Arc::default(),
            messages: Mutex::new(Some(messages)),
            charge: Mutex::default(),
        })
    }

    /// Returns that of a request.
    pub(super) fn of<T>(request: &mut Request<T>) -> Result<Arc<Self>, Fault> {
        // Every call of the service passes the middleware.
        let call = request.extensions_mut().remove::<Arc<Self>>();
        call.ok_or_else(Fault::unanswered)
    }

    /// Returns the messages of a stream of requests, to read them without tonic.
    pub(super) fn take_messages(&self) -> Result<Messages, Fault> {
        lock(&self.messages).take().ok_or_else(Fault::unanswered)
    }

    /// Returns what the request holds.
    pub(super) fn take_charge(&self) -> Charge {
        let charge = lock(&self.charge).take();
        charge.unwrap_or_else(|| self.peer.requests.charge(0))
    }

    fn keep(&self, charge: Charge) {
        let mut kept = lock(&self.charge);
        match &mut *kept {
            Some(kept) => kept.join(charge),
            None => *kept = Some(charge),
        }
    }
}

fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}

/// A message on its way, and the messages that it comes from.
type PendingMessage =
    Pin<Box<dyn Future<Output = (Messages, Result<Option<RawMessage>, Fault>)> + Send>>;

/// The body that tonic reads: the messages, framed and whole, one in a frame.
pub(super) struct MessageBody {
    call: Arc<Call>,
    reading: Option<PendingMessage>,
}

impl MessageBody {
    pub(super) fn new(call: Arc<Call>) -> Self {
        Self {
            call,
            reading: None,
        }
    }
}

impl HttpBody for MessageBody {
    type Data = Bytes;
    type Error = Status;

    fn poll_frame(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
    ) -> Poll<Option<Result<Frame<Bytes>, Status>>> {
        let this = &mut *self;
        if this.reading.is_none() {
            let Some(mut messages) = lock(&this.call.messages).take() else {
                return Poll::Ready(None);
            };
            this.reading = Some(Box::pin(async move {
                let message = messages.next(Overload::Refuse).await;
                (messages, message)
            }));
        }
        let Some(reading) = &mut this.reading else {
            return Poll::Ready(None);
        };
        let (messages, message) = ready!(reading.as_mut().poll(context));
        this.reading = None;
        match message {
            Ok(Some(message)) => {
                *lock(&this.call.messages) = Some(messages);
                this.call.has_message.store(true, Ordering::Relaxed);
                this.call.keep(message.charge);
                Poll::Ready(Some(Ok(Frame::data(message.framed))))
            }
            Ok(None) => Poll::Ready(None),
            Err(fault) => Poll::Ready(Some(Err(fault.into()))),
        }
    }
}

/// The longest number of a timeout in a header.
const TIMEOUT_DIGITS: usize = 8;

/// Returns how long the caller waits, by its `grpc-timeout` header.
pub(super) fn caller_timeout(headers: &HeaderMap) -> Option<Duration> {
    let timeout = headers.get("grpc-timeout")?.to_str().ok()?;
    let (number, unit) = timeout.split_at_checked(timeout.len().checked_sub(1)?)?;
    let is_number = number.bytes().all(|byte| byte.is_ascii_digit());
    if number.len() > TIMEOUT_DIGITS || !is_number {
        return None;
    }
    let number = number.parse().ok()?;
    match unit {
        "H" => Some(Duration::from_secs(number * 60 * 60)),
        "M" => Some(Duration::from_secs(number * 60)),
        "S" => Some(Duration::from_secs(number)),
        "m" => Some(Duration::from_millis(number)),
        "u" => Some(Duration::from_micros(number)),
        "n" => Some(Duration::from_nanos(number)),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use tonic::codegen::http::HeaderValue;

    use super::*;

    #[test]
    fn timeouts_of_callers_are_read() {
        let check = |header: &'static str, expected: Option<Duration>| {
            let mut headers = HeaderMap::new();
            headers.insert("grpc-timeout", HeaderValue::from_static(header));
            assert_eq!(caller_timeout(&headers), expected, "{header}");
        };
        check("3H", Some(Duration::from_secs(3 * 3600)));
        check("2M", Some(Duration::from_secs(120)));
        check("99999999S", Some(Duration::from_secs(99_999_999)));
        check("250m", Some(Duration::from_millis(250)));
        check("5u", Some(Duration::from_micros(5)));
        check("7n", Some(Duration::from_nanos(7)));
        for bad in ["", "S", "3", "3s", "-3S", "+3S", "123456789S", "3 S"] {
            check(bad, None);
        }
        assert_eq!(caller_timeout(&HeaderMap::new()), None);
    }
}
