//! The body of an article.

use std::borrow::Cow;

use super::html;

/// The body of an article, as it is submitted.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Body {
    /// Plain text.
    Text(String),
    /// A page, or a part of one.
    Html(String),
}

impl Default for Body {
    fn default() -> Self {
        Self::Text(String::new())
    }
}

/// Returns the text of a body: a text as it is, of a page what a reader sees of it.
pub fn plain(body: &Body) -> Cow<'_, str> {
    match body {
        Body::Text(text) => Cow::Borrowed(text),
        Body::Html(page) => Cow::Owned(html::strip(page)),
    }
}
