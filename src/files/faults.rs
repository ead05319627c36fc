//! Reports what is wrong with the input: the first bad records at once, of the rest the first occurrence, and counts
//! at the end.

use std::collections::BTreeMap;
use std::fmt;
use std::io::{self, Write as _};
use std::path::Path;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use indicatif::ProgressBar;

use super::{Error, Input, RecordArticle, count, counted};
use crate::warc::RecordPlace;

/// Most bad records that are reported one by one.
const MAX_BAD: u64 = 100;
/// Most unknown fields that are reported by name.
const MAX_UNKNOWN: usize = 100;
/// Most characters of the name of a field that are reported.
const NAME_CHARS: usize = 64;
/// What is said of each time that cannot be read.
const TIMES: [(&str, &str); 2] = [
    ("published", "taken as undated"),
    ("fetched", "taken as captured now"),
];

/// Where an article was read.
#[derive(Debug, Clone)]
pub struct Location {
    /// The file.
    pub file: Arc<Path>,
    /// Where in the file.
    pub position: RecordPosition,
}

/// Where a record is in its file.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum RecordPosition {
    /// The file is one document.
    Whole,
    /// At a line, from 1.
    Line(u64),
    /// In a row of a table, from 1, without its header.
    Row(u64),
    /// In a record of an archive.
    Record(RecordPlace),
}

impl fmt::Display for Location {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}", self.file.display())?;
        match self.position {
            RecordPosition::Whole => Ok(()),
            RecordPosition::Line(line) => write!(f, ":{line}"),
            RecordPosition::Row(row) => write!(f, ", row {row}"),
            RecordPosition::Record(place) => {
                write!(f, ", record {} at byte {}", place.number, place.offset)
            }
        }
    }
}

/// Why a record of an archive or of a sitemap has no article: no fault of it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum NoArticle {
    /// It repeats an earlier record.
    Revisit,
    /// It is a redirection, an error and the like.
    OtherStatus,
    /// It is an image, a script and the like.
    NotHtml,
    /// It is a request, or something about the crawl.
    OtherType,
    /// It is a page of a sitemap that is not said to be news.
    NotNews,
}

impl NoArticle {
    /// What is said of records of each kind, in their order.
    const WORDS: [&str; 5] = [
        "of type revisit",
        "with another status than 200",
        "not HTML",
        "of other types",
        "of a sitemap without news",
    ];
}

/// Reports and counts the faults of the input.
#[derive(Debug)]
pub struct Faults {
    /// The first fault is an error.
    strict: bool,
    /// Only bad records are reported.
    quiet: bool,
    /// As in [`Input`].
    bad_records_are: &'static str,
    bar: ProgressBar,
    /// Records with an article, and bad ones.
    records: AtomicU64,
    bad: AtomicU64,
    textless: AtomicU64,
    /// As in [`NoArticle::WORDS`].
    no_articles: [AtomicU64; NoArticle::WORDS.len()],
    /// As in [`TIMES`].
    unread_times: [AtomicU64; TIMES.len()],
    unknown: Mutex<UnknownFields>,
}

/// Fields that mean nothing, and in how many records each is.
#[derive(Debug, Default)]
struct UnknownFields {
    named: BTreeMap<String, u64>,
    /// In how many records others are.
    others: u64,
}

impl UnknownFields {
    /// Counts a field. Returns whether it occurs for the first time.
    fn count(&mut self, field: &str) -> bool {
        if let Some(records) = self.named.get_mut(field) {
            *records += 1;
            return false;
        }
        if self.named.len() == MAX_UNKNOWN {
            self.others += 1;
            return false;
        }
        self.named.insert(field.to_owned(), 1);
        true
    }
}

impl Faults {
    pub(super) fn new(input: &Input, bar: ProgressBar) -> Self {
        Self {
            strict: input.strict,
            quiet: input.quiet,
            bad_records_are: input.bad_records_are,
            bar,
            records: AtomicU64::new(0),
            bad: AtomicU64::new(0),
            textless: AtomicU64::new(0),
            no_articles: Default::default(),
            unread_times: Default::default(),
            unknown: Mutex::default(),
        }
    }

    /// Reports a record, or an article, that is skipped.
    ///
    /// # Errors
    /// [`Error::BadRecord`], if bad records are not to be skipped.
    pub fn bad(&self, place: &Location, why: &dyn fmt::Display) -> Result<(), Error> {
        let before = self.bad.fetch_add(1, Ordering::Relaxed);
        if self.strict {
            return Err(Error::BadRecord {
                place: place.clone(),
                why: why.to_string(),
            });
        }
        let are = self.bad_records_are;
        self.bar.suspend(|| match before {
            ..MAX_BAD => report(format_args!("{place}: {why}; {are}")),
            MAX_BAD => report(format_args!("further bad records are only counted")),
            _ => {}
        });
        Ok(())
    }

