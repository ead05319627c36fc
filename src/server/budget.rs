//! Bounds the bytes that clients make the server hold.
//!
//! There are two budgets: of requests that are not answered yet, and of replies that are not sent yet.
//! A connection may hold at most as much of a budget as all of them leave free then: one alone half of it. So
//! however greedy some connections are, a part stays free for others, and small messages are served on.

use std::sync::Arc;
use std::sync::atomic::{AtomicU64, AtomicUsize, Ordering};
use std::time::{Duration, Instant};

/// How long who waits for room waits before they look again. Releases come too often for each to wake all
/// who wait.
const PAUSE: Duration = Duration::from_millis(10);

/// The bytes that all connections may hold together.
pub(super) struct Budget {
    limit: usize,
    used: AtomicUsize,
    /// The start of the clock of [`ConnectionBytes::quiet_for`].
    started: Instant,
}

/// The bytes that one connection holds of a budget.
pub(super) struct ConnectionBytes {
    budget: Arc<Budget>,
    used: AtomicUsize,
    /// When bytes were last sent or released, or the first were charged; milliseconds since the budget was made.
    moved_ms: AtomicU64,
}

/// Bytes that are held until this is dropped.
pub(super) struct Charge {
    connection: Arc<ConnectionBytes>,
    bytes: usize,
}

impl Budget {
    pub(super) fn new(limit: usize) -> Arc<Self> {
        Arc::new(Self {
            limit,
            used: AtomicUsize::new(0),
            started: Instant::now(),
        })
    }

    /// Returns the account of a new connection.
    pub(super) fn connection(self: &Arc<Self>) -> Arc<ConnectionBytes> {
        Arc::new(ConnectionBytes {
            budget: Arc::clone(self),
            used: AtomicUsize::new(0),
            moved_ms: AtomicU64::new(self.now_ms()),
        })
    }

    /// Returns how many bytes all connections hold.
    pub(super) fn used(&self) -> usize {
        self.used.load(Ordering::Relaxed)
    }

    fn now_ms(&self) -> u64 {
        u64::try_from(self.started.elapsed().as_millis()).unwrap_or(u64::MAX)
    }
}

impl ConnectionBytes {
    /// Holds bytes if there is room for them.
    pub(super) fn try_charge(self: &Arc<Self>, bytes: usize) -> Option<Charge> {
        let own = self.used.load(Ordering::Relaxed);
        let limit = self.budget.limit;
        let admit = |used: usize| {
            let used = used.saturating_add(bytes);
            (own.saturating_add(bytes) <= limit.saturating_sub(used)).then_some(used)
        };
        let used = &self.budget.used;
        used.fetch_update(Ordering::Relaxed, Ordering::Relaxed, admit)
            .ok()?;
        self.add_own(bytes);
        Some(Charge {
            connection: Arc::clone(self),
            bytes,
        })
    }

    /// Waits until bytes have room, and holds them.
    pub(super) async fn charge_with_room(self: &Arc<Self>, bytes: usize) -> Charge {
        loop {
            if let Some(charge) = self.try_charge(bytes) {
                return charge;
            }
            tokio::time::sleep(PAUSE).await;
        }
    }

    /// Holds bytes that are there already, whether there is room or not.
    pub(super) fn charge(self: &Arc<Self>, bytes: usize) -> Charge {
        self.budget.used.fetch_add(bytes, Ordering::Relaxed);
        self.add_own(bytes);
        Charge {
            connection: Arc::clone(self),
            bytes,
        }
    }

    /// Returns whether a byte more has room.
    pub(super) fn has_room(&self) -> bool {
        let free = self
            .budget
            .limit
            .saturating_sub(self.budget.used.load(Ordering::Relaxed));
        self.used() < free
    }

    /// Returns how many bytes the connection holds.
    pub(super) fn used(&self) -> usize {
        self.used.load(Ordering::Relaxed)
    }

    /// Returns how long ago bytes were last sent or released, or the first were charged.
    pub(super) fn quiet_for(&self) -> Duration {
        let moved = self.moved_ms.load(Ordering::Relaxed);
        Duration::from_millis(self.budget.now_ms().saturating_sub(moved))
    }

    fn add_own(&self, bytes: usize) {
        if self.used.fetch_add(bytes, Ordering::Relaxed) == 0 {
            self.moved();
        }
    }

    fn release(&self, bytes: usize) {
        self.moved();
        self.used.fetch_sub(bytes, Ordering::Relaxed);
        self.budget.used.fetch_sub(bytes, Ordering::Relaxed);
    }

    /// Notes that a part of what is held has been sent.
    pub(super) fn moved(&self) {
        self.moved_ms.store(self.budget.now_ms(), Ordering::Relaxed);
    }

    /// Waits until a byte more has room.
    pub(super) async fn room(&self) {
        while !self.has_room() {
            tokio::time::sleep(PAUSE).await;
        }
    }
}

impl Charge {
    /// Holds another number of bytes from now on, whether there is room or not.
    pub(super) fn set(&mut self, bytes: usize) {
        let connection = &self.connection;
        match bytes.checked_sub(self.bytes) {
            Some(more) => {
                connection.budget.used.fetch_add(more, Ordering::Relaxed);
                connection.add_own(more);
            }
            None => connection.release(self.bytes - bytes),
        }
        self.bytes = bytes;
    }

    /// Holds the bytes of another charge of the same connection as well.
    pub(super) fn join(&mut self, mut other: Self) {
        self.bytes += std::mem::take(&mut other.bytes);
    }
}

impl Drop for Charge {
    fn drop(&mut self) {
        if self.bytes > 0 {
            self.connection.release(self.bytes);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn bytes_are_released_with_their_charge() {
        let budget = Budget::new(1000);
        let connection = budget.connection();
        let mut charge = connection.try_charge(400).expect("room for the first");
        assert!(connection.try_charge(400).is_none(), "no room for another");
        charge.set(100);
        charge.join(connection.charge(200));
        assert_eq!(connection.used(), 300);
        drop(charge);
        assert_eq!(connection.used(), 0);
        assert_eq!(budget.used.load(Ordering::Relaxed), 0);
        assert!(connection.try_charge(500).is_some(), "as much as it leaves");
        assert!(connection.try_charge(501).is_none());
    }

    #[test]
    fn greedy_connections_leave_a_part_to_others() {
        let budget = Budget::new(1 << 20);
        let mut held = Vec::new();
        for n in 1..=40 {
            let greedy = budget.connection();
            while let Some(charge) = greedy.try_charge(8 << 10) {
                held.push(charge);
            }
            let free = budget.limit - budget.used.load(Ordering::Relaxed);
            // The first takes a half; of what it finds, each later one takes a half.
            assert!(free >= (budget.limit >> n).max(8 << 10), "{n} leave {free}");
        }
        let modest = budget.connection();
        assert!(modest.try_charge(4 << 10).is_some());
    }

    #[test]
    fn what_is_there_is_counted_beyond_the_limit() {
        let budget = Budget::new(100);
        let connection = budget.connection();
        let charge = connection.charge(500);
        assert!(!connection.has_room());
        assert!(budget.connection().try_charge(1).is_none());
        drop(charge);
        assert!(connection.has_room());
    }
}
