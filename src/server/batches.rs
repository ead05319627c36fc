//! Many articles in a message, and many replies: for clients to which a message costs more than an article.
//!
//! The articles of a batch are decoded one by one, as they are taken, so a message of many small ones holds no more
//! than its bytes.

use std::pin::Pin;
use std::sync::Arc;
use std::task::{Context, Poll};

use bytes::Bytes;
use prost::Message as _;
use prost::encoding::{
    DecodeContext, WireType, check_wire_type, decode_key, decode_varint, skip_field,
};
use tonic::Status;
use tonic::codegen::tokio_stream::Stream;

use super::budget::Charge;
use super::messages::{HEADER_BYTES, Messages, Overload};
use super::peer::Peer;
use super::proto::{ArticleReplies, ArticleRequest, ArticleResponse};
use super::status::Fault;

/// The number of the field `requests` of a batch.
const REQUESTS: u32 = 1;
/// The most replies of one message.
const MOST_REPLIES: usize = 256;
/// A message of replies ends with the one that makes it longer than this. Clients accept 4 MiB by default, and a
/// reply with the most matches and the longest names has some 2.
const REPLY_BYTES: usize = 256 << 10;

/// The requests of a stream.
pub(super) struct Requests {
    messages: Messages,
    batches: Option<Batches>,
}

/// Where a stream of batches is.
struct Batches {
    peer: Arc<Peer>,
    /// What is left of the last message, and what the whole message holds.
    rest: Option<(Bytes, Charge)>,
}

impl Requests {
    /// Returns requests of which each is a message.
    pub(super) fn single(messages: Messages) -> Self {
        Self {
            messages,
            batches: None,
        }
    }

    /// Returns requests that come in batches.
    pub(super) fn batches(messages: Messages, peer: &Arc<Peer>) -> Self {
        let batches = Batches {
            peer: Arc::clone(peer),
            rest: None,
        };
        Self {
            messages,
            batches: Some(batches),
        }
    }

    /// Returns the next request and what it holds; `None` at the end. If the future is dropped, nothing is lost.
    pub(super) async fn next(&mut self) -> Result<Option<(ArticleRequest, Charge)>, Fault> {
        loop {
            if let Some(batches) = &mut self.batches
                && let Some(request) = batches.next()?
            {
                return Ok(Some(request));
            }
            let Some(message) = self.messages.next(Overload::Wait).await? else {
                return Ok(None);
            };
            match &mut self.batches {
                None => return message.decode().map(Some),
                Some(batches) => {
                    let requests = message.framed.slice(HEADER_BYTES..);
                    batches.rest = Some((requests, message.charge));
                }
            }
        }
    }
}

impl Batches {
    /// Takes the next request of the last message; `None` if that has no more.
    fn next(&mut self) -> Result<Option<(ArticleRequest, Charge)>, Fault> {
        let Some((rest, _)) = &mut self.rest else {
            return Ok(None);
        };
        let Some(request) = next_request(rest)? else {
            self.rest = None;
            return Ok(None);
        };
        // The message holds its bytes until the last request is taken, and each request holds its own.
        let charge = self.peer.requests.charge(request.len());
        let request = ArticleRequest::decode(request).map_err(Fault::malformed)?;
        Ok(Some((request, charge)))
    }
}

/// Takes the bytes of the next request of a batch; `None` at its end.
fn next_request(batch: &mut Bytes) -> Result<Option<Bytes>, Fault> {
    while !batch.is_empty() {
        let (field, wire_type) = decode_key(batch).map_err(Fault::malformed)?;
        if field != REQUESTS {
            let skipped = skip_field(wire_type, field, batch, DecodeContext::default());
            skipped.map_err(Fault::malformed)?;
            continue;
        }
        check_wire_type(WireType::LengthDelimited, wire_type).map_err(Fault::malformed)?;
        let length = decode_varint(batch).map_err(Fault::malformed)?;
        let length = usize::try_from(length).unwrap_or(usize::MAX);
        if length > batch.len() {
            return Err(Fault::malformed("a batch ends within a request"));
        }
        return Ok(Some(batch.split_to(length)));
    }
    Ok(None)
}

/// Returns the requests of a batch.
#[cfg(any(test, fuzzing))]
pub(super) fn requests_of(batch: &[u8]) -> Result<Vec<ArticleRequest>, Fault> {
    let mut rest = Bytes::copy_from_slice(batch);
    let mut requests = Vec::new();
    while let Some(request) = next_request(&mut rest)? {
        requests.push(ArticleRequest::decode(request).map_err(Fault::malformed)?);
    }
    Ok(requests)
}

/// Puts the replies of a stream that are ready into one message, and waits for none but the first.
pub(super) struct ReplyBatches<S> {
    /// `None` once they have ended.
    replies: Option<Pin<Box<S>>>,
    /// How they ended, behind the last message.
    end: Option<Status>,
}

