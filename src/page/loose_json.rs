//! Reads JSON as pages write it, as far as it goes.
//!
//! Strict JSON is `serde_json`'s. What that refuses is read here: in comments or CDATA, with a byte order
//! mark, with entities of HTML, with raw line breaks or quotes within strings, with comments, with too
//! many commas or too few, cut off, or several values in a row. A loop without recursion: nesting costs
//! nothing, and each byte is looked at a few times at most.

use std::iter::Peekable;
use std::str::CharIndices;

use serde_json::{Map, Value};

use super::tree::unescape;

/// Values that are nested deeper are left out: nothing of a page is, and to drop a value recurses.
const MAX_DEPTH: usize = 64;

/// Parses a script. Several values in a row become an array.
pub(super) fn parse(script: &str) -> Option<Value> {
    let text = without_wrapping(script);
    if let Ok(value) = serde_json::from_str(text) {
        return Some(value);
    }
    let is_escaped = text.contains("&quot;") && !text.contains('"');
    match is_escaped {
        true => LooseReader::new(&unescape(text)).read(),
        false => LooseReader::new(text).read(),
    }
}

/// Strips what surrounds JSON in a script: a byte order mark, HTML comments, CDATA.
fn without_wrapping(script: &str) -> &str {
    const BEFORE: [&str; 6] = ["\u{feff}", "<!--", "<![CDATA[", "//", "/*", "*/"];
    const AFTER: [&str; 6] = ["-->", "]]>", "//", "/*", "*/", ";"];
    let mut text = script.trim();
    while let Some(rest) = BEFORE.iter().find_map(|one| text.strip_prefix(one)) {
        text = rest.trim_start();
    }
    while let Some(rest) = AFTER.iter().find_map(|one| text.strip_suffix(one)) {
        text = rest.trim_end();
    }
    text
}

/// An array or object that is not closed yet.
enum OpenValue {
    Array(Vec<Value>),
    Object {
        members: Map<String, Value>,
        /// The key whose value comes next.
        key: Option<String>,
    },
}

struct LooseReader<'a> {
    text: &'a str,
    chars: Peekable<CharIndices<'a>>,
    open: Vec<OpenValue>,
    /// How many values are open that are too deep to be kept.
    too_deep: usize,
    /// The values that are complete.
    done: Vec<Value>,
}

impl<'a> LooseReader<'a> {
    fn new(text: &'a str) -> Self {
        Self {
            text,
            chars: text.char_indices().peekable(),
            open: Vec::new(),
            too_deep: 0,
            done: Vec::new(),
        }
    }

    fn read(mut self) -> Option<Value> {
        while let Some((at, c)) = self.chars.next() {
            match c {
                '{' | '[' => self.open(c),
                '}' | ']' => self.close(),
                '"' | '\'' => {
                    let string = self.string(c);
                    self.add(Value::String(string), true);
                }
                '/' => self.comment(),
                c if c.is_alphanumeric() || matches!(c, '-' | '_' | '$' | '@') => self.bare(at),
                // Commas, colons and white space only divide.
                _ => {}
            }
        }
        while !self.open.is_empty() {
            self.close();
        }
        match self.done.len() {
            0 | 1 => self.done.pop(),
            _ => Some(Value::Array(self.done)),
        }
    }

    fn open(&mut self, bracket: char) {
        if self.open.len() >= MAX_DEPTH {
            self.too_deep += 1;
            return;
        }
        self.open.push(match bracket {
            '{' => OpenValue::Object {
                members: Map::new(),
                key: None,
            },
            _ => OpenValue::Array(Vec::new()),
        });
    }

    fn close(&mut self) {
        if self.too_deep > 0 {
            self.too_deep -= 1;
            return;
        }
        match self.open.pop() {
            Some(OpenValue::Array(values)) => self.add(Value::Array(values), false),
            Some(OpenValue::Object { members, .. }) => self.add(Value::Object(members), false),
            None => {}
        }
    }

    /// Adds a value to the innermost open one: in an object the first text is a key, the next value is
    /// its value. The first value of a key counts.
    fn add(&mut self, value: Value, may_be_key: bool) {
        if self.too_deep > 0 {
            return;
        }
        match self.open.last_mut() {
            Some(OpenValue::Array(values)) => values.push(value),
            Some(OpenValue::Object { members, key }) => match (key.take(), value) {
                (Some(key), value) => {
                    members.entry(key).or_insert(value);
                }
                (None, Value::String(text)) if may_be_key => *key = Some(text),
                (None, _) => {}
            },
            None if value.is_object() || value.is_array() => self.done.push(value),
            None => {}
        }
    }

    fn comment(&mut self) {
        match self.chars.peek() {
            Some((_, '/')) => while self.chars.next_if(|(_, c)| *c != '\n').is_some() {},
            Some((_, '*')) => {
                self.chars.next();
                let mut last = ' ';
                for (_, c) in self.chars.by_ref() {
                    if last == '*' && c == '/' {
                        break;
                    }
                    last = c;
                }
            }
            _ => {}
        }
    }

    /// Reads a number, a literal, or a key without quotes.
    fn bare(&mut self, start: usize) {
        let is_part =
            |c: char| c.is_alphanumeric() || matches!(c, '-' | '_' | '$' | '@' | '.' | '+');
        let mut end = self.text.len();
        while let Some((at, c)) = self.chars.peek() {
            if !is_part(*c) {
                end = *at;
                break;
            }
            self.chars.next();
        }
        let word = &self.text[start..end];
        let value = match word {
            "null" | "undefined" => Value::Null,
            "true" => Value::Bool(true),
            "false" => Value::Bool(false),
            word => match serde_json::from_str::<serde_json::Number>(word) {
                Ok(number) => Value::Number(number),
                Err(_) => Value::String(word.to_owned()),
            },
        };
        self.add(value, true);
    }

