//! Builds the tree of a page.
//!
//! html5ever's tree builder is not used: it looks through all open elements for every paragraph
//! (100,000 nested tags take minutes) and moves nodes about. The rules here are the standard's where
//! they matter to a reader (what closes what, how far a link reaches), and leave misplaced content
//! where it stands.

use html5ever::LocalName;
use html5ever::tendril::StrTendril;

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
    builder.open.push(0);
    tokenize(page, &mut builder);
    builder.close()
}

#[derive(Default)]
struct Builder {
    nodes: Vec<Node>,
    /// From the page to the innermost.
    open: Vec<NodeId>,
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
                self.close_to("a", is_box);
            }
            "p" if self.paragraphs == 0 => {
                let id = self.add(name.clone(), Vec::new());
                debug_assert!(id.is_none_or(|id| id > 0), "the page is the first node");
            }
            "table" | "template" | "td" | "th" | "caption" | "object" | "marquee" => {
                let cell = matches!(&**name, "td" | "th" | "caption");
                self.close_to(name, |open| cell && open == "table");
            }
            heading if is_heading(heading) => {
                let found = self.find(is_heading, is_scope);
                self.pop_to(found);
            }
            "tr" | "tbody" | "thead" | "tfoot" => self.close_to(name, is_table),
            other if is_box(other) => self.close_to(other, is_scope),
            other => self.close_to(other, is_box),
        }
    }

    fn characters(&mut self, words: &str) {
        let parent = self.open.last().copied().unwrap_or(0);
        if self.in_head && self.open_name() == Some("head") && !words.trim().is_empty() {
            self.close_to("head", is_scope);
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
            self.close_to("head", is_scope);
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
        self.open.push(id);
    }

    /// Closes what a start tag of this name closes without saying so.
    fn close_implied(&mut self, name: &str) {
        match name {
            "li" => self.close_to("li", |open| is_scope(open) || is_list(open)),
            "dd" | "dt" => {
                self.close_to("dd", |open| is_scope(open) || open == "dl");
                self.close_to("dt", |open| is_scope(open) || open == "dl");
            }
            "option" => self.close_to("option", |open| is_scope(open) || open == "select"),
            "td" | "th" => {
                self.close_to("td", is_table);
                self.close_to("th", is_table);
            }
            "tr" => self.close_to("tr", is_table),
            "tbody" | "thead" | "tfoot" => {
                for section in ["tbody", "thead", "tfoot"] {
                    self.close_to(section, is_table);
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
                self.close_to("p", |open| is_scope(open) || open == "button");
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
        let parent = self.open.last().copied().unwrap_or(0);
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
        self.open.last().map(|&id| self.name(id))
    }

    fn name(&self, id: NodeId) -> &str {
        match &self.nodes[id as usize].kind {
            Kind::Element(element) => &element.name,
            Kind::Text(_) => "",
        }
    }

    /// The place among the open elements of the innermost that is meant, unless one that bars the
    /// way lies within it.
    fn find(&self, meant: impl Fn(&str) -> bool, bars: impl Fn(&str) -> bool) -> Option<usize> {
        for (place, &id) in self.open.iter().enumerate().skip(1).rev() {
            let name = self.name(id);
            if meant(name) {
                return Some(place);
            }
            if bars(name) {
                return None;
            }
        }
        None
    }

    fn close_to(&mut self, name: &str, bars: impl Fn(&str) -> bool) {
        let found = self.find(|open| open == name, bars);
        self.pop_to(found);
    }

    fn pop_to(&mut self, place: Option<usize>) {
        while place.is_some_and(|place| self.open.len() > place) {
            self.pop();
        }
    }

    fn pop(&mut self) {
        let Some(id) = self.open.pop() else { return };
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

fn is_list(name: &str) -> bool {
    matches!(name, "ul" | "ol" | "menu" | "dir")
}

fn is_table(name: &str) -> bool {
    matches!(name, "table" | "template")
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
