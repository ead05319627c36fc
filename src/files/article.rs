//! Parses an article from a line of JSON.

use std::fmt;

use serde::de::{Deserialize, Deserializer, Error as _, IgnoredAny, MapAccess, Visitor};
use serde_json::Value;

use super::{LineArticle, PreferredBody};
use crate::engine::{Article, Body, stated_time};
use crate::id::host;
use crate::page::Conventions;

/// The fields of a line.
#[derive(Default)]
struct Fields {
    /// The names of all that it has.
    names: Vec<String>,
    unknown: Vec<String>,
    id: Option<Value>,
    url: Option<String>,
    title: Option<String>,
    text: Option<String>,
    html: Option<String>,
    published: Option<Value>,
    fetched: Option<Value>,
    publisher: Option<String>,
    byline: Option<String>,
    /// The name under which many files have the byline.
    author: Option<Value>,
    lang: Option<String>,
}

impl<'de> Deserialize<'de> for Fields {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        deserializer.deserialize_map(FieldsVisitor)
    }
}

struct FieldsVisitor;

impl<'de> Visitor<'de> for FieldsVisitor {
    type Value = Fields;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("an article")
    }

    fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<Fields, A::Error> {
        let mut fields = Fields::default();
        while let Some(name) = map.next_key::<String>()? {
            if fields.names.contains(&name) {
                return Err(A::Error::custom(format_args!("duplicate field `{name}`")));
            }
            match name.as_str() {
                "id" => fields.id = map.next_value()?,
                "url" => fields.url = map.next_value()?,
                "title" => fields.title = map.next_value()?,
                "text" => fields.text = map.next_value()?,
                "html" => fields.html = map.next_value()?,
                "published" => fields.published = map.next_value()?,
                "fetched" => fields.fetched = map.next_value()?,
                "publisher" => fields.publisher = map.next_value()?,
                "byline" => fields.byline = map.next_value()?,
                "author" => fields.author = map.next_value()?,
                "lang" => fields.lang = map.next_value()?,
                _ => {
                    map.next_value::<IgnoredAny>()?;
                    fields.unknown.push(name.clone());
                }
            }
            fields.names.push(name);
        }
        Ok(fields)
    }
}

/// Parses a line; `Err` says what is wrong with it.
pub fn parse(line: &str, preferred: PreferredBody) -> Result<LineArticle, String> {
    if !line.trim_start().starts_with('{') {
        return Err("not an article in JSON: a line is one object, `{...}`".to_owned());
    }
    let fields: Fields = serde_json::from_str(line).map_err(|e| {
        // The parser sees a single line, so its line number means nothing.
        format!(
            "not an article in JSON: {}",
            e.to_string().replace(" at line 1 column ", " at column ")
        )
    })?;
    let id = match fields.id {
        None | Some(Value::Null) => String::new(),
        Some(Value::String(id)) => id,
        Some(Value::Number(id)) if id.is_i64() || id.is_u64() => id.to_string(),
        Some(_) => return Err("`id` is neither a string nor a whole number".to_owned()),
    };
    let url = fields.url.unwrap_or_default();
    if id.is_empty() && url.is_empty() {
        return Err("neither `id` nor `url` is given".to_owned());
    }
    let lang = fields.lang.unwrap_or_default();
    let conventions = Conventions::of(&lang, &host(&url).unwrap_or_default());
    let mut unread_times = Vec::new();
    let mut time = |name, field: Option<Value>| {
        let written = field.filter(is_written)?;
        let read = milliseconds(&written, &conventions);
        if read.is_none() {
            unread_times.push(name);
        }
        read
    };
    let published_ms = time("published", fields.published).and_then(stated_time);
    let fetched_ms = time("fetched", fields.fetched).and_then(stated_time);
    let article = Article {
        id,
        url,
        publisher: fields.publisher.unwrap_or_default(),
        published_ms,
        title: fields.title.unwrap_or_default(),
        byline: byline(fields.byline, fields.author.as_ref()),
        body: body(fields.text, fields.html, preferred),
        lang,
        fetched_ms,
        ..Article::default()
    };
    Ok(LineArticle {
        article,
        fields: fields.names,
        unknown: fields.unknown,
        unread_times,
    })
}

