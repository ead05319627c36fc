//! Runs the golden cases: small invented stories, one file each in `tests/golden/`, with the verdict
//! that the product should give. `tests/golden/README.md` describes the format.
//!
//! All cases run in one test, which lists everything that differs. To run some of them by name:
//! `GOLDEN=late_original cargo test --test golden`.
#![cfg(feature = "server")]
#![expect(
    clippy::unwrap_used,
    reason = "a test that cannot go on should stop there"
)]

use std::collections::BTreeSet;
use std::path::Path;
use std::sync::{Arc, mpsc};

use jiff::Timestamp;
use serde::Deserialize;
use toml::value::Datetime;
use toml::{Table, Value};
use wirecopy::engine::{Article, Body, Engine, Match, Params, Placement, VerdictScope};
use wirecopy::id::Collection;
use wirecopy::store::Memory;
use wirecopy::syndication::Judgement;

/// How many cases there are at least.
const CASES: usize = 90;
/// Roles and relations that some case must expect.
const ROLES: [&str; 8] = [
    "original",
    "wire",
    "reprint",
    "excerpt",
    "version",
    "round-up",
    "unknown",
    "blocked-page",
];
const RELATIONS: [&str; 7] = [
    "lead", "copy", "version", "excerpt", "embedded", "embeds", "overlap",
];
/// When the crawler sees the first article of a case: the first of April 2024. The others follow by
/// the minute, so that the order of crawling says nothing.
const FIRST_SEEN_MS: i64 = 1_711_929_600_000;
const MINUTE_MS: i64 = 60_000;

/// One file: texts with names, and steps in their order.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct GoldenCase {
    /// What the case shows, for the reader.
    #[serde(rename = "about")]
    _about: String,
    /// Texts that the steps insert where they write `{{name}}`.
    #[serde(default)]
    texts: Table,
    step: Vec<GoldenStep>,
}

/// One action on the engine, which is one of the first four, and what should come of it.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct GoldenStep {
    ingest: Option<String>,
    check: Option<String>,
    get: Option<String>,
    remove: Option<String>,
    /// Whether a check or a get asks for quotations.
    #[serde(default)]
    quotations: bool,
    #[serde(default)]
    publisher: String,
    #[serde(default)]
    title: String,
    #[serde(default)]
    text: String,
    html: Option<String>,
    charset: Option<String>,
    published: Option<Datetime>,
    /// The expected answer, by the names of `tests/golden/README.md`.
    #[serde(default)]
    expect: Table,
}

#[test]
fn every_case_gets_its_verdict() {
    let only = std::env::var("GOLDEN").ok();
    let is_wanted = |name: &str| {
        only.as_ref()
            .is_none_or(|only| name.contains(only.as_str()))
    };
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/golden");
    let (mut names, mut covered, mut faults) = (BTreeSet::new(), String::new(), Vec::new());
    for entry in std::fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        let name = path.file_stem().unwrap().to_str().unwrap().to_owned();
        if path.extension().is_none_or(|extension| extension != "toml") || !is_wanted(&name) {
            continue;
        }
        let source = std::fs::read_to_string(&path).unwrap();
        match toml::from_str::<GoldenCase>(&source) {
            Ok(case) => {
                let expected = case.step.iter().map(|step| step.expect.to_string());
                covered.extend(expected);
                let found = case.faults().into_iter();
                faults.extend(found.map(|fault| format!("{name}.toml, {fault}")));
            }
            Err(error) => faults.push(format!("{name}.toml: {error}")),
        }
        names.insert(name);
    }
    faults.sort();
    assert!(
        faults.is_empty(),
        "{} expectations of {} cases do not hold:\n{}",
        faults.len(),
        names.len(),
        faults.join("\n")
    );
    assert!(!names.is_empty(), "no case is named like {only:?}");
    if only.is_none() {
        assert!(names.len() >= CASES, "only {} cases", names.len());
        let roles = ROLES.map(|role| format!("role = \"{role}\""));
        let relations = RELATIONS.map(|relation| format!("\"{relation}\""));
        for expected in roles.iter().chain(&relations) {
            assert!(covered.contains(expected), "no case expects {expected}");
        }
    }
}

impl GoldenCase {
    /// Runs the case on an engine of its own, and returns what differs from its expectations.
    fn faults(&self) -> Vec<String> {
        let params = Params {
            threads: 1,
            ..Params::default()
        };
        let engine = Engine::open(Arc::new(Memory::default()), params).unwrap();
        let mut faults = Vec::new();
        for (at, step) in self.step.iter().enumerate() {
            let now_ms = FIRST_SEEN_MS + at as i64 * MINUTE_MS;
            let found = match self.take(step, &engine, now_ms) {
                Ok(Some(answer)) => answer.compare(&step.expect),
                Ok(None) => Vec::new(),
                Err(error) => vec![error],
            };
            faults.extend(
                found
                    .iter()
                    .map(|fault| format!("step {}: {fault}", at + 1)),
            );
        }
        faults
    }

