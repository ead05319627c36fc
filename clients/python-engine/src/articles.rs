//! The columns of a table -> articles, by the rules of `wirecopy cluster`.

use std::collections::HashMap;

use arrow_array::cast::AsArray as _;
use arrow_array::types::TimestampMillisecondType;
use arrow_array::{Array, ArrayRef, LargeStringArray, RecordBatch};
use arrow_cast::cast;
use arrow_schema::{ArrowError, DataType, Schema, TimeUnit};
use pyo3::prelude::*;
use wirecopy::engine::{Article, Body, stated_time};
use wirecopy::id::{Collection, host};
use wirecopy::page::{self, Conventions};

use crate::errors::invalid;

/// The fields of an article that a table may have.
const FIELDS: [&str; 11] = [
    "id",
    "url",
    "title",
    "text",
    "html",
    "published",
    "fetched",
    "publisher",
    "byline",
    "author",
    "lang",
];

/// The names of columns, by field, where they are not those of the fields.
pub type ColumnNames = HashMap<String, String>;

/// Where the fields of articles are in a table.
pub struct ArticleColumns {
    at: HashMap<&'static str, usize>,
    /// Rows that have neither an id nor a URL get a name of their own.
    names_rows: bool,
}

impl ArticleColumns {
    /// Finds the columns of articles that are stored.
    ///
    /// # Errors
    /// A column that is missing, or has a type that its field cannot have.
    pub fn of(schema: &Schema, names: Option<&ColumnNames>) -> PyResult<Self> {
        let columns = Self::of_texts(schema, names)?;
        let has_name = columns.has("id") || columns.has("url");
        match has_name {
            true => Ok(Self {
                names_rows: false,
                ..columns
            }),
            false => Err(missing("neither a column `id` nor `url`", schema)),
        }
    }

    /// Finds the columns of articles that are only read, so that they need no id.
    ///
    /// # Errors
    /// As [`Self::of`].
    pub fn of_texts(schema: &Schema, names: Option<&ColumnNames>) -> PyResult<Self> {
        let none = HashMap::new();
        let names = names.unwrap_or(&none);
        if let Some(unknown) = names.keys().find(|name| !FIELDS.contains(&name.as_str())) {
            let all = FIELDS.join(", ");
            let why = format!("fields: `{unknown}` is no field of an article; those are {all}");
            return Err(invalid(why));
        }
        let mut at = HashMap::new();
        for field in FIELDS {
            let given = names.get(field);
            // Under its own name it is not read if it has another, nor an author if a byline is named.
            if given.is_none() && field == "author" && names.contains_key("byline") {
                continue;
            }
            let name = given.map_or(field, String::as_str);
            let columns = schema.fields().iter().enumerate();
            let mut found = columns.filter(|(_, column)| column.name() == name);
            match (found.next(), found.next(), given) {
                (Some((place, column)), None, _) => {
                    check_type(field, name, column.data_type())?;
                    at.insert(field, place);
                }
                (Some(_), Some(_), _) => {
                    return Err(invalid(format!("more than one column `{name}`")));
                }
                (None, _, Some(name)) => {
                    return Err(missing(&format!("no column `{name}`"), schema));
                }
                (None, _, None) => {}
            }
        }
        let columns = Self {
            at,
            names_rows: true,
        };
        match columns.has("text") || columns.has("html") {
            true => Ok(columns),
            false => Err(missing("neither a column `text` nor `html`", schema)),
        }
    }

    fn has(&self, field: &str) -> bool {
        self.at.contains_key(field)
    }

    /// Reads the articles of some rows, the first of which has number `first`.
    pub fn read(
        &self,
        batch: &RecordBatch,
        first: u64,
        collection: &Collection,
    ) -> Result<Vec<Article>, ArrowError> {
        let column = |field: &str| self.at.get(field).map(|&at| batch.column(at));
        let texts = |field: &str| column(field).map(texts).transpose();
        let (ids, urls, titles) = (texts("id")?, texts("url")?, texts("title")?);
        let (publishers, langs) = (texts("publisher")?, texts("lang")?);
        let (bylines, authors) = (texts("byline")?, texts("author")?);
        let (plain, pages) = (texts("text")?, column("html").map(pages).transpose()?);
        let times = |field: &str| column(field).map(Times::of).transpose();
        let (published, fetched) = (times("published")?, times("fetched")?);
        let text = |texts: &Option<Vec<String>>, row: usize| {
            texts
                .as_ref()
                .map_or_else(String::new, |all| all[row].clone())
        };
        let articles = (0..batch.num_rows()).map(|row| {
            let (id, url, lang) = (text(&ids, row), text(&urls, row), text(&langs, row));
            let byline = text(&bylines, row);
            let html = text(&pages, row);
            let conventions = || Conventions::of(&lang, &host(&url).unwrap_or_default());
            let time = |times: &Option<Times>| {
                let ms = times.as_ref()?.read(row, conventions)?;
                stated_time(ms)
            };
            let (published_ms, fetched_ms) = (time(&published), time(&fetched));
            Article {
                collection: collection.clone(),
                id: match self.names_rows && id.is_empty() && url.is_empty() {
                    true => format!("row {}", first + row as u64),
                    false => id,
                },
                publisher: text(&publishers, row),
                published_ms,
                fetched_ms,
                title: text(&titles, row),
                byline: match byline.is_empty() {
                    true => text(&authors, row),
                    false => byline,
                },
                body: match html.is_empty() {
                    true => Body::Text(text(&plain, row)),
                    false => Body::Html(html),
                },
                lang,
                url,
            }
        });
        Ok(articles.collect())
    }
}

