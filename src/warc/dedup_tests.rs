use std::fs;
use std::io::Cursor;

use serde_json::Value;
use tempfile::TempDir;

use super::tests::{gzip, page, record, three, zstd};
use super::*;

/// Deduplicates a file. Returns the output and what was done.
fn dedup(input: &[u8], compressed: bool, near: &[(u64, NearDuplicate)]) -> (Vec<u8>, Deduplicated) {
    let dir = TempDir::new().unwrap();
    let path = dir.path().join("in.warc");
    fs::write(&path, input).unwrap();
    let mut out = Vec::new();
    let output = DedupOutput {
        out: &mut out,
        filename: "out.warc.gz",
        is_compressed: compressed,
        now: "2026-02-01T00:00:00Z",
    };
    let near = near.iter().cloned().collect();
    let done = deduplicate(&path, output, &near, |_| {}).unwrap();
    (out, done)
}

/// Returns the records of a file.
fn records(file: &[u8]) -> Vec<WarcRecord> {
    let mut reader = WarcReader::new(Cursor::new(file));
    let mut records = Vec::new();
    while let Some(record) = reader.next(|_| MAX_BLOCK_BYTES).unwrap() {
        records.push(record.unwrap());
    }
    records
}

#[test]
fn only_a_payload_with_the_same_bytes_becomes_a_revisit() {
    let words = b"<p>The same words.";
    let parts = [
        page("http://a.example/", 1, words),
        page("http://b.example/", 2, words),
        page("http://c.example/", 3, b"<p>The same words!"),
        page("http://a.example/", 1, words), // written twice: it would name itself
        page("http://d.example/", 4, b""),
        page("http://e.example/", 5, b""),
        record("request", "http://a.example/", "", words),
    ];
    for compress in [<[u8]>::to_vec, gzip, zstd] {
        let input: Vec<Vec<u8>> = parts.iter().map(|part| compress(part)).collect();
        for to_gzip in [true, false] {
            let (out, done) = dedup(&input.concat(), to_gzip, &[]);
            let expected = DedupCounts {
                records: 7,
                revisits: 1,
                saved_bytes: words.len() as u64,
                ..DedupCounts::default()
            };
            assert_eq!(done.counts, expected);
            let written = records(&out);
            assert_eq!(written.len(), 7);
            for (at, (written, part)) in written.iter().zip(&parts).enumerate() {
                let span = written.span.clone().unwrap();
                let bytes = [&written.header[..], &written.block, b"\r\n\r\n"].concat();
                assert!((bytes == *part) != (at == 1), "{at}");
                let as_it_was = out[span.start as usize..span.end as usize] == input[at];
                let same_form = input[at].starts_with(&out[..2]);
                assert!(at == 1 || as_it_was || !same_form, "{at}");
            }
            let revisit = &written[1];
            let field = |name| revisit.fields.get(name).unwrap();
            assert_eq!(
                revisit.block,
                b"HTTP/1.1 200 OK\r\nContent-Type: text/html\r\n\r\n"
            );
            assert_eq!(revisit.kind(), "revisit");
            assert_eq!(field("WARC-Record-ID"), "<urn:test:http://b.example/>");
            assert_eq!(field("WARC-Target-URI"), "http://b.example/");
            assert_eq!(field("WARC-Date"), "2026-01-02T08:00:00Z");
            assert_eq!(field("WARC-Refers-To"), "<urn:test:http://a.example/>");
            assert_eq!(field("WARC-Refers-To-Target-URI"), "http://a.example/");
            assert_eq!(field("WARC-Refers-To-Date"), "2026-01-01T08:00:00Z");
            assert_eq!(
                field("WARC-Profile"),
                "http://netpreserve.org/warc/1.1/revisit/identical-payload-digest"
            );
            assert_eq!(field("WARC-Payload-Digest"), digest::label(words));
        }
    }
}

#[test]
fn a_near_duplicate_stays_and_is_described() {
    let near_duplicate = NearDuplicate {
        relation: "copy".into(),
        lead: "http://a.example/".into(),
        resemblance: 0.75,
        containment: 0.8,
        containment_of_lead: 1.0,
    };
    let parts = [
        page("http://z.example/", 1, b"<p>One."),
        page("http://b.example/", 2, b"<p>Two."),
        page("http://b.example/", 3, b"<p>Two."),
    ];
    let near = [(2, near_duplicate.clone()), (3, near_duplicate)];
    let (out, done) = dedup(&parts.concat(), true, &near);
    assert_eq!((done.counts.near_duplicates, done.counts.revisits), (1, 1));
    let written = records(&out);
    let kinds: Vec<String> = written.iter().map(WarcRecord::kind).collect();
    assert_eq!(kinds, ["response", "response", "metadata", "revisit"]);
    let metadata = &written[2];
    let field = |name| metadata.fields.get(name).unwrap();
    assert_eq!(field("WARC-Refers-To"), "<urn:test:http://b.example/>");
    assert_eq!(field("WARC-Target-URI"), "http://b.example/");
    assert_eq!(field("WARC-Date"), "2026-02-01T00:00:00Z");
    let block: Value = serde_json::from_slice(&metadata.block).unwrap();
    assert_eq!(block["near_duplicate"]["relation"], "copy");
    assert_eq!(block["near_duplicate"]["containment"], 0.8);

    let starts: Vec<&str> = done.cdx.iter().map(|line| &line[..26]).collect();
    let expected = [
        "example,b)/ 20260102080000",
        "example,b)/ 20260103080000",
        "example,z)/ 20260101080000",
    ];
    assert_eq!(starts, expected);
    for (line, (at, mime, is_near)) in done.cdx.iter().zip([
        (1, "text/html", true),
        (3, "warc/revisit", false),
        (0, "text/html", false),
    ]) {
        let entry: Value = serde_json::from_str(&line[27..]).unwrap();
        let number = |name: &str| entry[name].as_str().unwrap().parse::<u64>().unwrap();
        let span = written[at].span.clone().unwrap();
        assert_eq!(number("offset")..number("offset") + number("length"), span);
        assert_eq!(
            (&entry["mime"], &entry["status"]),
            (&mime.into(), &"200".into())
        );
        assert_eq!(
            entry["near_duplicate"]["lead"] == "http://a.example/",
            is_near
        );
    }
}

#[test]
fn what_cannot_be_read_is_left_out() {
    let [a, b, c] = three();
    let damaged = gzip(&b);
    let input = [gzip(&a), damaged[..damaged.len() / 2].to_vec(), gzip(&c)].concat();
    let (out, done) = dedup(&input, true, &[]);
    assert_eq!((done.counts.records, done.counts.damaged), (2, 1));
    assert_eq!(out, [gzip(&a), gzip(&c)].concat());
}
