//! The journal: every entry ever staged, in order, in segment files that are only appended to. It is
//! the truth; everything else can be rebuilt from it.

mod compacted;
pub(super) mod frame;
mod note;
mod scan;
pub(super) mod segment;
mod syncer;

use std::borrow::Borrow;
use std::collections::BTreeMap;
use std::fs::{self, File};
use std::io;
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex, PoisonError};

use serde::{Deserialize, Serialize};

use self::compacted::CompactedFile;
pub use self::compacted::{compact, journal_segments, read_segment};
use self::frame::FramePacker;
pub use self::frame::{MAX_ENTRY_BYTES, next_frame};
pub use self::note::DurableNote;
pub use self::scan::{JournalFault, JournalScan, cut_after, scan};
pub use self::segment::Record;
use self::segment::{NextRecord, SEGMENT_HEADER_BYTES};
use self::segment::{SegmentHeader, SegmentName, SegmentReader};
pub use self::syncer::Syncer;
use super::disk::{Disk, Opening};
use super::{files, le_u32, le_u64};
use crate::store::{Error, Result};

const FIRST_SEGMENT: u64 = 1;

/// A position in the journal: right after a record, or at the start.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct JournalPosition {
    /// Sequence number of that record's last entry; 0 at the start.
    pub sequence: u64,
    /// The record's segment, named by the sequence number of its first entry.
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

    /// Returns the position after the next record, whose last entry has this sequence number.
    fn after(self, record: RecordLocation, crc: u32, sequence: u64) -> Self {
        Self {
            sequence,
            segment: record.segment,
            offset: record.end(),
            chain: crc32c::crc32c_append(self.chain, &crc.to_le_bytes()),
        }
    }

    /// Returns the position after a segment that is read to its end.
    fn after_segment(self, header: &SegmentHeader) -> Self {
        let compacted = header.compacted.as_ref();
        compacted.map_or(self, |one| Self::at_segment(one.last + 1, one.chain))
    }
}

impl Default for JournalPosition {
    /// Returns the position before the first record.
    fn default() -> Self {
        Self::at_segment(FIRST_SEGMENT, 0)
    }
}

/// Where a record is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct RecordLocation {
    pub segment: u64,
    /// Where the record begins in it.
    pub offset: u64,
    /// Bytes of the whole record.
    pub length: u32,
}

/// Where an entry is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct EntryLocation {
    pub record: RecordLocation,
    /// How many entries of the record are before it.
    pub place: u8,
}

impl RecordLocation {
    fn end(self) -> u64 {
        self.offset + u64::from(self.length)
    }
}

/// The journal's end, where records are appended.
pub struct Journal {
    disk: Arc<dyn Disk>,
    dir: PathBuf,
    file: Arc<File>,
    path: PathBuf,
    /// The current segment's.
    header: SegmentHeader,
    /// The position after the last record.
    pub end: JournalPosition,
    packer: FramePacker,
    /// Bytes that compaction has given back.
    pub freed: u64,
}

