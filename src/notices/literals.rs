//! What a text must hold for a pattern to match: the words by which the prefilter finds the places
//! worth a closer look.

use super::agency::is_spaced;
use super::pattern::{Node, Slot, longest};
use super::prefilter::Prefilter;

/// Strings one of which must be there, and how far before it the match may begin.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct Needles {
    pub strings: Vec<String>,
    pub before: usize,
    /// The element with which they begin, if all of them begin with one.
    pub node: Option<usize>,
}

/// Longer needles say no more; in bytes.
const ENOUGH: usize = 16;
/// With fewer letters they stand everywhere; in bytes.
const TOO_SHORT: usize = 3;

/// Returns the best needles of a pattern, or none if nothing in it is sure to be there. `agencies`
/// are the names by which agencies go, in searched form.
pub(super) fn needles(nodes: &[Node], agencies: &[String]) -> Option<Needles> {
    best(nodes, agencies, true, None)
}

/// Whether the prefilter can find a pattern, or, if it cannot, a pattern names an agency.
pub(super) fn findable(nodes: &[Node]) -> bool {
    needles(nodes, &[]).is_some() || names_agency(nodes)
}

fn names_agency(nodes: &[Node]) -> bool {
    nodes.iter().any(|node| match node {
        Node::Slot(slot) => *slot == Slot::Agency,
        Node::Optional(inner) => names_agency(inner),
        Node::Choice(branches) => branches.iter().any(|branch| names_agency(branch)),
        _ => false,
    })
}

/// The same for a part: `fresh` if a word begins with it, `after` is what follows it.
fn best(nodes: &[Node], agencies: &[String], fresh: bool, after: Option<&Node>) -> Option<Needles> {
    let mut best_of: Option<(usize, Needles)> = None;
    let mut before = 0;
    let mut fresh = fresh;
    for (index, node) in nodes.iter().enumerate() {
        let rest = &nodes[index..];
        let next = nodes.get(index + 1).or(after);
        let offered = match node {
            Node::Literal(text) if fresh || begins_anywhere(text) => {
                Some((vec![run(rest, after)], 0, 0, Some(index)))
            }
            Node::Literal(_) => None,
            Node::Choice(branches) => {
                let inner: Option<Vec<Needles>> = branches
                    .iter()
                    .map(|branch| best(branch, agencies, fresh, next))
                    .collect();
                inner.map(|inner| {
                    let deepest = inner
                        .iter()
                        .map(|needles| needles.before)
                        .max()
                        .unwrap_or(0);
                    let strings = inner
                        .into_iter()
                        .flat_map(|needles| needles.strings)
                        .collect();
                    let node = (deepest == 0).then_some(index);
                    (strings, deepest, 0, node)
                })
            }
            Node::Slot(Slot::Agency) => {
                let lead = nodes.get(..index).unwrap_or_default();
                frames(lead, next).map(|(led_by, frames)| {
                    let named = |(lead, follow): &(String, String)| {
                        let (lead, follow) = (lead.clone(), follow.clone());
                        agencies
                            .iter()
                            .map(move |name| clipped(&format!("{lead}{name}{follow}")))
                    };
                    // Names are rare words.
                    let strings = frames.iter().flat_map(named).collect();
                    (strings, 0, ENOUGH / 2, Some(index - led_by))
                })
            }
            _ => None,
        };
        if let Some((strings, deeper, bonus, node)) = offered {
            let shortest = strings
                .iter()
                .map(|needle| letters(needle))
                .min()
                .unwrap_or(0);
            let shortest = if bonus > 0 {
                shortest.max(TOO_SHORT)
            } else {
                shortest
            };
            let needles = Needles {
                strings,
                before: before + deeper,
                node,
            };
            // Near the beginning is better: fewer places to try.
            let near = usize::from(needles.before == 0 && shortest >= 6) * 6;
            let score = (shortest.min(ENOUGH) + bonus) * 4 + near;
            if shortest >= TOO_SHORT
                && needles.strings.iter().all(|text| Prefilter::takes(text))
                && best_of.as_ref().is_none_or(|(other, _)| score > *other)
            {
                best_of = Some((score, needles));
            }
        }
        fresh = ends_word(node, fresh);
        before += longest(std::slice::from_ref(node));
    }
    best_of.map(|(_, needles)| needles)
}

