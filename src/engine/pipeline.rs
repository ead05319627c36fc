//! The way of articles through the threads: many read, one places, one makes durable.

use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::atomic::{AtomicBool, AtomicU64, AtomicUsize, Ordering};
use std::sync::{Arc, Mutex, PoisonError};
use std::thread::JoinHandle;

use crossbeam_channel::{Receiver, Sender, TrySendError, bounded};

use super::prepare::{Prepared, prepare};
use super::removal::Leaving;
use super::{Article, Core, Error, Removed, Result, Verdict};
use crate::id::Collection;
use crate::index::Ahead;
use crate::record::{decode_doc, latest_change_row};
use crate::store;

/// What is called with what became of an article, on a thread of the engine: it must not block.
pub type Reply = Box<dyn FnOnce(Result<Verdict>) + Send>;

/// Most articles that wait for their turn. An article may be 2 MiB; most are a thousandth of that.
const WAITING: usize = 256;
/// Most articles that share one flush.
const GROUP: usize = 256;

/// From so many articles on that are read and wait, the writer is late, and the readers do for it what
/// they can.
const LATE: usize = 8;

/// An article to read, when it is seen, and where to put what was read.
type Reading = (Article, i64, Sender<Result<Prepared>>);

/// Work for the writer, in the order it was handed in.
enum Job {
    Ingest {
        prepared: Receiver<Result<Prepared>>,
        now_ms: i64,
        reply: Reply,
    },
    Remove {
        collection: Collection,
        leaving: Vec<Leaving>,
        now_ms: i64,
        reply: Sender<Result<Removed>>,
    },
}

/// An answer that waits until what it tells is durable.
type Answer = Box<dyn FnOnce(Result<()>) + Send>;

/// Answers that wait for one flush, and the cursor that the feed will have come to.
#[derive(Default)]
struct Group {
    answers: Vec<Answer>,
    cursor: Option<u64>,
}

/// The threads, and the ways in.
pub(super) struct Pipeline {
    entrance: Mutex<Option<Entrance>>,
    threads: Mutex<Vec<JoinHandle<()>>>,
    state: Arc<State>,
}

#[derive(Clone)]
struct Entrance {
    readings: Sender<Reading>,
    jobs: Sender<Job>,
}

/// What can be asked at any time.
struct State {
    head: AtomicU64,
    healthy: AtomicBool,
    /// Articles that were read and wait for the writer.
    waiting: AtomicUsize,
}

impl Pipeline {
    pub fn start(core: Arc<Core>) -> Result<Self> {
        let latest = core.store.rows(&[latest_change_row()])?.pop().flatten();
        let head = latest.map_or(Ok(0), |value| decode_doc(&value))?;
        let state = Arc::new(State {
            head: AtomicU64::new(head),
            healthy: AtomicBool::new(true),
            waiting: AtomicUsize::new(0),
        });
        let (readings, to_read) = bounded::<Reading>(WAITING);
        let (jobs, to_place) = bounded::<Job>(WAITING);
        let (groups, to_flush) = bounded::<Group>(1);

        let readers = core.params.threads();
        let mut threads = Vec::with_capacity(readers + 2);
        for _ in 0..readers {
            let (core, state, to_read) = (Arc::clone(&core), Arc::clone(&state), to_read.clone());
            threads.push(spawn("reader", move || read(&core, &state, &to_read))?);
        }
        let mut writer = Writer {
            core: Arc::clone(&core),
            state: Arc::clone(&state),
            has_failed: false,
        };
        threads.push(spawn("writer", move || writer.run(&to_place, &groups))?);
        let flusher = Arc::clone(&state);
        threads.push(spawn("flusher", move || flush(&core, &flusher, &to_flush))?);
        let entrance = Mutex::new(Some(Entrance { readings, jobs }));
        Ok(Self {
            entrance,
            threads: Mutex::new(threads),
            state,
        })
    }

