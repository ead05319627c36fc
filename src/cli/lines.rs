//! The JSON line of an article: what is known of it, for programs.

use std::io::Write;

use anyhow::Result;
use serde::{Serialize, Serializer};

/// What is known of an article.
#[derive(Debug, Serialize)]
pub struct Line<'a> {
    /// Its id.
    pub id: &'a str,
    /// Its cluster: the lead's id.
    pub cluster: &'a str,
    /// Its role in the story's way around.
    pub role: &'a str,
    /// How sure that is.
    #[serde(serialize_with = "figure")]
    pub confidence: f64,
    /// The earliest known source: an article's id; empty where it is not known.
    pub original: &'a str,
    /// The outlet that is named as the source; may be empty.
    pub source: &'a str,
    /// Milliseconds after the original.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub lag_ms: Option<i64>,
    /// How it relates to the lead.
    pub relation: &'a str,
    /// What it and the lead share, of what they have together.
    #[serde(serialize_with = "figure")]
    pub resemblance: f64,
    /// Share of it found in the lead.
    #[serde(serialize_with = "figure")]
    pub containment: f64,
    /// Share of the lead found in it.
    #[serde(serialize_with = "figure")]
    pub containment_of_lead: f64,
    /// What it shares text with, nearest first.
    pub matches: Vec<MatchLine<'a>>,
    /// The reasons for its role.
    pub evidence: Vec<EvidenceLine<'a>>,
}

/// A match of an article.
#[derive(Debug, Serialize)]
pub struct MatchLine<'a> {
    /// The other's id.
    pub id: &'a str,
    /// How the article relates to it.
    pub relation: &'a str,
    /// What they share, of what they have together.
    #[serde(serialize_with = "figure")]
    pub resemblance: f64,
    /// Share of the article found in the other.
    #[serde(serialize_with = "figure")]
    pub containment: f64,
    /// Share of the other found in the article.
    #[serde(serialize_with = "figure")]
    pub containment_of_match: f64,
}

/// A reason for an article's role.
#[derive(Debug, Serialize)]
pub struct EvidenceLine<'a> {
    /// What it is.
    pub kind: &'a str,
    /// Of a notice, what it signals.
    #[serde(skip_serializing_if = "str::is_empty")]
    pub signal: &'a str,
    /// The question that it bears on.
    pub question: &'a str,
    /// The words in which it is found.
    pub words: &'a str,
    /// Where they stand in the main text: first byte, and the one after the last.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub span: Option<[u32; 2]>,
    /// The outlet that is named.
    #[serde(skip_serializing_if = "str::is_empty")]
    pub outlet: &'a str,
    /// The URL that is given.
    #[serde(skip_serializing_if = "str::is_empty")]
    pub url: &'a str,
    /// The article that it points at.
    #[serde(skip_serializing_if = "str::is_empty")]
    pub article: &'a str,
    /// How much it counts.
    #[serde(serialize_with = "figure")]
    pub weight: f64,
}

/// Writes a line.
pub fn write(out: &mut impl Write, line: &impl Serialize) -> Result<()> {
    serde_json::to_writer(&mut *out, line)?;
    out.write_all(b"\n")?;
    Ok(())
}

/// Six decimals: far finer than any use, and half as long as what a double prints.
#[expect(
    clippy::trivially_copy_pass_by_ref,
    reason = "serde passes by reference"
)]
fn figure<S: Serializer>(value: &f64, serializer: S) -> Result<S::Ok, S::Error> {
    serializer.serialize_f64((value * 1e6).round() / 1e6)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_line_is_as_documented() {
        let matches = vec![MatchLine {
            id: "b",
            relation: "copy",
            resemblance: 2.0 / 3.0,
            containment: 1.0,
            containment_of_match: 2.0 / 3.0,
        }];
        let line = Line {
            id: "1",
            cluster: "b",
            role: "reprint",
            confidence: 0.9,
            original: "b",
            source: "",
            lag_ms: None,
            relation: "copy",
            resemblance: 2.0 / 3.0,
            containment: 1.0,
            containment_of_lead: 2.0 / 3.0,
            matches,
            evidence: vec![EvidenceLine {
                kind: "notice",
                signal: "credit",
                question: "source",
                words: "Source: B",
                span: Some([0, 9]),
                outlet: "B",
                url: "",
                article: "",
                weight: 1.2,
            }],
        };
        let mut out = Vec::new();
        write(&mut out, &line).unwrap();
        assert_eq!(
            String::from_utf8(out).unwrap(),
            "{\"id\":\"1\",\"cluster\":\"b\",\"role\":\"reprint\",\"confidence\":0.9,\"original\":\"b\",\"source\":\"\",\"relation\":\"copy\",\"resemblance\":0.666667,\
             \"containment\":1.0,\"containment_of_lead\":0.666667,\"matches\":[{\"id\":\"b\",\"relation\":\"copy\",\
             \"resemblance\":0.666667,\"containment\":1.0,\"containment_of_match\":0.666667}],\"evidence\":[{\"kind\":\"notice\",\"signal\":\"credit\",\"question\":\"source\",\
             \"words\":\"Source: B\",\"span\":[0,9],\"outlet\":\"B\",\"weight\":1.2}]}\n"
        );
    }
}
