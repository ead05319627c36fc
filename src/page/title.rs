//! Chooses the title of an article among the titles and headings of a page.

use std::borrow::Cow;
use std::collections::{HashMap, HashSet};

use super::hints::Hint;
use super::metadata::Metas;
use super::site_names::{DIVIDERS, MIN_DATE, SiteNames, is_divider, words};
use super::tokenizer::decode_again;
use super::tree::{NodeId, NodeKind, Tree, fold, unescape};

/// Longer titles are texts; in bytes.
pub(super) const MAX_TITLE: usize = 500;
/// In longer metadata no title is looked for.
const MAX_STATED: usize = 4 * MAX_TITLE;
/// Most places at which a stated title is cut into parts.
const MAX_CUTS: usize = 40;
/// Most headings that are looked at.
const MAX_HEADINGS: usize = 20;
/// The share of words in common from which a heading is a stated title but for a slip of the pen.
const VERBATIM: f64 = 0.8;
/// Shows browsers where a word may be divided.
const SOFT_HYPHEN: char = '\u{AD}';
/// Names of `meta` elements that state the title of the article, the surest first.
const STATED: [&str; 7] = [
    "dc:title",
    "dc.title",
    "dcterms.title",
    "og:title",
    "twitter:title",
    "citation_title",
    "parsely-title",
];

/// Chooses the title: the heading that the page also states in JSON-LD, in `meta` elements or in its
/// `title` element, or one in nearly the same words: it is what readers see. Without such a heading, and
/// where all but a word or so is the same, the title is what the page states there, without the name of
/// the website.
pub(super) fn choose(
    tree: &Tree,
    hints: &[Hint],
    headline: &str,
    metas: &Metas,
    sites: &SiteNames,
) -> String {
    let described = unescape(&metas.first(&STATED));
    let window = window_title(tree);
    let headings = titles_of_headings(tree, hints, sites);
    let stated = [headline, &described, &window];
    let stated = stated.map(|title| if title.len() > MAX_STATED { "" } else { title });
    let titles = stated.map(|title| sites.strip(title, fold(title) == window));
    let titles = titles.map(|title| match title.len() <= MAX_TITLE {
        true => title,
        false => String::new(),
    });
    if let Some(heading) = stated_heading(&headings, stated) {
        return without_label(heading, stated, &titles).to_owned();
    }
    let reworded = headings
        .iter()
        .find(|heading| stated.iter().any(|title| rewords(title, heading)));
    if let Some(heading) = reworded {
        let mut own = titles.iter();
        let corrected = own.find(|title| is_verbatim(title, heading));
        return corrected.map_or_else(
            || without_label(heading, stated, &titles).to_owned(),
            String::clone,
        );
    }
    let own = stated_title(&titles, sites);
    // What is stated for sharing has no name of a website before it, but the name of a subject.
    let is_of_window = own == Some(titles[2].as_str());
    let seen = own
        .filter(|_| is_of_window)
        .and_then(|_| seen_part(tree, hints, &window));
    seen.or(own)
        .or(headings.first().map(String::as_str))
        .unwrap_or(
            titles
                .iter()
                .find(|title| !title.is_empty())
                .map_or("", String::as_str),
        )
        .to_owned()
}

/// Returns the heading that is stated as it stands.
fn stated_heading<'h>(headings: &'h [String], stated: [&str; 3]) -> Option<&'h str> {
    let find = |matches: fn(&str, &str) -> bool| {
        let is_stated = |heading: &str| stated.iter().any(|title| matches(title, heading));
        headings.iter().find(|heading| is_stated(heading))
    };
    let short = || headings.iter().find(|heading| is_short(heading, stated));
    let heading = find(begins_with).or_else(|| find(ends_with)).or_else(short);
    heading.map(String::as_str)
}

/// Returns the stated title that a heading has after a label (a date, or the name of a section) or before a
/// date, or else the heading. What is stated comes whole, and as titles without the name of the website. A
/// statement of the whole heading outweighs that of the window. Where both have a label, and not the same, the
/// title is what they share.
fn without_label<'t>(heading: &'t str, stated: [&str; 3], titles: &'t [String; 3]) -> &'t str {
    let all = letters_of(heading);
    let is_whole = |text: &str| letters_of(text) == all;
    let mut whole = stated.iter().zip(titles);
    let is_stated = whole.any(|(text, title)| is_whole(text) || is_whole(title));
    let titles = if is_stated { &titles[..2] } else { &titles[..] };
    let mut parts = titles.iter().flat_map(|title| {
        let beginnings = cuts(title).map(|(before, _)| before.trim_end());
        std::iter::once(title.as_str()).chain(beginnings)
    });
    let own = parts.find(|part| is_labelled(heading, part) || is_dated(heading, part));
    let mut shared = titles.iter().map(|title| shared_end(heading, title));
    own.or_else(|| shared.find_map(|end| end.filter(|_| !is_stated)))
        .unwrap_or(heading)
}

