//! Builds the tree of a page.
//!
//! The tokenizer of html5ever reads the page as browsers do (entities, comments, raw text). Its tree
//! builder is not used: it looks through all open elements for every paragraph (100,000 nested tags
//! take minutes) and moves nodes about. The rules here are the standard's where they matter to a
//! reader (what closes what, how far a link reaches), and leave misplaced content where it stands.

use std::cell::RefCell;

use html5ever::LocalName;
use html5ever::tendril::StrTendril;
use html5ever::tokenizer::states::{Rawtext, Rcdata, ScriptData};
use html5ever::tokenizer::{
    BufferQueue, Tag, TagKind, Token, TokenSink, TokenSinkResult, Tokenizer, TokenizerOpts,
};

use super::limits::cut_attributes;
use super::names::{is_box, is_heading, is_scope, is_void};
use super::tree::{Element, Kind, Node, NodeId, Text, Tree, is_read};

/// Open elements, at most. What is nested deeper counts as content of the deepest.
const MAX_DEPTH: usize = 512;
/// Nodes, at most. What follows is not read.
const MAX_NODES: usize = 200_000;

/// Builds the tree of a page. There is always one node, the page itself.
pub(super) fn build(page: &str) -> Tree {
    let page = cut_attributes(page);
    let mut builder = Builder::default();
    builder.add(LocalName::from("html"), Vec::new());
    builder.open.push(0);
    let tokenizer = Tokenizer::new(Sink(RefCell::new(builder)), TokenizerOpts::default());
    let input = BufferQueue::default();
    input.push_back(StrTendril::from_slice(&page));
    // The tokenizer stops at the end of each script, for those who would run it.
    while !input.is_empty() {
        let _ = tokenizer.feed(&input);
    }
    tokenizer.end();
    tokenizer.sink.0.into_inner().close()
}

struct Sink(RefCell<Builder>);

impl TokenSink for Sink {
    type Handle = ();

    fn process_token(&self, token: Token, _line: u64) -> TokenSinkResult<()> {
        let mut builder = self.0.borrow_mut();
        match token {
            Token::TagToken(tag) if tag.kind == TagKind::StartTag => return builder.start(tag),
            Token::TagToken(tag) => builder.end(&tag.name),
            Token::CharacterTokens(characters) => builder.characters(characters),
            Token::DoctypeToken(_) => builder.is_page = true,
            Token::NullCharacterToken
            | Token::CommentToken(_)
            | Token::EOFToken
            | Token::ParseError(_) => {}
        }
        TokenSinkResult::Continue
    }
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

impl Builder {
    fn start(&mut self, tag: Tag) -> TokenSinkResult<()> {
        let name = tag.name.clone();
        self.is_page |= matches!(
            &*name,
            "html" | "head" | "body" | "title" | "meta" | "frameset"
        );
        match &*name {
            "html" => self.adopt(0, &tag),
            "body" if self.has_body => {}
            "frameset" => {}
            _ if self.nodes.len() >= MAX_NODES => {}
            _ => self.enter(tag),
        }
        match &*name {
            "script" => TokenSinkResult::RawData(ScriptData),
            "style" | "noscript" | "iframe" | "noembed" | "noframes" | "xmp" => {
                TokenSinkResult::RawData(Rawtext)
            }
            "title" | "textarea" => TokenSinkResult::RawData(Rcdata),
            _ => TokenSinkResult::Continue,
        }
    }

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
        let Some(id) = self.add(name.clone(), read_attributes(tag.attrs)) else {
            return;
        };
        // Foreign elements may close themselves; others may not, whatever they say.
        let foreign = matches!(
            &*name,
            "svg" | "math" | "path" | "use" | "g" | "circle" | "rect"
        );
        if is_void(&name) || (foreign && tag.self_closing) {
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
            if is_heading(name) && self.open_name().is_some_and(|open| is_heading(open)) {
                self.pop();
            }
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

    fn characters(&mut self, words: StrTendril) {
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
            text.words.push_tendril(&words);
            return;
        }
        self.push(Kind::Text(Text {
            words,
            link,
            preformatted,
        }));
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

    fn adopt(&mut self, id: NodeId, tag: &Tag) {
        if let Kind::Element(element) = &mut self.nodes[id as usize].kind
            && element.attributes.is_empty()
        {
            element.attributes = read_attributes(tag.attrs.clone());
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

fn read_attributes(attributes: Vec<html5ever::Attribute>) -> Vec<(LocalName, StrTendril)> {
    let read = attributes
        .into_iter()
        .filter(|one| is_read(&one.name.local));
    read.map(|one| (one.name.local, one.value)).collect()
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
