//! Reads what a page says about its article: in JSON-LD, in `meta` elements, and in visible elements.

use url::Url;

use super::Page;
use super::dates::page_date;
use super::hints::Hint;
use super::json_ld;
use super::title::{self, Title};
use super::tree::{Tree, fold};

/// What a page says about its article. Empty where it says nothing.
#[derive(Debug, Default)]
pub(super) struct Metadata {
    /// The page, without its text.
    pub page: Page,
    /// The heading above the text.
    pub heading: String,
    /// The text of the article in JSON-LD.
    pub body: String,
    /// The base of relative links.
    pub base: Option<Url>,
}

/// Longer names are texts; in bytes.
pub(super) const MAX_NAME: usize = 200;
/// Longer URLs are ignored: every relative link of a page would be as long as its base.
const MAX_URL: usize = 2048;
/// Most dates that are tried: of one name, and of visible elements.
const MAX_SAME: usize = 4;
const MAX_VISIBLE: usize = 50;

/// Names of `meta` elements by what they say, divided by blanks.
const PUBLISHED: &str = "\
    article:published_time datepublished og:published_time article:published publish-date \
    publishdate published_time publication_date parsely-pub-date sailthru.date \
    cxenseparse:recs:publishtime pubdate dc.date.issued dcterms.created dcterms.issued dc.date \
    dcterms.date dc.terms.date citation_publication_date article.published article.created date \
    originalpublicationdate displaydate";
const MODIFIED: &str = "\
    article:modified_time datemodified og:updated_time og:modified_time dcterms.modified \
    dc.date.modified last-modified lastmod article.updated";
const AUTHOR: &str = "\
    author article:author byl parsely-author sailthru.author dc.creator dcterms.creator \
    article:author_name citation_author og:article:author";
const PUBLISHER: &str =
    "og:site_name dc.publisher dcterms.publisher publisher article:publisher application-name";

/// Reads what a page says about its article. JSON-LD comes first.
pub(super) fn read(tree: &Tree, hints: &[Hint], url: &str) -> Metadata {
    let Metadata {
        page: stated, body, ..
    } = json_ld::read(tree);
    let metas = Metas::of(tree);
    let base = base(tree, join(None, url));
    let publisher = first([stated.publisher, metas.name(PUBLISHER)]);
    // The website may have another name than its publisher.
    let site_names = [publisher.clone(), metas.get("og:site_name")];
    let Title { title, heading } = title::choose(tree, hints, &stated.title, &metas, &site_names);
    let byline = first([stated.byline, metas.name(AUTHOR)]);
    let byline = match strip_by(&byline) {
        "" => visible_byline(tree),
        byline => byline.to_owned(),
    };
    let published_ms = stated.published_ms.or_else(|| metas.date(PUBLISHED));
    let page = Page {
        title,
        byline,
        published_ms: published_ms.or_else(|| visible_date(tree, hints)),
        modified_ms: stated.modified_ms.or_else(|| metas.date(MODIFIED)),
        canonical: canonical(tree, base.as_ref()),
        lang: lang(tree, stated.lang, &metas),
        publisher,
        ..Page::default()
    };
    Metadata {
        page,
        heading,
        body,
        base,
    }
}

/// The `meta` elements of a page: names in lower case, and contents.
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

    /// Returns the contents under a name, white space folded.
    fn all(&self, name: &str) -> impl Iterator<Item = String> {
        let found = self.0.iter().filter(move |(own, _)| own == name);
        found.map(|(_, content)| fold(content))
    }

    /// Returns the first content under a name, or "" if there is none.
    pub fn get(&self, name: &str) -> String {
        let mut found = self.all(name).filter(|content| !content.is_empty());
        found.next().unwrap_or_default()
    }

    /// Returns the first content under one of these names that is the name of somebody.
    fn name(&self, names: &str) -> String {
        let found = names.split(' ').map(|name| self.get(name));
        let mut found = found.filter(|name| !name.is_empty() && name.len() <= MAX_NAME);
        found.find(|name| !is_url(name)).unwrap_or_default()
    }

    fn date(&self, names: &str) -> Option<i64> {
        let names = names.split(' ');
        let mut dates = names.flat_map(|name| self.all(name).take(MAX_SAME));
        dates.find_map(|date| page_date(&date))
    }
}

fn first<const N: usize>(of: [String; N]) -> String {
    let mut found = of.into_iter().filter(|one| !one.is_empty());
    found.next().unwrap_or_default()
}

fn is_url(text: &str) -> bool {
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

/// Returns the author that a visible element names.
fn visible_byline(tree: &Tree) -> String {
    let mut of_class = String::new();
    for (id, element) in tree.elements() {
        let is_author =
            element.attribute("rel") == "author" || element.attribute("itemprop") == "author";
        let class = element.attribute("class").to_ascii_lowercase();
        let mut labels = class.split_ascii_whitespace();
        let has_class = labels.any(|label| {
            label.contains("byline")
                || matches!(
                    label,
                    "author" | "author-name" | "article-author" | "post-author" | "entry-author"
                )
        });
        if !(is_author || (has_class && of_class.is_empty())) {
            continue;
        }
        let text = tree.text_of(id, MAX_NAME);
        let text = strip_by(&text);
        if text.is_empty() || text.len() > MAX_NAME / 2 || is_url(text) {
            continue;
        }
        if is_author {
            return text.to_owned();
        }
        of_class = text.to_owned();
    }
    of_class
}

/// Strips "By" from a byline.
fn strip_by(text: &str) -> &str {
    let text = text.trim();
    for word in ["By ", "by ", "BY ", "By: ", "Von ", "von ", "Par ", "Por "] {
        if let Some(rest) = text.strip_prefix(word) {
            return rest.trim();
        }
    }
    text
}

/// Returns the date of a visible element: of the one marked as the date of publication, or else of the
/// first `time` element outside the page's frame.
fn visible_date(tree: &Tree, hints: &[Hint]) -> Option<i64> {
    let mut first = None;
    let mut frame_until = 0;
    let mut left = MAX_VISIBLE;
    for (id, element) in tree.elements() {
        if left == 0 {
            break;
        }
        if matches!(
            hints[id as usize],
            Hint::Frame | Hint::Overlay | Hint::Comments
        ) {
            frame_until = frame_until.max(tree.end(id));
        }
        let is_marked = element.attribute("itemprop").contains("datePublished");
        if !is_marked && (!element.is("time") || id < frame_until || first.is_some()) {
            continue;
        }
        left -= 1;
        let written = match element.attribute("datetime") {
            "" => element.attribute("content"),
            datetime => datetime,
        };
        let date = page_date(written).or_else(|| page_date(&tree.text_of(id, MAX_NAME)));
        if is_marked && date.is_some() {
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

    fn of(html: &str) -> Page {
        let tree = build(html);
        read(&tree, &hints::of_tree(&tree), "https://news.example/a/b?c").page
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
        assert_eq!(found.published_ms, parse_date("2024-02-06T07:00:00Z"));
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
        assert_eq!(found.published_ms, parse_date("2024-02-06"));
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
