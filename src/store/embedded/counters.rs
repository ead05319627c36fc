//! Counters of distinct things: one HyperLogLog each.

use std::collections::BTreeMap;

use probabilistic_collections::hyperloglog::HyperLogLog;
use serde::Deserialize;

use super::hash::Seeded;
use crate::store::{Error, Result};

/// The error to ask the package for. It computes the number of index bits with the natural logarithm
/// of (1.04 / error)^2, where the paper has the binary one. So 0.00125 gives 14 bits: 16,384
/// registers of a byte, and a real standard error of 1.04 / sqrt(16384) = 0.8 %.
const REQUESTED_ERROR: f64 = 0.00125;
/// The hasher's seed; stored registers depend on it.
const SEED: Seeded = Seeded(0x434f_554e_5453);

/// Counters as stored: the number of each, and its registers.
pub(super) type StoredCounters = Vec<(u8, Vec<u8>)>;

/// Counters by number.
#[derive(Default)]
pub(super) struct Counters(BTreeMap<u8, HyperLogLog<u64, Seeded>>);

impl Counters {
    /// Counts a thing, unless it was counted before.
    pub(super) fn add(&mut self, counter: u8, thing: u64) {
        let counter = self.0.entry(counter);
        counter
            .or_insert_with(|| HyperLogLog::with_hasher(REQUESTED_ERROR, SEED))
            .insert(&thing);
    }

    /// Returns the estimated number of distinct things.
    pub(super) fn distinct(&self, counter: u8) -> Result<u64> {
        let Some(counter) = self.0.get(&counter) else {
            return Ok(0);
        };
        let bytes = postcard::to_allocvec(counter).map_err(failed)?;
        let registers: Registers = postcard::from_bytes(&bytes).map_err(failed)?;
        Ok(registers.estimate().round() as u64)
    }

    /// Encodes the counters.
    pub(super) fn store(&self) -> Result<StoredCounters> {
        let stored = |(&number, counter): (&u8, _)| Ok((number, postcard::to_allocvec(counter)?));
        let all: postcard::Result<_> = self.0.iter().map(stored).collect();
        all.map_err(failed)
    }

    /// Decodes stored counters.
    pub(super) fn load(stored: &StoredCounters) -> Result<Self> {
        let load = |(number, bytes): &(u8, Vec<u8>)| Ok((*number, postcard::from_bytes(bytes)?));
        let all: postcard::Result<_> = stored.iter().map(load).collect();
        all.map(Self).map_err(failed)
    }
}

/// What the package stores of a counter.
///
/// Its own estimate divides by `alpha * m^2` where the paper multiplies (0.7.0, `get_estimate`), so
/// it never leaves the range of linear counting, and is infinite from about 170,000 things on, when
/// no register is zero. The registers are right, so the estimate is computed here.
#[derive(Deserialize)]
struct Registers {
    alpha: f64,
    _p: usize,
    registers: Vec<u8>,
}

impl Registers {
    /// Returns the estimate of Flajolet, Fusy, Gandouet and Meunier (2007), figure 3. With hashes of
    /// 64 bits it needs no correction for large counts.
    fn estimate(&self) -> f64 {
        let m = self.registers.len() as f64;
        let ranks = self.registers.iter();
        let sum: f64 = ranks.map(|&rank| (-f64::from(rank)).exp2()).sum();
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
            (0..2 * things).for_each(|thing| counters.add(3, thing / 2));
            let counters = Counters::load(&counters.store().unwrap()).unwrap();
            let error =
                counters.distinct(3).unwrap().abs_diff(things) as f64 / things.max(1) as f64;
            assert!(error < 0.025, "{things}: {error}");
        }
    }
}
