use std::io::{Cursor, Write as _};

use flate2::Compression;
use flate2::write::GzEncoder;

use super::*;

/// A record with a block.
pub(super) fn record(kind: &str, uri: &str, fields: &str, block: &[u8]) -> Vec<u8> {
    let mut record = format!(
        "WARC/1.1\r\nWARC-Type: {kind}\r\nWARC-Record-ID: <urn:test:{uri}>\r\nWARC-Target-URI: {uri}\r\n\
         {fields}Content-Length: {}\r\n\r\n",
        block.len()
    )
    .into_bytes();
    record.extend_from_slice(block);
    record.extend_from_slice(b"\r\n\r\n");
    record
}

/// A response with a page, captured on a day.
pub(super) fn page(uri: &str, day: u32, payload: &[u8]) -> Vec<u8> {
    let mut block = b"HTTP/1.1 200 OK\r\nContent-Type: text/html\r\n\r\n".to_vec();
    block.extend_from_slice(payload);
    let date = format!("WARC-Date: 2026-01-{day:02}T08:00:00Z\r\n");
    record("response", uri, &date, &block)
}

/// Three short records of different lengths.
pub(super) fn three() -> [Vec<u8>; 3] {
    [
        record("warcinfo", "a", "", b"software: test\r\n"),
        page(
            "http://b.example/",
            1,
            b"<p>Words, words, words, and a line\nthat is not the first.",
        ),
        record("response", "c", "WARC-Date: 2026-01-01T08:00:00Z\r\n", b""),
    ]
}

pub(super) fn gzip(bytes: &[u8]) -> Vec<u8> {
    let mut member = GzEncoder::new(Vec::new(), Compression::default());
    member.write_all(bytes).unwrap();
    member.finish().unwrap()
}

pub(super) fn zstd(bytes: &[u8]) -> Vec<u8> {
    zstd::encode_all(bytes, 3).unwrap()
}

/// What was read: the URL of a record, or what is wrong; and the place.
type ReadOutcome = (u64, Result<String, String>);

fn read(file: &[u8]) -> Vec<ReadOutcome> {
    let mut reader = WarcReader::new(Cursor::new(file));
    let mut outcomes = Vec::new();
    while let Some(next) = reader.next(|_| MAX_BLOCK_BYTES).unwrap() {
        let (place, outcome) = match next {
            Ok(record) => (record.place, Ok(record.target_uri().to_owned())),
            Err(damage) => (damage.place, Err(damage.why)),
        };
        outcomes.push((place.offset, outcome));
        assert_eq!(place.number, outcomes.len() as u64);
    }
    outcomes
}

/// Checks what is read of a file that is put together from parts: for each its URL, or words of what is wrong
/// with it.
#[track_caller]
fn check(parts: &[Vec<u8>], expected: &[(usize, Result<&str, &str>)]) {
    let read = read(&parts.concat());
    assert_eq!(read.len(), expected.len(), "{read:#?}");
    for ((offset, outcome), (part, expected)) in read.iter().zip(expected) {
        let start: usize = parts[..*part].iter().map(Vec::len).sum();
        assert_eq!(*offset, start as u64, "{read:#?}");
        match (outcome, expected) {
            (Ok(uri), Ok(expected)) => assert_eq!(uri, expected),
            (Err(why), Err(words)) => assert!(why.contains(words), "{why}"),
            _ => panic!("{read:#?}"),
        }
    }
}

const WHOLE: [(usize, Result<&str, &str>); 3] =
    [(0, Ok("a")), (1, Ok("http://b.example/")), (2, Ok("c"))];

#[test]
fn files_may_be_plain_or_compressed() {
    check(&three(), &WHOLE);
    check(&three().map(|record| gzip(&record)), &WHOLE);
    check(&three().map(|record| zstd(&record)), &WHOLE);
    // One member for all of them.
    let at_first = WHOLE.map(|(_, expected)| (0, expected));
    check(&[gzip(&three().concat())], &at_first);
    check(&[zstd(&three().concat())], &at_first);
    check(&[], &[]);
}

#[test]
fn frames_may_need_the_dictionary_of_the_file() {
    let dictionary: Vec<u8> = (0..200)
        .flat_map(|n| format!("WARC/1.1\r\nword {n}\r\n").into_bytes())
        .collect();
    let mut encoder = zstd::bulk::Compressor::with_dictionary(3, &dictionary).unwrap();
    let records = three().map(|record| encoder.compress(&record).unwrap());
    let frame = |content: &[u8]| {
        let length = (content.len() as u32).to_le_bytes();
        [&[0x5d, 0x2a, 0x4d, 0x18], &length[..], content].concat()
    };
    let expected = WHOLE.map(|(part, expected)| (part + 1, expected));
    for frame in [frame(&dictionary), frame(&zstd(&dictionary))] {
        check(&[&[frame][..], &records].concat(), &expected);
    }
}

