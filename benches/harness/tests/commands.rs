//! The built program, in temporary directories.
#![expect(clippy::unwrap_used, reason = "a test that cannot go on is to stop")]

use std::process::{Command, Output};

use serde_json::{Value, json};
use tempfile::TempDir;

const STORY: &str = "The ferry between Little Harrow and the lighthouse island will sail again on Monday, after a winter \
    in dry dock that was meant to last three weeks and took eleven. The yard found that the keel plates were \
    thinner than the drawings promised, and had new ones rolled in the city. The harbour master said that the first \
    crossing is free, that dogs are welcome, and that anybody who still holds a ticket from November may use it as a \
    bookmark. The timetable has not changed since 1964 and will not change now.";
const OTHER: &str = "Carpenters in the upper valley have begun to replace the shingles of the covered bridge, one side \
    at a time, so that carts and walkers may go on using it. Each piece is split by hand from larch felled in \
    January, when the sap is low. The last roof stood for sixty-one years; the parish council, which pays for this one \
    by selling calendars, has asked for at least seventy.";
const OWN: &str =
    "Our own reporter adds that the bakery on the quay will open an hour earlier on that day.";

/// A directory, and the program run in it.
struct Desk(TempDir);

impl Desk {
    fn new() -> Self {
        Self(tempfile::tempdir().unwrap())
    }

    fn write(&self, name: &str, bytes: impl AsRef<[u8]>) {
        let path = self.0.path().join(name);
        std::fs::create_dir_all(path.parent().unwrap()).unwrap();
        std::fs::write(&path, bytes).unwrap();
    }

    fn command(&self, arguments: &[&str]) -> Command {
        let mut command = Command::new(env!("CARGO_BIN_EXE_wirecopy-bench"));
        command.args(arguments).current_dir(self.0.path());
        for (name, _) in std::env::vars_os() {
            if name.to_string_lossy().starts_with("WIRECOPY_") {
                command.env_remove(name);
            }
        }
        command
    }

    fn run(&self, arguments: &[&str]) -> Run {
        Run::new(self.command(arguments).output().unwrap())
    }
}

/// What a run left behind.
#[derive(Debug)]
struct Run {
    code: Option<i32>,
    out: String,
    err: String,
}

impl Run {
    fn new(output: Output) -> Self {
        Self {
            code: output.status.code(),
            out: String::from_utf8(output.stdout).unwrap(),
            err: String::from_utf8(output.stderr).unwrap(),
        }
    }

    #[track_caller]
    fn succeeded(self) -> Self {
        assert_eq!(self.code, Some(0), "{self:#?}");
        self
    }

    #[track_caller]
    fn failed(self, code: i32, words: &str) -> Self {
        assert_eq!(self.code, Some(code), "{self:#?}");
        assert!(self.err.contains(words), "no `{words}` in {self:#?}");
        assert!(!self.err.contains("panicked"), "{self:#?}");
        self
    }
}

fn lines(articles: &[Value]) -> Vec<u8> {
    articles
        .iter()
        .flat_map(|article| format!("{article}\n").into_bytes())
        .collect()
}

/// A story, its reprint with a paragraph of its own, and something else.
fn three() -> Vec<u8> {
    lines(&[
        json!({"id": 7, "title": "Ferry sails again", "text": STORY, "published": "2026-01-05T08:00:00Z"}),
        json!({"id": "paper", "title": "Ferry sails again", "text": format!("{STORY}\n\n{OWN}"), "published": "2026-01-05 10:10:00"}),
        json!({"id": "bridge", "title": "A new roof", "text": OTHER, "published": "Mon, 05 Jan 2026 09:00:00 +0000"}),
    ])
}

#[test]
fn the_curve_is_printed() {
    let desk = Desk::new();
    let run = desk.run(&["params"]).succeeded();
    // 1 - (1 - 0.5^4)^32
    assert!(
        run.out.contains("bands = 32, rows = 4") && run.out.contains("0.50   0.8732"),
        "{run:#?}"
    );
    let run = desk
        .run(&["params", "--recall", "0.95", "--at", "0.5"])
        .succeeded();
    assert!(
        run.out.starts_with("bands = 42, rows = 3: proposes 0.99"),
        "{run:#?}"
    );
    desk.run(&["params", "--recall", "0.9", "--at", "0"])
        .failed(1, "no bands and rows");
}

#[test]
fn wrong_arguments_are_told() {
    let desk = Desk::new();
    desk.run(&["params", "--recall", "2", "--at", "0.5"])
        .failed(2, "a number from 0 to 1");
    desk.run(&["params", "--recall", "0.9"]).failed(2, "--at");
    desk.run(&["params", "--bands", "99", "--rows", "9"])
        .failed(2, "sketch");
    desk.write("bad.toml", "[sketch]\nband = 3\n");
    desk.run(&["params", "--config", "bad.toml"])
        .failed(2, "band");
    desk.run(&["publish"]).failed(2, "publish");
    desk.run(&["--help"]).succeeded();
}

