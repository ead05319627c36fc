//! `wirecopy-bench eval`: clusters a labelled set, scores the result, and checks that the reported
//! figures are exact.

mod agency;
mod alone;
mod calibration;
mod clusters;
mod exact;
mod extraction;
mod main_text;
mod marked_page;
mod metrics;
mod report;
mod reported;
mod signatures;
mod spelling;
mod statements;
mod truth;
mod wordings;
mod words;

use std::io::Write;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::Instant;

use anyhow::{Context as _, Result, bail};
use clap::Args;
use serde::Serialize;
use wirecopy::config::{Config, Use};
use wirecopy::engine::Engine;
use wirecopy::files::{Articles, Input, PreferredBody};
use wirecopy::id::Collection;
use wirecopy::job::{self, ClusteredArticle, Names, Number};
use wirecopy::store::{Durability, Embedded};
use wirecopy::syndication::Role;

use self::clusters::PairTruth;
use self::metrics::Partition;
use self::report::{ClusterRow, Evaluation, PairCounts, WronglyClustered};
use self::reported::{ReportedPairs, ordered};
use self::signatures::PeerClusters;
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
/// Clusters: a pair of the truth is a copy if one of its stored containments is at least 0.8 and the
/// other at least 0.5, or, if only a Jaccard index is stored, that is at least 0.5. Precision is the
/// share of the pairs within clusters that the truth lists as sharing text, strictly: that are copies;
/// recall is the share of the copies that are within clusters. Pairs that are not listed are wrong,
/// unless the truth labels only some pairs (its rows have no sizes): then they count neither way.
/// Articles with a labelled cluster (`cluster`, or `truth.cluster`) are scored against that, too.
/// Below our clusters are those of other programs' procedures on the same texts.
///
/// Pages (`--body html`): main text, title, byline and day of publication are compared with what the
/// set states (`text`, `with`, `without`, `title`, `byline` or `authors`, `published`), and each page
/// is judged as if no other were known.
///
/// Wordings: if DIR is a file of wordings instead (tab-separated, with columns `phrase`, `signal` and perhaps
/// `outlet`), each stands in an invented article, and its notice and the role of the article are scored.
///
/// Spelling: up to 200 copies with one kind of change each are made of the articles whose language
/// (`lang`) has that kind, and looked for.
#[derive(Debug, Args)]
#[command(
    verbatim_doc_comment,
    after_help = "Example:\n  wirecopy-bench eval data/saudinewsnet"
)]
pub struct EvalArgs {
    /// The directory of the set, or a file of wordings.
    #[arg(value_name = "DIR")]
    dir: PathBuf,
    /// Which body to use if an article has both; the truth of most sets is about texts.
    #[arg(long, value_name = "text|html", default_value = "text", value_parser = PreferredBody::parse)]
    body: PreferredBody,
    /// List each title, byline and date that was not read as stated.
    #[arg(long)]
    list: bool,
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
        let config = Config::load(Use::Job, self.config.as_deref(), [])?;
        let mut out = output::stdout();
        if self.dir.is_file() {
            let scores = wordings::score(&self.dir, &config)?;
            match self.json {
                true => write_json(&mut out, &scores)?,
                false => scores.write(&mut out)?,
            }
            return Ok(out.flush()?);
        }
        let evaluation = self.evaluate(&config)?;
        match self.json {
            true => write_json(&mut out, &evaluation)?,
            false => evaluation.write(&mut out, self.list)?,
        }
        out.flush()?;
        let wrong = evaluation.exactness.wrong;
        if wrong > 0 {
            bail!("{wrong} matches have figures that deviate by more than {TOLERANCE}");
        }
        Ok(())
    }

    fn evaluate(&self, config: &Config) -> Result<Evaluation> {
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
        let dir = tempfile::tempdir().context("failed to make a temporary directory")?;
        let engine = open(dir.path(), config)?;
        let collection = Collection::default();
        let input = Articles::open(&Input {
            body: self.body,
            ..Input::new(vec![docs.clone()])
        })?;
        let begun = Instant::now();
        let outcome = cluster(&engine, &collection, input)?;
        let seconds = begun.elapsed().as_secs_f64();

        let of_pages = self.body == PreferredBody::Html;
        let found = ReportedPairs::new(&engine, &collection, &outcome, &truth)?;
        let known = known_pairs(&outcome, &truth);
        let notices = config.notice_table()?;
        Ok(Evaluation {
            set: self.dir.file_name().map_or_else(
                || self.dir.display().to_string(),
                |name| name.to_string_lossy().into_owned(),
            ),
            articles: outcome.articles.len() as u64,
            seconds,
            truth_rows: truth.len() as u64,
            truth_rows_of_unknown_articles: (truth.len() - known.len()) as u64,
            exactness: exact::check(&engine, &collection, &outcome, TOLERANCE)?,
            shares: shares(&found, &known, of_pages),
            labels: labels(&found, &known),
            together: together(&found, &known),
            blocked: blocked(&outcome),
            clusters: clusters(&engine, &collection, &found, &known, &docs)?,
            agency: agency::roles(&docs, &found, &known)?,
            extraction: match of_pages {
                true => extraction::score(&docs, &notices)?,
                false => None,
            },
            alone: match of_pages {
                true => alone::judge(&docs, config)?,
                false => None,
            },
            spelling: match of_pages {
                true => Vec::new(),
                false => spelling::score(&docs, config)?,
            },
        })
    }
}

