//! An article as it is handed in.

use super::Error;
use crate::id::{ArticleId, Collection, MAX_ID_BYTES, MAX_URL_BYTES, normal_url};

/// Longest text of one article, in bytes.
pub const MAX_TEXT_BYTES: usize = 2 << 20;
/// Longest title, publisher or language, in bytes.
pub const MAX_FIELD_BYTES: usize = 8192;

/// The body of an article, as it is submitted.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Body {
    /// Plain text.
    Text(String),
    /// A page, or a part of one.
    Html(String),
    /// A page as it came over the wire, in whatever character set.
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

/// What a client submits.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Article {
    /// The collection it is compared in.
    pub collection: Collection,
    /// Its name there; empty: the normal form of the URL.
    pub id: String,
    /// Where it was found; may be empty where there is an id.
    pub url: String,
    /// Who published it; empty: as its page says, or else the URL's host.
    pub publisher: String,
    /// When it was published, by its own account; milliseconds since 1970.
    pub published_ms: Option<i64>,
    /// The headline.
    pub title: String,
    /// The text.
    pub body: Body,
    /// Language (BCP 47), not used.
    pub lang: String,
}

impl Article {
    /// Checks the fields against their limits, and fills in the id.
    ///
    /// # Errors
    /// [`Error::Invalid`] names the field at fault.
    pub(super) fn complete(mut self) -> Result<(ArticleId, Self), Error> {
        let within = |field: &'static str, bytes: usize, most: usize| {
            if bytes <= most {
                Ok(())
            } else {
                Err(Error::invalid(
                    field,
                    format!("{bytes} bytes, at most {most} are taken"),
                ))
            }
        };
        within("article.id", self.id.len(), MAX_ID_BYTES)?;
        within("article.url", self.url.len(), MAX_URL_BYTES)?;
        within("article.publisher", self.publisher.len(), MAX_FIELD_BYTES)?;
        within("article.title", self.title.len(), MAX_FIELD_BYTES)?;
        within("article.lang", self.lang.len(), MAX_FIELD_BYTES)?;
        match &self.body {
            Body::Text(text) => within("article.text", text.len(), MAX_TEXT_BYTES)?,
            // A page is several times its text; what is taken out of it is held to the same limit.
            Body::Html(html) => within("article.html", html.len(), 4 * MAX_TEXT_BYTES)?,
            Body::Raw {
                bytes,
                content_type,
            } => {
                within("article.page.content", bytes.len(), 4 * MAX_TEXT_BYTES)?;
                within(
                    "article.page.content_type",
                    content_type.len(),
                    MAX_FIELD_BYTES,
                )?;
            }
        }
        let id = match (self.id.is_empty(), self.url.is_empty()) {
            (false, _) => std::mem::take(&mut self.id),
            (true, false) => normal_url(&self.url).ok_or_else(|| {
                Error::invalid(
                    "article.url",
                    "not an absolute http or https URL, and no id is given",
                )
            })?,
            (true, true) => {
                return Err(Error::invalid(
                    "article.id",
                    "neither an id nor a url is given",
                ));
            }
        };
        within("article.id", id.len(), MAX_ID_BYTES)?;
        Ok((ArticleId(id), self))
    }

    /// Holds what was taken out of a page to the limit of a text.
    ///
    /// # Errors
    /// [`Error::Invalid`] for a text that is too long.
    pub(super) fn check_text(text: &str) -> Result<(), Error> {
        match text.len() {
            length if length <= MAX_TEXT_BYTES => Ok(()),
            length => Err(Error::invalid(
                "article.html",
                format!("{length} bytes of text, at most {MAX_TEXT_BYTES} are taken"),
            )),
        }
    }
}
