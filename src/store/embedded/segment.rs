//! One file of the journal: its header, its records, and how they are told from damage.
//!
//! A record is `length u32 | crc u32 | sequence u64 | payload`; `docs/format.md` has every byte.

use std::fs::File;
use std::io::{BufReader, Read, Seek, SeekFrom};
use std::path::{Path, PathBuf};

use super::{files, le_u32, le_u64};
use crate::store::{Error, Result};

/// Bytes of a segment's header.
pub(super) const HEADER_BYTES: u64 = 36;
/// Bytes of a record before its payload.
pub(super) const RECORD_BYTES: u64 = 16;
/// Longest payload: what a length can say without asking for absurd memory.
pub(super) const MAX_PAYLOAD_BYTES: usize = 256 << 20;

const MAGIC: &[u8; 8] = b"WCJRNL\0\0";
const VERSION: u32 = 1;

/// What a segment says of itself.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Header {
    /// Sequence number of its first record.
    pub first: u64,
    /// Bytes of all segments before it: tells that one of them is missing or cut.
    pub before: u64,
    /// Hash over the checksums of all records before it.
    pub chain: u32,
}

/// Returns the file name of the segment that begins with a record.
pub(super) fn name(first: u64) -> String {
    format!("{first:020}.journal")
}

/// Returns the first record that a file name promises; `None` for other files.
pub(super) fn first_of(name: &str) -> Option<u64> {
    name.strip_suffix(".journal")
        .filter(|digits| digits.len() == 20)?
        .parse()
        .ok()
}

impl Header {
    /// Returns the header's bytes.
    pub(super) fn encode(&self) -> Vec<u8> {
        let mut bytes = MAGIC.to_vec();
        bytes.extend(VERSION.to_le_bytes());
        bytes.extend(self.chain.to_le_bytes());
        bytes.extend(self.first.to_le_bytes());
        bytes.extend(self.before.to_le_bytes());
        bytes.extend(crc32c::crc32c(&bytes).to_le_bytes());
        bytes
    }

    /// Reads the header of a segment whose name promises `first`.
    pub(super) fn read(path: &Path, file: &mut impl Read, first: u64) -> Result<Self> {
        let mut bytes = [0; HEADER_BYTES as usize];
        let why = match file.read_exact(&mut bytes) {
            Err(error) if error.kind() == std::io::ErrorKind::UnexpectedEof => {
                "the header is cut short"
            }
            Err(error) => return Err(files::failed("read", path)(error)),
            Ok(()) if &bytes[..8] != MAGIC => "not a journal segment",
            Ok(()) if le_u32(&bytes[32..]) != crc32c::crc32c(&bytes[..32]) => {
                "the header's checksum does not hold"
            }
            Ok(()) if le_u32(&bytes[8..12]) != VERSION => {
                return Err(Error::Mismatch {
                    path: path.to_owned(),
                    name: "journal version".to_owned(),
                    stored: le_u32(&bytes[8..12]).to_string(),
                    given: VERSION.to_string(),
                });
            }
            Ok(()) if le_u64(&bytes[16..24]) != first => {
                "the header does not agree with the file's name"
            }
            Ok(()) => {
                return Ok(Self {
                    first,
                    before: le_u64(&bytes[24..32]),
                    chain: le_u32(&bytes[12..16]),
                });
            }
        };
        Err(Error::Damaged {
            path: path.to_owned(),
            offset: 0,
            why: why.to_owned(),
        })
    }
}

/// Writes a record into a buffer and returns its checksum.
pub(super) fn encode_record(buffer: &mut Vec<u8>, sequence: u64, payload: &[u8]) -> u32 {
    let crc = checksum(sequence, payload);
    buffer.clear();
    buffer.extend((payload.len() as u32).to_le_bytes());
    buffer.extend(crc.to_le_bytes());
    buffer.extend(sequence.to_le_bytes());
    buffer.extend(payload);
    crc
}

/// Returns a record's payload if the bytes are the whole record of that checksum.
pub(super) fn payload_of(record: &[u8]) -> Option<&[u8]> {
    let (head, payload) = record.split_at_checked(RECORD_BYTES as usize)?;
    let whole = le_u32(head) as usize == payload.len()
        && le_u32(&head[4..8]) == checksum(le_u64(&head[8..]), payload);
    whole.then_some(payload)
}

/// Adds a record's checksum to the hash over all before it.
pub(super) fn link(chain: u32, crc: u32) -> u32 {
    crc32c::crc32c_append(chain, &crc.to_le_bytes())
}

