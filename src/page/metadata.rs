//! Reads what a page says about its article: in JSON-LD, in `meta` elements, and in visible elements.

use url::Url;

use super::Page;
use super::author_names::is_by;
use super::byline::{self, StatedAuthors};
use super::dates::{Conventions, DateClues, DateMeaning, PageDates, StatedDates};
use super::element_names::is_hidden;
use super::hints::Hint;
use super::identity::PageIdentity;
use super::site_names::{SiteNames, named_at_end};
use super::title;
use super::tree::{NodeId, NodeKind, Tree, fold};
use super::{dates, json_ld};

/// What a page says about its article. Empty where it says nothing.
#[derive(Debug, Default)]
pub(super) struct Metadata {
    /// The page, without its text.
    pub page: Page,
    /// The authors are organizations, not persons.
    pub organization_wrote: bool,
    /// The text of the article in JSON-LD.
    pub body: String,
    /// The dates of the article in JSON-LD.
    pub dates: StatedDates,
    /// The base of relative links.
    pub base: Option<Url>,
}

/// Longer names are texts; in bytes.
pub(super) const MAX_NAME: usize = 200;
/// Longer URLs are ignored: every relative link of a page would be as long as its base.
const MAX_URL: usize = 2048;
/// Most dates of one kind in `meta` elements.
const MAX_DATES: usize = 20;
/// Most names of one `meta` element.
const MAX_NAMES: usize = 4;
/// Most authors of an article.
const MAX_AUTHORS: usize = 20;

/// Names of `meta` elements by what they say, divided by blanks.
const AUTHOR: &str = "\
    dc:creator dc.creator dcterms.creator citation_author author article:author byl \
    article:author_name parsely-author";
/// Ends of names that say who wrote the article, in the vocabulary of one program or another.
const AUTHOR_ENDS: [&str; 4] = [":author", ".author", "_author", "-author"];
const PUBLISHER: &str =
    "og:site_name dc.publisher dcterms.publisher publisher article:publisher application-name";
/// Those that name the website, which may have another name than its publisher. An account on Twitter is
/// the name without spaces.
const SITE: [&str; 4] = [
    "og:site_name",
    "application-name",
    "apple-mobile-web-app-title",
    "twitter:site",
];

/// Reads what a page says about its article. JSON-LD comes first. No date after `latest_ms` counts.
pub(super) fn read(tree: &Tree, hints: &[Hint], url: &str, latest_ms: i64) -> Metadata {
    let metas = Metas::of(tree);
    let base = base(tree, join(None, url));
    let canonical = canonical(tree, base.as_ref(), url);
    let shared_url = metas.get("og:url");
    let addresses = [url, &canonical, &shared_url];
    let identity = || {
        let titles = [
            metas.get("og:title"),
            metas.get("twitter:title"),
            title::window_title(tree),
        ];
        let titles = titles.into_iter().chain(title::headings(tree, hints));
        PageIdentity::new(base.as_ref(), &addresses, titles)
    };
    let Metadata {
        page: stated,
        body,
        dates: json_ld,
        organization_wrote,
        ..
    } = json_ld::read(tree, identity);
    let window = title::window_title(tree);
    let at_end = named_at_end(&window).unwrap_or_default();
    let publisher = first([stated.publisher, metas.name(PUBLISHER), at_end.to_owned()]);
    let host = base.as_ref().and_then(Url::host_str).unwrap_or_default();
    let sites = SiteNames::new(metas.sites().chain([publisher.clone()]), host);
    let title = title::choose(tree, hints, &stated.title, &metas, &sites);
    let authors = StatedAuthors {
        is_organization: organization_wrote && !stated.byline.is_empty(),
        names: first([stated.byline, metas.authors()]),
    };
    let byline = byline::choose(tree, hints, &authors, &sites, &title);
    let lang = lang(tree, stated.lang, &metas);
    // Open Graph may name the region of a language that stands alone elsewhere.
    let locale = metas.get("og:locale");
    let locale = if locale.starts_with(&lang) {
        &locale
    } else {
        &lang
    };
    let PageDates {
        published,
        modified_ms,
    } = dates::choose(&DateClues {
        tree,
        hints,
        json_ld: &json_ld,
        metas: &metas.dates(),
        title: &title,
        addresses,
        conventions: &Conventions::of(locale, host),
        latest_ms,
    });
    let page = Page {
        title,
        byline,
        published,
        modified_ms,
        canonical,
        lang,
        publisher,
        ..Page::default()
    };
    Metadata {
        page,
        organization_wrote,
        body,
        dates: json_ld,
        base,
    }
}

