//! The figures again, in another way: words as strings, shingles as joined strings in a set.
//!
//! Nothing here is shared with what it checks but the tokens themselves, and which stretches of the
//! main text count: no hashes, no sorting, no merging.

use std::collections::HashMap;
use std::rc::Rc;

use anyhow::Result;
use serde::Serialize;
use wirecopy::engine::Engine;
use wirecopy::id::Collection;
use wirecopy::text::{self, Span, Token};

use wirecopy::job::{Number, Outcome};

/// Weight of a shingle's tokens, at least: five words of 8, or eight characters of 5.
const SHINGLE_WEIGHT: u32 = 40;
/// Shingles that are kept at once, to be used again; a bound of memory.
const KEPT_SHINGLES: usize = 2_000_000;

/// What the check came to.
#[derive(Debug, Clone, Copy, PartialEq, Serialize)]
pub struct Check {
    /// Matches that were computed again, each pair once.
    pub matches: u64,
    /// The largest difference of a figure.
    pub largest_deviation: f64,
    /// Matches with a figure that is off by more than is allowed.
    pub wrong: u64,
}

/// Shingles and what each weighs.
type Shingles = HashMap<String, u32>;

/// Computes every match again, of what counts in the two articles.
///
/// # Errors
/// The store's.
pub fn check(
    engine: &Engine,
    collection: &Collection,
    outcome: &Outcome,
    tolerance: f64,
) -> Result<Check> {
    let mut kept = Kept {
        engine,
        collection,
        outcome,
        shingles: HashMap::new(),
        count: 0,
    };
    let mut check = Check {
        matches: 0,
        largest_deviation: 0.0,
        wrong: 0,
    };
    for one in &outcome.articles {
        for found in one.matches.iter().filter(|found| one.article < found.other) {
            let (this, other) = (kept.of(one.article)?, kept.of(found.other)?);
            let (of_this, of_other, resemblance) = figures(&this, &other);
            let deviation = [
                (found.overlap.containment(), of_this),
                (found.overlap.containment_of_other(), of_other),
                (found.overlap.resemblance(), resemblance),
            ]
            .iter()
            .map(|(reported, computed)| (reported - computed).abs())
            .fold(0.0, f64::max);
            check.matches += 1;
            check.largest_deviation = check.largest_deviation.max(deviation);
            check.wrong += u64::from(deviation > tolerance);
        }
    }
    Ok(check)
}

/// Containment of each in the other, and resemblance.
fn figures(this: &Shingles, other: &Shingles) -> (f64, f64, f64) {
    let sum = |shingles: &Shingles| {
        shingles
            .values()
            .map(|&weight| f64::from(weight))
            .sum::<f64>()
    };
    let shared: f64 = this
        .iter()
        .filter(|(key, _)| other.contains_key(*key))
        .map(|(_, &w)| f64::from(w))
        .sum();
    let ratio = |whole: f64| if whole == 0.0 { 0.0 } else { shared / whole };
    let (this, other) = (sum(this), sum(other));
    (ratio(this), ratio(other), ratio(this + other - shared))
}

/// Shingles of articles, some of them kept.
struct Kept<'a> {
    engine: &'a Engine,
    collection: &'a Collection,
    outcome: &'a Outcome,
    shingles: HashMap<Number, Rc<Shingles>>,
    count: usize,
}

impl Kept<'_> {
    fn of(&mut self, article: Number) -> Result<Rc<Shingles>> {
        if let Some(shingles) = self.shingles.get(&article) {
            return Ok(Rc::clone(shingles));
        }
        let mut shingles = Shingles::new();
        let name = self.outcome.names.name(article);
        let counted = self.engine.counted(self.collection, name)?;
        if let Some(counted) = counted.filter(|counted| !counted.blocked) {
            add_shingles(&mut shingles, &counted.title, &[]);
            add_shingles(&mut shingles, &counted.text, &counted.not_counted);
        }
        self.count += shingles.len();
        if self.count > KEPT_SHINGLES {
            self.shingles.clear();
            self.count = shingles.len();
        }
        let shingles = Rc::new(shingles);
        self.shingles.insert(article, Rc::clone(&shingles));
        Ok(shingles)
    }
}

/// Adds the shingles of a text: from each token on the shortest run that weighs enough; the whole
/// of a text that weighs less.
fn add_shingles(shingles: &mut Shingles, text: &str, not_counted: &[Span]) {
    let counts = |token: &Token| {
        let start = token.span.start;
        !not_counted
            .iter()
            .any(|span| (span.start..span.end).contains(&start))
    };
    let tokens: Vec<(String, u32)> = text::tokens(text)
        .into_iter()
        .filter(counts)
        .map(|t| (t.normal, t.weight))
        .collect();
    let join = |run: &[(String, u32)]| {
        run.iter()
            .map(|(token, _)| token.as_str())
            .collect::<Vec<_>>()
            .join("\u{1f}")
    };
    let mut any = false;
    for start in 0..tokens.len() {
        let mut weight = 0;
        let length = tokens[start..].iter().position(|(_, of_token)| {
            weight += of_token;
            weight >= SHINGLE_WEIGHT
        });
        if let Some(last) = length {
            shingles.insert(join(&tokens[start..=start + last]), tokens[start].1);
            any = true;
        }
    }
    if !any && !tokens.is_empty() {
        shingles.insert(join(&tokens), tokens[0].1);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn shingles(text: &str) -> Shingles {
        let mut shingles = Shingles::new();
        add_shingles(&mut shingles, text, &[]);
        shingles
    }

    #[test]
    fn shingles_are_runs_of_five_words_or_eight_characters() {
        let check = |text: &str, count: usize| assert_eq!(shingles(text).len(), count, "{text}");
        check("", 0);
        check("one two three", 1);
        check("one two three four five", 1);
        check("one two three four five six", 2);
        check("海堤於清晨決口居民", 2);
    }

    #[test]
    fn figures_are_shares_of_weight() {
        let (a, b) = (shingles("a b c d e f"), shingles("a b c d e x y"));
        assert_eq!(figures(&a, &b), (0.5, 1.0 / 3.0, 0.25));
        assert_eq!(figures(&shingles(""), &shingles("")), (0.0, 0.0, 0.0));
    }
}
