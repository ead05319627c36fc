//! A file of the journal: its header, its records, and how damage is recognized.
//!
//! A record is `length u32 | crc u32 | sequence u64 | payload`; `docs/format.md` has every byte. Its
//! payload is a frame of entries; in segments of the first version, an entry.

use std::fs::File;
use std::io::{self, BufReader, Read, Seek, SeekFrom};
use std::path::{Path, PathBuf};

use super::{RecordLocation, files, frame, le_u32, le_u64};
use crate::store::{Error, Result};

/// Bytes of a segment's header.
pub const SEGMENT_HEADER_BYTES: u64 = 36;
/// Bytes of a record before its payload.
pub const RECORD_HEADER_BYTES: u64 = 16;
/// Longest payload: bounds the memory that a damaged length can ask for.
pub const MAX_PAYLOAD_BYTES: usize = 256 << 20;

const MAGIC: &[u8; 8] = b"WCJRNL\0\0";
/// The version that is written.
pub const VERSION: u32 = 2;
/// The version of segments whose records have one entry each, as it is.
const OF_ENTRIES: u32 = 1;

pub struct SegmentHeader {
    pub version: u32,
    /// Sequence number of its first record.
    pub first: u64,
    /// Bytes of all segments before it: reveals that one of them is missing or cut.
    pub before: u64,
    /// Hash over the checksums of all records before it.
    pub chain: u32,
}

pub fn name(first: u64) -> String {
    format!("{first:020}.journal")
}

/// Returns the number of the first record from a file name; `None` for other files.
pub fn first_of(name: &str) -> Option<u64> {
    let digits = name.strip_suffix(".journal")?;
    (digits.len() == 20).then(|| digits.parse().ok())?
}

impl SegmentHeader {
    pub fn encode(&self) -> Vec<u8> {
        let (version, chain) = (self.version.to_le_bytes(), self.chain.to_le_bytes());
        let (first, before) = (self.first.to_le_bytes(), self.before.to_le_bytes());
        let mut bytes = [&MAGIC[..], &version, &chain, &first, &before].concat();
        bytes.extend(crc32c::crc32c(&bytes).to_le_bytes());
        bytes
    }

    /// Reads the header of the segment that is named after `first`.
    pub fn read(path: &Path, file: &mut impl Read, first: u64) -> Result<Self> {
        let mut bytes = [0; SEGMENT_HEADER_BYTES as usize];
        let why = match file.read_exact(&mut bytes) {
            Err(error) if error.kind() == io::ErrorKind::UnexpectedEof => "the header is cut short",
            Err(error) => return Err(files::failed("read", path)(error)),
            Ok(()) if &bytes[..8] != MAGIC => "not a journal segment",
            Ok(()) if le_u32(&bytes[32..]) != crc32c::crc32c(&bytes[..32]) => {
                "the header's checksum does not match"
            }
            Ok(()) if !(OF_ENTRIES..=VERSION).contains(&le_u32(&bytes[8..])) => {
                let stored = le_u32(&bytes[8..]);
                return Err(files::mismatch(path, "journal version", stored, VERSION));
            }
            Ok(()) if le_u64(&bytes[16..]) != first => "the header contradicts the file's name",
            Ok(()) => {
                return Ok(Self {
                    version: le_u32(&bytes[8..]),
                    first,
                    before: le_u64(&bytes[24..]),
                    chain: le_u32(&bytes[12..]),
                });
            }
        };
        Err(files::damaged(path, 0, why))
    }
}

/// Returns the number of entries of a record; `None` if it has none.
fn count(version: u32, payload: &[u8]) -> Option<u8> {
    match version {
        OF_ENTRIES => Some(1),
        _ => frame::count(payload),
    }
}

/// Returns the entries of a record in a segment of this version; `None` if they cannot be unpacked.
pub fn unpack(version: u32, payload: &[u8]) -> Option<Vec<Vec<u8>>> {
    match version {
        OF_ENTRIES => Some(vec![payload.to_vec()]),
        _ => frame::unpack(payload),
    }
}

/// Encodes a record. Returns it and its checksum.
pub fn encode_record(sequence: u64, payload: &[u8]) -> (Vec<u8>, u32) {
    let (length, crc) = (payload.len() as u32, checksum(sequence, payload));
    let (length, sums) = (length.to_le_bytes(), crc.to_le_bytes());
    let record = [&length[..], &sums, &sequence.to_le_bytes(), payload].concat();
    (record, crc)
}

/// Returns the payload of a record, if its length and checksum match.
pub fn payload_of(record: &[u8]) -> Option<&[u8]> {
    let (header, payload) = record.split_at_checked(RECORD_HEADER_BYTES as usize)?;
    let is_whole = le_u32(header) as usize == payload.len()
        && le_u32(&header[4..]) == checksum(le_u64(&header[8..]), payload);
    is_whole.then_some(payload)
}

fn checksum(sequence: u64, payload: &[u8]) -> u32 {
    let length = crc32c::crc32c(&(payload.len() as u32).to_le_bytes());
    let header = crc32c::crc32c_append(length, &sequence.to_le_bytes());
    crc32c::crc32c_append(header, payload)
}

/// A whole record.
pub struct Record {
    pub location: RecordLocation,
    /// The segment's.
    version: u32,
    pub crc: u32,
    /// Sequence number of its first entry.
    pub first: u64,
    /// Number of its entries.
    pub count: u8,
    pub payload: Vec<u8>,
}

