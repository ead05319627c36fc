//! The pattern language of the table: pattern -> tree. It is explained at the top of `notices.tsv`.

use std::cmp::Reverse;
use std::collections::HashMap;

use serde::Deserialize;
use serde::de::value::{BorrowedStrDeserializer, Error as ValueError};

use super::fold::fold;
use super::slot::PatternSlot;

/// One element of a pattern.
#[derive(Debug)]
pub(super) enum PatternNode {
    /// These characters, in search form.
    Literal(String),
    /// White space, with at most one line break.
    Gap,
    /// White space, or none.
    MaybeGap,
    /// The rest of a word.
    Tail,
    /// An opening bracket.
    Open,
    /// A closing bracket.
    Close,
    /// One to three dashes, with or without white space around them.
    Dash,
    /// A colon, or a dash or bar with space around it.
    Colon,
    /// This, or nothing.
    Optional(Vec<PatternNode>),
    /// One of these.
    Choice(Vec<Vec<PatternNode>>),
    /// A slot, which captures or skips text of a kind.
    Slot(PatternSlot),
}

/// The nodes that follow a group.
#[derive(Clone, Copy)]
pub(super) struct Then<'n> {
    pub nodes: &'n [PatternNode],
    pub then: Option<&'n Then<'n>>,
}

impl Then<'_> {
    pub fn may_be_empty(&self) -> bool {
        may_be_empty(self.nodes) && self.then.is_none_or(Self::may_be_empty)
    }
}

/// Pieces of patterns, by the names that are defined for them.
pub(super) type Definitions = HashMap<String, String>;

/// Parses a pattern.
pub(super) fn parse(pattern: &str, definitions: &Definitions) -> Result<Vec<PatternNode>, String> {
    let expanded = expand(pattern, definitions)?;
    let mut parser = Parser {
        rest: &expanded,
        depth: 0,
    };
    let nodes = parser.sequence()?;
    if let Some(stray) = parser.rest.chars().next() {
        return Err(format!("`{stray}` closes nothing"));
    }
    if may_be_empty(&nodes) {
        return Err("the pattern may match nothing at all".to_owned());
    }
    Ok(nodes)
}

/// Returns the variant of an enum that has a name.
pub(super) fn variant<'n, T: Deserialize<'n>>(name: &'n str) -> Option<T> {
    T::deserialize(BorrowedStrDeserializer::<ValueError>::new(name)).ok()
}

/// Replaces names by what they are defined as.
pub(super) fn expand(pattern: &str, definitions: &Definitions) -> Result<String, String> {
    let mut out = String::new();
    let mut rest = pattern;
    while let Some((before, after)) = rest.split_once('<') {
        let (name, left) = after.split_once('>').ok_or("`<` without `>`")?;
        let value = definitions.get(name);
        out.push_str(before);
        out.push_str(value.ok_or_else(|| format!("no definition of <{name}>"))?);
        rest = left;
    }
    Ok(out + rest)
}

/// Whether some nodes may match a text with this first byte: a quick look.
pub(super) fn may_begin_with(byte: Option<&u8>, nodes: &[PatternNode]) -> bool {
    match nodes.first() {
        Some(PatternNode::Literal(text)) => text.as_bytes().first() == byte,
        _ => true,
    }
}

/// Whether nodes may match nothing.
pub(super) fn may_be_empty(nodes: &[PatternNode]) -> bool {
    let may = |node| matches!(node, &PatternNode::Optional(_) | &PatternNode::MaybeGap);
    nodes.iter().all(may)
}

/// Whether every match of some nodes has a word of the pattern: "source", "by".
pub(super) fn has_words(nodes: &[PatternNode]) -> bool {
    nodes.iter().any(|node| match node {
        PatternNode::Literal(text) => text.chars().filter(|c| c.is_alphabetic()).count() >= 2,
        PatternNode::Choice(branches) => branches.iter().all(|branch| has_words(branch)),
        _ => false,
    })
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

    /// Parses up to the end, or to the character that closes or divides the group.
    fn sequence(&mut self) -> Result<Vec<PatternNode>, String> {
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
                '(' => PatternNode::Choice(self.group(')')?),
                '[' => {
                    let mut group = self.group(']')?;
                    PatternNode::Optional(match group.len() {
                        1 => group.swap_remove(0),
                        _ => vec![PatternNode::Choice(group)],
                    })
                }
                '{' => self.braces()?,
                '}' => return Err("`}` closes nothing".to_owned()),
                '~' => PatternNode::MaybeGap,
                '*' => PatternNode::Tail,
                c if c.is_whitespace() => PatternNode::Gap,
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

    /// Parses the alternatives of a group, and what closes it.
    fn group(&mut self, close: char) -> Result<Vec<Vec<PatternNode>>, String> {
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
        branches.sort_by_key(|branch| Reverse(literal_bytes(branch)));
        Ok(branches)
    }

    fn braces(&mut self) -> Result<PatternNode, String> {
        let (name, rest) = self.rest.split_once('}').ok_or("`}` is missing")?;
        self.rest = rest;
        Ok(match name {
            "(" => PatternNode::Open,
            ")" => PatternNode::Close,
            "-" => PatternNode::Dash,
            ":" => PatternNode::Colon,
            name => {
                let slot = variant(name).ok_or_else(|| format!("no slot {{{name}}}"));
                PatternNode::Slot(slot?)
            }
        })
    }
}

fn push_literal(nodes: &mut Vec<PatternNode>, literal: &mut String) {
    let folded = fold(literal);
    if !folded.is_empty() {
        nodes.push(PatternNode::Literal(folded));
    }
    literal.clear();
}

/// Returns how many bytes are written out in some nodes.
fn literal_bytes(nodes: &[PatternNode]) -> usize {
    let bytes = |node: &PatternNode| match node {
        PatternNode::Literal(text) => text.len(),
        PatternNode::Gap => 1,
        PatternNode::Choice(branches) => branches
            .iter()
            .map(|branch| literal_bytes(branch))
            .max()
            .unwrap_or(0),
        _ => 0,
    };
    nodes.iter().map(bytes).sum()
}

/// Returns the most bytes that a node may match.
pub(super) fn max_bytes(node: &PatternNode) -> usize {
    let all = |nodes: &[PatternNode]| nodes.iter().map(max_bytes).sum();
    match node {
        PatternNode::Literal(text) => text.len(),
        PatternNode::Gap | PatternNode::MaybeGap => 4,
        PatternNode::Tail => 24,
        PatternNode::Open | PatternNode::Close => 3,
        PatternNode::Dash | PatternNode::Colon => 10,
        PatternNode::Optional(inner) => all(inner),
        PatternNode::Choice(branches) => {
            branches.iter().map(|branch| all(branch)).max().unwrap_or(0)
        }
        PatternNode::Slot(slot) => slot.limits().0,
    }
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