/// The `meta` elements of a page: names in lower case, and contents.
pub(super) struct Metas(Vec<MetaEntry>);

/// A name of a `meta` element in lower case, the attribute that has it, and the content.
struct MetaEntry {
    attribute: &'static str,
    name: String,
    content: String,
}

impl Metas {
    fn of(tree: &Tree) -> Self {
        let mut metas = Vec::new();
        for (_, element) in tree.elements() {
            let content = element.attribute("content");
            if !element.is("meta") || content.is_empty() {
                continue;
            }
            for attribute in ["property", "name", "itemprop", "http-equiv"] {
                // One element may have several names.
                let names = element.attribute(attribute).split_ascii_whitespace();
                for name in names.take(MAX_NAMES) {
                    metas.push(MetaEntry {
                        attribute,
                        name: name.to_ascii_lowercase(),
                        content: content.to_owned(),
                    });
                }
            }
        }
        Metas(metas)
    }

    /// Returns the contents under a name, white space folded.
    fn all(&self, name: &str) -> impl Iterator<Item = String> {
        let found = self.0.iter().filter(move |entry| entry.name == name);
        found.map(|entry| fold(&entry.content))
    }

    /// Returns the first content under a name, or "" if there is none.
    pub fn get(&self, name: &str) -> String {
        let mut found = self.all(name).filter(|content| !content.is_empty());
        found.next().unwrap_or_default()
    }

    /// Returns what is stated under the first of these names that has any content.
    pub fn first(&self, names: &[&str]) -> String {
        let mut found = names.iter().map(|name| self.get(name));
        found
            .find(|content| !content.is_empty())
            .unwrap_or_default()
    }

    /// Returns the names of the website.
    fn sites(&self) -> impl Iterator<Item = String> {
        let sites = SITE.iter().map(|name| self.get(name));
        sites.filter(|name| name.len() <= MAX_NAME)
    }

    /// Returns the first content under one of these names that is the name of somebody.
    fn name(&self, names: &str) -> String {
        let found = names.split(' ').map(|name| self.get(name));
        let mut found = found.filter(|name| !name.is_empty() && name.len() <= MAX_NAME);
        found.find(|name| !is_url(name)).unwrap_or_default()
    }

    /// Returns the dates, by what their names say; not those of `itemprop`, which may be of any part of
    /// the page, nor those of `http-equiv`, which are of the file.
    fn dates(&self) -> StatedDates {
        let mut found = StatedDates::default();
        let is_own = |entry: &&MetaEntry| matches!(entry.attribute, "property" | "name");
        for MetaEntry { name, content, .. } in self.0.iter().filter(is_own) {
            let dates = match DateMeaning::of_name(name) {
                Some(DateMeaning::Published) => &mut found.published,
                Some(DateMeaning::Created) => &mut found.created,
                Some(DateMeaning::Modified) => &mut found.modified,
                None => continue,
            };
            if dates.len() < MAX_DATES {
                dates.push(fold(content));
            }
        }
        found
    }

