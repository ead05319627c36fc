//! Spans and URLs of notices, tables of a user, and arbitrary texts.

use proptest::prelude::*;

use super::{TABLE, article, found};
use crate::notices::{NoticeTable, Signal};
use crate::page::Link;
use crate::text::Span;

fn check_span(words: &str, signal: Signal, expected: &str) {
    let text = article(words, signal);
    let notices = found(&text);
    let spans: Vec<&str> = notices.iter().map(|n| &text[n.span.range()]).collect();
    assert_eq!(spans, [expected]);
}

#[test]
fn spans_are_the_very_words() {
    let words = "（本文来源：港口日报）";
    check_span(words, Signal::Credit, words);
    let words = "«Élan» – Source : Le Quai";
    check_span(words, Signal::Credit, "Source : Le Quai");
    let words = "LONDON (Reuters) —";
    check_span(words, Signal::Dateline, words);
    let words = "Quelle: APA/sda/dpa";
    check_span(words, Signal::Credit, words);
}

fn link(text: &str, anchor: &str, href: &str) -> Link {
    let start = text.find(anchor).expect("the anchor is in the text");
    Link {
        span: Span::new(start, start + anchor.len()),
        href: href.to_owned(),
    }
}

#[test]
fn links_give_the_url() {
    let text = "A bridge.\n\nThis article is republished from The Lantern under a Creative Commons license. \
                Read the original article.";
    let licence = "https://creativecommons.org/licenses/by-nd/4.0/";
    let story = "https://lantern.example/2020/new-bridge-1234";
    let links = [
        link(text, "The Lantern", "https://lantern.example/"),
        link(text, "Creative Commons", licence),
        link(text, "original article", story),
    ];
    assert_eq!(TABLE.find(text, &links)[0].url, story);
    for (notice, url) in [
        (
            "Originally published at lantern.example",
            "https://lantern.example",
        ),
        (
            "Source: https://lantern.example/2020/b",
            "https://lantern.example/2020/b",
        ),
        ("Source: The Lantern", ""),
    ] {
        assert_eq!(found(&format!("A bridge.\n\n{notice}"))[0].url, url);
    }
}

#[test]
fn weak_notices_stay_in_the_text() {
    let text = article(
        "The mayor agreed, according to Reuters",
        Signal::Attribution,
    );
    assert!(!found(&text)[0].cut);
    assert!(found(&article("Source: Reuters", Signal::Credit))[0].cut);
}

/// Returns an article of paragraphs with a line between them, and below or above them.
fn with_line(line: &str, place: usize) -> String {
    let paragraph = "The council met on Tuesday to decide on the new bridge over the river, and heard the \
                     residents of both banks, who asked for a lower speed, more trees and fewer cars.";
    let mut lines = vec![paragraph; 3];
    lines.insert(place, line);
    lines.join("\n\n")
}

#[test]
fn a_credit_between_paragraphs_is_a_captions() {
    let credited = |line: &str, place: usize| !found(&with_line(line, place)).is_empty();
    for line in [
        "Source: Harbor Office",
        "Quelle: Hafenblick",
        "Jan Nowak / AP",
        "(AFP)",
        "AFP",
    ] {
        assert!(!credited(line, 1), "{line}");
        assert!(credited(line, 3), "{line}");
    }
    assert!(credited("Ann Lee, The Associated Press", 0));
    // What is above an article under a picture may be the picture's.
    assert!(!credited("Jan Nowak / AP", 0));
    // What is said in words may stand anywhere.
    assert!(credited("This story first appeared in The Lantern.", 1));
}

#[test]
fn a_menu_of_agencies_is_no_credit() {
    for menu in [
        "Politics\nReuters\nSport\nBloomberg\nTravel\nMoney",
        "Contact\nPartners\n新华网\n人民网",
    ] {
        assert_eq!(found(&with_line(menu, 3)), [], "{menu}");
    }
}

#[test]
fn what_is_said_of_a_picture_or_a_quotation_is_no_credit() {
    for line in [
        "Bild: Ein Schiff im Nebel vor der Mole. / Quelle: Hafenblick",
        "The mayor was asked about it. “There is money.” (25/11/2019, AFP)",
    ] {
        assert_eq!(found(&with_line(line, 3)), [], "{line}");
    }
}

#[test]
fn credits_that_may_be_for_something_else_weigh_little() {
    let weight = |line: &str| found(&with_line(line, 3))[0].weight;
    assert!(weight("Quelle: Ann Poe (Text), Jo Lee (Bild)") < 0.5);
    assert!(weight("Fuente: Instituto Nacional de Estadística") < 0.5);
    assert!(weight("Source: Lantern\n\nSource: Harbor Post\n\nSource: Quay") < 0.5);
    assert!(weight("Quelle: Hafenblick") > 0.8);
}

#[test]
fn agencies_are_known_by_their_sites() {
    let agency = |publisher: &str, host: &str| TABLE.agency_of(publisher, host);
    assert_eq!(agency("", "reuters.com").as_deref(), Some("Reuters"));
    assert_eq!(agency("was", "spa.gov.sa").as_deref(), Some("SPA"));
    assert_eq!(agency("", "br.reuters.com").as_deref(), Some("Reuters"));
    assert_eq!(agency("Yonhap News Agency", "").as_deref(), Some("Yonhap"));
    assert_eq!(agency("Trend", "trend.example"), None);
    assert_eq!(agency("", "notreuters.com"), None);
}

