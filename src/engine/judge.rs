//! Turns records into facts, and judges articles by them.

use super::{Core, KeptArticles, Placement, Result};
use crate::id::{ArticleId, Collection, DocId};
use crate::index::Neighbor;
use crate::record::Document;
use crate::syndication::{
    self, Facts, Judgement, Kinship, Related, Relation, Story, named_agency, site_host,
};
use crate::text::Overlap;

/// Most members of a cluster that a verdict considers.
const MEMBERS: usize = 32;
/// Fewest words with letters of another script that make a text disguised. One or two may be typing
/// errors.
const DISGUISED_WORDS: u32 = 3;

/// Weight of a shingle of words.
const WORD: u32 = 8;
/// Words of a shingle.
const RUN: u32 = 5;

/// A known match of an article that is to be judged.
#[derive(Debug, Clone, Copy)]
pub struct Matched {
    /// The matching article.
    pub doc: DocId,
    /// How the article relates to it.
    pub relation: Relation,
    /// Exact figures; the first is the article.
    pub overlap: Overlap,
}

/// Where an article belongs, and what it is.
#[derive(Debug, Clone, PartialEq)]
pub struct JudgedArticle {
    /// Its time in the order of articles; milliseconds since 1970.
    pub time_ms: i64,
    /// Where it belongs.
    pub placement: Placement,
    /// Its role, with the evidence.
    pub judgement: Judgement,
    /// Whether it is the one of its cluster to keep; `None` without a rule.
    pub keep: Option<bool>,
}

impl super::Engine {
    /// Returns where a stored article belongs, and judges it by matches that the caller knows; `None`
    /// if the article is not stored.
    ///
    /// # Errors
    /// Those of the store.
    pub fn judge(
        &self,
        collection: &Collection,
        id: &str,
        matches: &[Matched],
        kept: Option<&KeptArticles>,
    ) -> Result<Option<JudgedArticle>> {
        let core = &self.core;
        let collection = core.current(collection)?;
        core.retry(|| {
            let Some(document) = core.find(collection.as_str(), id)? else {
                return Ok(None);
            };
            let docs: Vec<DocId> = matches.iter().map(|matched| matched.doc).collect();
            let documents = core.index.documents(&docs)?;
            // Matches that are gone are left out.
            let others = documents.iter().zip(matches);
            let others = others.filter_map(|(document, matched)| {
                Some((document.as_ref()?, matched.relation, matched.overlap))
            });
            let others: Vec<RelatedDocument<'_>> = others.collect();
            let placement = core.placement_of(&document)?;
            let judgement = core.judge_among(&document, placement.size, &others)?;
            let keep = kept.map(|kept| core.is_kept(kept, &document, placement.size));
            Ok(Some(JudgedArticle {
                time_ms: document.order().time_ms,
                placement,
                judgement,
                keep: keep.transpose()?,
            }))
        })
    }
}

