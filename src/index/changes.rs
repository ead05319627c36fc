//! What was staged lately: whether candidates that were found before an article's turn still hold.

use std::collections::HashMap;
use std::hash::BuildHasherDefault;
use std::mem::swap;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Mutex, PoisonError};

use gxhash::GxHasher;

/// Changes of a generation: more than articles wait for their turn.
const GENERATION: u64 = 512;

/// The latest change of each bucket, for one or two generations of changes.
#[derive(Debug, Default)]
pub(super) struct RecentChanges {
    /// The number of the latest change; the first is 1.
    latest: AtomicU64,
    log: Mutex<ChangeLog>,
}

#[derive(Debug, Default)]
struct ChangeLog {
    young: ChangedBuckets,
    old: ChangedBuckets,
    /// The latest change that gave a stored document another lead.
    moved: u64,
}

/// The buckets of a generation, with their latest changes.
#[derive(Debug, Default)]
struct ChangedBuckets {
    /// The changes before this generation.
    after: u64,
    latest: HashMap<u64, u64, BuildHasherDefault<GxHasher>>,
}

impl RecentChanges {
    /// Returns the number of the latest change that is certainly visible in the store.
    pub fn latest(&self) -> u64 {
        self.latest.load(Ordering::Acquire)
    }

    /// Notes a change of these buckets. The store must show it already.
    pub fn note(&self, buckets: impl Iterator<Item = u64>, moves: bool) {
        let mut log = self.log.lock().unwrap_or_else(PoisonError::into_inner);
        let ChangeLog { young, old, moved } = &mut *log;
        let number = self.latest() + 1;
        if number - young.after > GENERATION {
            swap(young, old);
            young.latest.clear();
            young.after = number - 1;
        }
        young.latest.extend(buckets.map(|bucket| (bucket, number)));
        if moves {
            *moved = number;
        }
        self.latest.store(number, Ordering::Release);
    }

    /// Returns whether the buckets have not changed since a change, and, where `by_lead`, no stored
    /// document has another lead. `false` if the change was too long ago.
    pub fn is_unchanged(&self, since: u64, buckets: &[u64], by_lead: bool) -> bool {
        let log = self.log.lock().unwrap_or_else(PoisonError::into_inner);
        let is_unchanged = |generation: &ChangedBuckets| {
            let latest = |bucket| generation.latest.get(bucket);
            buckets.iter().filter_map(latest).all(|&at| at <= since)
        };
        since >= log.old.after
            && !(by_lead && log.moved > since)
            && is_unchanged(&log.young)
            && (since >= log.young.after || is_unchanged(&log.old))
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    proptest! {
        #[test]
        fn changes_are_those_of_a_list(
            changes in prop::collection::vec((prop::collection::vec(0..5_000_u64, 0..4), prop::bool::weighted(0.01)), 0..2_500),
            questions in prop::collection::vec((any::<prop::sample::Index>(), prop::collection::vec(0..5_000_u64, 0..9), any::<bool>()), 40),
        ) {
            let recent = RecentChanges::default();
            for (buckets, moves) in &changes {
                recent.note(buckets.iter().copied(), *moves);
            }
            prop_assert_eq!(recent.latest(), changes.len() as u64);
            for (since, asked, by_lead) in questions {
                let since = since.index(changes.len() + 1);
                let is_changed = changes[since..].iter().any(|(buckets, moves)| {
                    *moves && by_lead || buckets.iter().any(|bucket| asked.contains(bucket))
                });
                let is_unchanged = recent.is_unchanged(since as u64, &asked, by_lead);
                prop_assert!(!(is_unchanged && is_changed));
                let is_recent = changes.len() - since <= GENERATION as usize;
                prop_assert!(is_unchanged || is_changed || !is_recent);
            }
        }
    }
}
