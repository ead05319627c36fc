//! What an evaluation prints.

use std::io::{self, Write};

use serde::Serialize;

use super::exact::Check;
use super::metrics::Scores;
use crate::cli::output::{count, counted};

/// How many pairs of a kind were found.
#[derive(Debug, Clone, Default, PartialEq, Serialize)]
pub struct Share {
    /// Which pairs.
    pub what: String,
    /// How many.
    pub pairs: u64,
    /// Reported as a match.
    pub matched: u64,
    /// In one cluster.
    pub clustered: u64,
    /// One or the other.
    pub found: u64,
}

/// Clusters against the copies of the truth.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Clusters {
    /// Pairs within our clusters against the copies.
    pub pairs: Scores,
    /// The same against the pairs within the copies' connected components.
    pub closure: Scores,
    /// Against those components.
    pub adjusted_rand_index: f64,
}

/// An evaluation.
#[derive(Debug, Serialize)]
pub struct Report {
    /// Name of the set.
    pub set: String,
    /// Articles that went in.
    pub articles: u64,
    /// Time from the first article to the last cluster.
    pub seconds: f64,
    /// Pairs of the truth.
    pub truth_rows: u64,
    /// Those of them with an article that did not go in.
    pub truth_rows_of_unknown_articles: u64,
    /// The figures, computed again.
    pub exactness: Check,
    /// What was found, by stored figures.
    pub shares: Vec<Share>,
    /// What was found, by label.
    pub labels: Vec<Share>,
    /// Scores of the clusters; absent where the truth has no copies.
    pub clusters: Option<Clusters>,
}

impl Report {
    /// Writes it for people.
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
        let Check {
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
        if self.truth_rows == 0 {
            return writeln!(out, "no truth: nothing to score");
        }
        writeln!(
            out,
            "\n{:<40} {:>8} {:>8} {:>12} {:>8}",
            "pairs of the truth", "pairs", "matched", "one cluster", "found"
        )?;
        for share in self.shares.iter().chain(&self.labels) {
            let part = |n: u64| format!("{:.4}", n as f64 / share.pairs as f64);
            writeln!(
                out,
                "{:<40} {:>8} {:>8} {:>12} {:>8}",
                share.what,
                count(share.pairs),
                part(share.matched),
                part(share.clustered),
                part(share.found)
            )?;
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
            "adjusted Rand index against the closure: {:.4}",
            clusters.adjusted_rand_index
        )
    }
}
