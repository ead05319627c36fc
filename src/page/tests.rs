//! Tests of the whole room: odd pages, hostile pages, and properties of any text.

use std::time::{Duration, Instant};

use proptest::prelude::*;
use proptest::sample::select;

use super::{Method, Page, decode, read};

pub(super) const FIRST: &str = "The ferry to the islands was held in the harbour on Tuesday, because the wind \
    had risen in the night and the pilots would not go out.";
pub(super) const SECOND: &str = "By noon, the queue of lorries reached the old customs house; drivers slept in \
    their cabs, and the bakery sold out of bread for the second time this winter.";
pub(super) const THIRD: &str = "A spokeswoman for the line said that the evening crossing would go ahead, if the \
    forecast holds, and that all tickets stay valid until Friday.";

pub(super) fn page(html: &str) -> Page {
    read(html, "https://news.example/2024/ferry", &|_| false)
}

pub(super) fn check(html: &str, expected: &str) {
    assert_eq!(page(html).text, expected, "{html}");
}

pub(super) fn article(before: &str, within: &str, after: &str) -> String {
    format!(
        "<!doctype html><html lang=en-GB><head><title>Ferry held in harbour - The Example</title>\
         <link rel=canonical href=/ferry></head><body>\
         <nav><ul><li><a href=/>Home</a><li><a href=/sport>Sport</a></ul></nav>{before}\
         <div class=story><h1>Ferry held in harbour</h1><p>{FIRST}</p>{within}<p>{SECOND}</p>\
         <p>{THIRD}</p></div>{after}<footer><p>Copyright The Example. All rights reserved, in all \
         countries, for all time.</p></footer></body></html>"
    )
}

pub(super) fn whole() -> String {
    format!("{FIRST}\n\n{SECOND}\n\n{THIRD}")
}

#[test]
fn a_fragment_is_kept_whole() {
    check(
        "<p>One &amp; two,<br>three</p><p>four</p>",
        "One & two,\nthree\n\nfour",
    );
    check("<p>One</p><p>two</p>", "One\n\ntwo");
    check("<h1>A</h1>\n <div> b\n<b>c</b>d </div>", "A\n\nb cd");
    check("plain  text\nwithout tags", "plain text without tags");
    check(
        "<style>p { }</style>a<script>if (a < b) '</p>'</script>b",
        "ab",
    );
    check("x<svg><title>no</title><path/></svg>y<svg/>z", "xyz");
    check("a<!-- <p>no</p> -->b", "ab");
    check("<table><tr><td>1<td>2<tr><td>3</table>", "1 2\n3");
    check("<pre>a\n  b</pre>", "a\nb");
    check(
        "caf&eacute; &#x6c49; &nosuch; 5 < 6",
        "café 汉 &nosuch; 5 < 6",
    );
    check("har&shy;bour", "harbour");
    assert_eq!(page("<p>One</p>").method, Method::Whole);
}

#[test]
fn odd_pages_are_read_too() {
    check("", "");
    check("<p", "");
    check("a <b", "a");
    check("a<script>never closed <p>b", "a");
    check("</div></p>a</script>", "a");
    check("<template><template>a</template>b</template>c", "c");
    check("<html><body></body></html>", "");
    check("<html><body>short</body></html>", "short");
    check("<title>t</title>a", "a");
    check("a\0b", "ab");
}

#[test]
fn the_article_is_separated_from_the_frame() {
    let found = page(&article("", "", ""));
    assert_eq!(found.text, whole());
    assert_eq!(found.method, Method::Element);
    assert_eq!(found.title, "Ferry held in harbour");
    assert_eq!(found.lang, "en-GB");
    assert_eq!(found.canonical, "https://news.example/ferry");

    let teaser = "<li class=item><a href=/x>Another story of that day</a><p>What it says, in short, \
        for those who have no time to read it.</p></li>";
    let related = format!("<ul>{}</ul>", teaser.repeat(5));
    let comments = format!("<div id=comments><p>{SECOND}</p><p>{FIRST}</p></div>");
    let sidebar = format!("<div class=sidebar><p>{THIRD}</p></div>");
    let within = "<figure><img><figcaption>A ship, seen from the pier.</figcaption></figure>\
        <div class=newsletter-box><p>Every day, the best of our stories.</p></div>\
        <p><a href=/y>Read more: the winter of the storms</a></p>";
    check(&article(&sidebar, within, &(related + &comments)), &whole());
}

