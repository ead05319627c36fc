//! Which site a host or URL is on.
//!
//! A *site* is the registrable domain of a host, by the public suffix list: "nytimes.com" for
//! "cooking.nytimes.com". A few portals with several newspapers are divided further. The sites of one
//! distinctive name in several countries are one outlet's, and a page in an archive is on the site that it
//! was saved from.

use std::borrow::Cow;
use std::rc::Rc;

use super::copies::Shown;
use super::parse_cache::{ParseCache, cached};
use super::words::{COMMON, GENERIC, SHARED_SITES};
use crate::id;

/// Fewest bytes of a name that newspapers of two countries hardly have by chance.
pub(super) const DISTINCTIVE: usize = 8;
/// The longest host name that DNS allows, in bytes.
const HOST_BYTES: usize = 253;
/// Most bytes of a URL up to the end of its host. It may begin with a user name and password.
const URL_BYTES: usize = 1024;

thread_local! {
    static SITES: ParseCache<OutletSite> = ParseCache::default();
}

/// Returns the host of the site that a page is from, without a leading "www.": for a copy in an archive or
/// a cache that of the original, and nothing if its URL does not name it.
pub fn site_host(url: &str) -> String {
    id::host(url).map_or_else(String::new, |host| host_of_page(host, url))
}

/// Returns the site of a host in lower case, or all of it where it is no host.
pub fn site_of(host: &str) -> &str {
    registrable(host).unwrap_or(host)
}

/// Returns the host of the site that the page is from which a URL on this host shows.
fn host_of_page(host: String, url: &str) -> String {
    match Shown::of(&host, url) {
        Shown::Own => host,
        Shown::CopyFrom(original) => original,
        Shown::Copy => String::new(),
    }
}

/// Whether a canonical URL is an article's own address: the article has no other, or the URL says no site,
/// or is on the article's own, on the portal that its host belongs to, or on the outlet's site in another
/// country.
pub(super) fn is_own_address(canonical: &str, host: &str) -> bool {
    let (Some(own), Some(stated)) = (OutletSite::parse(host), OutletSite::parse(canonical)) else {
        return true;
    };
    let is_above = |site: &str| {
        host.strip_suffix(site)
            .is_some_and(|above| above.ends_with('.'))
    };
    stated.is(&own)
        || is_above(&stated.domain)
        || (stated.brand == own.brand && stated.brand.len() >= 3)
}

/// A site, and the forms of an outlet's name in it.
#[derive(Debug, Clone)]
pub(super) struct OutletSite {
    /// "nytimes.com", "folha.uol.com.br".
    pub(super) domain: String,
    /// Its first label without hyphens: "nytimes", "folha".
    pub(super) brand: String,
    /// The brand without a generic word at its end: "ap" of apnews.
    pub(super) stems: Vec<String>,
    /// The labels in front of the site. They may be the name of an outlet, too.
    pub(super) subdomains: Vec<String>,
}

impl OutletSite {
    /// Whether both are one outlet's: the same site, with hyphens or without, or one of the same distinctive
    /// name in another country.
    pub(super) fn is(&self, other: &Self) -> bool {
        let is_spelled_alike = || {
            let letters = |site: &Self| site.domain.replace('-', "");
            self.brand == other.brand && letters(self) == letters(other)
        };
        let is_twin = || {
            self.brand == other.brand
                && self.brand.len() >= DISTINCTIVE
                && !COMMON.contains(&self.brand.as_str())
                && !SHARED_SITES.contains(&self.brand.as_str())
        };
        self.domain == other.domain || is_spelled_alike() || is_twin()
    }

    /// Parses a host or a URL. Returns `None` for other text.
    pub(super) fn parse(text: &str) -> Option<Rc<Self>> {
        let host = host_of(text)?;
        match host.contains('.') {
            true => cached(&SITES, &host, Self::of_host),
            false => None,
        }
    }

    fn of_host(host: &str) -> Option<Self> {
        let domain = registrable(host)?;
        let subdomains = host[..host.len() - domain.len()].split('.');
        let is_address = host.rsplit('.').next().is_some_and(is_number);
        let brand = match domain.split('.').next() {
            Some(brand) if !is_address => brand.replace('-', ""),
            _ => String::new(),
        };
        let stems = GENERIC.iter().filter_map(|end| brand.strip_suffix(end));
        Some(Self {
            stems: stems.map(str::to_owned).collect(),
            subdomains: subdomains
                .filter(|label| label.chars().count() >= 4 && !GENERIC.contains(label))
                .map(|label| label.replace('-', ""))
                .collect(),
            domain: domain.to_owned(),
            brand,
        })
    }
}

