//! Feeds and sitemaps of news as input.
#![cfg(feature = "server")]
#![expect(clippy::unwrap_used, reason = "a test that cannot go on is to stop")]

#[path = "support/work_dir.rs"]
mod work_dir;

use std::io::Write as _;

use flate2::Compression;
use flate2::write::GzEncoder;
use serde_json::Value;
use work_dir::{CommandRun, OTHER, OWN, STORY, WorkDir};

const PROGRAM: &str = env!("CARGO_BIN_EXE_wirecopy");

/// A feed of RSS of a site, with these items.
fn rss(site: &str, items: &[&str]) -> String {
    let items: Vec<String> = items
        .iter()
        .map(|item| format!("<item>{item}</item>\n"))
        .collect();
    format!(
        "<?xml version=\"1.0\" encoding=\"utf-8\"?>\n<rss version=\"2.0\"><channel>\n<title>{site}</title>\n\
         <link>https://{site}/</link>\n{}</channel></rss>\n",
        items.concat()
    )
}

fn item(link: &str, date: &str, body: &str) -> String {
    format!(
        "<title>Ferry sails again</title><link>{link}</link><pubDate>{date}</pubDate>\
         <description>&lt;p&gt;{body}&lt;/p&gt;</description>"
    )
}

fn sitemap() -> String {
    let url = |number: u32| {
        format!(
            "<url><loc>https://a.example/{number}</loc><news:news><news:publication><news:name>A paper</news:name>\
             <news:language>en</news:language></news:publication>\
             <news:publication_date>2026-01-05T0{number}:00:00Z</news:publication_date>\
             <news:title>Ferry between Little Harrow and the lighthouse island to sail again on Monday</news:title></news:news></url>\n"
        )
    };
    format!(
        "<?xml version=\"1.0\"?>\n<urlset xmlns=\"http://www.sitemaps.org/schemas/sitemap/0.9\" \
         xmlns:news=\"http://www.google.com/schemas/sitemap-news/0.9\">\n{}{}\
         <url><loc>https://a.example/about</loc></url>\n</urlset>\n",
        url(1),
        url(2)
    )
}

fn gzip(bytes: &[u8]) -> Vec<u8> {
    let mut out = GzEncoder::new(Vec::new(), Compression::default());
    out.write_all(bytes).unwrap();
    out.finish().unwrap()
}

fn column<'l>(lines: &'l [Value], name: &str) -> Vec<&'l str> {
    lines
        .iter()
        .map(|line| line[name].as_str().unwrap())
        .collect()
}

/// The feeds of an agency and of a paper that carries its story.
fn two_feeds(dir: &WorkDir) {
    let own = item(
        "https://norpress.example/ferry",
        "Mon, 05 Jan 2026 08:00:00 GMT",
        STORY,
    );
    dir.write("agency.rss", rss("norpress.example", &[&own]));
    let copy = item(
        "/harbour/ferry",
        "Mon, 05 Jan 2026 09:30:00 +0000",
        &format!("{STORY}&lt;p&gt;{OWN}"),
    );
    let other = item("/roof", "Mon, 05 Jan 2026 07:00:00 +0000", OTHER);
    dir.write(
        "paper.xml.gz",
        gzip(rss("paper.example", &[&other, &copy, &copy]).as_bytes()),
    );
}

#[test]
fn entries_are_clustered_as_articles() {
    let dir = WorkDir::new();
    two_feeds(&dir);
    let run = dir
        .run(&["cluster", "agency.rss", "paper.xml.gz"])
        .succeeded();
    let lines = run.lines();
    let ids = [
        "https://norpress.example/ferry",
        "https://paper.example/roof",
        "https://paper.example/harbour/ferry",
    ];
    assert_eq!(column(&lines, "id"), ids, "{run:#?}");
    assert_eq!(column(&lines, "cluster"), [ids[0], ids[1], ids[0]]);
    assert_eq!(lines[2]["time"], "2026-01-05T09:30:00Z");
    assert_eq!(run.err, "");
}

#[test]
fn the_format_is_said_by_name_or_by_option() {
    let dir = WorkDir::new();
    two_feeds(&dir);
    let expected = dir.run(&["extract", "agency.rss"]).succeeded().out;
    assert!(
        expected.contains("\"url\":\"https://norpress.example/ferry\""),
        "{expected}"
    );
    let feed = std::fs::read(dir.path().join("agency.rss")).unwrap();
    dir.write("odd.data", &feed);
    for arguments in [&["--feed"][..], &["--input-format", "feed"]] {
        let named = dir.run(&[&["extract", "odd.data"][..], arguments].concat());
        assert_eq!(named.succeeded().out, expected, "{arguments:?}");
        for piped in [&feed[..], &gzip(&feed)] {
            let run = dir.run_with_input(&[&["extract", "-"][..], arguments].concat(), piped);
            assert_eq!(run.succeeded().out, expected, "{arguments:?}");
        }
    }
    dir.run(&["extract", "--feed", "--input-format", "csv", "odd.data"])
        .failed(2, "cannot be used with");
}

