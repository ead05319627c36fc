//! Settling in portions, turn by turn: what the replies say meanwhile, and that it ends at the model.

use std::collections::BTreeMap;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

use proptest::prelude::*;

use super::pipeline::Pipeline;
use super::tests::{EngineStep, TestArticle, capture, clusters, model, steps, undated};
use super::upkeep::Upkeep;
use super::*;
use crate::record::RowReader;
use crate::store::{Embedded, EmbeddedParams, Memory};

/// An engine whose turns and portions a test takes one by one. Its writer thread idles over another store.
pub(super) struct Turns {
    pub engine: Engine,
    pub now_ms: i64,
}

impl Turns {
    pub fn new(store: Arc<dyn Store>, params: Params) -> Self {
        let core = |store| Arc::new(Core::new(store, params, Arc::clone(&NOTICES)).unwrap());
        let pipeline = Pipeline::start(core(Arc::new(Memory::default()))).unwrap();
        let (core, pipeline) = (core(store), Arc::new(pipeline));
        let idle = Upkeep::start(Arc::clone(&core), Arc::clone(&pipeline)).unwrap();
        let engine = Engine {
            core,
            upkeep: idle,
            pipeline,
            snapshots: None,
        };
        Self { engine, now_ms: 0 }
    }

    pub fn put(&mut self, article: Article) -> Verdict {
        self.now_ms += 1;
        let core = &self.engine.core;
        let scope = VerdictScope::Matches;
        let read = core.read(article, scope, self.now_ms).unwrap();
        core.ingest(read, scope, self.now_ms).unwrap().0
    }

    fn remove(&self, id: String) -> Removed {
        let core = &self.engine.core;
        let removals = core.prepare_removals(&Collection::default(), vec![id]);
        let removed = core.remove(&Collection::default(), &removals[0], self.now_ms);
        removed.unwrap().0
    }

    /// Settles a portion; `false` if nothing is left.
    pub fn portion(&self) -> bool {
        self.engine.core.settle_portion(self.now_ms).unwrap();
        self.engine.core.is_settling()
    }

    pub fn settle(&self) {
        let portions = (0..10_000).take_while(|_| self.portion()).count();
        assert!(portions < 10_000, "settling ends");
    }

    pub fn changes(&self) -> Vec<Change> {
        let rows = RowReader(&*self.engine.core.store);
        let changes = rows.changes(1..=rows.latest_change().unwrap()).unwrap();
        changes.into_iter().flatten().collect()
    }

    /// Follows the feed: what it reports must follow from what it reported before.
    pub fn reported(&self) -> BTreeMap<String, String> {
        let mut reported: BTreeMap<String, String> = BTreeMap::new();
        for change in self.changes() {
            let former = match change.cluster {
                Some(cluster) => reported.insert(change.id.0, cluster.0),
                None => reported.remove(&change.id.0),
            };
            let previous = change.previous_cluster.map(|id| id.0);
            assert!(
                previous.is_none() || former == previous,
                "{former:?} {previous:?}"
            );
        }
        reported
    }
}

pub(super) fn params(portion: usize) -> Params {
    Params {
        threads: 1,
        portion: Some(portion),
        ..Params::default()
    }
}

/// Takes steps, with a portion after some of them. What is stored must agree with itself at any time.
pub(super) fn take(
    turns: &mut Turns,
    steps: Vec<EngineStep>,
    stories: &mut BTreeMap<u8, TestArticle>,
) {
    for step in steps {
        match step {
            EngineStep::Put(story) => {
                let checked = turns
                    .engine
                    .core
                    .check(story.article(), VerdictScope::Matches, turns.now_ms + 1)
                    .unwrap();
                let verdict = turns.put(story.article());
                let checked = Verdict {
                    doc: verdict.doc,
                    ..checked
                };
                assert_eq!(checked, verdict);
                let id = story.article().id;
                let state = capture(stories, story, turns.now_ms);
                assert_eq!(state, verdict.state);
                let stored = turns
                    .engine
                    .get(&Collection::default(), &id, false, false)
                    .unwrap();
                assert_eq!(stored.placement, verdict.placement);
                assert_eq!(stored.matches, verdict.matches);
            }
            EngineStep::Repeat(id) => {
                turns.portion();
                if let Some(story) = stories.get(&id) {
                    turns.put(story.article());
                }
            }
            EngineStep::Remove(id) => {
                let removed = turns.remove(format!("story-{id:03}"));
                assert_eq!(removed.removed, u32::from(stories.remove(&id).is_some()));
            }
        }
        clusters(&turns.engine, stories);
    }
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(100))]

    #[test]
    fn what_is_left_ends_at_the_model(
        steps in steps(),
        portion in 1usize..4,
    ) {
        let mut turns = Turns::new(Arc::new(Memory::default()), params(portion));
        let mut stories = BTreeMap::new();
        take(&mut turns, steps, &mut stories);
        turns.settle();
        let settled = clusters(&turns.engine, &stories);
        prop_assert_eq!(&settled, &model(&turns.engine, &stories));
        prop_assert_eq!(settled, turns.reported());
    }
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(16))]

    #[test]
    fn what_is_left_survives_a_replay(before in steps(), after in steps(), portion in 1usize..3) {
        let dir = tempfile::tempdir().unwrap();
        let params = params(portion);
        let open = || {
            let store = EmbeddedParams::default();
            let opened = Embedded::open(dir.path(), &store, &params.shape(), &params.derive());
            Arc::new(opened.unwrap().store)
        };
        let rows = |turns: &Turns| turns.engine.core.store.scan(b"", None, 10_000).unwrap();
        let mut stories = BTreeMap::new();
        let mut turns = Turns::new(open(), params);
        take(&mut turns, before, &mut stories);
        let (live, now_ms) = (rows(&turns), turns.now_ms);
        turns.engine.core.store.close().unwrap();
        drop(turns);

        std::fs::remove_dir_all(dir.path().join("index")).unwrap();
        std::fs::remove_file(dir.path().join("checkpoint")).unwrap();
        let mut turns = Turns { now_ms, ..Turns::new(open(), params) };
        prop_assert_eq!(live, rows(&turns));
        take(&mut turns, after, &mut stories);
        turns.settle();
        prop_assert_eq!(clusters(&turns.engine, &stories), model(&turns.engine, &stories));
    }
}

