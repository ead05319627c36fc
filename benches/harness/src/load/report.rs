//! What every kind of load prints.

use std::io::Write;

use anyhow::{Context as _, Result};
use indicatif::{BinaryBytes, ProgressBar, ProgressStyle};
use tonic::transport::Channel;
use wirecopy::server::proto::StatsRequest;
use wirecopy::server::proto::wirecopy_client::WirecopyClient;

use super::{LoadArgs, host};
use crate::output::count;

/// The bar of a run, on standard error.
pub fn bar(articles: u64) -> ProgressBar {
    let style =
        ProgressStyle::with_template("{bar:32} {human_pos}/{human_len}  {per_sec}  {eta} left");
    ProgressBar::new(articles).with_style(style.unwrap_or_else(|_| ProgressStyle::default_bar()))
}

/// Writes what a carrier of the story costs; `costs` are seconds an article before it, of it, and
/// after it.
pub fn newcomers(out: &mut impl Write, costs: &[f64]) -> Result<()> {
    if let [before, story, after] = costs {
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

/// Writes what the server uses. `text_bytes` are those of all its articles, where they are known.
pub async fn server(
    out: &mut impl Write,
    client: &mut WirecopyClient<Channel>,
    load: &LoadArgs,
    text_bytes: Option<u64>,
) -> Result<()> {
    let request = StatsRequest {
        collection: load.collection.to_string(),
    };
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
    let pid = load.server_pid.or_else(|| host::listener(&load.server));
    match pid.and_then(host::memory) {
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
    // Only where nothing was there before does the journal hold these texts and no others.
    match text_bytes.filter(|&bytes| load.from == 0 && bytes > 0) {
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
