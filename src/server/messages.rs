//! Reads the messages of a request, counting their bytes from the first on.
//!
//! tonic counts nothing, keeps a buffer as large as a stream's largest message for as long as the stream
//! lives, and reports a message that it cannot read as a failure of the server. So a message is framed,
//! counted and decompressed here, and tonic gets it whole.

use std::io::{self, Read};
use std::sync::Arc;
use std::time::Duration;

use bytes::Bytes;
use http_body_util::BodyExt as _;
use tokio::time::{sleep, timeout};
use tonic::body::Body;
use tonic::codegen::http::HeaderMap;

use super::budget::Charge;
use super::peer::Peer;
use super::status::Fault;

/// The bytes before a message: whether it is compressed, and its length.
pub(super) const HEADER_BYTES: usize = 5;

/// How long a message waits before it asks for room again.
const PAUSE: Duration = Duration::from_millis(10);

/// The least and the greatest logarithm of a zstd window; encoders use windows of 8 MiB.
const WINDOW_LOG: std::ops::RangeInclusive<u32> = 23..=27;

/// How the messages of a request are compressed, if they are.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Compression {
    /// Not at all.
    None,
    /// By gzip.
    Gzip,
    /// By zstd.
    Zstd,
}

impl Compression {
    /// The header that names it.
    pub(super) const HEADER: &str = "grpc-encoding";

    /// Returns that of a request; `None` if the server does not support it.
    pub(super) fn of(headers: &HeaderMap) -> Option<Self> {
        match headers.get(Self::HEADER).map(|name| name.as_bytes()) {
            None | Some(b"identity") => Some(Self::None),
            Some(b"gzip") => Some(Self::Gzip),
            Some(b"zstd") => Some(Self::Zstd),
            Some(_) => None,
        }
    }
}

/// What happens to a message for which there is no room.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Overload {
    /// It is refused.
    Refuse,
    /// It waits, and so does its client.
    Wait,
}

/// A message, not decoded yet.
pub(super) struct RawMessage {
    /// Its header and its bytes, decompressed.
    pub(super) framed: Bytes,
    /// What it holds.
    pub(super) charge: Charge,
}

impl RawMessage {
    /// Decodes the message. What it holds goes on being counted.
    pub(super) fn decode<M: prost::Message + Default>(self) -> Result<(M, Charge), Fault> {
        let message = M::decode(&self.framed[HEADER_BYTES..]).map_err(Fault::malformed)?;
        Ok((message, self.charge))
    }
}

/// The messages of one request.
pub(super) struct Messages {
    body: Body,
    compression: Compression,
    /// The largest message accepted.
    limit: usize,
    /// How long the client may send nothing.
    idle: Duration,
    peer: Arc<Peer>,
    /// What was received and is not yet part of a message: less than one frame.
    unread: Bytes,
    header: Vec<u8>,
    message: Option<PartialMessage>,
}

/// A message of which the header has arrived, and the bytes are arriving.
struct PartialMessage {
    /// Its header and the bytes so far.
    framed: Vec<u8>,
    /// Its length with the header.
    length: usize,
    charge: Charge,
}

impl Messages {
    pub(super) fn new(
        body: Body,
        compression: Compression,
        limit: usize,
        idle: Duration,
        peer: Arc<Peer>,
    ) -> Self {
        Self {
            body,
            compression,
            limit,
            idle,
            peer,
            unread: Bytes::new(),
            header: Vec::with_capacity(HEADER_BYTES),
            message: None,
        }
    }

    /// Returns the next message; `None` at the end. If the future is dropped, nothing is lost.
    pub(super) async fn next(&mut self, overload: Overload) -> Result<Option<RawMessage>, Fault> {
        loop {
            if self.message.is_none() && self.has_header() {
                self.begin(overload).await?;
            }
            if let Some(message) = self.finished()? {
                return Ok(Some(message));
            }
            if self.unread.is_empty() && !self.receive().await? {
                let is_between = self.message.is_none() && self.header.is_empty();
                return match is_between {
                    true => Ok(None),
                    false => Err(Fault::malformed("the request ends within a message")),
                };
            }
        }
    }

    /// Takes the next header from what was received. Returns whether it is complete.
    fn has_header(&mut self) -> bool {
        let missing = HEADER_BYTES - self.header.len();
        let part = self.unread.split_to(missing.min(self.unread.len()));
        self.header.extend_from_slice(&part);
        self.header.len() == HEADER_BYTES
    }

