//! Prints an evaluation.

use std::collections::BTreeMap;
use std::io::{self, Write};

use serde::Serialize;

use super::exact::Exactness;
use super::extraction::ExtractionScores;
use super::metrics::Scores;
use crate::output::{count, counted};

/// How many pairs of the truth were found.
#[derive(Debug, Clone, Default, PartialEq, Serialize)]
pub struct PairCounts {
    /// Which pairs.
    pub what: String,
    /// Their number.
    pub pairs: u64,
    /// Pairs that were reported as a match.
    pub matched: u64,
    /// Pairs in one cluster.
    pub clustered: u64,
    /// Pairs with neither that share a quotation.
    pub quoted: u64,
    /// Pairs with any of these.
    pub found: u64,
    /// The relations of the matches, from either side.
    pub relations: BTreeMap<&'static str, u64>,
}

/// A pair in one cluster that is not a copy according to the truth.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct WronglyClustered {
    /// One.
    pub a: String,
    /// The other.
    pub b: String,
    /// Its label.
    pub label: String,
    /// The containment of each in the other, if the two were compared.
    pub containments: Option<[f64; 2]>,
}

/// Compares the clusters with the copies of the truth.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct ClusterScores {
    /// Share of the pairs within our clusters that the truth lists as sharing text.
    pub listed: f64,
    /// Pairs within our clusters, compared with the copies.
    pub pairs: Scores,
    /// The same, compared with the pairs within the connected components of the copies.
    pub closure: Scores,
    /// Our clusters, compared with those components.
    pub adjusted_rand_index: f64,
}

/// The result of an evaluation.
#[derive(Debug, Serialize)]
pub struct Evaluation {
    /// Name of the set.
    pub set: String,
    /// Number of articles.
    pub articles: u64,
    /// Time from the first article to the last cluster.
    pub seconds: f64,
    /// Number of pairs of the truth.
    pub truth_rows: u64,
    /// Pairs with an article that is not in the set.
    pub truth_rows_of_unknown_articles: u64,
    /// How exact the reported figures are.
    pub exactness: Exactness,
    /// What was found, by the figures of the truth.
    pub shares: Vec<PairCounts>,
    /// What was found, by label.
    pub labels: Vec<PairCounts>,
    /// Pairs in one cluster that are not copies according to the truth.
    pub together: Vec<WronglyClustered>,
    /// The ids of walls.
    pub blocked: Vec<String>,
    /// Scores of the extracted texts; absent if the set has no pages, or they were not used.
    pub extraction: Option<ExtractionScores>,
    /// Scores of the clusters; absent if the truth has no copies.
    pub clusters: Option<ClusterScores>,
}

impl Evaluation {
    /// Writes the evaluation as text.
    pub fn write(&self, out: &mut impl Write) -> io::Result<()> {
        let rate = self.articles as f64 / self.seconds.max(1e-3);
        let articles = counted(self.articles, "article");
        writeln!(
            out,
            "{}: {articles} in {:.1} s ({} a second)",
            self.set,
            self.seconds,
            count(rate as u64)
        )?;
        if self.truth_rows_of_unknown_articles > 0 {
            writeln!(
                out,
                "{} of {} rows of the truth name an article that did not go in",
                count(self.truth_rows_of_unknown_articles),
                count(self.truth_rows)
            )?;
        }
        let Exactness {
            matches,
            largest_deviation,
            wrong,
        } = self.exactness;
        writeln!(
            out,
            "figures: {} computed again, largest deviation {largest_deviation:.2e}, {} wrong",
            counted(matches, "matched pair"),
            count(wrong)
        )?;
        if !self.blocked.is_empty() {
            let walls = counted(self.blocked.len() as u64, "wall");
            writeln!(out, "{walls}: {}", self.blocked.join(" "))?;
        }
        if let Some(extraction) = &self.extraction {
            write_extraction(out, extraction)?;
        }
        if self.truth_rows == 0 {
            return writeln!(out, "no pairs in the truth: no clusters to score");
        }
        writeln!(
            out,
            "\n{:<42} {:>8} {:>8} {:>12} {:>8} {:>8}  matched as",
            "pairs of the truth", "pairs", "matched", "one cluster", "quoted", "found"
        )?;
        for share in self.shares.iter().chain(&self.labels) {
            let part = |n: u64| format!("{:.4}", n as f64 / share.pairs as f64);
            writeln!(
                out,
                "{:<42} {:>8} {:>8} {:>12} {:>8} {:>8}  {}",
                share.what,
                count(share.pairs),
                part(share.matched),
                part(share.clustered),
                part(share.quoted),
                part(share.found),
                list_relations(&share.relations)
            )?;
        }
        if !self.together.is_empty() {
            writeln!(
                out,
                "\nin one cluster, and no copies by what the truth says:"
            )?;
        }
        for WronglyClustered {
            a,
            b,
            label,
            containments,
        } in &self.together
        {
            let shares = containments.map_or(String::new(), |[of_a, of_b]| {
                format!(" (in each other: {of_a:.3}, {of_b:.3})")
            });
            writeln!(out, "  {label}: {a} {b}{shares}")?;
        }
        let Some(clusters) = &self.clusters else {
            return writeln!(
                out,
                "\nno pair of the truth is a copy by its stored figures: clusters are not scored"
            );
        };
        writeln!(
            out,
            "\n{:<40} {:>9} {:>8} {:>8}",
            "clusters", "precision", "recall", "F1"
        )?;
        for (
            name,
            Scores {
                precision,
                recall,
                f1,
            },
        ) in [("pairs", clusters.pairs), ("closure", clusters.closure)]
        {
            writeln!(out, "{name:<40} {precision:>9.4} {recall:>8.4} {f1:>8.4}")?;
        }
        writeln!(
            out,
            "adjusted Rand index against the closure: {:.4}; pairs in clusters that the truth lists: {:.4}",
            clusters.adjusted_rand_index, clusters.listed
        )
    }
}

/// Lists the relations with their numbers, the most frequent first.
fn list_relations(relations: &BTreeMap<&'static str, u64>) -> String {
    let mut counts: Vec<(&&str, &u64)> = relations.iter().collect();
    counts.sort_by_key(|(_, n)| std::cmp::Reverse(**n));
    let words: Vec<String> = counts
        .into_iter()
        .map(|(word, n)| format!("{word} {}", count(*n)))
        .collect();
    words.join(", ")
}

fn write_extraction(out: &mut impl Write, extraction: &ExtractionScores) -> io::Result<()> {
    writeln!(
        out,
        "main text of {} ({:.1} ms a page):",
        counted(extraction.pages, "page"),
        extraction.milliseconds
    )?;
    if extraction.f1 > 0.0 {
        writeln!(
            out,
            "  runs of 4 words: precision {:.4}, recall {:.4}, F1 {:.4}; words: F1 {:.4} (median), {:.4} (mean)",
            extraction.precision,
            extraction.recall,
            extraction.f1,
            extraction.words_f1_median,
            extraction.words_f1_mean
        )?;
    }
    let (found, missed, wrong) = (
        extraction.segments_found,
        extraction.segments_missed,
        extraction.segments_wrong,
    );
    if found + missed + wrong > 0 {
        writeln!(
            out,
            "  segments: {found} found, {missed} missed, {wrong} that should not be there, F1 {:.4}",
            extraction.segments_f1
        )?;
    }
    let worst: Vec<String> = extraction
        .worst
        .iter()
        .map(|(f1, id)| format!("{id} {f1:.2}"))
        .collect();
    writeln!(out, "  worst: {}", worst.join(", "))
}
