//! Verdicts, furniture and walls of invented stories, through the engine.

#![expect(clippy::unwrap_used, reason = "a test that cannot go on is to stop")]

use std::sync::Arc;

use wirecopy::engine::{Article, Body, Engine, Params, StoredArticle, Verdict};
use wirecopy::id::Collection;
use wirecopy::store::Memory;
use wirecopy::syndication::{Judgement, Relation, Role};

const HOUR: i64 = 3_600_000;
/// A Monday, at noon.
const NOON: i64 = 1_772_452_800_000;

const FERRY: &str = "The ferry Marlin ran aground off Halm shortly after four in the morning, with forty \
passengers and a cargo of timber aboard. The harbour master said the ship had missed the channel in fog and \
had come to rest on the sandbank that the town calls the Old Sow. All passengers walked ashore at low tide, \
carrying their shoes. The shipping company promised to pay for breakfast, and for the shoes.";

const MORE: &str = "By noon a tug from Arden had taken up a line, but the captain decided to wait for the \
spring tide of Wednesday. Until then a bus will carry travellers around the bay, four times a day. Fishermen \
offered to sell tickets to see the stranded ship at sunset, and found buyers.";

fn engine() -> Engine {
    let params = Params {
        threads: 1,
        ..Params::default()
    };
    Engine::open(Arc::new(Memory::default()), params).unwrap()
}

fn article(url: &str, published_ms: i64, text: &str) -> Article {
    Article {
        url: url.to_owned(),
        published_ms: Some(published_ms),
        body: Body::Text(text.to_owned()),
        ..Article::default()
    }
}

fn get(engine: &Engine, url: &str) -> StoredArticle {
    engine
        .get(&Collection::default(), url, true, false)
        .unwrap()
}

fn role(engine: &Engine, url: &str) -> Role {
    get(engine, url).judgement.role
}

fn ingest(engine: &Engine, article: Article) -> Verdict {
    engine.ingest(article).unwrap()
}

fn judged(engine: &Engine, article: Article) -> Judgement {
    ingest(engine, article).judgement.unwrap()
}

const HERALD: &str = "https://halmherald.example/ferry";
const COURIER: &str = "https://ardencourier.example/ferry";

#[test]
fn a_reprint_with_a_note_names_its_original_and_joins_it() {
    let note = "This article originally appeared in the Halm Herald.";
    // The copy states an earlier date and comes first, but says itself that it is no original.
    let engine = engine();
    let copy = article(
        COURIER,
        NOON - 48 * HOUR,
        &format!("{FERRY}\n\n{MORE}\n\n{note}"),
    );
    assert_eq!(judged(&engine, copy).role, Role::Reprint);
    ingest(
        &engine,
        article(HERALD, NOON, &format!("{FERRY}\n\n{MORE}")),
    );

    let copy = get(&engine, COURIER);
    assert_eq!(copy.placement.cluster.as_str(), HERALD);
    assert_eq!(
        copy.placement.overlap.resemblance(),
        1.0,
        "the note does not count"
    );
    let original = copy.judgement.original.unwrap();
    assert_eq!(original.article.unwrap().as_str(), HERALD);
    assert!(copy.judgement.confidence > 0.8);
    let Body::Text(text) = copy.article.body else {
        panic!("a text")
    };
    let evidence = copy
        .judgement
        .evidence
        .iter()
        .find(|one| one.kind.signal().is_some())
        .unwrap();
    let span = evidence.span.unwrap();
    assert_eq!(&text[span.start as usize..span.end as usize], note);
    assert_eq!(evidence.outlet, "Halm Herald");
    assert_eq!(role(&engine, HERALD), Role::Original);
}

#[test]
fn an_original_that_is_crawled_late_becomes_the_lead() {
    let engine = engine();
    let copy = format!("{FERRY} {MORE}\n\nSource: Halm Herald");
    let verdict = ingest(&engine, article(COURIER, NOON + 5 * HOUR, &copy));
    assert_eq!(verdict.placement.relation, Relation::Lead);
    let verdict = ingest(&engine, article(HERALD, NOON, &format!("{FERRY} {MORE}")));
    assert_eq!(
        (verdict.placement.relation, verdict.judgement.unwrap().role),
        (Relation::Lead, Role::Original)
    );
    assert_eq!(role(&engine, COURIER), Role::Reprint);
}

