//! The journal: every entry ever staged, in order, in segment files that are only appended to. It is
//! the truth; everything else can be rebuilt from it.

mod segment;
mod syncer;

use std::collections::BTreeMap;
use std::fs::{self, File};
use std::io;
use std::os::unix::fs::FileExt;
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex, PoisonError};

use serde::{Deserialize, Serialize};

use self::segment::{MAX_PAYLOAD_BYTES, NextRecord, RECORD_HEADER_BYTES};
use self::segment::{SEGMENT_HEADER_BYTES, SegmentHeader, SegmentReader};
pub use self::syncer::Syncer;
use super::{files, le_u32, le_u64};
use crate::store::{Error, Result};

const FIRST_SEGMENT: u64 = 1;

/// A position in the journal: right after a record, or at the start.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct JournalPosition {
    /// Sequence number of that record; 0 at the start.
    pub sequence: u64,
    /// The record's segment, named by the sequence number of its first record.
    pub segment: u64,
    /// Where the record ends in the segment.
    pub offset: u64,
    /// Hash over the checksums of all records up to here.
    pub chain: u32,
}

impl JournalPosition {
    /// Returns the position before the first record of a segment.
    fn at_segment(first: u64, chain: u32) -> Self {
        Self {
            sequence: first - 1,
            segment: first,
            offset: SEGMENT_HEADER_BYTES,
            chain,
        }
    }

    /// Returns the position after the next record.
    fn after(self, record: RecordLocation, crc: u32) -> Self {
        Self {
            sequence: self.sequence + 1,
            segment: record.segment,
            offset: record.end(),
            chain: crc32c::crc32c_append(self.chain, &crc.to_le_bytes()),
        }
    }
}

impl Default for JournalPosition {
    /// Returns the position before the first record.
    fn default() -> Self {
        Self::at_segment(FIRST_SEGMENT, 0)
    }
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct RecordLocation {
    pub segment: u64,
    /// Where the record begins in it.
    pub offset: u64,
    /// Bytes of the whole record.
    pub length: u32,
}

impl RecordLocation {
    fn end(self) -> u64 {
        self.offset + u64::from(self.length)
    }
}

/// The journal's end, where records are appended.
pub struct Journal {
    dir: PathBuf,
    file: Arc<File>,
    path: PathBuf,
    /// Bytes of all segments before the current one.
    before: u64,
    /// The position after the last record.
    pub end: JournalPosition,
    buffer: Vec<u8>,
    /// A failed append left the file's end unknown: the journal cannot go on.
    pub is_broken: bool,
}

impl Journal {
    /// Creates an empty journal. One that exists and was never written to is kept.
    pub fn create(dir: &Path) -> Result<()> {
        let firsts = segments(dir)?;
        if firsts.is_empty() {
            return Self::begin(dir, JournalPosition::default(), 0).map(drop);
        }
        let path = dir.join(segment::name(FIRST_SEGMENT));
        let metadata = fs::metadata(&path).map_err(files::failed("read", &path))?;
        if firsts.len() > 1 || metadata.len() > SEGMENT_HEADER_BYTES {
            let why = "a journal is here, but the store's shape file is missing";
            return Err(files::damaged(dir, 0, why));
        }
        Ok(())
    }

    /// Checks the journal from a position on and opens its end for appending.
    ///
    /// A torn tail is cut: records that were not yet durable, judging by the number `durable` and the
    /// records behind them. All other damage is refused. What is left is durable.
    pub fn open(dir: &Path, from: JournalPosition, durable: u64) -> Result<Self> {
        let firsts = segments(dir)?;
        let Some(&last) = firsts.last() else {
            return Err(files::damaged(dir, 0, "the journal has no segments"));
        };
        check_sizes(dir, &firsts)?;
        if !firsts.contains(&from.segment) {
            let sequence = from.sequence;
            let why = format!("the journal ends before entry {sequence}");
            return Err(Error::Index(why));
        }
        let mut end = from;
        for &first in firsts.iter().filter(|&&first| first >= from.segment) {
            let mut reader = SegmentReader::open(dir, first)?;
            end = check_segment(&mut reader, end, from, (first == last).then_some(durable))?;
        }
        let path = dir.join(segment::name(end.segment));
        let file = open_segment(&path)?;
        let metadata = file.metadata().map_err(files::failed("read", &path))?;
        if metadata.len() > end.offset {
            let cut = file.set_len(end.offset).and_then(|()| file.sync_all());
            cut.map_err(files::failed("cut", &path))?;
        }
        // What an earlier process wrote without syncing is treated as durable from now on.
        file.sync_data().map_err(files::failed("sync", &path))?;
        let before = SegmentHeader::read(&path, &mut &file, end.segment)?.before;
        Ok(Self::at(dir, path, file, before, end))
    }

