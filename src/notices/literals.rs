//! What a text must hold for a pattern to match: the words by which the prefilter finds the places
//! worth a closer look.

use super::pattern::{Node, Slot, longest};

/// Strings one of which must be there, and how far before it the match may begin.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct Needles {
    pub strings: Vec<Needle>,
    pub before: usize,
}

/// A string to look for.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Needle {
    pub text: String,
    /// It stands at the beginning of a word.
    pub begins_word: bool,
}

/// Longer needles say no more; in bytes.
const ENOUGH: usize = 16;
/// With fewer letters they stand everywhere; in bytes.
const TOO_SHORT: usize = 2;

/// Returns the best needles of a pattern, or none if nothing in it is sure to be there. `agencies`
/// are the names by which agencies go, in searched form.
pub(super) fn needles(nodes: &[Node], agencies: &[String]) -> Option<Needles> {
    best(nodes, agencies, true, None)
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
            Node::Literal(_) => Some((needles_of(run(rest, after), fresh), 0, 0)),
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
                    (strings, deepest, 0)
                })
            }
            Node::Slot(Slot::Agency) => {
                let lead = index.checked_sub(1).and_then(|i| nodes.get(i));
                frames(lead, next).map(|frames| {
                    let named = |(lead, follow): &(String, String)| {
                        let (lead, follow) = (lead.clone(), follow.clone());
                        agencies
                            .iter()
                            .map(move |name| clipped(&format!("{lead}{name}{follow}")))
                    };
                    // Names are rare words.
                    (
                        needles_of(frames.iter().flat_map(named).collect(), true),
                        0,
                        ENOUGH / 2,
                    )
                })
            }
            _ => None,
        };
        if let Some((strings, deeper, bonus)) = offered {
            let shortest = strings
                .iter()
                .map(|needle| letters(&needle.text))
                .min()
                .unwrap_or(0);
            let needles = Needles {
                strings,
                before: before + deeper,
            };
            // Near the beginning is better: fewer places to try.
            let near = usize::from(needles.before == 0) * 6;
            let score = (shortest.min(ENOUGH) + bonus) * 4 + near;
            if shortest >= TOO_SHORT && best_of.as_ref().is_none_or(|(other, _)| score > *other) {
                best_of = Some((score, needles));
            }
        }
        fresh = matches!(
            node,
            Node::Gap | Node::Open | Node::Close | Node::Dash | Node::Colon
        );
        before += longest(std::slice::from_ref(node));
    }
    best_of.map(|(_, needles)| needles)
}

fn letters(text: &str) -> usize {
    text.chars()
        .filter(|c| c.is_alphanumeric() || *c == '©')
        .map(char::len_utf8)
        .sum()
}

fn needles_of(texts: Vec<String>, begins_word: bool) -> Vec<Needle> {
    texts
        .into_iter()
        .map(|text| Needle { text, begins_word })
        .collect()
}

/// The strings with which a row of literals and gaps may be written: white space is a blank or a
/// line break.
fn run(nodes: &[Node], after: Option<&Node>) -> Vec<String> {
    let mut written = vec![String::new()];
    for node in nodes.iter().chain(after) {
        let short = written.iter().all(|text| text.len() < ENOUGH);
        match node {
            Node::Literal(text) if short => written.iter_mut().for_each(|w| w.push_str(text)),
            Node::Gap if short => {
                let broken: Vec<String> = written.iter().map(|w| format!("{w}\n")).collect();
                written.iter_mut().for_each(|w| w.push(' '));
                written.extend(broken);
            }
            _ => break,
        }
    }
    written.iter().map(|text| clipped(text)).collect()
}

/// The characters right before and after an agency's name that make a needle of it.
fn frames(lead: Option<&Node>, follow: Option<&Node>) -> Option<Vec<(String, String)>> {
    let pair = |lead: &str, follow: &str| (lead.to_owned(), follow.to_owned());
    match (lead, follow) {
        (Some(Node::Open), _) => Some(vec![pair("(", ""), pair("[", "")]),
        (Some(Node::Literal(text)), _) => Some(vec![pair(text, "")]),
        (None, Some(Node::Gap)) => Some(vec![pair("", " "), pair("", "\n")]),
        (None, Some(Node::Literal(text))) => Some(vec![pair("", text)]),
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

    fn check(pattern: &str, strings: &[&str], before: usize) {
        let nodes = parse(pattern, &Definitions::new()).expect("a pattern");
        let found = needles(&nodes, &["ap".to_owned()]).expect("needles");
        let texts: Vec<&str> = found
            .strings
            .iter()
            .map(|needle| needle.text.as_str())
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
            &["appeared in", "appeared\nin"],
            70,
        );
        check(
            "(seen|read) in {outlet}",
            &["seen ", "seen\n", "read ", "read\n"],
            0,
        );
        check("[re]printed", &["printed"], 2);
        check("{(}{agency}{)}", &["(ap", "[ap"], 3);
        check("{agency} said", &["ap ", "ap\n"], 0);
    }
}
