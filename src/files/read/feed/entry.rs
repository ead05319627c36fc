//! Makes records of the entries of a feed.

use serde_json::Value;
use url::Url;

use super::element::{Vocabulary, XmlElement, one_line};
use crate::files::fields::{ArticleField, RecordFields};
use crate::id::host;
use crate::page::unescape;
use crate::syndication::same_publisher;

/// What a feed says of all its entries, as far as it was read.
#[derive(Debug, Default)]
pub(super) struct FeedHead {
    /// Its title, or the name of its publisher.
    name: String,
    /// The page that it belongs to.
    site: String,
    /// What relative links are relative to.
    base: Option<Url>,
    /// Whether `xml:base` says so, and not only an address.
    has_base: bool,
    lang: String,
    authors: Vec<String>,
}

/// The outlet that an entry was taken from.
struct FeedSource {
    name: String,
    url: String,
    authors: Vec<String>,
}

impl FeedHead {
    /// Takes the attributes of the root, or of the channel.
    pub fn take_attributes(&mut self, element: &XmlElement) {
        if let Some(lang) = element.attribute_of(Vocabulary::Xml, "lang") {
            self.lang = lang.to_owned();
        }
        if let Some(base) = element.attribute_of(Vocabulary::Xml, "base") {
            self.base = resolve(self.base.as_ref(), base);
            self.has_base = self.base.is_some();
        }
    }

    /// Takes an element that describes the feed.
    pub fn take(&mut self, element: &XmlElement) {
        let name = &element.name;
        match (name.vocabulary, name.local.as_str()) {
            (Vocabulary::Rss, "title") if self.name.is_empty() => {
                self.name = element.text_of_html().unwrap_or_default();
            }
            (Vocabulary::Atom, "title") if self.name.is_empty() => {
                self.name = atom_text(element).unwrap_or_default();
            }
            (Vocabulary::DublinCore, "publisher") => {
                self.name = element.text().unwrap_or_default();
            }
            (Vocabulary::Rss, "link") => {
                self.site = element.text().unwrap_or_default();
                self.base_at_site();
            }
            (Vocabulary::Atom, "link") => {
                let href = element.attribute("href").unwrap_or_default();
                match element.attribute("rel") {
                    // The address of the feed itself.
                    Some("self") if !self.has_base => {
                        self.base = Url::parse(href).ok().or(self.base.take());
                    }
                    None | Some("alternate") => {
                        let site = resolve(self.base.as_ref(), href);
                        self.site = site.map_or_else(|| href.to_owned(), String::from);
                        self.base_at_site();
                    }
                    Some(_) => {}
                }
            }
            (Vocabulary::Rss | Vocabulary::DublinCore, "language") => {
                self.lang = element.text().unwrap_or_default();
            }
            (Vocabulary::Atom, "author") => self.authors.extend(person(element)),
            _ => {}
        }
    }

    /// Takes the site as the base of relative links, if nothing else is.
    fn base_at_site(&mut self) {
        if self.base.is_none() {
            self.base = Url::parse(&self.site).ok();
        }
    }

    /// Makes a record of an entry of RSS or Atom; `Err` says what is wrong with it.
    pub fn record(&self, entry: &XmlElement) -> Result<RecordFields, String> {
        let url = self.link(entry)?;
        let source = FeedSource::of(entry);
        let (publisher, credited) = self.publisher(&url, source.as_ref());
        let mut authors = authors(entry);
        if authors.is_empty() {
            let of_source = source.as_ref().map(|source| source.authors.clone());
            authors = of_source.unwrap_or_default();
        }
        if authors.is_empty() && source.is_none() {
            authors.clone_from(&self.authors);
        }
        authors.extend(credited);
        let mut record = RecordFields::default();
        let mut set = |field, value: String| {
            if !value.is_empty() {
                record.set([field], Value::String(value));
            }
        };
        set(ArticleField::Url, url);
        set(ArticleField::Publisher, publisher);
        set(ArticleField::Title, title(entry).unwrap_or_default());
        set(ArticleField::Byline, authors.join(", "));
        set(
            ArticleField::Published,
            published(entry).unwrap_or_default(),
        );
        set(ArticleField::Lang, self.lang(entry));
        if let Some((field, body)) = body(entry) {
            set(field, body);
        }
        Ok(record)
    }

