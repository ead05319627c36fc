//! Opening: agree on the shape, check the journal's end, judge the index, replay what it lacks. An
//! index that does not hold is built anew from the journal.

use std::collections::BTreeSet;
use std::fs::{self, File, TryLockError};
use std::io;
use std::iter;
use std::panic::resume_unwind;
use std::path::Path;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::thread;

use super::checkpoint::Checkpoint;
use super::journal::{Journal, Mark, Replay};
use super::keeper::Keeper;
use super::levels::Levels;
use super::pages::Pages;
use super::posting_run::PostingRun;
use super::replay::replay;
use super::row_run::RowRun;
use super::shared::Shared;
use super::syncer::Syncer;
use super::{Embedded, EmbeddedParams, Opened, files, journal_dir, note, shape};
use crate::store::{Derive, Error, Result};

/// What an open was asked for.
pub(super) struct Request<'a, D> {
    pub dir: &'a Path,
    pub params: &'a EmbeddedParams,
    pub shape: &'a [(String, String)],
    pub derive: &'a D,
}

/// Called with the bytes of the journal that were replayed, and those that are to be.
pub(super) type Progress<'a> = dyn FnMut(u64, u64) + 'a;

impl<D: Derive> Request<'_, D> {
    /// Opens the store; `rebuild` gives a reason to build the index anew whatever its state.
    pub(super) fn open(
        &self,
        rebuild: Option<String>,
        progress: &mut Progress<'_>,
    ) -> Result<Opened> {
        let dir = self.dir;
        self.params.validate().map_err(|why| {
            let source = io::Error::new(io::ErrorKind::InvalidInput, why);
            Error::Io {
                what: "open with these parameters",
                path: dir.to_owned(),
                source,
            }
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
            self.wipe_index()?;
        }
        let noted = Syncer::noted(&note(dir));
        let why = match (rebuild, Checkpoint::read(dir)) {
            (Some(why), _) => why,
            (None, Ok(Some(checkpoint))) => match self.attempt(checkpoint, progress) {
                Ok((store, replayed, end)) => {
                    return Ok(Opened {
                        store: store.guarded_by(lock),
                        replayed,
                        rebuilt: None,
                        lost: noted.saturating_sub(end),
                    });
                }
                Err(Error::Index(why)) => why,
                Err(error) => return Err(error),
            },
            (None, Ok(None)) => "the checkpoint is missing".to_owned(),
            (None, Err(Error::Index(why))) => why,
            (None, Err(error)) => return Err(error),
        };
        self.wipe_index()?;
        let (store, replayed, end) = self.attempt(Checkpoint::empty(), progress)?;
        Ok(Opened {
            store: store.guarded_by(lock),
            replayed,
            rebuilt: Some(why),
            lost: noted.saturating_sub(end),
        })
    }

    /// Leaves an index with nothing in it, and a checkpoint that says so.
    fn wipe_index(&self) -> Result<()> {
        Checkpoint::remove(self.dir)?;
        files::remove(&self.index_dir())?;
        files::remove(&self.dir.join("copies"))?; // what indexes before version 5 had beside them
        Checkpoint::empty().write(self.dir)
    }

    fn index_dir(&self) -> std::path::PathBuf {
        self.dir.join("index")
    }

    /// Opens with a checkpoint: the store, how many entries were replayed, and the last entry there
    /// is. [`Error::Index`] tells that the index does not hold.
    fn attempt(
        &self,
        mut checkpoint: Checkpoint,
        progress: &mut Progress<'_>,
    ) -> Result<(Embedded, u64, u64)> {
        let journal_dir = journal_dir(self.dir);
        let from = checkpoint.mark;
        let durable = Syncer::noted(&note(self.dir)).max(from.sequence);
        let journal = Journal::open(&journal_dir, from, durable)?;
        // What an earlier process wrote and did not sync is answered from now on as if it had.
        journal.sync()?;
        let (end, total) = (journal.mark(), journal.bytes());
        let pages = Pages::open(&self.index_dir());
        let pages = pages.map_err(in_index)?;
        let levels = load(&pages, &mut checkpoint).map_err(in_index)?;
        let shared = Shared::new(self.dir, self.params, pages, journal, &checkpoint, levels)?;
        let shared = Arc::new(shared);
        let keeper = Keeper::new(shared.clone(), checkpoint);
        let keeper = thread::Builder::new()
            .name("store-keeper".to_owned())
            .spawn(|| keeper.run());
        let keeper = keeper.map_err(files::failed("start the keeper of", self.dir))?;
        let store = Embedded::new(shared.clone(), keeper);
        match self.replay(&shared, (from, end), total, progress) {
            Ok(replayed) => Ok((store, replayed, end.sequence)),
            // Whatever form it took on its way through the callback.
            Err(error) => Err(shared.condemned().map_or(error, Error::Index)),
        }
    }

    fn replay(
        &self,
        shared: &Shared,
        (from, end): (Mark, Mark),
        total: u64,
        progress: &mut Progress<'_>,
    ) -> Result<u64> {
        let entries = Replay::new(&journal_dir(self.dir), from, end)?;
        let before = entries.bytes();
        let tell = |bytes| progress(bytes - before, total - before);
        let replayed = replay(shared, entries, self.derive, tell)?;
        if replayed > 0 {
            progress(total - before, total - before);
        }
        Ok(replayed)
    }
}

