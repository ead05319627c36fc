//! The engine against a naive model: clusters are a function of the articles, whatever the order in
//! which they came, were changed, repeated or taken out.

use std::collections::BTreeMap;
use std::sync::Arc;

use proptest::prelude::*;

use super::*;
use crate::cluster::Order;
use crate::id::ArticleId;
use crate::record::sketch_keys;
use crate::store::Memory;
use crate::syndication::{Relation, TextPair};
use crate::text::shingles;

/// An article of the tests: paragraphs by number, and a time.
#[derive(Debug, Clone, PartialEq)]
struct Story {
    id: u8,
    paragraphs: Vec<u8>,
    published_ms: Option<i64>,
    first_seen_ms: i64,
    /// Where it stands; 0: on no host.
    host: u8,
    /// It says itself that another had it first.
    names_another: bool,
}

impl Story {
    /// What counts of it: twenty words a paragraph, no five in a row of which stand in another.
    fn counted(&self) -> String {
        let words = self
            .paragraphs
            .iter()
            .flat_map(|p| (0..20).map(move |word| format!("p{p}w{word}")));
        words.collect::<Vec<_>>().join(" ")
    }

    fn text(&self) -> String {
        match self.names_another {
            true => self.counted() + "\n\nOriginally published in the Marlow Gazette.",
            false => self.counted(),
        }
    }

    fn article(&self) -> Article {
        let url = match self.host {
            0 => String::new(),
            host => format!("https://paper{host}.example/{}", self.id),
        };
        Article {
            url,
            id: format!("story-{:03}", self.id),
            published_ms: self.published_ms,
            body: Body::Text(self.text()),
            ..Article::default()
        }
    }

    fn order(&self) -> Order {
        Order {
            names_another: self.names_another,
            time_ms: self.published_ms.unwrap_or(self.first_seen_ms),
            id: ArticleId(self.article().id),
        }
    }
}

fn engine() -> Engine {
    Engine::open(
        Arc::new(Memory::default()),
        Params {
            threads: 1,
            ..Params::default()
        },
    )
    .unwrap()
}

fn submit(engine: &Engine, story: &Story, now_ms: i64) -> Verdict {
    let (sender, receiver) = crossbeam_channel::bounded(1);
    engine.submit_at(
        story.article(),
        now_ms,
        Box::new(move |verdict| sender.send(verdict).unwrap()),
    );
    receiver.recv().unwrap().unwrap()
}

/// The definition, word for word: in the order of articles, one that is a copy of an earlier lead
/// belongs to the earliest such lead. All pairs are compared; of pairs that the sketches would not
/// bring together the definition does not speak.
fn model(engine: &Engine, stories: &BTreeMap<u8, Story>) -> BTreeMap<String, String> {
    let params = &engine.core.params;
    let mut ordered: Vec<&Story> = stories.values().collect();
    ordered.sort_by_key(|story| story.order());
    let texts: Vec<_> = ordered
        .iter()
        .map(|story| shingles("", &story.counted(), &[]))
        .collect();
    let keys: Vec<_> = texts
        .iter()
        .map(|text| sketch_keys("default", text, &params.sketch))
        .collect();
    let mut leads: Vec<usize> = Vec::new();
    let mut clusters = BTreeMap::new();
    for at in 0..ordered.len() {
        let lead = leads.iter().copied().find(|&lead| {
            let (this, other) = (ordered[at].host, ordered[lead].host);
            let same_host = this != 0 && this == other;
            TextPair::of(&texts[at], &texts[lead]).is_copy(same_host, &params.thresholds)
                && engine.core.index.proposes(&keys[at], &keys[lead])
        });
        if lead.is_none() {
            leads.push(at);
        }
        clusters.insert(
            ordered[at].article().id,
            ordered[lead.unwrap_or(at)].article().id,
        );
    }
    clusters
}

