//! Wordings of many languages, written for these tests. Most are a line of `wordings.tsv`.

mod disguise;
mod shape;

use std::sync::LazyLock;

use super::{Notice, NoticeTable, Signal};

static TABLE: LazyLock<NoticeTable> = LazyLock::new(NoticeTable::builtin);

/// Puts a notice into an article: on a line of its own, as the first words, or in a sentence.
fn article(notice: &str, signal: Signal) -> String {
    let first = "The council met on Tuesday to decide on the new bridge over the river.";
    let last = "A vote is expected next month, and a hearing will be held before it.";
    match signal {
        Signal::Dateline => format!("{notice} {first}\n\n{last}"),
        Signal::Attribution => format!("{first} {notice}. {last}"),
        _ => format!("{first}\n\n{last}\n\n{notice}"),
    }
}

fn found(text: &str) -> Vec<Notice> {
    TABLE.find(text, &[])
}

/// The signals and outlets of the notices in a text.
fn signals(text: &str) -> Vec<(&'static str, String)> {
    let notices = found(text).into_iter();
    notices.map(|n| (n.signal.as_str(), n.outlet)).collect()
}

/// The outlets that photos are credited to.
fn photo_outlets(text: &str) -> Vec<String> {
    let credits = TABLE.search("", text, &[]).photo_credits.into_iter();
    credits.map(|credit| credit.outlet).collect()
}

/// Whether a line of `wordings.tsv` holds.
fn holds(line: &str) -> bool {
    match line.split('\t').collect::<Vec<_>>()[..] {
        ["none", "", words] => [Signal::Credit, Signal::Dateline, Signal::Attribution]
            .into_iter()
            .all(|signal| found(&article(words, signal)).is_empty()),
        ["photo", outlet, words] => {
            let text =
                format!("A crane at work in the harbor.\n{words}\n\nThe council met on Tuesday.");
            let expected = Some(outlet).filter(|outlet| !outlet.is_empty());
            photo_outlets(&text) == Vec::from_iter(expected) && found(&text).is_empty()
        }
        ["wall", title, text] => TABLE.search(title, text, &[]).is_blocked,
        [signal, outlet, words] => {
            let text = article(words, Signal::named(signal).expect("a signal"));
            signals(&text) == [(signal, outlet.to_owned())]
        }
        _ => panic!("not a case: {line}"),
    }
}

#[test]
fn wordings_are_read_as_they_should_be() {
    let lines = include_str!("wordings.tsv").lines();
    let cases: Vec<&str> = lines
        .filter(|line| !line.is_empty() && !line.starts_with('#'))
        .collect();
    assert!(cases.len() > 200, "the file has {} cases", cases.len());
    let wrong: Vec<&str> = cases.into_iter().filter(|line| !holds(line)).collect();
    assert_eq!(wrong, [""; 0]);
}

#[test]
fn a_credit_may_end_the_last_sentence() {
    for (tail, outlet) in [
        ("AFP", "AFP"),
        ("—Reuters", "Reuters"),
        ("/ AFP e EFE", "AFP"),
        ("(afp/les)", "AFP"),
        ("/dpa/", "dpa"),
    ] {
        let text = format!("The council met.\n\nA vote is expected next month. {tail}");
        assert_eq!(signals(&text), [("credit", outlet.to_owned())], "{tail}");
    }
}

#[test]
fn a_pool_is_not_an_outlet() {
    for (credit, outlets) in [
        ("Photo: Pool", &[][..]),
        ("Photo: Archive", &[]),
        ("Foto: AFP/Archiv", &["AFP"]),
        ("Photo: Reuters/Pool", &["Reuters"]),
    ] {
        let text = format!("{credit}\n\nThe council met on Tuesday.");
        assert_eq!(photo_outlets(&text), outlets, "{credit}");
    }
}

#[test]
fn articles_are_not_walls() {
    let story = "The council met on Tuesday to decide on the new bridge over the river. Several \
                 residents spoke against the plan, saying that the noise would be hard to bear. A \
                 vote is expected next month.";
    for (title, end) in [
        ("New bridge", ""),
        ("New bridge", "\n\nWe use cookies. Accept all cookies."),
        (
            "New bridge",
            "\n\nSubscribe to read more stories like this.",
        ),
    ] {
        assert!(
            !TABLE
                .search(title, &format!("{story}{end}"), &[])
                .is_blocked,
            "{end}"
        );
    }
    for (title, brief) in [
        (
            "Site down",
            "The bank said its website was down because of maintenance. Customers were asked to call.",
        ),
        (
            "Old quay moved",
            "The document has the date of 1890. The quay was moved permanently, the harbor master said.",
        ),
        (
            "Drinking age",
            "The council discussed the legal drinking age on Monday. A vote is expected next month.",
        ),
        (
            "Werbeblocker",
            "Die Zeitung hat am Montag erklärt, wie viele Leser einen Werbeblocker nutzen.",
        ),
    ] {
        assert!(!TABLE.search(title, brief, &[]).is_blocked, "{brief}");
    }
    assert!(!TABLE.search("", "", &[]).is_blocked);
}
