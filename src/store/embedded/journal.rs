//! The journal: every entry ever staged, in order, in files that are only appended to. It is the
//! truth; all else can be built from it.

use std::collections::BTreeMap;
use std::fs::{self, File, OpenOptions};
use std::os::unix::fs::FileExt;
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex, PoisonError};

use serde::{Deserialize, Serialize};

use super::segment::{self, HEADER_BYTES, Header, MAX_PAYLOAD_BYTES, Reader, Record, Step};
use super::{files, le_u32, le_u64};
use crate::store::{Error, Result};

/// A place in the journal, right behind a record.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub(super) struct Mark {
    /// Number of that record; 0 before the first.
    pub sequence: u64,
    /// First record of the segment it stands in.
    pub segment: u64,
    /// Where it ends.
    pub offset: u64,
    /// Hash over the checksums of all records up to it.
    pub chain: u32,
}

impl Mark {
    /// The place before the first record.
    pub(super) const START: Mark = Mark {
        sequence: 0,
        segment: 1,
        offset: HEADER_BYTES,
        chain: 0,
    };
}

/// Where a record stands.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Place {
    /// First record of the segment.
    pub segment: u64,
    /// Where the record begins in it.
    pub offset: u64,
    /// Bytes of the whole record.
    pub length: u32,
}

impl Place {
    /// Bytes of a place.
    pub(super) fn encode(self) -> Vec<u8> {
        let mut bytes = self.segment.to_le_bytes().to_vec();
        bytes.extend(self.offset.to_le_bytes());
        bytes.extend(self.length.to_le_bytes());
        bytes
    }

    /// Reads a place back.
    pub(super) fn decode(bytes: &[u8]) -> Option<Self> {
        (bytes.len() == 20).then(|| Self {
            segment: le_u64(bytes),
            offset: le_u64(&bytes[8..]),
            length: le_u32(&bytes[16..]),
        })
    }
}

/// Why a record was not appended, and whether the journal can go on.
pub(super) struct Failure {
    /// What happened.
    pub error: Error,
    /// The file's end is no longer known.
    pub is_final: bool,
}

/// The journal's end, where records are appended.
pub(super) struct Journal {
    dir: PathBuf,
    file: Arc<File>,
    path: PathBuf,
    before: u64,
    mark: Mark,
    buffer: Vec<u8>,
}

impl Journal {
    /// Makes an empty journal, unless one is there that was never written to.
    pub(super) fn create(dir: &Path) -> Result<()> {
        let firsts = segments(dir)?;
        let path = dir.join(segment::name(Mark::START.segment));
        if firsts.is_empty() {
            return Self::begin(dir, Mark::START, 0).map(drop);
        }
        let length = fs::metadata(&path)
            .map_err(files::failed("read", &path))?
            .len();
        if firsts.len() > 1 || length > HEADER_BYTES {
            let why = "a journal is here, but the store's shape file is missing".to_owned();
            return Err(Error::Damaged {
                path: dir.to_owned(),
                offset: 0,
                why,
            });
        }
        Ok(())
    }

    /// Checks the journal from a mark on and opens its end for appending. A torn tail is cut: bytes
    /// of records that no commit had made durable, as far as `durable` and the records behind
    /// them tell. All other damage is refused.
    pub(super) fn open(dir: &Path, from: Mark, durable: u64) -> Result<Self> {
        let firsts = segments(dir)?;
        if firsts.is_empty() {
            let why = "the journal has no segments".to_owned();
            return Err(Error::Damaged {
                path: dir.to_owned(),
                offset: 0,
                why,
            });
        }
        check_chain_of_files(dir, &firsts)?;
        if !firsts.contains(&from.segment) {
            return Err(Error::Index(format!(
                "the journal ends before entry {}",
                from.sequence
            )));
        }
        let mut at = from;
        for &first in firsts.iter().filter(|&&first| first >= from.segment) {
            let mut reader = Reader::open(dir, first)?;
            let is_last = Some(&first) == firsts.last();
            at = read_through(&mut reader, at, from, is_last.then_some(durable))?;
        }
        let path = dir.join(segment::name(at.segment));
        let open = OpenOptions::new().read(true).write(true).open(&path);
        let file = open.map_err(files::failed("open", &path))?;
        let length = file.metadata().map_err(files::failed("read", &path))?.len();
        if length > at.offset {
            file.set_len(at.offset)
                .map_err(files::failed("cut", &path))?;
            file.sync_all().map_err(files::failed("sync", &path))?;
        }
        let header = Header::read(&path, &mut &file, at.segment)?;
        let (dir, before) = (dir.to_owned(), header.before);
        Ok(Self {
            dir,
            file: Arc::new(file),
            path,
            before,
            mark: at,
            buffer: Vec::new(),
        })
    }

