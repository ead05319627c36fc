//! A program that checks articles, to count its instructions with callgrind. Unlike times, they hardly
//! depend on the machine and its load.
//!
//! Ingests 300 invented articles (seed 1) into a store in memory, then checks as many others as its
//! argument says (by default 100). One thread does a whole check: reading, notices, sketch, lookups,
//! comparison, verdict. `.ci/instructions` counts only that, and compares the count with its ceiling.

use std::sync::Arc;

use wirecopy::engine::{Engine, Params};
use wirecopy::store::Memory;
use wirecopy_bench::synthetic::{self, Newswire};

/// Number of articles that can be found.
const KNOWN: u64 = 300;

fn main() {
    let mut arguments = std::env::args().filter_map(|argument| argument.parse().ok());
    let count = arguments.next().unwrap_or(100);
    let engine = Engine::open(Arc::new(Memory::default()), Params::default());
    let engine = engine.expect("an engine over an empty store");
    let newswire = Newswire::new(synthetic::Params {
        seed: 1,
        ..synthetic::Params::default()
    });
    for number in 0..KNOWN {
        let verdict = engine.ingest(newswire.article(number));
        verdict.expect("memory has room");
    }
    for number in KNOWN..KNOWN + count {
        let verdict = engine.check(newswire.article(number));
        verdict.expect("memory has room");
    }
}
