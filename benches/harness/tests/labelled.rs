//! What is found on labelled articles. The sets belong to their publishers and are not in this
//! project; a test whose set is not beside the checkout is ignored, and listed with the reason.
#![expect(clippy::unwrap_used, reason = "a test that cannot go on is to stop")]

use std::path::PathBuf;
use std::process::{Command, ExitCode};

use libtest_mimic::{Arguments, Trial};
use serde_json::Value;

/// A test, the labelled set it needs, and what it does with the set.
type LabelledTest = (&'static str, &'static str, fn(&str));

const TESTS: [LabelledTest; 21] = [
    ("reprints_of_an_agency_are_found", "saudinewsnet", |set| {
        pairs_are_found(set, 0.995, 0.98);
    }),
    (
        "repeats_and_corrections_of_a_wire_are_found",
        "reuters21578",
        |set| pairs_are_found(set, 0.99, 0.98),
    ),
    (
        "copies_of_every_kind_are_found",
        "synth_multilang",
        copies_of_every_kind_are_found,
    ),
    (CLUSTERED, "saudinewsnet", |set| clusters(set, 0.97, 0.7)),
    (CLUSTERED, "reuters21578", |set| clusters(set, 0.96, 0.92)),
    (CLUSTERED, "fnc1_bodies", |set| clusters(set, 0.98, 0.92)),
    (CLUSTERED, "fakebr_pt", |set| clusters(set, 0.95, 0.79)),
    (CLUSTERED, "bbc2225", |set| clusters(set, 0.99, 0.98)),
    (EXACT, "clough_stevenson", figures_are_exact),
    (EXACT, "tgcontest_ru", figures_are_exact),
    (EXACT, "fnc1_bodies", figures_are_exact),
    (DIFFERENT, "semeval22_sample", walls_of_semeval_are_known),
    (DIFFERENT, "tgcontest_ru", nothing_is_blocked),
    (DIFFERENT, "tgcontest_en", nothing_is_blocked),
    (DIFFERENT, "fakebr_pt", nothing_is_blocked),
    (EXTRACTED, "html_aeb", |set| extracts(set, "run_f1", 0.955)),
    (EXTRACTED, "html_fundus", |set| {
        extracts(set, "f1_median", 0.93);
    }),
    (EXTRACTED, "html_trafilatura", |set| {
        extracts(set, "segments_f1", 0.90);
    }),
    (
        "what_a_page_states_is_read",
        "html_pages26",
        what_a_page_states_is_read,
    ),
    (
        "real_wordings_are_read_as_described",
        "notices.tsv",
        real_wordings_are_read_as_described,
    ),
    (
        "reprints_are_found_from_their_pages_alone",
        "html_daniel",
        reprints_are_found_from_their_pages_alone,
    ),
];
const CLUSTERED: &str = "copies_are_in_one_cluster";
const EXACT: &str = "figures_are_exact";
const DIFFERENT: &str = "what_people_call_different_is_not_in_one_cluster";
const EXTRACTED: &str = "the_article_is_taken_out_of_its_page";

fn main() -> ExitCode {
    let trials = TESTS.map(|(name, set, test)| {
        let trial = Trial::test(format!("{name}::{set}"), move || {
            test(set);
            Ok(())
        });
        match folder(set).exists() {
            true => trial,
            // A test that looks at nothing must not count as passed.
            false => trial
                .with_kind(format!("../shared/data/{set} is not here"))
                .with_ignored_flag(true),
        }
    });
    libtest_mimic::run(&Arguments::from_args(), trials.into()).exit_code()
}

fn folder(set: &str) -> PathBuf {
    PathBuf::from(env!("CARGO_MANIFEST_DIR"))
        .join("../../../shared/data")
        .join(set)
}

/// Clusters a labelled set, by its texts or by its pages, and scores what is found.
fn eval(set: &str, body: &str) -> Value {
    let output = Command::new(env!("CARGO_BIN_EXE_wirecopy-bench"))
        .args(["eval", "--json", "--body", body])
        .arg(folder(set))
        .output()
        .unwrap();
    assert!(
        output.status.success(),
        "{}",
        String::from_utf8_lossy(&output.stderr)
    );
    serde_json::from_slice(&output.stdout).unwrap()
}

