//! A compacted journal: an index that is rebuilt from it is the one that grew, what was removed is in no
//! file any more, and space comes back.

use std::collections::BTreeMap;
use std::fs;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use proptest::prelude::*;

use super::retention::RoundsBefore;
use super::settling_tests::params;
use super::tests::{EngineStep, TestArticle, capture, clusters, model, steps};
use super::*;
use crate::record::Entry;
use crate::store::{
    Bucket, Durability, Embedded, EmbeddedParams, Read, Row, StoreFault, StorePart,
};

const HOUR_MS: i64 = 3600 * 1000;

/// An engine over a store whose segments have some articles each.
fn open(dir: &Path, segment_bytes: u64) -> Engine {
    let store = EmbeddedParams {
        durability: Durability::Os,
        segment_bytes,
        memory_bytes: 16 * segment_bytes,
        cache_bytes: 1 << 20,
        ..EmbeddedParams::default()
    };
    let params = params(2);
    let opened = Embedded::open(dir, &store, &params.shape(), &params.derive()).unwrap();
    Engine::open(Arc::new(opened.store), params).unwrap()
}

fn submit(engine: &Engine, article: Article, now_ms: i64) -> Verdict {
    let (sender, receiver) = crossbeam_channel::bounded(1);
    let reply = Box::new(move |verdict| sender.send(verdict).unwrap());
    engine.submit_at(article, now_ms, reply);
    receiver.recv().unwrap().unwrap()
}

/// Takes steps, one a millisecond.
fn take(
    engine: &Engine,
    steps: Vec<EngineStep>,
    stories: &mut BTreeMap<u8, TestArticle>,
    now_ms: &mut i64,
) {
    for step in steps {
        *now_ms += 1;
        match step {
            EngineStep::Put(story) => {
                let verdict = submit(engine, story.article(), *now_ms);
                assert_eq!(capture(stories, story, *now_ms), verdict.state);
            }
            EngineStep::Repeat(id) => {
                if let Some(story) = stories.get(&id) {
                    submit(engine, story.article(), *now_ms);
                }
            }
            EngineStep::Remove(id) => {
                let ids = vec![format!("story-{id:03}")];
                engine.remove(&Collection::default(), ids).unwrap();
                stories.remove(&id);
            }
        }
    }
}

/// All rows, and the buckets of the stories.
fn stored(engine: &Engine, stories: &BTreeMap<u8, TestArticle>) -> (Vec<Row>, Vec<Bucket>) {
    let core = &engine.core;
    let keys = stories.values().flat_map(|story| {
        let document = core.find("default", &story.article().id).unwrap().unwrap();
        core.keys_of(&document).unwrap().buckets()
    });
    let keys: Vec<u64> = keys.collect();
    let rows = core.store.scan(b"", None, 100_000).unwrap();
    (rows, core.store.buckets(&keys, 1000).unwrap())
}

/// Copies a directory. Files that disappear meanwhile are left out.
fn copy(from: &Path, to: &Path) {
    for path in files(from) {
        let target = to.join(path.strip_prefix(from).unwrap());
        fs::create_dir_all(target.parent().unwrap()).unwrap();
        let _ = fs::copy(path, target);
    }
}

/// Removes the index, so that the next open rebuilds it.
fn remove_index(dir: &Path) {
    // An open that failed has removed some of it.
    let _ = fs::remove_dir_all(dir.join("index"));
    let _ = fs::remove_file(dir.join("checkpoint"));
}

fn segments(dir: &Path) -> Vec<PathBuf> {
    let all = files(&dir.join("journal"));
    let is_segment = |path: &PathBuf| path.extension().is_some_and(|one| one == "journal");
    all.into_iter().filter(is_segment).collect()
}

