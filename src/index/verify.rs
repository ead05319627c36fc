//! Candidates -> neighbors, verified on the texts.

use std::collections::HashMap;
use std::sync::Arc;

use super::propose::Candidate;
use super::{Index, Neighbor, Probe};
use crate::id::DocId;
use crate::record::{self, Entry, Error};
use crate::syndication::TextPair;
use crate::text::Shingles;

/// Most texts of weak candidates that are read from the journal for one article. Each read costs as
/// much as everything else that is done for the article; cached texts cost little.
const WEAK_READS: usize = 4;

/// The result of comparing a text with a candidate's.
#[derive(Debug, Clone, Copy)]
pub(super) enum Compared {
    /// They share enough to be reported.
    Match(TextPair),
    /// They do not, or the document is gone.
    Apart,
    /// The candidate is weak, and its text would have had to be read.
    Skipped,
}

/// A document's text, and the result of comparing it.
pub(super) struct ComparedText {
    text: Arc<Shingles>,
    compared: Compared,
}

/// The text of a candidate.
enum CandidateText {
    Read(Arc<Shingles>),
    Gone,
    Skipped,
}

impl Index {
    /// Compares a text with the candidates', in their order, reusing the comparisons that were
    /// made `before`.
    pub(super) fn compare(
        &self,
        probe: Probe<'_>,
        candidates: &[Candidate],
        before: &HashMap<DocId, ComparedText>,
    ) -> record::Result<Vec<Compared>> {
        let texts = self.texts(candidates, Some(before))?;
        let compared = candidates.iter().zip(texts).map(|(candidate, text)| {
            match (text, before.get(&candidate.doc)) {
                (CandidateText::Read(_), Some(earlier)) => earlier.compared,
                (CandidateText::Read(text), None) => self.compare_texts(probe, &text),
                (CandidateText::Gone, _) => Compared::Apart,
                (CandidateText::Skipped, _) => Compared::Skipped,
            }
        });
        Ok(compared.collect())
    }

    /// Compares a text with the candidates there are before its turn. The cache stays as it is,
    /// so that the turn sees the same one either way.
    pub(super) fn compare_early(
        &self,
        probe: Probe<'_>,
        candidates: &[Candidate],
    ) -> record::Result<HashMap<DocId, ComparedText>> {
        let texts = self.texts(candidates, None)?;
        let compared = candidates
            .iter()
            .zip(texts)
            .filter_map(|(candidate, text)| {
                let CandidateText::Read(text) = text else {
                    return None;
                };
                let compared = self.compare_texts(probe, &text);
                Some((candidate.doc, ComparedText { text, compared }))
            });
        Ok(compared.collect())
    }

    fn compare_texts(&self, probe: Probe<'_>, text: &Shingles) -> Compared {
        let overlap = probe.shingles.overlap(text);
        match self.thresholds.is_match(&overlap, probe.quotations) {
            true => Compared::Match(TextPair::of_overlap(overlap, probe.shingles, text)),
            false => Compared::Apart,
        }
    }

    /// Returns the candidates that match and belong to the collection.
    pub(super) fn matches(
        &self,
        collection: &str,
        candidates: &[Candidate],
        compared: &[Compared],
    ) -> record::Result<Vec<Neighbor>> {
        let pairs = candidates.iter().zip(compared);
        let pairs = pairs.filter_map(|(candidate, compared)| match compared {
            Compared::Match(pair) => Some((candidate.doc, *pair)),
            Compared::Apart | Compared::Skipped => None,
        });
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
    /// journal, but for the texts of weak candidates beyond the first few. Without `before` the
    /// cache is left as it is.
    fn texts(
        &self,
        candidates: &[Candidate],
        before: Option<&HashMap<DocId, ComparedText>>,
    ) -> record::Result<Vec<CandidateText>> {
        let cached: Vec<Option<Arc<Shingles>>> = {
            let mut cache = self.cache();
            let docs = candidates.iter().map(|candidate| candidate.doc);
            docs.map(|doc| match before {
                Some(_) => cache.shingles.get(doc),
                None => cache.shingles.peek(doc),
            })
            .collect()
        };
        let mut weak = 0;
        let missing = candidates
            .iter()
            .zip(&cached)
            .filter(|(candidate, cached)| {
                weak += usize::from(cached.is_none() && candidate.is_weak);
                cached.is_none() && (!candidate.is_weak || weak <= WEAK_READS)
            });
        let missing: Vec<DocId> = missing.map(|(candidate, _)| candidate.doc).collect();
        let read = match before {
            Some(before) => self.read_texts(&missing, before)?,
            None => self.load_texts(&missing)?,
        };
        let mut read = missing.into_iter().zip(read).peekable();
        let texts = candidates.iter().zip(cached).map(|(candidate, cached)| {
            let is_read = |(doc, _): &(DocId, _)| *doc == candidate.doc;
            match (cached, read.next_if(is_read)) {
                (Some(text), _) | (None, Some((_, Some(text)))) => CandidateText::Read(text),
                (None, Some((_, None))) => CandidateText::Gone,
                (None, None) => CandidateText::Skipped,
            }
        });
        Ok(texts.collect())
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
