//! Archives of crawls: articles from them, and copies of them without what they have twice.

use std::fs;
use std::io::Write as _;

use crate::work_dir::{OTHER, OWN, STORY, WorkDir};
use flate2::Compression;
use flate2::write::GzEncoder;
use serde_json::Value;

fn gzip(bytes: &[u8]) -> Vec<u8> {
    let mut member = GzEncoder::new(Vec::new(), Compression::default());
    member.write_all(bytes).unwrap();
    member.finish().unwrap()
}

/// A record in a member of its own.
fn record(kind: &str, uri: &str, date: &str, content_type: &str, block: &[u8]) -> Vec<u8> {
    let header = format!(
        "WARC/1.1\r\nWARC-Type: {kind}\r\nWARC-Record-ID: <urn:test:{uri}:{date}>\r\nWARC-Target-URI: {uri}\r\n\
         WARC-Date: {date}\r\nContent-Type: {content_type}\r\nContent-Length: {}\r\n\r\n",
        block.len()
    );
    gzip(&[header.as_bytes(), block, b"\r\n\r\n"].concat())
}

fn response(uri: &str, date: &str, head: &str, payload: &[u8]) -> Vec<u8> {
    let block = [format!("HTTP/1.1 {head}\r\n\r\n").as_bytes(), payload].concat();
    record(
        "response",
        uri,
        date,
        "application/http; msgtype=response",
        &block,
    )
}

fn page(text: &str) -> Vec<u8> {
    format!("<html><title>A headline</title><body><article><p>{text}</p></article>").into_bytes()
}

const HTML: &str = "200 OK\r\nContent-Type: text/html; charset=utf-8";

/// An archive with three articles, one of them captured twice, and records without an article.
fn archive() -> Vec<u8> {
    let with_own = page(&format!("{STORY}</p><p>{OWN}"));
    let chunked = [
        format!("{:x}\r\n", with_own.len()).as_bytes(),
        &with_own,
        b"\r\n0\r\n\r\n",
    ]
    .concat();
    let gzipped = format!("{HTML}\r\nContent-Encoding: gzip");
    let in_chunks = format!("{HTML}\r\nTransfer-Encoding: chunked");
    let (a, b, c) = (
        "http://a.example/ferry",
        "http://b.example/ferry",
        "https://c.example/roof",
    );
    [
        record(
            "warcinfo",
            "",
            "2026-01-05T07:00:00Z",
            "application/warc-fields",
            b"software: x\r\n",
        ),
        record(
            "request",
            a,
            "2026-01-05T08:00:00Z",
            "application/http",
            b"GET /ferry HTTP/1.1\r\n\r\n",
        ),
        response(a, "2026-01-05T08:00:00Z", &gzipped, &gzip(&page(STORY))),
        response(b, "2026-01-05T09:00:00Z", &in_chunks, &chunked),
        response(c, "2026-01-05T10:00:00.5Z", HTML, &page(OTHER)),
        response(c, "2026-01-06T10:00:00Z", HTML, &page(OTHER)),
        response(
            "http://a.example/old",
            "2026-01-05T08:00:00Z",
            "301 Moved\r\nLocation: /",
            b"",
        ),
        response(
            "http://a.example/x.png",
            "2026-01-05T08:00:00Z",
            "200 OK\r\nContent-Type: image/png",
            b"\x89PNG",
        ),
        record(
            "revisit",
            a,
            "2026-01-07T08:00:00Z",
            "application/http",
            b"HTTP/1.1 200 OK\r\n\r\n",
        ),
    ]
    .concat()
}

const NO_ARTICLE: &str = "5 records have no article: 1 of type revisit, 1 with another status than 200, 1 not HTML, \
    2 of other types";

fn column<'l>(lines: &'l [Value], name: &str) -> Vec<&'l str> {
    lines
        .iter()
        .map(|line| line[name].as_str().unwrap())
        .collect()
}

#[test]
fn the_articles_of_an_archive_are_its_pages() {
    let dir = WorkDir::new();
    dir.write("crawl.warc.gz", archive());
    let run = dir.run(&["cluster", "crawl.warc.gz"]).succeeded();
    assert!(run.err.contains(NO_ARTICLE), "{run:#?}");
    let lines = run.lines();
    let ids = [
        "http://a.example/ferry",
        "http://b.example/ferry",
        "https://c.example/roof",
    ];
    assert_eq!(column(&lines, "id"), ids);
    assert_eq!(column(&lines, "cluster"), [ids[0], ids[0], ids[2]]);
    let times = [
        "2026-01-05T08:00:00Z",
        "2026-01-05T09:00:00Z",
        "2026-01-05T10:00:00.5Z",
    ];
    assert_eq!(column(&lines, "time"), times);

    let plain = dir.run_with_input(&["cluster", "--input-format", "warc", "-"], &archive());
    assert_eq!(plain.succeeded().lines(), lines);
}

#[test]
fn texts_of_a_wet_file_are_articles() {
    let dir = WorkDir::new();
    let text = |uri, text: &str| {
        record(
            "conversion",
            uri,
            "2026-01-05T08:00:00Z",
            "text/plain",
            text.as_bytes(),
        )
    };
    let wet = [
        text("http://a.example/1", STORY),
        text("http://b.example/1", OTHER),
    ]
    .concat();
    dir.write("crawl.warc.wet.gz", wet);
    let lines = dir
        .run(&["cluster", "crawl.warc.wet.gz"])
        .succeeded()
        .lines();
    assert_eq!(
        column(&lines, "id"),
        ["http://a.example/1", "http://b.example/1"]
    );
    assert_eq!(column(&lines, "role"), ["original", "original"]);
}