fn figures_are_exact(set: &str) {
    assert_eq!(eval(set, "text")["exactness"]["wrong"], 0);
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

fn pairs_are_found(set: &str, jaccard_half: f64, contained: f64) {
    let report = eval(set, "text");
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

/// The least F1 of the pairs in clusters against the copies of the truth, and the same with weaker labels
/// counted as wrong.
fn clusters(set: &str, lenient: f64, strict: f64) {
    let report = eval(set, "text");
    let f1 = |how: &str| report["clusters"][0][how]["f1"].as_f64().unwrap();
    let (seen_lenient, seen_strict) = (f1("lenient"), f1("strict"));
    assert!(seen_lenient >= lenient, "{set}: lenient F1 {seen_lenient}");
    assert!(seen_strict >= strict, "{set}: strict F1 {seen_strict}");
}

fn copies_of_every_kind_are_found(set: &str) {
    let report = eval(set, "text");
    let rows = report["labels"].as_array().unwrap();
    let edited = rows.iter().find(|row| row["what"] == "light-edit").unwrap();
    let joined = edited["clustered"].as_f64().unwrap() / edited["pairs"].as_f64().unwrap();
    assert!(
        joined >= 0.975,
        "{joined} of the edited copies in one cluster"
    );
    for (kind, least) in [
        ("verbatim-credit", 1.0),
        ("encoding-noise", 1.0),
        ("boilerplate", 1.0),
        ("own-paragraphs", 1.0),
        ("light-edit", 0.99),
        ("cut-and-reorder", 0.99),
        ("truncated", 0.97),
        ("quoted-in-other", 0.975),
        ("homoglyph", 0.9),
    ] {
        let found = found(&report, kind);
        assert!(found >= least, "{found} of the pairs of kind {kind}");
    }
    let rows = report["labels"].as_array().unwrap();
    let unrelated = rows.iter().find(|row| row["what"] == "unrelated").unwrap();
    assert_eq!(unrelated["found"], 0);
    assert_eq!(report["together"], serde_json::json!([]));
    copies_that_are_spelled_otherwise_are_found(&report);
}

fn copies_that_are_spelled_otherwise_are_found(report: &Value) {
    let rows = report["spelling"].as_array().unwrap();
    assert!(rows.len() >= 12, "{} kinds of change", rows.len());
    for row in rows {
        let (copies, found) = (count(&row["copies"]), count(&row["found"]));
        assert!(found >= 0.98 * copies, "{row}");
    }
}

fn count(value: &Value) -> f64 {
    value.as_u64().unwrap() as f64
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

/// The walls of a set in which no pair that people call different is in one cluster.
fn walls(set: &str) -> Vec<Value> {
    let report = eval(set, "text");
    assert_eq!(report["together"], serde_json::json!([]));
    report["blocked"].as_array().unwrap().clone()
}

fn walls_of_semeval_are_known(set: &str) {
    let walls = walls(set);
    for wall in WALLS {
        let id = serde_json::json!(format!("semeval22:{wall}"));
        assert!(walls.contains(&id), "{id} is a wall");
    }
}

fn nothing_is_blocked(set: &str) {
    assert_eq!(walls(set).len(), 0);
}

fn extracts(set: &str, figure: &str, least: f64) {
    let report = eval(set, "html");
    let seen = report["extraction"]["text"][figure].as_f64().unwrap();
    assert!(seen >= least, "{figure} {seen}");
}

fn what_a_page_states_is_read(set: &str) {
    let report = eval(set, "html");
    let statements = &report["extraction"]["statements"];
    for (what, of, least) in [
        ("titles_exact", "titles", 0.84),
        ("bylines_exact", "bylines", 0.79),
        ("bylines_overlapping", "bylines", 0.85),
    ] {
        let share = count(&statements[what]) / count(&statements[of]);
        assert!(share >= least, "{what}: {share}");
    }
    // Some thirty say so themselves.
    let credited = report["alone"]["crediting"].as_array().unwrap();
    assert!(
        credited.len() <= 38,
        "{} pages alone are called a reprint or wire",
        credited.len()
    );
}

fn real_wordings_are_read_as_described(list: &str) {
    let report = eval(list, "text");
    let right = count(&report["right"]) / count(&report["notices"]);
    assert!(right >= 0.92, "{right} of the notices");
    let misleading = count(&report["misleading"]);
    assert!(misleading <= 2.0, "{misleading} false friends mislead");
}

fn reprints_are_found_from_their_pages_alone(set: &str) {
    let report = eval(set, "html");
    let found = found(&report, "exact, near-dup or contained, both pages");
    assert!(
        found >= 0.9,
        "{found} of the pairs with pages on both sides"
    );
    let listed = report["clusters"][0]["listed"].as_f64().unwrap();
    assert!(
        listed >= 0.98,
        "{listed} of the pairs in our clusters are known to share text"
    );
}
