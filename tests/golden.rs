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

use std::collections::{BTreeMap, BTreeSet};
use std::fmt::Debug;
use std::path::Path;
use std::sync::Arc;

use serde::Deserialize;
use toml::value::Datetime;
use wirecopy::engine::{Article, Body, Engine, Match, Params, Placement, State};
use wirecopy::id::Collection;
use wirecopy::store::Memory;
use wirecopy::syndication::{Evidence, Judgement};

/// How many cases there are at least.
const CASES: usize = 70;
/// Relations and roles that some case must expect.
const COVERED: [&str; 15] = [
    "lead",
    "copy",
    "version",
    "excerpt",
    "embedded",
    "embeds",
    "overlap",
    "original",
    "wire",
    "reprint",
    "excerpt",
    "version",
    "round-up",
    "unknown",
    "blocked-page",
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
    texts: BTreeMap<String, String>,
    step: Vec<GoldenStep>,
}

/// One action on the engine, and what should come of it. Exactly one of the first four is given.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct GoldenStep {
    ingest: Option<String>,
    check: Option<String>,
    get: Option<String>,
    remove: Option<String>,
    #[serde(default)]
    publisher: String,
    #[serde(default)]
    title: String,
    #[serde(default)]
    text: String,
    html: Option<String>,
    charset: Option<String>,
    published: Option<Datetime>,
    #[serde(default)]
    expect: Expectation,
}

/// What a step should answer. What is left out is not looked at.
#[derive(Deserialize, Default)]
#[serde(deny_unknown_fields)]
struct Expectation {
    state: Option<String>,
    cluster: Option<String>,
    size: Option<u64>,
    relation: Option<String>,
    resemblance: Option<f64>,
    containment: Option<f64>,
    containment_of_other: Option<f64>,
    matches: Option<BTreeMap<String, String>>,
    role: Option<String>,
    original: Option<String>,
    source: Option<String>,
    source_url: Option<String>,
    confidence_at_least: Option<f64>,
    carried: Option<f64>,
    added: Option<f64>,
    #[serde(default)]
    evidence: Vec<String>,
    #[serde(default)]
    no_evidence: Vec<String>,
    #[serde(default)]
    notices: Vec<ExpectedNotice>,
    title: Option<String>,
    byline: Option<String>,
    canonical: Option<String>,
    lang: Option<String>,
    published: Option<Datetime>,
    #[serde(default)]
    text_has: Vec<String>,
    #[serde(default)]
    text_lacks: Vec<String>,
    #[serde(default)]
    counted: Vec<String>,
    #[serde(default)]
    not_counted: Vec<String>,
}

/// A notice that should be among the evidence.
#[derive(Deserialize, Debug)]
#[serde(deny_unknown_fields)]
struct ExpectedNotice {
    signal: String,
    words: Option<String>,
    outlet: Option<String>,
}

impl ExpectedNotice {
    fn is(&self, one: &Evidence) -> bool {
        let same = |expected: &Option<String>, found: &str| {
            expected.as_deref().is_none_or(|words| words == found)
        };
        one.kind.signal().map(|signal| signal.as_str()) == Some(self.signal.as_str())
            && same(&self.words, &one.words)
            && same(&self.outlet, &one.outlet)
    }
}

#[test]
fn every_case_gets_its_verdict() {
    let only = std::env::var("GOLDEN").ok();
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/golden");
    let mut names: Vec<String> = std::fs::read_dir(&folder)
        .unwrap()
        .filter_map(|entry| {
            Some(
                entry
                    .unwrap()
                    .file_name()
                    .to_str()?
                    .strip_suffix(".toml")?
                    .into(),
            )
        })
        .filter(|name: &String| {
            only.as_ref()
                .is_none_or(|only| name.contains(only.as_str()))
        })
        .collect();
    names.sort();
    assert!(!names.is_empty(), "no case is named like {only:?}");

    let (mut faults, mut covered) = (Vec::new(), BTreeSet::new());
    for name in &names {
        let source = std::fs::read_to_string(folder.join(format!("{name}.toml"))).unwrap();
        let case: GoldenCase =
            toml::from_str(&source).unwrap_or_else(|error| panic!("{name}.toml: {error}"));
        for step in &case.step {
            covered.extend(step.expect.relation.clone());
            covered.extend(step.expect.role.clone());
            covered.extend(
                step.expect
                    .matches
                    .iter()
                    .flat_map(|all| all.values().cloned()),
            );
        }
        for fault in run(&case) {
            faults.push(format!("{name}.toml, {fault}"));
        }
    }
    if only.is_none() {
        assert!(names.len() >= CASES, "only {} cases", names.len());
        for word in COVERED {
            assert!(covered.contains(word), "no case expects {word:?}");
        }
    }
    assert!(
        faults.is_empty(),
        "{} expectations of {} cases do not hold:\n{}",
        faults.len(),
        names.len(),
        faults.join("\n")
    );
}

