//! What is known of documents: where they stand, from the store; what came in as them, from memory
//! where it was read lately, for that never changes.

use std::sync::{Arc, MutexGuard, PoisonError};

use super::Index;
use crate::cache::Cache;
use crate::id::DocId;
use crate::record::{self, Document, Placing, Put, document_row, place_row};
use crate::text::Shingles;

/// What was read lately.
pub(super) struct Known {
    pub puts: Cache<DocId, Arc<Put>>,
    pub shingles: Cache<DocId, Arc<Shingles>>,
}

impl Known {
    /// Holds about so many bytes.
    pub fn new(bytes: usize) -> Self {
        Self {
            puts: Cache::new(bytes / 8, |put| put.size()),
            shingles: Cache::new(bytes - bytes / 8, |shingles| shingles.size()),
        }
    }
}

impl Index {
    /// Returns documents, in their order; `None` for those that are gone.
    ///
    /// # Errors
    /// The store's, and rows that cannot be read.
    pub fn documents(&self, docs: &[DocId]) -> record::Result<Vec<Option<Document>>> {
        let known: Vec<Option<Arc<Put>>> = {
            let mut known = self.known();
            docs.iter().map(|&doc| known.puts.get(doc)).collect()
        };
        let mut rows: Vec<Vec<u8>> = docs.iter().map(|&doc| place_row(doc)).collect();
        let unknown = docs.iter().zip(&known).filter(|(_, known)| known.is_none());
        rows.extend(unknown.map(|(&doc, _)| document_row(doc)));
        // In one call, for a document may go at any time.
        let rows = self.store.rows(&rows)?;
        let (places, puts) = rows.split_at(docs.len());
        let mut puts = puts.iter();
        let mut documents = Vec::with_capacity(docs.len());
        for ((&doc, place), put) in docs.iter().zip(places).zip(known) {
            let row = match put {
                Some(_) => None,
                None => puts.next().and_then(Option::as_ref),
            };
            let put = match (put, row) {
                (Some(put), _) => Some(put),
                (None, Some(row)) => Some(self.keep_put(doc, Put::from_row(row)?)),
                (None, None) => None,
            };
            documents.push(match (put, place) {
                (Some(put), Some(place)) => {
                    let place = Placing::from_row(doc, place)?;
                    Some(Document { put, place })
                }
                _ => None,
            });
        }
        Ok(documents)
    }

    /// Returns the leads of documents, in their order; `None` for those that are gone.
    pub(super) fn leads(&self, docs: &[DocId]) -> record::Result<Vec<Option<DocId>>> {
        let rows: Vec<Vec<u8>> = docs.iter().map(|&doc| place_row(doc)).collect();
        let rows = self.store.rows(&rows)?.into_iter().zip(docs);
        rows.map(|(row, &doc)| {
            let place = row.map(|row| Placing::from_row(doc, &row)).transpose()?;
            Ok(place.map(|place| DocId(place.lead)))
        })
        .collect()
    }

    /// Keeps what came in, for the next time that it is asked for.
    pub fn keep(&self, put: Arc<Put>, shingles: Shingles) {
        let doc = DocId(put.doc);
        let mut known = self.known();
        known.puts.put(doc, put);
        known.shingles.put(doc, Arc::new(shingles));
    }

    fn keep_put(&self, doc: DocId, put: Put) -> Arc<Put> {
        let put = Arc::new(put);
        self.known().puts.put(doc, Arc::clone(&put));
        put
    }

    pub(super) fn known(&self) -> MutexGuard<'_, Known> {
        self.known.lock().unwrap_or_else(PoisonError::into_inner)
    }
}
