//! Chooses the title of an article among the titles and headings of a page.

use std::collections::HashSet;

use super::hints::Hint;
use super::metadata::Metas;
use super::tree::{Tree, fold, unescape};

/// What separates the title of an article from the name of the website.
const DIVIDERS: [&str; 9] = [
    " | ", " - ", " – ", " — ", " :: ", " » ", " · ", " • ", " / ",
];
/// Longer titles are texts; in bytes.
const MAX_TITLE: usize = 500;
/// In longer metadata no title is looked for.
const MAX_STATED: usize = 4 * MAX_TITLE;

/// Chooses the title: the heading that the page also states in JSON-LD, in Open Graph or in its `title`
/// element, or one in nearly the same words: it is what readers see. Without such a heading the title is
/// what the page states there, without the name of the website.
pub(super) fn choose(
    tree: &Tree,
    hints: &[Hint],
    headline: &str,
    metas: &Metas,
    site_names: &[String],
) -> String {
    let mut shared = unescape(&metas.get("og:title"));
    if shared.is_empty() {
        shared = unescape(&metas.get("twitter:title"));
    }
    let window = window_title(tree);
    let site_names: Vec<String> = site_names.iter().map(|name| letters_of(name)).collect();
    let mut headings = headings(tree, hints);
    headings.retain(|heading| !site_names.contains(&letters_of(heading)));
    let stated = [headline, &shared, &window];
    let stated = stated.map(|title| if title.len() > MAX_STATED { "" } else { title });
    let find = |matches: fn(&str, &str) -> bool| {
        let is_stated = |heading: &str| stated.iter().any(|title| matches(title, heading));
        headings.iter().find(|heading| is_stated(heading))
    };
    let short = || headings.iter().find(|heading| is_short(heading, stated));
    let titles = stated.map(|title| without_site_name(title, &site_names, &window));
    let mut titles = titles
        .into_iter()
        .filter(|title| !title.is_empty() && title.len() <= MAX_TITLE);
    let heading = find(begins_with)
        .or_else(|| find(ends_with))
        .or_else(short)
        .or_else(|| find(rewords));
    if let Some(heading) = heading {
        // A label may stand before the title: a date, or the name of a section.
        let unlabelled = titles.find(|title| is_labelled(heading, title));
        return unlabelled.unwrap_or_else(|| heading.clone());
    }
    let title = titles.next();
    title.unwrap_or_else(|| headings.first().cloned().unwrap_or_default())
}

/// Whether a title is the heading, perhaps followed by the name of a section or of the website.
fn begins_with(stated: &str, heading: &str) -> bool {
    let (all, own) = (letters_of(stated), letters_of(heading));
    let is_most = all.starts_with(&own) && own.len() * 2 > all.len();
    is_title(&own) && (is_most || cuts(stated).any(|(before, _)| letters_of(before) == own))
}

/// Whether a title is the name of a section or of the website, followed by the heading.
fn ends_with(stated: &str, heading: &str) -> bool {
    let own = letters_of(heading);
    is_title(&own) && cuts(stated).any(|(_, after)| letters_of(after) == own)
}

/// Whether a heading, too short to be believed by itself, begins the `title` element, followed at most
/// by the name of a website, and no other stated title disagrees.
fn is_short(heading: &str, [headline, shared, window]: [&str; 3]) -> bool {
    let own = letters_of(heading);
    let agrees = |title: &str| {
        let letters = letters_of(title);
        letters.is_empty()
            || letters == own
            || cuts(title).any(|(before, after)| letters_of(before) == own && words(after) <= 4)
    };
    !own.is_empty() && !window.is_empty() && [headline, shared, window].into_iter().all(agrees)
}

/// Whether a heading is long enough to be a title and not the name of a section.
fn is_title(letters: &str) -> bool {
    letters.len() >= 8
}

/// Returns the parts of a title before and after each of its first dividers.
fn cuts(title: &str) -> impl Iterator<Item = (&str, &str)> {
    let cuts = DIVIDERS
        .iter()
        .flat_map(|divider| title.match_indices(divider).take(4));
    cuts.map(|(at, divider)| (&title[..at], &title[at + divider.len()..]))
}

/// Whether a heading is a title after a label.
fn is_labelled(heading: &str, title: &str) -> bool {
    let (all, own) = (letters_of(heading), letters_of(title));
    is_title(&own) && own.len() < all.len() && all.ends_with(&own)
}

/// Whether a heading is a stated title in other words. A heading that is a part of what is stated is the
/// name of a section or of the website.
fn rewords(stated: &str, heading: &str) -> bool {
    !letters_of(stated).contains(&letters_of(heading)) && is_near(stated, heading)
}

