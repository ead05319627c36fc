//! Replaying the journal: records are read, unpacked and prepared on all processors, and their entries
//! applied in order, each to the rows that the ones before it left.

use std::thread;

use crossbeam_channel::bounded;

use super::Embedded;
use super::journal::{EntryLocation, JournalReader, Record};
use crate::store::{Derive, Error, Failure, Result};

/// Records in flight for each worker.
const RECORDS_PER_WORKER: usize = 32;

/// Applies the entries that the reader returns. Reports the bytes of the journal up to where it is,
/// and returns the number of entries.
pub fn replay<D: Derive + ?Sized>(
    store: &Embedded,
    mut records: JournalReader,
    derive: &D,
    mut report: impl FnMut(u64),
) -> Result<u64> {
    let workers = thread::available_parallelism().map_or(1, usize::from);
    thread::scope(|scope| {
        // Records go to the workers in turn, and come back in the same turn.
        let (mut to_workers, mut from_workers) = (Vec::new(), Vec::new());
        for _ in 0..workers {
            let (to_worker, records) = bounded::<Result<_>>(RECORDS_PER_WORKER);
            let (to_writer, prepared) = bounded(RECORDS_PER_WORKER);
            scope.spawn(move || {
                let prepare = |(record, after, bytes)| {
                    let entries = prepare(derive, &record)?;
                    Ok((entries, record, after, bytes))
                };
                let mut records = records.iter();
                records.all(|record| to_writer.send(record.and_then(prepare)).is_ok())
            });
            to_workers.push(to_worker);
            from_workers.push(prepared);
        }
        scope.spawn(move || {
            for to_worker in to_workers.iter().cycle() {
                let Some(record) = records.next().transpose() else {
                    return;
                };
                if to_worker.send(record).is_err() {
                    return; // the writer has stopped
                }
            }
        });
        let mut replayed = 0;
        // If a worker panicked, its panic resumes when the scope ends.
        for prepared in from_workers.iter().cycle().map_while(|of| of.recv().ok()) {
            let (entries, record, after, bytes) = prepared?;
            for (sequence, (location, entry)) in (record.first..).zip(entries) {
                let is_first = sequence == record.first;
                let writes = derive.apply(store, entry);
                let writes = writes.map_err(failed(sequence))?;
                store.shared.replay(writes, (location, is_first), after)?;
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

/// A prepared entry, and where it is.
type PreparedEntry<D> = (EntryLocation, <D as Derive>::Prepared);

/// Unpacks a record and prepares its entries.
fn prepare<D: Derive + ?Sized>(derive: &D, record: &Record) -> Result<Vec<PreparedEntry<D>>> {
    let unpacked = record.entries();
    let entries = unpacked.ok_or_else(|| failed(record.first)("it cannot be unpacked".into()))?;
    let numbered = (record.first..).zip(entries);
    let prepared = numbered.map(|(sequence, (location, entry))| {
        let entry = derive.prepare(entry).map_err(failed(sequence))?;
        Ok((location, entry))
    });
    prepared.collect()
}
