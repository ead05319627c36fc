//! The use cases: ingest, check, compare, get, cluster, list, remove, watch, stats. The only
//! corridor from the edge to the rooms below.
//!
//! Reading and sketching run on a bounded pool of threads. One writer applies articles in the order
//! they were handed in: look up, verify, place, stage. So of two copies that arrive together the
//! second sees the first. A third thread makes whole groups durable while the writer goes on, and
//! only then answers.

#[cfg(test)]
mod ahead_tests;
mod answers;
mod around;
mod article;
mod body;
mod error;
mod extract;
mod furniture;
mod ingest;
mod judge;
mod matches;
mod params;
mod pipeline;
mod prepare;
mod publisher;
mod questions;
mod removal;
#[cfg(test)]
mod replay_tests;
#[cfg(test)]
mod tests;

use std::sync::{Arc, LazyLock};
use std::time::{SystemTime, UNIX_EPOCH};

use crate::id::Collection;
use crate::index::Index;
use crate::notices::NoticeTable;
use crate::store::Store;

pub use answers::{
    Cluster, Clusters, Comparison, Counted, Known, Match, Member, Mention, Page, Placement,
    Removed, Side, State, Stats, Verdict,
};
pub use article::{Article, Body, MAX_FIELD_BYTES, MAX_TEXT_BYTES};
pub use error::Error;
pub use extract::{Extracted, extract};
pub use furniture::{FurnitureParams, RepeatedSegment};
pub use judge::Matched;
pub use matches::MAX_MATCHES;
pub use params::Params;
pub use pipeline::Reply;
pub use publisher::{PublisherReport, Traffic};
pub use questions::{Change, ChangeKind};

/// Result of a use case.
pub type Result<T> = std::result::Result<T, Error>;

/// The table of notices that is built in; to make it costs some tens of milliseconds.
static NOTICES: LazyLock<Arc<NoticeTable>> = LazyLock::new(|| Arc::new(NoticeTable::builtin()));

/// The use cases over a store. Every method blocks until it is done; share the engine, and call it
/// from any thread.
pub struct Engine {
    core: Arc<Core>,
    pipeline: pipeline::Pipeline,
}

/// What all threads of the engine share.
struct Core {
    store: Arc<dyn Store>,
    index: Index,
    notices: Arc<NoticeTable>,
    furniture: furniture::Furniture,
    params: Params,
}

impl Engine {
    /// Starts the threads over a store.
    ///
    /// # Errors
    /// Parameters that cannot be worked with, and the store's.
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
    /// let second = engine.get(&Default::default(), "second", false).unwrap();
    /// assert_eq!(second.placement.cluster.as_str(), "first");
    /// ```
    pub fn open(store: Arc<dyn Store>, params: Params) -> Result<Self> {
        Self::with_notices(store, params, Arc::clone(&NOTICES))
    }

    /// The same, with a table of notices of the caller's.
    ///
    /// # Errors
    /// As [`Self::open`].
    pub fn with_notices(
        store: Arc<dyn Store>,
        params: Params,
        notices: Arc<NoticeTable>,
    ) -> Result<Self> {
        params
            .validate()
            .map_err(|why| Error::invalid("params", why))?;
        let index = Index::new(Arc::clone(&store), params.index, params.thresholds);
        let core = Arc::new(Core {
            store,
            index,
            notices,
            furniture: furniture::Furniture::new(params.furniture),
            params,
        });
        let pipeline = pipeline::Pipeline::start(Arc::clone(&core))?;
        Ok(Self { core, pipeline })
    }

    /// Hands an article in. Returns at once, unless too many wait already: then it waits for a
    /// place. The replies to one caller come in the order of its submissions, after the articles
    /// are durable.
    pub fn submit(&self, article: Article, reply: Reply) {
        self.submit_at(article, now_ms(), reply);
    }

    /// The same, with the time at which the article is seen; milliseconds since 1970.
    pub fn submit_at(&self, article: Article, now_ms: i64, reply: Reply) {
        self.pipeline.submit(article, now_ms, reply);
    }

    /// Hands an article in, and waits until it is durable.
    ///
    /// # Errors
    /// [`Error::Invalid`] where a field is at fault, [`Error::Closed`], and the store's.
    pub fn ingest(&self, article: Article) -> Result<Verdict> {
        let (sender, receiver) = crossbeam_channel::bounded(1);
        self.submit(
            article,
            Box::new(move |verdict| {
                // The receiver waits for just this.
                let _ = sender.send(verdict);
            }),
        );
        receiver.recv().unwrap_or(Err(Error::Closed))
    }

    /// Answers what an ingest would, and writes nothing.
    ///
    /// # Errors
    /// As [`Self::ingest`].
    pub fn check(&self, article: Article) -> Result<Verdict> {
        let (core, now_ms) = (&self.core, now_ms());
        let prepared = prepare::prepare(article, &core.params, &core.notices, now_ms)?;
        core.check(prepared, now_ms)
    }

    /// Takes articles out, and waits until that is durable.
    ///
    /// # Errors
    /// [`Error::Closed`], and the store's.
    pub fn remove(&self, collection: &Collection, ids: Vec<String>) -> Result<Removed> {
        let leaving = self.core.leaving(collection, ids);
        self.pipeline.remove(collection.clone(), leaving, now_ms())
    }

    /// The cursor of the latest durable change. Cheap.
    pub fn head(&self) -> u64 {
        self.pipeline.head()
    }

    /// Whether writes are still taken: not after a failed flush, and not after [`Self::close`].
    pub fn healthy(&self) -> bool {
        self.pipeline.healthy()
    }

    /// Finishes what was handed in, makes it durable, and stops the threads. What is handed in
    /// later is answered with [`Error::Closed`].
    ///
    /// # Errors
    /// The store's.
    pub fn close(&self) -> Result<()> {
        self.pipeline.close();
        Ok(self.core.store.close()?)
    }
}

fn now_ms() -> i64 {
    let since = SystemTime::now()
        .duration_since(UNIX_EPOCH)
        .unwrap_or_default();
    i64::try_from(since.as_millis()).unwrap_or(i64::MAX)
}
