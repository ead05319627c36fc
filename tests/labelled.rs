//! What is found on labelled articles. They are not in this project; where they are not beside it the test says so,
//! and passes.
#![cfg(feature = "server")]
#![expect(clippy::unwrap_used, reason = "a test that cannot go on is to stop")]

use std::path::PathBuf;
use std::process::Command;

use serde_json::Value;

/// Clusters a labelled set, and scores what is found.
fn eval(set: &str) -> Option<Value> {
    let folder = PathBuf::from(env!("CARGO_MANIFEST_DIR"))
        .join("../shared/data")
        .join(set);
    if !folder.is_dir() {
        eprintln!("skipped: the labelled set {set} is not there");
        return None;
    }
    let output = Command::new(env!("CARGO_BIN_EXE_wirecopy"))
        .args(["eval", "--json"])
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
    let rows = report["shares"].as_array().unwrap();
    let row = rows
        .iter()
        .find(|row| row["what"].as_str().unwrap().starts_with(what))
        .unwrap();
    row["found"].as_f64().unwrap() / row["pairs"].as_f64().unwrap()
}

fn check(set: &str, jaccard_half: f64, contained: f64) {
    let Some(report) = eval(set) else { return };
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
