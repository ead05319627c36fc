//! Texts and pages that are made to cost much get the same verdict every time, and nothing overflows.

use std::thread;

use wirecopy_bench::hostile::{HOSTILE_KINDS, HostileBench};

/// Of the smallest threads that are in use, so that recursion on an input would overflow.
const STACK_BYTES: usize = 512 << 10;

#[test]
fn every_kind_is_answered_the_same_every_time() {
    let checked = thread::Builder::new().stack_size(STACK_BYTES).spawn(|| {
        let bench = HostileBench::new().expect("room in memory");
        for kind in HOSTILE_KINDS {
            let measured = bench.measure(kind, &[4 << 10, 64 << 10]);
            let measured = measured.unwrap_or_else(|error| panic!("{}: {error:#}", kind.name));
            assert_eq!(measured.costs.len(), 2, "{}", kind.name);
        }
    });
    let checked = checked.expect("a thread starts").join();
    assert!(checked.is_ok());
}

#[test]
fn inputs_are_nearly_as_large_as_asked() {
    for kind in HOSTILE_KINDS {
        let body = kind.of_size(64 << 10);
        let bytes = match &body {
            wirecopy::engine::Body::Text(text) | wirecopy::engine::Body::Html(text) => text.len(),
            wirecopy::engine::Body::Raw { .. } => panic!("{}: raw bytes", kind.name),
        };
        assert!(
            (60 << 10..66 << 10).contains(&bytes),
            "{}: {bytes}",
            kind.name
        );
    }
}
