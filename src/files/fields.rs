//! The fields of a record, and the names that they have in files.

use std::collections::HashSet;

use serde_json::Value;

use super::error::listed;

/// A field of an article that is read from a record.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum ArticleField {
    /// The article's id: a string or a whole number, which may be written as a float.
    Id,
    /// Where it was found.
    Url,
    /// Its headline.
    Title,
    /// Its body as plain text.
    Text,
    /// Its body as a page.
    Html,
    /// When it was published: a date in one of the forms of [`parse_date`](crate::page::parse_date).
    Published,
    /// When it was captured, in the same forms.
    Fetched,
    /// Who published it.
    Publisher,
    /// Who wrote it: a string or a list of strings.
    Byline,
    /// The same, read where there is no byline: many files call it so.
    Author,
    /// Its language.
    Lang,
}

impl ArticleField {
    const ALL: [Self; 11] = [
        Self::Id,
        Self::Url,
        Self::Title,
        Self::Text,
        Self::Html,
        Self::Published,
        Self::Fetched,
        Self::Publisher,
        Self::Byline,
        Self::Author,
        Self::Lang,
    ];

    /// Returns the name that it has unless another is given.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Id => "id",
            Self::Url => "url",
            Self::Title => "title",
            Self::Text => "text",
            Self::Html => "html",
            Self::Published => "published",
            Self::Fetched => "fetched",
            Self::Publisher => "publisher",
            Self::Byline => "byline",
            Self::Author => "author",
            Self::Lang => "lang",
        }
    }
}

/// The names that fields have in files.
#[derive(Debug, Clone)]
pub struct FieldNames {
    /// By field; `None` if it is not read.
    names: [Option<String>; ArticleField::ALL.len()],
    given: Vec<ArticleField>,
}

impl Default for FieldNames {
    fn default() -> Self {
        Self {
            names: ArticleField::ALL.map(|field| Some(field.as_str().to_owned())),
            given: Vec::new(),
        }
    }
}

impl FieldNames {
    /// Gives a field another name. It is no longer read under its own.
    pub fn rename(&mut self, field: ArticleField, name: String) {
        if field == ArticleField::Byline {
            self.names[ArticleField::Author as usize] = None;
        }
        self.names[field as usize] = Some(name);
        self.given.push(field);
    }

    /// Returns the name of a field.
    pub fn name(&self, field: ArticleField) -> &str {
        self.names[field as usize].as_deref().unwrap_or_default()
    }

    /// Returns the fields that are read from a column. Usually none or one.
    pub fn fields(&self, column: &str) -> impl Iterator<Item = ArticleField> {
        let fields = ArticleField::ALL.into_iter();
        fields.filter(move |&field| self.names[field as usize].as_deref() == Some(column))
    }

    /// Checks that a table has the columns that every table must have, and each that is read once.
    ///
    /// # Errors
    /// Says what is missing and lists the columns, or which there is twice.
    pub(super) fn check_columns(&self, columns: &[String]) -> Result<(), String> {
        if columns.is_empty() {
            return Err("no columns: the file is empty".to_owned());
        }
        let has = |field: ArticleField| columns.iter().any(|column| column == self.name(field));
        let either = |fields: [ArticleField; 2]| {
            let [a, b] = fields.map(|field| self.name(field));
            let missing = !fields.into_iter().any(has);
            missing.then(|| format!("neither a column `{a}` nor `{b}`"))
        };
        let given = || {
            let mut given = self.given.iter();
            let missing = given.find(|field| !has(**field))?;
            Some(format!("no column `{}`", self.name(*missing)))
        };
        let is_read = |column: &&String| self.fields(column).next().is_some();
        let mut seen = HashSet::new();
        if let Some(again) = columns.iter().filter(is_read).find(|it| !seen.insert(*it)) {
            return Err(format!("more than one column `{again}`"));
        }
        let missing = given()
            .or_else(|| either([ArticleField::Id, ArticleField::Url]))
            .or_else(|| either([ArticleField::Text, ArticleField::Html]));
        match missing {
            Some(missing) => Err(format!("{missing}; the columns are {}", listed(columns))),
            None => Ok(()),
        }
    }
}

/// Stands for a time that is given and cannot be read: no time is written as a boolean.
pub(super) const UNREADABLE: Value = Value::Bool(false);

/// The fields of one record, as they were read.
#[derive(Debug, Default)]
pub struct RecordFields {
    values: [Option<Value>; ArticleField::ALL.len()],
    /// The names of all fields of a record of JSON, in their order.
    pub names: Vec<String>,
    /// Those of them that mean nothing.
    pub unknown: Vec<String>,
}

impl RecordFields {
    /// Sets the fields that are read from one column.
    pub(super) fn set(&mut self, fields: impl IntoIterator<Item = ArticleField>, value: Value) {
        let mut fields = fields.into_iter();
        let Some(first) = fields.next() else { return };
        for other in fields {
            self.values[other as usize] = Some(value.clone());
        }
        self.values[first as usize] = Some(value);
    }

    /// Takes a field; `None` if it is absent or null.
    pub(super) fn take(&mut self, field: ArticleField) -> Option<Value> {
        let value = self.values[field as usize].take();
        value.filter(|value| !value.is_null())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn fields(names: &FieldNames, column: &str) -> Vec<ArticleField> {
        names.fields(column).collect()
    }

    #[test]
    fn a_field_that_is_renamed_is_not_read_under_its_own_name() {
        let mut names = FieldNames::default();
        assert_eq!(fields(&names, "author"), [ArticleField::Author]);
        names.rename(ArticleField::Text, "body".into());
        names.rename(ArticleField::Byline, "writer".into());
        names.rename(ArticleField::Id, "url".into());
        assert_eq!(fields(&names, "body"), [ArticleField::Text]);
        assert_eq!(fields(&names, "writer"), [ArticleField::Byline]);
        assert_eq!(fields(&names, "url"), [ArticleField::Id, ArticleField::Url]);
        for unread in ["text", "byline", "author", "id", ""] {
            assert_eq!(fields(&names, unread), [], "{unread}");
        }
    }

    #[test]
    fn a_table_with_a_column_twice_or_without_an_id_or_a_text_is_refused() {
        let check = |names: &FieldNames, columns: &[&str], expected: Result<(), &str>| {
            let columns: Vec<String> = columns.iter().map(|&name| name.to_owned()).collect();
            let checked = names.check_columns(&columns);
            assert_eq!(checked.as_ref().map_err(String::as_str).copied(), expected);
        };
        let mut names = FieldNames::default();
        check(&names, &["id", "text"], Ok(()));
        check(&names, &["url", "html", "x"], Ok(()));
        check(
            &names,
            &["key", "text"],
            Err("neither a column `id` nor `url`; the columns are `key`, `text`"),
        );
        check(
            &names,
            &["id", "title"],
            Err("neither a column `text` nor `html`; the columns are `id`, `title`"),
        );
        check(&names, &[], Err("no columns: the file is empty"));
        check(&names, &["id", "text", "x", "x"], Ok(()));
        check(
            &names,
            &["id", "text", "x", "text"],
            Err("more than one column `text`"),
        );
        names.rename(ArticleField::Lang, "language".into());
        check(
            &names,
            &["id", "text"],
            Err("no column `language`; the columns are `id`, `text`"),
        );
    }
}
