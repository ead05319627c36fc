//! A page as a list of nodes in document order.
//!
//! Nodes are never moved, so a subtree is a range of the list, a sum over a subtree is the difference
//! of two running sums, and every walk is a loop. Depth costs nothing, and no step is quadratic.

use std::num::NonZero;

use html5ever::LocalName;
use html5ever::tendril::StrTendril;

use super::element_names::{Gap, gap_of, is_hidden};

/// The index of a node in the list.
pub(super) type NodeId = u32;

/// An element or a piece of text.
pub(super) struct TreeNode {
    /// The element around it. The first node is its own parent.
    pub parent: NodeId,
    /// The index after its last descendant.
    pub end: NodeId,
    pub kind: NodeKind,
}

pub(super) enum NodeKind {
    Element(Element),
    Text(TextNode),
}

pub(super) struct Element {
    pub name: LocalName,
    /// The attributes that are used here, see [`is_used`].
    pub attributes: Box<[(LocalName, StrTendril)]>,
}

pub(super) struct TextNode {
    pub text: StrTendril,
    /// The `a` element around it, by the rules of browsers.
    pub link: Option<NonZero<NodeId>>,
    /// Line breaks are kept.
    pub preformatted: bool,
}

/// A page. There is always a first node, the page itself.
#[derive(Default)]
pub(super) struct Tree {
    pub nodes: Vec<TreeNode>,
    /// Nothing marks a whole page: no `html`, `head`, `body`, `title`, `meta` or doctype.
    pub is_fragment: bool,
}

impl Tree {
    pub fn element(&self, id: NodeId) -> Option<&Element> {
        match &self.nodes[id as usize].kind {
            NodeKind::Element(element) => Some(element),
            NodeKind::Text(_) => None,
        }
    }

    /// Returns the name of an element, and "" for a piece of text.
    pub fn name(&self, id: NodeId) -> &str {
        self.element(id).map_or("", |element| &element.name)
    }

    pub fn parent(&self, id: NodeId) -> NodeId {
        self.nodes[id as usize].parent
    }

    pub fn end(&self, id: NodeId) -> NodeId {
        self.nodes[id as usize].end
    }

    /// Returns the elements in document order.
    pub fn elements(&self) -> impl Iterator<Item = (NodeId, &Element)> {
        let numbered = self.nodes.iter().enumerate();
        numbered.filter_map(|(id, node)| match &node.kind {
            NodeKind::Element(element) => Some((id as NodeId, element)),
            NodeKind::Text(_) => None,
        })
    }

    /// Returns the beginning of the text within a node, white space folded.
    ///
    /// Ends with the first piece that goes past `limit` bytes, of which a few times as many are taken. Also
    /// looks at only a few nodes for each byte of `limit`, so that asking it of many nested nodes stays cheap.
    pub fn text_of(&self, id: NodeId, limit: usize) -> String {
        let mut text = String::new();
        let most = limit.saturating_mul(4);
        let nodes = &self.nodes[id as usize..self.end(id) as usize];
        for node in nodes.iter().take(most) {
            if text.len() > limit {
                break;
            }
            match &node.kind {
                NodeKind::Text(piece) => text.push_str(beginning(&piece.text, most)),
                NodeKind::Element(element) if gap_of(&element.name) > Gap::None => text.push(' '),
                NodeKind::Element(_) => {}
            }
        }
        fold(&text)
    }
}

impl Element {
    pub fn is(&self, name: &str) -> bool {
        &*self.name == name
    }

    /// Returns the value of an attribute, or "" if there is none.
    pub fn attribute(&self, name: &str) -> &str {
        let found = self.attributes.iter().find(|(own, _)| &**own == name);
        found.map_or("", |(_, value)| value)
    }

    pub fn has(&self, name: &str) -> bool {
        self.attributes.iter().any(|(own, _)| &**own == name)
    }

    /// Whether it contains nothing that a reader sees as text. A template is shown if it is the shadow
    /// tree of the element around it.
    pub fn is_unseen(&self) -> bool {
        is_hidden(&self.name) && !self.has("shadowrootmode")
    }
}

/// Whether any part of this room uses an attribute. Those that programs name after dates may be any.
pub(super) fn is_used(name: &str) -> bool {
    let of_program = name.strip_prefix("data-").unwrap_or_default();
    let is_dated = ["date", "time", "publi"]
        .iter()
        .any(|part| of_program.contains(part));
    is_dated
        || matches!(
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
                | "pubdate"
                | "lang"
                | "xml:lang"
                | "http-equiv"
                | "type"
                | "hidden"
                | "style"
                | "aria-hidden"
                | "data-testid"
                | "data-component"
                | "data-page"
                | "data-props"
                | "data-react-props"
                | "title"
                | "shadowrootmode"
                | "srcdoc"
        )
}

/// Returns at most so many bytes of the beginning of a text.
fn beginning(text: &str, bytes: usize) -> &str {
    let mut end = bytes.min(text.len());
    while !text.is_char_boundary(end) {
        end -= 1;
    }
    &text[..end]
}

/// Folds white space: a run of any kind and length becomes one space, and the ends are trimmed.
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

/// Returns the text of a piece of HTML that was stored as a value: entities decoded, tags removed.
pub(crate) fn unescape(text: &str) -> String {
    if !text.contains('&') && !text.contains('<') {
        return text.to_owned();
    }
    super::build::build(text).text_of(0, usize::MAX)
}