impl Journal {
    /// Creates an empty journal. One that exists and was never written to is kept.
    pub fn create(disk: &Arc<dyn Disk>, dir: &Path) -> Result<()> {
        let firsts = segments(dir)?;
        if firsts.is_empty() {
            return Self::begin(disk, dir, JournalPosition::default(), 0).map(drop);
        }
        let path = dir.join(SegmentName::plain(FIRST_SEGMENT).file());
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
    /// records behind them. All other damage is refused, and so is a journal that ends before an entry
    /// that was durable. Without that number, everything counts as durable. What is left is durable.
    pub fn open(
        disk: &Arc<dyn Disk>,
        dir: &Path,
        from: JournalPosition,
        durable: Option<u64>,
    ) -> Result<Self> {
        let names = segments(dir)?;
        remove_compacted(&**disk, dir, &names)?;
        let Some(&last) = names.last() else {
            return Err(files::damaged(dir, 0, "the journal has no segments"));
        };
        let freed = check_sizes(dir, &names)?;
        let known = durable.unwrap_or(0).max(from.sequence);
        let durable_to = durable.map_or(u64::MAX, |durable| durable.max(from.sequence));
        let from = match names.iter().any(|name| name.first == from.segment) {
            true => from,
            // It is gone. How far does the journal reach?
            false => {
                let chain = SegmentReader::open(dir, last)?.header.chain;
                JournalPosition::at_segment(last.first, chain)
            }
        };
        let mut end = from;
        for &name in names.iter().filter(|name| name.first >= from.segment) {
            let mut reader = SegmentReader::open(dir, name)?;
            end = check_segment(&mut reader, end, from, (name == last).then_some(durable_to))?;
        }
        if end.sequence < known {
            return Err(Error::Lost {
                path: dir.join(last.file()),
                end: end.sequence,
                acknowledged: known,
            });
        }
        let mut journal = Self::at(disk, dir, end)?;
        journal.freed = freed;
        let (file, path) = (&journal.file, &journal.path);
        let metadata = file.metadata().map_err(files::failed("read", path))?;
        if metadata.len() > end.offset {
            if durable.is_none() {
                let why = "a record is cut short, and nothing says whether it was acknowledged";
                return Err(files::damaged(path, end.offset, why));
            }
            let cut = disk.cut(path, file, end.offset);
            cut.map_err(files::failed("cut", path))?;
        }
        // What an earlier process wrote without syncing is treated as durable from now on.
        disk.sync(path, file).map_err(files::failed("sync", path))?;
        Ok(journal)
    }

    /// Opens the segment of a position, after which records are appended.
    fn at(disk: &Arc<dyn Disk>, dir: &Path, end: JournalPosition) -> Result<Self> {
        let name = SegmentName::plain(end.segment);
        let path = dir.join(name.file());
        let opened = disk.open(&path, Opening::Write);
        let file = opened.map_err(files::failed("open", &path))?;
        let header = SegmentHeader::read(&path, &mut &file, name)?;
        Ok(Self {
            disk: disk.clone(),
            dir: dir.to_owned(),
            file: Arc::new(file),
            path,
            header,
            end,
            packer: FramePacker::new(),
            freed: 0,
        })
    }

    /// Returns the file of the last record, its path, and the number of its last entry.
    pub fn last(&self) -> (Arc<File>, PathBuf, u64) {
        (self.file.clone(), self.path.clone(), self.end.sequence)
    }

    /// Returns the bytes of all that was ever appended: a place in the journal, whatever is left of it.
    pub fn bytes(&self) -> u64 {
        self.header.before + self.end.offset
    }

    /// Returns whether the next record belongs in a new segment: the current one has a record and at
    /// least `max_bytes`, or a former version.
    pub fn is_segment_full(&self, max_bytes: u64) -> bool {
        let is_full = self.end.offset >= max_bytes && self.end.offset > SEGMENT_HEADER_BYTES;
        is_full || self.header.version != segment::VERSION
    }

    /// Appends entries as one record. After [`Error::Full`] the journal is unchanged.
    pub fn append(&mut self, entries: &[impl Borrow<[u8]>]) -> Result<RecordLocation> {
        let end = self.end;
        let payload = self.packer.pack(entries);
        let (record, crc) = segment::encode_record(end.sequence + 1, &payload);
        let written = self.disk.write(&self.path, &self.file, &record, end.offset);
        if let Err(error) = written {
            let cut = self.disk.cut(&self.path, &self.file, end.offset);
            cut.map_err(files::failed("cut", &self.path))?;
            return Err(files::failed("append to", &self.path)(error));
        }
        let location = RecordLocation {
            segment: end.segment,
            offset: end.offset,
            length: record.len() as u32,
        };
        self.end = end.after(location, crc, end.sequence + entries.len() as u64);
        Ok(location)
    }

    /// Notes that segments were compacted.
    pub fn note_compacted(&mut self) -> Result<()> {
        self.freed = check_sizes(&self.dir, &segments(&self.dir)?)?;
        Ok(())
    }

    /// Begins a new segment. The current one must be durable; it stays current after an error.
    pub fn next_segment(&mut self) -> Result<()> {
        let end = JournalPosition::at_segment(self.end.sequence + 1, self.end.chain);
        let freed = self.freed;
        *self = Self::begin(&self.disk, &self.dir, end, self.bytes())?;
        self.freed = freed;
        Ok(())
    }

    /// Creates a segment atomically, so that every segment has a whole header.
    fn begin(disk: &Arc<dyn Disk>, dir: &Path, end: JournalPosition, before: u64) -> Result<Self> {
        let header = SegmentHeader {
            version: segment::VERSION,
            first: end.segment,
            before,
            chain: end.chain,
            compacted: None,
        };
        let path = dir.join(SegmentName::plain(end.segment).file());
        files::write_atomically(&**disk, &path, &header.encode())?;
        Self::at(disk, dir, end)
    }
}

/// Returns the segments in order, without those that a compacted one stands for.
fn segments(dir: &Path) -> Result<Vec<SegmentName>> {
    let mut names = all_segments(dir)?;
    let compacted = names.iter().copied().filter(|name| name.last.is_some());
    let compacted: Vec<SegmentName> = compacted.collect();
    names.retain(|&name| !compacted.iter().any(|other| other.stands_for(name)));
    Ok(names)
}

/// Returns the names of the segments' files, in order.
pub fn segment_files(dir: &Path) -> Result<Vec<String>> {
    let names = segments(dir)?.into_iter();
    Ok(names.map(SegmentName::file).collect())
}

fn all_segments(dir: &Path) -> Result<Vec<SegmentName>> {
    let names = files::names(dir)?;
    let names = names.iter().filter_map(|name| name.to_str());
    let mut names: Vec<SegmentName> = names.filter_map(SegmentName::parse).collect();
    names.sort_unstable();
    Ok(names)
}

/// Removes the segments that compacted ones stand for: all but `names`. A crash has left them.
fn remove_compacted(disk: &dyn Disk, dir: &Path, names: &[SegmentName]) -> Result<()> {
    for name in all_segments(dir)? {
        if !names.contains(&name) {
            files::remove(disk, &dir.join(name.file()))?;
        }
    }
    Ok(())
}

/// Checks, by headers and file sizes only, that no segment is missing and that none but the last has
/// lost bytes. Returns the bytes that compaction has given back.
fn check_sizes(dir: &Path, names: &[SegmentName]) -> Result<u64> {
    let (mut before, mut freed) = (0, 0);
    for (at, &name) in names.iter().enumerate() {
        let reader = SegmentReader::open(dir, name)?;
        let expected = reader.header.before;
        if (at == 0 && name.first != FIRST_SEGMENT) || expected != before {
            let why =
                format!("expected {expected} journal bytes before this segment, found {before}");
            return Err(files::damaged(&reader.path, 0, &why));
        }
        before = reader.journal_end();
        let compacted = reader.header.compacted.as_ref();
        freed += compacted.map_or(0, |one| (before - expected).saturating_sub(one.file_bytes));
    }
    Ok(freed)
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
            NextRecord::Record(record) => {
                end = end.after(record.location, record.crc, record.last());
            }
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
    end = end.after_segment(&reader.header);
    Ok(end)
}

/// Reads the records after a position, in order. The journal must have been checked.
pub struct JournalReader {
    dir: PathBuf,
    names: Vec<SegmentName>,
    reader: SegmentReader,
    at: JournalPosition,
    end: JournalPosition,
}

impl JournalReader {
    pub fn new(dir: &Path, from: JournalPosition, end: JournalPosition) -> Result<Self> {
        let names = segments(dir)?;
        let mut reader = open_segment(dir, &names, from.segment)?;
        if from.offset > SEGMENT_HEADER_BYTES {
            reader.skip_to(from.offset, from.sequence + 1)?;
        }
        Ok(Self {
            dir: dir.to_owned(),
            names,
            reader,
            at: from,
            end,
        })
    }

