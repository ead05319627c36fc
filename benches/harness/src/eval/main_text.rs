//! Scores extracted main texts against the texts or segments that people marked.

use std::collections::HashMap;
use std::hash::Hash;
use std::io::{self, Write};

use serde::Serialize;

use super::marked_page::MarkedPage;
use super::words::words;

/// Words of a run, as in the public benchmark of article extraction (Zyte,
/// "article-extraction-benchmark", `evaluate.py`).
const RUN_WORDS: usize = 4;
/// Number of worst pages that are listed.
const MAX_WORST: usize = 10;

/// Scores of the extracted texts. Scores of pages are averaged, so that long pages do not weigh more.
#[derive(Debug, Clone, Default, PartialEq, Serialize)]
pub struct MainTextScores {
    /// Pages with a text to compare with.
    pub texts: u64,
    /// F1 of the texts as bags of words: the mean over pages.
    pub f1_mean: f64,
    /// The same: the median over pages.
    pub f1_median: f64,
    /// Share of the pages whose F1 is under .5.
    pub under_half: f64,
    /// Share of the extracted words that are right; the mean over pages.
    pub precision: f64,
    /// Share of the right words that were extracted; the mean over pages.
    pub recall: f64,
    /// Share of the extracted runs of four words that are right; the mean over pages.
    pub run_precision: f64,
    /// Share of the right runs that were extracted; the mean over pages.
    pub run_recall: f64,
    /// Their harmonic mean.
    pub run_f1: f64,
    /// Segments that must be in the text and are.
    pub segments_found: u64,
    /// Segments that must be in the text and are not.
    pub segments_missed: u64,
    /// Segments that must not be in the text and are.
    pub segments_wrong: u64,
    /// F1 of the segments.
    pub segments_f1: f64,
    /// The scores and ids of the worst pages.
    pub worst: Vec<(f64, String)>,
}

/// Scores of pages so far.
#[derive(Default)]
pub struct MainTextSums {
    of_words: Vec<[f64; 3]>,
    of_runs: Vec<[f64; 2]>,
    segments: [u64; 3],
    quality: Vec<(f64, String)>,
}

impl MainTextSums {
    /// Adds the text that was extracted from a page.
    pub fn add(&mut self, page: &MarkedPage, extracted: &str) {
        let mut quality = None;
        if !page.with.is_empty() || !page.without.is_empty() {
            let counts = segments(page, extracted);
            for (sum, count) in self.segments.iter_mut().zip(counts) {
                *sum += count;
            }
            quality = Some(segments_f1(counts));
        }
        if !page.text.is_empty() {
            let (right, taken) = (words(&page.text), words(extracted));
            let (precision, recall) = shares(&counts(right.iter()), &counts(taken.iter()));
            let f1 = harmonic(precision, recall);
            self.of_words.push([f1, precision, recall]);
            let (precision, recall) = shares(&runs(&right), &runs(&taken));
            self.of_runs.push([precision, recall]);
            quality = Some(f1);
        }
        self.quality.extend(quality.map(|f1| (f1, page.id.clone())));
    }

    /// Returns the scores; `None` if no page had a text or segments.
    pub fn finish(mut self) -> Option<MainTextScores> {
        if self.quality.is_empty() {
            return None;
        }
        self.of_words.sort_by(|a, b| a[0].total_cmp(&b[0]));
        self.quality.sort_by(|a, b| a.0.total_cmp(&b.0));
        self.quality.truncate(MAX_WORST);
        let of_words = |column: usize| mean(self.of_words.iter().map(|scores| scores[column]));
        let of_runs = |column: usize| mean(self.of_runs.iter().map(|scores| scores[column]));
        let f1: Vec<f64> = self.of_words.iter().map(|scores| scores[0]).collect();
        let [segments_found, segments_missed, segments_wrong] = self.segments;
        Some(MainTextScores {
            texts: f1.len() as u64,
            f1_mean: of_words(0),
            f1_median: median(&f1),
            under_half: mean(f1.iter().map(|&f1| f64::from(u8::from(f1 < 0.5)))),
            precision: of_words(1),
            recall: of_words(2),
            run_precision: of_runs(0),
            run_recall: of_runs(1),
            run_f1: harmonic(of_runs(0), of_runs(1)),
            segments_found,
            segments_missed,
            segments_wrong,
            segments_f1: segments_f1(self.segments),
            worst: self.quality,
        })
    }
}

