//! `wirecopy publisher`: reports what a host copies, and who copies it.

use std::io::Write;

use anyhow::{Context as _, Result};
use clap::Args;
use wirecopy::id::Collection;
use wirecopy::page::parse_date;
use wirecopy::server::proto::{PublisherReportRequest, PublisherReportResponse, Traffic};
use wirecopy::server::time::timestamp;

use super::output::{self, count, counted};
use super::remote::{self, ServerArgs};
use super::show::{lag, printable};

/// Report what a host copies, and who copies it
///
/// For each other host: the number of copies, how late they came, and with which notices.
#[derive(Debug, Args)]
#[command(after_help = "\
Examples:
  wirecopy publisher example.com
  wirecopy publisher example.com --since 2026-11-01")]
pub struct PublisherArgs {
    /// A host, a URL on it, or the name of a publisher whose articles have no URL.
    host: String,
    /// Only articles of this time or later.
    #[arg(long, value_name = "DATE")]
    since: Option<String>,
    /// Continue a report that says that there is more.
    #[arg(
        long,
        value_name = "TOKEN",
        default_value = "",
        hide_default_value = true
    )]
    page: String,
    #[command(flatten)]
    remote: ServerArgs,
    /// The collection.
    #[arg(long, value_name = "NAME", default_value = "default", value_parser = Collection::parse)]
    collection: Collection,
}

impl PublisherArgs {
    /// Runs the command.
    pub fn run(self) -> Result<()> {
        let since = self.since.map(|date| {
            let ms = parse_date(&date);
            ms.with_context(|| format!("--since: `{date}` is not a date (2026-11-01, or RFC 3339)"))
        });
        let request = PublisherReportRequest {
            collection: self.collection.to_string(),
            host: self.host,
            since: since.transpose()?.map(timestamp),
            page_token: self.page,
        };
        let failed = "failed to read the report";
        let report = remote::call(&self.remote.target()?, failed, async |mut client| {
            client.publisher_report(request).await
        })?;
        let mut out = output::stdout();
        write(&mut out, &report)?;
        Ok(out.flush()?)
    }
}

fn write(out: &mut impl Write, report: &PublisherReportResponse) -> Result<()> {
    let articles = counted(report.articles, "article");
    writeln!(out, "{}: {articles}", printable(&report.host))?;
    for (what, n) in [
        ("lead their cluster", report.leads),
        ("copy an article of another host", report.copies),
        ("copy an article of the same host", report.own),
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
        let (articles, outlet) = (count(credit.articles), printable(&credit.outlet));
        writeln!(out, "  {articles:>8}  {outlet}")?;
    }
    if report.truncated {
        writeln!(
            out,
            "incomplete: a story has more copies than a report examines"
        )?;
    }
    if !report.next_page_token.is_empty() {
        writeln!(
            out,
            "there is more: continue with --page {}",
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
        let mut notices: Vec<_> = one.notices.iter().collect();
        notices.sort_unstable();
        let notices = notices
            .into_iter()
            .map(|(signal, n)| format!("{signal} {}", count(*n)));
        let notices = notices.collect::<Vec<_>>().join(", ");
        let separator = if notices.is_empty() {
            ""
        } else {
            "; notices: "
        };
        writeln!(
            out,
            "  {:>8}  {:<32} median lag {}{separator}{notices}",
            count(one.articles),
            printable(&one.host),
            lag(one.median_lag_ms),
        )?;
    }
    Ok(())
}
