//! What an article costs in instructions: a program to be run under callgrind, which counts them. Seconds
//! depend on the machine and on what else it does; instructions hardly do.
//!
//! Takes in 300 articles of `wirecopy_bench::synthetic` with seed 1, in memory, and then checks as many others as
//! its argument says (100). A check is done by one thread alone: reading, notices, sketch, look-ups,
//! comparison, verdict. `.ci/instructions` has callgrind count nothing else, and compares with the
//! ceiling that stands there.

use std::sync::Arc;

use wirecopy::engine::{Engine, Params};
use wirecopy::store::Memory;
use wirecopy_bench::synthetic::{self, Newswire};

/// Articles that are there to be found.
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