    /// Returns the authors: all that are stated under the first name that states any.
    fn authors(&self) -> String {
        let of_name = |name: &str| -> Vec<String> {
            let mut authors: Vec<String> = self
                .all(name)
                .filter(|author| !author.is_empty() && author.len() <= MAX_NAME && !is_url(author))
                .map(|author| first_name_first(name, author))
                .take(MAX_AUTHORS)
                .collect();
            authors.dedup();
            authors
        };
        let stated = AUTHOR.split(' ').map(of_name);
        let others = self.0.iter().map(|entry| entry.name.as_str());
        let others = others.filter(|name| AUTHOR_ENDS.iter().any(|end| name.ends_with(end)));
        let found = stated
            .chain(others.map(of_name))
            .find(|found| !found.is_empty());
        found.map_or_else(|| self.written_by(), |authors| authors.join(", "))
    }

    /// Returns the author among the labelled values that are shown when a page is shared.
    fn written_by(&self) -> String {
        let labelled = [
            ("twitter:label1", "twitter:data1"),
            ("twitter:label2", "twitter:data2"),
        ];
        let found = labelled
            .into_iter()
            .find(|(label, _)| is_by(&self.get(label)));
        found.map_or_else(String::new, |(_, value)| self.get(value))
    }
}

fn first<const N: usize>(of: [String; N]) -> String {
    let mut found = of.into_iter().filter(|one| !one.is_empty());
    found.next().unwrap_or_default()
}

/// Returns a name that catalogues write as "Poe, Ann" as it is spoken.
fn first_name_first(field: &str, author: String) -> String {
    let is_catalogue = matches!(field, "citation_author" | "dc.creator" | "dcterms.creator");
    match author.split_once(", ") {
        Some((last, first)) if is_catalogue && !first.contains(',') && !last.contains(' ') => {
            format!("{first} {last}")
        }
        _ => author,
    }
}

/// Whether a text is an address, or the name of an account.
pub(super) fn is_url(text: &str) -> bool {
    ["http:", "https:", "www.", "@"]
        .iter()
        .any(|beginning| text.starts_with(beginning))
}

fn base(tree: &Tree, page: Option<Url>) -> Option<Url> {
    let mut elements = tree.elements().map(|(_, element)| element);
    let element = elements.find(|element| element.is("base") && element.has("href"));
    match element.map_or("", |element| element.attribute("href")) {
        "" => page,
        href => join(page.as_ref(), href).or(page),
    }
}

/// Joins a link to its base. Returns `None` for links that do not lead to the web.
pub(super) fn join(base: Option<&Url>, href: &str) -> Option<Url> {
    let href = href.trim();
    if href.len() > MAX_URL {
        return None;
    }
    let url = match base {
        Some(base) => base.join(href).ok()?,
        None => Url::parse(href).ok()?,
    };
    let is_web = matches!(url.scheme(), "http" | "https") && url.as_str().len() <= MAX_URL;
    is_web.then_some(url)
}

/// Returns the URL that the head of a page declares to be its own. What others write into its text counts
/// for nothing, nor does the home page of another website: that is the address of no article.
fn canonical(tree: &Tree, base: Option<&Url>, page: &str) -> String {
    let content = content_begin(tree);
    for (_, element) in tree.elements().take_while(|(id, _)| *id < content) {
        let mut relations = element.attribute("rel").split_ascii_whitespace();
        let href = element.attribute("href").trim();
        if element.is("link")
            && !href.is_empty()
            && relations.any(|one| one.eq_ignore_ascii_case("canonical"))
        {
            let url = join(base, href).filter(|url| !is_other_home(url, page));
            return url.map(String::from).unwrap_or_default();
        }
    }
    String::new()
}

/// Whether a URL is the home page of another host than that of the page.
fn is_other_home(url: &Url, page: &str) -> bool {
    let page = join(None, page);
    let host = |url: &Url| {
        let host = url.host_str().unwrap_or_default();
        host.strip_prefix("www.").unwrap_or(host).to_owned()
    };
    url.path() == "/" && url.query().is_none() && page.is_some_and(|page| host(&page) != host(url))
}

