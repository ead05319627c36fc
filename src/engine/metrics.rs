//! What the engine counts of its own work.

use crate::index::SearchMetrics;
use crate::meter::{Counter, Distribution, Histogram};
use crate::store::{StoreMetrics, Usage};

use super::{Engine, State, Verdict};

/// Counters, since the start.
#[derive(Debug, Default)]
pub(super) struct EngineMeters {
    /// Each turn of the writer.
    pub turns: Histogram,
    pub new: Counter,
    pub unchanged: Counter,
    pub updated: Counter,
    pub older: Counter,
    pub failed: Counter,
    pub removed: Counter,
    pub checked: Counter,
    pub furniture: Counter,
    pub settled_portions: Counter,
}

/// Numbers of an engine: those that only grow count from its start.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct EngineMetrics {
    /// Submitted articles that no reader thread has taken yet.
    pub waiting_to_be_read: u64,
    /// Articles, removals and the like that the writer has not taken yet; of articles, also those that are read.
    pub waiting_for_writer: u64,
    /// Each turn of the writer: the placing of an article, a removal, or a portion of something larger.
    pub turns: Distribution,
    /// Submitted articles that were not stored before.
    pub new: u64,
    /// Submitted articles that were stored already with the same content.
    pub unchanged: u64,
    /// Submitted articles that replaced other content.
    pub updated: u64,
    /// Submitted articles that were captured before what is stored, which stayed.
    pub older: u64,
    /// Submitted articles that were not placed: invalid ones, those whose callers had ceased to wait, and all
    /// while the store does not work.
    pub failed: u64,
    /// Articles that callers removed.
    pub removed: u64,
    /// Articles that were checked and not stored.
    pub checked: u64,
    /// Segments of submitted articles that were furniture of their hosts.
    pub furniture: u64,
    /// Whether anything may be left to settle.
    pub is_settling: bool,
    /// Portions that were settled outside the turns of articles.
    pub settled_portions: u64,
    /// Searches for candidates.
    pub search: SearchMetrics,
    /// The size of the store, and its work; `None` while it cannot say, because its index is being rebuilt for
    /// instance.
    pub store: Option<(Usage, StoreMetrics)>,
}

impl EngineMeters {
    /// Counts the outcome of an article's turn.
    pub fn placed<E>(&self, outcome: &Result<Verdict, E>) {
        let counter = match outcome.as_ref().map(|verdict| verdict.state) {
            Ok(State::New) => &self.new,
            Ok(State::Unchanged) => &self.unchanged,
            Ok(State::Updated) => &self.updated,
            Ok(State::Older) => &self.older,
            Err(_) => &self.failed,
        };
        counter.add(1);
    }
}

impl Engine {
    /// Returns what the engine and its store have counted. Reads no article.
    pub fn metrics(&self) -> EngineMetrics {
        let (core, meters) = (&self.core, &self.core.meters);
        let (waiting_to_be_read, waiting_for_writer) = self.pipeline.waiting();
        let usage = core.store.usage().ok();
        EngineMetrics {
            waiting_to_be_read,
            waiting_for_writer,
            turns: meters.turns.distribution(),
            new: meters.new.value(),
            unchanged: meters.unchanged.value(),
            updated: meters.updated.value(),
            older: meters.older.value(),
            failed: meters.failed.value(),
            removed: meters.removed.value(),
            checked: meters.checked.value(),
            furniture: meters.furniture.value(),
            is_settling: core.is_settling(),
            settled_portions: meters.settled_portions.value(),
            search: core.index.metrics(),
            store: usage.zip(core.store.metrics().ok()),
        }
    }
}

#[cfg(test)]
mod tests {
    use std::sync::Arc;

    use super::*;
    use crate::engine::{Article, Body, Params, VerdictScope};
    use crate::store::Memory;

    #[test]
    fn the_work_of_an_engine_is_counted() {
        let engine = Engine::open(Arc::new(Memory::default()), Params::default()).unwrap();
        let article = |id: &str, text: &str| Article {
            id: id.into(),
            body: Body::Text(text.into()),
            ..Article::default()
        };
        let story = "The lock keeper of Marrow Weir has counted every barge since the flood, and on Tuesday \
            the ledger reached ten thousand without a single day left blank.";
        engine.ingest(article("a", story)).unwrap();
        engine.ingest(article("b", story)).unwrap();
        engine.ingest(article("a", story)).unwrap();
        engine
            .ingest(article("a", "Another text altogether."))
            .unwrap();
        engine.ingest(article("", story)).unwrap_err();
        engine
            .check(article("c", story), VerdictScope::Matches)
            .unwrap();
        engine
            .remove(&Default::default(), vec!["b".into(), "none".into()])
            .unwrap();
        let metrics = engine.metrics();
        let placed = (
            metrics.new,
            metrics.unchanged,
            metrics.updated,
            metrics.failed,
        );
        assert_eq!(placed, (2, 1, 1, 1), "{metrics:?}");
        assert_eq!((metrics.removed, metrics.checked), (1, 1));
        assert!(metrics.turns.count() >= 5, "{metrics:?}");
        let search = metrics.search;
        assert!(search.searches >= 3 && search.proposed >= 2, "{search:?}");
        assert!(
            search.compared > 0 && search.compared <= search.proposed,
            "{search:?}"
        );
        assert_eq!(search.truncated, 0);
        assert_eq!(
            (metrics.waiting_to_be_read, metrics.waiting_for_writer),
            (0, 0)
        );
        assert!(
            metrics
                .store
                .is_some_and(|(usage, _)| usage.memory_bytes > 0)
        );
    }
}
