//! The mini-language of the table: pattern -> tree. Its words are explained at the top of
//! `notices.tsv`.

use std::collections::{BTreeSet, HashMap};
use std::fmt;
use std::ops::Deref;

use super::fold::fold;

/// One element of a pattern.
#[derive(Debug, Clone, PartialEq)]
pub(super) enum Node {
    /// These characters, in searched form.
    Literal(String),
    /// White space, at most one line break.
    Gap,
    /// White space, or none.
    MaybeGap,
    /// The rest of a word.
    Tail,
    /// An opening bracket.
    Open,
    /// A closing bracket.
    Close,
    /// One or two dashes, with white space around them or not.
    Dash,
    /// A colon or what stands for one, with white space around it or not.
    Colon,
    /// This, or nothing.
    Optional(Vec<Node>),
    /// One of these.
    Choice(Branches),
    /// Something of this kind.
    Slot(Slot),
}

/// The alternatives of a choice. Which of them a text may begin with is asked far more often than
/// one of them is read, so they are kept by their first bytes, too.
#[derive(Clone, PartialEq)]
pub(super) struct Branches {
    all: Box<[Vec<Node>]>,
    /// The first bytes of those that begin with letters, and for each what may begin with it.
    leads: Box<[u8]>,
    led: Box<[Box<[u16]>]>,
    /// Those that may begin with anything.
    open: Box<[u16]>,
}

impl From<Vec<Vec<Node>>> for Branches {
    fn from(all: Vec<Vec<Node>>) -> Self {
        let lead = |branch: &Vec<Node>| match branch.first() {
            Some(Node::Literal(text)) => text.bytes().next(),
            _ => None,
        };
        let fitting = |byte: Option<u8>| -> Box<[u16]> {
            let fits =
                |branch: &&(u16, &Vec<Node>)| lead(branch.1).is_none_or(|lead| Some(lead) == byte);
            let numbered: Vec<(u16, &Vec<Node>)> = (0..).zip(&all).collect();
            numbered
                .iter()
                .filter(fits)
                .map(|(number, _)| *number)
                .collect()
        };
        let leads: BTreeSet<u8> = all.iter().filter_map(lead).collect();
        Self {
            led: leads.iter().map(|byte| fitting(Some(*byte))).collect(),
            leads: leads.into_iter().collect(),
            open: fitting(None),
            all: all.into(),
        }
    }
}

impl Branches {
    /// Those that a text with this first byte may begin with, in their order.
    pub fn led_by(&self, byte: Option<u8>) -> impl Iterator<Item = &[Node]> {
        let lead = self.leads.iter().position(|lead| Some(*lead) == byte);
        let numbers = lead.map_or(&self.open, |lead| &self.led[lead]);
        numbers
            .iter()
            .map(|number| self.all[usize::from(*number)].as_slice())
    }
}

impl Deref for Branches {
    type Target = [Vec<Node>];

    fn deref(&self) -> &Self::Target {
        &self.all
    }
}

impl fmt::Debug for Branches {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.all.fmt(f)
    }
}

/// Some of all bytes.
#[derive(Debug, Clone, Copy, Default, PartialEq)]
pub(super) struct ByteSet([u64; 4]);

impl ByteSet {
    pub fn contains(&self, byte: u8) -> bool {
        self.0[usize::from(byte >> 6)] >> (byte & 63) & 1 == 1
    }
}

impl FromIterator<u8> for ByteSet {
    fn from_iter<T: IntoIterator<Item = u8>>(bytes: T) -> Self {
        let mut set = Self::default();
        for byte in bytes {
            set.0[usize::from(byte >> 6)] |= 1 << (byte & 63);
        }
        set
    }
}

/// What a slot may hold.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Slot {
    Outlet,
    Agency,
    Date,
    Author,
    Place,
    Title,
    Words,
    Number,
    Url,
    Source,
}

impl Slot {
    fn named(name: &str) -> Option<Self> {
        Some(match name {
            "outlet" => Self::Outlet,
            "agency" => Self::Agency,
            "date" => Self::Date,
            "author" => Self::Author,
            "place" => Self::Place,
            "title" => Self::Title,
            "words" => Self::Words,
            "n" => Self::Number,
            "url" => Self::Url,
            "source" => Self::Source,
            _ => return None,
        })
    }

    /// The most bytes it may take.
    pub fn limit(self) -> usize {
        match self {
            Self::Outlet => 120,
            Self::Agency | Self::Source => 48,
            Self::Date => 48,
            Self::Author => 64,
            Self::Place => 72,
            Self::Title => 260,
            Self::Words => 90,
            Self::Number => 16,
            Self::Url => 240,
        }
    }
}

/// Names that stand for a piece of a pattern.
pub(super) type Definitions = HashMap<String, String>;

/// Reads a pattern.
pub(super) fn parse(pattern: &str, definitions: &Definitions) -> Result<Vec<Node>, String> {
    let expanded = expand(pattern, definitions)?;
    let mut parser = Parser {
        rest: &expanded,
        depth: 0,
    };
    let nodes = parser.sequence()?;
    if let Some(stray) = parser.rest.chars().next() {
        return Err(format!("`{stray}` closes nothing"));
    }
    if !nodes
        .iter()
        .any(|node| !matches!(node, Node::Optional(_) | Node::MaybeGap))
    {
        return Err("the pattern may match nothing at all".to_owned());
    }
    Ok(nodes)
}

/// Puts in what definitions stand for.
pub(super) fn expand(pattern: &str, definitions: &Definitions) -> Result<String, String> {
    let mut out = String::new();
    let mut rest = pattern;
    while let Some((before, after)) = rest.split_once('<') {
        let (name, left) = after.split_once('>').ok_or("`<` without `>`")?;
        let value = definitions
            .get(name)
            .ok_or_else(|| format!("no definition of <{name}>"))?;
        out.push_str(before);
        out.push_str(value);
        rest = left;
    }
    out.push_str(rest);
    Ok(out)
}

