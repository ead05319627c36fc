//! Articles in, verdicts out, over one stream: many in flight, the replies in the order of
//! requests.
//!
//! A task reads requests. Each gets its place in a queue of replies to come, then goes to a second
//! task, which hands whatever has gathered to the engine in one visit to the blocking pool: so a
//! busy stream pays for the hop to a thread once for many articles, and an idle one, of which there
//! may be thousands, keeps no thread. A refused article has its place in the same queue, already
//! answered.
//!
//! Back-pressure needs no code of its own: where the engine, the disk or the client is slow, a
//! queue or a budget is full, requests are not read, and HTTP/2 stops the client.

use std::pin::Pin;
use std::sync::Arc;
use std::task::{Context, Poll, ready};

use tokio::sync::{Semaphore, mpsc, oneshot};
use tonic::codegen::tokio_stream::Stream;
use tonic::{Code, Status, Streaming};

use super::limits::Limits;
use super::phase::{Phase, Phases};
use super::pool::{Pool, Submission};
use super::proto::ingest_stream_response::Result as Outcome;
use super::proto::{IngestStreamRequest, IngestStreamResponse};
use super::requests;
use super::status::Fault;
use crate::engine::{self, Verdict};

/// Most articles handed in with one visit to the blocking pool.
const BATCH: usize = 64;

/// Starts to take articles in. The tasks end with the requests, with the client, or with the drain.
pub(super) fn start(
    requests: Streaming<IngestStreamRequest>,
    pool: &Pool,
    phases: &Phases,
    limits: &Limits,
) -> Replies {
    let (places, pending) = mpsc::channel(limits.ingest_stream_articles);
    let (submissions, gathered) = mpsc::channel(BATCH);
    let bytes = Arc::new(Semaphore::new(limits.ingest_stream_bytes));
    let intake = Intake {
        pool: pool.clone(),
        bytes,
        places,
        submissions,
    };
    tokio::spawn(intake.read(requests, phases.clone()));
    tokio::spawn(submit(gathered, pool.clone()));
    Replies {
        pending,
        first: None,
    }
}

struct Intake {
    pool: Pool,
    bytes: Arc<Semaphore>,
    places: mpsc::Sender<Pending>,
    submissions: mpsc::Sender<Submission>,
}

/// The client takes no more replies.
struct Gone;

impl Intake {
    async fn read(self, mut requests: Streaming<IngestStreamRequest>, phases: Phases) {
        let draining = phases.reached(Phase::Draining);
        tokio::pin!(draining);
        let end = loop {
            let request = tokio::select! {
                biased;
                () = &mut draining => break Some(Fault::stopping().into()),
                request = requests.message() => request,
            };
            match request {
                Ok(Some(request)) => {
                    if let Err(Gone) = self.take_in(request).await {
                        return;
                    }
                }
                Ok(None) => break None,
                Err(status) => break Some(as_promised(status)),
            }
        };
        if let Some(status) = end {
            // Where it fails the client is gone.
            let _ = self.places.send(Pending::End(status)).await;
        }
    }

    async fn take_in(&self, request: IngestStreamRequest) -> Result<(), Gone> {
        let held = self.pool.admit_of(&self.bytes, &request).await;
        let tag = request.tag;
        let article = match requests::article(&request.collection, request.article) {
            Ok(article) => article,
            Err(fault) => return self.give_place(Pending::Refused(tag, fault)).await,
        };
        let (reply, outcome) = oneshot::channel();
        self.give_place(Pending::Submitted(tag, outcome)).await?;
        self.submissions
            .send(Submission {
                article,
                held,
                reply,
            })
            .await
            .map_err(|_| Gone)
    }

    async fn give_place(&self, pending: Pending) -> Result<(), Gone> {
        self.places.send(pending).await.map_err(|_| Gone)
    }
}

/// tonic calls a message that is too large OUT_OF_RANGE; the proto, like other servers, calls it
/// RESOURCE_EXHAUSTED.
fn as_promised(status: Status) -> Status {
    if status.code() == Code::OutOfRange {
        Status::resource_exhausted(status.message())
    } else {
        status
    }
}

async fn submit(mut gathered: mpsc::Receiver<Submission>, pool: Pool) {
    loop {
        let mut batch = Vec::with_capacity(BATCH);
        if gathered.recv_many(&mut batch, BATCH).await == 0 {
            return;
        }
        pool.submit(batch).await;
    }
}

/// A reply to come.
enum Pending {
    /// Answered before it reached the engine.
    Refused(u64, Fault),
    /// In the engine, or on its way there.
    Submitted(u64, oneshot::Receiver<engine::Result<Verdict>>),
    /// Nothing comes after this.
    End(Status),
}

/// The replies of a stream, in the order of its requests.
pub(super) struct Replies {
    pending: mpsc::Receiver<Pending>,
    /// Taken from the queue and waited for.
    first: Option<Pending>,
}

impl Stream for Replies {
    type Item = Result<IngestStreamResponse, Status>;

    fn poll_next(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<Option<Self::Item>> {
        let first = match self.first.take() {
            Some(first) => Some(first),
            None => ready!(self.pending.poll_recv(context)),
        };
        match first {
            None => Poll::Ready(None),
            Some(Pending::End(status)) => Poll::Ready(Some(Err(status))),
            Some(Pending::Refused(tag, fault)) => Poll::Ready(Some(Ok(refusal(tag, fault)))),
            Some(Pending::Submitted(tag, mut outcome)) => {
                let Poll::Ready(outcome) = Pin::new(&mut outcome).poll(context) else {
                    self.first = Some(Pending::Submitted(tag, outcome));
                    return Poll::Pending;
                };
                let reply = match outcome {
                    Ok(Ok(verdict)) => {
                        let result = Some(Outcome::Verdict(verdict.into()));
                        IngestStreamResponse { tag, result }
                    }
                    Ok(Err(error)) => refusal(tag, error.into()),
                    Err(_) => refusal(tag, Fault::unanswered()),
                };
                Poll::Ready(Some(Ok(reply)))
            }
        }
    }
}

fn refusal(tag: u64, fault: Fault) -> IngestStreamResponse {
    IngestStreamResponse {
        tag,
        result: Some(Outcome::Error(fault.into())),
    }
}
