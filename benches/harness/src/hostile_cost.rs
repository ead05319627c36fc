//! `wirecopy-bench hostile`: what texts and pages cost that are made to cost much.

use std::io::Write as _;

use anyhow::Result;
use clap::Args;
use indicatif::ProgressBar;
use wirecopy_bench::hostile::{HOSTILE_KINDS, HostileBench};

use crate::output;

/// The size of the largest text, in KiB: the most that the engine takes. Pages may be four times as large.
const MAX_TEXT_KIB: usize = 2048;
/// Each size is half of the next.
const SIZES: u32 = 4;

/// Measure the check of texts and pages that are made to cost much
///
/// Each kind of input is checked at four sizes, each twice the one before, in a store that has an input of the
/// kind and 300 ordinary articles. A line has the processor time of a byte at the largest size, by which power of the
/// size the time grows (1 is linear), and how many times its size the largest input takes in memory, itself included.
#[derive(Debug, Args)]
#[command(after_help = "\
Examples:
  wirecopy-bench hostile                     all kinds, up to 2 MiB
  wirecopy-bench hostile --kind marks        the kinds whose names contain \"marks\"")]
pub struct HostileArgs {
    /// Only kinds whose names contain this.
    #[arg(long, value_name = "PART", default_value = "")]
    kind: String,
    /// The largest size, in KiB; 2048 at most.
    #[arg(long, value_name = "KIB", default_value_t = MAX_TEXT_KIB,
          value_parser = clap::builder::RangedU64ValueParser::<usize>::new().range(8..=MAX_TEXT_KIB as u64))]
    size: usize,
}

impl HostileArgs {
    /// Runs the command.
    pub fn run(self) -> Result<()> {
        let largest = self.size << 10;
        let sizes: Vec<usize> = (0..SIZES)
            .rev()
            .map(|halvings| largest >> halvings)
            .collect();
        let kinds = HOSTILE_KINDS
            .iter()
            .filter(|kind| kind.name.contains(&self.kind));
        let kinds: Vec<_> = kinds.collect();
        anyhow::ensure!(!kinds.is_empty(), "no kind has `{}` in its name", self.kind);
        let mut out = output::stdout();
        writeln!(
            out,
            "{:<42} {:>10} {:>9} {:>7}",
            "kind", "ns a byte", "exponent", "memory"
        )?;
        let bench = HostileBench::new()?;
        let bar = ProgressBar::new(kinds.len() as u64);
        for kind in kinds {
            let measured = bench.measure(kind, &sizes)?;
            writeln!(
                out,
                "{:<42} {:>10.1} {:>9.2} {:>7.1}",
                kind.name,
                measured.nanoseconds_a_byte(),
                measured.exponent(),
                measured.memory_a_byte(),
            )?;
            bar.inc(1);
        }
        bar.finish_and_clear();
        Ok(out.flush()?)
    }
}