#[test]
fn the_title_is_not_in_the_text() {
    for (window, heading, title) in [
        ("Fähre | Blatt", "Fähre", "Fähre"),
        (
            "Ferry held in harbour - The Example",
            "Ferry held<br>in harbour",
            "Ferry held in harbour",
        ),
        (
            "Ferry held in harbour",
            "<i>FERRY</i> HELD<p>in harbour",
            "Ferry held in harbour",
        ),
    ] {
        let html = format!(
            "<html><title>{window}</title><body><article><h1>{heading}</h1>\
             <p><a href=/x>The ferry</a> stays.</p><p>{SECOND}</p></article>"
        );
        let found = page(&html);
        assert_eq!(found.title.to_lowercase(), title.to_lowercase(), "{html}");
        let expected = format!("The ferry stays.\n\n{SECOND}");
        assert_eq!(found.text, expected, "{html}");
        let link = &found.links[0];
        let words = &found.text[link.span.start as usize..link.span.end as usize];
        assert_eq!(words, "The ferry", "{html}");
    }
}

#[test]
fn urls_are_bounded() {
    let long = "x".repeat(100_000);
    let base = format!("<html><base href='https://other.example/{long}/'>");
    let links = "<a href=y>It was said</a>, and it was so. ".repeat(30_000);
    let found = page(&format!(
        "{base}<link rel=canonical href={long}><p><a href='/{long}'>long</a> {links}"
    ));
    assert_eq!(found.canonical, "");
    assert_eq!(found.links.len(), 10_000);
    assert_eq!(found.links[0].href, "https://news.example/2024/y");
}

#[test]
fn an_article_in_several_boxes_is_whole() {
    let part = |text: &str| format!("<div class=row><div class=text><p>{text}</p></div></div>");
    let parts = format!(
        "<html><body><main>{}<div class=ad>Advertisement</div>{}{}</main></body></html>",
        part(FIRST),
        part(SECOND),
        part(THIRD)
    );
    check(&parts, &whole());
    let breaks = format!("<html><body><td>{FIRST}<br><br>{SECOND}<br>\n<br>{THIRD}</td></html>");
    check(&breaks, &whole());
}

#[test]
fn a_wrapper_may_have_any_label() {
    for class in "with-sidebar related-layout comment-count-3 hidden".split(' ') {
        let html = article("", "", "").replace("class=story", &format!("class='{class}'"));
        check(&html, &whole());
    }
}

#[test]
fn hidden_text_is_read_only_if_there_is_no_other() {
    let hidden = "<p style='display: none'>Nobody sees this sentence, which is long enough.</p>";
    check(&article("", hidden, ""), &whole());
    let all = format!("<html><body><div style='display:none'><p>{FIRST}</p></div></body></html>");
    check(&all, FIRST);
}

