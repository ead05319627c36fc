//! The commands, and what they print.

use std::io::Write as _;
use std::path::Path;

use crate::logged_server::LoggedServer;
use crate::work_dir::{CommandRun, OTHER, OWN, STORY, WorkDir, lines, three};
use serde_json::json;

#[track_caller]
fn check_three(run: CommandRun) {
    let lines = run.succeeded().lines();
    let ids: Vec<&str> = lines
        .iter()
        .map(|line| line["id"].as_str().unwrap())
        .collect();
    let clusters: Vec<&str> = lines
        .iter()
        .map(|line| line["cluster"].as_str().unwrap())
        .collect();
    let relations: Vec<&str> = lines
        .iter()
        .map(|line| line["relation"].as_str().unwrap())
        .collect();
    assert_eq!(ids, ["7", "paper", "bridge"]);
    assert_eq!(clusters, ["7", "7", "bridge"]);
    assert_eq!(relations, ["lead", "copy", "lead"]);

    let paper = &lines[1];
    assert_eq!(paper["role"], "reprint");
    assert_eq!(paper["original"], "7");
    assert_eq!(lines[0]["role"], "original");
    assert_eq!(paper["matches"][0]["id"], "7");
    assert_eq!(paper["matches"][0]["relation"], "copy");
    assert_eq!(
        paper["matches"][0]["containment_of_match"],
        paper["containment_of_lead"]
    );
    assert!(
        paper["containment_of_lead"].as_f64().unwrap() > 0.99,
        "{paper}"
    );
    assert!(
        (0.5..0.95).contains(&paper["containment"].as_f64().unwrap()),
        "{paper}"
    );
    // The same pair, seen from the lead.
    assert_eq!(lines[0]["matches"][0]["id"], "paper");
    assert_eq!(
        lines[0]["matches"][0]["containment"],
        paper["containment_of_lead"]
    );
    assert_eq!(lines[2]["matches"], json!([]));
}

#[test]
fn files_may_be_plain_or_compressed() {
    let dir = WorkDir::new();
    dir.write("a.jsonl", three());
    dir.write("a.jsonl.zst", zstd::encode_all(&three()[..], 3).unwrap());
    let mut gz = flate2::write::GzEncoder::new(Vec::new(), flate2::Compression::fast());
    gz.write_all(&three()).unwrap();
    let gz = gz.finish().unwrap();
    dir.write("a.jsonl.gz", &gz);
    // As a tape does.
    dir.write("padded.jsonl.gz", [&gz[..], &[0; 1000]].concat());
    for file in ["a.jsonl", "a.jsonl.zst", "a.jsonl.gz", "padded.jsonl.gz"] {
        check_three(dir.run(&["cluster", file]));
    }
    check_three(dir.run_with_input(&["cluster", "-"], &three()));
    check_three(dir.run_with_input(&["cluster", "-"], &gz));
}

#[test]
fn a_bad_line_is_reported_and_skipped() {
    let dir = WorkDir::new();
    let mut bytes = "\u{feff}".as_bytes().to_vec();
    for (index, line) in three().split_inclusive(|&byte| byte == b'\n').enumerate() {
        bytes.extend_from_slice(line);
        bytes.extend_from_slice(
            [
                &b"{\"id\": 3,\r\n"[..],
                b"\r\n\xff\xfe\n",
                b"{\"title\": \"nameless\"}\n",
            ][index],
        );
    }
    dir.write("mixed.jsonl", bytes);
    let run = dir.run(&["cluster", "mixed.jsonl"]);
    for place in [
        "mixed.jsonl:2: ",
        "mixed.jsonl:5: not valid UTF-8",
        "mixed.jsonl:7: neither `id` nor `url`",
    ] {
        assert!(run.err.contains(place), "no `{place}` in {run:#?}");
    }
    assert!(run.err.contains("3 bad records skipped"), "{run:#?}");
    check_three(run);
    let strict = dir
        .run(&["cluster", "mixed.jsonl", "--strict"])
        .failed(1, "mixed.jsonl:2: ");
    assert_eq!(strict.out, "");
}

#[test]
fn very_many_bad_lines_are_counted() {
    let dir = WorkDir::new();
    let bad = "{\n".repeat(1000);
    dir.write("bad.jsonl", [&three()[..], bad.as_bytes()].concat());
    let run = dir.run(&["cluster", "bad.jsonl"]);
    assert_eq!(run.err.lines().count(), 102, "{run:#?}");
    assert!(run.err.contains("bad.jsonl:103: "), "{run:#?}");
    let end =
        "wirecopy: further bad records are only counted\nwirecopy: 1,000 bad records skipped\n";
    assert!(run.err.ends_with(end), "{run:#?}");
    check_three(run);
    let quiet = dir.run(&["cluster", "bad.jsonl", "--quiet"]);
    assert!(quiet.err.ends_with(end), "{quiet:#?}");
}

#[test]
fn an_article_over_a_limit_is_a_bad_line() {
    let dir = WorkDir::new();
    dir.write(
        "long.jsonl",
        lines(&[
            json!({"id": "x".repeat(2000), "text": OTHER}),
            json!({"id": "a", "text": OTHER}),
        ]),
    );
    let run = dir.run(&["cluster", "long.jsonl"]).succeeded();
    assert!(
        run.err.contains("long.jsonl:1: ") && run.err.contains("1 bad record skipped"),
        "{run:#?}"
    );
    assert_eq!(run.lines().len(), 1);
    dir.run(&["cluster", "long.jsonl", "--strict"])
        .failed(1, "long.jsonl:1: ");
}

