//! The articles around a change, as the definition of clusters asks for them.

use std::collections::HashMap;
use std::sync::Arc;

use super::judge::same_host;
use super::{Core, Error, Result};
use crate::cluster::{Neighborhood, Order};
use crate::id::DocId;
use crate::index::{Neighbor, Probe};
use crate::record::{self, Document, Keys, decode_doc, member_prefix, sketch_keys};
use crate::syndication::TextPair;
use crate::text::{Overlap, Shingles};

/// How many followers are read at once.
const PAGE: usize = 1000;

/// The article that comes, before it is stored.
pub(super) struct Coming<'c> {
    pub document: &'c Document,
    pub shingles: &'c Shingles,
    pub keys: &'c Keys,
    /// Its verified neighbors.
    pub neighbors: &'c [Neighbor],
}

/// The articles around a change. Answers are remembered: while one article is placed, nothing else
/// changes.
pub(super) struct Around<'c> {
    core: &'c Core,
    coming: Option<Coming<'c>>,
    going: Option<DocId>,
    documents: HashMap<DocId, Document>,
    copies: HashMap<DocId, Vec<DocId>>,
    /// Keys of leads that have risen: each is held against many.
    lead_keys: HashMap<DocId, Keys>,
}

impl<'c> Around<'c> {
    pub fn new(core: &'c Core, coming: Option<Coming<'c>>, going: Option<&Document>) -> Self {
        let mut documents = HashMap::new();
        let mut copies = HashMap::new();
        if let Some(Coming {
            document,
            neighbors,
            ..
        }) = &coming
        {
            documents.insert(document.doc(), (*document).clone());
            documents.extend(
                neighbors
                    .iter()
                    .map(|n| (n.document.doc(), n.document.clone())),
            );
            copies.insert(
                document.doc(),
                neighbors
                    .iter()
                    .filter(|neighbor| core.is_copy(document, neighbor))
                    .map(|n| n.document.doc())
                    .collect(),
            );
        }
        documents.extend(going.map(|document| (document.doc(), document.clone())));
        Self {
            core,
            coming,
            going: going.map(Document::doc),
            documents,
            copies,
            lead_keys: HashMap::new(),
        }
    }

    /// What two articles share, exactly.
    pub fn overlap(&self, a: DocId, b: DocId) -> Result<Overlap> {
        if let Some(Coming {
            shingles,
            neighbors,
            ..
        }) = self.coming(a)
        {
            // Most articles come to stand alone, and of the others the lead was compared.
            if a == b {
                return Ok(shingles.overlap_with_itself());
            }
            let compared = neighbors.iter().find(|n| n.document.doc() == b);
            if let Some(neighbor) = compared {
                return Ok(neighbor.pair.overlap);
            }
        }
        Ok(self.shingles(a)?.overlap(&*self.shingles(b)?))
    }

    /// What is known of an article.
    pub fn document(&mut self, doc: DocId) -> Result<&Document> {
        if !self.documents.contains_key(&doc) {
            self.documents.insert(doc, self.core.document(doc)?);
        }
        Ok(&self.documents[&doc])
    }

    fn coming(&self, doc: DocId) -> Option<&Coming<'c>> {
        self.coming
            .as_ref()
            .filter(|coming| coming.document.doc() == doc)
    }

    fn shingles(&self, doc: DocId) -> Result<Text<'_>> {
        if let Some(coming) = self.coming(doc) {
            return Ok(Text::Coming(coming.shingles));
        }
        let stored = self.core.index.shingles(&[doc])?.pop().flatten();
        Ok(Text::Stored(stored.ok_or(record::Error::Missing {
            what: "text of document",
            doc: doc.0,
        })?))
    }

    fn keys(&mut self, doc: DocId) -> Result<Keys> {
        if let Some(coming) = self.coming(doc) {
            return Ok(coming.keys.clone());
        }
        let collection = self.document(doc)?.put.collection.clone();
        Ok(sketch_keys(
            &collection,
            &*self.shingles(doc)?,
            &self.core.params.sketch,
        ))
    }
}

