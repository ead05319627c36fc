//! Reads what a page says of itself in JSON-LD, in the words of schema.org.

use serde_json::{Map, Value};

use super::dates::page_date;
use super::tree::{Kind, Tree, fold, unescape};

/// What the page says of its article. Empty where it says nothing.
#[derive(Debug, Default)]
pub(super) struct Said {
    pub headline: String,
    pub author: String,
    pub published_ms: Option<i64>,
    pub modified_ms: Option<i64>,
    pub publisher: String,
    pub lang: String,
    /// The whole text, sometimes.
    pub body: String,
}

/// How deep objects are looked for in each other.
const MAX_DEPTH: usize = 8;
/// Objects that are looked at, at most.
const MAX_OBJECTS: usize = 2_000;
/// A longer author is a text.
const MAX_NAME: usize = 200;

/// Reads the scripts of a page.
pub(super) fn read(tree: &Tree) -> Said {
    let mut found: Vec<(u8, Map<String, Value>)> = Vec::new();
    let mut left = MAX_OBJECTS;
    for (id, element) in tree.elements() {
        let kind = element.attribute("type").to_ascii_lowercase();
        if !element.is("script") || !kind.starts_with("application/ld+json") {
            continue;
        }
        let Some(text) = tree.nodes.get(id as usize + 1) else {
            continue;
        };
        if let Kind::Text(text) = &text.kind
            && let Some(value) = parse(&text.words)
        {
            collect(value, 0, &mut left, &mut found);
        }
    }
    // Of several the best kind, and of those the first.
    found.sort_by_key(|(rank, _)| *rank);
    let mut said = Said::default();
    for (rank, object) in &found {
        fill(&mut said, *rank, object);
    }
    said
}

/// JSON as pages write it: within comments, with raw line breaks in strings, with a semicolon after.
fn parse(text: &str) -> Option<Value> {
    let text = text
        .trim()
        .trim_start_matches("<!--")
        .trim_start_matches("//<![CDATA[");
    let text = text
        .trim_end_matches("-->")
        .trim_end_matches("//]]>")
        .trim()
        .trim_end_matches(';');
    if let Ok(value) = serde_json::from_str(text) {
        return Some(value);
    }
    let clean: String = text
        .chars()
        .map(|c| if c.is_control() { ' ' } else { c })
        .collect();
    serde_json::from_str(&clean).ok()
}

fn collect(
    value: Value,
    depth: usize,
    left: &mut usize,
    found: &mut Vec<(u8, Map<String, Value>)>,
) {
    if depth > MAX_DEPTH || *left == 0 {
        return;
    }
    *left -= 1;
    match value {
        Value::Array(values) => {
            for value in values {
                collect(value, depth + 1, left, found);
            }
        }
        Value::Object(mut object) => {
            for inner in [
                "@graph",
                "mainEntity",
                "mainEntityOfPage",
                "itemListElement",
                "item",
            ] {
                if object
                    .get(inner)
                    .is_some_and(|inner| inner.is_object() || inner.is_array())
                    && let Some(inner) = object.remove(inner)
                {
                    collect(inner, depth + 1, left, found);
                }
            }
            if let Some(rank) = rank(&object) {
                found.push((rank, object));
            }
        }
        Value::Null | Value::Bool(_) | Value::Number(_) | Value::String(_) => {}
    }
}

/// The lower, the more it is an article; `None` for what is none.
fn rank(object: &Map<String, Value>) -> Option<u8> {
    let of = |kind: &str| {
        if kind.ends_with("NewsArticle") || kind == "LiveBlogPosting" {
            Some(0)
        } else if kind.ends_with("Article") || kind.ends_with("BlogPosting") || kind == "Report" {
            Some(1)
        } else if matches!(
            kind,
            "Review" | "Recipe" | "DiscussionForumPosting" | "CreativeWork" | "QAPage" | "Question"
        ) {
            Some(2)
        } else if kind.ends_with("WebPage") || kind == "ItemPage" {
            Some(3)
        } else if kind == "WebSite" || kind.ends_with("Organization") {
            Some(4)
        } else {
            None
        }
    };
    match object.get("@type")? {
        Value::String(kind) => of(kind),
        Value::Array(kinds) => kinds.iter().filter_map(Value::as_str).filter_map(of).min(),
        Value::Null | Value::Bool(_) | Value::Number(_) | Value::Object(_) => None,
    }
}

fn fill(said: &mut Said, rank: u8, object: &Map<String, Value>) {
    let put = |place: &mut String, value: String| {
        if place.is_empty() {
            *place = value;
        }
    };
    put(&mut said.lang, text(object.get("inLanguage")));
    if rank == 4 {
        put(&mut said.publisher, name(object.get("name")));
        return;
    }
    put(&mut said.publisher, name(object.get("publisher")));
    let date = |key: &str| page_date(&text(object.get(key)));
    said.published_ms = said.published_ms.or_else(|| date("datePublished"));
    said.modified_ms = said.modified_ms.or_else(|| date("dateModified"));
    if rank == 3 {
        return;
    }
    put(&mut said.headline, text(object.get("headline")));
    put(&mut said.author, name(object.get("author")));
    if rank < 2 {
        let raw = object
            .get("articleBody")
            .and_then(Value::as_str)
            .unwrap_or("");
        if said.body.is_empty() {
            raw.clone_into(&mut said.body);
        }
    }
}

fn text(value: Option<&Value>) -> String {
    match value {
        Some(Value::String(text)) => fold(&unescape(text)),
        Some(Value::Array(values)) => text_of_first(values),
        Some(Value::Object(object)) => match object.get("@value").or(object.get("name")) {
            Some(Value::String(text)) => fold(&unescape(text)),
            _ => String::new(),
        },
        Some(Value::Number(number)) => number.to_string(),
        Some(Value::Null | Value::Bool(_)) | None => String::new(),
    }
}

fn text_of_first(values: &[Value]) -> String {
    match values.first() {
        Some(Value::String(text)) => fold(&unescape(text)),
        _ => String::new(),
    }
}

/// The names of persons or organizations, parted by commas.
fn name(value: Option<&Value>) -> String {
    let one = |value: &Value| match value {
        Value::Object(_) => text(Some(value)),
        Value::String(text) => fold(&unescape(text)),
        Value::Null | Value::Bool(_) | Value::Number(_) | Value::Array(_) => String::new(),
    };
    let mut names: Vec<String> = match value {
        Some(Value::Array(values)) => values.iter().take(20).map(one).collect(),
        Some(value) => vec![one(value)],
        None => Vec::new(),
    };
    names.retain(|name| !name.is_empty() && name.len() <= MAX_NAME && !name.starts_with("http"));
    names.dedup();
    names.join(", ")
}
