//! Compacted segments: one file in place of some segments of which most is dead. It has the entries that
//! are left of them, each behind its *address*: where it was when it was written.
//!
//! An address stays the name of an entry for good. So nothing that refers to entries changes when they
//! move: neither rows in the index, nor positions in the journal.

use std::fs::File;
use std::io::Read;
use std::os::unix::fs::FileExt;
use std::path::{Path, PathBuf};

use super::frame::{FramePacker, next_frame};
use super::segment::{self, COMPACTED, SEGMENT_HEADER_BYTES, SegmentHeader, SegmentName};
use super::segment::{NextRecord, SegmentReader};
use super::{EntryLocation, JournalPosition, RecordLocation, files, le_u32, le_u64};
use super::{open_segment, read_payload, segments};
use crate::store::embedded::disk::Disk;
use crate::store::{Error, JournalSegment, KeepEntry, Kept, Result};

/// Bytes of a compacted segment's second header.
const SECOND_HEADER_BYTES: usize = 56;
/// Bytes of both headers.
pub const HEADER_BYTES: u64 = SEGMENT_HEADER_BYTES + SECOND_HEADER_BYTES as u64;
/// Bytes of an address.
const ADDRESS_BYTES: usize = 21;

/// What a compacted segment stands for, and where it has what.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct CompactedHeader {
    /// Sequence number of the last entry that it stands for.
    pub last: u64,
    /// Bytes of the journal up to the end of the segments that it stands for, as they were.
    pub journal_end: u64,
    /// The chain after them.
    pub chain: u32,
    /// Number of documents that it has.
    pub docs: u64,
    /// Where its records end, and the list of them begins.
    pub records_end: u64,
    /// Size of the file.
    pub file_bytes: u64,
    /// Checksum of the list.
    list_crc: u32,
}

impl CompactedHeader {
    fn encode(&self) -> Vec<u8> {
        let numbers = [
            self.last,
            self.journal_end,
            self.docs,
            self.records_end,
            self.file_bytes,
        ];
        let mut bytes: Vec<u8> = numbers.into_iter().flat_map(u64::to_le_bytes).collect();
        bytes.extend(self.chain.to_le_bytes());
        bytes.extend(self.list_crc.to_le_bytes());
        bytes.extend([0; 4]);
        bytes.extend(crc32c::crc32c(&bytes).to_le_bytes());
        bytes
    }

    /// Reads the second header, which follows the first.
    pub fn read(path: &Path, file: &mut impl Read, last: u64) -> Result<Self> {
        let damaged = |why| files::damaged(path, SEGMENT_HEADER_BYTES, why);
        let mut bytes = [0; SECOND_HEADER_BYTES];
        let read = file.read_exact(&mut bytes);
        read.map_err(|_| damaged("the header is cut short"))?;
        let number = |at: usize| le_u64(&bytes[8 * at..]);
        let header = Self {
            last: number(0),
            journal_end: number(1),
            docs: number(2),
            records_end: number(3),
            file_bytes: number(4),
            chain: le_u32(&bytes[40..]),
            list_crc: le_u32(&bytes[44..]),
        };
        let crc = le_u32(&bytes[SECOND_HEADER_BYTES - 4..]);
        if crc != crc32c::crc32c(&bytes[..SECOND_HEADER_BYTES - 4]) {
            return Err(damaged("the header's checksum does not match"));
        }
        let is_sound =
            header.last == last && (HEADER_BYTES..=header.file_bytes).contains(&header.records_end);
        is_sound
            .then_some(header)
            .ok_or_else(|| damaged("the header contradicts itself"))
    }
}

/// Splits an entry of a compacted segment from its address; `None` if it has none.
pub fn split_address(mut addressed: Vec<u8>) -> Option<(EntryLocation, Vec<u8>)> {
    let address: &[u8; ADDRESS_BYTES] = addressed.first_chunk()?;
    let location = EntryLocation {
        record: RecordLocation {
            segment: le_u64(address),
            offset: le_u64(&address[8..]),
            length: le_u32(&address[16..]),
        },
        place: address[20],
    };
    addressed.drain(..ADDRESS_BYTES);
    Some((location, addressed))
}

fn with_address(EntryLocation { record, place }: EntryLocation, entry: &[u8]) -> Vec<u8> {
    let (segment, offset) = (record.segment.to_le_bytes(), record.offset.to_le_bytes());
    [
        &segment[..],
        &offset,
        &record.length.to_le_bytes(),
        &[place],
        entry,
    ]
    .concat()
}

