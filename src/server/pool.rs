//! Takes calls to the engine off the async threads, and bounds how much is in hand.

use std::sync::Arc;

use prost::Message;
use tokio::sync::{OwnedSemaphorePermit, Semaphore, oneshot};
use tokio::task::spawn_blocking;
use tonic::Request;

use super::limits::Limits;
use super::status::Fault;
use crate::engine::{self, Article, Engine, Verdict};

/// The engine behind its bounds.
#[derive(Clone)]
pub(super) struct Pool {
    engine: Arc<Engine>,
    calls: Arc<Semaphore>,
    /// Apart from `calls`: submissions wait for the disk when it is slow, and reads shall go on.
    submissions: Arc<Semaphore>,
    bytes: Arc<Semaphore>,
}

/// Bytes of a request that is in hand; given back when dropped.
#[derive(Debug)]
pub(super) struct Held {
    _permits: [Option<OwnedSemaphorePermit>; 2],
}

impl Held {
    /// Of a request too small to count.
    pub(super) fn nothing() -> Self {
        Self {
            _permits: [None, None],
        }
    }
}

/// An article on its way into the engine.
pub(super) struct Submission {
    pub(super) article: Article,
    pub(super) held: Held,
    pub(super) reply: oneshot::Sender<engine::Result<Verdict>>,
}

impl Submission {
    fn check(self, engine: &Engine) {
        let _in_hand = self.held;
        // Whoever has gone asks no more.
        if !self.reply.is_closed() {
            let _ = self.reply.send(engine.check(self.article));
        }
    }

    fn hand_in(self, engine: &Engine) {
        let Self {
            article,
            held,
            reply,
        } = self;
        let reply = move |outcome| {
            drop(held);
            // The client may be gone; the article is in all the same.
            let _ = reply.send(outcome);
        };
        engine.submit(article, Box::new(reply));
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

    /// Cursor of the latest change.
    pub(super) fn head(&self) -> u64 {
        self.engine.head()
    }

    /// Admits a request, or refuses it where too much is in hand.
    pub(super) fn admit<M: Message>(&self, request: Request<M>) -> Result<(M, Held), Fault> {
        let request = request.into_inner();
        let permit = Arc::clone(&self.bytes)
            .try_acquire_many_owned(permits(request.encoded_len()))
            .map_err(|_| Fault::busy())?;
        Ok((
            request,
            Held {
                _permits: [Some(permit), None],
            },
        ))
    }

    /// Admits a message of a stream; waits while too much is in hand, of this stream or of all.
    pub(super) async fn admit_of(&self, stream: &Arc<Semaphore>, message: &impl Message) -> Held {
        let bytes = permits(message.encoded_len());
        // None would mean a closed semaphore; these are never closed.
        let of_stream = Arc::clone(stream).acquire_many_owned(bytes).await.ok();
        let of_all = Arc::clone(&self.bytes).acquire_many_owned(bytes).await.ok();
        Held {
            _permits: [of_stream, of_all],
        }
    }

    /// Calls the engine. Where the caller is gone meanwhile the call is carried out all the same.
    pub(super) async fn call<T: Send + 'static>(
        &self,
        held: Held,
        work: impl FnOnce(&Engine) -> engine::Result<T> + Send + 'static,
    ) -> Result<T, Fault> {
        let permit = Arc::clone(&self.calls).acquire_owned().await;
        let engine = Arc::clone(&self.engine);
        let work = move || {
            let _in_hand = (held, permit);
            work(&engine)
        };
        let outcome = spawn_blocking(work)
            .await
            .map_err(|_| Fault::unanswered())?;
        outcome.map_err(Fault::from)
    }

    /// Hands an article in, and waits until it is durable; no thread waits with it.
    pub(super) async fn ingest(&self, held: Held, article: Article) -> Result<Verdict, Fault> {
        let (reply, outcome) = oneshot::channel();
        self.submit(vec![Submission {
            article,
            held,
            reply,
        }])
        .await;
        let outcome = outcome.await.map_err(|_| Fault::unanswered())?;
        outcome.map_err(Fault::from)
    }

    /// Hands articles in, in their order. Returns when they are handed in: each reply comes by
    /// itself.
    pub(super) async fn submit(&self, submissions: Vec<Submission>) {
        let permit = Arc::clone(&self.submissions).acquire_owned().await;
        let engine = Arc::clone(&self.engine);
        let work = move || {
            let _in_hand = permit;
            for submission in submissions {
                submission.hand_in(&engine);
            }
        };
        // A panic in there drops the replies, and so is seen by those who wait for them.
        let _ = spawn_blocking(work).await;
    }

    /// Checks articles, one after another. Returns when that has begun: so as many go on side by side
    /// as calls may be in the engine.
    pub(super) async fn check(&self, articles: Vec<Submission>) {
        let permit = Arc::clone(&self.calls).acquire_owned().await;
        let engine = Arc::clone(&self.engine);
        spawn_blocking(move || {
            let _in_hand = permit;
            articles
                .into_iter()
                .for_each(|article| article.check(&engine));
        });
    }
}

/// Messages are bounded by `Limits::message_bytes`, which is far below `u32::MAX`.
fn permits(bytes: usize) -> u32 {
    u32::try_from(bytes).unwrap_or(u32::MAX)
}

#[cfg(test)]
mod tests {
    use tonic::{Code, Status};

    use super::*;
    use crate::server::proto::{Article, CheckRequest};
    use crate::store::Memory;

    #[test]
    fn what_is_in_hand_is_bounded() {
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
            Request::new(CheckRequest {
                article: Some(article),
                ..CheckRequest::default()
            })
        };
        let (_, held) = pool.admit(request()).expect("the first has room");
        let refused = Status::from(pool.admit(request()).expect_err("the second has none"));
        assert_eq!(refused.code(), Code::ResourceExhausted);
        assert!(!refused.details().is_empty(), "no hint when to try again");
        drop(held);
        assert!(pool.admit(request()).is_ok());
    }
}
