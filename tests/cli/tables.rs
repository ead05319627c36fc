//! Clusters of tables: CSV and Parquet in and out, other names of fields, rules of what to keep, and the export
//! of a server's collection.

use std::collections::BTreeMap;
use std::fs::File;
use std::io::{Read as _, Write as _};
use std::path::Path;

use crate::support::{FERRY, ORCHARD, Running, ingest, ingest_into, published, story};
use crate::work_dir::{CommandRun, OTHER, OWN, STORY, WorkDir, lines, three};
use parquet::file::reader::{FileReader as _, SerializedFileReader};
use parquet::record::Field;
use serde_json::{Map, Value, json};
use tonic::Code;
use wirecopy::server::proto::{ExportRequest, KeepRule};

/// A row by the names of its columns. Absent values are left out.
type TableRow = Map<String, Value>;

/// Returns the rows of JSON lines, without what tables have no place for.
fn json_rows(text: &str) -> Vec<TableRow> {
    let rows = text.lines().map(|line| {
        let mut row: TableRow = serde_json::from_str(line).unwrap();
        row.retain(|name, value| {
            !["matches", "evidence"].contains(&name.as_str()) && value != "" && !value.is_null()
        });
        row
    });
    rows.collect()
}

fn csv_rows(text: &str) -> Vec<TableRow> {
    let mut reader = csv::Reader::from_reader(text.as_bytes());
    let names = reader.headers().unwrap().clone();
    let rows = reader.records().map(|record| {
        let record = record.unwrap();
        let values = names.iter().zip(record.iter());
        let values = values.filter(|(_, value)| !value.is_empty());
        let row = values.map(|(name, value)| {
            let value = match name {
                "size" | "lag_ms" => value.parse::<i64>().unwrap().into(),
                "confidence" | "resemblance" | "containment" | "containment_of_lead" => {
                    value.parse::<f64>().unwrap().into()
                }
                "keep" => value.parse::<bool>().unwrap().into(),
                _ => Value::from(value),
            };
            (name.to_owned(), value)
        });
        row.collect()
    });
    rows.collect()
}

fn parquet_rows(path: &Path) -> Vec<TableRow> {
    let file = SerializedFileReader::new(File::open(path).unwrap()).unwrap();
    let rows = file.get_row_iter(None).unwrap().map(|row| {
        let row = row.unwrap();
        let values = row.get_column_iter().filter_map(|(name, field)| {
            let value = match field {
                Field::Null => return None,
                Field::Str(text) => text.as_str().into(),
                Field::Long(number) => (*number).into(),
                Field::Double(share) => (*share).into(),
                Field::Bool(flag) => (*flag).into(),
                Field::TimestampMillis(ms) => {
                    let time = jiff::Timestamp::from_millisecond(*ms).unwrap();
                    time.to_string().into()
                }
                other => panic!("{name}: {other}"),
            };
            Some((name.clone(), value))
        });
        values.collect()
    });
    rows.collect()
}

/// Returns a column of rows.
fn column<'r>(rows: &'r [TableRow], name: &str) -> Vec<&'r str> {
    let texts = rows.iter().map(|row| row[name].as_str().unwrap());
    texts.collect()
}

fn read(path: &Path) -> String {
    std::fs::read_to_string(path).unwrap()
}

/// Returns the articles of [`three`] as CSV, with the columns in another order and one that nobody knows.
fn three_as_csv(names: [&str; 4]) -> Vec<u8> {
    let mut out = csv::Writer::from_writer(Vec::new());
    out.write_record(names.iter().chain(&["section"])).unwrap();
    for line in three()
        .split(|&byte| byte == b'\n')
        .filter(|line| !line.is_empty())
    {
        let article: Value = serde_json::from_slice(line).unwrap();
        let text = |name: &str| match &article[name] {
            Value::String(text) => text.clone(),
            other => other.to_string(),
        };
        let values = ["text", "published", "title", "id"].map(text);
        out.write_record(values.iter().map(String::as_str).chain(["local, \"odd\""]))
            .unwrap();
    }
    out.into_inner().unwrap()
}