/// What the engine says of every article, checked in every way it can be asked.
fn clusters(engine: &Engine, stories: &BTreeMap<u8, Story>) -> BTreeMap<String, String> {
    let collection = Collection::default();
    let mut clusters = BTreeMap::new();
    let mut followers = 0;
    let order = |member: &Member| {
        let mut named = stories
            .values()
            .filter(|story| story.article().id == member.article.id.as_str());
        named.next().unwrap().order()
    };
    for story in stories.values() {
        let id = story.article().id;
        let known = engine.get(&collection, &id, true).unwrap();
        assert_eq!(known.article.body, Body::Text(story.text()));
        let cluster = engine.cluster(&collection, &id, &Page::default()).unwrap();
        assert_eq!(cluster.lead, known.placement.cluster);
        assert_eq!(cluster.size, known.placement.size);
        assert_eq!(cluster.members.len() as u64, cluster.size);
        assert_eq!(cluster.members[0].relation, Relation::Lead);
        assert!(
            cluster
                .members
                .iter()
                .any(|member| member.article.id.as_str() == id)
        );
        assert!(cluster.members.iter().skip(1).all(|m| matches!(
            m.relation,
            Relation::Copy | Relation::Version
        )
            && engine.core.params.thresholds.is_copy(&m.overlap)));
        assert!(
            cluster
                .members
                .windows(2)
                .skip(1)
                .all(|pair| order(&pair[0]) <= order(&pair[1]))
        );
        for found in &known.matches {
            assert_eq!(
                clusters
                    .get(found.article.id.as_str())
                    .unwrap_or(&found.cluster.0),
                found.cluster.as_str()
            );
        }
        followers += u64::from(known.placement.relation != Relation::Lead);
        clusters.insert(id, cluster.lead.0);
    }
    let stats = engine.stats(&collection).unwrap();
    assert_eq!(
        (stats.articles, stats.clusters),
        (stories.len() as u64, stories.len() as u64 - followers)
    );
    let listed = engine.list(&collection, &Page::default()).unwrap().clusters;
    assert_eq!(
        listed.iter().map(|(_, size)| size - 1).sum::<u64>(),
        followers
    );
    clusters
}

#[derive(Debug, Clone)]
enum Step {
    Put(Story),
    Remove(u8),
}

fn story() -> impl Strategy<Value = Story> {
    let paragraphs = prop::collection::vec(0u8..6, 1..6);
    let published_ms = prop::option::weighted(0.7, 0i64..6);
    let names_another = prop::bool::weighted(0.2);
    (0u8..12, paragraphs, published_ms, 0u8..3, names_another).prop_map(
        |(id, paragraphs, published_ms, host, names_another)| Story {
            id,
            paragraphs,
            published_ms,
            first_seen_ms: 0,
            host,
            names_another,
        },
    )
}

