//! The threads that articles pass through: many readers, one writer, one flusher.

use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::thread::JoinHandle;
use std::time::{Duration, Instant};

use crossbeam_channel::{Receiver, SendError, Sender, TryRecvError, TrySendError, bounded};

use super::ingest::{ReadArticle, Turn};
use super::removal::PreparedRemoval;
use super::{Article, Core, Error, Removed, Result, Verdict, VerdictScope, now_ms};
use crate::id::Collection;
use crate::record::RowReader;
use crate::store;

/// Receives the verdict on an article. Called on a thread of the engine, so it must not block.
pub type VerdictCallback = Box<dyn FnOnce(Result<Verdict>) + Send>;

/// Returns whether the caller still waits for the verdict. Called on a thread of the engine when it is the
/// article's turn.
pub type AwaitedCallback = Box<dyn Fn() -> bool + Send>;

/// Most articles that wait for their turn. An article may have 2 MiB; most have a thousandth of that.
const WAITING: usize = 256;
/// Most articles that share one flush: as many as are placed during a slow one.
const GROUP: usize = 512;
/// Fewest articles that share one flush while others wait for their turn: flushes cost processor time.
const LEAST_GROUP: usize = 32;

/// How long to wait before another portion of settling while the store rebuilds its index.
const REBUILDING_WAIT: Duration = Duration::from_millis(100);
/// Jobs between two portions of settling while there are always more.
const JOBS_BETWEEN_PORTIONS: usize = 16;

/// An article to read, what its verdict reports, the time of its submission, and where to send the result.
type ReadRequest = (Article, VerdictScope, i64, Sender<Result<ReadArticle>>);

/// Work for the writer, in the order of submission.
enum WriterJob {
    Ingest {
        read: Receiver<Result<ReadArticle>>,
        scope: VerdictScope,
        now_ms: i64,
        is_awaited: Option<AwaitedCallback>,
        reply: VerdictCallback,
    },
    Remove {
        collection: Collection,
        removals: Vec<PreparedRemoval>,
        now_ms: i64,
        reply: Sender<Result<Removed>>,
    },
    /// Wait until nothing is left to settle.
    Settle(Sender<()>),
    Change {
        work: ChangeWork,
        now_ms: i64,
        reply: Sender<Result<u64>>,
    },
}

/// A turn that changes how something is kept. Returns how many articles it concerns.
pub(super) type ChangeWork = Box<dyn FnOnce(&Core, i64) -> Result<Turn<u64>> + Send>;

/// A reply that waits until what it reports is durable.
type ReplyAfterFlush = Box<dyn FnOnce(Result<()>) + Send>;

/// Replies with an answer, or with why it is not durable.
fn after_flush<A: Send + 'static>(
    answer: Result<A>,
    reply: impl FnOnce(Result<A>) + Send + 'static,
) -> ReplyAfterFlush {
    Box::new(move |flushed| reply(answer.and_then(|answer| flushed.map(|()| answer))))
}

/// Replies that wait for one flush, and the latest cursor of their changes.
#[derive(Default)]
struct Group {
    replies: Vec<ReplyAfterFlush>,
    cursor: Option<u64>,
}

impl Group {
    fn push(&mut self, (reply, cursor): (ReplyAfterFlush, Option<u64>)) {
        self.replies.push(reply);
        self.cursor = cursor.or(self.cursor);
    }
}

/// The threads, and their queues.
pub(super) struct Pipeline {
    /// `None` once the pipeline is closed.
    queues: Mutex<Option<Queues>>,
    threads: Mutex<Vec<JoinHandle<()>>>,
    status: Arc<Status>,
}

#[derive(Clone)]
struct Queues {
    reads: Sender<ReadRequest>,
    jobs: Sender<WriterJob>,
}

/// What all threads share.
struct Status {
    /// Cursor of the latest durable change.
    head: AtomicU64,
    healthy: AtomicBool,
    /// The longest turn of the writer since somebody asked, in microseconds.
    longest_turn_us: AtomicU64,
}

