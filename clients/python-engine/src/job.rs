//! Articles of a table into an engine, and what is reported of them, in portions between which signals are looked for.

use std::collections::HashSet;
use std::thread;
use std::time::Duration;

use arrow_schema::ArrowError;
use crossbeam_channel::{Receiver, RecvTimeoutError, unbounded};
use pyo3::prelude::*;
use pyo3_arrow::error::PyArrowError;
use wirecopy::engine::{
    self, Article, Engine, Error, ExportedArticle, KeptArticles, State, Verdict, VerdictScope,
};
use wirecopy::id::Collection;

use crate::articles::{ArticleColumns, ColumnNames, has_body};
use crate::errors::{invalid, of_engine};
use crate::input::Input;
use crate::table::{ArticleRows, Table};

/// How long verdicts are waited for before signals are looked for.
const PATIENCE: Duration = Duration::from_millis(100);
/// Articles that a thread judges between two looks at signals.
const SHARE: usize = 64;

/// Rows that are at fault.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum OnFault {
    /// The first one ends the call.
    Raise,
    /// They are left out, and listed.
    Skip,
}

/// The rows of a table that were left out, and whether any other has a body.
struct Faults {
    on_fault: OnFault,
    skipped: Vec<(u64, String)>,
    rows: u64,
    has_body: bool,
}

impl Faults {
    fn new(on_fault: OnFault) -> Self {
        Self {
            on_fault,
            skipped: Vec::new(),
            rows: 0,
            has_body: false,
        }
    }

    /// Takes the result for a row; `None` if it is left out.
    fn take<T>(&mut self, row: u64, result: engine::Result<T>) -> PyResult<Option<T>> {
        match result {
            Ok(result) => Ok(Some(result)),
            Err(error @ Error::Invalid { .. }) if self.on_fault == OnFault::Raise => {
                Err(invalid(format!("row {row}: {error}")))
            }
            Err(error @ Error::Invalid { .. }) => {
                self.skipped.push((row, error.to_string()));
                Ok(None)
            }
            Err(error) => Err(of_engine(error)),
        }
    }

    /// Notes some rows that were read. Returns the number of the first.
    fn add(&mut self, articles: &[Article]) -> u64 {
        let first = self.rows;
        self.rows += articles.len() as u64;
        self.has_body |= articles.iter().any(has_body);
        first
    }

    /// Returns the rows that were left out.
    ///
    /// # Errors
    /// A table in which no row has a body: most likely another column has it.
    fn finish(self) -> PyResult<Vec<(u64, String)>> {
        match self.rows == 0 || self.has_body {
            true => Ok(self.skipped),
            false => Err(invalid(format!(
                "none of the {} rows has a text",
                self.rows
            ))),
        }
    }
}

/// What a call is about.
pub struct Job<'e> {
    /// The engine.
    pub engine: &'e Engine,
    /// The collection.
    pub collection: Collection,
    /// The names of columns.
    pub names: Option<ColumnNames>,
    /// What is done with rows that are at fault.
    pub on_fault: OnFault,
}