/// Whether two titles share enough words to be of one article.
pub(super) fn is_near(stated: &str, heading: &str) -> bool {
    let words = |text: &str| -> HashSet<String> {
        let words = text.split(|c: char| !c.is_alphanumeric()).take(100);
        words
            .filter(|word| word.chars().count() > 3)
            .map(str::to_lowercase)
            .collect()
    };
    let (stated, heading) = (words(stated), words(heading));
    let shared = stated.intersection(&heading).count();
    shared >= 2 && shared * 4 >= heading.len().min(stated.len())
}

/// Returns the text of the page's `title` element, not of one in a drawing.
pub(super) fn window_title(tree: &Tree) -> String {
    let titles = tree.elements().filter(|(id, element)| {
        let is_drawing = matches!(tree.name(tree.parent(*id)), "svg" | "g");
        element.is("title") && !is_drawing
    });
    let mut texts = titles.map(|(id, _)| tree.text_of(id, MAX_TITLE));
    texts.find(|text| !text.is_empty()).unwrap_or_default()
}

/// Returns the visible main headings of a page.
pub(super) fn headings(tree: &Tree, hints: &[Hint]) -> Vec<String> {
    let mut found = Vec::new();
    let mut id = 0;
    while (id as usize) < tree.nodes.len() && found.len() < 20 {
        let Some(element) = tree.element(id) else {
            id += 1;
            continue;
        };
        if hints[id as usize] == Hint::Hidden || element.is_unseen() {
            id = tree.end(id);
            continue;
        }
        if element.is("h1") || element.attribute("itemprop") == "headline" {
            let text = tree.text_of(id, MAX_TITLE);
            if !text.is_empty() && text.len() <= MAX_TITLE {
                found.push(text);
            }
        }
        id += 1;
    }
    found
}

/// Returns the letters and digits in lower case, by which titles are compared.
pub(super) fn letters_of(title: &str) -> String {
    title
        .chars()
        .filter(|c| c.is_alphanumeric())
        .flat_map(char::to_lowercase)
        .take(MAX_TITLE)
        .collect()
}

/// Removes the name of the website from the end of a title, if it is a known name, or if the rest is
/// long enough to be the title.
fn without_site_name(title: &str, site_names: &[String], window: &str) -> String {
    let mut title = fold(title);
    let mut is_window = title == window;
    for _ in 0..3 {
        let cuts = DIVIDERS
            .iter()
            .filter_map(|divider| Some((title.rfind(divider)?, divider.len())));
        let Some((at, width)) = cuts.max() else { break };
        let (before, after) = (title[..at].trim(), title[at + width..].trim());
        let name = letters_of(after);
        let is_known = !name.is_empty() && site_names.contains(&name);
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

    #[test]
    fn the_heading_that_is_also_stated_is_the_title() {
        let pages = "
            <title>Rain in the hills | News | The Example</title><h1>The Example</h1>\
                <h1>Rain in <i>the</i> hills</h1> => Rain in the hills
            <title>Rain in the hills - The Example</title><h1>Menu</h1> => Rain in the hills
            <title>Rain - The Example</title> => Rain - The Example
            <title>Rain - The Example</title><meta property=og:site_name content='the example'> => Rain
            <svg><title>Logo</title></svg><title></title><h1>Rain</h1> => Rain
            <p>Rain =>";
        // A short heading counts if the title begins with it, and nothing disagrees.
        let short_headings = "
            <title>Fähre | Blatt</title><h1>Fähre</h1> => Fähre
            <title>Fähre - Bild - Das Blatt</title><h1> FÄHRE</h1> => FÄHRE
            <title>Blatt | Fähre</title><h1>Fähre</h1> => Blatt | Fähre
            <title>Blatt | Die Fähre kommt heute nicht</title><h1>Blatt</h1> \
                => Blatt | Die Fähre kommt heute nicht
            <title>Fähre | Blatt</title><meta property=og:title content='Die Fähre kommt'>\
                <h1>Fähre</h1> => Die Fähre kommt
            <title>Fähre | Blatt</title><meta property=og:title content='Fähre | Blatt'>\
                <meta property=og:site_name content=Blatt><script type=application/ld+json>\
                {\"@type\": \"Organization\", \"name\": \"Verlag\"}</script> => Fähre";
        // A heading in nearly the same words is what readers see.
        let near_headings = "
            <title>Rain in the hills: what to know - The Example</title><h1>More rain for the hills</h1>\
                => More rain for the hills
            <title>The rain: more snow in the hills</title><h1>More snow</h1> => The rain: more snow in the hills
            <title>Snow stops the trains - The Example</title><h1>News: Snow stops the trains</h1>\
                => Snow stops the trains
            <title>Snow stops trains - The Example</title><h1>Menu of the day</h1> => Snow stops trains";
        for row in [pages, short_headings, near_headings]
            .iter()
            .flat_map(|table| table.trim().lines())
        {
            let (html, expected) = row.trim().rsplit_once("=>").expect(row);
            assert_eq!(read(html, "", &|_| false).title, expected.trim(), "{html}");
        }
    }
}
