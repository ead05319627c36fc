//! `wirecopy-bench eval`: clusters a labelled set, scores the result, and checks that the reported
//! figures are exact.

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
use wirecopy::job::{self, ClusteredArticle, Names, Number};
use wirecopy::store::{Durability, Embedded};
use wirecopy::syndication::{Relation, Role};
use wirecopy::text::Overlap;

use self::exact::Exactness;
use self::extraction::ExtractionScores;
use self::metrics::{Partition, Scores};
use self::report::{ClusterScores, Evaluation, PairCounts, WronglyClustered};
use self::truth::TruthPair;
use crate::output;

/// The run fails if a figure deviates by more than this.
const TOLERANCE: f64 = 0.005;

/// Cluster a labelled set, check every figure, and score the result
///
/// DIR has the files docs.jsonl and truth.jsonl (plain, .gz or .zst). Each line of the truth is a
/// pair {"a","b","label"} and, if known, its Jaccard index (`jaccard`, `jaccard5` or
/// `true_jaccard5`), the share of each found in the other (`cont_a`, `cont_b`, or `kept_of_source`,
/// `share_of_copy`) and the sizes (`na`, `nb`).
///
/// Exactness: every reported match is computed again in another way, from the words of the texts as
/// strings. The run fails if a figure deviates by more than 0.005.
///
/// Quotations are asked for: "quoted" counts the pairs that are reported only then.
///
/// Scores: a pair of the truth is a copy if its stored figures satisfy the definition: the larger
/// containment is at least 0.8 and the smaller at least 0.5, or, if only a Jaccard index is stored,
/// that is at least 0.5. "Pairs" compares the pairs within our clusters with those pairs; "closure"
/// with the pairs within their connected components, in which chains may join articles that are not
/// copies of each other. If the truth labels only some pairs, precision means little: it counts
/// unlabelled pairs as wrong.
#[derive(Debug, Args)]
#[command(
    verbatim_doc_comment,
    after_help = "Example:\n  wirecopy-bench eval data/saudinewsnet"
)]
pub struct EvalArgs {
    /// The directory of the set.
    #[arg(value_name = "DIR")]
    dir: PathBuf,
    /// Which body to use if an article has both; the truth of most sets is about texts.
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
        let truth = match existing(&self.dir, "truth.jsonl") {
            Some(path) => truth::read(&path)?,
            None => Vec::new(),
        };
        let config = Config::load(Use::Job, self.config.as_deref(), [])?;
        let dir = tempfile::tempdir().context("failed to make a temporary directory")?;
        let engine = open(dir.path(), &config)?;
        let collection = Collection::default();
        let input = Articles::open(slice::from_ref(&docs), self.body, false, &collection)?;
        let begun = Instant::now();
        let outcome = cluster(&engine, &collection, input)?;
        let seconds = begun.elapsed().as_secs_f64();
        let exactness = exact::check(&engine, &collection, &outcome, TOLERANCE)?;
        let extraction = match self.body {
            PreferredBody::Html => extraction::score(&docs, &config.notice_table()?)?,
            PreferredBody::Text => None,
        };

        let found = ReportedPairs::new(&engine, &collection, &outcome, &truth)?;
        let evaluation = evaluate(&self.dir, &found, &truth, exactness, extraction, seconds);
        let mut out = output::stdout();
        if self.json {
            serde_json::to_writer_pretty(&mut out, &evaluation)?;
            writeln!(out)?;
        } else {
            evaluation.write(&mut out)?;
        }
        out.flush()?;
        if exactness.wrong > 0 {
            bail!(
                "{} matches have figures that deviate by more than {TOLERANCE}",
                exactness.wrong
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

/// What a job found.
struct JobOutcome {
    names: Names,
    articles: Vec<ClusteredArticle>,
}

fn cluster(engine: &Engine, collection: &Collection, input: Articles) -> Result<JobOutcome> {
    let mut articles = Vec::new();
    let keep = |article| -> Result<()> {
        articles.push(article);
        Ok(())
    };
    let names = job::run(engine, collection, input, |_, article| article, keep)?;
    Ok(JobOutcome { names, articles })
}

/// Returns the file of this name, plain or compressed.
fn existing(dir: &Path, name: &str) -> Option<PathBuf> {
    ["", ".zst", ".gz"]
        .iter()
        .map(|packed| dir.join(format!("{name}{packed}")))
        .find(|path| path.is_file())
}

/// The reported clusters and matches, for lookups.
struct ReportedPairs<'o> {
    outcome: &'o JobOutcome,
    clusters: HashMap<Number, Number>,
    matches: HashMap<(Number, Number), (Relation, Overlap)>,
    /// The pairs that are reported where quotations are asked for.
    quotations: HashSet<(Number, Number)>,
}

impl<'o> ReportedPairs<'o> {
    fn new(
        engine: &Engine,
        collection: &Collection,
        outcome: &'o JobOutcome,
        truth: &[TruthPair],
    ) -> Result<Self> {
        let cluster = |name: &str| outcome.names.find(name);
        let in_truth = truth
            .iter()
            .flat_map(|row| [row.a.as_str(), row.b.as_str()]);
        let in_truth: HashSet<&str> = in_truth.collect();
        let mut quotations = HashSet::new();
        for one in &outcome.articles {
            let name = outcome.names.name(one.article);
            if in_truth.contains(name) {
                let stored = engine.get(collection, name, false, true)?;
                let others = stored.matches.iter();
                let others = others.filter_map(|found| cluster(found.article.id.as_str()));
                quotations.extend(others.map(|other| ordered(one.article, other)));
            }
        }
        Ok(Self {
            outcome,
            quotations,
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
                        (pair, (found.matched.relation, found.matched.overlap))
                    })
                })
                .collect(),
        })
    }

    fn share_cluster(&self, (a, b): (Number, Number)) -> bool {
        self.clusters
            .get(&a)
            .is_some_and(|cluster| self.clusters.get(&b) == Some(cluster))
    }

    fn is_match(&self, pair: (Number, Number)) -> bool {
        self.matches.contains_key(&pair)
    }

    /// Counts how many pairs of the truth were found.
    fn count<'a>(
        &self,
        what: String,
        rows: impl Iterator<Item = &'a (TruthPair, (Number, Number))>,
    ) -> PairCounts {
        let mut counts = PairCounts {
            what,
            ..PairCounts::default()
        };
        for &(_, pair) in rows {
            let (matched, clustered) = (self.is_match(pair), self.share_cluster(pair));
            counts.pairs += 1;
            counts.matched += u64::from(matched);
            counts.clustered += u64::from(clustered);
            let quoted = !matched && !clustered && self.quotations.contains(&pair);
            counts.quoted += u64::from(quoted);
            counts.found += u64::from(matched || clustered || quoted);
            if let Some((relation, _)) = self.matches.get(&pair) {
                *counts.relations.entry(undirected(*relation)).or_default() += 1;
            }
        }
        counts
    }
}

