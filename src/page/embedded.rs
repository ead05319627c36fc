//! Finds the documents that a page holds without showing them: for readers without scripts
//! (`noscript`), as the content of a frame (`srcdoc`) or of a field, and in the state from which its
//! scripts build the page.

use std::collections::HashMap;
use std::hash::{BuildHasher, RandomState};

use serde_json::Value;

use super::blocks::count;
use super::script_state::{values_of_attributes, values_of_script};
use super::tree::{NodeId, NodeKind, Tree};

/// The fewest letters of a string that counts as prose.
const MIN_PROSE: u32 = 60;
/// The most digits of the number of a row in a stream.
const ROW_DIGITS: usize = 4;

/// Returns the documents, as HTML: what is for readers without scripts, the longest content of a frame
/// and of a field, and the longest text in the state of a script or an element.
pub(super) fn documents(tree: &Tree) -> Vec<String> {
    let mut without_scripts = String::new();
    let (mut framed, mut field) = ("", "");
    let mut state = StateText::default();
    let mut stream = String::new();
    for (id, element) in tree.elements() {
        match &*element.name {
            "noscript" => without_scripts.push_str(raw_text(tree, id)),
            "iframe" if element.attribute("srcdoc").len() > framed.len() => {
                framed = element.attribute("srcdoc");
            }
            "textarea" if raw_text(tree, id).len() > field.len() => field = raw_text(tree, id),
            "script" => {
                for value in values_of_script(element, raw_text(tree, id)) {
                    match piece_of_stream(&value) {
                        Some(piece) => stream.push_str(piece),
                        None => state = state.or_more(prose(value)),
                    }
                }
            }
            _ => {
                for value in values_of_attributes(element) {
                    state = state.or_more(prose(value));
                }
            }
        }
    }
    state = state.or_more(prose(Value::String(stream)));
    let mut documents = vec![
        without_scripts,
        framed.to_owned(),
        field.to_owned(),
        state.html(),
    ];
    documents.retain(|document| !document.is_empty());
    documents
}

/// Returns the text of an element that contains no elements.
fn raw_text(tree: &Tree, id: NodeId) -> &str {
    match tree.nodes.get(id as usize + 1).map(|node| &node.kind) {
        Some(NodeKind::Text(text)) if tree.end(id) > id + 1 => &text.text,
        _ => "",
    }
}

/// Returns the piece of a stream that a script passes on: React's server sends its rows so, cut anywhere,
/// as `push([1, "..."])`.
fn piece_of_stream(value: &Value) -> Option<&str> {
    match value.as_array()?.as_slice() {
        [Value::Number(_), Value::String(piece)] => Some(piece),
        _ => None,
    }
}

/// The strings of a script's state that lie on one path: the paragraphs of a story, say.
#[derive(Default)]
struct StateText {
    /// Letters of those that are long enough to be prose.
    letters: u32,
    strings: Vec<String>,
}

impl StateText {
    fn or_more(self, other: StateText) -> StateText {
        if other.letters > self.letters {
            other
        } else {
            self
        }
    }

    /// Writes the strings as HTML, which each of them may be already. Labels are in boxes, and names
    /// without spaces are left out: dates, addresses, what scripts compare.
    fn html(&self) -> String {
        let mut html = String::new();
        for text in &self.strings {
            if text.contains("</") {
                html.push_str(text);
                continue;
            }
            if text.is_ascii() && !text.contains(' ') {
                continue;
            }
            let is_label = !text.contains(['.', ',', '!', '?', '。', '，']);
            let name = if is_label { "div" } else { "p" };
            let text = text
                .replace('&', "&amp;")
                .replace('<', "&lt;")
                .replace('\n', "<br>");
            html.push_str(&format!("<{name}>{text}</{name}>"));
        }
        html
    }
}

/// Returns the strings of a state on the path that has the most prose. A path consists of the names of
/// fields; the places in arrays do not count, nor does how deep an element is among the children of others.
fn prose(state: Value) -> StateText {
    let hasher = RandomState::new();
    let mut paths: HashMap<u64, StateText> = HashMap::new();
    let mut open: Vec<(Value, u64)> = vec![(state, 0)];
    while let Some((value, path)) = open.pop() {
        match value {
            Value::String(text) => {
                if let Some(inner) = held_values(&text) {
                    open.extend(inner.into_iter().rev().map(|value| (value, path)));
                    continue;
                }
                let prose = paths.entry(path).or_default();
                prose.letters += prose_letters(&text);
                prose.strings.push(text);
            }
            Value::Array(values) => {
                // React writes an element as ["$", name, key, {"children": ...}].
                let is_element = values.first().is_some_and(|first| *first == "$");
                let values = values.into_iter().rev();
                let values = values.filter(|value| !is_element || value.is_object());
                open.extend(values.map(|value| (value, path)));
            }
            Value::Object(fields) => {
                open.extend(fields.into_iter().rev().map(|(name, value)| match &*name {
                    "children" => (value, path),
                    name => (value, hasher.hash_one((path, name))),
                }));
            }
            Value::Null | Value::Bool(_) | Value::Number(_) => {}
        }
    }
    // Of two equal paths the first: the answer must not hang on the order of a hash map.
    let best = paths.into_values().max_by(|a, b| {
        let order = a.letters.cmp(&b.letters);
        order.then_with(|| b.strings.cmp(&a.strings))
    });
    best.filter(|prose| prose.letters > 0).unwrap_or_default()
}

