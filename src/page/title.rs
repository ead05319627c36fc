//! Chooses the title of an article among what the page calls it.

use super::hints::Hint;
use super::metadata::Metas;
use super::names::is_hidden;
use super::tree::{Tree, fold, unescape};

/// What parts the title of an article from the name of the site.
const DIVIDERS: [&str; 9] = [
    " | ", " - ", " – ", " — ", " :: ", " » ", " · ", " • ", " / ",
];
/// A longer title is a text.
const MAX_TITLE: usize = 500;

/// Chooses the title: the heading that the page also names in JSON-LD, Open Graph or its `title`
/// element; else what it says there, without the name of the site.
pub(super) fn choose(
    tree: &Tree,
    hints: &[Hint],
    headline: &str,
    metas: &Metas,
    site: &str,
) -> String {
    let shared = unescape(&metas.get("og:title"));
    let shared = if shared.is_empty() {
        unescape(&metas.get("twitter:title"))
    } else {
        shared
    };
    let window = window_title(tree);
    let headings = headings(tree, hints);
    let told = [headline, shared.as_str(), window.as_str()];
    // A heading that is also told of is what readers see.
    for heading in &headings {
        let is_told = |told: &&str| {
            let (told, heading) = (letters(told), letters(heading));
            heading.len() >= 8
                && (told == heading || told.starts_with(&heading) && heading.len() * 2 > told.len())
        };
        if told.iter().any(is_told) {
            return heading.clone();
        }
    }
    for title in told {
        let title = without_site(title, site, &window);
        if !title.is_empty() && title.len() <= MAX_TITLE {
            return title;
        }
    }
    headings.into_iter().next().unwrap_or_default()
}

/// The `title` element of the page, not of a drawing in it.
fn window_title(tree: &Tree) -> String {
    for (id, element) in tree.elements() {
        let parent = tree.element(tree.nodes[id as usize].parent);
        let is_drawing = parent.is_some_and(|parent| parent.is("svg") || parent.is("g"));
        if element.is("title") && !is_drawing {
            let text = tree.text_of(id, MAX_TITLE);
            if !text.is_empty() {
                return text;
            }
        }
    }
    String::new()
}

fn headings(tree: &Tree, hints: &[Hint]) -> Vec<String> {
    let mut found = Vec::new();
    let mut id = 0;
    while id < tree.nodes.len() && found.len() < 20 {
        let Some(element) = tree.element(id as u32) else {
            id += 1;
            continue;
        };
        if hints[id] == Hint::Hidden || is_hidden(&element.name) {
            id = tree.nodes[id].end as usize;
            continue;
        }
        if element.is("h1") || element.attribute("itemprop") == "headline" {
            let text = tree.text_of(id as u32, MAX_TITLE);
            if !text.is_empty() && text.len() <= MAX_TITLE {
                found.push(text);
            }
        }
        id += 1;
    }
    found
}

/// The letters and digits, in lower case: what two titles are compared by.
fn letters(title: &str) -> String {
    title
        .chars()
        .filter(|c| c.is_alphanumeric())
        .flat_map(char::to_lowercase)
        .take(MAX_TITLE)
        .collect()
}

/// Takes off the name of the site that stands at the end, if it is known to be that, or if what
/// stands before is long enough to be the title.
fn without_site(title: &str, site: &str, window: &str) -> String {
    let mut title = fold(title);
    let mut is_window = title == window;
    for _ in 0..3 {
        let cuts = DIVIDERS
            .iter()
            .filter_map(|divider| Some((title.rfind(divider)?, divider.len())));
        let Some((at, width)) = cuts.max() else { break };
        let (before, after) = (title[..at].trim(), title[at + width..].trim());
        let is_known = !site.is_empty() && letters(after) == letters(site);
        let is_likely = is_window && words(before) >= 3 && words(after) <= 4;
        if !is_known && !is_likely {
            break;
        }
        is_window = false;
        title = before.to_owned();
    }
    title
}

fn words(text: &str) -> usize {
    text.split_whitespace().count()
}