struct Parser<'p> {
    rest: &'p str,
    depth: usize,
}

impl Parser<'_> {
    fn next(&mut self) -> Option<char> {
        let next = self.rest.chars().next()?;
        self.rest = &self.rest[next.len_utf8()..];
        Some(next)
    }

    /// Reads up to the end, or to what closes or divides the group around.
    fn sequence(&mut self) -> Result<Vec<Node>, String> {
        let mut nodes = Vec::new();
        let mut literal = String::new();
        while let Some(next) = self.rest.chars().next() {
            if matches!(next, '|' | ')' | ']') {
                break;
            }
            self.next();
            let node = match next {
                '\\' => {
                    literal.push(self.next().ok_or("`\\` at the end")?);
                    continue;
                }
                '(' => self.choice()?,
                '[' => Node::Optional(self.group(']')?),
                '{' => self.braces()?,
                '}' => return Err("`}` closes nothing".to_owned()),
                '~' => Node::MaybeGap,
                '*' => Node::Tail,
                c if c.is_whitespace() => Node::Gap,
                c => {
                    literal.push(c);
                    continue;
                }
            };
            push_literal(&mut nodes, &mut literal);
            nodes.push(node);
        }
        push_literal(&mut nodes, &mut literal);
        Ok(nodes)
    }

    fn group(&mut self, close: char) -> Result<Vec<Node>, String> {
        let mut branches = self.branches(close)?;
        Ok(if branches.len() == 1 {
            branches.swap_remove(0)
        } else {
            vec![Node::Choice(branches.into())]
        })
    }

    fn choice(&mut self) -> Result<Node, String> {
        Ok(Node::Choice(self.branches(')')?.into()))
    }

    fn branches(&mut self, close: char) -> Result<Vec<Vec<Node>>, String> {
        self.depth += 1;
        if self.depth > 8 {
            return Err("groups are nested too deep".to_owned());
        }
        let mut branches = vec![self.sequence()?];
        loop {
            match self.next() {
                Some('|') => branches.push(self.sequence()?),
                Some(c) if c == close => break,
                Some(c) => return Err(format!("`{c}` where `{close}` was expected")),
                None => return Err(format!("`{close}` is missing")),
            }
        }
        self.depth -= 1;
        if branches.iter().any(Vec::is_empty) {
            return Err("an empty alternative; write [..] for what may be absent".to_owned());
        }
        // Of "article" and "article by" the longer is tried first.
        branches.sort_by_key(|branch| std::cmp::Reverse(written(branch)));
        Ok(branches)
    }

    fn braces(&mut self) -> Result<Node, String> {
        let (name, rest) = self.rest.split_once('}').ok_or("`}` is missing")?;
        let node = match name {
            "(" => Node::Open,
            ")" => Node::Close,
            "-" => Node::Dash,
            ":" => Node::Colon,
            name => Node::Slot(Slot::named(name).ok_or_else(|| format!("no slot {{{name}}}"))?),
        };
        self.rest = rest;
        Ok(node)
    }
}

fn push_literal(nodes: &mut Vec<Node>, literal: &mut String) {
    let folded = fold(literal);
    if !folded.is_empty() {
        nodes.push(Node::Literal(folded));
    }
    literal.clear();
}

/// The bytes that are written out in these elements.
fn written(nodes: &[Node]) -> usize {
    let one = |node: &Node| match node {
        Node::Literal(text) => text.len(),
        Node::Gap => 1,
        Node::Choice(branches) => branches.iter().map(|b| written(b)).max().unwrap_or(0),
        _ => 0,
    };
    nodes.iter().map(one).sum()
}

/// The most bytes these elements may take.
pub(super) fn longest(nodes: &[Node]) -> usize {
    let one = |node: &Node| match node {
        Node::Literal(text) => text.len(),
        Node::Gap | Node::MaybeGap => 4,
        Node::Tail => 24,
        Node::Open | Node::Close => 3,
        Node::Dash | Node::Colon => 10,
        Node::Optional(inner) => longest(inner),
        Node::Choice(branches) => branches.iter().map(|b| longest(b)).max().unwrap_or(0),
        Node::Slot(slot) => slot.limit(),
    };
    nodes.iter().map(one).sum()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn check(pattern: &str, expected: &str) {
        let read = parse(
            pattern,
            &Definitions::from([("it".to_owned(), "(this|that)".to_owned())]),
        );
        let shown = match read {
            Ok(nodes) => format!("{nodes:?}"),
            Err(fault) => fault,
        };
        assert_eq!(shown, expected, "{pattern}");
    }

    #[test]
    fn patterns_become_trees() {
        check("Via {outlet}", r#"[Literal("via"), Gap, Slot(Outlet)]"#);
        check(
            "re(a|b)d*",
            r#"[Literal("re"), Choice([[Literal("a")], [Literal("b")]]), Literal("d"), Tail]"#,
        );
        check(
            "<it>[ x]",
            r#"[Choice([[Literal("this")], [Literal("that")]]), Optional([Gap, Literal("x")])]"#,
        );
        check("\\(c\\)~{:}", r#"[Literal("(c)"), MaybeGap, Colon]"#);
    }

    #[test]
    fn faults_are_named() {
        check("a)", "`)` closes nothing");
        check("(a", "`)` is missing");
        check("[a)", "`)` where `]` was expected");
        check("{outlt}", "no slot {outlt}");
        check("<thing>", "no definition of <thing>");
        check("[a]", "the pattern may match nothing at all");
        check(
            "(a|)",
            "an empty alternative; write [..] for what may be absent",
        );
    }
}
