//! Builds the tree of a page.
//!
//! html5ever's tree builder is not used: it looks through all open elements for every paragraph
//! (100,000 nested tags take minutes) and moves nodes about. The rules here are the standard's where
//! they matter to a reader (what closes what, how far a link reaches), and leave misplaced content
//! where it stands.

use std::collections::HashMap;

use html5ever::tendril::StrTendril;
use html5ever::{LocalName, local_name};

use super::names::{is_box, is_heading, is_scope, is_void};
use super::tokenizer::{Content, Sink, Tag, tokenize};
use super::tree::{Element, Kind, Node, NodeId, Text, Tree};

/// Open elements, at most. What is nested deeper counts as content of the deepest.
const MAX_DEPTH: usize = 512;
/// Nodes, at most. What follows is not read.
const MAX_NODES: usize = 200_000;

/// Builds the tree of a page. There is always one node, the page itself.
pub(super) fn build(page: &str) -> Tree {
    let mut builder = Builder::default();
    builder.add(LocalName::from("html"), Vec::new());
    builder.open.push(Open::default());
    tokenize(page, &mut builder);
    builder.close()
}

/// An open element.
#[derive(Default)]
struct Open {
    id: NodeId,
    /// The place of the open element of the same name around it; 0 if there is none.
    before: usize,
    innermost: Innermost,
}

/// Places of the innermost open elements of some kinds; 0 if there is none. With these no tag has to
/// look through all open elements, whatever stands open.
#[derive(Debug, Default, Clone, Copy)]
struct Innermost {
    boxed: usize,
    scope: usize,
    heading: usize,
    /// A `table`; and that or a `template`.
    table: usize,
    tables: usize,
    /// These, or a scope.
    list: usize,
    dl: usize,
    select: usize,
    button: usize,
}

impl Innermost {
    /// What it is within an element that opens at `place`.
    fn within(mut self, name: &str, place: usize) -> Self {
        if is_box(name) {
            self.boxed = place;
        }
        if is_scope(name) {
            self.scope = place;
            self.list = place;
            self.dl = place;
            self.select = place;
            self.button = place;
        }
        match name {
            "table" => (self.table, self.tables) = (place, place),
            "template" => self.tables = place,
            "ul" | "ol" | "menu" | "dir" => self.list = place,
            "dl" => self.dl = place,
            "select" => self.select = place,
            "button" => self.button = place,
            _ if is_heading(name) => self.heading = place,
            _ => {}
        }
        self
    }
}

#[derive(Default)]
struct Builder {
    nodes: Vec<Node>,
    /// From the page to the innermost.
    open: Vec<Open>,
    /// Of each name, the place of the innermost open element; 0 if there is none.
    places: HashMap<LocalName, usize>,
    /// Start tags that were passed over because they stood too deep.
    too_deep: usize,
    /// The link that text belongs to.
    link: Option<NodeId>,
    /// Open `p` and `pre` elements.
    paragraphs: usize,
    preformatted: usize,
    in_head: bool,
    has_body: bool,
    /// Something says that this is a whole page.
    is_page: bool,
}

impl Sink for Builder {
    fn start(&mut self, tag: Tag) -> Content {
        let name = tag.name.clone();
        self.is_page |= matches!(
            &*name,
            "html" | "head" | "body" | "title" | "meta" | "frameset"
        );
        match &*name {
            "html" => self.adopt(tag),
            "body" if self.has_body => {}
            "frameset" => {}
            _ if self.nodes.len() >= MAX_NODES => {}
            _ => self.enter(tag),
        }
        match &*name {
            "script" | "style" | "noscript" | "iframe" | "noembed" | "noframes" | "xmp" => {
                Content::Raw
            }
            "title" | "textarea" => Content::Named,
            _ => Content::Markup,
        }
    }

    fn end(&mut self, name: &LocalName) {
        if self.nodes.len() >= MAX_NODES {
            return;
        }
        if self.too_deep > 0 {
            self.too_deep -= 1;
            return;
        }
        match &**name {
            "html" | "body" => {}
            "br" => {
                self.add(name.clone(), Vec::new());
            }
            "a" => {
                self.link = None;
                self.close_to(name, |open| open.boxed);
            }
            "p" if self.paragraphs == 0 => {
                let id = self.add(name.clone(), Vec::new());
                debug_assert!(id.is_none_or(|id| id > 0), "the page is the first node");
            }
            "table" | "template" | "td" | "th" | "caption" | "object" | "marquee" => {
                let cell = matches!(&**name, "td" | "th" | "caption");
                self.close_to(name, |open| if cell { open.table } else { 0 });
            }
            heading if is_heading(heading) => {
                let open = self.innermost();
                self.close_at(open.heading, open.scope);
            }
            "tr" | "tbody" | "thead" | "tfoot" => self.close_to(name, |open| open.tables),
            other if is_box(other) => self.close_to(name, |open| open.scope),
            _ => self.close_to(name, |open| open.boxed),
        }
    }

