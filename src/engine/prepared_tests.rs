//! What readers prepare for an article does not change the result of its turn.

use std::sync::Arc;

use super::ingest::ReadArticle;
use super::*;
use crate::index;
use crate::store::Memory;

const ARTICLES: u64 = 80;
/// Articles that are read before the first one's turn.
const WINDOW: usize = 4;
const SCOPE: VerdictScope = VerdictScope::Matches;

fn engine() -> Engine {
    let params = Params {
        threads: 1,
        index: index::Params {
            // Room for a few texts, so that many are read from the journal.
            cache_bytes: 64 << 10,
            ..index::Params::default()
        },
        ..Params::default()
    };
    Engine::open(Arc::new(Memory::default()), params).unwrap()
}

/// Twenty of a hundred paragraphs of twenty words: any two articles share four of them, or a phrase.
/// Every fifth article is a copy of the one before, except for its last paragraph. Each of three hosts has
/// a line of its own under every article.
fn article(number: u64) -> Article {
    let paragraph = |at: u64| {
        let of = number - u64::from(number % 5 == 4 && at < 19);
        let mixed = (of * 20 + at).wrapping_mul(0x9e37_79b9_7f4a_7c15) >> 40;
        let words = (0..20).map(|word| format!("p{}w{word}", mixed % 100));
        words.collect::<Vec<_>>().join(" ")
    };
    let host = number % 3;
    let line = format!("Write to the desk of host {host} or call it before noon.");
    let text: Vec<String> = (0..20).map(paragraph).chain([line]).collect();
    Article {
        id: format!("article-{number}"),
        url: format!("https://host-{host}.example/{number}"),
        published_ms: Some(number as i64),
        body: Body::Text(text.join("\n\n")),
        ..Article::default()
    }
}

/// Ingests an article as it is, and prepared; returns the number of matches of both.
fn same_turn(plain: &Core, article: Article, early: &Core, read: ReadArticle) -> usize {
    let unprepared = article.validate(0).and_then(|one| plain.prepare(one, 0));
    let unprepared = ReadArticle::Prepared(Box::new(unprepared.unwrap()));
    let (expected, _) = plain.ingest(unprepared, SCOPE, 0).unwrap();
    let (verdict, _) = early.ingest(read, SCOPE, 0).unwrap();
    assert_eq!(verdict, expected);
    verdict.matches.len()
}

#[test]
fn a_turn_is_the_same_for_a_prepared_article() {
    let (plain, early) = (engine(), engine());
    let (plain, early) = (&plain.core, &early.core);
    let (mut matches, mut masked) = (0, 0);
    let numbers: Vec<u64> = (0..ARTICLES).collect();
    for window in numbers.chunks(WINDOW) {
        let read = window
            .iter()
            .map(|&number| early.read(article(number), SCOPE, 0));
        let read: Vec<ReadArticle> = read.map(Result::unwrap).collect();
        for (&number, read) in window.iter().zip(read) {
            masked += match &read {
                ReadArticle::Prepared(one) => usize::from(!one.put.cuts().is_empty()),
                ReadArticle::Stored { .. } => 0,
            };
            matches += same_turn(plain, article(number), early, read);
        }
    }
    assert!(matches > 200, "{matches}");
    assert!((40..75).contains(&masked), "{masked}");
}

/// Between an article's preparation and its turn others are ingested, updated and removed, and stories
/// get other leads, in buckets that are full.
#[test]
fn a_turn_is_the_same_whatever_came_in_between() {
    let small = |cache_bytes| {
        let mut params = Params {
            threads: 1,
            ..Params::default()
        };
        params.index.bucket_cap = 4;
        params.index.cache_bytes = cache_bytes;
        Engine::open(Arc::new(Memory::default()), params).unwrap()
    };
    let (plain, early) = (small(1 << 20), small(1 << 20));
    let (plain, early) = (&plain.core, &early.core);
    let collection = Collection::default();
    // A story of three texts under thirty ids, later versions of which are of another time.
    let random = |at: u64, of: u64| (at.wrapping_mul(0x9e37_79b9_7f4a_7c15) >> 33) % of;
    let version = |at: u64| Article {
        id: format!("story-{}", random(at, 30)),
        published_ms: Some(random(at + 1_000, 50) as i64),
        title: format!("The title of {}", random(at + 2_000, 5)),
        ..article(random(at + 3_000, 3) * 5 + random(at + 4_000, 2) * 40)
    };
    let mut matches = 0;
    for window in (0..600).collect::<Vec<u64>>().chunks(6) {
        let read = window.iter().map(|&at| early.read(version(at), SCOPE, 0));
        let read: Vec<ReadArticle> = read.map(Result::unwrap).collect();
        if random(window[0] + 5_000, 3) == 0 {
            let id = || vec![version(window[0] + 77).id];
            for core in [plain, early] {
                let removal = &core.prepare_removals(&collection, id())[0];
                core.remove(&collection, removal, 0).unwrap();
            }
        }
        for (&at, read) in window.iter().zip(read) {
            matches += same_turn(plain, version(at), early, read);
        }
    }
    assert!(matches > 1_000, "{matches}");
}
