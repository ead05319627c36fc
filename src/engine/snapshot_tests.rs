//! Snapshots: a restored store answers as the original did, and damage is refused.

use std::fs;
use std::path::Path;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

use super::settling_tests::params;
use super::tests::{TestArticle, undated};
use super::*;
use crate::store::tests::files;
use crate::store::{self, Durability, Embedded, EmbeddedParams};

fn open(dir: &Path) -> (Arc<Embedded>, Engine) {
    let store = EmbeddedParams {
        durability: Durability::Os,
        segment_bytes: 8 << 10,
        memory_bytes: 48 << 10,
        cache_bytes: 1 << 20,
        ..EmbeddedParams::default()
    };
    let params = params(8);
    let opened = Embedded::open(dir, &store, &params.shape(), &params.derive()).unwrap();
    assert_eq!(opened.rebuilt, None);
    let store = Arc::new(opened.store);
    let engine = Engine::open(Arc::clone(&store) as Arc<dyn Store>, params).unwrap();
    (store, engine)
}

fn story(id: u32) -> Article {
    let story = TestArticle {
        published_ms: Some(i64::from(id)),
        ..undated(0, 1 + (id % 5) as u8)
    };
    Article {
        id: format!("story-{id}"),
        ..story.article()
    }
}

#[test]
fn a_restored_store_answers_as_the_original_did() {
    let dir = tempfile::tempdir().unwrap();
    let (data, snapshots) = (dir.path().join("data"), dir.path().join("snapshots"));
    let (_, engine) = open(&data);
    let engine = Arc::new(engine.with_snapshots(snapshots.clone()));
    let is_done = Arc::new(AtomicBool::new(false));
    let ingest = std::thread::spawn({
        let (engine, is_done) = (Arc::clone(&engine), Arc::clone(&is_done));
        move || {
            let mut ids = 0;
            while !is_done.load(Ordering::Acquire) {
                engine.ingest(story(ids)).unwrap();
                if ids % 7 == 3 {
                    let removed = vec![story(ids / 2).id];
                    engine.remove(&Collection::default(), removed).unwrap();
                }
                ids += 1;
            }
            ids
        }
    });
    let wait_for = |articles: u64| {
        while engine.stats(&Collection::default()).unwrap().articles < articles {
            std::thread::sleep(std::time::Duration::from_millis(1));
        }
    };
    let mut made = Vec::new();
    for at in 0..2 {
        wait_for(50 * (at + 1));
        let name = format!("nightly-{at}");
        let before = engine.head();
        let summary = engine.snapshot(&name).unwrap();
        made.push((name, before, engine.head(), summary));
    }
    is_done.store(true, Ordering::Release);
    ingest.join().unwrap();
    engine.settle().unwrap();
    let all = |engine: &Engine, to: u64| {
        let changes = engine.core.store.clone();
        let rows = crate::record::RowReader(&*changes);
        rows.changes(1..=to).unwrap()
    };
    for (name, before, after, summary) in made {
        let restored = dir.path().join(format!("restored-{name}"));
        let checked = Embedded::restore(&snapshots.join(&name), &restored).unwrap();
        assert_eq!(
            (checked.files, checked.bytes),
            (summary.files, summary.bytes)
        );
        let (_, copy) = open(&restored);
        let head = copy.head();
        // All that was acknowledged before, and nothing that came after it had returned.
        assert!((before..=after).contains(&head), "{before} {head} {after}");
        assert_eq!(all(&copy, head), all(&engine, head));
        // The clusters are those of a store that got the same changes.
        copy.settle().unwrap();
        let (fresh_dir, mut expected) = (tempfile::tempdir().unwrap(), Vec::new());
        let (_, fresh) = open(fresh_dir.path());
        for change in all(&copy, head).into_iter().flatten() {
            let id: u32 = change.id.as_str()[6..].parse().unwrap();
            match change.kind {
                ChangeKind::Added => drop(fresh.ingest(story(id)).unwrap()),
                ChangeKind::Removed => {
                    fresh
                        .remove(&Collection::default(), vec![story(id).id])
                        .unwrap();
                }
                _ => {}
            }
            expected.push(id);
        }
        fresh.settle().unwrap();
        for id in expected {
            let place = |engine: &Engine| {
                let found = engine.get(&Collection::default(), &story(id).id, true, false);
                found.ok().map(|one| (one.article.body, one.placement))
            };
            assert_eq!(place(&copy), place(&fresh), "{id}");
        }
        // It goes on from there.
        copy.ingest(story(1_000_000)).unwrap();
        copy.close().unwrap();
    }
}

