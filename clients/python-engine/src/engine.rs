//! The engine over a store on disk.

use std::collections::HashMap;
use std::path::{Path, PathBuf};
use std::sync::{Arc, LazyLock, Mutex, PoisonError};

use pyo3::prelude::*;
use pyo3_arrow::error::PyArrowError;
use wirecopy::engine::{Engine, KeepRule, KeptArticles, PageRequest, Params};
use wirecopy::id::Collection;
use wirecopy::index;
use wirecopy::notices::NoticeTable;
use wirecopy::store::{Durability, Embedded, EmbeddedParams, SelfRebuilding};
use wirecopy::syndication::Thresholds;

use crate::articles::ColumnNames;
use crate::errors::{ClosedError, invalid, of_engine, of_store};
use crate::input::Input;
use crate::job::{Job, OnFault};
use crate::table::{ArticleRows, Table};

/// The built-in table of notices, which all engines share.
pub static NOTICES: LazyLock<Arc<NoticeTable>> = LazyLock::new(|| Arc::new(NoticeTable::builtin()));

/// Articles of a page of an export.
const PAGE: usize = 256;

/// Thresholds by name, 0 to 1.
type GivenThresholds = HashMap<String, f64>;

/// An engine over the store in a directory, which is made if there is none. One process at a time can open it.
///
/// Calls release the interpreter's lock, and threads may share an engine. Ctrl-C ends a call between two portions of
/// rows: what was ingested until then stays. Do not fork a process that has one.
#[pyclass(frozen, name = "Engine", module = "wirecopy_engine")]
pub struct PyEngine {
    /// `None` once it is closed.
    engine: Mutex<Option<Arc<Engine>>>,
}

impl PyEngine {
    fn engine(&self) -> PyResult<Arc<Engine>> {
        let engine = self.engine.lock().unwrap_or_else(PoisonError::into_inner);
        let engine = engine.as_ref().map(Arc::clone);
        engine.ok_or_else(|| ClosedError::new_err("the engine is closed"))
    }
}

#[pymethods]
impl PyEngine {
    #[new]
    #[pyo3(signature = (path, *, threads=0, memory_mib=2048, fsync=true, thresholds=None))]
    fn new(
        py: Python<'_>,
        path: PathBuf,
        threads: usize,
        memory_mib: u64,
        fsync: bool,
        thresholds: Option<GivenThresholds>,
    ) -> PyResult<Self> {
        let durability = match fsync {
            true => Durability::Fsync,
            false => Durability::Os,
        };
        let settings = Settings::new(threads, memory_mib, thresholds)?;
        let engine = py.detach(|| settings.open(&path, durability))?;
        Ok(Self {
            engine: Mutex::new(Some(Arc::new(engine))),
        })
    }

    #[pyo3(signature = (table, *, collection="default", fields=None, skip_invalid=false))]
    fn ingest(
        &self,
        py: Python<'_>,
        table: &Bound<'_, PyAny>,
        collection: &str,
        fields: Option<ColumnNames>,
        skip_invalid: bool,
    ) -> PyResult<Table> {
        let engine = &*self.engine()?;
        job(engine, collection, fields, skip_invalid)?.ingest(py, Input::of(table)?)
    }

    #[pyo3(signature = (table, *, collection="default", fields=None, skip_invalid=false))]
    fn check(
        &self,
        py: Python<'_>,
        table: &Bound<'_, PyAny>,
        collection: &str,
        fields: Option<ColumnNames>,
        skip_invalid: bool,
    ) -> PyResult<Table> {
        let engine = &*self.engine()?;
        job(engine, collection, fields, skip_invalid)?.check(py, Input::of(table)?)
    }

    #[pyo3(signature = (*, collection="default", keep=None, roles=true))]
    fn export(
        &self,
        py: Python<'_>,
        collection: &str,
        keep: Option<&str>,
        roles: bool,
    ) -> PyResult<Table> {
        let engine = &*self.engine()?;
        let collection = parse_collection(collection)?;
        let kept = parse_keep(keep)?;
        py.detach(|| engine.settle()).map_err(of_engine)?;
        let mut rows = ArticleRows::new(false, kept.is_some());
        let mut page = PageRequest {
            size: PAGE,
            ..PageRequest::default()
        };
        loop {
            py.check_signals()?;
            let exported = py.detach(|| engine.export(&collection, &page, kept.as_ref(), roles));
            let exported = exported.map_err(of_engine)?;
            for article in &exported.articles {
                rows.add(article, "").map_err(PyArrowError::from)?;
            }
            if exported.next.is_empty() {
                return Ok(rows.finish(Vec::new()).map_err(PyArrowError::from)?);
            }
            page.token = exported.next;
        }
    }

    #[pyo3(signature = (ids, *, collection="default"))]
    fn remove(&self, py: Python<'_>, ids: Vec<String>, collection: &str) -> PyResult<(u32, u32)> {
        let engine = &*self.engine()?;
        let collection = parse_collection(collection)?;
        let removed = py.detach(|| engine.remove(&collection, ids));
        let removed = removed.map_err(of_engine)?;
        Ok((removed.removed, removed.unknown))
    }