fn files(dir: &Path) -> Vec<PathBuf> {
    let mut found = Vec::new();
    // Runs that are merged disappear.
    for entry in fs::read_dir(dir).into_iter().flatten().flatten() {
        let path = entry.path();
        match path.is_dir() {
            true => found.extend(files(&path)),
            false => found.push(path),
        }
    }
    found
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(12))]

    #[test]
    fn an_index_rebuilt_from_a_compacted_journal_is_the_one_that_grew(
        parts in prop::collection::vec((steps(), any::<bool>(), any::<bool>()), 1..5),
    ) {
        let dir = tempfile::tempdir().unwrap();
        let mut engine = open(dir.path(), 1 << 10);
        let (mut stories, mut now_ms) = (BTreeMap::new(), 0);
        let mut plans = Vec::new();
        for (steps, is_forced, is_reopened) in parts {
            take(&engine, steps, &mut stories, &mut now_ms);
            // Planned before these steps, or before those of the part before.
            for plan in std::mem::take(&mut plans) {
                engine.core.compact(&engine.pipeline, plan, now_ms).unwrap();
            }
            match is_forced {
                true => engine.compact().unwrap(),
                false => plans = engine.core.plan_compactions(false).unwrap(),
            }
            // Or else the writer settles more meanwhile.
            engine.settle().unwrap();
            let grown = stored(&engine, &stories);
            // As a kill at this moment leaves it: the rest is replayed from the latest checkpoint.
            let killed = tempfile::tempdir().unwrap();
            copy(dir.path(), killed.path());
            let restarted = open(killed.path(), 1 << 10);
            prop_assert_eq!(&grown, &stored(&restarted, &stories));
            drop(restarted);
            if is_reopened {
                plans.clear();
                engine.close().unwrap();
                drop(engine);
                remove_index(dir.path());
                engine = open(dir.path(), 1 << 10);
                prop_assert_eq!(grown, stored(&engine, &stories));
            }
        }
        engine.settle().unwrap();
        prop_assert_eq!(clusters(&engine, &stories), model(&engine, &stories));
        let grown = stored(&engine, &stories);
        let next = engine.core.store.reserve(0).unwrap();
        engine.close().unwrap();
        drop(engine);
        // What was not flushed is replayed, and the rest is not.
        let engine = open(dir.path(), 1 << 10);
        prop_assert_eq!(&grown, &stored(&engine, &stories));
        drop(engine);
        remove_index(dir.path());
        let engine = open(dir.path(), 1 << 10);
        prop_assert_eq!(&grown, &stored(&engine, &stories));
        prop_assert!(engine.core.store.reserve(0).unwrap() >= next, "a number is given twice");
        prop_assert_eq!(clusters(&engine, &stories), model(&engine, &stories));
    }
}

/// Words that do not compress.
fn random_words(seed: u64, count: usize) -> String {
    let mut state = seed.wrapping_mul(0x9e37_79b9_7f4a_7c15) | 1;
    let words = (0..count).map(|_| {
        state ^= state << 13;
        state ^= state >> 7;
        state ^= state << 17;
        format!("{:010x}", state >> 20)
    });
    words.collect::<Vec<_>>().join(" ")
}

fn random_article(seed: u64) -> Article {
    Article {
        id: format!("random-{seed}"),
        url: format!("https://paper{}.example/{seed}", seed % 7),
        body: Body::Text(random_words(seed, 60)),
        ..Article::default()
    }
}

