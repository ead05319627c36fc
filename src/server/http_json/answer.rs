//! Reads the reply of a call of gRPC: its messages, and its status.

use std::sync::Arc;

use bytes::{Buf as _, Bytes, BytesMut};
use http_body_util::BodyExt as _;
use prost_reflect::MessageDescriptor;
use tonic::body::Body;
use tonic::codegen::http::Response;
use tonic::{Code, Status};

use super::frames::Frames;
use super::intake::BodyIntake;
use super::json;
use super::problem::Problem;
use crate::server::messages::HEADER_BYTES;

/// The messages of a reply.
pub(super) struct Replies {
    body: Body,
    received: BytesMut,
    /// The status, if it came with the headers.
    status: Option<Status>,
}

impl Replies {
    pub(super) fn new(response: Response<Body>) -> Self {
        let (parts, body) = response.into_parts();
        Self {
            body,
            received: BytesMut::new(),
            status: Status::from_header_map(&parts.headers),
        }
    }

    /// Returns the status of a reply that ended before it began.
    pub(super) fn failure(&self) -> Option<Status> {
        self.status
            .clone()
            .filter(|status| status.code() != Code::Ok)
    }

    /// Returns the next message; `None` after the last, if the call succeeded.
    pub(super) async fn next(&mut self) -> Result<Option<Bytes>, Status> {
        loop {
            if let Some(message) = self.received() {
                return Ok(Some(message));
            }
            match self.body.frame().await {
                Some(frame) => match frame?.into_data() {
                    Ok(data) => self.received.extend_from_slice(&data),
                    Err(frame) => {
                        let trailers = frame.into_trailers().unwrap_or_default();
                        self.status = Status::from_header_map(&trailers);
                    }
                },
                None => {
                    let status = self.status.take();
                    let status = status.unwrap_or_else(|| Status::unknown("the reply broke off"));
                    return match status.code() {
                        Code::Ok => Ok(None),
                        _ => Err(status),
                    };
                }
            }
        }
    }

    fn received(&mut self) -> Option<Bytes> {
        let length = self.received.get(1..HEADER_BYTES)?;
        let length = u32::from_be_bytes(length.try_into().ok()?) as usize;
        if self.received.len() < HEADER_BYTES + length {
            return None;
        }
        self.received.advance(HEADER_BYTES);
        Some(self.received.split_to(length).freeze())
    }
}

/// The messages of a reply as lines of JSON. If the call fails, the last line is the problem.
pub(super) struct ReplyLines {
    pub(super) replies: Replies,
    pub(super) kind: MessageDescriptor,
    pub(super) intake: Arc<BodyIntake>,
    pub(super) has_failed: bool,
}

impl Frames for ReplyLines {
    async fn next(&mut self) -> Result<Option<Bytes>, Status> {
        if self.has_failed {
            return Ok(None);
        }
        let line = match self.replies.next().await {
            Ok(None) => return Ok(None),
            Ok(Some(message)) => json::write(&self.kind, &message).map_err(Status::from),
            Err(status) => Err(status),
        };
        let mut line = line.unwrap_or_else(|status| {
            self.has_failed = true;
            Problem::of(status, &self.intake).json()
        });
        line.push(b'\n');
        Ok(Some(line.into()))
    }
}
