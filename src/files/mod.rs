//! Reads articles from files: JSON lines, CSV, Parquet, WARC, feeds, text files and pages, plain or compressed; and
//! writes what is reported of them, as rows.
//!
//! In go paths; out come articles, one at a time and in bounded memory. Bad records, unknown fields and
//! records without text are reported on standard error and counted, beside a progress bar. This is the input of programs that run in a
//! terminal: the command line and the benchmarks. Nothing here knows a store or a server.

mod article;
mod counts;
mod error;
mod faults;
mod fields;
mod foreign;
mod format;
mod gzip;
mod lines;
mod open;
mod read;
mod textless;
mod warc;
mod write;

use std::io::{self, BufRead};
use std::iter;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use indicatif::ProgressBar;

pub use counts::{count, counted};
pub use error::Error;
pub use faults::{Faults, Location, RecordPosition, report};
pub use fields::{ArticleField, FieldNames};
pub use format::{FileFormat, InputFormat};
pub use lines::Lines;
pub use open::{is_document, read_document};
pub use write::{ArticleRow, Output, WholeFile, WriteRows, write_rows};

use self::read::Records;
use self::textless::Textless;
use crate::engine::{Article, Body};
use crate::id::Collection;

/// Which body of an article is used if it has both.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum PreferredBody {
    /// The field `text`.
    Text,
    /// The field `html`, from which the text is extracted.
    Html,
}

impl PreferredBody {
    /// Parses the value of a command-line option.
    ///
    /// # Errors
    /// Names the values that exist.
    pub fn parse(text: &str) -> Result<Self, String> {
        match text {
            "text" => Ok(Self::Text),
            "html" => Ok(Self::Html),
            _ => Err("one of: text, html".to_owned()),
        }
    }
}

/// An article as it was read, and what was not.
#[derive(Debug, Default)]
pub struct RecordArticle {
    /// The article.
    pub article: Article,
    /// The names of all fields of its record, in their order, if it has its own.
    pub fields: Vec<String>,
    /// Those of them that mean nothing.
    pub unknown: Vec<String>,
    /// Those that have a time that cannot be read.
    pub unread_times: Vec<&'static str>,
}

impl RecordArticle {
    /// Whether it has a body.
    pub fn has_text(&self) -> bool {
        match &self.article.body {
            Body::Text(text) | Body::Html(text) => !text.trim().is_empty(),
            Body::Raw { bytes, .. } => !bytes.is_empty(),
        }
    }
}

/// What is read, and how.
#[derive(Debug, Clone)]
pub struct Input {
    /// The files; `-` is standard input.
    pub files: Vec<PathBuf>,
    /// Their format. `None`: by the ending of each name, and JSON lines for standard input.
    pub format: Option<InputFormat>,
    /// The names of the fields in them.
    pub names: FieldNames,
    /// Which body is used of an article that has both.
    pub body: PreferredBody,
    /// The first bad record, unknown field or record without text is an error.
    pub strict: bool,
    /// Only what is skipped is reported, and no progress.
    pub quiet: bool,
    /// What is said to happen to bad records: they are `skipped`, unless the caller does something else with them.
    pub bad_records_are: &'static str,
    /// The collection of the articles.
    pub collection: Collection,
}

impl Input {
    /// Files as they are read without any options.
    pub fn new(files: Vec<PathBuf>) -> Self {
        Self {
            files,
            format: None,
            names: FieldNames::default(),
            body: PreferredBody::Html,
            strict: false,
            quiet: false,
            bad_records_are: "skipped",
            collection: Collection::default(),
        }
    }
}

/// An article and where it was read.
pub struct InputArticle {
    /// The article.
    pub article: Article,
    /// Where it was read.
    pub place: Location,
}

/// What was read of an article, and where; or what is wrong with it.
type FileArticle = Result<(Location, Result<RecordArticle, String>), Error>;

/// What was read of the articles of a file, or of several.
type FileArticles = Box<dyn Iterator<Item = FileArticle> + Send>;

/// The articles of some files.
pub struct Articles {
    read: FileArticles,
    collection: Collection,
    faults: Arc<Faults>,
}

