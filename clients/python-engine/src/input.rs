//! Tables and columns of texts, as Python hands them in, a few rows at a time.

use std::sync::Arc;

use arrow_array::cast::AsArray as _;
use arrow_array::{ArrayRef, RecordBatch, StringArray};
use arrow_schema::{ArrowError, DataType, Field, Schema, SchemaRef};
use pyo3::exceptions::PyTypeError;
use pyo3::prelude::*;
use pyo3::types::{PyList, PyTuple};
use pyo3_arrow::error::PyArrowError;
use pyo3_arrow::ffi::ArrayReader;
use pyo3_arrow::input::AnyArray;

/// Most rows of a portion. Between two portions signals are looked for.
const ROWS: usize = 256;

/// The rows of a table, in portions.
pub struct Input {
    schema: SchemaRef,
    is_table: bool,
    reader: Box<dyn ArrayReader + Send>,
    rest: Option<RecordBatch>,
}

impl Input {
    /// Opens what Python hands in: a table, or a column of texts, that Arrow's C data interface exports; or a list of
    /// texts.
    pub fn of(given: &Bound<'_, PyAny>) -> PyResult<Self> {
        let given = if given.is_instance_of::<PyList>() || given.is_instance_of::<PyTuple>() {
            let texts: Vec<Option<String>> = given.extract().map_err(|_| not_a_table(given))?;
            let texts: ArrayRef = Arc::new(StringArray::from(texts));
            AnyArray::Array(texts.into())
        } else {
            let exports = |name: &str| given.hasattr(name);
            if !exports("__arrow_c_stream__")? && !exports("__arrow_c_array__")? {
                return Err(not_a_table(given));
            }
            given.extract()?
        };
        let reader = given.into_reader()?;
        let field = reader.field();
        let (is_table, schema) = match field.data_type() {
            DataType::Struct(columns) => (true, Schema::new(columns.clone())),
            kind => {
                let column = Field::new("text", kind.clone(), true);
                (false, Schema::new(vec![column]))
            }
        };
        Ok(Self {
            schema: Arc::new(schema),
            is_table,
            reader,
            rest: None,
        })
    }

    /// Returns its columns.
    pub fn schema(&self) -> &Schema {
        &self.schema
    }

    /// Reads the next portion, without holding the interpreter; `None` at the end. Fails if a signal has come.
    pub fn next(&mut self, py: Python<'_>) -> PyResult<Option<RecordBatch>> {
        py.check_signals()?;
        let portion = py.detach(|| self.portion());
        Ok(portion.map_err(PyArrowError::from)?)
    }

    fn portion(&mut self) -> Result<Option<RecordBatch>, ArrowError> {
        loop {
            if let Some(batch) = self.rest.take() {
                let rows = batch.num_rows();
                if rows > ROWS {
                    self.rest = Some(batch.slice(ROWS, rows - ROWS));
                    return Ok(Some(batch.slice(0, ROWS)));
                }
                if rows > 0 {
                    return Ok(Some(batch));
                }
            }
            match self.reader.next() {
                Some(array) => self.rest = Some(self.batch(array?)?),
                None => return Ok(None),
            }
        }
    }

    fn batch(&self, array: ArrayRef) -> Result<RecordBatch, ArrowError> {
        let columns = match self.is_table {
            true => array.as_struct().columns().to_vec(),
            false => vec![array],
        };
        RecordBatch::try_new(Arc::clone(&self.schema), columns)
    }
}

fn not_a_table(given: &Bound<'_, PyAny>) -> PyErr {
    let name = given.get_type().name();
    let name = name.map_or_else(|_| "object".to_owned(), |name| name.to_string());
    PyTypeError::new_err(format!(
        "expected a table with __arrow_c_stream__ or __arrow_c_array__, as those of pyarrow, polars and duckdb, or a \
         list of texts, not {name}"
    ))
}
