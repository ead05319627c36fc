//! Finds who wrote the article of a page: names, and nothing of what stands beside them.
//!
//! What the page states (JSON-LD, `meta`) comes first, unless it names only an organization: then a
//! person whom the page shows as the author comes before it. Of what is shown, what stands beside the
//! heading comes first.

use super::hints::{self, Hint};
use super::metadata::{MAX_NAME, is_url};
use super::names::{Gap, gap_of, is_hidden};
use super::title::letters_of;
use super::tree::{Element, NodeId, NodeKind, Tree, fold};

/// Letters after the heading among which a byline is looked for, in bytes of text.
const BESIDE_HEADING: usize = 1_000;
/// Elements that are marked as the author or link to one, and elements beside the heading, whose text is
/// looked at, at most.
const MAX_TRIED: usize = 100;
const MAX_BESIDE: usize = 100;
/// Nodes of such an element that are looked at, at most.
const MAX_INNER: usize = 100;
/// Longer texts are no bylines, but may contain one as a link.
const MAX_BOX: usize = 400;
/// More words are no name, and more names no byline.
const MAX_WORDS: usize = 16;
const MAX_NAMES: usize = 10;

/// What is written before a name, with or without a colon.
const BY: &str = "\
    by/written by/posted by/published by/words by/story by/text by/article by/authored by/\
    reported by/reporting by/contributed by/interview by/review by/author/authors/\
    von/text von/verfasst von/geschrieben von/autor/autorin/autorka/autores/autora/\
    par/écrit par/rédigé par/publié par/auteur/por/escrito por/publicado por/\
    scritto da/pubblicato da/a cura di/autore/door/geschreven door/geplaatst door/\
    skrevet af/skrevet av/av/af/text/tekst/przez/napisał/opracował/autor tekstu/napsal/\
    szerző/írta/kirjoittanut/yazan/yazar/oleh/penulis/tác giả/bởi/\
    автор/авторы/автор статьи/текст/του/της/συντάκτης/γράφει ο/γράφει η/\
    بقلم/كتب/كتبت/الكاتب/نویسنده/מאת/作者/文/撰文/記者/记者/기자/ผู้เขียน/โดย";
/// What stands after a name, from here on.
const AFTER: [&str; 20] = [
    " | ",
    " • ",
    " · ",
    " ⋅ ",
    " – ",
    " — ",
    " - ",
    " / ",
    " updated ",
    " published ",
    " posted ",
    " reviewed ",
    " edited by ",
    " fact checked",
    " last updated",
    " on ",
    " in ",
    " follow ",
    " view ",
    " http",
];
/// Words that begin no name.
const NO_NAME: [&str; 24] = [
    "about",
    "add",
    "all",
    "article",
    "by",
    "click",
    "contact",
    "edited",
    "follow",
    "home",
    "last",
    "learn",
    "more",
    "posted",
    "published",
    "read",
    "reviewed",
    "see",
    "share",
    "sign",
    "subscribe",
    "updated",
    "view",
    "written",
];
/// Directories of authors' pages.
const AUTHOR_PAGES: [&str; 22] = [
    "author",
    "authors",
    "autor",
    "autores",
    "autori",
    "auteur",
    "auteurs",
    "autore",
    "avtor",
    "columnist",
    "columnists",
    "contributor",
    "contributors",
    "journalist",
    "journalists",
    "producers",
    "redaktion",
    "reporter",
    "staff",
    "writer",
    "writers",
    "profil",
];
/// Beginnings of words of labels that are of an author.
const AUTHOR_WORDS: [&str; 4] = ["author", "byline", "autor", "auteur"];
/// Words of labels that are of something beside the name of an author.
const BESIDE_NAME: [&str; 21] = [
    "avatar",
    "bio",
    "comment",
    "comments",
    "count",
    "date",
    "desc",
    "description",
    "email",
    "icon",
    "image",
    "img",
    "job",
    "photo",
    "picture",
    "position",
    "role",
    "social",
    "thumb",
    "time",
    "url",
];