impl Articles {
    /// Prepares to read files.
    ///
    /// # Errors
    /// A file that does not exist, or a table without the columns that are needed: better now than after an hour's
    /// work.
    pub fn open(input: &Input) -> Result<Self, Error> {
        let mut bytes = Some(0);
        for file in &input.files {
            if open::is_stdin(file) {
                bytes = None;
                continue;
            }
            let size = std::fs::metadata(file)
                .map_err(|e| Error::read(file, e))?
                .len();
            bytes = bytes.map(|sum| sum + size);
        }
        let bar = match input.quiet {
            true => ProgressBar::hidden(),
            false => open::progress(bytes),
        };
        let faults = Arc::new(Faults::new(input, bar.clone()));
        let opener = Opener {
            format: input.format,
            names: Arc::new(input.names.clone()),
            body: input.body,
            bar,
            faults: Arc::clone(&faults),
        };
        for file in &input.files {
            opener.check(file).map_err(|e| Error::read(file, e))?;
        }
        let files = input.files.clone();
        let read = files.into_iter().flat_map(move |file| {
            let read = opener.open(&file).map_err(|e| Error::read(&file, e));
            read.unwrap_or_else(|error| Box::new(iter::once(Err(error))))
        });
        Ok(Self {
            read: Box::new(read),
            collection: input.collection.clone(),
            faults,
        })
    }

    /// Reads JSON lines that are in memory. A bad line is an error.
    pub fn of_text(name: &str, text: &'static str) -> Self {
        let lines = Lines::new(Box::new(text.as_bytes()) as Box<dyn BufRead + Send>);
        let names = Arc::<FieldNames>::default();
        let records = read::json(lines, Arc::clone(&names));
        let file = Arc::from(Path::new(name));
        Self {
            read: articles(file, records, names, PreferredBody::Html),
            collection: Collection::default(),
            faults: Arc::new(Faults::new(
                &Input {
                    strict: true,
                    ..Input::new(Vec::new())
                },
                ProgressBar::hidden(),
            )),
        }
    }

    fn seek(&mut self) -> Result<Option<InputArticle>, Error> {
        while let Some((place, read)) = self.read.next().transpose()? {
            self.faults.record();
            match read {
                Ok(read) => {
                    self.faults.note(&place, &read)?;
                    let mut article = read.article;
                    article.collection = self.collection.clone();
                    return Ok(Some(InputArticle { article, place }));
                }
                Err(why) => self.faults.bad(&place, &why)?,
            }
        }
        Ok(None)
    }

    /// Returns the reporter of faults, which outlives the reading.
    pub fn faults(&self) -> Arc<Faults> {
        Arc::clone(&self.faults)
    }
}

/// Yields the articles; bad records between them are reported and skipped. Fails on a file that cannot
/// be read to its end, at the end of one without any text, and on the first fault if `strict`. Whether all records
/// were bad is known when all articles were submitted: see [`Faults::require_articles`].
impl Iterator for Articles {
    type Item = Result<InputArticle, Error>;

    fn next(&mut self) -> Option<Self::Item> {
        self.seek().transpose()
    }
}

/// Opens files.
struct Opener {
    format: Option<InputFormat>,
    names: Arc<FieldNames>,
    body: PreferredBody,
    bar: ProgressBar,
    faults: Arc<Faults>,
}

impl Opener {
    fn format(&self, path: &Path) -> Option<InputFormat> {
        self.format.or_else(|| InputFormat::of(path))
    }

    /// Checks the name of a file, and the columns of one that is a table. What can be read only once, as a pipe, is not
    /// checked.
    fn check(&self, path: &Path) -> io::Result<()> {
        if let Some(advice) = foreign::table(path).filter(|_| self.format.is_none()) {
            return Err(read::invalid(advice));
        }
        let Some(InputFormat::Rows(format)) = self.format(path) else {
            return Ok(());
        };
        if format != FileFormat::Jsonl && !open::is_stdin(path) && path.is_file() {
            self.records(path, format, &ProgressBar::hidden())?;
        }
        Ok(())
    }

    /// Opens a file. A single document is read at once.
    fn open(&self, path: &Path) -> io::Result<FileArticles> {
        let file = Arc::from(path);
        let format = self.format(path);
        let kind = open::document_kind(path).filter(|_| format.is_none());
        if let Some(kind) = kind {
            return read_whole(file, open::open(path, &self.bar)?, kind);
        }
        let format = match format {
            Some(InputFormat::Warc) => {
                let records = open::open_to_seek(path)?;
                return Ok(warc::articles(file, records, &self.bar, &self.faults));
            }
            Some(InputFormat::Feed) => {
                let records = read::feed(open::open(path, &self.bar)?, &self.faults)?;
                return Ok(articles(file, records, Arc::clone(&self.names), self.body));
            }
            Some(InputFormat::Rows(format)) => format,
            None => FileFormat::Jsonl,
        };
        let records = self.records(path, format, &self.bar)?;
        let names = Arc::clone(&self.names);
        Ok(articles(file, records, names, self.body))
    }

    /// Opens a file of records.
    fn records(&self, path: &Path, format: FileFormat, bar: &ProgressBar) -> io::Result<Records> {
        let bytes = || open::open_records(path, bar);
        Ok(match format {
            FileFormat::Parquet => read::parquet(open::open_to_seek(path)?, &self.names, bar)?,
            FileFormat::Csv => read::csv(bytes()?, &self.names)?,
            FileFormat::Jsonl => read::json(Lines::new(bytes()?), Arc::clone(&self.names)),
        })
    }
}