#[test]
fn csv_is_clustered_as_json_lines_are() {
    let dir = WorkDir::new();
    dir.write("three.jsonl", three());
    let csv = three_as_csv(["text", "published", "title", "id"]);
    dir.write("three.csv", &csv);
    dir.write("three.csv.zst", zstd::encode_all(&csv[..], 3).unwrap());
    let expected = dir.run(&["cluster", "three.jsonl"]).succeeded().out;
    assert_eq!(
        column(&json_rows(&expected), "cluster"),
        ["7", "7", "bridge"]
    );
    for file in ["three.csv", "three.csv.zst"] {
        assert_eq!(dir.run(&["cluster", file]).succeeded().out, expected);
    }
    let piped = dir.run_with_input(&["cluster", "--input-format", "csv", "-"], &csv);
    assert_eq!(piped.succeeded().out, expected);
    let renamed = three_as_csv(["body", "date", "headline", "key"]);
    let names = [
        "--text-field=body",
        "--published-field=date",
        "--title-field=headline",
        "--id-field=key",
    ];
    dir.write("renamed.data", renamed);
    let arguments = [
        &["cluster", "renamed.data", "--input-format=csv"][..],
        &names,
    ]
    .concat();
    assert_eq!(dir.run(&arguments).succeeded().out, expected);
}

#[test]
fn all_outputs_have_the_same_values() {
    let dir = WorkDir::new();
    dir.write("three.jsonl", three());
    let outputs = ["out.jsonl", "out.csv", "out.parquet"];
    for keep in [&[][..], &["--keep", "longest"]] {
        for output in outputs {
            let arguments = [&["cluster", "three.jsonl", "--output", output][..], keep].concat();
            let run = dir.run(&arguments).succeeded();
            assert_eq!(run.out, "");
        }
        let path = |name: &str| dir.path().join(name);
        let expected = json_rows(&read(&path("out.jsonl")));
        assert_eq!(expected.len(), 3);
        assert_eq!(expected[1]["lag_ms"], 7_800_000);
        assert_eq!(expected[1]["time"], "2026-01-05T10:10:00Z");
        assert_eq!(expected[1]["size"], 2);
        assert_eq!(expected[1].contains_key("keep"), !keep.is_empty());
        assert_eq!(csv_rows(&read(&path("out.csv"))), expected);
        assert_eq!(parquet_rows(&path("out.parquet")), expected);
    }
    // What was written as Parquet can be read as articles.
    let arguments = ["cluster", "out.parquet", "--text-field", "relation"];
    let again = json_rows(&dir.run(&arguments).succeeded().out);
    assert_eq!(column(&again, "id"), ["7", "paper", "bridge"]);
    let bytes = std::fs::read(dir.path().join("out.parquet")).unwrap();
    let arguments = [
        "cluster",
        "-",
        "--input-format=parquet",
        "--text-field=relation",
    ];
    let piped = dir.run_with_input(&arguments, &bytes).succeeded();
    let piped = json_rows(&piped.out);
    assert_eq!(column(&piped, "cluster"), column(&again, "cluster"));
    dir.run(&["cluster", "three.jsonl", "--output", "out.data"])
        .failed(2, "--format");
    for output in ["again.parquet.gz", "again.PARQUET.ZST"] {
        dir.run(&["cluster", "three.jsonl", "-o", output])
            .failed(2, "Parquet is compressed inside");
        dir.run(&["export", "--server=http://127.0.0.1:1", "-o", output])
            .failed(2, "Parquet is compressed inside");
    }
    dir.run(&["cluster", "three.jsonl", "-oa.gz", "--format=parquet"])
        .failed(2, "Parquet is compressed inside");
    assert!(std::fs::read_dir(dir.path()).unwrap().count() == 4);
    dir.run(&["cluster", "three.jsonl", "--output", "no/such/out.csv"])
        .failed(1, "no/such/out.csv");
    for format in ["jsonl", "csv", "parquet"] {
        let full = ["cluster", "three.jsonl", "-o/dev/full", "--format", format];
        dir.run(&full).failed(1, "failed to write the output: ");
    }
}