/// What a page states of its authors.
#[derive(Debug, Default)]
pub(super) struct StatedAuthors {
    /// Their names, as stated; may be empty.
    pub names: String,
    /// They are an organization.
    pub is_organization: bool,
}

/// Chooses the byline. `heading` is the title as it is shown.
pub(super) fn choose(
    tree: &Tree,
    hints: &[Hint],
    stated: &StatedAuthors,
    site_names: &[String],
    heading: &str,
) -> String {
    let names = without_site(&names_of_statement(&stated.names), site_names);
    let is_site = |names: &str| {
        let letters = letters_of(names);
        site_names.iter().any(|site| letters_of(site) == letters)
    };
    if !names.is_empty() && !stated.is_organization && !is_site(&names) {
        return names;
    }
    match BylineFinder::new(tree, hints, heading).find() {
        Some(shown) if names.is_empty() || !is_site(&shown) => without_site(&shown, site_names),
        _ => names,
    }
}

/// Returns the names in a statement, without "by" and addresses.
fn names_of_statement(stated: &str) -> String {
    let stated = strip_by(stated);
    let words = stated.split(' ').filter(|word| !is_url(word));
    let names = words.collect::<Vec<_>>().join(" ");
    let end = names.find(" | ").unwrap_or(names.len());
    match names[..end].trim() {
        names if names.chars().any(char::is_alphabetic) => names.to_owned(),
        _ => String::new(),
    }
}

/// Removes the name of the website from the end of a byline.
fn without_site(names: &str, site_names: &[String]) -> String {
    let Some((before, after)) = names.rsplit_once(", ") else {
        return names.to_owned();
    };
    let after = letters_of(after);
    let is_site = site_names.iter().any(|site| letters_of(site) == after);
    let kept = if is_site && !before.is_empty() {
        before
    } else {
        names
    };
    kept.to_owned()
}

/// How sure it is that an element is the byline; the least is the surest.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
enum Certainty {
    /// It is marked as the author, beside the heading.
    MarkedBeside,
    /// It is labelled as the author, beside the heading.
    LabelledBeside,
    /// It begins with "by", beside the heading.
    SaidBeside,
    /// It links to the page of an author, beside the heading.
    LinkedBeside,
    /// It is marked as the author, anywhere.
    Marked,
    /// It is labelled as the author, anywhere.
    Labelled,
    /// It is labelled so in what looks like the frame of the page.
    InFrame,
}

/// Walks over a page in search of its byline.
struct BylineFinder<'a> {
    tree: &'a Tree,
    hints: &'a [Hint],
    /// The letters of the heading.
    heading: String,
    /// Bytes of text since the heading; `None` before it.
    since_heading: Option<usize>,
    /// The end of what looks like the frame of the page.
    frame_until: NodeId,
    best: Option<(Certainty, String)>,
    tried: usize,
    tried_beside: usize,
}

impl<'a> BylineFinder<'a> {
    fn new(tree: &'a Tree, hints: &'a [Hint], heading: &str) -> Self {
        Self {
            tree,
            hints,
            heading: letters_of(heading),
            since_heading: None,
            frame_until: 0,
            best: None,
            tried: 0,
            tried_beside: 0,
        }
    }

    fn find(mut self) -> Option<String> {
        let mut id = 0;
        while (id as usize) < self.tree.nodes.len() && self.tried < MAX_TRIED {
            let Some(element) = self.tree.element(id) else {
                self.pass_text(id);
                id += 1;
                continue;
            };
            if self.is_closed(id, element) {
                id = self.tree.end(id);
                continue;
            }
            if self.hints[id as usize] == Hint::Frame {
                self.frame_until = self.frame_until.max(self.tree.end(id));
            }
            if element.is("h1") && letters_of(&self.tree.text_of(id, MAX_BOX)) == self.heading {
                self.since_heading = Some(0);
            }
            self.try_element(id, element);
            id += 1;
        }
        self.best.map(|(_, names)| names)
    }

