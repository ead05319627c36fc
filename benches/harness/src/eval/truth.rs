//! The labelled pairs of a set.

use std::path::Path;

use anyhow::{Context as _, Result};
use serde::{Deserialize, Deserializer};
use serde_json::Value;

use wirecopy::files;

/// A copy by the figures of the truth: the least larger containment, and the least smaller one.
const LEAST_LARGER_CONTAINMENT: f64 = 0.8;
const LEAST_SMALLER_CONTAINMENT: f64 = 0.5;
/// The least Jaccard index, for pairs without containments.
const LEAST_JACCARD: f64 = 0.5;

/// A labelled pair.
#[derive(Debug, Clone, Default, PartialEq, Deserialize)]
#[serde(default)]
pub struct TruthPair {
    /// One article.
    #[serde(deserialize_with = "id")]
    pub a: String,
    /// The other.
    #[serde(deserialize_with = "id")]
    pub b: String,
    label: String,
    /// Jaccard index of 5-shingles.
    #[serde(alias = "jaccard5", alias = "true_jaccard5")]
    pub jaccard: Option<f64>,
    #[serde(alias = "kept_of_source")]
    cont_a: Option<f64>,
    #[serde(alias = "share_of_copy")]
    cont_b: Option<f64>,
    na: Option<u64>,
    nb: Option<u64>,
    overall: Option<f64>,
    both_html: Option<bool>,
}

/// Labels of pairs that are not copies of each other, according to the authors of the set.
const DIFFERENT: [&str; 6] = [
    "different",
    "same-topic-not-copy",
    "unrelated",
    "unrelated-but-overlapping",
    "quoted-in-other",
    "non",
];
/// Labels of pairs that share most of at least one text.
const SHARED: [&str; 3] = ["exact", "near-dup", "contained"];
/// Grade, from 1 (same) to 4 (different), from which on two articles count as different.
const DIFFERENT_GRADE: f64 = 3.0;

impl TruthPair {
    /// Returns the larger of the two containments.
    pub fn largest_containment(&self) -> Option<f64> {
        Some(self.cont_a?.max(self.cont_b?))
    }

    /// Whether both have at least this many shingles, as far as is known.
    pub fn has_sizes_of(&self, least: u64) -> bool {
        self.na.is_some_and(|n| n >= least) && self.nb.is_some_and(|n| n >= least)
    }

    /// Whether the two are copies by the stored figures.
    pub fn is_copy(&self) -> bool {
        match (self.cont_a, self.cont_b) {
            (Some(a), Some(b)) => {
                a.max(b) >= LEAST_LARGER_CONTAINMENT && a.min(b) >= LEAST_SMALLER_CONTAINMENT
            }
            _ => self.jaccard.is_some_and(|jaccard| jaccard >= LEAST_JACCARD),
        }
    }

    /// Whether the two are copies by the definition or by their Jaccard index.
    pub fn is_reprint(&self) -> bool {
        self.is_copy() || self.jaccard.is_some_and(|jaccard| jaccard >= LEAST_JACCARD)
    }

    /// Whether the two are not copies of each other, according to the authors of the set.
    pub fn is_different(&self) -> bool {
        DIFFERENT.contains(&self.label.as_str())
            || self.overall.is_some_and(|grade| grade >= DIFFERENT_GRADE)
    }

    /// Whether both have pages, and most of at least one text is shared.
    pub fn is_shared_by_pages(&self) -> bool {
        self.both_html == Some(true) && SHARED.contains(&self.label.as_str())
    }

    /// Returns the label, with the grade rounded to a half if there is one.
    pub fn group(&self) -> String {
        match self.overall {
            Some(grade) => format!("{} {:.1}", self.label, (grade * 2.0).round() / 2.0),
            None => self.label.clone(),
        }
    }
}

/// Reads an id, which may be a number.
pub fn id<'de, D: Deserializer<'de>>(deserializer: D) -> Result<String, D::Error> {
    Ok(match Value::deserialize(deserializer)? {
        Value::String(id) => id,
        other => other.to_string(),
    })
}

/// Reads the pairs of a file.
pub fn read(path: &Path) -> Result<Vec<TruthPair>> {
    let failed = || format!("failed to read `{}`", path.display());
    let mut rows = Vec::new();
    let mut lines = files::lines(path).with_context(failed)?;
    while let Some(line) = lines.next_line().with_context(failed)? {
        let parsed = line.and_then(|text| serde_json::from_str(text).map_err(|e| e.to_string()));
        let (file, line) = (path.display(), lines.number());
        rows.push(parsed.map_err(|why| anyhow::anyhow!("{file}:{line}: {why}"))?);
    }
    Ok(rows)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn copies_follow_from_the_stored_figures() {
        let check = |line: &str, expected: bool| {
            assert_eq!(
                serde_json::from_str::<TruthPair>(line).unwrap().is_copy(),
                expected,
                "{line}"
            );
        };
        check(
            r#"{"a":"1","b":"2","label":"x","jaccard":0.4,"cont_a":0.9,"cont_b":0.5}"#,
            true,
        );
        check(
            r#"{"a":"1","b":"2","label":"x","jaccard":0.6,"cont_a":0.7,"cont_b":0.7}"#,
            false,
        );
        check(
            r#"{"a":1,"b":2,"label":"x","true_jaccard5":0.4,"kept_of_source":1.0,"share_of_copy":0.4}"#,
            false,
        );
        check(
            r#"{"a":"1","b":"2","label":"same-story","jaccard5":0.5}"#,
            true,
        );
        check(r#"{"a":"1","b":"2","label":"cut"}"#, false);
    }

    #[test]
    fn grades_are_grouped() {
        let row: TruthPair =
            serde_json::from_str(r#"{"a":1,"b":2,"label":"overall","overall":1.333}"#).unwrap();
        assert_eq!((row.group().as_str(), row.a.as_str()), ("overall 1.5", "1"));
    }
}