    /// Returns the absolute link of an entry; `Err` says why it has none.
    fn link(&self, entry: &XmlElement) -> Result<String, String> {
        let guid = || {
            let guid = entry.first(Vocabulary::Rss, "guid")?;
            let is_link = guid
                .attribute("isPermaLink")
                .is_none_or(|value| value == "true");
            let guid = guid.text().filter(|_| is_link)?;
            Url::parse(&guid).ok().filter(Url::has_host)?;
            Some((guid, None))
        };
        let found = of_rss(entry).or_else(|| of_atom(entry)).or_else(guid);
        let (link, base_of_link) = found.ok_or("it has no link, and no guid that is one")?;
        let mut base = self.base.clone();
        let bases = [entry.attribute_of(Vocabulary::Xml, "base"), base_of_link];
        for relative in bases.into_iter().flatten() {
            base = resolve(base.as_ref(), relative);
        }
        if Url::parse(&link).is_ok() {
            // As it is written: its normal form is found later.
            return Ok(link);
        }
        match resolve(base.as_ref(), &link) {
            Some(url) => Ok(url.to_string()),
            None => Err(format!(
                "the link `{}` is relative, and the feed does not say to what",
                link.escape_debug()
            )),
        }
    }

    /// Returns the publisher of an entry, which is empty if only its URL says it, and whom that publisher credits.
    ///
    /// A source is the outlet that the entry was taken from. If the link leads to the feed's own site, that site
    /// carries the text and credits the source; elsewhere, the source is the publisher. An entry without a source that leads
    /// elsewhere is not the feed's either: the feed only lists it.
    fn publisher(&self, url: &str, source: Option<&FeedSource>) -> (String, Option<String>) {
        let url_host = host(url).unwrap_or_default();
        let leads_to = |name: &str, site: &str| {
            same_publisher(name, &host(site).unwrap_or_default(), "", &url_host)
        };
        let is_own = self.site.is_empty() || leads_to(&self.name, &self.site);
        match source {
            None if is_own => (self.name.clone(), None),
            None => (String::new(), None),
            Some(source) if !is_own || leads_to(&source.name, &source.url) => {
                (source.name.clone(), None)
            }
            Some(source) => (self.name.clone(), Some(source.name.clone())),
        }
    }

    fn lang(&self, entry: &XmlElement) -> String {
        let stated = entry
            .attribute_of(Vocabulary::Xml, "lang")
            .map(str::to_owned);
        let stated = stated.or_else(|| entry.first(Vocabulary::DublinCore, "language")?.text());
        stated.unwrap_or_else(|| self.lang.clone())
    }
}

/// Makes a record of an entry of a sitemap; `None` if it is no article of news.
pub(super) fn sitemap_record(entry: &XmlElement) -> Option<Result<RecordFields, String>> {
    let news = entry.first(Vocabulary::News, "news")?;
    let of = |element: &XmlElement, local| element.first(Vocabulary::News, local)?.text();
    let loc = entry.elements().find(|element| element.name.local == "loc");
    let Some(url) = loc.and_then(XmlElement::text) else {
        return Some(Err("it has no loc".to_owned()));
    };
    let publication = news.first(Vocabulary::News, "publication");
    let of_publication = |local| publication.and_then(|publication| of(publication, local));
    let fields = [
        (ArticleField::Url, Some(url)),
        (ArticleField::Title, of(news, "title")),
        (ArticleField::Published, of(news, "publication_date")),
        (ArticleField::Publisher, of_publication("name")),
        (ArticleField::Lang, of_publication("language")),
    ];
    let mut record = RecordFields::default();
    for (field, value) in fields {
        if let Some(value) = value {
            record.set([field], Value::String(value));
        }
    }
    Some(Ok(record))
}

impl FeedSource {
    fn of(entry: &XmlElement) -> Option<Self> {
        if let Some(source) = entry.first(Vocabulary::Rss, "source") {
            return Some(Self {
                name: source.text()?,
                url: source.attribute("url").unwrap_or_default().to_owned(),
                authors: Vec::new(),
            });
        }
        let source = entry.first(Vocabulary::Atom, "source")?;
        let links = source.all(Vocabulary::Atom, "link");
        let site = links.filter_map(|link| match link.attribute("rel") {
            None | Some("alternate" | "self") => link.attribute("href"),
            Some(_) => None,
        });
        Some(Self {
            name: atom_text(source.first(Vocabulary::Atom, "title")?)?,
            url: site.map(str::to_owned).next().unwrap_or_default(),
            authors: people(source),
        })
    }
}

/// The link of an item of RSS, with its `xml:base`.
fn of_rss(entry: &XmlElement) -> Option<(String, Option<&str>)> {
    let link = entry.first(Vocabulary::Rss, "link")?;
    Some((link.text()?, link.attribute_of(Vocabulary::Xml, "base")))
}