#[test]
fn what_was_removed_is_in_no_file() {
    const CANARY: &str = "9f86d081884c7d659a2feaa0c55ad015a3bf4f1b2b0b822cd15d6c15b0f00a08";
    let dir = tempfile::tempdir().unwrap();
    let engine = open(dir.path(), 16 << 10);
    let canary = |body: &str| Article {
        id: format!("id-{CANARY}"),
        url: format!("https://paper.example/{CANARY}"),
        title: format!("Title {CANARY}"),
        publisher: format!("Publisher {CANARY}"),
        byline: format!("Byline {CANARY}"),
        body: Body::Text(format!("{body} {CANARY}")),
        ..Article::default()
    };
    let found = |engine: &Engine| {
        let has = |bytes: &[u8]| {
            bytes
                .windows(CANARY.len())
                .any(|one| one == CANARY.as_bytes())
        };
        // As the store reads it, and as it is on disk.
        let store = &engine.core.store;
        let rows = store.scan(b"", None, 100_000).unwrap();
        let mut places: Vec<String> = rows
            .iter()
            .filter(|(key, value)| has(key) || has(value))
            .map(|(key, _)| format!("row {}", key[0] as char))
            .collect();
        for segment in store.segments().unwrap() {
            let mut each = |entry: &[u8]| {
                if has(entry) {
                    places.push(format!("entry after {}", segment.first));
                }
                true
            };
            store.read_segment(segment.first, &mut each).unwrap();
        }
        let raw = files(dir.path()).into_iter();
        let raw = raw.filter(|path| has(&fs::read(path).unwrap()));
        places.extend(raw.map(|path| path.display().to_string()));
        places
    };
    for seed in 0..100 {
        submit(&engine, random_article(seed), 1);
    }
    submit(&engine, canary(&random_words(1000, 60)), 1);
    // Another version, which stays in its cluster.
    submit(&engine, canary(&random_words(1000, 61)), 1);
    for seed in 100..200 {
        submit(&engine, random_article(seed), 1);
    }
    engine.core.store.compact_index().unwrap();
    assert!(
        found(&engine).len() > 4,
        "the search finds nothing: {:?}",
        found(&engine)
    );

    let removed = engine.remove(&Collection::default(), vec![format!("id-{CANARY}")]);
    assert_eq!(removed.unwrap().removed, 1);
    let before = engine.head();
    engine.compact().unwrap();
    assert_eq!(found(&engine), Vec::<String>::new());
    // Others are not touched, and whoever followed the feed to its end goes on.
    assert_eq!(
        engine.changes(&Collection::default(), before, 9).unwrap(),
        (vec![], before)
    );
    assert!(matches!(
        engine.changes(&Collection::default(), 1, 9),
        Err(Error::Cursor { .. })
    ));
    let read_all = |engine: &Engine| {
        for seed in 0..200 {
            let id = random_article(seed).id;
            let stored = engine
                .get(&Collection::default(), &id, true, false)
                .unwrap();
            assert_eq!(stored.article.body, random_article(seed).body);
        }
    };
    read_all(&engine);
    let after = submit(&engine, random_article(200), 1);
    assert_eq!(after.state, State::New);
    engine.close().unwrap();
    drop(engine);
    remove_index(dir.path());
    let engine = open(dir.path(), 16 << 10);
    read_all(&engine);
    assert_eq!(found(&engine), Vec::<String>::new());
    // A second one finds nothing to do, and does no harm.
    engine.compact().unwrap();
    engine.compact().unwrap();
    read_all(&engine);
}

#[test]
fn space_comes_back_over_ten_generations() {
    const ARTICLES: u64 = 150;
    const DAY_MS: i64 = 24 * HOUR_MS;
    let dir = tempfile::tempdir().unwrap();
    let engine = open(dir.path(), 16 << 10);
    let collection = Collection::default();
    engine
        .set_retention(&collection, Some(DAY_MS as u64 + 1))
        .unwrap();
    let start = now_ms() + 1000 * DAY_MS;
    let mut before = RoundsBefore::default();
    let mut sizes = Vec::new();
    for generation in 0..10 {
        let now_ms = start + generation * DAY_MS;
        for n in 0..ARTICLES {
            submit(
                &engine,
                random_article(generation as u64 * ARTICLES + n),
                now_ms,
            );
        }
        // Two rounds: one plans what the other does.
        for at in [now_ms, now_ms + 2 * HOUR_MS] {
            engine
                .core
                .take_away_due(&engine.pipeline, &mut before, at)
                .unwrap();
        }
        // Of this day and the one before.
        let stats = engine.stats(&collection).unwrap();
        assert!(
            (ARTICLES..=2 * ARTICLES).contains(&stats.articles),
            "{stats:?}"
        );
        let journal = segments(dir.path()).into_iter();
        let journal: u64 = journal.map(|path| fs::metadata(path).unwrap().len()).sum();
        assert_eq!(stats.usage.journal_bytes, journal);
        sizes.push((journal, stats.usage.index_bytes, segments(dir.path()).len()));
    }
    println!("journal bytes, index bytes, segments: {sizes:?}");
    let most = |sizes: &[(u64, u64, usize)]| {
        let bytes = sizes.iter().map(|(journal, index, _)| (*journal, *index));
        let journal = bytes.clone().map(|(journal, _)| journal).max().unwrap();
        (journal, bytes.map(|(_, index)| index).max().unwrap())
    };
    let ((early, early_index), (late, late_index)) = (most(&sizes[1..5]), most(&sizes[6..]));
    assert!(late * 10 <= early * 12, "the journal grows: {sizes:?}");
    assert!(
        late_index * 2 <= early_index * 3,
        "the index grows: {sizes:?}"
    );
    // The whole journal still gives the store.
    let grown = engine.core.store.scan(b"", None, 100_000).unwrap();
    engine.close().unwrap();
    drop(engine);
    let verified = Embedded::verify(dir.path(), &mut |_, _| {}).unwrap();
    assert_eq!(verified.faults, []);
    remove_index(dir.path());
    let engine = open(dir.path(), 16 << 10);
    assert_eq!(grown, engine.core.store.scan(b"", None, 100_000).unwrap());
}

