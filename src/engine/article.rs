//! Articles as they are submitted.

use super::{Error, Result};
use crate::id::{ArticleId, Collection, MAX_ID_BYTES, MAX_URL_BYTES, normal_url};
use crate::record::Put;
use crate::text::hash_bytes;

/// Longest text of one article, in bytes.
pub const MAX_TEXT_BYTES: usize = 2 << 20;
/// Longest title, byline, publisher or language, in bytes.
pub const MAX_FIELD_BYTES: usize = 8192;

/// The body of a submitted article.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Body {
    /// Plain text.
    Text(String),
    /// A page, or a part of one.
    Html(String),
    /// The bytes of a page as received, in any character set.
    Raw {
        /// Its bytes.
        bytes: Vec<u8>,
        /// Its `Content-Type` header; may be empty.
        content_type: String,
    },
}

impl Default for Body {
    fn default() -> Self {
        Self::Text(String::new())
    }
}

/// An article as a client submits it.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Article {
    /// The collection it is compared in.
    pub collection: Collection,
    /// Its id in the collection; empty: the normal form of the URL.
    pub id: String,
    /// Where it was found; may be empty if there is an id.
    pub url: String,
    /// Who published it; empty: as stated by the page, or else the URL's host.
    pub publisher: String,
    /// When it was published, as stated; milliseconds since 1970. See [`stated_time`].
    pub published_ms: Option<i64>,
    /// The headline.
    pub title: String,
    /// Who wrote it: authors, agencies; empty: as stated by the page.
    pub byline: String,
    /// The text.
    pub body: Body,
    /// Language (BCP 47), not used.
    pub lang: String,
    /// When the client captured it; milliseconds since 1970. `None`, or later than it is submitted: when it
    /// is submitted. No part of its content.
    pub fetched_ms: Option<i64>,
}

/// An article whose fields are within their limits.
pub(super) struct ValidArticle {
    /// Its id, as given or made from the URL.
    pub id: ArticleId,
    /// Hash of all that was submitted, apart from id, collection and time of capture; 16 bytes.
    pub content_hash: Vec<u8>,
    /// The article. It was not captured later than now.
    pub article: Article,
}

impl Article {
    /// Returns a stored article with a body.
    pub(super) fn of(put: &Put, collection: Collection, body: Body) -> Self {
        Self {
            collection,
            body,
            id: put.id.clone(),
            url: put.url.clone(),
            publisher: put.publisher.clone(),
            published_ms: put.published_ms,
            title: put.title.clone(),
            byline: put.byline.clone(),
            lang: put.lang.clone(),
            fetched_ms: Some(put.captured_ms()),
        }
    }

    /// Checks the fields against their limits, and determines the id and the content hash.
    ///
    /// # Errors
    /// [`Error::Invalid`] names the invalid field.
    pub(super) fn validate(mut self, now_ms: i64) -> Result<ValidArticle> {
        within("article.id", self.id.len(), MAX_ID_BYTES)?;
        ArticleId::check(&self.id).map_err(|why| Error::invalid("article.id", why.to_string()))?;
        within("article.url", self.url.len(), MAX_URL_BYTES)?;
        within("article.publisher", self.publisher.len(), MAX_FIELD_BYTES)?;
        within("article.title", self.title.len(), MAX_FIELD_BYTES)?;
        within("article.byline", self.byline.len(), MAX_FIELD_BYTES)?;
        within("article.lang", self.lang.len(), MAX_FIELD_BYTES)?;
        // A page is several times as long as its text, which is limited in turn.
        let (field, bytes, max) = match &self.body {
            Body::Text(text) => ("article.text", text.len(), MAX_TEXT_BYTES),
            Body::Html(html) => ("article.html", html.len(), 4 * MAX_TEXT_BYTES),
            Body::Raw {
                bytes,
                content_type,
            } => {
                within(
                    "article.page.content_type",
                    content_type.len(),
                    MAX_FIELD_BYTES,
                )?;
                ("article.page.content", bytes.len(), 4 * MAX_TEXT_BYTES)
            }
        };
        within(field, bytes, max)?;
        self.fetched_ms = self.fetched_ms.map(|ms| ms.min(now_ms));
        // Tracking parameters make neither another article nor a new version.
        let url = normal_url(&self.url);
        let content_hash = self.content_hash(url.as_deref().unwrap_or(&self.url));
        let id = match (self.id.is_empty(), self.url.is_empty()) {
            (false, _) => std::mem::take(&mut self.id),
            (true, false) => url.ok_or_else(|| {
                let why = "not an absolute http or https URL, and no id is given";
                Error::invalid("article.url", why)
            })?,
            (true, true) => {
                return Err(Error::invalid(
                    "article.id",
                    "neither an id nor a url is given",
                ));
            }
        };
        within("article.id", id.len(), MAX_ID_BYTES)?;
        Ok(ValidArticle {
            id: ArticleId(id),
            content_hash: content_hash.to_le_bytes().into(),
            article: self,
        })
    }

    /// Checks the length of the text that was extracted from a page.
    ///
    /// # Errors
    /// [`Error::Invalid`] for a text that is too long.
    pub(super) fn check_text(text: &str) -> Result<()> {
        within("article.html", text.len(), MAX_TEXT_BYTES)
    }

    fn content_hash(&self, url: &str) -> u128 {
        let (kind, content_type, body) = match &self.body {
            Body::Text(text) => ("text", "", text.as_bytes()),
            Body::Html(page) => ("html", "", page.as_bytes()),
            Body::Raw {
                bytes,
                content_type,
            } => ("page", content_type.as_str(), &bytes[..]),
        };
        let published = self.published_ms.map_or(String::new(), |ms| ms.to_string());
        let parts = [
            url.as_bytes(),
            self.publisher.as_bytes(),
            self.title.as_bytes(),
            self.lang.as_bytes(),
            published.as_bytes(),
            kind.as_bytes(),
            content_type.as_bytes(),
            body,
        ];
        // Articles without one keep the hash that former versions gave them.
        let byline = Some(self.byline.as_bytes()).filter(|byline| !byline.is_empty());
        let mut bytes = Vec::with_capacity(body.len() + 256);
        for part in parts.into_iter().chain(byline) {
            bytes.extend_from_slice(&(part.len() as u64).to_le_bytes());
            bytes.extend_from_slice(part);
        }
        hash_bytes(&bytes)
    }
}

fn within(field: &'static str, bytes: usize, max: usize) -> Result<()> {
    match bytes <= max {
        true => Ok(()),
        false => Err(Error::invalid(
            field,
            format!("{bytes} bytes, at most {max} are accepted"),
        )),
    }
}

/// The start of the year 1900.
const YEAR_1900_MS: i64 = -2_208_988_800_000;

/// Returns a time that a client states, or `None` if it is what programs write for a time that they do not
/// have: exactly the start of 1970, or a time before the year 1900.
pub fn stated_time(ms: i64) -> Option<i64> {
    (ms != 0 && ms >= YEAR_1900_MS).then_some(ms)
}
