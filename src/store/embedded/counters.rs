//! Counters of distinct things: one HyperLogLog each.

use std::collections::BTreeMap;

use probabilistic_collections::hyperloglog::HyperLogLog;
use serde::Deserialize;

use super::hash::Seeded;
use crate::store::{Error, Result};

/// Asked error of a counter. The package takes the natural logarithm of (1.04 / error)^2 for the
/// number of index bits where the paper has the binary one, so 0.00125 gives 14 bits: 16,384
/// registers of a byte, and a real standard error of 1.04 / sqrt(16384) = 0.8 %.
const ASKED_ERROR: f64 = 0.00125;
/// The hasher's seed; stored registers depend on it.
const SEED: Seeded = Seeded(0x434f_554e_5453);

/// What a counter is in stored bytes: its number, and its registers.
pub(super) type Stored = Vec<(u8, Vec<u8>)>;

/// Counters by their number.
#[derive(Default)]
pub(super) struct Counters(BTreeMap<u8, HyperLogLog<u64, Seeded>>);

impl Counters {
    /// Counts a thing; twice is once.
    pub(super) fn see(&mut self, counter: u8, thing: u64) {
        let counter = self.0.entry(counter);
        counter
            .or_insert_with(|| HyperLogLog::with_hasher(ASKED_ERROR, SEED))
            .insert(&thing);
    }

    /// Returns the estimate.
    pub(super) fn distinct(&self, counter: u8) -> Result<u64> {
        let Some(counter) = self.0.get(&counter) else {
            return Ok(0);
        };
        let bytes = postcard::to_allocvec(counter).map_err(failed)?;
        let state: State = postcard::from_bytes(&bytes).map_err(failed)?;
        Ok(state.estimate().round() as u64)
    }

    /// Returns the counters' bytes.
    pub(super) fn store(&self) -> Result<Stored> {
        let stored = |(&number, counter): (&u8, _)| Ok((number, postcard::to_allocvec(counter)?));
        self.0
            .iter()
            .map(stored)
            .collect::<postcard::Result<_>>()
            .map_err(failed)
    }

    /// Reads the counters back.
    pub(super) fn load(stored: &Stored) -> Result<Self> {
        let load = |(number, bytes): &(u8, Vec<u8>)| Ok((*number, postcard::from_bytes(bytes)?));
        stored
            .iter()
            .map(load)
            .collect::<postcard::Result<_>>()
            .map(Self)
            .map_err(failed)
    }
}

/// What the package stores of a counter.
///
/// Its own estimate divides by `alpha * m^2` where the paper multiplies (0.7.0, `get_estimate`),
/// and so never leaves the range of linear counting: past 170,000 things, when no register is zero,
/// it is infinite. The registers are right, and are read from here.
#[derive(Deserialize)]
struct State {
    alpha: f64,
    _p: usize,
    registers: Vec<u8>,
}

impl State {
    /// Returns the estimate of Flajolet, Fusy, Gandouet and Meunier (2007), figure 3. With hashes
    /// of 64 bits it needs no correction at the upper end.
    fn estimate(&self) -> f64 {
        let m = self.registers.len() as f64;
        let sum: f64 = self
            .registers
            .iter()
            .map(|&rank| (-f64::from(rank)).exp2())
            .sum();
        let raw = self.alpha * m * m / sum;
        let zeros = self.registers.iter().filter(|&&rank| rank == 0).count();
        if raw <= 2.5 * m && zeros > 0 {
            m * (m / zeros as f64).ln()
        } else {
            raw
        }
    }
}

fn failed(error: postcard::Error) -> Error {
    Error::Index(format!("counters: {error}"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_error_is_about_one_percent() {
        for things in [0, 1, 10, 1_000, 30_000, 50_000, 200_000, 1_000_000_u64] {
            let mut counters = Counters::default();
            (0..2 * things).for_each(|thing| counters.see(3, thing / 2));
            let counters = Counters::load(&counters.store().unwrap()).unwrap();
            let error =
                counters.distinct(3).unwrap().abs_diff(things) as f64 / things.max(1) as f64;
            assert!(error < 0.025, "{things}: {error}");
        }
    }
}
