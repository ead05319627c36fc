//! Tests of the date that is chosen for a page.

use super::{DateSource, PublicationDate, parse_date};
use crate::page::{Page, read_at};

const URL: &str = "https://one.example/local/ferry";
/// The first of June 2025.
const NOW: &str = "2025-06-01";
/// A paragraph of the article.
const TEXT: &str = "<p>The council voted to close the old landing for two years, while the quay is \
    rebuilt and a bus runs in place of the boats.</p>";

fn page(url: &str, head: &str, body: &str) -> Page {
    let html = format!(
        "<!doctype html><html lang=en><head><title>Ferry landing to close</title>{head}</head>\
         <body>{body}{}</body></html>",
        TEXT.repeat(5)
    );
    read_at(&html, url, parse_date(NOW).unwrap(), &|_| false)
}

fn published(url: &str, head: &str, body: &str) -> Option<PublicationDate> {
    page(url, head, body).published
}

/// Checks the day and the source of a page's date: "2024-03-05 meta", or "" if it has none.
fn check(url: &str, head: &str, body: &str, expected: &str) {
    let found = published(url, head, body);
    let found = found.map(|date| format!("{} {}", date.day, date.source.as_str()));
    assert_eq!(found.unwrap_or_default(), expected, "{url} {head} {body}");
}

fn json_ld(json: &str) -> String {
    format!("<script type='application/ld+json'>{json}</script>")
}

fn meta(name: &str, date: &str) -> String {
    format!("<meta property='{name}' content='{date}'>")
}

const TITLE: &str = "<h1>Ferry landing to close</h1>";

#[test]
fn json_ld_counts_for_its_own_article() {
    let article = |fields: &str| format!("{{\"@type\":\"NewsArticle\",{fields}}}");
    let own =
        article("\"url\":\"https://one.example/local/ferry\",\"datePublished\":\"2024-03-05\"");
    let titled =
        article("\"headline\":\"Ferry landing to close\",\"datePublished\":\"2024-03-05\"");
    let other = article(
        "\"url\":\"https://one.example/rain\",\"headline\":\"Rain\",\"datePublished\":\"2019-01-01\"",
    );
    let unnamed = article("\"datePublished\":\"2024-03-05\"");
    let expected = "2024-03-05 json_ld";
    for json in [
        format!("[{other},{own}]"),
        format!("[{other},{titled}]"),
        format!("[{other},{unnamed}]"),
        format!("{{\"@graph\":[{other},{own}]}}"),
        format!("{{\"@type\":\"ItemList\",\"itemListElement\":[{{\"item\":{other}}}]}} {own}"),
        format!("{{\"@type\":\"ItemList\",\"itemListElement\":[{unnamed}]}} {own}"),
        own.replace(
            "\"@type\"",
            "\"hasPart\":{\"datePublished\":\"2019-01-01\"},\"@type\"",
        ),
        // As pages write it.
        own.replace('}', ",}"),
        format!("<!-- {own} -->"),
        own.replace(
            "\"url\"",
            "\"description\":\"one\ntwo \"three\" four\",\"url\"",
        ),
        own.replace('"', "&quot;"),
    ] {
        check(URL, &json_ld(&json), TITLE, expected);
    }
    let only_others =
        format!("[{other},{{\"@type\":\"ItemList\",\"itemListElement\":[{unnamed}]}}]");
    check(URL, &json_ld(&only_others), TITLE, "");
    // Without a type, by how it begins.
    let script = |json: &str| format!("<script>{json}</script>");
    let in_context = own.replacen('{', "{\"@context\":\"https://schema.org\",", 1);
    check(URL, &script(&in_context), TITLE, expected);
    check(URL, &script(&own), TITLE, "");
}

#[test]
fn metas_say_what_their_dates_are() {
    check(
        URL,
        &meta("published", "2024-03-05T10:00:00Z"),
        TITLE,
        "2024-03-05 meta",
    );
    check(
        URL,
        &meta("sailthru.date", "2024-03-05"),
        TITLE,
        "2024-03-05 meta",
    );
    let changed = meta("article:modified_time", "2024-03-05");
    check(URL, &changed, TITLE, "");
    assert_eq!(
        page(URL, &changed, TITLE).modified_ms,
        parse_date("2024-03-05")
    );
    // The name of publication comes before the others, and what is not later than the last change.
    let both = meta("date", "2024-04-01") + &meta("pubdate", "2024-03-05");
    check(URL, &both, TITLE, "2024-03-05 meta");
    let again = meta("published-time", "2025-01-01") + &meta("published-date", "2024-03-05");
    check(
        URL,
        &(again + &meta("modified-date", "2024-05-01")),
        TITLE,
        "2024-03-05 meta",
    );
}

