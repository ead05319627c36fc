//! `wirecopy cluster`: the whole job in one process.

use std::cmp::Reverse;
use std::collections::HashMap;
use std::io::Write;
use std::path::PathBuf;

use anyhow::{Context as _, Result};
use clap::{Args, ValueEnum};
use wirecopy::config::{Layer, Use};
use wirecopy::engine::{Engine, PageRequest, Placement};
use wirecopy::files::{ArticleRow, Articles, FileFormat, Output, write_rows};
use wirecopy::id::Collection;
use wirecopy::job::{self, ClusteredArticle, Names};
use wirecopy::server::proto;

use super::input::InputArgs;
use super::lines::{self, VerdictLine};
use super::output::{self, Format, counted};
use super::results::{self, KeepFile, ResultArgs, WRITE_FAILED};
use super::settings::{self, SettingsArgs};
use super::show;

/// Members of a cluster that a table shows.
const SHOWN: usize = 20;

/// Cluster the articles of files in one process, without a server
///
/// Prints one JSON line for each article, in the order of the input, once all
/// articles are stored:
///
/// {"id","url","cluster","size","role","confidence","original","source",
/// "lag_ms","relation","resemblance","containment","containment_of_lead",
/// "time","keep",
/// "matches":[{"id","relation","resemblance","containment",
/// "containment_of_match"}],
/// "evidence":[{"kind","signal","question","words","span","outlet","url",
/// "article","weight"}]}
///
/// `id` is that of the input. An article without one has the normal form of its
/// URL: scheme and host in lower case, percent-encodings in one form, no
/// parameters of a visit (`utm_source`, session ids), no fragment. Rows whose
/// URLs have one normal form are versions of one article, with one line; --id-
/// field url keeps them apart. `url` is as the input has it, in the version that
/// counts.
///
/// `cluster` is the id of the cluster's lead, and `size` the number of its
/// members. `containment` is the share of this article that is found in the
/// other. `role` is original, wire, reprint, excerpt, version, round-up,
/// blocked-page or unknown, and `evidence` gives the reasons: weights are log
/// odds, and those of one question add up. `time` is its time in the order of
/// articles: published, or else first seen. All figures are exact, computed from
/// the texts themselves. An id that occurs again is a new version of its article:
/// the last version counts, or, where `fetched` says when each was captured, the
/// one captured last; its line takes the place of the first. Articles without
/// `published` are ordered by `fetched`, and without that by their place in the
/// input, after all others. An article without text has the role unknown.
///
/// With --output, CSV and Parquet have the same values in columns, without
/// matches and evidence.
#[derive(Debug, Args)]
#[command(
    verbatim_doc_comment,
    after_help = "\
Examples:
  wirecopy cluster articles.jsonl.zst > clusters.jsonl
  wirecopy cluster crawl/*.parquet --text-field body --id-field key --output clusters.parquet
  wirecopy cluster articles.csv.gz --keep earliest --keep-file keep.txt --output clusters.csv
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
    #[command(flatten)]
    results: ResultArgs,
    /// Output format. Default: by the name of the output; for standard output table on a terminal, otherwise
    /// jsonl.
    #[arg(long, value_enum)]
    format: Option<ClusterFormat>,
    #[command(flatten)]
    thresholds: ThresholdArgs,
    /// Threads that read, sketch and judge articles. Default: two for each core.
    #[arg(long, value_name = "N")]
    threads: Option<usize>,
    #[command(flatten)]
    settings: SettingsArgs,
}

/// The format of clusters.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
enum ClusterFormat {
    /// A table for people.
    Table,
    /// One JSON object per line.
    Jsonl,
    /// Comma-separated values with a header.
    Csv,
    /// Apache Parquet.
    Parquet,
}

impl ClusterFormat {
    /// Returns the format of a file; `None` for a table for people.
    fn of_file(self) -> Option<FileFormat> {
        match self {
            Self::Table => None,
            Self::Jsonl => Some(FileFormat::Jsonl),
            Self::Csv => Some(FileFormat::Csv),
            Self::Parquet => Some(FileFormat::Parquet),
        }
    }
}

impl From<FileFormat> for ClusterFormat {
    fn from(format: FileFormat) -> Self {
        match format {
            FileFormat::Jsonl => Self::Jsonl,
            FileFormat::Csv => Self::Csv,
            FileFormat::Parquet => Self::Parquet,
        }
    }
}

/// The settings that most jobs change, if any: see `[thresholds]` in config/wirecopy.toml.
#[derive(Debug, Args)]
#[command(next_help_heading = "Thresholds, 0 to 1")]
struct ThresholdArgs {
    /// Two texts are copies if the larger containment is at least this. Default: 0.75.
    #[arg(long, value_name = "SHARE", visible_alias = "threshold")]
    copy_larger: Option<f64>,
    /// The smaller containment must be at least this. Default: 0.5.
    #[arg(long, value_name = "SHARE")]
    copy_smaller: Option<f64>,
    /// Two texts under one title are copies if their resemblance is at least this, too. Default: 0.5.
    #[arg(long, value_name = "SHARE")]
    copy_resemblance: Option<f64>,
    /// A match is reported if the larger containment is at least this, or if the texts share a long passage.
    /// Default: 0.2.
    #[arg(long, value_name = "SHARE", visible_alias = "min-overlap")]
    report: Option<f64>,
}

impl ClusterArgs {
    /// Runs the command.
    pub fn run(self) -> Result<()> {
        let mut config = self.settings.config(Use::Job, self.flags())?;
        let format = match self.format {
            Some(ClusterFormat::Table) => ClusterFormat::Table,
            asked => match self
                .results
                .format(asked.and_then(ClusterFormat::of_file))?
            {
                Some(format) => format.into(),
                None => match Format::or_default(None) {
                    Format::Table => ClusterFormat::Table,
                    Format::Jsonl => ClusterFormat::Jsonl,
                },
            },
        };
        let input = self.input.open()?;
        let (mut out, mut keep_file) = self.results.create(&self.input.files)?;
        let (engine, _temporary) = settings::open_or_temporary(self.data.as_deref(), &mut config)?;
        match format {
            ClusterFormat::Table => {
                let (mut placements, convert) = (Vec::new(), |_: &Names, one| Ok(one));
                self.job(
                    &engine,
                    input,
                    &mut keep_file,
                    convert,
                    |one: ClusteredArticle| {
                        placements.push(one.judged.placement);
                        Ok(())
                    },
                )?;
                write_table(&mut out, &engine, &self.input.collection, &placements)?;
                out.finish().context(WRITE_FAILED)?;
            }
            ClusterFormat::Jsonl => {
                self.job(&engine, input, &mut keep_file, line, |line| {
                    out.write_all(&line).context(WRITE_FAILED)
                })?;
                out.finish().context(WRITE_FAILED)?;
            }
            ClusterFormat::Csv => {
                self.write_rows(FileFormat::Csv, out, &mut keep_file, &engine, input)?;
            }
            ClusterFormat::Parquet => {
                self.write_rows(FileFormat::Parquet, out, &mut keep_file, &engine, input)?;
            }
        }
        keep_file.finish()?;
        if self.data.is_some() {
            engine.close().context("failed to close the store")?;
        }
        Ok(())
    }

    /// Returns the settings that flags of their own change.
    fn flags(&self) -> Layer {
        let mut flags = Layer::default();
        flags.thresholds.copy_larger = self.thresholds.copy_larger;
        flags.thresholds.copy_smaller = self.thresholds.copy_smaller;
        flags.thresholds.copy_resemblance = self.thresholds.copy_resemblance;
        flags.thresholds.report = self.thresholds.report;
        flags.engine.threads = self.threads;
        flags
    }

    /// Runs the job, hands on what each result is converted to, and adds the ids to keep to their file.
    fn job<T: Send>(
        &self,
        engine: &Engine,
        input: Articles,
        keep_file: &mut KeepFile,
        convert: impl Fn(&Names, ClusteredArticle) -> Result<T> + Sync,
        mut take: impl FnMut(T) -> Result<()>,
    ) -> Result<()> {
        let kept = self.results.kept_articles();
        let convert = |names: &Names, one: ClusteredArticle| {
            let id = || names.name(one.article).to_owned();
            let kept_id = one.judged.keep.unwrap_or(false).then(id);
            (kept_id, convert(names, one))
        };
        let take = |(kept_id, converted): (Option<String>, Result<T>)| {
            if let Some(id) = kept_id {
                keep_file.add(&id)?;
            }
            take(converted?)
        };
        let collection = &self.input.collection;
        job::run(engine, collection, input, kept.as_ref(), convert, take)?;
        Ok(())
    }

    /// Runs the job, and writes a row for each article.
    fn write_rows(
        &self,
        format: FileFormat,
        out: Output,
        keep_file: &mut KeepFile,
        engine: &Engine,
        input: Articles,
    ) -> Result<()> {
        let with_keep = self.results.keep.is_some();
        let mut rows = write_rows(format, out, with_keep).context(WRITE_FAILED)?;
        let row = |names: &Names, one| Ok(row(names, one).0);
        self.job(engine, input, keep_file, row, |row| {
            rows.write(&row).context(WRITE_FAILED)
        })?;
        rows.finish().context(WRITE_FAILED)
    }
}

/// Returns the row of an article, and its judgement.
fn row(names: &Names, one: ClusteredArticle) -> (ArticleRow, proto::Judgement) {
    let judged = one.judged;
    let judgement = proto::Judgement::from(judged.judgement);
    let row = results::row(
        names.name(one.article).to_owned(),
        one.url,
        judged.time_ms,
        judged.placement.into(),
        Some(&judgement),
        judged.keep,
    );
    (row, judgement)
}

/// Returns the line of an article.
fn line(names: &Names, mut one: ClusteredArticle) -> Result<Vec<u8>> {
    let matches = std::mem::take(&mut one.matches).into_iter();
    let matches = matches.map(|found| proto::Match {
        id: names.name(found.other).to_owned(),
        relation: proto::Relation::from(found.matched.relation).into(),
        figures: Some(found.matched.overlap.into()),
        ..Default::default()
    });
    let matches: Vec<proto::Match> = matches.collect();
    let (row, judgement) = row(names, one);
    let mut line = Vec::new();
    let found = VerdictLine {
        row,
        matches: &matches,
        evidence: &judgement.evidence,
    };
    lines::write(&mut line, &found)?;
    Ok(line)
}

/// Writes the clusters of at least two articles that contain an article of the input, largest first.
fn write_table(
    out: &mut impl Write,
    engine: &Engine,
    collection: &Collection,
    placements: &[Placement],
) -> Result<()> {
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

    for &(lead, _) in &clusters {
        let page = PageRequest {
            size: SHOWN,
            ..PageRequest::default()
        };
        let cluster = engine
            .cluster(collection, lead, &page)
            .with_context(|| format!("failed to read the cluster of `{lead}`"))?;
        show::cluster(out, &cluster.into())?;
    }
    writeln!(
        out,
        "{} in {}, {} of them with at least two articles",
        counted(placements.len() as u64, "article"),
        counted(all, "cluster"),
        output::count(clusters.len() as u64),
    )?;
    Ok(())
}
