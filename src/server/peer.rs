//! The connections, and what each of them makes the server hold.
//!
//! A connection whose client takes no reply for a while is closed: HTTP/2 has no way to take back what
//! waits for a client, and would hold it for ever.

use std::net::SocketAddr;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError, Weak};
use std::time::Duration;

use tokio::sync::Semaphore;
use tokio::time::sleep;
use tokio_util::sync::CancellationToken;
use tracing::warn;

use super::budget::{Budget, ConnectionBytes};
use super::limits::Limits;
use super::repeated::RepeatedLine;

/// The longest pause between two looks at the connections.
const LOOK: Duration = Duration::from_secs(1);

/// The most pages of lists that are made at once for one connection.
const PAGES: usize = 2;

/// One connection.
pub(super) struct Peer {
    /// Where it comes from, if that is known.
    pub(super) address: Option<SocketAddr>,
    /// The bytes of its requests that are not answered.
    pub(super) requests: Arc<ConnectionBytes>,
    /// The bytes of replies that it has not taken.
    pub(super) replies: Arc<ConnectionBytes>,
    /// The calls that it may run at once, so that one client does not occupy the engine.
    pub(super) calls: Arc<Semaphore>,
    /// The pages of lists that it may have made at once.
    pub(super) pages: Arc<Semaphore>,
    /// Cancelled when requests that are still incomplete are no longer waited for.
    pub(super) ends: CancellationToken,
    /// Cancelled when the connection is to be closed.
    pub(super) closed: CancellationToken,
    /// The requests of HTTP/1.1 that have begun and ended; HTTP/2 counts its own.
    begun: AtomicU64,
    ended: AtomicU64,
    /// Whether the call of such a request waits for more of its body.
    awaits_body: AtomicBool,
}

/// A request of HTTP/1.1, until its response has been taken.
pub(super) struct HttpExchange(Arc<Peer>);

impl HttpExchange {
    /// Begins one, whose head has come.
    pub(super) fn begin(peer: &Arc<Peer>) -> Self {
        peer.begun.fetch_add(1, Ordering::Relaxed);
        Self(Arc::clone(peer))
    }
}

impl Drop for HttpExchange {
    fn drop(&mut self) {
        self.0.ended.fetch_add(1, Ordering::Relaxed);
    }
}

impl Peer {
    /// Returns how many requests of HTTP/1.1 have begun.
    pub(super) fn exchanges(&self) -> u64 {
        self.begun.load(Ordering::Relaxed)
    }

    /// Returns whether the head of a request of HTTP/1.1 is waited for.
    pub(super) fn awaits_head(&self) -> bool {
        self.ended.load(Ordering::Relaxed) == self.exchanges()
    }

    /// Returns whether the call of a request of HTTP/1.1 waits for more of its body.
    pub(super) fn awaits_body(&self) -> bool {
        self.awaits_body.load(Ordering::Relaxed)
    }

    /// Notes whether it does.
    pub(super) fn set_awaits_body(&self, awaits: bool) {
        self.awaits_body.store(awaits, Ordering::Relaxed);
    }

    /// Returns whether replies wait for the client, and it has taken nothing of them for a time.
    fn is_unread_for(&self, time: Duration) -> bool {
        self.replies.used() > 0 && self.replies.quiet_for() >= time
    }

    /// Returns whether the server has nothing to do for the client, and the client has taken nothing for a
    /// time.
    fn is_idle_for(&self, time: Duration) -> bool {
        self.requests.used() == 0 && self.replies.quiet_for() >= time
    }
}

/// All connections.
pub(super) struct Peers {
    limits: Limits,
    requests: Arc<Budget>,
    replies: Arc<Budget>,
    stopped: CancellationToken,
    /// Cancelled when a drain no longer waits for requests that are incomplete.
    ends: CancellationToken,
    open: Mutex<Vec<Weak<Peer>>>,
}

impl Peers {
    /// `stopped` closes all connections when it is cancelled.
    pub(super) fn new(limits: Limits, stopped: CancellationToken) -> Arc<Self> {
        Arc::new(Self {
            limits,
            requests: Budget::new(limits.in_flight_bytes),
            replies: Budget::new(limits.reply_bytes),
            ends: stopped.child_token(),
            stopped,
            open: Mutex::default(),
        })
    }

    /// Returns a new connection. It counts as open as long as this is held.
    pub(super) fn enter(&self, address: Option<SocketAddr>) -> Arc<Peer> {
        let peer = Arc::new(Peer {
            address,
            requests: self.requests.connection(),
            replies: self.replies.connection(),
            calls: Arc::new(Semaphore::new(self.limits.calls.div_ceil(4))),
            pages: Arc::new(Semaphore::new(PAGES)),
            // Tokens of its own, so that connections do not contend for one lock.
            ends: self.ends.child_token(),
            closed: self.stopped.child_token(),
            begun: AtomicU64::new(0),
            ended: AtomicU64::new(0),
            awaits_body: AtomicBool::new(false),
        });
        self.open().push(Arc::downgrade(&peer));
        peer
    }

    /// Closes connections whose replies stay unread, until the server has stopped. From the drain on, it
    /// waits only briefly for clients, in order that one of them does not hold it up.
    pub(super) async fn supervise(self: Arc<Self>, draining: CancellationToken) {
        let idle = Duration::from_millis(self.limits.idle_ms);
        let unread = async {
            loop {
                sleep(LOOK.min(idle / 4)).await;
                self.close("its client takes no replies", |peer| {
                    peer.is_unread_for(idle)
                });
            }
        };
        draining.run_until_cancelled(unread).await;
        let patience = Duration::from_millis(self.limits.drain_idle_ms);
        let idle = async {
            sleep(patience).await;
            self.ends.cancel();
            loop {
                sleep(LOOK.min(patience / 4)).await;
                self.close("the server stops", |peer| peer.is_idle_for(patience));
            }
        };
        self.stopped.run_until_cancelled(idle).await;
    }

    /// Closes the connections that are `idle`.
    fn close(&self, why: &str, idle: impl Fn(&Peer) -> bool) {
        static CLOSED: RepeatedLine = RepeatedLine::new();
        self.open().retain(|peer| {
            let Some(peer) = peer.upgrade() else {
                return false;
            };
            let closes = idle(&peer);
            if closes {
                peer.closed.cancel();
                if let Some(times) = CLOSED.occurred() {
                    let peer = peer.address.map(tracing::field::display);
                    warn!(peer, times, "closed a connection: {why}");
                }
            }
            !closes
        });
    }

    /// Returns the limits of connections.
    pub(super) fn limits(&self) -> &Limits {
        &self.limits
    }

    /// Returns the number of open connections.
    pub(super) fn count(&self) -> usize {
        let open = self.open();
        open.iter().filter(|peer| peer.strong_count() > 0).count()
    }

    /// Returns the bytes of requests that are not answered, and of replies that are not taken.
    pub(super) fn bytes(&self) -> (usize, usize) {
        (self.requests.used(), self.replies.used())
    }

    fn open(&self) -> MutexGuard<'_, Vec<Weak<Peer>>> {
        self.open.lock().unwrap_or_else(PoisonError::into_inner)
    }
}
