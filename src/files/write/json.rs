//! Writes JSON lines.

use std::io::{self, Write as _};

use serde::Serializer as _;
use serde::ser::SerializeMap as _;

use super::{ArticleRow, Output, WriteRows};

/// Rows as JSON lines.
pub(super) struct JsonRows(Output);

impl JsonRows {
    pub(super) fn new(out: Output) -> Self {
        Self(out)
    }
}

impl WriteRows for JsonRows {
    fn write(&mut self, row: &ArticleRow) -> io::Result<()> {
        let mut line = serde_json::Serializer::new(&mut self.0);
        let mut map = line.serialize_map(None)?;
        row.serialize_into(&mut map)?;
        map.end()?;
        self.0.write_all(b"\n")
    }

    fn finish(self: Box<Self>) -> io::Result<()> {
        self.0.finish()
    }
}