/// The articles would be gone once the output is whole.
#[test]
fn no_file_that_is_read_is_written() {
    let dir = WorkDir::new();
    dir.write("three.jsonl", three());
    std::fs::create_dir(dir.path().join("sub")).unwrap();
    let linked = dir.path().join("linked.jsonl");
    std::fs::hard_link(dir.path().join("three.jsonl"), linked).unwrap();
    for outputs in [
        &["-o", "./three.jsonl"][..],
        &["-o", "sub/../three.jsonl"],
        &["-o", "linked.jsonl"],
        &["-o", "out.csv", "--keep-file", "linked.jsonl"],
        &["-o", "out.csv", "--keep-file", "sub/../out.csv"],
        &["-o", "out.csv", "--keep-file", "three.jsonl"],
        &["-o", "out.csv", "--keep-file", "./out.csv"],
        &["--keep-file", "-"],
    ] {
        let arguments = [&["cluster", "three.jsonl", "--keep=earliest"], outputs].concat();
        dir.run(&arguments).failed(2, "already read or written");
        assert_eq!(
            std::fs::read(dir.path().join("three.jsonl")).unwrap(),
            three()
        );
    }
    let arguments = [
        "cluster",
        "-",
        "--keep=earliest",
        "-o/dev/null",
        "--format=csv",
    ];
    let arguments = [&arguments[..], &["--keep-file", "-"]].concat();
    let kept = dir.run_with_input(&arguments, &three());
    assert_eq!(kept.succeeded().out.lines().count(), 2);
}

/// All headers are read before the first article is.
#[test]
fn a_table_without_its_columns_leaves_no_output_behind() {
    let dir = WorkDir::new();
    dir.write("three.jsonl", three());
    dir.write("keys.csv", "key,text\na,b\n");
    dir.write("no_table.parquet", "id,text\na,b\n");
    for (table, why) in [
        ("keys.csv", "neither a column `id` nor `url`"),
        ("no_table.parquet", "no_table.parquet"),
    ] {
        let outputs = ["-o", "out.csv", "--keep", "earliest", "--keep-file", "kept"];
        let arguments = [
            &["cluster", "three.jsonl", table, "--data", "store"],
            &outputs[..],
        ];
        dir.run(&arguments.concat()).failed(1, why);
        for left in ["out.csv", "kept", "store"] {
            assert!(!dir.path().join(left).exists(), "{left}");
        }
    }
    // A pipe is read only once.
    let pipe = ["cluster", "-", "--input-format", "csv"];
    let run = dir.run_with_input(&pipe, b"id,text\na,\"one, two\"\n");
    assert_eq!(run.succeeded().lines().len(), 1);
}

/// Returns the names in a directory, in their order.
fn names(dir: &WorkDir) -> Vec<String> {
    let entries = std::fs::read_dir(dir.path()).unwrap();
    let names = entries.map(|entry| entry.unwrap().file_name().into_string().unwrap());
    let mut names: Vec<String> = names.collect();
    names.sort();
    names
}

#[test]
fn a_run_that_fails_leaves_former_outputs_as_they_are() {
    let dir = WorkDir::new();
    dir.write("three.jsonl", three());
    let gz = {
        let mut gz = flate2::write::GzEncoder::new(Vec::new(), flate2::Compression::fast());
        gz.write_all(&three()).unwrap();
        gz.finish().unwrap()
    };
    dir.write("cut.jsonl.gz", &gz[..gz.len() - 20]);
    dir.write("bad.jsonl", [&three()[..], b"{"].concat());
    let outputs = ["good.csv", "good.jsonl", "good.parquet", "good.csv.gz"];
    for output in outputs.iter().chain(&["keep.txt"]) {
        dir.write(output, "of another day");
    }
    let before = names(&dir);
    for failing in [
        &["three.jsonl", "--text-field", "nope"][..],
        &["bad.jsonl", "--strict"],
        &["cut.jsonl.gz"],
        &["three.jsonl", "--data", "three.jsonl"],
    ] {
        for output in outputs {
            let arguments = ["-o", output, "--keep=earliest", "--keep-file=keep.txt"];
            dir.run(&[&["cluster"], failing, &arguments].concat())
                .failed(1, "");
        }
        assert_eq!(names(&dir), before, "{failing:?}");
        for output in outputs.iter().chain(&["keep.txt"]) {
            assert_eq!(read(&dir.path().join(output)), "of another day", "{output}");
        }
    }
    let arguments = ["-o", "good.csv", "--keep=earliest", "--keep-file=keep.txt"];
    dir.run(&[&["cluster", "three.jsonl"][..], &arguments].concat())
        .succeeded();
    assert_eq!(names(&dir), before);
    assert_eq!(csv_rows(&read(&dir.path().join("good.csv"))).len(), 3);
    assert_eq!(read(&dir.path().join("keep.txt")), "7\nbridge\n");
}