#[test]
fn a_compaction_that_is_cut_short_leaves_the_segments_or_the_new_one() {
    let dir = tempfile::tempdir().unwrap();
    let engine = open(dir.path(), 4 << 10);
    for seed in 0..60 {
        submit(&engine, random_article(seed), 1);
    }
    let gone = (0..50).map(|seed| random_article(seed).id).collect();
    engine.remove(&Collection::default(), gone).unwrap();
    let saved: BTreeMap<PathBuf, Vec<u8>> = segments(dir.path())
        .into_iter()
        .map(|path| (path.clone(), fs::read(path).unwrap()))
        .collect();
    engine.compact().unwrap();
    let grown = engine.core.store.scan(b"", None, 100_000).unwrap();
    engine.close().unwrap();
    drop(engine);
    let after = segments(dir.path());
    // As if it had been killed before it removed the former segments: all, or some of them.
    let gone: Vec<_> = saved
        .iter()
        .filter(|(path, _)| !after.contains(path))
        .collect();
    assert!(gone.len() > 5);
    for left in [gone.len(), gone.len() / 2, 1] {
        for (path, bytes) in &gone[gone.len() - left..] {
            fs::write(path, bytes).unwrap();
        }
        remove_index(dir.path());
        let engine = open(dir.path(), 4 << 10);
        assert_eq!(segments(dir.path()), after);
        assert_eq!(grown, engine.core.store.scan(b"", None, 100_000).unwrap());
    }
    // Damage in a compacted segment is found, wherever it is.
    let compacted = after
        .iter()
        .find(|path| path.to_str().unwrap().contains('-'));
    let compacted = compacted.expect("a compacted segment");
    let whole = fs::read(compacted).unwrap();
    for at in (0..whole.len()).step_by(whole.len() / 40 + 1) {
        let mut bytes = whole.clone();
        bytes[at] ^= 0x10;
        fs::write(compacted, &bytes).unwrap();
        remove_index(dir.path());
        let verified = Embedded::verify(dir.path(), &mut |_, _| {}).unwrap();
        let is_found = |fault: &StoreFault| fault.part == StorePart::Journal;
        assert!(
            verified.faults.iter().any(is_found),
            "byte {at}: {verified:?}"
        );
        let params = params(2);
        let store = EmbeddedParams::default();
        match Embedded::open(dir.path(), &store, &params.shape(), &params.derive()) {
            Err(_) => {}
            // Only the list of records is not read in a replay.
            Ok(opened) => {
                let rows = opened.store.scan(b"", None, 100_000).unwrap();
                assert_eq!(rows, grown, "byte {at}");
                let docs = rows.iter().filter(|(key, _)| key[0] == b'd');
                let docs =
                    docs.map(|(key, _)| u64::from_be_bytes(*key[1..].first_chunk().unwrap()));
                match opened.store.entries(&docs.collect::<Vec<_>>()) {
                    Err(_) => {}
                    Ok(entries) => {
                        assert!(
                            entries
                                .iter()
                                .all(|one| Entry::decode(one.as_ref().unwrap()).is_ok())
                        );
                    }
                }
            }
        }
    }
}
