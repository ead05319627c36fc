//! Sketches and comparisons of a few texts. The tests of the engine for Python read the same file.

use std::collections::HashMap;
use std::sync::Arc;

use serde::Deserialize;
use wirecopy::engine::{Article, Body, Extracted, extract};
use wirecopy::notices::NoticeTable;
use wirecopy::sketch::{self, Signature, Sketch};
use wirecopy::syndication::{Kinship, TextPair, Thresholds};

#[derive(Deserialize)]
struct ExpectedAnswers {
    texts: Vec<ExpectedText>,
    pairs: Vec<ExpectedPair>,
}

#[derive(Deserialize)]
struct ExpectedText {
    name: String,
    #[serde(default)]
    url: String,
    #[serde(default)]
    title: String,
    #[serde(default)]
    text: String,
    #[serde(default)]
    html: String,
    signature: Vec<u32>,
    bands: Vec<u64>,
    anchors: Vec<u64>,
}

#[derive(Deserialize)]
struct ExpectedPair {
    a: String,
    b: String,
    relation: Option<String>,
    copy: bool,
    /// Resemblance, containment, and containment of the other.
    shares: [f64; 3],
}

#[test]
fn sketches_and_comparisons_are_known() {
    let path = concat!(env!("CARGO_MANIFEST_DIR"), "/tests/known_answers.json");
    let known = std::fs::read_to_string(path).unwrap();
    let known: ExpectedAnswers = serde_json::from_str(&known).unwrap();
    let notices = Arc::new(NoticeTable::builtin());
    let mut read: HashMap<String, Extracted> = HashMap::new();
    for one in known.texts {
        let article = Article {
            id: one.name.clone(),
            url: one.url,
            title: one.title,
            body: match one.html.is_empty() {
                true => Body::Text(one.text),
                false => Body::Html(one.html),
            },
            ..Article::default()
        };
        let extracted = extract(article, &notices).unwrap();
        let shingles = &extracted.shingles;
        let params = sketch::Params::default();
        let Sketch { bands, anchors } =
            sketch::sketch(shingles.as_slice(), shingles.windows(), &params);
        let signature = Signature::of(shingles.as_slice());
        assert_eq!(signature.0.as_slice(), one.signature, "{}", one.name);
        assert_eq!(bands, one.bands, "{}", one.name);
        assert_eq!(anchors, one.anchors, "{}", one.name);
        read.insert(one.name, extracted);
    }
    let thresholds = Thresholds::default();
    for one in known.pairs {
        let (a, b) = (&read[&one.a], &read[&one.b]);
        let pair = TextPair::of(&a.shingles, &b.shingles);
        let overlap = pair.overlap;
        let relation = thresholds
            .is_match(&overlap, false)
            .then(|| pair.relation(true, Kinship::Strangers, &thresholds));
        let shares = [
            overlap.resemblance(),
            overlap.containment(),
            overlap.containment_of_other(),
        ];
        let names = (&one.a, &one.b);
        assert_eq!(
            relation.map(|it| it.as_str()),
            one.relation.as_deref(),
            "{names:?}"
        );
        assert_eq!(pair.is_copy(false, &thresholds), one.copy, "{names:?}");
        // Written by another program, in decimals.
        let mut pairs = shares.iter().zip(&one.shares);
        assert!(
            pairs.all(|(a, b)| (a - b).abs() < 1e-12),
            "{names:?}: {shares:?}"
        );
    }
}
