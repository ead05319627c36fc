//! Scores clusters against the pairs of the truth, or against labelled clusters if the set has them.

use std::collections::{HashMap, HashSet};
use std::io::{self, Write};
use std::path::Path;

use anyhow::{Context as _, Result};
use serde::{Deserialize, Serialize};
use serde_json::Value;
use wirecopy::files;
use wirecopy::job::{Names, Number};

use super::metrics::{Partition, Scores};
use super::truth::{self, TruthPair};

/// What the truth says of the pairs of articles, which are numbered by their places in the job.
pub struct PairTruth {
    copies: HashSet<(usize, usize)>,
    /// Pairs that share text, copies and weaker ones.
    listed: HashSet<(usize, usize)>,
    different: HashSet<(usize, usize)>,
    /// Every pair that shares much text is listed. Otherwise pairs that are not listed count neither way.
    is_exhaustive: bool,
    /// The labelled clusters; articles without a label stand alone.
    labelled: Option<Partition>,
}

/// Compares clusters with the truth.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct ClusterScores {
    /// Pairs within clusters, compared with the copies of the truth. Pairs with a weaker label are
    /// neither wrong nor expected.
    pub lenient: Scores,
    /// The same, but pairs with a weaker label are wrong.
    pub strict: Scores,
    /// Share of the pairs within clusters that the truth lists as sharing text.
    pub listed: f64,
    /// Pairs within clusters that the truth calls different.
    pub different: u64,
    /// The clusters compared with labelled ones; absent if the set has none.
    pub labelled: Option<LabelledScores>,
}

/// Compares clusters with labelled ones.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct LabelledScores {
    /// Pairs within clusters, compared with the pairs within labelled clusters.
    pub pairs: Scores,
    /// Adjusted Rand index of the two partitions.
    pub adjusted_rand_index: f64,
}

impl PairTruth {
    /// Collects the pairs of the truth; `None` if it has neither copies nor labelled clusters. `articles`
    /// are the places of the articles.
    pub fn new(
        rows: &[(TruthPair, (Number, Number))],
        articles: &[Number],
        labelled: Option<Partition>,
    ) -> Option<Self> {
        let places = articles.iter().enumerate();
        let places: HashMap<Number, usize> = places.map(|(at, &article)| (article, at)).collect();
        let pairs = |holds: &dyn Fn(&TruthPair) -> bool| -> HashSet<(usize, usize)> {
            let rows = rows.iter().filter(|(row, _)| holds(row));
            rows.filter_map(|(_, (a, b))| Some((*places.get(a)?, *places.get(b)?)))
                .collect()
        };
        let truth = Self {
            copies: pairs(&TruthPair::is_copy),
            listed: pairs(&|row| !row.is_different()),
            different: pairs(&TruthPair::is_different),
            is_exhaustive: rows.iter().any(|(row, _)| row.has_sizes_of(0)),
            labelled,
        };
        (!truth.copies.is_empty() || truth.labelled.is_some()).then_some(truth)
    }

    /// Scores clusters.
    pub fn score(&self, clusters: &Partition) -> ClusterScores {
        let together = |pairs: &HashSet<(usize, usize)>| {
            let pairs = pairs.iter().filter(|&&(a, b)| clusters.are_one(a, b));
            pairs.count() as u64
        };
        let (listed, different) = (together(&self.listed), together(&self.different));
        let all = match self.is_exhaustive {
            true => clusters.pairs(),
            false => listed + different,
        };
        let strict = Scores::new(together(&self.copies), all, self.copies.len() as u64);
        let listed = Scores::new(listed, all, 0).precision;
        ClusterScores {
            lenient: Scores::of_shares(listed, strict.recall),
            strict,
            listed,
            different,
            labelled: self.labelled.as_ref().map(|labelled| LabelledScores {
                pairs: Scores::new(
                    clusters.common_pairs(labelled),
                    clusters.pairs(),
                    labelled.pairs(),
                ),
                adjusted_rand_index: clusters.adjusted_rand_index(labelled),
            }),
        }
    }
}

/// The label of an article: the cluster that people, or the set's maker, put it in.
#[derive(Default, Deserialize)]
#[serde(default)]
struct LabelledArticle {
    #[serde(deserialize_with = "truth::id")]
    id: String,
    cluster: Value,
    truth: PlantedCluster,
}

#[derive(Default, Deserialize)]
#[serde(default)]
struct PlantedCluster {
    cluster: Value,
}