/// Chooses the preferred body if there are two, or the only one.
fn body(text: Option<String>, html: Option<String>, preferred: PreferredBody) -> Body {
    let text = text.filter(|text| !text.is_empty());
    let html = html.filter(|html| !html.is_empty());
    match (text, html) {
        (Some(text), Some(_)) if preferred == PreferredBody::Text => Body::Text(text),
        (_, Some(html)) => Body::Html(html),
        (text, None) => Body::Text(text.unwrap_or_default()),
    }
}

/// Returns the byline, or else the names of the authors.
fn byline(byline: Option<String>, author: Option<&Value>) -> String {
    let byline = byline.filter(|byline| !byline.is_empty());
    byline.unwrap_or_else(|| match author {
        Some(Value::String(name)) => name.clone(),
        Some(Value::Array(names)) => {
            let names: Vec<&str> = names.iter().filter_map(Value::as_str).collect();
            names.join(", ")
        }
        _ => String::new(),
    })
}

/// Whether a date is given.
fn is_written(value: &Value) -> bool {
    !value.is_null() && value.as_str().is_none_or(|text| !text.trim().is_empty())
}

/// Parses a date: a text in one of the forms of [`Conventions::parse_date`], or a number of seconds or
/// milliseconds since 1970. `None` for anything else.
fn milliseconds(value: &Value, conventions: &Conventions) -> Option<i64> {
    match value {
        Value::Number(number) => conventions.parse_date(&number.to_string()),
        Value::String(text) => conventions.parse_date(text),
        Value::Null | Value::Bool(_) | Value::Array(_) | Value::Object(_) => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    fn article(line: &str) -> Article {
        parse(line, PreferredBody::Html).unwrap().article
    }

    #[test]
    fn ids_are_strings_or_whole_numbers() {
        let check = |line: &str, expected: &str| assert_eq!(article(line).id, expected, "{line}");
        check(r#"{"id":"a"}"#, "a");
        check(r#"{"id":0}"#, "0");
        check(r#"{"id":-7}"#, "-7");
        check(r#"{"id":18446744073709551615}"#, "18446744073709551615");
        check(r#"{"id":null,"url":"http://a.example/"}"#, "");
        for bad in [
            r#"{"id":1.5}"#,
            r#"{"id":[1]}"#,
            r#"{"id":true}"#,
            r#"{"id":""}"#,
            "{}",
            "[]",
            "{",
            "7",
        ] {
            assert!(parse(bad, PreferredBody::Html).is_err(), "{bad}");
        }
    }

    #[test]
    fn faults_name_the_column_and_no_line() {
        let why = parse(r#"{"id":"a","title":7}"#, PreferredBody::Html).unwrap_err();
        assert!(
            why.contains("at column 19") && !why.contains("line"),
            "{why}"
        );
    }

    #[test]
    fn the_body_is_chosen() {
        let check = |line: &str, preferred, expected: Body| {
            let article = parse(line, preferred).unwrap().article;
            assert_eq!(article.body, expected, "{line}");
        };
        let both = r#"{"id":1,"text":"t","html":"<p>h"}"#;
        check(both, PreferredBody::Html, Body::Html("<p>h".into()));
        check(both, PreferredBody::Text, Body::Text("t".into()));
        check(
            r#"{"id":1,"html":"<p>h"}"#,
            PreferredBody::Text,
            Body::Html("<p>h".into()),
        );
        check(
            r#"{"id":1,"text":"t","html":""}"#,
            PreferredBody::Html,
            Body::Text("t".into()),
        );
        check(
            r#"{"id":1,"title":"only"}"#,
            PreferredBody::Html,
            Body::Text(String::new()),
        );
    }

    #[test]
    fn the_byline_may_be_called_author() {
        let check =
            |line: &str, expected: &str| assert_eq!(article(line).byline, expected, "{line}");
        check(r#"{"id":1,"byline":"Ann Lee","author":"x"}"#, "Ann Lee");
        check(r#"{"id":1,"author":"Ann Lee"}"#, "Ann Lee");
        check(
            r#"{"id":1,"author":["Ann Lee","Bo Ray"]}"#,
            "Ann Lee, Bo Ray",
        );
        check(r#"{"id":1,"author":{"name":"Ann"}}"#, "");
        check(r#"{"id":1}"#, "");
    }

    #[test]
    fn an_unreadable_date_is_no_bad_line() {
        let check = |line: &str, ms: Option<i64>, is_read: bool| {
            for name in ["published", "fetched"] {
                let line = line.replace("published", name);
                let read = parse(&line, PreferredBody::Html).unwrap();
                let unread: &[&str] = if is_read { &[] } else { &[name] };
                assert_eq!(read.unread_times, unread, "{line}");
                let (published_ms, fetched_ms) =
                    (read.article.published_ms, read.article.fetched_ms);
                assert_eq!(published_ms.or(fetched_ms), ms, "{line}");
                assert_eq!(fetched_ms.is_some(), ms.is_some() && name == "fetched");
            }
        };
        check(r#"{"id":1}"#, None, true);
        check(r#"{"id":1,"published":null}"#, None, true);
        check(r#"{"id":1,"published":" "}"#, None, true);
        check(r#"{"id":1,"published":"yesterday"}"#, None, false);
        check(r#"{"id":1,"published":{"y":1}}"#, None, false);
        check(
            r#"{"id":1,"published":"1970-01-01T00:00:01Z"}"#,
            Some(1000),
            true,
        );
    }

    #[test]
    fn all_names_of_fields_are_returned() {
        let line = r#"{"id":1,"content":{"text":["x"]},"title":null,"Text":"x"}"#;
        let read = parse(line, PreferredBody::Html).unwrap();
        assert_eq!(read.fields, ["id", "content", "title", "Text"]);
        assert_eq!(read.unknown, ["content", "Text"]);
        assert!(!read.has_text());
        assert!(parse(r#"{"id":1,"content":}"#, PreferredBody::Html).is_err());
    }

    #[test]
    fn a_field_that_occurs_twice_is_a_fault() {
        for line in [r#"{"id":1,"id":2}"#, r#"{"id":1,"other":1,"other":2}"#] {
            let fault = parse(line, PreferredBody::Html).unwrap_err();
            assert!(fault.contains("duplicate field `"), "{fault}");
        }
    }

    #[test]
    fn language_and_host_tell_day_and_month_apart() {
        let check = |fields: &str, date: Option<&str>| {
            let line = format!(r#"{{"id":1,"published":"04/03/2017",{fields}}}"#);
            let expected = date.map(|date| Conventions::default().parse_date(date).unwrap());
            assert_eq!(article(&line).published_ms, expected, "{line}");
        };
        check(r#""lang":"pt""#, Some("2017-03-04"));
        check(r#""lang":"en-US""#, Some("2017-04-03"));
        check(
            r#""url":"https://news.example.co.uk/a""#,
            Some("2017-03-04"),
        );
        check(r#""lang":"en""#, None);
    }

    #[test]
    fn dates_are_texts_or_numbers() {
        let milliseconds = |value: &Value| milliseconds(value, &Conventions::default());
        let check = |value: Value, ms: i64| assert_eq!(milliseconds(&value), Some(ms), "{value}");
        check(json!("1970-01-02"), 86_400_000);
        check(json!(1_700_000_000), 1_700_000_000_000);
        check(json!(1_700_000_000_123_i64), 1_700_000_000_123);
        check(json!(1_700_000_000.5), 1_700_000_000_500);
        for none in [
            json!("yesterday"),
            json!("03/04/2017"),
            json!(1e300),
            json!(true),
            json!(["2015-07-21"]),
        ] {
            assert_eq!(milliseconds(&none), None, "{none}");
        }
    }
}