/// Returns what follows the label of a heading, and another label in a statement: most of the heading.
fn shared_end<'h>(heading: &'h str, stated: &str) -> Option<&'h str> {
    let all = letters_of(heading);
    let stated: Vec<String> = ends(stated).map(letters_of).collect();
    ends(heading).find(|end| {
        let own = letters_of(end);
        own.len() * 2 > all.len() && stated.contains(&own)
    })
}

/// Returns the parts of a title after each of its first dividers and colons.
fn ends(title: &str) -> impl Iterator<Item = &str> {
    let colons = title.match_indices(": ").take(4);
    let after_colons = colons.map(|(at, colon)| &title[at + colon.len()..]);
    cuts(title).map(|(_, after)| after).chain(after_colons)
}

/// Returns the first stated title that is not the name of the website: if it is cut short
/// ("Rain in the..."), the one that begins so and goes on.
fn stated_title<'t>(titles: &'t [String; 3], sites: &SiteNames) -> Option<&'t str> {
    let mut own = titles
        .iter()
        .filter(|title| !title.is_empty() && !sites.contains(title));
    let first = own.next()?;
    let beginning = first.strip_suffix("...").or(first.strip_suffix('…'));
    let whole = beginning.and_then(|beginning| {
        let beginning = letters_of(beginning);
        own.find(|title| letters_of(title).starts_with(&beginning))
    });
    Some(whole.unwrap_or(first).as_str())
}

/// Returns the longest part of the title of the window that the page shows by itself: the title, in a page that
/// marks no heading. `None` if it shows the whole, or no part.
fn seen_part<'t>(tree: &Tree, hints: &[Hint], title: &'t str) -> Option<&'t str> {
    let whole = letters_of(title);
    let mut parts: HashMap<String, &str> = HashMap::new();
    let dividers = title.match_indices(|c: char| is_divider(c) && !c.is_whitespace());
    for (at, divider) in dividers.take(MAX_CUTS) {
        // The name of the website may be shown as well: it is longer than few titles.
        for (part, share) in [(&title[..at], 3), (&title[at + divider.len()..], 2)] {
            let letters = letters_of(part);
            if is_title(&letters) && letters.len() * share > whole.len() && letters != whole {
                parts.insert(letters, part.trim_matches(is_divider));
            }
        }
    }
    let mut longest: Option<(usize, &str)> = None;
    let mut id = 0;
    while !parts.is_empty() && (id as usize) < tree.nodes.len() {
        let node = &tree.nodes[id as usize];
        id += 1;
        match &node.kind {
            NodeKind::Element(element) => {
                if element.is_unseen() || hints[id as usize - 1] == Hint::Hidden {
                    id = node.end;
                }
            }
            NodeKind::Text(text) if text.text.len() <= 2 * MAX_TITLE => {
                let letters = letters_of(&text.text);
                if letters == whole {
                    return None;
                }
                if let Some(part) = parts.get(&letters)
                    && longest.is_none_or(|(length, _)| length < letters.len())
                {
                    longest = Some((letters.len(), part));
                }
            }
            NodeKind::Text(_) => {}
        }
    }
    longest.map(|(_, part)| part)
}

/// Whether a title is the heading, perhaps followed by the name of a section or of the website.
fn begins_with(stated: &str, heading: &str) -> bool {
    let (all, own) = (letters_of(stated), letters_of(heading));
    let is_most = all.starts_with(&own) && own.len() * 2 > all.len();
    is_title(&own) && (is_most || cuts(stated).any(|(before, _)| letters_of(before) == own))
}