/// Returns the labelled clusters of a set; `None` if its articles have no label.
pub fn labelled(docs: &Path, names: &Names, articles: &[Number]) -> Result<Option<Partition>> {
    let failed = || format!("failed to read `{}`", docs.display());
    let mut labels: HashMap<Number, String> = HashMap::new();
    let mut lines = files::lines(docs).with_context(failed)?;
    while let Some(line) = lines.next_line().with_context(failed)? {
        let text = line.map_err(anyhow::Error::msg).with_context(failed)?;
        let one: LabelledArticle = serde_json::from_str(text).with_context(failed)?;
        let label = [one.cluster, one.truth.cluster]
            .into_iter()
            .find(|label| !label.is_null());
        if let (Some(number), Some(label)) = (names.find(&one.id), label) {
            labels.insert(number, label.to_string());
        }
    }
    let label = |article: &Number| labels.get(article).ok_or(*article);
    Ok((!labels.is_empty()).then(|| Partition::new(articles.iter().map(label))))
}

impl ClusterScores {
    /// Writes the heading of the rows that [`Self::write`] writes.
    pub fn write_heading(out: &mut impl Write) -> io::Result<()> {
        writeln!(
            out,
            "\n{:<44} {:>9} {:>7} {:>7} {:>9} {:>7} {:>9}",
            "clusters", "precision", "recall", "F1", "strict", "F1", "different"
        )
    }

    /// Writes the scores as a row.
    pub fn write(&self, out: &mut impl Write, name: &str) -> io::Result<()> {
        let (lenient, strict) = (&self.lenient, &self.strict);
        writeln!(
            out,
            "{name:<44} {:>9.4} {:>7.4} {:>7.4} {:>9.4} {:>7.4} {:>9}",
            lenient.precision,
            lenient.recall,
            lenient.f1,
            strict.precision,
            strict.f1,
            self.different
        )?;
        let Some(LabelledScores {
            pairs,
            adjusted_rand_index,
        }) = &self.labelled
        else {
            return Ok(());
        };
        writeln!(
            out,
            "  labelled clusters: precision {:.4}, recall {:.4}, F1 {:.4}, adjusted Rand index {adjusted_rand_index:.4}",
            pairs.precision, pairs.recall, pairs.f1
        )
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn truth(
        rows: &[(&str, f64, u32, u32)],
        is_exhaustive: bool,
        labelled: Option<Partition>,
    ) -> PairTruth {
        let rows: Vec<(TruthPair, (Number, Number))> = rows
            .iter()
            .map(|(label, jaccard, a, b)| {
                let mut row = json!({"a": a, "b": b, "label": label, "jaccard": jaccard});
                if is_exhaustive {
                    row["na"] = json!(90);
                    row["nb"] = json!(90);
                }
                (serde_json::from_value(row).unwrap(), (*a, *b))
            })
            .collect();
        PairTruth::new(&rows, &[0, 1, 2, 3, 4], labelled).unwrap()
    }

    #[test]
    fn a_weaker_label_is_wrong_if_strict() {
        let rows = [
            ("near-dup", 0.9, 0, 1),
            ("partial", 0.4, 1, 2),
            ("near-dup", 0.8, 3, 4),
            ("unrelated", 0.0, 0, 2),
        ];
        let scores = truth(&rows, true, None).score(&Partition::new([0, 0, 0, 1, 2]));
        // Of three pairs in the cluster one is a copy, one is weaker, and one is called different.
        let scores_of = |scores: &Scores| (scores.precision, scores.recall);
        assert_eq!(scores_of(&scores.strict), (1.0 / 3.0, 0.5));
        assert_eq!(scores_of(&scores.lenient), (2.0 / 3.0, 0.5));
        assert_eq!(scores.different, 1);
    }

    #[test]
    fn pairs_that_are_not_listed_are_wrong_only_if_all_are() {
        let precision = |is_exhaustive| {
            let truth = truth(&[("near-dup", 0.9, 0, 1)], is_exhaustive, None);
            truth
                .score(&Partition::new([0, 0, 0, 1, 2]))
                .strict
                .precision
        };
        assert_eq!([true, false].map(precision), [1.0 / 3.0, 1.0]);
    }

    #[test]
    fn labelled_clusters_are_scored_where_there_are_some() {
        let truth = truth(&[], true, Some(Partition::new([0, 0, 1, 1, 2])));
        let scores = truth.score(&Partition::new([0, 0, 1, 2, 3]));
        let labelled = scores.labelled.unwrap();
        assert_eq!(
            (labelled.pairs.precision, labelled.pairs.recall),
            (1.0, 0.5)
        );
    }
}
