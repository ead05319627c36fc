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
use std::time::Instant;

use tokio::sync::{mpsc, oneshot};
use tokio_util::sync::CancellationToken;
use tonic::Status;
use tonic::codegen::tokio_stream::{Stream, StreamExt as _, wrappers::ReceiverStream};
use tracing::Instrument as _;

use super::authorize::Caller;
use super::batches::Requests;
use super::budget::Charge;
use super::call::Call;
use super::peer::Peer;
use super::pool::{self, Pool, QueuedArticle, QueuedReply};
use super::proto::{ArticleRequest, ArticleResponse, article_response};
use super::requests;
use super::service::Service;
use super::status::Fault;

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
    call: &Call,
    requests: Requests,
    service: &Service,
) -> impl Stream<Item = Result<ArticleResponse, Status>> + Send + use<> {
    let (replies, pending) = mpsc::channel(service.limits.stream_articles);
    let (submissions, waiting) = mpsc::channel(operation.batch());
    let intake = Intake {
        caller,
        peer: Arc::clone(&call.peer),
        deadline: call.caller_deadline,
        replies,
        submissions,
    };
    // A token of its own, so that streams do not contend for one lock.
    let reading = intake.read(requests, service.draining.child_token());
    tokio::spawn(reading.in_current_span());
    tokio::spawn(hand_over(operation, waiting, service.pool.clone()).in_current_span());
    ReceiverStream::new(pending).then(reply)
}

/// Reads the requests of a stream.
struct Intake {
    caller: Caller,
    peer: Arc<Peer>,
    deadline: Option<Instant>,
    replies: mpsc::Sender<PendingReply>,
    submissions: mpsc::Sender<QueuedArticle>,
}

/// A reply to come.
enum PendingReply {
    /// The request with this tag was rejected before it reached the engine.
    Rejected(u64, Fault),
    /// The article with this tag is in the engine, or on its way there.
    Submitted(u64, oneshot::Receiver<QueuedReply>),
    /// The stream ends with this status.
    End(Status),
}

impl Intake {
    async fn read(mut self, mut requests: Requests, draining: CancellationToken) {
        let draining = draining.cancelled();
        tokio::pin!(draining);
        let fault = loop {
            let request = tokio::select! {
                biased;
                () = &mut draining => break Fault::stopping(),
                () = self.replies.closed() => return,
                request = self.next(&mut requests) => request,
            };
            match request {
                Ok(Some((request, charge))) => {
                    if let Err(fault) = self.caller.check() {
                        break fault;
                    }
                    self.caller.wait_for_turn().await;
                    match self.accept(request, charge).await {
                        Ok(Some(())) => {}
                        Ok(None) => return,
                        Err(fault) => break fault,
                    }
                }
                Ok(None) => return,
                Err(fault) => break fault,
            }
        };
        // The client may be gone.
        let _ = self.replies.send(PendingReply::End(fault.into())).await;
    }

    /// Waits for a request, as long as too many replies wait for the client.
    async fn next(
        &self,
        requests: &mut Requests,
    ) -> Result<Option<(ArticleRequest, Charge)>, Fault> {
        self.peer.replies.room().await;
        requests.next().await
    }

    /// Passes a request on. `None` if the client no longer takes replies.
    async fn accept(&self, request: ArticleRequest, charge: Charge) -> Result<Option<()>, Fault> {
        let (tag, scope) = (request.tag, requests::scope(&request));
        let article = match requests::article(&self.caller, request) {
            Ok(article) => article,
            Err(fault) => {
                let reply = PendingReply::Rejected(tag, fault);
                return Ok(self.replies.send(reply).await.ok());
            }
        };
        let (submission, outcome) =
            QueuedArticle::new(article, scope, self.deadline, charge, &self.peer);
        let reply = PendingReply::Submitted(tag, outcome);
        if self.replies.send(reply).await.is_err() {
            return Ok(None);
        }
        Ok(self.submissions.send(submission).await.ok())
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

async fn reply(pending: PendingReply) -> Result<ArticleResponse, Status> {
    let (tag, outcome) = match pending {
        PendingReply::Rejected(tag, fault) => (tag, Err(fault)),
        PendingReply::Submitted(tag, outcome) => (tag, pool::verdict(outcome).await),
        PendingReply::End(status) => return Err(status),
    };
    let result = match outcome {
        // From now on the encoded reply counts.
        Ok((verdict, _charge)) => article_response::Result::Verdict(verdict),
        Err(fault) => article_response::Result::Error(fault.into()),
    };
    Ok(ArticleResponse {
        tag,
        result: Some(result),
    })
}
