//! Reads the elements of a feed, one at a time.

use std::io;

use quick_xml::escape::resolve_predefined_entity;
use quick_xml::events::{BytesRef, BytesStart, Event};
use quick_xml::name::{QName, ResolveResult};
use quick_xml::{Error as XmlError, NsReader};

use super::super::invalid;
use super::element::{Vocabulary, XmlElement, XmlName, XmlNode};
use super::utf8::Utf8Bytes;
use crate::page::references;
use crate::text::{named_character, numbered_character};

/// Most elements within each other, below the root.
const MAX_DEPTH: usize = 256;
/// Most elements and attributes of an entry.
const MAX_ELEMENTS: usize = 100_000;
/// Most bytes of a start tag. To find its namespaces takes time for each of its attributes.
const MAX_TAG_BYTES: usize = 1 << 20;

/// What kind of feed a file is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum FeedKind {
    /// RSS 0.9x and 2.0: entries are in the channel.
    Rss,
    /// RSS 0.90 and 1.0: entries stand beside the channel.
    Rdf,
    Atom,
    /// A sitemap; only the entries of news sitemaps are articles.
    Sitemap,
}

impl FeedKind {
    /// Returns that of a root element.
    fn of(root: &XmlName) -> Result<Self, String> {
        match (root.vocabulary, root.local.as_str()) {
            (Vocabulary::Rss, "rss") => Ok(Self::Rss),
            (Vocabulary::Rdf, "RDF") => Ok(Self::Rdf),
            (Vocabulary::Atom, "feed") => Ok(Self::Atom),
            (Vocabulary::Sitemap | Vocabulary::Rss, "urlset") => Ok(Self::Sitemap),
            (_, "sitemapindex") => Err(
                "an index of sitemaps has no articles: read the sitemaps that it names".to_owned(),
            ),
            (_, other) => Err(format!(
                "neither RSS nor Atom nor a news sitemap: the root element is `{}`",
                other.escape_debug()
            )),
        }
    }

    /// Whether an element is an entry.
    pub fn has_entry(self, name: &XmlName) -> bool {
        match self {
            Self::Rss | Self::Rdf => name.is(Vocabulary::Rss, "item"),
            Self::Atom => name.is(Vocabulary::Atom, "entry"),
            Self::Sitemap => {
                let vocabularies = [Vocabulary::Sitemap, Vocabulary::Rss];
                vocabularies
                    .into_iter()
                    .any(|vocabulary| name.is(vocabulary, "url"))
            }
        }
    }

    /// Whether the elements in an element describe the feed, or are entries.
    fn has_channel(self, name: &XmlName) -> bool {
        matches!(self, Self::Rss | Self::Rdf) && name.is(Vocabulary::Rss, "channel")
    }
}

/// What is read of a feed at a time.
pub(super) enum FeedPart {
    /// A start tag around what follows: of the root or of a channel.
    Around(XmlElement),
    /// An element of the feed: an entry, or what describes the feed.
    Within(XmlElement),
}

/// The elements of a feed.
pub(super) struct FeedReader {
    xml: NsReader<Utf8Bytes>,
    buffer: Vec<u8>,
    kind: FeedKind,
    /// The root, until it is taken.
    root: Option<XmlElement>,
    /// How many elements are open: the root and a channel.
    open: usize,
}

impl FeedReader {
    /// Reads a file up to its root element.
    ///
    /// # Errors
    /// A file that is no feed, or cannot be read.
    pub fn open(bytes: Utf8Bytes) -> io::Result<Self> {
        let mut xml = NsReader::from_reader(bytes);
        xml.config_mut().allow_dangling_amp = true;
        let mut buffer = Vec::new();
        let (root, is_empty) = loop {
            buffer.clear();
            match read_event(&mut xml, &mut buffer)? {
                Event::Start(start) => break (start_element(&xml, &start)?, false),
                Event::Empty(start) => break (start_element(&xml, &start)?, true),
                Event::Text(text) if !text.trim().is_empty() => {
                    return Err(invalid("not XML: it begins with text"));
                }
                Event::Eof => return Err(invalid("not XML: it has no element")),
                _ => {}
            }
        };
        Ok(Self {
            kind: FeedKind::of(&root.name).map_err(invalid)?,
            xml,
            buffer,
            root: Some(root),
            open: usize::from(!is_empty),
        })
    }

    /// Returns what kind of feed it is.
    pub fn kind(&self) -> FeedKind {
        self.kind
    }

    /// Reads the next part, with the line on which it begins. The inner `Err` says what is wrong with it.
    ///
    /// # Errors
    /// XML that cannot be read further.
    pub fn next(&mut self) -> io::Result<Option<(u64, Result<FeedPart, String>)>> {
        if let Some(root) = self.root.take() {
            return Ok(Some((self.line(), Ok(FeedPart::Around(root)))));
        }
        while self.open > 0 {
            self.xml.get_mut().begin_entry();
            self.buffer.clear();
            let line = self.line();
            let (start, is_empty) = match read_event(&mut self.xml, &mut self.buffer)? {
                Event::Start(start) => (start, false),
                Event::Empty(start) => (start, true),
                Event::End(_) => {
                    self.open -= 1;
                    continue;
                }
                Event::Eof => return Err(invalid("the file breaks off: the feed is not closed")),
                _ => continue,
            };
            let element = start_element(&self.xml, &start)?;
            let part = if is_empty {
                Ok(FeedPart::Within(element))
            } else if self.kind.has_channel(&element.name) && self.open == 1 {
                self.open += 1;
                Ok(FeedPart::Around(element))
            } else {
                self.content(element)?.map(FeedPart::Within)
            };
            return Ok(Some((line, part)));
        }
        Ok(None)
    }

