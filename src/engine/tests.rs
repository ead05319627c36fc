//! The engine against a naive model: clusters are a function of the articles, whatever the order in
//! which they were submitted, updated, repeated or removed.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use proptest::prelude::*;

use super::*;
use crate::cluster::Order;
use crate::id::ArticleId;
use crate::record::sketch_keys;
use crate::store::Memory;
use crate::syndication::{Relation, TextPair};
use crate::text::shingles;

/// An article made of numbered paragraphs.
#[derive(Debug, Clone, Default, PartialEq)]
pub(super) struct TestArticle {
    pub id: u8,
    pub paragraphs: Vec<u8>,
    pub published_ms: Option<i64>,
    /// When its client captured it, as it says.
    pub fetched_ms: Option<i64>,
    pub captured_ms: i64,
    pub first_seen_ms: i64,
    /// Where it stands; 0: on no host.
    pub host: u8,
    /// It says itself that another had it first.
    pub names_another: bool,
}

impl TestArticle {
    /// The text that counts: twenty words a paragraph, each of its own.
    pub fn counted(&self) -> String {
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

    pub fn article(&self) -> Article {
        let url = match self.host {
            0 => String::new(),
            host => format!("https://paper{host}.example/{}", self.id),
        };
        Article {
            url,
            id: format!("story-{:03}", self.id),
            published_ms: self.published_ms,
            body: Body::Text(self.text()),
            fetched_ms: self.fetched_ms,
            ..Article::default()
        }
    }

    pub fn order(&self) -> Order {
        Order {
            names_another: self.names_another,
            time_ms: self.published_ms.unwrap_or(self.first_seen_ms),
            id: ArticleId(self.article().id),
        }
    }
}

/// The definition of what captures come to: the earliest says when an article was first seen, and the latest
/// has its content. Takes one at a time, and returns what it does. The same content captured again is not
/// recorded.
pub(super) fn capture(
    stories: &mut BTreeMap<u8, TestArticle>,
    mut story: TestArticle,
    now_ms: i64,
) -> State {
    let fetched_ms = story.fetched_ms.map(|ms| ms.min(now_ms));
    let Some(former) = stories.get_mut(&story.id) else {
        story.captured_ms = fetched_ms.unwrap_or(now_ms);
        story.first_seen_ms = story.captured_ms;
        stories.insert(story.id, story);
        return State::New;
    };
    let latest_ms = now_ms.max(former.captured_ms);
    let captured_ms = fetched_ms.unwrap_or(latest_ms);
    former.first_seen_ms = former.first_seen_ms.min(captured_ms);
    if former.article().body == story.article().body
        && (former.published_ms, former.host) == (story.published_ms, story.host)
    {
        State::Unchanged
    } else if captured_ms < former.captured_ms {
        State::Older
    } else {
        *former = TestArticle {
            captured_ms,
            first_seen_ms: former.first_seen_ms,
            ..story
        };
        State::Updated
    }
}

/// An article without a date, of the first paragraphs.
pub(super) fn undated(id: u8, paragraphs: u8) -> TestArticle {
    TestArticle {
        id,
        paragraphs: (0..paragraphs).collect(),
        ..TestArticle::default()
    }
}

pub(super) fn engine() -> Engine {
    Engine::open(
        Arc::new(Memory::default()),
        Params {
            threads: 1,
            ..Params::default()
        },
    )
    .unwrap()
}

pub(super) fn submit(engine: &Engine, story: &TestArticle, now_ms: i64) -> Verdict {
    let (sender, receiver) = crossbeam_channel::bounded(1);
    engine.submit_at(
        story.article(),
        now_ms,
        Box::new(move |verdict| sender.send(verdict).unwrap()),
    );
    receiver.recv().unwrap().unwrap()
}

/// Submits a stored article again: nothing changes, and the answer is what a search gives now.
fn repeat(engine: &Engine, article: Article) -> Verdict {
    let stored = engine
        .get(&article.collection, &article.id, false, false)
        .unwrap();
    let checked = engine
        .check(article.clone(), VerdictScope::Matches)
        .unwrap();
    let head = engine.head();
    let verdict = engine.ingest(article.clone()).unwrap();
    assert_eq!((engine.head(), &checked), (head, &verdict));
    let placed = engine.check(article, VerdictScope::Placement).unwrap();
    assert_eq!(placed, without_findings(verdict.clone()));
    let expected = Verdict {
        state: State::Unchanged,
        first_seen_ms: stored.first_seen_ms,
        placement: stored.placement,
        matches: stored.matches,
        truncated: stored.truncated,
        judgement: Some(stored.judgement),
        ..verdict.clone()
    };
    assert_eq!(verdict, expected);
    verdict
}

/// Returns what is left of a verdict that reports the placement alone.
pub(super) fn without_findings(verdict: Verdict) -> Verdict {
    Verdict {
        matches: Vec::new(),
        truncated: false,
        shingles: 0,
        judgement: None,
        ..verdict
    }
}

/// The definition, word for word: in the order of articles, one that is a copy of an earlier lead belongs
/// to the earliest of those that are most like it. All pairs are compared, except those that the sketches
/// would not bring together.
pub(super) fn model(
    engine: &Engine,
    stories: &BTreeMap<u8, TestArticle>,
) -> BTreeMap<String, String> {
    let params = &engine.core.params;
    let mut ordered: Vec<&TestArticle> = stories.values().collect();
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
        let mut best: Option<(f64, usize)> = None;
        for &lead in &leads {
            let (this, other) = (ordered[at].host, ordered[lead].host);
            let same_host = this != 0 && this == other;
            let pair = TextPair::of(&texts[at], &texts[lead]);
            let resemblance = pair.overlap.resemblance();
            if pair.is_copy(same_host, &params.thresholds)
                && engine.core.index.proposes(&keys[at], &keys[lead])
                && best.is_none_or(|(most, _)| resemblance > most)
            {
                best = Some((resemblance, lead));
            }
        }
        if best.is_none() {
            leads.push(at);
        }
        clusters.insert(
            ordered[at].article().id,
            ordered[best.map_or(at, |(_, lead)| lead)].article().id,
        );
    }
    clusters
}

