//! What a text must hold for a pattern to match: the words by which the prefilter finds the places
//! worth a closer look.

use super::pattern::{Node, Slot, longest};

/// Words one of which must be there, and how far before it the match may begin.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct Needles {
    pub words: Vec<String>,
    pub before: usize,
}

/// Longer needles say no more.
const ENOUGH: usize = 14;
/// Shorter ones stand everywhere.
const TOO_SHORT: usize = 2;

/// Returns the best needles of a pattern, or none if nothing in it is sure to be there. `agencies`
/// are the names by which agencies go, in searched form.
pub(super) fn needles(nodes: &[Node], agencies: &[String]) -> Option<Needles> {
    let mut best: Option<(usize, Needles)> = None;
    let mut offer = |needles: Needles| {
        let shortest = needles.words.iter().map(String::len).min().unwrap_or(0);
        // Near the beginning is better: fewer places to try.
        let score = shortest.min(ENOUGH) * 4 + usize::from(needles.before == 0) * 6;
        if shortest >= TOO_SHORT && best.as_ref().is_none_or(|(other, _)| score > *other) {
            best = Some((score, needles));
        }
    };
    let mut before = 0;
    for (index, node) in nodes.iter().enumerate() {
        match node {
            Node::Literal(text) => offer(Needles {
                words: vec![clipped(text)],
                before,
            }),
            Node::Choice(branches) => {
                let inner: Option<Vec<Needles>> = branches
                    .iter()
                    .map(|branch| needles(branch, agencies))
                    .collect();
                if let Some(inner) = inner {
                    let deepest = inner
                        .iter()
                        .map(|needles| needles.before)
                        .max()
                        .unwrap_or(0);
                    let words = inner
                        .into_iter()
                        .flat_map(|needles| needles.words)
                        .collect();
                    offer(Needles {
                        words,
                        before: before + deepest,
                    });
                }
            }
            Node::Slot(Slot::Agency) => {
                let lead = index.checked_sub(1).and_then(|i| nodes.get(i));
                if let Some(prefixes) = lead.and_then(prefixes) {
                    let words = prefixes
                        .iter()
                        .flat_map(|prefix| {
                            agencies
                                .iter()
                                .map(move |name| clipped(&format!("{prefix}{name}")))
                        })
                        .collect();
                    offer(Needles { words, before });
                }
            }
            _ => {}
        }
        before += longest(std::slice::from_ref(node));
    }
    best.map(|(_, needles)| needles)
}

/// The characters right before an agency's name that make a needle of it.
fn prefixes(node: &Node) -> Option<Vec<String>> {
    match node {
        Node::Open => Some(vec!["(".to_owned(), "[".to_owned()]),
        Node::Literal(text) => Some(vec![text.clone()]),
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
                for branch in branches {
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

    fn check(pattern: &str, words: &[&str], before: usize) {
        let nodes = parse(pattern, &Definitions::new()).expect("a pattern");
        let found = needles(&nodes, &["ap".to_owned()]);
        let expected = Needles {
            words: words.iter().map(|&w| w.to_owned()).collect(),
            before,
        };
        assert_eq!(found, Some(expected), "{pattern}");
    }

    #[test]
    fn the_rarest_word_that_must_be_there() {
        check("this appeared in {outlet}", &["appeared"], 8);
        check("(seen|read) in {outlet}", &["seen", "read"], 0);
        check("[re]printed", &["printed"], 2);
        check("{(}{agency}{)}", &["(ap", "[ap"], 3);
    }
}
