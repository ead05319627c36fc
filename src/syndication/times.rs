//! What the times of two articles say about which of them is earlier.

use super::evidence::{Evidence, EvidenceKind};
use super::facts::Facts;

const MINUTE_MS: i64 = 60_000;
const DAY_MS: i64 = 24 * 60 * MINUTE_MS;
/// Smaller differences between times say nothing: pages come in batches, and clocks differ.
const SLACK_MS: i64 = 5 * MINUTE_MS;

/// The gap between two times, as evidence of which article is earlier.
#[derive(Debug, Clone, Copy)]
pub(super) struct TimeGap {
    kind: EvidenceKind,
    /// Half as soon as there is a difference, because copies of a wire story come within minutes; the
    /// rest after a day.
    strength: f64,
    gap_ms: i64,
}

impl TimeGap {
    fn new((first, later): (EvidenceKind, EvidenceKind), times: (i64, i64), slack: i64) -> Self {
        let (this, other) = times;
        let gap_ms = this.saturating_sub(other);
        let beyond = gap_ms.saturating_abs().saturating_sub(slack);
        Self {
            kind: if gap_ms < 0 { first } else { later },
            strength: match beyond > 0 {
                true => 0.5 + 0.5 * (beyond as f64 / DAY_MS as f64).min(1.0),
                false => 0.0,
            },
            gap_ms,
        }
    }

    /// Compares the times at which two articles were published, as they state.
    pub(super) fn published(this: &Facts, other: &Facts) -> Self {
        // At midnight, it is a date without a time of day.
        let is_date = |one: &Facts| one.published_ms.is_some_and(|time| time % DAY_MS == 0);
        // Two dates of which one is the day after the other do differ.
        let slack = match (is_date(this), is_date(other)) {
            (false, false) => SLACK_MS,
            (true, true) => DAY_MS - SLACK_MS,
            _ => DAY_MS,
        };
        let times = this.published_by().zip(other.published_by());
        let kinds = (EvidenceKind::PublishedFirst, EvidenceKind::PublishedLater);
        Self::new(kinds, times.unwrap_or_default(), slack)
    }

    /// Compares the times at which two articles were last changed, or else published.
    pub(super) fn modified(this: &Facts, other: &Facts) -> Self {
        let time = |one: &Facts| one.modified_ms.or(one.published_ms);
        let times = time(this).zip(time(other)).unwrap_or_default();
        let kinds = (EvidenceKind::ModifiedFirst, EvidenceKind::ModifiedLater);
        Self::new(kinds, times, SLACK_MS)
    }

    /// Compares the times at which we first saw two articles.
    pub(super) fn seen(this: &Facts, other: &Facts) -> Self {
        let times = (this.first_seen_ms, other.first_seen_ms);
        let kinds = (EvidenceKind::SeenFirst, EvidenceKind::SeenLater);
        Self::new(kinds, times, SLACK_MS)
    }

    /// Whether one of the two is earlier, as far as is known.
    pub(super) fn is_known(self) -> bool {
        self.strength > 0.0
    }

    /// Returns it as evidence, with its length as words.
    pub(super) fn evidence(self) -> Evidence {
        Evidence::new(self.kind, self.strength, duration(self.gap_ms))
    }

    pub(super) fn weight(self) -> f64 {
        self.kind.weight() * self.strength
    }
}

/// Writes a duration: "3 d 4 h".
fn duration(ms: i64) -> String {
    let minutes = ms.unsigned_abs() / MINUTE_MS.unsigned_abs();
    let (days, hours, minutes) = (minutes / 1440, minutes / 60 % 24, minutes % 60);
    match (days, hours) {
        (0, 0) => format!("{minutes} min"),
        (0, _) => format!("{hours} h {minutes} min"),
        _ => format!("{days} d {hours} h"),
    }
}
