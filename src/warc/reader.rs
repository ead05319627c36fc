//! The records of a file.

use std::io::{self, BufRead, Read, Seek};
use std::ops::Range;

use super::HeaderFields;
use super::members::Members;

/// The longest header of a record, in bytes.
const MAX_HEADER_BYTES: usize = 1 << 16;
/// The longest line that is read before it is known to be the first of a record.
const MAX_FIRST_LINE_BYTES: u64 = 64;

/// Where a record is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct RecordPlace {
    /// Its number in the file, from 1. What is damaged counts, too.
    pub number: u64,
    /// Where it begins in the file; for a compressed record, where its member does.
    pub offset: u64,
}

/// A record.
#[derive(Debug)]
pub struct WarcRecord {
    /// Where it is.
    pub place: RecordPlace,
    /// Its header.
    pub fields: HeaderFields,
    /// The bytes of its header, with the empty line at its end.
    pub header: Vec<u8>,
    /// Its block, up to the limit.
    pub block: Vec<u8>,
    /// The length of its block, in bytes.
    pub block_bytes: u64,
    /// The bytes of the file that have it and nothing else.
    pub span: Option<Range<u64>>,
}

impl WarcRecord {
    /// Returns its type: `response`, `revisit`.
    pub fn kind(&self) -> String {
        let kind = self.fields.get("WARC-Type").unwrap_or_default();
        kind.to_ascii_lowercase()
    }

    /// Returns the URL that it is about; empty without one. Some programs write it in angle brackets.
    pub fn target_uri(&self) -> &str {
        let uri = self.fields.get("WARC-Target-URI").unwrap_or_default();
        let inner = uri.strip_prefix('<').and_then(|uri| uri.strip_suffix('>'));
        inner.unwrap_or(uri)
    }

    /// Returns its time; empty without one.
    pub fn date(&self) -> &str {
        self.fields.get("WARC-Date").unwrap_or_default()
    }

    /// Whether the whole block was read.
    pub fn is_whole(&self) -> bool {
        self.block.len() as u64 == self.block_bytes
    }
}

/// Bytes that should be a record.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct DamagedRecord {
    /// Where they are.
    pub place: RecordPlace,
    /// What is wrong with them.
    pub why: String,
}

/// The records of a file, plain or compressed. The first bytes say which.
pub struct WarcReader<R> {
    members: Members<R>,
    number: u64,
    /// The first line of what follows in the member, which is read already.
    ahead: Option<FirstLine>,
}

/// What should be the first line of a record.
struct FirstLine {
    bytes: Vec<u8>,
    offset: u64,
    /// Bytes of line ends before it.
    line_ends: usize,
    /// Nothing is before it in its member.
    is_first: bool,
}

impl FirstLine {
    fn begins_record(&self) -> bool {
        self.bytes.starts_with(b"WARC/")
    }
}

/// The line ends behind every record.
const LINE_ENDS: usize = b"\r\n\r\n".len();

/// Why a record cannot be read.
enum RecordFault {
    /// The file cannot be read.
    Io(io::Error),
    /// It cannot be decompressed.
    Compressed(String),
    /// It is not as a record should be. If it is not compressed, the next one is looked for from this place on.
    Record { why: String, from: u64 },
}

impl From<io::Error> for RecordFault {
    fn from(error: io::Error) -> Self {
        // An error of the system has a number; one of a decoder has none.
        match error.raw_os_error() {
            Some(_) => Self::Io(error),
            None => Self::Compressed(format!("cannot be decompressed: {error}")),
        }
    }
}

impl<R: Read + Seek> WarcReader<R> {
    /// Begins a file.
    pub fn new(file: R) -> Self {
        Self {
            members: Members::new(file),
            number: 0,
            ahead: None,
        }
    }

    /// Returns how many bytes of the file were read.
    pub fn position(&self) -> u64 {
        self.members.position()
    }

    /// Whether the file is compressed, as far as it was read.
    pub fn is_compressed(&self) -> bool {
        self.members.is_compressed()
    }

    /// Returns the next record, with as much of its block as `limit` says, or what is wrong with it. `None` at
    /// the end.
    ///
    /// # Errors
    /// Those of the system.
    pub fn next(
        &mut self,
        limit: impl Fn(&HeaderFields) -> u64,
    ) -> io::Result<Option<Result<WarcRecord, DamagedRecord>>> {
        loop {
            let line = match self.ahead.take() {
                Some(line) => line,
                None => match self.first_line_of_member()? {
                    None => return Ok(None),
                    Some(Ok(None)) => continue,
                    Some(Ok(Some(line))) => line,
                    Some(Err(fault)) => return self.damaged(self.members.start(), fault),
                },
            };
            let offset = line.offset;
            if !line.begins_record() {
                let fault = RecordFault::Record {
                    why: "no record begins here".to_owned(),
                    from: offset + 1,
                };
                return self.damaged(offset, fault);
            }
            return match self.record(line, limit) {
                Ok(record) => Ok(Some(Ok(record))),
                Err(fault) => self.damaged(offset, fault),
            };
        }
    }

    /// Counts a record.
    fn place(&mut self, offset: u64) -> RecordPlace {
        self.number += 1;
        RecordPlace {
            number: self.number,
            offset,
        }
    }

