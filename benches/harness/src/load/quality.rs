//! What the server reported, against what was planted.

use std::io::{self, Write};

use wirecopy::server::proto::{Relation, Verdict};
use wirecopy_bench::synthetic::{Kind, Newswire, Plan, number_of};

use crate::output::count;

/// Counts of one kind of copy.
#[derive(Debug, Clone, Copy, Default)]
struct OfKind {
    planted: u64,
    /// The pair of copy and original is among the matches.
    found: u64,
    /// The copy is in the cluster that its original leads.
    clustered: u64,
}

/// Counts of reported pairs; every pair is reported once, by the later article.
#[derive(Debug, Clone, Copy, Default)]
struct Pairs {
    /// Both have text of one original.
    planted: u64,
    /// Of one site: they share what it puts around its articles.
    of_one_site: u64,
    /// Neither.
    neither: u64,
}

impl Pairs {
    fn all(&self) -> u64 {
        self.planted + self.of_one_site + self.neither
    }

    /// Share of them that were planted; 1 where there are none.
    fn precision(&self) -> f64 {
        ratio(self.planted, self.all())
    }
}

/// What the server reported, against what was planted.
#[derive(Debug, Clone, Default)]
pub struct Quality {
    kinds: [OfKind; Kind::ALL.len()],
    /// Those that are called copies, versions, excerpts, or held by one another.
    copies: Pairs,
    /// Those that share passages only: invented articles, like others, have turns of speech in
    /// common.
    overlaps: Pairs,
    /// Articles whose search was cut short by a cap.
    truncated: u64,
}

impl Quality {
    /// Takes the answer to an article.
    pub fn add(&mut self, newswire: &Newswire, plan: &Plan, verdict: &Verdict) {
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
            // Of a story that is carried by more than are listed, the cluster tells it.
            kind.found += u64::from(is_found || lead == Some(original));
        }
    }

    /// Writes it for people.
    pub fn write(&self, out: &mut impl Write) -> io::Result<()> {
        writeln!(
            out,
            "\n{:<18} {:>9} {:>9} {:>8}  in the original's cluster",
            "planted", "pairs", "found", "recall"
        )?;
        let (mut all, mut copies) = (OfKind::default(), OfKind::default());
        for (kind, counts) in Kind::ALL.into_iter().zip(&self.kinds) {
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

impl OfKind {
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

/// A share; of nothing, the whole.
fn ratio(part: u64, whole: u64) -> f64 {
    if whole == 0 {
        1.0
    } else {
        part as f64 / whole as f64
    }
}
