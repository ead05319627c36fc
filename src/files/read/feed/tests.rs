//! What becomes of the entries of feeds.

use crate::engine::{Article, Body};
use crate::files::{RecordArticle, parse_feed};

/// Reads the entries of a feed, all of which are articles.
#[track_caller]
fn articles(xml: &str) -> Vec<Article> {
    let read = parse_feed(xml.as_bytes()).into_iter();
    read.map(|read| read.unwrap().article).collect()
}

/// Reads the only entry of a feed of RSS 2.0, whose site is `paper.example`.
#[track_caller]
fn item(item: &str) -> Result<RecordArticle, String> {
    let xml = format!(
        "<rss version='2.0' xmlns:dc='http://purl.org/dc/elements/1.1/' xmlns:content='http://purl.org/rss/1.0/modules/content/'>\
         <channel><title>Halm Courier</title><link>https://paper.example/</link><language>de</language>\
         <item>{item}</item></channel></rss>"
    );
    let mut read = parse_feed(xml.as_bytes());
    assert_eq!(read.len(), 1, "{xml}");
    read.remove(0)
}

#[track_caller]
fn fault(of: &str) -> String {
    item(of).map(|read| read.article).unwrap_err()
}

fn ms(date: &str) -> Option<i64> {
    Some(crate::page::parse_date(date).unwrap())
}

fn html(text: &str) -> Body {
    Body::Html(text.to_owned())
}

#[test]
fn an_item_of_rss_is_an_article() {
    let read = item(
        "<title>Bread &amp;amp; butter</title> <link> https://paper.example/bread </link>\
         <description>A teaser.</description><content:encoded><![CDATA[<p>The bakery opens at five.</p>]]></content:encoded>\
         <pubDate>Mon, 05 Jan 2026 09:00:00 +0100</pubDate><dc:creator>Ada Miller</dc:creator><dc:creator>B. Carter</dc:creator>\
         <category>Food</category><guid isPermaLink='false'>17</guid>",
    );
    let read = read.unwrap();
    assert!(read.unread_times.is_empty());
    let expected = Article {
        url: "https://paper.example/bread".into(),
        title: "Bread & butter".into(),
        publisher: "Halm Courier".into(),
        byline: "Ada Miller, B. Carter".into(),
        lang: "de".into(),
        published_ms: ms("2026-01-05T08:00:00Z"),
        body: html("<p>The bakery opens at five.</p>"),
        ..Article::default()
    };
    assert_eq!(read.article, expected);
}

#[test]
fn the_body_is_the_longest_text_that_is_stated() {
    let check = |inner: &str, expected: Body| {
        let inner = format!("<link>https://paper.example/1</link>{inner}");
        assert_eq!(item(&inner).unwrap().article.body, expected, "{inner}");
    };
    let description = "<description>A &lt;b&gt;teaser&lt;/b&gt;</description>";
    check(description, html("A <b>teaser</b>"));
    check(
        &format!("{description}<content:encoded> </content:encoded>"),
        html("A <b>teaser</b>"),
    );
    check(
        &format!("<yandex:full-text>Whole text</yandex:full-text>{description}"),
        html("Whole text"),
    );
    // Tags that were not escaped.
    check(
        "<description>One <br/>two<p class='a'>x &lt;i&gt;y</p></description>",
        html("One <br>two<p class=\"a\">x <i>y</p>"),
    );
    check("", Body::default());
}

#[test]
fn rss_without_namespaces_or_with_old_ones_is_read() {
    let old = articles(
        "<?xml version='1.0'?><!DOCTYPE rss PUBLIC '-//Netscape Communications//DTD RSS 0.91//EN' 'http://x.example/rss.dtd'>\
         <rss version='0.91'><channel><title>Old</title><link>http://old.example/</link>\
         <item><title>Caf&eacute;&nbsp;news</title><link>http://old.example/1</link><description>Caf&#233; &#150; open</description></item>\
         </channel></rss>",
    );
    assert_eq!(old[0].title, "Café news");
    assert_eq!(old[0].body, html("Café – open"));
    let rdf = articles(
        "<rdf:RDF xmlns:rdf='http://www.w3.org/1999/02/22-rdf-syntax-ns#' xmlns='http://purl.org/rss/1.0/' xmlns:d='http://purl.org/dc/elements/1.1/'>\
         <channel rdf:about='http://a.example/rss'><title>A paper</title><link>http://a.example/</link><d:language>fr</d:language>\
         <items><rdf:Seq><rdf:li resource='http://a.example/1'/></rdf:Seq></items></channel>\
         <item rdf:about='http://a.example/1'><title>T</title><link>http://a.example/1</link><description>Text</description>\
         <d:date>2026-01-05T08:00:00Z</d:date></item></rdf:RDF>",
    );
    let expected = Article {
        url: "http://a.example/1".into(),
        title: "T".into(),
        publisher: "A paper".into(),
        lang: "fr".into(),
        published_ms: ms("2026-01-05T08:00:00Z"),
        body: html("Text"),
        ..Article::default()
    };
    assert_eq!(rdf, [expected]);
}