#[test]
fn text_that_scripts_move_or_unfold_is_read() {
    // React streams the article into a hidden box at the end of the page.
    let streamed = format!(
        "<html><body><main><h1>Ferry held in harbour</h1><template id=B:0></template></main>\
         <div hidden id=S:0><p>{FIRST}</p><p>{SECOND}</p><p>{THIRD}</p></div>\
         <footer><p>{FIRST} All rights reserved.</p></footer></body></html>"
    );
    check(&streamed, &whole());
    // A dialog silences the page under it.
    let silent = article("", "", "").replace("class=story", "class=story aria-hidden=true");
    check(
        &silent.replace(
            "<nav>",
            "<div role=dialog><p>Accept, or pay.</p></div><nav>",
        ),
        &whole(),
    );
    let icon = "<p><span aria-hidden=true>Icon of a ship</span></p>";
    check(&article("", icon, ""), &whole());
    let shadow = format!("<template shadowrootmode=open><p>{FIRST}</p><p>{SECOND}</p></template>");
    let page =
        format!("<html><body><my-story>{shadow}<template><p>{THIRD}</p></template></my-story>");
    check(&page, &format!("{FIRST}\n\n{SECOND}"));
    // The rest of a text, which a control shows.
    let folded = |control: &str| {
        format!(
            "<html><body><article><h1>Ferry</h1><p>{FIRST}</p><p>{SECOND}</p>\
             <div style='display:none'><p>{THIRD}</p><p>{THIRD} Or so.</p></div>{control}</article>"
        )
    };
    let all = format!("{}\n\n{THIRD} Or so.", whole());
    check(&folded("<a href='#'>Read more</a>"), &all);
    check(&folded("<button>Read more</button>"), &all);
    check(
        &folded("<a href='/next'>Read more</a>"),
        &format!("{FIRST}\n\n{SECOND}"),
    );
}

#[test]
fn an_empty_page_is_read_from_what_it_holds() {
    let story = format!("<article><p>{FIRST}</p><p>{SECOND}</p><p>{THIRD}</p></article>");
    let strings = [FIRST, SECOND, THIRD].map(|text| format!("{{\"text\":\"{text}\"}}"));
    let state = format!("{{\"page\":{{\"story\":[{}]}}}}", strings.join(","));
    for held in [
        format!("<noscript>{story}</noscript>"),
        format!("<iframe srcdoc=\"{story}\"></iframe>"),
        format!("<script id=__NEXT_DATA__ type=application/json>{state}</script>"),
        format!("<script>window.__STATE__ = {state};</script>"),
    ] {
        let html = format!("<html><body><div id=root></div>{held}</body></html>");
        let found = page(&html);
        assert_eq!(
            (found.text, found.method),
            (whole(), Method::NotShown),
            "{html}"
        );
        // A page that shows its article is not searched.
        let other = held.replace("ferry", "boat");
        check(&article("", "", &other), &whole());
    }
}

#[test]
fn what_was_encoded_twice_is_decoded() {
    check(
        "<p>It&amp;#039;s &amp;quot;held&amp;quot;&amp;nbsp;now</p>",
        "It's \"held\" now",
    );
    check("<p>&amp;lt;br&amp;gt; breaks</p>", "&lt;br&gt; breaks");
    check("<pre>a &amp;amp; b</pre>", "a &amp; b");
}

#[test]
fn short_paragraphs_at_the_end_are_kept() {
    for credit in ["(With agencies)", "By our own staff"] {
        let html = article("", "", "").replace("</p></div>", &format!("</p><p>{credit}</p></div>"));
        check(&html, &format!("{}\n\n{credit}", whole()));
    }
    let label = article("", "", "").replace("</p></div>", "</p><div>Advertisement</div></div>");
    check(&label, &whole());
}

#[test]
fn the_lead_is_part_of_the_text() {
    let lead = "No boat to the islands until the wind lets up";
    let expected = format!("{lead}\n\n{}", whole());
    for head in [
        format!("<div class=lead>{lead}</div>"),
        format!("<h2>{lead}</h2>"),
    ] {
        let html = article("", "", "")
            .replace("<div class=story>", "")
            .replace(
                "</h1>",
                &format!("</h1>{head}<div class=byline>Ann Poe</div><div class=story>"),
            );
        check(&html, &expected);
    }
}

