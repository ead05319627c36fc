//! Formats that are not read, and what to do with files in them.

use std::path::Path;

/// First bytes of files that are packed in ways that are not read.
const PACKED: [(&[u8], &str); 4] = [
    // A block begins with the digits of pi, the end of an empty file with those of its root.
    (
        b"BZh",
        "it is compressed by bzip2, which is not read; unpack it: bunzip2",
    ),
    (
        b"\xfd7zXZ\0",
        "it is compressed by xz, which is not read; unpack it: unxz",
    ),
    (
        b"PK\x03\x04",
        "it is a ZIP archive, which is not read; unpack it",
    ),
    (
        b"7z\xbc\xaf\x27\x1c",
        "it is a 7z archive, which is not read; unpack it",
    ),
];

/// Returns what to do with a file that begins so, if it is packed in a way that is not read.
pub fn packed(start: &[u8]) -> Option<&'static str> {
    let is_text = |magic: &[u8]| magic == b"BZh" && !is_bzip2(start);
    let found = PACKED
        .iter()
        .find(|(magic, _)| start.starts_with(magic) && !is_text(magic));
    found.map(|(_, advice)| *advice)
}

/// Whether bytes behind `BZh` and a digit begin a block, or are the end: a text may begin with these letters.
fn is_bzip2(start: &[u8]) -> bool {
    let blocks: [&[u8]; 2] = [b"\x31\x41\x59\x26\x53\x59", b"\x17\x72\x45\x38\x50\x90"];
    let behind = start.get(4..).unwrap_or_default();
    blocks.iter().any(|block| behind.starts_with(block))
}

/// Returns what to do with records that begin so, if their character set is not read.
pub fn in_utf16(start: &[u8]) -> Option<&'static str> {
    let marks: [&[u8]; 2] = [b"\xff\xfe", b"\xfe\xff"];
    let is_utf16 = marks.iter().any(|mark| start.starts_with(mark));
    is_utf16.then_some("it is in UTF-16; convert it: iconv -f UTF-16 -t UTF-8")
}

/// Returns what to do with a table whose name ends in the name of a format that is not read.
pub fn table(path: &Path) -> Option<&'static str> {
    let ending = super::format::ending(path)?;
    match ending.as_str() {
        "tsv" | "tab" => Some("values between tabs are not read; convert it to CSV or Parquet"),
        "xls" | "xlsx" | "ods" => Some("a spreadsheet is not read; convert it to CSV or Parquet"),
        "arrow" | "feather" | "orc" | "avro" => {
            Some("this format is not read; convert it to Parquet")
        }
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_packed_is_told_from_text() {
        let check = |start: &[u8], program: &str| {
            let advice = packed(start).unwrap_or_default();
            assert!(advice.contains(program), "{advice}");
            assert_eq!(advice.is_empty(), program.is_empty(), "{advice}");
        };
        check(b"BZh91AY&SY\x01", "bunzip2");
        check(b"BZh9\x17\x72\x45\x38\x50\x90\0", "bunzip2");
        check(b"\xfd7zXZ\0\0\x04", "unxz");
        check(b"PK\x03\x04\x14", "ZIP");
        for text in [&b"BZhang wrote"[..], b"BZh", b"7zip", b"PK", b"", b"{}"] {
            check(text, "");
        }
    }

    #[test]
    fn tables_of_other_formats_are_known_by_their_names() {
        for name in ["a.tsv", "a.TSV.gz", "b/a.xlsx", "a.feather"] {
            assert!(table(Path::new(name)).is_some(), "{name}");
        }
        for name in ["a.csv", "a.tsv.jsonl", "tsv", "-"] {
            assert_eq!(table(Path::new(name)), None, "{name}");
        }
    }
}
