//! Cuts a page into tags and text, as the HTML standard specifies.
//!
//! html5ever's tokenizer is not used: it compares each attribute of a tag with all before it, so a tag
//! with a million attributes takes minutes. This one keeps only the attributes that are used later, and
//! looks at every byte a bounded number of times.

use std::borrow::Cow;

use html5ever::LocalName;
use html5ever::tendril::StrTendril;

use super::tree::is_used;
use crate::text::{named_character, numbered_character};

/// A piece of a page.
pub(super) enum HtmlToken<'t> {
    Start(Tag),
    End(LocalName),
    Text(&'t str),
    Doctype,
}

/// A start tag.
pub(super) struct Tag {
    pub name: LocalName,
    /// The attributes that are used later, see [`is_used`]; of several with one name, the first.
    pub attributes: Vec<(LocalName, StrTendril)>,
    pub closes_itself: bool,
}

/// The longest name of an attribute that is used.
const MAX_ATTRIBUTE: usize = 24;

/// Cuts a page into tokens, and passes them to `sink` in order.
pub(super) fn tokenize(page: &str, mut sink: impl FnMut(HtmlToken<'_>)) {
    let bytes = page.as_bytes();
    let mut at = 0;
    let mut text = 0;
    while let Some(open) = find(bytes, at, b'<') {
        let next = bytes.get(open + 1).copied().unwrap_or(b' ');
        let is_start = next.is_ascii_alphabetic();
        let is_end = next == b'/' && bytes.get(open + 2).is_some_and(u8::is_ascii_alphabetic);
        // Comments, and what browsers treat as comments: `</>`, `<?php ?>`.
        let is_comment = matches!(next, b'!' | b'?') || (next == b'/' && open + 2 < bytes.len());
        if !is_start && !is_end && !is_comment {
            at = open + 1;
            continue;
        }
        emit_text(&page[text..open], true, &mut sink);
        if is_start {
            let (tag, end) = read_tag(page, open + 1);
            // A tag that does not end is not a tag.
            let Some(tag) = tag else { return };
            let name = tag.name.clone();
            sink(HtmlToken::Start(tag));
            let has_entities = matches!(&*name, "title" | "textarea");
            at = if has_entities || is_raw_text(&name) {
                let close = raw_text_end(bytes, end, &name);
                emit_text(&page[end..close], has_entities, &mut sink);
                close
            } else {
                end
            };
        } else if is_end {
            let (tag, end) = read_tag(page, open + 2);
            let Some(tag) = tag else { return };
            sink(HtmlToken::End(tag.name));
            at = end;
        } else if bytes[open..].starts_with(b"<!--") {
            at = comment_end(bytes, open + 4);
        } else {
            if bytes[open + 1..]
                .get(..8)
                .is_some_and(|word| word.eq_ignore_ascii_case(b"!doctype"))
            {
                sink(HtmlToken::Doctype);
            }
            at = find(bytes, open, b'>').map_or(bytes.len(), |end| end + 1);
        }
        text = at;
    }
    emit_text(&page[text..], true, &mut sink);
}

/// Whether the content of an element is text up to its end tag, without entities.
fn is_raw_text(name: &str) -> bool {
    matches!(
        name,
        "script" | "style" | "noscript" | "iframe" | "noembed" | "noframes" | "xmp"
    )
}

fn find(bytes: &[u8], from: usize, wanted: u8) -> Option<usize> {
    let rest = bytes.get(from..)?;
    rest.iter()
        .position(|&b| b == wanted)
        .map(|place| from + place)
}

fn emit_text(text: &str, has_entities: bool, sink: &mut impl FnMut(HtmlToken<'_>)) {
    if text.is_empty() {
        return;
    }
    let text = if has_entities {
        decode(text, false)
    } else {
        Cow::Borrowed(text)
    };
    if text.contains('\0') {
        sink(HtmlToken::Text(&text.replace('\0', "")));
    } else {
        sink(HtmlToken::Text(&text));
    }
}

/// Reads a tag whose name begins at `at`, and returns it with its end. Returns no tag if the page ends
/// first.
fn read_tag(page: &str, at: usize) -> (Option<Tag>, usize) {
    let bytes = page.as_bytes();
    let is_space = |byte: u8| matches!(byte, b' ' | b'\n' | b'\t' | b'\r' | b'\x0c');
    let until = |from: usize, ends: &dyn Fn(u8) -> bool| {
        let found = bytes[from..].iter().position(|&b| ends(b));
        found.map_or(bytes.len(), |place| from + place)
    };
    let end = until(at, &|b| is_space(b) || matches!(b, b'/' | b'>'));
    let mut tag = Tag {
        name: lower(&page[at..end]),
        attributes: Vec::new(),
        closes_itself: false,
    };
    let mut at = end;
    loop {
        at = until(at, &|b| !is_space(b));
        match bytes.get(at) {
            None => return (None, bytes.len()),
            Some(b'>') => return (Some(tag), at + 1),
            Some(b'/') => {
                tag.closes_itself = bytes.get(at + 1) == Some(&b'>');
                at += 1;
                continue;
            }
            Some(_) => {}
        }
        // An equals sign at the beginning is part of the name.
        let name = at;
        at = until(at + 1, &|b| is_space(b) || matches!(b, b'/' | b'>' | b'='));
        let name = &page[name..at];
        let after = until(at, &|b| !is_space(b));
        let mut value = "";
        if bytes.get(after) == Some(&b'=') {
            at = until(after + 1, &|b| !is_space(b));
            (value, at) = match bytes.get(at) {
                Some(&quote @ (b'"' | b'\'')) => {
                    let close = until(at + 1, &|b| b == quote);
                    (&page[at + 1..close], (close + 1).min(bytes.len()))
                }
                Some(_) => {
                    let end = until(at, &|b| is_space(b) || b == b'>');
                    (&page[at..end], end)
                }
                None => return (None, bytes.len()),
            };
        }
        add_attribute(&mut tag, name, value);
    }
}

/// Adds an attribute to a tag, if it is used and the first of its name.
fn add_attribute(tag: &mut Tag, name: &str, value: &str) {
    if name.len() > MAX_ATTRIBUTE {
        return;
    }
    let lowered = name.to_ascii_lowercase();
    let is_known = tag.attributes.iter().any(|(own, _)| **own == *lowered);
    if is_used(&lowered) && !is_known {
        let value = StrTendril::from_slice(&decode(value, true));
        tag.attributes.push((LocalName::from(lowered), value));
    }
}

fn lower(name: &str) -> LocalName {
    if name.bytes().any(|b| b.is_ascii_uppercase()) {
        LocalName::from(name.to_ascii_lowercase())
    } else {
        LocalName::from(name)
    }
}

/// Returns the end of a comment whose content begins at `at`.
fn comment_end(bytes: &[u8], at: usize) -> usize {
    for early in [&b">"[..], b"->"] {
        if bytes[at..].starts_with(early) {
            return at + early.len();
        }
    }
    let mut from = at;
    while let Some(close) = find(bytes, from, b'>') {
        if bytes[at..close].ends_with(b"--") || bytes[at..close].ends_with(b"--!") {
            return close + 1;
        }
        from = close + 1;
    }
    bytes.len()
}

/// Returns the end of raw text: the end tag of its element.
fn raw_text_end(bytes: &[u8], from: usize, name: &str) -> usize {
    let mut at = from;
    while let Some(open) = find(bytes, at, b'<') {
        let rest = &bytes[open + 1..];
        let is_same = rest
            .get(1..=name.len())
            .is_some_and(|own| own.eq_ignore_ascii_case(name.as_bytes()));
        let ends = rest
            .get(name.len() + 1)
            .is_none_or(|b| !b.is_ascii_alphanumeric() && *b != b'-');
        if rest.first() == Some(&b'/') && is_same && ends {
            return open;
        }
        at = open + 1;
    }
    bytes.len()
}

/// Decodes the named and numbered characters of a text.
pub(crate) fn decode(text: &str, in_attribute: bool) -> Cow<'_, str> {
    if !text.contains('&') {
        return Cow::Borrowed(text);
    }
    let mut decoded = String::with_capacity(text.len());
    let mut parts = text.split('&');
    decoded.push_str(parts.next().unwrap_or_default());
    for part in parts {
        let used = match part.strip_prefix('#') {
            Some(number) => numbered_character(number, &mut decoded).map(|used| used + 1),
            None => named_character(part, in_attribute, &mut decoded),
        };
        if used.is_none() {
            decoded.push('&');
        }
        decoded.push_str(&part[used.unwrap_or(0)..]);
    }
    Cow::Owned(decoded)
}

/// Decodes the characters of a word that was encoded twice: `don&amp;#039;t` on the page. Angle brackets
/// stay as they are, because a text about HTML shows them so.
pub(super) fn decode_again(word: &str) -> Cow<'_, str> {
    if !word.contains('&') || !word.contains(';') {
        return Cow::Borrowed(word);
    }
    let decoded = decode(word, true);
    let brackets = |text: &str| text.matches(['<', '>']).count();
    match brackets(&decoded) > brackets(word) {
        true => Cow::Borrowed(word),
        false => decoded,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn check(page: &str, expected: &str) {
        let mut written = String::new();
        tokenize(page, |token| match token {
            HtmlToken::Start(tag) => {
                let slash = if tag.closes_itself { "/" } else { "" };
                written += &format!("[{}{slash}", tag.name);
                for (name, value) in &tag.attributes {
                    written += &format!(" {name}={value}");
                }
                written += "]";
            }
            HtmlToken::End(name) => written += &format!("[-{name}]"),
            HtmlToken::Text(text) => written += text,
            HtmlToken::Doctype => written += "[!]",
        });
        assert_eq!(written, expected, "{page}");
    }

    #[test]
    fn pages_are_cut_into_tags_and_text() {
        check("<!DOCTYPE html><P>a</P>b<br/>", "[!][p]a[-p]b[br/]");
        check(
            "<a HREF = 'x>y' rel=z class>b</a >",
            "[a href=x>y rel=z class=]b[-a]",
        );
        check("<a href=1 href=2 onclick='href=3'>", "[a href=1]");
        check("<a href=a/b>c", "[a href=a/b]c");
        check("<a =\" href=x>y", "[a href=x]y");
        check("1 < 2 <3 </> <? x> <!-> a <", "1 < 2 <3    a <");
        check("a<!-- <p> -- > --!>b<!-->c<!--->d<!-- e", "abcd");
        check(
            "<script>if (a</b) '<p>' &amp;</SCRIPT >x",
            "[script]if (a</b) '<p>' &amp;[-script]x",
        );
        check(
            "<title>a &amp; <b></title>x<title>y",
            "[title]a & <b>[-title]x[title]y",
        );
        check("a<b", "a");
        check("a<b c='", "a");
        check("a</b", "a");
    }

    #[test]
    fn named_and_numbered_characters_are_decoded() {
        let check = |text: &str, in_text: &str, in_attribute: &str| {
            assert_eq!(decode(text, false), in_text, "{text}");
            assert_eq!(decode(text, true), in_attribute, "{text}");
        };
        check("a &amp; b &amp;amp; &", "a & b &amp; &", "a & b &amp; &");
        check("&notit; &notin;", "¬it; ∉", "&notit; ∉");
        check("?a&copy=2 &copy", "?a©=2 ©", "?a&copy=2 ©");
        check(
            "&#x6c49;&#27721;&#39;&#x27 &#; &#x; &#150;",
            "汉汉'' &#; &#x; –",
            "汉汉'' &#; &#x; –",
        );
        check(
            "&#0;&#xd800;&#99999999999;",
            "\u{fffd}\u{fffd}\u{fffd}",
            "\u{fffd}\u{fffd}\u{fffd}",
        );
        check("&nosuch; &é;", "&nosuch; &é;", "&nosuch; &é;");
        check("&NotEqualTilde;", "≂̸", "≂̸");
    }

    #[test]
    fn what_was_encoded_twice_is_decoded_again() {
        let check = |word: &str, expected: &str| assert_eq!(decode_again(word), expected, "{word}");
        check("don&#039;t", "don't");
        check("R&amp;D", "R&D");
        check("&ldquo;caf&eacute;&rdquo;", "“café”");
        check("AT&T;", "AT&T;");
        check("&lt;br&gt;", "&lt;br&gt;");
        check("a&copy", "a&copy");
    }
}
