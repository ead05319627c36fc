//! Writes rows of articles, one at a time: each format in a file of its own.

mod csv;
mod json;
mod output;
mod parquet;
mod whole;

use std::io;

use serde::ser::SerializeMap;

pub use self::output::Output;
pub use self::whole::WholeFile;
use super::FileFormat;

/// What is reported of an article, one value in a column.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct ArticleRow {
    /// Its id.
    pub id: String,
    /// Its URL, as the input has it; empty if it has none, or is not known.
    pub url: String,
    /// The id of its cluster's lead.
    pub cluster: String,
    /// The number of members of the cluster.
    pub size: u64,
    /// The word for its role; `None` if it was not judged, and so in the next four.
    pub role: Option<String>,
    /// The confidence in the role, 0.5 to 0.99.
    pub confidence: Option<f64>,
    /// The id of the earliest known source; may be empty.
    pub original: Option<String>,
    /// The outlet that is the source; may be empty.
    pub source: Option<String>,
    /// How long after the original it was published, in milliseconds, if that is known.
    pub lag_ms: Option<i64>,
    /// The word for its relation to the lead.
    pub relation: String,
    /// The Jaccard index of its text and the lead's.
    pub resemblance: f64,
    /// The share of it that is in the lead.
    pub containment: f64,
    /// The share of the lead that is in it.
    pub containment_of_lead: f64,
    /// Its time in the order of articles, in milliseconds since 1970.
    pub time_ms: i64,
    /// Whether it is the one of its cluster to keep; `None` without a rule.
    pub keep: Option<bool>,
}

/// A value of a row.
#[derive(Debug, Clone, Copy, PartialEq)]
enum ColumnValue<'r> {
    Text(&'r str),
    Share(f64),
    Whole(i64),
    Time(i64),
    Flag(bool),
}

/// The type of a column.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum ColumnType {
    Text,
    Share,
    Whole,
    Time,
    Flag,
}

/// A column.
struct Column {
    name: &'static str,
    kind: ColumnType,
    cell: fn(&ArticleRow) -> Option<ColumnValue<'_>>,
}

/// Defines the columns: the name, the type, and the value in a row.
macro_rules! columns {
    ($($name:ident: $kind:ident, $row:ident => $value:expr;)*) => {
        [$(Column {
            name: stringify!($name),
            kind: ColumnType::$kind,
            cell: |$row| $value.map(ColumnValue::$kind),
        }),*]
    };
}

/// All columns, in their order. The one of the kept articles is the last.
const COLUMNS: [Column; 15] = columns! {
    id: Text, row => Some(row.id.as_str());
    url: Text, row => Some(row.url.as_str()).filter(|url| !url.is_empty());
    cluster: Text, row => Some(row.cluster.as_str());
    size: Whole, row => Some(i64::try_from(row.size).unwrap_or(i64::MAX));
    role: Text, row => row.role.as_deref();
    confidence: Share, row => row.confidence;
    original: Text, row => row.original.as_deref();
    source: Text, row => row.source.as_deref();
    lag_ms: Whole, row => row.lag_ms;
    relation: Text, row => Some(row.relation.as_str());
    resemblance: Share, row => Some(row.resemblance);
    containment: Share, row => Some(row.containment);
    containment_of_lead: Share, row => Some(row.containment_of_lead);
    time: Time, row => Some(row.time_ms);
    keep: Flag, row => row.keep;
};

/// Returns the columns of a table, with that of kept articles or without it.
fn columns(with_keep: bool) -> &'static [Column] {
    match with_keep {
        true => &COLUMNS,
        false => &COLUMNS[..COLUMNS.len() - 1],
    }
}

impl ArticleRow {
    /// Adds the values to a map, under the names of the columns. Absent ones are left out.
    ///
    /// # Errors
    /// Those of the map.
    pub fn serialize_into<M: SerializeMap>(&self, map: &mut M) -> Result<(), M::Error> {
        for column in &COLUMNS {
            match (column.cell)(self) {
                None => {}
                Some(ColumnValue::Text(text)) => map.serialize_entry(column.name, text)?,
                Some(ColumnValue::Share(share)) => map.serialize_entry(column.name, &share)?,
                Some(ColumnValue::Whole(number)) => map.serialize_entry(column.name, &number)?,
                Some(ColumnValue::Time(ms)) => map.serialize_entry(column.name, &time(ms))?,
                Some(ColumnValue::Flag(flag)) => map.serialize_entry(column.name, &flag)?,
            }
        }
        Ok(())
    }
}

/// Formats a time as RFC 3339 has it; empty if its year has more than four digits.
fn time(ms: i64) -> String {
    let time = jiff::Timestamp::from_millisecond(ms);
    time.map(|time| time.to_string()).unwrap_or_default()
}

/// Writes rows.
pub trait WriteRows {
    /// Writes a row, now or with later ones.
    ///
    /// # Errors
    /// Those of the output.
    fn write(&mut self, row: &ArticleRow) -> io::Result<()>;

    /// Writes what is left, and the end of the file.
    ///
    /// # Errors
    /// Those of the output.
    fn finish(self: Box<Self>) -> io::Result<()>;
}

/// Begins to write rows in a format. `with_keep` says that they have a value in the column `keep`.
///
/// # Errors
/// Those of the output.
pub fn write_rows(
    format: FileFormat,
    out: Output,
    with_keep: bool,
) -> io::Result<Box<dyn WriteRows>> {
    let columns = columns(with_keep);
    Ok(match format {
        FileFormat::Jsonl => Box::new(json::JsonRows::new(out)),
        FileFormat::Csv => Box::new(csv::CsvRows::new(out, columns)?),
        FileFormat::Parquet => Box::new(parquet::ParquetRows::new(out, columns)?),
    })
}

#[cfg(test)]
mod tests;
