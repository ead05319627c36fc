//! Random operations on the embedded store and on the one in memory: all reads must agree.

use proptest::prelude::*;

use super::*;
use crate::store::Memory;

/// Few keys, so that documents share buckets.
const KEYS: u64 = 6;
const ROWS: u8 = 12;

#[derive(Debug, Clone)]
enum RandomOperation {
    Stage(Vec<RandomChange>),
    Commit,
    Close,
    Reopen,
}

#[derive(Debug, Clone)]
enum RandomChange {
    Set(u8, u8),
    Drop(u8),
    /// Adds a new document to the buckets whose bits are set.
    Post(u8),
    /// Withdraws an earlier document from all its buckets.
    Withdraw(u16),
    See(u8, u64),
}

fn change() -> impl Strategy<Value = RandomChange> {
    prop_oneof![
        4 => (0..ROWS, any::<u8>()).prop_map(|(row, value)| RandomChange::Set(row, value)),
        1 => (0..ROWS).prop_map(RandomChange::Drop),
        5 => any::<u8>().prop_map(RandomChange::Post),
        2 => any::<u16>().prop_map(RandomChange::Withdraw),
        1 => (0..2_u8, 0..50_u64).prop_map(|(counter, thing)| RandomChange::See(counter, thing)),
    ]
}

fn operation() -> impl Strategy<Value = RandomOperation> {
    prop_oneof![
        40 => prop::collection::vec(change(), 0..12).prop_map(RandomOperation::Stage),
        2 => Just(RandomOperation::Commit),
        1 => Just(RandomOperation::Close),
        1 => Just(RandomOperation::Reopen),
    ]
}

fn row_key(row: u8) -> Vec<u8> {
    let mut key = vec![b'r'; 1 + row as usize % 3];
    key.push(row);
    key
}

fn buckets_of(bits: u8) -> Vec<u64> {
    let keys = (0..KEYS).filter(|key| bits >> key & 1 == 1);
    keys.map(|key| key << 41 | 5).collect()
}

/// Turns changes into writes. `posted` has the buckets of each document.
fn writes(changes: &[RandomChange], posted: &mut Vec<Vec<u64>>) -> Writes {
    let mut writes = Writes::default();
    let before = posted.len();
    for change in changes {
        match *change {
            RandomChange::Set(row, value) => {
                let value = vec![value; 30 + value as usize];
                writes.rows.insert(row_key(row), Some(value));
            }
            RandomChange::Drop(row) => {
                writes.rows.insert(row_key(row), None);
            }
            RandomChange::Post(bits) => {
                let doc = posted.len() as u64;
                posted.push(buckets_of(bits));
                writes.posted.push(posting(doc, buckets_of(bits)));
                writes.holds = Some(doc);
            }
            RandomChange::Withdraw(which) if before > 0 => {
                let doc = which as usize % before;
                let withdrawn = posting(doc as u64, posted[doc].clone());
                writes.withdrawn.push(withdrawn);
            }
            RandomChange::Withdraw(_) => {}
            RandomChange::See(counter, thing) => writes.seen.push((counter, thing)),
        }
    }
    writes
}

fn agree(store: &dyn Store, model: &dyn Store, docs: u64) {
    let answers = |store: &dyn Store| {
        let keys: Vec<_> = (0..ROWS + 1).map(row_key).collect();
        let scan = |prefix: &[u8], after: Option<Vec<u8>>, limit| {
            store.scan(prefix, after.as_deref(), limit).unwrap()
        };
        let scans = [
            scan(b"", None, 99),
            scan(b"rr", None, 2),
            scan(b"r", Some(row_key(4)), 3),
            scan(b"rrr", Some(row_key(1)), 9),
        ];
        let buckets = |cap| store.buckets(&buckets_of(u8::MAX), cap).unwrap();
        let all: Vec<u64> = (0..docs + 1).collect();
        (
            store.rows(&keys).unwrap(),
            scans,
            [0, 1, 5, 1_000].map(buckets),
            store.entries(&all).unwrap(),
        )
    };
    assert_eq!(answers(store), answers(model));
    for counter in 0..3 {
        let counted = store.distinct(counter).unwrap();
        assert!(counted.abs_diff(model.distinct(counter).unwrap()) <= 1);
    }
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(12))]

    #[test]
    fn embedded_agrees_with_memory(operations in prop::collection::vec(operation(), 1..150)) {
        let dir = tempfile::tempdir().unwrap();
        let params = EmbeddedParams { memory_bytes: 6 << 10, ..tiny() };
        let mut store = Some(try_open(dir.path(), &params).unwrap().store);
        let (model, mut posted) = (Memory::default(), Vec::new());
        for (at, operation) in operations.iter().enumerate() {
            let embedded = store.as_ref().unwrap();
            match operation {
                RandomOperation::Stage(changes) => {
                    let writes = writes(changes, &mut posted);
                    stage(embedded, writes.clone());
                    stage(&model, writes);
                }
                RandomOperation::Commit => embedded.commit().unwrap(),
                RandomOperation::Close => embedded.close().unwrap(),
                RandomOperation::Reopen => {
                    embedded.commit().unwrap();
                    drop(store.take());
                    let opened = try_open(dir.path(), &params).unwrap();
                    assert_eq!(opened.rebuilt, None);
                    store = Some(opened.store);
                }
            }
            if at % 8 == 0 || !matches!(operation, RandomOperation::Stage(_)) {
                agree(store.as_ref().unwrap(), &model, posted.len() as u64);
            }
        }
        agree(store.as_ref().unwrap(), &model, posted.len() as u64);
    }
}

#[test]
fn a_withdrawal_counts_in_any_order() {
    let dir = tempfile::tempdir().unwrap();
    let (store, model) = (open(dir.path()).store, Memory::default());
    let postings =
        |docs: std::ops::Range<u64>| docs.map(|doc| posting(doc, [5])).collect::<Vec<_>>();
    for (posted, withdrawn) in [(0..0, 0..3), (0..9, 0..0), (5..8, 5..7)] {
        let writes = Writes {
            posted: postings(posted),
            withdrawn: postings(withdrawn),
            ..Writes::default()
        };
        stage(&store, writes.clone());
        stage(&model, writes);
    }
    let left = model.buckets(&[5], 9).unwrap().remove(0);
    assert_eq!(left.docs, tagged(5, [3, 4, 7, 8]));
    agree(&store, &model, 0);
}
