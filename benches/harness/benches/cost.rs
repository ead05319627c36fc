//! Counts the instructions of an article, under callgrind. Seconds depend on the machine and its load;
//! instructions hardly do.
//!
//! Ingests 300 articles of `wirecopy_bench::synthetic` with seed 1 in memory, and then checks as many new
//! articles as the first argument says (100). With the second argument `again`, the articles that were
//! ingested are checked instead: they are unchanged. A check runs in one thread: it finds, reads,
//! sketches, compares and judges. `.ci/instructions` counts nothing else, and compares with its ceilings.

use std::sync::Arc;

use wirecopy::engine::{Engine, Params};
use wirecopy::store::Memory;
use wirecopy_bench::synthetic::{self, Newswire};

/// Articles that are stored first.
const STORED: u64 = 300;

fn main() {
    let arguments: Vec<String> = std::env::args().collect();
    let count = arguments.iter().find_map(|argument| argument.parse().ok());
    let count = count.unwrap_or(100);
    let again = arguments.iter().any(|argument| argument == "again");
    let engine = Engine::open(Arc::new(Memory::default()), Params::default());
    let engine = engine.expect("an engine over an empty store");
    let newswire = Newswire::new(synthetic::Params {
        seed: 1,
        ..synthetic::Params::default()
    });
    for number in 0..STORED {
        let verdict = engine.ingest(newswire.article(number));
        verdict.expect("memory has room");
    }
    let first = if again { 0 } else { STORED };
    for number in first..first + count {
        let verdict = engine.check(newswire.article(number));
        verdict.expect("memory has room");
    }
}
