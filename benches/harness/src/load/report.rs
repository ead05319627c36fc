//! What every kind of run prints.

use std::io::Write;

use anyhow::{Context as _, Result};
use indicatif::{BinaryBytes, ProgressBar, ProgressStyle};
use wirecopy::server::proto::StatsRequest;
use wirecopy_bench::process;

use super::Session;
use super::laps::Laps;
use crate::output::count;

/// Returns the progress bar of a run, on standard error.
pub fn bar(articles: u64) -> ProgressBar {
    let style =
        ProgressStyle::with_template("{bar:32} {human_pos}/{human_len}  {per_sec}  {eta} left");
    ProgressBar::new(articles).with_style(style.unwrap_or_else(|_| ProgressStyle::default_bar()))
}

/// Writes the time of an article of the story, by the number of those before it.
pub fn sizes(out: &mut impl Write, sizes: &Laps) -> Result<()> {
    let rows = sizes.rates.iter();
    let rows: Vec<String> = rows
        .map(|(size, rate)| format!("{} / {:.0} us", count(*size), 1e6 / rate))
        .collect();
    Ok(writeln!(
        out,
        "\nan article of the story, by its size: {}",
        rows.join(", ")
    )?)
}

/// Writes what a carrier of the story costs, from the seconds per article before the story, of it
/// and after it.
pub fn carriers(out: &mut impl Write, seconds_per_article: &[f64]) -> Result<()> {
    if let [before, story, after] = seconds_per_article {
        let normal = f64::midpoint(*before, *after);
        writeln!(
            out,
            "\na carrier, in the last tenth of them: {:.0} us; a normal article: {:.0} us; {:.2} times as much",
            story * 1e6,
            normal * 1e6,
            story / normal
        )?;
    }
    Ok(())
}

/// Writes what the server uses. `text_bytes` are the bytes of all texts that the journal holds, if known.
pub async fn server(
    out: &mut impl Write,
    session: &Session,
    text_bytes: Option<u64>,
) -> Result<()> {
    let request = StatsRequest {
        collection: session.collection.clone(),
    };
    let mut client = session.client.clone();
    let stats = client
        .stats(request)
        .await
        .context("failed to read the counts")?
        .into_inner();
    writeln!(
        out,
        "\nserver: {} articles, {} clusters in the collection",
        count(stats.articles),
        count(stats.clusters)
    )?;
    match session.server_pid.and_then(process::memory) {
        Some(memory) => writeln!(
            out,
            "memory: {} resident, {} at most; of that {} wait for the index",
            BinaryBytes(memory.resident),
            BinaryBytes(memory.peak),
            BinaryBytes(stats.memory_bytes)
        )?,
        None => writeln!(
            out,
            "memory: not known, as no process of this machine listens there; {} wait for the index",
            BinaryBytes(stats.memory_bytes)
        )?,
    }
    let per_article = |bytes: u64| bytes as f64 / stats.articles.max(1) as f64;
    write!(
        out,
        "journal: {}, {:.0} bytes an article",
        BinaryBytes(stats.journal_bytes),
        per_article(stats.journal_bytes)
    )?;
    match text_bytes.filter(|&bytes| bytes > 0) {
        Some(bytes) => writeln!(
            out,
            ", {:.2} of the texts",
            stats.journal_bytes as f64 / bytes as f64
        )?,
        None => writeln!(out)?,
    }
    writeln!(
        out,
        "index: {}, {:.0} bytes an article",
        BinaryBytes(stats.index_bytes),
        per_article(stats.index_bytes)
    )?;
    Ok(out.flush()?)
}
