//! Texts without a store: what is read from a page, sketches, and the comparison of two texts.

use std::sync::Arc;
use std::thread;

use arrow_array::builder::{FixedSizeListBuilder, ListBuilder, UInt32Builder, UInt64Builder};
use arrow_array::{ArrayRef, RecordBatch};
use arrow_schema::{ArrowError, DataType, Field, Schema};
use pyo3::prelude::*;
use pyo3_arrow::error::PyArrowError;
use wirecopy::engine::{Article, Body, Extracted, extract};
use wirecopy::id::Collection;
use wirecopy::sketch::{LENGTH, Params as SketchParams, Signature, Sketch};
use wirecopy::syndication::{Kinship, TextPair, Thresholds};

use crate::articles::{ArticleColumns, ColumnNames};
use crate::engine::NOTICES;
use crate::errors::{invalid, of_engine};
use crate::input::Input;
use crate::job::each;
use crate::table::{self, Table};

/// Reads the articles of a table as an ingest does: the main text of a page, what it says of itself, and what of the
/// text does not count.
#[pyfunction]
#[pyo3(signature = (table, *, fields=None))]
pub fn read(
    py: Python<'_>,
    table: &Bound<'_, PyAny>,
    fields: Option<ColumnNames>,
) -> PyResult<Table> {
    let batches = each_batch(
        py,
        table,
        fields.as_ref(),
        |article| article,
        |read| {
            let read: Vec<Option<Extracted>> = read.into_iter().map(Some).collect();
            table::readings(&read)
        },
    )?;
    Ok(Table::new(table::reading_fields(), batches, Vec::new()))
}

/// Sketches texts as an ingest does: the signature, the keys of its bands, and the anchors of each.
#[pyfunction]
#[pyo3(signature = (texts, *, fields=None))]
pub fn sketch(
    py: Python<'_>,
    texts: &Bound<'_, PyAny>,
    fields: Option<ColumnNames>,
) -> PyResult<Table> {
    let of = |read: Extracted| {
        let shingles = &read.shingles;
        let (distinct, windows) = (shingles.as_slice(), shingles.windows());
        let sketch = wirecopy::sketch::sketch(distinct, windows, &SketchParams::default());
        (Signature::of(distinct), sketch)
    };
    let batches = each_batch(py, texts, fields.as_ref(), of, |all| sketches(&all))?;
    Ok(Table::new(sketch_fields(), batches, Vec::new()))
}

fn sketch_fields() -> Vec<Field> {
    let item = |kind: DataType| Arc::new(Field::new_list_field(kind, true));
    let signature = DataType::FixedSizeList(item(DataType::UInt32), LENGTH as i32);
    let keys = |name: &str| Field::new(name, DataType::List(item(DataType::UInt64)), true);
    vec![
        Field::new("signature", signature, true),
        keys("bands"),
        keys("anchors"),
    ]
}

fn sketches(all: &[(Signature, Sketch)]) -> Result<RecordBatch, ArrowError> {
    let mut signatures = FixedSizeListBuilder::new(UInt32Builder::new(), LENGTH as i32);
    let mut bands = ListBuilder::new(UInt64Builder::new());
    let mut anchors = ListBuilder::new(UInt64Builder::new());
    for (signature, sketch) in all {
        signatures.values().append_slice(&signature.0);
        signatures.append(true);
        bands.values().append_slice(&sketch.bands);
        bands.append(true);
        anchors.values().append_slice(&sketch.anchors);
        anchors.append(true);
    }
    let columns: Vec<ArrayRef> = vec![
        Arc::new(signatures.finish()),
        Arc::new(bands.finish()),
        Arc::new(anchors.finish()),
    ];
    RecordBatch::try_new(Arc::new(Schema::new(sketch_fields())), columns)
}

/// Reads the articles of a table, and makes batches of what is derived from them.
fn each_batch<T: Send>(
    py: Python<'_>,
    table: &Bound<'_, PyAny>,
    fields: Option<&ColumnNames>,
    derive: impl Fn(Extracted) -> T + Sync,
    batch: impl Fn(Vec<T>) -> Result<RecordBatch, ArrowError>,
) -> PyResult<Vec<RecordBatch>> {
    let mut input = Input::of(table)?;
    let columns = ArticleColumns::of_texts(input.schema(), fields)?;
    let threads = thread::available_parallelism().map_or(1, usize::from);
    let (mut batches, mut row) = (Vec::new(), 0_u64);
    while let Some(rows) = input.next(py)? {
        let articles = py.detach(|| columns.read(&rows, row, &Collection::default()));
        let articles = articles.map_err(PyArrowError::from)?;
        let read = each(py, &articles, threads, |article: &Article| {
            extract(article.clone(), &NOTICES).map(&derive)
        })?;
        let mut derived = Vec::with_capacity(read.len());
        for one in read {
            derived.push(one.map_err(|error| invalid(format!("row {row}: {error}")))?);
            row += 1;
        }
        batches.push(batch(derived).map_err(PyArrowError::from)?);
    }
    Ok(batches)
}

/// What two texts share, exactly.
#[pyclass(frozen, get_all, module = "wirecopy_engine")]
pub struct Comparison {
    /// How the first relates to the second, if the second came first; None if they share too little to be reported.
    relation: Option<&'static str>,
    /// Whether they are copies of each other.
    copy: bool,
    /// The Jaccard index of what they say.
    resemblance: f64,
    /// The share of the first that is in the second.
    containment: f64,
    /// The share of the second that is in the first.
    containment_of_other: f64,
}

#[pymethods]
impl Comparison {
    fn __repr__(&self) -> String {
        let relation = self
            .relation
            .map_or_else(|| "None".to_owned(), |it| format!("'{it}'"));
        format!(
            "Comparison(relation={relation}, copy={}, resemblance={:.3}, containment={:.3}, containment_of_other={:.3})",
            if self.copy { "True" } else { "False" },
            self.resemblance,
            self.containment,
            self.containment_of_other
        )
    }
}

/// Compares two texts exactly.
#[pyfunction]
#[pyo3(signature = (a, b, *, title_a="", title_b=""))]
pub fn verify(
    py: Python<'_>,
    a: String,
    b: String,
    title_a: &str,
    title_b: &str,
) -> PyResult<Comparison> {
    let read = |text: String, title: &str| {
        let article = Article {
            id: "the text of a request".to_owned(),
            title: title.to_owned(),
            body: Body::Text(text),
            ..Article::default()
        };
        py.detach(|| extract(article, &NOTICES)).map_err(of_engine)
    };
    let (a, b) = (read(a, title_a)?, read(b, title_b)?);
    let pair = TextPair::of(&a.shingles, &b.shingles);
    let (overlap, thresholds) = (pair.overlap, Thresholds::default());
    let is_match = thresholds.is_match(&overlap, false);
    let relation = || {
        pair.relation(true, Kinship::Strangers, &thresholds)
            .as_str()
    };
    Ok(Comparison {
        relation: is_match.then(relation),
        copy: pair.is_copy(false, &thresholds),
        resemblance: overlap.resemblance(),
        containment: overlap.containment(),
        containment_of_other: overlap.containment_of_other(),
    })
}
