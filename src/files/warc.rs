//! Articles from archives: pages as they were received, and texts that others took from pages.

use std::fs::File;
use std::iter;
use std::path::Path;
use std::sync::Arc;

use indicatif::ProgressBar;

use super::faults::NoArticle;
use super::{Error, Faults, FileArticles, Location, RecordArticle, RecordPosition};
use crate::engine::{Article, Body};
use crate::page::{decode, parse_date};
use crate::warc::{HeaderFields, HttpResponse, MAX_BLOCK_BYTES, WarcReader, WarcRecord};

/// Reads the articles of an archive. Records without one are counted.
pub(super) fn articles(
    path: Arc<Path>,
    file: File,
    bar: &ProgressBar,
    faults: &Arc<Faults>,
) -> FileArticles {
    let (bar, faults) = (bar.clone(), Arc::clone(faults));
    let mut reader = WarcReader::new(file);
    let (mut shown, mut last) = (0, RecordPosition::Whole);
    Box::new(iter::from_fn(move || {
        let place = |position| Location {
            file: Arc::clone(&path),
            position,
        };
        loop {
            let read = reader.next(block_limit);
            let position = reader.position();
            bar.inc(position.saturating_sub(shown));
            shown = position;
            let (position, article) = match read {
                Ok(None) => return None,
                Err(source) => {
                    let place = place(last);
                    return Some(Err(Error::ReadOn { place, source }));
                }
                Ok(Some(Err(damage))) => (damage.place, Err(damage.why)),
                Ok(Some(Ok(record))) => match article(&record) {
                    Ok(article) => (record.place, article),
                    Err(why) => {
                        faults.no_article(why);
                        continue;
                    }
                },
            };
            last = RecordPosition::Record(position);
            return Some(Ok((place(last), article)));
        }
    }))
}

/// Returns how much is read of the block of a record.
fn block_limit(fields: &HeaderFields) -> u64 {
    let kind = fields.get("WARC-Type").unwrap_or_default();
    let mut with_article = ["response", "conversion"].iter();
    match with_article.any(|with| with.eq_ignore_ascii_case(kind)) {
        true => MAX_BLOCK_BYTES,
        false => 0,
    }
}

/// Makes an article of a record. The inner `Err` says what is wrong with it.
fn article(record: &WarcRecord) -> Result<Result<RecordArticle, String>, NoArticle> {
    let body = match record.kind().as_str() {
        "response" => page(record)?,
        "conversion" => text(record)?,
        "revisit" => return Err(NoArticle::Revisit),
        _ => return Err(NoArticle::OtherType),
    };
    Ok(body.and_then(|body| {
        if !record.is_whole() {
            return Err(format!("longer than {} MiB", MAX_BLOCK_BYTES >> 20));
        }
        let url = record.target_uri();
        if url.is_empty() {
            return Err("it has no WARC-Target-URI".to_owned());
        }
        let fetched_ms = parse_date(record.date());
        Ok(RecordArticle {
            article: Article {
                url: url.to_owned(),
                body,
                fetched_ms,
                ..Article::default()
            },
            unread_times: match fetched_ms {
                Some(_) => Vec::new(),
                None => vec!["fetched"],
            },
            ..RecordArticle::default()
        })
    }))
}

/// Returns the page of a response.
fn page(record: &WarcRecord) -> Result<Result<Body, String>, NoArticle> {
    let Some(response) = HttpResponse::parse(&record.block) else {
        return Err(NoArticle::OtherType);
    };
    if response.status != 200 {
        return Err(NoArticle::OtherStatus);
    }
    let mut content_type = response.fields.get("Content-Type").unwrap_or_default();
    if content_type.is_empty() {
        // What the crawler found it to be.
        let identified = record.fields.get("WARC-Identified-Payload-Type");
        content_type = identified.unwrap_or_default();
    }
    let media_type = content_type.split(';').next().unwrap_or_default().trim();
    let html = ["text/html", "application/xhtml+xml"];
    if !html
        .iter()
        .any(|html| html.eq_ignore_ascii_case(media_type))
    {
        return Err(NoArticle::NotHtml);
    }
    Ok(response.decoded().map(|bytes| Body::Raw {
        bytes: bytes.into_owned(),
        content_type: content_type.to_owned(),
    }))
}

/// Returns the text of a conversion.
fn text(record: &WarcRecord) -> Result<Result<Body, String>, NoArticle> {
    let content_type = record.fields.get("Content-Type");
    match record.fields.media_type().as_str() {
        "text/plain" => Ok(Ok(Body::Text(decode(&record.block, content_type).0))),
        _ => Err(NoArticle::NotHtml),
    }
}