    fn line(&self) -> u64 {
        self.xml.get_ref().line()
    }

    /// Reads the content of an element that was opened, up to its end. The inner `Err` says what is wrong
    /// with it.
    fn content(&mut self, element: XmlElement) -> io::Result<Result<XmlElement, String>> {
        let mut parents: Vec<XmlElement> = Vec::new();
        let (mut current, mut fault) = (element, None);
        // How many elements are open that are not kept, because something is wrong.
        let mut skipped = 0;
        let mut count = 1 + current.attributes.len();
        loop {
            self.buffer.clear();
            match read_event(&mut self.xml, &mut self.buffer)? {
                Event::Start(_) if fault.is_some() => skipped += 1,
                Event::End(_) if skipped > 0 => skipped -= 1,
                Event::End(_) => match parents.pop() {
                    Some(parent) => {
                        let ended = std::mem::replace(&mut current, parent);
                        current.nodes.push(XmlNode::Element(ended));
                    }
                    None => return Ok(fault.map_or(Ok(current), Err)),
                },
                Event::Eof => return Err(invalid("the file breaks off within an entry")),
                _ if fault.is_some() => {}
                Event::Start(start) => {
                    let started = start_element(&self.xml, &start)?;
                    count += 1 + started.attributes.len();
                    fault = too_much(count, parents.len());
                    parents.push(std::mem::replace(&mut current, started));
                }
                Event::Empty(start) => {
                    let empty = start_element(&self.xml, &start)?;
                    count += 1 + empty.attributes.len();
                    fault = too_much(count, parents.len());
                    current.nodes.push(XmlNode::Element(empty));
                }
                Event::Text(text) => push_text(&mut current, &text.xml10_content()),
                Event::CData(text) => push_text(&mut current, &text.xml10_content()),
                Event::GeneralRef(reference) => match character(&reference) {
                    Ok(character) => push_text(&mut current, &character),
                    Err(why) => fault = Some(why),
                },
                Event::Comment(_) | Event::Decl(_) | Event::PI(_) | Event::DocType(_) => {}
            }
        }
    }
}

fn too_much(count: usize, depth: usize) -> Option<String> {
    if depth >= MAX_DEPTH {
        return Some(format!("more than {MAX_DEPTH} elements within each other"));
    }
    (count > MAX_ELEMENTS).then(|| format!("more than {MAX_ELEMENTS} elements and attributes"))
}

/// Appends to a text, which comments and references divide.
fn push_text(element: &mut XmlElement, text: &str) {
    match element.nodes.last_mut() {
        Some(XmlNode::Text(before)) => before.push_str(text),
        _ => element.nodes.push(XmlNode::Text(text.to_owned())),
    }
}

/// Returns the character that a reference means: of XML or of HTML, as feeds have both. What a DTD defines is
/// not read, so that no entity can expand.
fn character(reference: &BytesRef<'_>) -> Result<String, String> {
    let name: &str = reference;
    if let Some(character) = resolve_predefined_entity(name) {
        return Ok(character.to_owned());
    }
    let (mut character, closed) = (String::new(), format!("{name};"));
    let used = match closed.strip_prefix('#') {
        Some(number) => numbered_character(number, &mut character).map(|used| used + 1),
        None => named_character(&closed, false, &mut character),
    };
    match used {
        Some(used) if used == closed.len() => Ok(character),
        _ => Err(format!(
            "unknown entity `&{}` (those of a DTD are not read)",
            closed.escape_debug()
        )),
    }
}

/// Returns an element as it starts.
fn start_element(xml: &NsReader<Utf8Bytes>, start: &BytesStart<'_>) -> io::Result<XmlElement> {
    let name = name(xml, start.name(), true);
    let mut attributes = Vec::new();
    for attribute in start.html_attributes().with_checks(false) {
        let attribute = attribute.map_err(|e| not_well_formed(xml, e))?;
        if attribute.key.as_namespace_binding().is_some() {
            continue;
        }
        let value = references(&attribute.value, true);
        attributes.push((self::name(xml, attribute.key, false), value.into_owned()));
    }
    Ok(XmlElement {
        name,
        attributes,
        nodes: Vec::new(),
    })
}

/// Resolves a name. Only elements are in the default namespace.
fn name(xml: &NsReader<Utf8Bytes>, name: QName<'_>, is_element: bool) -> XmlName {
    let (resolved, local) = match is_element {
        true => xml.resolver().resolve_element(name),
        false => xml.resolver().resolve_attribute(name),
    };
    XmlName {
        vocabulary: match resolved {
            ResolveResult::Unbound => Vocabulary::Rss,
            ResolveResult::Bound(namespace) => Vocabulary::of_namespace(namespace.0.trim()),
            ResolveResult::Unknown(prefix) => Vocabulary::of_prefix(&prefix),
        },
        local: local.as_ref().to_owned(),
    }
}

fn read_event<'b>(xml: &mut NsReader<Utf8Bytes>, buffer: &'b mut Vec<u8>) -> io::Result<Event<'b>> {
    match xml.read_event_into(buffer) {
        Ok(Event::Start(start) | Event::Empty(start)) if start.len() > MAX_TAG_BYTES => {
            let kib = MAX_TAG_BYTES >> 10;
            Err(invalid(format!(
                "line {}: a tag is longer than {kib} KiB",
                xml.get_ref().line()
            )))
        }
        Ok(event) => Ok(event),
        Err(XmlError::Io(error)) => Err(io::Error::new(error.kind(), error)),
        Err(error) => Err(not_well_formed(xml, error)),
    }
}

fn not_well_formed(xml: &NsReader<Utf8Bytes>, error: impl std::fmt::Display) -> io::Error {
    invalid(format!(
        "line {}: not well-formed XML: {error}",
        xml.get_ref().line()
    ))
}
