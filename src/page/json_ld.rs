//! Reads what a page says about its article in JSON-LD, in the vocabulary of schema.org.

use serde_json::{Map, Value};

use super::dates::page_date;
use super::metadata::{MAX_NAME, Metadata};
use super::tree::{NodeKind, Tree, fold, unescape};

/// How deep nested objects are looked for.
const MAX_DEPTH: usize = 8;
/// Most objects that are looked at.
const MAX_OBJECTS: usize = 2_000;

/// Reads the scripts of a page.
pub(super) fn read(tree: &Tree) -> Metadata {
    let mut found: Vec<(u8, Map<String, Value>)> = Vec::new();
    let mut left = MAX_OBJECTS;
    for (id, element) in tree.elements() {
        let kind = element.attribute("type").to_ascii_lowercase();
        if !element.is("script") || !kind.starts_with("application/ld+json") {
            continue;
        }
        if let Some(node) = tree.nodes.get(id as usize + 1)
            && let NodeKind::Text(script) = &node.kind
            && let Some(value) = parse(&script.text)
        {
            collect(value, 0, &mut left, &mut found);
        }
    }
    // The best kind comes first, and of one kind the first object.
    found.sort_by_key(|(rank, _)| *rank);
    let mut metadata = Metadata::default();
    for (rank, object) in &found {
        fill(&mut metadata, *rank, object);
    }
    metadata
}

/// Parses JSON as pages write it: in comments, with raw line breaks in strings, with a semicolon at the
/// end.
fn parse(text: &str) -> Option<Value> {
    let text = text.trim().trim_start_matches("<!--");
    let text = text
        .trim_start_matches("//<![CDATA[")
        .trim_end_matches("-->")
        .trim_end_matches("//]]>")
        .trim()
        .trim_end_matches(';');
    if let Ok(value) = serde_json::from_str(text) {
        return Some(value);
    }
    serde_json::from_str(&text.replace(char::is_control, " ")).ok()
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

/// Returns a rank, which is lower the more an object is an article; `None` if it has nothing to say.
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

fn fill(metadata: &mut Metadata, rank: u8, object: &Map<String, Value>) {
    let page = &mut metadata.page;
    let put = |field: &mut String, value: String| {
        if field.is_empty() {
            *field = value;
        }
    };
    put(&mut page.lang, text(object.get("inLanguage")));
    if rank == 4 {
        put(&mut page.publisher, names(object.get("name")));
        return;
    }
    put(&mut page.publisher, names(object.get("publisher")));
    let date = |key: &str| page_date(&text(object.get(key)));
    page.published_ms = page.published_ms.or_else(|| date("datePublished"));
    page.modified_ms = page.modified_ms.or_else(|| date("dateModified"));
    if rank == 3 {
        return;
    }
    put(&mut page.title, text(object.get("headline")));
    put(&mut page.byline, names(object.get("author")));
    if rank < 2 && metadata.body.is_empty() {
        let body = object.get("articleBody").and_then(Value::as_str);
        body.unwrap_or("").clone_into(&mut metadata.body);
    }
}

/// Returns the text of a value: of an object, its `@value` or name; of an array, its first string.
fn text(value: Option<&Value>) -> String {
    let string = |value: Option<&Value>| match value {
        Some(Value::String(text)) => fold(&unescape(text)),
        _ => String::new(),
    };
    match value {
        Some(Value::Array(values)) => string(values.first()),
        Some(Value::Object(object)) => string(object.get("@value").or(object.get("name"))),
        Some(Value::Number(number)) => number.to_string(),
        value => string(value),
    }
}

/// Returns the names of persons or organizations, separated by commas.
fn names(value: Option<&Value>) -> String {
    let one = |value: &Value| match value {
        Value::Object(_) | Value::String(_) => text(Some(value)),
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
