//! The formats of files that hold many articles, or rows.

use std::path::Path;

/// A format of files that hold many articles, or rows.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum FileFormat {
    /// One JSON object in a line.
    Jsonl,
    /// Comma-separated values with a header (RFC 4180).
    Csv,
    /// Apache Parquet.
    Parquet,
}

impl FileFormat {
    /// Parses the value of a command-line option.
    ///
    /// # Errors
    /// Names the values that exist.
    pub fn parse(text: &str) -> Result<Self, String> {
        match text {
            "jsonl" => Ok(Self::Jsonl),
            "csv" => Ok(Self::Csv),
            "parquet" => Ok(Self::Parquet),
            _ => Err("one of: jsonl, csv, parquet".to_owned()),
        }
    }

    /// Returns the format that the ending of a file's name says, if it says one. `.gz` and `.zst` behind it
    /// do not count.
    pub fn of(path: &Path) -> Option<Self> {
        match ending(path)?.as_str() {
            "jsonl" | "ndjson" | "json" => Some(Self::Jsonl),
            "csv" => Some(Self::Csv),
            "parquet" => Some(Self::Parquet),
            _ => None,
        }
    }
}

/// A format of files that articles are read from.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum InputFormat {
    /// Rows, with the fields of an article.
    Rows(FileFormat),
    /// The records of a crawl (WARC, WET).
    Warc,
    /// RSS, Atom, or a sitemap of news.
    Feed,
}

impl InputFormat {
    /// Parses the value of a command-line option.
    ///
    /// # Errors
    /// Names the values that exist.
    pub fn parse(text: &str) -> Result<Self, String> {
        match text {
            "warc" => Ok(Self::Warc),
            "feed" => Ok(Self::Feed),
            _ => FileFormat::parse(text)
                .map(Self::Rows)
                .map_err(|formats| format!("{formats}, warc, feed")),
        }
    }

    /// Returns the format that the ending of a file's name says, as [`FileFormat::of`] does.
    pub fn of(path: &Path) -> Option<Self> {
        match ending(path)?.as_str() {
            "warc" | "wet" => Some(Self::Warc),
            "xml" | "rss" | "atom" | "rdf" => Some(Self::Feed),
            _ => FileFormat::of(path).map(Self::Rows),
        }
    }
}

/// Returns the ending of a file's name, in lower case, without that of a compressed file.
pub(super) fn ending(path: &Path) -> Option<String> {
    let name = path.file_name()?.to_str()?.to_ascii_lowercase();
    let (_, ending) = uncompressed(&name).rsplit_once('.')?;
    Some(ending.to_owned())
}

/// Returns a file's name, in lower case, without the ending of a compressed file.
pub(super) fn uncompressed(name: &str) -> &str {
    let plain = name
        .strip_suffix(".gz")
        .or_else(|| name.strip_suffix(".zst"));
    plain.unwrap_or(name)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_ending_says_the_format() {
        let check =
            |name: &str, expected| assert_eq!(FileFormat::of(Path::new(name)), expected, "{name}");
        check("dir.csv/a.jsonl", Some(FileFormat::Jsonl));
        check("a.NDJSON.zst", Some(FileFormat::Jsonl));
        check("a.csv", Some(FileFormat::Csv));
        check("a.b.csv.gz", Some(FileFormat::Csv));
        check("part-0.parquet", Some(FileFormat::Parquet));
        for other in ["-", "csv", "a.txt", "a.html.gz", "a.csv.bak", "a.gz"] {
            check(other, None);
        }
    }

    #[test]
    fn archives_and_feeds_are_input_only() {
        let check =
            |name: &str, expected| assert_eq!(InputFormat::of(Path::new(name)), expected, "{name}");
        for name in [
            "a.warc",
            "A.WARC.gz",
            "a.warc.zst",
            "a.warc.wet.gz",
            "a.wet",
        ] {
            check(name, Some(InputFormat::Warc));
        }
        for name in ["a.xml", "sitemap-news.xml.gz", "a.RSS", "a.atom", "a.rdf"] {
            check(name, Some(InputFormat::Feed));
        }
        check("a.csv", Some(InputFormat::Rows(FileFormat::Csv)));
        check("a.warc.wat.gz", None);
        assert_eq!(FileFormat::of(Path::new("a.warc.gz")), None);
        assert_eq!(
            InputFormat::parse("xml").unwrap_err(),
            "one of: jsonl, csv, parquet, warc, feed"
        );
    }
}
