//! Articles in, verdicts out, over one stream: many in flight, the replies in the order of
//! requests.
//!
//! A task reads requests. Each gets its place in a queue of replies to come, then goes to a second
//! task, which hands whatever has gathered to the engine in one visit to the blocking pool: so a
//! busy stream pays for the hop to a thread once for many articles, and an idle one, of which there
//! may be thousands, keeps no thread. A refused article has its place in the same queue, already
//! answered. Whether articles are taken in or checked is a parameter.
//!
//! Back-pressure needs no code of its own: where the engine, the disk or the client is slow, a
//! queue or a budget is full, requests are not read, and HTTP/2 stops the client.

use std::marker::PhantomData;
use std::pin::Pin;
use std::sync::Arc;
use std::task::{Context, Poll, ready};

use prost::Message;
use tokio::sync::{Semaphore, mpsc, oneshot};
use tonic::codegen::tokio_stream::Stream;
use tonic::{Code, Status, Streaming};

use super::limits::Limits;
use super::phase::{Phase, Phases};
use super::pool::{Pool, Submission};
use super::proto::{
    self, CheckStreamRequest, CheckStreamResponse, IngestStreamRequest, IngestStreamResponse,
    check_stream_response, ingest_stream_response,
};
use super::requests;
use super::status::Fault;
use crate::engine::{self, Verdict};

/// A call that answers each article of a stream.
pub(super) trait Call: Send + Unpin + 'static {
    /// Carries an article.
    type Request: Message + Default + 'static;
    /// Carries what came of it.
    type Response: Send + 'static;
    /// Most articles handed in with one visit to the blocking pool.
    const BATCH: usize;

    /// The request's tag, collection and article.
    fn open(request: Self::Request) -> (u64, String, Option<proto::Article>);

    /// The response to the request with a tag.
    fn response(tag: u64, outcome: Result<Verdict, Fault>) -> Self::Response;

    /// Hands articles in; the replies come by themselves.
    fn hand_in(pool: &Pool, batch: Vec<Submission>) -> impl Future<Output = ()> + Send;
}

/// Takes articles in.
pub(super) struct Ingest;

impl Call for Ingest {
    type Request = IngestStreamRequest;
    type Response = IngestStreamResponse;
    const BATCH: usize = 64;

    fn open(request: Self::Request) -> (u64, String, Option<proto::Article>) {
        (request.tag, request.collection, request.article)
    }

    fn response(tag: u64, outcome: Result<Verdict, Fault>) -> Self::Response {
        use ingest_stream_response::Result;
        let result = match outcome {
            Ok(verdict) => Result::Verdict(verdict.into()),
            Err(fault) => Result::Error(fault.into()),
        };
        IngestStreamResponse {
            tag,
            result: Some(result),
        }
    }

    async fn hand_in(pool: &Pool, batch: Vec<Submission>) {
        pool.submit(batch).await;
    }
}

/// Checks articles.
pub(super) struct Check;

impl Call for Check {
    type Request = CheckStreamRequest;
    type Response = CheckStreamResponse;
    /// Few, for a thread works them off one by one.
    const BATCH: usize = 8;

    fn open(request: Self::Request) -> (u64, String, Option<proto::Article>) {
        (request.tag, request.collection, request.article)
    }

    fn response(tag: u64, outcome: Result<Verdict, Fault>) -> Self::Response {
        use check_stream_response::Result;
        let result = match outcome {
            Ok(verdict) => Result::Verdict(verdict.into()),
            Err(fault) => Result::Error(fault.into()),
        };
        CheckStreamResponse {
            tag,
            result: Some(result),
        }
    }

    async fn hand_in(pool: &Pool, batch: Vec<Submission>) {
        pool.check(batch).await;
    }
}

/// Starts to answer articles. The tasks end with the requests, with the client, or with the drain.
pub(super) fn start<C: Call>(
    requests: Streaming<C::Request>,
    pool: &Pool,
    phases: &Phases,
    limits: &Limits,
) -> Replies<C> {
    let (places, pending) = mpsc::channel(limits.stream_articles);
    let (submissions, gathered) = mpsc::channel(C::BATCH);
    let bytes = Arc::new(Semaphore::new(limits.stream_bytes));
    let intake = Intake {
        pool: pool.clone(),
        bytes,
        places,
        submissions,
    };
    tokio::spawn(intake.read::<C>(requests, phases.clone()));
    tokio::spawn(hand_in::<C>(gathered, pool.clone()));
    Replies {
        pending,
        first: None,
        call: PhantomData,
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
    async fn read<C: Call>(self, mut requests: Streaming<C::Request>, phases: Phases) {
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
                    if let Err(Gone) = self.take_in::<C>(request).await {
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

    async fn take_in<C: Call>(&self, request: C::Request) -> Result<(), Gone> {
        let held = self.pool.admit_of(&self.bytes, &request).await;
        let (tag, collection, article) = C::open(request);
        let article = match requests::article(&collection, article) {
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

async fn hand_in<C: Call>(mut gathered: mpsc::Receiver<Submission>, pool: Pool) {
    loop {
        let mut batch = Vec::with_capacity(C::BATCH);
        if gathered.recv_many(&mut batch, C::BATCH).await == 0 {
            return;
        }
        C::hand_in(&pool, batch).await;
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
pub(super) struct Replies<C> {
    pending: mpsc::Receiver<Pending>,
    /// Taken from the queue and waited for.
    first: Option<Pending>,
    call: PhantomData<C>,
}

impl<C: Call> Stream for Replies<C> {
    type Item = Result<C::Response, Status>;

    fn poll_next(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<Option<Self::Item>> {
        let first = match self.first.take() {
            Some(first) => Some(first),
            None => ready!(self.pending.poll_recv(context)),
        };
        match first {
            None => Poll::Ready(None),
            Some(Pending::End(status)) => Poll::Ready(Some(Err(status))),
            Some(Pending::Refused(tag, fault)) => {
                Poll::Ready(Some(Ok(C::response(tag, Err(fault)))))
            }
            Some(Pending::Submitted(tag, mut outcome)) => {
                let Poll::Ready(outcome) = Pin::new(&mut outcome).poll(context) else {
                    self.first = Some(Pending::Submitted(tag, outcome));
                    return Poll::Pending;
                };
                let outcome = match outcome {
                    Ok(outcome) => outcome.map_err(Fault::from),
                    Err(_) => Err(Fault::unanswered()),
                };
                Poll::Ready(Some(Ok(C::response(tag, outcome))))
            }
        }
    }
}
