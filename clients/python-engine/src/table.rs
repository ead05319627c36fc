//! The tables that are returned, for whatever reads Arrow.

use std::sync::Arc;

use arrow_array::builder::{BooleanBuilder, Float64Builder, Int64Builder, StringBuilder};
use arrow_array::builder::{
    ListBuilder, StructBuilder, TimestampMillisecondBuilder, UInt32Builder,
};
use arrow_array::{ArrayRef, RecordBatch, RecordBatchIterator, RecordBatchReader};
use arrow_schema::{ArrowError, DataType, Field, Fields, Schema, SchemaRef};
use pyo3::prelude::*;
use pyo3::types::PyCapsule;
use pyo3_arrow::PyRecordBatchReader;
use pyo3_arrow::error::PyArrowResult;
use pyo3_arrow::ffi::to_schema_pycapsule;
use wirecopy::engine::{ExportedArticle, Extracted, Placement};
use wirecopy::syndication::Judgement;
use wirecopy::text::Span;

/// A table of results. It has `__arrow_c_stream__`, so that pyarrow, polars, duckdb, pandas and others take it as it
/// is: `pyarrow.table(result)`, `polars.DataFrame(result)`.
#[pyclass(frozen, module = "wirecopy_engine")]
pub struct Table {
    schema: SchemaRef,
    batches: Vec<RecordBatch>,
    /// The rows of the input that were left out, from 0, and why.
    #[pyo3(get)]
    skipped: Vec<(u64, String)>,
}

impl Table {
    /// Makes a table of batches with the same columns.
    pub fn new(
        columns: Vec<Field>,
        batches: Vec<RecordBatch>,
        skipped: Vec<(u64, String)>,
    ) -> Self {
        Self {
            schema: Arc::new(Schema::new(columns)),
            batches,
            skipped,
        }
    }
}

#[pymethods]
impl Table {
    #[pyo3(signature = (requested_schema=None))]
    fn __arrow_c_stream__<'py>(
        &self,
        py: Python<'py>,
        requested_schema: Option<Bound<'py, PyCapsule>>,
    ) -> PyResult<Bound<'py, PyAny>> {
        let batches = self.batches.clone().into_iter().map(Ok);
        let reader = RecordBatchIterator::new(batches, Arc::clone(&self.schema));
        let reader: Box<dyn RecordBatchReader + Send> = Box::new(reader);
        let reader = Bound::new(py, PyRecordBatchReader::new(reader))?;
        reader.call_method1("__arrow_c_stream__", (requested_schema,))
    }

    fn __arrow_c_schema__<'py>(&self, py: Python<'py>) -> PyArrowResult<Bound<'py, PyCapsule>> {
        to_schema_pycapsule(py, self.schema.as_ref())
    }

    fn __len__(&self) -> usize {
        self.batches.iter().map(RecordBatch::num_rows).sum()
    }

    /// The names of the columns.
    #[getter]
    fn column_names(&self) -> Vec<String> {
        let columns = self.schema.fields().iter();
        columns.map(|column| column.name().clone()).collect()
    }

    fn __repr__(&self) -> String {
        format!(
            "<wirecopy_engine.Table of {} rows: {}>",
            self.__len__(),
            self.column_names().join(", ")
        )
    }
}

/// Rows that share a batch of a result.
pub const BATCH_ROWS: usize = 1 << 16;

/// The columns of what is reported of articles: those of `wirecopy cluster`.
pub struct ArticleRows {
    state: Option<StringBuilder>,
    id: StringBuilder,
    url: StringBuilder,
    cluster: StringBuilder,
    size: Int64Builder,
    role: StringBuilder,
    confidence: Float64Builder,
    original: StringBuilder,
    source: StringBuilder,
    lag_ms: Int64Builder,
    relation: StringBuilder,
    resemblance: Float64Builder,
    containment: Float64Builder,
    containment_of_lead: Float64Builder,
    time: TimestampMillisecondBuilder,
    keep: Option<BooleanBuilder>,
    rows: usize,
    done: Vec<RecordBatch>,
}

impl ArticleRows {
    /// Begins a table, with the column `state` or `keep`, or without.
    pub fn new(with_state: bool, with_keep: bool) -> Self {
        Self {
            state: with_state.then(StringBuilder::new),
            id: StringBuilder::new(),
            url: StringBuilder::new(),
            cluster: StringBuilder::new(),
            size: Int64Builder::new(),
            role: StringBuilder::new(),
            confidence: Float64Builder::new(),
            original: StringBuilder::new(),
            source: StringBuilder::new(),
            lag_ms: Int64Builder::new(),
            relation: StringBuilder::new(),
            resemblance: Float64Builder::new(),
            containment: Float64Builder::new(),
            containment_of_lead: Float64Builder::new(),
            time: TimestampMillisecondBuilder::new(),
            keep: with_keep.then(BooleanBuilder::new),
            rows: 0,
            done: Vec::new(),
        }
    }

