//! The built program, run in temporary directories.

#[path = "../../../tests/support/work_dir.rs"]
mod work_dir;

use serde_json::{Value, json};
use work_dir::{CommandRun, OTHER, OWN, STORY, WorkDir, lines, three};

const PROGRAM: &str = env!("CARGO_BIN_EXE_wirecopy-bench");

#[test]
fn the_curve_is_printed() {
    let dir = WorkDir::new();
    let run = dir.run(&["params"]).succeeded();
    // 1 - (1 - 0.5^4)^32
    assert!(
        run.out.contains("bands = 32, rows = 4") && run.out.contains("0.50   0.8732"),
        "{run:#?}"
    );
    let run = dir
        .run(&["params", "--recall", "0.95", "--at", "0.5"])
        .succeeded();
    assert!(
        run.out.starts_with("bands = 42, rows = 3: proposes 0.99"),
        "{run:#?}"
    );
    dir.run(&["params", "--recall", "0.9", "--at", "0"])
        .failed(1, "no bands and rows");
}

#[test]
fn wrong_arguments_are_reported() {
    let dir = WorkDir::new();
    dir.run(&["params", "--recall", "2", "--at", "0.5"])
        .failed(2, "a number from 0 to 1");
    dir.run(&["params", "--recall", "0.9"]).failed(2, "--at");
    dir.run(&["params", "--bands", "99", "--rows", "9"])
        .failed(2, "sketch");
    dir.write("bad.toml", "[sketch]\nband = 3\n");
    dir.run(&["params", "--config", "bad.toml"])
        .failed(2, "band");
    dir.run(&["publish"]).failed(2, "publish");
    dir.run(&["--help"]).succeeded();
}

#[test]
fn the_environment_overrides_the_file_and_a_flag_both() {
    let dir = WorkDir::new();
    dir.write("c.toml", "[sketch]\nbands = 10\nrows = 5\n");
    let check = |flags: &[&str], environment: Option<&str>, expected: &str| {
        let mut command = dir.command(&[&["params", "--config", "c.toml"], flags].concat());
        if let Some(bands) = environment {
            command.env("WIRECOPY_SKETCH_BANDS", bands);
        }
        let run = CommandRun::new(command.output().unwrap()).succeeded();
        assert!(run.out.starts_with(expected), "{run:#?}");
    };
    check(&[], None, "bands = 10, rows = 5\n");
    check(&[], Some("11"), "bands = 11, rows = 5\n");
    check(&["--bands", "12"], Some("11"), "bands = 12, rows = 5\n");
}

#[test]
fn a_labelled_set_is_scored() {
    let dir = WorkDir::new();
    dir.write(
        "set/docs.jsonl.zst",
        zstd::encode_all(&three()[..], 3).unwrap(),
    );
    dir.write(
        "set/truth.jsonl",
        lines(&[
            json!({"a": 7, "b": "paper", "label": "contained", "jaccard": 0.85, "cont_a": 1.0, "cont_b": 0.85, "na": 90, "nb": 105}),
            json!({"a": "7", "b": "bridge", "label": "unrelated", "jaccard": 0.0, "cont_a": 0.0, "cont_b": 0.0, "na": 90, "nb": 70}),
        ]),
    );
    let run = dir.run(&["eval", "set", "--json"]).succeeded();
    let report: Value = serde_json::from_str(&run.out).unwrap();
    assert_eq!(
        (
            &report["articles"],
            &report["exactness"]["matches"],
            &report["exactness"]["wrong"]
        ),
        (&json!(3), &json!(1), &json!(0))
    );
    let whole = json!({"precision": 1.0, "recall": 1.0, "f1": 1.0});
    for row in report["clusters"].as_array().unwrap() {
        assert_eq!((&row["strict"], &row["lenient"]), (&whole, &whole), "{row}");
    }
    assert_eq!(report["clusters"].as_array().unwrap().len(), 4);
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
    let run = dir.run(&["eval", "set"]).succeeded();
    assert!(
        run.out.contains("1 matched pair computed again"),
        "{run:#?}"
    );
    dir.run(&["eval", "nowhere"]).failed(1, "docs.jsonl");
}