    /// Returns the place behind the last record.
    pub(super) fn mark(&self) -> Mark {
        self.mark
    }

    /// Returns the file that the last record is in.
    pub(super) fn file(&self) -> (Arc<File>, PathBuf) {
        (self.file.clone(), self.path.clone())
    }

    /// Bytes of all segments.
    pub(super) fn bytes(&self) -> u64 {
        self.before + self.mark.offset
    }

    /// Bytes of the segment that is being written.
    pub(super) fn segment_bytes(&self) -> u64 {
        self.mark.offset
    }

    /// Appends a record. On an error that is not final, the journal is what it was.
    pub(super) fn append(&mut self, payload: &[u8]) -> std::result::Result<Place, Failure> {
        if payload.len() > MAX_PAYLOAD_BYTES {
            let source =
                std::io::Error::new(std::io::ErrorKind::InvalidInput, "the entry is too large");
            let error = Error::Io {
                what: "append to",
                path: self.path.clone(),
                source,
            };
            return Err(Failure {
                error,
                is_final: false,
            });
        }
        let sequence = self.mark.sequence + 1;
        let crc = segment::encode_record(&mut self.buffer, sequence, payload);
        let offset = self.mark.offset;
        if let Err(error) = self.file.write_all_at(&self.buffer, offset) {
            let error = files::failed("append to", &self.path)(error);
            let is_final = self.file.set_len(offset).is_err();
            return Err(Failure { error, is_final });
        }
        let length = self.buffer.len() as u32;
        self.buffer.shrink_to(1 << 20);
        let Mark { segment, chain, .. } = self.mark;
        let end = offset + u64::from(length);
        self.mark = Mark {
            sequence,
            segment,
            offset: end,
            chain: segment::link(chain, crc),
        };
        Ok(Place {
            segment,
            offset,
            length,
        })
    }

    /// Makes durable what is there.
    pub(super) fn sync(&self) -> Result<()> {
        self.file
            .sync_data()
            .map_err(files::failed("sync", &self.path))
    }

    /// Goes on in a new segment. The old one must be durable. On an error the old one stays.
    pub(super) fn next_segment(&mut self) -> Result<()> {
        let mark = Mark {
            segment: self.mark.sequence + 1,
            offset: HEADER_BYTES,
            ..self.mark
        };
        *self = Self::begin(&self.dir, mark, self.bytes())?;
        Ok(())
    }

    /// Makes a segment under a temporary name first: one that is there has a whole header.
    fn begin(dir: &Path, mark: Mark, before: u64) -> Result<Self> {
        let path = dir.join(segment::name(mark.segment));
        let header = Header {
            first: mark.segment,
            before,
            chain: mark.chain,
        };
        files::write_atomically(&path, &header.encode())?;
        let open = OpenOptions::new().read(true).write(true).open(&path);
        let file = Arc::new(open.map_err(files::failed("open", &path))?);
        Ok(Self {
            dir: dir.to_owned(),
            file,
            path,
            before,
            mark,
            buffer: Vec::new(),
        })
    }
}

/// Returns the first records of the segments, in order.
fn segments(dir: &Path) -> Result<Vec<u64>> {
    let list = || -> std::io::Result<Vec<u64>> {
        let mut firsts = Vec::new();
        for entry in fs::read_dir(dir)? {
            firsts.extend(entry?.file_name().to_str().and_then(segment::first_of));
        }
        firsts.sort_unstable();
        Ok(firsts)
    };
    list().map_err(files::failed("list", dir))
}

/// Checks that no segment is missing and none but the last has lost bytes. Reads headers only.
fn check_chain_of_files(dir: &Path, firsts: &[u64]) -> Result<()> {
    let mut before = 0;
    for (at, &first) in firsts.iter().enumerate() {
        let reader = Reader::open(dir, first)?;
        if (at == 0 && first != Mark::START.segment) || reader.header.before != before {
            let why = format!(
                "{} bytes of journal should stand before this segment, {before} do",
                reader.header.before
            );
            return Err(Error::Damaged {
                path: reader.path,
                offset: 0,
                why,
            });
        }
        before += reader.file_bytes();
    }
    Ok(())
}

