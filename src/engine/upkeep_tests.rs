//! What is kept no longer: clusters of what remains are as if the rest had never come, a dropped name is
//! new at once, and nothing of a dropped collection stays.

use std::collections::BTreeMap;
use std::sync::Arc;
use std::time::{Duration, Instant};

use proptest::prelude::*;

use super::settling_tests::{Turns, params, take};
use super::tests::{TestArticle, clusters, model, steps, undated};
use super::*;
use crate::record::{DocList, RowReader};
use crate::store::{Embedded, EmbeddedParams, Memory, Row};

fn named(name: &str) -> Collection {
    Collection::parse(name).unwrap()
}

/// Removes the articles that were first seen before a time, as a round of upkeep does; with a portion of
/// settling after some of them.
fn expire(turns: &Turns, before_ms: i64) {
    let core = &turns.engine.core;
    let stored = core.current(&Collection::default()).unwrap();
    let mut after = DocList::FirstSeen(stored.as_str()).start();
    loop {
        let expired = core.expired(&stored, &after, before_ms).unwrap();
        let Some((last, _)) = expired.last() else {
            return;
        };
        after = last.clone();
        for (at, (_, going)) in expired.into_iter().enumerate() {
            core.expire(going, turns.now_ms).unwrap();
            if at % 3 == 0 {
                turns.portion();
            }
        }
    }
}

/// Takes everything away that dropped collections have left.
fn purge(core: &Core) {
    while let Some(dropped) = RowReader(&*core.store).first_dropped().unwrap() {
        let mut after = DocList::FirstSeen(dropped.as_str()).start();
        let purges = core.purges(&dropped, &mut after).unwrap();
        if purges.is_empty() {
            let last = core.last_purge(&dropped, &mut None).unwrap();
            core.purge(last, &[], 0).unwrap();
        }
        for (purge, keys) in purges {
            core.purge(purge, &keys, 0).unwrap();
        }
    }
}

fn rows(core: &Core) -> Vec<Row> {
    core.store.scan(b"", None, 100_000).unwrap()
}

/// Returns the letters of the tables that have rows, each once.
fn tables(core: &Core) -> String {
    let mut tables: Vec<char> = rows(core).iter().map(|(key, _)| key[0].into()).collect();
    tables.dedup();
    tables.into_iter().collect()
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(40))]

    #[test]
    fn what_remains_is_clustered_as_if_the_rest_had_never_come(
        before in steps(),
        after in steps(),
        portion in 1usize..4,
        share in 0.0..1.0,
    ) {
        let mut turns = Turns::new(Arc::new(Memory::default()), params(portion));
        let mut stories = BTreeMap::new();
        take(&mut turns, before, &mut stories);
        let before_ms = (turns.now_ms as f64 * share) as i64 + 1;
        expire(&turns, before_ms);
        stories.retain(|_, story| story.first_seen_ms >= before_ms);
        clusters(&turns.engine, &stories);
        take(&mut turns, after, &mut stories);
        turns.settle();
        let settled = clusters(&turns.engine, &stories);
        prop_assert_eq!(&settled, &model(&turns.engine, &stories));
        prop_assert_eq!(settled, turns.reported());
        expire(&turns, turns.now_ms + 1);
        let left = tables(&turns.engine.core);
        prop_assert_eq!(left.trim_matches(['f', 'l', 'n', 'w']), "");
    }
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(12))]

    #[test]
    fn a_replay_of_what_went_gives_the_same_rows(
        before in steps(),
        after in steps(),
        share in 0.0..1.0,
        is_purged in any::<bool>(),
    ) {
        let dir = tempfile::tempdir().unwrap();
        let params = params(2);
        let open = || {
            let store = EmbeddedParams::default();
            let opened = Embedded::open(dir.path(), &store, &params.shape(), &params.derive());
            Arc::new(opened.unwrap().store)
        };
        let mut turns = Turns::new(open(), params);
        take(&mut turns, before, &mut BTreeMap::new());
        expire(&turns, (turns.now_ms as f64 * share) as i64);
        let core = &turns.engine.core;
        core.set_retention(&Collection::default(), 1000, 7).unwrap();
        core.drop_collection(&Collection::default(), 7).unwrap();
        if is_purged {
            purge(core);
        }
        let mut stories = BTreeMap::new();
        take(&mut turns, after, &mut stories);
        let live = rows(&turns.engine.core);
        turns.engine.core.store.close().unwrap();
        drop(turns);
        std::fs::remove_dir_all(dir.path().join("index")).unwrap();
        std::fs::remove_file(dir.path().join("checkpoint")).unwrap();
        let turns = Turns::new(open(), params);
        prop_assert_eq!(live, rows(&turns.engine.core));
        purge(&turns.engine.core);
        turns.settle();
        prop_assert_eq!(clusters(&turns.engine, &stories), model(&turns.engine, &stories));
    }
}