/// Reads a file that is one document. Its path is its id.
fn read_whole(file: Arc<Path>, reader: impl io::Read, kind: ParseBody) -> io::Result<FileArticles> {
    let id = file.to_string_lossy().into_owned();
    let article = open::read_body(reader, kind)?.map(|body| RecordArticle {
        article: Article {
            id,
            body,
            ..Article::default()
        },
        ..RecordArticle::default()
    });
    let article = article.and_then(|read| match read.has_text() {
        true => Ok(read),
        false => Err("no text".to_owned()),
    });
    let position = RecordPosition::Whole;
    let read = Ok((Location { file, position }, article));
    Ok(Box::new(iter::once(read)))
}

/// Makes articles of the records of a file.
fn articles(
    file: Arc<Path>,
    records: Records,
    names: Arc<FieldNames>,
    body: PreferredBody,
) -> FileArticles {
    let Records {
        columns,
        may_lack_text,
        mut records,
    } = records;
    let mut textless = (!may_lack_text).then(|| Textless::new(columns));
    let mut last = RecordPosition::Whole;
    Box::new(iter::from_fn(move || {
        let place = |position| Location {
            file: Arc::clone(&file),
            position,
        };
        let (position, record) = match records.next() {
            None => return textless.take()?.error(&file, &names).map(Err),
            Some(Ok(read)) => read,
            Some(Err(source)) => {
                let place = place(last);
                return Some(Err(Error::ReadOn { place, source }));
            }
        };
        last = position;
        let article = record.and_then(|record| article::of_record(record, body));
        if let (Some(textless), Ok(read)) = (&mut textless, &article) {
            textless.take(read);
        }
        Some(Ok((place(position), article)))
    }))
}

/// Parses an article from a line of JSON; `Err` says what is wrong with it.
#[cfg(any(test, fuzzing))]
pub fn parse_line(line: &str, body: PreferredBody) -> Result<RecordArticle, String> {
    article::of_record(read::parse_json(line, &FieldNames::default())?, body)
}

/// Reads the articles of CSV, up to where it cannot be read further; `Err` says what is wrong with a record.
#[cfg(any(test, fuzzing))]
pub fn parse_csv(bytes: &[u8], body: PreferredBody) -> Vec<Result<RecordArticle, String>> {
    let bytes = Box::new(io::Cursor::new(bytes.to_vec()));
    let table = read::csv(bytes, &FieldNames::default());
    table.map_or_else(
        |_| Vec::new(),
        |table| record_articles(table, body).collect(),
    )
}

/// Reads at most `rows` articles of a file of Parquet, up to where it cannot be read further; `Err` says what is
/// wrong with a record.
#[cfg(any(test, fuzzing))]
pub fn parse_parquet(
    file: std::fs::File,
    rows: usize,
    body: PreferredBody,
) -> Vec<Result<RecordArticle, String>> {
    let table = read::parquet(file, &FieldNames::default(), &ProgressBar::hidden());
    table.map_or_else(
        |_| Vec::new(),
        |table| record_articles(table, body).take(rows).collect(),
    )
}

#[cfg(any(test, fuzzing))]
fn record_articles(
    table: Records,
    body: PreferredBody,
) -> impl Iterator<Item = Result<RecordArticle, String>> {
    let records = table.records.map_while(Result::ok);
    records.map(move |(_, record)| article::of_record(record?, body))
}

/// Reads the articles of a feed, up to where it cannot be read further; `Err` says what is wrong with an entry.
#[cfg(any(test, fuzzing))]
pub fn parse_feed(bytes: &[u8]) -> Vec<Result<RecordArticle, String>> {
    let bytes = Box::new(io::Cursor::new(bytes.to_vec()));
    let input = Input {
        quiet: true,
        ..Input::new(Vec::new())
    };
    let faults = Arc::new(Faults::new(&input, ProgressBar::hidden()));
    let Ok(feed) = read::feed(bytes, &faults) else {
        return Vec::new();
    };
    let records = feed.records.map_while(Result::ok);
    let articles = records.map(|(_, record)| article::of_record(record?, PreferredBody::Html));
    articles.collect()
}

/// Returns the lines of a file, decompressed.
///
/// # Errors
/// A file that cannot be opened.
pub fn lines(path: &Path) -> io::Result<FileLines> {
    Ok(Lines::new(open::open(path, &ProgressBar::hidden())?))
}

/// The lines of a file, decompressed.
pub type FileLines = Lines<Box<dyn BufRead + Send>>;

/// Parses the bytes of a document; `Err` says what is wrong with them.
type ParseBody = fn(Vec<u8>) -> Result<Body, String>;