/// The link of an entry of Atom, with its `xml:base`. One to a page comes before others.
fn of_atom(entry: &XmlElement) -> Option<(String, Option<&str>)> {
    let links = entry.all(Vocabulary::Atom, "link");
    let links = links.filter(|link| matches!(link.attribute("rel"), None | Some("alternate")));
    let is_page = |link: &&XmlElement| {
        let media_type = link.attribute("type");
        media_type.is_none_or(|media_type| media_type.contains("html"))
    };
    let link = links.clone().find(is_page).or(links.clone().next())?;
    let href = link.attribute("href").filter(|href| !href.is_empty())?;
    Some((href.to_owned(), link.attribute_of(Vocabulary::Xml, "base")))
}

fn title(entry: &XmlElement) -> Option<String> {
    let of_atom = || atom_text(entry.first(Vocabulary::Atom, "title")?);
    let of_dublin_core = || entry.first(Vocabulary::DublinCore, "title")?.text();
    let of_rss = entry
        .first(Vocabulary::Rss, "title")
        .and_then(XmlElement::text_of_html);
    of_rss.or_else(of_atom).or_else(of_dublin_core)
}

/// Returns when an entry says that it was published: not when it was changed.
fn published(entry: &XmlElement) -> Option<String> {
    let names = [
        (Vocabulary::Rss, "pubDate"),
        (Vocabulary::Atom, "published"),
        (Vocabulary::DublinCore, "issued"),
        (Vocabulary::DublinCore, "date"),
    ];
    let mut dates = names
        .into_iter()
        .flat_map(|(vocabulary, local)| entry.all(vocabulary, local));
    dates.find_map(XmlElement::text)
}

/// Returns the names of those who wrote an entry.
fn authors(entry: &XmlElement) -> Vec<String> {
    let creators = entry.all(Vocabulary::DublinCore, "creator");
    let creators: Vec<String> = creators.filter_map(XmlElement::text).collect();
    if !creators.is_empty() {
        return creators;
    }
    let of_rss = entry
        .all(Vocabulary::Rss, "author")
        .filter_map(|author| mail_name(&author.text()?));
    of_rss.chain(people(entry)).collect()
}

fn people(element: &XmlElement) -> Vec<String> {
    element
        .all(Vocabulary::Atom, "author")
        .filter_map(person)
        .collect()
}

fn person(author: &XmlElement) -> Option<String> {
    author.first(Vocabulary::Atom, "name")?.text()
}

/// Returns the name in an address of RSS, `desk@paper.example (A. Writer)`; `None` if there is only the address.
fn mail_name(author: &str) -> Option<String> {
    let is_address = |word: &&str| word.contains('@');
    let words: Vec<&str> = author
        .split_whitespace()
        .filter(|word| !is_address(word))
        .collect();
    let name = words.join(" ");
    let in_brackets = name
        .strip_prefix('(')
        .and_then(|name| name.strip_suffix(')'));
    one_line(in_brackets.unwrap_or(&name))
}

/// Returns the body of an entry: the whole text rather than a summary.
fn body(entry: &XmlElement) -> Option<(ArticleField, String)> {
    let html = |element: &XmlElement| Some((ArticleField::Html, element.html()));
    let encoded = entry.first(Vocabulary::Content, "encoded").and_then(html);
    let content = entry.first(Vocabulary::Atom, "content").and_then(atom_body);
    let full = entry.first(Vocabulary::Yandex, "full-text").and_then(html);
    let description = entry.first(Vocabulary::Rss, "description").and_then(html);
    let summary = entry.first(Vocabulary::Atom, "summary").and_then(atom_body);
    let bodies = [encoded, content, full, description, summary];
    bodies
        .into_iter()
        .flatten()
        .find(|(_, body)| !body.trim().is_empty())
}

/// Returns a content or summary of Atom, if it is text and in the feed.
fn atom_body(element: &XmlElement) -> Option<(ArticleField, String)> {
    if element.attribute("src").is_some() {
        return None;
    }
    match element.attribute("type").unwrap_or("text") {
        "text" | "text/plain" => Some((ArticleField::Text, element.plain())),
        "html" | "text/html" => Some((ArticleField::Html, element.html())),
        "xhtml" | "application/xhtml+xml" => Some((ArticleField::Html, element.markup())),
        _ => None,
    }
}

/// Returns a title of Atom as one line.
fn atom_text(element: &XmlElement) -> Option<String> {
    match atom_body(element)? {
        (ArticleField::Html, html) => one_line(&unescape(&html)),
        (_, text) => one_line(&text),
    }
}

/// Resolves a URL that may be relative.
fn resolve(base: Option<&Url>, url: &str) -> Option<Url> {
    Url::parse(url).ok().or_else(|| base?.join(url).ok())
}
