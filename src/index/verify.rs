//! Candidates -> neighbors, by the texts themselves.

use std::cell::LazyCell;
use std::collections::HashMap;
use std::sync::Arc;

use super::documents::Known;
use super::presence::Presence;
use super::propose::Candidate;
use super::{Index, Neighbor};
use crate::id::DocId;
use crate::record::{self, Entry, Error};
use crate::syndication::TextPair;
use crate::text::{Overlap, Shingles};

/// Most texts that are read from the journal for the sake of a phrase or a short passage, for one article:
/// each costs as much as all else that is done for it. Those that were read lately cost little.
const MOST_READ_OF_WEAK: usize = 4;

/// What comparing a text with a document's came to.
#[derive(Debug, Clone, Copy)]
pub(super) enum Compared {
    /// They share enough to tell.
    Match(TextPair),
    /// They do not, or the document is gone.
    Apart,
    /// The document's text would have had to be read, for little.
    PassedOver,
}

/// A document's text, and what comparing it came to.
pub(super) struct Seen {
    text: Arc<Shingles>,
    compared: Compared,
}

/// A candidate's text.
enum Text {
    Read(Arc<Shingles>),
    Gone,
    PassedOver,
}

impl Index {
    /// Compares a text with the candidates', in their order. Those that were seen before are not
    /// compared again, nor read again; it comes to the same.
    pub(super) fn compare(
        &self,
        shingles: &Shingles,
        candidates: &[Candidate],
        before: &HashMap<DocId, Seen>,
    ) -> record::Result<Vec<Compared>> {
        let texts = self.texts(
            candidates,
            |known, doc| known.shingles.get(doc),
            |docs| self.read_texts(docs, before),
        )?;
        let presence = LazyCell::new(|| Presence::of(shingles));
        let texts = candidates.iter().zip(texts);
        let compared = texts.map(|(candidate, text)| match text {
            Text::Read(text) => match before.get(&candidate.doc) {
                Some(seen) => seen.compared,
                None => self.compare_texts(shingles, presence.as_ref(), &text),
            },
            Text::Gone => Compared::Apart,
            Text::PassedOver => Compared::PassedOver,
        });
        Ok(compared.collect())
    }

    /// Compares a text with the candidates', and leaves what is kept in memory as it is.
    pub(super) fn see(
        &self,
        shingles: &Shingles,
        candidates: &[Candidate],
    ) -> record::Result<HashMap<DocId, Seen>> {
        let texts = self.texts(
            candidates,
            |known, doc| known.shingles.peek(doc),
            |docs| self.load_texts(docs),
        )?;
        let presence = LazyCell::new(|| Presence::of(shingles));
        let texts = candidates.iter().zip(texts);
        let seen = texts.filter_map(|(candidate, text)| match text {
            Text::Read(text) => {
                let compared = self.compare_texts(shingles, presence.as_ref(), &text);
                Some((candidate.doc, Seen { text, compared }))
            }
            Text::Gone | Text::PassedOver => None,
        });
        Ok(seen.collect())
    }

    fn compare_texts(
        &self,
        shingles: &Shingles,
        presence: Option<&Presence>,
        text: &Shingles,
    ) -> Compared {
        let weights = shingles.weights(text);
        let is_match = |shared| self.thresholds.is_match(&Overlap { shared, ..weights });
        if presence.is_some_and(|presence| !presence.may_share(text, is_match)) {
            return Compared::Apart;
        }
        let pair = TextPair::of(shingles, text);
        match self.thresholds.is_match(&pair.overlap) {
            true => Compared::Match(pair),
            false => Compared::Apart,
        }
    }

    /// Returns the candidates that match and are not of another collection.
    pub(super) fn matches(
        &self,
        collection: &str,
        candidates: &[Candidate],
        compared: &[Compared],
    ) -> record::Result<Vec<Neighbor>> {
        let matches = candidates.iter().zip(compared);
        let matches: Vec<(&Candidate, TextPair)> = matches
            .filter_map(|(candidate, compared)| match compared {
                Compared::Match(pair) => Some((candidate, *pair)),
                Compared::Apart | Compared::PassedOver => None,
            })
            .collect();
        let docs: Vec<DocId> = matches.iter().map(|(candidate, _)| candidate.doc).collect();
        let documents = self.documents(&docs)?;
        let found = matches.into_iter().zip(documents);
        let found = found.filter_map(|((candidate, pair), document)| {
            // A posting is a hint: its document may be gone.
            let document = document.filter(|one| one.put.collection == collection)?;
            Some(Neighbor {
                document,
                pair,
                sketches_meet: candidate.sketches_meet,
            })
        });
        Ok(found.collect())
    }

