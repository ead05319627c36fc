//! Opening a store: compare its shape, check the journal's end, load the index, and replay the
//! entries that it lacks. An index that is missing or damaged is rebuilt from the journal.

use std::collections::BTreeSet;
use std::fs::{self, File, TryLockError};
use std::io;
use std::iter;
use std::panic::resume_unwind;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::thread;

use super::compactor::Compactor;
use super::{Checkpoint, Levels};
use crate::store::embedded::journal::{Journal, JournalReader, Syncer};
use crate::store::embedded::replay::replay;
use crate::store::embedded::runs::{Run, RunKind, RunMeta};
use crate::store::embedded::shared::Shared;
use crate::store::embedded::sleds::SledRuns;
use crate::store::embedded::{Embedded, EmbeddedParams, Opened};
use crate::store::embedded::{durable_note, files, journal_dir, shape};
use crate::store::{Derive, Error, Result};

/// The arguments of an open.
pub(crate) struct OpenRequest<'a, D> {
    pub dir: &'a Path,
    pub params: &'a EmbeddedParams,
    pub shape: &'a [(String, String)],
    pub derive: &'a D,
}

/// Called with the bytes of the journal that were replayed, and the bytes to replay in all.
pub(crate) type ReplayProgress<'a> = dyn FnMut(u64, u64) + 'a;

impl<D: Derive> OpenRequest<'_, D> {
    /// Opens the store. `rebuild` is a reason to rebuild the index whatever its state.
    pub(crate) fn open(
        &self,
        rebuild: Option<String>,
        progress: &mut ReplayProgress<'_>,
    ) -> Result<Opened> {
        let dir = self.dir;
        self.params.validate().map_err(|why| {
            let source = io::Error::new(io::ErrorKind::InvalidInput, why);
            files::failed("open with these parameters", dir)(source)
        })?;
        let journal = journal_dir(dir);
        fs::create_dir_all(&journal).map_err(files::failed("create", &journal))?;
        let lock = lock(dir)?;
        let is_new = !shape::exists(dir);
        if is_new {
            Journal::create(&journal)?;
        }
        shape::agree(dir, self.shape)?;
        if is_new {
            self.clear_index()?;
        }
        let noted = Syncer::read_note(&durable_note(dir));
        let attempt = match (rebuild, Checkpoint::read(dir)) {
            (Some(why), _) => Err(Error::Index(why)),
            (None, Ok(Some(checkpoint))) => self.attempt(checkpoint, progress),
            (None, Ok(None)) => Err(Error::Index("the checkpoint is missing".to_owned())),
            (None, Err(error)) => Err(error),
        };
        let (opened, rebuilt) = match attempt {
            Err(Error::Index(why)) => {
                self.clear_index()?;
                (self.attempt(Checkpoint::empty(), progress)?, Some(why))
            }
            opened => (opened?, None),
        };
        let (mut store, replayed, end) = opened;
        store.lock = Some(lock);
        Ok(Opened {
            store,
            replayed,
            rebuilt,
            lost: noted.saturating_sub(end),
        })
    }

    /// Replaces the index and the checkpoint by empty ones.
    fn clear_index(&self) -> Result<()> {
        Checkpoint::remove(self.dir)?;
        files::remove(&self.index_dir())?;
        files::remove(&self.dir.join("copies"))?; // of indexes before version 5
        Checkpoint::empty().write(self.dir)
    }

    fn index_dir(&self) -> PathBuf {
        self.dir.join("index")
    }

    /// Opens the store from a checkpoint. Returns it, how many entries were replayed, and the number
    /// of the last entry. [`Error::Index`] means that the index must be rebuilt.
    fn attempt(
        &self,
        mut checkpoint: Checkpoint,
        progress: &mut ReplayProgress<'_>,
    ) -> Result<(Embedded, u64, u64)> {
        let journal_dir = journal_dir(self.dir);
        let from = checkpoint.position;
        let durable = Syncer::read_note(&durable_note(self.dir)).max(from.sequence);
        let journal = Journal::open(&journal_dir, from, durable)?;
        // What an earlier process wrote without syncing is treated as durable from now on.
        journal.sync()?;
        let (end, total) = (journal.end(), journal.bytes());
        let sleds = SledRuns::open(&self.index_dir()).map_err(in_index)?;
        let levels = load(&sleds, &mut checkpoint).map_err(in_index)?;
        let shared = Shared::new(self.dir, self.params, sleds, journal, &checkpoint, levels)?;
        let shared = Arc::new(shared);
        let compactor = Compactor::new(shared.clone(), checkpoint);
        let compactor = thread::Builder::new()
            .name("compactor".to_owned())
            .spawn(|| compactor.run());
        let compactor = compactor.map_err(files::failed("start the compactor of", self.dir))?;
        let store = Embedded {
            shared,
            compactor: Some(compactor),
            lock: None,
        };
        let entries = JournalReader::new(&journal_dir, from, end)?;
        let before = entries.bytes();
        let mut report = |bytes| progress(bytes - before, total - before);
        match replay(&store, entries, self.derive, &mut report) {
            Ok(replayed) => {
                if replayed > 0 {
                    report(total);
                }
                Ok((store, replayed, end.sequence))
            }
            // The callback may have changed the error's type.
            Err(error) => Err(store.shared.index_damage().map_or(error, Error::Index)),
        }
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

/// Loads runs on all processors: with many runs, an open mostly reads index blocks and filters.
fn load_runs<K: RunKind>(sleds: &Arc<SledRuns>, metas: &[RunMeta]) -> Result<Vec<Arc<Run<K>>>> {
    let next = AtomicUsize::new(0);
    let work = || {
        let taken = iter::repeat_with(|| next.fetch_add(1, Ordering::Relaxed));
        let metas = taken.map_while(|at| Some((at, metas.get(at)?)));
        let loaded = metas.map(|(at, meta)| (at, Run::load(sleds, meta.clone())));
        loaded.collect::<Vec<_>>()
    };
    let workers = thread::available_parallelism().map_or(1, usize::from);
    let workers = workers.min(metas.len());
    let mut loaded: Vec<_> = thread::scope(|scope| {
        let workers: Vec<_> = (0..workers).map(|_| scope.spawn(work)).collect();
        let loaded = workers.into_iter().map(|worker| worker.join());
        loaded
            .flat_map(|loaded| loaded.unwrap_or_else(|panic| resume_unwind(panic)))
            .collect()
    });
    loaded.sort_unstable_by_key(|(at, _)| *at);
    loaded
        .into_iter()
        .map(|(_, run)| run.map(Arc::new))
        .collect()
}