/// The clusters by the engine's answers, which must agree with one another.
pub(super) fn clusters(
    engine: &Engine,
    stories: &BTreeMap<u8, TestArticle>,
) -> BTreeMap<String, String> {
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
        let known = engine.get(&collection, &id, true, false).unwrap();
        assert_eq!(known.article.body, Body::Text(story.text()));
        let cluster = engine
            .cluster(&collection, &id, &PageRequest::default())
            .unwrap();
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
            && engine.core.params.thresholds.is_copy(&m.overlap, false)));
        assert!(
            cluster
                .members
                .windows(2)
                .skip(1)
                .all(|pair| order(&pair[0]) <= order(&pair[1]))
        );
        for found in &known.matches {
            let is_stored = |story: &TestArticle| story.article().id == found.article.id.as_str();
            assert!(
                stories.values().any(is_stored),
                "a removed article is returned"
            );
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
    let listed = engine
        .list(&collection, &PageRequest::default())
        .unwrap()
        .clusters;
    assert_eq!(
        listed.iter().map(|(_, size)| size - 1).sum::<u64>(),
        followers
    );
    clusters
}

#[derive(Debug, Clone)]
pub(super) enum EngineStep {
    Put(TestArticle),
    Repeat(u8),
    Remove(u8),
}

fn story() -> impl Strategy<Value = TestArticle> {
    let paragraphs = prop::collection::vec(0u8..6, 1..6);
    let published_ms = prop::option::weighted(0.7, 0i64..6);
    let fetched_ms = prop::option::weighted(0.4, 0i64..30);
    let names_another = prop::bool::weighted(0.2);
    let times = (published_ms, fetched_ms);
    (0u8..12, paragraphs, times, 0u8..3, names_another).prop_map(
        |(id, paragraphs, (published_ms, fetched_ms), host, names_another)| TestArticle {
            id,
            paragraphs,
            published_ms,
            fetched_ms,
            host,
            names_another,
            ..TestArticle::default()
        },
    )
}