impl Job<'_> {
    /// Ingests all articles, and returns their verdicts.
    pub fn ingest(&self, py: Python<'_>, input: Input) -> PyResult<Table> {
        let mut rows = ArticleRows::new(true, false);
        let skipped = self.submit(py, input, |verdict| {
            let state = state(verdict.state);
            rows.add(&reported(verdict), state)
        })?;
        Ok(rows.finish(skipped).map_err(PyArrowError::from)?)
    }

    /// Ingests all articles, settles the clusters, and returns where each article is then.
    pub fn cluster(
        &self,
        py: Python<'_>,
        input: Input,
        kept: Option<&KeptArticles>,
    ) -> PyResult<Table> {
        let (mut ids, mut known) = (Vec::new(), HashSet::new());
        let skipped = self.submit(py, input, |verdict| {
            if known.insert(verdict.id.clone()) {
                ids.push(verdict.id.0);
            }
            Ok(())
        })?;
        drop(known);
        py.detach(|| self.engine.settle()).map_err(of_engine)?;
        let mut rows = ArticleRows::new(false, kept.is_some());
        let judge = |id: &String| self.engine.exported(&self.collection, id, kept, true);
        for portion in ids.chunks(SHARE * self.threads()) {
            for article in each(py, portion, self.threads(), judge)? {
                // An article that another call has removed meanwhile is left out.
                if let Some(article) = article.map_err(of_engine)? {
                    rows.add(&article, "").map_err(PyArrowError::from)?;
                }
            }
        }
        Ok(rows.finish(skipped).map_err(PyArrowError::from)?)
    }

    /// Returns the verdicts that an ingest of each article alone would return.
    pub fn check(&self, py: Python<'_>, mut input: Input) -> PyResult<Table> {
        let columns = ArticleColumns::of(input.schema(), self.names.as_ref())?;
        let mut faults = Faults::new(self.on_fault);
        let mut rows = ArticleRows::new(true, false);
        while let Some(batch) = input.next(py)? {
            let read = py.detach(|| columns.read(&batch, faults.rows, &self.collection));
            let articles = read.map_err(PyArrowError::from)?;
            let first = faults.add(&articles);
            let check =
                |article: &Article| self.engine.check(article.clone(), VerdictScope::Matches);
            for (row, verdict) in (first..).zip(each(py, &articles, self.threads(), check)?) {
                if let Some(verdict) = faults.take(row, verdict)? {
                    let state = state(verdict.state);
                    let added = rows.add(&reported(verdict), state);
                    added.map_err(PyArrowError::from)?;
                }
            }
        }
        let skipped = faults.finish()?;
        Ok(rows.finish(skipped).map_err(PyArrowError::from)?)
    }

    /// Submits all articles, and hands on their verdicts in the order of the rows. Returns the rows that were left
    /// out.
    fn submit(
        &self,
        py: Python<'_>,
        mut input: Input,
        mut take: impl FnMut(Verdict) -> Result<(), ArrowError>,
    ) -> PyResult<Vec<(u64, String)>> {
        let columns = ArticleColumns::of(input.schema(), self.names.as_ref())?;
        let mut faults = Faults::new(self.on_fault);
        let (sender, verdicts) = unbounded();
        // Articles without a date or a time of capture come after all others, in the order of the rows.
        let start_ms = jiff::Timestamp::now().as_millisecond();
        let mut arrived = |faults: &mut Faults, (row, verdict): Arrived| {
            if let Some(verdict) = faults.take(row, verdict)? {
                take(verdict).map_err(PyArrowError::from)?;
            }
            Ok::<_, PyErr>(())
        };
        while let Some(batch) = input.next(py)? {
            let first = faults.rows;
            let read = py.detach(|| columns.read(&batch, first, &self.collection));
            let articles = read.map_err(PyArrowError::from)?;
            faults.add(&articles);
            py.detach(|| {
                for (row, article) in (first..).zip(articles) {
                    let sender = sender.clone();
                    let reply = move |verdict| drop(sender.send((row, verdict)));
                    let now_ms = start_ms + row as i64;
                    self.engine.submit_at(article, now_ms, Box::new(reply));
                }
            });
            for one in verdicts.try_iter() {
                arrived(&mut faults, one)?;
            }
        }
        drop(sender);
        while let Some(one) = wait(py, &verdicts)? {
            arrived(&mut faults, one)?;
        }
        faults.finish()
    }

    fn threads(&self) -> usize {
        let processors = thread::available_parallelism().map_or(1, usize::from);
        processors.min(self.engine.threads())
    }
}

/// The verdict on a row.
type Arrived = (u64, engine::Result<Verdict>);

/// Waits for the next verdict; `None` after the last. Fails if a signal has come.
fn wait(py: Python<'_>, verdicts: &Receiver<Arrived>) -> PyResult<Option<Arrived>> {
    loop {
        match py.detach(|| verdicts.recv_timeout(PATIENCE)) {
            Ok(one) => return Ok(Some(one)),
            Err(RecvTimeoutError::Timeout) => py.check_signals()?,
            Err(RecvTimeoutError::Disconnected) => return Ok(None),
        }
    }
}

/// Calls a function for each item, on some threads and without holding the interpreter. Returns the results in the
/// order of the items. Fails if a signal has come.
pub fn each<I: Sync, T: Send>(
    py: Python<'_>,
    items: &[I],
    threads: usize,
    work: impl Fn(&I) -> T + Sync,
) -> PyResult<Vec<T>> {
    py.check_signals()?;
    let share = items.len().div_ceil(threads).max(1);
    let work = &work;
    Ok(py.detach(|| {
        thread::scope(|scope| {
            let shares = items.chunks(share);
            let workers: Vec<_> = shares
                .map(|share| scope.spawn(move || share.iter().map(work).collect::<Vec<T>>()))
                .collect();
            let results = workers.into_iter().flat_map(|worker| {
                let result = worker.join();
                result.unwrap_or_else(|panic| std::panic::resume_unwind(panic))
            });
            results.collect()
        })
    }))
}

/// Returns the words for a state, as the server's replies have them.
fn state(state: State) -> &'static str {
    match state {
        State::New => "new",
        State::Unchanged => "unchanged",
        State::Updated => "updated",
        State::Older => "older",
    }
}

/// Returns what a verdict reports.
fn reported(verdict: Verdict) -> ExportedArticle {
    let published_ms = verdict.publication.map(|publication| publication.ms);
    ExportedArticle {
        id: verdict.id,
        url: String::new(),
        time_ms: published_ms.unwrap_or(verdict.first_seen_ms),
        placement: verdict.placement,
        judgement: verdict.judgement,
        keep: None,
    }
}
