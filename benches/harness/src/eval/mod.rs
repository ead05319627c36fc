//! `wirecopy-bench eval`: how well a labelled set is found and clustered, and whether the figures are
//! exact.

mod exact;
mod extraction;
mod metrics;
mod report;
mod truth;

use std::collections::{HashMap, HashSet};
use std::io::Write as _;
use std::path::{Path, PathBuf};
use std::slice;
use std::sync::Arc;
use std::time::Instant;

use anyhow::{Context as _, Result, bail};
use clap::Args;
use wirecopy::config::{Config, Use};
use wirecopy::engine::Engine;
use wirecopy::files::{Articles, PreferredBody};
use wirecopy::id::Collection;
use wirecopy::job::{self, Number, Outcome};
use wirecopy::store::{Durability, Embedded};
use wirecopy::syndication::Relation;
use wirecopy::text::Overlap;

use self::exact::Check;
use self::extraction::Extraction;
use self::metrics::{Partition, Scores};
use self::report::{Clusters, Report, Share, Together};
use self::truth::Row;
use crate::output;

/// Figures that are wrong by more than this make the run fail.
const TOLERANCE: f64 = 0.005;

/// Run a labelled set: check every figure, and score what is found
///
/// DIR holds docs.jsonl and truth.jsonl (plain, .gz or .zst). Each line of the truth is a pair
/// {"a","b","label"} with, where known, its Jaccard index (`jaccard`, `jaccard5` or
/// `true_jaccard5`), the share of each found in the other (`cont_a`, `cont_b`, or `kept_of_source`,
/// `share_of_copy`) and the sizes (`na`, `nb`).
///
/// Exactness: every match reported is computed again in another way, from the texts' words as
/// strings; the run fails where a figure is off by more than 0.005.
///
/// Scores: a pair of the truth is a copy where its stored figures satisfy the definition (larger
/// containment at least 0.8, smaller at least 0.5; where only a Jaccard index is stored, at least
/// 0.5). "Pairs" compares all pairs within our clusters with those pairs; "closure" with the pairs
/// within their connected components, which chains may make larger than any of their copies. Where
/// the truth labels only some pairs, precision counts unlabelled ones as wrong, and means little.
#[derive(Debug, Args)]
#[command(
    verbatim_doc_comment,
    after_help = "Example:\n  wirecopy-bench eval data/saudinewsnet"
)]
pub struct EvalArgs {
    /// The folder of the set.
    #[arg(value_name = "DIR")]
    dir: PathBuf,
    /// Which body to use where an article has both; the truth of most sets is on text.
    #[arg(long, value_name = "text|html", default_value = "text", value_parser = PreferredBody::parse)]
    body: PreferredBody,
    /// Print JSON.
    #[arg(long)]
    json: bool,
    /// Read the configuration from this file. The environment (WIRECOPY_SECTION_KEY) overrides it.
    #[arg(long, value_name = "FILE", env = "WIRECOPY_CONFIG")]
    config: Option<PathBuf>,
}

impl EvalArgs {
    /// Runs the command.
    pub fn run(self) -> Result<()> {
        let docs = existing(&self.dir, "docs.jsonl").with_context(|| {
            format!(
                "no docs.jsonl, plain, .gz or .zst, in `{}`",
                self.dir.display()
            )
        })?;
        let rows = match existing(&self.dir, "truth.jsonl") {
            Some(path) => truth::read(&path)?,
            None => Vec::new(),
        };
        let config = Config::load(Use::Job, self.config.as_deref(), [])?;
        let dir = tempfile::tempdir().context("failed to make a temporary directory")?;
        let engine = open(dir.path(), &config)?;
        let collection = Collection::default();
        let input = Articles::open(slice::from_ref(&docs), self.body, false, &collection)?;
        let begun = Instant::now();
        let outcome = job::run(&engine, &collection, input)?;
        let seconds = begun.elapsed().as_secs_f64();
        let check = exact::check(&engine, &collection, &outcome, TOLERANCE)?;
        let extraction = match self.body {
            PreferredBody::Html => extraction::score(&docs, &config.notice_table()?)?,
            PreferredBody::Text => None,
        };

        let report = report(&self.dir, &outcome, &rows, check, extraction, seconds);
        let mut out = output::stdout();
        if self.json {
            serde_json::to_writer_pretty(&mut out, &report)?;
            writeln!(out)?;
        } else {
            report.write(&mut out)?;
        }
        out.flush()?;
        if check.wrong > 0 {
            bail!(
                "{} matches have figures that are off by more than {TOLERANCE}",
                check.wrong
            );
        }
        Ok(())
    }
}

