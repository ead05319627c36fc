//! Draws ranks with the frequencies that words have in a language.

/// Binary logarithm of the number of entries of the table.
const BITS: u32 = 12;

/// The Zipf-Mandelbrot law: the probability of rank r is proportional to 1 / (r + offset).
///
/// A table of quantiles with linear interpolation: one lookup a rank, where an alias table needs two,
/// in 16 KiB, which stay in the first-level cache.
#[derive(Debug)]
pub(super) struct Zipf(Vec<u32>);

impl Zipf {
    pub fn new(ranks: u32, offset: f64) -> Self {
        let entries = 1 << BITS;
        let ratio = (f64::from(ranks) + offset) / offset;
        let quantile = |i| offset * ratio.powf(f64::from(i) / f64::from(entries)) - offset;
        Self(
            (0..=entries)
                .map(|i| (quantile(i) as u32).min(ranks))
                .collect(),
        )
    }

    /// Returns the rank, from 0 on, for a uniform random number.
    pub fn rank(&self, uniform: u32) -> u32 {
        let at = (uniform >> (32 - BITS)) as usize;
        let (low, high) = (self.0[at], self.0[at + 1]);
        let within = u64::from(uniform & ((1 << (32 - BITS)) - 1));
        // Between quantiles that are one rank apart the interpolation is a step.
        low + ((u64::from(high - low) * within) >> (32 - BITS)) as u32
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ranks_follow_the_law() {
        let (ranks, offset) = (50_000, 2.5);
        let zipf = Zipf::new(ranks, offset);
        let share = |of: std::ops::Range<u32>| {
            let hits = (0..1u32 << 20).filter(|i| of.contains(&zipf.rank(i << 12)));
            hits.count() as f64 / f64::from(1 << 20)
        };
        let law = |of: std::ops::Range<u32>| {
            ((f64::from(of.end) + offset) / (f64::from(of.start) + offset)).ln()
                / ((f64::from(ranks) + offset) / offset).ln()
        };
        for of in [0..1, 1..2, 0..10, 10..100, 100..1_000, 1_000..ranks] {
            let (share, law) = (share(of.clone()), law(of.clone()));
            assert!(
                (share - law).abs() < 0.02 * law + 0.001,
                "{of:?}: {share}, {law}"
            );
        }
        assert_eq!(share(0..ranks), 1.0);
    }
}