#[test]
fn an_agencys_text_is_wire_wherever_it_is_published() {
    let engine = engine();
    let text = format!("HALM (Reuters) - {FERRY} {MORE}");
    ingest(&engine, article(HERALD, NOON, &text));
    ingest(&engine, article(COURIER, NOON + HOUR, &text));
    for url in [HERALD, COURIER] {
        assert_eq!(role(&engine, url), Role::Wire, "{url}");
        let original = get(&engine, url).judgement.original.unwrap();
        assert_eq!(original.outlet, "Reuters");
    }
}

#[test]
fn a_photo_credit_does_not_name_the_source() {
    let engine = engine();
    let text = format!("{FERRY}\n\nPhoto: AFP\n\n{MORE}");
    let judgement = judged(&engine, article(HERALD, NOON, &text));
    assert_eq!(judgement.role, Role::Original, "{judgement:#?}");
    assert!(judgement.confidence < 0.65);
}

#[test]
fn a_publishers_revision_is_a_version() {
    let engine = engine();
    ingest(&engine, article(HERALD, NOON, &format!("{FERRY} {MORE}")));
    let revised = format!("{FERRY} {MORE} Correction: the bus goes five times a day, not four.");
    let url = "https://halmherald.example/ferry-2";
    ingest(&engine, article(url, NOON + 2 * HOUR, &revised));
    let known = get(&engine, url);
    assert_eq!(known.placement.relation, Relation::Version);
    assert_eq!(known.judgement.role, Role::Version);
}

#[test]
fn a_round_up_contains_articles_but_joins_no_clusters() {
    let engine = engine();
    let other = "https://ardencourier.example/tug";
    ingest(&engine, article(HERALD, NOON, FERRY));
    ingest(&engine, article(other, NOON + HOUR, MORE));
    let page = format!("News of the bay.\n\n{FERRY}\n\n{MORE}\n\n{}", paragraph(1));
    let url = "https://baynews.example/today";
    ingest(&engine, article(url, NOON + 3 * HOUR, &page));
    assert_eq!(role(&engine, url), Role::RoundUp);
    for (url, cluster) in [(url, url), (HERALD, HERALD), (other, other)] {
        assert_eq!(get(&engine, url).placement.cluster.as_str(), cluster);
    }
}

#[test]
fn walls_match_nothing() {
    let engine = engine();
    let wall = "Please enable JavaScript and cookies to continue. We have detected unusual traffic from your \
        network. Complete the captcha to verify that you are not a robot. Access denied.";
    for n in 0..3 {
        let url = format!("https://paper{n}.example/story");
        let verdict = ingest(&engine, article(&url, NOON, wall));
        assert_eq!((verdict.shingles, verdict.placement.size), (0, 1));
        assert_eq!(verdict.matches, []);
        assert_eq!(verdict.judgement.unwrap().role, Role::BlockedPage);
    }
}

/// Returns forty words. No two paragraphs share a word.
fn paragraph(n: usize) -> String {
    let words: Vec<String> = (0..40).map(|word| format!("p{n}w{word}")).collect();
    format!("{}.", words.join(" "))
}

const BOX: &str = "Every morning at six: the Halm Herald newsletter, with all that happened on the bay overnight.\n\
    Sign up here, it is free, and you can leave whenever you like.";

#[test]
fn repeated_text_of_a_host_is_learned_and_masked() {
    let engine = engine();
    let page = |n: usize| format!("{}\n\n{BOX}", paragraph(n));
    let url = |n: usize| format!("https://halmherald.example/{n}");
    for n in 0..7 {
        ingest(&engine, article(&url(n), NOON + n as i64 * HOUR, &page(n)));
    }
    let furniture = engine
        .furniture(&Collection::default(), "https://www.halmherald.example/x")
        .unwrap();
    let words: Vec<(&str, u32, bool)> = furniture
        .iter()
        .map(|one| (one.words.as_str(), one.clusters, one.masked))
        .collect();
    assert_eq!(words.len(), 2, "{furniture:#?}");
    assert!(words[0].0.starts_with("Every morning") || words[0].0.starts_with("Sign up"));
    assert!(
        words
            .iter()
            .all(|(_, clusters, masked)| *clusters >= 5 && *masked)
    );

    // The box of a later page does not count, and is reported as such.
    let later = get(&engine, &url(6));
    let Body::Text(text) = later.article.body else {
        panic!("a text")
    };
    assert_eq!(later.not_counted.len(), 2);
    for span in &later.not_counted {
        assert!(BOX.contains(&text[span.start as usize..span.end as usize]));
    }
    let copy = ingest(&engine, article(COURIER, NOON + 9 * HOUR, &paragraph(6)));
    assert_eq!(copy.placement.overlap.resemblance(), 1.0);
    // What one host repeats is not masked on another.
    let other = article("https://other.example/a", NOON, &page(70));
    let verdict = ingest(&engine, other);
    assert!(verdict.shingles > 40, "{}", verdict.shingles);
}

