//! `wirecopy export`: the clusters of a server in a file.

use anyhow::{Context as _, Result};
use clap::Args;
use indicatif::{ProgressBar, ProgressStyle};
use wirecopy::engine::KeepRule;
use wirecopy::files::{FileFormat, write_rows};
use wirecopy::id::Collection;
use wirecopy::server::proto::{self, ExportRequest, ExportedArticle, StatsRequest};
use wirecopy::server::time::milliseconds;

use super::output::report;
use super::remote::{self, ServerArgs};
use super::results::{self, ResultArgs, WRITE_FAILED};

/// Write the clusters of a server's articles to a file
///
/// Writes a row for each article of the collection, in the order in which they were first seen, with the columns
/// of `wirecopy cluster`. It is no snapshot: articles that change meanwhile are written as they were before or
/// after that.
#[derive(Debug, Args)]
#[command(
    after_help = "Example:\n  wirecopy export --collection news --keep longest --output clusters.parquet"
)]
pub struct ExportArgs {
    #[command(flatten)]
    remote: ServerArgs,
    /// The collection.
    #[arg(long, value_name = "NAME", default_value = "default", value_parser = Collection::parse)]
    collection: Collection,
    #[command(flatten)]
    results: ResultArgs,
    /// Output format: jsonl, csv or parquet. Default: by the name of the output; for standard output jsonl.
    #[arg(long, value_name = "FORMAT", value_parser = FileFormat::parse)]
    format: Option<FileFormat>,
    /// Leave out role, confidence, original, source and lag. They take most of the time: the server searches
    /// for the matches of each article.
    #[arg(long)]
    no_roles: bool,
    /// Show no progress, only errors.
    #[arg(long)]
    quiet: bool,
}

impl ExportArgs {
    /// Runs the command.
    pub fn run(self) -> Result<()> {
        let format = self.results.format(self.format)?;
        let format = format.unwrap_or(FileFormat::Jsonl);
        let with_keep = self.results.keep.is_some();
        let request = self.request();
        remote::block_on(async {
            let mut client = self.remote.target()?.connect().await?;
            let stats = StatsRequest {
                collection: request.collection.clone(),
            };
            let failed = "failed to export the articles";
            let stats = client.stats(stats).await.context(failed)?.into_inner();
            if stats.articles == 0 {
                let collection = &self.collection;
                report(format_args!("collection `{collection}` has no articles"));
            }
            let bar = self.progress(stats.articles);
            let mut pages = client.export(request).await.context(failed)?.into_inner();
            let (out, mut keep_file) = self.results.create(&[])?;
            let mut rows = write_rows(format, out, with_keep).context(WRITE_FAILED)?;
            while let Some(page) = pages.message().await.context(failed)? {
                bar.inc(page.articles.len() as u64);
                for article in page.articles {
                    if article.keep == Some(true) {
                        keep_file.add(&article.id)?;
                    }
                    rows.write(&row(article)).context(WRITE_FAILED)?;
                }
            }
            rows.finish().context(WRITE_FAILED)?;
            bar.finish_and_clear();
            keep_file.finish()
        })
    }

    fn request(&self) -> ExportRequest {
        let (keep, keep_hosts) = match &self.results.keep {
            None => (proto::KeepRule::Unspecified, Vec::new()),
            Some(KeepRule::Earliest) => (proto::KeepRule::Earliest, Vec::new()),
            Some(KeepRule::Longest) => (proto::KeepRule::Longest, Vec::new()),
            Some(KeepRule::Hosts(hosts)) => (proto::KeepRule::Hosts, hosts.clone()),
        };
        ExportRequest {
            collection: self.collection.to_string(),
            keep: keep.into(),
            keep_hosts,
            omit_roles: self.no_roles,
            page_token: String::new(),
        }
    }

    fn progress(&self, articles: u64) -> ProgressBar {
        if self.quiet {
            return ProgressBar::hidden();
        }
        let template = "{bar:32} {human_pos}/{human_len} articles  {eta} left";
        let style = ProgressStyle::with_template(template);
        ProgressBar::new(articles)
            .with_style(style.unwrap_or_else(|_| ProgressStyle::default_bar()))
    }
}

fn row(article: ExportedArticle) -> wirecopy::files::ArticleRow {
    let time = article.time.as_ref();
    results::row(
        article.id,
        article.url,
        time.and_then(|time| milliseconds(time).ok())
            .unwrap_or_default(),
        article.placement.unwrap_or_default(),
        article.judgement.as_ref(),
        article.keep,
    )
}
