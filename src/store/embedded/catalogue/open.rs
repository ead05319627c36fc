//! Opening a store: compare its shape, check the journal's end, load the index, and replay the
//! entries that it lacks. An index that is missing, damaged or of a former version is rebuilt from the
//! journal.

use std::collections::BTreeSet;
use std::fs::{self, File, TryLockError};
use std::io;
use std::panic::resume_unwind;
use std::path::Path;
use std::sync::Arc;
use std::thread;

use jiff::Timestamp;

use super::{Checkpoint, Levels, compactor};
use crate::store::embedded::disk::{Disk, Opening};
use crate::store::embedded::journal::{DurableNote, Journal, JournalReader};
use crate::store::embedded::replay::replay;
use crate::store::embedded::runs::{Run, RunKind, RunMeta};
use crate::store::embedded::shared::SharedStore;
use crate::store::embedded::sleds::SledRuns;
use crate::store::embedded::{Embedded, EmbeddedParams, Opened};
use crate::store::embedded::{durable_note, files, journal_dir, shape, snapshot};
use crate::store::{Derive, Error, Result, Store};

/// Called with the bytes of the journal that were replayed, and the bytes to replay in all.
type ReplayProgress<'a> = dyn FnMut(u64, u64) + 'a;

/// A store's disk, folder, and lock.
pub type LockedFolder<'a> = (&'a Arc<dyn Disk>, &'a Path, &'a Arc<File>);

/// Opens the store in a directory. `rebuild` is a reason to rebuild the index whatever its state.
pub fn open(
    disk: &Arc<dyn Disk>,
    dir: &Path,
    params: &EmbeddedParams,
    shape: &[(String, String)],
    derive: &impl Derive,
    rebuild: Option<String>,
    progress: &mut ReplayProgress<'_>,
) -> Result<Opened> {
    params.validate().map_err(|why| {
        let source = io::Error::new(io::ErrorKind::InvalidInput, why);
        files::failed("open with these parameters", dir)(source)
    })?;
    snapshot::refuse(dir)?;
    files::create_dirs(&**disk, &journal_dir(dir))?;
    let lock = Arc::new(lock(&**disk, dir)?);
    let at = (disk, dir, &lock);
    open_locked(at, params, shape, derive, rebuild, progress)
}

/// Opens the store in a directory whose lock this process has, as [`open`] does.
pub fn open_locked(
    (disk, dir, lock): LockedFolder<'_>,
    params: &EmbeddedParams,
    shape: &[(String, String)],
    derive: &impl Derive,
    rebuild: Option<String>,
    progress: &mut ReplayProgress<'_>,
) -> Result<Opened> {
    let is_new = !Embedded::is_at(dir);
    if is_new {
        Journal::create(disk, &journal_dir(dir))?;
        DurableNote::begin(disk, &durable_note(dir), 0)?;
    }
    let outdated = shape::agree(&**disk, dir, shape)?;
    if is_new {
        clear_index(&**disk, dir)?;
    }
    let noted = DurableNote::read(&durable_note(dir))?;
    let mut open = |checkpoint| {
        let at = (disk, dir, lock);
        open_index(at, params, checkpoint, noted, derive, progress)
    };
    let opened = match (outdated.clone().or(rebuild), Checkpoint::read(dir)) {
        (Some(why), _) => Err(Error::Index(why)),
        (None, Ok(Some(checkpoint))) => open(checkpoint),
        (None, Ok(None)) => Err(Error::Index("the checkpoint is missing".to_owned())),
        (None, Err(error)) => Err(error),
    };
    let opened = match opened {
        Err(Error::Index(why)) => {
            let empty = clear_index(&**disk, dir)?;
            let rebuilt = Some(why);
            Opened {
                rebuilt,
                ..open(empty)?
            }
        }
        opened => opened?,
    };
    if outdated.is_some() {
        derive.renew(&opened.store).map_err(Error::Renewal)?;
        // What was staged must not be lost once the store counts as up to date.
        opened.store.commit()?;
        shape::write(&**disk, dir, shape)?;
    }
    Ok(opened)
}

/// Replaces the index and the checkpoint by empty ones. Returns the checkpoint.
pub fn clear_index(disk: &dyn Disk, dir: &Path) -> Result<Checkpoint> {
    Checkpoint::remove(disk, dir)?;
    files::remove(disk, &dir.join("index"))?;
    files::remove(disk, &dir.join("copies"))?; // of indexes before version 5
    let empty = Checkpoint::of_new_index()?;
    empty.write(disk, dir)?;
    Ok(empty)
}

