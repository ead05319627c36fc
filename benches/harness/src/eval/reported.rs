//! What a job reported of the pairs of a set, for lookups.

use std::collections::{HashMap, HashSet};

use anyhow::Result;
use wirecopy::engine::Engine;
use wirecopy::id::Collection;
use wirecopy::job::Number;
use wirecopy::syndication::Relation;
use wirecopy::text::Overlap;

use super::JobOutcome;
use super::report::PairCounts;
use super::truth::TruthPair;

/// The reported clusters and matches.
pub struct ReportedPairs<'o> {
    /// The job.
    pub outcome: &'o JobOutcome,
    /// The lead of each article.
    pub clusters: HashMap<Number, Number>,
    matches: HashMap<(Number, Number), (Relation, Overlap)>,
    /// The pairs that are reported where quotations are asked for.
    quotations: HashSet<(Number, Number)>,
}

impl<'o> ReportedPairs<'o> {
    /// Collects what was reported, and asks for the quotations of the articles in the truth.
    pub fn new(
        engine: &Engine,
        collection: &Collection,
        outcome: &'o JobOutcome,
        truth: &[TruthPair],
    ) -> Result<Self> {
        let cluster = |name: &str| outcome.names.find(name);
        let in_truth = truth
            .iter()
            .flat_map(|row| [row.a.as_str(), row.b.as_str()]);
        let in_truth: HashSet<&str> = in_truth.collect();
        let mut quotations = HashSet::new();
        for one in &outcome.articles {
            let name = outcome.names.name(one.article);
            if in_truth.contains(name) {
                let stored = engine.get(collection, name, false, true)?;
                let others = stored.matches.iter();
                let others = others.filter_map(|found| cluster(found.article.id.as_str()));
                quotations.extend(others.map(|other| ordered(one.article, other)));
            }
        }
        Ok(Self {
            outcome,
            quotations,
            clusters: outcome
                .articles
                .iter()
                .filter_map(|one| {
                    Some((one.article, cluster(one.judged.placement.cluster.as_str())?))
                })
                .collect(),
            matches: outcome
                .articles
                .iter()
                .flat_map(|one| {
                    one.matches.iter().map(|found| {
                        let pair = ordered(one.article, found.other);
                        (pair, (found.matched.relation, found.matched.overlap))
                    })
                })
                .collect(),
        })
    }

    /// Whether two articles are in one cluster.
    pub fn share_cluster(&self, (a, b): (Number, Number)) -> bool {
        self.clusters
            .get(&a)
            .is_some_and(|cluster| self.clusters.get(&b) == Some(cluster))
    }

    /// Returns what two articles share, if they are reported as a match.
    pub fn overlap(&self, pair: (Number, Number)) -> Option<Overlap> {
        self.matches.get(&pair).map(|(_, overlap)| *overlap)
    }

    /// Counts how many pairs of the truth were found.
    pub fn count<'a>(
        &self,
        what: String,
        rows: impl Iterator<Item = &'a (TruthPair, (Number, Number))>,
    ) -> PairCounts {
        let mut counts = PairCounts {
            what,
            ..PairCounts::default()
        };
        for &(_, pair) in rows {
            let matched = self.matches.contains_key(&pair);
            let clustered = self.share_cluster(pair);
            counts.pairs += 1;
            counts.matched += u64::from(matched);
            counts.clustered += u64::from(clustered);
            let quoted = !matched && !clustered && self.quotations.contains(&pair);
            counts.quoted += u64::from(quoted);
            counts.found += u64::from(matched || clustered || quoted);
            if let Some((relation, _)) = self.matches.get(&pair) {
                *counts.relations.entry(undirected(*relation)).or_default() += 1;
            }
        }
        counts
    }
}

/// Returns the same name for a relation from either side.
fn undirected(relation: Relation) -> &'static str {
    match relation {
        Relation::Embeds => Relation::Embedded.as_str(),
        other => other.as_str(),
    }
}

/// Returns a pair in the order of its numbers.
pub fn ordered(a: Number, b: Number) -> (Number, Number) {
    (a.min(b), a.max(b))
}
