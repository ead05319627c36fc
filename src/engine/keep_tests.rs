//! The kept articles of clusters against a naive model: of each cluster exactly one, and by the rule.

use std::collections::BTreeMap;

use proptest::prelude::*;

use super::tests::{EngineStep, TestArticle, capture, engine, steps, submit};
use super::*;
use crate::text::shingles;

/// Lists all articles of the engine, some at a time.
fn exported(
    engine: &Engine,
    kept: Option<&KeptArticles>,
    with_roles: bool,
) -> Vec<ExportedArticle> {
    let mut page = PageRequest {
        size: 3,
        ..PageRequest::default()
    };
    let mut all = Vec::new();
    loop {
        let found = engine
            .export(&Collection::default(), &page, kept, with_roles)
            .unwrap();
        all.extend(found.articles);
        if found.next.is_empty() {
            return all;
        }
        page.token = found.next;
    }
}

/// Returns the members of each cluster, and those of them that are kept.
fn kept_of(engine: &Engine, kept: &KeptArticles) -> BTreeMap<String, (Vec<String>, Vec<String>)> {
    let mut clusters: BTreeMap<String, (Vec<String>, Vec<String>)> = BTreeMap::new();
    for one in exported(engine, Some(kept), false) {
        let (members, kept) = clusters.entry(one.placement.cluster.0).or_default();
        if one.keep.expect("there is a rule") {
            kept.push(one.id.0.clone());
        }
        members.push(one.id.0);
    }
    clusters
}

/// Returns the rank of an article by a rule, the least first.
fn rank(rule: &KeepRule, story: &TestArticle) -> u32 {
    match rule {
        KeepRule::Earliest => 0,
        KeepRule::Longest => {
            let text = shingles("", &story.counted(), &[]);
            u32::MAX - text.overlap_with_itself().this
        }
        KeepRule::Hosts(hosts) => {
            let host = format!("paper{}.example", story.host);
            let place = hosts.iter().position(|one| *one == host);
            place.unwrap_or(hosts.len()) as u32
        }
    }
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(100))]

    #[test]
    fn of_each_cluster_one_is_kept(steps in steps()) {
        let engine = engine();
        let mut captured = BTreeMap::new();
        for (now_ms, step) in steps.into_iter().enumerate() {
            if let EngineStep::Put(story) = step {
                submit(&engine, &story, now_ms as i64);
                capture(&mut captured, story, now_ms as i64);
            }
        }
        engine.settle().unwrap();
        let stories = captured.into_values().map(|story| (story.article().id, story));
        let mut stories: BTreeMap<String, TestArticle> = stories.collect();
        let rules = [
            KeepRule::Earliest,
            KeepRule::Longest,
            KeepRule::hosts(["www.paper2.example", "paper1.example"]),
        ];
        for rule in rules {
            let by_rule = KeptArticles::new(rule.clone());
            // The second time, the kept ones are remembered.
            for _ in 0..2 {
                let clusters = kept_of(&engine, &by_rule);
                let members: usize = clusters.values().map(|(members, _)| members.len()).sum();
                prop_assert_eq!(members, stories.len(), "every article is listed once");
                for (members, kept) in clusters.values() {
                    let of_rule = members.iter().min_by_key(|member| {
                        let story = &stories[*member];
                        (rank(&rule, story), story.order())
                    });
                    let of_rule = Vec::from_iter(of_rule.cloned());
                    prop_assert_eq!(kept, &of_rule, "{:?}", &rule);
                }
            }
            // Nor are all dropped when the kept ones are gone.
            let gone = kept_of(&engine, &by_rule).into_values().take(1).flat_map(|(_, kept)| kept);
            let gone: Vec<String> = gone.collect();
            engine.remove(&Collection::default(), gone.clone()).unwrap();
            engine.settle().unwrap();
            stories.retain(|id, _| !gone.contains(id));
            for (members, kept) in kept_of(&engine, &by_rule).into_values() {
                prop_assert_eq!(kept.len(), 1, "{:?} of {:?}", kept, members);
            }
        }
    }

    #[test]
    fn an_export_reports_what_the_articles_are(steps in steps()) {
        let engine = engine();
        for (now_ms, step) in steps.into_iter().enumerate() {
            if let EngineStep::Put(story) = step {
                submit(&engine, &story, now_ms as i64);
            }
        }
        for one in exported(&engine, None, true) {
            let stored = engine.get(&Collection::default(), one.id.as_str(), false, false).unwrap();
            let published_ms = stored.article.published_ms;
            prop_assert_eq!(one.time_ms, published_ms.unwrap_or(stored.first_seen_ms));
            prop_assert_eq!(one.placement, stored.placement);
            let mut judgement = stored.judgement;
            judgement.evidence.clear();
            prop_assert_eq!(one.judgement, Some(judgement));
            prop_assert_eq!(one.keep, None);
        }
    }
}
