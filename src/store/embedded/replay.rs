//! Replaying the journal: entries are read, prepared on all processors, and applied in order, each to
//! the rows that the ones before it left.

use std::thread;

use crossbeam_channel::{Sender, bounded};

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

/// Consecutive entries, and the bytes of the journal up to their end.
type ReplayBatch<T> = Result<(Vec<ReplayItem<T>>, u64)>;

/// Applies the entries that the reader returns. Reports the bytes of the journal up to where it is,
/// and returns the number of entries.
pub fn replay<D: Derive + ?Sized>(
    store: &Embedded,
    entries: JournalReader,
    derive: &D,
    mut report: impl FnMut(u64),
) -> Result<u64> {
    let workers = thread::available_parallelism().map_or(1, usize::from);
    thread::scope(|scope| {
        // Batches go to the workers in turn, and come back in the same turn.
        let (mut to_workers, mut from_workers) = (Vec::new(), Vec::new());
        for _ in 0..workers {
            let (to_worker, batches) = bounded(BATCHES_PER_WORKER);
            let (to_writer, prepared) = bounded(BATCHES_PER_WORKER);
            scope.spawn(move || {
                let mut batches = batches.iter();
                batches.all(|batch| to_writer.send(prepare(derive, batch)).is_ok())
            });
            to_workers.push(to_worker);
            from_workers.push(prepared);
        }
        scope.spawn(move || read_batches(entries, &to_workers));
        let mut replayed = 0;
        // If a worker panicked, its panic resumes when the scope ends.
        for batch in from_workers.iter().cycle().map_while(|of| of.recv().ok()) {
            let (batch, bytes) = batch?;
            for (prepared, location, position) in batch {
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

fn failed(JournalPosition { sequence, .. }: JournalPosition) -> impl FnOnce(Failure) -> Error {
    move |source| Error::Replay { sequence, source }
}

/// Reads batches until the journal ends, an error is found, or the writer has stopped.
fn read_batches(mut entries: JournalReader, to_workers: &[Sender<ReplayBatch<Vec<u8>>>]) {
    for to_worker in to_workers.iter().cycle() {
        let batch = read_batch(&mut entries);
        if matches!(&batch, Ok((entries, _)) if entries.is_empty()) {
            return;
        }
        let is_last = batch.is_err();
        if to_worker.send(batch).is_err() || is_last {
            return;
        }
    }
}

fn read_batch(entries: &mut JournalReader) -> ReplayBatch<Vec<u8>> {
    let (mut batch, mut bytes) = (Vec::new(), 0);
    while batch.len() < BATCH_ENTRIES && bytes < BATCH_BYTES {
        let Some(item) = entries.next()? else {
            break;
        };
        bytes += item.0.len();
        batch.push(item);
    }
    Ok((batch, entries.bytes()))
}

fn prepare<D: Derive + ?Sized>(
    derive: &D,
    batch: ReplayBatch<Vec<u8>>,
) -> ReplayBatch<D::Prepared> {
    let (batch, bytes) = batch?;
    let prepared = batch.into_iter().map(|(entry, location, position)| {
        let prepared = derive.prepare(entry).map_err(failed(position))?;
        Ok((prepared, location, position))
    });
    Ok((prepared.collect::<Result<_>>()?, bytes))
}