/// Runs a case on an engine of its own, and returns what differs.
fn run(case: &GoldenCase) -> Vec<String> {
    let params = Params {
        threads: 1,
        ..Params::default()
    };
    let engine = Engine::open(Arc::new(Memory::default()), params).unwrap();
    let collection = Collection::default();
    let mut clock = FIRST_SEEN_MS;
    let mut faults = Vec::new();
    for (at, step) in case.step.iter().enumerate() {
        clock += MINUTE_MS;
        let (mut found, id) = match (&step.ingest, &step.check, &step.get, &step.remove) {
            (Some(id), None, None, None) => {
                let (sender, receiver) = std::sync::mpsc::channel();
                let reply = Box::new(move |verdict| drop(sender.send(verdict)));
                engine.submit_at(case.article(id, step), clock, reply);
                let verdict = receiver.recv().unwrap().unwrap();
                let id = verdict.id.to_string();
                (GoldenAnswer::of(verdict), id)
            }
            (None, Some(id), None, None) => (
                GoldenAnswer::of(engine.check(case.article(id, step)).unwrap()),
                id.clone(),
            ),
            (None, None, Some(id), None) => (GoldenAnswer::default(), id.clone()),
            (None, None, None, Some(id)) => {
                let removed = engine.remove(&collection, vec![id.clone()]).unwrap();
                assert_eq!(removed.removed, 1, "step {}: {id} is not known", at + 1);
                continue;
            }
            _ => panic!("step {}: one of ingest, check, get, remove", at + 1),
        };
        if step.check.is_none() {
            let stored = engine.get(&collection, &id, true).unwrap();
            if step.get.is_some() {
                found.placement = Some(stored.placement);
                found.matches = stored.matches;
                found.judgement = Some(stored.judgement);
            }
            found.not_counted = (stored.not_counted.iter())
                .map(|span| span.start as usize..span.end as usize)
                .collect();
            found.byline = stored.byline;
            found.canonical = stored.canonical_url;
            found.article = stored.article;
        }
        let faulty = found.compare(&step.expect);
        faults.extend(
            faulty
                .iter()
                .map(|fault| format!("step {} ({id}): {fault}", at + 1)),
        );
    }
    faults
}

