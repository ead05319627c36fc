//! Reads CSV with a header (RFC 4180).

use std::io::{self, Read};
use std::iter;

use csv::{ByteRecord, ErrorKind, Reader, ReaderBuilder};
use serde_json::Value;

use super::super::lines::MAX_LINE_BYTES;
use super::super::{FieldNames, RecordPosition};
use super::{FileBytes, Records, invalid};
use crate::files::fields::{ArticleField, RecordFields};

/// Bytes that are read at once.
const BUFFER_BYTES: usize = 1 << 16;

/// Reads the header of CSV, and then its records.
///
/// # Errors
/// A header without the columns that are needed, or that cannot be read.
pub fn open(bytes: FileBytes, names: &FieldNames) -> io::Result<Records> {
    let mut csv = ReaderBuilder::new()
        .buffer_capacity(BUFFER_BYTES)
        .from_reader(LimitedBytes::new(bytes, MAX_LINE_BYTES));
    let header = csv.byte_headers().map_err(io::Error::from)?;
    let columns = header.iter().map(|name| String::from_utf8_lossy(name));
    let columns: Vec<String> = columns.map(|name| name.trim().to_owned()).collect();
    names.check_columns(&columns).map_err(invalid)?;
    let fields = columns.iter().map(|column| names.fields(column).collect());
    let fields: Vec<Vec<ArticleField>> = fields.collect();
    let (mut row, mut number) = (ByteRecord::new(), 0);
    let records = iter::from_fn(move || {
        let record = next_record(&mut csv, &mut row, &fields).transpose()?;
        // Its line is not known: a value may have several, and a reader of CSV passes over empty ones.
        number += 1;
        Some(record.map(|record| (RecordPosition::Row(number), record)))
    });
    Ok(Records {
        columns,
        may_lack_text: false,
        records: Box::new(records),
    })
}

/// Reads the next record; the inner `Err` says what is wrong with it.
fn next_record(
    csv: &mut Reader<LimitedBytes>,
    row: &mut ByteRecord,
    fields: &[Vec<ArticleField>],
) -> io::Result<Option<Result<RecordFields, String>>> {
    csv.get_mut().begin_record();
    match csv.read_byte_record(row) {
        Ok(false) => Ok(None),
        Ok(true) => Ok(Some(record(row, fields))),
        Err(error) => match error.kind() {
            ErrorKind::UnequalLengths {
                expected_len, len, ..
            } => {
                let why = format!("{len} values, but the header has {expected_len} columns");
                Ok(Some(Err(why)))
            }
            _ => Err(error.into()),
        },
    }
}

/// Takes the fields of a row. An empty value is an absent one.
fn record(row: &ByteRecord, fields: &[Vec<ArticleField>]) -> Result<RecordFields, String> {
    let mut record = RecordFields::default();
    for (value, fields) in row.iter().zip(fields) {
        let Some(first) = fields.first().filter(|_| !value.is_empty()) else {
            continue;
        };
        let text = str::from_utf8(value)
            .map_err(|_| format!("`{}` is not valid UTF-8", first.as_str()))?;
        record.set(fields.iter().copied(), Value::String(text.to_owned()));
    }
    Ok(record)
}

/// Bytes, with a limit on those of one record: behind a quote that is not closed, all that follows is one
/// record.
struct LimitedBytes {
    bytes: FileBytes,
    max: usize,
    left: usize,
}

impl LimitedBytes {
    fn new(bytes: FileBytes, max: usize) -> Self {
        Self {
            bytes,
            max,
            left: max,
        }
    }

    /// Allows another record.
    fn begin_record(&mut self) {
        self.left = self.max;
    }
}

impl Read for LimitedBytes {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        if self.left == 0 {
            let mib = self.max >> 20;
            return Err(invalid(format!(
                "the next record is longer than {mib} MiB; is a quote not closed?"
            )));
        }
        let end = buffer.len().min(self.left);
        let read = self.bytes.read(&mut buffer[..end])?;
        self.left -= read;
        Ok(read)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn rows(csv: &'static [u8]) -> io::Result<Records> {
        open(Box::new(csv), &FieldNames::default())
    }

    /// Checks the ids and texts of records, or what is wrong with them.
    #[track_caller]
    fn check(csv: &'static [u8], expected: &[Result<(&str, &str), &str>]) {
        let read: Vec<_> = rows(csv).unwrap().records.map(Result::unwrap).collect();
        assert_eq!(read.len(), expected.len(), "{read:?}");
        for ((position, read), (row, expected)) in read.into_iter().zip((1..).zip(expected)) {
            assert_eq!(position, RecordPosition::Row(row));
            let texts = read.map(|mut record| {
                let text =
                    |field: ArticleField| record.take(field).map_or(Value::default(), |text| text);
                [ArticleField::Id, ArticleField::Text].map(text)
            });
            let expected = expected.map(|(id, text)| [id, text].map(Value::from));
            assert_eq!(
                texts.as_ref().map_err(String::as_str),
                expected.as_ref().map_err(|why| *why)
            );
        }
    }

    #[test]
    fn quoted_values_may_span_lines() {
        check(
            b"\xef\xbb\xbfid,x,text\r\n1,y,\"a \"\"b\"\", c\nd\"\r\n\r\n2,z,e\r\n",
            &[Ok(("1", "a \"b\", c\nd")), Ok(("2", "e"))],
        );
    }

    #[test]
    fn a_bad_record_does_not_affect_the_next() {
        check(
            b"text,id\na,1\nb\nc\xff,3\nd,4,e\nf,5\n",
            &[
                Ok(("1", "a")),
                Err("1 values, but the header has 2 columns"),
                Err("`text` is not valid UTF-8"),
                Err("3 values, but the header has 2 columns"),
                Ok(("5", "f")),
            ],
        );
    }

    #[test]
    fn a_quote_that_is_not_closed_does_not_fill_the_memory() {
        let endless = io::Read::chain(&b"id,text\n1,\"a"[..], io::repeat(b'x'));
        let mut limited = LimitedBytes::new(Box::new(io::BufReader::new(endless)), 1 << 20);
        let mut read = Vec::new();
        let error = limited.read_to_end(&mut read).unwrap_err();
        assert!(error.to_string().contains("longer than 1 MiB"), "{error}");
        assert_eq!(read.len(), 1 << 20);
        limited.begin_record();
        assert_eq!(limited.read(&mut [0; 8]).unwrap(), 8);
    }

    #[test]
    fn a_header_without_a_text_lists_its_columns() {
        let error = rows(b"id,content\n1,a\n").err().unwrap().to_string();
        assert!(
            error.ends_with("the columns are `id`, `content`"),
            "{error}"
        );
    }
}
