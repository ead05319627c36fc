//! Reads the body of a request, and makes of its JSON the messages that gRPC would have sent.
//!
//! The body is read only when the call asks for it, so a call that is refused by its headers costs nothing.

use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use bytes::{Buf as _, Bytes};
use http_body_util::BodyExt as _;
use prost_reflect::MessageDescriptor;
use tokio::time::timeout;
use tonic::Status;
use tonic::body::Body;

use super::frames::Frames;
use super::json;
use crate::server::budget::Charge;
use crate::server::peer::Peer;
use crate::server::status::Fault;

/// A line of a stream that is longer has room for the longest before it is read on: of two that count in
/// part, neither might ever have room to end.
const SHORT_LINE_BYTES: usize = 64 << 10;

/// What is known of the body of a request.
pub(super) struct BodyIntake {
    /// The body, until the call asks for it, and what is left of one that could not be read.
    body: Mutex<Option<Body>>,
    is_complete: AtomicBool,
    /// Why it could not be read.
    failure: Mutex<Option<Status>>,
}

impl BodyIntake {
    pub(super) fn new(body: Body) -> Arc<Self> {
        Arc::new(Self {
            body: Mutex::new(Some(body)),
            is_complete: AtomicBool::new(false),
            failure: Mutex::default(),
        })
    }

    /// Notes that nothing more is to come.
    pub(super) fn complete(&self) {
        self.is_complete.store(true, Ordering::Relaxed);
    }

    /// Returns whether all of the body has come.
    pub(super) fn is_complete(&self) -> bool {
        self.is_complete.load(Ordering::Relaxed)
    }

    /// Returns why the body could not be read, with all details.
    pub(super) fn failure(&self) -> Option<Status> {
        lock(&self.failure).clone()
    }

    /// Reads what nobody reads any more of a body, and forgets it: many clients read the answer only when they have
    /// sent everything.
    pub(super) async fn discard(&self, limit: usize, patience: Duration) {
        let Some(mut body) = self.take() else {
            return;
        };
        let mut left = limit;
        let reading = async {
            while let Some(Ok(frame)) = body.frame().await {
                let length = frame.data_ref().map_or(0, Bytes::len);
                match left.checked_sub(length) {
                    Some(rest) => left = rest,
                    None => return,
                }
            }
        };
        let _ = timeout(patience, reading).await;
    }

    fn take(&self) -> Option<Body> {
        lock(&self.body).take()
    }
}

fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}

/// The messages of a request: one in the whole body, or one in each line.
pub(super) struct JsonMessages {
    intake: Arc<BodyIntake>,
    kind: MessageDescriptor,
    is_lines: bool,
    /// The longest JSON of a message that is accepted.
    limit: usize,
    peer: Arc<Peer>,
    body: Option<Body>,
    /// What has come and is not looked at yet.
    unread: Bytes,
    /// The line of the body that is read, from 1 on.
    line: usize,
    /// The JSON of the message so far, and what it holds.
    text: Vec<u8>,
    charge: Option<Charge>,
    charged: usize,
}

impl JsonMessages {
    pub(super) fn new(
        intake: &Arc<BodyIntake>,
        kind: MessageDescriptor,
        is_lines: bool,
        limit: usize,
        peer: &Arc<Peer>,
    ) -> Self {
        Self {
            intake: Arc::clone(intake),
            kind,
            is_lines,
            limit,
            peer: Arc::clone(peer),
            body: None,
            unread: Bytes::new(),
            line: 1,
            text: Vec::new(),
            charge: None,
            charged: 0,
        }
    }

    async fn read(&mut self) -> Result<Option<Bytes>, Fault> {
        if self.intake.is_complete() {
            return Ok(None);
        }
        if self.body.is_none() {
            self.body = self.intake.take();
        }
        loop {
            let end = match self.is_lines {
                true => memchr::memchr(b'\n', &self.unread),
                false => None,
            };
            let part = self.unread.split_to(end.unwrap_or(self.unread.len()));
            self.keep(&part).await?;
            if end.is_some() {
                self.unread.advance(1);
                let message = self.message()?;
                self.line += 1;
                if let Some(message) = message {
                    return Ok(Some(message));
                }
                continue;
            }
            let frame = match &mut self.body {
                Some(body) => body.frame().await,
                None => None,
            };
            match frame {
                // Trailers of a request mean nothing.
                Some(Ok(frame)) => self.unread = frame.into_data().unwrap_or_default(),
                Some(Err(status)) => return Err(Fault::broken_body(&status)),
                None => {
                    self.intake.complete();
                    return self.message();
                }
            }
        }
    }

    /// Adds a part to the JSON of the message, if there is room for it.
    async fn keep(&mut self, part: &[u8]) -> Result<(), Fault> {
        let length = self.text.len() + part.len();
        if length > self.limit {
            return Err(Fault::too_large(Some(length), self.limit));
        }
        let room = &self.peer.requests;
        if length > self.charged {
            let more = length - self.charged;
            let charge = match self.is_lines {
                false => room.try_charge(more).ok_or_else(Fault::busy)?,
                true if length <= SHORT_LINE_BYTES => room.charge(more),
                true => {
                    self.charge = None; // it would stand in its own way
                    self.charged = self.limit - more;
                    room.charge_with_room(self.limit).await
                }
            };
            self.charged += more;
            match &mut self.charge {
                Some(held) => held.join(charge),
                None => self.charge = Some(charge),
            }
        }
        self.text.extend_from_slice(part);
        Ok(())
    }

    /// Makes a message of the JSON that is complete; `None` of an empty line. What it holds is counted by
    /// who reads the message.
    fn message(&mut self) -> Result<Option<Bytes>, Fault> {
        let text = std::mem::take(&mut self.text);
        let _charge = self.charge.take();
        self.charged = 0;
        if self.is_lines && text.trim_ascii().is_empty() {
            return Ok(None);
        }
        json::read(&self.kind, &text, self.line).map(Some)
    }
}

impl Frames for JsonMessages {
    async fn next(&mut self) -> Result<Option<Bytes>, Status> {
        self.read().await.map_err(|fault| {
            let status = Status::from(fault);
            *lock(&self.intake.failure) = Some(status.clone());
            *lock(&self.intake.body) = self.body.take(); // to be discarded
            status
        })
    }
}
