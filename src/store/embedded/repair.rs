//! Mending a store at rest. Nothing is thrown away: what cannot be used any more is kept in a folder of the
//! store's.

use std::path::{Path, PathBuf};
use std::sync::Arc;

use super::catalogue::clear_index;
use super::disk::Disk;
use super::journal::{DurableNote, cut_after};
use super::verify::{StorePart, check, lock_existing};
use super::{durable_note, files, journal_dir, shape};
use crate::store::{Error, Result};

/// What a repair found and did.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Repaired {
    /// Entries of the journal that are kept.
    pub kept: u64,
    /// The last entry that is known to have been there. Those after `kept` are given up.
    pub known: u64,
    /// Bytes that were cut from the journal.
    pub cut_bytes: u64,
    /// The folder that has them.
    pub aside: Option<PathBuf>,
    /// What was wrong with the journal.
    pub journal: Option<String>,
    /// What was wrong with the shape, if a new one was written.
    pub shape: Option<String>,
    /// Why the index was dropped, if it was.
    pub index: Option<String>,
}

/// Mends the store in a directory.
pub fn repair(
    disk: &Arc<dyn Disk>,
    dir: &Path,
    shape: &[(String, String)],
    progress: &mut dyn FnMut(u64, u64),
) -> Result<Repaired> {
    let _lock = lock_existing(disk, dir)?;
    let checked = check(disk, dir, progress)?;
    let end = checked.scan.end;
    let later = checked.scan.fault.as_ref().and_then(|fault| fault.later);
    let mut done = Repaired {
        kept: end.sequence,
        known: checked
            .acknowledged
            .max(later.unwrap_or(0))
            .max(end.sequence),
        index: checked.index_fault.map(|fault| fault.why),
        ..Repaired::default()
    };
    // The next open cuts a torn tail on its own.
    let damage = checked
        .journal_fault
        .filter(|fault| fault.part == StorePart::Journal);
    // A segment without its header cannot be opened.
    let has_header = checked.scan.fault.is_none_or(|fault| fault.offset > 0);
    if let Some(fault) = &damage
        && end.sequence == 0
        && (done.known > 0 || !has_header)
    {
        let why = fault.why.clone();
        return Err(Error::NothingToKeep { why });
    }
    if let Some(fault) = checked.shape_fault {
        keep_shape(&**disk, dir)?;
        shape::write_outdated(&**disk, dir, shape)?;
        done.shape = Some(fault.why);
    }
    if let Some(fault) = damage {
        // The index may know what the journal has lost.
        clear_index(&**disk, dir)?;
        done.index = done.index.or(Some("the journal was cut".to_owned()));
        let aside = unused(&dir.join(format!("cut-after-{}", end.sequence)));
        done.cut_bytes = cut_after(disk, &journal_dir(dir), end, &aside)?;
        done.aside = Some(aside).filter(|_| done.cut_bytes > 0);
        DurableNote::replace(&**disk, &durable_note(dir), end.sequence)?;
        done.journal = Some(fault.why);
    } else if done.index.is_some() {
        clear_index(&**disk, dir)?;
    }
    Ok(done)
}

/// Keeps a damaged shape under another name.
fn keep_shape(disk: &dyn Disk, dir: &Path) -> Result<()> {
    let path = shape::path(dir);
    if !path.exists() {
        return Ok(());
    }
    let renamed = disk.rename(&path, &unused(&dir.join("shape-damaged")));
    renamed.map_err(files::failed("rename", &path))?;
    files::sync_dir(disk, dir)
}

/// Returns a path that is not in use, by adding a number to one that is.
fn unused(path: &Path) -> PathBuf {
    let numbered = |n: u32| PathBuf::from(format!("{}.{n}", path.display()));
    let mut candidates = std::iter::once(path.to_owned()).chain((1..).map(numbered));
    let found = candidates.find(|path| !path.exists());
    found.expect("there are more numbers than files")
}
