//! Excerpts of a story that many carry.

use super::tests::engine;
use super::*;

const STORIES: usize = 12;
/// More than the documents of a bucket in which one side of a tag suffices.
const CARRIERS: usize = 20;
const WORDS: usize = 2000;

fn carrier(story: usize, number: usize, words: usize) -> Article {
    let word = |at| format!("s{story}w{at}");
    let body: Vec<String> = (0..words).map(word).collect();
    Article {
        id: format!("{story}-{number}-{words}"),
        title: format!("Paper {number} has story {story} by its own hand and under its own title"),
        body: Body::Text(body.join(" ")),
        ..Article::default()
    }
}

/// Of so short an excerpt of so long a story few windows are anchors, and all are in full buckets.
#[test]
fn a_short_excerpt_is_found_however_many_carry_the_story() {
    let engine = engine();
    for story in 0..STORIES {
        for number in 0..CARRIERS {
            engine.ingest(carrier(story, number, WORDS)).unwrap();
        }
    }
    for story in 0..STORIES {
        let verdict = engine
            .check(carrier(story, CARRIERS, 22), VerdictScope::Matches)
            .unwrap();
        let first = format!("{story}-0-{WORDS}");
        let is_found = verdict.matches.iter().any(|one| one.article.id.0 == first);
        assert!(is_found, "story {story}: {:?}", verdict.matches.len());
    }
}