fn letters(text: &str) -> usize {
    let mark = |c: &char| c.is_alphanumeric() || matches!(c, '(' | ')' | '[' | '/');
    if text.contains('©') {
        return ENOUGH;
    }
    text.chars().filter(mark).map(char::len_utf8).sum()
}

/// Whether a word begins after this element, if one began with it or not.
fn ends_word(node: &Node, fresh: bool) -> bool {
    let row = |nodes: &[Node]| {
        nodes
            .iter()
            .fold(fresh, |fresh, node| ends_word(node, fresh))
    };
    match node {
        Node::Gap | Node::Open | Node::Close | Node::Dash | Node::Colon => true,
        Node::MaybeGap => fresh,
        Node::Literal(text) => !text.chars().next_back().is_some_and(is_spaced),
        Node::Optional(inner) => fresh && row(inner),
        Node::Choice(branches) => branches.iter().all(|branch| row(branch)),
        Node::Tail | Node::Slot(_) => false,
    }
}

/// Whether this is found wherever it stands: the prefilter looks where words begin.
fn begins_anywhere(text: &str) -> bool {
    !text.chars().next().is_some_and(is_spaced)
}

/// A row of literals and gaps as one string: to the prefilter a line break is a blank.
fn run(nodes: &[Node], after: Option<&Node>) -> String {
    let mut written = String::new();
    for node in nodes.iter().chain(after) {
        match node {
            Node::Literal(text) if written.len() < ENOUGH => written.push_str(text),
            Node::Gap if written.len() < ENOUGH => written.push(' '),
            _ => break,
        }
    }
    clipped(&written)
}

/// The characters right before and after an agency's name that make a needle of it, and how many
/// elements those before it are.
fn frames(lead: &[Node], follow: Option<&Node>) -> Option<(usize, Vec<(String, String)>)> {
    let pair = |lead: &str, follow: &str| (lead.to_owned(), follow.to_owned());
    match (lead, follow) {
        ([.., Node::Open], _) => Some((1, vec![pair("(", ""), pair("[", "")])),
        ([.., Node::Literal(text)], _) => Some((1, vec![pair(text, "")])),
        ([.., Node::Literal(text), Node::Gap], _) if letters(text) > 1 => {
            Some((2, vec![pair(&format!("{text} "), "")]))
        }
        ([], Some(Node::Gap)) => Some((0, vec![pair("", " ")])),
        ([], Some(Node::Literal(text))) => Some((0, vec![pair("", text)])),
        _ => None,
    }
}

fn clipped(word: &str) -> String {
    let mut end = word.len().min(ENOUGH);
    while !word.is_char_boundary(end) {
        end -= 1;
    }
    word[..end].to_owned()
}

/// The bytes with which a match may begin, or nothing if it may be any.
pub(super) fn first_bytes(nodes: &[Node]) -> Option<Vec<u8>> {
    let mut bytes = Vec::new();
    for node in nodes {
        match node {
            Node::Literal(text) => {
                bytes.extend(text.bytes().next());
                return Some(bytes);
            }
            Node::Open => {
                bytes.extend(b"([{<");
                return Some(bytes);
            }
            Node::Choice(branches) => {
                for branch in branches.iter() {
                    bytes.extend(first_bytes(branch)?);
                }
                return Some(bytes);
            }
            Node::Optional(inner) => bytes.extend(first_bytes(inner)?),
            Node::MaybeGap => bytes.extend(b" \n"),
            _ => return None,
        }
    }
    None
}

#[cfg(test)]
mod tests {
    use super::super::pattern::{Definitions, parse};
    use super::*;

    fn check(pattern: &str, strings: &[&str], before: usize) {
        let nodes = parse(pattern, &Definitions::new()).expect("a pattern");
        let found = needles(&nodes, &["ap".to_owned()]).expect("needles");
        let texts: Vec<&str> = found.strings.iter().map(|needle| needle.as_str()).collect();
        assert_eq!(
            (texts.as_slice(), found.before),
            (strings, before),
            "{pattern}"
        );
    }

    #[test]
    fn the_rarest_words_that_must_be_there() {
        check("by {author} appeared in", &["appeared in"], 74);
        check("(seen|read) in {outlet}", &["seen ", "read "], 0);
        check("[re ]printed", &["printed"], 6);
        check("{(}{agency}{)}", &["(ap", "[ap"], 3);
        check("{agency} said", &["ap "], 0);
    }
}
