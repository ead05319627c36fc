//! The passages that two texts share, with where they stand in each.

use std::collections::HashMap;

use super::{Reading, Span};

/// How many places of a shingle in the other text are tried; more stand in tables and choruses.
const PLACES: usize = 16;

/// A passage that two texts share.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Passage {
    /// Where it stands in the first text.
    pub this: Span,
    /// Where it stands in the other.
    pub other: Span,
}

/// Returns the passages of the first text's body that stand in the other's, in the order of the
/// first: maximal runs of shared shingles, found greedily from the start. They do not overlap in
/// the first. Linear in the two lengths, for a shingle's places in the other are tried up to a cap.
pub fn passages(this: &Reading, other: &Reading) -> Vec<Passage> {
    let (ours, our_spans) = body(this);
    let (theirs, their_spans) = body(other);
    let mut places: HashMap<u64, Vec<usize>> = HashMap::with_capacity(theirs.len());
    for (at, &shingle) in theirs.iter().enumerate() {
        let places = places.entry(shingle).or_default();
        if places.len() < PLACES {
            places.push(at);
        }
    }
    let mut passages = Vec::new();
    let mut at = 0;
    while at < ours.len() {
        let run = |&place: &usize| {
            ours[at..]
                .iter()
                .zip(&theirs[place..])
                .take_while(|(a, b)| a == b)
                .count()
        };
        // The first of the longest: `max_by_key` would take the last.
        let longest = places
            .get(&ours[at])
            .into_iter()
            .flatten()
            .rev()
            .map(|place| (run(place), *place))
            .max_by_key(|(run, _)| *run);
        let Some((length, place)) = longest else {
            at += 1;
            continue;
        };
        let stretch = |spans: &[Span], from: usize| Span {
            start: spans[from].start,
            end: spans[from + length - 1].end,
        };
        passages.push(Passage {
            this: stretch(our_spans, at),
            other: stretch(their_spans, place),
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
        let words: Vec<&str> = found
            .iter()
            .map(|p| &this[p.this.start as usize..p.this.end as usize])
            .collect();
        assert_eq!(words, expected);
        for passage in found {
            let theirs = &other[passage.other.start as usize..passage.other.end as usize];
            let ours = &this[passage.this.start as usize..passage.this.end as usize];
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
    fn a_long_chorus_takes_no_square_of_time() {
        let chorus = "na ".repeat(200_000);
        assert_eq!(
            passages(&read("", &chorus, &[]), &read("", &chorus, &[])).len(),
            1
        );
    }
}