    /// Adds an article.
    pub fn add(&mut self, article: &ExportedArticle, state: &str) -> Result<(), ArrowError> {
        let ExportedArticle {
            id,
            url,
            time_ms,
            placement,
            judgement,
            keep,
        } = article;
        if let Some(states) = &mut self.state {
            states.append_value(state);
        }
        self.id.append_value(id.as_str());
        let url = (!url.is_empty()).then_some(url);
        self.url.append_option(url);
        self.place(placement);
        self.judge(judgement.as_ref());
        self.time.append_value(*time_ms);
        if let Some(kept) = &mut self.keep {
            kept.append_option(*keep);
        }
        self.rows += 1;
        match self.rows >= BATCH_ROWS {
            true => self.end_batch(),
            false => Ok(()),
        }
    }

    fn place(&mut self, placement: &Placement) {
        self.cluster.append_value(placement.cluster.as_str());
        self.size.append_value(placement.size as i64);
        self.relation.append_value(placement.relation.as_str());
        let overlap = &placement.overlap;
        self.resemblance.append_value(overlap.resemblance());
        self.containment.append_value(overlap.containment());
        self.containment_of_lead
            .append_value(overlap.containment_of_other());
    }

    fn judge(&mut self, judgement: Option<&Judgement>) {
        let original = judgement.map(|judgement| judgement.original.as_ref());
        let id = |source: Option<&wirecopy::syndication::Source>| {
            let article = source.and_then(|source| source.article.as_ref());
            article.map_or_else(String::new, |id| id.0.clone())
        };
        let outlet = |source: Option<&wirecopy::syndication::Source>| {
            source.map_or_else(String::new, |source| source.outlet.clone())
        };
        self.role
            .append_option(judgement.map(|judgement| judgement.role.as_str()));
        self.confidence
            .append_option(judgement.map(|judgement| judgement.confidence));
        self.original.append_option(original.map(id));
        self.source.append_option(original.map(outlet));
        self.lag_ms
            .append_option(judgement.and_then(|judgement| judgement.lag_ms));
    }

    fn end_batch(&mut self) -> Result<(), ArrowError> {
        if self.rows == 0 {
            return Ok(());
        }
        let mut columns: Vec<ArrayRef> = Vec::new();
        if let Some(state) = &mut self.state {
            columns.push(Arc::new(state.finish()));
        }
        let time = self.time.finish().with_timezone("UTC");
        let of_articles: [ArrayRef; 14] = [
            Arc::new(self.id.finish()),
            Arc::new(self.url.finish()),
            Arc::new(self.cluster.finish()),
            Arc::new(self.size.finish()),
            Arc::new(self.role.finish()),
            Arc::new(self.confidence.finish()),
            Arc::new(self.original.finish()),
            Arc::new(self.source.finish()),
            Arc::new(self.lag_ms.finish()),
            Arc::new(self.relation.finish()),
            Arc::new(self.resemblance.finish()),
            Arc::new(self.containment.finish()),
            Arc::new(self.containment_of_lead.finish()),
            Arc::new(time),
        ];
        columns.extend(of_articles);
        if let Some(keep) = &mut self.keep {
            columns.push(Arc::new(keep.finish()));
        }
        let schema = Arc::new(Schema::new(self.fields()));
        self.done.push(RecordBatch::try_new(schema, columns)?);
        self.rows = 0;
        Ok(())
    }

    fn fields(&self) -> Vec<Field> {
        let field = |name: &str, kind: DataType| Field::new(name, kind, true);
        let text = |name: &str| field(name, DataType::Utf8);
        let share = |name: &str| field(name, DataType::Float64);
        let mut fields: Vec<Field> = self.state.iter().map(|_| text("state")).collect();
        fields.extend([
            text("id"),
            text("url"),
            text("cluster"),
            field("size", DataType::Int64),
            text("role"),
            share("confidence"),
            text("original"),
            text("source"),
            field("lag_ms", DataType::Int64),
            text("relation"),
            share("resemblance"),
            share("containment"),
            share("containment_of_lead"),
            field("time", time_type()),
        ]);
        fields.extend(self.keep.iter().map(|_| field("keep", DataType::Boolean)));
        fields
    }

