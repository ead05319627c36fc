//! Makes an article of a record.

use serde_json::Value;

use super::fields::{ArticleField, RecordFields};
use super::{PreferredBody, RecordArticle};
use crate::engine::{Article, Body, stated_time};
use crate::id::host;
use crate::page::Conventions;

/// Makes an article of a record; `Err` says what is wrong with the record.
pub(super) fn of_record(
    mut record: RecordFields,
    preferred: PreferredBody,
) -> Result<RecordArticle, String> {
    let mut text = |field: ArticleField| match record.take(field) {
        None => Ok(String::new()),
        Some(Value::String(text)) => Ok(text),
        Some(_) => Err(format!("`{}` is not a string", field.as_str())),
    };
    let url = text(ArticleField::Url)?;
    let publisher = text(ArticleField::Publisher)?;
    let title = text(ArticleField::Title)?;
    let lang = text(ArticleField::Lang)?;
    let body = body(
        text(ArticleField::Text)?,
        text(ArticleField::Html)?,
        preferred,
    );
    let id = match record.take(ArticleField::Id) {
        None => String::new(),
        Some(Value::String(id)) => id,
        Some(Value::Number(id)) if id.is_i64() || id.is_u64() => id.to_string(),
        Some(value) => match value.as_f64().and_then(whole) {
            Some(id) => id.to_string(),
            None => return Err("`id` is neither a string nor a whole number".to_owned()),
        },
    };
    if id.is_empty() && url.is_empty() {
        return Err("neither `id` nor `url` is given".to_owned());
    }
    let conventions = Conventions::of(&lang, &host(&url).unwrap_or_default());
    let mut unread_times = Vec::new();
    let mut time = |field: ArticleField| {
        let written = record.take(field).filter(is_written)?;
        let read = milliseconds(&written, &conventions);
        if read.is_none() {
            unread_times.push(field.as_str());
        }
        read
    };
    let published_ms = time(ArticleField::Published).and_then(stated_time);
    let fetched_ms = time(ArticleField::Fetched).and_then(stated_time);
    let byline = record
        .take(ArticleField::Byline)
        .map(names)
        .unwrap_or_default();
    let article = Article {
        id,
        url,
        publisher,
        published_ms,
        title,
        byline: match byline.is_empty() {
            true => record
                .take(ArticleField::Author)
                .map(names)
                .unwrap_or_default(),
            false => byline,
        },
        body,
        lang,
        fetched_ms,
        ..Article::default()
    };
    Ok(RecordArticle {
        article,
        fields: record.names,
        unknown: record.unknown,
        unread_times,
    })
}

/// Returns a whole number that was written as a float: pandas makes floats of integers beside a null.
fn whole(id: f64) -> Option<i64> {
    /// From 2^53 on, neighbouring integers are one float, and shortly before it a float that was read as decimals may
    /// be that of a neighbour.
    const MAX: f64 = 1e15;
    (id.fract() == 0.0 && id.abs() <= MAX).then_some(id as i64)
}

/// Chooses the preferred body if there are two, or the only one.
fn body(text: String, html: String, preferred: PreferredBody) -> Body {
    let is_text = match (text.is_empty(), html.is_empty()) {
        (false, false) => preferred == PreferredBody::Text,
        (_, is_text) => is_text,
    };
    match is_text {
        true => Body::Text(text),
        false => Body::Html(html),
    }
}

/// Returns the names of authors: of one, or of a list of them.
fn names(value: Value) -> String {
    match value {
        Value::String(name) => name,
        Value::Array(names) => {
            let names: Vec<&str> = names.iter().filter_map(Value::as_str).collect();
            names.join(", ")
        }
        _ => String::new(),
    }
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
    use crate::files::parse_line as parse;
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
        check(r#"{"id":1.0}"#, "1");
        check(r#"{"id":-2e3}"#, "-2000");
        check(r#"{"id":999999999999999.0}"#, "999999999999999");
        check(r#"{"id":null,"url":"http://a.example/"}"#, "");
        for bad in [
            r#"{"id":1.5}"#,
            r#"{"id":9007199254740991.0}"#,
            r#"{"id":1e300}"#,
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
    fn a_fault_names_the_field() {
        let check = |line: &str, expected: &str| {
            assert_eq!(parse(line, PreferredBody::Html).unwrap_err(), expected);
        };
        check(r#"{"id":"a","title":7}"#, "`title` is not a string");
        check(r#"{"id":"a","text":["b"]}"#, "`text` is not a string");
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