/// Whether a title is the name of a section or of the website, followed by the heading, which is longer,
/// and perhaps by another name.
fn ends_with(stated: &str, heading: &str) -> bool {
    let own = letters_of(heading);
    let is_own = |part: &str| letters_of(part) == own;
    let is_end = |(before, after)| {
        letters_of(before).len() <= own.len()
            && (is_own(after) || cuts(after).any(|(inner, _)| is_own(inner)))
    };
    is_title(&own) && cuts(stated).any(is_end)
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

/// Whether a heading shows a title, perhaps with a label or a name beside it, or but for a word or so.
pub(super) fn shows_title(heading: &str, title: &str) -> bool {
    let (all, own) = (letters_of(heading), letters_of(title));
    let is_alike = own.len() * 2 > all.len() && all.len() * 2 > own.len();
    let is_most = || is_title(&own) && all.contains(&own);
    all == own || (is_alike && (is_most() || is_verbatim(title, heading)))
}

/// Whether a heading is a title before a date in figures, which more may follow.
fn is_dated(heading: &str, title: &str) -> bool {
    let (all, own) = (letters_of(heading), letters_of(title));
    let rest = all.strip_prefix(own.as_str()).unwrap_or_default();
    let figures = rest.chars().take_while(|c| c.is_numeric()).count();
    is_title(&own) && figures >= MIN_DATE
}

/// Whether a heading is a stated title in other words. A heading that is a part of what is stated is the
/// name of a section or of the website.
fn rewords(stated: &str, heading: &str) -> bool {
    !letters_of(stated).contains(&letters_of(heading)) && is_near(stated, heading)
}

/// Whether two titles share enough words to be of one article.
pub(super) fn is_near(stated: &str, heading: &str) -> bool {
    let long_words = |title: &str| -> HashSet<String> {
        let words = words_of(title).into_iter();
        words.filter(|word| word.chars().count() > 3).collect()
    };
    let (stated, heading) = (long_words(stated), long_words(heading));
    let shared = stated.intersection(&heading).count();
    shared >= 2 && shared * 4 >= heading.len().min(stated.len())
}

/// Whether a heading has nearly all words in common with a title, and not all of them.
fn is_verbatim(stated: &str, heading: &str) -> bool {
    let (stated, heading) = (words_of(stated), words_of(heading));
    let (shared, all) = (
        stated.intersection(&heading).count(),
        stated.union(&heading).count(),
    );
    shared < all && shared as f64 >= VERBATIM * all as f64
}

/// Returns the first words of a title in lower case.
fn words_of(title: &str) -> HashSet<String> {
    let words = title.split(|c: char| !c.is_alphanumeric());
    let words = words.filter(|word| !word.is_empty()).take(100);
    words.map(str::to_lowercase).collect()
}

/// Returns the text of the page's `title` element, not of one in a drawing.
pub(super) fn window_title(tree: &Tree) -> String {
    let titles = tree.elements().filter(|(id, element)| {
        let is_drawing = matches!(tree.name(tree.parent(*id)), "svg" | "g");
        element.is("title") && !is_drawing
    });
    let mut texts = titles.map(|(id, _)| title_text(tree, id));
    texts.find(|text| !text.is_empty()).unwrap_or_default()
}

/// Returns the text of a title or heading without soft hyphens. What was encoded twice is decoded.
fn title_text(tree: &Tree, id: NodeId) -> String {
    let text = tree.text_of(id, MAX_TITLE).replace(SOFT_HYPHEN, "");
    let words: Vec<Cow<'_, str>> = text.split(' ').map(decode_again).collect();
    fold(&words.join(" "))
}

/// Returns the titles in the main headings: not the name of the website, nor the marks of a link to the
/// heading.
fn titles_of_headings(tree: &Tree, hints: &[Hint], sites: &SiteNames) -> Vec<String> {
    let headings = headings(tree, hints).into_iter().map(|heading| {
        let heading = heading.trim_end_matches(|c: char| c.is_whitespace() || "¶§#🔗".contains(c));
        sites.strip_end(heading).to_owned()
    });
    headings
        .filter(|heading| !heading.is_empty() && !sites.contains(heading))
        .collect()
}

/// Returns the visible main headings of a page.
pub(super) fn headings(tree: &Tree, hints: &[Hint]) -> Vec<String> {
    let mut found = Vec::new();
    let mut id = 0;
    while (id as usize) < tree.nodes.len() && found.len() < MAX_HEADINGS {
        let Some(element) = tree.element(id) else {
            id += 1;
            continue;
        };
        if hints[id as usize] == Hint::Hidden || element.is_unseen() {
            id = tree.end(id);
            continue;
        }
        if element.is("h1") || element.attribute("itemprop") == "headline" {
            let text = title_text(tree, id);
            let is_title = !text.is_empty() && text.len() <= MAX_TITLE;
            if is_title && !leads_home(tree, id) {
                found.push(text);
            }
        }
        id += 1;
    }
    found
}

/// Whether a heading is a link to the front page, and so the name of the website.
fn leads_home(tree: &Tree, heading: NodeId) -> bool {
    let around = tree.parent(heading);
    let within = (heading..tree.end(heading)).take(MAX_TO_LINK);
    let mut links = within
        .chain([around])
        .filter_map(|id| tree.element(id))
        .filter(|element| element.is("a"));
    links.any(|link| {
        matches!(
            link.attribute("href"),
            "/" | "./" | "/index.html" | "/index.php"
        )
    })
}

/// How many nodes of a heading are searched for a link.
const MAX_TO_LINK: usize = 12;

/// Returns the letters and digits in lower case, by which titles are compared.
pub(super) fn letters_of(title: &str) -> String {
    title
        .chars()
        .filter(|c| c.is_alphanumeric())
        .flat_map(char::to_lowercase)
        .take(MAX_TITLE)
        .collect()
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
            <title>Snow stops trains - The Example</title><h1>Menu of the day</h1> => Snow stops trains
            <title>Why snow stops all trains in our hills today</title>\
                <h1>Why the snow stops all trains in our hills today</h1>\
                => Why snow stops all trains in our hills today
            <title>Trains in the hills stop today</title><h1>TODAY STOP TRAINS IN THE HILLS</h1>\
                => TODAY STOP TRAINS IN THE HILLS";
        // The names of websites and sections are no part of a heading, nor is what links to it.
        let names = "
            <title>Snow stops trains - Das Blatt</title><h1>Das Blatt</h1>\
                <meta name=twitter:site content=@DasBlatt><h1>Snow stops trains ¶</h1> => Snow stops trains
            <title>Snow stops all trains | Weather</title><h1>Snow stops all trains | Weather</h1>\
                => Snow stops all trains
            <title>Snow stops all trains today - The Daily Example</title><h1>The Daily Example</h1>\
                => Snow stops all trains today
            <title>Blatt - Snow stops all trains - News - Weather</title><h1>Snow stops all trains</h1>\
                => Snow stops all trains
            <title>Snow stops all trains - Weather</title><h1>By courtesy: Snow stops all trains</h1>\
                => Snow stops all trains";
        let statements = "
            <title>A page</title><meta property='x:title dc:title' content='Snow stops trains'>\
                <meta property=og:title content=Snow> => Snow stops trains
            <title>Snow stops all trains in the hills - The Example</title>\
                <meta property=og:title content='Snow stops all tra…'> => Snow stops all trains in the hills
            <title>Don&amp;#8217;t go - Blatt</title> => Don’t go - Blatt
            <title>Blatt: Schnee hält die Züge auf</title><td><b>Schnee hält die Züge auf</b>\
                => Schnee hält die Züge auf
            <title>Blatt: Schnee hält Züge auf - und Schiffe</title><b>Schnee hält Züge auf - und Schiffe</b>\
                => Schnee hält Züge auf - und Schiffe
            <title>Blatt</title><meta property=og:title content='Züge: Was jetzt zu tun ist'>\
                <b>Was jetzt zu tun ist</b> => Züge: Was jetzt zu tun ist
            <title>Schnee: was jetzt zu tun ist</title><b>Schnee: was jetzt zu tun ist</b>\
                <b>Was jetzt zu tun ist</b> => Schnee: was jetzt zu tun ist
            <title>Schnee hält die Züge auf - 05.01.2012 - Blatt</title>\
                <h1>Schnee hält die Züge auf 05.01.2012 18:27</h1> => Schnee hält die Züge auf
            <title>Schnee hält die Züge auf - Blatt</title>\
                <h1>Schnee hält die Züge auf<br><small>05.01.2012 • Verkehr</small></h1>\
                => Schnee hält die Züge auf
            <title>Schneefall hält Züge auf</title><h1>Schnee&shy;fall hält Züge auf</h1>\
                => Schneefall hält Züge auf
            <title>Blatt | News | Trains stopped</title><h1><a href=/>Blatt</a></h1><h2>Trains stopped</h2>\
                => Trains stopped
            <title>Snow in the hills: all the trains stop - Blatt</title>\
                <h1>Weather - All the trains stop</h1> => All the trains stop
            <title>Snow: more of it tonight</title><h1>Rain and snow in all the hills: more of it tonight</h1>\
                => Rain and snow in all the hills: more of it tonight
            <title>Snow: all the trains stop - Blatt</title><h1>Snow: all the trains stop</h1>\
                => Snow: all the trains stop
            <title>Snow stops trains - Blatt</title><meta property=og:title content='News: snow stops trains'>\
                <script type=application/ld+json>{\"@type\": \"Article\", \"headline\": \
                \"News: snow stops trains\"}</script><h1>News: snow stops trains</h1>\
                => News: snow stops trains";
        for row in [pages, short_headings, near_headings, names, statements]
            .iter()
            .flat_map(|table| table.trim().lines())
        {
            let (html, expected) = row.trim().rsplit_once("=>").expect(row);
            assert_eq!(read(html, "", &|_| false).title, expected.trim(), "{html}");
        }
    }
}
