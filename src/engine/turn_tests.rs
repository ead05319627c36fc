//! How long others wait for a turn of the writer while there is much to do.
//!
//! `WIRECOPY_TURNS=100000 cargo test --release --lib longest_turn -- --nocapture` measures with so many articles.

use std::sync::Arc;
use std::time::{Duration, Instant};

use super::upkeep_tests::wait_until_purged;
use super::*;
use crate::store::{Embedded, EmbeddedParams};

/// Longer than all of it takes.
const PATIENCE: Duration = Duration::from_secs(3600);

/// Returns an article of a collection: every other one is of one story, whose copies come newest first, so that
/// each is a new lead of all before it.
fn article(collection: &Collection, number: usize) -> Article {
    let own = |words: usize| (0..words).map(move |word| format!("a{number}w{word} "));
    let text: String = match number % 2 {
        0 => (0..80)
            .map(|word| format!("w{word} "))
            .chain(own(2))
            .collect(),
        _ => own(80).collect(),
    };
    Article {
        id: number.to_string(),
        collection: collection.clone(),
        url: format!("https://paper{}.example/{number}", number % 50),
        published_ms: Some(-(number as i64)),
        body: Body::Text(text),
        ..Article::default()
    }
}

/// Ingests articles, and waits until they are durable.
fn fill(engine: &Engine, collection: &Collection, articles: usize) {
    let (sender, verdicts) = crossbeam_channel::unbounded();
    for number in 0..articles {
        let sender = sender.clone();
        let reply = move |verdict: Result<Verdict>| sender.send(verdict.map(drop)).unwrap();
        engine.submit(article(collection, number), Box::new(reply));
    }
    drop(sender);
    assert_eq!(verdicts.iter().filter(Result::is_ok).count(), articles);
}

/// Returns the longest turns while so many articles come in, while their clusters settle, while they expire, and
/// while as many are dropped.
fn longest_turns(articles: usize) -> [Duration; 4] {
    let dir = tempfile::tempdir().unwrap();
    let (params, store) = (Params::default(), EmbeddedParams::default());
    let opened = Embedded::open(dir.path(), &store, &params.shape(), &params.derive());
    let engine = Engine::open(Arc::new(opened.unwrap().store), params).unwrap();
    let [expiring, dropped] = ["expiring", "dropped"].map(|name| Collection::parse(name).unwrap());

    fill(&engine, &expiring, articles);
    let ingest = engine.take_longest_turn();
    engine.settle().unwrap();
    let settlement = engine.take_longest_turn();

    engine.set_retention(&expiring, Some(1)).unwrap();
    let begun = Instant::now();
    while engine.stats(&expiring).unwrap().articles > 0 {
        assert!(begun.elapsed() < PATIENCE, "they do not expire");
        engine.upkeep();
        std::thread::sleep(Duration::from_millis(20));
    }
    let expiry = engine.take_longest_turn();

    fill(&engine, &dropped, articles);
    engine.settle().unwrap();
    engine.take_longest_turn();
    engine.drop_collection(&dropped).unwrap();
    wait_until_purged(&engine);
    let drop = engine.take_longest_turn();
    engine.close().unwrap();
    [ingest, settlement, expiry, drop]
}

#[test]
fn the_longest_turn_does_not_depend_on_how_much_there_is_to_do() {
    let most = std::env::var("WIRECOPY_TURNS").map_or(2000, |most| most.parse().unwrap());
    for articles in [most / 8, most] {
        let turns = longest_turns(articles);
        let [ingest, settlement, expiry, drop] = turns;
        println!(
            "{articles} articles: the longest turn took {ingest:.1?} to ingest, {settlement:.1?} to settle, \
             {expiry:.1?} to expire, {drop:.1?} to drop"
        );
        // A turn that did all would take longer, and so does a machine at times.
        let longest = turns.into_iter().max().unwrap();
        assert!(longest < Duration::from_secs(1), "{turns:?}");
    }
}