fn checksum(sequence: u64, payload: &[u8]) -> u32 {
    let head = crc32c::crc32c_append(
        crc32c::crc32c(&(payload.len() as u32).to_le_bytes()),
        &sequence.to_le_bytes(),
    );
    crc32c::crc32c_append(head, payload)
}

/// A whole record.
pub(super) struct Record {
    /// Its number.
    pub sequence: u64,
    /// Its checksum.
    pub crc: u32,
    /// Where it begins in the segment.
    pub offset: u64,
    /// The entry.
    pub payload: Vec<u8>,
}

/// What comes next in a segment.
pub(super) enum Step {
    /// A whole record of the expected number.
    Record(Record),
    /// The end of the file, right after a record.
    End,
    /// Bytes that end before the record does.
    Torn(&'static str),
    /// Bytes that are a whole record's, and are not right.
    Bad(&'static str),
}

/// Reads a segment from its header on.
pub(super) struct Reader {
    /// The file's name, for messages.
    pub path: PathBuf,
    /// The header.
    pub header: Header,
    /// Where the next record begins.
    pub offset: u64,
    /// Number of the next record.
    pub next: u64,
    end: u64,
    file: BufReader<File>,
}

impl Reader {
    /// Opens a segment at its first record.
    pub(super) fn open(dir: &Path, first: u64) -> Result<Self> {
        let path = dir.join(name(first));
        let file = File::open(&path).map_err(files::failed("open", &path))?;
        let end = file.metadata().map_err(files::failed("read", &path))?.len();
        let mut file = BufReader::with_capacity(256 << 10, file);
        let header = Header::read(&path, &mut file, first)?;
        Ok(Self {
            path,
            header,
            offset: HEADER_BYTES,
            next: first,
            end,
            file,
        })
    }

    /// Goes to a record further on.
    pub(super) fn skip_to(&mut self, offset: u64, next: u64) -> Result<()> {
        self.file
            .seek(SeekFrom::Start(offset))
            .map_err(files::failed("read", &self.path))?;
        (self.offset, self.next) = (offset, next);
        Ok(())
    }

    /// Reads the next record.
    pub(super) fn step(&mut self) -> Result<Step> {
        let left = self.end - self.offset;
        if left == 0 {
            return Ok(Step::End);
        }
        if left < RECORD_BYTES {
            return Ok(Step::Torn("a record's head is cut short"));
        }
        let mut head = [0; RECORD_BYTES as usize];
        self.file
            .read_exact(&mut head)
            .map_err(files::failed("read", &self.path))?;
        let length = le_u32(&head) as usize;
        let (crc, sequence) = (le_u32(&head[4..8]), le_u64(&head[8..]));
        if length > MAX_PAYLOAD_BYTES || length as u64 > left - RECORD_BYTES {
            return Ok(Step::Torn("a record is longer than the file"));
        }
        let mut payload = vec![0; length];
        self.file
            .read_exact(&mut payload)
            .map_err(files::failed("read", &self.path))?;
        if crc != checksum(sequence, &payload) {
            return Ok(Step::Bad("a record's checksum does not hold"));
        }
        if sequence != self.next {
            return Ok(Step::Bad("a record is missing before this one"));
        }
        let offset = self.offset;
        self.offset += RECORD_BYTES + length as u64;
        self.next += 1;
        Ok(Step::Record(Record {
            sequence,
            crc,
            offset,
            payload,
        }))
    }

    /// Tells whether a whole record of a later number stands anywhere behind the current place.
    pub(super) fn has_later_record(&mut self) -> Result<bool> {
        let mut rest = Vec::new();
        self.file
            .seek(SeekFrom::Start(self.offset))
            .and_then(|_| self.file.read_to_end(&mut rest))
            .map_err(files::failed("read", &self.path))?;
        let most = self.next + rest.len() as u64 / RECORD_BYTES;
        Ok(
            (0..rest.len().saturating_sub(RECORD_BYTES as usize - 1)).any(|at| {
                let length = le_u32(&rest[at..at + 4]) as usize;
                let sequence = le_u64(&rest[at + 8..at + 16]);
                let end = at + RECORD_BYTES as usize + length;
                (self.next..=most).contains(&sequence)
                    && end <= rest.len()
                    && payload_of(&rest[at..end]).is_some()
            }),
        )
    }

    /// Bytes of the file.
    pub(super) fn file_bytes(&self) -> u64 {
        self.end
    }
}