    fn characters(&mut self, words: &str) {
        let parent = self.open.last().map_or(0, |open| open.id);
        if self.in_head && self.open_name() == Some("head") && !words.trim().is_empty() {
            self.close_to(&local_name!("head"), |open| open.scope);
        }
        let preformatted = self.preformatted > 0;
        let link = self.link;
        if let Some(Node {
            parent: before,
            kind: Kind::Text(text),
            ..
        }) = self.nodes.last_mut()
            && *before == parent
            && text.link == link
            && text.preformatted == preformatted
        {
            text.words.push_slice(words);
            return;
        }
        let words = StrTendril::from_slice(words);
        self.push(Kind::Text(Text {
            words,
            link,
            preformatted,
        }));
    }

    fn doctype(&mut self) {
        self.is_page = true;
    }
}

impl Builder {
    fn enter(&mut self, tag: Tag) {
        let name = tag.name.clone();
        if &*name == "body" {
            self.has_body = true;
        }
        if self.in_head && !belongs_in_head(&name) {
            self.close_to(&local_name!("head"), |open| open.scope);
        }
        self.close_implied(&name);
        if &*name == "a" {
            self.link = None;
        }
        let Some(id) = self.add(name.clone(), tag.attributes) else {
            return;
        };
        // Foreign elements may close themselves; others may not, whatever they say.
        let foreign = matches!(
            &*name,
            "svg" | "math" | "path" | "use" | "g" | "circle" | "rect"
        );
        if is_void(&name) || (foreign && tag.closes_itself) {
            return;
        }
        if self.open.len() >= MAX_DEPTH {
            self.too_deep += 1;
            return;
        }
        match &*name {
            "a" if self.is_link(id) => self.link = Some(id),
            "head" => self.in_head = true,
            "p" => self.paragraphs += 1,
            "pre" | "listing" => self.preformatted += 1,
            _ => {}
        }
        let place = self.open.len();
        self.open.push(Open {
            id,
            innermost: self.innermost().within(&name, place),
            before: self.places.insert(name, place).unwrap_or(0),
        });
    }

    /// Closes what a start tag of this name closes without saying so.
    fn close_implied(&mut self, name: &str) {
        match name {
            "li" => self.close_to(&local_name!("li"), |open| open.list),
            "dd" | "dt" => {
                for item in [local_name!("dd"), local_name!("dt")] {
                    self.close_to(&item, |open| open.dl);
                }
            }
            "option" => self.close_to(&local_name!("option"), |open| open.select),
            "td" | "th" => {
                for cell in [local_name!("td"), local_name!("th")] {
                    self.close_to(&cell, |open| open.tables);
                }
            }
            "tr" => self.close_to(&local_name!("tr"), |open| open.tables),
            "tbody" | "thead" | "tfoot" => {
                for section in [
                    local_name!("tbody"),
                    local_name!("thead"),
                    local_name!("tfoot"),
                ] {
                    self.close_to(&section, |open| open.tables);
                }
            }
            _ => {}
        }
        let is_cell = matches!(
            name,
            "td" | "th" | "tr" | "tbody" | "thead" | "tfoot" | "caption"
        );
        if is_box(name) && !is_cell {
            if self.paragraphs > 0 {
                self.close_to(&local_name!("p"), |open| open.button);
            }
            if is_heading(name) && self.open_name().is_some_and(is_heading) {
                self.pop();
            }
        }
    }

    fn add(&mut self, name: LocalName, attributes: Vec<(LocalName, StrTendril)>) -> Option<NodeId> {
        self.push(Kind::Element(Element { name, attributes }))
    }

    fn push(&mut self, kind: Kind) -> Option<NodeId> {
        if self.nodes.len() >= MAX_NODES {
            return None;
        }
        let id = self.nodes.len() as NodeId;
        let parent = self.open.last().map_or(0, |open| open.id);
        self.nodes.push(Node {
            parent,
            end: id + 1,
            kind,
        });
        Some(id)
    }

    /// Puts the attributes of the page where they belong.
    fn adopt(&mut self, tag: Tag) {
        if let Some(Node {
            kind: Kind::Element(element),
            ..
        }) = self.nodes.first_mut()
            && element.attributes.is_empty()
        {
            element.attributes = tag.attributes;
        }
    }

    fn is_link(&self, id: NodeId) -> bool {
        match &self.nodes[id as usize].kind {
            Kind::Element(element) => element.has("href"),
            Kind::Text(_) => false,
        }
    }

    fn open_name(&self) -> Option<&str> {
        self.open.last().map(|open| self.name(open.id))
    }

    fn name(&self, id: NodeId) -> &str {
        match &self.nodes[id as usize].kind {
            Kind::Element(element) => &element.name,
            Kind::Text(_) => "",
        }
    }