#[test]
fn a_run_without_any_article_fails() {
    let dir = WorkDir::new();
    let none = "not one article could be read";
    let mut gz = flate2::write::GzEncoder::new(Vec::new(), flate2::Compression::fast());
    gz.write_all(b"").unwrap();
    dir.write("packed.jsonl.gz", gz.finish().unwrap());
    dir.write("header.csv", "id,text\n");
    dir.write("blank.txt", " \n");
    dir.write("letter.txt", "many ".repeat(1 << 20));
    dir.write(
        "long.jsonl",
        lines(&[json!({"id": "x".repeat(2000), "text": OTHER})]),
    );
    dir.write("three.jsonl", three());
    for empty in ["a.jsonl", "a.jsonl.gz", "a.warc", "a.warc.gz", "a.html"] {
        dir.write(empty, "");
        dir.run(&["cluster", empty]).failed(1, none);
    }
    for file in [
        "packed.jsonl.gz",
        "header.csv",
        "blank.txt",
        "letter.txt",
        "long.jsonl",
    ] {
        dir.run(&["cluster", file]).failed(1, none);
        // One of several may be empty.
        check_three(dir.run(&["cluster", "three.jsonl", file]));
    }
    dir.run(&["extract", "blank.txt"]).failed(1, none);
    let run = dir.run(&["cluster", "blank.txt", "three.jsonl"]);
    assert!(run.err.contains("blank.txt: no text; skipped"), "{run:#?}");
    dir.run(&["cluster", "blank.txt", "--strict"])
        .failed(1, "blank.txt: no text");
    check_three(dir.run(&["cluster", "a.jsonl", "three.jsonl"]));
    dir.run_with_input(&["cluster", "-"], b"").failed(1, none);

    let server = LoggedServer::start(dir.path(), &[], "info", None);
    let url = format!("http://{}", server.address);
    for command in ["ingest", "check"] {
        for file in ["a.jsonl", "blank.txt", "letter.txt"] {
            dir.run(&[command, "--server", &url, file]).failed(1, none);
        }
    }
}

#[test]
fn unreadable_dates_are_reported_once() {
    let dir = WorkDir::new();
    dir.write(
        "dates.jsonl",
        lines(&[
            json!({"id": "b", "text": STORY, "published": "last Tuesday"}),
            json!({"id": "a", "text": STORY, "published": "31/02/2026"}),
        ]),
    );
    let run = dir.run(&["cluster", "dates.jsonl"]).succeeded();
    let warning = "2 articles have a `published` that cannot be read; they are taken as undated";
    assert_eq!(run.err.matches(warning).count(), 1, "{run:#?}");
    // The first of the input leads, though its id comes later.
    assert_eq!(run.lines()[1]["cluster"], "b");
}

#[test]
fn what_is_not_read_of_a_record_is_reported() {
    let dir = WorkDir::new();
    dir.write(
        "odd.jsonl",
        lines(&[
            json!({"id": "a", "text": STORY, "Body": {"text": 1}}),
            json!({"id": "b", "title": "A new roof", "content": OTHER, "fetched": "sometime"}),
            json!({"id": "c", "html": " ", "content": OTHER}),
        ]),
    );
    let run = dir.run(&["cluster", "odd.jsonl"]).succeeded();
    for line in [
        "odd.jsonl:1: unknown field `Body`",
        "odd.jsonl:2: unknown field `content`",
        "odd.jsonl:2: no text",
        "1 record has the unknown field `Body`",
        "2 records have the unknown field `content`",
        "2 records have no text",
        "1 article has a `fetched` that cannot be read; it is taken as captured now",
    ] {
        let line = format!("wirecopy: {line}\n");
        assert_eq!(run.err.matches(&line).count(), 1, "no `{line}` in {run:#?}");
    }
    assert_eq!(run.err.lines().count(), 7, "{run:#?}");
    let roles = run.lines().into_iter().map(|line| line["role"].clone());
    let roles: Vec<serde_json::Value> = roles.collect();
    assert_eq!(roles, ["original", "unknown", "unknown"]);
    let strict = dir.run(&["cluster", "odd.jsonl", "--strict"]);
    strict.failed(1, "odd.jsonl:1: unknown field `Body`");
    dir.write("empty.jsonl", lines(&[json!({"id": "a", "text": ""})]));
    let strict = dir.run(&["cluster", "empty.jsonl", "--strict"]);
    strict.failed(1, "empty.jsonl:1: no text");
}

#[test]
fn a_file_without_any_text_is_an_error_that_lists_its_fields() {
    let dir = WorkDir::new();
    dir.write("a.jsonl", three());
    dir.write(
        "textless.jsonl",
        lines(&[
            json!({"id": "a", "content": STORY}),
            json!({"id": "b", "title": "A new roof"}),
        ]),
    );
    let run = dir.run(&["cluster", "a.jsonl", "textless.jsonl"]);
    let words = "`textless.jsonl`: no text in 2 records: none has a `text` or an `html`; the fields are `content`, \
                 `id`, `title`";
    assert_eq!(run.failed(1, words).out, "");
    dir.write("blank.jsonl", "\n");
    check_three(dir.run(&["cluster", "a.jsonl", "blank.jsonl"]));
    dir.run(&["cluster", "blank.jsonl"])
        .failed(1, "not one article could be read");
}