/// Opens the store from a checkpoint. The journal was durable up to the entry `noted`, if that is known.
/// [`Error::Index`] means that the index must be rebuilt.
fn open_index(
    (disk, dir, lock): LockedFolder<'_>,
    params: &EmbeddedParams,
    mut checkpoint: Checkpoint,
    noted: Option<u64>,
    derive: &impl Derive,
    progress: &mut ReplayProgress<'_>,
) -> Result<Opened> {
    let from = checkpoint.position;
    let journal = Journal::open(disk, &journal_dir(dir), from, noted)?;
    let (end, total) = (journal.end, journal.bytes());
    let sleds = SledRuns::open(disk, &dir.join("index"), checkpoint.secret).map_err(in_index)?;
    let levels = load(&sleds, &mut checkpoint).map_err(in_index)?;
    let shared = SharedStore::new(disk, dir, params, sleds, journal, &checkpoint, levels)?;
    let shared = Arc::new(shared);
    let for_compactor = shared.clone();
    let compactor = thread::Builder::new()
        .name("compactor".to_owned())
        .spawn(|| compactor::run(for_compactor, checkpoint));
    let compactor = compactor.map_err(files::failed("start the compactor of", dir))?;
    let store = Embedded {
        shared,
        compactor: Some(compactor),
        lock: lock.clone(),
    };
    let entries = JournalReader::new(&journal_dir(dir), from, end)?;
    let before = entries.bytes();
    let mut report = |bytes| progress(bytes - before, total - before);
    match replay(&store, entries, derive, &mut report) {
        Ok(replayed) => {
            if replayed > 0 {
                report(total);
            }
            Ok(Opened {
                store,
                replayed,
                rebuilt: None,
            })
        }
        // The callback may have changed the error's type.
        Err(error) => {
            let damage = store.shared.damage();
            Err(damage.map_or(error, |why| Error::Index(why.to_owned())))
        }
    }
}

/// Locks the store in a directory for this process, and notes in the lock file who has it.
pub fn lock(disk: &dyn Disk, dir: &Path) -> Result<File> {
    let path = dir.join("LOCK");
    let file = match disk.open(&path, Opening::Write) {
        Err(error) if error.kind() == io::ErrorKind::NotFound => disk.open(&path, Opening::Replace),
        opened => opened,
    };
    let file = file.map_err(files::failed("open", &path))?;
    match file.try_lock() {
        Ok(()) => {}
        Err(TryLockError::WouldBlock) => {
            return Err(Error::Locked {
                path: dir.to_owned(),
                holder: holder(&path),
            });
        }
        Err(TryLockError::Error(error)) => return Err(files::failed("lock", &path)(error)),
    }
    // Only for messages: a full disk is no reason to fail.
    let noted = format!("{:<HOLDER_BYTES$}", std::process::id());
    let _ = disk.write(&path, &file, noted.as_bytes(), 0);
    Ok(file)
}

/// Bytes of the lock file: a process id in decimal digits, and spaces.
const HOLDER_BYTES: usize = 20;

/// Says which process has locked a file, and since when: it writes the file once, when it locks it.
fn holder(path: &Path) -> String {
    let noted = fs::read_to_string(path).unwrap_or_default();
    let Ok(id) = noted.trim().parse::<u32>() else {
        return "another process".to_owned();
    };
    let since = fs::metadata(path).and_then(|metadata| metadata.modified());
    let since = since.ok().and_then(|since| Timestamp::try_from(since).ok());
    match since {
        Some(since) => format!("process {id}, since {since:.0}"),
        None => format!("process {id}"),
    }
}

/// Turns any error of the index at open into a reason to rebuild it.
fn in_index(error: Error) -> Error {
    match error {
        Error::Index(why) => Error::Index(why),
        error => Error::Index(error.to_string()),
    }
}

/// Loads the runs that the checkpoint names, and removes all others.
fn load(sleds: &Arc<SledRuns>, checkpoint: &mut Checkpoint) -> Result<Levels> {
    let levels = Levels {
        rows: load_runs(sleds, &checkpoint.rows)?,
        postings: load_runs(sleds, &checkpoint.postings)?,
    };
    let named = checkpoint.rows.iter().chain(&checkpoint.postings);
    let named: BTreeSet<u32> = named.map(|meta| meta.number).collect();
    let found = sleds.list()?;
    for &run in found.iter().filter(|run| !named.contains(run)) {
        sleds.remove(run)?;
    }
    // A number is not reused, so that remains of a removed run cannot pass for a new one.
    let highest = found.into_iter().max().unwrap_or(0);
    checkpoint.next_run = checkpoint.next_run.max(highest.saturating_add(1));
    Ok(levels)
}

/// Loads runs in parallel: with many runs, an open mostly reads index blocks and filters.
pub fn load_runs<K: RunKind>(sleds: &Arc<SledRuns>, metas: &[RunMeta]) -> Result<Vec<Arc<Run<K>>>> {
    thread::scope(|scope| {
        let load = |meta: &RunMeta| {
            let meta = meta.clone();
            scope.spawn(|| Run::load(sleds, meta))
        };
        let loads: Vec<_> = metas.iter().map(load).collect();
        let runs = loads.into_iter().map(|load| {
            let run = load.join().unwrap_or_else(|panic| resume_unwind(panic));
            run.map(Arc::new)
        });
        runs.collect()
    })
}
