//! The JSON lines that `check`, `cluster` and `extract` print, one for each article.

use std::io::Write;

use anyhow::Result;
use serde::ser::{Serialize, SerializeMap, Serializer};
use wirecopy::files::ArticleRow;
use wirecopy::server::proto::{Evidence, Figures, Match, Verdict};

use super::results::{self, rounded};
use super::show;

/// Writes the line of a verdict. The field names are documented in `wirecopy cluster --help`.
pub fn write_verdict(out: &mut impl Write, verdict: &Verdict) -> Result<()> {
    let judgement = verdict.judgement.as_ref();
    let line = VerdictLine {
        row: results::of_verdict(verdict),
        matches: &verdict.matches,
        evidence: judgement.map_or(&[], |judgement| &judgement.evidence),
    };
    write(out, &line)
}

/// What is reported of an article: its row, and what a row has no place for.
pub struct VerdictLine<'a> {
    /// Its row.
    pub row: ArticleRow,
    /// Its matches.
    pub matches: &'a [Match],
    /// The reasons for its role.
    pub evidence: &'a [Evidence],
}

impl Serialize for VerdictLine<'_> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let mut map = serializer.serialize_map(None)?;
        self.row.serialize_into(&mut map)?;
        map.serialize_entry("matches", &lines(self.matches))?;
        map.serialize_entry("evidence", &lines(self.evidence))?;
        map.end()
    }
}

/// A value in the form that lines have.
pub struct Line<'a, T>(pub &'a T);

impl Serialize for Line<'_, Match> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let mut map = serializer.serialize_map(None)?;
        map.serialize_entry("id", &self.0.id)?;
        map.serialize_entry("relation", &show::relation(self.0.relation()))?;
        serialize_figures(&mut map, self.0.figures, "containment_of_match")?;
        map.end()
    }
}

impl Serialize for Line<'_, Evidence> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let evidence = self.0;
        let mut map = serializer.serialize_map(None)?;
        map.serialize_entry("kind", &evidence.kind)?;
        serialize_text(&mut map, "signal", &evidence.signal)?;
        map.serialize_entry("question", &evidence.question)?;
        map.serialize_entry("words", &evidence.words)?;
        if let Some(span) = evidence.span {
            map.serialize_entry("span", &[span.start, span.end])?;
        }
        serialize_text(&mut map, "outlet", &evidence.outlet)?;
        serialize_text(&mut map, "url", &evidence.url)?;
        serialize_text(&mut map, "article", &evidence.article)?;
        map.serialize_entry("weight", &rounded(evidence.weight))?;
        map.end()
    }
}

fn lines<T>(values: &[T]) -> Vec<Line<'_, T>> {
    values.iter().map(Line).collect()
}

/// Serializes figures. `of_other` is the name of the share of the other article.
fn serialize_figures<M: SerializeMap>(
    map: &mut M,
    figures: Option<Figures>,
    of_other: &str,
) -> Result<(), M::Error> {
    let figures = figures.unwrap_or_default();
    map.serialize_entry("resemblance", &rounded(figures.resemblance))?;
    map.serialize_entry("containment", &rounded(figures.containment))?;
    map.serialize_entry(of_other, &rounded(figures.containment_of_other))
}

/// Serializes a text that is not empty.
fn serialize_text<M: SerializeMap>(map: &mut M, name: &str, text: &str) -> Result<(), M::Error> {
    match text {
        "" => Ok(()),
        text => map.serialize_entry(name, text),
    }
}

/// Writes a value as one line of JSON.
pub fn write(out: &mut impl Write, line: &impl Serialize) -> Result<()> {
    serde_json::to_writer(&mut *out, line)?;
    Ok(out.write_all(b"\n")?)
}

#[cfg(test)]
mod tests {
    use super::*;
    use wirecopy::server::proto::{Judgement, Placement, Relation, Role, Span};
    use wirecopy::server::time::timestamp;

    #[test]
    fn the_line_is_as_documented() {
        let figures = Some(Figures {
            resemblance: 2.0 / 3.0,
            containment: 1.0,
            containment_of_other: 2.0 / 3.0,
        });
        let verdict = Verdict {
            id: "1".into(),
            placement: Some(Placement {
                cluster: "b".into(),
                size: 2,
                relation: Relation::Copy.into(),
                figures,
                ..Default::default()
            }),
            matches: vec![Match {
                id: "b".into(),
                relation: Relation::Copy.into(),
                figures,
                ..Default::default()
            }],
            judgement: Some(Judgement {
                role: Role::Reprint.into(),
                confidence: 0.9,
                original: "b".into(),
                evidence: vec![Evidence {
                    kind: "notice".into(),
                    signal: "credit".into(),
                    question: "source".into(),
                    words: "Source: B".into(),
                    span: Some(Span { start: 0, end: 9 }),
                    outlet: "B".into(),
                    weight: 1.2,
                    ..Default::default()
                }],
                ..Default::default()
            }),
            first_seen: Some(timestamp(1_767_600_000_000)),
            ..Default::default()
        };
        let mut out = Vec::new();
        write_verdict(&mut out, &verdict).unwrap();
        assert_eq!(
            String::from_utf8(out).unwrap(),
            "{\"id\":\"1\",\"cluster\":\"b\",\"size\":2,\"role\":\"reprint\",\"confidence\":0.9,\"original\":\"b\",\"source\":\"\",\"relation\":\"copy\",\"resemblance\":0.666667,\
             \"containment\":1.0,\"containment_of_lead\":0.666667,\"time\":\"2026-01-05T08:00:00Z\",\"matches\":[{\"id\":\"b\",\"relation\":\"copy\",\
             \"resemblance\":0.666667,\"containment\":1.0,\"containment_of_match\":0.666667}],\"evidence\":[{\"kind\":\"notice\",\"signal\":\"credit\",\"question\":\"source\",\
             \"words\":\"Source: B\",\"span\":[0,9],\"outlet\":\"B\",\"weight\":1.2}]}\n"
        );
    }
}