/// Whether an article has anything in its body.
pub fn has_body(article: &Article) -> bool {
    match &article.body {
        Body::Text(text) | Body::Html(text) => !text.trim().is_empty(),
        Body::Raw { bytes, .. } => !bytes.is_empty(),
    }
}

fn missing(what: &str, schema: &Schema) -> PyErr {
    let columns = schema.fields().iter();
    let columns: Vec<String> = columns
        .map(|column| format!("`{}`", column.name()))
        .collect();
    invalid(format!("{what}; the columns are {}", columns.join(", ")))
}

fn is_text(kind: &DataType) -> bool {
    match kind {
        DataType::Utf8 | DataType::LargeUtf8 | DataType::Utf8View | DataType::Null => true,
        DataType::Dictionary(_, values) => is_text(values),
        _ => false,
    }
}

fn is_bytes(kind: &DataType) -> bool {
    matches!(
        kind,
        DataType::Binary | DataType::LargeBinary | DataType::BinaryView
    )
}

fn items(kind: &DataType) -> Option<&DataType> {
    match kind {
        DataType::List(item) | DataType::LargeList(item) => Some(item.data_type()),
        _ => None,
    }
}

fn check_type(field: &str, name: &str, kind: &DataType) -> PyResult<()> {
    let fits = is_text(kind)
        || match field {
            "id" => kind.is_integer(),
            "html" => is_bytes(kind),
            "byline" | "author" => items(kind).is_some_and(is_text),
            "published" | "fetched" => {
                kind.is_numeric()
                    || matches!(
                        kind,
                        DataType::Timestamp(..) | DataType::Date32 | DataType::Date64
                    )
            }
            _ => false,
        };
    let what = match field {
        "id" => "text or whole numbers",
        "html" => "text or bytes",
        "byline" | "author" => "text or lists of text",
        "published" | "fetched" => "times, text or numbers",
        _ => "text",
    };
    match fits {
        true => Ok(()),
        false => Err(invalid(format!(
            "the column `{name}` has the type {kind}; `{field}` is {what}"
        ))),
    }
}

/// Returns the texts of a column; one that is null is empty, and the texts of a list are joined.
fn texts(column: &ArrayRef) -> Result<Vec<String>, ArrowError> {
    if items(column.data_type()).is_some() {
        let rows = (0..column.len()).map(|row| {
            if column.is_null(row) {
                return Ok(String::new());
            }
            let list = match column.data_type() {
                DataType::List(_) => column.as_list::<i32>().value(row),
                _ => column.as_list::<i64>().value(row),
            };
            let names = texts(&list)?;
            let names: Vec<String> = names.into_iter().filter(|name| !name.is_empty()).collect();
            Ok(names.join(", "))
        });
        return rows.collect();
    }
    let column = cast(column, &DataType::LargeUtf8)?;
    let column: &LargeStringArray = column.as_string();
    let texts = column
        .iter()
        .map(|text| text.unwrap_or_default().to_owned());
    Ok(texts.collect())
}

/// Returns the pages of a column: as text, or as bytes in any character set.
fn pages(column: &ArrayRef) -> Result<Vec<String>, ArrowError> {
    if !is_bytes(column.data_type()) {
        return texts(column);
    }
    let column = cast(column, &DataType::LargeBinary)?;
    let pages = column.as_binary::<i64>().iter().map(|bytes| {
        let bytes = bytes.unwrap_or_default();
        page::decode(bytes, None).0
    });
    Ok(pages.collect())
}

/// A column of times.
enum Times {
    /// In milliseconds since 1970.
    Known(Vec<Option<i64>>),
    /// As pages and crawlers write them.
    Written(Vec<String>),
}

impl Times {
    fn of(column: &ArrayRef) -> Result<Self, ArrowError> {
        let zone = match column.data_type() {
            DataType::Timestamp(_, zone) => zone.clone(),
            DataType::Date32 | DataType::Date64 => None,
            // Numbers are seconds or milliseconds.
            _ => return Ok(Self::Written(texts(column)?)),
        };
        // A time with a zone is in UTC already; one without is read as UTC.
        let known = cast(column, &DataType::Timestamp(TimeUnit::Millisecond, zone))?;
        let known = known.as_primitive::<TimestampMillisecondType>();
        Ok(Self::Known(known.iter().collect()))
    }

    fn read(&self, row: usize, conventions: impl Fn() -> Conventions) -> Option<i64> {
        match self {
            Self::Known(times) => times[row],
            Self::Written(times) if times[row].trim().is_empty() => None,
            Self::Written(times) => conventions().parse_date(&times[row]),
        }
    }
}