#[test]
fn an_entry_of_atom_is_an_article() {
    let read = articles(
        "<feed xmlns='http://www.w3.org/2005/Atom' xml:lang='en' xml:base='https://a.example/'>\
         <title type='html'>The &lt;i&gt;Lantern&lt;/i&gt;</title><link href='/'/><author><name>The desk</name></author>\
         <entry><title>One</title><link rel='edit' href='/edit/1'/><link type='application/json' href='/1.json'/>\
         <link href='1'/><updated>2026-02-02T00:00:00Z</updated><published>2026-01-05T08:00:00Z</published>\
         <summary>A summary</summary><content type='html'>&lt;p&gt;Whole&lt;/p&gt;</content></entry>\
         <entry xml:base='two/' xml:lang='fr'><title>Two</title><link href='2'/><updated>2026-02-02T00:00:00Z</updated>\
         <author><name>C. Writer</name></author>\
         <content type='xhtml'><h:div xmlns:h='http://www.w3.org/1999/xhtml'><h:p>1 &lt; 2<h:br/>&amp;</h:p></h:div></content></entry>\
         <entry><title>Three</title><link href='3'/><summary>x &lt; y</summary><content src='/3.pdf' type='application/pdf'/></entry>\
         </feed>",
    );
    let one = Article {
        url: "https://a.example/1".into(),
        title: "One".into(),
        publisher: "The Lantern".into(),
        byline: "The desk".into(),
        lang: "en".into(),
        published_ms: ms("2026-01-05T08:00:00Z"),
        body: html("<p>Whole</p>"),
        ..Article::default()
    };
    let two = Article {
        url: "https://a.example/two/2".into(),
        title: "Two".into(),
        byline: "C. Writer".into(),
        lang: "fr".into(),
        // When it was changed is not when it was published.
        published_ms: None,
        body: html("<div><p>1 &lt; 2<br>&amp;</p></div>"),
        ..one.clone()
    };
    let three = Article {
        url: "https://a.example/3".into(),
        title: "Three".into(),
        published_ms: None,
        body: Body::Text("x < y".into()),
        ..one.clone()
    };
    assert_eq!(read, [one, two, three]);
}

#[test]
fn a_source_publishes_what_is_on_its_site_and_is_credited_elsewhere() {
    let check = |link: &str, source: &str, publisher: &str, byline: &str| {
        let read = item(&format!(
            "<link>{link}</link><author>d@x.example (A. Writer)</author>{source}"
        ));
        let article = read.unwrap().article;
        let got = (article.publisher.as_str(), article.byline.as_str());
        assert_eq!(got, (publisher, byline), "{link} {source}");
    };
    let agency = "<source url='https://norpress.example/rss'>Norpress</source>";
    check(
        "https://www.paper.example/1",
        "",
        "Halm Courier",
        "A. Writer",
    );
    // The paper carries a text of the agency.
    check(
        "https://paper.example/1",
        agency,
        "Halm Courier",
        "A. Writer, Norpress",
    );
    // The feed lists articles of others.
    check(
        "https://norpress.example/1",
        agency,
        "Norpress",
        "A. Writer",
    );
    check("https://third.example/1", agency, "Norpress", "A. Writer");
    check("https://third.example/1", "", "", "A. Writer");
    let of_atom = articles(
        "<feed xmlns='http://www.w3.org/2005/Atom'><title>A planet</title><link href='https://planet.example/'/>\
         <author><name>The planet</name></author>\
         <entry><link href='https://norpress.example/1'/><source><title>Norpress</title><author><name>N. Desk</name></author>\
         <link href='https://norpress.example/'/></source></entry></feed>",
    );
    let got = (of_atom[0].publisher.as_str(), of_atom[0].byline.as_str());
    assert_eq!(got, ("Norpress", "N. Desk"));
}

#[test]
fn an_address_alone_is_no_author() {
    let check = |author: &str, expected: &str| {
        let read = item(&format!(
            "<guid>http://paper.example/1</guid><author>{author}</author>"
        ));
        assert_eq!(read.unwrap().article.byline, expected, "{author}");
    };
    check("desk@paper.example", "");
    check("desk@paper.example (Ada Miller)", "Ada Miller");
    check("Ada Miller", "Ada Miller");
    check("Ada Miller &lt;ada@paper.example&gt;", "Ada Miller");
}