    /// Checks, after all, that not every record was skipped: a script that checks the exit code only should notice.
    ///
    /// # Errors
    /// [`Error::NoArticles`], also if there were no records.
    pub fn require_articles(&self) -> Result<(), Error> {
        let [records, bad] = [&self.records, &self.bad].map(|it| it.load(Ordering::Relaxed));
        match records > bad {
            true => Ok(()),
            false => Err(Error::NoArticles),
        }
    }

    /// Counts a record with an article, or a bad one.
    pub(super) fn record(&self) {
        self.records.fetch_add(1, Ordering::Relaxed);
    }

    /// Counts what of a record was not read, and reports what occurs for the first time.
    ///
    /// # Errors
    /// [`Error::BadRecord`] for a record without text or with an unknown field, if that is not to be passed over.
    pub(super) fn note(&self, place: &Location, read: &RecordArticle) -> Result<(), Error> {
        for ((name, _), articles) in TIMES.iter().zip(&self.unread_times) {
            if read.unread_times.contains(name) {
                articles.fetch_add(1, Ordering::Relaxed);
            }
        }
        if !read.has_text() && self.textless.fetch_add(1, Ordering::Relaxed) == 0 {
            self.odd(place, format_args!("no text"))?;
        }
        for field in &read.unknown {
            if self.unknown().count(field) {
                self.odd(place, format_args!("unknown field {}", quoted(field)))?;
            }
        }
        Ok(())
    }

    /// Counts a record without an article.
    pub(super) fn no_article(&self, why: NoArticle) {
        self.no_articles[why as usize].fetch_add(1, Ordering::Relaxed);
    }

    fn odd(&self, place: &Location, what: fmt::Arguments<'_>) -> Result<(), Error> {
        if self.strict {
            return Err(Error::BadRecord {
                place: place.clone(),
                why: what.to_string(),
            });
        }
        if !self.quiet {
            self.bar.suspend(|| report(format_args!("{place}: {what}")));
        }
        Ok(())
    }

    fn unknown(&self) -> MutexGuard<'_, UnknownFields> {
        self.unknown.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Shows a message beside the progress bar.
    pub fn progress(&self, message: String) {
        self.bar.set_message(message);
    }

    /// Removes the progress bar and reports the counts.
    pub fn finish(&self) {
        self.bar.finish_and_clear();
        let bad = self.bad.load(Ordering::Relaxed);
        if bad > MAX_BAD || (bad > 0 && !self.quiet) {
            let are = self.bad_records_are;
            report(format_args!("{} {are}", counted(bad, "bad record")));
        }
        if self.quiet {
            return;
        }
        if let Some(line) = self.without_article() {
            report(format_args!("{line}"));
        }
        for ((name, instead), articles) in TIMES.iter().zip(&self.unread_times) {
            let articles = articles.load(Ordering::Relaxed);
            if articles > 0 {
                let they_are = if articles == 1 { "it is" } else { "they are" };
                let articles_have = having(articles, "article");
                report(format_args!(
                    "{articles_have} a `{name}` that cannot be read; {they_are} {instead}"
                ));
            }
        }
        let textless = self.textless.load(Ordering::Relaxed);
        if textless > 0 {
            report(format_args!("{} no text", having(textless, "record")));
        }
        let unknown = self.unknown();
        for (field, &records) in &unknown.named {
            let (records_have, field) = (having(records, "record"), quoted(field));
            report(format_args!("{records_have} the unknown field {field}"));
        }
        if unknown.others > 0 {
            let records_have = having(unknown.others, "record");
            report(format_args!("{records_have} other unknown fields"));
        }
    }
}

impl Faults {
    /// Returns what to say of records without an article, if there are any.
    fn without_article(&self) -> Option<String> {
        let numbers = self.no_articles.iter();
        let numbers = numbers.map(|records| records.load(Ordering::Relaxed));
        let all = numbers.clone().sum();
        let parts = numbers
            .zip(NoArticle::WORDS)
            .filter(|(records, _)| *records > 0);
        let parts = parts.map(|(records, what)| format!("{} {what}", count(records)));
        let parts = parts.collect::<Vec<_>>().join(", ");
        (all > 0).then(|| format!("{} no article: {parts}", having(all, "record")))
    }
}

/// Returns the subject of a sentence: "1 record has", "2,000 records have".
fn having(n: u64, noun: &str) -> String {
    let has = if n == 1 { "has" } else { "have" };
    format!("{} {has}", counted(n, noun))
}

/// Returns the name of a field as it is shown on a terminal.
pub(super) fn quoted(field: &str) -> String {
    let shown = field.chars().take(NAME_CHARS).flat_map(char::escape_debug);
    let rest = if field.chars().nth(NAME_CHARS).is_some() {
        "…"
    } else {
        ""
    };
    format!("`{}{rest}`", shown.collect::<String>())
}

/// Writes a line to standard error, if that can be written: unlike with `eprintln!`, a full disk is no panic.
pub fn report(line: fmt::Arguments<'_>) {
    // Nobody is there to be told that it cannot.
    let _ = writeln!(io::stderr(), "wirecopy: {line}");
}
