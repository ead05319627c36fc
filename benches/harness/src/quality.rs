//! Compares what was reported with what was planted.

use std::io::{self, Write};

use wirecopy::files::count;
use wirecopy::server::proto::{Relation, Verdict};

use crate::synthetic::{CopyKind, Newswire, number_of};

/// The planted pairs of one kind.
#[derive(Debug, Clone, Copy, Default)]
struct PlantedPairs {
    planted: u64,
    /// Pairs whose original is among the matches of the copy.
    found: u64,
    /// Pairs whose copy is in the cluster that the original leads.
    clustered: u64,
}

/// The pairs that were reported. Each is reported once, by the later article.
#[derive(Debug, Clone, Copy, Default)]
struct PairTally {
    /// Pairs whose articles have text of the same original.
    planted: u64,
    /// Pairs of the same site, which share what it puts around its articles.
    of_one_site: u64,
    /// All other pairs.
    neither: u64,
}

impl PairTally {
    fn all(&self) -> u64 {
        self.planted + self.of_one_site + self.neither
    }

    /// Returns the share of planted pairs; 1 if there are none.
    fn precision(&self) -> f64 {
        ratio(self.planted, self.all())
    }
}

/// Compares what was reported with what was planted.
#[derive(Debug, Clone, Default)]
pub struct Quality {
    kinds: [PlantedPairs; CopyKind::ALL.len()],
    /// Pairs reported as copies, versions, excerpts or embedded texts.
    copies: PairTally,
    /// Pairs that share passages only. Invented articles have phrases in common, like real ones.
    overlaps: PairTally,
    /// Articles whose search was cut short by a cap.
    truncated: u64,
}

impl Quality {
    /// Counts the verdict on an article.
    pub fn add(&mut self, newswire: &Newswire, number: u64, verdict: &Verdict) {
        let plan = newswire.plan(number);
        let original = plan.original();
        let mut is_found = false;
        for one in &verdict.matches {
            let other = number_of(&one.id);
            is_found |= other == Some(original);
            let pairs = if one.relation() == Relation::Overlap {
                &mut self.overlaps
            } else {
                &mut self.copies
            };
            match other.map(|number| newswire.plan(number)) {
                Some(other) if other.original() == original => pairs.planted += 1,
                Some(other) if other.site == plan.site => pairs.of_one_site += 1,
                _ => pairs.neither += 1,
            }
        }
        self.truncated += u64::from(verdict.truncated);
        if let Some(planted) = plan.planted {
            let kind = &mut self.kinds[planted.kind as usize];
            let placement = verdict.placement.as_ref();
            let lead = placement.and_then(|placement| number_of(&placement.cluster));
            kind.planted += 1;
            kind.clustered += u64::from(lead == Some(original));
            // A verdict does not list all carriers of a popular story, but names its cluster.
            kind.found += u64::from(is_found || lead == Some(original));
        }
    }

    /// Writes the figures as text.
    pub fn write(&self, out: &mut impl Write) -> io::Result<()> {
        writeln!(
            out,
            "\n{:<18} {:>9} {:>9} {:>8}  in the original's cluster",
            "planted", "pairs", "found", "recall"
        )?;
        let (mut all, mut copies) = (PlantedPairs::default(), PlantedPairs::default());
        for (kind, counts) in CopyKind::ALL.into_iter().zip(&self.kinds) {
            all.add(counts);
            if kind.is_copy() {
                copies.add(counts);
            }
            counts.write(out, kind.name(), kind.is_copy())?;
        }
        all.write(out, "all", false)?;
        copies.write(out, "all copies", true)?;
        for (name, pairs) in [("copies", &self.copies), ("overlaps", &self.overlaps)] {
            writeln!(
                out,
                "reported as {name}: {} pairs, {} of them planted, {} of one site, {} neither: precision {:.4}",
                count(pairs.all()),
                count(pairs.planted),
                count(pairs.of_one_site),
                count(pairs.neither),
                pairs.precision()
            )?;
        }
        writeln!(out, "cut short by a cap: {}", count(self.truncated))
    }
}

impl PlantedPairs {
    fn add(&mut self, other: &Self) {
        self.planted += other.planted;
        self.found += other.found;
        self.clustered += other.clustered;
    }

    fn write(&self, out: &mut impl Write, name: &str, is_copy: bool) -> io::Result<()> {
        let clustered = if is_copy {
            format!("{:.4}", ratio(self.clustered, self.planted))
        } else {
            "-".to_owned()
        };
        writeln!(
            out,
            "{name:<18} {:>9} {:>9} {:>8.4}  {clustered}",
            count(self.planted),
            count(self.found),
            ratio(self.found, self.planted)
        )
    }
}

/// Returns a ratio; 1 if the whole is nothing.
fn ratio(part: u64, whole: u64) -> f64 {
    if whole == 0 {
        1.0
    } else {
        part as f64 / whole as f64
    }
}
