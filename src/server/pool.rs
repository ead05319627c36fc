//! Runs engine calls on the blocking pool, and bounds how many requests are in flight.

use std::sync::Arc;

use prost::Message;
use tokio::sync::{OwnedSemaphorePermit, Semaphore, oneshot};
use tokio::task::spawn_blocking;
use tonic::Request;

use super::limits::Limits;
use super::status::Fault;
use crate::engine::{self, Article, Engine, Verdict};

/// The engine behind its limits.
#[derive(Clone)]
pub(super) struct Pool {
    engine: Arc<Engine>,
    calls: Arc<Semaphore>,
    /// Separate from `calls`: submissions wait for a slow disk, and reads must not wait with them.
    submissions: Arc<Semaphore>,
    bytes: Arc<Semaphore>,
}

/// The bytes that a request takes up while it is in flight; released on drop.
pub(super) type InFlight = [Option<OwnedSemaphorePermit>; 2];

/// An article on its way into the engine.
pub(super) struct QueuedArticle {
    article: Article,
    include_quotations: bool,
    in_flight: InFlight,
    reply: oneshot::Sender<engine::Result<Verdict>>,
}

impl QueuedArticle {
    /// Returns the submission, and the receiver of its outcome.
    pub(super) fn new(
        article: Article,
        include_quotations: bool,
        in_flight: InFlight,
    ) -> (Self, oneshot::Receiver<engine::Result<Verdict>>) {
        let (reply, outcome) = oneshot::channel();
        let submission = Self {
            article,
            include_quotations,
            in_flight,
            reply,
        };
        (submission, outcome)
    }
}

impl Pool {
    pub(super) fn new(engine: Arc<Engine>, limits: &Limits) -> Self {
        Self {
            engine,
            calls: Arc::new(Semaphore::new(limits.calls)),
            submissions: Arc::new(Semaphore::new(limits.calls)),
            bytes: Arc::new(Semaphore::new(limits.in_flight_bytes)),
        }
    }

    /// Returns the cursor of the latest change.
    pub(super) fn head(&self) -> u64 {
        self.engine.head()
    }

    /// Admits a request, or rejects it if too many bytes are in flight.
    pub(super) fn admit<M: Message>(&self, request: Request<M>) -> Result<(M, InFlight), Fault> {
        let request = request.into_inner();
        let permit = Arc::clone(&self.bytes)
            .try_acquire_many_owned(permits(&request))
            .map_err(|_| Fault::busy())?;
        Ok((request, [Some(permit), None]))
    }

    /// Admits a message of a stream; waits while too many bytes are in flight, of the stream or in
    /// all.
    pub(super) async fn admit_from(
        &self,
        stream: &Arc<Semaphore>,
        message: &impl Message,
    ) -> InFlight {
        let bytes = permits(message);
        // `None` would mean a closed semaphore; these are never closed.
        let of_stream = Arc::clone(stream).acquire_many_owned(bytes).await.ok();
        let of_all = Arc::clone(&self.bytes).acquire_many_owned(bytes).await.ok();
        [of_stream, of_all]
    }

    /// Calls the engine. The call is carried out even if the caller disconnects meanwhile.
    pub(super) async fn call<T: Send + 'static>(
        &self,
        in_flight: InFlight,
        work: impl FnOnce(&Engine) -> engine::Result<T> + Send + 'static,
    ) -> Result<T, Fault> {
        let permit = Arc::clone(&self.calls).acquire_owned().await;
        let engine = Arc::clone(&self.engine);
        let work = move || {
            let _held = (in_flight, permit);
            work(&engine)
        };
        let outcome = spawn_blocking(work).await;
        Ok(outcome.map_err(|_| Fault::unanswered())??)
    }

    /// Submits articles in order. Returns once the engine has them; each is answered on its own.
    pub(super) async fn submit(&self, submissions: Vec<QueuedArticle>) {
        let permit = Arc::clone(&self.submissions).acquire_owned().await;
        let engine = Arc::clone(&self.engine);
        let work = move || {
            let _held = permit;
            for submission in submissions {
                let (in_flight, reply) = (submission.in_flight, submission.reply);
                let reply = move |outcome| {
                    drop(in_flight);
                    let _ = reply.send(outcome); // the client may have disconnected
                };
                engine.submit(submission.article, Box::new(reply));
            }
        };
        // A panic in there drops the senders of the replies, which their receivers notice.
        let _ = spawn_blocking(work).await;
    }

    /// Checks articles one after another. Returns once that has begun, so that batches run in
    /// parallel, as many as calls may be in the engine.
    pub(super) async fn check(&self, submissions: Vec<QueuedArticle>) {
        let permit = Arc::clone(&self.calls).acquire_owned().await;
        let engine = Arc::clone(&self.engine);
        spawn_blocking(move || {
            let _held = permit;
            for submission in submissions {
                // A client that has disconnected needs no answer.
                if !submission.reply.is_closed() {
                    let verdict = engine.check(submission.article, submission.include_quotations);
                    let _ = submission.reply.send(verdict);
                }
            }
        });
    }
}

/// Waits for the outcome of a submission.
pub(super) async fn verdict(
    outcome: oneshot::Receiver<engine::Result<Verdict>>,
) -> Result<Verdict, Fault> {
    Ok(outcome.await.map_err(|_| Fault::unanswered())??)
}

/// Messages are bounded by `Limits::message_bytes`, which is far below `u32::MAX`.
fn permits(message: &impl Message) -> u32 {
    u32::try_from(message.encoded_len()).unwrap_or(u32::MAX)
}

#[cfg(test)]
mod tests {
    use tonic::{Code, Status};

    use super::*;
    use crate::server::proto::{Article, ArticleRequest};
    use crate::store::Memory;

    #[test]
    fn bytes_in_flight_are_bounded() {
        let engine = Engine::open(Arc::new(Memory::default()), engine::Params::default()).unwrap();
        let limits = Limits {
            message_bytes: 2000,
            in_flight_bytes: 2000,
            ..Limits::default()
        };
        let pool = Pool::new(Arc::new(engine), &limits);
        let request = || {
            let article = Article {
                title: "x".repeat(1000),
                ..Article::default()
            };
            Request::new(ArticleRequest {
                article: Some(article),
                ..ArticleRequest::default()
            })
        };
        let (_, in_flight) = pool.admit(request()).expect("the first has room");
        let refused = Status::from(pool.admit(request()).expect_err("the second has none"));
        assert_eq!(refused.code(), Code::ResourceExhausted);
        assert!(!refused.details().is_empty(), "no hint when to try again");
        drop(in_flight);
        assert!(pool.admit(request()).is_ok());
    }
}