#[test]
fn impossible_dates_do_not_count() {
    for wrong in [
        "2203-11-22",
        "0001-01-01T00:00:00Z",
        "1989-12-31",
        "2025-06-03",
    ] {
        check(URL, &meta("published", wrong), TITLE, "");
        let shown = "<time datetime=2024-03-05>5 March 2024</time>";
        check(
            URL,
            &meta("published", wrong),
            &format!("{TITLE}{shown}"),
            "2024-03-05 text",
        );
    }
    check(
        URL,
        &meta("published", "2025-06-01T20:00:00Z"),
        TITLE,
        "2025-06-01 meta",
    );
    let script = "<script>var x = {\"expires\": \"2024-03-05\"}</script>";
    check(URL, script, TITLE, "");
}

#[test]
fn shown_dates_are_found() {
    let beside = |shown: &str, expected: &str| check(URL, "", &format!("{TITLE}{shown}"), expected);
    beside(
        "<div class=datum>05.03.2024, 14:10 Uhr</div>",
        "2024-03-05 text",
    );
    beside("<p>By Ann Poe | March 5, 2024</p>", "2024-03-05 text");
    beside(
        "<p>2024年3月5日 公開</p><p>2024年4月1日 更新</p>",
        "2024-03-05 text",
    );
    beside(
        "<p>Actualidad | Martes 5/3/2024, 14:10</p>",
        "2024-03-05 text",
    );
    beside(
        "<time pubdate datetime=2024-03-05>on Tuesday</time>",
        "2024-03-05 element",
    );
    beside(
        "<abbr class=published title='2024-03-05T09:00:00Z'>Tuesday</abbr>",
        "2024-03-05 element",
    );
    beside(
        "<span itemprop=datePublished content=2024-03-05></span>",
        "2024-03-05 element",
    );
    beside(
        "<p>Published<br>5 March 2024</p><p>Updated<br>7 March 2024</p>",
        "2024-03-05 text",
    );
    beside(
        "<p>Updated: 7 March 2024</p><p>Published: 5 March 2024</p>",
        "2024-03-05 text",
    );
    // What a script turns into words, in elements of any name.
    beside(
        "<relative-time datetime=2024-03-05T10:00:00Z>3 days ago</relative-time>",
        "2024-03-05 text",
    );
    beside(
        "<span class=post-date data-time=1709632800>3 days ago</span>",
        "2024-03-05 text",
    );
    beside(
        &format!(
            "<article data-publish-date=2024-03-05>{}</article>",
            TEXT.repeat(3)
        ),
        "2024-03-05 element",
    );
    // Day, month and year in boxes of their own.
    beside(
        "<div class=date><div>05</div><div>Mar</div><div>2024</div></div>",
        "2024-03-05 text",
    );
    // What is said under the words counts, not what a program wrote.
    let renewed = "<time datetime=2024-03-09>Published 5 March 2024</time>";
    beside(renewed, "2024-03-05 text");
    // A picture that contains the title is the frame of the article.
    check(
        URL,
        "",
        &format!("<figure><b>5 March 2024</b>{TITLE}</figure>"),
        "2024-03-05 text",
    );
    check(
        URL,
        "",
        &format!("<figure><figcaption><b>5 March 2024</b>{TITLE}</figcaption></figure>"),
        "2024-03-05 text",
    );
    // Within the heading, where it is no part of the title.
    for heading in [
        "<h1><time datetime=2024-03-05>5 March 2024</time> Ferry landing to close</h1>",
        "<h1>Ferry landing to close<br><small>05.03.2024 • Local</small></h1>",
    ] {
        check(URL, "", heading, "2024-03-05 text");
    }
    // Before the heading, and after the text.
    check(
        URL,
        "",
        &format!("<p class=date>5 March 2024</p>{TITLE}"),
        "2024-03-05 text",
    );
    let after = format!(
        "{TITLE}{}<p>Posted on 5 March 2024 by Ann Poe</p>",
        TEXT.repeat(8)
    );
    check(URL, "", &after, "2024-03-05 text");
    // At the beginning of a paragraph.
    let council = "the council voted on the old landing, and on the quay and the buses.";
    beside(
        &format!("<p>MARLOW, March 5, 2024 (Echo) - Today {council}</p>"),
        "2024-03-05 text",
    );
    beside(
        &format!("<p>March 5, 2024 -- Today {council}</p>"),
        "2024-03-05 text",
    );
    beside(
        &format!("<p>05.03.2024, Marlow. Today {council}</p>"),
        "2024-03-05 text",
    );
    beside(
        &format!("<p>05.03.2024, Marlow 08:34:40 Today {council}</p>"),
        "2024-03-05 text",
    );
    beside(&format!("<p>On March 5, 2024 {council}</p>"), "");
    // Not of the article.
    beside("<p>Bo Li<br>Posts: 12<br>Joined: 5 March 2024</p>", "");
    beside("<p>Updated 7 March 2024</p>", "");
    beside(
        "<time itemprop=dateModified datetime=2024-03-07>7 March 2024</time>",
        "",
    );
    beside(
        "<figure><figcaption>The quay on 1 May 2010</figcaption></figure>",
        "",
    );
    beside(
        &format!(
            "{TEXT}<p>The council, which met on 1 May 2010 and on 2 May 2010, voted again.</p>"
        ),
        "",
    );
    let teasers: String = (1..9)
        .map(|day| format!("<p class=date>{day} March 2024</p>"))
        .collect();
    check(URL, "", &format!("{TITLE}{}{teasers}", TEXT.repeat(8)), "");
    check(URL, "", "<h1>Fair on 1 May 2024</h1>", "");
}

