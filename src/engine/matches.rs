//! Neighbors and documents, as they are told to a client.

use std::cmp::Reverse;
use std::collections::HashMap;

use super::judge::kinship;
use super::{Core, Match, Member, Mention, Placement, Result};
use crate::id::{ArticleId, DocId};
use crate::index::{Neighbor, Neighbors, Probe};
use crate::record::{self, Document, sketch_keys};
use crate::syndication::Relation;
use crate::text::Shingles;

/// Most matches of one answer: each may carry some KB of names.
pub const MAX_MATCHES: usize = 100;

impl Core {
    /// Tells an article's neighbors, nearest first, and whether there may be more of them.
    pub(super) fn matches(
        &self,
        document: &Document,
        neighbors: Neighbors,
    ) -> Result<(Vec<Match>, bool)> {
        let Neighbors {
            found: mut neighbors,
            truncated,
        } = neighbors;
        let thousandths = |share: f64| (share * 1000.0) as u32;
        neighbors.sort_by_cached_key(|Neighbor { document, pair, .. }| {
            let overlap = pair.overlap;
            let larger = overlap.containment().max(overlap.containment_of_other());
            (
                Reverse((thousandths(overlap.resemblance()), thousandths(larger))),
                document.order(),
            )
        });
        let truncated = truncated || neighbors.len() > MAX_MATCHES;
        neighbors.truncate(MAX_MATCHES);
        // A neighbor may belong to the article itself, which is not stored yet.
        let mut clusters = HashMap::from([(document.doc(), document.id())]);
        clusters.extend(
            neighbors
                .iter()
                .map(|Neighbor { document, .. }| (document.doc(), document.id())),
        );
        let leads = neighbors.iter().map(|neighbor| neighbor.document.lead());
        let unknown: Vec<DocId> = leads.filter(|lead| !clusters.contains_key(lead)).collect();
        clusters.extend(self.ids(&unknown)?);
        let told = neighbors.into_iter().filter_map(|neighbor| {
            let (relation, reversed) = self.relations(document, &neighbor);
            Some(Match {
                doc: neighbor.document.doc(),
                article: mention(&neighbor.document),
                cluster: clusters.get(&neighbor.document.lead())?.clone(),
                relation,
                reversed,
                overlap: neighbor.pair.overlap,
            })
        });
        Ok((told.collect(), truncated))
    }

    /// The neighbors of a stored document, as of now.
    pub(super) fn neighbors_of(
        &self,
        document: &Document,
        shingles: &Shingles,
    ) -> Result<Neighbors> {
        let collection = &document.put.collection;
        let keys = sketch_keys(collection, shingles, &self.params.sketch);
        Ok(self.index.neighbors(
            Probe {
                collection,
                shingles,
                keys: &keys,
            },
            &[document.doc()],
        )?)
    }

    /// Where a stored document belongs.
    pub(super) fn placement_of(&self, document: &Document) -> Result<Placement> {
        let lead = self.document(document.lead())?;
        Ok(Placement {
            cluster: lead.id(),
            size: 1 + self.followers(lead.doc())?,
            relation: relation_to_lead(document, &lead),
            overlap: document.overlap(),
        })
    }

    /// Reads a document that should be there.
    pub(super) fn document(&self, doc: DocId) -> Result<Document> {
        let document = self.index.documents(&[doc])?.pop().flatten();
        Ok(document.ok_or(record::Error::Missing {
            what: "document",
            doc: doc.0,
        })?)
    }

    /// Reads documents; those that are gone are passed over.
    pub(super) fn documents(&self, docs: &[DocId]) -> Result<Vec<Document>> {
        Ok(self.index.documents(docs)?.into_iter().flatten().collect())
    }

    pub(super) fn ids(&self, docs: &[DocId]) -> Result<Vec<(DocId, ArticleId)>> {
        Ok(self
            .documents(docs)?
            .iter()
            .map(|document| (document.doc(), document.id()))
            .collect())
    }
}

pub(super) fn mention(document: &Document) -> Mention {
    Mention {
        id: document.id(),
        url: document.put.url.clone(),
        publisher: document.put.publisher.clone(),
        time_ms: document.order().time_ms,
        title: document.put.title.clone(),
    }
}

pub(super) fn member(document: &Document, lead: &Document) -> Member {
    Member {
        article: mention(document),
        relation: relation_to_lead(document, lead),
        overlap: document.overlap(),
    }
}

fn relation_to_lead(document: &Document, lead: &Document) -> Relation {
    if document.leads() {
        Relation::Lead
    } else {
        Relation::of_copies(&document.overlap(), kinship(document, lead))
    }
}
