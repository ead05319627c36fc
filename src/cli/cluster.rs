//! `wirecopy cluster`: the whole job in one process.

use std::collections::HashMap;
use std::io::Write as _;
use std::path::PathBuf;

use anyhow::{Context as _, Result};
use clap::Args;
use wirecopy::config::Layer;
use wirecopy::engine::{Engine, Page};
use wirecopy::id::{ArticleId, Collection};
use wirecopy::job::{self, Outcome};
use wirecopy::notices::Signal;

use super::input::Input;
use super::lines::{self, EvidenceLine, Line, MatchLine};
use super::output::{self, Format, counted};
use super::settings::{self, Settings};
use super::show;

/// Members of a cluster that a table shows.
const SHOWN: usize = 20;

/// Cluster the articles of files, in one process, without a server
///
/// One JSON line for each article, in the order of the input, written when all is in:
///
/// {"id","cluster","role","confidence","original","source","lag_ms","relation","resemblance",
/// "containment","containment_of_lead",
/// "matches":[{"id","relation","resemblance","containment","containment_of_match"}],
/// "evidence":[{"kind","signal","question","words","span","outlet","url","article","weight"}]}
///
/// `cluster` is the id of the cluster's lead; `containment` the share of this article found in the
/// other; `role` is original, wire, reprint, excerpt, version, round-up, blocked-page or unknown, and
/// `evidence` says why: weights are log odds, and those of one question add up. Figures are exact, of the texts themselves. An id that comes again is a new version of
/// its article: the last one counts, and the one line stands where the id first came. Articles
/// without `published` are ordered by their place in the input, after those with one.
#[derive(Debug, Args)]
#[command(
    verbatim_doc_comment,
    after_help = "\
Examples:
  wirecopy cluster articles.jsonl.zst > clusters.jsonl
  zcat crawl/*.gz | wirecopy cluster - --format table
  wirecopy cluster monday.jsonl --data ./store; wirecopy cluster tuesday.jsonl --data ./store"
)]
pub struct Cluster {
    #[command(flatten)]
    input: Input,
    /// Keep the store here, and compare with what is in it already. Without it, a temporary one.
    #[arg(long, value_name = "DIR")]
    data: Option<PathBuf>,
    /// The form of the output. Default: a table on a terminal, and else jsonl.
    #[arg(long, value_enum)]
    format: Option<Format>,
    #[command(flatten)]
    settings: Settings,
}

impl Cluster {
    /// Runs the command.
    pub fn run(self) -> Result<()> {
        let mut config = self.settings.job_config(Layer::default())?;
        let input = self.input.open()?;
        let (engine, _temporary) = settings::open_or_temporary(self.data.as_deref(), &mut config)?;
        let collection = &self.input.collection;
        let outcome = job::run(&engine, collection, input)?;
        match Format::or_fitting(self.format) {
            Format::Jsonl => write_lines(&outcome)?,
            Format::Table => write_table(&engine, collection, &outcome)?,
        }
        if self.data.is_some() {
            engine.close().context("failed to close the store")?;
        }
        Ok(())
    }
}

fn write_lines(outcome: &Outcome) -> Result<()> {
    let mut out = output::stdout();
    for article in &outcome.articles {
        let placement = &article.placement;
        let matches = article.matches.iter().map(|one| MatchLine {
            id: outcome.names.name(one.other),
            relation: one.relation.as_str(),
            resemblance: one.overlap.resemblance(),
            containment: one.overlap.containment(),
            containment_of_match: one.overlap.containment_of_other(),
        });
        let judgement = &article.judgement;
        let original = judgement.original.as_ref();
        let evidence = judgement.evidence.iter().map(|one| EvidenceLine {
            kind: one.kind.as_str(),
            signal: one.kind.signal().map_or("", Signal::as_str),
            question: one.kind.question().as_str(),
            words: &one.words,
            span: one.span.map(|span| [span.start, span.end]),
            outlet: &one.outlet,
            url: &one.url,
            article: one.article.as_ref().map_or("", ArticleId::as_str),
            weight: one.weight,
        });
        let line = Line {
            id: outcome.names.name(article.article),
            cluster: placement.cluster.as_str(),
            role: judgement.role.as_str(),
            confidence: judgement.confidence,
            original: original
                .and_then(|source| source.article.as_ref())
                .map_or("", ArticleId::as_str),
            source: original.map_or("", |source| &source.outlet),
            lag_ms: judgement.lag_ms,
            relation: placement.relation.as_str(),
            resemblance: placement.overlap.resemblance(),
            containment: placement.overlap.containment(),
            containment_of_lead: placement.overlap.containment_of_other(),
            matches: matches.collect(),
            evidence: evidence.collect(),
        };
        lines::write(&mut out, &line)?;
    }
    Ok(out.flush()?)
}

/// Writes the clusters of two or more that have an article of the input, biggest first.
fn write_table(engine: &Engine, collection: &Collection, outcome: &Outcome) -> Result<()> {
    let mut sizes: HashMap<&str, (u64, usize)> = HashMap::new();
    for (place, article) in outcome.articles.iter().enumerate() {
        let placement = &article.placement;
        sizes
            .entry(placement.cluster.as_str())
            .or_insert((placement.size, place));
    }
    let all = sizes.len() as u64;
    let mut clusters: Vec<(&str, u64, usize)> = sizes
        .into_iter()
        .filter(|(_, (size, _))| *size >= 2)
        .map(|(lead, (size, place))| (lead, size, place))
        .collect();
    clusters.sort_by_key(|&(_, size, place)| (std::cmp::Reverse(size), place));

    let mut out = output::stdout();
    for &(lead, ..) in &clusters {
        let page = Page {
            size: SHOWN,
            ..Page::default()
        };
        let cluster = engine
            .cluster(collection, lead, &page)
            .with_context(|| format!("failed to read the cluster of `{lead}`"))?;
        let members: Vec<show::Member> = cluster
            .members
            .into_iter()
            .map(show::Member::from)
            .collect();
        show::cluster(&mut out, cluster.size, &members)?;
    }
    writeln!(
        out,
        "{} in {}, {} of them of two or more articles",
        counted(outcome.articles.len() as u64, "article"),
        counted(all, "cluster"),
        output::count(clusters.len() as u64),
    )?;
    Ok(out.flush()?)
}
