//! Writes articles, and the planted pairs among them, to files.

use std::fs::File;
use std::io::{BufWriter, Write};
use std::ops::Range;
use std::path::Path;

use anyhow::{Context as _, Result};
use serde::Serialize;
use wirecopy::engine::Article;
use wirecopy::text;
use wirecopy_bench::synthetic::{Newswire, text_of};

use super::report;

/// An article, with the fields that `wirecopy` reads.
#[derive(Debug, Serialize)]
struct ArticleLine<'a> {
    id: &'a str,
    url: &'a str,
    title: &'a str,
    text: &'a str,
    published: String,
    publisher: &'a str,
    lang: &'a str,
}

/// A planted pair, with the fields that `eval` reads. The figures are of the whole texts, with
/// furniture and credits.
#[derive(Debug, Serialize)]
struct TruthLine<'a> {
    a: &'a str,
    b: &'a str,
    label: &'a str,
    jaccard: f64,
    cont_a: f64,
    cont_b: f64,
    na: usize,
    nb: usize,
}

/// Writes the articles of some numbers, and the pairs planted among them if `truth` is given.
pub fn write(
    newswire: &Newswire,
    numbers: Range<u64>,
    docs: &Path,
    truth: Option<&Path>,
) -> Result<()> {
    let (mut docs, mut truth) = (create(docs)?, truth.map(create).transpose()?);
    let bar = report::bar(numbers.end - numbers.start);
    for number in numbers {
        let article = newswire.article(number);
        let line = ArticleLine {
            id: &article.url,
            url: &article.url,
            title: &article.title,
            text: text_of(&article),
            published: jiff::Timestamp::from_millisecond(article.published_ms.unwrap_or_default())?
                .to_string(),
            publisher: &article.publisher,
            lang: &article.lang,
        };
        write_line(&mut docs, &line)?;
        if let Some(truth) = &mut truth
            && let Some(planted) = newswire.plan(number).planted
        {
            let original = newswire.article(planted.original);
            write_line(truth, &truth_line(&original, &article, planted.kind.name()))?;
        }
        bar.inc(1);
    }
    bar.finish_and_clear();
    docs.flush()?;
    truth.map_or(Ok(()), |mut truth| Ok(truth.flush()?))
}

fn truth_line<'a>(original: &'a Article, copy: &'a Article, label: &'a str) -> TruthLine<'a> {
    let read = |article: &Article| text::shingles(&article.title, text_of(article), &[]);
    let (a, b) = (read(original), read(copy));
    let overlap = a.overlap(&b);
    TruthLine {
        a: &original.url,
        b: &copy.url,
        label,
        jaccard: overlap.resemblance(),
        cont_a: overlap.containment(),
        cont_b: overlap.containment_of_other(),
        na: a.len(),
        nb: b.len(),
    }
}

fn write_line(out: &mut impl Write, line: &impl Serialize) -> Result<()> {
    serde_json::to_writer(&mut *out, line)?;
    Ok(out.write_all(b"\n")?)
}

fn create(path: &Path) -> Result<BufWriter<File>> {
    let file =
        File::create(path).with_context(|| format!("failed to write `{}`", path.display()))?;
    Ok(BufWriter::with_capacity(1 << 16, file))
}