    /// Returns the candidates' texts, in their order: looked for in memory, or read, but for those
    /// that would have to be read for little, where these are many.
    fn texts(
        &self,
        candidates: &[Candidate],
        look: impl Fn(&mut Known, DocId) -> Option<Arc<Shingles>>,
        read: impl FnOnce(&[DocId]) -> record::Result<Vec<Option<Arc<Shingles>>>>,
    ) -> record::Result<Vec<Text>> {
        let known: Vec<Option<Arc<Shingles>>> = {
            let mut known = self.known();
            let docs = candidates.iter().map(|candidate| candidate.doc);
            docs.map(|doc| look(&mut known, doc)).collect()
        };
        let mut weak = 0;
        let missing: Vec<DocId> = candidates
            .iter()
            .zip(&known)
            .filter(|(candidate, known)| {
                weak += usize::from(known.is_none() && candidate.is_weak);
                known.is_none() && (!candidate.is_weak || weak <= MOST_READ_OF_WEAK)
            })
            .map(|(candidate, _)| candidate.doc)
            .collect();
        let read = read(&missing)?;
        let mut read = missing.into_iter().zip(read).peekable();
        let texts = candidates.iter().zip(known).map(|(candidate, known)| {
            let is_read = |(doc, _): &(DocId, _)| *doc == candidate.doc;
            match (known, read.next_if(is_read)) {
                (Some(text), _) | (None, Some((_, Some(text)))) => Text::Read(text),
                (None, Some((_, None))) => Text::Gone,
                (None, None) => Text::PassedOver,
            }
        });
        Ok(texts.collect())
    }

    /// Returns the shingles of stored documents, in their order; `None` for those that are gone.
    ///
    /// # Errors
    /// The store's, and entries that cannot be read.
    pub fn shingles(&self, docs: &[DocId]) -> record::Result<Vec<Option<Arc<Shingles>>>> {
        let mut texts: Vec<Option<Arc<Shingles>>> = {
            let mut known = self.known();
            docs.iter().map(|&doc| known.shingles.get(doc)).collect()
        };
        let missing: Vec<usize> = (0..docs.len()).filter(|&at| texts[at].is_none()).collect();
        let unread: Vec<DocId> = missing.iter().map(|&at| docs[at]).collect();
        for (at, text) in missing
            .into_iter()
            .zip(self.read_texts(&unread, &HashMap::new())?)
        {
            texts[at] = text;
        }
        Ok(texts)
    }

    /// Reads texts that were not seen before from the journal, and keeps them.
    fn read_texts(
        &self,
        docs: &[DocId],
        before: &HashMap<DocId, Seen>,
    ) -> record::Result<Vec<Option<Arc<Shingles>>>> {
        let unseen = docs.iter().filter(|doc| !before.contains_key(doc));
        let mut loaded = self
            .load_texts(&unseen.copied().collect::<Vec<_>>())?
            .into_iter();
        let texts = docs.iter().map(|doc| match before.get(doc) {
            Some(seen) => Some(Arc::clone(&seen.text)),
            None => loaded.next().flatten(),
        });
        let texts: Vec<_> = texts.collect();
        let mut known = self.known();
        for (&doc, text) in docs.iter().zip(&texts) {
            if let Some(text) = text {
                known.shingles.put(doc, Arc::clone(text));
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
        entries
            .map(|(entry, &doc)| {
                let Some(entry) = entry else { return Ok(None) };
                let put = Entry::decode(&entry)?.put.ok_or(Error::Missing {
                    what: "text of document",
                    doc: doc.0,
                })?;
                Ok(Some(Arc::new(put.shingles()?)))
            })
            .collect()
    }
}
