//! Answers each article of a stream with its verdict, in the order of the requests.
//!
//! One task reads the requests. For each it puts the reply to come into a queue, then passes the
//! article to a second task, which hands everything that is waiting to the engine in one visit to
//! the blocking pool. A busy stream therefore pays for the switch of threads once for many articles,
//! and an idle stream, of which there may be thousands, occupies no thread. A rejected article goes
//! into the same queue, already answered.
//!
//! Back-pressure needs no code of its own: when the engine, the disk or the client is slow, a queue
//! or a byte budget is full, requests are not read, and HTTP/2 flow control stops the client.

use std::sync::Arc;

use tokio::sync::{Semaphore, mpsc, oneshot};
use tokio_util::sync::CancellationToken;
use tonic::codegen::tokio_stream::{StreamExt as _, wrappers::ReceiverStream};
use tonic::{Status, Streaming};

use super::authorize::Caller;
use super::pool::{self, Pool, QueuedArticle};
use super::proto::{ArticleRequest, ArticleResponse, article_response};
use super::requests;
use super::service::{ReplyStream, Service};
use super::status::Fault;
use crate::engine::{self, Verdict};

/// What is done with the articles of a stream.
#[derive(Debug, Clone, Copy)]
pub(super) enum Operation {
    /// They are stored.
    Ingest,
    /// They are checked.
    Check,
}

impl Operation {
    /// Returns how many articles are at most handed over with one visit to the blocking pool.
    fn batch(self) -> usize {
        match self {
            Self::Ingest => 64,
            // Few, because one thread checks them one after another.
            Self::Check => 8,
        }
    }
}

/// Starts answering a stream. The tasks end with the requests, with the client, or with the drain.
pub(super) fn start(
    operation: Operation,
    caller: Caller,
    requests: Streaming<ArticleRequest>,
    service: &Service,
) -> ReplyStream<ArticleResponse> {
    let (replies, pending) = mpsc::channel(service.limits.stream_articles);
    let (submissions, waiting) = mpsc::channel(operation.batch());
    let intake = Intake {
        caller,
        pool: service.pool.clone(),
        bytes: Arc::new(Semaphore::new(service.limits.stream_bytes)),
        replies,
        submissions,
    };
    // A token of its own, so that streams do not contend for one lock.
    tokio::spawn(intake.read(requests, service.draining.child_token()));
    tokio::spawn(hand_over(operation, waiting, service.pool.clone()));
    Box::pin(ReceiverStream::new(pending).then(reply))
}

/// Reads the requests of a stream.
struct Intake {
    caller: Caller,
    pool: Pool,
    bytes: Arc<Semaphore>,
    replies: mpsc::Sender<QueuedReply>,
    submissions: mpsc::Sender<QueuedArticle>,
}

/// A reply to come.
enum QueuedReply {
    /// The request with this tag was rejected before it reached the engine.
    Rejected(u64, Fault),
    /// The article with this tag is in the engine, or on its way there.
    Submitted(u64, oneshot::Receiver<engine::Result<Verdict>>),
    /// The stream ends with this status.
    End(Status),
}

impl Intake {
    async fn read(mut self, mut requests: Streaming<ArticleRequest>, draining: CancellationToken) {
        let draining = draining.cancelled();
        tokio::pin!(draining);
        let status = loop {
            let request = tokio::select! {
                biased;
                () = &mut draining => break Fault::stopping().into(),
                request = requests.message() => request,
            };
            match request {
                Ok(Some(request)) => {
                    if let Err(fault) = self.caller.check() {
                        break fault.into();
                    }
                    self.caller.wait_for_turn().await;
                    if self.accept(request).await.is_none() {
                        return;
                    }
                }
                Ok(None) => return,
                Err(status) => break status,
            }
        };
        let _ = self.replies.send(QueuedReply::End(status)).await; // the client may be gone
    }

    /// Passes a request on. `None` if the client no longer takes replies.
    async fn accept(&self, request: ArticleRequest) -> Option<()> {
        let in_flight = self.pool.admit_from(&self.bytes, &request).await;
        let (tag, include_quotations) = (request.tag, request.include_quotations);
        let article = match requests::article(&self.caller, request) {
            Ok(article) => article,
            Err(fault) => {
                let reply = QueuedReply::Rejected(tag, fault);
                return self.replies.send(reply).await.ok();
            }
        };
        let (submission, outcome) = QueuedArticle::new(article, include_quotations, in_flight);
        let reply = QueuedReply::Submitted(tag, outcome);
        self.replies.send(reply).await.ok()?;
        self.submissions.send(submission).await.ok()
    }
}

async fn hand_over(operation: Operation, mut waiting: mpsc::Receiver<QueuedArticle>, pool: Pool) {
    loop {
        let mut batch = Vec::with_capacity(operation.batch());
        if waiting.recv_many(&mut batch, operation.batch()).await == 0 {
            return;
        }
        match operation {
            Operation::Ingest => pool.submit(batch).await,
            Operation::Check => pool.check(batch).await,
        }
    }
}

async fn reply(pending: QueuedReply) -> Result<ArticleResponse, Status> {
    let (tag, outcome) = match pending {
        QueuedReply::Rejected(tag, fault) => (tag, Err(fault)),
        QueuedReply::Submitted(tag, outcome) => (tag, pool::verdict(outcome).await),
        QueuedReply::End(status) => return Err(status),
    };
    let result = match outcome {
        Ok(verdict) => article_response::Result::Verdict(verdict.into()),
        Err(fault) => article_response::Result::Error(fault.into()),
    };
    Ok(ArticleResponse {
        tag,
        result: Some(result),
    })
}
