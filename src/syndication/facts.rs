//! The input of a verdict.

use super::Relation;
use super::evidence::{Question, kind_of};
use crate::id::ArticleId;
use crate::notices::{Notice, PhotoCredit};
use crate::text::Overlap;

/// What is known of one article that helps to tell where its text comes from.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Facts {
    /// The article.
    pub id: ArticleId,
    /// The publisher as the client named it, or else the host of the URL. May be empty.
    pub publisher: String,
    /// The URL. May be empty.
    pub url: String,
    /// The host of the URL without a leading "www.". May be empty.
    pub host: String,
    /// When it was published, as the article states; milliseconds since 1970.
    pub published_ms: Option<i64>,
    /// When we first saw it; milliseconds since 1970.
    pub first_seen_ms: i64,
    /// When it was last changed, as the article states; milliseconds since 1970.
    pub modified_ms: Option<i64>,
    /// The author as the page names them. May be empty.
    pub byline: String,
    /// The agency that the byline names.
    pub byline_agency: Option<String>,
    /// The agency whose own article it is, by its host or publisher.
    pub own_agency: Option<String>,
    /// The URL that the page declares by rel=canonical. May be empty.
    pub canonical: String,
    /// The notices in the article.
    pub notices: Vec<Notice>,
    /// The credits of its photos.
    pub photo_credits: Vec<PhotoCredit>,
    /// It is not an article but a wall: a cookie notice, a login, an error.
    pub blocked: bool,
    /// Words of it are written with look-alike letters of another script.
    pub disguised: bool,
    /// The headline. May be empty.
    pub title: String,
    /// About how many words of its text count; 0 if that is not known.
    pub words: u32,
    /// It has no text at all.
    pub is_empty: bool,
    /// Its text is that of the lead of its cluster word for word, whatever their headlines. Ignored if
    /// the article is the lead.
    pub same_text_as_lead: bool,
}

impl Facts {
    /// Returns the facts of an article of which only the id and a time are known.
    pub fn new(id: ArticleId, first_seen_ms: i64) -> Self {
        Self {
            id,
            first_seen_ms,
            ..Self::default()
        }
    }

    /// Returns the agency that issued its text, as far as it says so itself.
    pub(super) fn agency(&self) -> Option<&str> {
        let of_byline = self.byline_agency.as_deref();
        named_agency(self.own_agency.as_deref().or(of_byline), &self.notices)
    }

    /// Returns a host or URL of its site: its canonical URL, if it was submitted without one.
    pub(super) fn place(&self) -> &str {
        place_of(&self.host, &self.canonical)
    }

    /// Returns the latest time at which it can have been published: pages are published before they are
    /// seen.
    pub(super) fn published_by(&self) -> Option<i64> {
        self.published_ms.map(|time| time.min(self.first_seen_ms))
    }
}

/// Returns the agency that an article names as the author of its text: the one that its site or byline
/// says, or else that of its first strong notice.
pub fn named_agency<'n>(stated: Option<&'n str>, notices: &'n [Notice]) -> Option<&'n str> {
    let is_author =
        |notice: &&Notice| kind_of(notice).question() == Question::Agency && notice.is_strong();
    let named = notices.iter().find(is_author);
    stated.or(named.map(|notice| notice.outlet.as_str()))
}

/// Returns a host or URL of an article's site. Without a host, the URL that the page declares is the only
/// address known.
pub(super) fn place_of<'n>(host: &'n str, canonical: &'n str) -> &'n str {
    if host.is_empty() { canonical } else { host }
}

/// Returns the name by which an outlet is called.
pub(super) fn outlet_name<'n>(publisher: &'n str, host: &'n str) -> &'n str {
    if publisher.is_empty() {
        host
    } else {
        publisher
    }
}

/// The articles around the one that is judged.
#[derive(Debug, Clone, Copy, Default)]
pub struct Story<'a> {
    /// The lead of its cluster, and what the article (first) and the lead share. `None` if the article
    /// is the lead.
    pub lead: Option<(&'a Facts, Overlap)>,
    /// The other members of its cluster in any order, with or without the lead and the article.
    pub members: &'a [Facts],
    /// There are more members than these. One of them may have been first, so an original is less
    /// certain.
    pub truncated: bool,
    /// Verified matches outside its cluster, in any order.
    pub related: &'a [Related],
}

/// A verified match outside the article's cluster.
#[derive(Debug, Clone, PartialEq)]
pub struct Related {
    /// The other article.
    pub id: ArticleId,
    /// The cluster of the other article.
    pub cluster: ArticleId,
    /// Its publisher. May be empty.
    pub publisher: String,
    /// Its host. May be empty.
    pub host: String,
    /// The agency that it names as its author, or whose own article it is.
    pub agency: Option<String>,
    /// Its headline. May be empty.
    pub title: String,
    /// How the judged article relates to it.
    pub relation: Relation,
    /// What the judged article (first) and it share.
    pub overlap: Overlap,
    /// It is the earlier of the two.
    pub is_earlier: bool,
}