#[test]
fn what_is_read_of_pages_is_scored() {
    let dir = WorkDir::new();
    let paragraphs: String = STORY
        .split_inclusive('.')
        .map(|sentence| format!("<p>{sentence}</p>"))
        .collect();
    let html = format!(
        "<html><head><title>Rain in the hills</title><meta name=author content='Ann Poe'>\
         <meta property=article:published_time content='2024-03-05T10:00:00Z'></head>\
         <body><article><h1>Rain in the hills</h1>{paragraphs}</article></body></html>"
    );
    dir.write(
        "set/docs.jsonl",
        lines(&[
            json!({"id": 1, "url": "https://paper.example/1", "html": html, "text": STORY,
                "title": "Rain in the Hills", "byline": "By Ann Poe", "published": "2024-03-05"}),
            json!({"id": 2, "url": "https://paper.example/2", "html": html, "text": OTHER,
                "title": "Another", "byline": "Ann Li", "published": "2024-03-09"}),
        ]),
    );
    let run = dir
        .run(&["eval", "set", "--body", "html", "--json"])
        .succeeded();
    let report: Value = serde_json::from_str(&run.out).unwrap();
    let statements = &report["extraction"]["statements"];
    let count = |what: &str| statements[what].as_u64().unwrap();
    assert_eq!((count("titles"), count("titles_exact")), (2, 1));
    assert_eq!(
        (count("bylines_exact"), count("bylines_overlapping")),
        (1, 2)
    );
    assert_eq!((count("published_exact"), count("published_far")), (1, 1));
    let text = &report["extraction"]["text"];
    assert_eq!(
        (&text["texts"], &text["under_half"]),
        (&json!(2), &json!(0.5))
    );
    assert_eq!(report["alone"], json!({"pages": 2, "crediting": []}));
    let run = dir
        .run(&["eval", "set", "--body", "html", "--list"])
        .succeeded();
    assert!(run.out.contains("title of 2: \"Another\""), "{run:#?}");
}

#[test]
fn copies_that_are_spelled_otherwise_are_looked_for() {
    let dir = WorkDir::new();
    let article = json!({"id": 1, "text": STORY.replace('e', "ё"), "lang": "ru"});
    dir.write("set/docs.jsonl", lines(&[article]));
    let run = dir.run(&["eval", "set", "--json"]).succeeded();
    let report: Value = serde_json::from_str(&run.out).unwrap();
    let rows = report["spelling"].as_array().unwrap();
    assert_eq!((rows.len(), &rows[0]["copies"]), (1, &json!(1)), "{report}");
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
    let dir = WorkDir::new();
    dir.write("set/docs.jsonl", lines(&articles));
    let run = dir.run(&["eval", "set", "--json"]).succeeded();
    let report: Value = serde_json::from_str(&run.out).unwrap();
    assert_eq!(report["exactness"]["wrong"], 0, "{report}");
    assert!(
        report["exactness"]["matches"].as_u64().unwrap() > 40,
        "{report}"
    );
}

#[test]
fn phrases_seen_before_are_counted_once_an_article() {
    let dir = WorkDir::new();
    let article = |id: &str, text: &str| json!({"id": id, "text": text});
    let first = "one two three four five six seven eight nine ten";
    let passage: String = (0..20).map(|number| format!("w{number} ")).collect();
    let articles = [
        article("first", &[first, " ", &passage].concat()),
        article(
            "phrase",
            "a one two three four five six seven eight b one two three four five",
        ),
        article("copy", &passage),
    ];
    dir.write("docs.jsonl", lines(&articles));
    let run = dir.run(&["phrases", "docs.jsonl"]).succeeded();
    // Of 26 + 10 distinct runs of five words 4 were seen; of 23 + 8 of eight words 1.
    assert!(
        run.out.contains("       2      11.11 %        3.23 %"),
        "{run:#?}"
    );
    assert!(
        run.out.contains("left out as copies: 1 article\n"),
        "{run:#?}"
    );
}
