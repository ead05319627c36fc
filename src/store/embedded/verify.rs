//! Checking a store at rest: every record of the journal, every block of the index, and whether the
//! checkpoint and the rows fit the journal. Nothing is changed.

use std::fmt;
use std::path::Path;
use std::sync::Arc;

use super::catalogue::{Checkpoint, load_runs, lock};
use super::disk::Disk;
use super::journal::{DurableNote, EntryReader, JournalFault, JournalPosition, JournalScan, scan};
use super::runs::{Cursor, Merge, PostingKind, RowKind, Run, is_location};
use super::sleds::SledRuns;
use super::{durable_note, files, journal_dir, shape, snapshot};
use crate::store::{Error, Result};

/// A part of a store.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum StorePart {
    /// Records at the journal's end that were never acknowledged. The next open cuts them.
    Tail,
    /// The index, which the next open rebuilds if it meets the damage.
    Index,
    /// The file that says with which parameters the store was made.
    Shape,
    /// The journal: only a backup, or a repair, helps.
    Journal,
}

/// Something that is wrong with a store.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct StoreFault {
    /// With what.
    pub part: StorePart,
    /// What is wrong.
    pub why: String,
}

impl fmt::Display for StorePart {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Tail => "torn tail",
            Self::Index => "index",
            Self::Shape => "shape",
            Self::Journal => "journal",
        })
    }
}

/// What a check found.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Verified {
    /// Entries of the journal that are whole, with all before them.
    pub entries: u64,
    /// Bytes of the journal up to there.
    pub journal_bytes: u64,
    /// Runs of the index.
    pub runs: u64,
    /// What is wrong; empty if all is well.
    pub faults: Vec<StoreFault>,
}

/// Checks the store in a directory.
pub fn verify(
    disk: &Arc<dyn Disk>,
    dir: &Path,
    progress: &mut dyn FnMut(u64, u64),
) -> Result<Verified> {
    let _lock = lock_existing(disk, dir)?;
    let checked = check(disk, dir, progress)?;
    let (shape, journal) = (checked.shape_fault, checked.journal_fault);
    Ok(Verified {
        entries: checked.scan.end.sequence,
        journal_bytes: checked.scan.bytes,
        runs: checked.runs,
        faults: [shape, journal, checked.index_fault]
            .into_iter()
            .flatten()
            .collect(),
    })
}

/// Locks the store in a directory; there must be one.
pub fn lock_existing(disk: &Arc<dyn Disk>, dir: &Path) -> Result<std::fs::File> {
    let journal = journal_dir(dir);
    if !journal.is_dir() {
        let why = std::io::Error::new(std::io::ErrorKind::NotFound, "there is no store");
        return Err(files::failed("open", dir)(why));
    }
    snapshot::refuse(dir)?;
    lock(&**disk, dir)
}

/// What a store has, and what is wrong with it.
pub struct CheckedStore {
    pub scan: JournalScan,
    /// The last entry that is known to have been acknowledged.
    pub acknowledged: u64,
    pub runs: u64,
    pub shape_fault: Option<StoreFault>,
    pub journal_fault: Option<StoreFault>,
    pub index_fault: Option<StoreFault>,
}