#[test]
fn a_story_that_a_host_carries_many_times_is_not_furniture() {
    let engine = engine();
    let story = format!("{}\n{}\n{}", paragraph(1), paragraph(2), paragraph(3));
    for n in 0..12 {
        let url = format!("https://halmherald.example/again-{n}");
        let text = format!("{story}\nUpdate number {n} of the day.");
        let verdict = ingest(&engine, article(&url, NOON + n * HOUR, &text));
        assert!(verdict.shingles > 100, "{}", verdict.shingles);
    }
    let furniture = engine
        .furniture(&Collection::default(), "halmherald.example")
        .unwrap();
    assert_eq!(furniture, []);
}

#[test]
fn the_copies_of_a_host_are_reported() {
    let engine = engine();
    let story = |n: usize| format!("{}\n{}", paragraph(2 * n), paragraph(2 * n + 1));
    for n in 0..4 {
        let url = format!("https://halmherald.example/{n}");
        ingest(&engine, article(&url, NOON + n as i64 * HOUR, &story(n)));
    }
    for n in 0..3 {
        let url = format!("https://www.ardencourier.example/{n}");
        let text = format!("{}\n\nSource: Halm Herald", story(n));
        ingest(&engine, article(&url, NOON + (n as i64 + 2) * HOUR, &text));
    }
    let report = |host: &str| {
        engine
            .publisher_report(&Collection::default(), host, None, "")
            .unwrap()
    };
    let courier = report("ardencourier.example");
    assert_eq!(
        (courier.articles, courier.leads, courier.copies, courier.own),
        (3, 0, 3, 0)
    );
    let from = &courier.copies_from[0];
    assert_eq!(
        (from.host.as_str(), from.articles, from.median_lag_ms),
        ("halmherald.example", 3, 2 * HOUR)
    );
    assert_eq!(from.notices.get("credit"), Some(&3));
    assert_eq!(courier.credits, [("Halm Herald".to_owned(), 3)]);
    let herald = report("https://halmherald.example/");
    assert_eq!((herald.articles, herald.leads, herald.copies), (4, 4, 0));
    assert_eq!(herald.copied_by[0].host, "ardencourier.example");
    assert_eq!(report("nobody.example").articles, 0);

    let since = engine
        .publisher_report(
            &Collection::default(),
            "halmherald.example",
            Some(NOON + 2 * HOUR),
            "",
        )
        .unwrap();
    assert_eq!(since.articles, 2);
    engine
        .remove(
            &Collection::default(),
            vec!["https://www.ardencourier.example/0".to_owned()],
        )
        .unwrap();
    assert_eq!(report("ardencourier.example").articles, 2);
}

#[test]
fn a_page_is_reduced_to_its_main_text() {
    let engine = engine();
    let html = format!(
        "<html lang=en><head><title>Ferry aground | Halm Herald</title>\
         <meta property='og:title' content='Ferry aground off Halm'>\
         <meta property='article:published_time' content='2026-03-02T12:00:00Z'>\
         <link rel=canonical href='https://halmherald.example/ferry'></head><body>\
         <nav><ul><li><a href=/a>Home</a><li><a href=/b>Weather</a><li><a href=/c>Sport</a></ul></nav>\
         <article><h1>Ferry aground off Halm</h1><p>{FERRY}</p><p>{MORE}</p></article>\
         <footer><p>© Halm Herald. All rights reserved. Contact. Imprint.</p></footer></body></html>"
    );
    let page = Article {
        url: "https://scraper.example/p?id=7".to_owned(),
        body: Body::Html(html),
        ..Article::default()
    };
    let judgement = judged(&engine, page);
    assert_eq!(
        judgement.role,
        Role::Reprint,
        "its canonical URL is on another host"
    );
    let known = get(&engine, "https://scraper.example/p?id=7");
    assert_eq!(known.article.body, Body::Text(format!("{FERRY}\n\n{MORE}")));
    assert_eq!(known.article.title, "Ferry aground off Halm");
    assert_eq!(known.article.published_ms, Some(NOON));
    assert_eq!(known.article.lang, "en");
    assert_eq!(known.canonical_url, HERALD);
}

#[test]
fn a_story_in_a_large_cluster_is_not_furniture() {
    let engine = engine();
    let story = format!("{}\n{}\n{}", paragraph(1), paragraph(2), paragraph(3));
    for n in 0..90 {
        let url = format!("https://paper{n}.example/story");
        ingest(&engine, article(&url, NOON + n * HOUR, &story));
    }
    for n in 0..9 {
        let url = format!("https://halmherald.example/again-{n}");
        let text = format!("{story}\nUpdate number {n} of the day.");
        ingest(&engine, article(&url, NOON + (100 + n) * HOUR, &text));
    }
    let learned = engine.furniture(&Collection::default(), "halmherald.example");
    assert_eq!(learned.unwrap(), []);
}