#[test]
fn a_change_is_told_as_such() {
    for shown in [
        "<time itemprop=dateModified datetime='2024-03-07T19:20:45+01:00'>7/3/2024</time>",
        "<p>Last updated on March 7, 2024 at 18:20:45 UTC</p>",
        "<p>Zuletzt aktualisiert: 07.03.2024, 18:20:45 Uhr</p>",
    ] {
        let found = page(URL, "", &format!("{TITLE}{shown}"));
        assert_eq!(found.published, None, "{shown}");
        assert_eq!(
            found.modified_ms,
            parse_date("2024-03-07T18:20:45Z"),
            "{shown}"
        );
    }
}

#[test]
fn an_earlier_date_beside_the_title_is_the_articles() {
    let moved = meta("article:published_time", "2024-08-07T12:00:00Z");
    check(
        URL,
        &moved,
        &format!("{TITLE}<p>Dec 30, 2013</p>"),
        "2013-12-30 text",
    );
    // A later one is of a change; and the URL may confirm what is stated.
    check(
        URL,
        &moved,
        &format!("{TITLE}<p>Jan 30, 2025</p>"),
        "2024-08-07 meta",
    );
    let url = "https://one.example/2024/08/07/ferry";
    check(
        url,
        &moved,
        &format!("{TITLE}<p>Dec 30, 2013</p>"),
        "2024-08-07 meta",
    );
}

#[test]
fn only_a_dateline_outweighs_what_is_stated() {
    let stated = json_ld(
        "{\"@type\":\"NewsArticle\",\"headline\":\"Ferry landing to close\",\
         \"datePublished\":\"2024-08-07T12:00:00Z\"}",
    );
    let twice = format!(
        "{stated}{}",
        meta("article:published_time", "2024-08-07T12:00:00Z")
    );
    for other in [
        "<nav><p>30 December 2013</p></nav>",
        "<aside class=related><time datetime=2013-12-30>30 December 2013</time></aside>",
        "<p>Photo: Jane Doe, 30 December 2013</p>",
        "<p>30 December 2013 - 9 May 2024</p>",
        "<p>The law of 30 December 2013 is void</p>",
        "<p>First built on 30 December 2013</p>",
        "<p><b>When:</b> 30 December 2013</p>",
        "<h3>30 December 2013</h3>",
        "<h2>What happened on 30 December 2013</h2>",
    ] {
        check(
            URL,
            &stated,
            &format!("{TITLE}{other}"),
            "2024-08-07 json_ld",
        );
    }
    for own in [
        "<p>30 December 2013</p>",
        "<p>on 30 December 2013, 10:00</p>",
        "<p>Monday, 30 December 2013</p>",
        "<p>By Ann Poe | 30 December 2013</p>",
        "<p>By Ann Poe on 30 December 2013</p>",
        "<p>Marlow, 30 December 2013</p>",
        "<p>Local / 30 December 2013</p>",
        "<p>30 December 2013 by Ann Poe</p>",
        "<p>Published 30 December 2013</p>",
    ] {
        check(URL, &stated, &format!("{TITLE}{own}"), "2013-12-30 text");
    }
    check(
        URL,
        &twice,
        &format!("{TITLE}<p>30 December 2013</p>"),
        "2024-08-07 json_ld",
    );
    let labelled = format!("{TITLE}<p class=date>30 December 2013</p>");
    check(URL, &twice, &labelled, "2013-12-30 text");
}

