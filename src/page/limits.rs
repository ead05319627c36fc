//! Bounds what the tokenizer is given.
//!
//! The tokenizer of html5ever compares each attribute of a tag with those before it, so that a tag
//! with a million attributes takes a million million steps. No page needs more than a few dozen.

use std::borrow::Cow;

/// Attributes of one tag that are read; what follows up to the end of the tag is passed over.
const MAX_ATTRIBUTES: usize = 200;
/// Elements whose content is not markup. A script may hold what looks like a tag.
const RAW: [&str; 2] = ["script", "style"];

/// Returns the page with the tags cut short that hold more attributes than any page needs; as a
/// rule that is the page as it came.
pub(super) fn cut_attributes(page: &str) -> Cow<'_, str> {
    let bytes = page.as_bytes();
    let mut cuts: Vec<(usize, usize)> = Vec::new();
    let mut at = 0;
    while let Some(found) = find(bytes, at, b'<') {
        at = found + 1;
        if !bytes.get(at).is_some_and(u8::is_ascii_alphabetic) {
            continue;
        }
        let (end, limit) = tag_end(bytes, at);
        if let Some(limit) = limit {
            cuts.push((limit, end));
        }
        let raw = RAW.iter().find(|name| starts_with(bytes, at, name));
        at = match raw {
            Some(name) => raw_end(bytes, end, name),
            None => end,
        };
    }
    if cuts.is_empty() {
        return Cow::Borrowed(page);
    }
    let mut kept = String::with_capacity(page.len());
    let mut from = 0;
    for (start, end) in cuts {
        kept.push_str(&page[from..start]);
        kept.push(' ');
        from = end;
    }
    kept.push_str(&page[from..]);
    Cow::Owned(kept)
}

fn find(bytes: &[u8], from: usize, wanted: u8) -> Option<usize> {
    let rest = bytes.get(from..)?;
    rest.iter().position(|&b| b == wanted).map(|i| from + i)
}

fn starts_with(bytes: &[u8], at: usize, name: &str) -> bool {
    let end = at + name.len();
    bytes
        .get(at..end)
        .is_some_and(|found| found.eq_ignore_ascii_case(name.as_bytes()))
        && bytes.get(end).is_none_or(|b| !b.is_ascii_alphanumeric())
}

/// Where the tag ends (at its `>`), and where its last attribute that is read ends, if there are
/// more. Both stand on ASCII, so on character boundaries.
fn tag_end(bytes: &[u8], mut at: usize) -> (usize, Option<usize>) {
    let mut limit = None;
    let mut attributes = 0;
    let mut in_name = true;
    while let Some(&byte) = bytes.get(at) {
        match byte {
            b'>' => return (at, limit),
            b'"' | b'\'' if at > 0 && value_begins(bytes, at) => {
                let Some(close) = find(bytes, at + 1, byte) else {
                    break;
                };
                at = close;
                in_name = false;
            }
            b' ' | b'\n' | b'\t' | b'\r' | b'\x0c' | b'/' => in_name = false,
            _ if !in_name => {
                in_name = true;
                attributes += 1;
                if attributes > MAX_ATTRIBUTES && limit.is_none() {
                    limit = Some(at);
                }
            }
            _ => {}
        }
        at += 1;
    }
    (bytes.len(), limit)
}

/// Whether the quotation mark at `at` opens a value: it follows an equals sign.
fn value_begins(bytes: &[u8], at: usize) -> bool {
    bytes[..at].iter().rev().find(|b| !b.is_ascii_whitespace()) == Some(&b'=')
}

/// Where the raw content that begins at `from` ends: at its closing tag.
fn raw_end(bytes: &[u8], from: usize, name: &str) -> usize {
    let mut at = from;
    while let Some(found) = find(bytes, at, b'<') {
        at = found + 1;
        if bytes.get(at) == Some(&b'/') && starts_with(bytes, at + 1, name) {
            return found;
        }
    }
    bytes.len()
}