#[test]
#[cfg(target_os = "linux")]
fn a_run_that_is_stopped_says_so_and_leaves_no_output() {
    use rustix::process::{Pid, Signal, kill_process};
    use std::process::Stdio;

    let dir = WorkDir::new();
    dir.write("keep.txt", "of another day");
    for store in [&[][..], &["--data", "store"]] {
        let outputs = ["-o", "out.csv", "--keep=earliest", "--keep-file=keep.txt"];
        let mut command = dir.command(&[&["cluster", "-"], &outputs[..], store].concat());
        let piped = command.stdin(Stdio::piped()).stderr(Stdio::piped());
        // It waits for more input.
        let mut child = piped.spawn().unwrap();
        let mut input = child.stdin.take().unwrap();
        input.write_all(&three()).unwrap();
        let parts = || {
            names(&dir)
                .into_iter()
                .filter(|name| name.ends_with(".part"))
        };
        for _ in 0..400 {
            if parts().count() == 2 {
                break;
            }
            std::thread::sleep(std::time::Duration::from_millis(25));
        }
        assert_eq!(parts().count(), 2, "{:?}", names(&dir));
        // By then both are known to what waits for the signal.
        std::thread::sleep(std::time::Duration::from_millis(500));
        kill_process(Pid::from_child(&child), Signal::INT).unwrap();
        let run = CommandRun::new(child.wait_with_output().unwrap());
        run.failed(
            130,
            "stopped before the output was whole; it was not written\n",
        );
        assert_eq!(parts().count(), 0);
        assert!(!dir.path().join("out.csv").exists());
        assert_eq!(read(&dir.path().join("keep.txt")), "of another day");
        drop(input);
    }
}

#[test]
fn compressed_outputs_are_whole() {
    let dir = WorkDir::new();
    dir.write("three.jsonl", three());
    let csv = dir
        .run(&["cluster", "three.jsonl", "--format", "csv"])
        .succeeded();
    for output in ["out.csv.gz", "out.csv.zst"] {
        dir.run(&["cluster", "three.jsonl", "-o", output])
            .succeeded();
    }
    let mut text = String::new();
    let gz = File::open(dir.path().join("out.csv.gz")).unwrap();
    flate2::read::GzDecoder::new(gz)
        .read_to_string(&mut text)
        .unwrap();
    assert_eq!(text, csv.out);
    let zst = zstd::decode_all(File::open(dir.path().join("out.csv.zst")).unwrap());
    assert_eq!(String::from_utf8(zst.unwrap()).unwrap(), csv.out);
}

