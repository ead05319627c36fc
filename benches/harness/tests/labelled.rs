//! What is found on labelled articles. They are not in this project; where they are not beside it the test says so,
//! and passes.
#![expect(clippy::unwrap_used, reason = "a test that cannot go on is to stop")]

use std::path::PathBuf;
use std::process::Command;

use serde_json::Value;

/// Clusters a labelled set, by its texts or by its pages, and scores what is found.
fn eval(set: &str, body: &str) -> Option<Value> {
    let folder = PathBuf::from(env!("CARGO_MANIFEST_DIR"))
        .join("../../../shared/data")
        .join(set);
    if !folder.is_dir() {
        eprintln!("skipped: the labelled set {set} is not there");
        return None;
    }
    let output = Command::new(env!("CARGO_BIN_EXE_wirecopy-bench"))
        .args(["eval", "--json", "--body", body])
        .arg(folder)
        .output()
        .unwrap();
    assert!(
        output.status.success(),
        "{}",
        String::from_utf8_lossy(&output.stderr)
    );
    Some(serde_json::from_slice(&output.stdout).unwrap())
}

/// Share of the pairs of a row of the report that were found.
fn found(report: &Value, what: &str) -> f64 {
    let rows = |table: &str| report[table].as_array().unwrap().clone();
    let rows = [rows("shares"), rows("labels")].concat();
    let row = rows
        .iter()
        .find(|row| row["what"].as_str().unwrap().starts_with(what))
        .unwrap();
    row["found"].as_f64().unwrap() / row["pairs"].as_f64().unwrap()
}

fn check(set: &str, jaccard_half: f64, contained: f64) {
    let Some(report) = eval(set, "text") else {
        return;
    };
    assert_eq!(report["exactness"]["wrong"], 0);
    assert!(report["exactness"]["matches"].as_u64().unwrap() > 1000);
    let by_jaccard = found(&report, "Jaccard >= .5");
    assert!(
        by_jaccard >= jaccard_half,
        "{set}: {by_jaccard} of the pairs with Jaccard >= .5"
    );
    let by_containment = found(&report, "containment >= .8");
    assert!(
        by_containment >= contained,
        "{set}: {by_containment} of the pairs with containment >= .8"
    );
}

#[test]
fn reprints_of_an_agency_are_found() {
    check("saudinewsnet", 0.995, 0.98);
}

#[test]
fn repeats_and_corrections_of_a_wire_are_found() {
    check("reuters21578", 0.99, 0.98);
}

#[test]
fn copies_of_every_kind_are_found() {
    let Some(report) = eval("synth_multilang", "text") else {
        return;
    };
    for (kind, least) in [
        ("verbatim-credit", 1.0),
        ("encoding-noise", 1.0),
        ("boilerplate", 1.0),
        ("own-paragraphs", 1.0),
        ("light-edit", 0.99),
        ("cut-and-reorder", 0.99),
        ("truncated", 0.97),
        ("quoted-in-other", 0.97),
        ("homoglyph", 0.9),
    ] {
        let found = found(&report, kind);
        assert!(found >= least, "{found} of the pairs of kind {kind}");
    }
    let rows = report["labels"].as_array().unwrap();
    let unrelated = rows.iter().find(|row| row["what"] == "unrelated").unwrap();
    assert_eq!(unrelated["found"], 0);
    assert_eq!(report["together"], serde_json::json!([]));
}

/// The walls among the pairs of semeval22_sample with Jaccard >= .5.
const WALLS: [u64; 6] = [
    1_574_408_746,
    1_588_489_341,
    1_543_560_406,
    1_543_583_268,
    1_483_934_627,
    1_483_934_630,
];

#[test]
fn what_people_call_different_is_not_in_one_cluster() {
    for set in [
        "semeval22_sample",
        "tgcontest_ru",
        "tgcontest_en",
        "fakebr_pt",
    ] {
        let Some(report) = eval(set, "text") else {
            continue;
        };
        assert_eq!(report["together"], serde_json::json!([]), "{set}");
        let walls = report["blocked"].as_array().unwrap();
        if set == "semeval22_sample" {
            for wall in WALLS {
                let id = serde_json::json!(format!("semeval22:{wall}"));
                assert!(walls.contains(&id), "{id} is a wall");
            }
        } else {
            assert_eq!(walls.len(), 0, "{set}");
        }
    }
}

#[test]
fn the_article_is_taken_out_of_its_page() {
    for (set, figure, least) in [
        ("html_aeb", "f1", 0.955),
        ("html_fundus", "words_f1_median", 0.93),
        ("html_trafilatura", "segments_f1", 0.90),
    ] {
        let Some(report) = eval(set, "html") else {
            return;
        };
        let seen = report["extraction"][figure].as_f64().unwrap();
        assert!(seen >= least, "{set}: {figure} {seen}");
    }
}

#[test]
fn reprints_are_found_from_their_pages_alone() {
    let Some(report) = eval("html_daniel", "html") else {
        return;
    };
    let found = found(&report, "exact, near-dup or contained, both pages");
    assert!(
        found >= 0.9,
        "{found} of the pairs with pages on both sides"
    );
    let listed = report["clusters"]["listed"].as_f64().unwrap();
    assert!(
        listed >= 0.98,
        "{listed} of the pairs in our clusters are known to share text"
    );
}