#[test]
fn captures_count_by_when_they_were_made() {
    let dir = WorkDir::new();
    dir.write(
        "captures.jsonl",
        lines(&[
            json!({"id": "a", "text": STORY, "fetched": "2024-03-05T10:00:00Z"}),
            json!({"id": "b", "text": STORY, "fetched": "2024-03-04"}),
            // Of another text, on the 27th of February.
            json!({"id": "a", "text": OTHER, "fetched": 1_709_000_000}),
            json!({"id": "c", "text": STORY}),
        ]),
    );
    let lines = dir.run(&["cluster", "captures.jsonl"]).succeeded().lines();
    let leads: Vec<_> = lines
        .iter()
        .map(|line| (&line["id"], &line["cluster"]))
        .collect();
    let [a, b, c] = ["a", "b", "c"].map(|id| json!(id));
    assert_eq!(leads, [(&a, &a), (&b, &a), (&c, &a)]);
}

#[test]
fn the_last_version_of_an_article_counts() {
    let dir = WorkDir::new();
    dir.write(
        "twice.jsonl",
        lines(&[
            json!({"id": "a", "text": STORY}),
            json!({"id": "b", "text": STORY}),
            json!({"id": "a", "text": OTHER}),
        ]),
    );
    let lines = dir.run(&["cluster", "twice.jsonl"]).succeeded().lines();
    assert_eq!(lines.len(), 2, "{lines:?}");
    for line in &lines {
        assert_eq!(
            (&line["id"], &line["matches"]),
            (&line["cluster"], &json!([])),
            "{line}"
        );
    }
}

#[test]
fn a_store_is_kept_if_it_is_named() {
    let dir = WorkDir::new();
    dir.write(
        "monday.jsonl",
        lines(&[json!({"id": "a", "text": STORY, "published": "2026-01-05"})]),
    );
    dir.write(
        "tuesday.jsonl",
        lines(&[json!({"id": "b", "text": STORY, "published": "2026-01-06"})]),
    );
    dir.run(&["cluster", "monday.jsonl", "--data", "store"])
        .succeeded();
    let lines = dir
        .run(&["cluster", "tuesday.jsonl", "--data", "store"])
        .succeeded()
        .lines();
    assert_eq!((lines.len(), &lines[0]["cluster"]), (1, &json!("a")));
    dir.run(&["reindex", "--data", "store"]).succeeded();
    let lines = dir
        .run(&["cluster", "tuesday.jsonl", "--data", "store"])
        .succeeded()
        .lines();
    assert_eq!(lines[0]["cluster"], "a");
    dir.run(&["reindex", "--data", "elsewhere"])
        .failed(1, "elsewhere");
    assert!(!dir.path().join("elsewhere").exists());
}

#[test]
fn the_table_shows_clusters() {
    let dir = WorkDir::new();
    dir.write("a.jsonl", three());
    let run = dir
        .run(&["cluster", "a.jsonl", "--format", "table"])
        .succeeded();
    for words in [
        "“Ferry sails again” (2 articles)",
        "+2 h 10 min",
        "carries",
        "3 articles in 2 clusters",
    ] {
        assert!(run.out.contains(words), "no `{words}` in {run:#?}");
    }
}

#[test]
fn text_and_html_files_are_articles() {
    let dir = WorkDir::new();
    dir.write("story.txt", STORY);
    dir.write(
        "page.html",
        format!("<html><body><article><p>{STORY}</p></article></body></html>"),
    );
    let lines = dir
        .run(&["cluster", "story.txt", "page.html"])
        .succeeded()
        .lines();
    assert_eq!(lines[0]["id"], "story.txt");
    assert_eq!(
        (&lines[1]["id"], &lines[1]["cluster"]),
        (&json!("page.html"), &json!("story.txt"))
    );
}

/// A terminal would obey them, also behind a pager.
#[test]
fn no_control_character_of_a_text_is_printed() {
    let dir = WorkDir::new();
    let odd = STORY.replace("Little Harrow", "Little\u{1b}[2J\u{7} Harrow");
    dir.write("odd.txt", format!("{odd}\n\n{OWN}"));
    dir.write("same.txt", &odd);
    for arguments in [
        &["extract", "odd.txt"][..],
        &["compare", "odd.txt", "same.txt"],
        &["compare", "odd.txt", "odd.txt"],
    ] {
        let run = dir.run(arguments).succeeded();
        let is_odd = |c: char| c.is_control() && c != '\n';
        assert!(
            !run.out.contains(is_odd) && !run.err.contains(is_odd),
            "{run:#?}"
        );
        assert!(
            run.out.contains("Little\u{fffd}[2J\u{fffd} Harrow"),
            "{run:#?}"
        );
    }
    let lines = dir
        .run(&["extract", "odd.txt", "--format", "jsonl"])
        .succeeded()
        .lines();
    assert!(lines[0]["text"].as_str().unwrap().contains('\u{1b}'));
}

