//! Reads what a page says of itself: in JSON-LD, in `meta` elements, and where a reader sees it.

use url::Url;

use super::dates::page_date;
use super::hints::Hint;
use super::json_ld::{self, Said};
use super::title::{self, Title};
use super::tree::{Tree, fold};

/// What a page says of itself. Empty where it says nothing.
#[derive(Debug, Default)]
pub(super) struct Metadata {
    pub title: String,
    /// The heading over the text.
    pub heading: String,
    pub byline: String,
    pub published_ms: Option<i64>,
    pub modified_ms: Option<i64>,
    pub canonical: String,
    pub publisher: String,
    pub lang: String,
    /// The text of the article as JSON-LD has it.
    pub body: String,
    /// What relative links are relative to.
    pub base: Option<Url>,
}

/// A longer name is a text.
const MAX_NAME: usize = 200;
/// Longer URLs are not taken: each link of a page would be as long as its base.
const MAX_URL: usize = 2048;
/// Dates of one name, and dates that are seen, that are tried at most.
const MAX_SAME: usize = 4;
const MAX_SEEN: usize = 50;

const PUBLISHED: [&str; 24] = [
    "article:published_time",
    "datepublished",
    "og:published_time",
    "article:published",
    "publish-date",
    "publishdate",
    "published_time",
    "publication_date",
    "parsely-pub-date",
    "sailthru.date",
    "cxenseparse:recs:publishtime",
    "pubdate",
    "dc.date.issued",
    "dcterms.created",
    "dcterms.issued",
    "dc.date",
    "dcterms.date",
    "dc.terms.date",
    "citation_publication_date",
    "article.published",
    "article.created",
    "date",
    "originalpublicationdate",
    "displaydate",
];
const MODIFIED: [&str; 9] = [
    "article:modified_time",
    "datemodified",
    "og:updated_time",
    "og:modified_time",
    "dcterms.modified",
    "dc.date.modified",
    "last-modified",
    "lastmod",
    "article.updated",
];
const AUTHOR: [&str; 10] = [
    "author",
    "article:author",
    "byl",
    "parsely-author",
    "sailthru.author",
    "dc.creator",
    "dcterms.creator",
    "article:author_name",
    "citation_author",
    "og:article:author",
];
const PUBLISHER: [&str; 6] = [
    "og:site_name",
    "dc.publisher",
    "dcterms.publisher",
    "publisher",
    "article:publisher",
    "application-name",
];

/// Reads what a page says of itself.
pub(super) fn read(tree: &Tree, hints: &[Hint], url: &str) -> Metadata {
    let said = json_ld::read(tree);
    let metas = Metas::of(tree);
    let page = join(None, url);
    let base = base(tree, page.as_ref());
    let publisher = first([said.publisher.clone(), metas.name(&PUBLISHER)]);
    // The site may have another name than whoever publishes it.
    let sites = [publisher.clone(), metas.get("og:site_name")];
    let Title { title, heading } = title::choose(tree, hints, &said.headline, &metas, &sites);
    Metadata {
        title,
        heading,
        byline: byline(tree, &said, &metas),
        published_ms: published(tree, hints, &said, &metas),
        modified_ms: said.modified_ms.or_else(|| metas.date(&MODIFIED)),
        canonical: canonical(tree, base.as_ref()),
        lang: lang(tree, &said, &metas),
        publisher,
        body: said.body,
        base,
    }
}

/// The `meta` elements of a page: names in lower case, and what they say.
pub(super) struct Metas(Vec<(String, String)>);

impl Metas {
    fn of(tree: &Tree) -> Self {
        let mut metas = Vec::new();
        for (_, element) in tree.elements() {
            let content = element.attribute("content");
            if !element.is("meta") || content.is_empty() {
                continue;
            }
            for name in ["property", "name", "itemprop", "http-equiv"] {
                let name = element.attribute(name);
                if !name.is_empty() {
                    metas.push((name.to_ascii_lowercase(), content.to_owned()));
                }
            }
        }
        Metas(metas)
    }

    /// What is said under a name; empty if nothing is.
    pub fn get(&self, name: &str) -> String {
        let mut found = self
            .0
            .iter()
            .filter(|(own, _)| own == name)
            .map(|(_, content)| fold(content));
        found
            .find(|content| !content.is_empty())
            .unwrap_or_default()
    }

