//! How long to wait before what failed is tried again.

use std::time::Duration;

use ring::rand::{SecureRandom as _, SystemRandom};

/// The longest wait that a receiver can ask for.
const MAX_ASKED: Duration = Duration::from_secs(3600);

/// Waits that double, up to a limit.
#[derive(Debug, Clone, Copy)]
pub struct Retry {
    /// The first wait.
    pub first: Duration,
    /// The longest.
    pub longest: Duration,
}

impl Default for Retry {
    fn default() -> Self {
        Self {
            first: Duration::from_secs(1),
            longest: Duration::from_secs(300),
        }
    }
}

impl Retry {
    /// Returns how long to wait after so many failures before this one: between half of the doubled wait and all of
    /// it, so that not all clients of a receiver come back at once; and at least as long as it asked for, up to an
    /// hour.
    pub(super) fn wait(&self, failures: u32, asked: Option<Duration>) -> Duration {
        let doubled = self.first.saturating_mul(1 << failures.min(30));
        let longest = doubled.min(self.longest);
        let wait = longest.mul_f64(0.5 + 0.5 * random_share());
        wait.max(asked.unwrap_or_default().min(MAX_ASKED))
    }
}

/// Returns a random number from 0 to 1.
fn random_share() -> f64 {
    let mut byte = [0];
    // Without random numbers, the wait is the longest.
    match SystemRandom::new().fill(&mut byte) {
        Ok(()) => f64::from(byte[0]) / 255.0,
        Err(_) => 1.0,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn waits_double_up_to_a_limit() {
        let retry = Retry::default();
        let check = |failures, from: f64, to: f64| {
            let wait = retry.wait(failures, None).as_secs_f64();
            assert!((from..=to).contains(&wait), "{failures}: {wait}");
        };
        check(0, 0.5, 1.0);
        check(3, 4.0, 8.0);
        check(9, 150.0, 300.0);
        check(u32::MAX, 150.0, 300.0);
    }

    #[test]
    fn waits_are_spread() {
        let waits = (0..64).map(|_| Retry::default().wait(9, None));
        let waits: std::collections::BTreeSet<Duration> = waits.collect();
        assert!(waits.len() > 8, "{waits:?}");
    }

    #[test]
    fn a_receiver_can_ask_for_a_longer_wait() {
        let asked = |seconds| Retry::default().wait(0, Some(Duration::from_secs(seconds)));
        assert_eq!(asked(20), Duration::from_secs(20));
        assert_eq!(asked(u64::MAX), MAX_ASKED);
        assert!(asked(0) >= Duration::from_millis(500));
    }
}