#[test]
fn two_files_are_compared() {
    let dir = WorkDir::new();
    dir.write("story.txt", STORY);
    dir.write(
        "page.html",
        format!("<html><body><article><p>{STORY}</p><p>{OWN}</p></article></body></html>"),
    );
    dir.write("other.txt", OTHER);
    let run = dir.run(&["compare", "story.txt", "page.html"]).succeeded();
    assert!(run.out.starts_with("copies of one another"), "{run:#?}");
    assert!(
        run.out.contains("of A in B     1.0000") && run.out.contains("| The ferry between"),
        "{run:#?}"
    );
    let run = dir.run(&["compare", "story.txt", "other.txt"]).succeeded();
    assert!(
        run.out.starts_with("not copies") && run.out.contains("no shared passages"),
        "{run:#?}"
    );
    let run = dir
        .run_with_input(&["compare", "-", "story.txt"], STORY.as_bytes())
        .succeeded();
    assert!(run.out.contains("resemblance   1.0000"), "{run:#?}");
    dir.run(&["compare", "story.txt", "nowhere.txt"])
        .failed(1, "nowhere.txt");
    dir.run(&["compare", "story.txt", "story.doc"])
        .failed(1, "neither .txt nor .html");
}

#[test]
fn invalid_arguments_are_reported() {
    let dir = WorkDir::new();
    dir.run(&["cluster"]).failed(2, "FILE");
    dir.run(&["cluster", "a", "--collection", "../etc"])
        .failed(2, "collection");
    dir.run(&["cluster", "a", "--body", "pdf"])
        .failed(2, "text, html");
    dir.run(&["cluster", "nowhere.jsonl"])
        .failed(1, "nowhere.jsonl");
    dir.run(&["publish"]).failed(2, "publish");
    dir.run(&["--help"]).succeeded();
}

#[test]
fn settings_come_from_file_environment_and_flags() {
    let dir = WorkDir::new();
    dir.write("c.toml", "[limits]\ncalls = 0\nstreams = 0\n");
    let check = |flags: &[&str], environment: &[(&str, &str)], fault: &str| {
        let mut command = dir.command(&[&["serve", "--config", "c.toml"], flags].concat());
        command.envs(environment.iter().copied());
        CommandRun::new(command.output().unwrap()).failed(2, fault);
    };
    // The first limit out of range is reported: `streams` before `calls`.
    check(&[], &[], "section `limits`: streams is 0");
    let streams = ("WIRECOPY_LIMITS_STREAMS", "5");
    check(&[], &[streams], "calls is 0");
    check(&["--set", "limits.calls=2000"], &[streams], "calls is 2000");
    check(&["--set", "limits.call=1"], &[], "limits.call");
    check(&["--set", "limits"], &[], "SECTION.KEY=VALUE");
    let printed = dir.run(&["serve", "--print-settings"]).succeeded();
    assert!(printed.out.contains("deadline_ms = 30_000"), "{printed:#?}");
    dir.write("printed.toml", &printed.out);
    let printed = [
        "serve",
        "--config",
        "printed.toml",
        "--set",
        "limits.calls=0",
    ];
    dir.run(&printed).failed(2, "calls is 0");
    assert!(!dir.path().join("wirecopy-data").exists());
}

#[test]
fn a_failure_to_start_is_one_line_that_names_the_cause_once() {
    let dir = WorkDir::new();
    dir.write("syntax.toml", "[limits]\ncalls = = 3\n");
    dir.write("unknown.toml", "[limits]\n\ncall = 3\n");
    dir.write("file", "not a directory");
    let check = |arguments: &[&str], code: i32, once: &[&str]| {
        let run = dir.run(&[&["serve"], arguments].concat());
        assert_eq!(run.code, Some(code), "{run:#?}");
        assert_eq!(run.err.lines().count(), 1, "one line: {run:#?}");
        for words in once {
            assert_eq!(run.err.matches(words).count(), 1, "{words}: {run:#?}");
        }
    };
    let missing = ["`none.toml`", "No such file", "check the path"];
    check(&["--config", "none.toml"], 2, &missing);
    check(&["--config", "syntax.toml"], 2, &["line 2, column 9"]);
    check(
        &["--config", "unknown.toml"],
        2,
        &["line 3, column 1", "`call`"],
    );
    check(&["--config", "/dev/zero"], 2, &["16 MiB"]);
    let threads = ["threads is 1000000", "0 to 1024"];
    check(&["--set", "engine.threads=1000000"], 2, &threads);
    let endless = [
        "--memory",
        "--listen",
        "127.0.0.1:0",
        "--set",
        "notices.file=/dev/zero",
    ];
    check(&endless, 1, &["`/dev/zero`", "16 MiB"]);
    let listen = ["--listen", "127.0.0.1:0", "--data"];
    check(
        &[&listen[..], &["file/store"]].concat(),
        1,
        &["Not a directory", "check the path"],
    );
    let taken = std::net::TcpListener::bind("127.0.0.1:0").unwrap();
    let address = taken.local_addr().unwrap().to_string();
    let words = [address.as_str(), "in use", "choose another address"];
    check(&["--memory", "--listen", &address], 1, &words);
}

