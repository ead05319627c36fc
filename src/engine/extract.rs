//! Extraction: what is read from an article or a page, without storing or comparing it.

use std::sync::Arc;

use super::prepare::prepare;
use super::{Article, Body, Params, Publication, Result, now_ms};
use crate::notices::{Notice, NoticeTable, PhotoCredit};
use crate::record::Put;
use crate::text::{Segment, Shingles, Span};

/// What is read from an article: the main text of a page, and what it says about itself.
#[derive(Debug, Clone, PartialEq)]
pub struct Extracted {
    /// The article without its body. Fields that the client left empty are taken from the page.
    pub article: Article,
    /// The main text.
    pub text: String,
    /// The URL of rel=canonical; may be empty.
    pub canonical_url: String,
    /// When it was published, if that is stated.
    pub publication: Option<Publication>,
    /// When it was last modified; milliseconds since 1970.
    pub modified_ms: Option<i64>,
    /// It is a wall instead of an article.
    pub blocked: bool,
    /// Notices that name a source, in the order of the text.
    pub notices: Vec<Notice>,
    /// Credits of its pictures.
    pub photo_credits: Vec<PhotoCredit>,
    /// Spans of its text that do not count when it is compared, in order: notices.
    pub not_counted: Vec<Span>,
    /// What is compared of its title and text.
    pub shingles: Arc<Shingles>,
}

/// Reads an article as an ingest does, without storing it.
///
/// # Errors
/// [`super::Error::Invalid`] names the invalid field.
pub fn extract(article: Article, notices: &Arc<NoticeTable>) -> Result<Extracted> {
    let collection = article.collection.clone();
    let no_furniture = |_: &Put, _: &[Segment]| Ok(Vec::new());
    let (now_ms, params) = (now_ms(), Params::default());
    let article = article.validate(now_ms)?;
    let prepared = prepare(article, &params, notices, now_ms, no_furniture)?;
    let put = prepared.put;
    Ok(Extracted {
        publication: Publication::of(&put),
        not_counted: put.cuts(),
        shingles: prepared.shingles,
        article: Article {
            fetched_ms: put.fetched_ms,
            ..Article::of(&put, collection, Body::default())
        },
        text: prepared.text,
        notices: put.notices,
        photo_credits: put.photo_credits,
        canonical_url: put.canonical,
        modified_ms: put.modified_ms,
        blocked: put.blocked,
    })
}
