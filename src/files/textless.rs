//! Notices that no record of a file has text: its fields probably have other names than those that are read.

use std::collections::BTreeSet;
use std::path::Path;

use super::{ArticleField, Error, FieldNames, RecordArticle};

/// Most names of fields that an error lists.
const MAX_LISTED: usize = 100;

/// The records of a file, as long as none has text.
#[derive(Debug, Default)]
pub(super) struct Textless {
    records: u64,
    fields: BTreeSet<String>,
    has_text: bool,
}

impl Textless {
    /// Begins a file. `columns` are the fields that all of its records have.
    pub fn new(columns: Vec<String>) -> Self {
        Self {
            fields: columns.into_iter().take(MAX_LISTED).collect(),
            ..Self::default()
        }
    }

    /// Takes the next record.
    pub fn take(&mut self, read: &RecordArticle) {
        self.has_text |= read.has_text();
        if self.has_text {
            self.fields.clear();
            return;
        }
        self.records += 1;
        for field in &read.fields {
            if self.fields.len() < MAX_LISTED && !self.fields.contains(field) {
                self.fields.insert(field.clone());
            }
        }
    }

    /// Returns the error of a file that has ended, if it has records and none of them has text.
    pub fn error(self, file: &Path, names: &FieldNames) -> Option<Error> {
        (!self.has_text && self.records > 0).then(|| Error::NoText {
            path: file.to_path_buf(),
            records: self.records,
            text: names.name(ArticleField::Text).to_owned(),
            html: names.name(ArticleField::Html).to_owned(),
            fields: self.fields.into_iter().collect(),
        })
    }
}