    /// Whether nothing within an element can be the byline.
    fn is_closed(&self, id: NodeId, element: &Element) -> bool {
        let hint = self.hints[id as usize];
        matches!(hint, Hint::Hidden | Hint::Comments)
            || is_hidden(&element.name)
            || matches!(&*element.name, "figure" | "figcaption" | "nav" | "head")
    }

    fn pass_text(&mut self, id: NodeId) {
        if let (Some(passed), NodeKind::Text(piece)) =
            (&mut self.since_heading, &self.tree.nodes[id as usize].kind)
        {
            *passed += piece.text.trim().len();
        }
    }

    fn try_element(&mut self, id: NodeId, element: &Element) {
        let Some(certainty) = self.certainty(id, element) else {
            return;
        };
        if self
            .best
            .as_ref()
            .is_some_and(|(best, _)| *best <= certainty)
        {
            return;
        }
        if certainty == Certainty::SaidBeside {
            self.tried_beside += 1;
        } else {
            self.tried += 1;
        }
        let names = match certainty {
            Certainty::SaidBeside if self.tried_beside > MAX_BESIDE => None,
            Certainty::SaidBeside => self.said(id),
            Certainty::LinkedBeside => {
                // One word is the name of a page: "Team".
                name(&self.tree.text_of(id, MAX_NAME)).filter(|name| name.contains(' '))
            }
            _ => self.names_within(id),
        };
        if let Some(names) = names {
            self.best = Some((certainty, names));
        }
    }

    fn certainty(&self, id: NodeId, element: &Element) -> Option<Certainty> {
        let is_beside = self
            .since_heading
            .is_some_and(|passed| passed <= BESIDE_HEADING);
        let is_in_frame = id < self.frame_until;
        let is_marked = element.attribute("rel") == "author"
            || element.attribute("itemprop") == "author"
            || element.attribute("property") == "author";
        if is_marked || is_labelled(element) {
            return Some(match (is_marked, is_in_frame) {
                (true, false) if is_beside => Certainty::MarkedBeside,
                (true, _) => Certainty::Marked,
                (false, false) if is_beside => Certainty::LabelledBeside,
                (false, false) => Certainty::Labelled,
                (false, true) => Certainty::InFrame,
            });
        }
        match is_beside && !is_in_frame {
            true if is_author_page(element) => Some(Certainty::LinkedBeside),
            true if is_short_box(&element.name) => Some(Certainty::SaidBeside),
            _ => None,
        }
    }

    /// Returns the names in an element that is labelled as the byline: in the first of its lines that
    /// has any, or else in the links and the more narrowly labelled elements in it.
    fn names_within(&self, id: NodeId) -> Option<String> {
        if self.tree.text_of(id, MAX_BOX).len() > MAX_BOX {
            return None;
        }
        let lines = self.lines(id);
        lines.iter().find_map(|line| names(line)).or_else(|| {
            let inner = (id + 1..self.tree.end(id)).take(MAX_INNER);
            let is_name = |id: &NodeId| {
                self.tree.element(*id).is_some_and(|element| {
                    element.is("a") || element.attribute("itemprop") == "name" || is_name(element)
                })
            };
            let found = inner.filter(is_name);
            let mut found: Vec<String> = found
                .filter_map(|id| name(&self.tree.text_of(id, MAX_NAME)))
                .take(MAX_NAMES)
                .collect();
            found.dedup();
            (!found.is_empty()).then(|| found.join(", "))
        })
    }

