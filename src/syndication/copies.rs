//! Finds the page that a URL of an archive, a cache or a proxy shows a copy of.
//!
//! Most of them have the URL of the original in theirs: whole, without its scheme, or its host as one label.
//! Some give a copy a name of its own, which says nothing of the original.

use url::Url;

use crate::id;
use crate::text::floor_boundary;

/// Most bytes of a URL that are read.
const MAX_BYTES: usize = 2048;
/// Hosts that keep pages of others, with their URLs in the path or, as Google's cache, in the query.
const ARCHIVES: [&str; 6] = [
    "web.archive.org",
    "archive.org",
    "arquivo.pt",
    "webarchive.loc.gov",
    "webarchive.nationalarchives.gov.uk",
    "webcache.googleusercontent.com",
];
/// Hosts that have nothing but pages of others: one without the URL of the original is a copy all the same.
const NAMELESS: [&str; 12] = [
    "archive.today",
    "archive.ph",
    "archive.is",
    "archive.li",
    "archive.md",
    "archive.vn",
    "archive.fo",
    "feedproxy.google.com",
    "feeds.feedburner.com",
    "feeds2.feedburner.com",
    "rss.feedsportal.com",
    "webcache.googleusercontent.com",
];
/// Sites that show accelerated pages of others at `/amp/`.
const AMP_VIEWERS: [&str; 2] = ["google", "bing"];
/// The cache of accelerated pages. The path has the URL after a part that says what is served, and `s` if it is
/// of https; the first label spells the host, unless that is long.
const AMP_CACHE: &str = "cdn.ampproject.org";
/// Domains under which a label spells the host of the page that is shown.
const LABELLED: [&str; 2] = [AMP_CACHE, "translate.goog"];

/// What a URL shows.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Shown {
    /// A page of its own host.
    Own,
    /// A copy of a page on this host, without a leading "www.".
    CopyFrom(String),
    /// A copy of a page that it does not name.
    Copy,
}

impl Shown {
    /// Returns what a URL on this host shows.
    pub(super) fn of(host: &str, url: &str) -> Self {
        let is_archive = ARCHIVES.contains(&host);
        let is_nameless = NAMELESS.contains(&host);
        let label = LABELLED
            .iter()
            .find_map(|domain| host.strip_suffix(domain)?.strip_suffix('.'));
        let is_viewer = AMP_VIEWERS.iter().any(|name| {
            let is_named = host
                .strip_prefix(name)
                .is_some_and(|rest| rest.starts_with('.'));
            is_named && psl::domain_str(host) == Some(host)
        });
        if !is_archive && !is_nameless && !is_viewer && label.is_none() {
            return Self::Own;
        }
        let Ok(url) = Url::parse(url[..floor_boundary(url, MAX_BYTES)].trim()) else {
            return Self::Own;
        };
        let original = if is_viewer {
            url.path().strip_prefix("/amp/").and_then(host_of_amp)
        } else if host.ends_with(AMP_CACHE) {
            let served = url.path().trim_start_matches('/').split_once('/');
            served.and_then(|(_, path)| host_of_amp(path))
        } else if is_archive || is_nameless {
            host_within(&url)
        } else {
            None
        };
        match original.or_else(|| label.map(host_of_label)) {
            Some(host) => Self::CopyFrom(host),
            None if is_nameless => Self::Copy,
            None => Self::Own,
        }
    }
}

/// Returns the host of the URL in the path or the query of an archive's: whole, or without its scheme after a
/// part of the path, or after `cache:` and perhaps the name of the copy.
fn host_within(url: &Url) -> Option<String> {
    let path = url.path();
    let queries = url.query_pairs().map(|(_, value)| value.into_owned());
    let texts: Vec<String> = std::iter::once(path.to_owned()).chain(queries).collect();
    let whole = texts.iter().find_map(|text| {
        let mut starts = text.match_indices("http").map(|(at, _)| &text[at..]);
        starts.find_map(host_of_url)
    });
    let cached = || {
        let mut cached = texts.iter().filter_map(|text| text.strip_prefix("cache:"));
        cached.find_map(|address| address.split(':').find_map(bare_host))
    };
    // The day of the copy stands before the original's address.
    let after_day = || {
        let mut parts = path
            .split('/')
            .map(|part| part.split(':').next().unwrap_or(part));
        parts.find(|part| part.len() >= 4 && part.bytes().take(4).all(|b| b.is_ascii_digit()))?;
        parts.next().and_then(bare_host)
    };
    whole.or_else(cached).or_else(after_day)
}

