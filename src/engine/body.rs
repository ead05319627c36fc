//! What a client says of an article, and what its page says where the client says nothing.

use super::{Article, Body, MAX_FIELD_BYTES};
use crate::id::host;
use crate::notices::NoticeTable;
use crate::page;

/// How far ahead a page's clock may be.
const SLACK_MS: i64 = 24 * 3600 * 1000;

/// An article, its text taken out of its page.
pub(super) struct Page {
    pub url: String,
    pub publisher: String,
    pub title: String,
    pub text: String,
    pub lang: String,
    pub byline: String,
    pub canonical: String,
    pub published_ms: Option<i64>,
    pub modified_ms: Option<i64>,
    pub links: Vec<page::Link>,
}

/// Takes the text out of a page. What the client says of an article counts before what its page says.
pub(super) fn read(article: Article, table: &NoticeTable, now_ms: i64) -> Page {
    let said = |given: String, found: String| {
        if given.is_empty() {
            capped(found)
        } else {
            given
        }
    };
    // What a page says of the future is an error of its clock, or a lie.
    let past = |time: Option<i64>| time.filter(|&ms| ms <= now_ms.saturating_add(SLACK_MS));
    let read = |html: &str| page::read(html, &article.url, &|block| table.mentions_source(block));
    let page = match article.body {
        Body::Text(text) => page::Page {
            text,
            ..page::Page::default()
        },
        Body::Html(html) => read(&html),
        Body::Raw {
            bytes,
            content_type,
        } => {
            let stated = Some(content_type.as_str()).filter(|stated| !stated.is_empty());
            read(&page::decode(&bytes, stated).0)
        }
    };
    let publisher = said(article.publisher, page.publisher);
    let publisher = match publisher.is_empty() {
        true => host(&article.url).unwrap_or_default(),
        false => publisher,
    };
    Page {
        url: article.url,
        publisher,
        title: said(article.title, page.title),
        text: page.text,
        lang: said(article.lang, page.lang),
        byline: capped(page.byline),
        canonical: capped(page.canonical),
        published_ms: article.published_ms.or(past(page.published_ms)),
        modified_ms: past(page.modified_ms),
        links: page.links,
    }
}

/// A field of a page, held to the limit of those that a client gives.
fn capped(mut field: String) -> String {
    let most = (0..=MAX_FIELD_BYTES.min(field.len())).rev();
    let end = most.into_iter().find(|&end| field.is_char_boundary(end));
    field.truncate(end.unwrap_or(0));
    field
}
