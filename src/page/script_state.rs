//! Reads the state from which the scripts of a page build what they show: JSON in scripts, in what
//! scripts assign and pass on, and in attributes.

use serde_json::{Deserializer, Value};

use super::loose_json;
use super::tree::Element;

/// Most places of a script that are tried: at which a value may begin, and at which a string is parsed.
const MAX_TRIES: usize = 50;
const MAX_STRINGS: usize = 5;
/// Attributes that hold the state of what is built within their element.
const ATTRIBUTES: [&str; 3] = ["data-page", "data-props", "data-react-props"];

/// Returns the values in a script.
pub(super) fn values_of_script(script: &Element, text: &str) -> Vec<Value> {
    let kind = script.attribute("type");
    if kind.contains("json") {
        return loose_json::parse(text).into_iter().collect();
    }
    if !kind.is_empty() && !kind.contains("javascript") && kind != "module" {
        return serde_json::from_str(text).into_iter().collect();
    }
    let mut values = assigned(text);
    values.extend(parsed_strings(text));
    if values.is_empty() {
        values.extend(literal(text));
    }
    values
}

/// Returns the values in the attributes of an element.
pub(super) fn values_of_attributes(element: &Element) -> impl Iterator<Item = Value> {
    let texts = ATTRIBUTES.iter().map(|name| element.attribute(name));
    texts
        .filter(|text| text.starts_with(['{', '[']))
        .filter_map(loose_json::parse)
}

/// Returns the JSON that a script assigns or passes to a function: `window.state = {"a": 1}`.
fn assigned(code: &str) -> Vec<Value> {
    let mut values = Vec::new();
    let mut end = 0;
    let starts = code
        .match_indices(['{', '['])
        .filter(|&(at, _)| is_assigned(code, at));
    for (at, _) in starts.take(MAX_TRIES) {
        if at < end {
            continue;
        }
        let mut found = Deserializer::from_str(&code[at..]).into_iter::<Value>();
        if let Some(Ok(value)) = found.next() {
            end = at + found.byte_offset();
            values.push(value);
        }
    }
    values
}

/// Whether a bracket begins JSON that is assigned, passed on, or all there is.
fn is_assigned(code: &str, at: usize) -> bool {
    let after = code[at + 1..].trim_start();
    let is_json = match code.as_bytes()[at] {
        b'{' => after.starts_with('"'),
        _ => after.starts_with(|c: char| matches!(c, '{' | '[' | '"') || c.is_ascii_digit()),
    };
    let before = code[..at].trim_end();
    is_json && (before.is_empty() || before.ends_with(['=', '(']))
}

/// Returns the values in the strings that a script parses: `JSON.parse("{\"a\": 1}")`.
fn parsed_strings(code: &str) -> impl Iterator<Item = Value> {
    let calls = code.match_indices("JSON.parse(").take(MAX_STRINGS);
    let strings = calls.filter_map(|(at, call)| string(code[at + call.len()..].trim_start()));
    strings.filter_map(|string| loose_json::parse(&string))
}

/// Reads the string that a piece of code begins with, up to the end of a call.
fn string(code: &str) -> Option<String> {
    if code.starts_with('"') {
        let mut strings = Deserializer::from_str(code).into_iter::<String>();
        return strings.next()?.ok();
    }
    let end = code.strip_prefix('\'')?.find("')")? + 2;
    let values = loose_json::parse(&format!("[{}]", &code[..end]))?;
    values.get(0)?.as_str().map(str::to_owned)
}

/// Reads what a script assigns to the window as far as it goes, if that is no JSON: an object with bare
/// names, or a function that returns one.
fn literal(code: &str) -> Option<Value> {
    let code = code.trim_start();
    let is_state = ["window", "self", "globalThis"]
        .iter()
        .any(|name| code.starts_with(name))
        && code[..code.find('=')?].contains("__");
    if is_state {
        loose_json::parse(&code[code.find('{')?..])
    } else {
        None
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::super::build::build;
    use super::*;

    fn check(tag: &str, code: &str, expected: &[Value]) {
        let tree = build(tag);
        let script = tree.element(1).expect("there is a tag");
        assert_eq!(values_of_script(script, code), expected, "{code}");
    }

    #[test]
    fn states_are_read_in_many_forms() {
        let state = [json!({"a": "it's"})];
        check(
            "<script type=application/json>",
            r#" {"a": "it's"} "#,
            &state,
        );
        check(
            "<script type=application/json>",
            "{&quot;a&quot;: &quot;it's&quot;}",
            &state,
        );
        for code in [
            r#"{"a": "it's"}"#,
            r#"window.__A__ = {"a": "it's"}; start();"#,
            r#"if (x) { y(); } var a = {"a": "it's"};"#,
            r#"(function(){ load({"a": "it's"}) })()"#,
            r#"window.__A__ = JSON.parse("{\"a\": \"it's\"}");"#,
            r#"window.__A__ = JSON.parse('{"a": "it\'s"}');"#,
            r#"window.__A__ = {a: "it's"};"#,
        ] {
            check("<script>", code, &state);
        }
        let two = [json!([1, "x"]), json!({"a": 1})];
        check("<script>", r#"push([1, "x"]); push({"a": 1})"#, &two);
        let returned = [json!({"return": {"a": "x", "b": "c"}})];
        check(
            "<script>",
            r#"window.__A__=(function(c){return {a:"x",b:c}}("y"))"#,
            &returned,
        );
        let bare = [json!({"a": null, "b": "x"})];
        check(
            "<script>",
            r#"window.__A__ = {"a": undefined, "b": "x"}"#,
            &bare,
        );
    }

    #[test]
    fn code_is_no_state() {
        for code in [
            "{ let x = 'one, two'; }",
            "var a = {b: 'c'}; function d() { return [1]; }",
            "window.a = {b: 'c'}",
            "JSON.parse(x)",
            "JSON.parse('",
            "",
        ] {
            check("<script>", code, &[]);
        }
        check("<script type=text/template>", "{{ a }}", &[]);
    }
}