impl Core {
    /// Judges an article in a cluster of `size` members by the articles that share text with it.
    pub(super) fn judge_among(
        &self,
        document: &Document,
        size: u64,
        others: &[RelatedDocument<'_>],
    ) -> Result<Judgement> {
        let lead = match document.leads() {
            true => None,
            false => Some(self.index.document(document.lead)?),
        };
        let cluster = document.cluster();
        let order = document.order();
        let (members, outside): (Vec<RelatedDocument<'_>>, Vec<RelatedDocument<'_>>) =
            (others.iter()).partition(|(other, ..)| other.cluster() == cluster);
        let mut members: Vec<&Document> = members.iter().map(|(member, ..)| *member).collect();
        // The earliest come first: the source is probably among them.
        members.sort_by_cached_key(|member| member.order());
        members.truncate(MEMBERS);
        let truncated = (members.len() as u64) + 1 < size;
        let leads: Vec<DocId> = outside.iter().map(|(other, ..)| other.lead).collect();
        let clusters = self.ids(&leads)?;
        let related = outside
            .into_iter()
            .filter_map(|(other, relation, overlap)| {
                let (_, cluster) = clusters.iter().find(|(doc, _)| *doc == other.lead)?;
                Some(Related {
                    id: other.id(),
                    cluster: cluster.clone(),
                    publisher: other.put.publisher.clone(),
                    host: site_host(&other.put.url),
                    agency: agency(other).map(str::to_owned),
                    title: other.put.title.clone(),
                    relation,
                    overlap,
                    is_earlier: other.order() < order,
                })
            });
        let related: Vec<Related> = related.collect();
        let facts = |one: &Document| facts(one, lead.as_ref().unwrap_or(document));
        let lead_facts = lead.as_ref().map(facts);
        let members: Vec<Facts> = members.into_iter().map(facts).collect();
        let story = Story {
            lead: lead_facts.as_ref().map(|facts| (facts, document.overlap())),
            members: &members,
            truncated,
            related: &related,
        };
        Ok(syndication::judge(&facts(document), &story))
    }

    /// Returns how an article relates to its neighbor, and the neighbor to it.
    pub(super) fn relations(
        &self,
        document: &Document,
        neighbor: &Neighbor,
    ) -> (Relation, Relation) {
        let (other, pair) = (&neighbor.document, &neighbor.pair);
        let thresholds = &self.params.thresholds;
        // The publishers matter only for copies.
        let kinship = match pair.shares_enough(thresholds) {
            true => kinship(document, other),
            false => Kinship::Strangers,
        };
        let other_is_earlier = other.order() < document.order();
        (
            pair.relation(other_is_earlier, kinship, thresholds),
            pair.reversed()
                .relation(!other_is_earlier, kinship, thresholds),
        )
    }
}

/// An article, how the judged one relates to it, and what they share.
type RelatedDocument<'d> = (&'d Document, Relation, Overlap);

/// Returns how the publishers of two articles are related.
pub(super) fn kinship(a: &Document, b: &Document) -> Kinship {
    if same_host(a, b) {
        return Kinship::SameHost;
    }
    let of = |document: &Document| site_host(&document.put.url);
    match syndication::same_publisher(&a.put.publisher, &of(a), &b.put.publisher, &of(b)) {
        true => Kinship::SamePublisher,
        false => Kinship::Strangers,
    }
}

/// Returns whether two articles have the same source host.
pub(super) fn same_host(a: &Document, b: &Document) -> bool {
    !a.put.source_host.is_empty() && a.put.source_host == b.put.source_host
}

/// Returns the facts about an article.
fn facts(document: &Document, lead: &Document) -> Facts {
    let put = &document.put;
    let stated = |agency: &String| Some(agency.clone()).filter(|agency| !agency.is_empty());
    Facts {
        id: ArticleId(put.id.clone()),
        publisher: put.publisher.clone(),
        url: put.url.clone(),
        host: site_host(&put.url),
        published_ms: put.published_ms,
        first_seen_ms: put.first_seen_ms,
        modified_ms: put.modified_ms,
        byline: put.byline.clone(),
        byline_agency: stated(&put.byline_agency),
        own_agency: stated(&put.own_agency),
        canonical: put.canonical.clone(),
        title: put.title.clone(),
        words: words(document),
        is_empty: put.is_empty,
        same_text_as_lead: has_text_of(document, lead),
        notices: put.notices.clone(),
        photo_credits: put.photo_credits.clone(),
        blocked: put.blocked,
        disguised: put.disguised_words >= DISGUISED_WORDS,
    }
}

/// Returns the agency that an article names as the author of its text.
fn agency(document: &Document) -> Option<&str> {
    let put = &document.put;
    let mut stated = [put.own_agency.as_str(), &put.byline_agency].into_iter();
    named_agency(stated.find(|agency| !agency.is_empty()), &put.notices)
}

/// Estimates how many words of an article count, including its headline.
fn words(document: &Document) -> u32 {
    match document.overlap().this {
        0 => 0,
        weight => weight / WORD + RUN - 1,
    }
}

/// Returns whether an article and its lead have the same text, apart from their headlines: neither has
/// more of its own than a headline.
fn has_text_of(document: &Document, lead: &Document) -> bool {
    let overlap = document.overlap();
    let own = |weight: u32| weight.saturating_sub(overlap.shared);
    let headline = |of: &Document| WORD * of.put.title.split_whitespace().count() as u32;
    overlap.shared > 0
        && own(overlap.this) <= headline(document)
        && own(overlap.other) <= headline(lead)
}