    /// Begins the message whose header has arrived. Its whole length counts from now on: of two that
    /// count in part, neither might ever have room to end.
    async fn begin(&mut self, overload: Overload) -> Result<(), Fault> {
        let [flag, ref length @ ..] = self.header[..] else {
            return Ok(()); // the header is complete
        };
        let length = length
            .iter()
            .fold(0, |sum: usize, &byte| sum << 8 | usize::from(byte));
        match (flag, self.compression) {
            (0, _) | (1, Compression::Gzip | Compression::Zstd) => {}
            (1, Compression::None) => {
                return Err(Fault::malformed(
                    "a message is marked as compressed, but no grpc-encoding is named",
                ));
            }
            _ => {
                let why = format!("a message begins with {flag}, neither 0 nor 1");
                return Err(Fault::malformed(why));
            }
        }
        if length > self.limit {
            return Err(Fault::too_large(Some(length), self.limit));
        }
        let length = HEADER_BYTES + length;
        let charge = loop {
            match (self.peer.requests.try_charge(length), overload) {
                (Some(charge), _) => break charge,
                (None, Overload::Refuse) => return Err(Fault::busy()),
                (None, Overload::Wait) => pause(&self.peer).await?,
            }
        };
        let mut framed = Vec::with_capacity(length);
        framed.append(&mut self.header);
        self.message = Some(PartialMessage {
            framed,
            length,
            charge,
        });
        Ok(())
    }

    /// Moves what was received to the message that is arriving, and returns it if it is complete.
    fn finished(&mut self) -> Result<Option<RawMessage>, Fault> {
        let Some(message) = &mut self.message else {
            return Ok(None);
        };
        let missing = message.length - message.framed.len();
        let part = self.unread.split_to(missing.min(self.unread.len()));
        message.framed.extend_from_slice(&part);
        if part.len() < missing {
            return Ok(None);
        }
        let Some(PartialMessage {
            mut framed,
            mut charge,
            ..
        }) = self.message.take()
        else {
            return Ok(None);
        };
        if framed[0] == 1 {
            framed = decompress(&framed, self.compression, self.limit)?;
            charge.set(framed.len());
        }
        Ok(Some(RawMessage {
            framed: framed.into(),
            charge,
        }))
    }

    /// Receives a frame. Returns whether there was one.
    async fn receive(&mut self) -> Result<bool, Fault> {
        loop {
            let frame = tokio::select! {
                biased;
                () = self.peer.ends.cancelled() => return Err(Fault::stopping()),
                frame = timeout(self.idle, self.body.frame()) => frame,
            };
            match frame {
                Err(_) => return Err(Fault::idle(self.idle)),
                Ok(None) => return Ok(false),
                Ok(Some(Err(status))) => return Err(Fault::broken(&status)),
                Ok(Some(Ok(frame))) => {
                    // Trailers of a request mean nothing.
                    let data = frame.into_data().unwrap_or_default();
                    if !data.is_empty() {
                        self.unread = data;
                        return Ok(true);
                    }
                }
            }
        }
    }
}

async fn pause(peer: &Peer) -> Result<(), Fault> {
    tokio::select! {
        biased;
        () = peer.ends.cancelled() => Err(Fault::stopping()),
        () = sleep(PAUSE) => Ok(()),
    }
}

/// Decompresses a message behind its header.
fn decompress(framed: &[u8], compression: Compression, limit: usize) -> Result<Vec<u8>, Fault> {
    let compressed = &framed[HEADER_BYTES..];
    let invalid =
        |error: io::Error| Fault::malformed(format!("a message cannot be decompressed: {error}"));
    let reader: Box<dyn Read + '_> = match compression {
        Compression::None => Box::new(compressed),
        Compression::Gzip => Box::new(flate2::bufread::GzDecoder::new(compressed)),
        Compression::Zstd => {
            let mut reader =
                zstd::stream::read::Decoder::with_buffer(compressed).map_err(invalid)?;
            // A larger window takes memory that no message within the limit needs.
            let window = limit.next_power_of_two().ilog2();
            let window = window.clamp(*WINDOW_LOG.start(), *WINDOW_LOG.end());
            reader.window_log_max(window).map_err(invalid)?;
            Box::new(reader)
        }
    };
    let mut plain = vec![0; HEADER_BYTES];
    let most = limit as u64 + 1;
    reader.take(most).read_to_end(&mut plain).map_err(invalid)?;
    let length = plain.len() - HEADER_BYTES;
    if length > limit {
        return Err(Fault::too_large(None, limit));
    }
    // The limit is far below `u32::MAX`.
    let length = u32::try_from(length).unwrap_or(u32::MAX);
    plain[1..HEADER_BYTES].copy_from_slice(&length.to_be_bytes());
    Ok(plain)
}