    fn at(dir: &Path, path: PathBuf, file: File, before: u64, end: JournalPosition) -> Self {
        Self {
            dir: dir.to_owned(),
            file: Arc::new(file),
            path,
            before,
            end,
            buffer: Vec::new(),
            is_broken: false,
        }
    }

    /// Returns the file of the last record, its path, and the record's number.
    pub fn last(&self) -> (Arc<File>, PathBuf, u64) {
        (self.file.clone(), self.path.clone(), self.end.sequence)
    }

    pub fn bytes(&self) -> u64 {
        self.before + self.end.offset
    }

    /// Returns whether the current segment has a record and at least `max_bytes`.
    pub fn is_segment_full(&self, max_bytes: u64) -> bool {
        self.end.offset >= max_bytes && self.end.offset > SEGMENT_HEADER_BYTES
    }

    /// Appends a record. After an error the journal is unchanged, unless it is
    /// [broken](Self::is_broken).
    pub fn append(&mut self, payload: &[u8]) -> Result<RecordLocation> {
        let failed = files::failed("append to", &self.path);
        if payload.len() > MAX_PAYLOAD_BYTES {
            let why = "the entry is too large";
            return Err(failed(io::Error::new(io::ErrorKind::InvalidInput, why)));
        }
        let end = self.end;
        let crc = segment::encode_record(&mut self.buffer, end.sequence + 1, payload);
        if let Err(error) = self.file.write_all_at(&self.buffer, end.offset) {
            self.is_broken = self.file.set_len(end.offset).is_err();
            return Err(failed(error));
        }
        let location = RecordLocation {
            segment: end.segment,
            offset: end.offset,
            length: self.buffer.len() as u32,
        };
        self.buffer.shrink_to(1 << 20);
        self.end = end.after(location, crc);
        Ok(location)
    }

    /// Begins a new segment. The current one must be durable; it stays current after an error.
    pub fn next_segment(&mut self) -> Result<()> {
        let end = JournalPosition::at_segment(self.end.sequence + 1, self.end.chain);
        *self = Self::begin(&self.dir, end, self.bytes())?;
        Ok(())
    }

