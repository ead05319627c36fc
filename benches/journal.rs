//! The cost of the journal: entries of a kilobyte that change no rows and no postings.
//!
//! Prints, for 1, 32 and 1,024 entries to a commit, entries a second and the time of one, with fdatasync
//! and without. Then it prints how fast a journal is replayed into a new index if deriving takes 20
//! microseconds of processor time an entry: in the second step, one after another, or in the first, in
//! parallel.
//!
//!     cargo bench --bench journal -- [entries, 20000]

#![expect(clippy::print_stdout, reason = "a program that prints")]

use std::hint::black_box;
use std::path::Path;
use std::time::{Duration, Instant};

use wirecopy::store::{Derive, Durability, Embedded, EmbeddedParams, Failure, Read, Store, Writes};

const ENTRY_BYTES: usize = 1_000;
const DERIVING: Duration = Duration::from_micros(20);

/// Spends its time in the first step or in the second.
struct TimedDerive {
    is_first: bool,
}

fn work() {
    let start = Instant::now();
    while start.elapsed() < DERIVING {
        black_box(start);
    }
}

fn writes(entry: &[u8]) -> Result<Writes, Failure> {
    let doc = entry.first_chunk().map(|doc| u64::from_le_bytes(*doc));
    Ok(Writes {
        holds: Some(doc.ok_or("an entry without a document")?),
        ..Writes::default()
    })
}

impl Derive for TimedDerive {
    type Prepared = Vec<u8>;

    fn prepare(&self, entry: Vec<u8>) -> Result<Vec<u8>, Failure> {
        if self.is_first {
            work();
        }
        Ok(entry)
    }

    fn apply(&self, _: &dyn Read, entry: Vec<u8>) -> Result<Writes, Failure> {
        if !self.is_first {
            work();
        }
        writes(&entry)
    }

    fn renew(&self, _: &dyn Store) -> Result<(), Failure> {
        Ok(())
    }
}

/// Returns an entry that compresses to some .46 of its bytes, like real ones: letters from a dozen, by chance.
fn entry(doc: u64) -> Vec<u8> {
    let (mut entry, mut state) = (doc.to_le_bytes().to_vec(), doc);
    entry.resize_with(ENTRY_BYTES, || {
        // The generator of Knuth's MMIX, whose upper bits are good enough.
        state = state.wrapping_mul(6_364_136_223_846_793_005);
        state = state.wrapping_add(1_442_695_040_888_963_407);
        b"etaoinshrdlu"[(state >> 40) as usize % 12]
    });
    entry
}

fn append(dir: &Path, entries: u64, group: u64, durability: Durability) {
    let params = EmbeddedParams {
        durability,
        ..EmbeddedParams::default()
    };
    let derive = |_: &dyn Read, entry: &[u8]| writes(entry);
    let opened = Embedded::open(dir, &params, &[], &derive).expect("an empty directory");
    let made: Vec<_> = (0..entries).map(entry).collect();
    let start = Instant::now();
    for (doc, entry) in (0..).zip(made) {
        let writes = writes(&entry).expect("an entry");
        opened.store.stage(entry, writes).expect("room");
        if (doc + 1_u64).is_multiple_of(group) {
            opened.store.commit().expect("a disk");
        }
    }
    opened.store.commit().expect("a disk");
    let seconds = start.elapsed().as_secs_f64();
    println!(
        "{durability:?}, {group} to a commit: {:.0} entries/s, {:.1} us each",
        entries as f64 / seconds,
        seconds * 1e6 / entries as f64
    );
}

fn main() {
    let given = std::env::args().skip(1).find(|given| given != "--bench");
    let entries = given.map_or(20_000, |given| given.parse().expect("a number"));
    let directory = || tempfile::tempdir().expect("a directory for temporary files");
    for (durability, group) in [
        (Durability::Fsync, 1),
        (Durability::Fsync, 32),
        (Durability::Fsync, 1_024),
        (Durability::Os, 32),
    ] {
        append(directory().path(), entries, group, durability);
    }
    let dir = directory();
    append(dir.path(), entries, 1_024, Durability::Os);
    for (step, is_first) in [("the second", false), ("the first", true)] {
        let start = Instant::now();
        let (params, derive) = (EmbeddedParams::default(), TimedDerive { is_first });
        let replayed = Embedded::reindex(dir.path(), &params, &[], &derive, &mut |_, _| {});
        println!(
            "replay, derived in {step} step: {:.0} entries/s",
            replayed.expect("a journal") as f64 / start.elapsed().as_secs_f64()
        );
    }
}
