//! Input files -> articles, one at a time, in bounded memory.

mod article;
mod dates;
mod faults;
mod lines;
mod open;

use std::collections::VecDeque;
use std::io::{self, BufRead};
use std::path::{Path, PathBuf};
use std::sync::Arc;

use anyhow::{Context as _, Result, bail};
use clap::{Args, ValueEnum};
use indicatif::ProgressBar;
use wirecopy::engine::Article;
use wirecopy::engine::Body;
use wirecopy::id::Collection;

pub use dates::milliseconds;
pub use faults::{Faults, Place};
use lines::{Line, Lines};
pub use open::read_document;

/// Which body of an article is used where it has both.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub enum Preferred {
    /// The field `text`.
    Text,
    /// The field `html`; the text is taken out of it.
    Html,
}

/// The arguments of every command that reads articles.
#[derive(Debug, Args)]
pub struct Input {
    /// JSON lines (also .gz, .zst), single .txt or .html files, or `-` for JSON lines on standard
    /// input.
    #[arg(required = true, value_name = "FILE")]
    pub files: Vec<PathBuf>,
    /// Which body to use where an article has both.
    #[arg(long, value_enum, default_value_t = Preferred::Html)]
    pub body: Preferred,
    /// Stop at the first bad line, instead of reporting and skipping it.
    #[arg(long)]
    pub strict: bool,
    /// The collection; articles are compared within it only.
    #[arg(long, value_name = "NAME", default_value = "default", value_parser = Collection::parse)]
    pub collection: Collection,
}

impl Input {
    /// Whether it is a single document, and no lines of articles.
    pub fn is_one_document(&self) -> bool {
        matches!(self.files.as_slice(), [file] if open::document_kind(file).is_some())
    }

    /// Gets ready to read. A file that is not there is told now, not after an hour's work.
    pub fn open(&self) -> Result<Articles> {
        let mut bytes = Some(0);
        for file in &self.files {
            if open::is_stdin(file) {
                bytes = None;
                continue;
            }
            let size = std::fs::metadata(file)
                .with_context(|| format!("failed to read `{}`", file.display()))?
                .len();
            bytes = bytes.map(|sum| sum + size);
        }
        let bar = open::progress(bytes);
        Ok(Articles {
            waiting: self.files.iter().cloned().collect(),
            current: None,
            body: self.body,
            collection: self.collection.clone(),
            faults: Arc::new(Faults::new(self.strict, bar.clone())),
            bar,
            any: false,
        })
    }
}

/// An article, and where it was read.
pub struct Submission {
    /// The article.
    pub article: Article,
    /// Where.
    pub place: Place,
}

/// The articles of some files.
pub struct Articles {
    waiting: VecDeque<PathBuf>,
    current: Option<(Arc<Path>, Unpacked)>,
    body: Preferred,
    collection: Collection,
    faults: Arc<Faults>,
    bar: ProgressBar,
    /// An article was read.
    any: bool,
}

impl Articles {
    /// The articles of JSON lines that are at hand. A bad line is an error.
    pub fn of_text(name: &str, text: &'static str) -> Self {
        let lines = Lines::new(Box::new(text.as_bytes()) as Box<dyn BufRead + Send>);
        let bar = ProgressBar::hidden();
        Self {
            waiting: VecDeque::new(),
            current: Some((Arc::from(Path::new(name)), lines)),
            body: Preferred::Html,
            collection: Collection::default(),
            faults: Arc::new(Faults::new(true, bar.clone())),
            bar,
            any: false,
        }
    }

    /// Returns the next article; bad lines before it are reported and skipped.
    ///
    /// # Errors
    /// A file that cannot be read on, or, if so asked, a bad line; or nothing but bad lines.
    pub fn next(&mut self) -> Result<Option<Submission>> {
        let next = self.seek()?;
        self.any |= next.is_some();
        Ok(next)
    }

    fn seek(&mut self) -> Result<Option<Submission>> {
        loop {
            let found = match &mut self.current {
                Some((file, lines)) => {
                    let file = Arc::clone(file);
                    let before = lines.number();
                    let failed =
                        || format!("failed to read `{}` after line {before}", file.display());
                    lines
                        .next()
                        .with_context(failed)?
                        .map(|Line { number, text }| {
                            let article = text.and_then(|text| article::parse(text, self.body));
                            (Place { file, line: number }, article)
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
                    return Ok(Some(Submission { article, place }));
                }
                Some((place, Err(why))) => self.faults.bad(&place, &why)?,
                None => {
                    let Some(path) = self.waiting.pop_front() else {
                        // A script that looks at nothing but the exit code is to notice.
                        if !self.any && self.faults.any_bad() {
                            bail!("not one article could be read");
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

    /// Begins a file: a single document is read at once.
    fn begin(&mut self, path: &Path) -> Result<Option<Submission>> {
        let failed = || format!("failed to read `{}`", path.display());
        let file: Arc<Path> = Arc::from(path);
        let reader = open::open(path, &self.bar).with_context(failed)?;
        let Some(kind) = open::document_kind(path) else {
            self.current = Some((file, Lines::new(reader)));
            return Ok(None);
        };
        self.current = None;
        let place = Place { file, line: 0 };
        match open::read_body(reader, kind).with_context(failed)? {
            Err(why) => self.faults.bad(&place, &why).map(|()| None),
            Ok(body) => {
                let id = path.to_string_lossy().into_owned();
                let article = Article {
                    collection: self.collection.clone(),
                    id,
                    body,
                    ..Article::default()
                };
                Ok(Some(Submission { article, place }))
            }
        }
    }

    /// Where faults of the input are reported and counted; outlives the reading.
    pub fn faults(&self) -> Arc<Faults> {
        Arc::clone(&self.faults)
    }
}

/// Returns the lines of a file, unpacked.
pub fn lines(path: &Path) -> io::Result<Unpacked> {
    Ok(Lines::new(open::open(path, &ProgressBar::hidden())?))
}

/// The lines of a file, unpacked.
type Unpacked = Lines<Box<dyn BufRead + Send>>;

/// Makes a body of bytes; `Err` says why they are none.
type Kind = fn(Vec<u8>) -> std::result::Result<Body, String>;
