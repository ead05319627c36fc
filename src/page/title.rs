//! Chooses the title of an article among what the page calls it.

use std::collections::HashSet;

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
/// In what is longer no title is looked for.
const MAX_TOLD: usize = 4 * MAX_TITLE;

/// What a page calls its article.
#[derive(Debug, Default)]
pub(super) struct Title {
    pub title: String,
    /// The heading over the text, which may say it in other words; empty if none is found.
    pub heading: String,
}

/// Chooses the title: the heading that the page also names in JSON-LD, Open Graph or its `title`
/// element; else what it says there, without the name of the site.
pub(super) fn choose(
    tree: &Tree,
    hints: &[Hint],
    headline: &str,
    metas: &Metas,
    sites: &[String],
) -> Title {
    let shared = unescape(&metas.get("og:title"));
    let shared = if shared.is_empty() {
        unescape(&metas.get("twitter:title"))
    } else {
        shared
    };
    let window = window_title(tree);
    let mut headings = headings(tree, hints);
    let sites: Vec<String> = sites.iter().map(|site| letters(site)).collect();
    headings.retain(|heading| !sites.contains(&letters(heading)));
    let told = [headline, &shared, &window];
    let told = told.map(|told| if told.len() > MAX_TOLD { "" } else { told });
    // A heading that is also told of is what readers see.
    let find = |tells: fn(&str, &str) -> bool| {
        headings
            .iter()
            .find(|heading| told.iter().any(|told| tells(told, heading)))
    };
    let short = || headings.iter().find(|heading| is_short(heading, told));
    if let Some(heading) = find(begins_with).or_else(|| find(ends_with)).or_else(short) {
        return Title {
            title: heading.clone(),
            heading: heading.clone(),
        };
    }
    let titles = told.map(|title| without_site(title, &sites, &window));
    let mut titles = titles
        .into_iter()
        .filter(|title| !title.is_empty() && title.len() <= MAX_TITLE);
    let near = headings
        .iter()
        .find(|heading| told.iter().any(|told| is_near(told, heading)));
    let near = near.cloned().unwrap_or_default();
    match titles.next() {
        Some(title) => Title {
            heading: if near.is_empty() { title.clone() } else { near },
            title,
        },
        None => {
            let title = headings.into_iter().next().unwrap_or_default();
            Title {
                heading: title.clone(),
                title,
            }
        }
    }
}

/// Whether a title is the heading, perhaps with the name of a section or of the site after it.
fn begins_with(told: &str, heading: &str) -> bool {
    let (all, own) = (letters(told), letters(heading));
    let is_most = all.starts_with(&own) && own.len() * 2 > all.len();
    is_title(&own) && (is_most || cuts(told).any(|(before, _)| letters(before) == own))
}

/// Whether a title is the heading with the name of a section or of the site before it.
fn ends_with(told: &str, heading: &str) -> bool {
    let own = letters(heading);
    is_title(&own) && cuts(told).any(|(_, after)| letters(after) == own)
}

/// Whether a heading, too short to be believed for itself, begins the `title` element, with no more
/// than the name of a site after it, and nothing else that is told says otherwise.
fn is_short(heading: &str, [headline, shared, window]: [&str; 3]) -> bool {
    let own = letters(heading);
    let agrees = |told: &str| {
        let told_letters = letters(told);
        told_letters.is_empty()
            || told_letters == own
            || cuts(told).any(|(before, after)| letters(before) == own && words(after) <= 4)
    };
    !own.is_empty() && !window.is_empty() && [headline, shared, window].into_iter().all(agrees)
}

/// A shorter heading is the name of a section.
fn is_title(letters: &str) -> bool {
    letters.len() >= 8
}

/// What stands before and after each of the first dividers.
fn cuts(title: &str) -> impl Iterator<Item = (&str, &str)> {
    let cuts = DIVIDERS
        .iter()
        .flat_map(|divider| title.match_indices(divider).take(4));
    cuts.map(|(at, divider)| (&title[..at], &title[at + divider.len()..]))
}

/// Whether two titles share so many words that they are of one article.
fn is_near(told: &str, heading: &str) -> bool {
    let words = |text: &str| -> HashSet<String> {
        let words = text.split(|c: char| !c.is_alphanumeric()).take(100);
        words
            .filter(|word| word.chars().count() > 3)
            .map(str::to_lowercase)
            .collect()
    };
    let (told, heading) = (words(told), words(heading));
    let shared = told.intersection(&heading).count();
    shared >= 2 && shared * 4 >= heading.len().min(told.len())
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
pub(super) fn letters(title: &str) -> String {
    title
        .chars()
        .filter(|c| c.is_alphanumeric())
        .flat_map(char::to_lowercase)
        .take(MAX_TITLE)
        .collect()
}

/// Takes off the name of the site that stands at the end, if it is known to be that, or if what
/// stands before is long enough to be the title.
fn without_site(title: &str, sites: &[String], window: &str) -> String {
    let mut title = fold(title);
    let mut is_window = title == window;
    for _ in 0..3 {
        let cuts = DIVIDERS
            .iter()
            .filter_map(|divider| Some((title.rfind(divider)?, divider.len())));
        let Some((at, width)) = cuts.max() else { break };
        let (before, after) = (title[..at].trim(), title[at + width..].trim());
        let name = letters(after);
        let is_known = !name.is_empty() && sites.contains(&name);
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

#[cfg(test)]
mod tests {
    use super::super::read;

    fn check(html: &str, expected: &str) {
        assert_eq!(read(html, "", &|_| false).title, expected, "{html}");
    }

    #[test]
    fn the_heading_that_is_told_of_is_the_title() {
        check(
            "<title>Rain in the hills | News | The Example</title><h1>The Example</h1>\
             <h1>Rain in <i>the</i> hills</h1>",
            "Rain in the hills",
        );
        check(
            "<title>Rain in the hills - The Example</title><h1>Menu</h1>",
            "Rain in the hills",
        );
        check("<title>Rain - The Example</title>", "Rain - The Example");
        check(
            "<title>Rain - The Example</title><meta property=og:site_name content='the example'>",
            "Rain",
        );
        check(
            "<svg><title>Logo</title></svg><title></title><h1>Rain</h1>",
            "Rain",
        );
        check("<p>Rain", "");
        // A short heading needs the title to begin with it, and nobody to say otherwise.
        check("<title>Fähre | Blatt</title><h1>Fähre</h1>", "Fähre");
        check(
            "<title>Fähre - Bild - Das Blatt</title><h1> FÄHRE</h1>",
            "FÄHRE",
        );
        check(
            "<title>Blatt | Fähre</title><h1>Fähre</h1>",
            "Blatt | Fähre",
        );
        check(
            "<title>Blatt | Die Fähre kommt heute nicht</title><h1>Blatt</h1>",
            "Blatt | Die Fähre kommt heute nicht",
        );
        check(
            "<title>Fähre | Blatt</title><meta property=og:title content='Die Fähre kommt'>\
             <h1>Fähre</h1>",
            "Die Fähre kommt",
        );
        check(
            "<title>Fähre | Blatt</title><meta property=og:title content='Fähre | Blatt'>\
             <meta property=og:site_name content=Blatt><script type=application/ld+json>\
             {\"@type\": \"Organization\", \"name\": \"Verlag\"}</script>",
            "Fähre",
        );
    }
}
