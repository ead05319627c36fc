//! Small words around the name of an outlet: those that lead on, those that introduce it, and those
//! that stand where a name would but are none.

use std::collections::{HashMap, HashSet};

use super::agency::{is_edge, is_unspaced};

/// The words of a table, in searched form.
#[derive(Debug, Default)]
pub(super) struct Words {
    /// By first word; those of scripts without spaces apart, for they stand right after a name.
    stops: HashMap<String, Vec<String>>,
    close_stops: Vec<String>,
    /// With whether a capital makes no difference.
    leads: Vec<(String, bool)>,
    nobody: HashSet<String>,
    months: HashSet<String>,
    /// By their first two bytes, longer ones first.
    parts: HashMap<[u8; 2], Vec<(String, Part)>>,
}

/// What stands beside agencies in a credit.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Part {
    /// "avec".
    With,
    /// "und".
    And,
    /// "by", "Text".
    By,
    /// "Redaktion".
    Staff,
    /// "agencies": some that have no name.
    Agencies,
    /// "Uhr", "updated".
    Date,
    /// "Archiv": it credits a picture.
    Picture,
}

impl Part {
    pub fn named(name: &str) -> Option<Self> {
        Some(match name {
            "with" => Self::With,
            "and" => Self::And,
            "by" => Self::By,
            "staff" => Self::Staff,
            "agencies" => Self::Agencies,
            "date" => Self::Date,
            "picture" => Self::Picture,
            _ => return None,
        })
    }
}

impl Words {
    /// Adds words that lead on after a name; a `#` at their end stands for a digit.
    pub fn add_stop(&mut self, phrase: String) {
        if phrase.chars().next().is_some_and(is_unspaced) {
            self.close_stops.push(phrase);
            return;
        }
        let first = phrase.split(' ').next().unwrap_or("").to_owned();
        self.stops.entry(first).or_default().push(phrase);
    }

    /// Where words of a script without spaces leave a name behind.
    pub fn close_stop(&self, held: &str) -> Option<usize> {
        let found = self
            .close_stops
            .iter()
            .filter_map(|stop| held.find(stop.as_str()));
        found.filter(|at| *at > 0).min()
    }

    /// Adds words that introduce a name: "the newspaper"; with `!` before them, also when they are
    /// written with a capital.
    pub fn add_lead(&mut self, phrase: String) {
        match phrase.strip_prefix('!') {
            Some(always) => self.leads.push((always.to_owned(), true)),
            None => self.leads.push((phrase, false)),
        }
        self.leads
            .sort_by_key(|(lead, _)| std::cmp::Reverse(lead.len()));
    }

    /// Adds what is no name: "our site".
    pub fn add_nobody(&mut self, phrase: String) {
        self.nobody.insert(phrase);
    }

    /// Adds the name of a month.
    pub fn add_month(&mut self, name: String) {
        self.months.insert(name);
    }

    /// Adds a word that stands beside agencies in a credit.
    pub fn add_part(&mut self, phrase: String, part: Part) {
        if let [first, second, ..] = *phrase.as_bytes() {
            let same = self.parts.entry([first, second]).or_default();
            same.push((phrase, part));
            same.sort_by_key(|(phrase, _)| std::cmp::Reverse(phrase.len()));
        } else {
            self.parts
                .entry([phrase.bytes().next().unwrap_or(b' '), b' '])
                .or_default()
                .push((phrase + " ", part));
        }
    }

    /// The word of a credit with which a text begins, and its length.
    pub fn part(&self, text: &str) -> Option<(usize, Part)> {
        let [first, second, ..] = *text.as_bytes() else {
            return None;
        };
        let same = self.parts.get(&[first, second])?;
        same.iter().find_map(|(phrase, part)| {
            let after = text.strip_prefix(phrase.as_str())?;
            is_edge(phrase.chars().next_back(), after.chars().next())
                .then_some((phrase.len(), *part))
        })
    }

    /// Whether this is the name of a month.
    pub fn is_month(&self, word: &str) -> bool {
        self.months.contains(word)
    }

    /// Whether a sentence that goes on like this has left the name behind.
    pub fn leads_on(&self, rest: &str) -> bool {
        let first = rest
            .split(|c: char| !c.is_alphanumeric())
            .next()
            .unwrap_or("");
        let Some(phrases) = self.stops.get(first) else {
            return false;
        };
        phrases.iter().any(|phrase| {
            if let Some(before_digit) = phrase.strip_suffix('#') {
                let after = rest.strip_prefix(before_digit);
                return after.is_some_and(|after| after.starts_with(|c: char| c.is_ascii_digit()));
            }
            rest.strip_prefix(phrase.as_str())
                .is_some_and(|after| after.chars().next().is_none_or(|c| !c.is_alphanumeric()))
        })
    }

    /// The words that introduce a name, and whether a capital makes no difference.
    pub fn lead(&self, text: &str) -> Option<(&str, bool)> {
        let found = self.leads.iter().find(|(lead, _)| {
            let after = text.strip_prefix(lead.as_str());
            after.is_some_and(|after| {
                after.starts_with([' ', '"']) || lead.chars().next_back().is_some_and(is_unspaced)
            })
        });
        found.map(|(lead, always)| (lead.as_str(), *always))
    }

    /// Whether this is no name.
    pub fn is_nobody(&self, text: &str) -> bool {
        self.nobody.contains(text)
    }
}
