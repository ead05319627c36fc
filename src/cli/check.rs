//! `wirecopy check`: what an ingest would find.

use std::collections::VecDeque;
use std::io::Write;

use anyhow::{Context as _, Result};
use clap::Args;
use tokio::task::JoinHandle;
use tonic::{Response, Status};
use wirecopy::files::{Faults, InputArticle, Location};
use wirecopy::server::client;
use wirecopy::server::proto::{ArticleRequest, Match, Role, State, Verdict};
use wirecopy::server::time::milliseconds;

use super::input::InputArgs;
use super::output::{self, Format};
use super::remote::{self, ServerArg};
use super::{lines, show};

/// Requests in flight.
const IN_FLIGHT: usize = 16;

/// Ask a server for the verdicts on articles, without storing them
///
/// Prints one verdict for each article, in the order of the input: as a table, or as JSON lines in
/// the format of `wirecopy cluster`.
#[derive(Debug, Args)]
#[command(after_help = "Example:\n  wirecopy check --server http://127.0.0.1:7717 story.txt")]
pub struct CheckArgs {
    #[command(flatten)]
    remote: ServerArg,
    #[command(flatten)]
    input: InputArgs,
    /// Also report articles with which only a quotation is shared, from ten words on.
    #[arg(long)]
    include_quotations: bool,
    /// Output format. Default: table on a terminal, otherwise jsonl.
    #[arg(long, value_enum)]
    format: Option<Format>,
}

type PendingVerdict = (Location, JoinHandle<Result<Response<Verdict>, Status>>);

impl CheckArgs {
    /// Runs the command.
    pub fn run(self) -> Result<()> {
        let input = self.input.open()?;
        let faults = input.faults();
        let format = Format::or_default(self.format);
        let mut out = output::stdout();
        let done = remote::block_on(async {
            let client = client::connect(&self.remote.server).await?;
            let mut pending: VecDeque<PendingVerdict> = VecDeque::new();
            for submission in input {
                let InputArticle { article, place } = submission?;
                let mut client = client.clone();
                let request = ArticleRequest {
                    collection: self.input.collection.to_string(),
                    article: Some(article.into()),
                    include_quotations: self.include_quotations,
                    ..ArticleRequest::default()
                };
                let verdict = tokio::spawn(async move { client.check(request).await });
                pending.push_back((place, verdict));
                if pending.len() >= IN_FLIGHT
                    && let Some(first) = pending.pop_front()
                {
                    print(first, &faults, format, &mut out).await?;
                }
            }
            for verdict in pending {
                print(verdict, &faults, format, &mut out).await?;
            }
            Ok(())
        });
        faults.finish();
        done?;
        Ok(out.flush()?)
    }
}

async fn print(
    (place, verdict): PendingVerdict,
    faults: &Faults,
    format: Format,
    out: &mut impl Write,
) -> Result<()> {
    match verdict.await.context("a request ended unexpectedly")? {
        Ok(verdict) => match format {
            Format::Jsonl => lines::write_verdict(out, verdict.get_ref()),
            Format::Table => Ok(write_verdict(out, verdict.get_ref())?),
        },
        Err(status) if status.code() == tonic::Code::InvalidArgument => {
            Ok(faults.bad(&place, &status.message())?)
        }
        Err(status) => Err(status).with_context(|| format!("failed to check {place}")),
    }
}

fn write_verdict(out: &mut impl Write, verdict: &Verdict) -> std::io::Result<()> {
    let placement = verdict.placement.clone().unwrap_or_default();
    let judgement = verdict.judgement.clone().unwrap_or_default();
    let id = &verdict.id;
    if judgement.role() == Role::BlockedPage {
        return writeln!(out, "{id}: a wall, not an article");
    }
    if verdict.shingles == 0 {
        return writeln!(out, "{id}: no text, so it resembles nothing");
    }
    let others = match placement.size.saturating_sub(1) {
        0 => "no other article".to_owned(),
        others => output::counted(others, "other article"),
    };
    if placement.cluster == *id {
        writeln!(out, "{id}: a lead, with {others} in its cluster")?;
    } else {
        let lead = &placement.cluster;
        writeln!(out, "{id}: a copy of {lead}, with {others} in its cluster")?;
    }
    if let (State::Unchanged, Some(Ok(ms))) = (
        verdict.state(),
        verdict.first_seen.as_ref().map(milliseconds),
    ) {
        writeln!(out, "  stored unchanged, first seen {}", show::moment(ms))?;
    }
    show::judgement(out, &judgement)?;
    for found in &verdict.matches {
        write_match(out, found)?;
    }
    if verdict.truncated {
        writeln!(
            out,
            "  there may be more matches: the search reached a limit"
        )?;
    }
    Ok(())
}

fn write_match(out: &mut impl Write, found: &Match) -> std::io::Result<()> {
    let figures = found.figures.unwrap_or_default();
    writeln!(
        out,
        "  {:<8}  resemblance {:.2}; {:>5} of it there, {:>5} of that here   {}  {}",
        show::relation(found.relation()),
        figures.resemblance,
        show::percent(figures.containment),
        show::percent(figures.containment_of_other),
        show::printable(&found.id),
        show::printable(&found.title),
    )
}