/// Lists the segments of a journal in order. The last one is appended to.
pub fn journal_segments(dir: &Path) -> Result<Vec<JournalSegment>> {
    let names = segments(dir)?;
    let nexts = names.iter().skip(1).map(|next| Some(next.first - 1));
    let listed = names.iter().zip(nexts.chain([None])).map(|(&name, last)| {
        let reader = SegmentReader::open(dir, name)?;
        let compacted = reader.header.compacted.as_ref();
        Ok(JournalSegment {
            first: name.first,
            last,
            bytes: compacted.map_or(reader.end, |one| one.file_bytes),
            docs: compacted.map(|one| one.docs),
        })
    });
    listed.collect()
}

/// Calls back with the entries of the segment that begins with an entry, their numbers and addresses,
/// until the callback returns `false`. Returns the position after what was read.
pub fn read_segment(
    dir: &Path,
    first: u64,
    each: &mut dyn FnMut(u64, EntryLocation, Vec<u8>) -> Result<bool>,
) -> Result<JournalPosition> {
    let names = segments(dir)?;
    let is_last = names.last().is_some_and(|last| last.first == first);
    let mut reader = open_segment(dir, &names, first)?;
    let mut end = JournalPosition::at_segment(first, reader.header.chain);
    loop {
        let record = match reader.next()? {
            NextRecord::Record(record) => record,
            NextRecord::End => return Ok(end.after_segment(&reader.header)),
            // It is being appended to.
            NextRecord::Torn(_) | NextRecord::Bad(_) if is_last => return Ok(end),
            NextRecord::Torn(why) | NextRecord::Bad(why) => return Err(reader.damaged(why)),
        };
        let entries = record.entries();
        let entries = entries.ok_or_else(|| reader.damaged("a record cannot be unpacked"))?;
        for (sequence, (location, entry)) in (record.first..).zip(entries) {
            if !each(sequence, location, entry)? {
                return Ok(end);
            }
        }
        end = end.after(record.location, record.crc, record.last());
    }
}

/// Writes one segment in place of those with the entries from `first` to `last`, which nothing is
/// appended to any more: what `keep` leaves of each entry. Then removes them. Whenever it is cut short,
/// the journal has either them or the new one.
pub fn compact(
    disk: &dyn Disk,
    dir: &Path,
    (first, last): (u64, u64),
    keep: &mut KeepEntry<'_>,
) -> Result<()> {
    let names = segments(dir)?;
    let within = |name: &&SegmentName| (first..=last).contains(&name.first);
    let names: Vec<SegmentName> = names.iter().filter(within).copied().collect();
    let mut writer = CompactedWriter::default();
    let (mut before, mut end, mut journal_end) = (None, JournalPosition::default(), 0);
    for &name in &names {
        let reader = SegmentReader::open(dir, name)?;
        before.get_or_insert((reader.header.before, reader.header.chain));
        journal_end = reader.journal_end();
        let mut each = |sequence, location, entry: Vec<u8>| {
            let kept = keep(&entry).map_err(|source| Error::Replay { sequence, source })?;
            if let Some(kept) = kept {
                writer.push(sequence, location, kept);
            }
            Ok(true)
        };
        end = read_segment(dir, name.first, &mut each)?;
    }
    let (journal_before, chain) = before
        .ok_or_else(|| files::damaged(dir, 0, &format!("no segment begins with entry {first}")))?;
    let header = SegmentHeader {
        version: COMPACTED,
        first,
        before: journal_before,
        chain,
        compacted: None,
    };
    let name = SegmentName {
        first,
        last: Some(last),
    };
    let path = dir.join(name.file());
    let bytes = writer.finish(&header, (last, journal_end, end.chain))?;
    files::write_atomically(disk, &path, &bytes)?;
    for replaced in names.iter().filter(|&&replaced| replaced != name) {
        files::remove(disk, &dir.join(replaced.file()))?;
    }
    files::sync_dir(disk, dir)
}

/// A record of a compacted segment: the first address in it, and where it is.
type Listed = (u64, u64, u8, u64, u32);

/// Builds a compacted segment.
#[derive(Default)]
struct CompactedWriter {
    /// Entries that are not in a record yet, with their sequence numbers and addresses.
    waiting: Vec<(u64, EntryLocation, Vec<u8>)>,
    records: Vec<u8>,
    list: Vec<Listed>,
    docs: u64,
    packer: Option<FramePacker>,
}

