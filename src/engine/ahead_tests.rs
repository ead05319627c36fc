//! What was found out of an article before its turn changes nothing of its turn.

use std::sync::Arc;

use super::pipeline::look_ahead;
use super::prepare::{Prepared, prepare};
use super::*;
use crate::index;
use crate::store::Memory;

const ARTICLES: u64 = 80;
/// Articles that are read before the first of them has its turn.
const WINDOW: usize = 4;

fn engine() -> Engine {
    let params = Params {
        threads: 1,
        index: index::Params {
            // Room for some texts: which of them have to be read depends on the order of reading.
            cache_bytes: 64 << 10,
            ..index::Params::default()
        },
        ..Params::default()
    };
    Engine::open(Arc::new(Memory::default()), params).unwrap()
}

/// Twenty paragraphs of twenty words out of a hundred: any two articles share four of them, or a phrase.
/// Every fifth is a copy of the one before, but for its last paragraph.
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

fn read(core: &Core, number: u64) -> Prepared {
    let prepared = prepare(article(number), &core.params, &core.notices, 0);
    prepared.unwrap().packed()
}

#[test]
fn a_turn_is_the_same_after_a_look_ahead() {
    let (plain, ahead) = (engine(), engine());
    let (plain, ahead) = (&plain.core, &ahead.core);
    let (mut matches, mut truncated) = (0, 0);
    let numbers: Vec<u64> = (0..ARTICLES).collect();
    for window in numbers.chunks(WINDOW) {
        let looked = window.iter().map(|&number| {
            let mut prepared = read(ahead, number);
            prepared.ahead = look_ahead(ahead, &prepared, true).unwrap();
            prepared
        });
        let looked: Vec<Prepared> = looked.collect();
        for (&number, prepared) in window.iter().zip(looked) {
            let (expected, _) = plain.ingest(read(plain, number), 0).unwrap();
            let (verdict, _) = ahead.ingest(prepared, 0).unwrap();
            assert_eq!(verdict, expected);
            matches += verdict.matches.len();
            truncated += usize::from(verdict.truncated);
        }
    }
    assert!(matches > 200, "{matches}");
    assert!(truncated > 3, "{truncated}");
}