impl Pipeline {
    pub fn start(core: Arc<Core>) -> Result<Self> {
        let head = RowReader(&*core.store).latest_change()?;
        let status = Arc::new(Status {
            head: AtomicU64::new(head),
            healthy: AtomicBool::new(true),
            longest_turn_us: AtomicU64::new(0),
        });
        let (reads, to_read) = bounded::<ReadRequest>(WAITING);
        let (jobs, to_place) = bounded::<WriterJob>(WAITING);
        let (groups, to_flush) = bounded::<Group>(1);

        let readers = core.params.threads();
        let mut threads = Vec::with_capacity(readers + 2);
        for _ in 0..readers {
            let (core, to_read) = (Arc::clone(&core), to_read.clone());
            threads.push(spawn("reader", move || read(&core, &to_read))?);
        }
        let mut writer = Writer {
            core: Arc::clone(&core),
            status: Arc::clone(&status),
            has_failed: false,
            now_ms: now_ms(),
            waiting: Vec::new(),
        };
        threads.push(spawn("writer", move || writer.run(&to_place, &groups))?);
        let flusher = Arc::clone(&status);
        threads.push(spawn("flusher", move || flush(&core, &flusher, &to_flush))?);
        Ok(Self {
            queues: Mutex::new(Some(Queues { reads, jobs })),
            threads: Mutex::new(threads),
            status,
        })
    }

    pub fn submit(
        &self,
        article: Article,
        scope: VerdictScope,
        now_ms: i64,
        is_awaited: Option<AwaitedCallback>,
        reply: VerdictCallback,
    ) {
        let Some(queues) = self.queues() else {
            return reply(Err(Error::Closed));
        };
        let (sender, read) = bounded(1);
        // The readers get the article before the writer does, so that the writer never waits for an
        // article that is in no reader's queue.
        if queues.reads.send((article, scope, now_ms, sender)).is_err() {
            return reply(Err(Error::Closed));
        }
        let job = WriterJob::Ingest {
            read,
            scope,
            now_ms,
            is_awaited,
            reply,
        };
        if let Err(SendError(WriterJob::Ingest { reply, .. })) = queues.jobs.send(job) {
            reply(Err(Error::Closed));
        }
    }

    pub fn remove(
        &self,
        collection: Collection,
        removals: Vec<PreparedRemoval>,
        now_ms: i64,
    ) -> Result<Removed> {
        self.ask(|reply| WriterJob::Remove {
            collection,
            removals,
            now_ms,
            reply,
        })?
    }

    /// Waits until nothing is left to settle.
    pub fn settle(&self) -> Result<()> {
        self.ask(WriterJob::Settle)
    }

    /// Gives the writer a turn. What it returns is received once it is durable.
    pub fn change(&self, work: ChangeWork, now_ms: i64) -> Result<Receiver<Result<u64>>> {
        let queues = self.queues().ok_or(Error::Closed)?;
        let (reply, answer) = bounded(1);
        let job = WriterJob::Change {
            work,
            now_ms,
            reply,
        };
        queues.jobs.send(job).map_err(|_| Error::Closed)?;
        Ok(answer)
    }

    /// Gives the writer a job, and waits for its reply.
    fn ask<A>(&self, job: impl FnOnce(Sender<A>) -> WriterJob) -> Result<A> {
        let queues = self.queues().ok_or(Error::Closed)?;
        let (reply, answer) = bounded(1);
        queues.jobs.send(job(reply)).map_err(|_| Error::Closed)?;
        drop(queues);
        answer.recv().map_err(|_| Error::Closed)
    }

    pub fn head(&self) -> u64 {
        self.status.head.load(Ordering::Acquire)
    }

    pub fn healthy(&self) -> bool {
        self.status.healthy.load(Ordering::Acquire)
    }

    /// Returns how many articles no reader has taken yet, and how many jobs the writer has not.
    pub fn waiting(&self) -> (u64, u64) {
        let queues = self.queues();
        queues.map_or((0, 0), |queues| {
            (queues.reads.len() as u64, queues.jobs.len() as u64)
        })
    }

    /// Returns how long the longest turn of the writer took since this was last called.
    pub fn take_longest_turn(&self) -> Duration {
        let us = self.status.longest_turn_us.swap(0, Ordering::Relaxed);
        Duration::from_micros(us)
    }

    /// Accepts nothing more, and waits until everything accepted has been answered.
    pub fn close(&self) {
        self.status.healthy.store(false, Ordering::Release);
        lock(&self.queues).take();
        let threads = std::mem::take(&mut *lock(&self.threads));
        for thread in threads {
            // A thread that panicked has reported it; the others are joined all the same.
            let _ = thread.join();
        }
    }

    fn queues(&self) -> Option<Queues> {
        lock(&self.queues).clone()
    }
}

