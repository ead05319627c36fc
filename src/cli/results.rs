//! What `cluster` and `export` write: a row for each article, and the ids of those to keep.

use std::collections::HashSet;
use std::io::{ErrorKind, Write as _};
use std::os::unix::fs::MetadataExt as _;
use std::path::{self, Path, PathBuf};

use anyhow::{Context as _, Result};
use clap::Args;
use wirecopy::engine::{KeepRule, KeptArticles};
use wirecopy::files::{ArticleRow, FileFormat, Output};
use wirecopy::server::proto::{Judgement, Placement, Verdict};
use wirecopy::server::time::milliseconds;

use super::failure::InvalidArguments;
use super::{show, signals};

/// What is said where the output cannot be written.
pub const WRITE_FAILED: &str = "failed to write the output";

/// The arguments of every command that writes rows.
#[derive(Debug, Args)]
pub struct ResultArgs {
    /// Write to this file: .jsonl, .csv or .parquet; .jsonl.gz, .csv.zst and the like are compressed. `-` is
    /// standard output. A file gets its name when it is whole; until then it ends in .part.
    #[arg(long, short, value_name = "FILE", default_value = "-")]
    output: PathBuf,
    /// Say which article of each cluster to keep, in the column `keep`. earliest: the lead. longest: the one
    /// with the most text that counts. hosts=a.example,b.example: the earliest on the first of these hosts that
    /// has one, or else the lead. Of each cluster exactly one is kept.
    #[arg(long, value_name = "RULE", value_parser = KeepRule::parse)]
    pub keep: Option<KeepRule>,
    /// Write the ids of the articles to keep to this file, one in a line. `-` is standard output.
    #[arg(long, value_name = "FILE", requires = "keep")]
    keep_file: Option<PathBuf>,
}

impl ResultArgs {
    /// Returns the format of the output: the one that is asked for, or else that of its name; `None` for standard
    /// output without either.
    ///
    /// # Errors
    /// No format is asked for and the name does not say it, or the name says that Parquet is compressed once more.
    pub fn format(&self, asked: Option<FileFormat>) -> Result<Option<FileFormat>> {
        if is_standard(&self.output) {
            return Ok(asked);
        }
        let output = self.output.display();
        let format = asked.or_else(|| FileFormat::of(&self.output));
        let format = format.ok_or_else(|| {
            InvalidArguments(format!("say the --format of `{output}`: its name does not"))
        })?;
        if format == FileFormat::Parquet && Output::is_compressed(&self.output) {
            let why = "Parquet is compressed inside; leave out the last ending";
            return Err(InvalidArguments(format!("`{output}`: {why}")).into());
        }
        Ok(Some(format))
    }

    /// Returns what finds the articles to keep, if there is a rule.
    pub fn kept_articles(&self) -> Option<KeptArticles> {
        self.keep.clone().map(KeptArticles::new)
    }

    /// Creates the output and the file of the ids to keep. They get their names when they are finished.
    ///
    /// # Errors
    /// One is the other, or a file that is read; or the system's.
    pub fn create(&self, inputs: &[PathBuf]) -> Result<(Output, KeepFile)> {
        let outputs = [Some(&self.output), self.keep_file.as_ref()];
        let read = inputs.iter().filter(|path| !is_standard(path));
        let mut taken: HashSet<FileIdentity> = read.filter_map(|it| FileIdentity::of(it)).collect();
        for path in outputs.into_iter().flatten() {
            if FileIdentity::of(path).is_some_and(|identity| !taken.insert(identity)) {
                let why = format!("`{}` is already read or written", path.display());
                return Err(InvalidArguments(why).into());
            }
        }
        let keep_file = self.keep_file.as_deref().map(create).transpose()?;
        Ok((create(&self.output)?, KeepFile(keep_file)))
    }
}

fn is_standard(path: &Path) -> bool {
    path.as_os_str() == "-"
}

/// What all names of a regular file have in common, also those of one that will be created.
#[derive(Debug, PartialEq, Eq, Hash)]
enum FileIdentity {
    /// By its device and its number there: links may give it several paths.
    Existing(u64, u64),
    New(PathBuf),
}

impl FileIdentity {
    /// Returns that of a file; `None` for a device.
    fn of(path: &Path) -> Option<Self> {
        match path.metadata() {
            Ok(metadata) => {
                let existing = Self::Existing(metadata.dev(), metadata.ino());
                metadata.is_file().then_some(existing)
            }
            Err(_) => {
                let full = path::absolute(path).ok()?;
                let folder = full.parent()?.canonicalize().ok()?;
                Some(Self::New(folder.join(full.file_name()?)))
            }
        }
    }
}

fn create(path: &Path) -> Result<Output> {
    if is_standard(path) {
        return Ok(Output::stdout());
    }
    let output = Output::create(path);
    let output = output.with_context(|| format!("failed to create `{}`", path.display()))?;
    output.part().map_or(Ok(()), signals::remove_when_stopped)?;
    Ok(output)
}

/// The file of the ids to keep.
pub struct KeepFile(Option<Output>);

impl KeepFile {
    /// Adds an id.
    pub fn add(&mut self, id: &str) -> Result<()> {
        let Some(file) = &mut self.0 else {
            return Ok(());
        };
        match writeln!(file, "{id}") {
            // The reader of standard output has seen enough. The rows are written all the same.
            Err(error) if error.kind() == ErrorKind::BrokenPipe => self.0 = None,
            written => written.context("failed to write the ids to keep")?,
        }
        Ok(())
    }

    /// Writes what is left.
    pub fn finish(self) -> Result<()> {
        let finished = self.0.map_or(Ok(()), Output::finish);
        finished.context("failed to write the ids to keep")
    }
}

/// Returns the row of a verdict.
pub fn of_verdict(verdict: &Verdict) -> ArticleRow {
    let publication = verdict.publication.as_ref();
    let published = publication.and_then(|publication| publication.time.as_ref());
    let time = published.or(verdict.first_seen.as_ref());
    row(
        verdict.id.clone(),
        String::new(),
        time.and_then(|time| milliseconds(time).ok())
            .unwrap_or_default(),
        verdict.placement.clone().unwrap_or_default(),
        verdict.judgement.as_ref(),
        None,
    )
}

/// Returns the row of an article.
pub fn row(
    id: String,
    url: String,
    time_ms: i64,
    placement: Placement,
    judgement: Option<&Judgement>,
    keep: Option<bool>,
) -> ArticleRow {
    let relation = show::relation(placement.relation());
    let figures = placement.figures.unwrap_or_default();
    ArticleRow {
        id,
        url,
        cluster: placement.cluster,
        size: placement.size,
        role: judgement.map(|judgement| show::role(judgement.role())),
        confidence: judgement.map(|judgement| rounded(judgement.confidence)),
        original: judgement.map(|judgement| judgement.original.clone()),
        source: judgement.map(|judgement| judgement.source.clone()),
        lag_ms: judgement.and_then(|judgement| judgement.lag_ms),
        relation,
        resemblance: rounded(figures.resemblance),
        containment: rounded(figures.containment),
        containment_of_lead: rounded(figures.containment_of_other),
        time_ms,
        keep,
    }
}

/// Rounds to six decimals: precise enough, and half as long as the digits of a double.
pub fn rounded(value: f64) -> f64 {
    (value * 1e6).round() / 1e6
}