    #[pyo3(signature = (*, collection="default"))]
    fn stats(&self, py: Python<'_>, collection: &str) -> PyResult<(u64, u64)> {
        let engine = &*self.engine()?;
        let collection = parse_collection(collection)?;
        let stats = py.detach(|| engine.stats(&collection));
        let stats = stats.map_err(of_engine)?;
        Ok((stats.articles, stats.clusters))
    }

    fn close(&self, py: Python<'_>) -> PyResult<()> {
        let mut engine = self.engine.lock().unwrap_or_else(PoisonError::into_inner);
        let Some(engine) = engine.take() else {
            return Ok(());
        };
        py.detach(move || engine.close()).map_err(of_engine)
    }

    fn __enter__(this: PyRef<'_, Self>) -> PyRef<'_, Self> {
        this
    }

    #[pyo3(signature = (*_error))]
    fn __exit__(&self, py: Python<'_>, _error: &Bound<'_, pyo3::types::PyTuple>) -> PyResult<()> {
        self.close(py)
    }
}

/// Clusters the articles of a table, in a temporary store.
#[pyfunction]
#[pyo3(signature = (
    table, *, fields=None, keep=None, thresholds=None, threads=0, memory_mib=2048, skip_invalid=false, directory=None,
))]
#[expect(clippy::too_many_arguments, reason = "Python names them")]
pub fn cluster(
    py: Python<'_>,
    table: &Bound<'_, PyAny>,
    fields: Option<ColumnNames>,
    keep: Option<&str>,
    thresholds: Option<GivenThresholds>,
    threads: usize,
    memory_mib: u64,
    skip_invalid: bool,
    directory: Option<PathBuf>,
) -> PyResult<Table> {
    let input = Input::of(table)?;
    let kept = parse_keep(keep)?;
    let settings = Settings::new(threads, memory_mib, thresholds)?;
    let mut temporary = tempfile::Builder::new();
    let temporary = temporary.prefix("wirecopy-");
    let temporary = match directory {
        Some(directory) => temporary.tempdir_in(directory),
        None => temporary.tempdir(),
    }?;
    let engine = py.detach(|| settings.open(temporary.path(), Durability::Os))?;
    let clustered = job(&engine, "default", fields, skip_invalid)
        .and_then(|job| job.cluster(py, input, kept.as_ref()));
    // It ends before its files are removed.
    py.detach(move || drop(engine));
    clustered
}

fn job<'e>(
    engine: &'e Engine,
    collection: &str,
    names: Option<ColumnNames>,
    skip_invalid: bool,
) -> PyResult<Job<'e>> {
    Ok(Job {
        engine,
        collection: parse_collection(collection)?,
        names,
        on_fault: match skip_invalid {
            true => OnFault::Skip,
            false => OnFault::Raise,
        },
    })
}

fn parse_collection(name: &str) -> PyResult<Collection> {
    Collection::parse(name).map_err(|why| invalid(format!("collection: {why}")))
}

fn parse_keep(rule: Option<&str>) -> PyResult<Option<KeptArticles>> {
    let rule = rule.map(KeepRule::parse).transpose();
    let rule = rule.map_err(|why| invalid(format!("keep: {why}")))?;
    Ok(rule.map(KeptArticles::new))
}

/// The parameters of an engine and its store.
struct Settings {
    engine: Params,
    store: EmbeddedParams,
}

impl Settings {
    fn new(threads: usize, memory_mib: u64, thresholds: Option<GivenThresholds>) -> PyResult<Self> {
        if !(128..=1 << 30).contains(&memory_mib) {
            return Err(invalid(format!("memory_mib: {memory_mib}, at least 128")));
        }
        // As `wirecopy cluster` divides it.
        let memory_bytes = memory_mib << 20;
        let engine = Params {
            threads,
            thresholds: parse_thresholds(thresholds.unwrap_or_default())?,
            index: index::Params {
                cache_bytes: (memory_bytes / 4) as usize,
                ..index::Params::default()
            },
            ..Params::default()
        };
        engine.validate().map_err(invalid)?;
        let store = EmbeddedParams {
            memory_bytes: memory_bytes / 8 * 3,
            cache_bytes: memory_bytes / 32,
            ..EmbeddedParams::default()
        };
        Ok(Self { engine, store })
    }

    /// Opens an engine over the store in a directory.
    fn open(self, path: &Path, durability: Durability) -> PyResult<Engine> {
        let Self {
            engine: params,
            store,
        } = self;
        let store = EmbeddedParams {
            durability,
            ..store
        };
        let (shape, derive) = (params.shape(), params.derive());
        let opened = Embedded::open(path, &store, &shape, &derive).map_err(of_store)?;
        let store = SelfRebuilding::new(opened.store, shape, derive);
        Engine::with_notices(Arc::new(store), params, Arc::clone(&NOTICES)).map_err(of_engine)
    }
}

fn parse_thresholds(given: GivenThresholds) -> PyResult<Thresholds> {
    let mut thresholds = Thresholds::default();
    for (name, share) in given {
        let threshold = match name.as_str() {
            "copy_larger" => &mut thresholds.copy_larger,
            "copy_smaller" => &mut thresholds.copy_smaller,
            "copy_resemblance" => &mut thresholds.copy_resemblance,
            "report" => &mut thresholds.report,
            _ => {
                return Err(invalid(format!(
                    "thresholds: `{name}` is none of copy_larger, copy_smaller, copy_resemblance, report"
                )));
            }
        };
        *threshold = share;
    }
    Ok(thresholds)
}
