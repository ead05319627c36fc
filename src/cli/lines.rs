//! The JSON lines that `check` and `cluster` print, one for each verdict.

use std::io::Write;

use anyhow::Result;
use serde::{Serialize, Serializer};
use wirecopy::server::proto::{Evidence, Match, Verdict};

use super::show;

/// A verdict. The field names are documented in `wirecopy cluster --help`.
#[derive(Serialize)]
struct VerdictLine<'a> {
    id: &'a str,
    cluster: &'a str,
    role: String,
    #[serde(serialize_with = "rounded")]
    confidence: f64,
    original: &'a str,
    source: &'a str,
    #[serde(skip_serializing_if = "Option::is_none")]
    lag_ms: Option<i64>,
    relation: String,
    #[serde(serialize_with = "rounded")]
    resemblance: f64,
    #[serde(serialize_with = "rounded")]
    containment: f64,
    #[serde(serialize_with = "rounded")]
    containment_of_lead: f64,
    matches: Vec<MatchLine<'a>>,
    evidence: Vec<EvidenceLine<'a>>,
}

#[derive(Serialize)]
struct MatchLine<'a> {
    id: &'a str,
    relation: String,
    #[serde(serialize_with = "rounded")]
    resemblance: f64,
    #[serde(serialize_with = "rounded")]
    containment: f64,
    #[serde(serialize_with = "rounded")]
    containment_of_match: f64,
}

#[derive(Serialize)]
struct EvidenceLine<'a> {
    kind: &'a str,
    #[serde(skip_serializing_if = "str::is_empty")]
    signal: &'a str,
    question: &'a str,
    words: &'a str,
    #[serde(skip_serializing_if = "Option::is_none")]
    span: Option<[u32; 2]>,
    #[serde(skip_serializing_if = "str::is_empty")]
    outlet: &'a str,
    #[serde(skip_serializing_if = "str::is_empty")]
    url: &'a str,
    #[serde(skip_serializing_if = "str::is_empty")]
    article: &'a str,
    #[serde(serialize_with = "rounded")]
    weight: f64,
}

/// Writes the line of a verdict.
pub fn write_verdict(out: &mut impl Write, verdict: &Verdict) -> Result<()> {
    let placement = verdict.placement.clone().unwrap_or_default();
    let figures = placement.figures.unwrap_or_default();
    let judgement = verdict.judgement.clone().unwrap_or_default();
    let line = VerdictLine {
        id: &verdict.id,
        cluster: &placement.cluster,
        role: show::role(judgement.role()),
        confidence: judgement.confidence,
        original: &judgement.original,
        source: &judgement.source,
        lag_ms: judgement.lag_ms,
        relation: show::relation(placement.relation()),
        resemblance: figures.resemblance,
        containment: figures.containment,
        containment_of_lead: figures.containment_of_other,
        matches: verdict.matches.iter().map(match_line).collect(),
        evidence: judgement.evidence.iter().map(evidence_line).collect(),
    };
    write(out, &line)
}

fn match_line(found: &Match) -> MatchLine<'_> {
    let figures = found.figures.unwrap_or_default();
    MatchLine {
        id: &found.id,
        relation: show::relation(found.relation()),
        resemblance: figures.resemblance,
        containment: figures.containment,
        containment_of_match: figures.containment_of_other,
    }
}

fn evidence_line(evidence: &Evidence) -> EvidenceLine<'_> {
    EvidenceLine {
        kind: &evidence.kind,
        signal: &evidence.signal,
        question: &evidence.question,
        words: &evidence.words,
        span: evidence.span.map(|span| [span.start, span.end]),
        outlet: &evidence.outlet,
        url: &evidence.url,
        article: &evidence.article,
        weight: evidence.weight,
    }
}

/// Writes a value as one line of JSON.
pub fn write(out: &mut impl Write, line: &impl Serialize) -> Result<()> {
    serde_json::to_writer(&mut *out, line)?;
    Ok(out.write_all(b"\n")?)
}

/// Rounds to six decimals: precise enough, and half as long as the digits of a double.
#[expect(
    clippy::trivially_copy_pass_by_ref,
    reason = "serde passes by reference"
)]
fn rounded<S: Serializer>(value: &f64, serializer: S) -> Result<S::Ok, S::Error> {
    serializer.serialize_f64((value * 1e6).round() / 1e6)
}

#[cfg(test)]
mod tests {
    use super::*;
    use wirecopy::server::proto::{Figures, Judgement, Placement, Relation, Role, Span};

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
            ..Default::default()
        };
        let mut out = Vec::new();
        write_verdict(&mut out, &verdict).unwrap();
        assert_eq!(
            String::from_utf8(out).unwrap(),
            "{\"id\":\"1\",\"cluster\":\"b\",\"role\":\"reprint\",\"confidence\":0.9,\"original\":\"b\",\"source\":\"\",\"relation\":\"copy\",\"resemblance\":0.666667,\
             \"containment\":1.0,\"containment_of_lead\":0.666667,\"matches\":[{\"id\":\"b\",\"relation\":\"copy\",\
             \"resemblance\":0.666667,\"containment\":1.0,\"containment_of_match\":0.666667}],\"evidence\":[{\"kind\":\"notice\",\"signal\":\"credit\",\"question\":\"source\",\
             \"words\":\"Source: B\",\"span\":[0,9],\"outlet\":\"B\",\"weight\":1.2}]}\n"
        );
    }
}