#[test]
fn damage_is_reported_with_its_place() {
    let dir = WorkDir::new();
    let (head, tail) = (
        archive(),
        response(
            "http://d.example/",
            "2026-01-05T08:00:00Z",
            HTML,
            &page(OTHER),
        ),
    );
    let cut = &tail[..tail.len() - 30];
    dir.write("cut.warc.gz", [&head[..], cut, &tail].concat());
    let run = dir.run(&["cluster", "cut.warc.gz"]).succeeded();
    let place = format!("cut.warc.gz, record 10 at byte {}: ", head.len());
    assert!(run.err.contains(&place), "{run:#?}");
    assert!(run.err.contains("1 bad record skipped"), "{run:#?}");
    assert_eq!(run.lines().len(), 4);
    dir.run(&["cluster", "cut.warc.gz", "--strict"])
        .failed(1, &place);

    let garbled = format!("{HTML}\r\nContent-Encoding: gzip");
    let bad = response(
        "http://d.example/",
        "2026-01-05T08:00:00Z",
        &garbled,
        b"\x1f\x8b\x08nothing",
    );
    dir.write("bad.warc.gz", [&head[..], &bad].concat());
    let run = dir.run(&["cluster", "bad.warc.gz"]).succeeded();
    assert!(
        run.err.contains("its content encoding `gzip` is broken"),
        "{run:#?}"
    );

    dir.write("none.warc", "{\"id\": 1}\n");
    dir.run(&["cluster", "none.warc"])
        .failed(1, "not one article could be read");
}

/// It is only not judged.
#[test]
fn a_page_that_cannot_be_read_is_copied() {
    let dir = WorkDir::new();
    let garbled = format!("{HTML}\r\nContent-Encoding: gzip");
    let bad = response(
        "http://d.example/",
        "2026-01-05T08:00:00Z",
        &garbled,
        b"\x1f\x8b\x08nothing",
    );
    let cut = &bad[..bad.len() - 30];
    dir.write("bad.warc.gz", [&archive()[..], &bad, cut].concat());
    dir.run(&["cluster", "bad.warc.gz", "--data", "store"])
        .succeeded();
    let run = dir
        .run(&[
            "dedup-warc",
            "bad.warc.gz",
            "out.warc.gz",
            "--data",
            "store",
        ])
        .succeeded();
    assert!(!run.err.contains("skipped"), "{run:#?}");
    assert!(
        run.err
            .contains("its content encoding `gzip` is broken: invalid gzip header; not judged\n"),
        "{run:#?}"
    );
    assert!(run.err.contains("2 bad records not judged\n"), "{run:#?}");
    assert!(
        run.out.starts_with("10 records: ") && run.out.contains(", 1 left out as damaged;"),
        "{run:#?}"
    );
    let out = fs::read(dir.path().join("out.warc.gz")).unwrap();
    assert!(out.windows(bad.len()).any(|bytes| bytes == bad));
}

#[test]
fn what_an_archive_has_twice_becomes_revisits() {
    let dir = WorkDir::new();
    dir.write("crawl.warc.gz", archive());
    dir.run(&["cluster", "crawl.warc.gz", "--data", "store"])
        .succeeded();
    let dedup = [
        "dedup-warc",
        "crawl.warc.gz",
        "out.warc.gz",
        "--data",
        "store",
    ];
    let run = dir.run(&dedup).succeeded();
    assert!(
        run.out
            .starts_with("9 records: 1 became revisits, 1 have a metadata record"),
        "{run:#?}"
    );
    assert!(!run.err.contains("ingest the archive first"), "{run:#?}");
    // Most is copied as it is, and every record still is a member of its own.
    let (input, out) = (archive(), fs::read(dir.path().join("out.warc.gz")).unwrap());
    let copied = out.iter().zip(&input).take_while(|(a, b)| a == b).count();
    assert!(
        copied > input.len() / 3,
        "{copied} bytes of {}",
        input.len()
    );

    let index = fs::read_to_string(dir.path().join("out.warc.gz.cdxj")).unwrap();
    let lines: Vec<&str> = index.lines().collect();
    assert!(lines.is_sorted());
    let entries: Vec<Value> = lines
        .iter()
        .map(|line| serde_json::from_str(line.splitn(3, ' ').nth(2).unwrap()).unwrap())
        .collect();
    let near: Vec<_> = entries
        .iter()
        .filter(|entry| entry["near_duplicate"].is_object())
        .collect();
    assert_eq!(near.len(), 1);
    assert_eq!(near[0]["url"], "http://b.example/ferry");
    assert_eq!(near[0]["near_duplicate"]["lead"], "http://a.example/ferry");
    assert_eq!(near[0]["near_duplicate"]["relation"], "copy");
    let revisits = entries
        .iter()
        .filter(|entry| entry["mime"] == "warc/revisit");
    assert_eq!(revisits.count(), 2);

    dir.run(&dedup).failed(1, "`out.warc.gz` exists already");
    fs::remove_file(dir.path().join("out.warc.gz")).unwrap();
    dir.run(&dedup)
        .failed(1, "`out.warc.gz.cdxj` exists already");
    let kept = fs::read_to_string(dir.path().join("out.warc.gz.cdxj"));
    assert_eq!(kept.unwrap(), index);
    assert!(!dir.path().join("out.warc.gz").exists());
    dir.run(&["dedup-warc", "crawl.warc.gz", "out.zip", "--data", "store"])
        .failed(2, "neither .warc nor");
    dir.run(&["dedup-warc", "crawl.warc.gz", "b.warc", "--data", "none"])
        .failed(1, "there is no store");
    let run = dir.run(&[
        "dedup-warc",
        "crawl.warc.gz",
        "b.warc",
        "--data",
        "store",
        "--collection",
        "other",
    ]);
    assert!(run.succeeded().err.contains("4 pages are not stored"));
}
