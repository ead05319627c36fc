//! Reading a whole journal at rest: every record is checked, up to the first that is damaged. And cutting
//! it there: what is cut is kept beside it.

use std::path::{Path, PathBuf};
use std::sync::Arc;

use super::segment::{NextRecord, SegmentReader};
use super::{CompactedFile, JournalPosition, files, segments};
use crate::store::embedded::disk::{Disk, Opening};
use crate::store::{Error, Result};

/// Where a journal is damaged, or torn.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct JournalFault {
    pub path: PathBuf,
    pub offset: u64,
    pub why: String,
    /// It is in the last segment.
    pub is_last: bool,
    /// Number of the last entry of a whole record behind the fault, if there is one.
    pub later: Option<u64>,
}

/// What a journal has.
pub struct JournalScan {
    /// The position after the last record before the fault.
    pub end: JournalPosition,
    /// Bytes up to there, headers included.
    pub bytes: u64,
    pub fault: Option<JournalFault>,
}

/// Reads a journal up to its first fault. Calls back with the position after each whole record, and the
/// bytes up to there.
///
/// # Errors
/// The files cannot be read, have a version of a later program, or there are none.
pub fn scan(dir: &Path, mut each: impl FnMut(JournalPosition, u64)) -> Result<JournalScan> {
    let names = segments(dir)?;
    let Some(&last) = names.last() else {
        return Err(files::damaged(dir, 0, "the journal has no segments"));
    };
    let (mut end, mut before) = (JournalPosition::default(), 0);
    for &name in &names {
        let path = dir.join(name.file());
        let stopped_at = |end, bytes, fault| JournalScan {
            end,
            bytes,
            fault: Some(fault),
        };
        let fault = |offset, why: &str, later| JournalFault {
            path: path.clone(),
            offset,
            why: why.to_owned(),
            is_last: name == last,
            later,
        };
        let opened = SegmentReader::open(dir, name).and_then(|reader| {
            CompactedFile::check(&path, &reader.header)?;
            Ok(reader)
        });
        let mut reader = match opened {
            Err(Error::Damaged { offset, why, .. }) => {
                let fault = fault(offset, &why, None);
                return Ok(stopped_at(end, before, fault));
            }
            reader => reader?,
        };
        let header = &reader.header;
        let follows = (header.first, header.before, header.chain);
        if follows != (end.sequence + 1, before, end.chain) {
            let fault = fault(
                0,
                "the segment does not follow the one before",
                Some(name.first),
            );
            return Ok(stopped_at(end, before, fault));
        }
        let before_segment = end;
        end = JournalPosition::at_segment(name.first, end.chain);
        loop {
            let (offset, why) = match reader.next()? {
                NextRecord::Record(record) if record.entries().is_none() => {
                    (record.location.offset, "a record cannot be unpacked")
                }
                NextRecord::Record(record) => {
                    end = end.after(record.location, record.crc, record.last());
                    each(end, before + reader.offset);
                    continue;
                }
                NextRecord::End => break,
                NextRecord::Torn(why) | NextRecord::Bad(why) => (reader.offset, why),
            };
            let later = match name == last {
                true => reader.last_later_entry()?,
                false => Some(last.first),
            };
            let fault = fault(offset, why, later);
            if name.last.is_some() {
                // It is whole, or nothing.
                return Ok(stopped_at(before_segment, before, fault));
            }
            return Ok(stopped_at(end, before + offset, fault));
        }
        end = end.after_segment(&reader.header);
        before = reader.journal_end();
    }
    Ok(JournalScan {
        end,
        bytes: before,
        fault: None,
    })
}

/// Cuts a journal after a position, and moves what is cut to a folder. Returns the bytes that were cut.
///
/// If it is interrupted, the journal is as damaged as before, and it can be done again.
pub fn cut_after(
    disk: &Arc<dyn Disk>,
    dir: &Path,
    end: JournalPosition,
    aside: &Path,
) -> Result<u64> {
    let mut bytes = 0;
    // From the last on, so that what is left is a journal's beginning at any moment.
    for segment in segments(dir)?.into_iter().rev() {
        let (first, name) = (segment.first, segment.file());
        let path = dir.join(&name);
        if first > end.segment {
            let metadata = path.metadata().map_err(files::failed("read", &path))?;
            bytes += metadata.len();
            files::create_dirs(&**disk, aside)?;
            let renamed = disk.rename(&path, &aside.join(&name));
            renamed.map_err(files::failed("rename", &path))?;
            files::sync_dir(&**disk, aside)?;
            files::sync_dir(&**disk, dir)?;
        } else if first == end.segment && segment.last.is_none() {
            let content = files::read_if_exists(&path)?.unwrap_or_default();
            let rest = content.get(end.offset as usize..).unwrap_or_default();
            if rest.is_empty() {
                continue;
            }
            bytes += rest.len() as u64;
            files::create_dirs(&**disk, aside)?;
            let kept = aside.join(format!("{name}.from-{}", end.offset));
            files::write_atomically(&**disk, &kept, rest)?;
            let file = disk.open(&path, Opening::Write);
            let file = file.map_err(files::failed("open", &path))?;
            let cut = disk.cut(&path, &file, end.offset);
            cut.map_err(files::failed("cut", &path))?;
            let synced = disk.sync(&path, &file);
            synced.map_err(files::failed("sync", &path))?;
        }
    }
    Ok(bytes)
}
