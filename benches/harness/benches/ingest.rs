//! How many articles a second the engine ingests and checks, and how many planted copies it finds.
//!
//! Uses the embedded store in a temporary directory, with every group on disk before it is answered, and
//! invented articles with seed 1, of which two in ten are copies. The store grows during the measurement,
//! from some thousand articles to some ten thousand. An element is an article, from submission to answer.
//! Recall is printed beside the speed: the planted pairs among the matches, and the copies in the
//! cluster of their original.

use std::cell::{Cell, RefCell};
use std::path::Path;
use std::sync::{Arc, mpsc};

use criterion::{BatchSize, Criterion, Throughput, criterion_group, criterion_main};
use wirecopy::engine::{Article, Engine, Params, Verdict};
use wirecopy::store::{Embedded, EmbeddedParams};
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

/// Planted pairs, and how many of them were found.
#[derive(Debug, Default)]
struct Recall {
    pairs: u64,
    found: u64,
    copies: u64,
    clustered: u64,
}

impl Recall {
    fn add(&mut self, newswire: &Newswire, verdict: &Verdict) {
        let number = number_of(verdict.id.as_str()).expect("an article made here");
        let Some(planted) = newswire.plan(number).planted else {
            return;
        };
        let is_original = |id: &str| number_of(id) == Some(planted.original);
        let mut matches = verdict.matches.iter();
        self.pairs += 1;
        self.found += u64::from(matches.any(|one| is_original(one.article.id.as_str())));
        if planted.kind.is_copy() {
            self.copies += 1;
            self.clustered += u64::from(is_original(verdict.placement.cluster.as_str()));
        }
    }

    fn print(&self, name: &str) {
        eprintln!(
            "{name}: {} of {} planted pairs found ({:.4}); {} of {} copies in the cluster of their original ({:.4})",
            self.found,
            self.pairs,
            self.found as f64 / self.pairs as f64,
            self.clustered,
            self.copies,
            self.clustered as f64 / self.copies as f64,
        );
    }
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
    let (ingested, checked) = (RefCell::<Recall>::default(), RefCell::<Recall>::default());
    let mut group = criterion.benchmark_group("engine");
    group
        .sample_size(10)
        .throughput(Throughput::Elements(BATCH));
    group.bench_function("ingest", |bench| {
        bench.iter_batched(
            &mut batch,
            |articles| {
                let verdicts = ingest(&engine, articles);
                verdicts
                    .iter()
                    .for_each(|one| ingested.borrow_mut().add(&newswire, one));
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
                let verdict = engine.check(article, false).expect("a whole index");
                checked.borrow_mut().add(&newswire, &verdict);
            },
            BatchSize::PerIteration,
        );
    });
    group.finish();
    ingested.borrow().print("ingest");
    // An original that was only checked is not stored, so it is not found.
    checked
        .borrow()
        .print("check, with originals that were not ingested");
    engine.close().expect("room on the disk");
}

criterion_group!(benches, measure);
criterion_main!(benches);
