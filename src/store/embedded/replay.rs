//! Replaying the journal: records are read, unpacked and prepared on all processors, and their entries
//! applied in order, each to the rows that the ones before it left.

use std::thread;

use crossbeam_channel::{Sender, bounded};

use super::Embedded;
use super::journal::{EntryLocation, JournalPosition, JournalReader, Record};
use crate::store::{Derive, Error, Failure, Result};

/// Bytes of records from which a batch is full.
const BATCH_BYTES: usize = 64 << 10;
/// Batches in flight for each worker.
const BATCHES_PER_WORKER: usize = 4;

/// Items, and the bytes of the journal up to their end.
type ReplayBatch<T> = Result<(Vec<T>, u64)>;

/// A record, and the position after it.
type ReplayRecord = (Record, JournalPosition);

/// A prepared entry.
struct ReplayEntry<T> {
    prepared: T,
    sequence: u64,
    location: EntryLocation,
    /// The position after its record.
    after: JournalPosition,
}

/// Applies the entries that the reader returns. Reports the bytes of the journal up to where it is,
/// and returns the number of entries.
pub fn replay<D: Derive + ?Sized>(
    store: &Embedded,
    records: JournalReader,
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
        scope.spawn(move || read_batches(records, &to_workers));
        let mut replayed = 0;
        // If a worker panicked, its panic resumes when the scope ends.
        for batch in from_workers.iter().cycle().map_while(|of| of.recv().ok()) {
            let (batch, bytes) = batch?;
            for entry in batch {
                let writes = derive.apply(store, entry.prepared);
                let writes = writes.map_err(failed(entry.sequence))?;
                store.shared.replay(writes, entry.location, entry.after)?;
                replayed += 1;
            }
            report(bytes);
        }
        Ok(replayed)
    })
}

fn failed(sequence: u64) -> impl FnOnce(Failure) -> Error {
    move |source| Error::Replay { sequence, source }
}

/// Reads batches until the journal ends, an error is found, or the writer has stopped.
fn read_batches(mut records: JournalReader, to_workers: &[Sender<ReplayBatch<ReplayRecord>>]) {
    for to_worker in to_workers.iter().cycle() {
        let batch = read_batch(&mut records);
        if matches!(&batch, Ok((batch, _)) if batch.is_empty()) {
            return;
        }
        let is_last = batch.is_err();
        if to_worker.send(batch).is_err() || is_last {
            return;
        }
    }
}

fn read_batch(records: &mut JournalReader) -> ReplayBatch<ReplayRecord> {
    let (mut batch, mut bytes) = (Vec::new(), 0);
    while bytes < BATCH_BYTES {
        let Some(item) = records.next()? else {
            break;
        };
        bytes += item.0.payload.len();
        batch.push(item);
    }
    Ok((batch, records.bytes()))
}

/// Unpacks records and prepares their entries.
fn prepare<D: Derive + ?Sized>(
    derive: &D,
    batch: ReplayBatch<ReplayRecord>,
) -> ReplayBatch<ReplayEntry<D::Prepared>> {
    let (records, bytes) = batch?;
    let mut prepared = Vec::new();
    for (record, after) in records {
        let (first, location) = (record.first, record.location);
        let entries = record.entries();
        let entries = entries.ok_or_else(|| failed(first)("it cannot be unpacked".into()))?;
        for (place, entry) in (0..).zip(entries) {
            let sequence = first + u64::from(place);
            prepared.push(ReplayEntry {
                prepared: derive.prepare(entry).map_err(failed(sequence))?,
                sequence,
                location: EntryLocation {
                    record: location,
                    place,
                },
                after,
            });
        }
    }
    Ok((prepared, bytes))
}
