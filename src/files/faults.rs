//! Reports what is wrong with the input: each bad line at once, and counts at the end.

use std::fmt;
use std::io::{self, Write as _};
use std::path::Path;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};

use indicatif::ProgressBar;

use super::{Error, count, counted};

/// Where an article was read.
#[derive(Debug, Clone)]
pub struct Location {
    /// The file.
    pub file: Arc<Path>,
    /// The line, from 1; 0 if the file is one document.
    pub line: u64,
}

impl fmt::Display for Location {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}", self.file.display())?;
        match self.line {
            0 => Ok(()),
            line => write!(f, ":{line}"),
        }
    }
}

/// Reports and counts the faults of the input.
#[derive(Debug)]
pub struct Faults {
    strict: bool,
    bar: ProgressBar,
    bad: AtomicU64,
    undated: AtomicU64,
}

impl Faults {
    pub(super) fn new(strict: bool, bar: ProgressBar) -> Self {
        Self {
            strict,
            bar,
            bad: AtomicU64::new(0),
            undated: AtomicU64::new(0),
        }
    }

    /// Reports a line, or an article, that is skipped.
    ///
    /// # Errors
    /// [`Error::BadLine`], if bad lines are not to be skipped.
    pub fn bad(&self, place: &Location, why: &dyn fmt::Display) -> Result<(), Error> {
        self.bad.fetch_add(1, Ordering::Relaxed);
        if self.strict {
            return Err(Error::BadLine {
                place: place.clone(),
                why: why.to_string(),
            });
        }
        self.bar
            .suspend(|| report(format_args!("{place}: {why}; skipped")));
        Ok(())
    }

    /// Whether anything was skipped.
    pub(super) fn any_bad(&self) -> bool {
        self.bad.load(Ordering::Relaxed) > 0
    }

    /// Counts a date that cannot be read.
    pub(super) fn undated(&self) {
        self.undated.fetch_add(1, Ordering::Relaxed);
    }

    /// Shows a message beside the progress bar.
    pub fn progress(&self, message: String) {
        self.bar.set_message(message);
    }

    /// Removes the progress bar and reports the counts.
    pub fn finish(&self) {
        self.bar.finish_and_clear();
        let bad = self.bad.load(Ordering::Relaxed);
        if bad > 0 {
            report(format_args!("{} skipped", counted(bad, "bad line")));
        }
        let undated = self.undated.load(Ordering::Relaxed);
        if undated > 0 {
            let (articles_have, they_are) = if undated == 1 {
                ("article has", "it is")
            } else {
                ("articles have", "they are")
            };
            report(format_args!(
                "{} {articles_have} a `published` that cannot be read; {they_are} ordered by place in the input",
                count(undated)
            ));
        }
    }
}

/// Writes a line to standard error, if that can be written: unlike with `eprintln!`, a full disk is no panic.
pub fn report(line: fmt::Arguments<'_>) {
    // Nobody is there to be told that it cannot.
    let _ = writeln!(io::stderr(), "wirecopy: {line}");
}