#[test]
#[cfg(target_os = "linux")]
fn a_log_on_a_full_disk_does_not_end_the_server() {
    use rustix::process::{Pid, Signal, kill_process};

    let dir = WorkDir::new();
    let free = std::net::TcpListener::bind("127.0.0.1:0").unwrap();
    let address = free.local_addr().unwrap().to_string();
    drop(free);
    // Every write to it fails as on a full disk.
    let full = std::fs::File::options()
        .write(true)
        .open("/dev/full")
        .unwrap();
    let mut command = dir.command(&["serve", "--data", "store", "--listen", &address]);
    command.env("RUST_LOG", "debug").stderr(full);
    let mut server = command.spawn().unwrap();
    let url = format!("http://{address}");
    let mut run = dir.run(&["stats", "--server", &url]);
    for _ in 0..200 {
        if run.code == Some(0) {
            break;
        }
        assert_eq!(server.try_wait().unwrap(), None, "the server ended");
        std::thread::sleep(std::time::Duration::from_millis(50));
        run = dir.run(&["stats", "--server", &url]);
    }
    run.succeeded();
    kill_process(Pid::from_child(&server), Signal::TERM).unwrap();
    assert_eq!(server.wait().unwrap().code(), Some(0));
}

#[test]
fn a_public_address_is_refused() {
    let dir = WorkDir::new();
    for command in [&["serve"][..], &["demo", "--stay"]] {
        let run = dir
            .run(&[command, &["--listen", "0.0.0.0:0"]].concat())
            .failed(2, "refusing to listen on 0.0.0.0:0");
        assert!(run.err.lines().count() == 1, "one sentence: {run:#?}");
    }
    assert!(!dir.path().join("wirecopy-data").exists());
}

#[test]
fn a_missing_server_is_one_clear_error() {
    let dir = WorkDir::new();
    dir.write("a.jsonl", three());
    // A port that was free a moment ago.
    let port = std::net::TcpListener::bind("127.0.0.1:0")
        .unwrap()
        .local_addr()
        .unwrap()
        .port();
    let url = format!("http://127.0.0.1:{port}");
    for command in [
        &["ingest", "a.jsonl"][..],
        &["check", "a.jsonl"],
        &["stats"],
        &["compare", "a", "b"],
    ] {
        dir.run(&[command, &["--server", &url]].concat())
            .failed(1, &url);
    }
}

#[test]
fn the_demo_shows_what_it_promises() {
    let run = WorkDir::new().run(&["demo"]).succeeded();
    for words in [
        "“Hundreds leave homes as sea wall breaks at Carrow Sands” (7 articles)",
        "“圖書館閣樓驚現四十七冊手抄漁歌” (3 articles)",
        "“ساقية واحة النسيم تدور من جديد بعد اثنين وأربعين عاما” (3 articles)",
        "“Dona Eulália volta aos trilhos com quarenta minutos de atraso” (3 articles)",
        "newsbarrel.example [barrel-771203]",
        "CORRECTED: Hundreds leave homes",
        "reprint (",
        "notice indexed",
        "version (",
        "“The Morning Tray: bees, pennies and a queen given away”",
        "7 articles that stand alone",
        "WHAT NEXT",
    ] {
        assert!(run.out.contains(words), "no `{words}` in {run:#?}");
    }
    assert_eq!(
        run.out.matches(" articles)\n").count(),
        4,
        "four clusters: {run:#?}"
    );
}

#[test]
#[cfg(target_os = "linux")]
fn the_demo_stays_until_it_is_stopped_and_shows_its_page() {
    use std::io::{BufRead as _, BufReader, Read as _};
    use std::process::Stdio;

    use rustix::process::{Pid, Signal, kill_process};

    let dir = WorkDir::new();
    let mut command = dir.command(&["demo", "--stay", "--listen", "127.0.0.1:0"]);
    let command = command.env("TMPDIR", dir.path()).stdout(Stdio::piped());
    let mut demo = command.spawn().unwrap();
    let mut lines = BufReader::new(demo.stdout.take().unwrap()).lines();
    let page = lines.find_map(|line| {
        let line = line.unwrap();
        Some(line.split_once("http://")?.1.strip_suffix('/')?.to_owned())
    });
    let address = page.expect("the address of the page");
    lines
        .find(|line| line.as_ref().unwrap().contains("--help"))
        .expect("the last line")
        .unwrap();
    assert_eq!(demo.try_wait().unwrap(), None, "it stays");
    let mut connection = std::net::TcpStream::connect(&address).unwrap();
    let request = format!("GET / HTTP/1.1\r\nhost: {address}\r\nconnection: close\r\n\r\n");
    connection.write_all(request.as_bytes()).unwrap();
    let mut answer = String::new();
    connection.read_to_string(&mut answer).unwrap();
    assert!(
        answer.starts_with("HTTP/1.1 200") && answer.contains("<title>wirecopy"),
        "{answer}"
    );
    let run = dir.run(&["stats", "--server", &format!("http://{address}")]);
    run.succeeded();

    kill_process(Pid::from_child(&demo), Signal::INT).unwrap();
    assert_eq!(demo.wait().unwrap().code(), Some(0));
    let left = std::fs::read_dir(dir.path()).unwrap().count();
    assert_eq!(left, 0, "its store is gone");
}

