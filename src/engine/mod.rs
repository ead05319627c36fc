//! The use cases: ingest, check, compare, get, cluster, list, remove, watch, stats. The only
//! corridor from the edge to the rooms below.
//!
//! A pool of reader threads reads and sketches articles. One writer places them in the order of
//! submission: it finds neighbors, clusters, and stages the result; so the second of two copies that
//! arrive together sees the first. A flusher makes groups durable while the writer goes on, and sends
//! the replies. The engine knows nothing of protocols and files.

mod answers;
mod article;
mod body;
mod captures;
mod collections;
mod compaction;
#[cfg(test)]
mod compaction_tests;
mod error;
#[cfg(test)]
mod excerpt_tests;
mod export;
mod extract;
mod furniture;
mod ingest;
mod judge;
mod keep;
#[cfg(test)]
mod keep_tests;
mod matches;
mod metrics;
mod named;
mod neighborhood;
mod params;
mod pipeline;
mod prepare;
#[cfg(test)]
mod prepared_tests;
mod publisher;
mod questions;
mod recent;
mod removal;
#[cfg(test)]
mod replay_tests;
mod retention;
mod secret;
mod settling;
#[cfg(test)]
mod settling_tests;
#[cfg(test)]
mod snapshot_tests;
mod snapshots;
#[cfg(test)]
mod tests;
#[cfg(test)]
mod turn_tests;
mod upkeep;
#[cfg(test)]
mod upkeep_tests;

use std::path::PathBuf;
use std::sync::atomic::{AtomicBool, AtomicU64};
use std::sync::{Arc, LazyLock, Mutex, OnceLock};
use std::time::Duration;

use crate::id::Collection;
use crate::index::Index;
use crate::notices::NoticeTable;
use crate::record::RowReader;
use crate::store::{Store, StoreState};

pub use crate::page::DateSource;
pub use crate::record::{Change, ChangeKind};
pub use answers::{
    ArticleSummary, Cluster, Clusters, ComparableText, Comparison, Match, Member, PageRequest,
    Placement, Publication, Removed, SeenArticle, Side, State, Stats, StoredArticle, Verdict,
    VerdictScope,
};
pub use article::{Article, Body, MAX_FIELD_BYTES, MAX_TEXT_BYTES, stated_time};
pub use collections::{CollectionSummary, Collections};
pub use error::Error;
pub use export::{ExportedArticle, ExportedArticles};
pub use extract::{Extracted, extract};
pub use furniture::{FurnitureParams, RepeatedSegment};
pub use judge::{JudgedArticle, Matched};
pub use keep::{KeepRule, KeptArticles};
pub use matches::MAX_MATCHES;
pub use metrics::EngineMetrics;
pub use params::Params;
pub use pipeline::{AwaitedCallback, VerdictCallback};
pub use publisher::{HostCopies, PublisherReport};

/// Result of a use case.
pub type Result<T> = std::result::Result<T, Error>;

/// The built-in table of notices. Building it takes some tens of milliseconds.
static NOTICES: LazyLock<Arc<NoticeTable>> = LazyLock::new(|| Arc::new(NoticeTable::builtin()));

/// The use cases over a store. Every method blocks until it is done. The engine can be shared and called
/// from any thread.
pub struct Engine {
    core: Arc<Core>,
    // Ends before the threads that it gives work.
    upkeep: upkeep::Upkeep,
    pipeline: Arc<pipeline::Pipeline>,
    /// Where snapshots are made, if they are.
    snapshots: Option<PathBuf>,
}

/// The state that all threads of the engine share.
struct Core {
    store: Arc<dyn Store>,
    index: Index,
    recent: recent::RecentVerdicts,
    notices: Arc<NoticeTable>,
    furniture: furniture::Furniture,
    params: Params,
    /// Whether anything may be left to settle.
    settling: AtomicBool,
    /// Before this row nothing is left to settle. Rows that were settled are passed over only once: there
    /// may be as many as articles.
    unsettled_from: Mutex<Vec<u8>>,
    /// Whether any collection has settings, and so perhaps a generation other than the first.
    has_settings: AtomicBool,
    /// Documents that were withdrawn since the start.
    withdrawn: AtomicU64,
    /// The secret of the store, once it was asked for.
    secret: OnceLock<[u8; 32]>,
    /// Locked while segments of the journal are compacted.
    compacting: Mutex<()>,
    meters: metrics::EngineMeters,
}

impl Core {
    fn new(store: Arc<dyn Store>, params: Params, notices: Arc<NoticeTable>) -> Result<Self> {
        params
            .validate()
            .map_err(|why| Error::invalid("params", why))?;
        let settings = RowReader(&*store).settings_after("", 1)?;
        Ok(Self {
            has_settings: AtomicBool::new(!settings.is_empty()),
            index: Index::new(Arc::clone(&store), params.index, params.thresholds),
            store,
            recent: recent::RecentVerdicts::new(params.index.cache_bytes / 16),
            notices,
            furniture: furniture::Furniture::new(params.furniture),
            params,
            // The first portion finds out.
            settling: AtomicBool::new(true),
            unsettled_from: Mutex::default(),
            withdrawn: AtomicU64::new(0),
            secret: OnceLock::new(),
            compacting: Mutex::default(),
            meters: metrics::EngineMeters::default(),
        })
    }
}

