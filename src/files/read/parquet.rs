//! Reads Parquet by its columns.
//!
//! Only the columns of fields are read, some rows at a time. A column is text, bytes, a number, a date or a
//! timestamp, or a list of one of these.

use std::fs::File;
use std::io;
use std::iter;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::vec;

use indicatif::ProgressBar;
use jiff::Timestamp;
use jiff::civil::{Date, date};
use jiff::tz::TimeZone;
use jiff::{SignedDuration, Span};
use parquet::basic::{ConvertedType, LogicalType, TimeUnit};
use parquet::column::reader::{ColumnReader, ColumnReaderImpl};
use parquet::data_type::DataType;
use parquet::errors::Result as ParquetResult;
use parquet::file::reader::{FileReader as _, SerializedFileReader};
use parquet::schema::types::{ColumnDescriptor, Type};
use serde_json::Value;

use super::super::{FieldNames, RecordPosition};
use super::{Records, invalid};
use crate::files::fields::{ArticleField, RecordFields, UNREADABLE};
use crate::page::decode;

/// Rows that are read at once. Few, because each may hold a long text.
const ROWS: usize = 64;

/// Reads the columns of a Parquet file, and then its records.
///
/// # Errors
/// A file that is not Parquet, or that lacks a column which is needed or has one of another type.
pub fn open(file: File, names: &FieldNames, bar: &ProgressBar) -> io::Result<Records> {
    guarded(|| open_columns(file, names, bar))
}

/// Calls what uses the library, which panics on some damaged files.
fn guarded<T>(call: impl FnOnce() -> io::Result<T>) -> io::Result<T> {
    let called = catch_unwind(AssertUnwindSafe(call));
    called.unwrap_or_else(|_| Err(invalid("the file is damaged")))
}

fn open_columns(file: File, names: &FieldNames, bar: &ProgressBar) -> io::Result<Records> {
    let file = SerializedFileReader::new(file)?;
    let schema = file.metadata().file_metadata().schema_descr();
    let types = schema.root_schema().get_fields();
    let of_file: Vec<String> = types.iter().map(|it| it.name().to_owned()).collect();
    names.check_columns(&of_file).map_err(invalid)?;
    let mut columns = Vec::new();
    for (name, column_type) in of_file.iter().zip(types) {
        let fields: Vec<ArticleField> = names.fields(name).collect();
        if fields.is_empty() {
            continue;
        }
        let leaves = schema.columns().iter().enumerate();
        let mut leaves = leaves.filter(|(_, leaf)| leaf.path().parts().first() == Some(name));
        let leaf = leaves.next().filter(|_| is_value_or_list(column_type));
        let kind =
            leaf.and_then(|(leaf, column)| SourceType::of(column, &fields).map(|it| (leaf, it)));
        let Some((leaf, kind)) = kind else {
            // Other files have an object under this name; a byline is not required.
            if fields == [ArticleField::Author] {
                continue;
            }
            let why = format!("the column `{name}` is neither text nor numbers nor times");
            return Err(invalid(why));
        };
        columns.push(SourceColumn {
            leaf,
            name: name.clone(),
            kind,
            is_list: schema.column(leaf).max_rep_level() > 0,
            max_definition: schema.column(leaf).max_def_level(),
            fields,
        });
    }
    let mut rows = ParquetRecords {
        groups: 0..file.num_row_groups(),
        file,
        columns,
        readers: Vec::new(),
        left: 0,
        bytes_left: 0,
        read: Vec::new().into_iter(),
        row: 0,
        bar: bar.clone(),
    };
    Ok(Records {
        columns: of_file,
        may_lack_text: false,
        records: Box::new(iter::from_fn(move || guarded(|| rows.next()).transpose())),
    })
}

/// Whether a column has one value in a row, or a list of values, and no object: that has a leaf, too.
fn is_value_or_list(column: &Type) -> bool {
    if column.is_primitive() {
        return true;
    }
    let info = column.get_basic_info();
    let is_list = matches!(info.logical_type_ref(), Some(LogicalType::List))
        || info.converted_type() == ConvertedType::LIST;
    let [repeated] = column.get_fields() else {
        return false;
    };
    if !is_list || repeated.is_primitive() {
        return is_list;
    }
    // Under these names, older writers have an object with one field as the element.
    let name = repeated.name();
    let is_object = name == "array" || name == format!("{}_tuple", column.name());
    matches!(repeated.get_fields(), [element] if element.is_primitive() && !is_object)
}

/// What the values of a column are.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum SourceType {
    /// Text, numbers or booleans, as they are.
    Plain,
    /// Unsigned integers.
    Unsigned,
    /// A page in any character set.
    Page,
    /// Days since 1970.
    Days,
    /// Times since 1970.
    Time {
        unit: TimeUnit,
        /// They are in UTC, and not in a local time whose offset is not stated.
        is_utc: bool,
    },
}