pub(super) fn steps() -> impl Strategy<Value = Vec<EngineStep>> {
    let step = prop_oneof![
        5 => story().prop_map(EngineStep::Put),
        3 => (0u8..12).prop_map(EngineStep::Repeat),
        1 => (0u8..12).prop_map(EngineStep::Remove),
    ];
    prop::collection::vec(step, 1..40)
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(200))]

    #[test]
    fn clusters_are_those_of_the_model_after_every_step(steps in steps()) {
        let engine = engine();
        let mut stories: BTreeMap<u8, TestArticle> = BTreeMap::new();
        for (now_ms, step) in steps.into_iter().enumerate() {
            match step {
                EngineStep::Put(story) => {
                    let expected = capture(&mut stories, story.clone(), now_ms as i64);
                    let checked = engine.core.check(story.article(), VerdictScope::Matches, now_ms as i64).unwrap();
                    let placed = engine.core.check(story.article(), VerdictScope::Placement, now_ms as i64).unwrap();
                    let verdict = submit(&engine, &story, now_ms as i64);
                    prop_assert_eq!(verdict.state, expected);
                    let placed = Verdict { doc: verdict.doc, ..placed };
                    prop_assert_eq!(placed, without_findings(verdict.clone()));
                    // Only a stored article has a number.
                    let checked = Verdict { doc: verdict.doc, ..checked };
                    prop_assert_eq!(&checked, &verdict, "a check returns what the ingest does");
                    prop_assert_eq!(verdict.first_seen_ms, stories[&story.id].first_seen_ms);
                    let known = engine.get(&Collection::default(), &story.article().id, false, false).unwrap();
                    prop_assert_eq!(&known.placement, &verdict.placement);
                    prop_assert_eq!(&known.matches, &verdict.matches);
                }
                EngineStep::Repeat(id) => if let Some(story) = stories.get(&id) {
                    repeat(&engine, story.article());
                }
                EngineStep::Remove(id) => {
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
        // Articles without a date are ordered by arrival, so all get one.
        stories.iter_mut().for_each(|story| story.published_ms = Some(story.published_ms.unwrap_or(3)));
        let last: BTreeMap<u8, TestArticle> = stories.iter().map(|story| (story.id, story.clone())).collect();
        let mut once: Vec<&TestArticle> = last.values().collect();
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
        let mut stories: BTreeMap<u8, TestArticle> = BTreeMap::new();
        for (now_ms, step) in steps.into_iter().enumerate() {
            match step {
                EngineStep::Put(story) => {
                    submit(&engine, &story, now_ms as i64);
                    capture(&mut stories, story, now_ms as i64);
                }
                EngineStep::Repeat(_) => {}
                EngineStep::Remove(id) => {
                    stories.remove(&id);
                    engine.remove(&Collection::default(), vec![format!("story-{id:03}")]).unwrap();
                }
            }
        }
        let mut reported: BTreeMap<String, String> = BTreeMap::new();
        let mut cursor = 0;
        while cursor < engine.head() {
            let (changes, next) = engine.changes(&Collection::default(), cursor, 3).unwrap();
            for change in changes {
                let former = match change.cluster {
                    Some(cluster) => reported.insert(change.id.0, cluster.0),
                    None => reported.remove(&change.id.0),
                };
                prop_assert_eq!(former, change.previous_cluster.map(|id| id.0));
            }
            cursor = next;
        }
        prop_assert_eq!(reported, clusters(&engine, &stories));
    }
}

#[test]
fn a_removed_lead_releases_its_members() {
    let engine = engine();
    let copy = |id, published_ms| TestArticle {
        published_ms: Some(published_ms),
        ..undated(id, 3)
    };
    for (id, time) in [(3, 30), (1, 10), (2, 20)] {
        submit(&engine, &copy(id, time), 0);
    }
    let lead = |id: &str| {
        engine
            .get(&Collection::default(), id, false, false)
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

/// Submits dated stories of these paragraphs, in their order and in reverse, and returns each one's lead.
fn leads_of(stories: &[&[u8]]) -> Vec<u8> {
    let stories = (0..).zip(stories).map(|(id, paragraphs)| TestArticle {
        id,
        paragraphs: paragraphs.to_vec(),
        published_ms: Some(i64::from(id)),
        ..TestArticle::default()
    });
    let stories: Vec<TestArticle> = stories.collect();
    let leads = |order: &mut dyn Iterator<Item = &TestArticle>| {
        let engine = engine();
        order.for_each(|story| drop(submit(&engine, story, 100)));
        let lead = |story: &TestArticle| {
            let stored = engine.get(&Collection::default(), &story.article().id, false, false);
            let lead = stored.unwrap().placement.cluster.0;
            lead.trim_start_matches("story-").parse().unwrap()
        };
        stories.iter().map(lead).collect::<Vec<u8>>()
    };
    let found = leads(&mut stories.iter());
    assert_eq!(found, leads(&mut stories.iter().rev()));
    found
}

#[test]
fn an_article_belongs_to_the_lead_that_is_most_like_it() {
    // A copy of both leads, which are none of each other. It shares more with the later one.
    let (first, second) = ([0, 1, 2, 3, 4, 5], [2, 3, 4, 5, 6, 7]);
    assert_eq!(leads_of(&[&first, &second, &[2, 3, 4, 5, 6]]), [0, 1, 1]);
    assert_eq!(leads_of(&[&first, &second, &[1, 2, 3, 4, 5]]), [0, 1, 0]);
    // As like one as the other.
    assert_eq!(leads_of(&[&first, &second, &[1, 2, 3, 4, 5, 6]]), [0, 1, 0]);
    // A later lead takes nothing from an earlier article.
    assert_eq!(leads_of(&[&first, &[2, 3, 4, 5, 6], &second]), [0, 0, 2]);
}

#[test]
fn a_chain_is_cut_where_an_article_is_no_copy_of_the_lead() {
    // Each is a copy of the next, and not of the one after that.
    let links: Vec<Vec<u8>> = (0..6).map(|first| (first..first + 5).collect()).collect();
    let links: Vec<&[u8]> = links.iter().map(Vec::as_slice).collect();
    assert_eq!(leads_of(&links), [0, 0, 2, 2, 4, 4]);
}

#[test]
fn a_round_up_joins_the_story_that_is_most_of_it_or_none() {
    let (one, two, three) = ([0, 1, 2, 3], [10, 11, 12, 13], [20, 21, 22, 23]);
    let of = |stories: &[&[u8]]| stories.concat();
    let all = of(&[&one, &two, &three]);
    assert_eq!(leads_of(&[&one, &two, &three, &all]), [0, 1, 2, 3]);
    let mostly_two = of(&[&[0, 1], &two, &[20]]);
    assert_eq!(leads_of(&[&one, &two, &three, &mostly_two]), [0, 1, 2, 1]);
}

#[test]
fn collections_are_separate() {
    let engine = engine();
    let story = undated(1, 2);
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
        engine.get(&Collection::default(), "story-001", false, false),
        Err(Error::NotFound { .. })
    ));
}

#[test]
fn articles_without_text_match_nothing() {
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
fn errors_name_the_invalid_field() {
    let engine = engine();
    let check = |article: Article, expected: &str| match engine.ingest(article) {
        Err(Error::Invalid { field, .. }) => assert_eq!(field, expected),
        other => panic!("{other:?}"),
    };
    let with_id = |id: String| Article {
        id,
        ..Article::default()
    };
    let with_body = |body| Article {
        body,
        ..with_id("x".into())
    };
    check(Article::default(), "article.id");
    check(
        Article {
            url: "no url".into(),
            ..Article::default()
        },
        "article.url",
    );
    check(with_id("x".repeat(1025)), "article.id");
    let text = "x".repeat(MAX_TEXT_BYTES + 1);
    check(with_body(Body::Text(text)), "article.text");
    let html = "x ".repeat(MAX_TEXT_BYTES);
    check(with_body(Body::Html(html)), "article.html");
}

#[test]
fn a_caller_that_panics_does_not_stop_the_others() {
    let engine = engine();
    let story = |id| undated(id, 1);
    engine.submit(
        story(1).article(),
        Box::new(|_| panic!("a caller's bug, shown on purpose")),
    );
    assert_eq!(submit(&engine, &story(2), 0).state, State::New);
    assert!(engine.healthy());
    engine.close().unwrap();
    assert_eq!(engine.stats(&Collection::default()).unwrap().articles, 2);
}

#[test]
fn a_closed_engine_returns_closed() {
    let engine = engine();
    let story = undated(1, 1);
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
fn a_story_of_hundreds_of_copies_is_one_cluster_with_bounded_matches() {
    let engine = engine();
    let copy = |id: u32| Article {
        id: format!("copy-{id:04}"),
        published_ms: Some(1000 - i64::from(id)),
        body: Body::Text(undated(0, 4).text() + &format!(" tail {id}")),
        ..Article::default()
    };
    // The latest first: each new article becomes the lead.
    for id in 0..200 {
        let verdict = engine.ingest(copy(id)).unwrap();
        assert_eq!(verdict.placement.size, u64::from(id) + 1);
        assert!(verdict.matches.len() <= 256);
        if id % 20 == 19 {
            engine.settle().unwrap();
            repeat(&engine, copy(id / 2));
            repeat(&engine, copy(id / 2));
        }
    }
    let verdict = engine.check(copy(2000), VerdictScope::Matches).unwrap();
    assert!(verdict.truncated);
    assert_eq!(verdict.placement.size, 201);
}

#[test]
fn an_unchanged_article_is_answered_as_of_now() {
    let engine = engine();
    let dated = |id, paragraphs: &[u8], published_ms| TestArticle {
        id,
        paragraphs: paragraphs.to_vec(),
        published_ms: Some(published_ms),
        host: id,
        ..TestArticle::default()
    };
    let remove = |id: u8| {
        let ids = vec![dated(id, &[], 0).article().id];
        engine.remove(&Collection::default(), ids).unwrap();
    };
    let story = dated(1, &[0, 1, 2], 50);
    let answer = || {
        let verdict = repeat(&engine, story.article());
        let matches = verdict.matches.iter().map(|one| one.article.id.0.clone());
        let mut matches: Vec<String> = matches.collect();
        matches.sort();
        assert_eq!(verdict.first_seen_ms, 7);
        (verdict.placement.cluster.0, verdict.placement.size, matches)
    };
    let check = |cluster: &str, size, matches: &[&str]| {
        let expected = matches.iter().map(|id| (*id).to_owned()).collect();
        assert_eq!(answer(), (cluster.to_owned(), size, expected));
        assert_eq!(answer(), answer());
    };
    submit(&engine, &story, 7);
    check("story-001", 1, &[]);
    // A later copy, an earlier one that becomes the lead, and an article that embeds the story.
    submit(&engine, &dated(2, &[0, 1, 2], 60), 8);
    check("story-001", 2, &["story-002"]);
    submit(&engine, &dated(3, &[0, 1, 2, 3], 40), 9);
    check("story-003", 3, &["story-002", "story-003"]);
    submit(&engine, &dated(4, &[0, 1, 2, 6, 7, 8, 9, 10, 11], 30), 10);
    check("story-003", 3, &["story-002", "story-003", "story-004"]);
    // A match gets other content, and the lead is removed.
    submit(&engine, &dated(2, &[12, 13, 14], 60), 11);
    check("story-003", 2, &["story-003", "story-004"]);
    remove(3);
    check("story-001", 1, &["story-004"]);
    remove(4);
    check("story-001", 1, &[]);
}

/// A passage counts on one side only while few articles have it.
#[test]
fn an_unchanged_article_is_answered_as_of_now_when_a_passage_becomes_common() {
    let words = |of: String, count| {
        let words = (0..count).map(|at| format!("{of}w{at}"));
        words.collect::<Vec<_>>().join(" ")
    };
    for passage in 0..40 {
        let engine = engine();
        let id = |id: u8| format!("article-{id}");
        for at in 0..20 {
            let around = |side| words(format!("{side}{passage}n{at}"), 150);
            let text = [around('a'), words(format!("p{passage}"), 24), around('z')];
            let article = Article {
                id: id(at),
                body: Body::Text(text.join(" ")),
                ..Article::default()
            };
            engine.ingest(article).unwrap();
        }
        for at in 0..20 {
            let stored = engine.core.find("default", &id(at)).unwrap().unwrap();
            let ids = |matches: Vec<Match>| {
                let ids = matches.into_iter().map(|one| one.article.id.0);
                ids.collect::<BTreeSet<_>>()
            };
            let remembered = ids(engine.core.unchanged(&stored).unwrap().matches);
            let (_, findings, _) = engine.core.judge_again(&stored, false).unwrap();
            let found = ids(findings.matches);
            assert_eq!(remembered, found, "passage {passage}, article {at}");
        }
    }
}

#[test]
fn an_unchanged_article_sees_what_was_submitted_before_it() {
    let engine = Engine::open(Arc::new(Memory::default()), Params::default()).unwrap();
    let copies: Vec<TestArticle> = (1..100)
        .map(|id| TestArticle {
            id,
            paragraphs: vec![0, 1, 2],
            host: id,
            ..TestArticle::default()
        })
        .collect();
    let (sender, receiver) = crossbeam_channel::unbounded();
    for article in copies.iter().flat_map(|copy| [copy, &copies[0]]) {
        let sender = sender.clone();
        let reply = move |verdict: Result<Verdict>| sender.send(verdict.unwrap()).unwrap();
        engine.submit(article.article(), Box::new(reply));
    }
    let sizes: Vec<u64> = receiver
        .iter()
        .take(198)
        .map(|one| one.placement.size)
        .collect();
    let expected: Vec<u64> = (1..100).flat_map(|size| [size, size]).collect();
    assert_eq!(sizes, expected);
}

#[test]
fn unchanged_articles_are_answered_as_of_now_after_furniture_was_learned() {
    let engine = engine();
    let article = |id: u8| {
        let story = TestArticle {
            id,
            paragraphs: vec![2 * id, 2 * id + 1],
            host: 1,
            ..TestArticle::default()
        };
        let repeated = "Every morning at six, all that happened overnight: sign up for our letter.";
        Article {
            body: Body::Text(format!("{}\n{repeated}", story.text())),
            ..story.article()
        }
    };
    for id in 0..12 {
        engine.ingest(article(id)).unwrap();
        repeat(&engine, article(id / 2));
    }
    let learned = engine.furniture(&Collection::default(), "paper1.example");
    assert!(learned.unwrap().iter().any(|segment| segment.masked));
    for id in 0..12 {
        repeat(&engine, article(id));
        repeat(&engine, article(id));
    }
}

#[test]
fn articles_that_share_one_phrase_are_repeated_as_of_now() {
    let engine = engine();
    // More than a bucket returns.
    let article = |id: u32| Article {
        id: format!("article-{id:03}"),
        body: Body::Text(format!(
            "{} a{id} b{id} c{id} {}",
            undated(0, 1).counted(),
            {
                let words = (0..60).map(|word| format!("a{id}w{word}"));
                words.collect::<Vec<_>>().join(" ")
            }
        )),
        ..Article::default()
    };
    for id in 0..80 {
        engine.ingest(article(id)).unwrap();
        repeat(&engine, article(id / 2));
        if id % 7 == 6 {
            repeat(&engine, article(0));
        }
    }
}

#[test]
fn what_is_submitted_just_before_is_seen() {
    let engine = Engine::open(Arc::new(Memory::default()), Params::default()).unwrap();
    let versions = [undated(1, 2), undated(1, 3)].map(|story| story.article());
    let (sender, receiver) = crossbeam_channel::unbounded();
    let submit = |version: usize| {
        let sender = sender.clone();
        let reply = move |verdict: Result<Verdict>| sender.send(verdict.unwrap().state).unwrap();
        engine.submit(versions[version].clone(), Box::new(reply));
    };
    for _ in 0..50 {
        [0, 0, 1, 1, 0].into_iter().for_each(&submit);
    }
    let states: Vec<State> = receiver.iter().take(250).collect();
    use State::{New, Unchanged, Updated};
    assert_eq!(states[..5], [New, Unchanged, Updated, Unchanged, Updated]);
    for round in states.chunks(5).skip(1) {
        assert_eq!(round, [Unchanged, Unchanged, Updated, Unchanged, Updated]);
    }
    let ids = vec![versions[0].id.clone()];
    assert_eq!(
        engine.remove(&Collection::default(), ids).unwrap().removed,
        1
    );
    submit(0);
    assert_eq!(receiver.recv(), Ok(New));
}

#[test]
fn quotations_are_reported_where_they_are_asked_for() {
    let engine = engine();
    // Nineteen words of three hundred.
    let quotation = "we have never before seen so many birds come ashore in a single night of \
                     fog said the warden";
    let article = |id: u32| {
        let words = |from: u32| {
            let words = (from..from + 140).map(|word| format!("a{id}w{word}"));
            words.collect::<Vec<_>>().join(" ")
        };
        Article {
            id: format!("article-{id}"),
            body: Body::Text(format!("{} {quotation} {}", words(0), words(500))),
            ..Article::default()
        }
    };
    engine.ingest(article(1)).unwrap();
    assert_eq!(engine.ingest(article(2)).unwrap().matches, []);
    let ids = |matches: Vec<Match>| -> Vec<String> {
        let ids = matches.into_iter().map(|one| one.article.id.0);
        ids.collect()
    };
    let collection = Collection::default();
    for (asked, expected) in [(true, vec!["article-1"]), (false, Vec::new())] {
        let scope = match asked {
            true => VerdictScope::Quotations,
            false => VerdictScope::Matches,
        };
        // An article that is stored, and then a new one.
        let checked = engine.check(article(2), scope).unwrap();
        let stored = engine.get(&collection, "article-2", false, asked).unwrap();
        assert_eq!(ids(checked.matches), expected);
        assert_eq!(ids(stored.matches), expected);
        let new = ids(engine.check(article(3), scope).unwrap().matches);
        assert_eq!(new.len(), if asked { 2 } else { 0 }, "{new:?}");
    }
}