    /// Counts a record that cannot be read, and finds the next one.
    fn damaged(
        &mut self,
        offset: u64,
        fault: RecordFault,
    ) -> io::Result<Option<Result<WarcRecord, DamagedRecord>>> {
        let why = match fault {
            RecordFault::Io(error) => return Err(error),
            RecordFault::Compressed(why) => {
                self.members.give_up()?;
                why
            }
            RecordFault::Record { why, from } => {
                self.members.seek_to(from)?;
                match self.find_record() {
                    Ok(line) => self.ahead = line,
                    Err(RecordFault::Io(error)) => return Err(error),
                    Err(_) => self.members.give_up()?,
                }
                why
            }
        };
        let place = self.place(offset);
        Ok(Some(Err(DamagedRecord { place, why })))
    }

    /// Goes to the next member, and reads the first line of its first record.
    fn first_line_of_member(
        &mut self,
    ) -> io::Result<Option<Result<Option<FirstLine>, RecordFault>>> {
        Ok(match self.members.next()? {
            None => None,
            Some(Err(why)) => Some(Err(RecordFault::Record {
                why,
                from: self.members.position(),
            })),
            Some(Ok(())) => Some(self.first_line(true)),
        })
    }

    /// Reads a line, and the line ends before it. `None` at the end of the member.
    fn first_line(&mut self, is_first: bool) -> Result<Option<FirstLine>, RecordFault> {
        let mut line_ends = 0;
        loop {
            let bytes = self.members.fill_buf()?;
            let Some(byte) = bytes.first() else {
                return Ok(None);
            };
            if !matches!(byte, b'\r' | b'\n') {
                break;
            }
            self.members.consume(1);
            line_ends += 1;
        }
        let offset = self.offset();
        let mut line = Vec::new();
        let mut start = self.members.by_ref().take(MAX_FIRST_LINE_BYTES);
        start.read_until(b'\n', &mut line)?;
        Ok(Some(FirstLine {
            bytes: line,
            offset,
            line_ends,
            is_first,
        }))
    }

    /// Reads on to a line that is the first of a record.
    fn find_record(&mut self) -> Result<Option<FirstLine>, RecordFault> {
        let (mut line, mut begins_line) = (Vec::new(), true);
        loop {
            let offset = self.offset();
            line.clear();
            let mut part = self.members.by_ref().take(MAX_FIRST_LINE_BYTES);
            if part.read_until(b'\n', &mut line)? == 0 {
                return Ok(None);
            }
            if begins_line && line.starts_with(b"WARC/1.") {
                return Ok(Some(FirstLine {
                    bytes: line,
                    offset,
                    line_ends: 0,
                    is_first: false,
                }));
            }
            begins_line = line.ends_with(b"\n");
        }
    }

    /// Returns where the next byte is in the file; for a compressed one, where its member begins.
    fn offset(&self) -> u64 {
        match self.members.is_compressed() {
            true => self.members.start(),
            false => self.members.position(),
        }
    }

    fn record(
        &mut self,
        line: FirstLine,
        limit: impl Fn(&HeaderFields) -> u64,
    ) -> Result<WarcRecord, RecordFault> {
        let header = self.header(line.bytes)?;
        let from = self.offset();
        let fault = |why: String| RecordFault::Record { why, from };
        let fields = HeaderFields::parse(&header);
        let length = fields.get("Content-Length").unwrap_or_default();
        let block_bytes: u64 = length
            .parse()
            .map_err(|_| fault("its Content-Length is not a number".to_owned()))?;
        let mut block = Vec::new();
        let mut bytes = self.members.by_ref().take(block_bytes);
        let wanted = limit(&fields);
        bytes.by_ref().take(wanted).read_to_end(&mut block)?;
        io::copy(&mut bytes, &mut io::sink())?;
        let missing = bytes.limit();
        if missing > 0 {
            return Err(fault(format!(
                "its Content-Length is {block_bytes}, and {missing} bytes of that are missing"
            )));
        }
        let next = self.first_line(false)?;
        let is_end = |next: &FirstLine| next.begins_record() || next.line_ends >= LINE_ENDS;
        if !next.as_ref().is_none_or(is_end) {
            let why = format!("no record ends where its Content-Length, {block_bytes}, says");
            return Err(fault(why));
        }
        let span = match (&next, self.members.is_compressed()) {
            (Some(next), false) => Some(line.offset..next.offset),
            (None, false) => Some(line.offset..self.members.position()),
            (None, true) if line.is_first => Some(line.offset..self.members.position()),
            (_, true) => None,
        };
        self.ahead = next;
        Ok(WarcRecord {
            place: self.place(line.offset),
            fields,
            header,
            block,
            block_bytes,
            span,
        })
    }

    /// Reads a header whose first line is read.
    fn header(&mut self, mut header: Vec<u8>) -> Result<Vec<u8>, RecordFault> {
        let fault = |why: &str, from| RecordFault::Record {
            why: why.to_owned(),
            from,
        };
        let mut line_start = 0;
        loop {
            if header.ends_with(b"\n") {
                if header[line_start..].trim_ascii().is_empty() {
                    return Ok(header);
                }
                line_start = header.len();
            }
            let limit = MAX_HEADER_BYTES.saturating_sub(header.len()) as u64;
            let mut bytes = self.members.by_ref().take(limit);
            if bytes.read_until(b'\n', &mut header)? == 0 {
                let why = match limit {
                    0 => "its header is longer than 64 KiB",
                    _ => "it ends within its header",
                };
                return Err(fault(why, self.offset()));
            }
        }
    }
}
