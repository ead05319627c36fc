//! Builds the tree of a page.
//!
//! html5ever's tree builder is not used: it searches all open elements for every paragraph (100,000
//! nested tags take minutes) and moves nodes. The rules here are those of the standard where they
//! matter to a reader (which tag closes which element, how far a link reaches). Misplaced content
//! stays where it is.

use std::collections::HashMap;
use std::num::NonZero;

use html5ever::tendril::StrTendril;
use html5ever::{LocalName, local_name};

use super::element_names::{is_box, is_heading, is_scope, is_void};
use super::tokenizer::{HtmlToken, Tag, tokenize};
use super::tree::{Element, NodeId, NodeKind, TextNode, Tree, TreeNode};

/// Most open elements. Deeper elements count as content of the deepest.
const MAX_DEPTH: usize = 512;
/// Most nodes. The rest of the page is not read.
const MAX_NODES: usize = 200_000;
/// Elements that do not end the head of a page.
const IN_HEAD: [&str; 11] = [
    "head", "title", "meta", "link", "script", "style", "base", "noscript", "template", "basefont",
    "bgsound",
];

/// Builds the tree of a page.
pub(super) fn build(page: &str) -> Tree {
    let mut builder = TreeBuilder::default();
    // A tag is a node, or has a text after it; a list that grows is there twice meanwhile.
    let tags = memchr::memchr_iter(b'<', page.as_bytes()).count();
    builder.tree.nodes.reserve((tags + 2).min(MAX_NODES));
    builder.tree.is_fragment = true;
    builder.add(LocalName::from("html"), Vec::new());
    builder.open.push(OpenElement::default());
    tokenize(page, |token| builder.take(token));
    while !builder.open.is_empty() {
        builder.pop();
    }
    builder.tree
}

#[derive(Default, Clone, Copy)]
struct OpenElement {
    id: NodeId,
    /// The depth of the next open element outside it with the same name, or 0.
    outer: usize,
    /// The depths of the innermost open elements of some kinds, which it may be itself, or 0. They save
    /// every tag a search through all open elements.
    boxed: usize,
    scope: usize,
    heading: usize,
}

#[derive(Default)]
struct TreeBuilder {
    tree: Tree,
    /// The open elements, from the page to the innermost.
    open: Vec<OpenElement>,
    /// For each name, the depth of the innermost open element, or 0.
    depths: HashMap<LocalName, usize>,
    /// Start tags that were skipped because they are too deep.
    too_deep: usize,
    /// The link that text belongs to.
    link: Option<NonZero<NodeId>>,
    /// Open `p` and `pre` elements.
    paragraphs: usize,
    preformatted: usize,
    in_head: bool,
    has_body: bool,
}

impl TreeBuilder {
    fn take(&mut self, token: HtmlToken<'_>) {
        match token {
            HtmlToken::Start(tag) => self.start(tag),
            HtmlToken::End(name) => self.end(&name),
            HtmlToken::Text(text) => self.text(text),
            HtmlToken::Doctype => self.tree.is_fragment = false,
        }
    }

    fn start(&mut self, tag: Tag) {
        self.tree.is_fragment &= !matches!(
            &*tag.name,
            "html" | "head" | "body" | "title" | "meta" | "frameset"
        );
        match &*tag.name {
            "html" => self.adopt(tag),
            "body" if self.has_body => {}
            "frameset" => {}
            _ if self.tree.nodes.len() >= MAX_NODES => {}
            _ => self.enter(tag),
        }
    }

