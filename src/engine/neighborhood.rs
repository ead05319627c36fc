//! The stored articles around a change, as clustering asks for them.

use std::collections::HashMap;
use std::sync::Arc;

use super::judge::same_host;
use super::{Core, Error, Result};
use crate::cluster::{Assignment, Neighborhood, Order, Resemblance, Unsettled};
use crate::id::DocId;
use crate::index::{Neighbor, Probe};
use crate::record::{
    self, DocList, Document, Keys, ListPosition, Membership, RowReader, sketch_keys,
};
use crate::syndication::TextPair;
use crate::text::{Overlap, Shingles};

/// A new article before it is stored.
pub(super) struct Newcomer<'c> {
    pub document: &'c Document,
    pub shingles: &'c Arc<Shingles>,
    pub keys: &'c Keys,
    /// Its verified neighbors.
    pub neighbors: &'c [Neighbor],
}

/// The articles around a change: the stored ones, a newcomer, and without the one that is withdrawn.
/// Answers are cached, because nothing else changes while one article is placed.
pub(super) struct LiveNeighborhood<'c> {
    core: &'c Core,
    newcomer: Option<Newcomer<'c>>,
    pub withdrawn: Option<DocId>,
    documents: HashMap<DocId, Document>,
    copies: HashMap<DocId, Vec<(DocId, Resemblance)>>,
    keys: HashMap<DocId, Keys>,
}

impl<'c> LiveNeighborhood<'c> {
    pub fn new(
        core: &'c Core,
        newcomer: Option<Newcomer<'c>>,
        withdrawn: Option<&Document>,
    ) -> Self {
        let mut documents = HashMap::new();
        let (mut copies, mut keys) = (HashMap::new(), HashMap::new());
        if let Some(newcomer) = &newcomer {
            let (document, neighbors) = (newcomer.document, newcomer.neighbors);
            keys.insert(document.doc(), newcomer.keys.clone());
            let all = neighbors.iter().map(|neighbor| &neighbor.document);
            let all = all.chain([document]);
            documents.extend(all.map(|one| (one.doc(), one.clone())));
            let of_newcomer = neighbors.iter().filter(|one| core.is_copy(document, one));
            let of_newcomer = of_newcomer.map(|one| (one.document.doc(), resemblance(&one.pair)));
            copies.insert(document.doc(), of_newcomer.collect());
        }
        documents.extend(withdrawn.map(|document| (document.doc(), document.clone())));
        Self {
            core,
            newcomer,
            withdrawn: withdrawn.map(Document::doc),
            documents,
            copies,
            keys,
        }
    }

    /// Returns what two articles share, exactly.
    pub fn overlap(&self, a: DocId, b: DocId) -> Result<Overlap> {
        if let Some(newcomer) = self.newcomer(a) {
            // Most new articles are leads, and the leads of the others were compared.
            if a == b {
                return Ok(newcomer.shingles.overlap_with_itself());
            }
            let mut compared = newcomer.neighbors.iter();
            if let Some(neighbor) = compared.find(|one| one.document.doc() == b) {
                return Ok(neighbor.pair.overlap);
            }
        }
        Ok(self.shingles(a)?.overlap(&*self.shingles(b)?))
    }

    /// Returns an article.
    pub fn document(&mut self, doc: DocId) -> Result<&Document> {
        let missing = || record::Error::missing("document", doc).into();
        self.find(doc)?.ok_or_else(missing)
    }

    /// Returns an article as it was before the change; `None` if it is gone.
    pub fn find(&mut self, doc: DocId) -> Result<Option<&Document>> {
        if !self.documents.contains_key(&doc) {
            let found = self.core.documents(&[doc])?;
            self.documents
                .extend(found.into_iter().map(|one| (doc, one)));
        }
        Ok(self.documents.get(&doc))
    }

    /// Returns assignments as they are stored: with what each article shares with its lead.
    pub fn memberships(&self, assigned: &[Assignment]) -> Result<Vec<Membership>> {
        let membership = |one: &Assignment| {
            let overlap = self.overlap(one.doc, one.lead)?;
            Ok(Membership::new(one, overlap))
        };
        assigned.iter().map(membership).collect()
    }