/// Checks the store in a directory, whose lock this process has.
pub fn check(
    disk: &Arc<dyn Disk>,
    dir: &Path,
    progress: &mut dyn FnMut(u64, u64),
) -> Result<CheckedStore> {
    let fault = |part, why| StoreFault { part, why };
    let shape_fault = match shape::read(dir) {
        Ok(Some(_)) => None,
        Ok(None) => Some("the file is missing".to_owned()),
        Err(error @ Error::Damaged { .. }) => Some(error.to_string()),
        Err(error) => return Err(error),
    };
    let checkpoint = Checkpoint::read(dir);
    let position = match &checkpoint {
        Ok(Some(checkpoint)) => checkpoint.position,
        _ => JournalPosition::default(),
    };
    let (journal, index) = (journal_dir(dir), dir.join("index"));
    let journal_bytes = files::disk_bytes(&journal);
    let total = journal_bytes + files::disk_bytes(&index);

    let mut has_position = position == JournalPosition::default();
    let scan = scan(&journal, |after, bytes| {
        has_position |= after == position;
        progress(bytes.min(journal_bytes), total);
    })?;
    let noted = DurableNote::read(&durable_note(dir))?;
    let acknowledged = noted.unwrap_or(0).max(position.sequence);
    let journal_fault = journal_fault(&journal, &scan, noted, acknowledged);

    let mut report = |bytes: u64| progress((journal_bytes + bytes).min(total), total);
    let is_cut = journal_fault
        .as_ref()
        .is_some_and(|it| it.part == StorePart::Journal);
    let checked = match checkpoint {
        // Nothing to compare it with.
        _ if is_cut => Ok(0),
        Ok(None) => Err(Error::Index("the checkpoint is missing".to_owned())),
        Ok(Some(_)) if !has_position => {
            let why = "the checkpoint belongs to another journal";
            Err(Error::Index(why.to_owned()))
        }
        Ok(Some(checkpoint)) => {
            let entries = EntryReader::new(disk, &journal);
            check_index(disk, &index, &checkpoint, &entries, &mut report)
        }
        Err(error) => Err(error),
    };
    let (runs, index_fault) = match checked {
        Ok(runs) => (runs, None),
        Err(Error::Index(why)) => (0, Some(why)),
        Err(error) => (0, Some(error.to_string())),
    };
    Ok(CheckedStore {
        scan,
        acknowledged,
        runs,
        shape_fault: shape_fault.map(|why| fault(StorePart::Shape, why)),
        journal_fault,
        index_fault: index_fault.map(|why| fault(StorePart::Index, why)),
    })
}

/// Says what is wrong with a journal, as an open would judge it.
fn journal_fault(
    dir: &Path,
    scan: &JournalScan,
    noted: Option<u64>,
    acknowledged: u64,
) -> Option<StoreFault> {
    let end = scan.end.sequence;
    let is_missing = end < acknowledged;
    let fault = |part, why| Some(StoreFault { part, why });
    match &scan.fault {
        None if is_missing => {
            let why = format!(
                "`{}` ends after entry {end}, and entries up to {acknowledged} were acknowledged",
                dir.display()
            );
            fault(StorePart::Journal, why)
        }
        None => None,
        Some(JournalFault {
            path,
            offset,
            why,
            is_last,
            ..
        }) => {
            let is_tail = *is_last && *offset > 0 && !is_missing && noted.is_some();
            let part = match is_tail {
                true => StorePart::Tail,
                false => StorePart::Journal,
            };
            let place = format!("`{}` at byte {offset}, after entry {end}", path.display());
            fault(part, format!("{place}: {why}"))
        }
    }
}

/// Reads every block of every run, and every entry where its row says that it is. Returns the number of runs.
fn check_index(
    disk: &Arc<dyn Disk>,
    dir: &Path,
    checkpoint: &Checkpoint,
    entries: &EntryReader,
    report: &mut dyn FnMut(u64),
) -> Result<u64> {
    if checkpoint.rows.is_empty() && checkpoint.postings.is_empty() {
        return Ok(0);
    }
    if !dir.is_dir() {
        return Err(Error::Index("its folder is missing".to_owned()));
    }
    let sleds = SledRuns::open(disk, dir, checkpoint.secret)?;
    let rows: Vec<Arc<Run<RowKind>>> = load_runs(&sleds, &checkpoint.rows)?;
    let postings: Vec<Arc<Run<PostingKind>>> = load_runs(&sleds, &checkpoint.postings)?;
    let mut bytes = 0;
    for run in &postings {
        let mut cursor = Cursor::at_block(run, 0)?;
        while cursor.entry().is_some() {
            cursor.advance()?;
        }
        bytes += run.meta.block_bytes;
        report(bytes);
    }
    let cursors = rows.iter().map(|run| Cursor::at_block(run, 0));
    let mut merge = Merge::new(cursors.collect::<Result<_>>()?);
    while let Some(row) = merge.entry() {
        bytes += row.key.len() as u64 + row.value.map_or(0, |value| value.len() as u64);
        if let Some(value) = row.value.filter(|_| is_location(row.key)) {
            let location = postcard::from_bytes(value);
            let location = location.map_err(|error| Error::Index(format!("location: {error}")))?;
            let read = entries.read(location);
            let read =
                read.map_err(|error| Error::Index(format!("a row leads to no entry: {error}")))?;
            if read.is_none() {
                let why = "a row leads to an entry that was taken out of the journal";
                return Err(Error::Index(why.to_owned()));
            }
        }
        report(bytes);
        merge.advance()?;
    }
    Ok((rows.len() + postings.len()) as u64)
}