/// Returns the values that a string holds as JSON, by itself or in the numbered rows of a stream
/// ("5:[...]", or "6:T1f," before a text of so many bytes); `None` if it is a text.
fn held_values(text: &str) -> Option<Vec<Value>> {
    let text = text.trim();
    if text.starts_with(['{', '[']) {
        return serde_json::from_str(text).ok().map(|value| vec![value]);
    }
    let values: Vec<Value> = text.lines().filter_map(value_of_row).collect();
    (!values.is_empty()).then_some(values)
}

fn value_of_row(row: &str) -> Option<Value> {
    let (number, value) = row.split_once(':')?;
    let is_number = !number.is_empty() && number.bytes().all(|b| b.is_ascii_hexdigit());
    if !is_number || number.len() > ROW_DIGITS {
        return None;
    }
    let text = value
        .strip_prefix('T')
        .and_then(|text| text.split_once(','));
    match text {
        Some((_, text)) => Some(Value::String(text.to_owned())),
        None if value.starts_with(['{', '[']) => serde_json::from_str(value).ok(),
        None => None,
    }
}

/// Counts the letters of a string, if it is prose and not code or a label.
fn prose_letters(text: &str) -> u32 {
    let (letters, stops) = count(text);
    let signs = text.matches(['{', '}', ';', '=', '_']).count();
    let is_html = text.contains("</");
    let is_prose = is_html || signs * 20 < text.len();
    match letters >= MIN_PROSE && stops > 0 && is_prose {
        true => letters,
        false => 0,
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::super::build::build;
    use super::*;

    const STORY: [&str; 2] = [
        "The lock keeper opened the upper gate at dawn, as she does on every market day of the year.",
        "Three barges were waiting; the first of them carried nothing but pears, packed in straw.",
    ];

    fn check(html: &str, expected: &[&str]) {
        assert_eq!(documents(&build(html)), expected, "{html}");
    }

    #[test]
    fn documents_are_found() {
        check(
            "<noscript><p>one</p></noscript><p>two</p><noscript>three</noscript>",
            &["<p>one</p>three"],
        );
        check(
            "<iframe srcdoc='&lt;p>one'></iframe><iframe srcdoc=two></iframe><iframe src=x></iframe>",
            &["<p>one"],
        );
        check(
            "<p>one</p><script>let a = b;</script><noscript></noscript>",
            &[],
        );
        check(
            "<textarea>a</textarea><textarea>&lt;p>one</textarea>",
            &["<p>one"],
        );
    }

    #[test]
    fn the_state_of_scripts_is_searched_for_prose() {
        let [one, two] = STORY;
        let expected = format!("<p>{one}</p><p>{two}</p>");
        let story = format!(r#"[{{"kind":"p","text":"{one}"}},{{"kind":"p","text":"{two}"}}]"#);
        let state = format!(
            r#"{{"css":"{}","page":{{"about":"{one}","story":{story}}}}}"#,
            "a_b={c};".repeat(90)
        );
        for script in [
            format!("<script id=__NEXT_DATA__ type=application/json>{state}</script>"),
            format!("<script>window.__STATE__ = {state};\nwindow.x = 1;</script>"),
        ] {
            check(&script, &[&expected]);
        }
        let held = format!(
            "<script>push({})</script>",
            json!([1, json!({"body": one}).to_string()])
        );
        check(&held, &[&format!("<p>{one}</p>")]);
        let element = |text: &str| json!(["$", "p", null, {"className": "x", "children": text}]);
        let rows = json!(["$", "div", null, {"children": [element(one), element(two)]}]);
        let rows = format!("4:null\n5:{rows}\n");
        let (begun, ended) = rows.split_at(80);
        let streamed =
            [begun, ended].map(|piece| format!("<script>push({})</script>", json!([1, piece])));
        check(&streamed.concat(), &[&expected]);
        let text = format!(
            "<script>push({})</script>",
            json!([1, format!("6:T5b,<p>{one}</p>\n")])
        );
        check(&text, &[&format!("<p>{one}</p>")]);
        let attribute = json!({"body": one}).to_string().replace('\'', "&#39;");
        check(
            &format!("<div data-page='{attribute}'>"),
            &[&format!("<p>{one}</p>")],
        );
        let flat = json!([{"title": 1}, "A market day", "market-day", "2024-03-05", one]);
        let flat = format!("<script type=application/json>{flat}</script>");
        check(&flat, &[&format!("<div>A market day</div><p>{one}</p>")]);
        check(&format!("<script>{{ let x = '{one}' }}</script>"), &[]);
        let html = format!(r#"<script type=application/json>{{"body":"<p>{one}<\/p>"}}</script>"#);
        check(&html, &[&format!("<p>{one}</p>")]);
    }
}