#[test]
fn dates_of_quotations_and_other_articles_do_not_count() {
    let other = "<article><h2>Rain in the hills</h2><time datetime=2019-03-01></time></article>";
    let post = "<blockquote><p>The boats are gone</p>— Bo Li (@boli) March 1, 2019</blockquote>";
    for html in [
        format!("<article>{TITLE}{TEXT}</article>{other}"),
        format!("<article>{TITLE}{TEXT}{other}</article>"),
        format!("{TITLE}<article>{TEXT}</article>{other}"),
        format!("{TITLE}{TEXT}{post}"),
    ] {
        check(URL, "", &html, "");
    }
    let own = format!("{TITLE}<article><time datetime=2024-03-05></time>{TEXT}</article>{other}");
    check(URL, "", &own, "2024-03-05 text");
}

#[test]
fn two_statements_outweigh_json_ld() {
    let head = |date: &str| {
        let article = "{\"@type\":\"NewsArticle\",\"headline\":\"Ferry landing to close\",";
        json_ld(&format!(
            "{article}\"datePublished\":\"2024-03-01T09:00:00Z\"}}"
        )) + &meta("article:published_time", date)
    };
    let shown = format!("{TITLE}<p class=date>5 March 2024</p>");
    let again = head("2024-03-05T09:00:00Z");
    check(URL, &again, &shown, "2024-03-05 meta");
    check(URL, &again, TITLE, "2024-03-01 json_ld");
    check(URL, &head("2024-03-04"), &shown, "2024-03-01 json_ld");
}

#[test]
fn a_list_of_teasers_may_have_one_of_the_page() {
    let teaser = |date: &str, title: &str| {
        format!("<li><div class=date>{date}</div><a href=/x><h3>{title}</h3></a></li>")
    };
    let list = |own: &str| {
        format!(
            "{TITLE}{}<ul>{}{}{}</ul>",
            TEXT.repeat(8),
            teaser("1 March 2024", "Rain in the hills tonight"),
            teaser("5 March 2024", own),
            teaser("6 March 2024", "Snow stops all the trains"),
        )
    };
    check(URL, "", &list("Ferry landing to close"), "2024-03-05 text");
    check(URL, "", &list("Ferry landing to open"), "");
    // No list: the day of the visit, beside a link to the page.
    let visit = "<div><span>29 May 2025</span><a href=/x>Ferry landing to close</a></div>";
    check(URL, "", &format!("{visit}{}{TITLE}", TEXT.repeat(8)), "");
}

#[test]
fn an_address_is_older_than_a_new_system() {
    let url = "https://one.example/2013/12/30/ferry";
    let moved = meta("article:published_time", "2024-08-07T12:00:00Z");
    check(url, &moved, TITLE, "2013-12-30 url");
    let shown = format!("{TITLE}{}<p>30 December 2013, 10:00</p>", TEXT.repeat(8));
    check(url, &moved, &shown, "2013-12-30 text");
    // A draft waited for some days; a name is no address.
    let waited = meta("article:published_time", "2014-01-03");
    check(url, &waited, TITLE, "2014-01-03 meta");
    let named = "https://one.example/storm-of-2013-12-30";
    check(named, &moved, TITLE, "2024-08-07 meta");
    check(
        "https://one.example/20131230",
        &moved,
        TITLE,
        "2024-08-07 meta",
    );
}

#[test]
fn a_date_after_the_last_change_counts_last() {
    let head =
        meta("article:published_time", "2024-11-03") + &meta("article:modified_time", "2024-03-11");
    check(
        URL,
        &head,
        &format!("{TITLE}<p>11 March 2024</p>"),
        "2024-03-11 text",
    );
    check(URL, &head, TITLE, "2024-11-03 meta");
}

