//! `wirecopy check`: what an ingest would find.

use std::collections::VecDeque;
use std::io::Write;

use anyhow::{Context as _, Result};
use clap::Args;
use tokio::task::JoinHandle;
use tonic::{Response, Status};
use wirecopy::files::{Faults, Place, Submission};
use wirecopy::server::client;
use wirecopy::server::proto::{CheckRequest, CheckResponse, Figures, Role, Verdict};

use super::input::Input;
use super::lines::{self, EvidenceLine, Line, MatchLine};
use super::output::{self, Format};
use super::remote::{self, Remote};
use super::show;

/// Requests in flight.
const IN_FLIGHT: usize = 16;

/// Ask a server what it would say of articles, without sending them in
///
/// Prints a verdict for each, in the order of the input: as a table, or as JSON lines of the same
/// form as those of `wirecopy cluster`.
#[derive(Debug, Args)]
#[command(after_help = "Example:\n  wirecopy check --server http://127.0.0.1:7717 story.txt")]
pub struct Check {
    #[command(flatten)]
    remote: Remote,
    #[command(flatten)]
    input: Input,
    /// The form of the output. Default: a table on a terminal, and else jsonl.
    #[arg(long, value_enum)]
    format: Option<Format>,
}

type Answer = (Place, JoinHandle<Result<Response<CheckResponse>, Status>>);

impl Check {
    /// Runs the command.
    pub fn run(self) -> Result<()> {
        let input = self.input.open()?;
        let faults = input.faults();
        let format = Format::or_fitting(self.format);
        let mut out = output::stdout();
        let done = remote::block_on(async {
            let client = remote::connect(&self.remote.server).await?;
            let mut answers: VecDeque<Answer> = VecDeque::new();
            for submission in input {
                let Submission { article, place } = submission?;
                let mut client = client.clone();
                let request = CheckRequest {
                    collection: self.input.collection.to_string(),
                    article: Some(client::article(article)),
                };
                answers.push_back((
                    place,
                    tokio::spawn(async move { client.check(request).await }),
                ));
                if answers.len() >= IN_FLIGHT
                    && let Some(first) = answers.pop_front()
                {
                    settle(first, &faults, format, &mut out).await?;
                }
            }
            for answer in answers {
                settle(answer, &faults, format, &mut out).await?;
            }
            Ok(())
        });
        faults.finish();
        done?;
        Ok(out.flush()?)
    }
}

async fn settle(
    (place, answer): Answer,
    faults: &Faults,
    format: Format,
    out: &mut impl Write,
) -> Result<()> {
    match answer.await.context("a request came to a sudden end")? {
        Ok(response) => {
            let verdict = response.into_inner().verdict.unwrap_or_default();
            match format {
                Format::Jsonl => write_line(out, &verdict),
                Format::Table => Ok(write_verdict(out, &verdict)?),
            }
        }
        Err(status) if status.code() == tonic::Code::InvalidArgument => {
            Ok(faults.bad(&place, &status.message())?)
        }
        Err(status) => Err(status).with_context(|| format!("failed to check {place}")),
    }
}

fn write_line(out: &mut impl Write, verdict: &Verdict) -> Result<()> {
    let placement = verdict.placement.clone().unwrap_or_default();
    let figures = placement.figures.unwrap_or_default();
    let matches = verdict.matches.iter().map(|one| {
        let figures = one.figures.unwrap_or_default();
        MatchLine {
            id: &one.id,
            relation: show::relation(one.relation()),
            resemblance: figures.resemblance,
            containment: figures.containment,
            containment_of_match: figures.containment_of_other,
        }
    });
    let judgement = verdict.judgement.clone().unwrap_or_default();
    let evidence = judgement.evidence.iter().map(|one| EvidenceLine {
        kind: &one.kind,
        signal: &one.signal,
        question: &one.question,
        words: &one.words,
        span: one.span.map(|span| [span.start, span.end]),
        outlet: &one.outlet,
        url: &one.url,
        article: &one.article,
        weight: one.weight,
    });
    let line = Line {
        id: &verdict.id,
        cluster: &placement.cluster,
        role: show::role(judgement.role()),
        confidence: judgement.confidence,
        original: &judgement.original,
        source: &judgement.source,
        lag_ms: judgement.lag_ms,
        relation: show::relation(placement.relation()),
        resemblance: figures.resemblance,
        containment: figures.containment,
        containment_of_lead: figures.containment_of_other,
        matches: matches.collect(),
        evidence: evidence.collect(),
    };
    lines::write(out, &line)
}

fn write_verdict(out: &mut impl Write, verdict: &Verdict) -> std::io::Result<()> {
    let placement = verdict.placement.clone().unwrap_or_default();
    let judgement = verdict.judgement.clone().unwrap_or_default();
    if judgement.role() == Role::BlockedPage {
        return writeln!(out, "{}: a wall, not an article", verdict.id);
    }
    if verdict.shingles == 0 {
        return writeln!(out, "{}: no text, so it resembles nothing", verdict.id);
    }
    if placement.cluster == verdict.id {
        writeln!(
            out,
            "{}: a lead, with {} of its cluster",
            verdict.id,
            others(placement.size)
        )?;
    } else {
        writeln!(
            out,
            "{}: a copy of {}, with {} of its cluster",
            verdict.id,
            placement.cluster,
            others(placement.size)
        )?;
    }
    show::judgement(out, &judgement)?;
    for one in &verdict.matches {
        let Figures {
            resemblance,
            containment,
            containment_of_other,
        } = one.figures.unwrap_or_default();
        writeln!(
            out,
            "  {:<8}  resemblance {resemblance:.2}; {:>5} of it there, {:>5} of that here   {}  {}",
            show::relation(one.relation()),
            show::percent(containment),
            show::percent(containment_of_other),
            show::printable(&one.id),
            show::printable(&one.title),
        )?;
    }
    if verdict.truncated {
        writeln!(
            out,
            "  there may be more: the search was cut short by a cap"
        )?;
    }
    Ok(())
}

fn others(size: u64) -> String {
    match size.saturating_sub(1) {
        0 => "no other".to_owned(),
        1 => "1 other".to_owned(),
        n => format!("{} others", output::count(n)),
    }
}
