//! Finds who wrote the article of a page.
//!
//! What the page states (JSON-LD, `meta`) comes first, unless it names only an organization: then a
//! person whom the page shows as the author comes before it. Of what is shown, what stands beside the
//! heading comes first.

use super::author_names::{name, names, names_of_statement, strip_by};
use super::element_names::{Gap, gap_of, is_hidden};
use super::hints::{self, Hint};
use super::metadata::MAX_NAME;
use super::site_names::SiteNames;
use super::title::shows_title;
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
/// More names are no byline.
const MAX_NAMES: usize = 10;

/// Directories of authors' pages.
const AUTHOR_PAGES: [&str; 23] = [
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
    "people",
    "redaktion",
    "reporter",
    "staff",
    "team",
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

/// Chooses the byline of the article with this title.
pub(super) fn choose(
    tree: &Tree,
    hints: &[Hint],
    stated: &StatedAuthors,
    sites: &SiteNames,
    title: &str,
) -> String {
    let names = without_site(&names_of_statement(&stated.names), sites);
    if !names.is_empty() && !stated.is_organization && !sites.contains(&names) {
        return names;
    }
    match BylineFinder::new(tree, hints, title).find() {
        Some(shown) if names.is_empty() || !sites.contains(&shown) => without_site(&shown, sites),
        _ => names,
    }
}

/// Removes the name of the website from the end of a byline.
fn without_site(names: &str, sites: &SiteNames) -> String {
    let parts = names.rsplit_once(", ");
    let parts = parts.filter(|(before, last)| !before.is_empty() && sites.contains(last));
    parts.map_or(names, |(before, _)| before).to_owned()
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
    title: &'a str,
    /// Bytes of text since the heading; `None` before it.
    since_heading: Option<usize>,
    /// The end of what looks like the frame of the page.
    frame_until: NodeId,
    best: Option<(Certainty, String)>,
    tried: usize,
    tried_beside: usize,
}

impl<'a> BylineFinder<'a> {
    fn new(tree: &'a Tree, hints: &'a [Hint], title: &'a str) -> Self {
        Self {
            tree,
            hints,
            title,
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
            if element.is("h1") && shows_title(&self.tree.text_of(id, MAX_BOX), self.title) {
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
pub(super) fn is_author_page(element: &Element) -> bool {
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