#[test]
fn an_input_without_text_is_an_error_that_lists_its_fields() {
    let dir = WorkDir::new();
    let bodies = [
        json!({"id": "a", "content": STORY, "tags": ["x"]}),
        json!({"id": "b", "content": OTHER}),
    ];
    dir.write("content.jsonl", lines(&bodies));
    let run = dir.run(&["cluster", "content.jsonl"]).failed(
        1,
        "`content.jsonl`: no text in 2 records: none has a `text` or an `html`; the fields are `content`, `id`, `tags`",
    );
    assert_eq!(run.out, "", "nothing is taken for an original");
    dir.run(&["cluster", "content.jsonl", "--text-field", "body"])
        .failed(1, "none has a `body` or an `html`");
    let run = dir.run(&["cluster", "content.jsonl", "--text-field", "content"]);
    assert_eq!(run.succeeded().lines().len(), 2);
    dir.write("empty.csv", "id,text,lang\na,,en\n");
    dir.run(&["cluster", "empty.csv"]).failed(
        1,
        "no text in 1 record: none has a `text` or an `html`; the fields are `id`, `lang`, `text`",
    );
    dir.write("content.csv", "id,content,lang\na,b,c\n");
    dir.run(&["cluster", "content.csv"]).failed(
        1,
        "neither a column `text` nor `html`; the columns are `id`, `content`, `lang`",
    );
    dir.run(&["cluster", "content.csv", "--text-field", "body"])
        .failed(
            1,
            "no column `body`; the columns are `id`, `content`, `lang`",
        );
}

#[test]
fn a_file_in_another_format_is_named_with_what_to_do() {
    let dir = WorkDir::new();
    let text: Vec<u8> = String::from_utf8(three())
        .unwrap()
        .encode_utf16()
        .flat_map(u16::to_le_bytes)
        .collect();
    let utf16 = [b"\xff\xfe", &text[..]].concat();
    dir.write("wide.jsonl", &utf16);
    dir.write("wide.csv", &utf16);
    dir.write("a.jsonl.bz2", b"BZh91AY&SY\x01\x02\x03");
    dir.write("a.txt", b"\xfd7zXZ\0\0\x04");
    dir.write("a.tsv", "id\ttext\na\tb\n");
    for (file, advice) in [
        ("wide.jsonl", "iconv -f UTF-16 -t UTF-8"),
        ("wide.csv", "iconv -f UTF-16 -t UTF-8"),
        ("a.jsonl.bz2", "bunzip2"),
        ("a.txt", "unxz"),
        ("a.tsv", "convert it to CSV"),
    ] {
        let run = dir.run(&["cluster", file]).failed(1, advice);
        assert_eq!(run.err.lines().count(), 1, "{run:#?}");
        assert!(run.err.contains(file), "{run:#?}");
    }
    // A document may be in any character set.
    dir.write("wide.txt", &utf16);
    assert_eq!(
        dir.run(&["cluster", "wide.txt"]).succeeded().lines().len(),
        1
    );
}

#[test]
fn records_of_tables_are_reported_with_their_rows() {
    let dir = WorkDir::new();
    let csv = format!(
        "id,text,published,section\na,{OTHER:?},2026-01-05,x\nb,,2026-01-06,x\nc,one,2,three,four\n,{OTHER:?},2026-01-07,x\n"
    );
    dir.write("some.csv", csv);
    let run = dir.run(&["cluster", "some.csv"]).succeeded();
    assert_eq!(column(&json_rows(&run.out), "id"), ["a", "b"]);
    let reported = [
        "some.csv, row 2: no text",
        "some.csv, row 3: 5 values, but the header has 4 columns; skipped",
        "some.csv, row 4: neither `id` nor `url` is given; skipped",
        "2 bad records skipped",
        "1 record has no text",
    ];
    let reported = reported.map(|line| format!("wirecopy: {line}\n"));
    assert_eq!(run.err, reported.concat(), "other columns are no faults");
    let quiet = dir.run(&["cluster", "some.csv", "--quiet"]).succeeded();
    assert_eq!((quiet.out, quiet.err), (run.out, reported[1..3].concat()));
    let strict = dir.run(&["cluster", "some.csv", "--strict"]);
    strict.failed(1, "some.csv, row 2: no text");
}