impl Neighborhood for Around<'_> {
    type Error = Error;

    fn order(&mut self, doc: DocId) -> Result<Order> {
        Ok(self.document(doc)?.order())
    }

    fn lead(&mut self, doc: DocId) -> Result<Option<DocId>> {
        if self.coming(doc).is_some() || self.going == Some(doc) {
            return Ok(None);
        }
        Ok(Some(self.document(doc)?.lead()))
    }

    fn copies(&mut self, doc: DocId) -> Result<Vec<DocId>> {
        if let Some(copies) = self.copies.get(&doc) {
            return Ok(copies.clone());
        }
        let keys = self.keys(doc)?;
        let document = self.document(doc)?.clone();
        let collection = &document.put.collection;
        let without: Vec<DocId> = self.going.into_iter().chain([doc]).collect();
        let stored = {
            let shingles = self.shingles(doc)?;
            let probe = Probe {
                collection,
                shingles: &shingles,
                keys: &keys,
            };
            self.core.index.neighbors(probe, &without)?
        };
        let mut copies = Vec::new();
        for neighbor in stored.found {
            if self.core.is_copy(&document, &neighbor) {
                copies.push(neighbor.document.doc());
                self.documents
                    .entry(neighbor.document.doc())
                    .or_insert(neighbor.document);
            }
        }
        if let Some(coming) = &self.coming {
            let mut theirs = coming
                .neighbors
                .iter()
                .filter(|n| self.core.is_copy(coming.document, n));
            copies.extend(
                theirs
                    .any(|n| n.document.doc() == doc)
                    .then(|| coming.document.doc()),
            );
        }
        self.copies.insert(doc, copies.clone());
        Ok(copies)
    }

    fn are_copies(&mut self, doc: DocId, lead: DocId) -> Result<bool> {
        let pair = TextPair::of(&*self.shingles(doc)?, &*self.shingles(lead)?);
        let (this, other) = (self.document(doc)?.clone(), self.document(lead)?);
        if !pair.is_copy(same_host(&this, other), &self.core.params.thresholds) {
            return Ok(false);
        }
        if !self.lead_keys.contains_key(&lead) {
            let keys = self.keys(lead)?;
            self.lead_keys.insert(lead, keys);
        }
        let keys = self.keys(doc)?;
        Ok(self.core.index.proposes(&keys, &self.lead_keys[&lead]))
    }

    fn followers(&mut self, lead: DocId) -> Result<Vec<DocId>> {
        let prefix = member_prefix(lead);
        let mut followers = Vec::new();
        let mut after: Option<Vec<u8>> = None;
        loop {
            let rows = self.core.store.scan(&prefix, after.as_deref(), PAGE)?;
            let is_last = rows.len() < PAGE;
            for (_, value) in &rows {
                followers.push(DocId(decode_doc(value)?));
            }
            after = rows.into_iter().next_back().map(|(key, _)| key);
            if is_last {
                followers.retain(|&doc| self.going != Some(doc));
                return Ok(followers);
            }
        }
    }
}

impl Core {
    /// Whether an article and its neighbor are copies of each other by the definition of a cluster.
    pub(super) fn is_copy(&self, document: &Document, neighbor: &Neighbor) -> bool {
        let same_host = same_host(document, &neighbor.document);
        neighbor.sketches_meet && neighbor.pair.is_copy(same_host, &self.params.thresholds)
    }
}

enum Text<'t> {
    Coming(&'t Shingles),
    Stored(Arc<Shingles>),
}

impl std::ops::Deref for Text<'_> {
    type Target = Shingles;

    fn deref(&self) -> &Shingles {
        match self {
            Self::Coming(shingles) => shingles,
            Self::Stored(shingles) => shingles,
        }
    }
}