impl SourceType {
    /// Returns that of a column; `None` if it cannot be the value of a field.
    fn of(column: &ColumnDescriptor, fields: &[ArticleField]) -> Option<Self> {
        if let Some(logical) = column.logical_type_ref() {
            return match logical {
                LogicalType::String | LogicalType::Enum | LogicalType::Json => Some(Self::Plain),
                LogicalType::Date => Some(Self::Days),
                LogicalType::Integer(integer) => Some(match integer.is_signed {
                    true => Self::Plain,
                    false => Self::Unsigned,
                }),
                LogicalType::Timestamp(timestamp) => Some(Self::Time {
                    unit: timestamp.unit,
                    is_utc: timestamp.is_adjusted_to_u_t_c,
                }),
                // A column of nulls only.
                LogicalType::Unknown => Some(Self::Plain),
                _ => None,
            };
        }
        let utc = |unit| Some(Self::Time { unit, is_utc: true });
        match column.converted_type() {
            ConvertedType::DATE => Some(Self::Days),
            ConvertedType::TIMESTAMP_MILLIS => utc(TimeUnit::MILLIS),
            ConvertedType::TIMESTAMP_MICROS => utc(TimeUnit::MICROS),
            ConvertedType::UINT_8
            | ConvertedType::UINT_16
            | ConvertedType::UINT_32
            | ConvertedType::UINT_64 => Some(Self::Unsigned),
            ConvertedType::NONE => match column.physical_type() {
                parquet::basic::Type::INT96 => utc(TimeUnit::NANOS),
                parquet::basic::Type::BYTE_ARRAY if fields == [ArticleField::Html] => {
                    Some(Self::Page)
                }
                _ => Some(Self::Plain),
            },
            ConvertedType::UTF8
            | ConvertedType::ENUM
            | ConvertedType::JSON
            | ConvertedType::INT_8
            | ConvertedType::INT_16
            | ConvertedType::INT_32
            | ConvertedType::INT_64 => Some(Self::Plain),
            _ => None,
        }
    }

    /// Returns an integer as the number, the date or the time that it stands for.
    fn integer(self, value: i64) -> Option<Value> {
        match self {
            Self::Plain | Self::Page => Some(value.into()),
            Self::Unsigned => Some((value as u64).into()),
            Self::Days => Some(day(value)?.to_string().into()),
            Self::Time { unit, is_utc } => {
                let since = match unit {
                    TimeUnit::MILLIS => SignedDuration::from_millis(value),
                    TimeUnit::MICROS => SignedDuration::from_micros(value),
                    TimeUnit::NANOS => SignedDuration::from_nanos(value),
                };
                let time = Timestamp::from_duration(since).ok()?;
                Some(match is_utc {
                    true => time.to_string().into(),
                    false => TimeZone::UTC.to_datetime(time).to_string().into(),
                })
            }
        }
    }

    /// Returns bytes as text.
    fn text(self, bytes: &[u8]) -> Option<Value> {
        match self {
            Self::Page => Some(decode(bytes, None).0.into()),
            _ => Some(str::from_utf8(bytes).ok()?.into()),
        }
    }
}

fn day(days: i64) -> Option<Date> {
    const EPOCH: Date = date(1970, 1, 1);
    EPOCH.checked_add(Span::new().try_days(days).ok()?).ok()
}

/// A column that is read.
struct SourceColumn {
    /// Its number among the columns of the file.
    leaf: usize,
    name: String,
    kind: SourceType,
    is_list: bool,
    /// The definition level of a value that is not null.
    max_definition: i16,
    fields: Vec<ArticleField>,
}

/// The value of a row in a column; `Err` says what is wrong with it.
type SourceValue = Result<Value, String>;

impl SourceColumn {
    /// Whether all that is read from it are times.
    fn is_time(&self) -> bool {
        let times = [ArticleField::Published, ArticleField::Fetched];
        self.fields.iter().all(|field| times.contains(field))
    }

    /// Reads the values of the next rows.
    fn read(&self, reader: &mut ColumnReader, rows: usize) -> ParquetResult<Vec<SourceValue>> {
        let kind = self.kind;
        let number = |number: f64| serde_json::Number::from_f64(number).map(Value::Number);
        match reader {
            ColumnReader::BoolColumnReader(reader) => {
                self.cells(reader, rows, |value| Some(Value::Bool(*value)))
            }
            ColumnReader::Int32ColumnReader(reader) => self.cells(reader, rows, |value| {
                kind.integer(match kind {
                    SourceType::Unsigned => i64::from(*value as u32),
                    _ => i64::from(*value),
                })
            }),
            ColumnReader::Int64ColumnReader(reader) => {
                self.cells(reader, rows, |value| kind.integer(*value))
            }
            ColumnReader::Int96ColumnReader(reader) => {
                self.cells(reader, rows, |value| kind.integer(value.to_nanos()))
            }
            ColumnReader::FloatColumnReader(reader) => {
                self.cells(reader, rows, |value| number(f64::from(*value)))
            }
            ColumnReader::DoubleColumnReader(reader) => {
                self.cells(reader, rows, |value| number(*value))
            }
            ColumnReader::ByteArrayColumnReader(reader) => {
                self.cells(reader, rows, |value| kind.text(value.data()))
            }
            ColumnReader::FixedLenByteArrayColumnReader(reader) => {
                self.cells(reader, rows, |value| kind.text(value.data()))
            }
        }
    }