#[test]
fn an_article_may_be_a_list() {
    let entry = |name: &str, text: &str, class: &str| {
        format!(
            "<section class='{class}'><header><h2><a href=/{name}>The {name} of the islands</a></h2>\
             </header><main><p>{text}</p><p><a href=/shop/{name}>Buy a ticket</a></p></main></section>"
        )
    };
    let entries = [
        ("Heron", FIRST),
        ("Gull", SECOND),
        ("Tern", THIRD),
        ("Auk", FIRST),
        ("Kite", SECOND),
    ];
    let list: String = entries
        .iter()
        .map(|(name, text)| entry(name, text, "entry-box"))
        .collect();
    let html =
        format!("<html><title>The ferries</title><body><h1>The ferries</h1><div>{list}</div>");
    let found = page(&html).text;
    for (name, text) in entries {
        let entry = format!("The {name} of the islands\n\n{text}");
        assert!(found.contains(&entry), "{found}");
    }
    // Every paragraph in boxes of its own, with a label that says nothing.
    let boxed = |text: &str| {
        format!(
            "<section><div class='col'><div class='el-widget'><p>{text}</p></div></div></section>"
        )
    };
    let boxes = [FIRST, SECOND, THIRD].map(boxed).concat();
    let html = format!("<html><body><div class=page>{boxes}</div><footer><p>{FIRST}</p></footer>");
    check(&html, &whole());
}

#[test]
fn captions_may_be_the_text() {
    let slide = |text: &str| {
        format!(
            "<figure class=slide><img><figcaption class=words>{text} It is told.</figcaption></figure>"
        )
    };
    let slides = [FIRST, SECOND, THIRD].map(slide).concat();
    let html = format!("<html><body><article><p>{FIRST}</p>{slides}</article>");
    let found = page(&html).text;
    assert!(found.ends_with(&format!("{THIRD} It is told.")), "{found}");
    // Beside a text, they are not.
    check(&article("", &slide("A ship."), ""), &whole());
}

#[test]
fn how_words_are_pronounced_is_no_text() {
    check(
        "<p><ruby>漢<rp>(</rp><rt>かん</rt><rp>)</rp></ruby>字。</p>",
        "漢字。",
    );
}

#[test]
fn tables_and_lists_are_part_of_the_text() {
    let row = |n: u32| format!("<tr><td>{n}</td><td>Ferry of line {n}, built in 190{n}</td></tr>");
    let rows: String = (1..6).map(row).collect();
    let table = format!("<figure><table>{rows}</table></figure>");
    let found = page(&article("", &table, "")).text;
    assert!(
        found.contains("3 Ferry of line 3, built in 1903"),
        "{found}"
    );
    let list = "<ul><li><a href=/a>The Heron</a></li><li>The Gull, which is older</li>\
        <li>The Tern, of the same yard</li></ul>";
    let found = page(&article("", list, "")).text;
    assert!(found.contains("The Heron\n"), "{found}");
    let last = article("", "", "").replace("</p></div>", &format!("</p>{list}</div>"));
    assert!(
        page(&last).text.ends_with("The Tern, of the same yard"),
        "{last}"
    );
}

#[test]
fn other_articles_are_left_out() {
    let next = format!("<h1>Bridge closed</h1><p>{THIRD}</p><p>{SECOND}</p><p>{FIRST}</p>");
    let post = |inner: &str| format!("<div class=post>{inner}</div>");
    let own = format!("<h1>Ferry held</h1><p>{FIRST}</p><p>{SECOND}</p><p>{THIRD}</p>");
    for both in [
        format!("<article>{own}</article><article>{next}</article>"),
        post(&own) + &post(&next) + &post(&next),
        format!("<main>{own}<div class=next-story>{next}</div></main>"),
    ] {
        check(
            &format!("<html><title>Ferry held</title><body>{both}"),
            &whole(),
        );
    }
    // Sections of one article may have headings of the same level.
    let parts = format!(
        "<html><title>Ferry held</title><body><article>{own}<h1>Bridge closed</h1><p>{FIRST} Again.</p>\
         </article>"
    );
    assert!(page(&parts).text.ends_with("Again."), "{parts}");
}

#[test]
fn comments_are_left_out_however_long() {
    let comments = format!("<p>{THIRD} So I think.</p>").repeat(20);
    for label in ["id=comments", "id=disqus_thread", "class='comment-list'"] {
        check(
            &article("", "", &format!("<div {label}>{comments}</div>")),
            &whole(),
        );
    }
}