fn steps() -> impl Strategy<Value = Vec<Step>> {
    let step = prop_oneof![5 => story().prop_map(Step::Put), 1 => (0u8..12).prop_map(Step::Remove)];
    prop::collection::vec(step, 1..40)
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(200))]

    #[test]
    fn clusters_are_those_of_the_model_after_every_step(steps in steps()) {
        let engine = engine();
        let mut stories: BTreeMap<u8, Story> = BTreeMap::new();
        for (now_ms, step) in steps.into_iter().enumerate() {
            match step {
                Step::Put(mut story) => {
                    let former = stories.get(&story.id);
                    story.first_seen_ms = former.map_or(now_ms as i64, |former| former.first_seen_ms);
                    let expected = match former {
                        None => State::New,
                        Some(former) if *former == story => State::Unchanged,
                        Some(_) => State::Updated,
                    };
                    let checked = engine.core.check(prepare::prepare(story.article(), &engine.core.params, &engine.core.notices, now_ms as i64).unwrap(), now_ms as i64).unwrap();
                    let verdict = submit(&engine, &story, now_ms as i64);
                    prop_assert_eq!(verdict.state, expected);
                    // But for the number, which only what is stored is given.
                    let checked = Verdict { doc: verdict.doc, ..checked };
                    prop_assert_eq!(&checked, &verdict, "a check answers what the ingest does");
                    stories.insert(story.id, story.clone());
                    let known = engine.get(&Collection::default(), &story.article().id, false).unwrap();
                    prop_assert_eq!(&known.placement, &verdict.placement);
                    prop_assert_eq!(&known.matches, &verdict.matches);
                }
                Step::Remove(id) => {
                    let known = u32::from(stories.remove(&id).is_some());
                    let removed = engine.remove(&Collection::default(), vec![format!("story-{id:03}")]).unwrap();
                    prop_assert_eq!(removed, Removed { removed: known, unknown: 1 - known });
                }
            }
            prop_assert_eq!(clusters(&engine, &stories), model(&engine, &stories));
        }
    }

    #[test]
    fn the_order_of_arrival_does_not_matter(mut stories in prop::collection::vec(story(), 1..25), seed in any::<u64>()) {
        // Without a time of their own, articles are ordered by arrival: that is another question.
        stories.iter_mut().for_each(|story| story.published_ms = Some(story.published_ms.unwrap_or(3)));
        let last: BTreeMap<u8, Story> = stories.iter().map(|story| (story.id, story.clone())).collect();
        let mut once: Vec<&Story> = last.values().collect();
        let engine = engine();
        // Any order, and some of them twice.
        once.sort_by_key(|story| (u64::from(story.id) + 1).wrapping_mul(seed | 1) >> 7);
        let twice = once.clone();
        for story in once.into_iter().chain(twice.into_iter().step_by(2)) {
            submit(&engine, story, 9);
        }
        prop_assert_eq!(clusters(&engine, &last), model(&engine, &last));
    }

    #[test]
    fn following_the_feed_gives_the_clusters(steps in steps()) {
        let engine = engine();
        let mut stories: BTreeMap<u8, Story> = BTreeMap::new();
        for (now_ms, step) in steps.into_iter().enumerate() {
            match step {
                Step::Put(mut story) => {
                    story.first_seen_ms = stories.get(&story.id).map_or(now_ms as i64, |former| former.first_seen_ms);
                    submit(&engine, &story, now_ms as i64);
                    stories.insert(story.id, story);
                }
                Step::Remove(id) => {
                    stories.remove(&id);
                    engine.remove(&Collection::default(), vec![format!("story-{id:03}")]).unwrap();
                }
            }
        }
        let mut told: BTreeMap<String, String> = BTreeMap::new();
        let mut cursor = 0;
        while cursor < engine.head() {
            let (changes, next) = engine.changes(&Collection::default(), cursor, 3).unwrap();
            for change in changes {
                let former = match change.cluster {
                    Some(cluster) => told.insert(change.id.0, cluster.0),
                    None => told.remove(&change.id.0),
                };
                prop_assert_eq!(former, change.previous_cluster.map(|id| id.0));
            }
            cursor = next;
        }
        prop_assert_eq!(told, clusters(&engine, &stories));
    }
}

#[test]
fn a_removed_lead_gives_its_members_back() {
    let engine = engine();
    let copy = |id, published_ms| Story {
        id,
        paragraphs: vec![0, 1, 2],
        published_ms: Some(published_ms),
        first_seen_ms: 0,
        host: 0,
        names_another: false,
    };
    for (id, time) in [(3, 30), (1, 10), (2, 20)] {
        submit(&engine, &copy(id, time), 0);
    }
    let lead = |id: &str| {
        engine
            .get(&Collection::default(), id, false)
            .unwrap()
            .placement
            .cluster
            .0
    };
    assert_eq!(lead("story-003"), "story-001");
    engine
        .remove(&Collection::default(), vec!["story-001".into()])
        .unwrap();
    assert_eq!(lead("story-003"), "story-002");
    assert_eq!(lead("story-002"), "story-002");
}