/// Opens an engine over a new store, which is deleted afterwards and so is never synced to the disk.
fn open(dir: &Path, config: &Config) -> Result<Engine> {
    let (params, mut store) = (config.engine, config.store.clone());
    store.durability = Durability::Os;
    let opened = Embedded::open(dir, &store, &params.shape(), &params.derive())?;
    let store = Arc::new(opened.store);
    Ok(Engine::with_notices(store, params, config.notice_table()?)?)
}

/// Returns the file of this name, plain or compressed.
fn existing(dir: &Path, name: &str) -> Option<PathBuf> {
    ["", ".zst", ".gz"]
        .iter()
        .map(|packed| dir.join(format!("{name}{packed}")))
        .find(|path| path.is_file())
}

/// The outcome, by number.
struct Found {
    clusters: HashMap<Number, Number>,
    matches: HashMap<(Number, Number), (Relation, Overlap)>,
}

impl Found {
    fn new(outcome: &Outcome) -> Self {
        let cluster = |name: &str| outcome.names.find(name);
        Self {
            clusters: outcome
                .articles
                .iter()
                .filter_map(|one| Some((one.article, cluster(one.placement.cluster.as_str())?)))
                .collect(),
            matches: outcome
                .articles
                .iter()
                .flat_map(|one| {
                    one.matches.iter().map(|found| {
                        let pair = ordered(one.article, found.other);
                        (pair, (found.relation, found.overlap))
                    })
                })
                .collect(),
        }
    }

    fn share_cluster(&self, (a, b): (Number, Number)) -> bool {
        self.clusters
            .get(&a)
            .is_some_and(|cluster| self.clusters.get(&b) == Some(cluster))
    }

    fn is_match(&self, pair: (Number, Number)) -> bool {
        self.matches.contains_key(&pair)
    }

    /// Counts how many of these rows were found.
    fn share<'a>(
        &self,
        what: String,
        rows: impl Iterator<Item = &'a (Row, (Number, Number))>,
    ) -> Share {
        let mut share = Share {
            what,
            ..Share::default()
        };
        for &(_, pair) in rows {
            let (matched, clustered) = (self.is_match(pair), self.share_cluster(pair));
            share.pairs += 1;
            share.matched += u64::from(matched);
            share.clustered += u64::from(clustered);
            share.found += u64::from(matched || clustered);
            if let Some((relation, _)) = self.matches.get(&pair) {
                *share.relations.entry(undirected(*relation)).or_default() += 1;
            }
        }
        share
    }
}

/// The word for a relation, from whichever side.
fn undirected(relation: Relation) -> &'static str {
    match relation {
        Relation::Embeds => Relation::Embedded.as_str(),
        other => other.as_str(),
    }
}

fn ordered(a: Number, b: Number) -> (Number, Number) {
    (a.min(b), a.max(b))
}

