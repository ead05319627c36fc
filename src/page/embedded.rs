//! Finds the documents that a page holds without showing them: for readers without scripts
//! (`noscript`), as the content of a frame (`srcdoc`), and in the state from which its scripts build
//! the page.

use std::collections::HashMap;
use std::hash::{BuildHasher, RandomState};

use serde_json::{Deserializer, Value};

use super::blocks::count;
use super::tree::{Element, NodeId, NodeKind, Tree};

/// How far into a script its state begins: `window.__STATE__ = {`.
const STATE_WITHIN: usize = 200;
/// The fewest letters of a string that counts as prose.
const MIN_PROSE: u32 = 60;

/// Returns the documents, as HTML: what is for readers without scripts, the longest content of a frame,
/// and the longest text in the state of a script.
pub(super) fn documents(tree: &Tree) -> Vec<String> {
    let mut without_scripts = String::new();
    let mut framed = "";
    let mut state = StateText::default();
    for (id, element) in tree.elements() {
        match &*element.name {
            "noscript" => without_scripts.push_str(raw_text(tree, id)),
            "iframe" if element.attribute("srcdoc").len() > framed.len() => {
                framed = element.attribute("srcdoc");
            }
            "script" => state = state.or_more(prose(element, raw_text(tree, id))),
            _ => {}
        }
    }
    let mut documents = vec![without_scripts, framed.to_owned(), state.html()];
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

    /// Writes the strings as HTML, which each of them may be already.
    fn html(&self) -> String {
        let mut html = String::new();
        for text in &self.strings {
            if text.contains("</") {
                html.push_str(text);
                continue;
            }
            let text = text.replace('&', "&amp;").replace('<', "&lt;");
            html.push_str("<p>");
            html.push_str(&text.replace('\n', "<br>"));
        }
        html
    }
}

/// Returns the strings of a script's state on the path that has the most prose. A path consists of the
/// names of fields; the places in arrays do not count.
fn prose(script: &Element, text: &str) -> StateText {
    let kind = script.attribute("type");
    let is_code = kind.is_empty() || kind.contains("javascript");
    let start = text.find(['{', '[']);
    let Some(start) = start.filter(|&start| start < STATE_WITHIN) else {
        return StateText::default();
    };
    if is_code
        && !text[..start].trim_end().ends_with(['=', '('])
        && !text[..start].trim().is_empty()
    {
        return StateText::default();
    }
    let mut values = Deserializer::from_str(&text[start..]).into_iter::<Value>();
    let Some(Ok(state)) = values.next() else {
        return StateText::default();
    };
    let hasher = RandomState::new();
    let mut paths: HashMap<u64, StateText> = HashMap::new();
    let mut open: Vec<(&Value, u64)> = vec![(&state, 0)];
    while let Some((value, path)) = open.pop() {
        match value {
            Value::String(text) => {
                let prose = paths.entry(path).or_default();
                prose.letters += prose_letters(text);
                prose.strings.push(text.clone());
            }
            Value::Array(values) => open.extend(values.iter().rev().map(|value| (value, path))),
            Value::Object(fields) => {
                let fields = fields.iter().rev();
                open.extend(fields.map(|(name, value)| (value, hasher.hash_one((path, name)))));
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
    }

    #[test]
    fn the_state_of_scripts_is_searched_for_prose() {
        let [one, two] = STORY;
        let expected = format!("<p>{one}<p>{two}");
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
        check(&format!("<script>{{ let x = '{one}' }}</script>"), &[]);
        let html = format!(r#"<script type=application/json>{{"body":"<p>{one}<\/p>"}}</script>"#);
        check(&html, &[&format!("<p>{one}</p>")]);
    }
}
