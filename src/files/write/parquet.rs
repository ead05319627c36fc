//! Writes Parquet: zstd, strings, doubles, 64-bit integers, booleans and timestamps in UTC.

use std::io;
use std::sync::Arc;

use parquet::basic::{Compression, ZstdLevel};
use parquet::data_type::{BoolType, ByteArray, ByteArrayType, DataType, DoubleType, Int64Type};
use parquet::file::properties::WriterProperties;
use parquet::file::writer::{SerializedFileWriter, SerializedRowGroupWriter};
use parquet::schema::parser::parse_message_type;

use super::{ArticleRow, Column, ColumnType, ColumnValue, Output, WriteRows};

/// Rows of a row group, which are held until it is written: some 20 MB. Readers work on row groups, and want
/// no fewer.
const GROUP_ROWS: usize = 1 << 16;

/// Rows as Parquet.
pub(super) struct ParquetRows {
    out: SerializedFileWriter<Output>,
    columns: Vec<(&'static Column, GroupColumn)>,
    rows: usize,
}

impl ParquetRows {
    pub(super) fn new(out: Output, columns: &'static [Column]) -> io::Result<Self> {
        let schema = Arc::new(parse_message_type(&schema(columns))?);
        let properties = WriterProperties::builder()
            .set_compression(Compression::ZSTD(ZstdLevel::default()))
            .set_created_by(concat!("wirecopy version ", env!("CARGO_PKG_VERSION")).to_owned())
            .build();
        let columns = columns
            .iter()
            .map(|column| (column, GroupColumn::of(column.kind)));
        Ok(Self {
            out: SerializedFileWriter::new(out, schema, Arc::new(properties))?,
            columns: columns.collect(),
            rows: 0,
        })
    }

    fn write_group(&mut self) -> io::Result<()> {
        let mut group = self.out.next_row_group()?;
        for (_, values) in &mut self.columns {
            values.write(&mut group)?;
        }
        group.close()?;
        self.rows = 0;
        Ok(())
    }
}

/// Returns the schema of columns, as Parquet writes it.
fn schema(columns: &[Column]) -> String {
    let fields = columns.iter().map(|column| {
        let name = column.name;
        match column.kind {
            ColumnType::Text => format!("OPTIONAL BYTE_ARRAY {name} (STRING);"),
            ColumnType::Share => format!("OPTIONAL DOUBLE {name};"),
            ColumnType::Whole => format!("OPTIONAL INT64 {name};"),
            ColumnType::Time => format!("OPTIONAL INT64 {name} (TIMESTAMP(MILLIS,true));"),
            ColumnType::Flag => format!("OPTIONAL BOOLEAN {name};"),
        }
    });
    format!("message articles {{ {} }}", fields.collect::<String>())
}

impl WriteRows for ParquetRows {
    fn write(&mut self, row: &ArticleRow) -> io::Result<()> {
        for (column, values) in &mut self.columns {
            // An empty text says that there is none.
            let cell = (column.cell)(row).filter(|cell| *cell != ColumnValue::Text(""));
            values.add(cell);
        }
        self.rows += 1;
        match self.rows {
            GROUP_ROWS => self.write_group(),
            _ => Ok(()),
        }
    }

    fn finish(mut self: Box<Self>) -> io::Result<()> {
        if self.rows > 0 {
            self.write_group()?;
        }
        self.out.into_inner()?.finish()
    }
}

/// The values of a column in the current row group.
enum GroupColumn {
    Text(OptionalValues<ByteArrayType>),
    Double(OptionalValues<DoubleType>),
    Long(OptionalValues<Int64Type>),
    Flag(OptionalValues<BoolType>),
}

/// The values that are not absent, and for each row whether it has one: 1 or 0.
struct OptionalValues<T: DataType> {
    values: Vec<T::T>,
    levels: Vec<i16>,
}

impl GroupColumn {
    fn of(kind: ColumnType) -> Self {
        match kind {
            ColumnType::Text => Self::Text(OptionalValues::new()),
            ColumnType::Share => Self::Double(OptionalValues::new()),
            ColumnType::Whole | ColumnType::Time => Self::Long(OptionalValues::new()),
            ColumnType::Flag => Self::Flag(OptionalValues::new()),
        }
    }

    fn add(&mut self, cell: Option<ColumnValue<'_>>) {
        match (self, cell) {
            (Self::Text(values), Some(ColumnValue::Text(text))) => {
                values.add(Some(ByteArray::from(text)))
            }
            (Self::Double(values), Some(ColumnValue::Share(share))) => values.add(Some(share)),
            (Self::Long(values), Some(ColumnValue::Whole(number) | ColumnValue::Time(number))) => {
                values.add(Some(number));
            }
            (Self::Flag(values), Some(ColumnValue::Flag(flag))) => values.add(Some(flag)),
            // A cell has the type of its column, or is absent.
            (Self::Text(values), _) => values.add(None),
            (Self::Double(values), _) => values.add(None),
            (Self::Long(values), _) => values.add(None),
            (Self::Flag(values), _) => values.add(None),
        }
    }

    fn write(&mut self, group: &mut SerializedRowGroupWriter<'_, Output>) -> io::Result<()> {
        match self {
            Self::Text(values) => values.write(group),
            Self::Double(values) => values.write(group),
            Self::Long(values) => values.write(group),
            Self::Flag(values) => values.write(group),
        }
    }
}

impl<T: DataType> OptionalValues<T> {
    fn new() -> Self {
        Self {
            values: Vec::new(),
            levels: Vec::new(),
        }
    }

    fn add(&mut self, value: Option<T::T>) {
        self.levels.push(i16::from(value.is_some()));
        self.values.extend(value);
    }

    /// Writes the next column of a row group, and begins another.
    fn write(&mut self, group: &mut SerializedRowGroupWriter<'_, Output>) -> io::Result<()> {
        let column = group.next_column()?;
        let mut column = column.ok_or_else(|| io::Error::other("a column too many"))?;
        let typed = column.typed::<T>();
        typed.write_batch(&self.values, Some(&self.levels), None)?;
        column.close()?;
        self.values.clear();
        self.levels.clear();
        Ok(())
    }
}
