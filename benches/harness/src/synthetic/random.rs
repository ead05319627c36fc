//! Random numbers that depend only on where they are used.

/// What random numbers are used for. So an article's plan can be drawn without its text.
#[derive(Debug, Clone, Copy)]
pub(super) enum Purpose {
    /// Whether an article is a copy, and of which.
    Source,
    /// The rest of its plan.
    Plan,
    /// Its words.
    Text,
    /// Its URL.
    Address,
    /// A vocabulary.
    Words,
    /// A phrase.
    Phrases,
    /// The sites.
    Sites,
}

/// The wyrand generator (Wang Yi): a counter and a folded 128-bit product. A nanosecond a number.
#[derive(Debug, Clone)]
pub(super) struct Rng(u64);

const STEP: u64 = 0xa076_1d64_78bd_642f;
const MIX: u64 = 0xe703_7ed1_a0b4_28db;

impl Rng {
    /// Returns the generator for an article (or other) number and a purpose.
    pub fn of(seed: u64, number: u64, purpose: Purpose) -> Self {
        let start = fold(seed ^ MIX, (purpose as u64 + 1).wrapping_mul(STEP));
        Self(fold(start ^ number, STEP) ^ number.wrapping_mul(MIX))
    }

    pub fn next(&mut self) -> u64 {
        self.0 = self.0.wrapping_add(STEP);
        fold(self.0, self.0 ^ MIX)
    }

    /// Returns a number from 0 to `n` - 1.
    pub fn below(&mut self, n: u32) -> u32 {
        (((self.next() >> 32) * u64::from(n)) >> 32) as u32
    }

    /// Returns a number from `least` to `most`, both included.
    pub fn between(&mut self, least: u32, most: u32) -> u32 {
        least + self.below(most - least + 1)
    }

    /// Returns a number from 0 to 1, without 1.
    pub fn unit(&mut self) -> f64 {
        (self.next() >> 11) as f64 / (1u64 << 53) as f64
    }
}

fn fold(a: u64, b: u64) -> u64 {
    let product = u128::from(a) * u128::from(b);
    (product >> 64) as u64 ^ product as u64
}