    fn innermost(&self) -> Innermost {
        self.open
            .last()
            .map(|open| open.innermost)
            .unwrap_or_default()
    }

    /// Closes the innermost open element of a name, unless one that bars the way lies within it.
    fn close_to(&mut self, name: &LocalName, bar: impl Fn(Innermost) -> usize) {
        let place = self.places.get(name).copied().unwrap_or(0);
        self.close_at(place, bar(self.innermost()));
    }

    /// Closes the element at a place and what is open within it, unless the place of what bars the
    /// way is further in. The page itself stays open.
    fn close_at(&mut self, place: usize, bar: usize) {
        if place == 0 || bar > place {
            return;
        }
        while self.open.len() > place {
            self.pop();
        }
    }

    fn pop(&mut self) {
        let Some(Open { id, before, .. }) = self.open.pop() else {
            return;
        };
        if let Kind::Element(element) = &self.nodes[id as usize].kind
            && let Some(place) = self.places.get_mut(&element.name)
        {
            *place = before;
        }
        let end = self.nodes.len() as NodeId;
        self.nodes[id as usize].end = end;
        match self.name(id) {
            "head" => self.in_head = false,
            "p" => self.paragraphs -= 1,
            "pre" | "listing" => self.preformatted -= 1,
            // A link ends with the cell it stands in.
            "td" | "th" | "caption" | "table" | "object" | "template" => self.link = None,
            _ => {}
        }
    }

    fn close(mut self) -> Tree {
        while !self.open.is_empty() {
            self.pop();
        }
        Tree {
            is_fragment: !self.is_page,
            nodes: self.nodes,
        }
    }
}

fn belongs_in_head(name: &str) -> bool {
    matches!(
        name,
        "head"
            | "title"
            | "meta"
            | "link"
            | "script"
            | "style"
            | "base"
            | "noscript"
            | "template"
            | "basefont"
            | "bgsound"
    )
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The tree, written with brackets.
    fn check(page: &str, expected: &str) {
        let tree = build(page);
        let mut written = String::new();
        let mut ends: Vec<NodeId> = Vec::new();
        for (id, node) in tree.nodes.iter().enumerate().skip(1) {
            while ends.pop_if(|end| *end as usize <= id).is_some() {
                written.push(')');
            }
            match &node.kind {
                Kind::Element(element) => {
                    written += &format!("({}", element.name);
                    ends.push(node.end);
                }
                Kind::Text(text) => {
                    written += &format!(" {}", &*text.words);
                    written += if text.link.is_some() { "^" } else { "" };
                }
            }
        }
        written += &")".repeat(ends.len());
        assert_eq!(written, expected, "{page}");
    }

    #[test]
    fn tags_close_what_browsers_close() {
        check("<p>a<p>b<div>c", "(p a)(p b)(div c)");
        check(
            "<ul><li>a<li>b<ul><li>c</ul>d",
            "(ul(li a)(li b(ul(li c)) d))",
        );
        check(
            "<table><tr><td>a<td>b<tr><td><p>c",
            "(table(tr(td a)(td b))(tr(td(p c))))",
        );
        check("<dl><dt>a<dd>b<dt>c", "(dl(dt a)(dd b)(dt c))");
        check("<div>a</span></p>b</div></div>c", "(div a(p) b) c");
        check("<b>a<p>b</b>c</p>d", "(b a(p bc) d)");
        check("<h1>a<h2>b</h1>c", "(h1 a)(h2 b) c");
        check("<head><title>a</title><p>b", "(head(title a))(p b)");
        check("a<br>b</br>c<img>d", " a(br) b(br) c(img) d");
        check("<svg><path/><g/></svg>a", "(svg(path)(g)) a");
    }

    #[test]
    fn a_link_reaches_to_the_next() {
        check("<a href=x>a<p>b<a href=y>c</a>d", "(a a^(p b^(a c^) d))");
        check("<a name=x>a</a>b", "(a a) b");
        check("<table><td><a href=x>a<td>b", "(table(td(a a^))(td b))");
    }

    #[test]
    fn a_page_is_bounded() {
        let deep = build(&("<i>".repeat(2_000) + "a" + &"</i>".repeat(2_000) + "b"));
        let depth = |id: usize| {
            let up = std::iter::successors(Some(id), |&id| Some(deep.nodes[id].parent as usize));
            up.take_while(|id| *id != 0).count()
        };
        assert!((1..deep.nodes.len()).all(|id| depth(id) <= MAX_DEPTH));
        assert_eq!(build(&"<br>".repeat(MAX_NODES + 10)).nodes.len(), MAX_NODES);
    }

    #[test]
    fn a_fragment_is_told_from_a_page() {
        assert!(build("a<p>b").is_fragment);
        for page in [
            "<!doctype html>a",
            "<body>a",
            "<title>a</title>b",
            "<html>a",
        ] {
            assert!(!build(page).is_fragment, "{page}");
        }
    }
}