    fn newcomer(&self, doc: DocId) -> Option<&Newcomer<'c>> {
        let newcomer = self.newcomer.as_ref();
        newcomer.filter(|newcomer| newcomer.document.doc() == doc)
    }

    fn shingles(&self, doc: DocId) -> Result<Arc<Shingles>> {
        match self.newcomer(doc) {
            Some(newcomer) => Ok(Arc::clone(newcomer.shingles)),
            None => Ok(self.core.index.shingles(doc)?),
        }
    }

    fn keys(&mut self, doc: DocId) -> Result<Keys> {
        if !self.keys.contains_key(&doc) {
            let (shingles, sketch) = (self.shingles(doc)?, self.core.params.sketch);
            let collection = &self.document(doc)?.put.collection;
            let keys = sketch_keys(collection, &shingles, &sketch);
            self.keys.insert(doc, keys);
        }
        Ok(self.keys[&doc].clone())
    }
}

impl Neighborhood for LiveNeighborhood<'_> {
    type Error = Error;

    fn order(&mut self, doc: DocId) -> Result<Order> {
        Ok(self.document(doc)?.order())
    }

    fn assignment(&mut self, doc: DocId) -> Result<Option<Assignment>> {
        if self.newcomer(doc).is_some() {
            return Ok(None);
        }
        Ok(self
            .find(doc)?
            .map(|document| document.membership.assignment()))
    }

    fn other_lead(&mut self, cluster: DocId) -> Result<Option<DocId>> {
        let state = RowReader(&*self.core.store).clusters(&[cluster])?.pop();
        Ok(state.flatten().map(|state| DocId(state.lead)))
    }

    fn unsettled(&mut self, doc: DocId) -> Result<Unsettled> {
        let order = self.order(doc)?;
        Ok(RowReader(&*self.core.store).unsettled(&order, doc)?)
    }

    fn copies(&mut self, doc: DocId) -> Result<Vec<(DocId, Resemblance)>> {
        if let Some(copies) = self.copies.get(&doc) {
            return Ok(copies.clone());
        }
        let keys = self.keys(doc)?;
        let document = self.document(doc)?.clone();
        let without: Vec<DocId> = self.withdrawn.into_iter().chain([doc]).collect();
        let probe = Probe {
            collection: &document.put.collection,
            shingles: &*self.shingles(doc)?,
            keys: &keys,
            quotations: false,
        };
        let stored = self.core.index.neighbors(None, probe, &without)?;
        let mut copies = Vec::new();
        for neighbor in stored.found {
            if self.core.is_copy(&document, &neighbor) {
                let copy = neighbor.document.doc();
                copies.push((copy, resemblance(&neighbor.pair)));
                self.documents.entry(copy).or_insert(neighbor.document);
            }
        }
        if let Some(newcomer) = &self.newcomer {
            let newcomer = newcomer.document.doc();
            let mut of_newcomer = self.copies[&newcomer].iter();
            let found = of_newcomer.find(|(copy, _)| *copy == doc);
            copies.extend(found.map(|&(_, resemblance)| (newcomer, resemblance)));
        }
        self.copies.insert(doc, copies.clone());
        Ok(copies)
    }

    fn resemblance(&mut self, doc: DocId, lead: DocId) -> Result<Option<Resemblance>> {
        let pair = TextPair::of(&*self.shingles(doc)?, &*self.shingles(lead)?);
        let (this, other) = (self.document(doc)?.clone(), self.document(lead)?);
        if !pair.is_copy(same_host(&this, other), &self.core.params.thresholds) {
            return Ok(None);
        }
        let keys = self.keys(doc)?;
        let is_proposed = self.core.index.proposes(&keys, &self.keys(lead)?);
        Ok(is_proposed.then(|| resemblance(&pair)))
    }

    fn followers(
        &mut self,
        cluster: DocId,
        after: &[u8],
        limit: usize,
    ) -> Result<Vec<(Vec<u8>, DocId)>> {
        let rows = RowReader(&*self.core.store);
        let after = (!after.is_empty()).then(|| ListPosition(after.to_vec()));
        let followers = rows.list(DocList::Followers(cluster), after.as_ref(), limit + 1)?;
        let stored = followers
            .into_iter()
            .filter(|(_, doc)| self.withdrawn != Some(*doc));
        let positions = stored.map(|(position, doc)| (position.0, doc));
        Ok(positions.take(limit).collect())
    }

    fn unused(&mut self) -> Result<DocId> {
        Ok(DocId(self.core.store.reserve(1)?))
    }
}

/// Returns how like two texts are.
fn resemblance(pair: &TextPair) -> Resemblance {
    let Overlap {
        shared,
        this,
        other,
    } = pair.overlap;
    Resemblance::new(shared, this, other)
}

impl Core {
    /// Returns whether an article and its neighbor are copies by the definition of a cluster.
    fn is_copy(&self, document: &Document, neighbor: &Neighbor) -> bool {
        let same_host = same_host(document, &neighbor.document);
        neighbor.pair.is_copy(same_host, &self.params.thresholds)
    }
}