    /// Creates a segment atomically, so that every segment has a whole header.
    fn begin(dir: &Path, end: JournalPosition, before: u64) -> Result<Self> {
        let path = dir.join(segment::name(end.segment));
        let header = SegmentHeader {
            first: end.segment,
            before,
            chain: end.chain,
        };
        files::write_atomically(&path, &header.encode())?;
        let file = open_segment(&path)?;
        Ok(Self::at(dir, path, file, before, end))
    }
}

fn open_segment(path: &Path) -> Result<File> {
    let opened = File::options().read(true).write(true).open(path);
    opened.map_err(files::failed("open", path))
}

/// Returns the segments by the sequence numbers of their first records, in order.
fn segments(dir: &Path) -> Result<Vec<u64>> {
    let names = files::names(dir)?;
    let names = names.iter().filter_map(|name| name.to_str());
    let mut firsts: Vec<u64> = names.filter_map(segment::first_of).collect();
    firsts.sort_unstable();
    Ok(firsts)
}

/// Checks, by headers and file sizes only, that no segment is missing and that none but the last has
/// lost bytes.
fn check_sizes(dir: &Path, firsts: &[u64]) -> Result<()> {
    let mut before = 0;
    for (at, &first) in firsts.iter().enumerate() {
        let reader = SegmentReader::open(dir, first)?;
        let expected = reader.header.before;
        if (at == 0 && first != FIRST_SEGMENT) || expected != before {
            let why =
                format!("expected {expected} journal bytes before this segment, found {before}");
            return Err(files::damaged(&reader.path, 0, &why));
        }
        before += reader.end;
    }
    Ok(())
}

/// Reads a segment to its end, and returns that position. If it is the last segment, `durable` is
/// given, and the end may be a torn tail. The position `from`, if it is in the segment, must match.
fn check_segment(
    reader: &mut SegmentReader,
    before: JournalPosition,
    from: JournalPosition,
    durable: Option<u64>,
) -> Result<JournalPosition> {
    let first = reader.header.first;
    let has_from = first == from.segment;
    let mut end = JournalPosition::at_segment(first, reader.header.chain);
    if !has_from && (before.sequence, before.chain) != (end.sequence, end.chain) {
        return Err(reader.damaged("the segment does not follow the one before"));
    }
    loop {
        if has_from && end.sequence == from.sequence && end != from {
            let why = "the checkpoint belongs to another journal";
            return Err(Error::Index(why.to_owned()));
        }
        match reader.next()? {
            NextRecord::Record(_, location, crc) => end = end.after(location, crc),
            NextRecord::End => break,
            NextRecord::Torn(why) => match durable {
                None => return Err(reader.damaged(why)),
                // Unsynced writes reach the disk in any order, so whole records may follow the torn
                // one. It is damage only if it was durable once.
                Some(durable) if reader.next <= durable && reader.has_later_record()? => {
                    return Err(reader.damaged(why));
                }
                Some(_) => break,
            },
            NextRecord::Bad(why) => match durable {
                Some(durable) if reader.next > durable => break,
                _ => return Err(reader.damaged(why)),
            },
        }
    }
    if has_from && end.sequence < from.sequence {
        return Err(Error::Index(format!(
            "the journal ends at entry {}, the checkpoint at {}",
            end.sequence, from.sequence
        )));
    }
    Ok(end)
}

/// Reads the entries after a position, in order. The journal must have been checked.
pub struct JournalReader {
    dir: PathBuf,
    reader: SegmentReader,
    at: JournalPosition,
    end: JournalPosition,
}

impl JournalReader {
    pub fn new(dir: &Path, from: JournalPosition, end: JournalPosition) -> Result<Self> {
        let mut reader = SegmentReader::open(dir, from.segment)?;
        reader.skip_to(from.offset, from.sequence + 1)?;
        Ok(Self {
            dir: dir.to_owned(),
            reader,
            at: from,
            end,
        })
    }

    /// Returns the next entry, its location, and the position after it.
    pub fn next(&mut self) -> Result<Option<(Vec<u8>, RecordLocation, JournalPosition)>> {
        while self.at.sequence != self.end.sequence {
            match self.reader.next()? {
                NextRecord::Record(payload, location, crc) => {
                    self.at = self.at.after(location, crc);
                    return Ok(Some((payload, location, self.at)));
                }
                NextRecord::End => {
                    self.reader = SegmentReader::open(&self.dir, self.at.sequence + 1)?;
                }
                NextRecord::Torn(why) | NextRecord::Bad(why) => {
                    return Err(self.reader.damaged(why));
                }
            }
        }
        Ok(None)
    }

    /// Returns the bytes of the journal up to the current position.
    pub fn bytes(&self) -> u64 {
        self.reader.header.before + self.reader.offset
    }
}

pub struct RecordReader {
    dir: PathBuf,
    open: Mutex<BTreeMap<u64, Arc<File>>>,
}

impl RecordReader {
    /// Number of segments kept open.
    const OPEN_FILES: usize = 32;

    pub fn new(dir: &Path) -> Self {
        Self {
            dir: dir.to_owned(),
            open: Mutex::default(),
        }
    }

    pub fn read(&self, location: RecordLocation) -> Result<Vec<u8>> {
        let path = self.dir.join(segment::name(location.segment));
        let file = self.file(location.segment, &path)?;
        let damaged = |why| files::damaged(&path, location.offset, why);
        let mut record = vec![0; location.length as usize];
        let read = file.read_exact_at(&mut record, location.offset);
        read.map_err(|error| match error.kind() {
            io::ErrorKind::UnexpectedEof => damaged("a record is longer than the file"),
            _ => files::failed("read", &path)(error),
        })?;
        if segment::payload_of(&record).is_none() {
            return Err(damaged("a record's checksum does not match"));
        }
        record.drain(..RECORD_HEADER_BYTES as usize);
        Ok(record)
    }

    fn file(&self, segment: u64, path: &Path) -> Result<Arc<File>> {
        let mut open = self.open.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(file) = open.get(&segment) {
            return Ok(file.clone());
        }
        let file = Arc::new(File::open(path).map_err(files::failed("open", path))?);
        if open.len() >= Self::OPEN_FILES {
            open.pop_first();
        }
        open.insert(segment, file.clone());
        Ok(file)
    }
}