#[test]
fn a_bare_date_above_the_article_is_of_the_visit() {
    let visit = "<div>Thursday, 29 May 2025</div>";
    let labelled = "<div class=date>5 March 2024</div>";
    check(
        URL,
        "",
        &format!("{visit}{labelled}{TITLE}"),
        "2024-03-05 text",
    );
    check(
        URL,
        "",
        &format!("{visit}{TITLE}<p>5 March 2024</p>"),
        "2024-03-05 text",
    );
    // It does not count either where nothing else is stated: far above, in the header or a margin of the page,
    // and right above the title if it is the day on which the page was read.
    for none in [
        format!("{visit}<p>{}</p>{TITLE}", "Menu ".repeat(20)),
        format!("<header>{visit}<a href=/>Home</a></header>{TITLE}"),
        format!("<div id=masthead>{visit}</div>{TITLE}"),
        format!("<div>Sunday, 1 June 2025</div>{TITLE}"),
    ] {
        check(URL, "", &none, "");
    }
    let own = format!("<article><header><div>5 March 2024</div>{TITLE}</header></article>");
    check(URL, "", &own, "2024-03-05 text");
    check(
        URL,
        "",
        &format!("<div>5 March 2024</div>{TITLE}"),
        "2024-03-05 text",
    );
    check(
        URL,
        "",
        &format!("{TITLE}<p>1 June 2025</p>"),
        "2025-06-01 text",
    );
}

#[test]
fn dates_of_what_a_page_links_to_do_not_count() {
    let teaser = "<a href=/rain>Rain in the hills</a> <span class=date>1 May 2024</span>";
    for other in [
        format!(
            "{TITLE}{}<section class=most-read><ul><li>{teaser}</ul></section>",
            TEXT.repeat(5)
        ),
        format!("<aside><p>{teaser}</p></aside>{TITLE}"),
        format!("{TITLE}{}<div class=related>{teaser}</div>", TEXT.repeat(6)),
        format!(
            "{TITLE}{}<ul><li><a href=a.pdf>Contract, 1 May 2024</a></ul>",
            TEXT.repeat(8)
        ),
    ] {
        check(URL, "", &other, "");
    }
    // Beside a link to the author, and to the page; right below the title; and where it is said to be that of
    // publication.
    let author = "<a href=/authors/ann-poe>Ann Poe</a> <span class=date>5 March 2024</span>";
    check(
        URL,
        "",
        &format!("{TITLE}<aside>{author}</aside>"),
        "2024-03-05 text",
    );
    // Beside the name of a section.
    let section = "<li><a href=/local>Local</a> <span class=date>5 March 2024</span>";
    check(
        URL,
        "",
        &format!("{TITLE}<aside><ul>{section}</ul></aside>"),
        "2024-03-05 text",
    );
    let below = format!("{TITLE}<aside>{teaser}</aside>");
    check(URL, "", &below, "2024-05-01 text");
    let posted = "<a href=/tags>Ferries</a> Post time: <span>5 March 2024</span>";
    let margin = format!("{TITLE}{}<aside>{posted}</aside>", TEXT.repeat(6));
    check(URL, "", &margin, "2024-03-05 text");
    let linked = format!(
        "{TITLE}{}<p><a href=/local/ferry>5 March 2024</a></p>",
        TEXT.repeat(8)
    );
    check(URL, "", &linked, "2024-03-05 text");
}

#[test]
fn a_line_far_below_with_words_is_of_something_else() {
    let far = |line: &str, expected: &str| {
        let body = format!("{TITLE}{}<p>{line}</p>", TEXT.repeat(8));
        check(URL, "", &body, expected);
    };
    far("The contract of 5 March 2024", "");
    far("<b>Exhibition:</b> 5 March 2024", "");
    far("Marlow, 5 March 2024", "2024-03-05 text");
    far("5 March 2024, 10:00", "2024-03-05 text");
}

#[test]
fn scripts_without_capitals_have_sentences_too() {
    let stated = json_ld(
        "{\"@type\":\"NewsArticle\",\"headline\":\"Ferry landing to close\",\
         \"datePublished\":\"2024-08-07T12:00:00Z\"}",
    );
    for sentence in [
        "افتتح المتحف القديم في 5 مارس 2019",
        "5 مارس 2019 زار الوزير ميناء بلده",
        "नया पुल शहर में 5 मार्च 2019",
        "这座旧博物馆正式开放于2019年3月5日",
        "2019年3月5日在北京正式对外开放参观",
    ] {
        let body = format!("{TITLE}<p>{sentence}</p>");
        check(URL, &stated, &body, "2024-08-07 json_ld");
    }
    for dateline in [
        "القاهرة 5 مارس 2019",
        "5 مارس 2019 - القاهرة",
        "नई दिल्ली, 5 मार्च 2019",
        "2019年3月5日 星期二",
        "人民网 2019年3月5日",
    ] {
        let body = format!("{TITLE}<p>{dateline}</p>");
        check(URL, &stated, &body, "2019-03-05 text");
    }
}

