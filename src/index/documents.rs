//! Stored documents. Where a document belongs is read from the store each time; what was submitted
//! never changes, so recently used articles and texts are cached.

use std::sync::{Arc, MutexGuard, PoisonError};

use super::Index;
use crate::cache::Cache;
use crate::id::DocId;
use crate::record::{self, Document, Error, Put, RowReader};
use crate::text::Shingles;

/// Recently used articles and texts.
pub(super) struct RecordCache {
    pub puts: Cache<DocId, Arc<Put>>,
    pub shingles: Cache<DocId, Arc<Shingles>>,
}

impl RecordCache {
    /// Creates a cache of about `bytes` bytes, of which a sixteenth is left for the engine's verdicts.
    pub fn new(bytes: usize) -> Self {
        let (puts, verdicts) = (bytes / 8, bytes / 16);
        Self {
            puts: Cache::new(puts, |put| put.size()),
            shingles: Cache::new(bytes - puts - verdicts, |shingles| shingles.size()),
        }
    }
}

impl Index {
    /// Returns documents, in their order; `None` for those that are gone.
    ///
    /// # Errors
    /// Those of the store, and rows that cannot be read.
    pub fn documents(&self, docs: &[DocId]) -> record::Result<Vec<Option<Document>>> {
        let cached: Vec<Option<Arc<Put>>> = {
            let mut cache = self.cache();
            docs.iter().map(|&doc| cache.puts.get(doc)).collect()
        };
        let documents = RowReader(&*self.store).documents(docs, &cached)?;
        let mut cache = self.cache();
        for (document, cached) in documents.iter().zip(cached) {
            if let (Some(document), None) = (document, cached) {
                cache.puts.put(document.doc(), Arc::clone(&document.put));
            }
        }
        Ok(documents)
    }

    /// Returns a document that must be there.
    ///
    /// # Errors
    /// As [`Self::documents`], and [`Error::Missing`].
    pub fn document(&self, doc: DocId) -> record::Result<Document> {
        let document = self.documents(&[doc])?.pop().flatten();
        document.ok_or(Error::missing("document", doc))
    }

    /// Caches a new article and its text.
    pub fn keep(&self, put: Arc<Put>, shingles: Arc<Shingles>) {
        let doc = DocId(put.doc);
        let mut cache = self.cache();
        cache.puts.put(doc, put);
        cache.shingles.put(doc, shingles);
    }

    pub(super) fn cache(&self) -> MutexGuard<'_, RecordCache> {
        self.cache.lock().unwrap_or_else(PoisonError::into_inner)
    }
}
