//! Runs engine calls on the blocking pool, and bounds how many run at once.

use std::sync::Arc;
use std::time::Instant;

use prost::Message as _;
use tokio::sync::{Semaphore, oneshot};
use tokio::task::spawn_blocking;
use tracing::Span;

use super::budget::{Charge, ConnectionBytes};
use super::limits::Limits;
use super::peer::Peer;
use super::proto;
use super::status::Fault;
use crate::engine::{self, Article, Engine, VerdictScope};

/// The engine behind its limits.
#[derive(Clone)]
pub(super) struct Pool {
    engine: Arc<Engine>,
    calls: Arc<Semaphore>,
    /// Separate from `calls`: submissions wait for a slow disk, and reads must not wait with them.
    submissions: Arc<Semaphore>,
    /// The places of each.
    limit: usize,
}

/// The outcome of a submission, and what it holds of the replies.
pub(super) struct QueuedReply {
    outcome: engine::Result<proto::Verdict>,
    charge: Charge,
}

/// An article on its way into the engine.
pub(super) struct QueuedArticle {
    article: Article,
    scope: VerdictScope,
    /// When its caller no longer waits for it.
    deadline: Option<Instant>,
    /// What its request holds.
    charge: Charge,
    /// What its reply will be counted with.
    replies: Arc<ConnectionBytes>,
    reply: oneshot::Sender<QueuedReply>,
}

impl QueuedArticle {
    /// Returns the submission, and the receiver of its outcome.
    pub(super) fn new(
        article: Article,
        scope: VerdictScope,
        deadline: Option<Instant>,
        charge: Charge,
        peer: &Peer,
    ) -> (Self, oneshot::Receiver<QueuedReply>) {
        let (reply, outcome) = oneshot::channel();
        let submission = Self {
            article,
            scope,
            deadline,
            charge,
            replies: Arc::clone(&peer.replies),
            reply,
        };
        (submission, outcome)
    }
}

/// Replies to a submission. The reply counts from now on, whether there is room or not.
fn answer(
    reply: oneshot::Sender<QueuedReply>,
    replies: &Arc<ConnectionBytes>,
    outcome: engine::Result<engine::Verdict>,
) {
    let outcome = outcome.map(proto::Verdict::from);
    let bytes = outcome.as_ref().map_or(0, proto::Verdict::encoded_len);
    let charge = replies.charge(bytes);
    // The client may have disconnected.
    let _ = reply.send(QueuedReply { outcome, charge });
}

impl Pool {
    pub(super) fn new(engine: Arc<Engine>, limits: &Limits) -> Self {
        Self {
            engine,
            calls: Arc::new(Semaphore::new(limits.calls)),
            submissions: Arc::new(Semaphore::new(limits.calls)),
            limit: limits.calls,
        }
    }

    /// Returns how many calls, and how many batches of submissions, are in the engine.
    pub(super) fn running(&self) -> (usize, usize) {
        let running = |places: &Semaphore| self.limit.saturating_sub(places.available_permits());
        (running(&self.calls), running(&self.submissions))
    }

    /// Returns the cursor of the latest change.
    pub(super) fn head(&self) -> u64 {
        self.engine.head()
    }

    /// Calls the engine, once the connection may run another call. The call is carried out even if the
    /// caller disconnects meanwhile.
    pub(super) async fn call<T: Send + 'static>(
        &self,
        peer: &Peer,
        charge: Charge,
        work: impl FnOnce(&Engine) -> Result<T, Fault> + Send + 'static,
    ) -> Result<T, Fault> {
        let of_peer = Arc::clone(&peer.calls).acquire_owned().await;
        let permit = Arc::clone(&self.calls).acquire_owned().await;
        let engine = Arc::clone(&self.engine);
        let span = Span::current(); // of the request, for what is logged in there
        let work = move || {
            let _held = (charge, of_peer, permit);
            span.in_scope(|| work(&engine))
        };
        let outcome = spawn_blocking(work).await;
        outcome.map_err(|_| Fault::unanswered())?
    }

    /// Submits articles in order. Returns once the engine has them; each is answered on its own. One whose
    /// deadline has passed before its turn is not stored.
    pub(super) async fn submit(&self, submissions: Vec<QueuedArticle>) {
        let permit = Arc::clone(&self.submissions).acquire_owned().await;
        let engine = Arc::clone(&self.engine);
        let work = move || {
            let _held = permit;
            for submission in submissions {
                let QueuedArticle {
                    article,
                    scope,
                    deadline,
                    charge,
                    replies,
                    reply,
                } = submission;
                let answered = move |outcome| {
                    drop(charge);
                    answer(reply, &replies, outcome);
                };
                let is_awaited = move || is_awaited(deadline);
                engine.submit_while(article, scope, Box::new(is_awaited), Box::new(answered));
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
                if submission.reply.is_closed() {
                    continue;
                }
                let outcome = match is_awaited(submission.deadline) {
                    true => engine.check(submission.article, submission.scope),
                    false => Err(engine::Error::Expired),
                };
                drop(submission.charge);
                answer(submission.reply, &submission.replies, outcome);
            }
        });
    }
}

fn is_awaited(deadline: Option<Instant>) -> bool {
    deadline.is_none_or(|deadline| Instant::now() < deadline)
}

/// Waits for the outcome of a submission, and what it holds.
pub(super) async fn verdict(
    outcome: oneshot::Receiver<QueuedReply>,
) -> Result<(proto::Verdict, Charge), Fault> {
    let reply = outcome.await.map_err(|_| Fault::unanswered())?;
    Ok((reply.outcome?, reply.charge))
}
