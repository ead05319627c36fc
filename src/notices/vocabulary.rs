//! Words around the name of an outlet: those that follow it, those that introduce it, those that are
//! no name, and those that stand beside agencies in a credit. All in search form.

use std::cmp::Reverse;
use std::collections::{HashMap, HashSet};

use serde::Deserialize;

use super::agency::{is_edge, is_unspaced};

/// The words of a table.
#[derive(Debug, Default)]
pub(super) struct NoticeWords {
    /// Phrases that a sentence goes on with after a name, by their first word.
    stops: HashMap<String, Vec<String>>,
    /// The same of scripts without spaces.
    unspaced_stops: Vec<String>,
    /// Phrases that introduce a name, longer ones first, and whether they do so with a capital too.
    leads: Vec<(String, bool)>,
    /// Phrases that are no outlet's name: "our site".
    pub nobody: HashSet<String>,
    pub months: HashSet<String>,
    /// Words that the names of papers, stations and sites have, and those of people do not.
    pub press: HashSet<String>,
    /// Beginnings of words in the names of offices whose figures are quoted.
    pub offices: Vec<String>,
    /// By their first two bytes, longer ones first.
    credit_words: HashMap<[u8; 2], Vec<(String, CreditWord)>>,
}

/// What a word beside agencies says in a credit.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "lowercase")]
pub(super) enum CreditWord {
    /// "avec".
    With,
    /// "und".
    And,
    /// "by", "Text".
    By,
    /// "Redaktion".
    Staff,
    /// "agencies", without a name.
    Agencies,
    /// "Uhr", "updated".
    Date,
    /// "Archiv": a picture is credited.
    Picture,
}

impl NoticeWords {
    /// Adds a phrase that a sentence goes on with after a name; `#` at its end stands for a digit.
    pub fn add_stop(&mut self, phrase: String) {
        if phrase.chars().next().is_some_and(is_unspaced) {
            self.unspaced_stops.push(phrase);
            return;
        }
        let first = phrase.split(' ').next().unwrap_or("").to_owned();
        self.stops.entry(first).or_default().push(phrase);
    }

    /// Adds a phrase that introduces a name: "the newspaper". With `!` before it, it does so also when
    /// it has a capital.
    pub fn add_lead(&mut self, phrase: &str) {
        let bare = phrase.strip_prefix('!');
        let lead = (bare.unwrap_or(phrase).to_owned(), bare.is_some());
        self.leads.push(lead);
        self.leads.sort_by_key(|(lead, _)| Reverse(lead.len()));
    }

    /// Adds a word that stands beside agencies in a credit.
    pub fn add_credit_word(&mut self, mut phrase: String, word: CreditWord) {
        if phrase.len() == 1 {
            phrase.push(' ');
        }
        if let [first, second, ..] = *phrase.as_bytes() {
            let same_start = self.credit_words.entry([first, second]).or_default();
            same_start.push((phrase, word));
            same_start.sort_by_key(|(phrase, _)| Reverse(phrase.len()));
        }
    }

    /// Returns the length and meaning of the credit word that a text begins with.
    pub fn credit_word(&self, text: &str) -> Option<(usize, CreditWord)> {
        let start = text.as_bytes().first_chunk()?;
        self.credit_words
            .get(start)?
            .iter()
            .find_map(|(phrase, word)| {
                let after = text.strip_prefix(phrase.as_str())?;
                let is_whole = is_edge(phrase.chars().next_back(), after.chars().next());
                is_whole.then_some((phrase.len(), *word))
            })
    }

    /// Whether a sentence that goes on with this text has left the name behind.
    pub fn begins_with_stop(&self, rest: &str) -> bool {
        let first = rest.split(|c: char| !c.is_alphanumeric()).next();
        let phrases = first.and_then(|first| self.stops.get(first));
        phrases.into_iter().flatten().any(|phrase| {
            let (phrase, digit) = match phrase.strip_suffix('#') {
                Some(phrase) => (phrase, true),
                None => (phrase.as_str(), false),
            };
            let next = rest.strip_prefix(phrase).map(|after| after.chars().next());
            match digit {
                true => next.flatten().is_some_and(|c| c.is_ascii_digit()),
                false => next.is_some_and(|next| next.is_none_or(|c| !c.is_alphanumeric())),
            }
        })
    }

    /// Returns where a stop of a script without spaces leaves the name behind.
    pub fn unspaced_stop(&self, held: &str) -> Option<usize> {
        let stops = self.unspaced_stops.iter();
        let found = stops.filter_map(|stop| held.find(stop.as_str()));
        found.filter(|at| *at > 0).min()
    }

    /// Returns the phrase that introduces a name at the beginning of a text, and whether it does so
    /// with a capital too.
    pub fn lead(&self, text: &str) -> Option<(&str, bool)> {
        let found = self.leads.iter().find(|(lead, _)| {
            let after = text.strip_prefix(lead.as_str());
            after.is_some_and(|after| {
                after.starts_with([' ', '"']) || lead.chars().next_back().is_some_and(is_unspaced)
            })
        });
        found.map(|(lead, always)| (lead.as_str(), *always))
    }
}