#[test]
fn blocks_and_bylines() {
    assert!(TABLE.mentions_source("This story first appeared in The Lantern."));
    assert!(!TABLE.mentions_source("Subscribe to our newsletter. All rights reserved."));
    let agency = |byline: &str| TABLE.agency_in(byline);
    assert_eq!(agency("Associated Press").as_deref(), Some("AP"));
    assert_eq!(agency("Le Quai et AFP").as_deref(), Some("AFP"));
    assert_eq!(agency("Reuters Staff").as_deref(), Some("Reuters"));
    assert_eq!(agency("新华社").as_deref(), Some("Xinhua"));
    assert_eq!(agency("Ann Apple"), None);
    for (byline, expected) in [
        ("Ann Apple, The Associated Press", "AP"),
        ("ann/dpa", "dpa"),
        ("AFP", "AFP"),
        ("Ann Apple for Reuters", "Reuters"),
        ("Ann Apple and Reuters", "Reuters"),
        ("Ann Apple (Reuters)", "Reuters"),
        ("By Reuters", "Reuters"),
        ("By Reuters Staff", "Reuters"),
        ("AFP avec Ann Apple", "AFP"),
        ("中央通訊社 Central News Agency", "中央社"),
    ] {
        assert_eq!(agency(byline).as_deref(), Some(expected), "{byline}");
    }
    for person in [
        "By Efe Apple",
        "Ansa Apple",
        "Ann Lusa",
        "Rosa Belga",
        "Li Xinhua",
        "Ann Bloomberg",
        "Ann Reuter",
        "Ann Antara",
    ] {
        assert_eq!(agency(person), None, "{person}");
    }
    assert_eq!(agency("Ann Apple / AA").as_deref(), Some("Anadolu"));
    assert_eq!(agency("Ann Apple, Erie, PA"), None);
    assert_eq!(agency("Mehr Wetter"), None);
    assert!(TABLE.mentions_source("(Avec AFP)"));
}

#[test]
fn a_user_may_add_rows() {
    let table = NoticeTable::with("notice\ten\tcredit\t0.9\tcut\tline\thauled in from {outlet}\n")
        .expect("sound");
    let notices = table.find("A bridge.\n\nHauled in from The Lantern", &[]);
    assert_eq!(
        (notices[0].signal, notices[0].outlet.as_str()),
        (Signal::Credit, "The Lantern")
    );
}

#[test]
fn faults_name_the_line() {
    for (file, expected) in [
        (
            "# fine\n\nnotice\ten\tcredits\t0.9\tcut\tline\tx {outlet}",
            "line 3: no signal `credits`",
        ),
        (
            "notice\ten\tcredit\t1.9\tcut\tline\tx {outlet}",
            "line 1: weight 1.9 is not within 0 and 1",
        ),
        (
            "notice\ten\tcredit\t0.9\tcut\tline\tx {outlt}",
            "line 1: no slot {outlt}",
        ),
        ("notice\ten\tcredit", "line 1: 3 fields are no `notice` row"),
        ("nottice\ten", "line 1: no kind of row is called `nottice`"),
    ] {
        let fault = NoticeTable::with(file).expect_err("a fault");
        assert_eq!(fault.to_string(), expected);
    }
}

#[test]
fn a_long_korean_text_is_read_to_its_end() {
    // A common particle is the needle of a wording that may begin with any words.
    let text = "다리에서 사람들에게 강에 대한 이야기를 시에 전했다. ".repeat(120);
    let text = format!("{text}\n\n출처: 연합뉴스");
    assert_eq!(found(&text)[0].outlet, "Yonhap");
}

#[test]
fn the_end_of_a_text_of_nothing_but_notices_is_not_searched() {
    let text = "Source: Harbor Post\n".repeat(20_000);
    let notices = found(&text);
    assert!(!notices.is_empty());
    let last = notices[notices.len() - 1].span.end as usize;
    assert!(last < text.len());
}

/// Texts made of pieces of notices and anything else.
fn text() -> impl Strategy<Value = String> {
    let piece = prop_oneof![
        4 => "\\PC{0,12}",
        3 => prop::sample::select(vec![
            "Source: ", "(AP)", "originally published in ", "Quelle: dpa", "（来源：", "新华社", "©", "\n", "\n\n",
            " by ", "The post ", " appeared first on ", "сообщает ", "РИА Новости", "аpрeared", "\u{200b}", "\u{ad}",
            "ﬁrst", "İ", "ß", "e\u{301}", "Click here", "credit…", "https://a.example/b", ")", "]", "\"", "«", "»",
        ]).prop_map(str::to_owned),
    ];
    prop::collection::vec(piece, 0..24).prop_map(|pieces| pieces.concat())
}

proptest! {
    #[test]
    fn any_text_gives_sound_spans(text in text()) {
        let mut end = 0;
        for notice in TABLE.find(&text, &[]) {
            let span = notice.span;
            prop_assert!(span.start >= end && span.start < span.end);
            prop_assert!(text.get(span.range()).is_some());
            prop_assert_eq!(notice.outlet.trim(), notice.outlet.as_str());
            end = span.end;
        }
        for credit in TABLE.search(&text, &text, &[]).photo_credits {
            prop_assert!(text.get(credit.span.range()).is_some());
        }
        TABLE.agency_in(&text);
    }
}
