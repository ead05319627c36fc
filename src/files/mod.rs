//! Reads articles from files: JSON lines, text files and pages, plain or compressed.
//!
//! In go paths; out come articles, one at a time and in bounded memory. Bad lines are reported on
//! standard error and counted, beside a progress bar. This is the input of programs that run in a
//! terminal: the command line and the benchmarks. Nothing here knows a store or a server.

mod article;
mod error;
mod faults;
mod lines;
mod open;

use std::collections::VecDeque;
use std::io::{self, BufRead};
use std::path::{Path, PathBuf};
use std::sync::Arc;

use indicatif::ProgressBar;

pub use article::milliseconds;
pub use error::Error;
pub use faults::{Faults, Location};
pub use lines::Lines;
use lines::TextLine;
pub use open::{is_document, read_document};

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

/// An article and where it was read.
pub struct InputArticle {
    /// The article.
    pub article: Article,
    /// Where it was read.
    pub place: Location,
}

/// The articles of some files.
pub struct Articles {
    waiting: VecDeque<PathBuf>,
    current: Option<(Arc<Path>, FileLines)>,
    body: PreferredBody,
    collection: Collection,
    faults: Arc<Faults>,
    bar: ProgressBar,
    /// Whether an article was read.
    any: bool,
}

impl Articles {
    /// Prepares to read files; `-` is standard input. With `strict` the first bad line is an error.
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
        Ok(Self {
            waiting: files.iter().cloned().collect(),
            body,
            collection: collection.clone(),
            ..Self::new(None, strict, open::progress(bytes))
        })
    }

    /// Reads JSON lines that are in memory. A bad line is an error.
    pub fn of_text(name: &str, text: &'static str) -> Self {
        let lines = Lines::new(Box::new(text.as_bytes()) as Box<dyn BufRead + Send>);
        let current = (Arc::from(Path::new(name)), lines);
        Self::new(Some(current), true, ProgressBar::hidden())
    }

    fn new(current: Option<(Arc<Path>, FileLines)>, strict: bool, bar: ProgressBar) -> Self {
        Self {
            waiting: VecDeque::new(),
            current,
            body: PreferredBody::Html,
            collection: Collection::default(),
            faults: Arc::new(Faults::new(strict, bar.clone())),
            bar,
            any: false,
        }
    }

    fn seek(&mut self) -> Result<Option<InputArticle>, Error> {
        loop {
            let found = match &mut self.current {
                Some((file, lines)) => {
                    let file = Arc::clone(file);
                    let before = lines.number();
                    lines
                        .next_line()
                        .map_err(|source| Error::ReadLine {
                            path: file.to_path_buf(),
                            line: before,
                            source,
                        })?
                        .map(|TextLine { number, text }| {
                            let article = text.and_then(|text| article::parse(text, self.body));
                            (Location { file, line: number }, article)
                        })
                }
                None => None,
            };
            match found {
                Some((place, Ok(parsed))) => {
                    if !parsed.date_is_read {
                        self.faults.undated();
                    }
                    let article = Article {
                        collection: self.collection.clone(),
                        ..parsed.article
                    };
                    return Ok(Some(InputArticle { article, place }));
                }
                Some((place, Err(why))) => self.faults.bad(&place, &why)?,
                None => {
                    let Some(path) = self.waiting.pop_front() else {
                        // A script that checks the exit code only should notice.
                        if !self.any && self.faults.any_bad() {
                            return Err(Error::NoArticles);
                        }
                        return Ok(None);
                    };
                    if let Some(document) = self.begin(&path)? {
                        return Ok(Some(document));
                    }
                }
            }
        }
    }

    /// Opens a file. A single document is read at once.
    fn begin(&mut self, path: &Path) -> Result<Option<InputArticle>, Error> {
        let failed = |source| Error::read(path, source);
        let file: Arc<Path> = Arc::from(path);
        let reader = open::open(path, &self.bar).map_err(failed)?;
        let Some(kind) = open::document_kind(path) else {
            self.current = Some((file, Lines::new(reader)));
            return Ok(None);
        };
        self.current = None;
        let place = Location { file, line: 0 };
        match open::read_body(reader, kind).map_err(failed)? {
            Err(why) => self.faults.bad(&place, &why).map(|()| None),
            Ok(body) => {
                let id = path.to_string_lossy().into_owned();
                let article = Article {
                    collection: self.collection.clone(),
                    id,
                    body,
                    ..Article::default()
                };
                Ok(Some(InputArticle { article, place }))
            }
        }
    }

    /// Returns the reporter of faults, which outlives the reading.
    pub fn faults(&self) -> Arc<Faults> {
        Arc::clone(&self.faults)
    }
}

/// Yields the articles; bad lines between them are reported and skipped. Fails on a file that cannot
/// be read to its end, on a bad line if `strict`, and if all lines are bad.
impl Iterator for Articles {
    type Item = Result<InputArticle, Error>;

    fn next(&mut self) -> Option<Self::Item> {
        let next = self.seek().transpose();
        self.any |= matches!(next, Some(Ok(_)));
        next
    }
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
