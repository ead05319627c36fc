//! Notices that someone tried to hide.

use super::{TABLE, article, found};
use crate::notices::Signal;

fn check(words: &str, signal: Signal, outlet: &str, disguised: bool) {
    let text = article(words, signal);
    let notices = found(&text);
    let seen: Vec<_> = notices
        .iter()
        .map(|n| {
            (
                n.signal,
                n.outlet.as_str(),
                n.disguised,
                &text[n.span.start as usize..n.span.end as usize],
            )
        })
        .collect();
    assert_eq!(seen, [(signal, outlet, disguised, words)]);
}

#[test]
fn what_is_not_seen_is_dropped() {
    check(
        "Sou\u{ad}rce: Harbor Post",
        Signal::Credit,
        "Harbor Post",
        true,
    );
    check(
        "Origi\u{200b}nally pub\u{34f}lished in Harbor Post",
        Signal::FirstAppeared,
        "Harbor Post",
        true,
    );
    check(
        "Source:\u{a0}Harbor\u{2009}Post",
        Signal::Credit,
        "Harbor Post",
        false,
    );
}

#[test]
fn look_alikes_are_read_as_what_they_look_like() {
    check("Ѕоurcе: Harbor Post", Signal::Credit, "Harbor Post", true);
    check(
        "Оriginаlly рublished in Hаrbоr Post",
        Signal::FirstAppeared,
        "Harbor Post",
        true,
    );
    check("Иcточник: Причал", Signal::Credit, "Причал", true);
}

#[test]
fn forms_and_capitals_make_no_difference() {
    check(
        "ＳＯＵＲＣＥ： Harbor Post",
        Signal::Credit,
        "Harbor Post",
        false,
    );
    check(
        "ORIGINALLY PUBLISHED IN HARBOR POST",
        Signal::FirstAppeared,
        "HARBOR POST",
        false,
    );
    check("𝐒𝐨𝐮𝐫𝐜𝐞: Harbor Post", Signal::Credit, "Harbor Post", false);
}

#[test]
fn joiners_of_persian_are_honest() {
    let text = "منبع: خبرگزاری مهر می\u{200c}گوید";
    assert!(TABLE.find(text, &[]).iter().all(|notice| !notice.disguised));
}
