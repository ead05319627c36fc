//! `wirecopy publisher`: what a site copies, and who copies it.

use std::io::Write;

use anyhow::{Context as _, Result};
use clap::Args;
use wirecopy::files::milliseconds;
use wirecopy::id::Collection;
use wirecopy::server::client;
use wirecopy::server::proto::{PublisherReportRequest, PublisherReportResponse, Traffic};

use super::output::{self, count, counted};
use super::remote::{self, Remote};
use super::show::{lag, printable};

/// Report what a site copies, of whom, how late and with which notices; and who copies it
#[derive(Debug, Args)]
#[command(after_help = "\
Examples:
  wirecopy publisher example.com
  wirecopy publisher example.com --since 2026-11-01")]
pub struct Publisher {
    /// The site: a host, a URL on it, or the name of a publisher whose articles have no URL.
    #[arg(value_name = "HOST")]
    site: String,
    /// Only articles of this time or later.
    #[arg(long, value_name = "DATE")]
    since: Option<String>,
    /// Go on where a report ended that says that there is more.
    #[arg(long, value_name = "TOKEN", default_value = "")]
    page: String,
    #[command(flatten)]
    remote: Remote,
    /// The collection.
    #[arg(long, value_name = "NAME", default_value = "default", value_parser = Collection::parse)]
    collection: Collection,
}

impl Publisher {
    /// Runs the command.
    pub fn run(self) -> Result<()> {
        let since = match &self.since {
            Some(date) => Some(
                milliseconds(&serde_json::Value::from(date.as_str())).with_context(|| {
                    format!("--since: `{date}` is no date (2026-11-01, or RFC 3339)")
                })?,
            ),
            None => None,
        };
        let request = PublisherReportRequest {
            collection: self.collection.to_string(),
            site: self.site,
            since: since.map(client::timestamp),
            page_token: self.page,
        };
        let report = remote::block_on(async {
            let mut client = remote::connect(&self.remote.server).await?;
            let reply = client.publisher_report(request).await;
            Ok(reply.context("failed to report")?.into_inner())
        })?;
        let mut out = output::stdout();
        write(&mut out, &report)?;
        Ok(out.flush()?)
    }
}

fn write(out: &mut impl Write, report: &PublisherReportResponse) -> Result<()> {
    let articles = counted(report.articles, "article");
    writeln!(out, "{}: {articles}", printable(&report.site))?;
    for (what, n) in [
        ("lead their cluster", report.leads),
        ("copy an article of another site", report.copies),
        ("copy an article of its own", report.own),
        ("are walls, not articles", report.blocked),
    ] {
        writeln!(out, "  {:>8}  {what}", count(n))?;
    }
    write_traffic(out, "copies from", &report.copies_from)?;
    write_traffic(out, "copied by", &report.copied_by)?;
    if !report.credits.is_empty() {
        writeln!(out, "credits")?;
    }
    for credit in &report.credits {
        writeln!(
            out,
            "  {:>8}  {}",
            count(credit.articles),
            printable(&credit.outlet)
        )?;
    }
    if report.truncated {
        writeln!(
            out,
            "of stories that very many carry, not all were looked at"
        )?;
    }
    if !report.next_page_token.is_empty() {
        writeln!(
            out,
            "there is more: go on with --page {}",
            report.next_page_token
        )?;
    }
    Ok(())
}

fn write_traffic(out: &mut impl Write, title: &str, traffic: &[Traffic]) -> Result<()> {
    if !traffic.is_empty() {
        writeln!(out, "{title}")?;
    }
    for one in traffic {
        let mut notices: Vec<(&String, &u64)> = one.notices.iter().collect();
        notices.sort_unstable();
        let notices: Vec<String> = notices
            .into_iter()
            .map(|(signal, n)| format!("{signal} {}", count(*n)))
            .collect();
        writeln!(
            out,
            "  {:>8}  {:<32} median lag {}{}{}",
            count(one.articles),
            printable(&one.site),
            lag(one.median_lag_ms),
            if notices.is_empty() {
                ""
            } else {
                "; notices: "
            },
            notices.join(", ")
        )?;
    }
    Ok(())
}