/// A table is joined with its clusters by the ids or the URLs that it has.
#[test]
fn ids_and_urls_are_as_the_input_has_them() {
    let dir = WorkDir::new();
    let urls = [
        "HTTPS://Paper.example:443/ferry?utm_source=x",
        "https://paper.example/%7Ebridge#top",
        "https://paper.example/~bridge",
    ];
    let mut csv = format!("url,text,published\n{},{STORY:?},2026-01-05\n", urls[0]);
    for url in &urls[1..] {
        csv += &format!("{url},{OTHER:?},2026-01-06\n");
    }
    dir.write("urls.csv", csv);
    let outputs = ["out.jsonl", "out.csv", "out.parquet"];
    let path = |name: &str| dir.path().join(name);
    for output in outputs {
        dir.run(&["cluster", "urls.csv", "-o", output]).succeeded();
    }
    let rows = json_rows(&read(&path("out.jsonl")));
    assert_eq!(csv_rows(&read(&path("out.csv"))), rows);
    assert_eq!(parquet_rows(&path("out.parquet")), rows);
    let normal = ["https://paper.example/ferry", urls[2]];
    assert_eq!(column(&rows, "id"), normal);
    // The second and the third are one article with one content, so that the first of them counts.
    assert_eq!(column(&rows, "url"), urls[..2]);

    // Each spelling is an article of its own.
    let apart = ["cluster", "urls.csv", "--id-field", "url"];
    let rows = json_rows(&dir.run(&apart).succeeded().out);
    assert_eq!(column(&rows, "id"), urls);
    assert_eq!(column(&rows, "url"), urls);
    assert_eq!(column(&rows, "cluster"), [urls[0], urls[1], urls[1]]);

    let versions = [
        json!({"id": " 7", "url": urls[0], "text": STORY}),
        json!({"id": " 7", "url": urls[1], "text": OTHER}),
        json!({"id": "none", "text": OWN}),
    ];
    dir.write("versions.jsonl", lines(&versions));
    let rows = json_rows(&dir.run(&["cluster", "versions.jsonl"]).succeeded().out);
    assert_eq!(column(&rows, "id"), [" 7", "none"]);
    assert_eq!(rows[0]["url"], urls[1], "that of the last version");
    assert!(!rows[1].contains_key("url"));
}

#[test]
fn of_each_cluster_one_article_is_kept() {
    let dir = WorkDir::new();
    let article = |id: &str, host: &str, text: &str, hour: u8| {
        json!({
            "id": id, "url": format!("https://{host}/{id}"), "text": text,
            "published": format!("2026-01-05T{hour:02}:00:00Z")
        })
    };
    let long = format!("{STORY}\n\n{OWN}");
    dir.write(
        "in.jsonl",
        lines(&[
            article("first", "a.example", STORY, 8),
            article("long", "b.example", &long, 9),
            article("last", "www.c.example", STORY, 10),
            article("bridge", "b.example", OTHER, 11),
        ]),
    );
    let check = |rule: &str, expected: [&str; 2]| {
        let arguments = [
            "cluster",
            "in.jsonl",
            "--keep",
            rule,
            "--keep-file",
            "keep.txt",
        ];
        let run = dir.run(&arguments).succeeded();
        let rows = json_rows(&run.out);
        assert_eq!(
            column(&rows, "cluster"),
            ["first", "first", "first", "bridge"]
        );
        let kept: Vec<&str> = rows
            .iter()
            .filter(|row| row["keep"] == true)
            .map(|row| row["id"].as_str().unwrap())
            .collect();
        assert_eq!(kept, expected, "{rule}");
        assert_eq!(
            read(&dir.path().join("keep.txt")),
            expected.join("\n") + "\n"
        );
    };
    check("earliest", ["first", "bridge"]);
    check("longest", ["long", "bridge"]);
    check("hosts=c.example,b.example", ["last", "bridge"]);
    check("hosts=www.b.example,c.example", ["long", "bridge"]);
    check("hosts=d.example", ["first", "bridge"]);
    dir.run(&["cluster", "in.jsonl", "--keep", "best"])
        .failed(2, "one of: earliest, longest, hosts=HOST,HOST");
    dir.run(&["cluster", "in.jsonl", "--keep-file", "keep.txt"])
        .failed(2, "--keep");
}

