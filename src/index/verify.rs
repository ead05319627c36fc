//! Candidates -> neighbors, verified on the texts.

use std::collections::HashMap;
use std::sync::Arc;

use super::{Index, Neighbor, Probe};
use crate::id::DocId;
use crate::record::{self, Entry, Error};
use crate::syndication::TextPair;
use crate::text::Shingles;

/// A document's text, and the result of comparing it: `None` if the two share too little.
pub(super) struct ComparedText {
    text: Arc<Shingles>,
    compared: Option<TextPair>,
}

impl Index {
    /// Compares a text with the candidates', in their order, reusing the comparisons that were
    /// made `before`. `None` for a candidate that shares too little, or is gone.
    pub(super) fn compare(
        &self,
        probe: Probe<'_>,
        candidates: &[DocId],
        before: &HashMap<DocId, ComparedText>,
    ) -> record::Result<Vec<Option<TextPair>>> {
        let texts = self.texts(candidates, Some(before))?;
        let mut count = 0;
        let compared = candidates.iter().zip(texts).map(|(doc, text)| {
            let text = text?;
            match before.get(doc) {
                Some(earlier) => earlier.compared,
                None => {
                    count += 1;
                    self.compare_texts(probe, &text)
                }
            }
        });
        let compared = compared.collect();
        self.meters.compared.add(count);
        Ok(compared)
    }

    /// Compares a text with the candidates there are before its turn. The cache stays as it is,
    /// so that the turn sees the same one either way.
    pub(super) fn compare_early(
        &self,
        probe: Probe<'_>,
        candidates: &[DocId],
    ) -> record::Result<HashMap<DocId, ComparedText>> {
        let texts = candidates.iter().zip(self.texts(candidates, None)?);
        let compared = texts.filter_map(|(&doc, text)| {
            let text = text?;
            let compared = self.compare_texts(probe, &text);
            Some((doc, ComparedText { text, compared }))
        });
        let compared: HashMap<DocId, ComparedText> = compared.collect();
        self.meters.compared.add(compared.len() as u64);
        Ok(compared)
    }

    fn compare_texts(&self, probe: Probe<'_>, text: &Shingles) -> Option<TextPair> {
        let overlap = probe.shingles.overlap(text);
        let is_match = self.thresholds.is_match(&overlap, probe.quotations);
        is_match.then(|| TextPair::of_overlap(overlap, probe.shingles, text))
    }

    /// Returns the candidates that match and belong to the collection.
    pub(super) fn matches(
        &self,
        collection: &str,
        candidates: &[DocId],
        compared: &[Option<TextPair>],
    ) -> record::Result<Vec<Neighbor>> {
        let pairs = candidates.iter().zip(compared);
        let pairs = pairs.filter_map(|(&doc, compared)| Some((doc, (*compared)?)));
        let (docs, pairs): (Vec<DocId>, Vec<TextPair>) = pairs.unzip();
        let found = pairs.into_iter().zip(self.documents(&docs)?);
        // A document may be gone: a posting is only a hint.
        let found = found.filter_map(|(pair, document)| {
            let document = document.filter(|one| one.put.collection == collection)?;
            Some(Neighbor { document, pair })
        });
        Ok(found.collect())
    }

    /// Returns the candidates' texts, in their order: cached, compared `before`, or read from the
    /// journal. Without `before` the cache is left as it is.
    fn texts(
        &self,
        candidates: &[DocId],
        before: Option<&HashMap<DocId, ComparedText>>,
    ) -> record::Result<Vec<Option<Arc<Shingles>>>> {
        let mut texts: Vec<Option<Arc<Shingles>>> = {
            let mut cache = self.cache();
            let docs = candidates.iter().map(|&doc| match before {
                Some(_) => cache.shingles.get(doc),
                None => cache.shingles.peek(doc),
            });
            docs.collect()
        };
        let both = candidates.iter().zip(&texts);
        let missing = both.filter(|(_, cached)| cached.is_none());
        let missing: Vec<DocId> = missing.map(|(&doc, _)| doc).collect();
        let read = match before {
            Some(before) => self.read_texts(&missing, before)?,
            None => self.load_texts(&missing)?,
        };
        let places = texts.iter_mut().filter(|text| text.is_none());
        places.zip(read).for_each(|(place, text)| *place = text);
        Ok(texts)
    }

    /// Returns the shingles of a stored document.
    ///
    /// # Errors
    /// Those of the store, [`Error::Missing`], and entries that cannot be read.
    pub fn shingles(&self, doc: DocId) -> record::Result<Arc<Shingles>> {
        if let Some(text) = self.cache().shingles.get(doc) {
            return Ok(text);
        }
        let mut texts = self.read_texts(&[doc], &HashMap::new())?;
        texts
            .pop()
            .flatten()
            .ok_or(Error::missing("text of document", doc))
    }

    /// Returns texts, from earlier comparisons or else from the journal, and caches them.
    fn read_texts(
        &self,
        docs: &[DocId],
        before: &HashMap<DocId, ComparedText>,
    ) -> record::Result<Vec<Option<Arc<Shingles>>>> {
        let unread = docs.iter().copied().filter(|doc| !before.contains_key(doc));
        let mut loaded = self.load_texts(&unread.collect::<Vec<_>>())?.into_iter();
        let texts = docs.iter().map(|doc| match before.get(doc) {
            Some(earlier) => Some(Arc::clone(&earlier.text)),
            None => loaded.next().flatten(),
        });
        let texts: Vec<_> = texts.collect();
        let mut cache = self.cache();
        for (&doc, text) in docs.iter().zip(&texts) {
            if let Some(text) = text {
                cache.shingles.put(doc, Arc::clone(text));
            }
        }
        Ok(texts)
    }

    fn load_texts(&self, docs: &[DocId]) -> record::Result<Vec<Option<Arc<Shingles>>>> {
        if docs.is_empty() {
            return Ok(Vec::new());
        }
        let numbers: Vec<u64> = docs.iter().map(|doc| doc.0).collect();
        let entries = self.store.entries(&numbers)?.into_iter().zip(docs);
        let text = |(entry, &doc): (Option<Vec<u8>>, &DocId)| {
            let Some(entry) = entry else { return Ok(None) };
            let put = Entry::decode(&entry)?.put;
            let put = put.ok_or(Error::missing("text of document", doc))?;
            Ok(Some(Arc::new(put.shingles()?)))
        };
        entries.map(text).collect()
    }
}