    /// Takes a step; a removal has no answer.
    fn take(
        &self,
        step: &GoldenStep,
        engine: &Engine,
        now_ms: i64,
    ) -> Result<Option<GoldenAnswer>, String> {
        let collection = Collection::default();
        let stored = |id: &str| engine.get(&collection, id, true, step.quotations);
        let (verdict, stored) = match (&step.ingest, &step.check, &step.get, &step.remove) {
            (Some(id), None, None, None) => {
                let (sender, receiver) = mpsc::channel();
                let reply = Box::new(move |verdict| drop(sender.send(verdict)));
                engine.submit_at(self.article(id, step)?, now_ms, reply);
                let verdict = receiver
                    .recv()
                    .unwrap()
                    .map_err(|error| error.to_string())?;
                let stored = stored(verdict.id.as_str()).map_err(|error| error.to_string())?;
                (Some(verdict), Some(stored))
            }
            (None, Some(id), None, None) => {
                let scope = match step.quotations {
                    true => VerdictScope::Quotations,
                    false => VerdictScope::Matches,
                };
                let verdict = engine.check(self.article(id, step)?, scope);
                (Some(verdict.map_err(|error| error.to_string())?), None)
            }
            (None, None, Some(id), None) => {
                (None, Some(stored(id).map_err(|error| error.to_string())?))
            }
            (None, None, None, Some(id)) => {
                let removed = engine.remove(&collection, vec![id.clone()]);
                return match removed.map_err(|error| error.to_string())?.removed {
                    1 => Ok(None),
                    _ => Err(format!("{id} is not known")),
                };
            }
            _ => return Err("one of ingest, check, get and remove is needed".to_owned()),
        };
        let mut answer = GoldenAnswer::default();
        if let Some(stored) = stored {
            answer.judge(&stored.placement, &stored.matches, &stored.judgement);
            answer.set("title", stored.article.title);
            answer.set("byline", stored.article.byline);
            answer.set("canonical", stored.canonical_url);
            answer.set("lang", stored.article.lang);
            if let Some(published) = stored.article.published_ms {
                let published = Timestamp::from_millisecond(published).unwrap().to_string();
                answer.set("published", published.parse::<Datetime>().unwrap());
            }
            if let Body::Text(text) = stored.article.body {
                answer.text = text;
            }
            let spans = stored.not_counted.iter();
            answer.masked = spans
                .map(|span| span.start as usize..span.end as usize)
                .collect();
        }
        if let Some(verdict) = verdict {
            let judgement = verdict.judgement.ok_or("a verdict without a judgement")?;
            answer.judge(&verdict.placement, &verdict.matches, &judgement);
            answer.set("state", format!("{:?}", verdict.state).to_lowercase());
        }
        Ok(Some(answer))
    }

    fn article(&self, id: &str, step: &GoldenStep) -> Result<Article, String> {
        let body = match (&step.html, &step.charset) {
            (None, _) => {
                let text = self.fill(&step.text, "\n\n")?;
                Body::Text(paragraphs(&text).join("\n\n"))
            }
            (Some(html), None) => Body::Html(self.fill(html, "</p>\n<p>")?),
            (Some(html), Some(charset)) => {
                let html = self.fill(html, "</p>\n<p>")?;
                let encoding = encoding_rs::Encoding::for_label(charset.as_bytes());
                let encoding = encoding.ok_or_else(|| format!("no charset {charset:?}"))?;
                Body::Raw {
                    bytes: encoding.encode(&html).0.into_owned(),
                    content_type: String::new(),
                }
            }
        };
        let is_url = id.contains("://");
        let published_ms = step.published.as_ref().map(|published| {
            let published: Timestamp = published.to_string().parse().unwrap();
            published.as_millisecond()
        });
        Ok(Article {
            id: if is_url { "" } else { id }.to_owned(),
            url: if is_url { id } else { "" }.to_owned(),
            publisher: step.publisher.clone(),
            title: step.title.clone(),
            published_ms,
            body,
            ..Article::default()
        })
    }

    /// Inserts the texts that a template names, with something between their paragraphs.
    fn fill(&self, template: &str, between: &str) -> Result<String, String> {
        let mut filled = template.trim().to_owned();
        for (name, text) in &self.texts {
            let text = paragraphs(text.as_str().unwrap_or_default()).join(between);
            filled = filled.replace(&format!("{{{{{name}}}}}"), &text);
        }
        match filled.contains("{{") {
            true => Err(format!("an unknown text in {template:?}")),
            false => Ok(filled),
        }
    }
}

/// The paragraphs of a text, which are divided by empty lines; a single line break is a space.
fn paragraphs(text: &str) -> Vec<String> {
    let paragraphs = text.trim().split("\n\n");
    paragraphs
        .map(|lines| lines.trim().replace('\n', " "))
        .collect()
}

