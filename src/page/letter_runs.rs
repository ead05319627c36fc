//! Compares the text that a page states in JSON-LD with the text that it shows.

use std::collections::HashSet;

/// Letters in a run. Two texts share no run of this length by chance.
const RUN: usize = 16;
/// Multiplier of the rolling hash (Knuth, MMIX).
const FACTOR: u64 = 6_364_136_223_846_793_005;

/// The hashes of all runs of letters of a text.
pub(super) struct LetterRuns(HashSet<u64>);

impl LetterRuns {
    pub fn of(text: &str) -> Self {
        let mut runs = HashSet::new();
        roll(text, |run| {
            runs.insert(run);
        });
        LetterRuns(runs)
    }

    /// Returns the share of the runs of another text that are also in this one, or `None` if the other
    /// text is too short to have any.
    pub fn share(&self, text: &str) -> Option<f64> {
        let (mut all, mut shared) = (0u32, 0u32);
        roll(text, |run| {
            all += 1;
            shared += u32::from(self.0.contains(&run));
        });
        (all > 0).then(|| f64::from(shared) / f64::from(all))
    }
}

/// Hashes each run of letters and digits. Ignores case, punctuation and white space.
fn roll(text: &str, mut found: impl FnMut(u64)) {
    let out = (0..RUN).fold(1u64, |power, _| power.wrapping_mul(FACTOR));
    let mut window = [0u64; RUN];
    let mut hash = 0u64;
    let letters = text
        .chars()
        .filter(|c| c.is_alphanumeric())
        .flat_map(char::to_lowercase);
    for (count, letter) in letters.enumerate() {
        let letter = u64::from(u32::from(letter)) + 1;
        let oldest = std::mem::replace(&mut window[count % RUN], letter);
        hash = hash
            .wrapping_mul(FACTOR)
            .wrapping_add(letter)
            .wrapping_sub(oldest.wrapping_mul(out));
        if count + 1 >= RUN {
            found(hash);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_share_of_runs_is_found() {
        let runs = LetterRuns::of("The harbour was closed on Monday, as the wind had not let up.");
        assert_eq!(runs.share("the HARBOUR was closed, on Monday"), Some(1.0));
        let none = runs.share("nothing of the kind was ever said here");
        assert_eq!(none, Some(0.0));
        assert_eq!(runs.share("harbour"), None);
        let half = runs.share("The harbour was closed on Monday, and ships waited outside.");
        assert!((0.3..0.8).contains(&half.unwrap()), "{half:?}");
        let short = LetterRuns::of("short");
        assert_eq!(short.share("the harbour was closed"), Some(0.0));
    }
}