impl CompactedWriter {
    fn push(&mut self, sequence: u64, location: EntryLocation, kept: Kept) {
        self.docs += u64::from(kept.holds.is_some());
        let entry = with_address(location, &kept.entry);
        self.waiting.push((sequence, location, entry));
        let lengths = || self.waiting.iter().map(|(.., entry)| entry.len());
        if next_frame(lengths()) < self.waiting.len() {
            self.write_record();
        }
    }

    /// Writes as many of the waiting entries as go into a record.
    fn write_record(&mut self) {
        let lengths = self.waiting.iter().map(|(.., entry)| entry.len());
        let rest = self.waiting.split_off(next_frame(lengths));
        let entries = std::mem::replace(&mut self.waiting, rest);
        let Some(&(sequence, EntryLocation { record, place }, _)) = entries.first() else {
            return;
        };
        let bytes: Vec<&[u8]> = entries.iter().map(|(.., entry)| entry.as_slice()).collect();
        let packer = self.packer.get_or_insert_with(FramePacker::new);
        let (encoded, _) = segment::encode_record(sequence, &packer.pack(&bytes));
        let offset = HEADER_BYTES + self.records.len() as u64;
        let length = encoded.len() as u32;
        self.list
            .push((record.segment, record.offset, place, offset, length));
        self.records.extend(encoded);
    }

    /// Returns the whole file.
    fn finish(
        mut self,
        header: &SegmentHeader,
        (last, journal_end, chain): (u64, u64, u32),
    ) -> Result<Vec<u8>> {
        while !self.waiting.is_empty() {
            self.write_record();
        }
        let list = postcard::to_stdvec(&self.list);
        let list = list.map_err(|error| Error::Index(format!("list of records: {error}")))?;
        let records_end = HEADER_BYTES + self.records.len() as u64;
        let second = CompactedHeader {
            last,
            journal_end,
            chain,
            docs: self.docs,
            records_end,
            file_bytes: records_end + list.len() as u64,
            list_crc: crc32c::crc32c(&list),
        };
        Ok([header.encode(), second.encode(), self.records, list].concat())
    }
}

/// A compacted segment that is open for reading.
pub struct CompactedFile {
    path: PathBuf,
    file: File,
    list: Vec<Listed>,
}

impl CompactedFile {
    /// Checks the list of a segment, if it is compacted.
    pub fn check(path: &Path, header: &SegmentHeader) -> Result<()> {
        let Some(compacted) = &header.compacted else {
            return Ok(());
        };
        let file = File::open(path).map_err(files::failed("open", path))?;
        Self::open(path.to_owned(), file, compacted).map(drop)
    }

    pub fn open(path: PathBuf, file: File, header: &CompactedHeader) -> Result<Self> {
        let length = (header.file_bytes - header.records_end) as usize;
        let damaged = |why| files::damaged(&path, header.records_end, why);
        let metadata = file.metadata().map_err(files::failed("read", &path))?;
        if metadata.len() != header.file_bytes {
            return Err(damaged("the segment has lost bytes"));
        }
        let mut list = vec![0; length];
        let read = file.read_exact_at(&mut list, header.records_end);
        read.map_err(files::failed("read", &path))?;
        if crc32c::crc32c(&list) != header.list_crc {
            return Err(damaged("the list of records does not match its checksum"));
        }
        let list = postcard::from_bytes(&list);
        let list = list.map_err(|_| damaged("the list of records is malformed"))?;
        Ok(Self { path, file, list })
    }

    /// Reads the entry with an address; `None` if it was taken out.
    pub fn read(&self, location: EntryLocation) -> Result<Option<Vec<u8>>> {
        let EntryLocation { record, place } = location;
        let wanted = (record.segment, record.offset, place);
        let after = self
            .list
            .partition_point(|&(segment, offset, place, ..)| (segment, offset, place) <= wanted);
        let Some(&(.., offset, length)) = self.list[..after].last() else {
            return Ok(None);
        };
        let here = RecordLocation {
            segment: record.segment,
            offset,
            length,
        };
        let payload = read_payload(&self.file, &self.path, here)?;
        let entries = segment::unpack(COMPACTED, &payload);
        let damaged = || files::damaged(&self.path, offset, "a record cannot be unpacked");
        let entries = entries.ok_or_else(damaged)?.into_iter();
        let mut entries = entries.filter_map(split_address);
        let found = entries.find(|(address, _)| *address == location);
        Ok(found.map(|(_, entry)| entry))
    }
}
