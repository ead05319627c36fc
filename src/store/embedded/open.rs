//! Opening: agree on the shape, check the journal's end, judge the index, replay what it lacks. An
//! index that does not hold is built anew from the journal.

use std::collections::HashMap;
use std::fs::{self, File, TryLockError};
use std::io;
use std::path::Path;
use std::sync::Arc;
use std::thread;

use super::block::Kind;
use super::checkpoint::Checkpoint;
use super::journal::{Journal, Mark, Replay};
use super::keeper::Keeper;
use super::levels::{Leveled, Levels};
use super::pages::{Map, Pages};
use super::run::{Meta, Run};
use super::shared::Shared;
use super::syncer::Syncer;
use super::{Embedded, EmbeddedParams, Opened, files, journal_dir, note, segment, shape};
use crate::store::{Derive, Error, Result};

/// Entries replayed between two calls of the progress callback.
const STRIDE: u64 = 256;

/// What an open was asked for.
pub(super) struct Request<'a> {
    pub dir: &'a Path,
    pub params: &'a EmbeddedParams,
    pub shape: &'a [(String, String)],
    pub derive: &'a Derive<'a>,
}

/// Called with the bytes of the journal that were replayed, and those that are to be.
pub(super) type Progress<'a> = dyn FnMut(u64, u64) + 'a;

impl Request<'_> {
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
        Checkpoint::empty().write(self.dir)
    }

    fn index_dir(&self) -> std::path::PathBuf {
        self.dir.join("index")
    }

    /// Opens with a checkpoint: the store, how many entries were replayed, and the last entry there
    /// is. [`Error::Index`] tells that the index does not hold.
    fn attempt(
        &self,
        checkpoint: Checkpoint,
        progress: &mut Progress<'_>,
    ) -> Result<(Embedded, u64, u64)> {
        let journal_dir = journal_dir(self.dir);
        let from = checkpoint.mark;
        let durable = Syncer::noted(&note(self.dir)).max(from.sequence);
        let journal = Journal::open(&journal_dir, from, durable)?;
        // What an earlier process wrote and did not sync is answered from now on as if it had.
        journal.sync()?;
        let (end, total) = (journal.mark(), journal.bytes());
        let pages = Pages::open(&self.index_dir(), self.params.cache_bytes).map_err(in_index)?;
        let levels = judge(&pages, &checkpoint).map_err(in_index)?;
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
        let mut entries = Replay::new(&journal_dir(self.dir), from, end)?;
        let mut replayed = 0;
        let before = entries.bytes();
        while let Some((entry, place, mark)) = entries.next()? {
            let writes = (self.derive)(shared, &entry).map_err(|source| Error::Replay {
                sequence: mark.sequence,
                source,
            })?;
            shared.replay(writes, place, mark)?;
            replayed += 1;
            if replayed % STRIDE == 0 {
                progress(entries.bytes() - before, total - before);
            }
        }
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

/// Checks that sled has every value of every run of the checkpoint, as it was written, removes what
/// belongs to none, and loads the guides.
///
/// This reads the whole index once. sled opens truncated files without a word, so nothing less
/// tells that it is all there.
fn judge(pages: &Pages, checkpoint: &Checkpoint) -> Result<Levels> {
    let mut blocks: HashMap<u32, Found> = HashMap::new();
    let mut pieces: HashMap<u32, Found> = HashMap::new();
    pages.sweep(Map::Blocks, |run, number, crc| {
        blocks.entry(run).or_default().add(number, crc)
    })?;
    pages.sweep(Map::Guides, |run, number, crc| {
        pieces.entry(run).or_default().add(number, crc)
    })?;
    for meta in &checkpoint.runs {
        let blocks = blocks.remove(&meta.number).unwrap_or_default();
        let pieces = pieces.remove(&meta.number).unwrap_or_default();
        if (blocks.next, blocks.chain) != (meta.blocks, meta.chain) || pieces.next != meta.pieces {
            return Err(Error::Index(format!(
                "run {} is not what was written",
                meta.number
            )));
        }
    }
    for orphan in blocks.into_keys() {
        pages.remove(Map::Blocks, orphan)?;
    }
    for orphan in pieces.into_keys() {
        pages.remove(Map::Guides, orphan)?;
    }
    let mut levels = Levels::default();
    load(pages, &checkpoint.runs, &mut levels.rows)?;
    load(pages, &checkpoint.runs, &mut levels.postings)?;
    Ok(levels)
}

fn load<K: Leveled>(pages: &Pages, metas: &[Meta], runs: &mut Vec<Arc<Run<K>>>) -> Result<()> {
    for meta in metas.iter().filter(|meta| meta.kind == <K as Kind>::NUMBER) {
        runs.push(Arc::new(Run::load(pages, meta.clone())?));
    }
    Ok(())
}

/// What of a run is there.
#[derive(Default)]
struct Found {
    next: u32,
    chain: u32,
}

impl Found {
    fn add(&mut self, number: u32, crc: u32) {
        if number == self.next {
            self.next += 1;
            self.chain = segment::link(self.chain, crc);
        }
    }
}