#[test]
fn an_entry_needs_a_link() {
    let check = |inner: &str, expected: Result<&str, &str>| {
        let got = item(inner).map(|read| read.article.url);
        assert_eq!(got.as_deref().map_err(String::as_str), expected, "{inner}");
    };
    let none = Err("it has no link, and no guid that is one");
    check(
        "<guid>https://paper.example/1</guid>",
        Ok("https://paper.example/1"),
    );
    check(
        "<guid isPermaLink='true'>https://paper.example/1</guid>",
        Ok("https://paper.example/1"),
    );
    check(
        "<guid isPermaLink='false'>https://paper.example/1</guid>",
        none,
    );
    check("<guid>tag:paper.example,2026:1</guid>", none);
    check("<title>T</title><link/>", none);
    check(
        "<link>/a?b=1&amp;c=2</link>",
        Ok("https://paper.example/a?b=1&c=2"),
    );
    check(
        "<link xml:base='https://b.example/x/'>a</link>",
        Ok("https://b.example/x/a"),
    );
    let read =
        parse_feed(b"<rss><channel><title>T</title><item><link>a</link></item></channel></rss>");
    let why = read[0].as_ref().map(|_| ()).unwrap_err();
    assert_eq!(
        why,
        "the link `a` is relative, and the feed does not say to what"
    );
}

#[test]
fn a_date_that_cannot_be_read_is_reported() {
    let read = item("<link>https://paper.example/1</link><pubDate>soon</pubDate>").unwrap();
    assert_eq!(read.unread_times, ["published"]);
    for (date, expected) in [
        ("Mon, 05 Jan 2026 03:00:00 EST", "2026-01-05T08:00:00Z"),
        ("5 Jan 26 08:00 GMT", "2026-01-05T08:00:00Z"),
        ("Monday, 05-Jan-2026 08:00:00 UT", "2026-01-05T08:00:00Z"),
        ("2026-01-05T09:00+01:00", "2026-01-05T08:00:00Z"),
    ] {
        let read = item(&format!(
            "<link>https://paper.example/1</link><pubDate>{date}</pubDate>"
        ));
        assert_eq!(read.unwrap().article.published_ms, ms(expected), "{date}");
    }
}

#[test]
fn an_entry_of_a_sitemap_has_a_title_and_no_text() {
    let read = parse_feed(
        b"<urlset xmlns='http://www.sitemaps.org/schemas/sitemap/0.9' xmlns:n='http://www.google.com/schemas/sitemap-news/0.9'>\
          <url><loc>https://a.example/about</loc><lastmod>2026-01-05</lastmod></url>\
          <url><loc>https://a.example/1</loc><n:news><n:publication><n:name>A paper</n:name><n:language>en</n:language>\
          </n:publication><n:publication_date>2026-01-05T08:00:00Z</n:publication_date><n:title>Ferry &amp; dock</n:title>\
          <n:keywords>ferry, dock</n:keywords></n:news></url></urlset>",
    );
    let [Ok(read)] = &read[..] else {
        panic!("{read:?}");
    };
    assert!(!read.has_text());
    let expected = Article {
        url: "https://a.example/1".into(),
        title: "Ferry & dock".into(),
        publisher: "A paper".into(),
        lang: "en".into(),
        published_ms: ms("2026-01-05T08:00:00Z"),
        ..Article::default()
    };
    assert_eq!(read.article, expected);
}

#[test]
fn no_entity_of_a_dtd_expands() {
    let bomb = "<!DOCTYPE rss [<!ENTITY a 'aaaaaaaaaa'><!ENTITY b '&a;&a;&a;&a;&a;&a;&a;&a;'><!ENTITY f SYSTEM 'file:///etc/passwd'>]>\
        <rss><channel><link>https://a.example/</link><item><link>/1</link><title>&b;</title></item>\
        <item><link>/2</link><title>&f;</title></item><item><link>/3?a=1&b=2</link><title>Good &amp; well</title></item></channel></rss>";
    let read = parse_feed(bomb.as_bytes());
    let faults: Vec<_> = read[..2]
        .iter()
        .map(|read| read.as_ref().unwrap_err().as_str())
        .collect();
    let expected =
        ["b", "f"].map(|name| format!("unknown entity `&{name};` (those of a DTD are not read)"));
    assert_eq!(faults, expected);
    let good = &read[2].as_ref().unwrap().article;
    assert_eq!(
        (good.url.as_str(), good.title.as_str()),
        ("https://a.example/3?a=1&b=2", "Good & well")
    );
}

#[test]
fn what_is_nested_too_deep_or_has_too_many_elements_is_skipped() {
    let deep = format!(
        "<x>{}{}</x>",
        "<i>".repeat(100_000 / 2),
        "</i>".repeat(100_000 / 2)
    );
    assert_eq!(fault(&deep), "more than 256 elements within each other");
    let many = "<b a='1'/>".repeat(60_000);
    assert_eq!(fault(&many), "more than 100000 elements and attributes");
    let xml = format!(
        "<rss><channel><item>{deep}</item><item>{many}</item><item><link>http://a.example/</link></item></channel></rss>"
    );
    let read = parse_feed(xml.as_bytes());
    let good: Vec<bool> = read.iter().map(Result::is_ok).collect();
    assert_eq!(good, [false, false, true]);
}