pub(super) fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}

impl Drop for Pipeline {
    fn drop(&mut self) {
        self.close();
    }
}

pub(super) fn spawn(name: &str, work: impl FnOnce() + Send + 'static) -> Result<JoinHandle<()>> {
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

/// Turns a panic, which has been reported on standard error, into an error.
pub(super) fn guarded<T>(work: impl FnOnce() -> Result<T>) -> Result<T> {
    catch_unwind(AssertUnwindSafe(work)).unwrap_or(Err(Error::Panicked))
}

fn read(core: &Core, requests: &Receiver<ReadRequest>) {
    for (article, scope, now_ms, sender) in requests {
        let read = guarded(|| core.read(article, scope, now_ms));
        // If the receiver is gone, the writer has stopped.
        let _ = sender.send(read);
    }
}

/// Places articles, one after another.
struct Writer {
    core: Arc<Core>,
    status: Arc<Status>,
    /// A turn panicked, and may have left anything behind: nothing more is written.
    has_failed: bool,
    /// The time of the latest job.
    now_ms: i64,
    /// Those who wait until nothing is left to settle.
    waiting: Vec<Sender<()>>,
}

impl Writer {
    /// Works through the jobs, and passes on their replies in groups: as many as there are whenever the
    /// flusher is free. While there is no job, and after some, it settles a portion of what is left. Not
    /// after each: the next one may be of the same story, and make it useless.
    fn run(&mut self, jobs: &Receiver<WriterJob>, groups: &Sender<Group>) {
        let mut group = Group::default();
        let mut jobs_since = 0;
        loop {
            let job = if group.replies.is_empty() && !self.core.is_settling() {
                jobs.recv().map_err(|_| TryRecvError::Disconnected)
            } else {
                jobs.try_recv()
            };
            let (had_job, is_closed) =
                (job.is_ok(), matches!(job, Err(TryRecvError::Disconnected)));
            if let Ok(job) = job {
                let done = self.work(job);
                group.push(done);
                jobs_since += 1;
            }
            let is_due = !had_job || jobs_since >= JOBS_BETWEEN_PORTIONS;
            let settles = is_due && self.core.is_settling() && !is_closed;
            if settles {
                let done = self.settle();
                group.push(done);
                jobs_since = 0;
            }
            if group.replies.is_empty() {
                match is_closed {
                    true => return,
                    false => continue,
                }
            }
            if had_job && group.replies.len() < LEAST_GROUP {
                continue;
            }
            // Wait for the flusher only if there is no work, or the group is full.
            let ready = std::mem::take(&mut group);
            let sent = if !had_job && !settles || ready.replies.len() >= GROUP {
                groups.send(ready).map_err(TrySendError::from)
            } else {
                groups.try_send(ready)
            };
            match sent {
                Ok(()) => {}
                Err(TrySendError::Full(waiting)) => group = waiting,
                Err(TrySendError::Disconnected(lost)) => {
                    self.fail();
                    lost.replies
                        .into_iter()
                        .for_each(|reply| reply(Err(stopped())));
                }
            }
        }
    }

    /// Does one job. Returns its reply, to be sent when the job is durable, and the cursor of its last
    /// change.
    fn work(&mut self, job: WriterJob) -> (ReplyAfterFlush, Option<u64>) {
        match job {
            WriterJob::Ingest {
                read,
                scope,
                now_ms,
                is_awaited,
                reply,
            } => {
                self.now_ms = now_ms;
                let read = read.recv().unwrap_or(Err(Error::Closed));
                let turn = match is_awaited.is_none_or(|is_awaited| is_awaited()) {
                    true => {
                        read.and_then(|read| self.turn(|core| core.ingest(read, scope, now_ms)))
                    }
                    false => Err(Error::Expired),
                };
                let (verdict, cursor) = match turn {
                    Ok((verdict, cursor)) => (Ok(verdict), cursor),
                    Err(error) => (Err(error), None),
                };
                self.core.meters.placed(&verdict);
                (after_flush(verdict, reply), cursor)
            }
            WriterJob::Settle(reply) => {
                self.waiting.push(reply);
                self.settle()
            }
            WriterJob::Change {
                work,
                now_ms,
                reply,
            } => {
                self.now_ms = now_ms;
                let (count, cursor) = match self.turn(|core| work(core, now_ms)) {
                    Ok((count, cursor)) => (Ok(count), cursor),
                    Err(error) => (Err(error), None),
                };
                let reply = move |count| {
                    // The caller may be gone.
                    let _ = reply.send(count);
                };
                (after_flush(count, reply), cursor)
            }
            WriterJob::Remove {
                collection,
                removals,
                now_ms,
                reply,
            } => {
                self.now_ms = now_ms;
                let (removed, cursor) = self.remove(&collection, &removals, now_ms);
                let reply = move |removed| {
                    // The caller may be gone.
                    let _ = reply.send(removed);
                };
                (after_flush(removed, reply), cursor)
            }
        }
    }

    /// Removes articles, up to the first that fails.
    fn remove(
        &mut self,
        collection: &Collection,
        removals: &[PreparedRemoval],
        now_ms: i64,
    ) -> (Result<Removed>, Option<u64>) {
        let (mut sum, mut latest) = (Removed::default(), None);
        for removal in removals {
            match self.turn(|core| core.remove(collection, removal, now_ms)) {
                Ok((one, cursor)) => {
                    sum.removed += one.removed;
                    self.core.meters.removed.add(one.removed.into());
                    sum.unknown += one.unknown;
                    latest = cursor.or(latest);
                }
                Err(error) => return (Err(error), latest),
            }
        }
        (Ok(sum), latest)
    }

    /// Settles a portion, if there is one. When nothing is left, those who wait for that are told once
    /// it is durable.
    fn settle(&mut self) -> (ReplyAfterFlush, Option<u64>) {
        let now_ms = self.now_ms;
        let cursor = self.turn(|core| core.settle_portion(now_ms));
        match cursor {
            Ok(_) => {}
            Err(Error::Store(store::Error::Rebuilding)) => std::thread::sleep(REBUILDING_WAIT),
            Err(_) => {
                // The next job meets the same error. Who waits is told that the engine is closed.
                self.core.stop_settling();
                self.waiting.clear();
            }
        }
        let settled = match self.core.is_settling() {
            true => Vec::new(),
            false => std::mem::take(&mut self.waiting),
        };
        let reply = move |flushed: Result<()>| {
            for waiting in settled.iter().filter(|_| flushed.is_ok()) {
                // The caller may be gone.
                let _ = waiting.send(());
            }
        };
        (Box::new(reply), cursor.unwrap_or_default())
    }

    fn turn<T>(&mut self, work: impl FnOnce(&Core) -> Result<T>) -> Result<T> {
        if self.has_failed {
            return Err(stopped());
        }
        let begun = Instant::now();
        let outcome = guarded(|| work(&self.core));
        let took = begun.elapsed();
        self.core.meters.turns.add(took);
        let us = took.as_micros() as u64;
        self.status.longest_turn_us.fetch_max(us, Ordering::Relaxed);
        if matches!(outcome, Err(Error::Panicked)) {
            self.fail();
        }
        outcome
    }

    fn fail(&mut self) {
        self.has_failed = true;
        self.status.healthy.store(false, Ordering::Release);
    }
}

fn stopped() -> Error {
    Error::Store(store::Error::Stopped(
        "the engine failed on an article".to_owned(),
    ))
}

fn flush(core: &Core, status: &Status, groups: &Receiver<Group>) {
    // Of the latest change that is not durable yet.
    let mut latest = None;
    for Group { replies, cursor } in groups {
        latest = cursor.or(latest);
        let flushed = guarded(|| Ok(core.store.commit()?));
        match &flushed {
            Ok(()) => {
                if let Some(cursor) = latest.take() {
                    status.head.store(cursor, Ordering::Release);
                }
            }
            Err(Error::Store(store::Error::Full { .. } | store::Error::Rebuilding)) => {}
            Err(_) => status.healthy.store(false, Ordering::Release),
        }
        for reply in replies {
            let flushed = match &flushed {
                Ok(()) => Ok(()),
                Err(Error::Store(store::Error::Full { path })) => {
                    let path = path.clone();
                    Err(Error::Store(store::Error::Full { path }))
                }
                Err(Error::Store(store::Error::Rebuilding)) => {
                    Err(Error::Store(store::Error::Rebuilding))
                }
                Err(error) => Err(Error::Store(store::Error::Stopped(error.to_string()))),
            };
            // A panic of the caller's must not stop the others' replies.
            let _ = catch_unwind(AssertUnwindSafe(|| reply(flushed)));
        }
    }
}
