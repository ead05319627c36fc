//! The normal form of a URL: the id of an article that has no other.

use url::{Position, Url};

use super::former::first_normal_url;
use super::visits::{is_of_visit, is_session};

/// Version of the normal form. Articles that a former one named keep their ids, and are found under the
/// present one too ([`other_name`]).
pub const NORMAL_FORM: u32 = 2;

/// Returns the normal form of an absolute URL: scheme and host in lower case (IDNA), no default port, no
/// dot after the host, percent-encodings as in RFC 3986, section 6.2.2, no parameters of a visit, no
/// empty query, and no fragment unless it is a route of the page's program (`#!/story/2`, `#/story/2`).
/// Returns `None` if `url` is not an absolute http or https URL.
pub fn normal_url(url: &str) -> Option<String> {
    let mut url = Url::parse(url.trim()).ok()?;
    if !matches!(url.scheme(), "http" | "https") {
        return None;
    }
    if let Some(host) = url.domain().and_then(|host| host.strip_suffix('.')) {
        let host = host.trim_end_matches('.').to_owned();
        // A host of dots alone stays.
        let _ = url.set_host(Some(&host));
    }
    let mut normal = url[..Position::BeforePath].to_owned();
    normal += &normal_path(&normal_encoding(url.path()));
    normal += &normal_query(&normal_encoding(url.query().unwrap_or_default()));
    let route = normal_encoding(url.fragment().unwrap_or_default());
    let (path, query) = route.split_once('?').unwrap_or((&route, ""));
    let route = path.to_owned() + &normal_query(query);
    if is_route(&route) {
        normal.extend(["#", &route]);
    }
    Some(normal)
}

/// Returns the normal form of an article's URL, if its id is a former normal form of it: another name by
/// which the article must be found.
pub fn other_name(id: &str, url: &str) -> Option<String> {
    let now = normal_url(url).filter(|now| now != id)?;
    (first_normal_url(url).as_deref() == Some(id)).then_some(now)
}

/// Whether a fragment says which page a program shows, instead of a place on the page.
fn is_route(fragment: &str) -> bool {
    fragment.starts_with(['!', '/']) && fragment.contains(|c| !matches!(c, '!' | '/'))
}

/// Leaves session ids out of a path: parameters of its segments (`;jsessionid=1`), and segments as ASP.NET
/// writes them (`(S(1a2b))`).
fn normal_path(path: &str) -> String {
    let segments = path.split('/').filter(|segment| {
        let is_session = segment.starts_with("(S(") && segment.ends_with("))");
        !is_session
    });
    let segments = segments.map(|segment| {
        let mut parts = segment.split(';');
        let name = parts.next().unwrap_or_default().to_owned();
        let kept = parts.filter(|part| {
            let (name, value) = part.split_once('=').unwrap_or((part, ""));
            !is_session(&name.to_ascii_lowercase(), value)
        });
        kept.fold(name, |segment, part| segment + ";" + part)
    });
    let segments: Vec<String> = segments.collect();
    match segments.join("/") {
        path if path.is_empty() => "/".to_owned(),
        path => path,
    }
}

/// Returns a query after its `?`, without the parameters of a visit; an empty text if none are left.
fn normal_query(query: &str) -> String {
    let kept = query.split('&').filter(|part| {
        let (name, value) = part.split_once('=').unwrap_or((part, ""));
        !part.is_empty() && !is_of_visit(name, value)
    });
    let kept: Vec<&str> = kept.collect();
    match kept.is_empty() {
        true => String::new(),
        false => format!("?{}", kept.join("&")),
    }
}

/// Returns a part of a URL in the normal form of RFC 3986: what need not be encoded is not, and what must
/// be is, with capital digits.
fn normal_encoding(part: &str) -> String {
    let mut normal = String::with_capacity(part.len());
    let bytes = part.as_bytes();
    let mut at = 0;
    while at < bytes.len() {
        let encoded = (bytes[at] == b'%').then(|| encoded_byte(bytes.get(at + 1..at + 3)?));
        let (byte, length) = match encoded.flatten() {
            Some(byte) => (byte, 3),
            None => (bytes[at], 1),
        };
        let is_plain = match length {
            3 => is_unreserved(byte),
            _ => is_unreserved(byte) || is_reserved(byte),
        };
        match is_plain {
            true => normal.push(char::from(byte)),
            false => normal += &format!("%{byte:02X}"),
        }
        at += length;
    }
    normal
}

/// Returns the byte that two hexadecimal digits stand for.
fn encoded_byte(digits: &[u8]) -> Option<u8> {
    let digit = |byte: u8| char::from(byte).to_digit(16);
    let [high, low] = digits else { return None };
    u8::try_from(digit(*high)? << 4 | digit(*low)?).ok()
}

