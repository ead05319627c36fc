//! Reports about stored articles: their neighbors, places and clusters.

use std::cmp::Reverse;
use std::collections::HashMap;

use super::judge::kinship;
use super::{ArticleSummary, Core, Match, Member, Placement, Result};
use crate::id::{ArticleId, DocId};
use crate::index::{Neighbor, Neighbors};
use crate::record::{Document, RowReader};
use crate::syndication::{Judgement, Relation, site_of};
use crate::text::Shingles;

/// Most matches of one answer: each may have some KB of names.
pub const MAX_MATCHES: usize = 100;

/// What an article's neighbors say about it.
pub(super) struct Findings {
    pub judgement: Judgement,
    /// Its neighbors, nearest first.
    pub matches: Vec<Match>,
    /// A cap was hit: there may be more matches.
    pub truncated: bool,
    /// Number of its distinct shingles.
    pub shingles: u32,
}

impl Core {
    /// Judges an article in a cluster of `size` members by its neighbors, and reports them as matches.
    pub(super) fn findings(
        &self,
        document: &Document,
        size: u64,
        shingles: &Shingles,
        neighbors: Neighbors,
    ) -> Result<Findings> {
        let related = neighbors.found.into_iter().map(|neighbor| {
            let (relation, reversed) = self.relations(document, &neighbor);
            (neighbor, relation, reversed)
        });
        let mut related: Vec<(Neighbor, Relation, Relation)> = related.collect();
        let others = related
            .iter()
            .map(|(one, relation, _)| (&one.document, *relation, one.pair.overlap));
        let judgement = self.judge_among(document, size, &others.collect::<Vec<_>>())?;
        let thousandths = |share: f64| (share * 1000.0) as u32;
        related.sort_by_cached_key(|(Neighbor { document, pair, .. }, ..)| {
            let overlap = pair.overlap;
            let larger = overlap.containment().max(overlap.containment_of_other());
            let nearness = (thousandths(overlap.resemblance()), thousandths(larger));
            (Reverse(nearness), document.order())
        });
        let truncated = neighbors.truncated || related.len() > MAX_MATCHES;
        related.truncate(MAX_MATCHES);
        // A neighbor may follow the article itself, which is not stored yet.
        let known = related.iter().map(|(neighbor, ..)| &neighbor.document);
        let known = known.chain([document]).map(|one| (one.doc(), one.id()));
        let mut clusters: HashMap<DocId, ArticleId> = known.collect();
        let leads = related.iter().map(|(one, ..)| one.document.lead);
        let unknown: Vec<DocId> = leads.filter(|lead| !clusters.contains_key(lead)).collect();
        clusters.extend(self.ids(&unknown)?);
        let matches = related
            .into_iter()
            .filter_map(|(neighbor, relation, reversed)| {
                Some(Match {
                    doc: neighbor.document.doc(),
                    article: summary(&neighbor.document),
                    cluster: clusters.get(&neighbor.document.lead)?.clone(),
                    relation,
                    reversed,
                    overlap: neighbor.pair.overlap,
                })
            });
        Ok(Findings {
            judgement,
            matches: matches.collect(),
            truncated,
            shingles: shingles.len() as u32,
        })
    }

    /// Returns where a stored document belongs.
    pub(super) fn placement_of(&self, document: &Document) -> Result<Placement> {
        let size = 1 + self.followers(document.cluster())?;
        let settling = self.is_unsettled(document)?;
        Ok(match document.leads() {
            true => placement(document, document, size, settling),
            false => {
                let lead = self.index.document(document.lead)?;
                placement(document, &lead, size, settling)
            }
        })
    }

    /// Reads documents; those that are gone are left out.
    pub(super) fn documents(&self, docs: &[DocId]) -> Result<Vec<Document>> {
        Ok(self.index.documents(docs)?.into_iter().flatten().collect())
    }

    /// Returns the ids of documents; those that are gone are left out.
    pub(super) fn ids(&self, docs: &[DocId]) -> Result<Vec<(DocId, ArticleId)>> {
        let documents = self.documents(docs)?.into_iter();
        Ok(documents.map(|one| (one.doc(), one.id())).collect())
    }

    /// Returns how many documents follow the lead of a cluster.
    pub(super) fn followers(&self, cluster: DocId) -> Result<u64> {
        Ok(RowReader(&*self.store).followers(cluster)?)
    }

    pub(super) fn member(&self, document: &Document, lead: &Document) -> Result<Member> {
        Ok(Member {
            article: summary(document),
            relation: relation_to_lead(document, lead),
            overlap: document.overlap(),
            settling: self.is_unsettled(document)?,
        })
    }
}

pub(super) fn placement(
    document: &Document,
    lead: &Document,
    size: u64,
    settling: bool,
) -> Placement {
    Placement {
        cluster: lead.id(),
        size,
        settling,
        relation: relation_to_lead(document, lead),
        overlap: document.overlap(),
    }
}

pub(super) fn summary(document: &Document) -> ArticleSummary {
    ArticleSummary {
        id: document.id(),
        url: document.put.url.clone(),
        publisher: document.put.publisher.clone(),
        site: site_of(&document.put.source_host).to_owned(),
        time_ms: document.order().time_ms,
        title: document.put.title.clone(),
    }
}

fn relation_to_lead(document: &Document, lead: &Document) -> Relation {
    match document.leads() {
        true => Relation::Lead,
        false => Relation::of_copies(&document.overlap(), kinship(document, lead)),
    }
}
