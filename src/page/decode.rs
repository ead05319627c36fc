//! Turns the bytes of a page into text.

use chardetng::{EncodingDetector, Iso2022JpDetection, Utf8Detection};
use encoding_rs::{Encoding, UTF_8, UTF_16BE, UTF_16LE, WINDOWS_1252, X_USER_DEFINED};

/// How far into a page a `meta` that names the character set is looked for. The standard says 1,024
/// bytes; pages put more before it.
const META_WITHIN: usize = 8 * 1024;
/// How much of a page is shown to the detector.
const DETECT_WITHIN: usize = 256 * 1024;

/// Decodes a page, and names the character set it was in: told by a byte order mark, by the
/// `Content-Type` header, by the page's own `meta`, or detected. What says UTF-8 and is not, or is
/// UTF-8 and says otherwise, is believed to be what it is. Bytes that mean nothing become U+FFFD.
pub fn decode(bytes: &[u8], content_type: Option<&str>) -> (String, &'static str) {
    if let Some((encoding, mark)) = Encoding::for_bom(bytes) {
        let (text, _) = encoding.decode_without_bom_handling(&bytes[mark..]);
        return (text.into_owned(), encoding.name());
    }
    let told = content_type.and_then(of_header).or_else(|| of_meta(bytes));
    // A multi-byte text that is well-formed UTF-8 is nothing else, whatever it says.
    if told.is_none_or(|told| !is_stateful(told))
        && let Ok(text) = std::str::from_utf8(bytes)
    {
        return (text.to_owned(), UTF_8.name());
    }
    let encoding = match told {
        Some(told) if told != UTF_8 => told,
        told => {
            let (text, wrong) = UTF_8.decode_without_bom_handling(bytes);
            if told == Some(UTF_8) && wrong && is_mostly_utf8(&text) {
                return (text.into_owned(), UTF_8.name());
            }
            detect(bytes)
        }
    };
    let (text, _) = encoding.decode_without_bom_handling(bytes);
    (text.into_owned(), encoding.name())
}

/// A few bytes may be broken in a page that is UTF-8 otherwise.
fn is_mostly_utf8(text: &str) -> bool {
    let broken = text
        .chars()
        .filter(|&c| c == char::REPLACEMENT_CHARACTER)
        .count();
    let whole = text.chars().filter(|c| !c.is_ascii()).count() - broken;
    broken * 10 <= whole
}

/// Encodings in which ASCII bytes may mean something else.
fn is_stateful(encoding: &'static Encoding) -> bool {
    !encoding.is_ascii_compatible()
}

fn detect(bytes: &[u8]) -> &'static Encoding {
    let mut detector = EncodingDetector::new(Iso2022JpDetection::Allow);
    detector.feed(&bytes[..bytes.len().min(DETECT_WITHIN)], true);
    detector.guess(None, Utf8Detection::Allow)
}

fn of_header(content_type: &str) -> Option<&'static Encoding> {
    named(after_charset(content_type.as_bytes())?)
}

fn of_meta(bytes: &[u8]) -> Option<&'static Encoding> {
    let head = &bytes[..bytes.len().min(META_WITHIN)];
    let mut at = 0;
    while let Some(found) = head[at..].iter().position(|&b| b == b'<') {
        at += found + 1;
        let rest = &head[at..];
        if !starts_with(rest, b"meta") && !starts_with(rest, b"?xml") {
            continue;
        }
        let tag = &rest[..rest.iter().position(|&b| b == b'>').unwrap_or(rest.len())];
        let label = after_charset(tag).or_else(|| after(tag, b"encoding"));
        if let Some(encoding) = label.and_then(named) {
            // The page could be read this far, so it is not in UTF-16, whatever it says.
            let wide = encoding == UTF_16LE || encoding == UTF_16BE;
            let private = encoding == X_USER_DEFINED;
            return Some(if wide {
                UTF_8
            } else if private {
                WINDOWS_1252
            } else {
                encoding
            });
        }
    }
    None
}

fn after_charset(text: &[u8]) -> Option<&[u8]> {
    after(text, b"charset")
}

/// The value after `name=`, with or without quotation marks.
fn after<'a>(text: &'a [u8], name: &[u8]) -> Option<&'a [u8]> {
    let place = text
        .windows(name.len())
        .position(|part| part.eq_ignore_ascii_case(name))?;
    let rest = text[place + name.len()..].trim_ascii_start();
    let rest = rest.strip_prefix(b"=")?.trim_ascii_start();
    let rest = rest
        .strip_prefix(b"\"")
        .or_else(|| rest.strip_prefix(b"'"))
        .unwrap_or(rest);
    let is_end = |b: &u8| b.is_ascii_whitespace() || b"\"';,>".contains(b);
    Some(&rest[..rest.iter().position(is_end).unwrap_or(rest.len())])
}

fn starts_with(text: &[u8], beginning: &[u8]) -> bool {
    text.get(..beginning.len())
        .is_some_and(|found| found.eq_ignore_ascii_case(beginning))
}

fn named(label: &[u8]) -> Option<&'static Encoding> {
    Encoding::for_label_no_replacement(label)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn check(bytes: &[u8], content_type: Option<&str>, text: &str, name: &str) {
        assert_eq!(decode(bytes, content_type), (text.to_owned(), name));
    }

    #[test]
    fn a_page_says_its_character_set() {
        check("für".as_bytes(), None, "für", "UTF-8");
        check(
            b"\xef\xbb\xbfa",
            Some("text/html; charset=koi8-r"),
            "a",
            "UTF-8",
        );
        check(b"\xff\xfea\0", None, "a", "UTF-16LE");
        check(
            b"f\xfcr",
            Some("text/html; charset=ISO-8859-1"),
            "für",
            "windows-1252",
        );
        check(
            b"\xcd\xc9\xd2",
            Some("text/html;charset=\"koi8-r\""),
            "мир",
            "KOI8-R",
        );
        let page =
            b"<html><meta http-equiv=Content-Type content='text/html; charset=gb2312'>\xd6\xd0";
        assert!(decode(page, None).0.ends_with('中'));
        assert_eq!(decode(page, None).1, "GBK");
        let page = b"<?xml version='1.0' encoding='windows-1251'?>\xec\xe8\xf0";
        assert!(decode(page, None).0.ends_with("мир"));
    }

    #[test]
    fn what_a_page_says_may_be_wrong() {
        let page = "<meta charset=iso-8859-1>für".as_bytes();
        assert_eq!(decode(page, None).1, "UTF-8");
        let russian = "<meta charset=utf-8>Все счастливые семьи похожи друг на друга";
        let (bytes, _, _) = encoding_rs::WINDOWS_1251.encode(russian);
        assert_eq!(decode(&bytes, None), (russian.to_owned(), "windows-1251"));
        let mut broken = "пример текста с одной ошибкой ".as_bytes().to_vec();
        broken.push(0xff);
        assert_eq!(decode(&broken, Some("text/html; charset=utf-8")).1, "UTF-8");
        assert_eq!(
            decode(b"<meta charset=utf-16>f\xfcr", None).1,
            "windows-1252"
        );
        check(b"", None, "", "UTF-8");
        assert!(!decode(&[0xff; 100], Some("charset")).0.is_empty());
    }
}