/// Waits until nothing is left of dropped collections.
pub(super) fn wait_until_purged(engine: &Engine) {
    let begun = Instant::now();
    while RowReader(&*engine.core.store)
        .first_dropped()
        .unwrap()
        .is_some()
    {
        assert!(
            begun.elapsed() < Duration::from_secs(600),
            "it is not taken away"
        );
        std::thread::sleep(Duration::from_millis(2));
    }
}

fn story(collection: &str, id: u8) -> Article {
    Article {
        collection: named(collection),
        url: format!("https://paper{}.example/{id}", id % 3),
        ..undated(id, 1 + id % 5).article()
    }
}

#[test]
fn a_dropped_name_is_new_at_once_and_nothing_old_stays() {
    let store = Arc::new(Memory::default());
    let open = || Engine::open(Arc::clone(&store) as Arc<dyn Store>, params(8)).unwrap();
    let engine = open();
    for id in 0..60 {
        engine.ingest(story("news", id)).unwrap();
        engine.ingest(story("other", id)).unwrap();
    }
    let news = named("news");
    engine.set_retention(&news, Some(1 << 40)).unwrap();
    let all = engine.collections(&PageRequest::default()).unwrap();
    let names: Vec<&str> = all
        .collections
        .iter()
        .map(|one| one.name.as_str())
        .collect();
    assert_eq!((names, all.next.as_str()), (vec!["news", "other"], ""));
    let listed = &all.collections[0];
    assert_eq!((listed.articles, listed.retain_ms), (60, Some(1 << 40)));
    let texts = (0..60).map(|id| match story("news", id).body {
        Body::Text(text) => text.len() as u64,
        _ => 0,
    });
    assert_eq!(listed.bytes, texts.sum::<u64>());
    assert!(listed.clusters < 60 && listed.oldest_ms <= listed.newest_ms);
    let other = engine
        .list(&named("other"), &PageRequest::default())
        .unwrap();

    let head = engine.head();
    assert_eq!(engine.drop_collection(&news).unwrap(), 60);
    assert!(matches!(
        engine.get(&news, "story-003", false, false),
        Err(Error::NotFound { .. })
    ));
    let again = engine.ingest(story("news", 3)).unwrap();
    assert_eq!((again.state, again.matches.len()), (State::New, 0));
    assert_eq!(engine.stats(&news).unwrap().articles, 1);
    assert_eq!(engine.drop_collection(&named("nobody")).unwrap(), 0);
    wait_until_purged(&engine);
    let (changes, _) = engine.changes(&news, head, 100).unwrap();
    let kinds: Vec<ChangeKind> = changes.iter().map(|change| change.kind).collect();
    assert_eq!(kinds, [ChangeKind::Dropped, ChangeKind::Added]);
    let (changes, _) = engine.changes(&named("other"), head, 100).unwrap();
    assert!(changes.is_empty());

    assert_eq!(
        other,
        engine
            .list(&named("other"), &PageRequest::default())
            .unwrap()
    );
    let page = PageRequest {
        size: 1,
        token: String::new(),
    };
    let first = engine.collections(&page).unwrap();
    let second = PageRequest {
        size: 1,
        token: first.next,
    };
    let second = engine.collections(&second).unwrap();
    let both = [&first.collections[0], &second.collections[0]];
    assert_eq!(
        both.map(|one| (one.name.as_str(), one.articles)),
        [("news", 1), ("other", 60)]
    );
    assert_eq!(first.collections[0].retain_ms, None);

    // Of the first generation only changes are left; its documents had the lowest numbers.
    engine.drop_collection(&named("other")).unwrap();
    engine.remove(&news, vec!["story-003".into()]).unwrap();
    wait_until_purged(&engine);
    assert_eq!(tables(&engine.core), "fgln");
    engine.close().unwrap();
}

