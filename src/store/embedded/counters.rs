//! Counters of distinct things: one HyperLogLog each.
//!
//! Written out here because that of probabilistic-collections 0.7 divides by `alpha * m^2` where the
//! paper multiplies, and so returns infinity from about 170,000 things on.

use std::collections::BTreeMap;
use std::hash::BuildHasher;

use serde::{Deserialize, Serialize};

use super::hash::Seeded;
use crate::store::{Error, Result};

/// 16,384 registers of a byte: a standard error of 1.04 / sqrt(16384) = 0.8 %.
const INDEX_BITS: u32 = 14;
const REGISTERS: usize = 1 << INDEX_BITS;
/// The hasher's seed; stored registers depend on it.
const SEED: Seeded = Seeded(0x434f_554e_5453);

/// The registers of counters, by the counter's number.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Counters(BTreeMap<u8, Vec<u8>>);

impl Counters {
    /// Counts a thing, unless it was counted before.
    pub fn add(&mut self, counter: u8, thing: u64) {
        let registers = self.0.entry(counter).or_insert_with(|| vec![0; REGISTERS]);
        let hash = SEED.hash_one(thing);
        let register = &mut registers[hash as usize % REGISTERS];
        let rank = (!hash >> INDEX_BITS).trailing_zeros() as u8 + 1;
        *register = rank.max(*register);
    }

    /// Returns the estimated number of distinct things: the formula of Flajolet, Fusy, Gandouet and
    /// Meunier (2007), figure 3. With hashes of 64 bits it needs no correction for large counts.
    pub fn distinct(&self, counter: u8) -> u64 {
        let Some(registers) = self.0.get(&counter) else {
            return 0;
        };
        let m = REGISTERS as f64;
        let alpha = 0.7213 / (1.0 + 1.079 / m);
        let ranks = registers.iter();
        let sum: f64 = ranks.map(|&rank| (-f64::from(rank)).exp2()).sum();
        let raw = alpha * m * m / sum;
        let zeros = registers.iter().filter(|&&rank| rank == 0).count();
        let estimate = match zeros {
            1.. if raw <= 2.5 * m => m * (m / zeros as f64).ln(),
            _ => raw,
        };
        estimate.round() as u64
    }

    /// Checks counters that were read from disk.
    pub fn check(&self) -> Result<()> {
        match self.0.values().all(|counter| counter.len() == REGISTERS) {
            true => Ok(()),
            false => Err(Error::Index("a counter has another size".to_owned())),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_error_is_about_one_percent() {
        for things in [0, 1, 10, 1_000, 30_000, 50_000, 200_000, 1_000_000_u64] {
            let mut counters = Counters::default();
            (0..2 * things).for_each(|thing| counters.add(3, thing / 2));
            let stored = postcard::to_stdvec(&counters).unwrap();
            let counters: Counters = postcard::from_bytes(&stored).unwrap();
            counters.check().unwrap();
            let error = counters.distinct(3).abs_diff(things) as f64 / things.max(1) as f64;
            assert!(error < 0.025, "{things}: {error}");
        }
    }
}
