//! Replaying the journal: entries are read ahead, prepared on all processors, and applied in
//! order, each to the rows that the ones before it left.

use std::thread;

use crossbeam_channel::{Receiver, Sender, bounded};

use super::journal::{Mark, Place, Replay};
use super::shared::Shared;
use crate::store::{Derive, Error, Result};

/// Entries handed over at once, at most.
const BATCH: usize = 64;
/// Bytes of entries handed over at once, but for one entry that is larger.
const BATCH_BYTES: usize = 256 << 10;
/// Batches that each worker may be ahead.
const AHEAD: usize = 4;

/// An entry, or what it was prepared to, and where it stands.
struct Item<T> {
    content: T,
    place: Place,
    mark: Mark,
}

/// Entries to prepare, and whom to hand them to.
struct Job<P> {
    entries: Vec<Item<Vec<u8>>>,
    reply: Sender<Result<Vec<Item<P>>>>,
}

/// What comes next: a batch that is being prepared, and the journal's bytes up to its end.
type Next<P> = Result<(Receiver<Result<Vec<Item<P>>>>, u64)>;

/// Applies the entries behind a mark; tells the bytes of the journal up to where it is. Returns how
/// many entries there were.
pub(super) fn replay<D: Derive + ?Sized>(
    shared: &Shared,
    entries: Replay,
    derive: &D,
    mut tell: impl FnMut(u64),
) -> Result<u64> {
    let workers = thread::available_parallelism().map_or(1, usize::from);
    let (to_workers, jobs) = bounded(workers * AHEAD);
    let (to_writer, in_order) = bounded(workers * AHEAD);
    thread::scope(|scope| {
        scope.spawn(move || read_ahead(entries, to_workers, to_writer));
        for _ in 0..workers {
            let jobs = jobs.clone();
            scope.spawn(move || jobs.iter().for_each(|job| prepare(derive, job)));
        }
        drop(jobs);
        let mut replayed = 0;
        for next in in_order {
            let (batch, bytes) = next?;
            // A worker that panicked hands nothing over; its panic goes on when the scope ends.
            let batch = batch.recv();
            for item in batch.map_err(|_| gone())?? {
                let writes = derive.apply(shared, item.content);
                let writes = writes.map_err(failed(item.mark))?;
                shared.replay(writes, item.place, item.mark)?;
                replayed += 1;
            }
            tell(bytes);
        }
        Ok(replayed)
    })
}

fn gone() -> Error {
    Error::Stopped("a thread panicked while it prepared an entry".to_owned())
}

fn failed(mark: Mark) -> impl FnOnce(crate::store::Failure) -> Error {
    move |source| Error::Replay {
        sequence: mark.sequence,
        source,
    }
}

/// Reads batches until the journal ends, or nobody asks any more.
fn read_ahead<P>(mut replay: Replay, to_workers: Sender<Job<P>>, to_writer: Sender<Next<P>>) {
    loop {
        let next = match read_batch(&mut replay) {
            Ok(batch) if batch.is_empty() => return,
            Ok(entries) => {
                let (reply, batch) = bounded(1);
                if to_workers.send(Job { entries, reply }).is_err() {
                    return;
                }
                Ok((batch, replay.bytes()))
            }
            Err(error) => Err(error),
        };
        let is_last = next.is_err();
        if to_writer.send(next).is_err() || is_last {
            return;
        }
    }
}

fn read_batch(replay: &mut Replay) -> Result<Vec<Item<Vec<u8>>>> {
    let (mut batch, mut bytes) = (Vec::new(), 0);
    while batch.len() < BATCH && bytes < BATCH_BYTES {
        let Some((content, place, mark)) = replay.next()? else {
            break;
        };
        bytes += content.len();
        batch.push(Item {
            content,
            place,
            mark,
        });
    }
    Ok(batch)
}

fn prepare<D: Derive + ?Sized>(derive: &D, job: Job<D::Prepared>) {
    let prepared = job.entries.into_iter().map(|item| {
        let content = derive.prepare(item.content).map_err(failed(item.mark))?;
        Ok(Item {
            content,
            place: item.place,
            mark: item.mark,
        })
    });
    // Where nobody waits for it, an earlier entry failed.
    let _ = job.reply.send(prepared.collect());
}