#[test]
fn a_host_with_the_most_segments_still_learns() {
    let engine = engine();
    // Changing lists of teasers: each line is on two pages.
    let line = |n: usize| format!("teaser number {n} of the rotating list");
    for n in 0..90 {
        let list: Vec<String> = (0..50).map(|at| line(n * 25 + at)).collect();
        let text = format!("{}\n{}", paragraph(n), list.join("\n"));
        let url = format!("https://halmherald.example/{n}");
        ingest(&engine, article(&url, NOON + n as i64 * HOUR, &text));
    }
    for n in 90..98 {
        let text = format!("{}\n{BOX}", paragraph(n));
        let url = format!("https://halmherald.example/{n}");
        ingest(&engine, article(&url, NOON + n as i64 * HOUR, &text));
    }
    let learned = engine.furniture(&Collection::default(), "halmherald.example");
    let learned = learned.unwrap();
    assert_eq!(learned.len(), 2000, "the most that a host may have");
    let masked: Vec<&str> = learned
        .iter()
        .filter(|one| one.masked)
        .map(|one| one.words.as_str())
        .collect();
    assert_eq!(masked.len(), 2, "{masked:?}");
    assert!(masked.iter().all(|words| BOX.contains(words)));
}

#[test]
fn a_notice_counts_after_any_number_of_attributions() {
    let engine = engine();
    let said: Vec<String> = (0..30)
        .map(|n| format!("The tide rose by {n} metres, according to Reuters."))
        .collect();
    let note = "This article originally appeared in the Halm Herald.";
    let text = format!("{FERRY}\n\n{}\n\n{note}", said.join("\n\n"));
    ingest(&engine, article(COURIER, NOON, &text));
    let known = get(&engine, COURIER);
    assert_eq!(known.judgement.role, Role::Reprint);
    assert!(known.judgement.evidence.iter().any(|one| one.words == note));
}

#[test]
fn a_short_text_on_many_hosts_is_a_wall() {
    let engine = engine();
    // In words that are not in the table.
    let wall = "Den siden du leter etter har seilt videre. Vennligst vend hjem og prøv en annen brygge \
        i morgen tidlig, eller spør havnesjefen om råd.";
    let url = |n: usize| format!("https://avis{n}.example/sak");
    let titles = [
        "Ferja går på grunn",
        "Ny bru over elva",
        "Skolen får bibliotek",
        "Tre kandidater til ordfører",
        "Epler blir dyrere i høst",
        "Biene stanset toget",
    ];
    for (n, title) in titles.into_iter().enumerate() {
        let page = Article {
            title: title.to_owned(),
            ..article(&url(n), NOON + n as i64, wall)
        };
        ingest(&engine, page);
    }
    for n in 0..6 {
        assert_eq!(role(&engine, &url(n)), Role::BlockedPage, "{n}");
    }
    // A brief that many newspapers print has much the same headline everywhere, and a date.
    let brief = "Havna i Halm stenger i natt på grunn av storm. Ferja går igjen i morgen klokka ni, om \
        været holder, sier havnesjefen.";
    let url = |n: usize| format!("https://blad{n}.example/brief");
    for n in 0..6 {
        let page = Article {
            title: format!("Havna i Halm stenger i natt ({n})"),
            ..article(&url(n), NOON + n as i64, brief)
        };
        ingest(&engine, page);
    }
    for n in 0..6 {
        assert_ne!(role(&engine, &url(n)), Role::BlockedPage, "{n}");
    }
}

#[test]
fn a_source_of_excerpts_is_no_round_up_and_an_excerpt_no_original() {
    let engine = engine();
    let feature = (0..12).map(paragraph).collect::<Vec<_>>().join("\n\n");
    ingest(&engine, article(HERALD, NOON, &feature));
    let lifts = ["https://one.example/a", "https://two.example/a"];
    for (n, url) in lifts.iter().enumerate() {
        let text = format!("{}\n\n{}", paragraph(2 * n + 3), paragraph(2 * n + 4));
        ingest(&engine, article(url, NOON + 48 * HOUR, &text));
    }
    assert_eq!(role(&engine, HERALD), Role::Unknown);
    for url in lifts {
        assert_ne!(role(&engine, url), Role::Original, "{url}");
    }
}