/// Returns where the text of the body begins. What is misplaced before the body's tag is part of the head.
fn content_begin(tree: &Tree) -> NodeId {
    let mut elements = tree.elements();
    let body = elements.find(|(_, element)| element.is("body"));
    let mut id = body.map_or(0, |(id, _)| id);
    while (id as usize) < tree.nodes.len() {
        match &tree.nodes[id as usize].kind {
            NodeKind::Element(element) if is_hidden(&element.name) || element.is("title") => {
                id = tree.end(id).max(id + 1);
            }
            NodeKind::Text(piece) if !piece.text.trim().is_empty() => break,
            _ => id += 1,
        }
    }
    id
}

fn lang(tree: &Tree, stated: String, metas: &Metas) -> String {
    let of_page = |attribute: &str| {
        let elements = tree.elements().map(|(_, element)| element);
        let mut found = elements
            .filter(|element| element.is("html") || element.is("body"))
            .map(|element| fold(element.attribute(attribute)));
        found.find(|lang| !lang.is_empty()).unwrap_or_default()
    };
    let named = [
        of_page("lang"),
        of_page("xml:lang"),
        metas.get("content-language"),
        stated,
        metas.get("og:locale"),
        metas.get("dc.language"),
        metas.get("language"),
    ];
    for lang in named {
        let lang = lang.split([',', ';', ' ']).next().unwrap_or("");
        let lang = lang.replace('_', "-");
        let is_tag =
            lang.len() <= 35 && lang.bytes().all(|b| b.is_ascii_alphanumeric() || b == b'-');
        if is_tag && lang.bytes().take(2).filter(u8::is_ascii_alphabetic).count() == 2 {
            return lang;
        }
    }
    String::new()
}

#[cfg(test)]
mod tests {
    use super::super::build::build;
    use super::super::dates::parse_date;
    use super::super::hints;
    use super::*;

    fn of(html: &str) -> Page {
        let tree = build(html);
        read(
            &tree,
            &hints::of_tree(&tree),
            "https://news.example/a/b?c",
            i64::MAX,
        )
        .page
    }

    #[test]
    fn a_canonical_url_is_that_of_the_head() {
        let link = "<link rel=canonical href=https://news.example/c>";
        let check = |html: &str, expected: &str| assert_eq!(of(html).canonical, expected, "{html}");
        let found = "https://news.example/c";
        check(
            &format!("<head><title>Rain</title>{link}</head><body>Rain"),
            found,
        );
        // The head is closed early: by a stray element, by text, by a missing tag.
        check(&format!("<head><div></div>{link}</head><body>Rain"), found);
        check(&format!("<head>stray{link}</head><body>Rain"), found);
        check(
            &format!("<title>Rain</title><img src=x>{link}<p>Rain"),
            found,
        );
        check(&format!("<head></head><body>{link}<p>Rain"), found);
        check(&format!("<head></head><body><p>Rain</p>{link}"), "");
        check(&format!("<title>Rain</title><p>Rain</p>{link}"), "");
    }

    #[test]
    fn the_home_page_of_another_host_is_no_canonical_url() {
        let canonical = |href: &str| {
            of(&format!(
                "<head><link rel=canonical href={href}></head><body>Rain"
            ))
            .canonical
        };
        assert_eq!(canonical("https://other.example/"), "");
        assert_eq!(canonical("https://other.example"), "");
        let own = "https://www.news.example/";
        assert_eq!(canonical(own), own);
        let article = "https://other.example/?p=1";
        assert_eq!(canonical(article), article);
    }

    fn published(page: &Page) -> Option<i64> {
        Some(page.published?.ms)
    }