fn lock(dir: &Path) -> Result<File> {
    let path = dir.join("LOCK");
    let file = File::options()
        .create(true)
        .truncate(false)
        .write(true)
        .open(&path);
    let file = file.map_err(files::failed("open", &path))?;
    match file.try_lock() {
        Ok(()) => Ok(file),
        Err(TryLockError::WouldBlock) => Err(Error::Locked {
            path: dir.to_owned(),
        }),
        Err(TryLockError::Error(error)) => Err(files::failed("lock", &path)(error)),
    }
}

/// At open, whatever sled stumbles over is a reason to build the index anew.
fn in_index(error: Error) -> Error {
    match error {
        Error::Index(why) => Error::Index(why),
        error => Error::Index(error.to_string()),
    }
}

/// Loads the guides of the runs of the checkpoint, and removes runs that it does not know.
///
/// Of the blocks of a run only the first and the last are read; each holds against its checksum, its
/// number and its run's when it is asked for. To read them all would take minutes, and tell no more
/// than that.
fn load(pages: &Pages, checkpoint: &mut Checkpoint) -> Result<Levels> {
    let rows = each_loaded(&checkpoint.runs.rows, |meta| {
        let run = RowRun::load(pages, meta.clone())?;
        run.values.probe(pages)?;
        Ok(Arc::new(run))
    });
    let postings = each_loaded(&checkpoint.runs.postings, |meta| {
        let run = PostingRun::load(pages, meta.clone())?;
        run.values.probe(pages)?;
        Ok(Arc::new(run))
    });
    let levels = Levels {
        rows: rows?,
        postings: postings?,
    };
    let rows = levels.rows.iter().map(|run| run.meta.number);
    let postings = levels.postings.iter().map(|run| run.meta.number);
    let named: BTreeSet<u32> = rows.chain(postings).collect();
    let found = pages.runs()?;
    for &run in found.iter().filter(|run| !named.contains(run)) {
        pages.remove(run)?;
    }
    // What an orphan left behind must not pass for a part of a run to come.
    let highest = found.into_iter().max().unwrap_or(0);
    checkpoint.next_run = checkpoint.next_run.max(highest.saturating_add(1));
    Ok(levels)
}

/// Loads the runs, several at once: where there are many, most of an open is to read their guides.
fn each_loaded<M: Sync, R: Send>(
    metas: &[M],
    load: impl Fn(&M) -> Result<R> + Sync,
) -> Result<Vec<R>> {
    let workers = thread::available_parallelism().map_or(1, usize::from);
    let next = AtomicUsize::new(0);
    let work = || {
        let taken = iter::repeat_with(|| next.fetch_add(1, Ordering::Relaxed));
        let metas = taken.map_while(|at| Some((at, metas.get(at)?)));
        let loaded = metas.map(|(at, meta)| (at, load(meta)));
        loaded.collect::<Vec<_>>()
    };
    let mut loaded: Vec<_> = thread::scope(|scope| {
        let workers: Vec<_> = (0..workers.min(metas.len()))
            .map(|_| scope.spawn(work))
            .collect();
        let loaded = workers.into_iter().map(|worker| worker.join());
        loaded
            .flat_map(|loaded| loaded.unwrap_or_else(|panic| resume_unwind(panic)))
            .collect()
    });
    loaded.sort_unstable_by_key(|(at, _)| *at);
    loaded.into_iter().map(|(_, run)| run).collect()
}