#[test]
fn a_damaged_snapshot_is_refused_with_the_place() {
    let dir = tempfile::tempdir().unwrap();
    let (_, engine) = open(&dir.path().join("data"));
    for id in 0..120 {
        engine.ingest(story(id)).unwrap();
    }
    let snapshot = dir.path().join("snapshot");
    engine.snapshot_to(&snapshot).unwrap();
    engine.close().unwrap();
    let all = files(&snapshot);
    let sizes = all.iter().map(|path| fs::metadata(path).unwrap().len());
    let sizes: Vec<u64> = sizes.collect();
    assert!(all.len() > 8 && sizes.iter().any(|&size| size > 8000));
    let mut restores = 0;
    let mut refused = |path: &Path, what: &str| {
        restores += 1;
        let to = dir.path().join(format!("restored-{restores}"));
        match Embedded::restore(&snapshot, &to) {
            Err(store::Error::SnapshotDamaged { path: named, .. }) => {
                assert_eq!(named, path, "{what}")
            }
            Err(store::Error::Io { path: named, .. }) => assert_eq!(named, path, "{what}"),
            Err(other) => panic!("{what}: {other}"),
            Ok(_) => panic!("{what} of {} is not noticed", path.display()),
        }
        assert!(!Embedded::is_at(&to), "half a store can be opened");
    };
    for (path, size) in all.iter().zip(sizes) {
        let whole = fs::read(path).unwrap();
        for at in [0, size / 2, size.saturating_sub(1)] {
            let mut bytes = whole.clone();
            if let Some(byte) = bytes.get_mut(at as usize) {
                *byte ^= 1;
                replace(path, &bytes);
                refused(path, "a flip");
            }
        }
        if size > 0 {
            replace(path, &whole[..whole.len() / 2]);
            refused(path, "a cut");
        }
        replace(path, &[whole.as_slice(), b"more"].concat());
        refused(path, "an addition");
        fs::remove_file(path).unwrap();
        refused(path, "a removal");
        fs::write(path, &whole).unwrap();
    }
    let to = dir.path().join("good");
    Embedded::restore(&snapshot, &to).unwrap();
    let again = Embedded::restore(&snapshot, &to).unwrap_err().to_string();
    assert!(again.contains("not empty"), "{again}");
    open(&to).1.close().unwrap();
}

/// Writes another file in its place: the old one may be linked.
fn replace(path: &Path, bytes: &[u8]) {
    fs::remove_file(path).unwrap();
    fs::write(path, bytes).unwrap();
}

#[test]
fn names_stay_below_the_directory() {
    let dir = tempfile::tempdir().unwrap();
    let below = dir.path().join("below");
    let (_, engine) = open(&dir.path().join("data"));
    assert!(
        matches!(engine.snapshot("a"), Err(Error::Invalid { .. })),
        "there is no directory"
    );
    let engine = engine.with_snapshots(below.clone());
    for name in [
        "", ".", "..", "../a", "/tmp/a", "a/b", "a\\b", "a\0b", ".hidden", "A", "a b", "a.tmp", "~",
    ] {
        assert!(
            matches!(engine.snapshot(name), Err(Error::Invalid { .. })),
            "{name:?}"
        );
    }
    assert!(!below.exists());
    engine.snapshot("a.b-c_1").unwrap();
    assert!(
        matches!(engine.snapshot("a.b-c_1"), Err(Error::Invalid { .. })),
        "it exists"
    );
    engine.snapshot("b").unwrap();
    let memory = Engine::open(Arc::new(store::Memory::default()), params(8)).unwrap();
    assert!(memory.with_snapshots(below.clone()).snapshot("c").is_err());
    assert_eq!(fs::read_dir(&below).unwrap().count(), 2);
    // A manifest that leads elsewhere is not followed.
    let manifest = below.join("b/manifest");
    let text = fs::read_to_string(&manifest)
        .unwrap()
        .replace(" shape", " ../../../shape");
    let body = text
        .rsplit_once('\n')
        .unwrap()
        .0
        .rsplit_once('\n')
        .unwrap()
        .0
        .to_owned()
        + "\n";
    let end = format!("{:08x} end\n", crc32c::crc32c(body.as_bytes()));
    fs::write(&manifest, body + &end).unwrap();
    let to = dir.path().join("restored");
    assert!(matches!(
        Embedded::restore(&below.join("b"), &to),
        Err(store::Error::SnapshotDamaged { path, .. }) if path == manifest
    ));
}