    /// Returns the lines of text in an element.
    fn lines(&self, id: NodeId) -> Vec<String> {
        let mut lines = vec![String::new()];
        let nodes = &self.tree.nodes[id as usize..self.tree.end(id) as usize];
        for node in nodes.iter().take(MAX_INNER) {
            match &node.kind {
                NodeKind::Element(element) if gap_of(&element.name) >= Gap::Line => {
                    lines.push(String::new());
                }
                NodeKind::Element(_) => {}
                NodeKind::Text(piece) => {
                    if let Some(line) = lines.last_mut() {
                        line.push_str(&piece.text);
                    }
                }
            }
        }
        let lines = lines.iter().map(|line| fold(line));
        lines.filter(|line| !line.is_empty()).collect()
    }

    /// Returns the names in an element whose text begins with "by".
    fn said(&self, id: NodeId) -> Option<String> {
        let text = self.tree.text_of(id, MAX_NAME);
        let rest = strip_by(&text);
        let is_said = rest.len() < text.len() && text.len() <= MAX_NAME;
        if is_said { names(rest) } else { None }
    }
}

/// Whether an element's labels say that it contains the author.
fn is_labelled(element: &Element) -> bool {
    ["class", "id", "data-testid"].iter().any(|attribute| {
        let labels = element.attribute(attribute);
        let mut labels = labels.split_ascii_whitespace().take(20);
        labels.any(|label| {
            if !may_name_author(label) {
                return false;
            }
            let words = hints::words(label);
            let is_author = |word: &String| {
                AUTHOR_WORDS.iter().any(|one| word.starts_with(one))
                    || word.ends_with("author")
                    || word.ends_with("authorname")
            };
            words.iter().any(is_author)
                && !words
                    .iter()
                    .any(|word| BESIDE_NAME.contains(&word.as_str()))
        })
    })
}

/// Whether a label has a word for an author in it. Most have not, and are not looked at any further.
fn may_name_author(label: &str) -> bool {
    let label = label.to_ascii_lowercase();
    AUTHOR_WORDS.iter().any(|word| label.contains(word))
}

/// Whether an element's labels say that it is a name.
fn is_name(element: &Element) -> bool {
    let mut labels = element.attribute("class").split_ascii_whitespace().take(20);
    labels.any(|label| hints::words(label).iter().any(|word| word == "name"))
}

/// Whether an element links to the page of an author.
fn is_author_page(element: &Element) -> bool {
    let href = element.attribute("href");
    let path = href.split(['?', '#']).next().unwrap_or_default();
    let parts = path.split('/').take(12);
    let mut parts = parts.skip_while(|part| !AUTHOR_PAGES.contains(part));
    element.is("a") && parts.nth(1).is_some_and(|page| !page.is_empty())
}

/// Whether an element of this kind may consist of a byline.
fn is_short_box(name: &str) -> bool {
    matches!(
        name,
        "p" | "div" | "span" | "li" | "h2" | "h3" | "h4" | "h5" | "h6" | "address" | "small" | "td"
    )
}

/// Strips "by" and its like.
fn strip_by(text: &str) -> &str {
    let mut text = text.trim();
    while let Some(rest) = after_by(text) {
        text = rest;
    }
    text
}

/// Whether a text says that a name follows, and nothing else.
pub(super) fn is_by(text: &str) -> bool {
    !text.is_empty() && strip_by(text).is_empty()
}

fn after_by(text: &str) -> Option<&str> {
    let first = text
        .chars()
        .next()
        .and_then(|first| first.to_lowercase().next())?;
    let wordings = BY.split('/').filter(|by| by.starts_with(first));
    let rests = wordings.filter_map(|by| {
        let length: usize = text
            .chars()
            .take(by.chars().count())
            .map(char::len_utf8)
            .sum();
        let (beginning, rest) = text.split_at(length);
        let is_by = beginning.to_lowercase() == by;
        let separated = rest.trim_start_matches([':', '：', '/', '／', ' ', '\u{a0}']);
        // "Von" and "Text" may begin a name or a sentence: a name follows.
        let is_before_name = separated.chars().next().is_none_or(|c| !c.is_lowercase());
        (is_by && separated.len() < rest.len() && is_before_name || is_by && rest.is_empty())
            .then_some(separated)
    });
    // The longest wording counts.
    rests.min_by_key(|rest| rest.len())
}

