//! Logs a condition that repeats in one line, and then in a count each minute, so that it does not fill the
//! disk.

use std::sync::{Mutex, MutexGuard, PoisonError};
use std::time::{Duration, Instant};

/// The least time between two lines.
const PAUSE: Duration = Duration::from_secs(60);

/// A condition that may repeat.
pub(super) struct RepeatedLine(Mutex<Occurrences>);

struct Occurrences {
    last_line: Option<Instant>,
    /// Since the last line.
    times: u64,
}

impl RepeatedLine {
    pub(super) const fn new() -> Self {
        Self(Mutex::new(Occurrences {
            last_line: None,
            times: 0,
        }))
    }

    /// Notes that the condition occurred. Returns how often it did since the last line, this time
    /// included, if another line is due.
    pub(super) fn occurred(&self) -> Option<u64> {
        self.occurred_at(Instant::now())
    }

    /// Returns how often the condition occurred since the last line, if another line is due and it did.
    pub(super) fn rest(&self) -> Option<u64> {
        self.rest_at(Instant::now())
    }

    fn rest_at(&self, now: Instant) -> Option<u64> {
        self.lock().take_due(now).filter(|&times| times > 0)
    }

    fn occurred_at(&self, now: Instant) -> Option<u64> {
        let mut since = self.lock();
        since.times += 1;
        since.take_due(now)
    }

    fn lock(&self) -> MutexGuard<'_, Occurrences> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Occurrences {
    /// Returns the number since the last line, and begins anew, if another line is due.
    fn take_due(&mut self, now: Instant) -> Option<u64> {
        let is_due = self
            .last_line
            .is_none_or(|last| now.duration_since(last) >= PAUSE);
        is_due.then(|| {
            if self.times > 0 {
                self.last_line = Some(now);
            }
            std::mem::take(&mut self.times)
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_repeated_condition_is_one_line_and_then_a_count_each_minute() {
        let line = RepeatedLine::new();
        let start = Instant::now();
        let after = |seconds| start + Duration::from_secs(seconds);
        assert_eq!(line.occurred_at(after(0)), Some(1));
        for seconds in 1..60 {
            assert_eq!(line.occurred_at(after(seconds)), None);
        }
        assert_eq!(line.occurred_at(after(60)), Some(60));
        assert_eq!(line.occurred_at(after(61)), None);
        assert_eq!(line.occurred_at(after(500)), Some(2));
        assert_eq!(line.rest_at(after(600)), None, "all is told");
        assert_eq!(line.occurred_at(after(700)), Some(1));
        assert_eq!(line.occurred_at(after(701)), None);
        assert_eq!(line.rest_at(after(702)), None, "not due");
        assert_eq!(line.rest_at(after(760)), Some(1));
        assert_eq!(line.occurred_at(after(761)), None, "that was a line");
    }
}
