//! A file of the journal: its header, its records, and how damage is recognized.
//!
//! A record is `length u32 | crc u32 | sequence u64 | payload`; `docs/format.md` has every byte. Its
//! payload is a frame of entries; in segments of the first version, an entry; in compacted ones, entries
//! that stand behind their addresses.

use std::fs::File;
use std::io::{self, BufReader, Read, Seek, SeekFrom};
use std::path::{Path, PathBuf};

use super::compacted::{self, CompactedHeader};
use super::{EntryLocation, RecordLocation, files, frame, le_u32, le_u64};
use crate::store::{Error, Result};

/// Bytes of a segment's header.
pub const SEGMENT_HEADER_BYTES: u64 = 36;
/// Bytes of a record before its payload.
pub const RECORD_HEADER_BYTES: u64 = 16;
/// Longest payload: bounds the memory that a damaged length can ask for.
pub const MAX_PAYLOAD_BYTES: usize = 256 << 20;

const MAGIC: &[u8; 8] = b"WCJRNL\0\0";
/// The version that is appended to.
pub const VERSION: u32 = 2;
/// The version of compacted segments.
pub const COMPACTED: u32 = 3;
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
    /// What a compacted segment stands for.
    pub compacted: Option<CompactedHeader>,
}

/// The name of a segment's file.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub struct SegmentName {
    /// Sequence number of its first entry.
    pub first: u64,
    /// Of a compacted segment: that of the last entry that it stands for.
    pub last: Option<u64>,
}

impl SegmentName {
    /// Returns the name of a segment that is appended to.
    pub fn plain(first: u64) -> Self {
        Self { first, last: None }
    }

    pub fn file(self) -> String {
        let first = self.first;
        match self.last {
            None => format!("{first:020}.journal"),
            Some(last) => format!("{first:020}-{last:020}.journal"),
        }
    }

    /// Reads a file name; `None` for other files.
    pub fn parse(name: &str) -> Option<Self> {
        let number = |digits: &str| (digits.len() == 20).then(|| digits.parse().ok())?;
        let numbers = name.strip_suffix(".journal")?;
        let (first, last) = match numbers.split_once('-') {
            Some((first, last)) => (first, Some(number(last)?)),
            None => (numbers, None),
        };
        let first = number(first)?;
        last.is_none_or(|last| last >= first)
            .then_some(Self { first, last })
    }

    /// Whether this is a compacted segment that stands for another, too.
    pub fn stands_for(self, other: Self) -> bool {
        let to = other.last.unwrap_or(other.first);
        self != other
            && (self.last)
                .is_some_and(|last| (self.first..=last).contains(&other.first) && to <= last)
    }
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
    pub fn read(path: &Path, file: &mut impl Read, name: SegmentName) -> Result<Self> {
        let mut bytes = [0; SEGMENT_HEADER_BYTES as usize];
        let why = match file.read_exact(&mut bytes) {
            Err(error) if error.kind() == io::ErrorKind::UnexpectedEof => "the header is cut short",
            Err(error) => return Err(files::failed("read", path)(error)),
            Ok(()) if &bytes[..8] != MAGIC => "not a journal segment",
            Ok(()) if le_u32(&bytes[32..]) != crc32c::crc32c(&bytes[..32]) => {
                "the header's checksum does not match"
            }
            Ok(()) if !(OF_ENTRIES..=COMPACTED).contains(&le_u32(&bytes[8..])) => {
                let stored = le_u32(&bytes[8..]);
                return Err(files::mismatch(path, "journal version", stored, COMPACTED));
            }
            Ok(())
                if le_u64(&bytes[16..]) != name.first
                    || (le_u32(&bytes[8..]) == COMPACTED) != name.last.is_some() =>
            {
                "the header contradicts the file's name"
            }
            Ok(()) => {
                let last = name.last;
                let compacted = last.map(|last| CompactedHeader::read(path, file, last));
                return Ok(Self {
                    version: le_u32(&bytes[8..]),
                    first: name.first,
                    before: le_u64(&bytes[24..]),
                    chain: le_u32(&bytes[12..]),
                    compacted: compacted.transpose()?,
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

/// Returns one entry of a record in a segment of this version; `None` if there is none.
pub fn unpack_one(version: u32, payload: Vec<u8>, place: u8) -> Option<Vec<u8>> {
    match version {
        OF_ENTRIES => (place == 0).then_some(payload),
        _ => frame::unpack_one(&payload, place),
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
fn payload_of(record: &[u8]) -> Option<&[u8]> {
    let (header, payload) = record.split_at_checked(RECORD_HEADER_BYTES as usize)?;
    let is_whole = le_u32(header) as usize == payload.len()
        && le_u32(&header[4..]) == checksum(le_u64(&header[8..]), payload);
    is_whole.then_some(payload)
}

/// Takes the payload out of a record, if its length and checksum match.
pub fn into_payload(mut record: Vec<u8>) -> Option<Vec<u8>> {
    payload_of(&record)?;
    record.drain(..RECORD_HEADER_BYTES as usize);
    Some(record)
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
    /// Returns the entries and their addresses; `None` if they cannot be unpacked.
    pub fn entries(&self) -> Option<Vec<(EntryLocation, Vec<u8>)>> {
        let entries = unpack(self.version, &self.payload)?.into_iter();
        if self.version == COMPACTED {
            return entries.map(compacted::split_address).collect();
        }
        let record = self.location;
        let addressed = (0..).zip(entries);
        let addressed = addressed.map(|(place, entry)| (EntryLocation { record, place }, entry));
        Some(addressed.collect())
    }

    /// Returns the sequence number of its last entry.
    pub fn last(&self) -> u64 {
        self.first + u64::from(self.count) - 1
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
    /// Size of the file; of a compacted segment, where its records end.
    pub end: u64,
    file: BufReader<File>,
}

impl SegmentReader {
    /// Opens a segment at its first record.
    pub fn open(dir: &Path, name: SegmentName) -> Result<Self> {
        let path = dir.join(name.file());
        let file = File::open(&path).map_err(files::failed("open", &path))?;
        let bytes = file.metadata().map_err(files::failed("read", &path))?.len();
        let mut file = BufReader::with_capacity(256 << 10, file);
        let header = SegmentHeader::read(&path, &mut file, name)?;
        let (mut offset, mut end) = (SEGMENT_HEADER_BYTES, bytes);
        if let Some(compacted) = &header.compacted {
            (offset, end) = (compacted::HEADER_BYTES, compacted.records_end);
            if compacted.file_bytes != bytes {
                return Err(files::damaged(&path, bytes, "the segment has lost bytes"));
            }
        }
        Ok(Self {
            path,
            header,
            offset,
            next: name.first,
            end,
            file,
        })
    }

    /// Returns how many bytes of the journal there are up to the end of the segment: those that it stands
    /// for, if it is compacted.
    pub fn journal_end(&self) -> u64 {
        let compacted = self.header.compacted.as_ref();
        compacted.map_or(self.header.before + self.end, |one| one.journal_end)
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
        let is_next = match self.header.version {
            // What is gone has left gaps.
            COMPACTED => sequence >= self.next,
            _ => sequence == self.next,
        };
        if !is_next {
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
        self.next = sequence + u64::from(count);
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
