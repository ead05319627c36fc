//! Reads what a page says about its article in JSON-LD, in the vocabulary of schema.org.

use std::cmp::Reverse;

use serde_json::{Map, Value};

use super::dates::StatedDates;
use super::identity::{Ownership, PageIdentity};
use super::loose_json;
use super::metadata::{MAX_NAME, Metadata};
use super::tree::{NodeKind, Tree, fold, unescape};

/// How deep nested objects are looked for.
const MAX_DEPTH: usize = 8;
/// Most objects that are looked at.
const MAX_OBJECTS: usize = 2_000;
/// Most dates of one kind.
const MAX_DATES: usize = 8;

/// An object that says something, and of what.
struct LdObject {
    rank: u8,
    /// It stands in a list, which is one of teasers.
    is_listed: bool,
    /// The addresses of what it describes.
    hrefs: Vec<String>,
    members: Map<String, Value>,
}

/// Reads the scripts of a page. What they say of other articles than the page's own is left out: of
/// those that it lists, and of those that have neither its address nor a title like its own.
pub(super) fn read(tree: &Tree, identity: impl FnOnce() -> PageIdentity) -> Metadata {
    let mut found: Vec<LdObject> = Vec::new();
    let mut left = MAX_OBJECTS;
    for (id, element) in tree.elements() {
        if !element.is("script") {
            continue;
        }
        if let Some(node) = tree.nodes.get(id as usize + 1)
            && let NodeKind::Text(script) = &node.kind
            && is_json_ld(element.attribute("type"), &script.text)
            && let Some(value) = loose_json::parse(&script.text)
        {
            collect(value, 0, false, &mut left, &mut found);
        }
    }
    let mut metadata = Metadata::default();
    if found.is_empty() {
        return metadata;
    }
    let identity = identity();
    let mut own: Vec<(Ownership, LdObject)> = found
        .into_iter()
        .map(|object| (object.ownership(&identity), object))
        .filter(|(ownership, _)| *ownership != Ownership::Other)
        .collect();
    // Articles come first, of these the page's own, then the best kind, and of one kind the first.
    own.sort_by_key(|(ownership, object)| (object.rank > 2, Reverse(*ownership), object.rank));
    for (_, object) in &own {
        fill(&mut metadata, object.rank, &object.members);
    }
    metadata
}

impl LdObject {
    fn ownership(&self, identity: &PageIdentity) -> Ownership {
        if self.rank > 2 {
            let is_teaser = self.is_listed && self.rank == 3;
            return if is_teaser {
                Ownership::Other
            } else {
                Ownership::Unknown
            };
        }
        let headline = self.members.get("headline").or(self.members.get("name"));
        match identity.owns(&self.hrefs, &text(headline)) {
            Ownership::Unknown if self.is_listed => Ownership::Other,
            ownership => ownership,
        }
    }
}

/// Whether a script is JSON-LD: by its type or, without one, by how it begins.
fn is_json_ld(kind: &str, script: &str) -> bool {
    if kind.is_empty() {
        let begin: String = script.trim_start().chars().take(60).collect();
        return begin.starts_with('{') && begin.contains("schema.org");
    }
    kind.to_ascii_lowercase().starts_with("application/ld+json")
}

/// Returns what an object gives as its address.
fn hrefs(object: &Map<String, Value>) -> Vec<String> {
    let mut hrefs = Vec::new();
    for key in ["url", "@id", "mainEntityOfPage"] {
        match object.get(key) {
            Some(Value::String(href)) => hrefs.push(href.clone()),
            Some(Value::Object(page)) => {
                let inner = ["@id", "url"]
                    .into_iter()
                    .filter_map(|key| page.get(key)?.as_str());
                hrefs.extend(inner.map(str::to_owned));
            }
            Some(Value::Null | Value::Bool(_) | Value::Number(_) | Value::Array(_)) | None => {}
        }
    }
    hrefs
}

fn collect(
    value: Value,
    depth: usize,
    is_listed: bool,
    left: &mut usize,
    found: &mut Vec<LdObject>,
) {
    if depth > MAX_DEPTH || *left == 0 {
        return;
    }
    *left -= 1;
    match value {
        Value::Array(values) => {
            for value in values {
                collect(value, depth + 1, is_listed, left, found);
            }
        }
        Value::Object(mut object) => {
            let hrefs = hrefs(&object);
            for (inner, lists) in [
                ("@graph", false),
                ("mainEntity", false),
                ("mainEntityOfPage", false),
                ("itemListElement", true),
                ("item", is_listed),
            ] {
                if object
                    .get(inner)
                    .is_some_and(|inner| inner.is_object() || inner.is_array())
                    && let Some(inner) = object.remove(inner)
                {
                    collect(inner, depth + 1, is_listed || lists, left, found);
                }
            }
            if let Some(rank) = rank(&object) {
                found.push(LdObject {
                    rank,
                    is_listed,
                    hrefs,
                    members: object,
                });
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
            "Review"
                | "Recipe"
                | "HowTo"
                | "ClaimReview"
                | "DiscussionForumPosting"
                | "SocialMediaPosting"
                | "CreativeWork"
                | "QAPage"
                | "Question"
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
    let StatedDates {
        published,
        created,
        modified,
    } = &mut metadata.dates;
    for (dates, key) in [
        (published, "datePublished"),
        (created, "dateCreated"),
        (modified, "dateModified"),
    ] {
        let date = text(object.get(key));
        if !date.is_empty() && dates.len() < MAX_DATES {
            dates.push(date);
        }
    }
    if rank == 3 {
        return;
    }
    put(&mut page.title, text(object.get("headline")));
    if page.byline.is_empty() {
        page.byline = names(object.get("author"));
        metadata.organization_wrote = is_organization(object.get("author"));
    }
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

/// Whether a value consists of organizations.
fn is_organization(value: Option<&Value>) -> bool {
    let one = |value: &Value| {
        let kind = value.get("@type").and_then(Value::as_str);
        kind.is_some_and(|kind| kind.ends_with("Organization"))
    };
    match value {
        Some(Value::Array(values)) => !values.is_empty() && values.iter().all(one),
        Some(value) => one(value),
        None => false,
    }
}
