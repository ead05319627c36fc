//! `wirecopy check`: what an ingest would find.

use std::io::Write;

use anyhow::Result;
use clap::Args;
use wirecopy::files::Location;
use wirecopy::server::proto::article_response::Result as Outcome;
use wirecopy::server::proto::{ArticleRequest, Match, Role, State, Verdict};
use wirecopy::server::time::milliseconds;

use super::input::InputArgs;
use super::output::{self, Format};
use super::remote::{self, ServerArgs};
use super::{lines, show, stream};

/// Ask a server for the verdicts on articles, without storing them
///
/// Prints one verdict for each article, in the order of the input: as a table, or as JSON lines in
/// the format of `wirecopy cluster`, without `url`.
#[derive(Debug, Args)]
#[command(after_help = "Example:\n  wirecopy check --server http://127.0.0.1:7717 story.txt")]
pub struct CheckArgs {
    #[command(flatten)]
    remote: ServerArgs,
    #[command(flatten)]
    input: InputArgs,
    /// Also report articles with which only a quotation is shared, from ten words on.
    #[arg(long)]
    include_quotations: bool,
    /// Output format. Default: table on a terminal, otherwise jsonl.
    #[arg(long, value_enum)]
    format: Option<Format>,
}

impl CheckArgs {
    /// Runs the command.
    pub fn run(self) -> Result<()> {
        let input = self.input.open()?;
        let faults = input.faults();
        let format = Format::or_default(self.format);
        let request = ArticleRequest {
            collection: self.input.collection.to_string(),
            include_quotations: self.include_quotations,
            ..ArticleRequest::default()
        };
        let mut out = output::stdout();
        let print = |place: &Location, outcome| match outcome {
            Outcome::Verdict(verdict) => match format {
                Format::Jsonl => lines::write_verdict(&mut out, &verdict),
                Format::Table => Ok(write_verdict(&mut out, &verdict)?),
            },
            Outcome::Error(error) => Ok(faults.bad(place, &error.message)?),
        };
        let done = remote::block_on(async {
            let mut client = self.remote.target()?.connect().await?;
            let begin = async move |articles| client.check_stream(articles).await;
            stream::send(request, input, begin, print).await
        });
        faults.finish();
        done?;
        out.flush()?;
        Ok(faults.require_articles()?)
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
    let what = match &placement.cluster {
        lead if lead == id => "a lead".to_owned(),
        lead => format!("a copy of {lead}"),
    };
    let settling = show::settling(placement.settling);
    writeln!(out, "{id}: {what}, with {others} in its cluster{settling}")?;
    let stored = match verdict.state() {
        State::Unchanged => Some("stored unchanged"),
        State::Older => Some("stored as of a later capture"),
        State::New | State::Updated | State::Unspecified => None,
    };
    if let (Some(stored), Some(Ok(ms))) = (stored, verdict.first_seen.as_ref().map(milliseconds)) {
        writeln!(out, "  {stored}, first seen {}", show::moment(ms))?;
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

#[cfg(test)]
mod tests {
    use wirecopy::server::proto::Placement;

    use super::*;

    #[test]
    fn a_placement_that_is_settling_says_so() {
        let line = |settling| {
            let placement = Placement {
                cluster: "a".into(),
                size: 2,
                settling,
                ..Placement::default()
            };
            let verdict = Verdict {
                id: "b".into(),
                shingles: 1,
                placement: Some(placement),
                ..Verdict::default()
            };
            let mut out = Vec::new();
            write_verdict(&mut out, &verdict).unwrap();
            let out = String::from_utf8(out).unwrap();
            out.lines().next().unwrap().to_owned()
        };
        let settled = "b: a copy of a, with 1 other article in its cluster";
        assert_eq!(line(false), settled);
        assert_eq!(line(true), format!("{settled}, still settling"));
    }
}