/// An article that an earlier run stored may be the one to keep.
#[test]
fn what_is_kept_is_chosen_among_all_that_is_stored() {
    let dir = WorkDir::new();
    let long = format!("{STORY}\n\n{OWN}");
    let article = |id: &str, text: &str, day: u8| json!({"id": id, "text": text, "published": format!("2026-01-{day:02}")});
    dir.write("monday.jsonl", lines(&[article("a", STORY, 5)]));
    dir.write(
        "tuesday.jsonl",
        lines(&[article("b", &long, 6), article("c", OTHER, 6)]),
    );
    let kept = |file: &str, rule: &str| {
        let arguments = [
            "cluster",
            file,
            "--data",
            "store",
            "--keep",
            rule,
            "--keep-file",
            "keep",
        ];
        dir.run(&arguments).succeeded();
        read(&dir.path().join("keep"))
    };
    assert_eq!(kept("monday.jsonl", "earliest"), "a\n");
    assert_eq!(kept("tuesday.jsonl", "earliest"), "c\n");
    assert_eq!(kept("tuesday.jsonl", "longest"), "b\nc\n");
    assert_eq!(kept("monday.jsonl", "longest"), "");
}

#[test]
fn thresholds_and_threads_are_flags() {
    let dir = WorkDir::new();
    dir.write("three.jsonl", three());
    let clusters = |flags: &[&str]| {
        let run = dir
            .run(&[&["cluster", "three.jsonl"], flags].concat())
            .succeeded();
        let rows = json_rows(&run.out);
        column(&rows, "cluster").join(" ")
    };
    assert_eq!(clusters(&["--threads", "1"]), "7 7 bridge");
    // All of the story is in the paper, and less than 97 % of the paper in the story.
    assert_eq!(clusters(&["--threshold", "0.97"]), "7 7 bridge");
    let strict = [
        "--copy-larger=0.97",
        "--copy-smaller=0.97",
        "--copy-resemblance=0.97",
    ];
    assert_eq!(clusters(&strict), "7 paper bridge");
    dir.run(&["cluster", "three.jsonl", "--threshold", "0.4"])
        .failed(2, "copy_larger = 0.4");
    let matched = |flags: &[&str]| {
        let run = dir
            .run(&[&["cluster", "ferry.jsonl"], flags].concat())
            .succeeded();
        run.lines()[1]["matches"].as_array().unwrap().len()
    };
    // Fourteen words of the story, in a longer text.
    let passage: Vec<&str> = STORY.split_whitespace().take(14).collect();
    let quoting = format!("{} {OWN}", passage.join(" "));
    let articles = [
        json!({"id": "a", "text": STORY}),
        json!({"id": "b", "text": quoting}),
    ];
    dir.write("ferry.jsonl", lines(&articles));
    assert_eq!(matched(&[]), 1);
    assert_eq!(matched(&["--min-overlap", "0.5"]), 0);
}

/// Runs the program against a server.
async fn run(dir: &WorkDir, server: &Running, arguments: &[&str]) -> CommandRun {
    let mut command = dir.command(arguments);
    command.args(["--server", &server.url()]);
    let run = tokio::task::spawn_blocking(move || command.output().unwrap());
    CommandRun::new(run.await.unwrap())
}

