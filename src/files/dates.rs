//! Parses the dates of articles.

use serde_json::Value;

use crate::page::parse_date;

/// Parses a date: a text in one of the forms of [`parse_date`], or a number of seconds or milliseconds
/// since 1970. `None` for anything else.
pub fn milliseconds(value: &Value) -> Option<i64> {
    match value {
        Value::Number(number) => parse_date(&number.to_string()),
        Value::String(text) => parse_date(text),
        Value::Null | Value::Bool(_) | Value::Array(_) | Value::Object(_) => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    #[test]
    fn dates_are_texts_or_numbers() {
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