/// Returns the same name for a relation from either side.
fn undirected(relation: Relation) -> &'static str {
    match relation {
        Relation::Embeds => Relation::Embedded.as_str(),
        other => other.as_str(),
    }
}

fn ordered(a: Number, b: Number) -> (Number, Number) {
    (a.min(b), a.max(b))
}

fn evaluate(
    dir: &Path,
    found: &ReportedPairs<'_>,
    truth: &[TruthPair],
    exactness: Exactness,
    extraction: Option<ExtractionScores>,
    seconds: f64,
) -> Evaluation {
    let outcome = found.outcome;
    let known: Vec<(TruthPair, (Number, Number))> = truth
        .iter()
        .filter_map(|row| {
            let pair = ordered(outcome.names.find(&row.a)?, outcome.names.find(&row.b)?);
            Some((row.clone(), pair))
        })
        .collect();
    let mut shares = Vec::new();
    let mut add = |what: &str, holds: &dyn Fn(&TruthPair) -> bool| {
        let share = found.count(what.to_owned(), known.iter().filter(|(row, _)| holds(row)));
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
    add("copies by definition", &TruthPair::is_copy);
    if extraction.is_some() {
        add(
            "exact, near-dup or contained, both pages",
            &TruthPair::is_shared_by_pages,
        );
    }
    let mut labels: Vec<String> = known.iter().map(|(row, _)| row.group()).collect();
    labels.sort();
    labels.dedup();
    let labels = labels
        .into_iter()
        .map(|label| {
            found.count(
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
    Evaluation {
        set: dir.file_name().map_or_else(
            || dir.display().to_string(),
            |name| name.to_string_lossy().into_owned(),
        ),
        articles: outcome.articles.len() as u64,
        seconds,
        truth_rows: truth.len() as u64,
        truth_rows_of_unknown_articles: (truth.len() - known.len()) as u64,
        exactness,
        shares,
        labels,
        together: together(found, &known),
        clusters: clusters(found, &positives, &known),
        blocked: outcome
            .articles
            .iter()
            .filter(|one| one.judgement.role == Role::BlockedPage)
            .map(|one| outcome.names.name(one.article).to_owned())
            .collect(),
        extraction,
    }
}

/// Returns the pairs in one cluster that are not copies according to the truth.
fn together(
    found: &ReportedPairs<'_>,
    known: &[(TruthPair, (Number, Number))],
) -> Vec<WronglyClustered> {
    let wrong = known
        .iter()
        .filter(|(row, pair)| row.is_different() && found.share_cluster(*pair));
    wrong
        .map(|(row, pair)| {
            let overlap = found.matches.get(pair).map(|(_, overlap)| *overlap);
            WronglyClustered {
                a: found.outcome.names.name(pair.0).to_owned(),
                b: found.outcome.names.name(pair.1).to_owned(),
                label: row.group(),
                containments: overlap.map(|o| [o.containment(), o.containment_of_other()]),
            }
        })
        .collect()
}

/// Compares the clusters with the copies; `None` if the truth has no copies.
fn clusters(
    found: &ReportedPairs<'_>,
    positives: &HashSet<(Number, Number)>,
    known: &[(TruthPair, (Number, Number))],
) -> Option<ClusterScores> {
    if positives.is_empty() {
        return None;
    }
    let articles = found.outcome.articles.iter();
    let articles: Vec<Number> = articles.map(|one| one.article).collect();
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
    Some(ClusterScores {
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
