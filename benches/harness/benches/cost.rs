//! Counts the instructions of an article, under callgrind. Seconds depend on the machine and its load;
//! instructions hardly do.
//!
//! Ingests 300 articles of `wirecopy_bench::synthetic` with seed 1 in memory, and then checks as many new
//! articles as the first argument says (100). With the second argument `again`, the articles that were
//! ingested are checked instead: they are unchanged, and were submitted a second time before, as a
//! crawler does. With `first`, they were not, so that most of those with matches are judged again. A
//! check runs in one thread: it finds, reads, sketches, compares and judges. `.ci/instructions` counts
//! nothing else, and compares with its ceilings.

use std::sync::Arc;

use wirecopy::engine::{Engine, Params, VerdictScope};
use wirecopy::store::Memory;
use wirecopy_bench::synthetic::{self, Newswire};

/// Articles that are stored first.
const STORED: u64 = 300;

fn main() {
    let arguments: Vec<String> = std::env::args().collect();
    let count = arguments.iter().find_map(|argument| argument.parse().ok());
    let count = count.unwrap_or(100);
    let has = |name: &str| arguments.iter().any(|argument| argument == name);
    let (again, first) = (has("again"), has("first"));
    let engine = Engine::open(Arc::new(Memory::default()), Params::default());
    let engine = engine.expect("an engine over an empty store");
    let newswire = Newswire::new(synthetic::Params {
        seed: 1,
        ..synthetic::Params::default()
    });
    let times = if again { 2 } else { 1 };
    for number in (0..times).flat_map(|_| 0..STORED) {
        let verdict = engine.ingest(newswire.article(number));
        verdict.expect("memory has room");
    }
    // The names of months are made when they are first asked for, which is no cost of an article.
    assert!(wirecopy::page::parse_date("5 March 2024").is_some());
    let start = if again || first { 0 } else { STORED };
    for number in start..start + count {
        let verdict = engine.check(newswire.article(number), VerdictScope::Matches);
        verdict.expect("memory has room");
    }
}