    /// Reads a string after its opening quote.
    fn string(&mut self, quote: char) -> String {
        let mut string = String::new();
        while let Some((at, c)) = self.chars.next() {
            match c {
                '\\' => self.escape(&mut string),
                c if c == quote => {
                    if self.ends_string(at + c.len_utf8(), quote) {
                        break;
                    }
                    string.push(c);
                }
                c if c.is_control() => string.push(' '),
                c => string.push(c),
            }
        }
        string
    }

    fn escape(&mut self, string: &mut String) {
        let Some((at, c)) = self.chars.next() else {
            return;
        };
        match c {
            'n' | 'r' | 't' | 'b' | 'f' => string.push(' '),
            'u' => {
                // A pair of surrogates is two escapes.
                let unit = |at: usize| {
                    let digits = self.text.get(at..at + 4)?;
                    u16::from_str_radix(digits, 16).ok()
                };
                let Some(first) = unit(at + 1) else { return };
                let is_pair = self.text.get(at + 5..at + 7) == Some("\\u");
                let second = unit(at + 7).filter(|_| is_pair && (0xD800..0xDC00).contains(&first));
                let units = [first, second.unwrap_or_default()];
                let count = 1 + usize::from(second.is_some());
                string.extend(
                    char::decode_utf16(units.into_iter().take(count))
                        .map(|c| c.unwrap_or(char::REPLACEMENT_CHARACTER)),
                );
                let skipped = if second.is_some() { 10 } else { 4 };
                self.chars.by_ref().take(skipped).for_each(drop);
            }
            c => string.push(c),
        }
    }

    /// Whether a quote before `at` ends its string: what follows could not do so within a text.
    fn ends_string(&self, at: usize, quote: char) -> bool {
        let mut rest = self.text[at..].chars().filter(|c| !c.is_whitespace());
        match rest.next() {
            None | Some('}' | ']' | ':') => true,
            Some(',') => match rest.next() {
                None | Some('{' | '[' | '}' | ']' | ',' | '/') => true,
                Some(c) => {
                    let is_key =
                        || quote == '\'' && c.is_alphabetic() || begins_bare_key(&self.text[at..]);
                    c == quote || self.is_in_array() || is_key()
                }
            },
            // The comma is missing: a key follows.
            Some(c) if c == quote && !self.is_in_array() => {
                let key: usize = rest
                    .by_ref()
                    .take_while(|c| *c != quote && *c != '\n')
                    .map(char::len_utf8)
                    .take(60)
                    .sum();
                key > 0 && rest.next() == Some(':')
            }
            Some(_) => false,
        }
    }

    fn is_in_array(&self) -> bool {
        matches!(self.open.last(), Some(OpenValue::Array(_)))
    }
}

/// Whether a comma and a key without quotes come next: `, name:`.
fn begins_bare_key(text: &str) -> bool {
    let key = text
        .trim_start()
        .strip_prefix(',')
        .map_or("", str::trim_start);
    let is_part = |c: char| c.is_alphanumeric() || matches!(c, '_' | '$');
    let rest = key.trim_start_matches(is_part);
    rest.len() < key.len() && rest.starts_with(':')
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn json_is_read_as_far_as_it_goes() {
        let check = |text: &str, expected: Value| assert_eq!(parse(text), Some(expected), "{text}");
        let expected = || json!({"a": "x", "b": [1, {"c": true}]});
        for text in [
            r#"{"a": "x", "b": [1, {"c": true}]}"#,
            r#"{"a": "x", "b": [1, {"c": true,},],};"#,
            "\u{feff}<!-- {\"a\": \"x\", \"b\": [1, {\"c\": true}]} -->",
            "//<![CDATA[\n{\"a\": \"x\", \"b\": [1, {\"c\": true}]}\n//]]>",
            "/*<![CDATA[*/ {\"a\": \"x\", \"b\": [1, {\"c\": true}]} /*]]>*/",
            "{/* why */ \"a\": \"x\", // and so\n \"b\": [1, {\"c\": true}]}",
            "{&quot;a&quot;: &quot;x&quot;, &quot;b&quot;: [1, {&quot;c&quot;: true}]}",
            "{'a': 'x', b: [1, {c: true}]}",
            "{a:\"x\",b:[1,{c:true}]}",
            "{\"a\": \"x\" \"b\": [1 {\"c\": true}]}",
            "{\"a\": \"x\", \"b\": [1, {\"c\": true",
        ] {
            check(text, expected());
        }
        check("{\"a\": \"one\ntwo\"}", json!({"a": "one two"}));
        check(
            r#"{"a": "He said "no", then left", "b": "x"}"#,
            json!({"a": "He said \"no\", then left", "b": "x"}),
        );
        check(
            r#"{"a": "x \"y\" \u00e9\ud83d\ude00 \/", "b": 1,}"#,
            json!({"a": "x \"y\" é😀 /", "b": 1}),
        );
        check(r#"{"a": 1} {"b": 2}"#, json!([{"a": 1}, {"b": 2}]));
        check(r#"{"a": , "b": 2,}"#, json!({"a": "b"}));
        assert_eq!(parse("plain words"), None);
        assert_eq!(parse(""), None);
    }

    #[test]
    fn hostile_json_takes_little_time() {
        for text in [
            "[".repeat(4_000_000),
            "{\"a\":".repeat(1_000_000),
            "{\"a\": \"".to_owned() + &"\" ".repeat(1_000_000),
            "{\"a\": \"".to_owned() + &"\"".repeat(1_000_000),
            "{\"a\": \"".to_owned() + &"\",x".repeat(1_000_000),
            "/*".repeat(1_000_000),
        ] {
            let _ = parse(&text);
        }
    }
}