fn report(
    dir: &Path,
    outcome: &Outcome,
    rows: &[Row],
    check: Check,
    extraction: Option<Extraction>,
    seconds: f64,
) -> Report {
    let found = Found::new(outcome);
    let known: Vec<(Row, (Number, Number))> = rows
        .iter()
        .filter_map(|row| {
            let pair = ordered(outcome.names.find(&row.a)?, outcome.names.find(&row.b)?);
            Some((row.clone(), pair))
        })
        .collect();
    let mut shares = Vec::new();
    let mut add = |what: &str, holds: &dyn Fn(&Row) -> bool| {
        let share = found.share(what.to_owned(), known.iter().filter(|(row, _)| holds(row)));
        if share.pairs > 0 {
            shares.push(share);
        }
    };
    add("Jaccard >= .5", &|row| {
        row.jaccard.is_some_and(|jaccard| jaccard >= 0.5)
    });
    add("containment >= .8, both of 60 shingles", &|row| {
        row.largest_containment().is_some_and(|share| share >= 0.8) && row.has_sizes_of(60)
    });
    add("copies by definition", &Row::is_copy);
    if extraction.is_some() {
        add(
            "exact, near-dup or contained, both pages",
            &Row::is_shared_by_pages,
        );
    }
    let mut labels: Vec<String> = known.iter().map(|(row, _)| row.group()).collect();
    labels.sort();
    labels.dedup();
    let labels = labels
        .into_iter()
        .map(|label| {
            found.share(
                label.clone(),
                known.iter().filter(|(row, _)| row.group() == label),
            )
        })
        .collect();
    let positives: HashSet<(Number, Number)> = known
        .iter()
        .filter(|(row, _)| row.is_copy())
        .map(|&(_, pair)| pair)
        .collect();
    Report {
        set: dir.file_name().map_or_else(
            || dir.display().to_string(),
            |name| name.to_string_lossy().into_owned(),
        ),
        articles: outcome.articles.len() as u64,
        seconds,
        truth_rows: rows.len() as u64,
        truth_rows_of_unknown_articles: (rows.len() - known.len()) as u64,
        exactness: check,
        shares,
        labels,
        together: together(outcome, &found, &known),
        clusters: clusters(outcome, &found, &positives, &known),
        blocked: outcome.blocked(),
        extraction,
    }
}

/// The pairs in one cluster of which people say that they are no copies.
fn together(outcome: &Outcome, found: &Found, known: &[(Row, (Number, Number))]) -> Vec<Together> {
    let wrong = known
        .iter()
        .filter(|(row, pair)| row.is_different() && found.share_cluster(*pair));
    wrong
        .map(|(row, pair)| {
            let overlap = found.matches.get(pair).map(|(_, overlap)| *overlap);
            Together {
                a: outcome.names.name(pair.0).to_owned(),
                b: outcome.names.name(pair.1).to_owned(),
                label: row.group(),
                containments: overlap.map(|o| [o.containment(), o.containment_of_other()]),
            }
        })
        .collect()
}

/// Scores the clusters against the copies; `None` where the truth has none.
fn clusters(
    outcome: &Outcome,
    found: &Found,
    positives: &HashSet<(Number, Number)>,
    known: &[(Row, (Number, Number))],
) -> Option<Clusters> {
    if positives.is_empty() {
        return None;
    }
    let articles: Vec<Number> = outcome.articles.iter().map(|one| one.article).collect();
    let ours = Partition::new(articles.iter().map(|article| found.clusters[article]));
    let place: HashMap<Number, usize> = articles
        .iter()
        .enumerate()
        .map(|(place, &article)| (article, place))
        .collect();
    let edges = positives
        .iter()
        .filter_map(|(a, b)| Some((*place.get(a)?, *place.get(b)?)));
    let closure = Partition::components(articles.len(), edges);
    let right = positives
        .iter()
        .filter(|&&pair| found.share_cluster(pair))
        .count() as u64;
    let listed: HashSet<(Number, Number)> = known
        .iter()
        .filter(|(row, pair)| !row.is_different() && found.share_cluster(*pair))
        .map(|&(_, pair)| pair)
        .collect();
    let all = ours.pairs();
    Some(Clusters {
        listed: if all == 0 {
            1.0
        } else {
            listed.len() as f64 / all as f64
        },
        pairs: Scores::new(right, ours.pairs(), positives.len() as u64),
        closure: Scores::new(ours.common_pairs(&closure), ours.pairs(), closure.pairs()),
        adjusted_rand_index: ours.adjusted_rand_index(&closure),
    })
}