#[test]
fn the_first_post_of_a_discussion_is_the_article() {
    let post = |day: u8| format!("<div class=comment><p>{day} March 2024</p>{TEXT}</div>");
    let thread = format!("<div class=comments>{}{}</div>", post(5), post(6));
    check(URL, "", &format!("{TITLE}{thread}"), "2024-03-05 text");
    check(URL, "", &format!("{TITLE}{}{thread}", TEXT.repeat(3)), "");
}

#[test]
fn the_url_names_a_day() {
    let url = "https://one.example/2024/03/05/ferry.html";
    check(url, "", TITLE, "2024-03-05 url");
    check("https://one.example/2024/03/ferry.html", "", TITLE, "");
    let month = "https://one.example/2024/03/ferry.html";
    check(
        month,
        "",
        &format!("{TITLE}<p>5 March 2024</p>"),
        "2024-03-05 text",
    );
    check(month, "", &format!("{TITLE}<p>5 May 2024</p>"), "");
    // It tells the day from the month.
    check(
        month,
        "",
        &format!("{TITLE}<p>3/5/2024 @ 4:27PM</p>"),
        "2024-03-05 text",
    );
    check(
        month,
        "",
        &format!("{TITLE}<p>Published 5 May 2024</p>"),
        "2024-05-05 text",
    );
    // Of dates that are shown, the one that agrees with it counts.
    let shown = format!("{TITLE}<p class=date>1 June 2025</p><p>5 March 2024</p>");
    check(url, "", &shown, "2024-03-05 text");
    // A canonical URL does as well.
    check(
        "",
        &format!("<link rel=canonical href='{url}'>"),
        TITLE,
        "2024-03-05 url",
    );
}

#[test]
fn day_and_month_are_told_apart_by_the_page() {
    let open = meta("published", "04/03/2024");
    check(URL, &open, TITLE, "");
    check(
        URL,
        &open,
        &format!("{TITLE}{TEXT}<p>Posted on 3 April 2024</p>"),
        "2024-04-03 meta",
    );
    check(
        "https://one.example/2024/03/04/ferry",
        &open,
        TITLE,
        "2024-03-04 meta",
    );
    check(
        "https://one.example.au/ferry",
        &open,
        TITLE,
        "2024-03-04 meta",
    );
    // One of the two is still to come.
    check(
        URL,
        &meta("published", "05/07/2025"),
        TITLE,
        "2025-05-07 meta",
    );
    let american = meta("og:locale", "en_US");
    check(URL, &(open + &american), TITLE, "2024-04-03 meta");
}

#[test]
fn a_page_without_headings_has_its_title_somewhere() {
    let titled = "<div>Ferry landing to close</div><div>5 March 2024</div>";
    check(URL, "", titled, "2024-03-05 text");
    // The day of the visit, above the article.
    check(URL, "", "<div>Thursday, 29 May 2025, 22:31:20</div>", "");
}

#[test]
fn the_day_is_that_of_the_pages_own_clock() {
    let of = |url: &str, dates: &[&str]| {
        let head: String = dates.iter().map(|date| meta("published", date)).collect();
        published(url, &head, TITLE).unwrap()
    };
    let check = |url: &str, dates: &[&str], day: &str, is_local: bool| {
        let found = of(url, dates);
        assert_eq!(
            (found.day.to_string(), found.is_local),
            (day.to_owned(), is_local),
            "{dates:?}"
        );
        assert_eq!(Some(found.ms), parse_date(dates[0]), "{dates:?}");
        assert_eq!(found.source, DateSource::Meta);
    };
    check(URL, &["2024-03-05T23:30:00-05:00"], "2024-03-05", false);
    check(URL, &["2024-03-06T04:30:00Z"], "2024-03-06", false);
    check(URL, &["2024-03-05T23:30:00"], "2024-03-05", true);
    check(URL, &["2024-03-05"], "2024-03-05", true);
    // Another statement of the same time, with an offset and without, and the URL.
    check(
        URL,
        &["2024-03-06T04:30:00Z", "2024-03-05T23:30:00-05:00"],
        "2024-03-05",
        false,
    );
    check(
        URL,
        &["2024-03-06T04:30:00Z", "2024-03-05 23:30:00"],
        "2024-03-05",
        false,
    );
    let url = "https://one.example/2024/03/05/ferry";
    check(url, &["2024-03-06T04:30:00Z"], "2024-03-05", false);
    check(url, &["2024-03-07T04:30:00Z"], "2024-03-07", false);
}
