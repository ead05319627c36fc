//! The pages of a set, and what people or the set's sources state of them. One schema for all sets.

use std::path::Path;

use anyhow::{Context as _, Result};
use serde::Deserialize;
use wirecopy::engine::{Article, Body};
use wirecopy::files;

use super::truth;

/// A page and what is stated of it. What a set does not state is empty.
#[derive(Debug, Default, Deserialize)]
#[serde(default)]
pub struct MarkedPage {
    /// Its id.
    #[serde(deserialize_with = "truth::id")]
    pub id: String,
    url: String,
    html: String,
    /// The title of its article.
    pub title: String,
    /// When its article was published: a day, or a day and a time.
    pub published: String,
    /// Who wrote its article.
    pub byline: String,
    authors: Option<Vec<String>>,
    /// The main text.
    pub text: String,
    /// Segments that belong to the main text.
    pub with: Vec<String>,
    /// Segments that do not.
    pub without: Vec<String>,
}

impl MarkedPage {
    /// Returns who wrote its article, separated by commas.
    pub fn authors(&self) -> String {
        match self.byline.is_empty() {
            true => self.authors.as_deref().unwrap_or_default().join(", "),
            false => self.byline.clone(),
        }
    }

    /// Takes the page itself out, as an article of which nothing is known but its URL.
    pub fn take_article(&mut self) -> Article {
        Article {
            id: self.id.clone(),
            url: std::mem::take(&mut self.url),
            body: Body::Html(std::mem::take(&mut self.html)),
            ..Article::default()
        }
    }
}

/// Calls `take` for each page of a file; articles without a page are skipped.
pub fn for_each(docs: &Path, mut take: impl FnMut(MarkedPage) -> Result<()>) -> Result<()> {
    let failed = || format!("failed to read `{}`", docs.display());
    let mut lines = files::lines(docs).with_context(failed)?;
    while let Some(line) = lines.next_line().with_context(failed)? {
        let text = line.map_err(anyhow::Error::msg).with_context(failed)?;
        let page: MarkedPage = serde_json::from_str(text).with_context(failed)?;
        if !page.html.is_empty() {
            take(page)?;
        }
    }
    Ok(())
}