    #[test]
    fn metadata_is_read() {
        let found = of(
            "<html lang=pt_BR><head><base href=/base/><link rel='x Canonical' href=c>\
            <meta property=og:title content='Rain in the hills - The Example'>\
            <meta property=og:site_name content='The Example'><meta name=author content='By Ann Poe'>\
            <meta property=article:published_time content='2024-02-06T08:00:00+01:00'>\
            <meta property=article:modified_time content='2024-02-07'>",
        );
        assert_eq!(found.title, "Rain in the hills");
        assert_eq!(found.byline, "Ann Poe");
        assert_eq!(found.publisher, "The Example");
        assert_eq!(found.lang, "pt-BR");
        assert_eq!(found.canonical, "https://news.example/base/c");
        assert_eq!(published(&found), parse_date("2024-02-06T07:00:00Z"));
        assert_eq!(found.modified_ms, parse_date("2024-02-07"));
    }

    #[test]
    fn visible_elements_count_where_metadata_is_missing() {
        let found = of(
            "<body><nav><time datetime=2001-01-01></time></nav><h1>Rain</h1>\
            <span class=byline>By Ann Poe</span><time datetime=2024-02-06></time>\
            <time datetime=2024-02-07></time>",
        );
        assert_eq!(found.title, "Rain");
        assert_eq!(found.byline, "Ann Poe");
        assert_eq!(published(&found), parse_date("2024-02-06"));
        assert_eq!((found.canonical, found.modified_ms), (String::new(), None));
    }

    #[test]
    fn impossible_dates_are_ignored() {
        let date = "2024-02-06T07:00:00Z";
        for junk in ["0001-01-01T00:00:00Z", "1970-01-01T01:00:00+01:00", "soon"] {
            let json = |date: &str| {
                format!(
                    "<script type=application/ld+json>{{\"@type\": \"Article\", \"datePublished\": \
                     \"{date}\", \"dateModified\": \"{date}\"}}</script>"
                )
            };
            let meta = |date: &str| {
                format!(
                    "<meta property=article:published_time content='{date}'>\
                     <meta property=article:modified_time content='{date}'>"
                )
            };
            let later =
                format!("<meta name=pubdate content='{date}'><meta name=lastmod content='{date}'>");
            let seen = |date: &str| format!("<body><time datetime='{date}'>{date}</time>");
            for page in [
                json(junk) + &json(date),
                json(junk) + &meta(date),
                meta(junk) + &meta(date),
                meta(junk) + &later + &seen(date),
            ] {
                let found = of(&page);
                assert_eq!(published(&found), parse_date(date), "{page}");
                assert_eq!(found.modified_ms, parse_date(date), "{page}");
            }
            let found = of(&(meta(junk) + &seen(junk) + &seen(date)));
            assert_eq!(published(&found), parse_date(date), "{junk}");
            let found = of(&(json(junk) + &meta(junk) + &seen(junk)));
            assert_eq!((found.published, found.modified_ms), (None, None));
        }
    }

    #[test]
    fn json_ld_comes_in_many_shapes() {
        let check = |json: &str, expected: [&str; 3]| {
            let script = format!("<script type='application/ld+json'>{json}</script>");
            let found = of(&script);
            let names = [&*found.title, &found.byline, &found.publisher];
            assert_eq!(names, expected, "{json}");
        };
        let expected = ["Rain & snow", "Ann Poe, Bo Li", "The Example"];
        check(
            r#"{"@graph": [{"@type": "WebSite", "name": "Other"}, {"@type": ["Thing", "NewsArticle"],
            "headline": "Rain &amp; snow", "author": [{"name": "Ann Poe"}, "Bo Li"],
            "publisher": {"@type": "Organization", "name": "The Example"}}]};"#,
            expected,
        );
        check(
            "<!-- [{\"@type\": \"BlogPosting\", \"headline\": \"Rain &amp;\n snow\", \"author\": \
            [[], {\"name\": \"Ann Poe\"}, {\"name\": \"Bo Li\"}], \"publisher\": \"The Example\"}] -->",
            expected,
        );
        check("{\"@type\": \"NewsArticle\"", ["", "", ""]);
        check("{\"@type\": 7, \"headline\": {}}", ["", "", ""]);
    }
}