fn write_json(out: &mut impl Write, value: &impl Serialize) -> Result<()> {
    serde_json::to_writer_pretty(&mut *out, value)?;
    Ok(writeln!(out)?)
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
    let names = job::run(engine, collection, input, None, |_, article| article, keep)?;
    Ok(JobOutcome { names, articles })
}

/// Returns the file of this name, plain or compressed.
fn existing(dir: &Path, name: &str) -> Option<PathBuf> {
    ["", ".zst", ".gz"]
        .iter()
        .map(|packed| dir.join(format!("{name}{packed}")))
        .find(|path| path.is_file())
}

/// A pair of the truth and the numbers of its articles.
type NumberedPair = (TruthPair, (Number, Number));

/// Returns the pairs of the truth whose articles went in.
fn known_pairs(outcome: &JobOutcome, truth: &[TruthPair]) -> Vec<NumberedPair> {
    let numbered = truth.iter().filter_map(|row| {
        let pair = ordered(outcome.names.find(&row.a)?, outcome.names.find(&row.b)?);
        Some((row.clone(), pair))
    });
    numbered.collect()
}

/// Counts what was found, by the figures of the truth.
fn shares(found: &ReportedPairs<'_>, known: &[NumberedPair], of_pages: bool) -> Vec<PairCounts> {
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
    if of_pages {
        add(
            "exact, near-dup or contained, both pages",
            &TruthPair::is_shared_by_pages,
        );
    }
    shares
}

/// Counts what was found, by label.
fn labels(found: &ReportedPairs<'_>, known: &[NumberedPair]) -> Vec<PairCounts> {
    let mut labels: Vec<String> = known.iter().map(|(row, _)| row.group()).collect();
    labels.sort();
    labels.dedup();
    let count = |label: String| {
        let rows = known.iter().filter(|(row, _)| row.group() == label);
        found.count(label.clone(), rows)
    };
    labels.into_iter().map(count).collect()
}

/// Returns the pairs in one cluster that are not copies according to the truth.
fn together(found: &ReportedPairs<'_>, known: &[NumberedPair]) -> Vec<WronglyClustered> {
    let wrong = known
        .iter()
        .filter(|(row, pair)| row.is_different() && found.share_cluster(*pair));
    wrong
        .map(|(row, pair)| WronglyClustered {
            a: found.outcome.names.name(pair.0).to_owned(),
            b: found.outcome.names.name(pair.1).to_owned(),
            label: row.group(),
            containments: found
                .overlap(*pair)
                .map(|overlap| [overlap.containment(), overlap.containment_of_other()]),
        })
        .collect()
}

/// Returns the ids of walls.
fn blocked(outcome: &JobOutcome) -> Vec<String> {
    let walls = outcome
        .articles
        .iter()
        .filter(|one| one.judged.judgement.role == Role::BlockedPage);
    walls
        .map(|one| outcome.names.name(one.article).to_owned())
        .collect()
}

/// Scores our clusters, and those of other programs' procedures on the same texts. Empty if the truth has
/// neither copies nor labelled clusters.
fn clusters(
    engine: &Engine,
    collection: &Collection,
    found: &ReportedPairs<'_>,
    known: &[NumberedPair],
    docs: &Path,
) -> Result<Vec<ClusterRow>> {
    let names = &found.outcome.names;
    let articles = found.outcome.articles.iter();
    let articles: Vec<Number> = articles.map(|one| one.article).collect();
    let labelled = clusters::labelled(docs, names, &articles)?;
    let Some(truth) = PairTruth::new(known, &articles, labelled) else {
        return Ok(Vec::new());
    };
    let ours = Partition::new(articles.iter().map(|article| found.clusters[article]));
    let mut rows = vec![ClusterRow {
        procedure: "wirecopy",
        scores: truth.score(&ours),
    }];
    let mut texts = Vec::new();
    for &article in &articles {
        let counted = engine.comparable_text(collection, names.name(article))?;
        texts.push(counted.map_or_else(Default::default, |counted| [counted.title, counted.text]));
    }
    for PeerClusters { name, clusters } in signatures::cluster(&texts) {
        rows.push(ClusterRow {
            procedure: name,
            scores: truth.score(&clusters),
        });
    }
    Ok(rows)
}