    fn end(&mut self, name: &LocalName) {
        if self.tree.nodes.len() >= MAX_NODES {
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
                self.close_to(name, self.innermost().boxed);
            }
            "p" if self.paragraphs == 0 => {
                let id = self.add(name.clone(), Vec::new());
                debug_assert!(id.is_none_or(|id| id > 0), "the page is the first node");
            }
            "td" | "th" | "caption" => self.close_to(name, self.depth(&local_name!("table"))),
            "table" | "template" | "object" | "marquee" => self.close_to(name, 0),
            heading if is_heading(heading) => {
                let open = self.innermost();
                self.close_at(open.heading, open.scope);
            }
            "tr" | "tbody" | "thead" | "tfoot" => self.close_to(name, self.table()),
            other if is_box(other) => self.close_to(name, self.innermost().scope),
            _ => self.close_to(name, self.innermost().boxed),
        }
    }

    fn text(&mut self, text: &str) {
        let parent = self.open.last().map_or(0, |open| open.id);
        if self.in_head && self.open_name() == Some("head") && !text.trim().is_empty() {
            self.close_to(&local_name!("head"), self.innermost().scope);
        }
        let preformatted = self.preformatted > 0;
        let link = self.link;
        if let Some(TreeNode {
            parent: last_parent,
            kind: NodeKind::Text(last),
            ..
        }) = self.tree.nodes.last_mut()
            && *last_parent == parent
            && last.link == link
            && last.preformatted == preformatted
        {
            last.text.push_slice(text);
            return;
        }
        self.push(NodeKind::Text(TextNode {
            text: StrTendril::from_slice(text),
            link,
            preformatted,
        }));
    }

    /// Adds the element of a start tag, and opens it.
    fn enter(&mut self, tag: Tag) {
        let name = tag.name.clone();
        if &*name == "body" {
            self.has_body = true;
        }
        if self.in_head && !IN_HEAD.contains(&&*name) {
            self.close_to(&local_name!("head"), self.innermost().scope);
        }
        self.close_implied(&name);
        if &*name == "a" {
            self.link = None;
        }
        let is_link = tag.attributes.iter().any(|(name, _)| &**name == "href");
        let Some(id) = self.add(name.clone(), tag.attributes) else {
            return;
        };
        // Only foreign elements may close themselves, whatever the tag says.
        let is_foreign = matches!(
            &*name,
            "svg" | "math" | "path" | "use" | "g" | "circle" | "rect"
        );
        if is_void(&name) || (is_foreign && tag.closes_itself) {
            return;
        }
        if self.open.len() >= MAX_DEPTH {
            self.too_deep += 1;
            return;
        }
        match &*name {
            "a" if is_link => self.link = NonZero::new(id),
            "head" => self.in_head = true,
            "p" => self.paragraphs += 1,
            "pre" | "listing" => self.preformatted += 1,
            _ => {}
        }
        let (depth, around) = (self.open.len(), self.innermost());
        let inside = |is_one: bool, outer| if is_one { depth } else { outer };
        self.open.push(OpenElement {
            id,
            boxed: inside(is_box(&name), around.boxed),
            scope: inside(is_scope(&name), around.scope),
            heading: inside(is_heading(&name), around.heading),
            outer: self.depths.insert(name, depth).unwrap_or(0),
        });
    }

    /// Closes the elements that a start tag of this name closes implicitly.
    fn close_implied(&mut self, name: &str) {
        match name {
            "li" => {
                let [ul, ol] = [local_name!("ul"), local_name!("ol")];
                let lists = [ul, ol, local_name!("menu"), local_name!("dir")];
                self.close_to(&local_name!("li"), self.scope_or(&lists));
            }
            "dd" | "dt" => {
                for item in [local_name!("dd"), local_name!("dt")] {
                    self.close_to(&item, self.scope_or(&[local_name!("dl")]));
                }
            }
            "option" => self.close_to(
                &local_name!("option"),
                self.scope_or(&[local_name!("select")]),
            ),
            "td" | "th" => {
                for cell in [local_name!("td"), local_name!("th")] {
                    self.close_to(&cell, self.table());
                }
            }
            "tr" => self.close_to(&local_name!("tr"), self.table()),
            "tbody" | "thead" | "tfoot" => {
                for section in ["tbody", "thead", "tfoot"] {
                    self.close_to(&LocalName::from(section), self.table());
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
                self.close_to(&local_name!("p"), self.scope_or(&[local_name!("button")]));
            }
            if is_heading(name) && self.open_name().is_some_and(is_heading) {
                self.pop();
            }
        }
    }

    fn add(&mut self, name: LocalName, attributes: Vec<(LocalName, StrTendril)>) -> Option<NodeId> {
        // Without the room that a list keeps for more: most elements have one or two.
        let attributes = attributes.into_boxed_slice();
        self.push(NodeKind::Element(Element { name, attributes }))
    }

    fn push(&mut self, kind: NodeKind) -> Option<NodeId> {
        if self.tree.nodes.len() >= MAX_NODES {
            return None;
        }
        let id = self.tree.nodes.len() as NodeId;
        let parent = self.open.last().map_or(0, |open| open.id);
        self.tree.nodes.push(TreeNode {
            parent,
            end: id + 1,
            kind,
        });
        Some(id)
    }

    /// Gives the attributes of an `html` tag to the page, unless it has some.
    fn adopt(&mut self, tag: Tag) {
        if let NodeKind::Element(page) = &mut self.tree.nodes[0].kind
            && page.attributes.is_empty()
        {
            page.attributes = tag.attributes.into_boxed_slice();
        }
    }

    fn open_name(&self) -> Option<&str> {
        self.open.last().map(|open| self.tree.name(open.id))
    }

    fn innermost(&self) -> OpenElement {
        self.open.last().copied().unwrap_or_default()
    }

    /// Returns the depth of the innermost open element of a name, or 0.
    fn depth(&self, name: &LocalName) -> usize {
        self.depths.get(name).copied().unwrap_or(0)
    }

    /// Returns the depth of the innermost open scope, or of an element inside it that has one of these
    /// names.
    fn scope_or(&self, names: &[LocalName]) -> usize {
        let depths = names.iter().map(|name| self.depth(name));
        depths.fold(self.innermost().scope, usize::max)
    }

    /// Returns the depth of the innermost open table or template.
    fn table(&self) -> usize {
        let template = self.depth(&local_name!("template"));
        self.depth(&local_name!("table")).max(template)
    }

    /// Closes the innermost open element of a name, unless a barrier is open inside it.
    fn close_to(&mut self, name: &LocalName, barrier: usize) {
        self.close_at(self.depth(name), barrier);
    }

    /// Closes the element at a depth and all elements inside it, unless `barrier` is deeper. The page
    /// itself stays open.
    fn close_at(&mut self, depth: usize, barrier: usize) {
        if depth == 0 || barrier > depth {
            return;
        }
        while self.open.len() > depth {
            self.pop();
        }
    }

    fn pop(&mut self) {
        let Some(OpenElement { id, outer, .. }) = self.open.pop() else {
            return;
        };
        let end = self.tree.nodes.len() as NodeId;
        let node = &mut self.tree.nodes[id as usize];
        node.end = end;
        let NodeKind::Element(element) = &node.kind else {
            return;
        };
        if let Some(depth) = self.depths.get_mut(&element.name) {
            *depth = outer;
        }
        match &*element.name {
            "head" => self.in_head = false,
            "p" => self.paragraphs -= 1,
            "pre" | "listing" => self.preformatted -= 1,
            // A link ends with the cell that contains it.
            "td" | "th" | "caption" | "table" | "object" | "template" => self.link = None,
            _ => {}
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Compares the tree, written with brackets.
    fn check(page: &str, expected: &str) {
        let tree = build(page);
        let mut written = String::new();
        let mut ends: Vec<NodeId> = Vec::new();
        for (id, node) in tree.nodes.iter().enumerate().skip(1) {
            while ends.pop_if(|end| *end as usize <= id).is_some() {
                written.push(')');
            }
            match &node.kind {
                NodeKind::Element(element) => {
                    written += &format!("({}", element.name);
                    ends.push(node.end);
                }
                NodeKind::Text(text) => {
                    written += &format!(" {}", &*text.text);
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
    fn a_link_reaches_up_to_the_next_link() {
        check("<a href=x>a<p>b<a href=y>c</a>d", "(a a^(p b^(a c^) d))");
        check("<a name=x>a</a>b", "(a a) b");
        check("<table><td><a href=x>a<td>b", "(table(td(a a^))(td b))");
    }

    #[test]
    fn depth_and_size_are_bounded() {
        let deep = build(&("<i>".repeat(2_000) + "a" + &"</i>".repeat(2_000) + "b"));
        let depth = |id: usize| {
            let up = std::iter::successors(Some(id), |&id| Some(deep.nodes[id].parent as usize));
            up.take_while(|id| *id != 0).count()
        };
        assert!((1..deep.nodes.len()).all(|id| depth(id) <= MAX_DEPTH));
        assert_eq!(build(&"<br>".repeat(MAX_NODES + 10)).nodes.len(), MAX_NODES);
    }

    #[test]
    fn fragments_and_pages_are_distinguished() {
        assert!(build("a<p>b").is_fragment);
        for page in "<!doctype html>a|<body>a|<title>a</title>b|<html>a".split('|') {
            assert!(!build(page).is_fragment, "{page}");
        }
    }
}