#[test]
fn a_record_has_its_bytes() {
    for compress in [<[u8]>::to_vec, gzip, zstd] {
        let parts = three().map(|record| compress(&record));
        let file = parts.concat();
        let mut reader = WarcReader::new(Cursor::new(&file));
        for (part, whole) in parts.iter().zip(three()) {
            let record = reader.next(|_| 5).unwrap().unwrap().unwrap();
            let span = record.span.unwrap();
            assert_eq!(file[span.start as usize..span.end as usize], part[..]);
            let header = whole.len() as u64 - record.block_bytes - 4;
            assert_eq!(record.header, whole[..header as usize]);
            assert_eq!(record.block.len() as u64, record.block_bytes.min(5));
        }
        assert_eq!(reader.position(), file.len() as u64);
    }
    let together = gzip(&three().concat());
    let mut reader = WarcReader::new(Cursor::new(&together));
    while let Some(record) = reader.next(|_| 0).unwrap() {
        assert_eq!(record.unwrap().span, None);
    }
}

/// Returns a record that states another length than its own.
fn with_length(record: &[u8], by: i64) -> Vec<u8> {
    let text = String::from_utf8(record.to_vec()).unwrap();
    let (before, rest) = text.split_once("Content-Length: ").unwrap();
    let (length, rest) = rest.split_once('\r').unwrap();
    let length = length.parse::<i64>().unwrap() + by;
    format!("{before}Content-Length: {length}\r{rest}").into_bytes()
}

#[test]
fn damage_costs_no_more_than_its_record() {
    let [a, b, c] = three();
    let [first, _, last] = WHOLE;
    let wrong = "no record ends where its Content-Length";
    for by in [-20, 20] {
        let damaged = with_length(&b, by);
        check(
            &[a.clone(), damaged.clone(), c.clone()],
            &[first, (1, Err(wrong)), last],
        );
        let why = if by < 0 {
            wrong
        } else {
            "16 bytes of that are missing"
        };
        let members = [gzip(&a), gzip(&damaged), gzip(&c)];
        check(&members, &[first, (1, Err(why)), last]);
    }
    let short = with_length(&b, -20);
    check(
        &[gzip(&[&a[..], &short, &c].concat())],
        &[first, (0, Err(wrong)), (0, Ok("c"))],
    );
    let nameless = b"WARC/1.1\r\nWARC-Type: response\r\n\r\n".to_vec();
    check(
        &[a.clone(), nameless, c.clone()],
        &[first, (1, Err("is not a number")), last],
    );
    let endless = format!("WARC/1.1\r\nx: {}\r\n\r\n", "y".repeat(1 << 17)).into_bytes();
    check(
        &[a.clone(), endless, c.clone()],
        &[first, (1, Err("longer than 64 KiB")), last],
    );
    let garbage = b"garbage\x1f\x8b\x08\x00 and more\n".to_vec();
    check(
        &[gzip(&a), garbage.clone(), gzip(&c)],
        &[first, (1, Err("no compressed record begins here")), last],
    );
    check(
        &[zstd(&a), garbage.clone(), zstd(&c)],
        &[first, (1, Err("no compressed record begins here")), last],
    );
    check(
        &[a.clone(), garbage.clone(), c],
        &[first, (1, Err("no record begins here")), last],
    );
    check(
        &[garbage.clone(), a],
        &[(0, Err("no record begins here")), (1, Ok("a"))],
    );
    check(&[garbage], &[(0, Err("no record begins here"))]);
}

#[test]
fn a_file_may_be_cut_or_changed_anywhere() {
    let [a, b, c] = three();
    for compress in [<[u8]>::to_vec, gzip, zstd] {
        let parts = [&a, &b, &c, &b].map(|record| compress(record));
        let file = parts.concat();
        let ends = [1, 2, 3, 4].map(|parts_before| parts[..parts_before].concat().len());
        let urls = ["a", "http://b.example/", "c", "http://b.example/"];
        for cut in 0..file.len() {
            let read = read(&file[..cut]);
            let whole = ends.iter().filter(|&&end| end <= cut).count();
            let read: Vec<_> = read
                .iter()
                .filter_map(|(_, outcome)| outcome.as_ref().ok())
                .collect();
            assert!(read.len() >= whole, "cut at {cut}: {read:?}");
            // What a plain file loses first is the line ends behind its last record.
            assert!(read.len() <= whole + 1, "cut at {cut}: {read:?}");
            assert!(
                read.iter().zip(urls).all(|(read, url)| *read == url),
                "cut at {cut}"
            );
        }
        if !file.starts_with(b"WARC") {
            for at in 0..file.len() {
                let mut changed = file.clone();
                changed[at] ^= 0x55;
                let read = read(&changed);
                let whole = read.iter().filter(|(_, outcome)| outcome.is_ok()).count();
                assert!(whole >= 3, "byte {at}: {read:?}");
            }
        }
    }
}