/// Returns the names that a text consists of, without what stands after them; `None` if it is something
/// else.
fn names(text: &str) -> Option<String> {
    let text = strip_by(text);
    let lower = text.to_lowercase();
    // Lower case may have another length; then nothing is cut.
    let cut = |after: &&str| {
        (lower.len() == text.len())
            .then(|| lower.find(*after))
            .flatten()
    };
    let number = text
        .match_indices(", ")
        .find(|(at, _)| text[at + 2..].starts_with(|c: char| c.is_ascii_digit()));
    let cuts = AFTER.iter().filter_map(cut).chain(number.map(|(at, _)| at));
    let mut text = text.get(..cuts.min().unwrap_or(text.len()))?.trim();
    if text.ends_with(')')
        && let Some(at) = text.rfind(" (")
    {
        text = &text[..at];
    }
    name(text)
}

/// Returns a text without punctuation at its ends, if it can be a name or several.
fn name(text: &str) -> Option<String> {
    let text = strip_by(text);
    let text = text.trim_matches(|c: char| {
        c.is_whitespace()
            || matches!(
                c,
                ',' | ';' | ':' | '|' | '*' | '-' | '–' | '—' | '·' | '•' | '/'
            )
    });
    let text = match text.strip_suffix('.') {
        // "Jr." and initials keep their stop.
        Some(before) if before.rsplit(' ').next().is_some_and(|last| last.len() > 3) => before,
        _ => text,
    };
    let first = text
        .split_whitespace()
        .next()
        .unwrap_or_default()
        .to_lowercase();
    let is_name = !text.is_empty()
        && text.len() <= MAX_NAME / 2
        && text.split_whitespace().count() <= MAX_WORDS
        && text.chars().any(char::is_alphabetic)
        && !text.chars().any(|c| c.is_ascii_digit())
        && !text.contains([':', '!', '?', '=', '{', '<', '>', '"'])
        && !is_sentence(text)
        && !NO_NAME.contains(&first.as_str())
        && !is_url(text);
    is_name.then(|| text.to_owned())
}

/// Whether a text says something. Stops after initials and titles end no sentence ("Dr. A. J. Neal").
fn is_sentence(text: &str) -> bool {
    let says = [" is ", " was ", " are ", " has ", "。"];
    let ends = |(at, _): (usize, &str)| {
        let last = text[..at].rsplit(' ').next().unwrap_or_default();
        last.chars().count() > 3
    };
    says.iter().any(|one| text.contains(one)) || text.match_indices(". ").any(ends)
}

#[cfg(test)]
mod tests {
    use super::super::read;

    fn check(html: &str, expected: &str) {
        let page = read(html, "https://news.example/a", &|_| false);
        assert_eq!(page.byline, expected, "{html}");
    }

    fn check_body(body: &str, expected: &str) {
        let html = format!("<html><title>Rain in the hills</title><body>{body}");
        check(&html, expected);
    }

    #[test]
    fn statements_come_first() {
        check("<html><meta name=author content='By Ann Poe'>", "Ann Poe");
        check(
            "<html><meta name=citation_author content='Poe, Ann'>\
             <meta name=citation_author content='Li, Bo'>",
            "Ann Poe, Bo Li",
        );
        check(
            "<html><meta property='dc:creator twitter:creator' content='Ann Poe'>",
            "Ann Poe",
        );
        check(
            "<html><meta name=twitter:label1 content='Written by'>\
             <meta name=twitter:data1 content='Ann Poe'>\
             <meta name=twitter:label2 content='Reading time'>",
            "Ann Poe",
        );
        check(
            "<html><meta name=cXenseParse:author content='Ann Poe'>",
            "Ann Poe",
        );
        check(
            "<html><meta property=article:author content='https://social.example/ann'>\
             <meta name=author content='Ann Poe | The Example'>",
            "Ann Poe",
        );
        check("<html><meta name=author content=105092>", "");
        check(
            "<html><meta property=og:site_name content='The Example'>\
             <meta name=author content='Ann Poe and Bo Li, The Example'>",
            "Ann Poe and Bo Li",
        );
    }