impl<S: Stream<Item = Result<ArticleResponse, Status>>> ReplyBatches<S> {
    pub(super) fn new(replies: S) -> Self {
        Self {
            replies: Some(Box::pin(replies)),
            end: None,
        }
    }
}

impl<S: Stream<Item = Result<ArticleResponse, Status>>> Stream for ReplyBatches<S> {
    type Item = Result<ArticleReplies, Status>;

    fn poll_next(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<Option<Self::Item>> {
        let this = &mut *self;
        let (mut responses, mut bytes) = (Vec::new(), 0);
        let is_pending = loop {
            let Some(replies) = &mut this.replies else {
                break false;
            };
            match replies.as_mut().poll_next(context) {
                Poll::Ready(Some(Ok(response))) => {
                    bytes += response.encoded_len();
                    responses.push(response);
                    if responses.len() == MOST_REPLIES || bytes > REPLY_BYTES {
                        break false;
                    }
                }
                Poll::Ready(end) => {
                    this.replies = None;
                    this.end = end.and_then(Result::err);
                }
                Poll::Pending => break true,
            }
        };
        match (responses.is_empty(), is_pending) {
            (false, _) => Poll::Ready(Some(Ok(ArticleReplies { responses }))),
            (true, true) => Poll::Pending,
            (true, false) => Poll::Ready(this.end.take().map(Err)),
        }
    }
}

#[cfg(test)]
mod tests {
    use tonic::codegen::tokio_stream::{StreamExt as _, iter, pending};

    use super::super::proto::{self, Error, article_response};
    use super::*;

    fn response(tag: u64, bytes: usize) -> ArticleResponse {
        let error = Error {
            message: "x".repeat(bytes),
            ..Error::default()
        };
        ArticleResponse {
            tag,
            result: Some(article_response::Result::Error(error)),
        }
    }

    type Reply = Result<ArticleResponse, Status>;

    /// Reads all messages that are ready, and returns how many replies each has; `None` for a status.
    async fn sizes(replies: impl Stream<Item = Reply>) -> Vec<Option<usize>> {
        let mut batches = Box::pin(ReplyBatches::new(replies));
        let (mut sizes, mut next) = (Vec::new(), 0);
        let reading = async {
            while let Some(batch) = batches.next().await {
                let batch = batch.ok().map(|batch| batch.responses);
                for response in batch.iter().flatten() {
                    assert_eq!(response.tag, next);
                    next += 1;
                }
                sizes.push(batch.map(|responses| responses.len()));
            }
        };
        let patience = std::time::Duration::from_millis(50);
        let _ = tokio::time::timeout(patience, reading).await;
        sizes
    }

    /// A stream that is always ready; that of tokio is not after every 32 items.
    struct Ready<I>(I);

    impl<I: Iterator + Unpin> Stream for Ready<I> {
        type Item = I::Item;

        fn poll_next(mut self: Pin<&mut Self>, _: &mut Context<'_>) -> Poll<Option<I::Item>> {
            Poll::Ready(self.0.next())
        }
    }

    #[tokio::test]
    async fn a_message_has_the_replies_that_are_ready() {
        let replies = |count: u64, bytes: usize| {
            Ready((0..count).map(move |tag| Reply::Ok(response(tag, bytes))))
        };
        assert!(sizes(replies(0, 0)).await.is_empty());
        assert_eq!(sizes(replies(3, 9)).await, [Some(3)]);
        assert_eq!(sizes(replies(3, 9).chain(pending())).await, [Some(3)]);
        let many = [Some(256), Some(256), Some(88)];
        assert_eq!(sizes(replies(600, 9)).await, many);
        let long = [Some(3), Some(3), Some(1)];
        assert_eq!(sizes(replies(7, 100 << 10)).await, long);
        assert_eq!(sizes(replies(2, 1 << 20)).await, [Some(1), Some(1)]);
        let fails = || iter([Reply::Err(Status::internal("broken"))]);
        assert_eq!(sizes(fails()).await, [None]);
        assert_eq!(sizes(replies(2, 9).chain(fails())).await, [Some(2), None]);
    }

    #[test]
    fn the_requests_of_a_batch_are_taken_one_by_one() {
        let requests = (0..3).map(|tag| ArticleRequest {
            tag,
            collection: "x".repeat(100 * tag as usize),
            ..ArticleRequest::default()
        });
        let requests: Vec<ArticleRequest> = requests.collect();
        let batch = proto::ArticleBatch {
            requests: requests.clone(),
        };
        // Fields of a later version are passed over.
        let mut encoded = [&[0x10, 7][..], &batch.encode_to_vec(), &[0x1a, 1, 0]].concat();
        assert_eq!(requests_of(&encoded).ok(), Some(requests));
        encoded.truncate(encoded.len() - 10);
        assert!(requests_of(&encoded).is_err());
        assert!(requests_of(&[0x08, 1]).is_err(), "no message");
        assert!(requests_of(&[0xff; 20]).is_err());
    }
}