#[test]
fn a_text_that_stands_twice_is_taken_once() {
    let texts: Vec<String> = (0..6)
        .map(|n| format!("<p>{n}: {FIRST} {SECOND}</p>"))
        .collect();
    let copy = format!("<div class=mobile>{}</div>", texts.concat());
    let html = format!(
        "<html><title>Ferry</title><body>{copy}{}",
        copy.replace("mobile", "desktop")
    );
    let found = page(&html).text;
    assert_eq!(found.matches("3: The ferry").count(), 1, "{found}");
}

#[test]
fn a_notice_outside_the_text_is_kept_on_request() {
    let note = "<div class=credit>This report first appeared in The Other Example.</div>";
    let html = article("", "", note);
    check(&html, &whole());
    let kept = read(&html, "", &|text| text.contains("first appeared"));
    let expected = whole() + "\n\nThis report first appeared in The Other Example.";
    assert_eq!(kept.text, expected);
    // Not in comments and menus.
    let html = article("", "", &format!("<div id=comments>{note}</div>"));
    let kept = read(&html, "", &|text| text.contains("first appeared"));
    assert_eq!(kept.text, whole());
}

#[test]
fn links_have_the_range_of_their_words() {
    let html = article(
        "",
        "<p>It was <a href='../storm?x=1&amp;y=2'>the third <b>storm</b></a> of \
        the month, and <a>no link</a>, <a href='mailto:a@b.example'>mail</a>, they said.</p>",
        "",
    );
    let found = page(&html);
    assert_eq!(found.links.len(), 1);
    let link = &found.links[0];
    let words = &found.text[link.span.start as usize..link.span.end as usize];
    assert_eq!(words, "the third storm");
    assert_eq!(link.href, "https://news.example/storm?x=1&y=2");
}

#[test]
fn the_page_may_state_its_text() {
    let stated = |text: &str, rest: &str| {
        format!(
            "<html><head><script type='application/ld+json'>{{\"@type\": \"NewsArticle\", \
             \"headline\": \"Ferry held\", \"author\": [{{\"name\": \"Ann Poe\"}}], \
             \"datePublished\": \"2024-02-06T08:00:00+01:00\", \"publisher\": {{\"name\": \
             \"The Example\"}}, \"articleBody\": \"{text}\"}}</script></head><body>{rest}</body>"
        )
    };
    let all = format!("{FIRST}\\n{SECOND}\\n{THIRD}");
    let found = page(&stated(
        &all,
        &format!("<p>{FIRST}</p><p>Please subscribe.</p>"),
    ));
    assert_eq!((found.text, found.method), (whole(), Method::NotShown));
    assert_eq!(found.title, "Ferry held");
    assert_eq!(found.byline, "Ann Poe");
    assert_eq!(found.publisher, "The Example");
    let published = super::parse_date("2024-02-06T07:00:00Z");
    assert_eq!(found.published.map(|date| date.ms), published);
    // A stated text that has nothing to do with the visible text does not count.
    let other =
        "Rain is expected in the hills, with snow above a thousand metres, said the office. ";
    let found = page(&stated(
        &other.repeat(6),
        &format!("<p>{FIRST}</p><p>{SECOND}</p><p>{THIRD}</p>"),
    ));
    assert_eq!((found.text, found.method), (whole(), Method::Element));
}

#[test]
fn a_page_is_never_an_empty_article() {
    let title = "<title>Rain over the hills today</title>";
    for body in [
        "<h1>Rain over the hills today</h1>",
        "<h1>Rain over the hills today</h1><h2>Snow</h2>",
        "<nav><a href=/a>Home</a> <a href=/b>Sport</a></nav>",
        "<div id=comments><p>First!</p></div><footer>Imprint</footer>",
        "<div style='display:none'><h1>Rain</h1></div>",
        "<form><p>Accept all cookies, or pay.</p></form>",
        "<ul><li><a href=/1>One and one is two</a><li><a href=/2>Two and two is four</a>\
         <li><a href=/3>Three and three is six</a></ul>",
    ] {
        let found = page(&format!(
            "<!doctype html><html><head>{title}</head><body>{body}"
        ));
        assert!(!found.text.is_empty(), "{body}");
    }
}