impl Engine {
    /// Starts an engine over a store.
    ///
    /// # Errors
    /// [`Error::Invalid`] for invalid parameters, and those of the store.
    ///
    /// ```
    /// use std::sync::Arc;
    /// use wirecopy::{engine::{Article, Body, Engine, Params}, store::Memory};
    ///
    /// let engine = Engine::open(Arc::new(Memory::default()), Params::default()).unwrap();
    /// let story = "The ferry to Halm ran aground at dawn and all forty passengers walked ashore at low tide.";
    /// for id in ["first", "second"] {
    ///     let body = Body::Text(story.into());
    ///     engine.ingest(Article { id: id.into(), body, ..Article::default() }).unwrap();
    /// }
    /// let second = engine.get(&Default::default(), "second", false, false).unwrap();
    /// assert_eq!(second.placement.cluster.as_str(), "first");
    /// ```
    pub fn open(store: Arc<dyn Store>, params: Params) -> Result<Self> {
        Self::with_notices(store, params, Arc::clone(&NOTICES))
    }

    /// Starts an engine with another table of notices than the built-in one.
    ///
    /// # Errors
    /// As [`Self::open`].
    pub fn with_notices(
        store: Arc<dyn Store>,
        params: Params,
        notices: Arc<NoticeTable>,
    ) -> Result<Self> {
        let core = Arc::new(Core::new(store, params, notices)?);
        let pipeline = Arc::new(pipeline::Pipeline::start(Arc::clone(&core))?);
        let upkeep = upkeep::Upkeep::start(Arc::clone(&core), Arc::clone(&pipeline))?;
        let engine = Self {
            core,
            upkeep,
            pipeline,
            snapshots: None,
        };
        // What an earlier process left.
        engine.upkeep();
        Ok(engine)
    }

    /// Submits an article. Returns at once, or blocks while too many articles are waiting. A caller gets
    /// its replies in the order of its submissions, after the articles are durable.
    pub fn submit(&self, article: Article, reply: VerdictCallback) {
        self.submit_at(article, now_ms(), reply);
    }

    /// Submits an article that was seen at a given time, in milliseconds since 1970.
    pub fn submit_at(&self, article: Article, now_ms: i64, reply: VerdictCallback) {
        let scope = VerdictScope::Matches;
        self.pipeline.submit(article, scope, now_ms, None, reply);
    }

    /// Submits an article whose caller may cease to wait for it. If it does so before the article's turn, the
    /// article is not stored, and the reply is [`Error::Expired`].
    pub fn submit_while(
        &self,
        article: Article,
        scope: VerdictScope,
        is_awaited: AwaitedCallback,
        reply: VerdictCallback,
    ) {
        self.pipeline
            .submit(article, scope, now_ms(), Some(is_awaited), reply);
    }

    /// Submits an article, and waits until it is durable.
    ///
    /// # Errors
    /// [`Error::Invalid`] for an invalid field, [`Error::Closed`], and those of the store.
    pub fn ingest(&self, article: Article) -> Result<Verdict> {
        let (sender, receiver) = crossbeam_channel::bounded(1);
        // The receiver is waiting below.
        self.submit(article, Box::new(move |verdict| drop(sender.send(verdict))));
        receiver.recv().unwrap_or(Err(Error::Closed))
    }

    /// Returns the verdict that an ingest would return, and writes nothing.
    ///
    /// # Errors
    /// As [`Self::ingest`].
    pub fn check(&self, article: Article, scope: VerdictScope) -> Result<Verdict> {
        self.core.check(article, scope, now_ms())
    }

    /// Removes articles, and waits until that is durable.
    ///
    /// # Errors
    /// [`Error::Closed`], and those of the store.
    pub fn remove(&self, collection: &Collection, ids: Vec<String>) -> Result<Removed> {
        let collection = self.core.current(collection)?;
        let removals = self.core.prepare_removals(&collection, ids);
        self.pipeline.remove(collection, removals, now_ms())
    }

    /// Waits until nothing is left to settle: the clusters are as defined, and durable. Only large ones
    /// are not settled at once.
    ///
    /// # Errors
    /// [`Error::Closed`], also if the store fails meanwhile.
    pub fn settle(&self) -> Result<()> {
        self.pipeline.settle()
    }

    /// Returns the number of threads that read and sketch articles.
    pub fn threads(&self) -> usize {
        self.core.params.threads()
    }

    /// Returns the cursor of the latest durable change. Cheap.
    pub fn head(&self) -> u64 {
        self.pipeline.head()
    }

    /// Returns how long the longest turn of the writer took since this was last called. All others wait
    /// during a turn: it places one article, or takes a portion of anything larger.
    pub fn take_longest_turn(&self) -> Duration {
        self.pipeline.take_longest_turn()
    }

    /// Returns whether everything works: not after a failed flush or [`Self::close`], nor while the store
    /// rebuilds its index. Never blocks.
    pub fn healthy(&self) -> bool {
        self.pipeline.healthy() && self.store_state() == StoreState::Serving
    }

    /// Returns whether the store works, and if not, why. Never blocks.
    pub fn store_state(&self) -> StoreState {
        self.core.store.state()
    }

    /// Finishes what was submitted, makes it durable, and stops the threads. Later submissions are
    /// answered with [`Error::Closed`].
    ///
    /// # Errors
    /// Those of the store.
    pub fn close(&self) -> Result<()> {
        self.pipeline.close();
        self.upkeep.end();
        Ok(self.core.store.close()?)
    }
}

fn now_ms() -> i64 {
    jiff::Timestamp::now().as_millisecond()
}