/// What the engine says of one article.
#[derive(Default)]
struct GoldenAnswer {
    /// What is compared as it is, by its name in `[step.expect]`.
    fields: Table,
    confidence: f64,
    evidence: Vec<String>,
    /// Signal, words and outlet of each notice.
    notices: Vec<[String; 3]>,
    text: String,
    /// The spans of the text that do not count.
    masked: Vec<std::ops::Range<usize>>,
}

impl GoldenAnswer {
    fn set(&mut self, name: &str, value: impl Into<Value>) {
        self.fields.insert(name.to_owned(), value.into());
    }

    fn judge(&mut self, placement: &Placement, matches: &[Match], judgement: &Judgement) {
        let original = judgement.original.clone().unwrap_or_default();
        let related = |one: &Match| (one.article.id.to_string(), one.relation.as_str().into());
        self.set("cluster", placement.cluster.as_str());
        self.set("size", placement.size as i64);
        self.set("relation", placement.relation.as_str());
        self.set("matches", matches.iter().map(related).collect::<Table>());
        self.set("role", judgement.role.as_str());
        self.set(
            "original",
            original.article.map_or(String::new(), |id| id.to_string()),
        );
        self.set("source", original.outlet);
        self.set("source_url", original.url);
        let overlap = &placement.overlap;
        for (name, share) in [
            ("resemblance", overlap.resemblance()),
            ("containment", overlap.containment()),
            ("containment_of_other", overlap.containment_of_other()),
            ("carried", judgement.carried),
            ("added", judgement.added),
        ] {
            self.set(name, (share * 100.0).round() / 100.0);
        }
        self.confidence = judgement.confidence;
        let evidence = judgement.evidence.iter();
        self.evidence = evidence
            .clone()
            .map(|one| one.kind.as_str().to_owned())
            .collect();
        let notices = evidence.filter_map(|one| {
            let signal = one.kind.signal()?.as_str();
            Some([signal.to_owned(), one.words.clone(), one.outlet.clone()])
        });
        self.notices = notices.collect();
    }

    /// Returns what differs from the expectation.
    fn compare(&self, expected: &Table) -> Vec<String> {
        let mut faults = Vec::new();
        for (name, expected) in expected {
            let fault = match name.as_str() {
                "confidence_at_least" => {
                    let low = expected
                        .as_float()
                        .is_none_or(|least| self.confidence < least);
                    low.then(|| format!("only {:.2}", self.confidence))
                }
                "evidence" => self.all(expected, |kind| self.evidence.contains(kind)),
                "no_evidence" => self.all(expected, |kind| !self.evidence.contains(kind)),
                "text_has" => self.all(expected, |words| self.text.contains(words.as_str())),
                "text_lacks" => self.all(expected, |words| !self.text.contains(words.as_str())),
                "counted" => self.all(expected, |words| self.is_masked(words) == Some(false)),
                "not_counted" => self.all(expected, |words| self.is_masked(words) == Some(true)),
                "notices" => {
                    let has = |one: &Value| {
                        self.notices.iter().any(|notice| {
                            let keys = ["signal", "words", "outlet"].into_iter().zip(notice);
                            let mut same =
                                keys.filter_map(|(key, found)| Some((one.get(key)?, found)));
                            same.all(|(expected, found)| expected.as_str() == Some(found))
                        })
                    };
                    let all = expected.as_array().is_some_and(|all| all.iter().all(has));
                    (!all).then(|| format!("expected {expected}, found {:?}", self.notices))
                }
                name => match self.fields.get(name) {
                    Some(found) if found == expected => None,
                    Some(found) => Some(format!("expected {expected}, found {found}")),
                    None => Some(format!("expected {expected}, found nothing")),
                },
            };
            faults.extend(fault.map(|fault| format!("{name}: {fault}")));
        }
        faults
    }

    /// Whether a condition holds for all strings of a list; else those for which it does not, with
    /// what was found.
    fn all(&self, list: &Value, holds: impl Fn(&String) -> bool) -> Option<String> {
        let list = list.clone().try_into::<Vec<String>>();
        let list = list.unwrap_or_else(|_| vec!["a list of strings".to_owned()]);
        let faults: Vec<&String> = list.iter().filter(|one| !holds(one)).collect();
        let masked: Vec<&str> = self
            .masked
            .iter()
            .map(|span| &self.text[span.clone()])
            .collect();
        (!faults.is_empty()).then(|| {
            format!(
                "not so for {faults:?}; evidence {:?}, masked {masked:?}, text {:?}",
                self.evidence, self.text
            )
        })
    }

    /// Whether words of the text are masked (all of them) or not (none); `None` where they are so in
    /// part, or are not in the text.
    fn is_masked(&self, words: &str) -> Option<bool> {
        let start = self.text.find(words)?;
        let end = start + words.len();
        let mut masked = self.masked.iter();
        if masked
            .clone()
            .any(|span| span.start <= start && end <= span.end)
        {
            return Some(true);
        }
        masked
            .all(|span| span.end <= start || end <= span.start)
            .then_some(false)
    }
}
