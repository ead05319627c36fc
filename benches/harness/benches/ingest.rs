//! How many articles a second the engine ingests and checks, and how many planted copies it finds.
//!
//! Uses the embedded store in a temporary directory, with every group on disk before it is answered, and
//! invented articles with seed 1, of which two in ten are copies. The store grows during the measurement,
//! from some thousand articles to some ten thousand. An element is an article, from submission to answer.
//! What was found of the planted pairs is printed beside the speed.

use std::cell::{Cell, RefCell};
use std::path::Path;
use std::sync::{Arc, mpsc};

use criterion::{BatchSize, Criterion, Throughput, criterion_group, criterion_main};
use wirecopy::engine::{Article, Engine, Params, Verdict, VerdictScope};
use wirecopy::store::{Embedded, EmbeddedParams};
use wirecopy_bench::quality::Quality;
use wirecopy_bench::synthetic::{self, Newswire, number_of};

/// The allocator that the server has.
#[global_allocator]
static ALLOCATOR: mimalloc::MiMalloc = mimalloc::MiMalloc;

/// Articles of one measurement.
const BATCH: u64 = 1_000;

fn engine(dir: &Path) -> Engine {
    let params = Params::default();
    let store = EmbeddedParams::default();
    let opened = Embedded::open(dir, &store, &params.shape(), &params.derive());
    let store = opened.expect("an empty directory").store;
    Engine::open(Arc::new(store), params).expect("an engine over an empty store")
}

/// Submits articles and waits until all are on disk.
fn ingest(engine: &Engine, articles: Vec<Article>) -> Vec<Verdict> {
    let (sender, answers) = mpsc::channel();
    for article in articles {
        let sender = sender.clone();
        // The receiver waits for all of them.
        let reply = Box::new(move |verdict| drop(sender.send(verdict)));
        engine.submit(article, reply);
    }
    drop(sender);
    answers
        .iter()
        .map(|verdict| verdict.expect("room on the disk"))
        .collect()
}

/// Counts a verdict on an article that was made here.
fn count(quality: &RefCell<Quality>, newswire: &Newswire, verdict: Verdict) {
    let number = number_of(verdict.id.as_str()).expect("an article made here");
    quality.borrow_mut().add(newswire, number, &verdict.into());
}

fn print(name: &str, quality: &RefCell<Quality>) {
    eprintln!("\n{name}:");
    let written = quality.borrow().write(&mut std::io::stderr());
    written.expect("standard error is open");
}

fn measure(criterion: &mut Criterion) {
    let dir = tempfile::tempdir().expect("a directory for temporary files");
    let engine = engine(dir.path());
    let newswire = Newswire::new(synthetic::Params {
        seed: 1,
        ..synthetic::Params::default()
    });
    let next = Cell::new(0);
    let mut batch = || {
        next.set(next.get() + BATCH);
        (next.get() - BATCH..next.get())
            .map(|number| newswire.article(number))
            .collect()
    };
    let (ingested, checked) = (RefCell::<Quality>::default(), RefCell::<Quality>::default());
    let mut group = criterion.benchmark_group("engine");
    group
        .sample_size(10)
        .throughput(Throughput::Elements(BATCH));
    group.bench_function("ingest", |bench| {
        bench.iter_batched(
            &mut batch,
            |articles| {
                for verdict in ingest(&engine, articles) {
                    count(&ingested, &newswire, verdict);
                }
            },
            BatchSize::PerIteration,
        );
    });
    group.bench_function("ingest again, unchanged", |bench| {
        let latest = || {
            let numbers = next.get() - BATCH..next.get();
            numbers.map(|number| newswire.article(number)).collect()
        };
        bench.iter_batched(
            latest,
            |articles| drop(ingest(&engine, articles)),
            BatchSize::PerIteration,
        );
    });
    group.throughput(Throughput::Elements(1));
    group.bench_function("check", |bench| {
        let mut waiting: Vec<Article> = Vec::new();
        bench.iter_batched(
            || {
                if waiting.is_empty() {
                    waiting = batch();
                }
                waiting.pop().expect("a batch of articles")
            },
            |article| {
                let verdict = engine
                    .check(article, VerdictScope::Matches)
                    .expect("a whole index");
                count(&checked, &newswire, verdict);
            },
            BatchSize::PerIteration,
        );
    });
    group.finish();
    print("ingest", &ingested);
    // An original that was only checked is not stored, so it is not found.
    print("check, with originals that were not ingested", &checked);
    engine.close().expect("room on the disk");
}

criterion_group!(benches, measure);
criterion_main!(benches);
