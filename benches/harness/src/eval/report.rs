//! Prints an evaluation.

use std::collections::BTreeMap;
use std::io::{self, Write};

use serde::Serialize;

use super::agency::{self, AgencyRoles};
use super::alone::AloneVerdicts;
use super::clusters::ClusterScores;
use super::exact::Exactness;
use super::extraction::ExtractionScores;
use super::spelling::{self, SpellingRow};
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

/// The scores of the clusters of one procedure.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct ClusterRow {
    /// The procedure.
    pub procedure: &'static str,
    /// Its scores.
    #[serde(flatten)]
    pub scores: ClusterScores,
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
    /// Scores of our clusters, the first row, and of other procedures'; empty if the truth has no copies.
    pub clusters: Vec<ClusterRow>,
    /// The roles of articles that are an agency's by a rule.
    pub agency: Vec<AgencyRoles>,
    /// Scores of what is read from pages; absent if the set has none, or they were not used.
    pub extraction: Option<ExtractionScores>,
    /// The verdicts on pages, each judged as if no other were known; absent likewise.
    pub alone: Option<AloneVerdicts>,
    /// Copies that are spelled otherwise.
    pub spelling: Vec<SpellingRow>,
}

impl Evaluation {
    /// Writes the evaluation as text; with `list`, also what was misread of each page.
    pub fn write(&self, out: &mut impl Write, list: bool) -> io::Result<()> {
        self.write_heading(out)?;
        if let Some(extraction) = &self.extraction {
            extraction.write(out, list)?;
        }
        if let Some(alone) = &self.alone {
            alone.write(out)?;
        }
        match self.truth_rows {
            0 => writeln!(out, "no pairs in the truth")?,
            _ => self.write_pairs(out)?,
        }
        if !self.clusters.is_empty() {
            ClusterScores::write_heading(out)?;
        }
        for ClusterRow { procedure, scores } in &self.clusters {
            scores.write(out, procedure)?;
        }
        agency::write(&self.agency, out)?;
        spelling::write(&self.spelling, out)
    }

    fn write_heading(&self, out: &mut impl Write) -> io::Result<()> {
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
        Ok(())
    }

    fn write_pairs(&self, out: &mut impl Write) -> io::Result<()> {
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
        Ok(())
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
