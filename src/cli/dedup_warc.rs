//! `wirecopy dedup-warc`: an archive without what it has twice.

use std::collections::HashMap;
use std::fs;
use std::io::{BufWriter, Write as _};
use std::path::{Path, PathBuf};

use anyhow::{Context as _, Result, bail};
use clap::Args;
use indicatif::HumanBytes;
use wirecopy::config::{Layer, Use};
use wirecopy::engine::VerdictScope;
use wirecopy::files::{Articles, Faults, Input, InputFormat, Location, RecordPosition, WholeFile};
use wirecopy::id::Collection;
use wirecopy::server::proto::article_response::Result as Outcome;
use wirecopy::server::proto::{ArticleRequest, Relation, State, Verdict};
use wirecopy::warc::{DedupOutput, Deduplicated, NearDuplicate, deduplicate};

use super::failure::InvalidArguments;
use super::output::{self, count, counted, report};
use super::remote::{self, ServerArgs};
use super::settings::{self, SettingsArgs};
use super::{results, show, signals, stream};

/// Copy an archive (WARC) without the payloads that it has twice
///
/// A response whose payload is that of an earlier record of the same file, byte for byte, becomes a `revisit`
/// record (identical-payload-digest) with its id and its HTTP header. A page that is a copy of another article by
/// the verdict of a server, but not the same bytes, stays as it is: a revisit would replay the wrong page. A
/// `metadata` record (application/json) behind it has the relation, the figures and the lead. All other records
/// are copied as they are, and what cannot be read is reported and left out.
///
/// Ingest the archive first: pages are judged by what the server has, and the later capture of a URL hides the
/// earlier one. OUT.cdxj is the index of OUT (CDXJ, sorted), with `near_duplicate` in the lines of such pages.
#[derive(Debug, Args)]
#[command(after_help = "\
Examples:
  wirecopy ingest crawl.warc.gz && wirecopy dedup-warc crawl.warc.gz smaller.warc.gz
  wirecopy dedup-warc crawl.warc.gz smaller.warc.gz --data ./store    a store that no server uses")]
pub struct DedupWarcArgs {
    /// The archive: .warc, .warc.gz or .warc.zst.
    #[arg(value_name = "IN")]
    input: PathBuf,
    /// The file to write: .warc, or .warc.gz with each record in a member of its own. Neither it nor OUT.cdxj may
    /// exist.
    #[arg(value_name = "OUT")]
    output: PathBuf,
    /// The directory of a store that no server uses, to ask instead of a server.
    #[arg(long, value_name = "DIR")]
    data: Option<PathBuf>,
    #[command(flatten)]
    remote: ServerArgs,
    /// The collection into which the archive was ingested.
    #[arg(long, value_name = "NAME", default_value = "default", value_parser = Collection::parse)]
    collection: Collection,
    /// Stop at the first record that cannot be read, and exit with 1.
    #[arg(long)]
    strict: bool,
    /// Show neither progress nor counts, only errors and what is left out.
    #[arg(long)]
    quiet: bool,
    #[command(flatten)]
    settings: SettingsArgs,
}

impl DedupWarcArgs {
    /// Runs the command.
    pub fn run(self) -> Result<()> {
        let compressed = self.is_compressed()?;
        for path in [&self.output, &self.index()] {
            if path.exists() {
                bail!("`{}` exists already", path.display());
            }
        }
        let input = Articles::open(&Input {
            format: Some(InputFormat::Warc),
            strict: self.strict,
            quiet: self.quiet,
            // A page that cannot be read is copied all the same; the counts at the end say what is left out.
            bad_records_are: "not judged",
            collection: self.collection.clone(),
            ..Input::new(vec![self.input.clone()])
        })?;
        let faults = input.faults();
        let judged = match &self.data {
            Some(data) => self.ask_store(data, input, &faults),
            None => self.ask_server(input, &faults),
        };
        faults.finish();
        let judged = judged?;
        judged.report_missing();
        let done = self.write(compressed, &judged.near_duplicates)?;
        if !self.quiet {
            self.report(&done)?;
        }
        Ok(())
    }

    /// Returns whether the output is compressed, by its name.
    fn is_compressed(&self) -> Result<bool> {
        let name = self.output.to_string_lossy().to_ascii_lowercase();
        match (name.ends_with(".warc.gz"), name.ends_with(".warc")) {
            (true, _) => Ok(true),
            (_, true) => Ok(false),
            _ => {
                let output = self.output.display();
                let why = format!("`{output}` ends in neither .warc nor .warc.gz");
                Err(InvalidArguments(why).into())
            }
        }
    }

    fn ask_server(&self, input: Articles, faults: &Faults) -> Result<JudgedArchive> {
        let mut judged = JudgedArchive::default();
        let request = ArticleRequest {
            collection: self.collection.to_string(),
            ..ArticleRequest::default()
        };
        let take = |place: &Location, outcome| match outcome {
            Outcome::Verdict(verdict) => {
                judged.take(place, verdict);
                Ok(())
            }
            Outcome::Error(error) => Ok(faults.bad(place, &error.message)?),
        };
        remote::block_on(async {
            let mut client = self.remote.target()?.connect().await?;
            let begin = async move |articles| client.check_stream(articles).await;
            stream::send(request, input, begin, take).await
        })?;
        Ok(judged)
    }

