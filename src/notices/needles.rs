//! The strings by which the prefilter finds where a pattern may match: one of them is in every match.

use super::agency::is_spaced;
use super::fold::floor_boundary;
use super::pattern::{PatternNode, max_bytes};
use super::prefilter::Prefilter;
use super::slot::PatternSlot;

/// Strings one of which is in every match of a pattern.
#[derive(Debug)]
pub(super) struct Needles {
    pub strings: Vec<String>,
    /// How far before a needle the match may begin, in bytes.
    pub before: usize,
    /// The node with which the needles begin, if all begin with the same.
    pub node: Option<usize>,
}

/// Most bytes of a needle: a longer one rejects no more.
const LONGEST: usize = 16;
/// Fewest bytes of the letters of a needle: a shorter one is common.
const SHORTEST: usize = 3;

/// Returns the best needles of a pattern; nothing if no string is in every match. `agencies` are the
/// names of agencies in search form.
pub(super) fn needles(nodes: &[PatternNode], agencies: &[String]) -> Option<Needles> {
    best(nodes, agencies, true, None)
}

/// Whether matches of a pattern can be found: it has needles, or names an agency.
pub(super) fn is_findable(nodes: &[PatternNode]) -> bool {
    needles(nodes, &[]).is_some() || names_agency(nodes)
}

fn names_agency(nodes: &[PatternNode]) -> bool {
    nodes.iter().any(|node| match node {
        PatternNode::Slot(slot) => *slot == PatternSlot::Agency,
        PatternNode::Optional(inner) => names_agency(inner),
        PatternNode::Choice(branches) => branches.iter().any(names_agency),
        _ => false,
    })
}

/// Returns the best needles of a part of a pattern, which begins a word if `begins_word`, and which
/// `after` follows.
fn best(
    nodes: &[PatternNode],
    agencies: &[String],
    mut begins_word: bool,
    after: Option<&PatternNode>,
) -> Option<Needles> {
    let mut best_so_far: Option<(usize, Needles)> = None;
    let mut before = 0;
    for (index, node) in nodes.iter().enumerate() {
        let next = nodes.get(index + 1).or(after);
        // With the letters that the shortest of them counts for, and a bonus.
        let offered = match node {
            PatternNode::Literal(text) if begins_word || !text.starts_with(is_spaced) => {
                let needle = run(&nodes[index..], after);
                let shortest = letters(&needle);
                Some((vec![needle], 0, Some(index), shortest, 0))
            }
            PatternNode::Choice(branches) => {
                let inner: Option<Vec<Needles>> = branches
                    .iter()
                    .map(|branch| best(branch, agencies, begins_word, next))
                    .collect();
                inner.map(|inner| {
                    let deepest = inner.iter().map(|needles| needles.before).max();
                    let deepest = deepest.unwrap_or(0);
                    let strings: Vec<String> = inner
                        .into_iter()
                        .flat_map(|needles| needles.strings)
                        .collect();
                    let shortest = strings.iter().map(|needle| letters(needle)).min();
                    let node = (deepest == 0).then_some(index);
                    (strings, deepest, node, shortest.unwrap_or(0), 0)
                })
            }
            PatternNode::Slot(PatternSlot::Agency) => {
                frames(&nodes[..index], next).map(|(led_by, frames)| {
                    let strings: Vec<String> = frames
                        .iter()
                        .flat_map(|(lead, follow)| {
                            let framed = move |name| clipped(&format!("{lead}{name}{follow}"));
                            agencies.iter().map(framed)
                        })
                        .collect();
                    let shortest = strings.iter().map(|needle| letters(needle)).min();
                    let shortest = shortest.unwrap_or(0).max(SHORTEST);
                    // The names of agencies are rare.
                    (strings, 0, Some(index - led_by), shortest, LONGEST / 2)
                })
            }
            _ => None,
        };
        if let Some((strings, deeper, node, shortest, bonus)) = offered {
            let needles = Needles {
                strings,
                before: before + deeper,
                node,
            };
            // Near the beginning is better: fewer positions to try.
            let near = usize::from(needles.before == 0 && shortest >= 6) * 6;
            let score = (shortest.min(LONGEST) + bonus) * 4 + near;
            if shortest >= SHORTEST
                && needles.strings.iter().all(|text| Prefilter::takes(text))
                && best_so_far.as_ref().is_none_or(|(other, _)| score > *other)
            {
                best_so_far = Some((score, needles));
            }
        }
        begins_word = begins_word_after(node, begins_word);
        before += max_bytes(node);
    }
    best_so_far.map(|(_, needles)| needles)
}

/// Returns the bytes of the characters that make a needle rare.
fn letters(needle: &str) -> usize {
    if needle.contains('©') {
        return LONGEST;
    }
    let counts = |c: &char| c.is_alphanumeric() || matches!(c, '(' | ')' | '[' | '/');
    needle.chars().filter(counts).map(char::len_utf8).sum()
}

/// Whether a word surely begins after a node; `before`, whether one begins with it.
fn begins_word_after(node: &PatternNode, before: bool) -> bool {
    let after_all = |nodes: &[PatternNode]| {
        let after = |before, node| begins_word_after(node, before);
        nodes.iter().fold(before, after)
    };
    match node {
        PatternNode::Gap
        | PatternNode::Open
        | PatternNode::Close
        | PatternNode::Dash
        | PatternNode::Colon => true,
        PatternNode::MaybeGap => before,
        PatternNode::Literal(text) => !text.ends_with(is_spaced),
        PatternNode::Optional(inner) => before && after_all(inner),
        PatternNode::Choice(branches) => branches.iter().all(after_all),
        PatternNode::Tail | PatternNode::Slot(_) => false,
    }
}

/// Returns the literals and gaps that some nodes begin with as one string. A gap is a blank: the
/// prefilter reads a line break as one.
fn run(nodes: &[PatternNode], after: Option<&PatternNode>) -> String {
    let mut written = String::new();
    for node in nodes.iter().chain(after) {
        match node {
            PatternNode::Literal(text) if written.len() < LONGEST => written.push_str(text),
            PatternNode::Gap if written.len() < LONGEST => written.push(' '),
            _ => break,
        }
    }
    clipped(&written)
}

/// Returns the characters right before and right after the name of an agency that make needles of it,
/// and how many nodes those before it are.
fn frames(
    lead: &[PatternNode],
    follow: Option<&PatternNode>,
) -> Option<(usize, Vec<(String, String)>)> {
    let frame = |lead: &str, follow: &str| (lead.to_owned(), follow.to_owned());
    match (lead, follow) {
        ([.., PatternNode::Open], _) => Some((1, vec![frame("(", ""), frame("[", "")])),
        ([.., PatternNode::Literal(text)], _) => Some((1, vec![frame(text, "")])),
        ([.., PatternNode::Literal(text), PatternNode::Gap], _) if letters(text) > 1 => {
            Some((2, vec![frame(&format!("{text} "), "")]))
        }
        ([], Some(PatternNode::Gap)) => Some((0, vec![frame("", " ")])),
        ([], Some(PatternNode::Literal(text))) => Some((0, vec![frame("", text)])),
        _ => None,
    }
}

fn clipped(needle: &str) -> String {
    needle[..floor_boundary(needle, LONGEST)].to_owned()
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
