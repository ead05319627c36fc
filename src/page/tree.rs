//! Holds a page as a list of nodes in document order.
//!
//! Nothing is ever moved, so a subtree is a stretch of the list, sums over subtrees are differences
//! of running sums, and every walk is a loop: depth costs nothing and nothing is quadratic.

use html5ever::LocalName;
use html5ever::tendril::StrTendril;

/// The place of a node in the list.
pub(super) type NodeId = u32;

/// An element or a piece of text.
pub(super) struct Node {
    /// The element around it; the first node is its own.
    pub parent: NodeId,
    /// The place after its last descendant.
    pub end: NodeId,
    pub kind: Kind,
}

pub(super) enum Kind {
    Element(Element),
    Text(Text),
}

pub(super) struct Element {
    pub name: LocalName,
    /// Those that say something here, see [`is_read`].
    pub attributes: Vec<(LocalName, StrTendril)>,
}

pub(super) struct Text {
    pub words: StrTendril,
    /// The `a` element around it, by browsers' rules.
    pub link: Option<NodeId>,
    /// Line breaks count.
    pub preformatted: bool,
}

/// A page.
pub(super) struct Tree {
    pub nodes: Vec<Node>,
    /// There is no sign of a whole page: no `html`, `head`, `body`, `title`, `meta` or doctype.
    pub is_fragment: bool,
}

impl Tree {
    pub fn element(&self, id: NodeId) -> Option<&Element> {
        match &self.nodes[id as usize].kind {
            Kind::Element(element) => Some(element),
            Kind::Text(_) => None,
        }
    }

    /// The elements, in document order.
    pub fn elements(&self) -> impl Iterator<Item = (NodeId, &Element)> {
        let numbered = self.nodes.iter().enumerate();
        numbered.filter_map(|(id, node)| match &node.kind {
            Kind::Element(element) => Some((id as NodeId, element)),
            Kind::Text(_) => None,
        })
    }

    /// The beginning of the text within a node, white space folded; it ends with the first piece
    /// that goes past `limit` bytes, and of nodes too it takes no more than some for each of these,
    /// so that asking of many nodes within each other stays cheap.
    pub fn text_of(&self, id: NodeId, limit: usize) -> String {
        let mut text = String::new();
        let nodes = &self.nodes[id as usize..self.nodes[id as usize].end as usize];
        for node in nodes.iter().take(limit.saturating_mul(4)) {
            if text.len() > limit {
                break;
            }
            match &node.kind {
                Kind::Text(piece) => text.push_str(&piece.words),
                Kind::Element(element) => {
                    if super::names::gap_of(&element.name) > super::names::Gap::None {
                        text.push(' ');
                    }
                }
            }
        }
        fold(&text)
    }
}

impl Element {
    pub fn is(&self, name: &str) -> bool {
        &*self.name == name
    }

    /// The value of an attribute; empty where there is none.
    pub fn attribute(&self, name: &str) -> &str {
        let found = self.attributes.iter().find(|(own, _)| &**own == name);
        found.map_or("", |(_, value)| value)
    }

    pub fn has(&self, name: &str) -> bool {
        self.attributes.iter().any(|(own, _)| &**own == name)
    }
}

/// Whether an attribute says something that is asked for later.
pub(super) fn is_read(name: &str) -> bool {
    matches!(
        name,
        "class"
            | "id"
            | "href"
            | "rel"
            | "role"
            | "name"
            | "property"
            | "content"
            | "itemprop"
            | "itemtype"
            | "datetime"
            | "lang"
            | "xml:lang"
            | "http-equiv"
            | "type"
            | "hidden"
            | "style"
            | "aria-hidden"
            | "data-testid"
            | "data-component"
            | "title"
    )
}

/// White space of any kind and length is one space, none at the ends.
pub(super) fn fold(text: &str) -> String {
    let mut folded = String::with_capacity(text.len());
    for word in text.split_whitespace() {
        if !folded.is_empty() {
            folded.push(' ');
        }
        folded.push_str(word);
    }
    folded
}

/// The text of a piece of HTML that was stored as a value: entities resolved, tags taken off.
pub(super) fn unescape(text: &str) -> String {
    if !text.contains('&') && !text.contains('<') {
        return text.to_owned();
    }
    super::build::build(text).text_of(0, usize::MAX)
}
