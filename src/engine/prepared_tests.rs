//! What readers prepare for an article does not change the result of its turn.

use std::sync::Arc;

use super::ingest::ReadArticle;
use super::*;
use crate::index;
use crate::store::Memory;

const ARTICLES: u64 = 80;
/// Articles that are read before the first one's turn.
const WINDOW: usize = 4;

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
/// Every fifth article is a copy of the one before, except for its last paragraph.
fn article(number: u64) -> Article {
    let paragraph = |at: u64| {
        let of = number - u64::from(number % 5 == 4 && at < 19);
        let mixed = (of * 20 + at).wrapping_mul(0x9e37_79b9_7f4a_7c15) >> 40;
        let words = (0..20).map(|word| format!("p{}w{word}", mixed % 100));
        words.collect::<Vec<_>>().join(" ")
    };
    let text: Vec<String> = (0..20).map(paragraph).collect();
    Article {
        id: format!("article-{number}"),
        published_ms: Some(number as i64),
        body: Body::Text(text.join("\n\n")),
        ..Article::default()
    }
}

#[test]
fn a_turn_is_the_same_for_a_compared_article() {
    let (plain, early) = (engine(), engine());
    let (plain, early) = (&plain.core, &early.core);
    let (mut matches, mut truncated) = (0, 0);
    let numbers: Vec<u64> = (0..ARTICLES).collect();
    for window in numbers.chunks(WINDOW) {
        let read = window
            .iter()
            .map(|&number| early.read(article(number), 0, || true));
        let read: Vec<ReadArticle> = read.map(Result::unwrap).collect();
        for (&number, read) in window.iter().zip(read) {
            let unprepared = article(number)
                .validate()
                .and_then(|one| plain.prepare(one, 0));
            let unprepared = ReadArticle::Prepared(Box::new(unprepared.unwrap().compressed()));
            let (expected, _) = plain.ingest(unprepared, 0).unwrap();
            let (verdict, _) = early.ingest(read, 0).unwrap();
            assert_eq!(verdict, expected);
            matches += verdict.matches.len();
            truncated += usize::from(verdict.truncated);
        }
    }
    assert!(matches > 200, "{matches}");
    assert!(truncated > 3, "{truncated}");
}