    /// Returns the next record, the position after it, and the bytes of the journal up to there.
    pub fn next(&mut self) -> Result<Option<(Record, JournalPosition, u64)>> {
        while self.at.sequence != self.end.sequence {
            match self.reader.next()? {
                NextRecord::Record(record) => {
                    self.at = self.at.after(record.location, record.crc, record.last());
                    return Ok(Some((record, self.at, self.bytes())));
                }
                NextRecord::End => {
                    self.at = self.at.after_segment(&self.reader.header);
                    if self.at.sequence == self.end.sequence {
                        return Ok(None);
                    }
                    let next = self.at.sequence + 1;
                    self.reader = open_segment(&self.dir, &self.names, next)?;
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

/// Opens the segment that begins with an entry.
fn open_segment(dir: &Path, names: &[SegmentName], first: u64) -> Result<SegmentReader> {
    let found = names.iter().find(|name| name.first == first);
    SegmentReader::open(dir, found.copied().unwrap_or(SegmentName::plain(first)))
}

/// Reads entries by location.
pub struct EntryReader {
    disk: Arc<dyn Disk>,
    dir: PathBuf,
    /// By the segments of locations.
    open: Mutex<BTreeMap<u64, OpenSegment>>,
}

/// Where the entries of a segment are.
#[derive(Clone)]
enum OpenSegment {
    /// Its file, and its version.
    Plain(Arc<File>, u32),
    /// A compacted segment that stands for it.
    Compacted(Arc<CompactedFile>),
}

impl EntryReader {
    /// Number of segments kept open.
    const OPEN_FILES: usize = 128;

    pub fn new(disk: &Arc<dyn Disk>, dir: &Path) -> Self {
        Self {
            disk: disk.clone(),
            dir: dir.to_owned(),
            open: Mutex::default(),
        }
    }

    /// Reads an entry; `None` if it was taken out of the journal.
    pub fn read(&self, location: EntryLocation) -> Result<Option<Vec<u8>>> {
        let EntryLocation { record, place } = location;
        let (file, version) = match self.file(record.segment)? {
            OpenSegment::Plain(file, version) => (file, version),
            OpenSegment::Compacted(file) => return file.read(location),
        };
        let path = self.dir.join(SegmentName::plain(record.segment).file());
        let payload = read_payload(&file, &path, record)?;
        let entry = segment::unpack_one(version, payload, place);
        let damaged = || files::damaged(&path, record.offset, "a record lacks an entry");
        entry.map(Some).ok_or_else(damaged)
    }

    /// Closes the files of segments that are gone, so that their space is free.
    pub fn forget(&self, first: u64, last: u64) {
        let mut open = self.open.lock().unwrap_or_else(PoisonError::into_inner);
        open.retain(|segment, _| !(first..=last).contains(segment));
    }

    fn file(&self, segment: u64) -> Result<OpenSegment> {
        let mut open = self.open.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(file) = open.get(&segment) {
            return Ok(file.clone());
        }
        let file = self.open_file(segment)?;
        if open.len() >= Self::OPEN_FILES {
            open.pop_first();
        }
        open.insert(segment, file.clone());
        Ok(file)
    }

    fn open_file(&self, segment: u64) -> Result<OpenSegment> {
        let plain = SegmentName::plain(segment);
        let mut name = plain;
        loop {
            let path = self.dir.join(name.file());
            let mut file = match self.disk.open(&path, Opening::Read) {
                Err(error) if error.kind() == io::ErrorKind::NotFound => {
                    // It was compacted, perhaps just now. Of several, the one of the most entries is the latest.
                    let found = all_segments(&self.dir)?.into_iter();
                    let latest = found
                        .filter(|other| other.stands_for(plain))
                        .max_by_key(|other| other.last);
                    match latest {
                        Some(latest) if latest != name => name = latest,
                        _ => return Err(files::failed("open", &path)(error)),
                    }
                    continue;
                }
                opened => opened.map_err(files::failed("open", &path))?,
            };
            let header = SegmentHeader::read(&path, &mut file, name)?;
            return Ok(match header.compacted {
                Some(compacted) => {
                    OpenSegment::Compacted(Arc::new(CompactedFile::open(path, file, &compacted)?))
                }
                None => OpenSegment::Plain(Arc::new(file), header.version),
            });
        }
    }
}

/// Reads a record's payload, and checks it.
fn read_payload(file: &File, path: &Path, record: RecordLocation) -> Result<Vec<u8>> {
    let damaged = |why| files::damaged(path, record.offset, why);
    let read = files::read_at(file, record.offset, record.length as usize);
    let record = read.map_err(|error| match error.kind() {
        io::ErrorKind::UnexpectedEof => damaged("a record is longer than the file"),
        _ => files::failed("read", path)(error),
    })?;
    let payload = segment::into_payload(record);
    payload.ok_or_else(|| damaged("a record's checksum does not match"))
}
