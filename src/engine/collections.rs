//! Collections as a whole: which there are, how long they keep articles, and dropping one.
//!
//! A dropped collection goes on under the same name as another *generation*, which is stored under a
//! name of its own. So the name can be used again at once and finds nothing old, while what the former
//! generation has is taken away in portions.

use std::sync::atomic::Ordering;

use super::ingest::Turn;
use super::pipeline::ChangeWork;
use super::questions::page_size;
use super::{Core, Engine, Error, PageRequest, Result, now_ms};
use crate::id::{Collection, DocId};
use crate::record::{CollectionSettings, Entry, RowReader};

/// Collections that are read at once.
const BATCH: usize = 256;

/// A collection, and what it has.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct CollectionSummary {
    /// Its name.
    pub name: String,
    /// Number of articles.
    pub articles: u64,
    /// Number of clusters, including single articles.
    pub clusters: u64,
    /// Bytes of its texts, before compression.
    pub bytes: u64,
    /// When its oldest article was first seen, in milliseconds since 1970; `None` if it has none.
    pub oldest_ms: Option<i64>,
    /// When its newest article was first seen; `None` if it has none.
    pub newest_ms: Option<i64>,
    /// How long it keeps articles, in milliseconds; `None`: for good.
    pub retain_ms: Option<u64>,
}

/// A page of the collections.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Collections {
    /// The collections, by name.
    pub collections: Vec<CollectionSummary>,
    /// Token of the next page; empty on the last.
    pub next: String,
}

impl Engine {
    /// Lists the collections that have, or had, articles or a retention.
    ///
    /// # Errors
    /// [`Error::Invalid`] for an invalid page, and those of the store.
    pub fn collections(&self, page: &PageRequest) -> Result<Collections> {
        let (core, size) = (&self.core, page_size(page.size)?);
        let rows = RowReader(&*core.store);
        let mut after = page.token.clone();
        let mut collections = Vec::new();
        loop {
            let batch = rows.collections(&after, BATCH)?;
            let is_last = batch.len() < BATCH;
            for (stored, counts) in batch {
                let settings = rows.settings(&stored)?;
                if stored != stored.generation(settings.generation) {
                    continue; // dropped
                }
                if collections.len() == size {
                    return Ok(Collections {
                        collections,
                        next: after,
                    });
                }
                after = stored.as_str().to_owned();
                let ages = rows.ages(&stored)?;
                collections.push(CollectionSummary {
                    name: stored.name().to_owned(),
                    articles: counts.articles,
                    clusters: counts.articles.saturating_sub(counts.followers),
                    bytes: counts.bytes,
                    oldest_ms: ages.map(|(oldest, _)| oldest),
                    newest_ms: ages.map(|(_, newest)| newest),
                    retain_ms: Some(settings.retain_ms).filter(|&ms| ms > 0),
                });
            }
            if is_last {
                return Ok(Collections {
                    collections,
                    next: String::new(),
                });
            }
        }
    }

    /// Drops a collection: its articles, what was learned of its hosts, and its retention. Waits until
    /// that is durable, and returns the number of its articles. Their space is given back in portions
    /// meanwhile. A collection that has nothing is not changed.
    ///
    /// # Errors
    /// [`Error::Closed`], and those of the store.
    pub fn drop_collection(&self, collection: &Collection) -> Result<u64> {
        let collection = collection.clone();
        let dropped = self.change(Box::new(move |core, now_ms| {
            core.drop_collection(&collection, now_ms)
        }))?;
        self.upkeep();
        Ok(dropped)
    }

    /// Sets how long a collection keeps articles after they were first seen, in milliseconds; `None`: for
    /// good. Waits until that is durable.
    ///
    /// # Errors
    /// [`Error::Invalid`] for a retention of no time, [`Error::Closed`], and those of the store.
    pub fn set_retention(&self, collection: &Collection, retain_ms: Option<u64>) -> Result<()> {
        if retain_ms == Some(0) {
            let why = "no time; to remove all articles, drop the collection";
            return Err(Error::invalid("retention", why));
        }
        let (collection, retain_ms) = (collection.clone(), retain_ms.unwrap_or(0));
        self.change(Box::new(move |core, now_ms| {
            core.set_retention(&collection, retain_ms, now_ms)
        }))?;
        self.upkeep();
        Ok(())
    }

    /// Takes a turn, and waits until it is durable.
    pub(super) fn change(&self, work: ChangeWork) -> Result<u64> {
        let answer = self.pipeline.change(work, now_ms())?;
        answer.recv().unwrap_or(Err(Error::Closed))
    }
}

impl Core {
    /// Returns the present generation of a collection, of which any is given.
    pub(super) fn current(&self, collection: &Collection) -> Result<Collection> {
        if !self.has_settings.load(Ordering::Acquire) {
            return Ok(collection.generation(0));
        }
        let settings = RowReader(&*self.store).settings(collection)?;
        Ok(collection.generation(settings.generation))
    }

    /// Notes that a collection has settings now.
    pub(super) fn note_settings(&self) {
        self.has_settings.store(true, Ordering::Release);
    }

    /// Whether a stored document belongs to a generation that was dropped.
    pub(super) fn is_dropped(&self, doc: DocId) -> Result<bool> {
        if !self.has_settings.load(Ordering::Acquire) {
            return Ok(false);
        }
        let put = RowReader(&*self.store).put(doc)?;
        let stored = put.map(|put| Collection::stored(&put.collection));
        stored.map_or(Ok(false), |stored| Ok(self.current(&stored)? != stored))
    }

    /// Begins another generation of a collection: staged, not yet durable.
    pub(super) fn drop_collection(
        &self,
        collection: &Collection,
        now_ms: i64,
    ) -> Result<Turn<u64>> {
        let rows = RowReader(&*self.store);
        let settings = rows.settings(collection)?;
        let stored = collection.generation(settings.generation);
        let Some(counts) = rows.counts(stored.as_str())? else {
            return Ok((0, None));
        };
        let cursor = self.stage_settings(
            CollectionSettings {
                generation: settings.generation + 1,
                retain_ms: 0,
                ..settings
            },
            now_ms,
        )?;
        Ok((counts.articles, cursor))
    }

    /// Sets how long a collection keeps articles; 0: for good. Staged, not yet durable.
    pub(super) fn set_retention(
        &self,
        collection: &Collection,
        retain_ms: u64,
        now_ms: i64,
    ) -> Result<Turn<u64>> {
        let settings = RowReader(&*self.store).settings(collection)?;
        if settings.retain_ms == retain_ms {
            return Ok((0, None));
        }
        let settings = CollectionSettings {
            retain_ms,
            ..settings
        };
        Ok((0, self.stage_settings(settings, now_ms)?))
    }

    fn stage_settings(&self, settings: CollectionSettings, now_ms: i64) -> Result<Option<u64>> {
        let entry = Entry {
            settings: Some(settings),
            ..self.entry(now_ms)?
        };
        self.stage(&entry, None, &[])
    }
}
