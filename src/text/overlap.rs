//! Counts exactly what two texts share.

use super::figures::{FigureAgreement, Figures};
use super::shingles::RankedShingles;
use super::sort::sort;
use super::terms::Terms;
use super::weight;
use super::windows::least_windows;

/// Shingles of a text's opening, and of its title.
const OPENING: usize = 8;

/// The set of a text's shingles, a sample of its windows, and what tells an article from a page around it.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Shingles {
    sorted: Vec<u64>,
    weight: u32,
    heading: Vec<u64>,
    opening: Vec<u64>,
    windows: Vec<u64>,
    terms: Terms,
    figures: Figures,
}

impl Shingles {
    /// Makes a set of the shingles of a text; those of the body begin at index `body`.
    pub(super) fn new(ranked: RankedShingles, body: usize) -> Self {
        let from = if body < ranked.len() { body } else { 0 };
        let windows = least_windows(&ranked, from);
        let mut shingles = ranked.hashes;
        let heading = shingles[..from].iter().take(OPENING).copied().collect();
        let opening = shingles[from..].iter().take(OPENING).copied().collect();
        sort(&mut shingles);
        shingles.dedup();
        shingles.shrink_to_fit();
        let weight = shingles.iter().map(|&shingle| weight(shingle)).sum();
        Self {
            sorted: shingles,
            weight,
            heading,
            opening,
            windows,
            terms: Terms::default(),
            figures: Figures::default(),
        }
    }

    /// Adds the longer words and the figures of the text.
    pub(super) fn with(self, terms: Terms, figures: Figures) -> Self {
        Self {
            terms,
            figures,
            ..self
        }
    }

    /// Makes a set of hashes that are no shingles of a text.
    #[cfg(test)]
    pub fn of_hashes(hashes: Vec<u64>, body: usize) -> Self {
        let ranked = |&hash: &u64| (hash, super::hash_bytes(&hash.to_le_bytes()) as u32);
        Self::new(hashes.iter().map(ranked).collect(), body)
    }

    /// Returns the distinct shingles, ascending.
    pub fn as_slice(&self) -> &[u64] {
        &self.sorted
    }

    /// Returns its least windows, ascending: all below a bound.
    pub fn windows(&self) -> &[u64] {
        &self.windows
    }

    /// Returns the number of distinct shingles.
    pub fn len(&self) -> usize {
        self.sorted.len()
    }

    /// Whether the text has none, and so resembles nothing.
    pub fn is_empty(&self) -> bool {
        self.sorted.is_empty()
    }

    /// Returns its size in memory, in bytes.
    pub fn size(&self) -> usize {
        size_of::<Self>()
            + self.terms.size()
            + self.figures.size()
            + [&self.sorted, &self.opening, &self.heading, &self.windows]
                .map(|hashes| hashes.capacity() * size_of::<u64>())
                .iter()
                .sum::<usize>()
    }

    /// Whether this text has most of the other's opening: its first dozen words.
    pub fn has_opening_of(&self, other: &Self) -> bool {
        self.has_most_of(&other.opening)
    }

    /// Whether this text has most of the other's title.
    pub fn has_title_of(&self, other: &Self) -> bool {
        self.has_most_of(&other.heading)
    }

    /// Whether this text speaks of what the other does: at least half of the longer words that it begins
    /// with, title included, are there, and of the first of them.
    pub fn speaks_of(&self, other: &Self) -> bool {
        self.terms.speak_of(&other.terms)
    }

    /// Returns the weight of its title's shingles, of which a long title has more.
    pub fn title_weight(&self) -> u32 {
        self.heading.iter().map(|&shingle| weight(shingle)).sum()
    }

    /// Whether the text says nothing of its title.
    pub fn title_is_apart(&self) -> bool {
        self.terms.title_is_apart()
    }

    /// Compares the figures of this text and another, in the places that both have.
    pub fn figures_agree(&self, other: &Self) -> FigureAgreement {
        self.figures.agreement(&other.figures)
    }

    fn has_most_of(&self, shingles: &[u64]) -> bool {
        let had = shingles
            .iter()
            .filter(|shingle| self.sorted.binary_search(shingle).is_ok())
            .count();
        had > 0 && 2 * had >= shingles.len()
    }