#[test]
fn replies_say_what_is_settling() {
    let collection = Collection::default();
    let mut turns = Turns::new(Arc::new(Memory::default()), params(2));
    let copy = |id: u8| TestArticle {
        published_ms: Some(i64::from(id)),
        ..undated(id, 3)
    };
    let id = |id: u8| copy(id).article().id;
    for id in (10..20).rev() {
        turns.put(copy(id).article());
    }
    turns.settle();
    let settling = |turns: &Turns| {
        let cluster = turns
            .engine
            .cluster(&collection, &id(19), &PageRequest::default())
            .unwrap();
        let members = cluster.members.iter().filter(|member| member.settling);
        let listed = turns
            .engine
            .list(&collection, &PageRequest::default())
            .unwrap()
            .clusters;
        assert_eq!(listed.len(), 1);
        assert_eq!(
            (&listed[0].0, listed[0].1),
            (&cluster.members[0], cluster.size)
        );
        let ids: Vec<String> = members.map(|member| member.article.id.0.clone()).collect();
        (cluster.lead.0, ids)
    };
    assert_eq!(settling(&turns), (id(10), vec![]));

    // An earlier copy takes the cluster over. Its followers are compared with it later.
    let verdict = turns.put(copy(5).article());
    assert_eq!(
        (verdict.placement.size, verdict.placement.settling),
        (11, true)
    );
    let all = [5].into_iter().chain(11..20).map(id).collect();
    assert_eq!(settling(&turns), (id(5), all));
    let get = |turns: &Turns| {
        turns
            .engine
            .get(&collection, &id(19), false, false)
            .unwrap()
            .placement
    };
    assert_eq!((get(&turns).cluster.0, get(&turns).settling), (id(5), true));
    let last = |turns: &Turns, n: usize| {
        let mut changes = turns.changes();
        let changes = changes.split_off(changes.len() - n).into_iter();
        let change = |one: Change| (one.kind, one.id.0, one.cluster.unwrap().0, one.settling);
        changes.map(change).collect::<Vec<_>>()
    };
    use ChangeKind::{Added, Moved};
    assert_eq!(
        last(&turns, 2),
        [(Added, id(5), id(5), true), (Moved, id(10), id(5), false),]
    );
    assert!(turns.portion());
    assert_eq!(last(&turns, 1), [(Moved, id(11), id(5), false)]);
    turns.settle();
    assert_eq!(settling(&turns), (id(5), vec![]));
    assert!(!get(&turns).settling);

    // The first follower leads in place of a removed lead.
    turns.remove(id(5));
    let all = (10..20).map(id).collect();
    assert_eq!(settling(&turns), (id(10), all));
    turns.settle();
    assert_eq!(settling(&turns), (id(10), vec![]));
    assert_eq!(
        turns.changes().last().unwrap().previous_cluster,
        None,
        "it was removed"
    );
}

#[test]
fn the_writer_settles_between_jobs_and_after_a_restart() {
    let store = Arc::new(Memory::default());
    let mut turns = Turns::new(Arc::clone(&store) as Arc<dyn Store>, params(1));
    let mut stories = BTreeMap::new();
    for id in (0..60u8).rev() {
        let story = TestArticle {
            published_ms: Some(i64::from(id)),
            ..undated(id, 3)
        };
        turns.put(story.article());
        stories.insert(id, story);
    }
    assert!(RowReader(&*store).first_unsettled(&[]).unwrap().is_some());
    let engine = Arc::new(Engine::open(Arc::clone(&store) as Arc<dyn Store>, params(1)).unwrap());
    // Others' jobs are done meanwhile.
    let settled = Arc::new(AtomicBool::new(false));
    let ingests = std::thread::spawn({
        let (engine, settled) = (Arc::clone(&engine), Arc::clone(&settled));
        move || {
            for n in 0.. {
                let article = Article {
                    id: format!("other-{n}"),
                    ..Article::default()
                };
                engine.ingest(article).unwrap();
                if settled.load(Ordering::Acquire) {
                    break;
                }
            }
        }
    });
    engine.settle().unwrap();
    settled.store(true, Ordering::Release);
    ingests.join().unwrap();
    assert!(RowReader(&*store).first_unsettled(&[]).unwrap().is_none());
    for id in stories.values().map(|story| story.article().id) {
        let placement = engine
            .get(&Collection::default(), &id, false, false)
            .unwrap()
            .placement;
        assert_eq!(
            (placement.cluster.as_str(), placement.settling),
            ("story-000", false)
        );
    }
    engine.close().unwrap();
    assert!(matches!(engine.settle(), Err(Error::Closed)));
}
