//! What is read of an article before anything is compared.

use std::sync::Arc;

use super::prepare::prepare;
use super::{Article, Body, Params, Result};
use crate::notices::{Notice, NoticeTable, PhotoCredit};

/// What is read of an article: of a page, what of it is the article, and what it says of itself.
#[derive(Debug, Clone, PartialEq)]
pub struct Extracted {
    /// The article, with what the page says where the client said nothing; without a body.
    pub article: Article,
    /// The main text.
    pub text: String,
    /// Who wrote it; may be empty.
    pub byline: String,
    /// The URL of rel=canonical; may be empty.
    pub canonical_url: String,
    /// When it was last changed; milliseconds since 1970.
    pub modified_ms: Option<i64>,
    /// It is no article, but a wall.
    pub blocked: bool,
    /// What names a source, in the order of the text.
    pub notices: Vec<Notice>,
    /// Who is credited for pictures.
    pub photo_credits: Vec<PhotoCredit>,
}

/// Reads an article as an ingest does, and stores nothing.
///
/// # Errors
/// [`super::Error::Invalid`] where a field is at fault.
pub fn extract(article: Article, notices: &Arc<NoticeTable>) -> Result<Extracted> {
    let collection = article.collection.clone();
    let prepared = prepare(article, &Params::default(), notices, i64::MAX)?;
    let put = prepared.put;
    Ok(Extracted {
        text: prepared.text,
        notices: put.notices,
        photo_credits: put.photo_credits,
        byline: put.byline,
        canonical_url: put.canonical,
        modified_ms: put.modified_ms,
        blocked: put.blocked,
        article: Article {
            collection,
            id: put.id,
            url: put.url,
            publisher: put.publisher,
            published_ms: put.published_ms,
            title: put.title,
            body: Body::default(),
            lang: put.lang,
        },
    })
}
