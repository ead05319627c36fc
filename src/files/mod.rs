//! Reads articles from files: JSON lines, text files and pages, plain or compressed.
//!
//! In go paths; out come articles, one at a time and in bounded memory. Bad lines, unknown fields and
//! records without text are reported on standard error and counted, beside a progress bar. This is the input of programs that run in a
//! terminal: the command line and the benchmarks. Nothing here knows a store or a server.

mod article;
mod counts;
mod error;
mod faults;
mod lines;
mod open;
mod textless;

use std::io::{self, BufRead};
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::{iter, mem};

use indicatif::ProgressBar;

#[cfg(any(test, fuzzing))]
pub use article::parse as parse_line;
pub use counts::{count, counted};
pub use error::Error;
pub use faults::{Faults, Location, report};
pub use lines::Lines;
pub use open::{is_document, read_document};

use crate::engine::{Article, Body};
use crate::id::Collection;
use textless::Textless;

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
pub struct LineArticle {
    /// The article.
    pub article: Article,
    /// The names of all fields of its record, in their order.
    pub fields: Vec<String>,
    /// Those that mean nothing.
    pub unknown: Vec<String>,
    /// Those that have a time that cannot be read.
    pub unread_times: Vec<&'static str>,
}

impl LineArticle {
    /// Whether it has a body.
    pub fn has_text(&self) -> bool {
        match &self.article.body {
            Body::Text(text) | Body::Html(text) => !text.trim().is_empty(),
            Body::Raw { bytes, .. } => !bytes.is_empty(),
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
type FileArticle = Result<(Location, Result<LineArticle, String>), Error>;

/// What was read of the articles of a file, or of several.
type FileArticles = Box<dyn Iterator<Item = FileArticle> + Send>;

/// The articles of some files.
pub struct Articles {
    read: FileArticles,
    collection: Collection,
    faults: Arc<Faults>,
    /// Whether an article was read.
    any: bool,
}

impl Articles {
    /// Prepares to read files; `-` is standard input. With `strict` the first bad line is an error, and so is
    /// the first unknown field, and the first record without text.
    ///
    /// # Errors
    /// A file that does not exist: better now than after an hour's work.
    pub fn open(
        files: &[PathBuf],
        body: PreferredBody,
        strict: bool,
        collection: &Collection,
    ) -> Result<Self, Error> {
        let mut bytes = Some(0);
        for file in files {
            if open::is_stdin(file) {
                bytes = None;
                continue;
            }
            let size = std::fs::metadata(file)
                .map_err(|e| Error::read(file, e))?
                .len();
            bytes = bytes.map(|sum| sum + size);
        }
        let bar = open::progress(bytes);
        let faults = Arc::new(Faults::new(strict, bar.clone()));
        let files = files.to_vec();
        let read = files.into_iter().flat_map(move |file| {
            let read = read_file(&file, body, &bar).map_err(|e| Error::read(&file, e));
            read.unwrap_or_else(|error| Box::new(iter::once(Err(error))))
        });
        Ok(Self {
            read: Box::new(read),
            collection: collection.clone(),
            faults,
            any: false,
        })
    }

    /// Reads JSON lines that are in memory. A bad line is an error.
    pub fn of_text(name: &str, text: &'static str) -> Self {
        let lines = Lines::new(Box::new(text.as_bytes()) as Box<dyn BufRead + Send>);
        Self {
            read: read_lines(Arc::from(Path::new(name)), lines, PreferredBody::Html),
            collection: Collection::default(),
            faults: Arc::new(Faults::new(true, ProgressBar::hidden())),
            any: false,
        }
    }

    fn seek(&mut self) -> Result<Option<InputArticle>, Error> {
        while let Some((place, read)) = self.read.next().transpose()? {
            match read {
                Ok(read) => {
                    self.faults.note(&place, &read)?;
                    let mut article = read.article;
                    article.collection = self.collection.clone();
                    self.any = true;
                    return Ok(Some(InputArticle { article, place }));
                }
                Err(why) => self.faults.bad(&place, &why)?,
            }
        }
        match self.any || !self.faults.any_bad() {
            true => Ok(None),
            false => Err(Error::NoArticles),
        }
    }

    /// Returns the reporter of faults, which outlives the reading.
    pub fn faults(&self) -> Arc<Faults> {
        Arc::clone(&self.faults)
    }
}

/// Yields the articles; bad lines between them are reported and skipped. Fails on a file that cannot
/// be read to its end, at the end of one without any text, on the first fault if `strict`, and if all lines
/// are bad.
impl Iterator for Articles {
    type Item = Result<InputArticle, Error>;

    fn next(&mut self) -> Option<Self::Item> {
        self.seek().transpose()
    }
}

/// Opens a file. A single document is read at once.
fn read_file(path: &Path, body: PreferredBody, bar: &ProgressBar) -> io::Result<FileArticles> {
    let file = Arc::from(path);
    let reader = open::open(path, bar)?;
    let Some(kind) = open::document_kind(path) else {
        return Ok(read_lines(file, Lines::new(reader), body));
    };
    let id = path.to_string_lossy().into_owned();
    let article = open::read_body(reader, kind)?.map(|body| Article {
        id,
        body,
        ..Article::default()
    });
    let place = Location { file, line: 0 };
    let read = (
        place,
        article.map(|article| LineArticle {
            article,
            ..LineArticle::default()
        }),
    );
    Ok(Box::new(iter::once(Ok(read))))
}

fn read_lines(file: Arc<Path>, mut lines: FileLines, body: PreferredBody) -> FileArticles {
    let mut textless = Textless::default();
    Box::new(iter::from_fn(move || {
        let before = lines.number();
        let article = match lines.next_line() {
            Ok(Some(line)) => line.and_then(|text| article::parse(text, body)),
            Ok(None) => return mem::take(&mut textless).error(&file).map(Err),
            Err(source) => {
                return Some(Err(Error::ReadLine {
                    path: file.to_path_buf(),
                    line: before,
                    source,
                }));
            }
        };
        if let Ok(read) = &article {
            textless.take(read);
        }
        let place = Location {
            file: Arc::clone(&file),
            line: lines.number(),
        };
        Some(Ok((place, article)))
    }))
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