    /// Returns the weights of this text and another, with nothing shared: before that is counted.
    fn weights(&self, other: &Self) -> Overlap {
        Overlap {
            shared: 0,
            this: self.weight,
            other: other.weight,
        }
    }

    /// Returns the overlap of the text with itself.
    pub fn overlap_with_itself(&self) -> Overlap {
        Overlap {
            shared: self.weight,
            ..self.weights(self)
        }
    }

    /// Counts what this text and another share.
    pub fn overlap(&self, other: &Self) -> Overlap {
        let (mut a, mut b) = (self.sorted.as_slice(), other.sorted.as_slice());
        let mut shared = 0;
        while let (Some(&x), Some(&y)) = (a.first(), b.first()) {
            shared += if x == y { weight(x) } else { 0 };
            // Branch-free, because which of the two is smaller cannot be predicted.
            a = &a[usize::from(x <= y)..];
            b = &b[usize::from(y <= x)..];
        }
        Overlap {
            shared,
            ..self.weights(other)
        }
    }
}

/// The weights of two texts' shingles, and of those they share (see [`weight`]).
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Overlap {
    /// Weight of the shingles that both have.
    pub shared: u32,
    /// Weight of the first one's shingles.
    pub this: u32,
    /// Weight of the other one's shingles.
    pub other: u32,
}

impl Overlap {
    /// Returns the Jaccard index, from 0 to 1; 0 for two texts without shingles, because an empty text
    /// resembles nothing.
    pub fn resemblance(&self) -> f64 {
        ratio(self.shared, self.this + self.other - self.shared)
    }

    /// Returns the share of the first that is in the other, from 0 to 1.
    pub fn containment(&self) -> f64 {
        ratio(self.shared, self.this)
    }

    /// Returns the share of the other that is in the first, from 0 to 1.
    pub fn containment_of_other(&self) -> f64 {
        ratio(self.shared, self.other)
    }

    /// Returns the same with the texts swapped.
    pub fn reversed(&self) -> Self {
        Self {
            shared: self.shared,
            this: self.other,
            other: self.this,
        }
    }
}

fn ratio(part: u32, whole: u32) -> f64 {
    f64::from(part) / f64::from(whole.max(1))
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn shares_are_shares_of_weight() {
        // Two words and a character against one word and the character.
        let overlap =
            Shingles::of_hashes(vec![2, 4, 7], 0).overlap(&Shingles::of_hashes(vec![7, 4], 0));
        assert_eq!(
            overlap,
            Overlap {
                shared: 13,
                this: 21,
                other: 13
            }
        );
        assert_eq!(overlap.containment_of_other(), 1.0);
        assert_eq!(overlap.reversed().containment(), 1.0);
        assert_eq!(overlap.resemblance(), 13.0 / 21.0);
        assert_eq!(
            Shingles::default()
                .overlap(&Shingles::default())
                .resemblance(),
            0.0
        );
    }

    #[test]
    fn an_opening_is_the_bodys() {
        let story = Shingles::of_hashes((0..100).collect(), 3);
        let opens = |shingles: Vec<u64>| Shingles::of_hashes(shingles, 0).has_opening_of(&story);
        assert!(opens((3..20).collect()));
        assert!(opens((0..7).collect()));
        assert!(!opens((0..6).collect()));
        assert!(!opens((50..90).collect()));
        assert!(!Shingles::default().has_opening_of(&Shingles::default()));
    }

    proptest! {
        #[test]
        fn the_overlap_is_that_of_the_sets(a in prop::collection::vec(0u64..60, 0..80), b in prop::collection::vec(0u64..60, 0..80)) {
            use std::collections::HashSet;
            let (x, y): (HashSet<u64>, HashSet<u64>) = (a.iter().copied().collect(), b.iter().copied().collect());
            let sum = |set: &mut dyn Iterator<Item = &u64>| set.map(|&s| weight(s)).sum::<u32>();
            let expected = Overlap {
                shared: sum(&mut x.intersection(&y)),
                this: sum(&mut x.iter()),
                other: sum(&mut y.iter()),
            };
            prop_assert_eq!(Shingles::of_hashes(a, 0).overlap(&Shingles::of_hashes(b, 0)), expected);
        }
    }
}
