//! `wirecopy cluster`: the whole job in one process.

use std::cmp::Reverse;
use std::collections::HashMap;
use std::io::Write as _;
use std::path::PathBuf;

use anyhow::{Context as _, Result};
use clap::Args;
use wirecopy::config::{Layer, Use};
use wirecopy::engine::{Engine, PageRequest, Placement};
use wirecopy::id::Collection;
use wirecopy::job::{self, ClusteredArticle, Names};
use wirecopy::server::proto;

use super::input::InputArgs;
use super::output::{self, Format, counted};
use super::settings::{self, SettingsArgs};
use super::{lines, show};

/// Members of a cluster that a table shows.
const SHOWN: usize = 20;

/// Cluster the articles of files in one process, without a server
///
/// Prints one JSON line for each article, in the order of the input, once all articles are stored:
///
/// {"id","cluster","role","confidence","original","source","lag_ms","relation","resemblance",
/// "containment","containment_of_lead",
/// "matches":[{"id","relation","resemblance","containment","containment_of_match"}],
/// "evidence":[{"kind","signal","question","words","span","outlet","url","article","weight"}]}
///
/// `cluster` is the id of the cluster's lead. `containment` is the share of this article that is found
/// in the other. `role` is original, wire, reprint, excerpt, version, round-up, blocked-page or
/// unknown, and `evidence` gives the reasons: weights are log odds, and those of one question add up.
/// All figures are exact, computed from the texts themselves. An id that occurs again is a new version
/// of its article: the last version counts, or, where `fetched` says when each was captured, the one
/// captured last; its line takes the place of the first. Articles without `published` are ordered by
/// `fetched`, and without that by their place in the input, after all others. An article without text
/// has the role unknown.
#[derive(Debug, Args)]
#[command(
    verbatim_doc_comment,
    after_help = "\
Examples:
  wirecopy cluster articles.jsonl.zst > clusters.jsonl
  zcat crawl/*.gz | wirecopy cluster - --format table
  wirecopy cluster monday.jsonl --data ./store; wirecopy cluster tuesday.jsonl --data ./store"
)]
pub struct ClusterArgs {
    #[command(flatten)]
    input: InputArgs,
    /// Keep the store in this directory, and compare with the articles already in it. Without it, the
    /// store is temporary.
    #[arg(long, value_name = "DIR")]
    data: Option<PathBuf>,
    /// Output format. Default: table on a terminal, otherwise jsonl.
    #[arg(long, value_enum)]
    format: Option<Format>,
    #[command(flatten)]
    settings: SettingsArgs,
}

impl ClusterArgs {
    /// Runs the command.
    pub fn run(self) -> Result<()> {
        let mut config = self.settings.config(Use::Job, Layer::default())?;
        let input = self.input.open()?;
        let (engine, _temporary) = settings::open_or_temporary(self.data.as_deref(), &mut config)?;
        let collection = &self.input.collection;
        match Format::or_default(self.format) {
            Format::Jsonl => {
                let mut out = output::stdout();
                let write = |line: Result<Vec<u8>>| -> Result<()> { Ok(out.write_all(&line?)?) };
                job::run(&engine, collection, input, line, write)?;
                out.flush()?;
            }
            Format::Table => {
                let (mut placements, convert) = (Vec::new(), |_: &Names, one| one);
                let keep = |one: ClusteredArticle| -> Result<()> {
                    placements.push(one.placement);
                    Ok(())
                };
                job::run(&engine, collection, input, convert, keep)?;
                write_table(&engine, collection, &placements)?;
            }
        }
        if self.data.is_some() {
            engine.close().context("failed to close the store")?;
        }
        Ok(())
    }
}

/// Returns the line of an article.
fn line(names: &Names, one: ClusteredArticle) -> Result<Vec<u8>> {
    let matches = one.matches.into_iter().map(|found| proto::Match {
        id: names.name(found.other).to_owned(),
        relation: proto::Relation::from(found.matched.relation).into(),
        figures: Some(found.matched.overlap.into()),
        ..Default::default()
    });
    let verdict = proto::Verdict {
        id: names.name(one.article).to_owned(),
        placement: Some(one.placement.into()),
        matches: matches.collect(),
        judgement: Some(one.judgement.into()),
        ..Default::default()
    };
    let mut line = Vec::new();
    lines::write_verdict(&mut line, &verdict)?;
    Ok(line)
}

/// Writes the clusters of at least two articles that contain an article of the input, largest first.
fn write_table(engine: &Engine, collection: &Collection, placements: &[Placement]) -> Result<()> {
    let mut sizes: HashMap<&str, (u64, usize)> = HashMap::new();
    for (index, placement) in placements.iter().enumerate() {
        let lead = placement.cluster.as_str();
        sizes.entry(lead).or_insert((placement.size, index));
    }
    let all = sizes.len() as u64;
    let mut clusters: Vec<_> = sizes
        .into_iter()
        .filter(|(_, (size, _))| *size >= 2)
        .collect();
    clusters.sort_by_key(|&(_, (size, index))| (Reverse(size), index));

    let mut out = output::stdout();
    for &(lead, _) in &clusters {
        let page = PageRequest {
            size: SHOWN,
            ..PageRequest::default()
        };
        let cluster = engine
            .cluster(collection, lead, &page)
            .with_context(|| format!("failed to read the cluster of `{lead}`"))?;
        show::cluster(&mut out, &cluster.into())?;
    }
    writeln!(
        out,
        "{} in {}, {} of them with at least two articles",
        counted(placements.len() as u64, "article"),
        counted(all, "cluster"),
        output::count(clusters.len() as u64),
    )?;
    Ok(out.flush()?)
}
