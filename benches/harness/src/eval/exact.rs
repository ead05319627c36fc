//! Computes the reported figures again in another way: shingles are joined strings in a hash map.
//!
//! It shares only the tokens, and which parts of the main text count, with the code that it checks: no
//! hashes, no sorting, no merging.

use std::collections::HashMap;
use std::rc::Rc;

use anyhow::Result;
use serde::Serialize;
use wirecopy::engine::Engine;
use wirecopy::id::Collection;
use wirecopy::text::{self, Span, Token};

use wirecopy::job::Number;

use super::JobOutcome;

/// Least weight of a shingle: five words of 8, or eight characters of 5.
const SHINGLE_WEIGHT: u32 = 40;
/// Capacity of the cache of shingles.
const MAX_CACHED_SHINGLES: usize = 2_000_000;

/// How the reported figures compare with the computed ones.
#[derive(Debug, Clone, Copy, PartialEq, Serialize)]
pub struct Exactness {
    /// Matched pairs that were computed again.
    pub matches: u64,
    /// The largest deviation of a figure.
    pub largest_deviation: f64,
    /// Pairs with a figure that deviates by more than the tolerance.
    pub wrong: u64,
}

/// WeightedShingles and their weights.
type WeightedShingles = HashMap<String, u32>;

/// Computes every match again, from the parts of the two texts that count.
pub fn check(
    engine: &Engine,
    collection: &Collection,
    outcome: &JobOutcome,
    tolerance: f64,
) -> Result<Exactness> {
    let mut cache = ShingleCache {
        engine,
        collection,
        outcome,
        shingles: HashMap::new(),
        count: 0,
    };
    let mut check = Exactness {
        matches: 0,
        largest_deviation: 0.0,
        wrong: 0,
    };
    for one in &outcome.articles {
        for found in one.matches.iter().filter(|found| one.article < found.other) {
            let (this, other) = (cache.of(one.article)?, cache.of(found.other)?);
            let (of_this, of_other, resemblance) = figures(&this, &other);
            let deviation = [
                (found.matched.overlap.containment(), of_this),
                (found.matched.overlap.containment_of_other(), of_other),
                (found.matched.overlap.resemblance(), resemblance),
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

/// Returns the containment of each in the other, and their resemblance.
fn figures(this: &WeightedShingles, other: &WeightedShingles) -> (f64, f64, f64) {
    let sum = |shingles: &WeightedShingles| {
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

/// The shingles of articles, cached.
struct ShingleCache<'a> {
    engine: &'a Engine,
    collection: &'a Collection,
    outcome: &'a JobOutcome,
    shingles: HashMap<Number, Rc<WeightedShingles>>,
    count: usize,
}

impl ShingleCache<'_> {
    fn of(&mut self, article: Number) -> Result<Rc<WeightedShingles>> {
        if let Some(shingles) = self.shingles.get(&article) {
            return Ok(Rc::clone(shingles));
        }
        let mut shingles = WeightedShingles::new();
        let name = self.outcome.names.name(article);
        let counted = self.engine.comparable_text(self.collection, name)?;
        if let Some(counted) = counted.filter(|counted| !counted.blocked) {
            add_shingles(&mut shingles, &counted.title, &[]);
            add_shingles(&mut shingles, &counted.text, &counted.not_counted);
        }
        self.count += shingles.len();
        if self.count > MAX_CACHED_SHINGLES {
            self.shingles.clear();
            self.count = shingles.len();
        }
        let shingles = Rc::new(shingles);
        self.shingles.insert(article, Rc::clone(&shingles));
        Ok(shingles)
    }
}

/// Adds the shingles of a text: from each token on, the shortest run that is heavy enough. A lighter
/// text is one shingle.
fn add_shingles(shingles: &mut WeightedShingles, text: &str, not_counted: &[Span]) {
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

    fn shingles(text: &str) -> WeightedShingles {
        let mut shingles = WeightedShingles::new();
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
