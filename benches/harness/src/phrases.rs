//! `wirecopy-bench phrases`: how many of an article's phrases earlier articles have.

use std::collections::HashSet;
use std::io::Write as _;
use std::path::PathBuf;

use anyhow::Result;
use clap::Args;
use wirecopy::engine::Article;
use wirecopy::files::{Articles, Input, PreferredBody};
use wirecopy::text::{self, Reading};
use wirecopy_bench::synthetic::{Newswire, Params, text_of};

use crate::output::{self, count};

/// The first row; each further one is twice as far.
const FIRST_ROW: u64 = 625;
/// An article with a passage of 20 words that were seen before is a copy: a phrase is shorter.
const RUNS_OF_A_PASSAGE: usize = 16;
/// A run of eight words is two runs of five words, one of which begins three words later.
const WORDS_BETWEEN: usize = 3;

/// Print which share of an article's runs of five and of eight words earlier articles have
///
/// Real articles have phrases in common, and the more articles there are, the more of a new one was
/// seen before. A row is the mean of the articles since the row before it. Copies are left out: articles
/// with a passage of 20 words or more that were seen before. All runs are kept in memory, 40 bytes a word.
#[derive(Debug, Args)]
#[command(after_help = "\
Examples:
  wirecopy-bench phrases articles.jsonl.zst
  wirecopy-bench phrases --articles 80000")]
pub struct PhrasesArgs {
    /// The articles, as `wirecopy cluster` reads them.
    #[arg(value_name = "FILE", required_unless_present = "articles")]
    files: Vec<PathBuf>,
    /// Invent this many articles instead, of which none is a copy.
    #[arg(long, value_name = "N", conflicts_with = "files")]
    articles: Option<u64>,
    /// The seed of the invented articles.
    #[arg(long, value_name = "S", default_value_t = 1, requires = "articles")]
    seed: u64,
}

impl PhrasesArgs {
    /// Runs the command.
    pub fn run(self) -> Result<()> {
        let mut curve = Curve::default();
        if let Some(articles) = self.articles {
            let newswire = Newswire::new(Params {
                seed: self.seed,
                copies: 0.0,
                furniture: false,
                ..Params::default()
            });
            (0..articles).for_each(|number| curve.add(&newswire.article(number)));
        } else {
            let input = Input {
                body: PreferredBody::Text,
                ..Input::new(self.files.clone())
            };
            for article in Articles::open(&input)? {
                curve.add(&article?.article);
            }
        }
        curve.end_row();
        let mut out = output::stdout();
        writeln!(out, "articles   five words   eight words")?;
        for row in &curve.rows {
            let [five, eight] = row.shares();
            writeln!(
                out,
                "{:>8}   {five:>8.2} %   {eight:>9.2} %",
                count(row.articles)
            )?;
        }
        let copies = output::counted(curve.copies, "article");
        writeln!(out, "\nleft out as copies: {copies}")?;
        Ok(out.flush()?)
    }
}

/// Runs of words, counted once an article.
#[derive(Debug, Clone, Copy, Default)]
struct RunCounts {
    all: u64,
    seen: u64,
}

/// What was counted between two numbers of articles.
#[derive(Debug, Clone, Copy, Default)]
struct CurveRow {
    /// Articles up to here.
    articles: u64,
    /// Runs of five words, and of eight.
    runs: [RunCounts; 2],
}

impl CurveRow {
    /// Returns the shares of runs that were seen before, in percent.
    fn shares(&self) -> [f64; 2] {
        self.runs
            .map(|runs| 100.0 * runs.seen as f64 / runs.all.max(1) as f64)
    }
}

/// The shares of runs that were seen before, by number of articles.
#[derive(Debug, Default)]
struct Curve {
    seen: [HashSet<u64>; 2],
    rows: Vec<CurveRow>,
    /// The row that is not complete.
    row: CurveRow,
    copies: u64,
}

impl Curve {
    fn add(&mut self, article: &Article) {
        let reading = text::read(&article.title, text_of(article), &[]);
        let is_seen = |shingle: &u64| self.seen[0].contains(shingle);
        let mut passages = reading.shingles.chunk_by(|a, b| is_seen(a) && is_seen(b));
        if passages.any(|passage| passage.len() >= RUNS_OF_A_PASSAGE) {
            self.copies += 1;
            return;
        }
        let eight = runs_of_eight(&reading);
        for (runs, (counts, seen)) in [reading.shingles, eight]
            .into_iter()
            .zip(self.row.runs.iter_mut().zip(&mut self.seen))
        {
            let runs: HashSet<u64> = runs.into_iter().collect();
            counts.all += runs.len() as u64;
            counts.seen += runs.iter().filter(|run| !seen.insert(**run)).count() as u64;
        }
        self.row.articles += 1;
        if self.row.articles == FIRST_ROW << self.rows.len() {
            self.end_row();
        }
    }

    fn end_row(&mut self) {
        let articles = self.row.articles;
        if self.rows.last().is_none_or(|last| last.articles < articles) {
            self.rows.push(self.row);
        }
        self.row = CurveRow {
            articles,
            ..CurveRow::default()
        };
    }
}

/// Returns a hash of each eight words in a row of the title, and of the text.
fn runs_of_eight(reading: &Reading) -> Vec<u64> {
    let (title, text) = reading.shingles.split_at(reading.title_shingles);
    let runs = [title, text].into_iter().flat_map(|part| {
        let pairs = part.iter().zip(part.iter().skip(WORDS_BETWEEN));
        pairs.map(|(first, last)| first.rotate_left(1) ^ last)
    });
    runs.collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Shares of [`FIRST_ROW`] real articles, twice as many, and so on, in percent.
    const MEASURED: [f64; 4] = [0.34, 0.70, 1.13, 1.62];

    #[test]
    fn invented_articles_repeat_as_many_phrases_as_real_ones() {
        let newswire = Newswire::new(Params {
            copies: 0.0,
            furniture: false,
            ..Params::default()
        });
        let mut curve = Curve::default();
        (0..FIRST_ROW << 3).for_each(|number| curve.add(&newswire.article(number)));
        for (row, measured) in curve.rows.iter().zip(MEASURED) {
            let [five, eight] = row.shares();
            assert!((five / measured - 1.0).abs() < 0.2, "{row:?}: {five}");
            assert!(eight < 0.3, "{row:?}: {eight}");
        }
        assert_eq!(curve.rows.len(), MEASURED.len());
    }
}