impl Record {
    /// Returns the entries; `None` if they cannot be unpacked.
    pub fn entries(&self) -> Option<Vec<Vec<u8>>> {
        unpack(self.version, &self.payload)
    }
}

/// What comes next in a segment.
pub enum NextRecord {
    /// A record with the expected sequence number.
    Record(Record),
    /// The end of the file, right after a record.
    End,
    /// The file ends before the record does.
    Torn(&'static str),
    /// The record is long enough, but wrong.
    Bad(&'static str),
}

/// Reads the records of a segment.
pub struct SegmentReader {
    pub path: PathBuf,
    pub header: SegmentHeader,
    /// Where the next record begins.
    pub offset: u64,
    /// Sequence number of the next record.
    pub next: u64,
    /// Size of the file.
    pub end: u64,
    file: BufReader<File>,
}

impl SegmentReader {
    /// Opens a segment at its first record.
    pub fn open(dir: &Path, first: u64) -> Result<Self> {
        let path = dir.join(name(first));
        let file = File::open(&path).map_err(files::failed("open", &path))?;
        let end = file.metadata().map_err(files::failed("read", &path))?.len();
        let mut file = BufReader::with_capacity(256 << 10, file);
        let header = SegmentHeader::read(&path, &mut file, first)?;
        Ok(Self {
            path,
            header,
            offset: SEGMENT_HEADER_BYTES,
            next: first,
            end,
            file,
        })
    }

    /// Skips to the record number `next`, which begins at `offset`.
    pub fn skip_to(&mut self, offset: u64, next: u64) -> Result<()> {
        let sought = self.file.seek(SeekFrom::Start(offset));
        sought.map_err(files::failed("read", &self.path))?;
        (self.offset, self.next) = (offset, next);
        Ok(())
    }

    pub fn next(&mut self) -> Result<NextRecord> {
        let left = self.end - self.offset;
        if left == 0 {
            return Ok(NextRecord::End);
        }
        if left < RECORD_HEADER_BYTES {
            return Ok(NextRecord::Torn("a record's header is cut short"));
        }
        let mut header = [0; RECORD_HEADER_BYTES as usize];
        self.read(&mut header)?;
        let length = le_u32(&header) as usize;
        if length > MAX_PAYLOAD_BYTES || length as u64 > left - RECORD_HEADER_BYTES {
            return Ok(NextRecord::Torn("a record is longer than the file"));
        }
        let mut payload = vec![0; length];
        self.read(&mut payload)?;
        let (crc, sequence) = (le_u32(&header[4..]), le_u64(&header[8..]));
        if crc != checksum(sequence, &payload) {
            return Ok(NextRecord::Bad("a record's checksum does not match"));
        }
        if sequence != self.next {
            return Ok(NextRecord::Bad("a record is missing before this one"));
        }
        let version = self.header.version;
        let Some(count) = count(version, &payload) else {
            return Ok(NextRecord::Bad("a record has no entries"));
        };
        let location = RecordLocation {
            segment: self.header.first,
            offset: self.offset,
            length: RECORD_HEADER_BYTES as u32 + length as u32,
        };
        self.offset = location.end();
        self.next += u64::from(count);
        Ok(NextRecord::Record(Record {
            location,
            version,
            crc,
            first: sequence,
            count,
            payload,
        }))
    }

    /// Returns whether a whole record with a later number begins anywhere after the current offset.
    pub fn has_later_record(&mut self) -> Result<bool> {
        let rest = self.rest()?;
        Ok(self.later_records(&rest).next().is_some())
    }

    /// Returns the number of the last entry of the last whole record that begins anywhere after the
    /// current offset.
    pub fn last_later_entry(&mut self) -> Result<Option<u64>> {
        let rest = self.rest()?;
        Ok(self.later_records(&rest).max())
    }

    /// Reads all bytes from the current offset on.
    fn rest(&mut self) -> Result<Vec<u8>> {
        let mut rest = Vec::new();
        self.file
            .seek(SeekFrom::Start(self.offset))
            .and_then(|_| self.file.read_to_end(&mut rest))
            .map_err(files::failed("read", &self.path))?;
        Ok(rest)
    }

    /// Returns the numbers of the last entries of the whole records with later numbers that begin anywhere
    /// in `rest`.
    fn later_records<'r>(&self, rest: &'r [u8]) -> impl Iterator<Item = u64> + use<'r> {
        const HEADER: usize = RECORD_HEADER_BYTES as usize;
        let (next, version) = (self.next, self.header.version);
        let max = next + rest.len() as u64 / RECORD_HEADER_BYTES * u64::from(u8::MAX);
        let starts = 0..rest.len().saturating_sub(HEADER - 1);
        starts.filter_map(move |at| {
            let sequence = le_u64(&rest[at + 8..]);
            let end = at + HEADER + le_u32(&rest[at..]) as usize;
            if !(next..=max).contains(&sequence) || end > rest.len() {
                return None;
            }
            let payload = payload_of(&rest[at..end])?;
            let entries = count(version, payload).unwrap_or(1);
            Some(sequence + u64::from(entries) - 1)
        })
    }

    /// Returns the error for damage at the current offset.
    pub fn damaged(&self, why: &str) -> Error {
        files::damaged(&self.path, self.offset, why)
    }

    fn read(&mut self, bytes: &mut [u8]) -> Result<()> {
        let read = self.file.read_exact(bytes);
        read.map_err(files::failed("read", &self.path))
    }
}
