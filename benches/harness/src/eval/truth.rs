//! What is known of pairs of a labelled set.

use std::path::Path;

use anyhow::{Context as _, Result};
use serde::{Deserialize, Deserializer};
use serde_json::Value;

use wirecopy::files;

/// The definition of a copy, as in the sets' own figures.
const COPY_MAX: f64 = 0.8;
const COPY_MIN: f64 = 0.5;
/// What stands for it where only a Jaccard index is stored.
const COPY_JACCARD: f64 = 0.5;

/// A labelled pair.
#[derive(Debug, Clone, Default, PartialEq, Deserialize)]
#[serde(default)]
pub struct Row {
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

/// Labels by which people, or whoever made the set, say that two articles are no copies of each other.
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
/// Grade of similarity, 1 to 4, from which on people say that two articles are different.
const DIFFERENT_GRADE: f64 = 3.0;

impl Row {
    /// Share of either found in the other, the larger.
    pub fn largest_containment(&self) -> Option<f64> {
        Some(self.cont_a?.max(self.cont_b?))
    }

    /// Whether both are known to have that many shingles.
    pub fn has_sizes_of(&self, least: u64) -> bool {
        self.na.is_some_and(|n| n >= least) && self.nb.is_some_and(|n| n >= least)
    }

    /// Whether the stored figures satisfy the definition of a copy.
    pub fn is_copy(&self) -> bool {
        match (self.cont_a, self.cont_b) {
            (Some(a), Some(b)) => a.max(b) >= COPY_MAX && a.min(b) >= COPY_MIN,
            _ => self.jaccard.is_some_and(|jaccard| jaccard >= COPY_JACCARD),
        }
    }

    /// Whether people, or whoever made the set, say that the two are no copies of each other.
    pub fn is_different(&self) -> bool {
        DIFFERENT.contains(&self.label.as_str())
            || self.overall.is_some_and(|grade| grade >= DIFFERENT_GRADE)
    }

    /// Whether the two have pages, and share most of at least one text.
    pub fn is_shared_by_pages(&self) -> bool {
        self.both_html == Some(true) && SHARED.contains(&self.label.as_str())
    }

    /// The label; a graded one with its grade, to the half.
    pub fn group(&self) -> String {
        match self.overall {
            Some(grade) => format!("{} {:.1}", self.label, (grade * 2.0).round() / 2.0),
            None => self.label.clone(),
        }
    }
}

fn id<'de, D: Deserializer<'de>>(deserializer: D) -> Result<String, D::Error> {
    Ok(match Value::deserialize(deserializer)? {
        Value::String(id) => id,
        other => other.to_string(),
    })
}

/// Reads the pairs of a file.
pub fn read(path: &Path) -> Result<Vec<Row>> {
    let failed = || format!("failed to read `{}`", path.display());
    let mut rows = Vec::new();
    let mut lines = files::lines(path).with_context(failed)?;
    while let Some(line) = lines.next_line().with_context(failed)? {
        let parsed = line
            .text
            .and_then(|text| serde_json::from_str(text).map_err(|e| e.to_string()));
        let row =
            parsed.map_err(|why| anyhow::anyhow!("{}:{}: {why}", path.display(), line.number))?;
        rows.push(row);
    }
    Ok(rows)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn copies_are_told_by_what_is_stored() {
        let check = |line: &str, expected: bool| {
            assert_eq!(
                serde_json::from_str::<Row>(line).unwrap().is_copy(),
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
        let row: Row =
            serde_json::from_str(r#"{"a":1,"b":2,"label":"overall","overall":1.333}"#).unwrap();
        assert_eq!((row.group().as_str(), row.a.as_str()), ("overall 1.5", "1"));
    }
}