#[test]
fn the_environment_overrides_the_file_and_a_flag_both() {
    let desk = Desk::new();
    desk.write("c.toml", "[sketch]\nbands = 10\nrows = 5\n");
    let check = |flags: &[&str], environment: Option<&str>, expected: &str| {
        let mut command = desk.command(&[&["params", "--config", "c.toml"], flags].concat());
        if let Some(bands) = environment {
            command.env("WIRECOPY_SKETCH_BANDS", bands);
        }
        let run = Run::new(command.output().unwrap()).succeeded();
        assert!(run.out.starts_with(expected), "{run:#?}");
    };
    check(&[], None, "bands = 10, rows = 5\n");
    check(&[], Some("11"), "bands = 11, rows = 5\n");
    check(&["--bands", "12"], Some("11"), "bands = 12, rows = 5\n");
}

#[test]
fn a_labelled_set_is_scored() {
    let desk = Desk::new();
    desk.write(
        "set/docs.jsonl.zst",
        zstd::encode_all(&three()[..], 3).unwrap(),
    );
    desk.write(
        "set/truth.jsonl",
        lines(&[
            json!({"a": 7, "b": "paper", "label": "contained", "jaccard": 0.85, "cont_a": 1.0, "cont_b": 0.85, "na": 90, "nb": 105}),
            json!({"a": "7", "b": "bridge", "label": "unrelated", "jaccard": 0.0, "cont_a": 0.0, "cont_b": 0.0, "na": 90, "nb": 70}),
        ]),
    );
    let run = desk.run(&["eval", "set", "--json"]).succeeded();
    let report: Value = serde_json::from_str(&run.out).unwrap();
    assert_eq!(
        (
            &report["articles"],
            &report["exactness"]["matches"],
            &report["exactness"]["wrong"]
        ),
        (&json!(3), &json!(1), &json!(0))
    );
    assert_eq!(report["clusters"]["adjusted_rand_index"], 1.0);
    assert_eq!(
        report["clusters"]["pairs"],
        json!({"precision": 1.0, "recall": 1.0, "f1": 1.0})
    );
    let label = |name: &str| {
        report["labels"]
            .as_array()
            .unwrap()
            .iter()
            .find(|l| l["what"] == name)
            .unwrap()
            .clone()
    };
    assert_eq!(
        (
            label("contained")["found"].clone(),
            label("unrelated")["found"].clone()
        ),
        (json!(1), json!(0))
    );
    let run = desk.run(&["eval", "set"]).succeeded();
    assert!(
        run.out.contains("1 matched pair computed again"),
        "{run:#?}"
    );
    desk.run(&["eval", "nowhere"]).failed(1, "docs.jsonl");
}

/// Figures are exact on articles that share from one to all of their sentences, in several scripts.
#[test]
fn figures_are_exact() {
    const CHINESE: &str = "海边的老灯塔将在春天重新点亮。守塔人说，新的灯泡来自山里的一家小工厂。\
        村里的孩子们为它画了一面旗。第一夜，渔船会绕着港湾航行三圈。\
        码头上的茶馆那天通宵开门，客人可以免费喝一杯姜茶。";
    const RUSSIAN: &str = "Старый маяк снова зажгут весной, сообщил смотритель у причала. \
        Новая лампа приехала из горной мастерской, где её собирали целую зиму. \
        Дети посёлка нарисовали для башни флаг с рыбой и компасом. \
        В первую ночь лодки трижды обойдут бухту под песни и звон колокола.";
    let sentences = [STORY, OTHER, OWN, CHINESE, RUSSIAN].map(|text| {
        let ends = |c| matches!(c, '.' | '。');
        text.split_inclusive(ends).collect::<Vec<_>>()
    });
    let mut articles = Vec::new();
    for (n, [a, b]) in [[0, 1], [0, 2], [1, 0], [3, 4], [4, 3]]
        .into_iter()
        .enumerate()
    {
        let (a, b) = (&sentences[a], &sentences[b]);
        for taken in 1..=a.len() {
            let text = [&a[..taken], &b[..b.len().min(taken)]].concat().concat();
            articles.push(json!({"id": format!("{n}-{taken}"), "text": text}));
        }
    }
    let dir = Desk::new();
    dir.write("set/docs.jsonl", lines(&articles));
    let run = dir.run(&["eval", "set", "--json"]).succeeded();
    let report: Value = serde_json::from_str(&run.out).unwrap();
    assert_eq!(report["exactness"]["wrong"], 0, "{report}");
    assert!(
        report["exactness"]["matches"].as_u64().unwrap() > 40,
        "{report}"
    );
}
