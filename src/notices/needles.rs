//! The strings by which the prefilter finds where a pattern may match: one of them is in every match.

use super::agency::is_spaced;
use super::pattern::{PatternNode, Then, max_bytes};
use super::prefilter::Prefilter;
use super::rarity::is_alphanumeric;
use super::slot::PatternSlot;
use super::spelling::{clipped, spelled};

/// Strings one of which is in every match of a pattern.
#[derive(Debug)]
pub(super) struct Needles {
    /// Each has how often it stands in a byte of text.
    pub strings: Vec<(String, f64)>,
    /// How far before a needle the match may begin, in bytes.
    pub before: usize,
    /// The node with which the needles begin, if all begin with the same.
    pub node: Option<usize>,
}

/// Fewest bytes of the letters of a needle: a shorter one is common.
const SHORTEST: usize = 3;
/// How often names of agencies stand in a byte of text.
const NAMES: f64 = 0.00002;

/// Returns the best needles of a pattern; nothing if no string is in every match. `agencies` are the
/// names of agencies in search form.
pub(super) fn needles(nodes: &[PatternNode], agencies: &[String]) -> Option<Needles> {
    best(nodes, None, agencies, true)
}

/// Whether a pattern names an agency, or a paper or station: then its needles depend on the agencies, or it
/// has none.
pub(super) fn names_source(nodes: &[PatternNode]) -> bool {
    nodes.iter().any(|node| match node {
        PatternNode::Slot(slot) => matches!(slot, PatternSlot::Agency | PatternSlot::Source),
        PatternNode::Optional(inner) => names_source(inner),
        PatternNode::Choice(branches) => branches.iter().any(|branch| names_source(branch)),
        _ => false,
    })
}

/// Returns the best needles of a part of a pattern, which begins a word if `begins_word`, and which
/// `then` follows.
fn best(
    nodes: &[PatternNode],
    then: Option<&Then>,
    agencies: &[String],
    mut begins_word: bool,
) -> Option<Needles> {
    let mut best_so_far: Option<(f64, Needles)> = None;
    let mut before = 0;
    for (index, node) in nodes.iter().enumerate() {
        let (here, rest) = (&nodes[index..], &nodes[index + 1..]);
        let mut offer = |needles: Needles| {
            let often = needles.strings.iter().map(|(_, often)| often).sum();
            let fits = |(text, _): &(String, f64)| {
                Prefilter::takes(text) && (begins_word || !text.starts_with(is_spaced))
            };
            if best_so_far.as_ref().is_none_or(|(best, _)| often < *best)
                && !needles.strings.is_empty()
                && needles.strings.iter().all(fits)
            {
                best_so_far = Some((often, needles));
            }
        };
        let next = rest.first().or(then.and_then(|then| then.nodes.first()));
        let from_here = |strings| Needles {
            strings,
            before,
            node: Some(index),
        };
        if let Some(names) = named(here, next, index == 0, agencies) {
            offer(from_here(names));
        } else if matches!(
            node,
            PatternNode::Literal(_) | PatternNode::Choice(_) | PatternNode::Open
        ) {
            let needles = from_here(spelled(here, then));
            if needles
                .strings
                .iter()
                .all(|(text, _)| letters(text) >= SHORTEST)
            {
                offer(needles);
            }
        }
        if let PatternNode::Choice(branches) = node {
            let next = Then { nodes: rest, then };
            let best = |branch: &Vec<_>| best(branch, Some(&next), agencies, begins_word);
            let inner: Option<Vec<Needles>> = branches.iter().map(best).collect();
            let inner = inner.unwrap_or_default();
            let deepest = inner.iter().map(|needles| needles.before).max();
            offer(Needles {
                before: before + deepest.unwrap_or(0),
                node: None,
                strings: inner
                    .into_iter()
                    .flat_map(|needles| needles.strings)
                    .collect(),
            });
        }
        begins_word = begins_word_after(node, begins_word);
        before += max_bytes(node);
    }
    best_so_far.map(|(_, needles)| needles)
}

/// Returns the names of agencies with the characters right before or after them that make needles of
/// them; nothing if nodes begin with no such name. `next` follows the first node.
fn named(
    nodes: &[PatternNode],
    next: Option<&PatternNode>,
    begins_pattern: bool,
    agencies: &[String],
) -> Option<Vec<(String, f64)>> {
    use PatternNode::{Gap, Literal, Open, Slot};
    let (leads, follow): (&[&str], &str) = match (nodes, next) {
        ([Slot(PatternSlot::Agency), ..], Some(Gap)) if begins_pattern => (&[""], " "),
        ([Slot(PatternSlot::Agency), ..], Some(Literal(text))) if begins_pattern => (&[""], text),
        // In other brackets stand the symbols of stocks.
        ([Open, Slot(PatternSlot::Agency), ..], _) => (&["(", "["], ""),
        ([Literal(text), Slot(PatternSlot::Agency), ..], _) => (&[text], ""),
        ([Literal(text), Gap, Slot(PatternSlot::Agency), ..], _) if letters(text) > 1 => {
            (&[&format!("{text} ")], "")
        }
        _ => return None,
    };
    let often = NAMES / (leads.len() * agencies.len()) as f64;
    let framed = |lead| {
        let framed = move |name| (clipped(&format!("{lead}{name}{follow}")).to_owned(), often);
        agencies.iter().map(framed)
    };
    Some(leads.iter().flat_map(framed).collect())
}

/// Returns the bytes of the characters that make a needle rare.
fn letters(needle: &str) -> usize {
    if needle.contains('©') {
        return SHORTEST;
    }
    let counts = |c: &char| is_alphanumeric(*c) || matches!(c, '(' | ')' | '[' | '/');
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
        PatternNode::Choice(branches) => branches.iter().all(|branch| after_all(branch)),
        PatternNode::Tail | PatternNode::Slot(_) => false,
    }
}

#[cfg(test)]
mod tests {
    use super::super::pattern::{Definitions, parse};
    use super::*;

    fn check(pattern: &str, strings: &[&str], before: usize) {
        let nodes = parse(pattern, &Definitions::new()).expect("a pattern");
        let found = needles(&nodes, &["ap".to_owned()]).expect("needles");
        let texts: Vec<&str> = found
            .strings
            .iter()
            .map(|(text, _)| text.as_str())
            .collect();
        assert_eq!(
            (texts.as_slice(), found.before),
            (strings, before),
            "{pattern}"
        );
    }

    #[test]
    fn the_rarest_words_that_must_be_there() {
        check(
            "by {author} appeared in",
            &["appeared  ", "appeared in"],
            74,
        );
        check("(with|from)[ the] kettledrummers", &["kettledrummers"], 15);
        check("{(}{agency}{)}", &["(ap", "[ap"], 0);
        check("{agency} said", &["ap "], 0);
    }
}