#[tokio::test(flavor = "multi_thread")]
async fn an_export_has_every_article_once() {
    let server = Running::start().await;
    let mut client = server.client().await;
    // More than a page.
    for number in 0..300 {
        let text = story(number / 2, 80);
        ingest(
            &mut client,
            published(
                &format!("article-{number}"),
                1_000_000_000 + number as i64,
                &text,
            ),
        )
        .await;
    }
    let url = "HTTP://Paper.example/?utm_source=x";
    let elsewhere = wirecopy::server::proto::Article {
        url: url.to_owned(),
        ..published("elsewhere", 1, FERRY)
    };
    ingest_into(&mut client, "other", elsewhere).await;
    let dir = WorkDir::new();
    let arguments = [
        "export",
        "--keep",
        "earliest",
        "--keep-file",
        "keep.txt",
        "-o",
    ];
    for output in ["out.jsonl", "out.csv", "out.parquet"] {
        let done = run(&dir, &server, &[&arguments[..], &[output]].concat()).await;
        assert_eq!(
            (done.code, done.out.as_str()),
            (Some(0), ""),
            "{}",
            done.err
        );
    }
    let rows = json_rows(&read(&dir.path().join("out.jsonl")));
    assert_eq!(csv_rows(&read(&dir.path().join("out.csv"))), rows);
    assert_eq!(parquet_rows(&dir.path().join("out.parquet")), rows);
    let by_id: BTreeMap<&str, &TableRow> = column(&rows, "id").into_iter().zip(&rows).collect();
    assert_eq!((rows.len(), by_id.len()), (300, 300));
    for number in 0..300 {
        let row = by_id[format!("article-{number}").as_str()];
        let lead = format!("article-{}", number / 2 * 2);
        assert_eq!((&row["cluster"], &row["size"]), (&json!(lead), &json!(2)));
        assert_eq!(row["keep"], number % 2 == 0);
        assert_eq!(row["resemblance"], 1.0);
    }
    let kept = read(&dir.path().join("keep.txt"));
    assert_eq!(
        (kept.lines().count(), kept.contains("article-1\n")),
        (150, false)
    );

    // What `cluster` reports of the same articles.
    let articles = (0..300).map(|number| {
        let text = story(number / 2, 80);
        json!({"id": format!("article-{number}"), "text": text, "published": 1_000_000_000 + number})
    });
    dir.write("in.jsonl", lines(&articles.collect::<Vec<_>>()));
    let clustered = dir
        .run(&["cluster", "in.jsonl", "--keep", "earliest"])
        .succeeded();
    for mut row in json_rows(&clustered.out) {
        let id = row["id"].as_str().unwrap().to_owned();
        row.insert("time".into(), by_id[id.as_str()]["time"].clone());
        assert_eq!(&row, by_id[id.as_str()]);
    }

    let done = run(
        &dir,
        &server,
        &["export", "--no-roles", "--collection", "other"],
    )
    .await;
    let rows = json_rows(&done.succeeded().out);
    assert_eq!(column(&rows, "id"), ["elsewhere"]);
    assert_eq!(column(&rows, "url"), [url]);
    let without = ["role", "confidence", "original", "source", "lag_ms", "keep"];
    assert!(
        without.iter().all(|name| !rows[0].contains_key(*name)),
        "{rows:?}"
    );
    server.stop().await;
}

#[tokio::test]
async fn an_export_goes_on_where_another_ended() {
    let server = Running::start().await;
    let mut client = server.client().await;
    for number in 0..300 {
        let text = format!("{ORCHARD} {number}");
        ingest(
            &mut client,
            published(&format!("article-{number}"), 1_000_000_000 + number, &text),
        )
        .await;
    }
    let request = |token: &str| ExportRequest {
        keep: KeepRule::Longest.into(),
        omit_roles: true,
        page_token: token.to_owned(),
        ..ExportRequest::default()
    };
    let mut pages = client.export(request("")).await.unwrap().into_inner();
    let first = pages.message().await.unwrap().unwrap();
    drop(pages);
    let mut ids: Vec<String> = first.articles.into_iter().map(|one| one.id).collect();
    assert!(!ids.is_empty() && ids.len() < 300);
    let rest = client.export(request(&first.next_page_token)).await;
    let mut rest = rest.unwrap().into_inner();
    while let Some(page) = rest.message().await.unwrap() {
        ids.extend(page.articles.into_iter().map(|one| one.id));
    }
    let expected = (0..300).map(|number| format!("article-{number}"));
    assert!(
        ids.into_iter().eq(expected),
        "in the order in which they came"
    );
    let code = |request| {
        let mut client = client.clone();
        async move { client.export(request).await.unwrap_err().code() }
    };
    assert_eq!(code(request("00")).await, Code::InvalidArgument);
    let by_hosts = ExportRequest {
        keep: KeepRule::Hosts.into(),
        ..ExportRequest::default()
    };
    assert_eq!(code(by_hosts).await, Code::InvalidArgument);
    server.stop().await;
}
