//! Replaying the journal: entries are read, prepared on all processors, and applied in order, each to
//! the rows that the ones before it left.

use std::thread;

use crossbeam_channel::{Receiver, Sender, bounded};

use super::Embedded;
use super::journal::{JournalPosition, JournalReader, RecordLocation};
use crate::store::{Derive, Error, Failure, Result};

/// Most entries of a batch.
const BATCH_ENTRIES: usize = 64;
/// Size from which a batch is full.
const BATCH_BYTES: usize = 256 << 10;
/// Batches in flight for each worker.
const BATCHES_PER_WORKER: usize = 4;

/// An entry, or what it was prepared to, and where it is.
type ReplayItem<T> = (T, RecordLocation, JournalPosition);

/// A batch of prepared entries.
type PreparedBatch<P> = Result<Vec<ReplayItem<P>>>;

/// Entries to prepare, and where to send the result.
type BatchJob<P> = (Vec<ReplayItem<Vec<u8>>>, Sender<PreparedBatch<P>>);

/// A batch that is being prepared, and the bytes of the journal up to its end.
type PendingBatch<P> = Result<(Receiver<PreparedBatch<P>>, u64)>;

/// Applies the entries that the reader returns. Reports the bytes of the journal up to where it is,
/// and returns the number of entries.
pub fn replay<D: Derive + ?Sized>(
    store: &Embedded,
    entries: JournalReader,
    derive: &D,
    mut report: impl FnMut(u64),
) -> Result<u64> {
    let workers = thread::available_parallelism().map_or(1, usize::from);
    let (to_workers, jobs) = bounded(workers * BATCHES_PER_WORKER);
    let (to_writer, in_order) = bounded(workers * BATCHES_PER_WORKER);
    thread::scope(|scope| {
        scope.spawn(move || read_batches(entries, to_workers, to_writer));
        for _ in 0..workers {
            let jobs = jobs.clone();
            scope.spawn(move || jobs.iter().for_each(|job| prepare(derive, job)));
        }
        drop(jobs);
        let mut replayed = 0;
        for pending in in_order {
            let (batch, bytes) = pending?;
            // If a worker panicked, its panic resumes when the scope ends.
            let batch = batch.recv().map_err(|_| {
                Error::Stopped("a thread panicked while it prepared an entry".to_owned())
            })?;
            for (prepared, location, position) in batch? {
                let writes = derive.apply(store, prepared);
                let writes = writes.map_err(failed(position))?;
                store.shared.replay(writes, location, position)?;
                replayed += 1;
            }
            report(bytes);
        }
        Ok(replayed)
    })
}

fn failed(position: JournalPosition) -> impl FnOnce(Failure) -> Error {
    move |source| Error::Replay {
        sequence: position.sequence,
        source,
    }
}

/// Reads batches until the journal ends, or the writer has stopped.
fn read_batches<P>(
    mut entries: JournalReader,
    to_workers: Sender<BatchJob<P>>,
    to_writer: Sender<PendingBatch<P>>,
) {
    loop {
        let pending = match read_batch(&mut entries) {
            Ok(batch) if batch.is_empty() => return,
            Ok(batch) => {
                let (reply, prepared) = bounded(1);
                if to_workers.send((batch, reply)).is_err() {
                    return;
                }
                Ok((prepared, entries.bytes()))
            }
            Err(error) => Err(error),
        };
        let is_last = pending.is_err();
        if to_writer.send(pending).is_err() || is_last {
            return;
        }
    }
}

fn read_batch(entries: &mut JournalReader) -> Result<Vec<ReplayItem<Vec<u8>>>> {
    let (mut batch, mut bytes) = (Vec::new(), 0);
    while batch.len() < BATCH_ENTRIES && bytes < BATCH_BYTES {
        let Some(item) = entries.next()? else {
            break;
        };
        bytes += item.0.len();
        batch.push(item);
    }
    Ok(batch)
}

fn prepare<D: Derive + ?Sized>(derive: &D, (batch, reply): BatchJob<D::Prepared>) {
    let prepared = batch.into_iter().map(|(entry, location, position)| {
        let prepared = derive.prepare(entry).map_err(failed(position))?;
        Ok((prepared, location, position))
    });
    // Nobody receives it if an earlier entry failed.
    let _ = reply.send(prepared.collect());
}
