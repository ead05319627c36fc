//! Scores the extraction of main text, if a set has pages and their texts.
//!
//! The extracted text is compared with the text that people marked, like the public benchmark of article
//! extraction does (Zyte, "article-extraction-benchmark", `evaluate.py`): as multisets of runs of four
//! words. The scores of pages are averaged, so that long pages do not weigh more.

use std::collections::HashMap;
use std::path::Path;
use std::sync::Arc;
use std::time::Instant;

use anyhow::{Context as _, Result};
use serde::{Deserialize, Serialize};
use wirecopy::engine::{self, Article, Body};
use wirecopy::notices::NoticeTable;

use wirecopy::files;

/// Words of a run.
const RUN_WORDS: usize = 4;
/// Number of worst pages that are listed.
const MAX_WORST: usize = 10;

/// A page and what people marked in it.
#[derive(Default, Deserialize)]
#[serde(default)]
struct MarkedPage {
    id: serde_json::Value,
    url: String,
    html: String,
    text: String,
    /// Segments that belong to the main text.
    with: Vec<String>,
    /// Segments that do not.
    without: Vec<String>,
}

/// Scores of the extracted texts.
#[derive(Debug, Clone, Default, PartialEq, Serialize)]
pub struct ExtractionScores {
    /// Pages with a text to compare with.
    pub pages: u64,
    /// Share of the extracted runs of four words that are right; the mean over pages.
    pub precision: f64,
    /// Share of the right runs that were extracted; the mean over pages.
    pub recall: f64,
    /// Their harmonic mean.
    pub f1: f64,
    /// F1 of bags of words; the median over pages.
    pub words_f1_median: f64,
    /// F1 of bags of words; the mean over pages.
    pub words_f1_mean: f64,
    /// Segments that must be in the text and are.
    pub segments_found: u64,
    /// Segments that must be in the text and are not.
    pub segments_missed: u64,
    /// Segments that must not be in the text and are.
    pub segments_wrong: u64,
    /// F1 of the segments.
    pub segments_f1: f64,
    /// Mean time of a page.
    pub milliseconds: f64,
    /// The scores and ids of the worst pages.
    pub worst: Vec<(f64, String)>,
}

/// Extracts the main text of every page of a set and scores it; `None` if the set has no pages.
pub fn score(docs: &Path, notices: &Arc<NoticeTable>) -> Result<Option<ExtractionScores>> {
    let failed = || format!("failed to read `{}`", docs.display());
    let mut sums = PageScores::default();
    let mut lines = files::lines(docs).with_context(failed)?;
    while let Some(line) = lines.next_line().with_context(failed)? {
        let text = line.map_err(anyhow::Error::msg).with_context(failed)?;
        let doc: MarkedPage = serde_json::from_str(text).with_context(failed)?;
        if !doc.html.is_empty() {
            sums.add(doc, notices)?;
        }
    }
    Ok(sums.finish())
}

/// Scores of pages so far.
#[derive(Default)]
struct PageScores {
    pages: u64,
    seconds: f64,
    of_runs: Vec<[f64; 2]>,
    of_words: Vec<f64>,
    segments: [u64; 3],
    quality: Vec<(f64, String)>,
}

impl PageScores {
    fn add(&mut self, doc: MarkedPage, notices: &Arc<NoticeTable>) -> Result<()> {
        let article = Article {
            id: "page".to_owned(),
            url: doc.url,
            body: Body::Html(doc.html),
            ..Article::default()
        };
        let begun = Instant::now();
        let extracted = engine::extract(article, notices).context("failed to extract")?;
        self.seconds += begun.elapsed().as_secs_f64();
        self.pages += 1;
        let taken = extracted.text;
        let id = match doc.id {
            serde_json::Value::String(id) => id,
            other => other.to_string(),
        };
        if !doc.text.is_empty() {
            let (precision, recall) = shares(&runs(&doc.text, RUN_WORDS), &runs(&taken, RUN_WORDS));
            self.of_runs.push([precision, recall]);
            let (precision, recall) = shares(&runs(&doc.text, 1), &runs(&taken, 1));
            let f1 = harmonic(precision, recall);
            self.of_words.push(f1);
            self.quality.push((f1, id));
        } else if !doc.with.is_empty() || !doc.without.is_empty() {
            let taken = folded(&taken);
            let inside = |segments: &[String]| {
                let found = segments.iter().filter(|one| taken.contains(&folded(one)));
                found.count() as u64
            };
            let (right, wrong) = (inside(&doc.with), inside(&doc.without));
            let missed = doc.with.len() as u64 - right;
            self.segments[0] += right;
            self.segments[1] += missed;
            self.segments[2] += wrong;
            self.quality.push((segments_f1([right, missed, wrong]), id));
        }
        Ok(())
    }