/// Reads a segment to its end, or to its torn tail if it is the last (`durable` is given); the mark
/// `from`, if it lies in the segment, must be met.
fn read_through(
    reader: &mut Reader,
    before: Mark,
    from: Mark,
    durable: Option<u64>,
) -> Result<Mark> {
    let first = reader.header.first;
    let here = first == from.segment;
    let mut at = Mark {
        sequence: first - 1,
        segment: first,
        offset: HEADER_BYTES,
        chain: reader.header.chain,
    };
    if !here && (before.sequence, before.chain) != (at.sequence, at.chain) {
        return Err(damaged(
            reader,
            "the segment does not follow the one before",
        ));
    }
    loop {
        if here && at.sequence == from.sequence && at != from {
            return Err(Error::Index(
                "the checkpoint is not of this journal".to_owned(),
            ));
        }
        match reader.step()? {
            Step::Record(Record { sequence, crc, .. }) => {
                let chain = segment::link(at.chain, crc);
                at = Mark {
                    sequence,
                    segment: first,
                    offset: reader.offset,
                    chain,
                };
            }
            Step::End => break,
            Step::Torn(why) => match durable {
                None => return Err(damaged(reader, why)),
                // Unsynced writes reach the disk in any order, so whole records may stand behind
                // the torn one; only if it was durable once is it damage.
                Some(durable) if reader.next <= durable && reader.has_later_record()? => {
                    return Err(damaged(reader, why));
                }
                Some(_) => break,
            },
            Step::Bad(why) => match durable {
                Some(durable) if reader.next > durable => break,
                _ => return Err(damaged(reader, why)),
            },
        }
    }
    if here && at.sequence < from.sequence {
        return Err(Error::Index(format!(
            "the journal ends at entry {}, the checkpoint at {}",
            at.sequence, from.sequence
        )));
    }
    Ok(at)
}

fn damaged(reader: &Reader, why: &str) -> Error {
    Error::Damaged {
        path: reader.path.clone(),
        offset: reader.offset,
        why: why.to_owned(),
    }
}

/// The entries behind a mark, in order; the journal was checked before.
pub(super) struct Replay {
    dir: PathBuf,
    reader: Reader,
    at: Mark,
    end: Mark,
}

impl Replay {
    /// Begins behind a mark.
    pub(super) fn new(dir: &Path, from: Mark, end: Mark) -> Result<Self> {
        let mut reader = Reader::open(dir, from.segment)?;
        reader.skip_to(from.offset, from.sequence + 1)?;
        Ok(Self {
            dir: dir.to_owned(),
            reader,
            at: from,
            end,
        })
    }

    /// Returns the next entry, where it stands, and the mark behind it.
    pub(super) fn next(&mut self) -> Result<Option<(Vec<u8>, Place, Mark)>> {
        loop {
            if self.at.sequence == self.end.sequence {
                return Ok(None);
            }
            match self.reader.step()? {
                Step::Record(Record {
                    sequence,
                    crc,
                    offset,
                    payload,
                }) => {
                    let (segment, chain) =
                        (self.reader.header.first, segment::link(self.at.chain, crc));
                    let length = (self.reader.offset - offset) as u32;
                    self.at = Mark {
                        sequence,
                        segment,
                        offset: self.reader.offset,
                        chain,
                    };
                    return Ok(Some((
                        payload,
                        Place {
                            segment,
                            offset,
                            length,
                        },
                        self.at,
                    )));
                }
                Step::End => self.reader = Reader::open(&self.dir, self.at.sequence + 1)?,
                Step::Torn(why) | Step::Bad(why) => return Err(damaged(&self.reader, why)),
            }
        }
    }

    /// Bytes of the journal up to the current place.
    pub(super) fn bytes(&self) -> u64 {
        self.reader.header.before + self.reader.offset
    }
}

/// Reads records at their places.
pub(super) struct Records {
    dir: PathBuf,
    open: Mutex<BTreeMap<u64, Arc<File>>>,
}

impl Records {
    /// Handles kept open; each costs a descriptor.
    const OPEN_FILES: usize = 32;

    /// Reads from the journal in a directory.
    pub(super) fn new(dir: &Path) -> Self {
        Self {
            dir: dir.to_owned(),
            open: Mutex::default(),
        }
    }

    /// Returns the entry at a place.
    pub(super) fn read(&self, place: Place) -> Result<Vec<u8>> {
        let path = self.dir.join(segment::name(place.segment));
        let file = self.file(place.segment, &path)?;
        let damaged = |why: &str| {
            let why = why.to_owned();
            Error::Damaged {
                path: path.clone(),
                offset: place.offset,
                why,
            }
        };
        let mut record = vec![0; place.length as usize];
        file.read_exact_at(&mut record, place.offset)
            .map_err(|error| match error.kind() {
                std::io::ErrorKind::UnexpectedEof => damaged("a record is longer than the file"),
                _ => files::failed("read", &path)(error),
            })?;
        match segment::payload_of(&record) {
            Some(_) => {
                record.drain(..segment::RECORD_BYTES as usize);
                Ok(record)
            }
            None => Err(damaged("a record's checksum does not hold")),
        }
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
