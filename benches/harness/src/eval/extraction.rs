//! Reads every page of a set, and scores what is read.

use std::io::{self, Write};
use std::path::Path;
use std::sync::Arc;
use std::time::Instant;

use anyhow::{Context as _, Result};
use serde::Serialize;
use wirecopy::engine;
use wirecopy::notices::NoticeTable;

use super::main_text::{MainTextScores, MainTextSums};
use super::marked_page;
use super::statements::StatementScores;
use crate::output::counted;

/// Scores of what is read from pages.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct ExtractionScores {
    /// Number of pages.
    pub pages: u64,
    /// Mean time of a page.
    pub milliseconds: f64,
    /// Scores of the main texts; absent if the set states none.
    pub text: Option<MainTextScores>,
    /// Scores of titles, bylines and dates.
    pub statements: StatementScores,
}

/// Reads every page of a set and scores what is read; `None` if the set has no pages.
pub fn score(docs: &Path, notices: &Arc<NoticeTable>) -> Result<Option<ExtractionScores>> {
    let (mut pages, mut seconds) = (0, 0.0);
    let mut texts = MainTextSums::default();
    let mut statements = StatementScores::default();
    marked_page::for_each(docs, |mut page| {
        let article = page.take_article();
        let begun = Instant::now();
        let read = engine::extract(article, notices).context("failed to extract")?;
        seconds += begun.elapsed().as_secs_f64();
        pages += 1;
        texts.add(&page, &read.text);
        let (article, published) = (&read.article, read.publication.as_ref());
        statements.add(&page, &article.title, &article.byline, published);
        Ok(())
    })?;
    Ok((pages > 0).then(|| ExtractionScores {
        pages,
        milliseconds: 1000.0 * seconds / pages as f64,
        text: texts.finish(),
        statements,
    }))
}

impl ExtractionScores {
    /// Writes the scores as text; with `list`, also what was misread.
    pub fn write(&self, out: &mut impl Write, list: bool) -> io::Result<()> {
        let pages = counted(self.pages, "page");
        writeln!(out, "read of {pages} ({:.1} ms a page):", self.milliseconds)?;
        if let Some(text) = &self.text {
            text.write(out)?;
        }
        self.statements.write(out, list)
    }
}