fn is_unreserved(byte: u8) -> bool {
    byte.is_ascii_alphanumeric() || matches!(byte, b'-' | b'.' | b'_' | b'~')
}

/// Whether a byte divides the parts of a URL, or may stand in one. A percent sign that encodes nothing is
/// none of them.
fn is_reserved(byte: u8) -> bool {
    b":/?#[]@!$&'()*+,;=".contains(&byte)
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn check(url: &str, expected: &str) {
        assert_eq!(normal_url(url).as_deref(), Some(expected), "{url}");
        assert_eq!(
            normal_url(expected).as_deref(),
            Some(expected),
            "{expected}"
        );
    }

    #[test]
    fn hosts_ports_and_places_are_normalized() {
        check("HTTPS://Example.COM:443/a#top", "https://example.com/a");
        check("http://example.com", "http://example.com/");
        check("http://example.com./a", "http://example.com/a");
        check("http://example.com.:8080/a", "http://example.com:8080/a");
        check("https://пример.рф/a", "https://xn--e1afmkfd.xn--p1ai/a");
        for none in ["example.com/a", "javascript:alert(1)", "ftp://example.com/"] {
            assert_eq!(normal_url(none), None);
        }
    }

    #[test]
    fn routes_stay_and_places_do_not() {
        check("https://a.example/#!/s/2", "https://a.example/#!/s/2");
        check("https://a.example/#/story/2", "https://a.example/#/story/2");
        check(
            "https://a.example/#!s2?utm_source=x&b=1",
            "https://a.example/#!s2?b=1",
        );
        check("https://a.example/x#/", "https://a.example/x");
        check("https://a.example/x#!", "https://a.example/x");
        check("https://a.example/x#!?utm_source=x", "https://a.example/x");
        check("https://a.example/x#story-2", "https://a.example/x");
    }

    #[test]
    fn encodings_have_one_form() {
        check(
            "https://a.example/%7eu/%2f%c3%A9",
            "https://a.example/~u/%2F%C3%A9",
        );
        check("https://a.example/é", "https://a.example/%C3%A9");
        check("https://a.example/a|b^c", "https://a.example/a%7Cb%5Ec");
        check("https://a.example/100%", "https://a.example/100%25");
        check(
            "https://a.example/a%20b?q=a+b",
            "https://a.example/a%20b?q=a+b",
        );
        check("https://a.example/?q=%41%26b", "https://a.example/?q=A%26b");
        check("https://a.example/%", "https://a.example/%25");
    }

    #[test]
    fn visits_leave_no_trace() {
        check("http://a.example?utm_medium=rss", "http://a.example/");
        check("http://a.example/a?", "http://a.example/a");
        check("http://a.example/a?&&", "http://a.example/a");
        check(
            "http://a.example/a?x=1&fbclid=2&y=%20",
            "http://a.example/a?x=1&y=%20",
        );
        check(
            "http://a.example/a?PHPSESSID=1&id=7",
            "http://a.example/a?id=7",
        );
        check(
            "http://a.example/a;jsessionid=1F?id=7",
            "http://a.example/a?id=7",
        );
        check(
            "http://a.example/a;v=1;JSESSIONID=1F/b",
            "http://a.example/a;v=1/b",
        );
        check(
            "http://a.example/(S(1a2b3c))/a.aspx",
            "http://a.example/a.aspx",
        );
        check(
            "http://a.example/?at_medium=RSS&at_campaign=x",
            "http://a.example/",
        );
    }

    #[test]
    fn an_article_of_a_former_form_has_another_name() {
        let check = |id: &str, url: &str, expected: Option<&str>| {
            assert_eq!(other_name(id, url).as_deref(), expected, "{id} {url}");
        };
        let now = Some("https://a.example/~u");
        check("https://a.example/%7Eu", "https://a.example/%7Eu", now);
        check(
            "https://a.example/%7Eu?",
            "https://a.example/%7Eu?#top",
            now,
        );
        let route = Some("https://a.example/#!/s/2");
        check("https://a.example/", "https://a.example/#!/s/2", route);
        check("https://a.example/~u", "https://a.example/~u", None);
        check("7", "https://a.example/%7Eu", None);
        check("7", "", None);
    }

    proptest! {
        #[test]
        fn a_normal_form_is_its_own(rest in "[ -~é]{0,40}") {
            if let Some(normal) = normal_url(&format!("https://a.example/{rest}")) {
                prop_assert_eq!(normal_url(&normal), Some(normal.clone()));
            }
        }
    }
}