    pub fn submit(&self, article: Article, now_ms: i64, reply: Reply) {
        let Some(entrance) = self.entrance() else {
            return reply(Err(Error::Closed));
        };
        let (read, prepared) = bounded(1);
        // First to the readers, then to the writer: so the writer never waits for what nobody
        // reads.
        if entrance.readings.send((article, now_ms, read)).is_err() {
            return reply(Err(Error::Closed));
        }
        if let Err(refused) = entrance.jobs.send(Job::Ingest {
            prepared,
            now_ms,
            reply,
        }) {
            match refused.into_inner() {
                Job::Ingest { reply, .. } => reply(Err(Error::Closed)),
                Job::Remove { .. } => {}
            }
        }
    }

    pub fn remove(
        &self,
        collection: Collection,
        leaving: Vec<Leaving>,
        now_ms: i64,
    ) -> Result<Removed> {
        let entrance = self.entrance().ok_or(Error::Closed)?;
        let (reply, removed) = bounded(1);
        let job = Job::Remove {
            collection,
            leaving,
            now_ms,
            reply,
        };
        entrance.jobs.send(job).map_err(|_| Error::Closed)?;
        drop(entrance);
        removed.recv().unwrap_or(Err(Error::Closed))
    }

    pub fn head(&self) -> u64 {
        self.state.head.load(Ordering::Acquire)
    }

    pub fn healthy(&self) -> bool {
        self.state.healthy.load(Ordering::Acquire)
    }

    /// Lets nothing more in, and waits until all that is in has been answered.
    pub fn close(&self) {
        self.state.healthy.store(false, Ordering::Release);
        self.entrance
            .lock()
            .unwrap_or_else(PoisonError::into_inner)
            .take();
        let threads =
            std::mem::take(&mut *self.threads.lock().unwrap_or_else(PoisonError::into_inner));
        for thread in threads {
            // A thread that panicked has said so; the others are waited for all the same.
            let _ = thread.join();
        }
    }

    fn entrance(&self) -> Option<Entrance> {
        self.entrance
            .lock()
            .unwrap_or_else(PoisonError::into_inner)
            .clone()
    }
}

impl Drop for Pipeline {
    fn drop(&mut self) {
        self.close();
    }
}

fn spawn(name: &str, work: impl FnOnce() + Send + 'static) -> Result<JoinHandle<()>> {
    std::thread::Builder::new()
        .name(format!("wirecopy {name}"))
        .spawn(work)
        .map_err(|source| {
            Error::Store(store::Error::Io {
                what: "start a thread for",
                path: name.into(),
                source,
            })
        })
}

/// Turns a panic into an error: it has said on standard error where it came from.
fn guarded<T>(work: impl FnOnce() -> Result<T>) -> Result<T> {
    catch_unwind(AssertUnwindSafe(work)).unwrap_or(Err(Error::Panicked))
}

fn read(core: &Core, state: &State, articles: &Receiver<Reading>) {
    let compares = core.params.compares_ahead();
    for (article, now_ms, prepared) in articles {
        let read = guarded(|| {
            let mut prepared = prepare(article, &core.params, &core.notices, now_ms)?.packed();
            let is_late = state.waiting.load(Ordering::Relaxed) >= LATE;
            prepared.ahead = look_ahead(core, &prepared, is_late && compares).unwrap_or_default();
            Ok(prepared)
        });
        state.waiting.fetch_add(1, Ordering::Relaxed);
        // Nobody waits any more where the writer is gone.
        let _ = prepared.send(read);
    }
}

/// Finds out ahead of an article's turn what can be. An error is met again, and told, when its turn
/// comes.
pub(super) fn look_ahead(core: &Core, prepared: &Prepared, compares: bool) -> Result<Ahead> {
    let mut ahead = core.index.look_ahead(prepared.probe())?;
    if compares {
        core.index.compare_ahead(&mut ahead, prepared.probe())?;
    }
    Ok(ahead)
}

/// Places articles, one after the other.
struct Writer {
    core: Arc<Core>,
    state: Arc<State>,
    /// A turn panicked: what it left behind is unknown, and nothing more is written.
    has_failed: bool,
}

