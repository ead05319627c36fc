//! What an article costs in instructions: a program to be run under callgrind, which counts them. Seconds
//! depend on the machine and on what else it does; instructions hardly do.
//!
//! Takes in as many articles as its argument says (200), of `wirecopy::synthetic` with seed 1, one after
//! the other, over the embedded store in a temporary directory, then checks a tenth as many that it has
//! not seen. `.ci/instructions` runs it twice with different numbers, so that what it costs to begin
//! cancels out, and compares with the ceiling that stands there.

use std::sync::Arc;

use wirecopy::engine::{Article, Body, Engine, Params};
use wirecopy::store::{Durability, Embedded, EmbeddedParams};
use wirecopy::synthetic::{self, Newswire};

fn main() {
    let count = std::env::args()
        .filter_map(|argument| argument.parse().ok())
        .next()
        .unwrap_or(200);
    let dir = tempfile::tempdir().expect("a directory for temporary files");
    let params = Params {
        threads: 1,
        ..Params::default()
    };
    let store = EmbeddedParams {
        durability: Durability::Os,
        memory_bytes: 4 << 20,
        ..EmbeddedParams::default()
    };
    let opened = Embedded::open(dir.path(), &store, &params.shape(), &params.derive());
    let store = opened.expect("an empty directory").store;
    let engine = Engine::open(Arc::new(store), params).expect("an engine over an empty store");
    let newswire = Newswire::new(synthetic::Params {
        seed: 1,
        ..synthetic::Params::default()
    });
    for number in 0..count {
        let verdict = engine.ingest(article(&newswire, number));
        verdict.expect("room on the disk");
    }
    for number in count..count + count / 10 {
        let verdict = engine.check(article(&newswire, number));
        verdict.expect("a whole index");
    }
    engine.close().expect("room on the disk");
}

fn article(newswire: &Newswire, number: u64) -> Article {
    let made = newswire.article(number);
    Article {
        url: made.url,
        publisher: made.publisher,
        published_ms: Some(made.published_ms),
        title: made.title,
        body: Body::Text(made.text),
        lang: made.lang.to_owned(),
        ..Article::default()
    }
}