    /// Reads the values of the next rows; `convert` returns `None` for one that cannot be read.
    fn cells<T: DataType>(
        &self,
        reader: &mut ColumnReaderImpl<T>,
        rows: usize,
        convert: impl Fn(&T::T) -> Option<Value>,
    ) -> ParquetResult<Vec<SourceValue>> {
        let (mut definitions, mut repetitions, mut values) = (Vec::new(), Vec::new(), Vec::new());
        let (read, ..) = reader.read_records(
            rows,
            Some(&mut definitions),
            Some(&mut repetitions),
            &mut values,
        )?;
        let mut values = values.iter();
        // A column in which nothing may be null has no definition levels.
        let levels = definitions.len().max(values.len());
        let mut cells: Vec<SourceValue> = Vec::with_capacity(read);
        for level in 0..levels {
            let is_null = definitions
                .get(level)
                .is_some_and(|&definition| definition < self.max_definition);
            let value = match is_null {
                true => Ok(Value::Null),
                false => values
                    .next()
                    .and_then(&convert)
                    .ok_or_else(|| format!("`{}` cannot be read", self.name)),
            };
            match (self.is_list, repetitions.get(level), cells.last_mut()) {
                (true, Some(1..), Some(cell)) => add(cell, value),
                (true, ..) => {
                    let mut cell = Ok(Value::Array(Vec::new()));
                    add(&mut cell, value);
                    cells.push(cell);
                }
                (false, ..) => cells.push(value),
            }
        }
        Ok(cells)
    }
}

/// Adds a value to a list, if it is not null.
fn add(list: &mut SourceValue, value: SourceValue) {
    match (list, value) {
        (Ok(Value::Array(_)), Ok(Value::Null)) | (Err(_), _) => {}
        (Ok(Value::Array(list)), Ok(value)) => list.push(value),
        (list, value) => *list = value,
    }
}

/// The rows of a file.
struct ParquetRecords {
    file: SerializedFileReader<File>,
    columns: Vec<SourceColumn>,
    groups: std::ops::Range<usize>,
    /// Those of the columns, for the current row group.
    readers: Vec<ColumnReader>,
    /// Rows of the current row group that were not read yet.
    left: usize,
    /// Their compressed bytes, about.
    bytes_left: u64,
    read: vec::IntoIter<Result<RecordFields, String>>,
    row: u64,
    bar: ProgressBar,
}

impl ParquetRecords {
    fn next(&mut self) -> io::Result<Option<(RecordPosition, Result<RecordFields, String>)>> {
        loop {
            if let Some(record) = self.read.next() {
                self.row += 1;
                return Ok(Some((RecordPosition::Row(self.row), record)));
            }
            if self.left > 0 {
                self.read = self.read_rows()?.into_iter();
            } else if !self.begin_group()? {
                return Ok(None);
            }
        }
    }

    /// Begins the next row group. Returns whether there is one.
    fn begin_group(&mut self) -> io::Result<bool> {
        self.bar.inc(std::mem::take(&mut self.bytes_left));
        let Some(number) = self.groups.next() else {
            return Ok(false);
        };
        let group = self.file.get_row_group(number)?;
        let readers = self
            .columns
            .iter()
            .map(|column| group.get_column_reader(column.leaf));
        self.readers = readers.collect::<ParquetResult<_>>()?;
        self.left = usize::try_from(group.metadata().num_rows()).map_err(invalid)?;
        self.bytes_left = u64::try_from(group.metadata().compressed_size()).unwrap_or(0);
        Ok(true)
    }

    /// Reads the next rows of the current row group.
    fn read_rows(&mut self) -> io::Result<Vec<Result<RecordFields, String>>> {
        let rows = ROWS.min(self.left);
        let mut records: Vec<Result<RecordFields, String>> = Vec::new();
        records.resize_with(rows, || Ok(RecordFields::default()));
        for (column, reader) in self.columns.iter().zip(&mut self.readers) {
            let cells = column.read(reader, rows)?;
            if cells.len() != rows {
                let name = &column.name;
                return Err(invalid(format!(
                    "the column `{name}` ends before the others"
                )));
            }
            for (record, cell) in records.iter_mut().zip(cells) {
                match (&mut *record, cell) {
                    (Ok(record), Ok(value)) => record.set(column.fields.iter().copied(), value),
                    // As in other formats, an article is undated if its time cannot be read.
                    (Ok(record), Err(_)) if column.is_time() => {
                        record.set(column.fields.iter().copied(), UNREADABLE);
                    }
                    (Ok(_), Err(why)) => *record = Err(why),
                    (Err(_), _) => {}
                }
            }
        }
        let bytes = self.bytes_left / self.left.div_ceil(rows) as u64;
        self.bar.inc(bytes);
        self.bytes_left -= bytes;
        self.left -= rows;
        Ok(records)
    }
}

#[cfg(test)]
#[path = "parquet_tests.rs"]
mod tests;