    fn ask_store(&self, data: &Path, input: Articles, faults: &Faults) -> Result<JudgedArchive> {
        let failed = || {
            format!(
                "failed to check the archive by the store in `{}`",
                data.display()
            )
        };
        settings::require_store(data).with_context(failed)?;
        let config = self.settings.config(Use::Server, Layer::default())?;
        let engine = settings::open(data, &config).with_context(failed)?;
        let mut judged = JudgedArchive::default();
        for article in input {
            let article = article?;
            match engine.check(article.article, VerdictScope::Matches) {
                Ok(verdict) => judged.take(&article.place, verdict.into()),
                Err(error @ wirecopy::engine::Error::Invalid { .. }) => {
                    faults.bad(&article.place, &error)?;
                }
                Err(error) => return Err(error).with_context(failed),
            }
        }
        engine.close().with_context(failed)?;
        Ok(judged)
    }

    /// Writes the archive and its index. Both get their names when they are whole.
    fn write(
        &self,
        is_compressed: bool,
        near_duplicates: &HashMap<u64, NearDuplicate>,
    ) -> Result<Deduplicated> {
        let failed = || format!("failed to write `{}`", self.output.display());
        let filename = self
            .output
            .file_name()
            .unwrap_or_default()
            .to_string_lossy();
        let (bar, mut progress) = settings::progress_bar("copied");
        if self.quiet {
            bar.set_draw_target(indicatif::ProgressDrawTarget::hidden());
        }
        let bytes = fs::metadata(&self.input)?.len();
        let mut file = BufWriter::new(new_file(&self.output).with_context(failed)?);
        let output = DedupOutput {
            out: &mut file,
            filename: &filename,
            is_compressed,
            now: &jiff::Timestamp::now()
                .strftime("%Y-%m-%dT%H:%M:%SZ")
                .to_string(),
        };
        let progress = |done| progress(done, bytes);
        let done = deduplicate(&self.input, output, near_duplicates, progress);
        let done = done.with_context(failed)?;
        bar.finish_and_clear();
        let archive = file.into_inner().with_context(failed)?;
        let mut index = BufWriter::new(new_file(&self.index()).with_context(failed)?);
        for line in &done.cdx {
            writeln!(index, "{line}").with_context(failed)?;
        }
        let index = index.into_inner().with_context(failed)?;
        index.finish().with_context(failed)?;
        archive.finish().with_context(failed)?;
        Ok(done)
    }

    /// Returns the path of the index.
    fn index(&self) -> PathBuf {
        let mut path = self.output.clone().into_os_string();
        path.push(".cdxj");
        path.into()
    }

    fn report(&self, done: &Deduplicated) -> Result<()> {
        let counts = &done.counts;
        let bytes = |path: &Path| fs::metadata(path).map(|it| HumanBytes(it.len()));
        let mut out = output::stdout();
        writeln!(
            out,
            "{}: {} became revisits, {} have a metadata record as near-duplicates, {} left out as damaged; {} from {}",
            counted(counts.records, "record"),
            count(counts.revisits),
            count(counts.near_duplicates),
            count(counts.damaged),
            bytes(&self.output)?,
            bytes(&self.input)?,
        )?;
        Ok(out.flush()?)
    }
}

fn new_file(path: &Path) -> Result<WholeFile> {
    let file = WholeFile::create_new(path)?;
    file.part().map_or(Ok(()), signals::remove_when_stopped)?;
    Ok(file)
}

/// What was found of the pages of an archive.
#[derive(Debug, Default)]
struct JudgedArchive {
    /// By the number of the record.
    near_duplicates: HashMap<u64, NearDuplicate>,
    /// Pages that are not stored.
    missing: u64,
    /// Pages of which a later capture is stored: its verdict says nothing of them.
    older: u64,
}

impl JudgedArchive {
    fn take(&mut self, place: &Location, verdict: Verdict) {
        let RecordPosition::Record(record) = place.position else {
            return;
        };
        match verdict.state() {
            State::Older => {
                self.older += 1;
                return;
            }
            State::New | State::Updated => self.missing += 1,
            State::Unchanged | State::Unspecified => {}
        }
        let placement = verdict.placement.unwrap_or_default();
        let relation = placement.relation();
        if !matches!(relation, Relation::Copy | Relation::Version) {
            return;
        }
        let figures = placement.figures.unwrap_or_default();
        let near_duplicate = NearDuplicate {
            relation: show::relation(relation),
            lead: placement.cluster,
            resemblance: results::rounded(figures.resemblance),
            containment: results::rounded(figures.containment),
            containment_of_lead: results::rounded(figures.containment_of_other),
        };
        self.near_duplicates.insert(record.number, near_duplicate);
    }

    /// Reports the pages of which little is known.
    fn report_missing(&self) {
        if self.missing > 0 {
            report(format_args!(
                "{} not stored, and not compared with each other: ingest the archive first",
                being(self.missing)
            ));
        }
        if self.older > 0 {
            report(format_args!(
                "{} stored as of a later capture, and not judged",
                being(self.older)
            ));
        }
    }
}

fn being(pages: u64) -> String {
    format!(
        "{} {}",
        counted(pages, "page"),
        if pages == 1 { "is" } else { "are" }
    )
}
