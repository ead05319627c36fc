//! Invented copies are as their kind promises, and a server finds them, as `wirecopy-bench load` reports.
#![expect(clippy::unwrap_used, reason = "a test that cannot go on is to stop")]

#[path = "../../../tests/support/mod.rs"]
mod support;

use std::process::{Command, Output};

use support::Running;
use wirecopy::text::{Overlap, shingles};
use wirecopy_bench::synthetic::{CopyKind, Newswire, Params, Script, text_of};

/// Returns the overlap of a copy with its original.
fn overlap(newswire: &Newswire, number: u64) -> Overlap {
    let original = newswire.article(newswire.plan(number).original());
    let copy = newswire.article(number);
    let read = |text: &str| shingles("", text, &[]);
    read(text_of(&original)).overlap(&read(text_of(&copy)))
}

#[test]
fn every_kind_of_copy_has_its_figures() {
    for (script, _) in Script::ALL {
        let newswire = Newswire::new(Params {
            seed: 11,
            copies: 0.5,
            scripts: vec![(script, 1)],
            furniture: false,
            ..Params::default()
        });
        for kind in CopyKind::ALL {
            let is_of_kind = |&number: &u64| {
                newswire
                    .plan(number)
                    .planted
                    .is_some_and(|planted| planted.kind == kind)
            };
            let figures: Vec<(f64, f64)> = (0..1_500)
                .filter(is_of_kind)
                .map(|number| overlap(&newswire, number))
                .map(|found| (found.containment(), found.containment_of_other()))
                .collect();
            assert!(figures.len() > 20, "{script:?} {kind:?}: {}", figures.len());
            // These figures include credit lines; those of the server do not.
            let keeps = figures.iter().filter(|&&(kept, of_copy)| match kind {
                CopyKind::Verbatim => kept > 0.99 && of_copy > 0.7,
                CopyKind::Boilerplate => kept > 0.95 && of_copy > 0.5,
                CopyKind::OwnParagraphs => kept > 0.9 && of_copy > 0.5,
                CopyKind::CutAndReorder => kept > 0.55 && of_copy > 0.75,
                CopyKind::LightEdit => kept > 0.8 && of_copy > 0.7,
                CopyKind::Truncated => kept < 0.5 && of_copy > 0.8,
                CopyKind::Quoted => kept < 0.8 && of_copy < 0.7 && kept > 0.0,
            });
            let share = keeps.count() as f64 / figures.len() as f64;
            assert!(
                share > 0.9,
                "{script:?} {kind:?}: {share}, of {figures:.2?}"
            );
        }
    }
}

fn load(arguments: &[&str]) -> Output {
    let mut command = Command::new(env!("CARGO_BIN_EXE_wirecopy-bench"));
    command
        .arg("load")
        .args(arguments)
        .env_remove("WIRECOPY_SERVER");
    command.output().unwrap()
}

/// Runs a load that succeeds and returns its output. It runs on another thread, since the server is on
/// this one.
async fn loaded(server: &Running, arguments: &'static [&'static str]) -> String {
    let url = server.url();
    let run = move || load(&[&["--server", &url], arguments].concat());
    let output = tokio::task::spawn_blocking(run).await.unwrap();
    assert!(output.status.success(), "{output:?}");
    String::from_utf8(output.stdout).unwrap()
}

/// Returns the numbers in the line that starts with a name.
#[track_caller]
fn figures(out: &str, name: &str) -> Vec<f64> {
    let line = out.lines().find_map(|line| line.strip_prefix(name));
    let line = line.unwrap_or_else(|| panic!("no line `{name}` in {out}"));
    let words = line.split_whitespace().map(|word| word.replace(',', ""));
    words.filter_map(|word| word.parse().ok()).collect()
}

#[tokio::test(flavor = "multi_thread")]
async fn planted_copies_are_found() {
    let server = Running::start().await;
    let out = loaded(&server, &["--articles", "3000"]).await;
    let [_, _, recall, clustered] = figures(&out, "all copies")[..] else {
        panic!("{out}")
    };
    assert!(recall > 0.99 && clustered > 0.97, "{out}");
    let all = figures(&out, "all  ");
    assert!(all[0] > 500.0 && all[2] > 0.97, "{out}");
    let precision = *figures(&out, "reported as copies:").last().unwrap();
    assert!(precision > 0.97, "{out}");
    assert!(
        out.contains("3,000 articles (") && out.contains("memory: "),
        "{out}"
    );

    let out = loaded(&server, &["--articles", "3000", "--check", "500"]).await;
    assert!(figures(&out, "all copies")[2] > 0.99, "{out}");
    let out = loaded(
        &server,
        &["--articles", "3000", "--check", "100", "--rate", "2000"],
    )
    .await;
    assert!(
        out.contains("100 articles in") && out.contains("p99 "),
        "{out}"
    );
    let out = loaded(&server, &["--articles", "3000", "--story", "200"]).await;
    assert!(out.contains("\na carrier, "), "{out}");
    assert!(figures(&out, "processor time:")[0] > 0.0, "{out}");
    let out = loaded(&server, &["--articles", "3000", "--remove", "1500"]).await;
    assert!(out.contains("taken out: 1,500 articles"), "{out}");
    assert!(out.contains("not known: 0"), "{out}");
    // Half are removed; the story and the articles around it remain.
    assert!(out.contains("server: 2,100 articles"), "{out}");
    server.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_story_can_come_newest_first() {
    let server = Running::start().await;
    let story = &[
        "--articles",
        "1",
        "--story",
        "600",
        "--newest-first",
        "--remove-lead",
    ];
    let out = loaded(&server, story).await;
    let by_size = figures(&out, "an article of the story, by its size:");
    let [250.0, first, 500.0, second] = by_size[..] else {
        panic!("{out}")
    };
    assert!(first > 0.0 && second > 0.0, "{out}");
    assert!(figures(&out, "the lead was removed in")[0] > 0.0, "{out}");
    assert!(
        out.contains("another client, from then on: 2,000 articles ("),
        "{out}"
    );
    // Before the story, the story, after it, and those of the other client.
    assert!(out.contains("server: 3,799 articles"), "{out}");
    server.stop().await;
}

#[test]
fn files_can_be_evaluated() {
    let dir = tempfile::tempdir().unwrap();
    let path = |name: &str| dir.path().join(name).to_str().unwrap().to_owned();
    let (docs, truth) = (path("docs.jsonl"), path("truth.jsonl"));
    let output = load(&["--articles", "500", "--out", &docs, "--truth", &truth]);
    assert!(output.status.success(), "{output:?}");
    assert_eq!(std::fs::read_to_string(&docs).unwrap().lines().count(), 500);
    let mut eval = Command::new(env!("CARGO_BIN_EXE_wirecopy-bench"));
    let output = eval.arg("eval").arg(dir.path()).output().unwrap();
    let out = String::from_utf8(output.stdout).unwrap();
    let [_, found, ..] = figures(&out, "verbatim ")[..] else {
        panic!("{out}")
    };
    assert!(found > 0.97, "{out}");
}

#[test]
fn invalid_arguments_are_refused() {
    for arguments in [
        &["--articles", "0"][..],
        &["--copies", "1.5"],
        &["--scripts", "runes"],
        &["--rate", "5"],
        &["--check", "5", "--remove", "5"],
        &["--truth", "truth.jsonl"],
    ] {
        let output = load(arguments);
        assert_eq!(output.status.code(), Some(2), "{arguments:?}: {output:?}");
    }
    let output = load(&["--server", "http://127.0.0.1:1", "--articles", "5"]);
    assert_eq!(output.status.code(), Some(1), "{output:?}");
}
