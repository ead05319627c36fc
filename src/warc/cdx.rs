//! Lines of an index of captures (CDXJ), as tools for the replay of archives read it.

use std::ops::Range;

use serde::Serialize;
use url::{Host, Url};

use super::dedup::NearDuplicate;
use super::fields::media_type;
use super::{HttpResponse, WarcRecord};

/// The object of a line.
#[derive(Debug, Serialize)]
struct CdxEntry<'r> {
    url: &'r str,
    mime: String,
    #[serde(skip_serializing_if = "Option::is_none")]
    status: Option<String>,
    #[serde(skip_serializing_if = "str::is_empty")]
    digest: &'r str,
    length: String,
    offset: String,
    filename: &'r str,
    #[serde(skip_serializing_if = "Option::is_none")]
    near_duplicate: Option<&'r NearDuplicate>,
}

/// Returns the line of a record that was written; `None` for one that is not the capture of a URL.
pub(super) fn line(
    record: &WarcRecord,
    kind: &str,
    digest: &str,
    written: &Range<u64>,
    filename: &str,
    near_duplicate: Option<&NearDuplicate>,
) -> Option<String> {
    let url = record.target_uri();
    let response = HttpResponse::parse(&record.block);
    let mime = match (kind, &response) {
        ("revisit", _) => "warc/revisit".to_owned(),
        ("response", Some(response)) => response.fields.media_type(),
        ("response" | "resource", _) => {
            media_type(record.fields.get("Content-Type").unwrap_or_default())
        }
        _ => return None,
    };
    let entry = CdxEntry {
        url,
        mime,
        status: response.map(|response| response.status.to_string()),
        digest,
        length: (written.end - written.start).to_string(),
        offset: written.start.to_string(),
        filename,
        near_duplicate,
    };
    let entry = serde_json::to_string(&entry).ok()?;
    Some(format!(
        "{} {} {entry}",
        surt(url),
        timestamp(record.date())
    ))
}

/// Returns a time as 14 digits: those of an RFC 3339 time in UTC.
fn timestamp(date: &str) -> String {
    let digits = date.chars().filter(char::is_ascii_digit).take(14);
    format!("{:0<14}", digits.collect::<String>())
}

/// Returns the key under which a URL is sorted: `com,example)/path?a=1&b=2` for
/// `http://www.example.com/Path?b=2&a=1`. What is no URL is its own key.
///
/// That of the Internet Archive's `surt`, apart from the parameters of sessions, which stay.
fn surt(text: &str) -> String {
    let Some((url, host)) = Url::parse(text)
        .ok()
        .and_then(|url| Some((url.clone(), url.host()?.to_owned())))
    else {
        return text.to_ascii_lowercase().replace(' ', "%20");
    };
    let host = match host {
        Host::Domain(domain) => {
            let mut labels: Vec<&str> = without_www(&domain).split('.').collect();
            labels.reverse();
            labels.join(",")
        }
        address => address.to_string(),
    };
    let port = url.port().map(|port| format!(":{port}"));
    let path = url.path().trim_end_matches('/');
    let path = if path.is_empty() { "/" } else { path };
    let query = url.query().unwrap_or_default().to_lowercase();
    let mut arguments: Vec<&str> = query.split('&').collect();
    arguments.sort_unstable();
    let query = match arguments.join("&") {
        query if query.is_empty() => query,
        query => format!("?{query}"),
    };
    let port = port.unwrap_or_default();
    format!("{host}{port}){path}{query}").to_lowercase()
}

/// Returns a host without `www.`, `www2.` and the like.
fn without_www(host: &str) -> &str {
    let digits = host
        .strip_prefix("www")
        .map(|rest| rest.trim_start_matches(|c: char| c.is_ascii_digit()));
    digits
        .and_then(|rest| rest.strip_prefix('.'))
        .unwrap_or(host)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn keys_are_those_of_other_tools() {
        let check = |url: &str, expected: &str| assert_eq!(surt(url), expected, "{url}");
        check("http://www.Example.com/", "com,example)/");
        check("https://example.com", "com,example)/");
        check("http://www2.example.com/A/b/", "com,example)/a/b");
        check(
            "http://news.example.co.uk:8080/x#y",
            "uk,co,example,news:8080)/x",
        );
        check("http://a.example/?b=2&A=1&a=0", "example,a)/?a=0&a=1&b=2");
        check("http://a.example/p?", "example,a)/p");
        check("http://192.0.2.7/x", "192.0.2.7)/x");
        check("dns:a.example", "dns:a.example");
        check("urn:x y", "urn:x%20y");
    }

    #[test]
    fn times_have_fourteen_digits() {
        let check = |date, expected| assert_eq!(timestamp(date), expected);
        check("2026-01-05T08:09:10Z", "20260105080910");
        check("2026-01-05T08:09:10.123456Z", "20260105080910");
        check("2026-01-05", "20260105000000");
        check("", "00000000000000");
    }
}