impl GoldenCase {
    fn article(&self, id: &str, step: &GoldenStep) -> Article {
        let fill = |template: &str, between: &str| {
            let mut text = template.trim().to_owned();
            for (name, words) in &self.texts {
                let words = paragraphs(words).join(between);
                text = text.replace(&format!("{{{{{name}}}}}"), &words);
            }
            assert!(!text.contains("{{"), "an unknown text in {template:?}");
            text
        };
        let page = |html: &str| fill(html, "</p>\n<p>");
        let body = match (&step.html, &step.charset) {
            (None, _) => Body::Text(paragraphs(&fill(&step.text, "\n\n")).join("\n\n")),
            (Some(html), None) => Body::Html(page(html)),
            (Some(html), Some(charset)) => {
                let encoding = encoding_rs::Encoding::for_label(charset.as_bytes()).unwrap();
                Body::Raw {
                    bytes: encoding.encode(&page(html)).0.into_owned(),
                    content_type: String::new(),
                }
            }
        };
        let is_url = id.contains("://");
        Article {
            id: if is_url { "" } else { id }.to_owned(),
            url: if is_url { id } else { "" }.to_owned(),
            publisher: step.publisher.clone(),
            title: step.title.clone(),
            published_ms: step.published.as_ref().map(milliseconds),
            body,
            ..Article::default()
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
    state: Option<State>,
    placement: Option<Placement>,
    matches: Vec<Match>,
    judgement: Option<Judgement>,
    /// As it is stored.
    article: Article,
    byline: String,
    canonical: String,
    not_counted: Vec<std::ops::Range<usize>>,
}

impl GoldenAnswer {
    fn of(verdict: wirecopy::engine::Verdict) -> Self {
        Self {
            state: Some(verdict.state),
            placement: Some(verdict.placement),
            matches: verdict.matches,
            judgement: Some(verdict.judgement),
            ..Self::default()
        }
    }

    /// Returns what differs from the expectation.
    fn compare(&self, expected: &Expectation) -> Vec<String> {
        let mut faults = Vec::new();
        let placement = self.placement.as_ref().unwrap();
        let judgement = self.judgement.as_ref().unwrap();
        let original = judgement.original.clone().unwrap_or_default();
        let overlap = &placement.overlap;
        let matches: BTreeMap<String, String> = (self.matches.iter())
            .map(|one| (one.article.id.to_string(), one.relation.as_str().to_owned()))
            .collect();
        let text = match &self.article.body {
            Body::Text(text) => text.as_str(),
            _ => "",
        };

        let mut words = |field: &str, expected: &Option<String>, found: &str| {
            differ(&mut faults, field, expected.as_deref(), found);
        };
        let state = self.state.map(|state| format!("{state:?}").to_lowercase());
        words("state", &expected.state, &state.unwrap_or_default());
        words("cluster", &expected.cluster, placement.cluster.as_str());
        words("relation", &expected.relation, placement.relation.as_str());
        words("role", &expected.role, judgement.role.as_str());
        let id = original.article.map(|id| id.to_string());
        words("original", &expected.original, &id.unwrap_or_default());
        words("source", &expected.source, &original.outlet);
        words("source_url", &expected.source_url, &original.url);
        words("title", &expected.title, &self.article.title);
        words("byline", &expected.byline, &self.byline);
        words("canonical", &expected.canonical, &self.canonical);
        words("lang", &expected.lang, &self.article.lang);

        differ(&mut faults, "size", expected.size, placement.size);
        differ(&mut faults, "matches", expected.matches.as_ref(), &matches);
        let published = expected.published.as_ref().map(milliseconds).map(Some);
        differ(
            &mut faults,
            "published",
            published,
            self.article.published_ms,
        );
        for (field, expected, found) in [
            ("resemblance", expected.resemblance, overlap.resemblance()),
            ("containment", expected.containment, overlap.containment()),
            (
                "containment_of_other",
                expected.containment_of_other,
                overlap.containment_of_other(),
            ),
            ("carried", expected.carried, judgement.carried),
            ("added", expected.added, judgement.added),
        ] {
            let hundredths = |share: f64| (share * 100.0).round() / 100.0;
            differ(
                &mut faults,
                field,
                expected.map(hundredths),
                hundredths(found),
            );
        }
        if expected
            .confidence_at_least
            .is_some_and(|least| judgement.confidence < least)
        {
            faults.push(format!("confidence: only {:.2}", judgement.confidence));
        }

        let evidence = &judgement.evidence;
        let has = |kind: &String| evidence.iter().any(|one| one.kind.as_str() == kind);
        let missing = expected.evidence.iter().filter(|kind| !has(kind));
        faults.extend(missing.map(|kind| format!("no evidence of kind {kind:?}")));
        let unwanted = expected.no_evidence.iter().filter(|kind| has(kind));
        faults.extend(unwanted.map(|kind| format!("evidence of kind {kind:?}")));
        for notice in &expected.notices {
            if !evidence.iter().any(|one| notice.is(one)) {
                let found = evidence.iter().filter(|one| one.kind.signal().is_some());
                let found: Vec<_> = found
                    .map(|one| (one.kind, &one.words, &one.outlet))
                    .collect();
                faults.push(format!("no {notice:?} among {found:?}"));
            }
        }

        let absent = expected
            .text_has
            .iter()
            .filter(|words| !text.contains(words.as_str()));
        faults.extend(absent.map(|words| format!("the text has not {words:?}: {text:?}")));
        let present = expected
            .text_lacks
            .iter()
            .filter(|words| text.contains(words.as_str()));
        faults.extend(present.map(|words| format!("the text has {words:?}")));
        for (counts, all) in [(true, &expected.counted), (false, &expected.not_counted)] {
            for words in all {
                let place = text
                    .find(words.as_str())
                    .map(|start| start..start + words.len());
                let holds = place.is_some_and(|place| match counts {
                    true => self
                        .not_counted
                        .iter()
                        .all(|span| span.end <= place.start || place.end <= span.start),
                    false => (self.not_counted.iter())
                        .any(|span| span.start <= place.start && place.end <= span.end),
                });
                if !holds {
                    let masked: Vec<&str> = self
                        .not_counted
                        .iter()
                        .map(|span| &text[span.clone()])
                        .collect();
                    faults.push(format!(
                        "counted = {counts}: not so for {words:?}: {masked:?}"
                    ));
                }
            }
        }
        faults
    }
}

/// Notes where a value that is expected is not the one that is found.
fn differ<T: PartialEq + Debug>(
    faults: &mut Vec<String>,
    field: &str,
    expected: Option<T>,
    found: T,
) {
    if let Some(expected) = expected.filter(|expected| *expected != found) {
        faults.push(format!("{field}: expected {expected:?}, found {found:?}"));
    }
}

/// Milliseconds since 1970.
fn milliseconds(time: &Datetime) -> i64 {
    let time: jiff::Timestamp = time.to_string().parse().unwrap();
    time.as_millisecond()
}