impl MainTextScores {
    /// Writes the scores as text.
    pub fn write(&self, out: &mut impl Write) -> io::Result<()> {
        if self.texts > 0 {
            writeln!(
                out,
                "  text, {} pages: words: F1 {:.4} (mean), {:.4} (median), under .5 {:.4}, precision {:.4}, recall {:.4}",
                self.texts,
                self.f1_mean,
                self.f1_median,
                self.under_half,
                self.precision,
                self.recall
            )?;
            writeln!(
                out,
                "  text, runs of 4 words: precision {:.4}, recall {:.4}, F1 {:.4}",
                self.run_precision, self.run_recall, self.run_f1
            )?;
        }
        let [found, missed, wrong] = [
            self.segments_found,
            self.segments_missed,
            self.segments_wrong,
        ];
        if found + missed + wrong > 0 {
            writeln!(
                out,
                "  segments: {found} found, {missed} missed, {wrong} that should not be there, F1 {:.4}",
                self.segments_f1
            )?;
        }
        let worst = self.worst.iter().map(|(f1, id)| format!("{id} {f1:.2}"));
        writeln!(
            out,
            "  text, worst: {}",
            worst.collect::<Vec<_>>().join(", ")
        )
    }
}

/// Counts the marked segments of a page that are found, missed and wrongly there.
fn segments(page: &MarkedPage, extracted: &str) -> [u64; 3] {
    let extracted = folded(extracted);
    let inside = |segments: &[String]| {
        let found = segments
            .iter()
            .filter(|one| extracted.contains(&folded(one)));
        found.count() as u64
    };
    let right = inside(&page.with);
    [right, page.with.len() as u64 - right, inside(&page.without)]
}

fn counts<T: Hash + Eq>(of: impl Iterator<Item = T>) -> HashMap<T, u64> {
    let mut counts = HashMap::new();
    for one in of {
        *counts.entry(one).or_insert(0) += 1;
    }
    counts
}

/// Counts the runs of four words. A shorter text is one run.
fn runs(words: &[String]) -> HashMap<&[String], u64> {
    match words.len() {
        0 => HashMap::new(),
        length => counts(words.windows(RUN_WORDS.min(length))),
    }
}

/// Returns the precision and recall of multisets.
fn shares<T: Hash + Eq>(right: &HashMap<T, u64>, taken: &HashMap<T, u64>) -> (f64, f64) {
    let common: u64 = right
        .iter()
        .map(|(one, &n)| n.min(taken.get(one).copied().unwrap_or(0)))
        .sum();
    let share = |all: &HashMap<T, u64>| match all.values().sum::<u64>() {
        0 => 0.0,
        all => common as f64 / all as f64,
    };
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

fn mean(values: impl Iterator<Item = f64>) -> f64 {
    let (sum, n) = values.fold((0.0, 0u32), |(sum, n), value| (sum + value, n + 1));
    if n == 0 { 0.0 } else { sum / f64::from(n) }
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
    use serde_json::json;

    use super::*;

    #[test]
    fn multisets_are_compared() {
        let check = |right: &str, taken: &str, expected: (f64, f64)| {
            let (right, taken) = (words(right), words(taken));
            assert_eq!(shares(&runs(&right), &runs(&taken)), expected, "{taken:?}");
        };
        check("a b c d e", "a b c d e", (1.0, 1.0));
        check("a b c d e", "a, b: c. d e f g", (0.5, 1.0));
        check("a b c d e", "a b c d", (1.0, 0.5));
        check("a b c d e", "", (0.0, 0.0));
        check("a b", "a b", (1.0, 1.0));
        assert_eq!(median(&[1.0, 2.0, 4.0, 9.0]), 3.0);
        assert_eq!(segments_f1([3, 1, 1]), 0.75);
    }

    #[test]
    fn pages_are_averaged() {
        let page = |text: &str, with: &str| -> MarkedPage {
            let stated = json!({"id": 1, "text": text, "with": [with]});
            serde_json::from_value(stated).unwrap()
        };
        let mut sums = MainTextSums::default();
        sums.add(&page("a b c d", "b c"), "a  b\nc d");
        sums.add(&page("a b c d", "x y"), "a e f g h i j k l m n o");
        let scores = sums.finish().unwrap();
        assert_eq!((scores.texts, scores.under_half), (2, 0.5));
        assert_eq!(scores.f1_mean, (1.0 + 0.125) / 2.0);
        assert_eq!((scores.segments_found, scores.segments_missed), (1, 1));
    }
}
