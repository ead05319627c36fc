//! Writes CSV with a header. An absent value is empty, a time is RFC 3339, a flag is `true` or `false`.

use std::borrow::Cow;
use std::io;

use csv::Writer;

use super::{ArticleRow, Column, ColumnValue, Output, WriteRows, time};

/// Rows as CSV.
pub(super) struct CsvRows {
    out: Writer<Output>,
    columns: &'static [Column],
}

impl CsvRows {
    pub(super) fn new(out: Output, columns: &'static [Column]) -> io::Result<Self> {
        let mut out = Writer::from_writer(out);
        out.write_record(columns.iter().map(|column| column.name))?;
        Ok(Self { out, columns })
    }
}

impl WriteRows for CsvRows {
    fn write(&mut self, row: &ArticleRow) -> io::Result<()> {
        for column in self.columns {
            let value: Cow<'_, str> = match (column.cell)(row) {
                None => "".into(),
                Some(ColumnValue::Text(text)) => text.into(),
                Some(ColumnValue::Share(share)) => share.to_string().into(),
                Some(ColumnValue::Whole(number)) => number.to_string().into(),
                Some(ColumnValue::Time(ms)) => time(ms).into(),
                Some(ColumnValue::Flag(flag)) => if flag { "true" } else { "false" }.into(),
            };
            self.out.write_field(value.as_bytes())?;
        }
        // The end of the record.
        Ok(self.out.write_record(None::<&[u8]>)?)
    }

    fn finish(self: Box<Self>) -> io::Result<()> {
        let out = self.out.into_inner();
        out.map_err(|error| error.into_error())?.finish()
    }
}
