//! What several benches share.

use wirecopy::engine::{Article, Body};
use wirecopy::synthetic::Newswire;

/// An invented article, as a crawler would hand it in.
pub fn article(newswire: &Newswire, number: u64) -> Article {
    let made = newswire.article(number);
    Article {
        url: made.url,
        publisher: made.publisher,
        published_ms: Some(made.published_ms),
        title: made.title,
        body: Body::Text(made.text),
        lang: made.lang.to_owned(),
        ..Article::default()
    }
}