#[test]
fn hostile_pages_take_little_time() {
    let numbered =
        |of: &dyn Fn(usize) -> String, times: usize| (0..times).map(of).collect::<String>();
    let bold = "<b>".repeat(505);
    let in_bold = |text: &str, times| bold.clone() + &text.repeat(times);
    let many_labels = format!("<b class='{}'>x", "ab ".repeat(130));
    // A beginning, and what is repeated after it.
    let repeated = [
        ("", "<div>", 100_000),
        ("", "<p>", 1_000_000),
        ("", "<a href=x>", 500_000),
        ("", "<li>x<ul>", 300_000),
        ("", "<!--", 1_000_000),
        ("", "<script>", 500_000),
        ("", "</p>", 1_000_000),
        ("", "</div></b>", 500_000),
        ("", "&amp;<br>", 500_000),
        ("", "&", 4_000_000),
        ("", "<", 4_000_000),
        ("", "<div class='sidebar comment'>x", 250_000),
        ("", "<h1 itemprop='author headline'>a title of it ", 150_000),
        ("", "<meta name=date content=x>", 250_000),
        ("<html><script type='application/ld+json'>", "[", 4_000_000),
        (
            "<html><body><p>",
            "<span>word, and <i>word</i>. </span>",
            200_000,
        ),
        ("", "<svg><title>a", 300_000),
        ("", "<time datetime='Mon 1 Janu'>", 250_000),
        ("", &many_labels, 8_000),
        ("", "<a \"", 1_000_000),
        ("", "x\u{ad}", 2_000_000),
    ];
    let repeated = repeated.map(|(before, text, times)| before.to_owned() + &text.repeat(times));
    let nested = [
        "<b a=1>".repeat(100_000) + "x",
        "<table><tr><td>".repeat(100_000) + "x",
        "<div rel=author class=byline><time datetime=x>".repeat(150_000) + &"word ".repeat(100_000),
        " | Example".repeat(500_000).replacen(" | ", "<title>", 1),
        format!("<a {}>x", numbered(&|n| format!("a{n} "), 1_000_000)),
        format!("<a {}>x", numbered(&|n| format!("a{n}='>' "), 500_000)),
        format!("<html><noscript>{}</noscript>", "<div>".repeat(800_000)),
        format!(
            "<html><script>{{\"a\":[{}1]}}</script>",
            "\"a word.\",".repeat(400_000)
        ),
        format!("<iframe srcdoc='{}'>", "<p>word. ".repeat(400_000)),
        format!("<html><script>{}", "x([\"(\",".repeat(400_000)),
        format!("<html><script>{}", "JSON.parse('{".repeat(300_000)),
        format!(
            "<html><script>window.__a={{{}",
            "b:\"x\",c ".repeat(300_000)
        ),
        "<i data-page='{\"a\":[1,'></i>".repeat(100_000),
        "<html><title>a title of it</title><h1>a title of it</h1>".to_owned()
            + &"<h1><div>".repeat(250)
            + &"word, and more. ".repeat(200_000),
        "<html><title>a: title: of it</title>".to_owned() + &"<b>of it</b>".repeat(150_000),
        "<html><title>a title of it</title><h1>a title of it</h1><p>word. ".to_owned()
            + &"<article><h1>another title</h1><p>word, and more. ".repeat(100_000),
        "<html><body>".to_owned() + &"<table>".repeat(300_000),
        "<html><body>".to_owned() + &"<div hidden>x".repeat(300_000),
        "<html><body>".to_owned()
            + &numbered(
                &|n| format!("<li class=c{n}><a href=/{n}>{n} is a link</a>"),
                150_000,
            ),
        format!(
            "<html><script type='application/ld+json'>{{\"@type\":\"Article\",\"articleBody\":\"{}\"}}</script><body><p>{}",
            "a word, ".repeat(500_000),
            "a word, ".repeat(400_000)
        ),
        in_bold("</i>", 1_000_000),
        in_bold("</b><b>", 500_000),
        in_bold("</x></y>", 500_000),
        in_bold("<li></li><dd></dd><tbody></tbody><td></td>", 50_000),
        format!("<div><i><table><td>{}", in_bold("</i></div>", 500_000)),
        format!("<p><i><object>{}", in_bold("</p></i></h1>x", 300_000)),
        "<div rel=author itemprop=headline>".repeat(505) + &"<i></i>".repeat(300_000),
        "<time class=byline itemprop=datePublished>".repeat(505) + &"<i></i>".repeat(300_000),
        format!("<title>{}</title>", " - ".repeat(2_000_000))
            + &"<h1>a title of it</h1>".repeat(20),
        format!(
            "<html><base href='http://a.example/{}'><p>",
            "x".repeat(2_000_000)
        ) + &"<a href=y>word, and more.</a> text. ".repeat(150_000),
        format!("<html style='{}'>", "a ".repeat(2_000_000)),
        format!("<html class='{}'>", "aB ".repeat(1_000_000)),
    ];
    // Several times what a busy machine takes. A quadratic step takes minutes in a debug build.
    let bound = Duration::from_secs(if cfg!(debug_assertions) { 10 } else { 2 });
    for html in repeated.into_iter().chain(nested) {
        let begun = Instant::now();
        let _ = page(&html);
        let took = begun.elapsed();
        let start: String = html.chars().take(60).collect();
        assert!(took < bound, "{took:?} for {start}");
    }
}

