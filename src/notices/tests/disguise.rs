//! Notices that are disguised by look-alike letters or invisible characters.

use super::{TABLE, article, found};
use crate::notices::Signal::{self, *};

fn check(words: &str, signal: Signal, outlet: &str, disguised: bool) {
    let text = article(words, signal);
    let notices = found(&text);
    let seen: Vec<_> = notices
        .iter()
        .map(|n| (n.signal, &*n.outlet, n.disguised, &text[n.span.range()]))
        .collect();
    assert_eq!(seen, [(signal, outlet, disguised, words)]);
}

#[test]
fn invisible_characters_are_dropped() {
    check("Sou\u{ad}rce: Port Post", Credit, "Port Post", true);
    let words = "Origi\u{200b}nally pub\u{34f}lished in Port Post";
    check(words, FirstAppeared, "Port Post", true);
    check("Source:\u{a0}Port\u{2009}Post", Credit, "Port Post", false);
}

#[test]
fn look_alikes_are_read_as_what_they_look_like() {
    check("Ѕоurcе: Harbor Post", Credit, "Harbor Post", true);
    let words = "Оriginаlly рublished in Hаrbоr Post";
    check(words, FirstAppeared, "Harbor Post", true);
    check("Sουrce: Port Post", Credit, "Port Post", true);
    check("Иcточник: Причал", Credit, "Причал", true);
}

#[test]
fn forms_and_capitals_make_no_difference() {
    check("ＳＯＵＲＣＥ： Port Post", Credit, "Port Post", false);
    let words = "ORIGINALLY PUBLISHED IN HARBOR POST";
    check(words, FirstAppeared, "HARBOR POST", false);
    check("𝐒𝐨𝐮𝐫𝐜𝐞: Port Post", Credit, "Port Post", false);
}

#[test]
fn joiners_of_persian_are_no_disguise() {
    let text = "منبع: خبرگزاری مهر می\u{200c}گوید";
    assert!(TABLE.find(text, &[]).iter().all(|notice| !notice.disguised));
}
