//! Random numbers that are a function of where they are used.

/// What a stream of numbers is for: an article's plan can be drawn without its text.
#[derive(Debug, Clone, Copy)]
pub(super) enum Purpose {
    /// Whether it is a copy, and of which.
    Source,
    /// Everything else of the plan.
    Plan,
    /// Its words.
    Text,
    /// Its address.
    Address,
    /// A vocabulary.
    Words,
    /// A turn of speech.
    Phrases,
    /// Sites.
    Sites,
}

/// wyrand (Wang Yi): a counter, and a folded product of 128 bits. A nanosecond a number.
#[derive(Debug, Clone)]
pub(super) struct Random(u64);

const STEP: u64 = 0xa076_1d64_78bd_642f;
const MIX: u64 = 0xe703_7ed1_a0b4_28db;

impl Random {
    /// The stream of a number, for a purpose.
    pub fn of(seed: u64, number: u64, purpose: Purpose) -> Self {
        let start = fold(seed ^ MIX, (purpose as u64 + 1).wrapping_mul(STEP));
        Self(fold(start ^ number, STEP) ^ number.wrapping_mul(MIX))
    }

    pub fn next(&mut self) -> u64 {
        self.0 = self.0.wrapping_add(STEP);
        fold(self.0, self.0 ^ MIX)
    }

    /// A number of 0 to `n` - 1.
    pub fn below(&mut self, n: u32) -> u32 {
        (((self.next() >> 32) * u64::from(n)) >> 32) as u32
    }

    /// A number of the range, both ends counted.
    pub fn between(&mut self, least: u32, most: u32) -> u32 {
        least + self.below(most - least + 1)
    }

    /// A number from 0 up to and without 1.
    pub fn unit(&mut self) -> f64 {
        (self.next() >> 11) as f64 / (1u64 << 53) as f64
    }
}

fn fold(a: u64, b: u64) -> u64 {
    let product = u128::from(a) * u128::from(b);
    (product >> 64) as u64 ^ product as u64
}
