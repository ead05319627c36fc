//! Small words around the name of an outlet: those that lead on, those that introduce it, and those
//! that stand where a name would but are none.

use std::collections::{HashMap, HashSet};

/// The words of a table, in searched form.
#[derive(Debug, Default)]
pub(super) struct Words {
    /// By first word.
    stops: HashMap<String, Vec<String>>,
    leads: Vec<String>,
    nobody: HashSet<String>,
    months: HashSet<String>,
}

impl Words {
    /// Adds words that lead on after a name; a `#` at their end stands for a digit.
    pub fn add_stop(&mut self, phrase: String) {
        let first = phrase.split(' ').next().unwrap_or("").to_owned();
        self.stops.entry(first).or_default().push(phrase);
    }

    /// Adds words that introduce a name: "the newspaper".
    pub fn add_lead(&mut self, phrase: String) {
        self.leads.push(phrase);
        self.leads.sort_by_key(|lead| std::cmp::Reverse(lead.len()));
    }

    /// Adds what is no name: "our site".
    pub fn add_nobody(&mut self, phrase: String) {
        self.nobody.insert(phrase);
    }

    /// Adds the name of a month.
    pub fn add_month(&mut self, name: String) {
        self.months.insert(name);
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

    /// The length of the words that introduce a name.
    pub fn lead(&self, text: &str) -> usize {
        self.leads
            .iter()
            .find(|lead| {
                text.strip_prefix(lead.as_str())
                    .is_some_and(|after| after.starts_with([' ', '"']))
            })
            .map_or(0, |lead| lead.len())
    }

    /// Whether this is no name.
    pub fn is_nobody(&self, text: &str) -> bool {
        self.nobody.contains(text)
    }
}
