//! Reads JSON lines.

use std::fmt;
use std::iter;
use std::sync::Arc;

use serde::de::{Deserializer as _, Error as _, IgnoredAny, MapAccess, Visitor};

use super::super::lines::Lines;
use super::super::{FieldNames, RecordPosition};
use super::{FileBytes, Records};
use crate::files::fields::RecordFields;

/// Reads the records of JSON lines.
pub fn open(mut lines: Lines<FileBytes>, names: Arc<FieldNames>) -> Records {
    let records = iter::from_fn(move || {
        let record = match lines.next_line() {
            Ok(line) => line?.and_then(|line| parse(line, &names)),
            Err(error) => return Some(Err(error)),
        };
        Some(Ok((RecordPosition::Line(lines.number()), record)))
    });
    Records {
        columns: Vec::new(),
        may_lack_text: false,
        records: Box::new(records),
    }
}

/// Parses a line; `Err` says what is wrong with it.
pub fn parse(line: &str, names: &FieldNames) -> Result<RecordFields, String> {
    if !line.trim_start().starts_with('{') {
        return Err("not an article in JSON: a line is one object, `{...}`".to_owned());
    }
    let mut parser = serde_json::Deserializer::from_str(line);
    let record = parser.deserialize_map(RecordVisitor(names));
    let record = record.and_then(|record| parser.end().map(|()| record));
    record.map_err(|error| {
        // The parser sees a single line, so its line number means nothing.
        format!(
            "not an article in JSON: {}",
            error
                .to_string()
                .replace(" at line 1 column ", " at column ")
        )
    })
}

struct RecordVisitor<'n>(&'n FieldNames);

impl<'de> Visitor<'de> for RecordVisitor<'_> {
    type Value = RecordFields;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("an object")
    }

    fn visit_map<M: MapAccess<'de>>(self, mut map: M) -> Result<RecordFields, M::Error> {
        let mut record = RecordFields::default();
        while let Some(name) = map.next_key::<String>()? {
            if record.names.contains(&name) {
                return Err(M::Error::custom(format_args!("duplicate field `{name}`")));
            }
            match self.0.fields(&name).next() {
                None => {
                    map.next_value::<IgnoredAny>()?;
                    record.unknown.push(name.clone());
                }
                Some(_) => record.set(self.0.fields(&name), map.next_value()?),
            }
            record.names.push(name);
        }
        Ok(record)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn fault(line: &str) -> String {
        parse(line, &FieldNames::default()).expect_err(line)
    }

    #[test]
    fn faults_name_the_column_and_no_line() {
        let why = fault(r#"{"id":"a","title":}"#);
        assert!(
            why.contains("at column 19") && !why.contains("line"),
            "{why}"
        );
        for bad in ["[]", "{", "7", r#"{"id":1} {"id":2}"#] {
            fault(bad);
        }
    }

    #[test]
    fn a_field_that_occurs_twice_is_a_fault() {
        for line in [r#"{"id":1,"id":2}"#, r#"{"id":1,"other":1,"other":2}"#] {
            let why = fault(line);
            assert!(why.contains("duplicate field `"), "{why}");
        }
    }

    #[test]
    fn all_names_of_fields_are_returned() {
        let line = r#"{"id":1,"content":{"text":["x"]},"title":null,"text":"x"}"#;
        let mut names = FieldNames::default();
        let mut check = |unknown: &[&str]| {
            let record = parse(line, &names).unwrap();
            assert_eq!(record.names, ["id", "content", "title", "text"]);
            assert_eq!(record.unknown, unknown);
            names.rename(crate::files::ArticleField::Text, "content".into());
        };
        check(&["content"]);
        check(&["text"]);
    }
}