    #[test]
    fn a_person_who_is_shown_comes_before_an_organization() {
        let stated = "<html><title>Rain in the hills</title>\
            <meta property=og:site_name content='The Example'>\
            <script type=application/ld+json>{\"@type\": \"NewsArticle\", \"author\": \
            {\"@type\": \"Organization\", \"name\": \"Example Media\"}}</script>";
        check(stated, "Example Media");
        let shown = "<body><h1>Rain in the hills</h1><p class=byline>By Ann Poe</p>";
        check(&format!("{stated}{shown}"), "Ann Poe");
        let site = "<body><h1>Rain in the hills</h1><p class=byline>By The Example</p>";
        check(&format!("{stated}{site}"), "Example Media");
    }

    #[test]
    fn labels_name_the_author() {
        let heading = "<h1>Rain in the hills</h1>";
        for (body, expected) in [
            ("<a rel=author href=/x>Ann Poe</a>", "Ann Poe"),
            (
                "<span class=blockAuthor_authorName__x9Qz>Ann Poe</span>",
                "Ann Poe",
            ),
            (
                "<div class=byline>By <a>Ann Poe</a>, 5 March 2024, 10:00</div>",
                "Ann Poe",
            ),
            (
                "<div class=byline>By Ann Poe and Bo Li • 3 minutes</div>",
                "Ann Poe and Bo Li",
            ),
            (
                "<div class='author-avatar'>AP</div><i class=the-author>Dr. A. J. Poe</i>",
                "Dr. A. J. Poe",
            ),
            (
                "<p class=author-label>Written by</p><p class=author-name>Ann Poe</p>",
                "Ann Poe",
            ),
            ("<p class=byline>Updated March 5</p><p>Text.</p>", ""),
            ("<p class=author>View all posts</p>", ""),
            ("<address>Par <b>Anne Poé</b></address>", "Anne Poé"),
            (
                "<figure><span class=author>Bo Li</span></figure><p class=author>Ann Poe</p>",
                "Ann Poe",
            ),
        ] {
            check_body(&format!("{heading}{body}"), expected);
        }
    }

    #[test]
    fn words_beside_the_heading_name_the_author() {
        let heading = "<h1>Rain in the hills</h1>";
        for (body, expected) in [
            ("<p>By Ann Poe</p>", "Ann Poe"),
            ("<div>Von Änne Poe | 5. März</div>", "Änne Poe"),
            ("<li>Автор: Анна По</li>", "Анна По"),
            ("<p>作者：李波</p>", "李波"),
            ("<p>By the time it rained, the hay was in.</p>", ""),
            (
                "<p><a href=/people/authors/ann-poe/>Ann Poe</a> wrote</p>",
                "Ann Poe",
            ),
            ("<p><a href=/authors/>Our authors</a></p>", ""),
        ] {
            check_body(&format!("{heading}{body}"), expected);
        }
        let far = format!(
            "{heading}<p>{}</p><p>By Ann Poe</p>",
            "It rained. ".repeat(150)
        );
        check_body(&far, "");
    }

    #[test]
    fn what_stands_beside_the_heading_comes_first() {
        check_body(
            "<ul><li class=author>Bo Li</li></ul><h1>Rain in the hills</h1><p>By Ann Poe</p>\
             <ul><li class=author>Cy Ro</li></ul>",
            "Cy Ro",
        );
        check_body(
            "<ul><li class=author>Bo Li</li></ul><h1>Rain in the hills</h1><p>By Ann Poe</p>",
            "Ann Poe",
        );
        let comments =
            "<h1>Rain in the hills</h1><div class=comments><b itemprop=author>Bo</b></div>";
        check_body(comments, "");
    }
}