/// Returns pieces of pages in any order.
fn pieces() -> impl Strategy<Value = String> {
    const PIECES: &str = "<html>|<body class=article>|</body>|<head>|<title>|</title>|<p>|</p>|\
        <div class='sidebar x'>|</div>|<a href='/é'>|</a>|<b>|</b>|<table>|<td>|</table>|\
        <script>|</script>|<li>|<ul>|</ul>|<br>|&amp;|&#0;|<!--|-->|<h1>|</h1>|<pre>|\n| |\
        汉字，是。|word, and more. |\u{ad}|İ|<meta property=og:title content='a - b'>|\
        <time datetime=2020-02-02>|\
        <script type=application/ld+json>{\"@type\":\"Article\",\"headline\":\"<b>x\"}</script>";
    let piece = select(PIECES.split('|').collect::<Vec<_>>());
    prop::collection::vec(piece, 0..60).prop_map(|pieces| pieces.concat())
}

fn holds(html: &str) {
    let found = read(html, "https://a.example/b/c", &|text| text.len() % 2 == 0);
    let again = read(html, "https://a.example/b/c", &|text| text.len() % 2 == 0);
    assert_eq!(found, again);
    let mut last = 0;
    for link in &found.links {
        let (start, end) = (link.span.start as usize, link.span.end as usize);
        assert!(last <= start && start < end, "{html}");
        let words = found.text.get(start..end).expect(html);
        assert_eq!(words.trim(), words, "{html}");
        last = end;
    }
    assert_eq!(found.text.trim(), found.text, "{html}");
}

proptest! {
    #[test]
    fn any_text_gives_a_value(html in any::<String>()) {
        holds(&html);
    }

    #[test]
    fn any_page_gives_a_value(html in pieces()) {
        holds(&html);
    }

    #[test]
    fn any_bytes_give_a_text(bytes in any::<Vec<u8>>(), header in any::<Option<String>>()) {
        let (text, name) = decode(&bytes, header.as_deref());
        prop_assert!(!name.is_empty());
        holds(&text);
    }

    #[test]
    fn any_text_is_a_date_or_none(text in "[ -~年月日]{0,40}") {
        let _ = super::parse_date(&text);
    }
}