/// Returns the host of a URL, of which one slash after the scheme may be lost.
fn host_of_url(text: &str) -> Option<String> {
    let is_url = ["http:/", "https:/"]
        .iter()
        .any(|scheme| text.starts_with(scheme));
    let host = is_url.then(|| id::host(text)).flatten()?;
    host.contains('.').then_some(host)
}

/// Returns the host at the beginning of an address without a scheme.
fn bare_host(address: &str) -> Option<String> {
    let host = address.split(['/', ' ', '+', '?']).next()?;
    let host = id::host(&format!("http://{host}"))?;
    psl::domain_str(&host).is_some().then_some(host)
}

/// Returns the host of an accelerated page: `s/halm.example/story`, of https, or `halm.example/story`.
fn host_of_amp(path: &str) -> Option<String> {
    bare_host(path.strip_prefix("s/").unwrap_or(path))
}

/// Returns the host that a label spells: "www-halm--courier-example" for "www.halm-courier.example".
fn host_of_label(label: &str) -> String {
    let dotted = label
        .replace("--", "\0")
        .replace('-', ".")
        .replace('\0', "-");
    dotted.strip_prefix("www.").unwrap_or(&dotted).to_owned()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn copies_are_of_the_page_in_their_address() {
        let from = |host: &str| Shown::CopyFrom(host.to_owned());
        let halm = || from("halm.example");
        for (url, expected) in [
            ("https://www.halm.example/a", Shown::Own),
            // Archives: whole, with one slash, without a scheme.
            (
                "https://web.archive.org/web/2019/http://www.halm.example/a",
                halm(),
            ),
            (
                "https://web.archive.org/web/20190305000000id_/https:/halm.example/a",
                halm(),
            ),
            (
                "https://web.archive.org/web/20190305000000/halm.example/a",
                halm(),
            ),
            (
                "https://archive.ph/2023.01.01-000000/https://halm.example/a",
                halm(),
            ),
            (
                "https://archive.ph/o/AbCdE/https://www.halm.example/a",
                halm(),
            ),
            ("https://archive.today/newest/http://halm.example/", halm()),
            (
                "https://arquivo.pt/wayback/20190305000000/http://halm.example/a",
                halm(),
            ),
            // A name of its own.
            ("https://archive.ph/AbCdE", Shown::Copy),
            ("http://feedproxy.google.com/~r/halm/1", Shown::Copy),
            // Their own pages.
            ("https://web.archive.org/about", Shown::Own),
            ("https://archive.org/details/http-1999", Shown::Own),
            ("https://www.google.com/search?q=halm.example", Shown::Own),
            (
                "https://google.evil.example/amp/s/halm.example/a",
                Shown::Own,
            ),
            // Caches.
            (
                "https://webcache.googleusercontent.com/search?q=cache:x1Y:halm.example/a+ferry",
                halm(),
            ),
            (
                "https://webcache.googleusercontent.com/search?q=cache:https://halm.example/a",
                halm(),
            ),
            (
                "https://webcache.googleusercontent.com/search?q=ferry",
                Shown::Copy,
            ),
            ("https://www.google.com/amp/s/www.halm.example/a", halm()),
            ("https://www.google.co.uk/amp/halm.example/a", halm()),
            ("https://www.bing.com/amp/s/halm.example/a", halm()),
            (
                "https://www-halm--courier-example.cdn.ampproject.org/v/s/a",
                from("halm-courier.example"),
            ),
            (
                "https://hash1234.cdn.ampproject.org/c/s/www.halm.example/a",
                halm(),
            ),
            ("https://halm-example.translate.goog/a?_x_tr_sl=en", halm()),
        ] {
            let host = id::host(url).expect("a URL");
            assert_eq!(Shown::of(&host, url), expected, "{url}");
        }
        assert_eq!(
            Shown::of("a.cdn.ampproject.org", "x://a.cdn.ampproject.org"),
            from("a")
        );
    }
}
