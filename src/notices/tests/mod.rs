//! Wordings of many languages, written for these tests.

mod credits;
mod disguise;
mod friends;
mod languages;
mod shape;
mod walls;

use std::sync::LazyLock;

use super::{Notice, Signal, Table};

static TABLE: LazyLock<Table> = LazyLock::new(Table::builtin);

/// An article in which a notice is put, on a line of its own, as the first words, or in a sentence.
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

/// The notice says this, names this outlet, and is all that is found.
fn check(notice: &str, signal: Signal, outlet: &str) {
    let text = article(notice, signal);
    let found: Vec<(Signal, String)> = found(&text)
        .into_iter()
        .map(|notice| (notice.signal, notice.outlet))
        .collect();
    assert_eq!(found, [(signal, outlet.to_owned())], "{notice}");
}

/// No notice is found.
fn check_none(words: &str) {
    for signal in [Signal::Credit, Signal::Dateline, Signal::Attribution] {
        let text = article(words, signal);
        assert_eq!(found(&text), [], "{words}");
    }
}
