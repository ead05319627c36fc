//! Decodes the bytes of a page into text.

use chardetng::{EncodingDetector, Iso2022JpDetection, Utf8Detection};
use encoding_rs::{Encoding, UTF_8, UTF_16BE, UTF_16LE, WINDOWS_1252, X_USER_DEFINED};

/// How many bytes are searched for a `meta` element that names the encoding. The standard says 1,024;
/// some pages put more in front of it.
const META_WITHIN: usize = 8 * 1024;
/// How many bytes the detector looks at.
const DETECT_WITHIN: usize = 256 * 1024;

/// Decodes a page, and returns the text with the name of its encoding.
///
/// The encoding comes from a byte order mark, the `Content-Type` header, or the page's own `meta`
/// element, or it is detected. UTF-8 is checked: text that is valid UTF-8 is read as such whatever the
/// page states, and text that is stated to be UTF-8 and is not is detected. Invalid bytes become U+FFFD.
pub fn decode(bytes: &[u8], content_type: Option<&str>) -> (String, &'static str) {
    if let Some((encoding, mark)) = Encoding::for_bom(bytes) {
        let (text, _) = encoding.decode_without_bom_handling(&bytes[mark..]);
        return (text.into_owned(), encoding.name());
    }
    let header =
        |value: &str| Encoding::for_label_no_replacement(value_of(value.as_bytes(), b"charset")?);
    let stated = content_type.and_then(header).or_else(|| of_meta(bytes));
    // Text in another encoding is hardly ever valid UTF-8.
    if stated.is_none_or(Encoding::is_ascii_compatible)
        && let Ok(text) = std::str::from_utf8(bytes)
    {
        return (text.to_owned(), UTF_8.name());
    }
    let encoding = match stated {
        Some(stated) if stated != UTF_8 => stated,
        stated => {
            let (text, wrong) = UTF_8.decode_without_bom_handling(bytes);
            if stated == Some(UTF_8) && wrong && is_mostly_utf8(&text) {
                return (text.into_owned(), UTF_8.name());
            }
            let mut detector = EncodingDetector::new(Iso2022JpDetection::Allow);
            detector.feed(&bytes[..bytes.len().min(DETECT_WITHIN)], true);
            detector.guess(None, Utf8Detection::Allow)
        }
    };
    let (text, _) = encoding.decode_without_bom_handling(bytes);
    (text.into_owned(), encoding.name())
}

/// Whether only a few bytes of a text are invalid.
fn is_mostly_utf8(text: &str) -> bool {
    let broken = text
        .chars()
        .filter(|&c| c == char::REPLACEMENT_CHARACTER)
        .count();
    let whole = text.chars().filter(|c| !c.is_ascii()).count() - broken;
    broken * 10 <= whole
}

/// Finds the encoding that a `meta` element or an XML declaration names.
fn of_meta(bytes: &[u8]) -> Option<&'static Encoding> {
    let head = &bytes[..bytes.len().min(META_WITHIN)];
    let mut at = 0;
    while let Some(found) = head[at..].iter().position(|&b| b == b'<') {
        at += found + 1;
        let rest = &head[at..];
        let begins = |name: &&[u8]| {
            let found = rest.get(..name.len());
            found.is_some_and(|found| found.eq_ignore_ascii_case(name))
        };
        if ![&b"meta"[..], b"?xml"].iter().any(begins) {
            continue;
        }
        let tag = &rest[..rest.iter().position(|&b| b == b'>').unwrap_or(rest.len())];
        let label = value_of(tag, b"charset").or_else(|| value_of(tag, b"encoding"));
        if let Some(encoding) = label.and_then(Encoding::for_label_no_replacement) {
            // The page was readable so far, so it is not in UTF-16.
            return Some(if encoding == UTF_16LE || encoding == UTF_16BE {
                UTF_8
            } else if encoding == X_USER_DEFINED {
                WINDOWS_1252
            } else {
                encoding
            });
        }
    }
    None
}

/// Returns the value after `name=`, with or without quotation marks.
fn value_of<'a>(text: &'a [u8], name: &[u8]) -> Option<&'a [u8]> {
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

#[cfg(test)]
mod tests {
    use super::*;

    fn check(bytes: &[u8], content_type: Option<&str>, text: &str, name: &str) {
        assert_eq!(decode(bytes, content_type), (text.to_owned(), name));
    }

    #[test]
    fn the_stated_encoding_is_used() {
        check("für".as_bytes(), None, "für", "UTF-8");
        let koi8 = Some("text/html;charset=\"koi8-r\"");
        let unquoted = Some("text/html; charset=koi8-r");
        check(b"\xef\xbb\xbfa", unquoted, "a", "UTF-8");
        check(b"\xff\xfea\0", None, "a", "UTF-16LE");
        let latin = Some("text/html; charset=ISO-8859-1");
        check(b"f\xfcr", latin, "für", "windows-1252");
        check(b"\xcd\xc9\xd2", koi8, "мир", "KOI8-R");
        let page =
            b"<html><meta http-equiv=Content-Type content='text/html; charset=gb2312'>\xd6\xd0";
        assert!(decode(page, None).0.ends_with('中'));
        assert_eq!(decode(page, None).1, "GBK");
        let page = b"<?xml version='1.0' encoding='windows-1251'?>\xec\xe8\xf0";
        assert!(decode(page, None).0.ends_with("мир"));
    }

    #[test]
    fn a_wrong_encoding_is_corrected() {
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