    /// Returns the table.
    pub fn finish(mut self, skipped: Vec<(u64, String)>) -> Result<Table, ArrowError> {
        self.end_batch()?;
        Ok(Table::new(self.fields(), self.done, skipped))
    }
}

fn time_type() -> DataType {
    DataType::Timestamp(arrow_schema::TimeUnit::Millisecond, Some("UTC".into()))
}

fn span_fields() -> Vec<Field> {
    let offset = |name: &str| Field::new(name, DataType::UInt32, false);
    vec![offset("start"), offset("end")]
}

fn notice_fields() -> Vec<Field> {
    let text = |name: &str| Field::new(name, DataType::Utf8, false);
    [vec![text("signal"), text("outlet")], span_fields()].concat()
}

/// Makes the rows of what is read from pages.
pub fn readings(all: &[Option<Extracted>]) -> Result<RecordBatch, ArrowError> {
    fn texts(all: &[Option<Extracted>], of: impl Fn(&Extracted) -> &str) -> ArrayRef {
        let mut texts = StringBuilder::new();
        for one in all {
            texts.append_option(one.as_ref().map(&of));
        }
        Arc::new(texts.finish())
    }
    let times = |of: fn(&Extracted) -> Option<i64>| -> ArrayRef {
        let mut times = TimestampMillisecondBuilder::new();
        for one in all {
            times.append_option(one.as_ref().and_then(of));
        }
        Arc::new(times.finish().with_timezone("UTC"))
    };
    let mut blocked = BooleanBuilder::new();
    let mut spans = ListBuilder::new(StructBuilder::from_fields(span_fields(), 0));
    let mut notices = ListBuilder::new(StructBuilder::from_fields(notice_fields(), 0));
    for one in all {
        blocked.append_option(one.as_ref().map(|one| one.blocked));
        for span in one.iter().flat_map(|one| &one.not_counted) {
            let span_row = spans.values();
            offsets(span_row, 0, *span)?;
            span_row.append(true);
        }
        spans.append(one.is_some());
        for notice in one.iter().flat_map(|one| &one.notices) {
            let row = notices.values();
            for (column, text) in [notice.signal.as_str(), &notice.outlet]
                .into_iter()
                .enumerate()
            {
                builder::<StringBuilder>(row, column)?.append_value(text);
            }
            offsets(row, 2, notice.span)?;
            row.append(true);
        }
        notices.append(one.is_some());
    }
    let columns: Vec<ArrayRef> = vec![
        texts(all, |one| &one.article.title),
        texts(all, |one| &one.text),
        texts(all, |one| &one.article.publisher),
        texts(all, |one| &one.article.byline),
        texts(all, |one| &one.article.lang),
        times(|one| one.publication.as_ref().map(|it| it.ms)),
        texts(all, |one| {
            let source = one.publication.as_ref().and_then(|it| it.source);
            source.map_or("", |source| source.as_str())
        }),
        times(|one| one.modified_ms),
        texts(all, |one| &one.canonical_url),
        Arc::new(blocked.finish()),
        Arc::new(spans.finish()),
        Arc::new(notices.finish()),
    ];
    RecordBatch::try_new(Arc::new(Schema::new(reading_fields())), columns)
}

/// Returns the columns of what is read from pages.
pub fn reading_fields() -> Vec<Field> {
    let text = |name: &str| Field::new(name, DataType::Utf8, true);
    let list = |name: &str, of: Vec<Field>| {
        let item = Field::new_list_field(DataType::Struct(Fields::from(of)), true);
        Field::new(name, DataType::List(Arc::new(item)), true)
    };
    vec![
        text("title"),
        text("text"),
        text("publisher"),
        text("byline"),
        text("lang"),
        Field::new("published", time_type(), true),
        text("date_source"),
        Field::new("modified", time_type(), true),
        text("canonical_url"),
        Field::new("blocked", DataType::Boolean, true),
        list("not_counted", span_fields()),
        list("notices", notice_fields()),
    ]
}

fn offsets(row: &mut StructBuilder, first: usize, span: Span) -> Result<(), ArrowError> {
    builder::<UInt32Builder>(row, first)?.append_value(span.start);
    builder::<UInt32Builder>(row, first + 1)?.append_value(span.end);
    Ok(())
}

fn builder<B: arrow_array::builder::ArrayBuilder>(
    row: &mut StructBuilder,
    column: usize,
) -> Result<&mut B, ArrowError> {
    let missing = || ArrowError::SchemaError(format!("column {column} has another type"));
    row.field_builder(column).ok_or_else(missing)
}
