//! Elements of feeds, as they were read.

use crate::page::unescape;

/// Which specification an element or attribute belongs to.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Vocabulary {
    /// RSS of any version. Also what has no namespace, as attributes have none.
    Rss,
    Rdf,
    Atom,
    DublinCore,
    /// The module of RSS that has `content:encoded`.
    Content,
    Sitemap,
    /// The extension of sitemaps for news.
    News,
    /// Of Yandex, for whole texts in RSS.
    Yandex,
    /// `xml:base` and `xml:lang`.
    Xml,
    Other,
}

impl Vocabulary {
    /// Returns that of a namespace.
    pub fn of_namespace(uri: &str) -> Self {
        match uri {
            ""
            | "http://purl.org/rss/1.0/"
            | "http://my.netscape.com/rdf/simple/0.9/"
            | "http://channel.netscape.com/rdf/simple/0.9/"
            | "http://backend.userland.com/rss2"
            | "http://backend.userland.com/RSS2"
            | "http://blogs.law.harvard.edu/tech/rss" => Self::Rss,
            "http://www.w3.org/1999/02/22-rdf-syntax-ns#" => Self::Rdf,
            "http://www.w3.org/2005/Atom" => Self::Atom,
            "http://purl.org/dc/elements/1.1/" | "http://purl.org/dc/terms/" => Self::DublinCore,
            "http://purl.org/rss/1.0/modules/content/" => Self::Content,
            "http://www.sitemaps.org/schemas/sitemap/0.9"
            | "https://www.sitemaps.org/schemas/sitemap/0.9"
            | "http://www.google.com/schemas/sitemap/0.84" => Self::Sitemap,
            "http://www.google.com/schemas/sitemap-news/0.9"
            | "https://www.google.com/schemas/sitemap-news/0.9" => Self::News,
            "http://news.yandex.ru" | "https://news.yandex.ru" => Self::Yandex,
            "http://www.w3.org/XML/1998/namespace" => Self::Xml,
            _ => Self::Other,
        }
    }

    /// Returns that of a prefix which no namespace was given to.
    pub fn of_prefix(prefix: &str) -> Self {
        match prefix {
            "dc" | "dcterms" => Self::DublinCore,
            "content" => Self::Content,
            "atom" => Self::Atom,
            "rdf" => Self::Rdf,
            "news" => Self::News,
            "yandex" => Self::Yandex,
            "xml" => Self::Xml,
            _ => Self::Other,
        }
    }
}

/// A name of an element or attribute, without its prefix.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct XmlName {
    pub vocabulary: Vocabulary,
    pub local: String,
}

impl XmlName {
    pub fn is(&self, vocabulary: Vocabulary, local: &str) -> bool {
        self.vocabulary == vocabulary && self.local == local
    }
}

/// An element with all that is in it.
#[derive(Debug, Clone)]
pub(super) struct XmlElement {
    pub name: XmlName,
    pub attributes: Vec<(XmlName, String)>,
    pub nodes: Vec<XmlNode>,
}

/// What an element consists of.
#[derive(Debug, Clone)]
pub(super) enum XmlNode {
    /// Text, decoded.
    Text(String),
    Element(XmlElement),
}

impl XmlElement {
    /// Returns an attribute without a namespace.
    pub fn attribute(&self, local: &str) -> Option<&str> {
        self.attribute_of(Vocabulary::Rss, local)
    }

    /// Returns an attribute.
    pub fn attribute_of(&self, vocabulary: Vocabulary, local: &str) -> Option<&str> {
        let mut attributes = self.attributes.iter();
        let found = attributes.find(|(name, _)| name.is(vocabulary, local));
        found.map(|(_, value)| value.trim())
    }

    /// Returns the elements that are directly in it.
    pub fn elements(&self) -> impl Iterator<Item = &XmlElement> + Clone {
        self.nodes.iter().filter_map(|node| match node {
            XmlNode::Element(element) => Some(element),
            XmlNode::Text(_) => None,
        })
    }

    /// Returns those of one name.
    pub fn all(
        &self,
        vocabulary: Vocabulary,
        local: &'static str,
    ) -> impl Iterator<Item = &XmlElement> + Clone {
        let elements = self.elements();
        elements.filter(move |element| element.name.is(vocabulary, local))
    }

    /// Returns the first of them.
    pub fn first(&self, vocabulary: Vocabulary, local: &'static str) -> Option<&XmlElement> {
        self.all(vocabulary, local).next()
    }

    /// Returns its text, without that of elements in it.
    pub fn plain(&self) -> String {
        let texts = self.nodes.iter().filter_map(|node| match node {
            XmlNode::Text(text) => Some(text.as_str()),
            XmlNode::Element(_) => None,
        });
        texts.collect()
    }

    /// Returns the same as one line; `None` if there is none.
    pub fn text(&self) -> Option<String> {
        one_line(&self.plain())
    }

    /// Returns the text that its content has as HTML, as one line; `None` if there is none.
    pub fn text_of_html(&self) -> Option<String> {
        one_line(&unescape(&self.html()))
    }

    /// Returns its content as HTML: text is HTML in turn, and elements are tags of HTML.
    pub fn html(&self) -> String {
        let mut html = String::new();
        self.write_nodes(&mut html, false);
        html
    }

    /// Returns its content as HTML: text is text, and elements are tags of HTML.
    pub fn markup(&self) -> String {
        let mut html = String::new();
        self.write_nodes(&mut html, true);
        html
    }

    fn write_nodes(&self, html: &mut String, escape: bool) {
        for node in &self.nodes {
            match node {
                XmlNode::Text(text) if escape => write_escaped(text, html),
                XmlNode::Text(text) => html.push_str(text),
                XmlNode::Element(element) => element.write(html, escape),
            }
        }
    }

    fn write(&self, html: &mut String, escape: bool) {
        let name = &self.name.local;
        html.push('<');
        html.push_str(name);
        for (attribute, value) in &self.attributes {
            html.push(' ');
            html.push_str(&attribute.local);
            html.push_str("=\"");
            write_escaped(value, html);
            html.push('"');
        }
        html.push('>');
        self.write_nodes(html, escape);
        if !VOID.contains(&name.as_str()) {
            html.push_str("</");
            html.push_str(name);
            html.push('>');
        }
    }
}

/// Elements of HTML that have no end tag.
const VOID: [&str; 13] = [
    "area", "base", "br", "col", "embed", "hr", "img", "input", "link", "meta", "source", "track",
    "wbr",
];

fn write_escaped(text: &str, html: &mut String) {
    for c in text.chars() {
        match c {
            '&' => html.push_str("&amp;"),
            '<' => html.push_str("&lt;"),
            '>' => html.push_str("&gt;"),
            '"' => html.push_str("&quot;"),
            c => html.push(c),
        }
    }
}

/// Returns a text as one line; `None` if it is blank.
pub(super) fn one_line(text: &str) -> Option<String> {
    let words: Vec<&str> = text.split_whitespace().collect();
    (!words.is_empty()).then(|| words.join(" "))
}
