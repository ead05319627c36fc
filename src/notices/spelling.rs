//! Spells out what the matches of a pattern begin with.

use super::pattern::{PatternNode, Then};
use super::prefilter::Prefilter;
use super::rarity::RatedString;
use super::slot::PatternSlot;
use crate::text::floor_boundary;

/// Strings of a part of a pattern above which they are not spelled any further.
const MANY: usize = 100;
/// How rare a string is that is not spelled any further, in bits.
const RARE: f64 = 17.0;

/// Returns strings with one of which every match of some nodes begins, which `then` follows, each with how
/// often it stands in a byte of text. They are as long as they are common and the nodes say what comes.
pub(super) fn spelled(nodes: &[PatternNode], then: Option<&Then>) -> Vec<(String, f64)> {
    let mut spelling = Spelling {
        open: vec![RatedString::default()],
        ended: Vec::new(),
    };
    spelling.add(nodes);
    let mut next = then;
    while let Some(then) = next {
        spelling.add(then.nodes);
        next = then.then;
    }
    spelling.end();
    let mut ended = spelling.ended;
    ended.sort_by(|a, b| a.text.cmp(&b.text));
    // What begins with another string is found with it.
    ended.dedup_by(|string, before| string.text.starts_with(&before.text));
    let rated = ended.into_iter().map(|string| {
        let often = (-string.rarity()).exp2();
        (string.text, often)
    });
    rated.collect()
}

/// What the beginnings of matches may be spelled like.
struct Spelling {
    /// Strings that go on with the next node.
    open: Vec<RatedString>,
    ended: Vec<RatedString>,
}

impl Spelling {
    /// Adds what nodes may match. The prefilter reads all white space as blanks.
    fn add(&mut self, nodes: &[PatternNode]) {
        for node in nodes {
            if self.open.is_empty() {
                return;
            }
            match node {
                PatternNode::Literal(text) => self.add_one_of(&[text]),
                PatternNode::Gap => self.add_gap(),
                PatternNode::MaybeGap => self.add_or_not(Self::add_gap),
                PatternNode::Open => self.add_one_of(&["(", "[", "{", "<"]),
                PatternNode::Close => self.add_one_of(&[")", "]", "}", ">"]),
                PatternNode::Dash => {
                    self.add_or_not(Self::add_gap);
                    self.add_one_of(&["-"]);
                }
                PatternNode::Colon => {
                    self.add_or_not(Self::add_gap);
                    self.add_one_of(&[":", "|", "-"]);
                }
                PatternNode::Optional(inner) => self.add_or_not(|this| this.add(inner)),
                PatternNode::Choice(branches) => {
                    let mut all = Vec::new();
                    for branch in branches.iter() {
                        let mut one = Self {
                            open: self.open.clone(),
                            ended: Vec::new(),
                        };
                        one.add(branch);
                        all.append(&mut one.open);
                        self.ended.append(&mut one.ended);
                    }
                    self.open = all;
                }
                PatternNode::Slot(PatternSlot::Number) => {
                    self.add_one_of(&["0", "1", "2", "3", "4", "5", "6", "7", "8", "9"]);
                    self.end();
                }
                PatternNode::Tail | PatternNode::Slot(_) => self.end(),
            }
            if matches!(node, PatternNode::Dash | PatternNode::Colon) || self.open.len() > MANY {
                self.end();
            }
        }
    }

    /// Adds each of some strings to each that is open.
    fn add_one_of(&mut self, strings: &[impl AsRef<str>]) {
        for before in std::mem::take(&mut self.open) {
            for text in strings {
                let longer = before.followed_by(text.as_ref());
                if longer.text.len() >= Prefilter::LONGEST {
                    let clipped = clipped(&longer.text);
                    self.ended.push(RatedString::default().followed_by(clipped));
                } else if longer.rarity() >= RARE {
                    self.ended.push(longer);
                } else {
                    self.open.push(longer);
                }
            }
        }
    }

    fn add_or_not(&mut self, add: impl FnOnce(&mut Self)) {
        let mut without = self.open.clone();
        add(self);
        self.open.append(&mut without);
    }

    /// Adds a gap, which may be empty after another.
    fn add_gap(&mut self) {
        let spaced =
            |before: &RatedString| matches!(before.text.chars().next_back(), None | Some(' '));
        let (mut spaced, others): (Vec<_>, Vec<_>) =
            std::mem::take(&mut self.open).into_iter().partition(spaced);
        self.open = others;
        self.add_one_of(&[" "]);
        // Several blanks are rare.
        let several = self.open.iter().map(|before| before.followed_by(" "));
        self.ended.extend(several);
        self.open.append(&mut spaced);
    }

    /// Ends all strings.
    fn end(&mut self) {
        self.ended.append(&mut self.open);
    }
}

/// Returns as much of a string as a needle has.
pub(super) fn clipped(needle: &str) -> &str {
    &needle[..floor_boundary(needle, Prefilter::LONGEST)]
}

#[cfg(test)]
mod tests {
    use super::super::pattern::{Definitions, parse};
    use super::*;

    fn check(pattern: &str, expected: &[&str]) {
        let nodes = parse(pattern, &Definitions::new()).expect("a pattern");
        let strings = spelled(&nodes, None).into_iter().map(|(text, _)| text);
        assert_eq!(Vec::from_iter(strings), expected, "{pattern}");
    }

    #[test]
    fn common_words_are_spelled_on() {
        check("first published", &["first  ", "first published"]);
        check("first [{words} ]published", &["first "]);
        check("(with|from)[ the] {outlet}", &["from ", "with "]);
        check("{(}via", &["(via", "<via", "[via", "{via"]);
        check("kettledrummers play", &["kettledrummers"]);
    }
}