#[test]
fn the_article_is_extracted_from_a_page_in_any_character_set() {
    let dir = WorkDir::new();
    let page = format!(
        "<html><head><meta charset=iso-8859-1><title>F\u{e4}hre | Blatt</title></head><body>\
         <ul><li><a href=/>Home</a><li><a href=/sport>Sport</a></ul>\
         <div class=story><h1>F\u{e4}hre</h1><p>05.03.2024, 14:10 Uhr</p><p>{STORY}</p><p>{OTHER}</p>\
         <p>This article first appeared in <a href='https://gazette.example/a'>The Gazette</a>.</p></div>\
         <div class=footer>Imprint - Contact - All rights reserved</div></body></html>"
    );
    // Every character is below U+0100.
    let latin: Vec<u8> = page
        .chars()
        .map(|c| u8::try_from(u32::from(c)).unwrap())
        .collect();
    dir.write("page.html", latin);
    let run = dir.run(&["extract", "page.html"]).succeeded();
    let note = "This article first appeared in The Gazette.";
    let article = format!("{STORY}\n\n{OTHER}\n\n{note}\n");
    assert!(run.out.ends_with(&article), "{run:#?}");
    assert!(run.err.contains("2024-03-05 14:10 (text)"), "{run:#?}");
    assert!(
        !run.out.contains("Sport") && !run.out.contains("Imprint"),
        "{run:#?}"
    );
    assert!(run.err.contains("F\u{e4}hre"), "{run:#?}");
    assert!(
        run.err
            .contains("Gazette https://gazette.example/a: “This article first"),
        "{run:#?}"
    );

    let url = "https://blatt.example/f";
    let run = dir
        .run(&["extract", "page.html", "--url", url, "--format", "jsonl"])
        .succeeded();
    let line = &run.lines()[0];
    assert_eq!(line["publisher"], "blatt.example");
    let date = [
        "published",
        "published_day",
        "published_is_local",
        "date_source",
    ];
    assert_eq!(
        date.map(|field| line[field].clone()),
        [
            json!(1_709_647_800_000_i64),
            json!("2024-03-05"),
            json!(true),
            json!("text")
        ]
    );
    let notice = &line["notices"][0];
    assert!(notice["outlet"].as_str().unwrap().ends_with("Gazette"));
    let (start, end) = (
        notice["start"].as_u64().unwrap(),
        notice["end"].as_u64().unwrap(),
    );
    assert_eq!(
        &line["text"].as_str().unwrap()[start as usize..end as usize],
        note
    );
    dir.run(&["extract", "none.html"]).failed(1, "none.html");
}

#[test]
fn configured_notices_are_read() {
    let dir = WorkDir::new();
    dir.write(
        "story.txt",
        format!("{STORY}\n\nGrabbed with thanks from The Gazette"),
    );
    dir.write(
        "own.tsv",
        "notice\ten\trepublished\t0.9\tcut\tline\tgrabbed with thanks from {outlet}\n",
    );
    dir.write(
        "bad.tsv",
        "notice\ten\tno_such_signal\t0.9\tcut\tline\tx {outlet}\n",
    );
    let run = |file: &str| {
        let mut command = dir.command(&["extract", "story.txt", "--format", "jsonl"]);
        CommandRun::new(command.env("WIRECOPY_NOTICES_FILE", file).output().unwrap())
    };
    let lines = run("own.tsv").succeeded().lines();
    assert_eq!(lines[0]["notices"][0]["signal"], "republished");
    assert!(
        lines[0]["notices"][0]["outlet"]
            .as_str()
            .unwrap()
            .ends_with("Gazette")
    );
    run("bad.tsv").failed(1, "bad.tsv");
    run("none.tsv").failed(1, "none.tsv");
}