#[test]
fn collections_keep_apart() {
    let engine = engine();
    let story = Story {
        id: 1,
        paragraphs: vec![0, 1],
        published_ms: None,
        first_seen_ms: 0,
        host: 0,
        names_another: false,
    };
    for name in ["one", "two"] {
        let article = Article {
            collection: Collection::parse(name).unwrap(),
            ..story.article()
        };
        let verdict = engine.ingest(article).unwrap();
        assert_eq!(
            (verdict.state, verdict.placement.size, verdict.matches.len()),
            (State::New, 1, 0)
        );
    }
    assert!(matches!(
        engine.get(&Collection::default(), "story-001", false),
        Err(Error::NotFound { .. })
    ));
}

#[test]
fn articles_without_text_equal_nothing() {
    let engine = engine();
    for id in ["a", "b"] {
        let verdict = engine
            .ingest(Article {
                id: id.into(),
                ..Article::default()
            })
            .unwrap();
        assert_eq!(
            (
                verdict.shingles,
                verdict.placement.size,
                verdict.matches.len()
            ),
            (0, 1, 0)
        );
    }
}

#[test]
fn faults_name_their_field() {
    let engine = engine();
    let check = |article: Article, expected: &str| match engine.ingest(article) {
        Err(Error::Invalid { field, .. }) => assert_eq!(field, expected),
        other => panic!("{other:?}"),
    };
    check(Article::default(), "article.id");
    check(
        Article {
            url: "no url".into(),
            ..Article::default()
        },
        "article.url",
    );
    check(
        Article {
            id: "x".repeat(1025),
            ..Article::default()
        },
        "article.id",
    );
    check(
        Article {
            id: "x".into(),
            body: Body::Text("x".repeat(MAX_TEXT_BYTES + 1)),
            ..Article::default()
        },
        "article.text",
    );
    check(
        Article {
            id: "x".into(),
            body: Body::Html("x ".repeat(MAX_TEXT_BYTES)),
            ..Article::default()
        },
        "article.html",
    );
}

#[test]
fn a_caller_that_panics_holds_up_nobody() {
    let engine = engine();
    let story = |id| Story {
        id,
        paragraphs: vec![0],
        published_ms: None,
        first_seen_ms: 0,
        host: 0,
        names_another: false,
    };
    engine.submit(
        story(1).article(),
        Box::new(|_| panic!("the fault of a caller, shown on purpose")),
    );
    assert_eq!(submit(&engine, &story(2), 0).state, State::New);
    assert!(engine.healthy());
    engine.close().unwrap();
    assert_eq!(engine.stats(&Collection::default()).unwrap().articles, 2);
}

#[test]
fn a_closed_engine_says_so() {
    let engine = engine();
    let story = Story {
        id: 1,
        paragraphs: vec![0],
        published_ms: None,
        first_seen_ms: 0,
        host: 0,
        names_another: false,
    };
    submit(&engine, &story, 0);
    engine.close().unwrap();
    assert!(!engine.healthy());
    assert!(matches!(engine.ingest(story.article()), Err(Error::Closed)));
    assert!(matches!(
        engine.remove(&Collection::default(), vec![]),
        Err(Error::Closed)
    ));
    assert_eq!(engine.stats(&Collection::default()).unwrap().articles, 1);
}

#[test]
fn a_story_carried_by_hundreds_is_one_cluster_and_a_newcomer_costs_a_bounded_amount() {
    let engine = engine();
    let copy = |id: u32| Article {
        id: format!("copy-{id:04}"),
        published_ms: Some(1000 - i64::from(id)),
        body: Body::Text(
            Story {
                id: 0,
                paragraphs: vec![0, 1, 2, 3],
                published_ms: None,
                first_seen_ms: 0,
                host: 0,
                names_another: false,
            }
            .text()
                + &format!(" tail {id}"),
        ),
        ..Article::default()
    };
    // The latest first: each newcomer takes the lead over.
    for id in 0..200 {
        let verdict = engine.ingest(copy(id)).unwrap();
        assert_eq!(verdict.placement.size, u64::from(id) + 1);
        assert!(verdict.matches.len() <= 256);
    }
    let verdict = engine.check(copy(2000)).unwrap();
    assert!(verdict.truncated);
    assert_eq!(verdict.placement.size, 201);
}