/// Returns the host of a host or of the page that a URL shows, in lower case. Returns `None` for other text,
/// and for hosts that are too long. A URL is read only up to the end of its host, unless that is an archive's.
fn host_of(text: &str) -> Option<Cow<'_, str>> {
    let text = text.trim();
    // Most texts have no slash, which is faster to find.
    let scheme = text.contains('/').then(|| text.find("://")).flatten();
    let host = match scheme {
        Some(at) => {
            let from = text.len() - text[at + 3..].trim_start_matches(['/', '\\']).len();
            let length = text[from..].find(['/', '?', '#']);
            let end = length.map_or(text.len(), |length| from + length);
            if end > URL_BYTES {
                return None;
            }
            Cow::Owned(host_of_page(id::host(&text[..end])?, text))
        }
        None => {
            let host = text.trim_end_matches('.');
            if host.len() > HOST_BYTES {
                return None;
            }
            let is_small = |c: char| c.is_ascii() && !c.is_ascii_uppercase();
            match host.chars().all(is_small) {
                true => Cow::Borrowed(host),
                false => Cow::Owned(host.to_lowercase()),
            }
        }
    };
    (host.len() <= HOST_BYTES).then_some(host)
}

/// Returns the site of a host in lower case: its registrable domain, and one label more under a shared
/// domain ("folha.uol.com.br"). Returns `None` for what is not a host. An IP address is its own site.
fn registrable(host: &str) -> Option<&str> {
    let is_label =
        |label: &str| !label.is_empty() && label.chars().all(|c| c.is_alphanumeric() || c == '-');
    let (_, last) = host.rsplit_once('.')?;
    if !host.split('.').all(is_label) || last.chars().count() < 2 {
        return None;
    }
    if is_number(last) {
        return Some(host);
    }
    // A public suffix has no registrable domain.
    let site = psl::domain_str(host).unwrap_or(host);
    let mut brand = site.split('.').take(1);
    let is_shared = brand.any(|brand| SHARED_SITES.contains(&brand));
    let above = host[..host.len() - site.len()].strip_suffix('.');
    if let Some(above) = above.filter(|_| is_shared) {
        let at = above.rfind('.').map_or(0, |dot| dot + 1);
        if !GENERIC.contains(&&above[at..]) {
            return Some(&host[at..]);
        }
    }
    Some(site)
}

/// Whether the last label of a host makes it an IP address.
fn is_number(label: &str) -> bool {
    label.chars().all(|c| c.is_ascii_digit())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_saved_page_is_on_its_own_site() {
        for (url, expected) in [
            ("https://www.halm.example/a", "halm.example"),
            (
                "https://web.archive.org/web/2019/http://www.halm.example/a",
                "halm.example",
            ),
            ("https://web.archive.org/about", "web.archive.org"),
            ("https://archive.ph/AbCdE", ""),
            ("no url", ""),
        ] {
            assert_eq!(site_host(url), expected, "{url}");
        }
    }

    #[test]
    fn a_host_has_a_site() {
        for (host, expected) in [
            ("halm.example", "halm.example"),
            ("news.halm.co.uk", "halm.co.uk"),
            ("folha.uol.com.br", "folha.uol.com.br"),
            ("192.0.2.1", "192.0.2.1"),
            ("the halm courier", "the halm courier"),
            ("", ""),
        ] {
            assert_eq!(site_of(host), expected, "{host}");
        }
    }

    #[test]
    fn a_canonical_url_may_be_the_own_address() {
        let check = |canonical: &str, host: &str, expected: bool| {
            assert_eq!(
                is_own_address(canonical, host),
                expected,
                "{canonical} {host}"
            );
        };
        check("https://halm.example/a", "", true);
        check("https://halm.example/a", "arden.example", false);
        check(
            "https://portal.example/home/post/1",
            "halm.portal.example",
            true,
        );
        check("https://halm.de/a", "halm.co.uk", true);
        check(
            "https://web.archive.org/web/2019/http://www.halm.example/a",
            "halm.example",
            true,
        );
        check(
            "https://web.archive.org/web/2019/http://www.halm.example/a",
            "arden.example",
            false,
        );
        check(
            "http://feedproxy.google.com/~r/halm/1",
            "halm.example",
            true,
        );
        check("/a", "halm.example", true);
        check("https://halm.example/a", "not-halm.example", false);
    }
}
