//! Tells what a page says of its own article from what it says of others.

use url::Url;

use super::metadata::join;
use super::title::{is_near, letters_of};

/// The addresses and titles of a page, as far as they are known.
#[derive(Debug, Default)]
pub(super) struct PageIdentity {
    base: Option<Url>,
    addresses: Vec<Address>,
    titles: Vec<String>,
}

/// Whether something is said of the page's own article.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Ownership {
    /// Of another.
    Other,
    Unknown,
    Own,
}

/// The parts of a URL by which pages are compared.
#[derive(Debug, PartialEq, Eq)]
struct Address {
    host: String,
    path: String,
    query: String,
}

/// The shortest name of a page in a path, and the shortest title, that no other page has by chance.
const MIN_NAME: usize = 12;
/// Most addresses and titles of a page.
const MAX_OF_PAGE: usize = 20;

impl PageIdentity {
    /// Returns the identity of a page with these addresses and titles, which may be empty.
    pub fn new(
        base: Option<&Url>,
        addresses: &[&str],
        titles: impl IntoIterator<Item = String>,
    ) -> Self {
        let address = |href: &&str| Address::of(base, href);
        let is_title = |title: &String| !title.is_empty();
        Self {
            addresses: addresses.iter().filter_map(address).collect(),
            titles: titles
                .into_iter()
                .filter(is_title)
                .take(MAX_OF_PAGE)
                .collect(),
            base: base.cloned(),
        }
    }

    /// Whether an object with these addresses and this headline is about the page's article.
    pub fn owns(&self, hrefs: &[String], headline: &str) -> Ownership {
        let named: Vec<Address> = hrefs
            .iter()
            .filter_map(|href| Address::of(self.base.as_ref(), href))
            .collect();
        let is_own = |address: &Address| self.addresses.iter().any(|own| own.is_same(address));
        if named.iter().any(is_own) || self.has_title(headline) {
            return Ownership::Own;
        }
        let elsewhere = !named.is_empty() && !self.addresses.is_empty();
        let is_near = headline.is_empty() && !elsewhere
            || self.titles.is_empty()
            || self.titles.iter().any(|title| is_near(title, headline));
        match (elsewhere, is_near) {
            (true, false) => Ownership::Other,
            _ => Ownership::Unknown,
        }
    }

    fn has_title(&self, headline: &str) -> bool {
        let letters = letters_of(headline);
        let is_same = |title: &String| {
            let own = letters_of(title);
            let begins = own.starts_with(&letters) || letters.starts_with(&own);
            own == letters || (begins && own.len().min(letters.len()) >= MIN_NAME)
        };
        !letters.is_empty() && self.titles.iter().any(is_same)
    }
}

impl Address {
    /// Returns the address that a link leads to; `None` for the front page of a website, which names no
    /// article, and for what leads nowhere.
    fn of(base: Option<&Url>, href: &str) -> Option<Self> {
        if href.trim().is_empty() || href.starts_with('#') {
            return None;
        }
        let url = join(base, href)?;
        let path = url.path().trim_end_matches('/').to_owned();
        let query = url.query().unwrap_or_default().to_owned();
        (!path.is_empty() || !query.is_empty()).then(|| Self {
            host: url
                .host_str()
                .unwrap_or_default()
                .trim_start_matches("www.")
                .to_owned(),
            path,
            query,
        })
    }

    /// Whether two addresses are of one page: they differ in queries at most, or in all but the last part
    /// of their paths, which is a long name.
    fn is_same(&self, other: &Self) -> bool {
        let queries = [&self.query, &other.query];
        let is_same_query =
            queries.iter().any(|query| query.is_empty()) || queries[0] == queries[1];
        if self.path == other.path && self.host == other.host {
            return is_same_query;
        }
        let name = |address: &Self| {
            address
                .path
                .rsplit('/')
                .next()
                .unwrap_or_default()
                .to_owned()
        };
        name(self) == name(other) && name(self).len() >= MIN_NAME && is_same_query
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn own_and_other_articles_are_told_apart() {
        let base = Url::parse("https://www.one.example/a/b").unwrap();
        let titles = ["Ferry landing to close on Monday | The Example".to_owned()];
        let page = PageIdentity::new(Some(&base), &[base.as_str()], titles);
        let check = |href: &str, headline: &str, expected: Ownership| {
            let owns = page.owns(&[href.to_owned()], headline);
            assert_eq!(owns, expected, "{href} {headline}");
        };
        check("https://one.example/a/b/?from=mail", "", Ownership::Own);
        check("/a/b#article", "Anything", Ownership::Own);
        check(
            "https://one.example/other",
            "Ferry landing to close on Monday",
            Ownership::Own,
        );
        check(
            "https://one.example/other",
            "Rain in the hills",
            Ownership::Other,
        );
        check("https://one.example/other", "", Ownership::Other);
        check(
            "https://one.example/",
            "Rain in the hills",
            Ownership::Unknown,
        );
        check("#article", "", Ownership::Unknown);
        check("", "", Ownership::Unknown);
        let unnamed = PageIdentity::default();
        let owns = unnamed.owns(&["https://one.example/a".to_owned()], "Rain in the hills");
        assert_eq!(owns, Ownership::Unknown);
    }
}
