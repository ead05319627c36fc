//! Names of collections, articles, documents and hosts.
//!
//! An article without an id has its URL in *normal form* as its id. The normal form has a version: see
//! [`NORMAL_FORM`].
//!
//! A *host* is the host of a URL without a leading "www.". A *source host* says where an article was
//! published: the host of its URL, or else its publisher's name. A *site*, the registrable domain of
//! a host, is the business of `syndication`.

mod former;
mod normal;
mod visits;

use std::fmt;

use serde::{Deserialize, Serialize};

pub use normal::{NORMAL_FORM, normal_url, other_name};

/// Longest id of an article, in bytes.
pub const MAX_ID_BYTES: usize = 1024;
/// Longest URL, in bytes.
pub const MAX_URL_BYTES: usize = 8192;

/// The number of one version of an article within a store. Never reused.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct DocId(pub u64);

/// The name of a collection. Articles are compared only within their collection.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Collection(String);

/// A collection name was rejected.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error(
    "a collection's name is 1 to 64 of a-z, 0-9, '.', '_', '-', beginning with a letter or digit"
)]
pub struct InvalidCollection;

impl Collection {
    /// Checks a name. The empty name means "default".
    ///
    /// # Errors
    /// The name is too long, or contains other characters than those allowed.
    pub fn parse(name: &str) -> Result<Self, InvalidCollection> {
        if name.is_empty() {
            return Ok(Self::default());
        }
        let plain = |b: u8| b.is_ascii_lowercase() || b.is_ascii_digit();
        let allowed = |b: u8| plain(b) || matches!(b, b'.' | b'_' | b'-');
        match name.len() <= 64 && plain(name.as_bytes()[0]) && name.bytes().all(allowed) {
            true => Ok(Self(name.to_owned())),
            false => Err(InvalidCollection),
        }
    }

    /// Returns the name.
    pub fn as_str(&self) -> &str {
        &self.0
    }

    /// Returns the name under which a generation of the collection is stored: one more generation begins
    /// whenever it is dropped. Only the first is stored under the collection's own name.
    pub fn generation(&self, number: u64) -> Self {
        let name = self.name();
        match number {
            0 => Self(name.to_owned()),
            _ => Self(format!("{name}{GENERATION}{number}")),
        }
    }

    /// Reads a name of [`Self::generation`], which was stored.
    pub fn stored(name: &str) -> Self {
        Self(name.to_owned())
    }

    /// Returns the name without the generation.
    pub fn name(&self) -> &str {
        self.0.split(GENERATION).next().unwrap_or_default()
    }
}

/// Stands before the number of a generation. No name contains it.
const GENERATION: char = '/';

impl Default for Collection {
    fn default() -> Self {
        Self("default".to_owned())
    }
}

impl fmt::Display for Collection {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.name())
    }
}

/// An id was rejected.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("an id has no control characters, such as U+{0:04X}")]
pub struct InvalidId(u32);

/// The id of an article within its collection.
#[derive(Debug, Clone, Default, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub struct ArticleId(pub String);

impl ArticleId {
    /// Checks that an id has no control characters, which would reach terminals and logs.
    ///
    /// # Errors
    /// Names the first one.
    pub fn check(id: &str) -> Result<(), InvalidId> {
        match id.chars().find(|c| c.is_control()) {
            Some(found) => Err(InvalidId(found.into())),
            None => Ok(()),
        }
    }

    /// Returns the id.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl fmt::Display for ArticleId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

/// Returns the host of a URL without a leading "www.", or `None` if it has none.
pub fn host(url: &str) -> Option<String> {
    let url = url::Url::parse(url.trim()).ok()?;
    let host = url.host_str()?.trim_end_matches('.');
    Some(host.strip_prefix("www.").unwrap_or(host).to_owned())
}

/// Longest source host, in characters.
const MAX_SOURCE_HOST: usize = 255;

/// Returns the source host of an article: the host of its URL, or, without a URL, its publisher's
/// name in the form that [`source_host_of`] gives it. May be empty.
pub fn source_host(url: &str, publisher: &str) -> String {
    match host(url) {
        Some(host) => host.chars().take(MAX_SOURCE_HOST).collect(),
        None => source_host_of(publisher),
    }
}

/// Returns the source host that a person means by `name`: the host of a URL or of text that looks
/// like a host, and any other name in lower case.
pub fn source_host_of(name: &str) -> String {
    let name = name.trim().to_lowercase().replace('\0', "");
    let may_be_host = name.is_ascii()
        && name.contains('.')
        && !name.contains(|c: char| c.is_whitespace() || c == '?')
        && name.contains(|c: char| c.is_ascii_alphabetic());
    let as_url = may_be_host.then(|| format!("http://{name}"));
    let found = host(&name).or_else(|| host(&as_url?));
    let source_host = found.unwrap_or(name);
    source_host.chars().take(MAX_SOURCE_HOST).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn hosts_are_found() {
        let check = |url: &str, expected: Option<&str>| {
            assert_eq!(host(url).as_deref(), expected, "{url}");
        };
        check("https://www.Example.com/a", Some("example.com"));
        check("https://www.example.com./a", Some("example.com"));
        check("not a url", None);
    }

    #[test]
    fn a_source_host_is_found_however_people_write_it() {
        let check = |written: &str, expected: &str| assert_eq!(source_host_of(written), expected);
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
        let of_url = source_host("https://www.example.com/a", "Halm");
        assert_eq!(of_url, "example.com");
        for name in "Новости|Süddeutsche|AC/DC|24| Halm |www.abc.example".split('|') {
            let found = source_host("", name);
            assert_eq!(found, source_host_of(name));
            assert_eq!(source_host_of(&found), found);
        }
    }

    #[test]
    fn ids_have_no_control_characters() {
        for good in ["a", "https://example.com/a?b=c", "Новость 7", ""] {
            assert_eq!(ArticleId::check(good), Ok(()), "{good:?}");
        }
        for bad in ["\0", "a\u{1b}[2J", "a\nb", "\u{7f}", "\u{9b}1m"] {
            assert!(ArticleId::check(bad).is_err(), "{bad:?}");
        }
        let message = ArticleId::check("\u{1b}").unwrap_err().to_string();
        assert!(message.ends_with("U+001B"), "{message}");
    }

    #[test]
    fn collection_names_are_checked() {
        let unnamed = Collection::parse("").unwrap();
        assert_eq!(unnamed.to_string(), "default");
        assert!(Collection::parse("news-2026.ar_1").is_ok());
        let long = "x".repeat(65);
        for bad in [
            "../etc", "..", "/etc", ".hidden", "Upper", "a b", "a/b", "a\\b", "\0", "a\0",
            "a\u{1b}", "a\n", &long,
        ] {
            assert_eq!(Collection::parse(bad), Err(InvalidCollection), "{bad:?}");
        }
    }

    #[test]
    fn no_name_is_that_of_a_generation() {
        let news = Collection::parse("news").unwrap();
        assert_eq!(news.generation(0), news);
        let third = news.generation(2).generation(3);
        assert_eq!((third.name(), third.to_string().as_str()), ("news", "news"));
        assert_eq!(Collection::parse(third.as_str()), Err(InvalidCollection));
        assert_eq!(Collection::stored(third.as_str()), third);
    }
}
