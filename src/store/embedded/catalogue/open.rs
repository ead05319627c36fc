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

use super::{Checkpoint, Levels, compactor};
use crate::store::embedded::journal::{Journal, JournalReader, Syncer};
use crate::store::embedded::replay::replay;
use crate::store::embedded::runs::{Run, RunKind, RunMeta};
use crate::store::embedded::shared::SharedStore;
use crate::store::embedded::sleds::SledRuns;
use crate::store::embedded::{Embedded, EmbeddedParams, Opened};
use crate::store::embedded::{durable_note, files, journal_dir, shape};
use crate::store::{Derive, Error, Result, Store};

/// Called with the bytes of the journal that were replayed, and the bytes to replay in all.
type ReplayProgress<'a> = dyn FnMut(u64, u64) + 'a;

/// Opens the store in a directory. `rebuild` is a reason to rebuild the index whatever its state.
pub fn open(
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
    let journal = journal_dir(dir);
    fs::create_dir_all(&journal).map_err(files::failed("create", &journal))?;
    let lock = lock(dir)?;
    let is_new = !Embedded::is_at(dir);
    if is_new {
        Journal::create(&journal)?;
    }
    let outdated = shape::agree(dir, shape)?;
    if is_new {
        clear_index(dir)?;
    }
    let noted = Syncer::read_note(&durable_note(dir));
    let mut open = |checkpoint| open_index(dir, params, checkpoint, noted, derive, progress);
    let opened = match (outdated.clone().or(rebuild), Checkpoint::read(dir)) {
        (Some(why), _) => Err(Error::Index(why)),
        (None, Ok(Some(checkpoint))) => open(checkpoint),
        (None, Ok(None)) => Err(Error::Index("the checkpoint is missing".to_owned())),
        (None, Err(error)) => Err(error),
    };
    let mut opened = match opened {
        Err(Error::Index(why)) => {
            clear_index(dir)?;
            let rebuilt = Some(why);
            Opened {
                rebuilt,
                ..open(Checkpoint::default())?
            }
        }
        opened => opened?,
    };
    opened.store.lock = Some(lock);
    if outdated.is_some() {
        derive.renew(&opened.store).map_err(Error::Renewal)?;
        // What was staged must not be lost once the store counts as up to date.
        opened.store.commit()?;
        shape::write(dir, shape)?;
    }
    Ok(opened)
}

/// Replaces the index and the checkpoint by empty ones.
fn clear_index(dir: &Path) -> Result<()> {
    Checkpoint::remove(dir)?;
    files::remove(&dir.join("index"))?;
    files::remove(&dir.join("copies"))?; // of indexes before version 5
    Checkpoint::default().write(dir)
}

/// Opens the store from a checkpoint. The journal was durable up to the entry `noted`. [`Error::Index`]
/// means that the index must be rebuilt.
fn open_index(
    dir: &Path,
    params: &EmbeddedParams,
    mut checkpoint: Checkpoint,
    noted: u64,
    derive: &impl Derive,
    progress: &mut ReplayProgress<'_>,
) -> Result<Opened> {
    let from = checkpoint.position;
    let journal = Journal::open(&journal_dir(dir), from, noted.max(from.sequence))?;
    let (end, total) = (journal.end, journal.bytes());
    let sleds = SledRuns::open(&dir.join("index")).map_err(in_index)?;
    let levels = load(&sleds, &mut checkpoint).map_err(in_index)?;
    let shared = SharedStore::new(dir, params, sleds, journal, &checkpoint, levels)?;
    let shared = Arc::new(shared);
    let for_compactor = shared.clone();
    let compactor = thread::Builder::new()
        .name("compactor".to_owned())
        .spawn(|| compactor::run(for_compactor, checkpoint));
    let compactor = compactor.map_err(files::failed("start the compactor of", dir))?;
    let store = Embedded {
        shared,
        compactor: Some(compactor),
        lock: None,
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
                lost: noted.saturating_sub(end.sequence),
            })
        }
        // The callback may have changed the error's type.
        Err(error) => Err(store.shared.damage().clone().map_or(error, Error::Index)),
    }
}

fn lock(dir: &Path) -> Result<File> {
    let path = dir.join("LOCK");
    let mut options = File::options();
    let file = options.create(true).truncate(false).write(true).open(&path);
    let file = file.map_err(files::failed("open", &path))?;
    match file.try_lock() {
        Ok(()) => Ok(file),
        Err(TryLockError::WouldBlock) => Err(Error::Locked {
            path: dir.to_owned(),
        }),
        Err(TryLockError::Error(error)) => Err(files::failed("lock", &path)(error)),
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
fn load_runs<K: RunKind>(sleds: &Arc<SledRuns>, metas: &[RunMeta]) -> Result<Vec<Arc<Run<K>>>> {
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