#[test]
fn a_drop_is_resumed_and_nobody_waits_for_what_it_left_to_settle() {
    let store = Arc::new(Memory::default());
    let mut turns = Turns::new(Arc::clone(&store) as Arc<dyn Store>, params(1));
    // Newest first, so that much is left to settle.
    for id in (0..40u8).rev() {
        let published_ms = Some(i64::from(id));
        let story = TestArticle {
            published_ms,
            ..undated(id, 3)
        };
        turns.put(story.article());
    }
    let core = &turns.engine.core;
    core.drop_collection(&Collection::default(), 1).unwrap();
    let mut after = DocList::FirstSeen("default").start();
    let (mut first, keys) = core
        .purges(&Collection::default(), &mut after)
        .unwrap()
        .remove(0);
    // A portion, and then a kill.
    first.docs.retain(|doc| doc % 2 == 0);
    core.purge(first, &keys, 1).unwrap();
    let mut stories = BTreeMap::new();
    for id in (0..20u8).rev() {
        let published_ms = Some(i64::from(id));
        let story = TestArticle {
            published_ms,
            ..undated(id, 4)
        };
        turns.put(story.article());
        stories.insert(id, story);
    }
    turns.settle();
    assert_eq!(
        clusters(&turns.engine, &stories),
        model(&turns.engine, &stories)
    );
    drop(turns);

    let engine = Engine::open(Arc::clone(&store) as Arc<dyn Store>, params(1)).unwrap();
    wait_until_purged(&engine);
    let documents = rows(&engine.core);
    let documents = documents.iter().filter(|(key, _)| key[0] == b'd').count();
    assert_eq!(documents, stories.len());
    assert_eq!(clusters(&engine, &stories), model(&engine, &stories));
}

#[test]
fn articles_expire_by_the_time_that_is_passed_in() {
    const DAY_MS: i64 = 24 * 3600 * 1000;
    let engine = Engine::open(Arc::new(Memory::default()), params(8)).unwrap();
    let news = named("news");
    engine
        .set_retention(&news, Some(30 * DAY_MS as u64))
        .unwrap();
    assert!(engine.set_retention(&news, Some(0)).is_err());
    // Far ahead of the clock, which wakes the first round.
    let start = now_ms() + 1000 * DAY_MS;
    for id in 0..40u8 {
        let (sender, receiver) = crossbeam_channel::bounded(1);
        let reply = Box::new(move |verdict: Result<Verdict>| sender.send(verdict).unwrap());
        let at = start + i64::from(id) * DAY_MS;
        engine.submit_at(story("news", id), at, reply);
        receiver.recv().unwrap().unwrap();
    }
    // The first day's article is thirty days old, and not older.
    for (days, left) in [(30, 40), (31, 39), (55, 15), (55, 15), (500, 0)] {
        let begun = Instant::now();
        while engine.stats(&news).unwrap().articles != left {
            assert!(
                begun.elapsed() < Duration::from_secs(60),
                "{days} days: {left} stay"
            );
            // A round that waits already may be one of an earlier time.
            engine.upkeep_at(start + days * DAY_MS);
            std::thread::sleep(Duration::from_millis(2));
        }
    }
    // Until it is durable.
    engine.settle().unwrap();
    let (changes, _) = engine.changes(&news, 0, 1000).unwrap();
    let removed = changes
        .iter()
        .filter(|change| change.kind == ChangeKind::Removed);
    let removed: Vec<&str> = removed.map(|change| change.id.as_str()).collect();
    let ids: Vec<String> = (0..40).map(|id| story("news", id).id).collect();
    assert_eq!(removed, ids, "the oldest goes first");
    engine.close().unwrap();
}