    /// The first of these that is the name of somebody.
    fn name(&self, names: &[&str]) -> String {
        let found = names.iter().map(|name| self.get(name));
        let mut found = found.filter(|name| !name.is_empty() && name.len() <= MAX_NAME);
        found.find(|name| !is_url(name)).unwrap_or_default()
    }

    fn date(&self, names: &[&str]) -> Option<i64> {
        names.iter().find_map(|name| {
            let of_name = self.0.iter().filter(|(own, _)| own == name);
            let mut dates = of_name.take(MAX_SAME).map(|(_, content)| fold(content));
            dates.find_map(|date| page_date(&date))
        })
    }
}

fn first<const N: usize>(of: [String; N]) -> String {
    of.into_iter()
        .find(|one| !one.is_empty())
        .unwrap_or_default()
}

fn is_url(text: &str) -> bool {
    text.starts_with("http:")
        || text.starts_with("https:")
        || text.starts_with("www.")
        || text.starts_with('@')
}

fn base(tree: &Tree, page: Option<&Url>) -> Option<Url> {
    let element = tree
        .elements()
        .map(|(_, element)| element)
        .find(|element| element.is("base") && element.has("href"));
    let href = element.map_or("", |element| element.attribute("href"));
    if href.is_empty() {
        return page.cloned();
    }
    join(page, href).or_else(|| page.cloned())
}

/// Joins a link to what it is relative to; only what leads to the web is kept.
pub(super) fn join(base: Option<&Url>, href: &str) -> Option<Url> {
    let href = href.trim();
    if href.len() > MAX_URL {
        return None;
    }
    let url = match base {
        Some(base) => base.join(href).ok()?,
        None => Url::parse(href).ok()?,
    };
    let is_taken = matches!(url.scheme(), "http" | "https") && url.as_str().len() <= MAX_URL;
    is_taken.then_some(url)
}

fn canonical(tree: &Tree, base: Option<&Url>) -> String {
    for (_, element) in tree.elements() {
        let mut relations = element.attribute("rel").split_ascii_whitespace();
        let href = element.attribute("href").trim();
        if element.is("link")
            && !href.is_empty()
            && relations.any(|one| one.eq_ignore_ascii_case("canonical"))
        {
            return join(base, href).map(String::from).unwrap_or_default();
        }
    }
    String::new()
}

fn lang(tree: &Tree, said: &Said, metas: &Metas) -> String {
    let of_element = |name: &str| {
        let elements = tree.elements().map(|(_, element)| element);
        let mut found = elements
            .filter(|e| e.is("html") || e.is("body"))
            .map(|e| fold(e.attribute(name)));
        found.find(|lang| !lang.is_empty()).unwrap_or_default()
    };
    let named = [
        of_element("lang"),
        of_element("xml:lang"),
        metas.get("content-language"),
        said.lang.clone(),
        metas.get("og:locale"),
        metas.get("dc.language"),
        metas.get("language"),
    ];
    for lang in named {
        let lang = lang
            .split([',', ';', ' '])
            .next()
            .unwrap_or("")
            .replace('_', "-");
        let is_tag =
            lang.len() <= 35 && lang.bytes().all(|b| b.is_ascii_alphanumeric() || b == b'-');
        if is_tag && lang.bytes().take(2).filter(u8::is_ascii_alphabetic).count() == 2 {
            return lang;
        }
    }
    String::new()
}

fn byline(tree: &Tree, said: &Said, metas: &Metas) -> String {
    let seen = || {
        let mut of_class = String::new();
        for (id, element) in tree.elements() {
            let relation = element.attribute("rel") == "author";
            let property = element.attribute("itemprop") == "author";
            let class = element.attribute("class").to_ascii_lowercase();
            let named = class.split_ascii_whitespace().any(|label| {
                label.contains("byline")
                    || matches!(
                        label,
                        "author"
                            | "author-name"
                            | "article-author"
                            | "post-author"
                            | "entry-author"
                    )
            });
            if !(relation || property || (named && of_class.is_empty())) {
                continue;
            }
            let text = tree.text_of(id, MAX_NAME);
            let text = strip_by(&text);
            if text.is_empty() || text.len() > MAX_NAME / 2 || is_url(text) {
                continue;
            }
            if relation || property {
                return text.to_owned();
            }
            of_class = text.to_owned();
        }
        of_class
    };
    let told = first([said.author.clone(), metas.name(&AUTHOR)]);
    let told = strip_by(&told).to_owned();
    if told.is_empty() { seen() } else { told }
}

