//! Names: of collections, of articles, of documents, and of hosts.

use std::fmt;

/// Longest id of an article, in bytes.
pub const MAX_ID_BYTES: usize = 1024;
/// Longest URL, in bytes.
pub const MAX_URL_BYTES: usize = 8192;

/// Number of one version of an article within a store. Never given twice.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct DocId(pub u64);

/// Name of a collection: articles are compared within it only.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Collection(String);

/// A name that no collection can have.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error(
    "a collection's name is 1 to 64 of a-z, 0-9, '.', '_', '-', beginning with a letter or digit"
)]
pub struct InvalidCollection;

impl Collection {
    /// Takes a name; the empty one means "default".
    pub fn parse(name: &str) -> Result<Self, InvalidCollection> {
        if name.is_empty() {
            return Ok(Self::default());
        }
        let plain = |b: u8| b.is_ascii_lowercase() || b.is_ascii_digit();
        let valid = name.len() <= 64
            && plain(name.as_bytes()[0])
            && name
                .bytes()
                .all(|b| plain(b) || matches!(b, b'.' | b'_' | b'-'));
        if valid {
            Ok(Self(name.to_owned()))
        } else {
            Err(InvalidCollection)
        }
    }

    /// The name.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl Default for Collection {
    fn default() -> Self {
        Self("default".to_owned())
    }
}

impl fmt::Display for Collection {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

/// Name of an article within its collection.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct ArticleId(pub String);

impl ArticleId {
    /// The name.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl fmt::Display for ArticleId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

/// Query parameters that tell a visit, not a page.
const TRACKING: [&str; 7] = [
    "fbclid", "gclid", "dclid", "msclkid", "igshid", "mc_cid", "mc_eid",
];

/// Returns the normal form of an absolute URL: scheme and host in lower case (IDNA), no default
/// port, no fragment, no tracking parameters (`utm_*` and the click ids of the large networks).
/// `None` where it is not an absolute http or https URL.
pub fn normal_url(url: &str) -> Option<String> {
    let mut url = url::Url::parse(url.trim()).ok()?;
    if !matches!(url.scheme(), "http" | "https") {
        return None;
    }
    url.set_fragment(None);
    let tracking = |name: &str| name.starts_with("utm_") || TRACKING.contains(&name);
    if url.query_pairs().any(|(name, _)| tracking(&name)) {
        let kept: Vec<(String, String)> = url
            .query_pairs()
            .filter(|(name, _)| !tracking(name))
            .map(|(n, v)| (n.into(), v.into()))
            .collect();
        if kept.is_empty() {
            url.set_query(None);
        } else {
            url.query_pairs_mut().clear().extend_pairs(kept);
        }
    }
    Some(url.into())
}

/// Returns the host of a URL without a leading "www."; `None` where it has none.
pub fn host(url: &str) -> Option<String> {
    let url = url::Url::parse(url.trim()).ok()?;
    let host = url.host_str()?;
    Some(host.strip_prefix("www.").unwrap_or(host).to_owned())
}

/// Longest name of a site, in characters.
const MAX_SITE: usize = 255;

/// Returns the site that an article stands on: the host of its URL, or else its publisher's name as
/// [`site_named`] has it. May be empty.
pub fn site(url: &str, publisher: &str) -> String {
    match host(url) {
        Some(host) => host.chars().take(MAX_SITE).collect(),
        None => site_named(publisher),
    }
}

/// Returns the name of a site as it is kept, of what a person writes: the host of a URL, or of what
/// looks like a host; of other names the lower case.
pub fn site_named(name: &str) -> String {
    let name = name.trim().to_lowercase().replace('\0', "");
    let may_be_host = name.is_ascii()
        && name.contains('.')
        && !name.contains(|c: char| c.is_whitespace() || c == '?')
        && name.contains(|c: char| c.is_ascii_alphabetic());
    let of_host = || {
        may_be_host
            .then(|| host(&format!("http://{name}")))
            .flatten()
    };
    let site = host(&name).or_else(of_host).unwrap_or(name);
    site.chars().take(MAX_SITE).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn urls_come_to_one_form() {
        let check = |url: &str, expected: Option<&str>| {
            assert_eq!(normal_url(url).as_deref(), expected, "{url}");
        };
        check(
            "HTTPS://Example.COM:443/a?utm_source=x&b=1&fbclid=2#top",
            Some("https://example.com/a?b=1"),
        );
        check(
            "http://example.com?utm_medium=rss",
            Some("http://example.com/"),
        );
        check(
            " http://example.com/a%20b?q=%C3%A9 ",
            Some("http://example.com/a%20b?q=%C3%A9"),
        );
        check("example.com/a", None);
        check("javascript:alert(1)", None);
        assert_eq!(
            host("https://www.Example.com/a").as_deref(),
            Some("example.com")
        );
        assert_eq!(host("not a url"), None);
    }

    #[test]
    fn a_site_is_found_as_people_write_it() {
        let check = |written: &str, expected: &str| assert_eq!(site_named(written), expected);
        check("https://www.Example.com/a/story", "example.com");
        check("www.example.com", "example.com");
        check("example.com:8080", "example.com");
        check("The Halm Courier", "the halm courier");
        check(" Halm ", "halm");
        check("Новости", "новости");
        check("AC/DC", "ac/dc");
        check("24", "24");
        check("Who?", "who?");
        check("", "");
        assert_eq!(site("https://www.example.com/a", "Halm"), "example.com");
        for name in [
            "Новости",
            "Süddeutsche",
            "AC/DC",
            "24",
            " Halm ",
            "www.abc.example",
        ] {
            assert_eq!(site("", name), site_named(name));
            assert_eq!(site_named(&site("", name)), site("", name));
        }
    }

    #[test]
    fn collections_are_named_plainly() {
        assert_eq!(
            Collection::parse("").map(|c| c.to_string()),
            Ok("default".into())
        );
        assert!(Collection::parse("news-2026.ar_1").is_ok());
        for bad in [
            "../etc",
            ".hidden",
            "Upper",
            "a b",
            "a/b",
            "\0",
            &"x".repeat(65),
        ] {
            assert_eq!(Collection::parse(bad), Err(InvalidCollection), "{bad:?}");
        }
    }
}