/// The README shows the line of an article of the demo.
#[test]
fn the_readme_shows_what_is_printed() {
    let newswire = Path::new(env!("CARGO_MANIFEST_DIR")).join("demo/newswire.jsonl");
    let run = WorkDir::new().run(&["cluster", newswire.to_str().unwrap()]);
    let mut lines = run.out.lines();
    let line = lines.find(|line| line.starts_with(r#"{"id":"calado-2207""#));
    let (shown, _) = line
        .and_then(|line| line.split_once(r#","words":"1 h 35 min""#))
        .unwrap();
    let readme = include_str!("../../README.md").lines().map(str::trim);
    let readme: String = readme.collect();
    assert!(readme.contains(shown), "{shown}");
}

#[test]
fn a_server_that_refuses_all_articles_is_one_error() {
    let dir = WorkDir::new();
    dir.write("a.jsonl", three());
    let new = |name: &str, flags: &[&str]| {
        let new = ["token", "new", name, "--file", "tokens.toml"];
        let token = dir.run(&[&new[..], flags].concat()).succeeded().out;
        dir.write(&format!("{name}.token"), token);
    };
    new("reader", &["--role", "read"]);
    new("sport", &["--role", "write", "--collections", "sport"]);
    let tokens = ["--set", "access.tokens=tokens.toml"];
    let server = LoggedServer::start(dir.path(), &tokens, "info", None);
    let url = format!("http://{}", server.address);
    for token in ["reader.token", "sport.token"] {
        let send = ["ingest", "a.jsonl", "--server", &url, "--token-file", token];
        let run = dir
            .run(&send)
            .failed(1, "the server refuses the articles: ");
        assert_eq!(run.err.lines().count(), 1, "{run:#?}");
        assert!(!run.err.contains("safe"), "{run:#?}");
    }
}

#[test]
fn an_article_that_is_too_large_for_the_server_is_a_bad_line() {
    let dir = WorkDir::new();
    let large = json!({"id": "large", "text": OTHER.repeat(400)});
    let articles = [
        json!({"id": "a", "text": STORY}),
        large.clone(),
        json!({"id": "b", "text": OTHER}),
        large,
        json!({"id": "c", "text": OWN}),
    ];
    dir.write("a.jsonl", lines(&articles));
    let limit = ["--set", "limits.message_bytes=65536"];
    let server = LoggedServer::start(dir.path(), &limit, "info", None);
    let url = format!("http://{}", server.address);
    for (command, out) in [("ingest", 1), ("check", 3)] {
        let run = dir.run(&[command, "a.jsonl", "--server", &url]).succeeded();
        for place in [
            "a.jsonl:2: the article has ",
            "a.jsonl:4: the article has ",
            "2 bad records",
        ] {
            assert_eq!(run.err.matches(place).count(), 1, "{place}: {run:#?}");
        }
        assert!(run.err.contains("accepts 65536"), "{run:#?}");
        assert_eq!(run.out.lines().count(), out, "{run:#?}");
    }
    let strict = ["ingest", "a.jsonl", "--strict", "--server", &url];
    dir.run(&strict).failed(1, "a.jsonl:2: ");
}

/// Returns the command for a process that does not ignore SIGHUP, as the tests may under `nohup`.
#[cfg(target_os = "linux")]
fn that_hangs_up(command: &std::process::Command) -> std::process::Command {
    let mut with_default = std::process::Command::new("env");
    with_default.arg("--default-signal=HUP");
    with_default
        .arg(command.get_program())
        .args(command.get_args());
    for (name, value) in command.get_envs() {
        match value {
            Some(value) => with_default.env(name, value),
            None => with_default.env_remove(name),
        };
    }
    with_default.current_dir(command.get_current_dir().unwrap());
    with_default
}

#[test]
#[cfg(target_os = "linux")]
fn a_temporary_store_is_removed_on_a_signal() {
    use rustix::process::{Pid, Signal, kill_process};

    let dir = WorkDir::new();
    let temporary = dir.path().join("tmp");
    std::fs::create_dir(&temporary).unwrap();
    let entries = || std::fs::read_dir(&temporary).unwrap().count();
    for (signal, code) in [(Signal::HUP, 129), (Signal::INT, 130), (Signal::TERM, 143)] {
        let mut command = that_hangs_up(&dir.command(&["cluster", "-"]));
        command.env("TMPDIR", &temporary);
        // It waits for more input.
        let mut child = command.stdin(std::process::Stdio::piped()).spawn().unwrap();
        let mut input = child.stdin.take().unwrap();
        input.write_all(&three()).unwrap();
        for _ in 0..400 {
            // The last file of an open.
            let stores = std::fs::read_dir(&temporary).unwrap();
            if stores
                .flatten()
                .any(|store| store.path().join("shape").exists())
            {
                break;
            }
            std::thread::sleep(std::time::Duration::from_millis(25));
        }
        assert_eq!(entries(), 1);
        std::thread::sleep(std::time::Duration::from_millis(500));
        kill_process(Pid::from_child(&child), signal).unwrap();
        assert_eq!(child.wait().unwrap().code(), Some(code));
        assert_eq!(entries(), 0, "after {signal:?}");
    }
}

#[test]
#[cfg(target_os = "linux")]
fn a_server_stops_in_good_order_when_its_terminal_is_closed() {
    use rustix::process::{Pid, Signal, kill_process};

    let dir = WorkDir::new();
    let free = std::net::TcpListener::bind("127.0.0.1:0").unwrap();
    let address = free.local_addr().unwrap().to_string();
    drop(free);
    let serve = dir.command(&["serve", "--memory", "--listen", &address]);
    let mut server = that_hangs_up(&serve).spawn().unwrap();
    let stats = ["stats", "--server", &address];
    for _ in 0..400 {
        if dir.run(&stats).code == Some(0) {
            break;
        }
        std::thread::sleep(std::time::Duration::from_millis(25));
    }
    kill_process(Pid::from_child(&server), Signal::HUP).unwrap();
    assert_eq!(server.wait().unwrap().code(), Some(0));
}

#[test]
fn a_snapshot_is_no_store_and_is_not_made_inside_its_source() {
    let dir = WorkDir::new();
    dir.write("a.jsonl", three());
    dir.run(&["cluster", "a.jsonl", "--data", "store"])
        .succeeded();
    dir.run(&["snapshot", "--data", "store", "store/copy"])
        .failed(1, "it is inside");
    dir.run(&["snapshot", "--data", "store", "copy"])
        .succeeded();
    for arguments in [
        &["cluster", "a.jsonl", "--data", "copy"][..],
        &["serve", "--listen", "127.0.0.1:0", "--data", "copy"],
        &["compact", "--data", "copy"],
        &["reindex", "--data", "copy"],
        &["snapshot", "--data", "copy", "other"],
        &["verify", "copy"],
        &["repair", "copy"],
    ] {
        let run = dir
            .run(arguments)
            .failed(1, "`wirecopy restore` makes a store of it");
        assert!(run.err.contains("`copy`"), "{run:#?}");
    }
    dir.run(&["restore", "copy", "copy/inside"])
        .failed(1, "it is inside");
    dir.run(&["restore", "copy", "restored"]).succeeded();
    dir.run(&["verify", "restored"]).succeeded();
}

#[test]
fn a_failed_restore_leaves_nothing_and_a_store_without_entries_is_not_mended() {
    let dir = WorkDir::new();
    dir.write("a.jsonl", three());
    dir.run(&["cluster", "a.jsonl", "--data", "store"])
        .succeeded();
    dir.run(&["snapshot", "--data", "store", "copy"])
        .succeeded();
    let segment = |of: &str| {
        let files = std::fs::read_dir(dir.path().join(of).join("journal")).unwrap();
        let files = files.map(|file| file.unwrap().path());
        files
            .max_by_key(|file| file.metadata().unwrap().len())
            .unwrap()
    };
    let copied = segment("copy");
    let whole = std::fs::read(&copied).unwrap();
    // Not in place: the file may be linked.
    std::fs::remove_file(&copied).unwrap();
    std::fs::write(&copied, &whole[..whole.len() / 2]).unwrap();
    std::fs::create_dir(dir.path().join("empty")).unwrap();
    for (to, stays) in [("empty", true), ("new", false)] {
        dir.run(&["restore", "copy", to]).failed(1, "damaged");
        let to = dir.path().join(to);
        assert_eq!(to.exists(), stays);
        assert_eq!(to.read_dir().map_or(0, Iterator::count), 0);
    }
    let cut = segment("store");
    std::fs::write(&cut, &whole[..5]).unwrap();
    for name in ["shape", "checkpoint", "journal/durable"] {
        let _ = std::fs::remove_file(dir.path().join("store").join(name));
    }
    let run = dir
        .run(&["repair", "store"])
        .failed(1, "put a backup in place");
    assert!(!run.err.contains("are kept"), "{run:#?}");
    assert!(!run.err.contains("wirecopy repair"), "{run:#?}");
    assert!(
        !dir.path().join("store/shape").exists(),
        "nothing was changed"
    );
}

#[test]
#[cfg(target_os = "linux")]
fn a_token_is_made_for_what_was_meant_or_not_at_all() {
    let dir = WorkDir::new();
    let new = ["token", "new", "desk", "--role", "read"];
    for collections in ["", "news,,sports", "news,"] {
        dir.run(&[&new[..], &["--collections", collections]].concat())
            .failed(2, "is empty");
    }
    for file in ["/dev/full", "/dev/zero"] {
        dir.run(&[&new[..], &["--file", file]].concat())
            .failed(1, "16 MiB");
        dir.run(&["stats", "--token-file", file])
            .failed(1, "16 MiB");
    }
    let add = [&new[..], &["--file", "tokens.toml"]].concat();
    let full = std::fs::File::options().write(true).open("/dev/full");
    let run = dir.command(&add).stdout(full.unwrap()).output().unwrap();
    assert_eq!(run.status.code(), Some(1));
    assert!(
        !dir.path().join("tokens.toml").exists(),
        "nobody has the token"
    );
    dir.run(&add).succeeded();
    let run = dir.run(&add).failed(1, "there is a token `desk` already");
    assert_eq!((run.out.as_str(), run.err.lines().count()), ("", 1));
}

#[test]
fn zero_times_are_no_times() {
    let dir = WorkDir::new();
    let story =
        |id: &str, published: &str| json!({"id": id, "text": STORY, "published": published});
    dir.write(
        "zero.jsonl",
        lines(&[
            story("a", "0001-01-01T00:00:00Z"),
            story("b", "1970-01-01T00:00:00Z"),
            story("c", "1987-02-26"),
        ]),
    );
    let run = dir.run(&["cluster", "zero.jsonl"]).succeeded();
    for line in run.lines() {
        assert_eq!(line["cluster"], "c", "{line}");
    }
}

#[test]
fn failures_are_said_once_and_alone() {
    let dir = WorkDir::new();
    let run = dir.run(&["verify", "nost"]).failed(1, "there is no store");
    assert_eq!(run.err.matches("nost").count(), 1, "{run:#?}");
    let list = ["collections", "list", "--server", "http://127.0.0.1:1"];
    assert_eq!(dir.run(&list).failed(1, "127.0.0.1:1").out, "");
    dir.run(&["collections", "retain", "x"])
        .failed(2, "--forever");
}

#[test]
fn a_text_file_is_read_in_any_character_set() {
    let dir = WorkDir::new();
    let story = format!("Die F\u{e4}hre f\u{e4}hrt wieder. {STORY}");
    let latin = story.chars().map(|c| u8::try_from(u32::from(c)).unwrap());
    dir.write("latin.txt", latin.collect::<Vec<u8>>());
    let wide = format!("\u{feff}{story}");
    let wide = wide.encode_utf16().flat_map(u16::to_le_bytes);
    dir.write("wide.txt", wide.collect::<Vec<u8>>());
    dir.write("utf8.txt", story);
    let run = dir.run(&["cluster", "utf8.txt", "latin.txt", "wide.txt"]);
    for line in &run.succeeded().lines()[1..] {
        assert_eq!(line["matches"][0]["containment"], 1.0, "{line}");
        assert_eq!(line["matches"].as_array().unwrap().len(), 2, "{line}");
    }
}