/// Without the word that says who comes.
fn strip_by(text: &str) -> &str {
    let text = text.trim();
    for word in ["By ", "by ", "BY ", "By: ", "Von ", "von ", "Par ", "Por "] {
        if let Some(rest) = text.strip_prefix(word) {
            return rest.trim();
        }
    }
    text
}

fn published(tree: &Tree, hints: &[Hint], said: &Said, metas: &Metas) -> Option<i64> {
    let told = said.published_ms.or_else(|| metas.date(&PUBLISHED));
    told.or_else(|| seen_date(tree, hints))
}

/// The date of a `time` element: the one that says it is of the publication, or the first that does
/// not stand in furniture.
fn seen_date(tree: &Tree, hints: &[Hint]) -> Option<i64> {
    let mut first = None;
    let mut barred_until = 0;
    let mut left = MAX_SEEN;
    for (id, element) in tree.elements() {
        if left == 0 {
            break;
        }
        if matches!(hints[id as usize], Hint::Furniture | Hint::Comments) {
            barred_until = barred_until.max(tree.nodes[id as usize].end);
        }
        let says = element.attribute("itemprop").contains("datePublished");
        if !says && (!element.is("time") || id < barred_until || first.is_some()) {
            continue;
        }
        left -= 1;
        let written = element.attribute("datetime");
        let written = if written.is_empty() {
            element.attribute("content")
        } else {
            written
        };
        let date = page_date(written).or_else(|| page_date(&tree.text_of(id, MAX_NAME)));
        if says && date.is_some() {
            return date;
        }
        first = first.or(date);
    }
    first
}

#[cfg(test)]
mod tests {
    use super::super::build::build;
    use super::super::dates::parse_date;
    use super::super::hints;
    use super::*;

    fn of(html: &str) -> Metadata {
        let tree = build(html);
        read(&tree, &hints::of_tree(&tree), "https://news.example/a/b?c")
    }

    #[test]
    fn a_page_says_who_when_and_where() {
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
        assert_eq!(found.published_ms, parse_date("2024-02-06T07:00:00Z"));
        assert_eq!(found.modified_ms, parse_date("2024-02-07"));
    }

    #[test]
    fn what_is_seen_counts_where_nothing_is_said() {
        let found = of(
            "<body><nav><time datetime=2001-01-01></time></nav><h1>Rain</h1>\
            <span class=byline>By Ann Poe</span><time datetime=2024-02-06></time>\
            <time datetime=2024-02-07></time>",
        );
        assert_eq!(found.title, "Rain");
        assert_eq!(found.byline, "Ann Poe");
        assert_eq!(found.published_ms, parse_date("2024-02-06"));
        assert_eq!((found.canonical, found.modified_ms), (String::new(), None));
    }

    #[test]
    fn a_date_that_no_page_can_have_is_passed_over() {
        let date = "2024-02-06T07:00:00Z";
        let none = ["0001-01-01T00:00:00Z", "1970-01-01T01:00:00+01:00", "soon"];
        for junk in none {
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
                assert_eq!(found.published_ms, parse_date(date), "{page}");
                assert_eq!(found.modified_ms, parse_date(date), "{page}");
            }
            let found = of(&(meta(junk) + &seen(junk) + &seen(date)));
            assert_eq!(found.published_ms, parse_date(date), "{junk}");
            let found = of(&(json(junk) + &meta(junk) + &seen(junk)));
            assert_eq!((found.published_ms, found.modified_ms), (None, None));
        }
    }

    #[test]
    fn json_ld_comes_in_many_shapes() {
        let check = |json: &str, expected: [&str; 3]| {
            let found = of(&format!(
                "<script type='application/ld+json'>{json}</script>"
            ));
            assert_eq!(
                [&*found.title, &found.byline, &found.publisher],
                expected,
                "{json}"
            );
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
