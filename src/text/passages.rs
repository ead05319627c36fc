//! Finds the passages that two texts share, and where they are in each.

use std::collections::HashMap;

use super::{Reading, Span};

/// Positions of a shingle in the other text that are tried; tables and choruses have more.
const MAX_POSITIONS: usize = 16;

/// A passage that two texts share.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Passage {
    /// Its range in the first text.
    pub this: Span,
    /// Its range in the other.
    pub other: Span,
}

/// Returns the passages of the first text's body that are in the other's: maximal runs of shared
/// shingles, found greedily from the start, in the order of the first text and without overlaps in it.
/// Linear in the two lengths, because only so many positions of a shingle are tried.
pub fn passages(this: &Reading, other: &Reading) -> Vec<Passage> {
    let (ours, our_spans) = body(this);
    let (theirs, their_spans) = body(other);
    let mut positions: HashMap<u64, Vec<usize>> = HashMap::with_capacity(theirs.len());
    for (at, &shingle) in theirs.iter().enumerate() {
        let positions = positions.entry(shingle).or_default();
        if positions.len() < MAX_POSITIONS {
            positions.push(at);
        }
    }
    let mut passages = Vec::new();
    let mut at = 0;
    while at < ours.len() {
        let run = |&position: &usize| {
            ours[at..]
                .iter()
                .zip(&theirs[position..])
                .take_while(|(a, b)| a == b)
                .count()
        };
        // Reversed to get the first of the longest: `max_by_key` returns the last.
        let longest = positions
            .get(&ours[at])
            .into_iter()
            .flatten()
            .rev()
            .map(|position| (run(position), *position))
            .max_by_key(|(run, _)| *run);
        let Some((length, position)) = longest else {
            at += 1;
            continue;
        };
        let range = |spans: &[Span], from: usize| Span {
            start: spans[from].start,
            end: spans[from + length - 1].end,
        };
        passages.push(Passage {
            this: range(our_spans, at),
            other: range(their_spans, position),
        });
        at += length;
    }
    passages
}

fn body(reading: &Reading) -> (&[u64], &[Span]) {
    (
        &reading.shingles[reading.title_shingles..],
        &reading.spans[reading.title_shingles..],
    )
}

#[cfg(test)]
mod tests {
    use super::super::read;
    use super::*;

    fn check(this: &str, other: &str, expected: &[&str]) {
        let found = passages(&read("", this, &[]), &read("", other, &[]));
        let words: Vec<&str> = found.iter().map(|p| &this[p.this.range()]).collect();
        assert_eq!(words, expected);
        for passage in found {
            let theirs = &other[passage.other.range()];
            let ours = &this[passage.this.range()];
            let words = |text: &str| {
                super::super::tokens(text)
                    .into_iter()
                    .map(|t| t.normal)
                    .collect::<Vec<_>>()
            };
            assert_eq!(words(ours), words(theirs));
        }
    }

    #[test]
    fn shared_runs_are_found_whole() {
        check(
            "a b c d e f g h",
            "x y A, B; c d e f g h z",
            &["a b c d e f g h"],
        );
        check(
            "a b c d e 1 2 3 4 5",
            "1 2 3 4 5 x a b c d e",
            &["a b c d e", "1 2 3 4 5"],
        );
        check("a b c d", "x a b c d", &[]);
        check(
            "the same words again the same words again",
            "the same words again",
            &[],
        );
        check("", "a b c d e", &[]);
    }

    #[test]
    fn a_long_chorus_does_not_take_quadratic_time() {
        let chorus = "na ".repeat(200_000);
        assert_eq!(
            passages(&read("", &chorus, &[]), &read("", &chorus, &[])).len(),
            1
        );
    }
}