impl Writer {
    /// Does jobs, and hands on groups of answers: whatever has come up to when the flusher is free
    /// again.
    fn run(&mut self, jobs: &Receiver<Job>, groups: &Sender<Group>) {
        let mut group = Group::default();
        loop {
            let job = if group.answers.is_empty() {
                jobs.recv().ok()
            } else {
                jobs.try_recv().ok()
            };
            let had_work = job.is_some();
            if let Some(job) = job {
                let (answer, cursor) = self.work(job);
                group.answers.push(answer);
                group.cursor = cursor.or(group.cursor);
            }
            if group.answers.is_empty() {
                return;
            }
            // Without work there is time to wait for the flusher; with work there is not, until
            // the group is full.
            let ready = std::mem::take(&mut group);
            let sent = if !had_work || ready.answers.len() >= GROUP {
                groups.send(ready).map_err(TrySendError::from)
            } else {
                groups.try_send(ready)
            };
            match sent {
                Ok(()) => {}
                Err(TrySendError::Full(waiting)) => group = waiting,
                Err(TrySendError::Disconnected(lost)) => {
                    self.fail();
                    lost.answers
                        .into_iter()
                        .for_each(|answer| answer(Err(stopped())));
                }
            }
        }
    }

    /// Does one job. Returns its answer, to be given when it is durable, and the cursor the feed
    /// has come to.
    fn work(&mut self, job: Job) -> (Answer, Option<u64>) {
        match job {
            Job::Ingest {
                prepared,
                now_ms,
                reply,
            } => {
                let prepared = prepared.recv();
                if prepared.is_ok() {
                    self.state.waiting.fetch_sub(1, Ordering::Relaxed);
                }
                let prepared = prepared.unwrap_or(Err(Error::Closed));
                let turn =
                    prepared.and_then(|prepared| self.turn(|core| core.ingest(prepared, now_ms)));
                let (verdict, cursor) = match turn {
                    Ok((verdict, cursor)) => (Ok(verdict), cursor),
                    Err(error) => (Err(error), None),
                };
                let answer = move |flushed: Result<()>| {
                    reply(verdict.and_then(|verdict| flushed.map(|()| verdict)));
                };
                (Box::new(answer), cursor)
            }
            Job::Remove {
                collection,
                leaving,
                now_ms,
                reply,
            } => {
                let (removed, cursor) = self.remove(&collection, &leaving, now_ms);
                let answer = move |flushed: Result<()>| {
                    // The caller may have gone.
                    let _ = reply.send(removed.and_then(|removed| flushed.map(|()| removed)));
                };
                (Box::new(answer), cursor)
            }
        }
    }

    /// Takes articles out, up to the first that fails.
    fn remove(
        &mut self,
        collection: &Collection,
        leaving: &[Leaving],
        now_ms: i64,
    ) -> (Result<Removed>, Option<u64>) {
        let (mut sum, mut latest) = (Removed::default(), None);
        for leaving in leaving {
            match self.turn(|core| core.remove(collection, leaving, now_ms)) {
                Ok((one, cursor)) => {
                    sum.removed += one.removed;
                    sum.unknown += one.unknown;
                    latest = cursor.or(latest);
                }
                Err(error) => return (Err(error), latest),
            }
        }
        (Ok(sum), latest)
    }

    fn turn<T>(&mut self, work: impl FnOnce(&Core) -> Result<T>) -> Result<T> {
        if self.has_failed {
            return Err(stopped());
        }
        let outcome = guarded(|| work(&self.core));
        if matches!(outcome, Err(Error::Panicked)) {
            self.fail();
        }
        outcome
    }

    fn fail(&mut self) {
        self.has_failed = true;
        self.state.healthy.store(false, Ordering::Release);
    }
}

fn stopped() -> Error {
    Error::Store(store::Error::Stopped(
        "the engine failed on an article".to_owned(),
    ))
}

fn flush(core: &Core, state: &State, groups: &Receiver<Group>) {
    for Group { answers, cursor } in groups {
        let flushed = guarded(|| Ok(core.store.commit()?)).map_err(|error| error.to_string());
        match &flushed {
            Ok(()) => {
                if let Some(cursor) = cursor {
                    state.head.store(cursor, Ordering::Release);
                }
            }
            Err(_) => state.healthy.store(false, Ordering::Release),
        }
        for answer in answers {
            let flushed = flushed
                .clone()
                .map_err(|why| Error::Store(store::Error::Stopped(why)));
            // A caller's panic is the caller's.
            let _ = catch_unwind(AssertUnwindSafe(|| answer(flushed)));
        }
    }
}
