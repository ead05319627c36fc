//! Power loss, simulated: all operations on files are recorded, and the disk is built as it is after any
//! number of them, with or without what was not synced, sector by sector and in any order. Every such
//! image opens with all acknowledged articles, and answers as a store with exactly the articles it has.

use std::sync::Arc;

use super::disk::{Loss, TestDisk};
use super::random::DamageRng;
use super::*;

/// A few flushes and many segments.
fn params() -> EmbeddedParams {
    EmbeddedParams {
        memory_bytes: 48 << 10,
        segment_bytes: 2 << 10,
        ..EmbeddedParams::default()
    }
}

/// Commits groups of articles of different sizes.
fn commit_groups(disk: &TestDisk, store: &Embedded, docs: &mut u64, groups: u64) {
    for group in 0..groups {
        for _ in 0..1 + group % 5 {
            stage_article(store, *docs);
            *docs += 1;
        }
        store.commit().unwrap();
        disk.acknowledge(*docs);
    }
}

#[test]
fn a_power_loss_at_any_moment_loses_nothing_acknowledged() {
    let dir = tempfile::tempdir().unwrap();
    let disk = Arc::new(TestDisk::new());
    for run in 0..3 {
        let store = open_on(&disk, dir.path(), &params()).unwrap().store;
        let mut docs = articles_in(&store);
        commit_groups(&disk, &store, &mut docs, 20);
        // Some of these are written, and none is acknowledged.
        (0..150).for_each(|at| stage_article(&store, docs + at));
        if run == 1 {
            store.close().unwrap();
            disk.acknowledge(docs + 150);
        }
    }
    let images = number_from("WIRECOPY_IMAGES", 300) as usize;
    let mut random = DamageRng(15);
    let events = disk.events() as u64;
    let mut opened_with_index = 0;
    for image in 0..images {
        let at = random.below(events + 1) as usize;
        let loss = [
            Loss::Anything,
            Loss::Anything,
            Loss::Everything,
            Loss::Nothing,
        ][image % 4];
        let target = tempfile::tempdir().unwrap();
        let from_to = (dir.path(), target.path());
        let acknowledged = disk.build_image(from_to, at, loss, &mut random);
        let opened = open_on(&Arc::new(TestDisk::new()), target.path(), &params());
        let opened = opened.unwrap_or_else(|error| panic!("event {at}, {loss:?}: {error}"));
        let found = articles_in(&opened.store);
        assert!(
            found >= acknowledged,
            "event {at}, {loss:?}: {found} of {acknowledged}"
        );
        holds_articles(&opened.store, found);
        opened_with_index += usize::from(opened.rebuilt.is_none());
    }
    println!(
        "{images} images of {events} events: 0 lost, {opened_with_index} opened with their index"
    );
    assert!(opened_with_index > images / 2);
}
