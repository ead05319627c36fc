//! What the Bloom filters of runs cost, and what they save when buckets are read.
//!
//! A store has 20,000 articles in 50 buckets each, in several runs (memory of 4 MiB). A number is the
//! time of one `buckets` call with 50 keys and a cap of 64. A new text looks like an absent article:
//! nearly all of its buckets are empty, and its keys are only looked up in filters. Each key of a
//! present article also takes the read of a block, from which the filters of the other runs save it.
//! Keys are derived from a counter, so every run of the bench has the same. The filters' memory is
//! printed.

use std::hint::black_box;
use std::path::Path;

use criterion::{Criterion, criterion_group, criterion_main};
use wirecopy::store::{Embedded, EmbeddedParams, Posting, Read, Store, Writes};

const ARTICLES: u64 = 20_000;
const KEYS: u64 = 50;

/// The finalizer of splitmix64.
fn mix(mut x: u64) -> u64 {
    x = (x ^ (x >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
    x = (x ^ (x >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
    x ^ (x >> 31)
}

fn keys_of(doc: u64) -> Vec<u64> {
    (0..KEYS).map(|key| mix(doc * KEYS + key + 1)).collect()
}

fn filled(dir: &Path) -> Embedded {
    let params = EmbeddedParams {
        memory_bytes: 4 << 20,
        ..EmbeddedParams::default()
    };
    let derive = |_: &dyn Read, _: &[u8]| Ok(Writes::default());
    let store = Embedded::open(dir, &params, &[], &derive)
        .expect("an empty directory")
        .store;
    for doc in 0..ARTICLES {
        let posted = vec![Posting {
            doc,
            keys: keys_of(doc),
        }];
        store
            .stage(
                Vec::new(),
                Writes {
                    posted,
                    ..Writes::default()
                },
            )
            .expect("room on the disk");
    }
    store.close().expect("room on the disk");
    store
}

fn filter(criterion: &mut Criterion) {
    let mut group = criterion.benchmark_group("buckets");
    let dir = tempfile::tempdir().expect("a directory for temporary files");
    let store = filled(dir.path());
    let bytes = store.filter_bytes() as f64 / (ARTICLES * KEYS) as f64;
    eprintln!("filters: {bytes:.2} bytes of memory a posting");
    for (kind, first) in [("present", 0), ("absent", ARTICLES)] {
        let mut doc = 0;
        group.bench_function(kind, |bench| {
            bench.iter(|| {
                doc = (doc + 7_919) % ARTICLES;
                black_box(
                    store
                        .buckets(&keys_of(first + doc), 64)
                        .expect("a whole index"),
                )
            });
        });
    }
    group.finish();
}

criterion_group!(benches, filter);
criterion_main!(benches);
