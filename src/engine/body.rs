//! The fields of an article: those that the client gave, completed from its page.

use super::answers::day_number;
use super::{Article, Body, MAX_FIELD_BYTES};
use crate::id::source_host;
use crate::notices::NoticeTable;
use crate::page::{self, DateSource};
use crate::record::Put;
use crate::syndication::site_host;
use crate::text::floor_boundary;

/// Reads an article: returns its record, as far as client and page state it, the text, and the links of
/// the page. Fields that the client gave take precedence over the page's. The page is read as of when it
/// was captured: it has no dates after that.
pub(super) fn read(
    article: Article,
    table: &NoticeTable,
    now_ms: i64,
) -> (Put, String, Vec<page::Link>) {
    let or_page = |given: String, found: String| match given.is_empty() {
        true => capped(found),
        false => given,
    };
    let now_ms = article.fetched_ms.unwrap_or(now_ms);
    let keep = |block: &str| table.mentions_source(block);
    let read = |html: &str| page::read_at(html, &article.url, now_ms, &keep);
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
    let publisher = or_page(article.publisher, page.publisher);
    let publisher = match publisher.is_empty() {
        true => site_host(&article.url),
        false => publisher,
    };
    let put = Put {
        collection: article.collection.as_str().to_owned(),
        source_host: source_host(&article.url, &publisher),
        url: article.url,
        publisher,
        title: or_page(article.title, page.title),
        lang: or_page(article.lang, page.lang),
        byline: or_page(article.byline, page.byline),
        canonical: capped(page.canonical),
        published_ms: article.published_ms.or(page.published.map(|date| date.ms)),
        modified_ms: page.modified_ms,
        fetched_ms: article.fetched_ms,
        ..Put::default()
    };
    let put = match (article.published_ms, page.published) {
        (Some(_), _) => Put {
            date_source: DateSource::Submitted.as_str().to_owned(),
            ..put
        },
        (None, Some(date)) => Put {
            date_source: date.source.as_str().to_owned(),
            published_day: Some(day_number(date.day)),
            is_local_time: date.is_local,
            ..put
        },
        (None, None) => put,
    };
    (put, page.text, page.links)
}

/// Truncates a field of a page to the limit of a client's.
fn capped(mut field: String) -> String {
    field.truncate(floor_boundary(&field, MAX_FIELD_BYTES));
    field
}