    fn finish(mut self) -> Option<ExtractionScores> {
        if self.quality.is_empty() {
            return None;
        }
        let mean = |values: &mut dyn Iterator<Item = f64>| {
            let (sum, n) = values.fold((0.0, 0u32), |(sum, n), value| (sum + value, n + 1));
            if n == 0 { 0.0 } else { sum / f64::from(n) }
        };
        let precision = mean(&mut self.of_runs.iter().map(|[precision, _]| *precision));
        let recall = mean(&mut self.of_runs.iter().map(|[_, recall]| *recall));
        let words_f1_mean = mean(&mut self.of_words.iter().copied());
        self.of_words.sort_by(f64::total_cmp);
        self.quality.sort_by(|a, b| a.0.total_cmp(&b.0));
        self.quality.truncate(MAX_WORST);
        let [segments_found, segments_missed, segments_wrong] = self.segments;
        Some(ExtractionScores {
            pages: self.pages,
            precision,
            recall,
            f1: harmonic(precision, recall),
            words_f1_median: median(&self.of_words),
            words_f1_mean,
            segments_found,
            segments_missed,
            segments_wrong,
            segments_f1: segments_f1(self.segments),
            milliseconds: 1000.0 * self.seconds / self.pages as f64,
            worst: self.quality,
        })
    }
}

/// Counts the runs of `length` words. A shorter text is one run.
fn runs(text: &str, length: usize) -> HashMap<Vec<&str>, u64> {
    let words: Vec<&str> = text
        .split(|c: char| !(c.is_alphanumeric() || c == '_'))
        .filter(|word| !word.is_empty())
        .collect();
    let mut runs = HashMap::new();
    for start in 0..(words.len() + 1).saturating_sub(length).max(1) {
        let run = &words[start..(start + length).min(words.len())];
        *runs.entry(run.to_vec()).or_insert(0) += 1;
    }
    runs
}

/// Returns the precision and recall of multisets.
fn shares(right: &HashMap<Vec<&str>, u64>, taken: &HashMap<Vec<&str>, u64>) -> (f64, f64) {
    let common: u64 = right
        .iter()
        .map(|(run, &n)| n.min(taken.get(run).copied().unwrap_or(0)))
        .sum();
    let share = |all: &HashMap<Vec<&str>, u64>| common as f64 / all.values().sum::<u64>() as f64;
    (share(taken), share(right))
}

fn segments_f1([right, missed, wrong]: [u64; 3]) -> f64 {
    let all = 2 * right + missed + wrong;
    if all == 0 {
        1.0
    } else {
        2.0 * right as f64 / all as f64
    }
}

fn harmonic(a: f64, b: f64) -> f64 {
    if a + b == 0.0 {
        0.0
    } else {
        2.0 * a * b / (a + b)
    }
}

fn median(sorted: &[f64]) -> f64 {
    match sorted.len() {
        0 => 0.0,
        n if n % 2 == 1 => sorted[n / 2],
        n => f64::midpoint(sorted[n / 2 - 1], sorted[n / 2]),
    }
}

/// Replaces any white space by one space.
fn folded(text: &str) -> String {
    text.split_whitespace().collect::<Vec<_>>().join(" ")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn multisets_are_compared() {
        let check = |right: &str, taken: &str, expected: (f64, f64)| {
            assert_eq!(
                shares(&runs(right, 4), &runs(taken, 4)),
                expected,
                "{taken}"
            );
        };
        check("a b c d e", "a b c d e", (1.0, 1.0));
        check("a b c d e", "a, b: c. d e f g", (0.5, 1.0));
        check("a b c d e", "a b c d", (1.0, 0.5));
        check("a b c d e", "", (0.0, 0.0));
        check("a b", "a b", (1.0, 1.0));
        assert_eq!(median(&[1.0, 2.0, 4.0, 9.0]), 3.0);
        assert_eq!(segments_f1([3, 1, 1]), 0.75);
    }
}