#[test]
fn other_character_sets_are_read() {
    let dir = WorkDir::new();
    let text = "Паром снова пойдёт в понедельник после долгой зимы в сухом доке.";
    let item = item("https://a.example/1", "Mon, 05 Jan 2026 08:00:00 GMT", text);
    let utf8 = rss("a.example", &[&item]);
    dir.write("utf8.xml", &utf8);
    let expected = dir.run(&["extract", "utf8.xml"]).succeeded().out;
    assert!(expected.contains(text), "{expected}");
    let declared = utf8.replacen("utf-8", "windows-1251", 1);
    let (bytes, _, lost) = encoding_rs::WINDOWS_1251.encode(&declared);
    assert!(!lost);
    dir.write("cyrillic.xml", &bytes);
    assert_eq!(
        dir.run(&["extract", "cyrillic.xml"]).succeeded().out,
        expected
    );
    dir.write("odd.xml", utf8.replacen("utf-8", "klingon", 1));
    dir.run(&["extract", "odd.xml"]).failed(
        1,
        "failed to read `odd.xml`: unknown character set `klingon`",
    );
}

#[test]
fn a_sitemap_of_news_gives_articles_without_text() {
    let dir = WorkDir::new();
    dir.write("news.xml", sitemap());
    let run = dir.run(&["cluster", "news.xml"]).succeeded();
    let lines = run.lines();
    assert_eq!(
        column(&lines, "id"),
        ["https://a.example/1", "https://a.example/2"]
    );
    // One title is no copy of another: they have no text.
    assert_eq!(column(&lines, "cluster"), column(&lines, "id"));
    assert_eq!(column(&lines, "role"), ["unknown", "unknown"]);
    for words in [
        "news.xml:3: no text",
        "2 records have no text",
        "1 record has no article: 1 of a sitemap without news",
    ] {
        assert!(run.err.contains(words), "{run:#?}");
    }
    let article = &dir.run(&["extract", "news.xml"]).succeeded().lines()[0];
    assert_eq!(
        (&article["text"], &article["publisher"]),
        (&"".into(), &"A paper".into())
    );
    dir.run(&["cluster", "--strict", "news.xml"])
        .failed(1, "news.xml:3: no text");
}

/// Runs over a feed of which something is wrong, and over one that is good.
fn extract_odd(odd: impl AsRef<[u8]>) -> CommandRun {
    let dir = WorkDir::new();
    dir.write("odd.xml", odd);
    dir.run(&["extract", "odd.xml"])
}

#[test]
fn bad_entries_are_skipped_with_their_lines() {
    let good = item(
        "https://a.example/1",
        "Mon, 05 Jan 2026 08:00:00 GMT",
        STORY,
    );
    let items = [
        "<title>No link</title>",
        &good,
        "<link>https://a.example/2</link><title>&mine;</title>",
    ];
    let dir = WorkDir::new();
    dir.write("odd.xml", rss("a.example", &items));
    let run = dir.run(&["extract", "odd.xml"]).succeeded();
    assert_eq!(column(&run.lines(), "url"), ["https://a.example/1"]);
    for words in [
        "odd.xml:5: it has no link, and no guid that is one; skipped",
        "odd.xml:7: unknown entity `&mine;` (those of a DTD are not read); skipped",
        "2 bad records skipped",
    ] {
        assert!(run.err.contains(words), "no {words} in {run:#?}");
    }
    dir.run(&["extract", "--strict", "odd.xml"])
        .failed(1, "odd.xml:5: it has no link");
}

#[test]
fn what_is_no_feed_or_breaks_off_is_an_error() {
    let feed = rss(
        "a.example",
        &[&item(
            "https://a.example/1",
            "Mon, 05 Jan 2026 08:00:00 GMT",
            STORY,
        )],
    );
    let at = |words: &str| feed.find(words).unwrap();
    let after_item = at("</channel>");
    let in_item = at("</description>");
    let check = |odd: &str, words: &str| {
        extract_odd(odd).failed(1, words);
    };
    check("", "failed to read `odd.xml`: not XML: it has no element");
    check(
        "{\"version\": \"https://jsonfeed.org/version/1\"}",
        "not XML: it begins with text",
    );
    check(
        "<!doctype html><html><p>",
        "neither RSS nor Atom nor a news sitemap: the root element is `html`",
    );
    check("<sitemapindex/>", "an index of sitemaps has no articles");
    check(
        &feed[..after_item],
        "failed to read on after odd.xml:5: the file breaks off",
    );
    check(
        &feed[..in_item],
        "failed to read on after odd.xml: the file breaks off within an entry",
    );
    let crossed = feed.replace("</channel></rss>", "</rss></channel>");
    check(
        &crossed,
        "failed to read on after odd.xml:5: line 6: not well-formed XML",
    );
    // What was read before the error counts.
    let run = extract_odd(&feed[..after_item]);
    assert_eq!(column(&run.lines(), "url"), ["https://a.example/1"]);
}
